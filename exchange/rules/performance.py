"""When a buyer that has paid need not wait any longer for what it has paid for."""

from __future__ import annotations

from msgspec import UNSET

from exchange.rows import Deal
from exchange.rules.rule import refuse, venue_rule

SINCE_ENGINE = 5
PERFORMANCE_NOT_OVERDUE = venue_rule(
    122,
    "PERFORMANCE-NOT-OVERDUE",
    "a deal that is paid for is rescinded by its buyer once its filing or delivery is overdue, and not after either "
    "side has named the delivery record",
    "已付款的成交，申报或者交付逾期后受让方方可解除；任何一方已提交交接验收单的，不得解除",
    "wait until `perform_by` has passed; what one side says was delivered is confirmed by the other, or disputed",
    "请待 `perform_by` 期限届满；一方称已交付的，请由另一方确认或者提出争议",
    steps=("file",),
    deal_kinds=("assignment",),
)


def performance_is_overdue(deal: Deal) -> None:
    """The time to file or deliver is over, and neither side has named a delivery record (Civil Code Art. 563).

    Raises:
        Refusal: PERFORMANCE-NOT-OVERDUE.
    """
    delivered = bool(deal.seller_delivery or deal.buyer_delivery)
    if deal.overdue_since_ms is UNSET or delivered:
        refuse(PERFORMANCE_NOT_OVERDUE, deal_id=deal.id, state=deal.state, delivered=delivered)
