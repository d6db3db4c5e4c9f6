"""Benchmarks: each prints one JSON object whose figures are ratios of things measured in the same run."""
