"""Every table: the journal and what belongs to it, the rows of state, the outbox, and what was read off the chain.

Row tables hold `exchange.rows` as JSON (`data`), with the columns that are filtered and paged by generated from
it. `entry` is the entry that changed a row last, `created_entry` the one that made it: sealed parts are found by
(created_entry, label). Amounts are integer minor units; columns named `_ms` are milliseconds UTC. Accounts are the one
kind without JSON: their balances are moved by deltas, so that the database adds up by itself.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

GeneratedType = Literal["text", "bigint", "boolean"]

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

_TYPES: dict[GeneratedType, Any] = {"text": Text, "bigint": BigInteger, "boolean": Boolean}


def _generated(name: str, kind: GeneratedType = "text") -> Column[Any]:
    """A column that PostgreSQL itself fills from the row's JSON."""
    value = f"(data ->> '{name}'::text)"
    expression = value if kind == "text" else f"{value}::{kind}"
    return Column(name, _TYPES[kind], Computed(expression, persisted=True))


def _rows(name: str, *columns: Column[Any]) -> Table:
    """A table of state rows; pages go by (created_entry, id)."""
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("data", JSONB, nullable=False),
        Column("entry", BigInteger, nullable=False),
        Column("created_entry", BigInteger, nullable=False),
        Column("archived", Boolean, nullable=False, server_default=text("false")),
        *columns,
        Index(f"{name}_page_index", "created_entry", "id"),
    )


# --- the journal ---------------------------------------------------------------------------------------------

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

# --- rows of state -------------------------------------------------------------------------------------------

venues = _rows("venues")
parties = _rows(
    "parties",
    _generated("state"),
    _generated("jurisdiction"),
    _generated("key"),
    _generated("company_number"),
    _generated("api_key_sha256"),
)
rights = _rows("rights", _generated("office"), _generated("right_type"), _generated("status"))
listings = _rows(
    "listings",
    _generated("state"),
    _generated("right_id"),
    _generated("seller"),
    _generated("mode"),
    _generated("deal_kind"),
    _generated("currency"),
    _generated("closes_ms", "bigint"),
)
bids = _rows(
    "bids",
    _generated("listing_id"),
    _generated("party_id"),
    _generated("state"),
    _generated("price", "bigint"),
    _generated("sequence", "bigint"),
)
deals = _rows(
    "deals",
    _generated("state"),
    _generated("deal_kind"),
    _generated("buyer"),
    _generated("seller"),
    _generated("listing_id"),
    _generated("right_id"),
)
licences = _rows(
    "licences",
    _generated("right_id"),
    _generated("deal_id"),
    _generated("licensee"),
    _generated("licensor"),
    _generated("state"),
)
filings = _rows("filings", _generated("deal_id"), _generated("right_id"))
payments = _rows(
    "payments",
    _generated("party_id"),
    _generated("deal_id"),
    _generated("currency"),
    _generated("state"),
)
statement_lines = _rows(
    "statement_lines",
    _generated("currency"),
    _generated("party_id"),
    _generated("payment_id"),
)
keys = _rows("keys", _generated("party_id"), _generated("state"))
licence_scopes = _rows("licence_scopes")
offers = _rows("offers", _generated("state"))
recoveries = _rows("recoveries", _generated("party_id"), _generated("state"))
proposals = _rows("proposals", _generated("listing_id"), _generated("buyer"), _generated("state"))
deadlines = _rows("deadlines", _generated("what"), _generated("subject_id"), _generated("due_ms", "bigint"))
accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("balance", BigInteger, nullable=False, comment="minor units"),
    Column("entry", BigInteger, nullable=False),
    Column("created_entry", BigInteger, nullable=False),
    CheckConstraint("balance >= 0 OR purpose IN ('custody', 'unexplained')", name="balance"),
    UniqueConstraint("owner", "purpose", "currency"),
    Index("accounts_page_index", "created_entry", "id"),
)
"""No customer account below zero. The custody account mirrors the bank and stands below zero by what customers hold,
that of unexplained debits by what has left the bank without a payment of ours."""

Index("parties_state_index", parties.c.state)
Index("parties_key_index", parties.c.key)
Index(
    "parties_company_number_key",
    parties.c.company_number,
    unique=True,
    postgresql_where=text("state <> 'APPLIED'::text"),
)
"""An application reserves no number: it is a party's from its approval on."""
Index(
    "parties_api_key_sha256_key",
    parties.c.api_key_sha256,
    unique=True,
    postgresql_where=text("api_key_sha256 <> ''::text"),
)
Index("rights_office_index", rights.c.office, rights.c.right_type)
Index("rights_status_index", rights.c.status)
Index("listings_state_index", listings.c.state, listings.c.mode)
Index("listings_right_id_index", listings.c.right_id)
Index("listings_seller_index", listings.c.seller)
Index("listings_closes_ms_index", listings.c.closes_ms)
Index("bids_rank_index", bids.c.listing_id, bids.c.price.desc(), bids.c.sequence)
Index("bids_party_id_index", bids.c.party_id)
Index("deals_state_index", deals.c.state)
Index("deals_buyer_index", deals.c.buyer)
Index("deals_seller_index", deals.c.seller)
Index("deals_listing_id_index", deals.c.listing_id)
Index("deals_right_id_index", deals.c.right_id)
Index("licences_right_id_index", licences.c.right_id)
Index("licences_licensee_index", licences.c.licensee)
Index("licences_licensor_index", licences.c.licensor)
Index("licences_state_index", licences.c.state)
Index("filings_deal_id_index", filings.c.deal_id)
Index("payments_state_index", payments.c.state)
Index("payments_party_id_index", payments.c.party_id)
Index("payments_deal_id_index", payments.c.deal_id)
Index("statement_lines_party_id_index", statement_lines.c.party_id)
Index("keys_party_id_index", keys.c.party_id)
Index("offers_state_index", offers.c.state)
Index("recoveries_party_id_index", recoveries.c.party_id)
Index("proposals_listing_id_index", proposals.c.listing_id)
Index("proposals_buyer_index", proposals.c.buyer)
Index("deadlines_due_ms_index", deadlines.c.due_ms)

ROW_TABLE_BY_KIND: dict[str, Table] = {
    "venue": venues,
    "party": parties,
    "right": rights,
    "listing": listings,
    "bid": bids,
    "deal": deals,
    "licence": licences,
    "filing": filings,
    "payment": payments,
    "statement_line": statement_lines,
    "deadline": deadlines,
    "key": keys,
    "licence_scope": licence_scopes,
    "offer": offers,
    "recovery": recoveries,
    "proposal": proposals,
}
"""Tables with a row's JSON by its kind in `exchange.rows`; accounts have columns instead."""

postings = Table(
    "postings",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("position", SmallInteger, primary_key=True, comment="within the entry, from 0"),
    Column("debit", Text, nullable=False, comment="the account that gives"),
    Column("credit", Text, nullable=False, comment="the account that receives"),
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger, nullable=False, comment="minor units"),
    Column("subject_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("debit <> credit", name="two_sides"),
    Index("postings_debit_index", "debit", "entry"),
    Index("postings_credit_index", "credit", "entry"),
    Index("postings_subject_id_index", "subject_id"),
)

# --- the chain -----------------------------------------------------------------------------------------------

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
    CheckConstraint(
        "state IN ('QUEUED', 'SENT', 'MINED', 'FINAL', 'VERIFIED', 'REFUSED')",
        name="state",
    ),
    Index("outbox_state_index", "state", "id"),
    Index("outbox_subject_id_index", "subject_id"),
)
"""What is to be recorded on the chain, in journal order: QUEUED, SENT, MINED, FINAL, VERIFIED; or REFUSED."""

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
