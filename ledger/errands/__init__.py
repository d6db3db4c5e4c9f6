"""Errands to the bank and the patent office: what they say becomes commands, and what was decided goes to them.

Each may be run at any time and any number of times: it asks, compares with what the exchange knows, and gives the
difference under a key made from what it reports. Work per run is bounded; the next run goes on.
"""
