"""Regulations on the Administration of Technology Import and Export: transfers out of the Mainland.

Hong Kong, Macau and Taiwan parties are treated by reference (for direct transfers from the Mainland to be confirmed
by counsel: that part is from memory).
"""

from __future__ import annotations

from exchange.rows import Party, Right
from exchange.rules.rule import Rule, define, refuse

EXPORT_RESTRICTED = define(
    Rule(
        code="CN-TECHNOLOGY-EXPORT-30",
        citation="Regulations on the Administration of Technology Import and Export, Arts. 2 and 30 to 35",
        jurisdictions=("CN",),
        source="L",
        text="technology that is restricted, or not yet classified, goes to no party outside the Mainland "
        "before the letter of intent for its export licence",
        text_zh="属于限制出口或尚未认定类别的技术，在取得出口许可意向书之前不得与内地以外的主体进行实质性交易",
        cure="have the technology classified as free, or obtain the letter of intent (技术出口许可意向书)",
        cure_zh="请办理技术类别认定（自由类），或先取得技术出口许可意向书",
        status=403,
    )
)
EXPORT_PROHIBITED = define(
    Rule(
        code="CN-TECHNOLOGY-EXPORT-29",
        citation="Regulations on the Administration of Technology Import and Export, Art. 29",
        jurisdictions=("CN",),
        source="L",
        text="technology whose export is prohibited does not leave the Mainland",
        text_zh="属于禁止出口的技术不得出口",
        cure="none",
        cure_zh="无法补正",
        status=403,
    )
)


def may_leave_the_mainland(right: Right, buyer: Party) -> None:
    """A Mainland right goes to a party outside it only where its technology is free; unclassified counts as restricted.

    Designs are outside the examination guidelines' export check, know-how and inventions inside.

    Raises:
        Refusal: CN-TECHNOLOGY-EXPORT-29, CN-TECHNOLOGY-EXPORT-30.
    """
    if right.office != "CN" or buyer.jurisdiction == "CN" or right.right_type == "design":
        return
    if right.export_class == "prohibited":
        refuse(EXPORT_PROHIBITED, right_id=right.id, party_id=buyer.id)
    if right.export_class != "free":
        refuse(EXPORT_RESTRICTED, right_id=right.id, party_id=buyer.id, export_class=right.export_class)
