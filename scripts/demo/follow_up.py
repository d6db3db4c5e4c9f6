"""What follows a deal on the trading floor: a dispute that ends well, a royalty that falls due, a need that is met."""

from __future__ import annotations

import hashlib

from api.deals.schemas import OwnDealView
from api.obligations.schemas import ObligationView
from scripts.demo.deals import Deals
from scripts.demo.lots import money
from scripts.demo.stage import Stage
from scripts.demo.trading_floor import NET_SALES, QUARTER_MS, ROYALTY, TradingFloor
from scripts.demo.waiting import DemoFailed, wait_for

BASIS_POINTS = 10_000


class FollowUp:
    """Goes on with deals of the trading floor, each step at its time of the day."""

    def __init__(self, floor: TradingFloor, deals: Deals) -> None:
        self.floor = floor
        self.cast = floor.cast
        self.deals = deals
        self._dispute = ""
        self._disputed = ""
        self._royalty = ""

    def dispute(self) -> None:
        """The buyer of the English auction disputes its deal before it pays; a mediator settles it, and it goes on."""
        deal = self._deal("english")
        before = deal.state
        buyer = self.cast.of(deal.buyer)
        request = buyer.client.raise_dispute(
            deal.id, "scope", "mediation", "演示：调字 2026-1", _digest("演示调解申请书")
        )
        self._dispute, self._disputed = request.result["dispute_id"], deal.id
        if self._deal("english").state != "DISPUTED":
            message = f"{deal.id} was disputed and goes on"
            raise DemoFailed(message)
        self.cast.operator.record_dispute_outcome(
            self._dispute, "resume", _digest("演示调解书"), "demonstration: the parties have settled"
        )
        after = self._deal("english").state
        if after != before:
            message = f"{deal.id} was {before} before its dispute and is {after} after it"
            raise DemoFailed(message)

    def royalty(self) -> None:
        """The need is met by its licence; a quarter later another licensee reports its sales and pays its royalty."""
        met = self._deal("open_licence")
        self.cast.of(met.buyer).client.fulfil_need(self.floor.need, met.id)
        self.floor.market.jump(QUARTER_MS)
        deal = self._deal("royalty")
        licensee = self.cast.of(deal.buyer)
        owed = self._owed(deal, "TO_REPORT")
        licensee.client.report_royalty(owed.id, NET_SALES, statement="演示：季度净销售额")
        licensee.client.pay_obligation(owed.id, licensee.line_id)
        self.deals.pay()
        wait_for(
            lambda: self.cast.operator.obligation(owed.id).state == "SETTLED", f"{owed.id} to be settled"
        )
        paid = self.cast.operator.obligation(owed.id)
        expected = NET_SALES * ROYALTY.rates[0] // BASIS_POINTS
        if paid.amount != expected:
            message = f"the royalty {paid.id} is {money(paid.amount)} instead of {money(expected)}"
            raise DemoFailed(message)
        share = f"{ROYALTY.rates[0] / 100:.0f} %"
        self.floor.lots["royalty"].by(
            1,
            "CN-CIVIL-CODE-846",
            f"entry fee at acceptance; then {share} of the quarter's net sales of {money(NET_SALES)}: "
            f"{money(paid.amount)} reported, paid and released ({paid.id})",
            f"接受时付入门费；其后按季度净销售额 {money(NET_SALES)} 元的 {share} 提成："
            f"{money(paid.amount)} 元已报告、付款并放款（{paid.id}）",
        )

    def show(self, stage: Stage) -> None:
        """The dispute, in words."""
        stage.told(
            "A dispute that ends, and the deal goes on 争议终结后继续履行",
            f"{self._disputed}: {self._dispute} stopped every clock of it before payment; the mediator's paper is on "
            "record by its digest, the deal went on where it was, and is settled (§§ 70, 71).",
            f"{self._disputed}： {self._dispute} 使其付款前的各项期限中止；调解书摘要录入后，成交自原处继续并已结清"
            "（第七十、七十一条）。",
        )

    def _deal(self, way: str) -> OwnDealView:
        return self.deals.of_listing(self.floor.lots[way].listing_id)

    def _owed(self, deal: OwnDealView, state: str) -> ObligationView:
        operator = self.cast.operator
        wait_for(
            lambda: any(operator.obligations(deal_id=deal.id, state=state)),
            f"a royalty of {deal.id} to report",
        )
        return next(operator.obligations(deal_id=deal.id, state=state))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
