"""The story of one deal: its first four scenes, each checked before it is told."""

from __future__ import annotations

from api.client import Acknowledgement
from scripts.demo import market
from scripts.demo.cast import Cast
from scripts.demo.deals import Deals, debits_in_order
from scripts.demo.lots import money
from scripts.demo.market import Market, must_be_refused
from scripts.demo.stage import Stage
from scripts.demo.waiting import DemoFailed
from scripts.simulated.catalogue import right_id_of

BUYERS = (1, 2, 3)
"""Places of the companies that bid in the story."""


class Story:
    """A pledged patent, from its listing to the payments, between companies on one floor."""

    def __init__(self, stage: Stage, cast: Cast, floor: Market, deals: Deals) -> None:
        self.stage = stage
        self.cast = cast
        self.market = floor
        self.floor = floor.floor
        self.deals = deals

    def listed(self) -> None:
        """Scene 1."""
        seller = self.cast.firms[0]
        listing = self.market.list_right(
            seller,
            right_id_of("pledged"),
            "competitive",
            "assignment",
            price=market.STORY_PRICE,
            deposit=market.STORY_DEPOSIT,
        )
        self.floor.story = listing
        self.cast.bank.client.consent(listing)
        self.stage.scene(
            1,
            seller.client.time_ms(),
            f"{seller.company.english_name} lists a pledged patent ({listing}); the pledgee bank consents.",
            f"{seller.company.name}以已质押的专利挂牌转让（{listing}），质权人银行同意。",
            "the bank; Civil Code Art. 444: no deal in a pledged right without the pledgee",
            "银行；民法典第四百四十四条：未经质权人同意不得转让",
        )

    def register_bidders(self) -> None:
        """Its bidders register and are qualified."""
        for place in BUYERS:
            self.market.register_bidder(self.floor.story, self.cast.firms[place])

    def bid(self) -> tuple[Acknowledgement, Acknowledgement]:
        """Scene 2; a losing bid's acknowledgement and the winning bid's."""
        listing = self.floor.story
        losing, winning, last = (
            self.cast.firms[place].client.place_bid(listing, price)
            for place, price in zip(BUYERS, market.STORY_BIDS, strict=True)
        )
        self.floor.bids += len(BUYERS)
        affiliate = self.cast.firms[market.AFFILIATE]
        must_be_refused(
            self.floor.refused,
            "the seller's affiliate bids",
            "出让方的关联方报价",
            "AFFILIATE-MAY-NOT-BID",
            lambda: affiliate.client.place_bid(listing, market.STORY_BIDS[1]),
        )
        self.stage.scene(
            2,
            last.time_ms,
            f"Three qualified companies bid; {affiliate.company.english_name}, the seller's affiliate, is refused.",
            f"三家合格企业报价；出让方关联方{affiliate.company.name}的报价被拒绝。",
            "honest bidders; AFFILIATE-MAY-NOT-BID (Auction Law Arts. 30 and 37 by analogy)",
            "诚信的意向受让方；参照拍卖法第三十条、第三十七条",
        )
        return losing, winning

    def funded(self) -> None:
        """Scene 3."""
        deal = self.deals.of_listing(self.floor.story)
        if deal.state != "FUNDED" or self.cast.holders(deal.right_id) != [
            self.cast.firms[0].company.company_number
        ]:
            message = f"{deal.id} is {deal.state}, and the holder has changed before the register confirmed"
            raise DemoFailed(message)
        chain = f"{deal.chain_transaction[:18]}…"
        self.stage.scene(
            3,
            self.cast.operator.time_ms(),
            f"Both have signed {deal.id} (chain transaction {chain}), {money(deal.price)} CNY is at the bank; "
            "the owner is still the seller.",
            f"双方已签署 {deal.id} （链上交易 {chain} ），价款 {money(deal.price)} 元在银行监管账户；"
            "权利人仍为出让方。",
            "the buyer; Patent Law Art. 10: title passes on registration, a chain event is not title",
            "受让方；专利法第十条：权利自登记之日起转移，链上记录不是权属",
        )

    def paid(self) -> None:
        """Scene 4: what the bank's own statement shows, in its own order."""
        deal = self.deals.of_listing(self.floor.story)
        buyer = self.cast.of(deal.buyer)
        if self.cast.holders(deal.right_id) != [buyer.company.company_number]:
            message = f"the register confirmed {deal.id}, and the holder has not changed"
            raise DemoFailed(message)
        payee = {row.party_id: row.id for row in self.cast.operator.payments() if row.deal_id == deal.id}
        first, then = debits_in_order(
            self.cast.control.statement("CNY"), payee[self.cast.bank.party_id], payee[deal.seller]
        )
        self.stage.scene(
            4,
            self.cast.operator.time_ms(),
            f"The register confirms: {buyer.company.english_name} owns the patent; the bank is paid first: its "
            f"statement shows {money(first.amount_minor)} CNY to the pledgee in line {first.sequence}, "
            f"{money(then.amount_minor)} CNY to the seller in line {then.sequence}, less {money(deal.fee)} CNY of fee.",
            f"登记簿确认，{buyer.company.name}成为权利人；银行先受偿：对账单第 {first.sequence} 行付质权人 "
            f"{money(first.amount_minor)} 元，第 {then.sequence} 行付出让方 {money(then.amount_minor)} 元"
            f"（已扣服务费 {money(deal.fee)} 元）。",
            "bank and seller; Civil Code Art. 444, two operators for every payment",
            "银行与出让方；民法典第四百四十四条，每笔付款双人复核",
        )
