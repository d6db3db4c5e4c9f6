"""Deals and what went to the office for them."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from exchange.commands import DealKind, FilingKind, Holder, ListingTerms, RightType
from exchange.money.amount import Currency
from exchange.rows.row import Row


class RightFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract says of the right, as it stood at the award: later register copies change no contract."""

    office: str
    right_type: RightType
    filing_date: str | None
    grant_date: str | None
    expiry_date: str | None


class Deal(Row):
    """A deal from award to its end. Amounts in minor units of `currency`; `deadline_s` is the signatures' (unix s)."""

    kind: ClassVar[str] = "deal"
    deal_kind: DealKind
    right_id: str
    right_facts: RightFacts
    listing_id: str
    bid_id: str | None
    seller: str
    buyer: str
    seller_key: str
    buyer_key: str
    currency: Currency
    price: int
    deposit: int
    """What is held of the buyer's for this deal before escrow (bid deposit or full price)."""
    terms: ListingTerms
    terms_salt: str
    terms_commitment: str
    contract_commitment: str
    deadline_s: int
    awarded_ms: int
    by_delivery: bool = False
    """No register exists for this right: DELIVERED stands for REGISTERED."""
    state: str = ""
    seller_signature: str = ""
    buyer_signature: str = ""
    chain_transaction: str = ""
    statement_line: str = ""
    """The line that the buyer cited; `funded_by` has every line that the price came in by, with its part of it."""
    funded_by: dict[str, int] = {}
    filing_id: str = ""
    package: dict[str, str] = {}
    proof_digest: str = ""
    seller_delivery: str = ""
    buyer_delivery: str = ""
    fee: int = 0
    pledgee_share: int = 0
    payments: tuple[str, ...] = ()
    licence_id: str | None = None
    unwound_for: str = ""
    settled_ms: int | None = None


class Filing(Row):
    """What went to the office under one filing id, and the proof of its outcome. A filing id is used once."""

    kind: ClassVar[str] = "filing"
    deal_id: str
    filing_kind: FilingKind
    right_id: str
    package: dict[str, str]
    from_holders: tuple[str, ...]
    to_holders: tuple[Holder, ...]
    to_jurisdiction: str
    licence: FiledLicence | None
    proof_digest: str = ""


class FiledLicence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The licence that a recordal 备案 asks for, in the office's words; dates are ISO, `ends_on` the last day."""

    licence_id: str
    kind: str
    licensee: str
    starts_on: str
    ends_on: str
    territory: tuple[str, ...]
    field_of_use: str
