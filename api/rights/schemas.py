"""Shapes of rights, in and out."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, field_validator

from api.forms import AmountOut, Body, Code, IsoDate, ReasonedBody, SealedForm, Shape, SinceVersion, View
from api.rights.imports.report import LONGEST_TITLE, shown_title
from exchange.commands import ExportClass, RightType
from exchange.rights.catalogue import MOST_INVENTORS
from exchange.rights.classes import CLASS_SYMBOL, MOST_CLASSES_OF_RIGHT
from exchange.rows.facts import FactSort


class BibliographyForm(SealedForm):
    """A bibliography, with the title that contracts name (Civil Code Art. 845).

    Everybody is shown it, so it has a bound and nothing that steers a reader's eye.
    """

    @field_validator("value")
    @classmethod
    def _title_can_be_shown(cls, value: JsonValue) -> JsonValue:
        title = value.get("title", "") if isinstance(value, dict) else ""
        if not isinstance(title, str) or not 0 < len(title) <= LONGEST_TITLE or title != shown_title(title):
            message = (
                f"a title is one line of 1 to {LONGEST_TITLE} characters without control or format characters"
            )
            raise ValueError(message)
        return value


class RightParts(Shape):
    """Title, applicants, number as written; of a result who completed it and what it is: sealed and erasable."""

    bibliography: BibliographyForm
    completing_persons: Annotated[SealedForm | None, Field(description="Of a result: its completers.")] = None
    inventors: Annotated[SealedForm | None, Field(description="Their names.")] = None
    description: Annotated[
        SealedForm | None, Field(description="Of a result; its commitment is the salted description hash.")
    ] = None


class AchievementForm(Shape):
    """What the registration certificate of a result 科技成果 publishes."""

    completing_entity: Annotated[
        str, Field(pattern=r"^[A-Z0-9][A-Z0-9/-]{3,31}$", description="Company number.")
    ]
    field: Annotated[
        str,
        Field(
            pattern=r"^[A-H](?:[0-9]{2})?(?:[;, ]{1,2}[A-H](?:[0-9]{2})?)*$",
            max_length=200,
            description="IPC sections or classes, such as `C02;B01`.",
        ),
    ]
    readiness_level: Annotated[int, Field(ge=1, le=9, strict=True)]
    registration_number: Annotated[str, Field(pattern=r"^[A-Z0-9]{4,32}$")]


class RightForm(Body):
    """One right for the catalogue. `right_id` is office and application number, e.g. `CN-201610178553.5`.

    A result 科技成果 is `CN-achievement-` and its registration number, and comes with its description. Other rights are
    place, kind and number: `CN-trademark-12345678`, `CN-software-2016SR123456`, `CN-copyright-GD2016F00001234`,
    `CN-layout-BS.155508385`, `CN-know-how-` and `CN-indication-` with a reference.
    """

    right_id: Code
    office: Annotated[str, Field(pattern=r"^[A-Z]{2,3}$", description="WIPO ST.3.")]
    right_type: RightType
    filing_date: IsoDate | None = None
    grant_date: IsoDate | None = None
    publication_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]{0,31}$")] | None = None
    achievement: AchievementForm | None = None
    classes: (
        Annotated[
            list[Annotated[str, Field(pattern=rf"^{CLASS_SYMBOL}$")]],
            Field(
                min_length=1,
                max_length=MOST_CLASSES_OF_RIGHT,
                description="IPC or CPC symbols such as `H01M 10/0525`, the main one first: needs are matched by them.",
            ),
        ]
        | None
    ) = None
    inventors: Annotated[int, Field(ge=1, le=MOST_INVENTORS, strict=True, description="How many.")] | None = (
        None
    )
    service_invention: Annotated[
        bool | None, Field(description="Made in service of its applicant (Patent Law 6, Civil Code 847).")
    ] = None
    erasable: RightParts  # type: ignore[assignment]  # another set of parts


class ExportClassForm(ReasonedBody):
    """The technology's class under the export catalogue, as found by the venue."""

    export_class: ExportClass


class HolderView(View):
    """A registered holder; share in basis points."""

    company_number: str
    share: int


class PledgeView(View):
    """A registered pledge."""

    company_number: str
    amount: AmountOut
    currency: str
    kind: str
    register_number: Annotated[str, Field(description="Empty where the copy carries none.")] = ""
    debt_term_ends_on: Annotated[
        SinceVersion[str], Field(description="The last day of the debt's term (ISO).")
    ] = None


class LicenceElsewhereView(View):
    """A licence that the register names and that was not granted here; dates are ISO, both within its term."""

    number: Annotated[int, Field(description="Which one it is of all ever seen on this right.")]
    licence_id: Annotated[str, Field(description="The register's own number.")]
    licence_kind: Annotated[
        str, Field(description="exclusive_licence, sole_licence, ordinary_licence or open_licence.")
    ]
    starts_on: str
    ends_on: Annotated[str | None, Field(description="Null where it lasts as long as the right.")]
    territory: list[str]
    field_of_use: str


class AchievementView(View):
    """What is published of a result."""

    completing_entity: str
    field: str
    readiness_level: int
    registration_number: str


class RightView(View):
    """A right as everybody sees it. `status`, dates and freeze are as of the register copy of `register_as_of_ms`."""

    id: str
    office: str
    right_type: str
    title: Annotated[str | None, Field(description="From its sealed bibliography; null once erased.")] = None
    filing_date: str | None
    grant_date: str | None
    publication_number: str | None
    achievement: AchievementView | None
    classes: SinceVersion[list[str]] = None
    status: str | None
    register_as_of_ms: int | None
    expiry_date: str | None
    in_fee_grace: bool
    freeze: str
    export_class: str
    open_listing: str | None
    open_licence_listing: Annotated[
        SinceVersion[str],
        Field(description="Of an open licence; non-exclusive (ordinary) licences may be listed beside it."),
    ] = None
    inventors: SinceVersion[int] = None
    service_invention: SinceVersion[bool] = None
    family: SinceVersion[str] = None
    fee_due: Annotated[SinceVersion[str], Field(description="The day on which the annual fee is due.")] = None
    fee_grace_until: Annotated[str | None, Field(description="Six months after that.")] = None
    same_day_twin: Annotated[
        SinceVersion[str],
        Field(
            description="The right for the same creation filed on the same day, where the register names one."
        ),
    ] = None
    invalidation_requested: Annotated[
        SinceVersion[bool],
        Field(description="True where the register shows a request to declare it invalid."),
    ] = None


class EnrolledRightView(RightView):
    """What approved parties and the venue see beside that: holders and pledges of the register, and live licences."""

    holder_of_record: list[HolderView]
    pledges: list[PledgeView]
    licences: list[str]
    licences_elsewhere: Annotated[
        SinceVersion[list[LicenceElsewhereView]],
        Field(description="Those that its register names beside; null where its last copy has not said."),
    ] = None
    bibliography: Any = None


class RightPage(View):
    """Rights in the order of their import."""

    rights: list[EnrolledRightView | RightView]
    next_cursor: str | None


class RowOutcome(View):
    """What became of one row of an uploaded file."""

    line: int
    right_id: str
    outcome: Annotated[str, Field(pattern=r"^(registered|corrected|unchanged|refused)$")]
    entry: int | None = None
    code: str | None = None


class RowRefusal(View):
    """A row that could not be read."""

    line: int
    field: str
    code: str
    reason: str
    reason_zh: str


class UploadView(View):
    """The outcome of an uploaded file. `rows` counts data rows."""

    rows: int
    submitted: list[RowOutcome]
    refused: list[RowRefusal]


class FamilyView(View):
    """The rights of one family. Each is a right of its own: a deal in one moves no other."""

    family: str | None
    members: list[RightView]


class TimelineItem(View):
    """Something that was said of a right; what a public reader may not see is null."""

    at_ms: int
    kind: FactSort | Literal["finding", "listing", "deal"]
    subject_id: Annotated[
        str,
        Field(
            description="The listing, deal, licence, freeze notice or dispute; of a copy its number, of what the "
            "register shows which one it is on this right."
        ),
    ]
    state: Annotated[
        str,
        Field(
            description="Of an encumbrance `begins` or `ends`, at the time at which the venue learnt of it."
        ),
    ]
    words: str
    words_zh: str
    expiry_date: str | None = None
    fee_due: str | None = None
    in_fee_grace: bool | None = None
    freeze: str | None = None
    same_day_twin: SinceVersion[str] = None
    invalidation_requested: SinceVersion[bool] = None
    holders: list[HolderView] | None = None
    pledges: list[PledgeView] | None = None
    licences_elsewhere: list[LicenceElsewhereView] | None = None
    ends_ms: int | None = None
    detail: Annotated[
        str | None, Field(description="Kind of licence or freeze; a pledgee to approved parties alone.")
    ] = None


class Timeline(View):
    """What was said of a right, oldest first; `older_left_off` where there is more than is shown."""

    right_id: str
    items: list[TimelineItem]
    older_left_off: bool
