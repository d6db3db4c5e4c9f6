"""The tables of the chain: the outbox of what goes onto it, what was read off it, and the anchors.

Columns named `_ms` are milliseconds UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from ledger.store.metadata import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("record_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'QUEUED'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("transaction_hash", Text),
    Column("nonce", BigInteger),
    Column("leased_until", DateTime(timezone=True)),
    Column("last_error", Text),
    Column("block_number", BigInteger),
    Column("block_hash", Text),
    Column("updated_ms", BigInteger, nullable=False),
    Column("state_since", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    CheckConstraint(
        "state IN ('QUEUED', 'SENT', 'MINED', 'FINAL', 'VERIFIED', 'REFUSED')",
        name="state",
    ),
    Index("outbox_state_index", "state", "id"),
    Index("outbox_subject_id_index", "subject_id"),
)
"""What is to be recorded on the chain, in journal order: QUEUED, SENT, MINED, FINAL, VERIFIED; or REFUSED.

`state_since` follows each change of the state by itself (a trigger)."""

sent_transactions = Table(
    "sent_transactions",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("nonce", BigInteger, primary_key=True, autoincrement=False),
    Column("purpose", Text, nullable=False),
    Column(
        "most_wei",
        Numeric(78, 0),
        nullable=False,
        comment="what it costs at the most: its gas at its highest fee",
    ),
    Column("paid_wei", Numeric(78, 0), comment="what it has cost, once it was mined"),
    Column("sent_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Index("sent_transactions_sent_at_index", "sent_at"),
)
"""What the venue has signed to be sent, one row a nonce of a sender: of several under one nonce, one is ever mined."""

chain_events = Table(
    "chain_events",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", Text, nullable=False),
    Column("transaction_hash", Text, nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("final", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("block_hash", "transaction_hash", "log_index"),
    Index("chain_events_block_number_index", "block_number"),
    Index("chain_events_transaction_hash_index", "transaction_hash"),
    Index("chain_events_name_index", "name", "seq"),
)
"""Logs of the contracts with their block hashes; those of a block that was reorganised away are deleted."""

chain_cursor = Table(
    "chain_cursor",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("block_number", BigInteger, nullable=False, comment="read up to and with this block"),
    Column("block_hash", Text, nullable=False),
    Column("final_block", BigInteger, nullable=False),
    Column("halted_for", Text, comment="code of the alarm that stopped the indexer"),
    Column("updated_ms", BigInteger, nullable=False),
)

anchors = Table(
    "anchors",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False, comment="entries in the anchored tree"),
    Column("root", LargeBinary, nullable=False),
    Column("previous_root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'QUEUED'")),
    Column("transaction_hash", Text),
    Column("block_number", BigInteger),
    Column("block_hash", Text),
    Column("last_error", Text),
    Column("updated_ms", BigInteger, nullable=False),
    CheckConstraint("state IN ('QUEUED', 'SENT', 'MINED', 'FINAL', 'VERIFIED', 'REFUSED')", name="state"),
)
