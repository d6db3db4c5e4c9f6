"""The tables of the journal: its entries and their end, batches, sealed parts, answers, and the audit's verdicts.

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
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from ledger.store.metadata import metadata

sequencer_head = Table(
    "sequencer_head",
    metadata,
    Column("one_row", Boolean, primary_key=True, server_default=text("true")),
    Column("epoch", BigInteger, nullable=False),
    Column("last_entry", BigInteger, nullable=False, comment="-1 while the journal is empty"),
    Column(
        "head_hash", LargeBinary, nullable=False, comment="RFC 6962 root over every entry up to last_entry"
    ),
    Column("last_time_ms", BigInteger, nullable=False),
    Column("heartbeat", DateTime(timezone=True), nullable=False, comment="this server's clock"),
    Column("served_until", DateTime(timezone=True), nullable=False, comment="this server's clock"),
    CheckConstraint("one_row", name="one_row"),
)
"""One row: the fencing number and the journal's end. Whoever changes it where it stands as expected is the writer."""

journal = Table(
    "journal",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("public", LargeBinary, nullable=False, comment="canonical JSON: the leaf's content"),
    Column("leaf", LargeBinary, nullable=False, comment="RFC 6962 leaf hash of public"),
    Column("type", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("terms", LargeBinary, comment="canonical JSON of the confidential terms"),
    Column("terms_salt", LargeBinary),
    Column("outcome", LargeBinary, nullable=False, comment="canonical JSON of events and refusal detail"),
    Column("outcome_salt", LargeBinary, nullable=False),
    Column("batch_first", BigInteger, nullable=False),
    CheckConstraint("octet_length(leaf) = 32", name="leaf_length"),
    Index("journal_actor_index", "actor", "entry"),
    Index("journal_type_index", "type", "entry"),
)

batches = Table(
    "batches",
    metadata,
    Column("first_entry", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("batch_root", LargeBinary, nullable=False),
    Column("tree_size", BigInteger, nullable=False, unique=True),
    Column("tree_root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False, comment="Ed25519 over the batch's seal"),
    Column(
        "state_hash",
        LargeBinary,
        comment="of the rows in memory after it; null in batches from before there was one",
    ),
)

sealed_parts = Table(
    "sealed_parts",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("label", Text, primary_key=True),
    Column("salt", LargeBinary, comment="null once erased"),
    Column("value", LargeBinary, comment="canonical JSON, null once erased"),
    Column("erased_by_entry", BigInteger),
)
"""Openings of erasable parts: names of people and free text, which the engine never reads."""

answers = Table(
    "answers",
    metadata,
    Column(
        "party",
        Text,
        primary_key=True,
        comment="the actor; for an applicant and the service the signing address",
    ),
    Column("idempotency_key_hash", LargeBinary, primary_key=True),
    Column("client_order_id", Text),
    Column("body_digest", Text, nullable=False),
    Column("entry", BigInteger, nullable=False, unique=True),
    Column("answer", JSONB, nullable=False),
    Index(
        "answers_client_order_id_key",
        "party",
        "client_order_id",
        unique=True,
        postgresql_where=text("client_order_id IS NOT NULL"),
    ),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("report", JSONB, nullable=False),
)
"""Verdicts of the audit, as the public page shows them."""
