"""The witness (C2SP tlog-witness): a process of its own that cosigns what is consistent with all it saw before.

It knows nothing of the venue but the log's name and public key, keeps nothing but the largest checkpoint that it has
cosigned, and belongs on somebody else's machine. Two histories shown to two people cannot both bear its cosignature.
"""
