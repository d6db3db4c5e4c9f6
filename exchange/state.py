"""The engine's whole memory: rows by kind, the deadlines that are due, and what a turn has changed.

The read tables hold exactly these rows, so that a start from the tables, a replay of the journal and the running
engine must agree in `state_hash`. Nothing here decides anything.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import msgspec

from exchange import canonical
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
from exchange.listings.ranking import Ranking
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
)  # fmt: skip
ROW_TYPE_BY_KIND: dict[str, type[Row]] = {row_type.kind: row_type for row_type in ROW_TYPES}


class Change(msgspec.Struct, frozen=True):
    """A row after a turn: its canonical bytes, None when it is deleted; `archived` when it has left memory."""

    kind: str
    id: str
    data: bytes | None
    archived: bool


class State:
    """Rows by kind and id. Whoever changes a row says so with `touch`; `take_changes` gives what has changed."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {kind: {} for kind in ROW_TYPE_BY_KIND}
        self.venues: dict[str, Venue] = self.rows["venue"]
        self.parties: dict[str, Party] = self.rows["party"]
        self.rights: dict[str, Right] = self.rows["right"]
        self.listings: dict[str, Listing] = self.rows["listing"]
        self.bids: dict[str, Bid] = self.rows["bid"]
        self.deals: dict[str, Deal] = self.rows["deal"]
        self.licences: dict[str, Licence] = self.rows["licence"]
        self.filings: dict[str, Filing] = self.rows["filing"]
        self.accounts: dict[str, Account] = self.rows["account"]
        self.payments: dict[str, Payment] = self.rows["payment"]
        self.statement_lines: dict[str, StatementLine] = self.rows["statement_line"]
        self.deadlines: dict[str, Deadline] = self.rows["deadline"]
        self.party_by_number: dict[str, str] = {}
        """An index over parties that have been approved: company number to party id."""
        self.party_by_key: dict[str, str] = {}
        """An index over parties: enrolled key to party id."""
        self.proofs: set[str] = set()
        """An index over filings: digests of the official proofs that have been reported."""
        self.books: dict[str, Ranking] = {}
        """An index over live bids: listing id to its book."""
        self.bids_of: dict[str, list[str]] = {}
        """An index over bids in memory: listing id to bid ids, in order of arrival."""
        self.lines_of: dict[str, list[str]] = {}
        """An index over statement lines: party id to the ids of its credits, in no order that anybody may rely on."""
        self.change_count = 0
        """Counts every change ever made, so that a turn can tell whether it has changed anything."""
        self._due: list[tuple[int, str]] = []
        self._changed: dict[tuple[str, str], Row | None] = {}
        """Rows changed since `take_changes`; the row itself where it has left memory but stays in its table."""

    @property
    def venue(self) -> Venue:
        """The venue's row. Raises KeyError before the venue is opened."""
        return self.venues["venue"]

    def add(self, row: Row) -> None:
        """Add a new row.

        Raises:
            ValueError: the id is taken, which would be a fault of the engine.
        """
        table = self.rows[row.kind]
        if row.id in table:
            message = f"{row.kind} {row.id} exists already"
            raise ValueError(message)
        table[row.id] = row
        self._index(row)
        self.touch(row)

    def touch(self, row: Row) -> None:
        """Say that a row has changed."""
        self._mark(row, None)

    def remove(self, row: Row) -> None:
        """Delete a row for good: it leaves the tables as well (only deadlines do)."""
        del self.rows[row.kind][row.id]
        self._mark(row, None)

    def archive(self, row: Row) -> None:
        """Let a finished row leave memory; its table keeps it, marked archived."""
        del self.rows[row.kind][row.id]
        if isinstance(row, Listing):
            self.books.pop(row.id, None)
            self.bids_of.pop(row.id, None)
        self._mark(row, row)

    def take_changes(self) -> list[Change]:
        """Every row changed since the last call, each once, in the order of first change, as it stands now."""
        changes = []
        for (kind, row_id), archived in self._changed.items():
            row = archived or self.rows[kind].get(row_id)
            data = None if row is None else canonical.encode(row)
            changes.append(Change(kind, row_id, data, archived is not None))
        self._changed.clear()
        return changes

    def next_id(self, prefix: str) -> str:
        """The next id of a series, e.g. `L-12`; the counter is part of the state."""
        venue = self.venue
        number = venue.counters.get(prefix, 0) + 1
        venue.counters[prefix] = number
        self.touch(venue)
        return f"{prefix}-{number}"

    def book(self, listing_id: str) -> Ranking:
        """The book of a listing's live bids."""
        book = self.books.get(listing_id)
        if book is None:
            book = self.books[listing_id] = Ranking()
        return book

    def index_line(self, line: StatementLine) -> None:
        """Enter a credit of a party's among its lines: when it comes in, or is assigned to it later."""
        if line.party_id is not None:
            self.lines_of.setdefault(line.party_id, []).append(line.id)

    # --- deadlines

    def set_deadline(self, what: str, subject_id: str, due_ms: int, *, venue_clock: bool = True) -> None:
        """Set or move the deadline `what` of a subject."""
        deadline_id = f"{what}:{subject_id}"
        deadline = self.deadlines.get(deadline_id)
        if deadline is None:
            self.add(
                Deadline(
                    id=deadline_id, what=what, subject_id=subject_id, due_ms=due_ms, venue_clock=venue_clock
                )
            )
            return
        deadline.due_ms = due_ms
        deadline.venue_clock = venue_clock
        self.touch(deadline)
        heapq.heappush(self._due, (due_ms, deadline_id))

    def clear_deadline(self, what: str, subject_id: str) -> None:
        """Drop the deadline `what` of a subject, if it stands."""
        deadline = self.deadlines.get(f"{what}:{subject_id}")
        if deadline is not None:
            self.remove(deadline)

    def next_deadline(self) -> Deadline | None:
        """The deadline that is due first, by (time, id); it stays."""
        while self._due:
            due_ms, deadline_id = self._due[0]
            deadline = self.deadlines.get(deadline_id)
            if deadline is not None and deadline.due_ms == due_ms:
                return deadline
            heapq.heappop(self._due)
        return None

    # --- loading and comparing

    def load(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Fill an empty state from the tables: (kind, JSON) of every row that is not archived."""
        decoders = {kind: msgspec.json.Decoder(row_type) for kind, row_type in ROW_TYPE_BY_KIND.items()}
        for kind, data in rows:
            row = decoders[kind].decode(data)
            self.rows[kind][row.id] = row
            if kind != Bid.kind:
                self._index(row)
        for bid in sorted(self.bids.values(), key=lambda row: row.sequence):
            self._index(bid)  # in the order of arrival, which decides between equal prices

    def each_row(self) -> Iterator[Row]:
        """Every row in memory, kind by kind."""
        for table in self.rows.values():
            yield from table.values()

    def state_hash(self) -> str:
        """A hash of every row in memory that does not depend on their order: the sum of their SHA-256 mod 2^256."""
        total = 0
        for row in self.each_row():
            content = f"{row.kind}\0{row.id}\0".encode() + canonical.encode(row)
            total += int.from_bytes(hashlib.sha256(content).digest())
        return (total % 2**256).to_bytes(32).hex()

    def _mark(self, row: Row, archived: Row | None) -> None:
        self.change_count += 1
        self._changed[row.kind, row.id] = archived

    def _index(self, row: Row) -> None:
        if isinstance(row, Deadline):
            heapq.heappush(self._due, (row.due_ms, row.id))
        elif isinstance(row, Party):
            if row.state != "APPLIED":
                self.party_by_number[row.company_number] = row.id
            self.party_by_key[row.key] = row.id
        elif isinstance(row, StatementLine):
            self.index_line(row)
        elif isinstance(row, Filing) and row.proof_digest:
            self.proofs.add(row.proof_digest)
        elif isinstance(row, Bid):
            self.bids_of.setdefault(row.listing_id, []).append(row.id)
            if row.state == "LIVE":
                self.book(row.listing_id).add(row)
