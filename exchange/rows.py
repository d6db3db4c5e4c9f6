"""The rows of the engine's memory, one type for each table: what stands of the venue, parties, rights, deals and money.

Amounts are integer minor units of the row's currency; times are milliseconds UTC. Nothing here decides anything.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from exchange.commands import (
    Achievement,
    Category,
    DealKind,
    ExportClass,
    FilingKind,
    Holder,
    Jurisdiction,
    ListingTerms,
    ModeName,
    Pledge,
    RegisterStatus,
    RightType,
    Role,
)
from exchange.money.amount import Currency


class Row(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One row of state: `kind` names its table, `id` is unique within it and never used again."""

    kind: ClassVar[str]
    id: str


class Venue(Row):
    """The venue itself, one row: what it was opened with, versions in force, counters of ids, halted currencies."""

    kind: ClassVar[str] = "venue"
    profile: str
    chain_id: int
    register: str
    anchor: str
    operators: tuple[str, ...]
    service: str
    bank: str
    office: str
    receipt_key: str
    fee_basis_points: int
    simulated: bool
    schema: int = 1
    engine: int = 1
    rulebook: int = 1
    clock_offset_ms: int = 0
    closed_days: tuple[str, ...] = ()
    working_weekends: tuple[str, ...] = ()
    halted_currencies: tuple[str, ...] = ()
    bank_balances: dict[str, int] = {}
    """By currency: the bank's balance after the last statement line (minor units)."""
    first_approvals: dict[str, str] = {}
    """What one operator has approved and a second must approve too: subject to the first one's address."""
    counters: dict[str, int] = {}


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate: the agent's key, what it may do, and until when (ms UTC)."""

    key: str
    scope: tuple[str, ...]
    until_ms: int


class Party(Row):
    """A company: APPLIED, ACTIVE or SUSPENDED. `key` is the address of the key that the company itself holds."""

    kind: ClassVar[str] = "party"
    roles: tuple[Role, ...]
    jurisdiction: Jurisdiction
    category: Category
    company_number: str
    """As it tells one company from another: in Hong Kong without what a certificate adds to it."""
    key: str
    authorisation_letter: str = ""
    """The salted commitment (hex) to the letter 授权委托书 that binds the key."""
    state: str = "APPLIED"
    agents: tuple[Agent, ...] = ()
    affiliates: tuple[str, ...] = ()
    api_key_sha256: str = ""


class Key(Row):
    """A key that signs for a party on the chain: WAITING for approval, LIVE, REFUSED by it, REPLACED or REVOKED.

    `id` is its address. What it signs counts under `counter` alone: whoever advances that cancels the rest.
    """

    kind: ClassVar[str] = "key"
    party_id: str
    commitment: str
    """By which the chain knows the party (hex): the salted commitment to its company number."""
    authorisation: str
    """The salted commitment (hex) to the letter 授权委托书 that binds the key."""
    deadline_s: int
    possession: str
    state: str = "WAITING"
    counter: int = 0


class Recovery(Row):
    """A new key proposed for a party that lost its own; `id` is the new key's address.

    PROPOSED; then REPLACED by another proposal, VETOED by the live key, ENDED by its rotation, REFUSED by the chain, or
    COMPLETED, which the chain alone can say.
    """

    kind: ClassVar[str] = "recovery"
    party_id: str
    authorisation: str
    """The salted commitment (hex) to the papers that show who asks."""
    deadline_s: int
    possession: str
    """The new key's signature over the register's `KeyRecovery`."""
    proposed_ms: int
    replaces: str = ""
    """The proposal in whose place this one stands: that one stands again if the chain refuses this."""
    completes_ms: int | None = None
    """When the venue has it take effect; none while its record is not final on the chain."""
    state: str = "PROPOSED"


class LicenceScope(Row):
    """The salt (hex) of the commitments to the scopes of a right's licences: equal scopes are equal on the chain."""

    kind: ClassVar[str] = "licence_scope"
    salt: str


class Right(Row):
    """A right as catalogued, and what its last register copy says. Holders change only on the register's proof."""

    kind: ClassVar[str] = "right"
    office: str
    right_type: RightType
    filing_date: str | None
    grant_date: str | None = None
    publication_number: str | None = None
    achievement: Achievement | None = None
    description_hash: str = ""
    """Of a result: the salted commitment (hex) to its sealed description."""
    status: RegisterStatus | None = None
    holder_of_record: tuple[Holder, ...] = ()
    register_as_of_ms: int | None = None
    delivered_to: str | None = None
    """The party to which a signed delivery record has passed a result that has no register."""
    expiry_date: str | None = None
    in_fee_grace: bool = False
    pledges: tuple[Pledge, ...] = ()
    pledge_numbers: tuple[int, ...] = ()
    """For each of `pledges`, which one it is of all ever seen on this right; no number comes again."""
    pledges_seen: int = 0
    pledge_receipts: dict[str, int] = {}
    """Minor units that deals have brought each registered pledge so far, by its `receipts_key`."""
    freeze: str = "none"
    freezes_seen: int = 0
    """How many freezes were ever seen on this right; the one that stands is the last."""
    witnessed_holders: tuple[str, ...] = ()
    """The holders (company numbers, sorted) that the chain has this right with; empty while it has no record of it."""
    export_class: ExportClass = "unclassified"
    open_listing: str | None = None
    open_deals: tuple[str, ...] = ()
    """Deals on this right that are awarded and not yet at their end."""
    licences: tuple[str, ...] = ()
    """Live licences on this right."""


class Bidder(msgspec.Struct, frozen=True, kw_only=True):
    """A bidder of one listing: REGISTERED, QUALIFIED or LEFT, and the deposit held (minor units)."""

    state: str
    deposit: int


class Listing(Row):
    """An offer of one right in one mode.

    States: SUBMITTED, PUBLICITY, OPEN, BIDDING, NEGOTIATE, SUSPENDED, AWARDED, SOLD, LAPSED, REJECTED, WITHDRAWN.
    """

    kind: ClassVar[str] = "listing"
    right_id: str
    seller: str
    mode: ModeName
    deal_kind: DealKind
    currency: Currency
    terms: ListingTerms
    terms_salt: str
    closes_ms: int
    registration_closes_ms: int | None = None
    max_acceptances: int = 1
    announcement_number: str | None = None
    state: str = "SUBMITTED"
    opened_ms: int | None = None
    bidders: dict[str, Bidder] = {}
    """By party id."""
    consents: tuple[str, ...] = ()
    accepted: int = 0
    deals: tuple[str, ...] = ()
    suspended_from: str | None = None
    suspended_ms: int | None = None


class Bid(Row):
    """A bid on a competitive listing: LIVE, WITHDRAWN, WON, LOST or LAPSED. `sequence` orders equal prices."""

    kind: ClassVar[str] = "bid"
    listing_id: str
    party_id: str
    price: int
    sequence: int
    placed_ms: int
    terms_salt: str
    client_order_id: str | None = None
    state: str = "LIVE"


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


class Offer(Row):
    """What a listing's seller signed once for whoever accepts (the register's `StandingOffer`); `id` is the listing's.

    States: STANDING; WITHDRAWING, while buyers who have accepted have not signed; WITHDRAWN; ENDED, since its key or
    its counter has changed or the chain refused it: it may be signed anew, in the same row.
    """

    kind: ClassVar[str] = "offer"
    number: int
    """How many offers of this listing were signed before it."""
    right_id: str
    right_facts: RightFacts
    announcement_number: str | None
    """The office's number of the open-licence announcement 开放许可, if it is one."""
    seller: str
    seller_key: str
    terms_salt: str
    terms_commitment: str
    contract_commitment: str
    term_s: int
    """The longest term of a licence under it, in seconds."""
    most: int
    """Most acceptances; those of the listing before it was signed do not count."""
    expires_at_s: int
    """The last second (Unix) at which the chain takes an acceptance."""
    counter: int
    """Of the seller's key."""
    salt: str
    """What tells it from every other offer (32 bytes, hex)."""
    signature: str
    state: str
    deals: tuple[str, ...] = ()
    """Deals that were accepted under an offer of this listing: of these the buyer alone signs."""
    left: tuple[str, ...] = ()
    """Deals that were accepted so and have left it: both sign, and what was agreed stays word for word."""
    withdrawal: str = ""
    """The seller's signature over the withdrawal; empty where the chain had it already."""


class Licence(Row):
    """A licence: GRANTED, then RECORDED or OVERDUE beside it, EXPIRED or ENDED."""

    kind: ClassVar[str] = "licence"
    right_id: str
    deal_id: str
    licensor: str
    licensee: str
    licence_kind: DealKind
    territory: tuple[str, ...]
    field_of_use: str
    starts_ms: int
    ends_ms: int
    granted_until_ms: int
    """The end that it was granted with; `ends_ms` may have come before it since."""
    state: str = "GRANTED"
    recordal_due_ms: int = 0
    recorded: bool = False


class FiledLicence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The licence that a recordal 备案 asks for, in the office's words; dates are ISO, `ends_on` the last day."""

    licence_id: str
    kind: str
    licensee: str
    starts_on: str
    ends_on: str
    territory: tuple[str, ...]
    field_of_use: str


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


class Account(Row):
    """A double-entry account `owner/purpose/currency`. Only the bank's custody account may stand below zero."""

    kind: ClassVar[str] = "account"
    owner: str
    purpose: str
    currency: Currency
    balance: int = 0


class Payment(Row):
    """An instruction to the bank: PREPARED, APPROVED (four eyes), PAID or REFUSED."""

    kind: ClassVar[str] = "payment"
    account: str
    """The account that the money waits in until the bank confirms."""
    returns_to: str
    """The account (owner/purpose) that the money returns to when the bank refuses."""
    party_id: str
    """The payee: a party, the venue itself, or the statement line whose payer gets its money back."""
    currency: Currency
    amount: int
    deal_id: str | None = None
    approvals: dict[str, str] = {}
    """Operator's address to its signature over the payment, as the bank asks for it."""
    state: str = "PREPARED"
    statement_line: str = ""


class StatementLine(Row):
    """A line of the bank's statement, matched once. A credit names its party, a debit the payment that it ended."""

    kind: ClassVar[str] = "statement_line"
    direction: str
    currency: Currency
    amount: int
    party_id: str | None
    payment_id: str | None
    """Of a credit that named nobody: the payment that returns it."""
    value_time_ms: int
    left: int = 0
    """What of a credit has not funded a deal yet (minor units)."""


class Deadline(Row):
    """Something that happens by itself at `due_ms`. Id `what:subject`. Venue clocks are moved by an outage."""

    kind: ClassVar[str] = "deadline"
    what: str
    subject_id: str
    due_ms: int
    venue_clock: bool = True


ROW_TYPES: tuple[type[Row], ...] = (
    Venue, Party, Right, Listing, Bid, Deal, Licence, Filing, Account, Payment, StatementLine, Deadline,
    Key, LicenceScope, Offer, Recovery,
)  # fmt: skip
ROW_TYPE_BY_KIND: dict[str, type[Row]] = {row_type.kind: row_type for row_type in ROW_TYPES}
