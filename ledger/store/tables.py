"""The tables of the rows of state, and of the postings between its accounts.

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
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from ledger.store.metadata import metadata

GeneratedType = Literal["text", "bigint", "boolean"]

_TYPES: dict[GeneratedType, Any] = {"text": Text, "bigint": BigInteger, "boolean": Boolean}


def _generated(name: str, kind: GeneratedType = "text") -> Column[Any]:
    """A column that PostgreSQL itself fills from the row's JSON."""
    value = f"(data ->> '{name}'::text)"
    expression = value if kind == "text" else f"{value}::{kind}"
    return Column(name, _TYPES[kind], Computed(expression, persisted=True))


def _generated_json(name: str) -> Column[Any]:
    """The same of a part that is JSON itself."""
    return Column(name, JSONB, Computed(f"(data -> '{name}'::text)", persisted=True))


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
    _generated_json("lot"),
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
filings = _rows("filings", _generated("deal_id"), _generated("right_id"), _generated("pledge_id"))
payments = _rows(
    "payments",
    _generated("party_id"),
    _generated("deal_id"),
    _generated("currency"),
    _generated("state"),
)
holds = _rows("holds", _generated("account"), _generated("party_id"), _generated("state"))
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
sealed_sets = _rows("sealed_sets")
orders = _rows(
    "orders", _generated("listing_id"), _generated("party_id"), _generated("side"), _generated("state")
)
documents = _rows("documents", _generated("document"), _generated("subject_id"))
objections = _rows("objections", _generated("listing_id"), _generated("party_id"), _generated("state"))
needs = _rows("needs", _generated("buyer"), _generated("state"))
obligations = _rows(
    "obligations",
    _generated("deal_id"),
    _generated("payer"),
    _generated("payee"),
    _generated("state"),
)
fee_schedules = _rows("fee_schedules", _generated("currency"))
deposits = _rows(
    "deposits", _generated("deal_id"), _generated("company_number"), _generated("seller"), _generated("state")
)
kept_records = _rows("kept_records", _generated("listing_id"))
evidence = _rows("evidence", _generated("party_id"), _generated("sha256"))
legal_holds = _rows("legal_holds", _generated("state"))
surveillance_cases = _rows("surveillance_cases", _generated("state"))
exchange_rates = _rows("exchange_rates", _generated("base"), _generated("quote"))
disputes = _rows("disputes", _generated("deal_id"), _generated("state"))
freezes = _rows("freezes", _generated("right_id"), _generated("state"))
pledge_contracts = _rows(
    "pledge_contracts", _generated("pledgor"), _generated("pledgee"), _generated("state")
)
pledge_receipts = _rows("pledge_receipts", _generated("pledge"))
right_facts = _rows(
    "right_facts",
    _generated("right_id"),
    _generated("sort"),
    _generated("since_ms", "bigint"),
    _generated("until_ms", "bigint"),
)
register_entries = _rows("register_entries", _generated("right_id"))
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
    postgresql_where=text("state = 'ACTIVE'::text OR state = 'SUSPENDED'::text"),
)
"""Neither an application nor its papers reserve a number: it is a party's from its approval until it leaves."""
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
Index("listings_lot_index", listings.c.lot, postgresql_using="gin", postgresql_ops={"lot": "jsonb_path_ops"})
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
Index("filings_pledge_id_index", filings.c.pledge_id)
Index("payments_state_index", payments.c.state)
Index("payments_party_id_index", payments.c.party_id)
Index("payments_deal_id_index", payments.c.deal_id)
Index("holds_account_index", holds.c.account, holds.c.created_entry)
Index("holds_party_id_index", holds.c.party_id)
Index("statement_lines_party_id_index", statement_lines.c.party_id)
Index("keys_party_id_index", keys.c.party_id)
Index("offers_state_index", offers.c.state)
Index("recoveries_party_id_index", recoveries.c.party_id)
Index("proposals_listing_id_index", proposals.c.listing_id)
Index("proposals_buyer_index", proposals.c.buyer)
Index("orders_listing_id_index", orders.c.listing_id, orders.c.state)
Index("orders_party_id_index", orders.c.party_id)
Index("documents_subject_id_index", documents.c.subject_id)
Index("objections_listing_id_index", objections.c.listing_id)
Index("needs_buyer_index", needs.c.buyer)
Index("needs_state_index", needs.c.state)
Index("register_entries_right_id_index", register_entries.c.right_id, register_entries.c.created_entry)
Index("obligations_deal_id_index", obligations.c.deal_id)
Index("obligations_payer_index", obligations.c.payer)
Index("obligations_payee_index", obligations.c.payee)
Index("obligations_state_index", obligations.c.state)
Index("deadlines_due_ms_index", deadlines.c.due_ms)
Index("deposits_company_number_index", deposits.c.company_number)
Index("deposits_seller_index", deposits.c.seller)
Index("deposits_state_index", deposits.c.state)
Index("disputes_deal_id_index", disputes.c.deal_id)
Index("disputes_state_index", disputes.c.state)
Index("freezes_right_id_index", freezes.c.right_id)
Index("freezes_state_index", freezes.c.state)
Index("pledge_contracts_pledgor_index", pledge_contracts.c.pledgor)
Index("pledge_contracts_pledgee_index", pledge_contracts.c.pledgee)
Index("pledge_contracts_state_index", pledge_contracts.c.state)
Index("evidence_sha256_index", evidence.c.sha256, evidence.c.created_entry)
Index("evidence_party_id_index", evidence.c.party_id)
Index("legal_holds_state_index", legal_holds.c.state)
Index("surveillance_cases_state_index", surveillance_cases.c.state)
Index("right_facts_right_id_index", right_facts.c.right_id, right_facts.c.sort, right_facts.c.since_ms)

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
    "hold": holds,
    "statement_line": statement_lines,
    "deadline": deadlines,
    "key": keys,
    "licence_scope": licence_scopes,
    "offer": offers,
    "recovery": recoveries,
    "proposal": proposals,
    "sealed_set": sealed_sets,
    "order": orders,
    "need": needs,
    "document": documents,
    "objection": objections,
    "obligation": obligations,
    "fee_schedule": fee_schedules,
    "deposit": deposits,
    "exchange_rate": exchange_rates,
    "kept_record": kept_records,
    "evidence": evidence,
    "legal_hold": legal_holds,
    "surveillance_case": surveillance_cases,
    "dispute": disputes,
    "freeze": freezes,
    "pledge_contract": pledge_contracts,
    "pledge_receipts": pledge_receipts,
    "right_fact": right_facts,
    "register_entry": register_entries,
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
