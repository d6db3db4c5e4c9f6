"""The journal as a public log: tiles of its tree, signed checkpoints, and what witnesses say of them.

After C2SP's signed-note, tlog-checkpoint, tlog-cosignature and tlog-tiles, so that any client of these can follow the
journal without a word of ours.
"""
