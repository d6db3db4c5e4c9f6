"""The one place that speaks to a chain: compiling, deploying, verifying, sending records, reading them back.

Nothing outside this package may import web3.
"""
