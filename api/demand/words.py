"""The reasons of a match in words, Simplified Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from exchange.demand.matching import Reason, ReasonCode

REASON_WORDS: Final[dict[ReasonCode, tuple[str, str]]] = {
    "SAME-SUBGROUP": ("分类号小组相同", "same subgroup of the classification"),
    "SAME-GROUP": ("分类号大组相同", "same main group of the classification"),
    "SAME-SUBCLASS": ("分类号小类相同", "same subclass of the classification"),
    "SAME-CLASS": ("分类号大类相同", "same class of the classification"),
    "WORDS": ("名称或说明用词相同", "words in common"),
    "TERRITORY": ("地域相合", "territories meet"),
    "TERRITORY-OTHER": ("地域不同", "other territory"),
    "KIND": ("交易类型相合", "kind of deal wanted"),
    "KIND-OTHER": ("交易类型不同", "other kind of deal"),
    "CURRENCY-OTHER": ("币种不同，价格不作比较", "other currency: prices are not compared"),
    "PRICE-WITHIN-BUDGET": ("价格在预算之内", "price within your budget"),
    "PRICE-ABOVE-BUDGET": ("价格高于预算", "price above your budget"),
    "PRICE-BY-ROYALTY": (
        "按提成支付，价格不与预算比较",
        "paid by royalty: no price to compare with a budget",
    ),
}


def in_words(reason: Reason) -> tuple[str, str]:
    """A reason with what both share, in Chinese and in English."""
    chinese, english = REASON_WORDS[reason.code]
    if not reason.shared:
        return chinese, english
    return f"{chinese}：{'、'.join(reason.shared)}", f"{english}: {', '.join(reason.shared)}"
