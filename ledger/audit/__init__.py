"""The audit: rebuilds a venue's whole history from an exported journal and the chain, trusting nobody here.

It needs neither database nor service: `python -m ledger.audit` runs with an empty environment. docs/audit.md says what
is checked, in which order, and what no audit of this kind can show.
"""
