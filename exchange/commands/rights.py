"""Commands about rights: import, register copies and the export class."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, ExportClass, GivenBy, RegisterStatus, RightType, Terms
from exchange.money.amount import Currency


class Achievement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a registration certificate of an S&T achievement 科技成果 publishes: who completed what, how mature it is.

    completing_entity: its company number. field: IPC sections or classes, such as `C02;B01`. readiness_level: 1 to 9.
    registration_number: as in the right's id.
    """

    completing_entity: str
    field: str
    readiness_level: int
    registration_number: str


class ImportRight(Command, frozen=True):
    """A right enters the catalogue, unverified; `achievement` describes a result and nothing else.

    classes: IPC or CPC symbols as `exchange.rights.classes` spells them, the main one first. Since engine version 3.

    inventors: how many made it. service_invention: whether it was made in service of its applicant, so that they are
    its completers with a first refusal (Civil Code Art. 847). Both since engine version 3.

    Erasable: `bibliography` (title, applicants, raw number), `inventors` (their names); of a result also
    `completing_persons` and `description`, whose commitment is the salted hash of its description.
    """

    given_by: ClassVar[GivenBy] = "enrolled"
    right_id: str
    office: str
    right_type: RightType
    filing_date: str | None
    grant_date: str | None = None
    publication_number: str | None = None
    achievement: Achievement | None = None
    classes: tuple[str, ...] | UnsetType = UNSET
    inventors: int | UnsetType = UNSET
    service_invention: bool | UnsetType = UNSET


class Holder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registered holder: its company number and its share in basis points (10,000 the whole)."""

    company_number: str
    share: int = 10_000


class Pledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registered pledge (Civil Code Art. 444): the pledgee's company number and the secured or maximum sum.

    register_number: the register's own number of the pledge 质权登记号, empty where its copy carries none.
    debt_term_ends_on: the last day of the debt's term (ISO), where the copy names it. Since engine version 5.
    """

    company_number: str
    amount: int
    currency: Currency
    kind: Literal["secured", "maximum"] = "secured"
    register_number: str = ""
    debt_term_ends_on: str | UnsetType = UNSET


StandingLicenceKind = Literal["exclusive_licence", "sole_licence", "ordinary_licence", "open_licence"]
"""What may stand over a right; an open licence is a declaration 开放许可声明 and has no licensee."""


class RegisteredLicence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A licence that a register copy names, or an open licence that stands there as declared.

    licence_id: the register's own number. Dates are the office's, ISO; both days belong to the term, and without
    `ends_on` it lasts as long as the right. Who the licensee is stays in the copy.
    """

    licence_id: str
    kind: Literal["exclusive", "sole", "ordinary", "open"]
    licensee: str | None
    starts_on: str
    ends_on: str | None
    territory: tuple[str, ...]
    field_of_use: str


class RegisterFacts(Terms, frozen=True):
    """What a register copy 登记簿副本 says of a right, and the copy itself as the office has signed it.

    right_type, filing_date, grant_date: where the copy gives them, they rule over what was imported.

    `copy` is the copy's canonical JSON without its attestation; the facts are what the exchange reads out of it.
    """

    copy: str
    attestation: str
    status: RegisterStatus
    holders: tuple[Holder, ...]
    right_type: RightType | None = None
    filing_date: str | None = None
    grant_date: str | None = None
    expiry_date: str | None = None
    in_fee_grace: bool = False
    pledges: tuple[Pledge, ...] = ()
    freeze: Literal["none", "dispute", "preservation"] = "none"
    fee_due: str | UnsetType = UNSET
    """The day to which annual fees are paid; six months of grace follow."""
    licences: tuple[RegisteredLicence, ...] | UnsetType = UNSET
    """All that the register names, those filed from here among them. Since engine version 5."""
    similar_marks: tuple[str, ...] | UnsetType = UNSET
    """Ids or numbers of the owner's marks that go with this one (Trademark Law Art. 42); empty where there are none."""
    same_day_twin: str | UnsetType = UNSET
    """The right for the same creation filed on the same day, where the copy names one. Since engine version 5."""
    invalidation_requested: bool | UnsetType = UNSET
    """True where the copy shows a request to declare the right invalid. Since engine version 5."""


class RecordRegisterCopy(Command, frozen=True):
    """The office's answer about a right as of `as_of_ms`, handed over by the service with the copy's digest."""

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = RegisterFacts
    right_id: str
    as_of_ms: int
    copy_digest: str


class TieFamily(Command, frozen=True):
    """The venue finds that these rights are of one family: one creation, a right of its own at each place.

    Since engine version 3. right_ids: all members; none, or one alone, to dissolve the family. Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    family_id: str
    right_ids: tuple[str, ...]


class HoldingTerms(Terms, frozen=True):
    """Who holds a right that no register keeps, with their shares."""

    holders: tuple[Holder, ...]


class RecordHolding(Command, frozen=True):
    """The venue finds who holds a right that no register keeps: on the holders' signed undertaking 承诺书.

    Since engine version 3. Erasable: `undertaking`, which must be there, and `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = HoldingTerms
    right_id: str


class ClassifyExport(Command, frozen=True):
    """The technology's class under the catalogue of prohibited and restricted exports, as found by the venue.

    Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    right_id: str
    export_class: ExportClass
