"""The first tables: journal, rows of state, postings, outbox and chain."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()
"""The root of an empty tree (RFC 6962)."""
STOP = """
CREATE FUNCTION ipx_stop(code text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'IPX01', MESSAGE = code;
END
$$
"""
"""Undoes the statement that calls it: a batch whose writer was fenced out, or whose balances do not add up."""

FIRST_HEAD = f"""
INSERT INTO sequencer_head (epoch, last_entry, head_hash, last_time_ms, heartbeat, served_until)
VALUES (0, -1, decode('{EMPTY_ROOT}', 'hex'), 0, to_timestamp(0), to_timestamp(0))
"""  # noqa: S608 - our own constant


def upgrade() -> None:
    """Make the tables, the first head and the function that stops a statement."""
    _journal()
    _rows_of_state()
    _postings()
    _chain()
    op.execute(STOP)
    op.execute(FIRST_HEAD)


def downgrade() -> None:
    """Drop everything."""
    op.execute("DROP FUNCTION ipx_stop(text)")
    for name in reversed(TABLES):
        op.drop_table(name)


def _generated(name: str, kind: str) -> sa.Column[Any]:
    types: dict[str, Any] = {"text": sa.Text, "bigint": sa.BigInteger}
    value = f"(data ->> '{name}'::text)"
    return sa.Column(
        name, types[kind](), sa.Computed(value if kind == "text" else f"{value}::{kind}", persisted=True)
    )


def _rows(table_name: str, **generated: str) -> None:
    op.create_table(
        table_name,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *[_generated(name, kind) for name, kind in generated.items()],
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table_name}_pkey")),
    )
    op.create_index(f"{table_name}_page_index", table_name, ["created_entry", "id"])


def _journal() -> None:
    op.create_table(
        "sequencer_head",
        sa.Column("one_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False, comment="-1 while the journal is empty"),
        sa.Column(
            "head_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="RFC 6962 root over every entry up to last_entry",
        ),
        sa.Column("last_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=False, comment="this server's clock"),
        sa.Column("served_until", sa.DateTime(timezone=True), nullable=False, comment="this server's clock"),
        sa.CheckConstraint("one_row", name=op.f("sequencer_head_one_row_check")),
        sa.PrimaryKeyConstraint("one_row", name=op.f("sequencer_head_pkey")),
    )
    op.create_table(
        "journal",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False, comment="canonical JSON: the leaf's content"),
        sa.Column("leaf", sa.LargeBinary(), nullable=False, comment="RFC 6962 leaf hash of public"),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column(
            "terms", sa.LargeBinary(), nullable=True, comment="canonical JSON of the confidential terms"
        ),
        sa.Column("terms_salt", sa.LargeBinary(), nullable=True),
        sa.Column(
            "outcome", sa.LargeBinary(), nullable=False, comment="canonical JSON of events and refusal detail"
        ),
        sa.Column("outcome_salt", sa.LargeBinary(), nullable=False),
        sa.Column("batch_first", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("octet_length(leaf) = 32", name=op.f("journal_leaf_length_check")),
        sa.PrimaryKeyConstraint("entry", name=op.f("journal_pkey")),
    )
    op.create_index("journal_actor_index", "journal", ["actor", "entry"])
    op.create_index("journal_type_index", "journal", ["type", "entry"])
    op.create_table(
        "batches",
        sa.Column("first_entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("batch_root", sa.LargeBinary(), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("tree_root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False, comment="Ed25519 over the batch's seal"),
        sa.PrimaryKeyConstraint("first_entry", name=op.f("batches_pkey")),
        sa.UniqueConstraint("tree_size", name=op.f("batches_tree_size_key")),
    )
    op.create_table(
        "sealed_parts",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True, comment="null once erased"),
        sa.Column("value", sa.LargeBinary(), nullable=True, comment="canonical JSON, null once erased"),
        sa.Column("erased_by_entry", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("entry", "label", name=op.f("sealed_parts_pkey")),
    )
    op.create_table(
        "answers",
        sa.Column(
            "party",
            sa.Text(),
            nullable=False,
            comment="the actor; for an applicant and the service the signing address",
        ),
        sa.Column("idempotency_key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=True),
        sa.Column("body_digest", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("party", "idempotency_key_hash", name=op.f("answers_pkey")),
        sa.UniqueConstraint("entry", name=op.f("answers_entry_key")),
    )
    op.create_index(
        "answers_client_order_id_key",
        "answers",
        ["party", "client_order_id"],
        unique=True,
        postgresql_where=sa.text("client_order_id IS NOT NULL"),
    )


def _rows_of_state() -> None:
    _rows("venues")
    _rows(
        "parties", state="text", jurisdiction="text", key="text", company_number="text", api_key_sha256="text"
    )
    op.create_index(
        "parties_api_key_sha256_key",
        "parties",
        ["api_key_sha256"],
        unique=True,
        postgresql_where=sa.text("api_key_sha256 <> ''::text"),
    )
    op.create_index(
        "parties_company_number_key",
        "parties",
        ["company_number"],
        unique=True,
        postgresql_where=sa.text("state <> 'APPLIED'::text"),
    )
    op.create_index("parties_key_index", "parties", ["key"])
    op.create_index("parties_state_index", "parties", ["state"])
    _rows("rights", office="text", right_type="text", status="text")
    op.create_index("rights_office_index", "rights", ["office", "right_type"])
    op.create_index("rights_status_index", "rights", ["status"])
    _rows(
        "listings",
        state="text",
        right_id="text",
        seller="text",
        mode="text",
        deal_kind="text",
        currency="text",
        closes_ms="bigint",
    )
    op.create_index("listings_closes_ms_index", "listings", ["closes_ms"])
    op.create_index("listings_right_id_index", "listings", ["right_id"])
    op.create_index("listings_seller_index", "listings", ["seller"])
    op.create_index("listings_state_index", "listings", ["state", "mode"])
    _rows("bids", listing_id="text", party_id="text", state="text", price="bigint", sequence="bigint")
    op.create_index("bids_party_id_index", "bids", ["party_id"])
    op.create_index("bids_rank_index", "bids", ["listing_id", sa.literal_column("price DESC"), "sequence"])
    _rows(
        "deals",
        state="text",
        deal_kind="text",
        buyer="text",
        seller="text",
        listing_id="text",
        right_id="text",
    )
    op.create_index("deals_buyer_index", "deals", ["buyer"])
    op.create_index("deals_listing_id_index", "deals", ["listing_id"])
    op.create_index("deals_right_id_index", "deals", ["right_id"])
    op.create_index("deals_seller_index", "deals", ["seller"])
    op.create_index("deals_state_index", "deals", ["state"])
    _rows("licences", right_id="text", deal_id="text", licensee="text", licensor="text", state="text")
    op.create_index("licences_licensee_index", "licences", ["licensee"])
    op.create_index("licences_licensor_index", "licences", ["licensor"])
    op.create_index("licences_right_id_index", "licences", ["right_id"])
    op.create_index("licences_state_index", "licences", ["state"])
    _rows("filings", deal_id="text", right_id="text")
    op.create_index("filings_deal_id_index", "filings", ["deal_id"])
    _rows("payments", party_id="text", deal_id="text", currency="text", state="text")
    op.create_index("payments_deal_id_index", "payments", ["deal_id"])
    op.create_index("payments_party_id_index", "payments", ["party_id"])
    op.create_index("payments_state_index", "payments", ["state"])
    _rows("statement_lines", currency="text", party_id="text", payment_id="text")
    op.create_index("statement_lines_party_id_index", "statement_lines", ["party_id"])
    _rows("deadlines", what="text", subject_id="text", due_ms="bigint")
    op.create_index("deadlines_due_ms_index", "deadlines", ["due_ms"])
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False, comment="minor units"),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "balance >= 0 OR purpose IN ('custody', 'unexplained')", name=op.f("accounts_balance_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("accounts_pkey")),
        sa.UniqueConstraint("owner", "purpose", "currency", name=op.f("accounts_owner_purpose_currency_key")),
    )
    op.create_index("accounts_page_index", "accounts", ["created_entry", "id"])


def _postings() -> None:
    op.create_table(
        "postings",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="within the entry, from 0"),
        sa.Column("debit", sa.Text(), nullable=False, comment="the account that gives"),
        sa.Column("credit", sa.Text(), nullable=False, comment="the account that receives"),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="minor units"),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("postings_amount_check")),
        sa.CheckConstraint("debit <> credit", name=op.f("postings_two_sides_check")),
        sa.PrimaryKeyConstraint("entry", "position", name=op.f("postings_pkey")),
    )
    op.create_index("postings_credit_index", "postings", ["credit", "entry"])
    op.create_index("postings_debit_index", "postings", ["debit", "entry"])
    op.create_index("postings_subject_id_index", "postings", ["subject_id"])


def _chain() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'QUEUED'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("transaction_hash", sa.Text(), nullable=True),
        sa.Column("nonce", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.Text(), nullable=True),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('QUEUED', 'SENT', 'MINED', 'FINAL', 'VERIFIED', 'REFUSED')",
            name=op.f("outbox_state_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
        sa.UniqueConstraint("record_id", name=op.f("outbox_record_id_key")),
    )
    op.create_index("outbox_state_index", "outbox", ["state", "id"])
    op.create_index("outbox_subject_id_index", "outbox", ["subject_id"])
    op.create_table(
        "chain_events",
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.Text(), nullable=False),
        sa.Column("transaction_hash", sa.Text(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("final", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("contract", "seq", name=op.f("chain_events_pkey")),
        sa.UniqueConstraint(
            "block_hash",
            "transaction_hash",
            "log_index",
            name=op.f("chain_events_block_hash_transaction_hash_log_index_key"),
        ),
    )
    op.create_index("chain_events_block_number_index", "chain_events", ["block_number"])
    op.create_index("chain_events_transaction_hash_index", "chain_events", ["transaction_hash"])
    op.create_table(
        "chain_cursor",
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False, comment="read up to and with this block"),
        sa.Column("block_hash", sa.Text(), nullable=False),
        sa.Column("final_block", sa.BigInteger(), nullable=False),
        sa.Column(
            "halted_for", sa.Text(), nullable=True, comment="code of the alarm that stopped the indexer"
        ),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contract", name=op.f("chain_cursor_pkey")),
    )
    op.create_table(
        "anchors",
        sa.Column(
            "size",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="entries in the anchored tree",
        ),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous_root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'QUEUED'"), nullable=False),
        sa.Column("transaction_hash", sa.Text(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('QUEUED', 'SENT', 'MINED', 'FINAL', 'VERIFIED', 'REFUSED')",
            name=op.f("anchors_state_check"),
        ),
        sa.PrimaryKeyConstraint("size", name=op.f("anchors_pkey")),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("verdicts_pkey")),
    )


TABLES = (
    "sequencer_head",
    "journal",
    "batches",
    "sealed_parts",
    "answers",
    "venues",
    "parties",
    "rights",
    "listings",
    "bids",
    "deals",
    "licences",
    "filings",
    "payments",
    "statement_lines",
    "deadlines",
    "accounts",
    "postings",
    "outbox",
    "chain_events",
    "chain_cursor",
    "anchors",
    "verdicts",
)
