"""Rights as catalogued and as their registers say."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import (
    Achievement,
    Completer,
    ExportClass,
    Holder,
    Pledge,
    RegisterStatus,
    RightType,
    StandingLicenceKind,
)
from exchange.rows.row import Row


class LicenceElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """A licence that the register names and that was not granted here; its licensee stays in the copy.

    number: which one it is of all ever seen on this right; no number comes again. licence_id: the register's own.
    Dates are ISO and both belong to the term; without `ends_on` it lasts as long as the right.
    """

    number: int
    licence_id: str
    licence_kind: StandingLicenceKind
    starts_on: str
    ends_on: str | None
    territory: tuple[str, ...]
    field_of_use: str


class Bibliography(msgspec.Struct, frozen=True, kw_only=True):
    """Where the title of a right stands: the erasable part `bibliography` of an entry.

    commitment: its salted commitment (hex). entry: the entry of the import that holds it.
    """

    commitment: str
    entry: int


class Right(Row):
    """A right as catalogued, and what its last register copy says. Holders change only on the register's proof."""

    kind: ClassVar[str] = "right"
    office: str
    right_type: RightType
    filing_date: str | None
    grant_date: str | None = None
    publication_number: str | None = None
    bibliography: Bibliography | UnsetType = UNSET
    """Its title and applicants, sealed: of an import since engine version 5, until the part is erased."""
    achievement: Achievement | None = None
    classes: tuple[str, ...] | UnsetType = UNSET
    """IPC or CPC symbols that its importer has given, the main one first; by them listings and needs are matched."""
    description_hash: str = ""
    """Of a result: the salted commitment (hex) to its sealed description."""
    inventors: int | UnsetType = UNSET
    """How many made it, as its importer says; their names are in an erasable part."""
    service_invention: bool | UnsetType = UNSET
    completers: tuple[Completer, ...] | UnsetType = UNSET
    """Who completed it, as the venue has found: they have the first refusal of a service result."""
    family: str | UnsetType = UNSET
    """The family whose member this right is; the others are rights of their own."""
    relatives: tuple[str, ...] | UnsetType = UNSET
    """The other members of its family, by id."""
    fee_due: str | UnsetType = UNSET
    """The day to which annual fees are paid (ISO), as the register says."""
    copies_seen: int | UnsetType = UNSET
    """How many register copies and findings have been kept of it as `RegisterEntry`."""
    similar_marks: tuple[str, ...] | UnsetType = UNSET
    """Of a Mainland mark: its owner's other marks that are like it, as the register says."""
    same_day_twin: str | UnsetType = UNSET
    """The right for the same creation filed on the same day, as the register says. Since engine version 5."""
    invalidation_requested: bool | UnsetType = UNSET
    """Whether somebody has asked to declare it invalid, as the register says. Since engine version 5."""
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
    notices: tuple[str, ...] | UnsetType = UNSET
    """Freezes that the venue was told of and that stand, beside what the register copy shows."""
    pledge_contracts: tuple[str, ...] | UnsetType = UNSET
    """Pledges drawn up here that are not at their end."""
    pledge_receipts: dict[str, int] = {}
    """Before engine version 5: minor units that deals have brought registered pledges so far, by `receipts_key`."""
    pledge_receipt_ids: dict[str, str] | UnsetType = UNSET
    """Each of `pledge_numbers` to the `PledgeReceipts` that keep what the pledge has received on all its rights."""
    freeze: str = "none"
    freezes_seen: int = 0
    """How many freezes were ever seen on this right; the one that stands is the last."""
    witnessed_holders: tuple[str, ...] = ()
    """The holders (company numbers, sorted) that the chain has this right with; empty while it has no record of it."""
    export_class: ExportClass = "unclassified"
    bought_ms: int | UnsetType = UNSET
    """When its owner has bought it here, if the last transfer was by a deal of this venue."""
    open_listing: str | None = None
    open_licence_listing: str | UnsetType = UNSET
    """The listing of an open licence, since engine version 5: beside it non-exclusive ones are offered by agreement."""
    open_deals: tuple[str, ...] = ()
    """Deals on this right that are awarded and not yet at their end."""
    licences: tuple[str, ...] = ()
    """Live licences on this right that were granted here."""
    licences_elsewhere: tuple[LicenceElsewhere, ...] | UnsetType = UNSET
    """Those that its last copy names beside them; unknown where no copy since engine version 5 has said."""
    licences_elsewhere_seen: int | UnsetType = UNSET
    """How many of them were ever seen on this right."""
    licences_ended: dict[str, int] | UnsetType = UNSET
    """Licences granted here that have ended, and until when the register may still name them (ms UTC)."""
    stopped_deals: tuple[str, ...] | UnsetType = UNSET
    """Deals whose payments stand still, while a decision that declares this right invalid is not final."""


class RegisterEntry(Row):
    """How a right stood by one register copy, or by the venue's finding; `number` counts them from 1. Never in memory.

    as_of_ms: the register's own time of it. recorded_ms: when it came here. fee_due: ISO date.
    """

    kind: ClassVar[str] = "register_entry"
    right_id: str
    number: int
    as_of_ms: int
    recorded_ms: int
    status: str
    holders: tuple[Holder, ...]
    expiry_date: str | None
    fee_due: str | None
    in_fee_grace: bool
    pledges: tuple[Pledge, ...]
    freeze: str
    licences_elsewhere: tuple[LicenceElsewhere, ...] | UnsetType = UNSET
    pledge_numbers: tuple[int, ...] | UnsetType = UNSET
    """For each of its pledges, which one it is of all ever seen on this right. Since engine version 5."""
    same_day_twin: str | UnsetType = UNSET
    invalidation_requested: bool | UnsetType = UNSET
