"""The shape of a seller's undertaking 承诺书, in and out; `docs/terms.md` says what its answers mean."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.forms import Shape
from exchange.rules.undertakings import MOST_HELD_FOR

Answer = Annotated[bool | None, Field(strict=True)]


class UndertakingForm(Shape):
    """The seller's signed word on what no register tells, yes or no (§ 116); what is left out is not answered."""

    state_secret: Annotated[
        Answer,
        Field(description="A right offered is to be kept secret 国家秘密, or a defence patent 国防专利."),
    ] = None
    open_licence_elsewhere: Annotated[
        Answer,
        Field(description="Its open licence 开放许可 is declared outside this venue, and not withdrawn."),
    ] = None
    venue_staff: Annotated[
        Answer, Field(description="The seller, or an affiliate of it, is staff of the venue.")
    ] = None
    nominee: Annotated[Answer, Field(description="The seller holds for others 代持, as every fund does.")] = (
        None
    )
    holders: Annotated[
        int | None,
        Field(
            ge=1,
            le=MOST_HELD_FOR,
            strict=True,
            description="For how many then, those behind another fund or nominee counted one by one.",
        ),
    ] = None
    co_owners_agreed_otherwise: Annotated[
        Answer,
        Field(
            description="The co-owners have agreed on what each may do alone otherwise than the law has it; asked of a "
            "right with several owners."
        ),
    ] = None
