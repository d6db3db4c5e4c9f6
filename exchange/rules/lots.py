"""Several rights sold as one lot: what may stand together, and what waits while its buyer may rescind."""

from __future__ import annotations

from exchange.rows import Deal, Listing, Right
from exchange.rules.rule import Rule, define, refuse, venue_rule

WORKING_DAYS_TO_CHOOSE = 10
"""The buyer's, after one right of a lot did not pass."""
MIXED = venue_rule(
    82,
    "LOT-MIXED",
    "the rights of a lot are of one place",
    "打包转让的各项权利应属于同一法域",
    "list the rights of each place as a lot of their own",
    "请按法域分别打包挂牌",
    steps=("list", "approve"),
    facts_from="register_copy",
)
CHOICE_OPEN = define(
    Rule(
        code="LOT-CHOICE-OPEN",
        citation="Civil Code of the PRC, Art. 632 (by analogy for rights of other places; IPX venue rules, § 85)",
        jurisdictions=("CN", "HK", "MO"),
        source="M",
        text="one right of the lot did not pass: nothing more of it is filed until its buyer has chosen",
        text_zh="打包标的中有一项权利未能转移的，在受让方作出选择之前，其余权利不得继续提交申请",
        cure="wait for the buyer's choice, or for its ten working days to end",
        cure_zh="请等待受让方作出选择，或等待十个工作日届满",
        steps=("file",),
    )
)


def rights_are_of_one_place(first: Right, right: Right) -> None:
    """Raises Refusal LOT-MIXED where another law binds a member than the first."""
    if right.office != first.office:
        refuse(MIXED, right_id=right.id, in_the_way=first.id)


def buyer_has_chosen(listing: Listing, deal: Deal) -> None:
    """Raises Refusal LOT-CHOICE-OPEN while the buyer of a lot may still rescind what has not passed."""
    if deal.lot and listing.lot_choice_until_ms:
        refuse(CHOICE_OPEN, deal_id=deal.id, until_ms=listing.lot_choice_until_ms)
