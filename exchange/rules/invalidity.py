"""A decision that declares a right invalid stands and is not final: for three months it may be brought before a court.

Patent Law Art. 46 [M]. Once final, the right counts as never having been there (Art. 47); quashed, it always was.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.rows import Deal, Right
from exchange.rules.rule import refuse, venue_rule

DECIDED = "invalidity_decided"
INVALIDITY_DECIDED = venue_rule(
    94,
    "INVALIDITY-DECIDED",
    "the right has been declared invalid by a decision that is not final: nothing new is begun with it, and no default "
    "under its licences is pursued",
    "宣告该权利无效的决定尚未最终生效，在此期间不得就该权利进行新的挂牌、报价、签约、付款、申报和出质，也不得追究其许可项下的逾期",
    "wait for the register copy that shows the right as it was before, or as invalidated",
    "请等待登记簿副本载明权利维持有效或者已被宣告无效",
    steps=("list", "approve", "bid", "award", "sign", "fund", "file", "pay", "pledge"),
    facts_from="register_copy",
)


def is_decided(right: Right) -> bool:
    """Whether the register's last copy shows a decision of invalidity that is not final."""
    return right.status == DECIDED


def no_decision_stands(right: Right) -> None:
    """Raises Refusal INVALIDITY-DECIDED while a decision that declares the right invalid is not final."""
    if is_decided(right):
        refuse(INVALIDITY_DECIDED, right_id=right.id)


def payments_run(deal: Deal) -> None:
    """Raises Refusal INVALIDITY-DECIDED while what is owed under a licence stands still for such a decision."""
    if deal.stopped is not UNSET:
        refuse(INVALIDITY_DECIDED, right_id=deal.right_id, deal_id=deal.id)
