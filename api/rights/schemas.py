"""Shapes of rights, in and out."""

from typing import Annotated, Any

from pydantic import Field

from api.forms import AmountOut, Body, Code, NoParts, SealedForm, Shape, View
from exchange.commands import ExportClass, RightType

IsoDate = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class BibliographyPart(Shape):
    """Title, applicants, number as written: sealed and erasable, since it names people."""

    bibliography: SealedForm


class RightForm(Body):
    """One right for the catalogue. `right_id` is office and application number, e.g. `CN-201610178553.5`."""

    right_id: Code
    office: Annotated[str, Field(pattern=r"^[A-Z]{2,3}$", description="WIPO ST.3.")]
    right_type: RightType
    filing_date: IsoDate | None = None
    grant_date: IsoDate | None = None
    publication_number: Annotated[str, Field(max_length=32)] | None = None
    erasable: BibliographyPart  # type: ignore[assignment]  # another set of parts


class ExportClassForm(Body):
    """The technology's class under the export catalogue, as found by the venue."""

    export_class: ExportClass
    erasable: NoParts = NoParts()


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


class RightView(View):
    """A right as everybody sees it. `status`, dates and freeze are as of the register copy of `register_as_of_ms`."""

    id: str
    office: str
    right_type: str
    title: Annotated[str | None, Field(description="From its sealed bibliography; null once erased.")] = None
    filing_date: str | None
    grant_date: str | None
    publication_number: str | None
    status: str | None
    register_as_of_ms: int | None
    expiry_date: str | None
    in_fee_grace: bool
    freeze: str
    export_class: str
    open_listing: str | None


class EnrolledRightView(RightView):
    """What approved parties and the venue see beside that: holders and pledges of the register, and live licences."""

    holder_of_record: list[HolderView]
    pledges: list[PledgeView]
    licences: list[str]
    bibliography: Any = None


class RightPage(View):
    """Rights in the order of their import."""

    rights: list[EnrolledRightView | RightView]
    next_cursor: str | None


class RowOutcome(View):
    """What became of one row of an uploaded file."""

    line: int
    right_id: str
    outcome: Annotated[str, Field(pattern=r"^(registered|unchanged|refused)$")]
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
