"""What a rule is, how one is refused, and the register of every rule that this build knows.

A rule's code is stable for ever: clients, auditors and the journal refer to it.
"""

from __future__ import annotations

from typing import Literal, NoReturn

import msgspec

Source = Literal["L", "W", "R", "M", "V"]
"""L: the statute's text was read; W: an excerpt of a published page; R: a public repository; M: from memory, for
counsel to confirm; V: a rule of this venue."""

Detail = dict[str, str | int | bool | None]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: its stable code, where it comes from, whom it binds, and what would cure a refusal."""

    code: str
    citation: str
    jurisdictions: tuple[str, ...]
    source: Source
    text: str
    text_zh: str
    cure: str
    cure_zh: str
    status: int = 409
    """The HTTP status that a refusal under this rule is answered with (RFC 9110)."""


class Refusal(Exception):
    """A command refused under a rule. Carries the rule and the facts that decided it; changes no state."""

    def __init__(self, rule: Rule, detail: Detail) -> None:
        super().__init__(rule.code)
        self.rule = rule
        self.detail = detail


RULES: dict[str, Rule] = {}


def define(rule: Rule) -> Rule:
    """Enter a rule into the register.

    Raises:
        ValueError: the code is taken already.
    """
    if rule.code in RULES:
        message = f"rule code {rule.code} is defined twice"
        raise ValueError(message)
    RULES[rule.code] = rule
    return rule


def venue_rule(  # noqa: PLR0913 - the parts of a rule
    section: int, code: str, text: str, text_zh: str, cure: str, cure_zh: str, *, status: int = 409
) -> Rule:
    """Define a rule of the venue itself, binding in every jurisdiction: `section` of docs/venue-rules.md."""
    return define(
        Rule(
            code=code,
            citation=f"IPX venue rules, § {section}",
            jurisdictions=("CN", "HK", "MO"),
            source="V",
            text=text,
            text_zh=text_zh,
            cure=cure,
            cure_zh=cure_zh,
            status=status,
        )
    )


def refuse(rule: Rule, **detail: str | int | bool | None) -> NoReturn:
    """Refuse the command under a rule.

    Raises:
        Refusal: always.
    """
    raise Refusal(rule, detail)
