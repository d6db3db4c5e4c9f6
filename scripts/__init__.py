"""Set-up, the process stack, the demonstration and the benchmarks; nothing here is imported by the other rooms."""
