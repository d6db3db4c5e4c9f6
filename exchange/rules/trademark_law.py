"""Trademark Law of the PRC (2019): marks that are like one another go to one owner."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import DealKind
from exchange.rows import Right
from exchange.rules.rule import Rule, define, refuse
from exchange.rules.venue import FACT_MISSING

SIMILAR_MARKS = define(
    Rule(
        code="CN-TRADEMARK-LAW-42",
        citation="Trademark Law of the PRC (2019), Art. 42",
        jurisdictions=("CN",),
        source="L",
        text="the owner's similar marks on the same goods, and same or similar marks on similar goods, are assigned "
        "together with this one",
        text_zh="转让注册商标的，对其在同一种商品上注册的近似商标，或者在类似商品上注册的相同或近似商标，应当一并转让",
        cure="license the mark, or have the similar marks assigned together or cancelled first",
        cure_zh="请改为许可，或先将近似商标一并转让或注销",
        steps=("list", "approve", "sign", "fund", "file"),
        deal_kinds=("assignment",),
        facts_from="register_copy",
        bound_by=("right",),
    )
)


def similar_marks_go_together(right: Right, deal_kind: DealKind) -> None:
    """A Mainland mark is not assigned away from those like it; the register copy says whether there are any.

    Raises:
        Refusal: CN-TRADEMARK-LAW-42; FACT-MISSING where no copy has said.
    """
    if right.right_type != "trademark" or right.office != "CN" or deal_kind != "assignment":
        return
    if right.similar_marks is UNSET:
        refuse(FACT_MISSING, fact="similar_marks", right_id=right.id, supplier="patent office")
    if right.similar_marks:
        refuse(SIMILAR_MARKS, right_id=right.id, similar=", ".join(right.similar_marks[:8]))
