"""The tables of operations: what the worker has last seen of the chain, and what reconciliations found.

Columns named `_ms` are milliseconds UTC. Nothing of the exchange's depends on them; they may be emptied at any time.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Identity, Integer, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from ledger.store.metadata import metadata

chain_tip = Table(
    "chain_tip",
    metadata,
    Column("one_row", Boolean, primary_key=True, server_default=text("true")),
    Column("block_number", BigInteger, nullable=False),
    Column("block_time_ms", BigInteger, nullable=False),
    Column("final_block", BigInteger, nullable=False),
    Column("final_time_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False, comment="when the node said so"),
    CheckConstraint("one_row", name="one_row"),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("took_ms", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False, comment="the final block up to which was compared"),
    Column("differences", Integer, nullable=False),
    Column("report", JSONB, nullable=False),
)
