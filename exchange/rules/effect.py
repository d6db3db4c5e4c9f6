"""What is said of how a right passes at one place, and how a co-owners' rule is written down."""

from __future__ import annotations

from typing import Literal

import msgspec

from exchange.rules.rule import Rule, Source, Step, define


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """How a right passes at one place.

    passes: `registered` where the register's confirmation releases escrow, `delivered` where the parties' signed
    delivery record does. clause, clause_zh, clause_zh_hant: the sentence of the contract. recordal_months: how soon a
    licence is to be recorded, None where no law sets a time; recordal_since_engine: the first version that keeps that
    clock. licence_clause and the like: what is said of the recordal
    of a licence. change_form, recordal_form: the office's papers, empty without an office; number_zh and
    power_of_attorney: what they call the right's number and the paper by which an agent acts.
    territory: where a licence under it can hold, None for anywhere. co_owners: the rule that all must consent;
    ordinary_alone: whether one co-owner may grant an ordinary licence.
    life: `register` where the register's expiry date ends every licence, `terms` where no register need name one, so
    that a licence names its own end. is_technology: whether the rules on technology contracts and their export
    speak of it.
    """

    passes: Literal["registered", "delivered"]
    citation: str
    source: Source
    clause: str
    clause_zh: str
    clause_zh_hant: str
    recordal_months: int | None = None
    recordal_since_engine: int = 1
    licence_clause: str = ""
    licence_clause_zh: str = ""
    licence_clause_zh_hant: str = ""
    change_form: str = ""
    recordal_form: str = ""
    number_zh: str = "专利（申请）号"
    power_of_attorney: str = "专利代理委托书"
    territory: str | None = None
    co_owners: Rule
    ordinary_alone: bool
    life: Literal["register", "terms"] = "register"
    is_technology: bool = True


ORDINARY_ALONE = (
    "a co-owner alone may grant a non-exclusive (ordinary) licence only",
    "共有人单独行使权利仅限于普通许可",
)
NOTHING_ALONE = ("a co-owner alone may grant no licence", "共有人不得单独许可他人实施")


ON_A_REGISTER: tuple[Step, ...] = ("approve", "sign", "fund", "file")
"""Where a later copy of a register can show a co-owner; those whom the venue has found stay while a deal runs."""


def co_owners_rule(  # noqa: PLR0913 - the parts of a rule
    code: str,
    citation: str,
    place: str,
    source: Source,
    alone: tuple[str, str],
    steps: tuple[Step, ...] = ON_A_REGISTER,
) -> Rule:
    """The rule that co-owners dispose together; `alone` says what one of them may do, in both languages."""
    return define(
        Rule(
            code=code,
            citation=citation,
            jurisdictions=(place,),
            source=source,
            text=f"{alone[0]}; everything else needs all co-owners",
            text_zh=f"{alone[1]}，其他处分须经全体共有人同意",
            cure="have each other co-owner consent to the listing or pledge, or choose what a co-owner may do alone",
            cure_zh="请由其他共有人逐一同意该挂牌或者质押，或改为共有人可单独进行的许可",
            steps=steps,
            facts_from="register_copy",
            bound_by=("right",),
        )
    )
