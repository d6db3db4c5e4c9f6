"""The trading floor: rights, parties, listings, modes, deals, money and the rules that bind them.

Pure Python. Nothing here reads a clock, a file, a socket, a setting or a random number: time and every outside
fact come in with a command, so that the same journal always gives the same events.
"""
