"""Shapes of objections, in and out."""

from typing import Annotated, Literal

from pydantic import Field

from api.forms import Body, ReasonedBody, SealedForm, Shape, View
from exchange.commands import ObjectionGround


class StatementPart(Shape):
    """What the objection says, sealed and erasable."""

    statement: SealedForm


class ObjectionForm(Body):
    """A party objects to a listing in public notice, once and with all its grounds."""

    ground: Annotated[ObjectionGround, Field(description="权属, 价格, 程序, 保密 or 其他.")]
    erasable: StatementPart  # type: ignore[assignment]  # another set of parts


class DecisionForm(ReasonedBody):
    """The operator has decided."""

    decision: Literal["upheld", "dismissed"]


class ObjectionView(View):
    """An objection, to whoever made it, the listing's seller and the venue."""

    id: str
    listing_id: str
    party_id: str
    ground: str
    made_ms: int
    state: Annotated[str, Field(description="STANDING, UPHELD, DISMISSED, WITHDRAWN or LAPSED")]
    statement: object = None


class ObjectionPage(View):
    """Objections in the order of their making."""

    objections: list[ObjectionView]
    next_cursor: str | None
