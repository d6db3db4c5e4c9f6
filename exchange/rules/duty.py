"""What one duty is, and the table of all of them; `exchange.rules.duties` fills it."""

from __future__ import annotations

from typing import Literal

import msgspec

from exchange.rules.rule import RULES, Source

Debtor = Literal["venue", "seller", "buyer", "parties"]
"""Who owes it: this venue, a side of the deal, or both sides."""


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One duty: its stable code, where it comes from, what it asks, who owes it, and where and how it is met here."""

    code: str
    citation: str
    jurisdictions: tuple[str, ...]
    source: Source
    owed_by: Debtor
    text: str
    text_zh: str
    met: str
    met_zh: str


DUTIES: dict[str, Duty] = {}


def define_duty(  # noqa: PLR0913 - the parts of a duty
    code: str,
    citation: str,
    source: Source,
    text: str,
    text_zh: str,
    met: str,
    met_zh: str,
    *,
    place: str = "CN",
    owed_by: Debtor = "venue",
) -> Duty:
    """Enter a duty into the table.

    Raises:
        ValueError: the code is taken already, by a duty or by a rule.
    """
    if code in DUTIES or code in RULES:
        message = f"duty code {code} is defined twice"
        raise ValueError(message)
    DUTIES[code] = Duty(
        code=code,
        citation=citation,
        jurisdictions=(place,),
        source=source,
        owed_by=owed_by,
        text=text,
        text_zh=text_zh,
        met=met,
        met_zh=met_zh,
    )
    return DUTIES[code]
