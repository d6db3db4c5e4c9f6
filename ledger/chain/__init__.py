"""The one place that speaks to a chain: compiling, deploying, verifying, sending records, reading them back.

Nothing outside this package may import web3, but the benchmark that measures against it.
"""
