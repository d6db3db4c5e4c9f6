"""What every command and every set of terms is, and the words that several of them use."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

import msgspec

GivenBy = Literal["applicant", "party", "enrolled", "operator", "service", "sequencer"]
Jurisdiction = Literal["CN", "HK", "MO", "TW", "US", "EP", "OTHER"]
Role = Literal["seller", "buyer", "pledgee", "agent"]
Category = Literal["company", "university", "research_institute", "state_enterprise", "bank", "fund"]
RightType = Literal[
    "invention",
    "utility_model",
    "design",
    "application",
    "achievement",
    "know_how",
    "software_copyright",
    "copyright",
    "layout_design",
    "trademark",
    "geographical_indication",
]
OfficeStatus = Literal[
    "application",
    "refused",
    "granted",
    "registered",
    "invalidity_decided",
    "expired",
    "lapsed",
    "invalidated",
    "achievement",
]
"""What a register says of a right.

`refused`: of an application that has ended without a grant, refused 驳回, withdrawn or deemed withdrawn 视为撤回.
`invalidity_decided`: a decision that declares it invalid 宣告无效决定 stands, and is not final yet."""
RegisterStatus = Literal[OfficeStatus, "held"]
"""`held`: no register keeps the right; the venue has found who holds it."""
ExportClass = Literal["unclassified", "free", "restricted", "prohibited"]
DealKind = Literal["assignment", "exclusive_licence", "sole_licence", "ordinary_licence"]
ModeName = Literal[
    "posted", "competitive", "negotiated", "english", "dutch", "sealed", "tender", "continuous"
]
FilingKind = Literal["assignment", "licence_recordal", "pledge", "pledge_change", "discharge"]


def snake(name: str) -> str:
    """`PlaceBid` as `place_bid`: the stable type tag of a command or event."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Confidential terms of a command: the engine reads them, the public sees a salted commitment."""


class Command(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=snake, tag_field="type"
):
    """A command's public fields. `erasable` maps a label to the commitment (32 bytes, hex) of an erasable part."""

    given_by: ClassVar[GivenBy] = "party"
    terms_type: ClassVar[type[Terms] | None] = None
    erasable: dict[str, str] = {}
