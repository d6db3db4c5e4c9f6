"""The vault: the one writer, the journal, the store, the Merkle log, the chain, and the audit.

It records what `exchange` decides, in one order and one commit a batch, and leaves proofs behind.
"""
