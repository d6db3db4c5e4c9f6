"""Deals, and what went to the office for them or for pledges."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import (
    DealKind,
    FilingKind,
    Holder,
    ListingTerms,
    PledgeKind,
    RegisterStatus,
    RightType,
    StandingLicenceKind,
)
from exchange.money.amount import Currency
from exchange.rows.orders import SignedOrder
from exchange.rows.row import Row

ContractForm = Literal["hash_set", "named"]
"""How a contract is committed to: under one hash set since engine version 3, by its one Chinese text before.

Since version 5 the hash set's texts name the title of the right, its numbers and its holder of record.
"""


class StandingLicence(msgspec.Struct, frozen=True, kw_only=True):
    """A licence that outlives the assignment of its right, times in ms UTC.

    licence_id: its id here, or the register's own number where `source` is the register. ends_ms: None where neither
    the licence nor its right has an end on record.
    """

    licence_id: str
    licence_kind: DealKind | StandingLicenceKind
    territory: tuple[str, ...]
    field_of_use: str
    starts_ms: int
    ends_ms: int | None
    source: Literal["register"] | UnsetType = UNSET


class RightFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract says of the right, as it stood at the award: later register copies change no contract."""

    office: str
    right_type: RightType
    filing_date: str | None
    grant_date: str | None
    expiry_date: str | None
    bibliography: str | UnsetType = UNSET
    """The commitment (hex) to its title and applicants, which the text shows in its annex. Since engine version 5."""
    holders: tuple[Holder, ...] | UnsetType = UNSET
    """Beside `bibliography`: who holds it on record; nobody where a delivery record has passed it on since."""
    publication_number: str | UnsetType = UNSET
    """Beside `bibliography`, where the catalogue has one."""
    status: RegisterStatus | UnsetType = UNSET
    """Beside `bibliography`: what its register calls it, so that an application is told from a granted patent."""
    co_owners: tuple[Holder, ...] | UnsetType = UNSET
    """All holders with their shares, where there are several: what is paid is theirs by these."""
    family: tuple[str, ...] | UnsetType = UNSET
    """The other members of its family, which the contract does not move."""
    licences: tuple[StandingLicence, ...] | UnsetType = UNSET
    """Of an assignment: the licences that stand and go on (technology contracts interpretation, Art. 24(2) [L])."""


class RefusalNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The notice of a deal's terms to those who have its first refusal (Civil Code Arts. 847 and 860)."""

    notice_digest: str
    noticed_ms: int
    entitled: tuple[str, ...]
    """Completers by their commitments, co-developers by their company numbers."""
    waived: tuple[str, ...] = ()
    reassigned_to: str = ""
    """The deal by which one of them took it."""


class LotPart(msgspec.Struct, frozen=True, kw_only=True):
    """What a deal knows of the lot that it is a part of."""

    id: str
    """The first of the deals that the award made, one for each right."""
    right_ids: tuple[str, ...]
    """All rights of the lot, in its order."""
    share: int
    """Of this deal's right, in parts per million."""
    price: int
    """Of the whole lot, minor units."""


class StoppedPayments(msgspec.Struct, kw_only=True):
    """What a suspended licence owes stands still: each clock with what it has left (ms), and since when (ms UTC)."""

    since_ms: int
    clocks: dict[str, int]


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
    defaulted: str | UnsetType = UNSET
    """The party whose default unwound it."""
    voided_by: str | UnsetType = UNSET
    """The party whose change of key undid the other's signature, until it signs itself."""
    quantity: int | UnsetType = UNSET
    """How many non-exclusive (ordinary) licences of the same terms `price` is for; of a fill of the continuous mode."""
    proposal: str | UnsetType = UNSET
    """Of a tender's winner: the SHA-256 (hex) of the proposal document that it is held to."""
    fee_schedule: str | UnsetType = UNSET
    contract_form: ContractForm | UnsetType = UNSET
    """How `contract_commitment` was made; by one Chinese text where nothing is said."""
    disputed_from: str | UnsetType = UNSET
    """While it is DISPUTED, the state in which it is beside that."""
    disputes: tuple[str, ...] | UnsetType = UNSET
    """Every dispute over it, the last one at the end."""
    refusal: RefusalNotice | UnsetType = UNSET
    reassigned_from: str | UnsetType = UNSET
    """The deal whose place it took, since its buyer has exercised its first refusal."""
    demand_until_ms: int | UnsetType = UNSET
    """Until when its buyer may pay what the seller has demanded of overdue instalments."""
    reverses: str | UnsetType = UNSET
    """The deal whose right this one gives back, as the outcome of a dispute or a rescission requires."""
    pledges: tuple[str, ...] | UnsetType = UNSET
    """Which pledges stood when the right passed (`pledge_identity`): what falls due later prepays only them."""
    lot: LotPart | UnsetType = UNSET
    earnest: int | UnsetType = UNSET
    """Earnest money 定金 that was paid (minor units)."""
    orders: tuple[SignedOrder, SignedOrder] | UnsetType = UNSET
    """The order to sell and the order to buy whose fill it is, where their signatures are its own."""
    rewarded: int | UnsetType = UNSET
    """Up to what it had brought its seller (minor units) the reward of the contributors is on record."""
    co_owners_rewarded: dict[str, int] | UnsetType = UNSET
    """The same of each co-owner that a payment of it goes to, by party id. Since engine version 5."""
    stopped: StoppedPayments | UnsetType = UNSET
    """While a decision that declares the right of its licence invalid is not final."""
    export_void_through: int | UnsetType = UNSET
    """Up to which document's number the papers on its export count no more: its class or contract has changed since."""
    title_entry: int | UnsetType = UNSET
    """The entry of the import that seals the title which its contract names, whatever becomes of that title later."""
    overdue_since_ms: int | UnsetType = UNSET
    """When the time to file or deliver what is paid for was over."""

    @property
    def recorded_terms(self) -> str:
        """The commitment (hex) to the terms under which the chain has it: its two orders', or its own."""
        return self.terms_commitment if self.orders is UNSET else self.orders[0].terms_commitment


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
    pledge_id: str | UnsetType = UNSET
    """Of a pledge's filing, which then is no deal's: `deal_id` is empty."""
    pledge: FiledPledge | UnsetType = UNSET
    discharged_pledge_id: str | UnsetType = UNSET
    """The register's own number of the pledge that a discharge ends."""
    filed_ms: int | UnsetType = UNSET
    """When it was filed (ms UTC); a Hong Kong design's dealings rank by it. Since engine version 5."""


class FiledPledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pledge that a registration or a change asks for, in the office's words; minor units, ISO date."""

    pledge_id: str
    pledgee: str
    sum_minor: int
    currency: Currency
    kind: PledgeKind
    debt_term_ends_on: str


class FiledLicence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The licence that a recordal 备案 asks for, in the office's words; dates are ISO, `ends_on` the last day."""

    licence_id: str
    kind: str
    licensee: str
    starts_on: str
    ends_on: str
    territory: tuple[str, ...]
    field_of_use: str
