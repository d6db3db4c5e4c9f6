"""What a rule is, how one is refused, and the register of every rule that this build knows.

A rule's code is stable for ever: clients, auditors and the journal refer to it.
"""

from __future__ import annotations

from typing import Literal, NoReturn, get_args

import msgspec

from exchange.commands.command import DealKind

Source = Literal["L", "W", "R", "M", "V"]
"""L: the statute's text was read; W: an excerpt of a published page; R: a public repository; M: from memory, for
counsel to confirm; V: a rule of this venue."""

Step = Literal[
    "join", "catalogue", "list", "approve", "bid", "award", "sign", "fund", "file", "pay", "pledge", "operate"
]
"""Where in the way of a deal a rule is asked; which commands each step has: `exchange.rules.steps`."""
Supplier = Literal["register_copy", "undertaking", "venue_finding", "journal"]
"""Who supplies the facts that a rule decides on: the office by its register copy 登记簿副本, a party by its signed
undertaking 承诺书, the venue by a finding of its operator's, or nobody: the journal up to the command says all."""
Connection = Literal["venue", "right", "seller", "buyer"]
"""By what of a deal the law of a place comes to bind it."""
EVERY_STEP: tuple[Step, ...] = get_args(Step)
EVERY_KIND: tuple[DealKind, ...] = get_args(DealKind)
EVERYWHERE = ("CN", "HK", "MO")
BY_ANALOGY = "; by analogy for rights of other places"
"""Said of a law of the Mainland that this venue asks of every right, since no other law here says less."""
LICENCES: tuple[DealKind, ...] = ("exclusive_licence", "sole_licence", "ordinary_licence")

Detail = dict[str, str | int | bool | None]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: its stable code, where it comes from, whom it binds, and what would cure a refusal.

    jurisdictions: the places whose law it is; it binds by those of a deal's connections that are in `bound_by`.
    steps: where it can refuse. deal_kinds: which deals it is asked of. facts_from: who supplies what it decides on.
    """

    code: str
    citation: str
    jurisdictions: tuple[str, ...]
    source: Source
    text: str
    text_zh: str
    cure: str
    cure_zh: str
    steps: tuple[Step, ...] = ()
    deal_kinds: tuple[DealKind, ...] = EVERY_KIND
    facts_from: Supplier = "journal"
    bound_by: tuple[Connection, ...] = ("venue", "right", "seller", "buyer")
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
    section: int,
    code: str,
    text: str,
    text_zh: str,
    cure: str,
    cure_zh: str,
    *,
    steps: tuple[Step, ...] = (),
    deal_kinds: tuple[DealKind, ...] = EVERY_KIND,
    facts_from: Supplier = "journal",
    status: int = 409,
) -> Rule:
    """Define a rule of the venue itself, binding in every jurisdiction: `section` of docs/venue-rules.md."""
    return define(
        Rule(
            code=code,
            citation=f"IPX venue rules, § {section}",
            jurisdictions=EVERYWHERE,
            source="V",
            text=text,
            text_zh=text_zh,
            cure=cure,
            cure_zh=cure_zh,
            steps=steps,
            deal_kinds=deal_kinds,
            facts_from=facts_from,
            status=status,
        )
    )


def refuse(rule: Rule, **detail: str | int | bool | None) -> NoReturn:
    """Refuse the command under a rule.

    Raises:
        Refusal: always.
    """
    raise Refusal(rule, detail)
