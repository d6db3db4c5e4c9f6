"""The trading floor: a deal in every mode that the Mainland allows, made on the day beside the others.

Companies and operators do all of it over HTTP, as anybody would. What is shown of it afterwards stands in `lots`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from exchange.calendar import MS_PER_DAY, MS_PER_MINUTE
from exchange.commands import (
    Criterion,
    DealKind,
    EntryFeeAndRoyalty,
    ListingTerms,
    ModeName,
    Royalty,
    ScoreSheet,
    SubmitListing,
)
from exchange.listings.bid_commitment import SealedBid
from exchange.modes.tender import SCORE_UNITS
from exchange.sealed import SALT_BYTES, commitment
from scripts.demo.cast import Cast, Player
from scripts.demo.catalogue import Catalogue
from scripts.demo.lots import Lot, money
from scripts.demo.market import (
    COMPETITIVE_MS,
    DEPOSIT,
    LISTED_PRICE,
    POSTED_MS,
    REGISTRATION_MS,
    STEP,
    Market,
)
from scripts.demo.waiting import DemoFailed, wait_for

ENGLISH_STEP = 50_000_00
"""Minor units of CNY, as all amounts here."""
ENGLISH_RESERVE = 1_200_000_00
ENGLISH_BIDS = (1_000_000_00, 1_150_000_00, 1_250_000_00)
ENGLISH_MS = COMPETITIVE_MS + MS_PER_DAY
LAST_MINUTES_MS = 2 * MS_PER_MINUTE
"""Before the close: a bid in the last five minutes moves it."""
AFTER_CLOSE_MS = 20 * MS_PER_MINUTE
DUTCH_PRICE, DUTCH_FLOOR, DUTCH_STEP = 900_000_00, 400_000_00, 100_000_00
DUTCH_INTERVAL_MS = 7 * MS_PER_DAY
SEALED_BIDS = (1_210_000_00, 1_330_000_00, 1_290_000_00)
"""The last of them is never opened."""
SEALED_MS = REGISTRATION_MS + 30 * MS_PER_MINUTE
REVEAL_MS = 20 * MS_PER_DAY
TENDERS = (1_000_000_00, 1_200_000_00, 1_100_000_00)
CRITERIA = (
    Criterion(code="price", weight=6_000),
    Criterion(code="implementation_plan", weight=3_000),
    Criterion(code="track_record", weight=1_000),
)
POINTS = ((70, 80), (60, 50), (95, 90))
"""Of each tender: plan and record, as every evaluator finds them."""
EVALUATORS = 5
NEGOTIATED_PRICE, FIRST_PROPOSAL, COUNTER_PROPOSAL = 500_000_00, 400_000_00, 460_000_00
PROPOSAL_MS = 3 * MS_PER_DAY
ALONE_BID = LISTED_PRICE + 20 * STEP
ENTRY_FEE = 100_000_00
ROYALTY = Royalty(base="net_sales", rates=(500, 400), period="quarter", report_days=30, pay_days=15)
NET_SALES = 2_400_000_00
QUARTER_MS = 93 * MS_PER_DAY
"""Longer than any three months."""
NEED_TITLE = "演示：寻求动力电池热管理方法的普通许可"
NEED_CLASS = "H01M 10/613"


@dataclass
class Sealing:
    """A bidder, what opens its bid, and the bid's id."""

    bidder: Player
    bid: SealedBid
    bid_id: str


class TradingFloor:
    """Opens the further listings and lets companies deal on them, each step at its time of the day."""

    def __init__(self, cast: Cast, catalogue: Catalogue, market: Market) -> None:
        self.cast = cast
        self.catalogue = catalogue
        self.market = market
        self.lots: dict[str, Lot] = {}
        self.need = ""
        self._sealed: dict[str, list[Sealing]] = {}

    # --- the morning

    def open(self) -> None:
        """The listings of the morning, their bidders, bids under seal, and a buyer's technology need."""
        fictional, firms = self.catalogue.fictional, self.cast.firms
        chinese, american = self.catalogue.chinese[2], self.catalogue.american[6]
        self.lots["competitive"] = Lot("competitive", self.market.floor.story)
        deposit = {"price": LISTED_PRICE, "deposit": DEPOSIT}
        self._offer(
            "english", firms[1], fictional[2], "english", "assignment", ENGLISH_MS,
            price=ENGLISH_BIDS[0], deposit=DEPOSIT, step=ENGLISH_STEP, reserve=ENGLISH_RESERVE,
        )  # fmt: skip
        self._offer(
            "sealed",
            firms[2],
            fictional[4],
            "sealed",
            "assignment",
            SEALED_MS,
            **deposit,
            reveal_ms=REVEAL_MS,
        )
        self._offer(
            "tender", self.market.holder(chinese), chinese, "tender", "assignment", SEALED_MS,
            **deposit, reveal_ms=REVEAL_MS, criteria=CRITERIA,
        )  # fmt: skip
        self._offer(
            "alone", firms[0], fictional[18], "competitive", "assignment", POSTED_MS, **deposit, step=STEP
        )
        self._offer(
            "dutch", firms[7], fictional[17], "dutch", "exclusive_licence", POSTED_MS,
            price=DUTCH_PRICE, step=DUTCH_STEP, floor=DUTCH_FLOOR, interval_ms=DUTCH_INTERVAL_MS,
        )  # fmt: skip
        self._offer(
            "negotiated", firms[4], fictional[19], "negotiated", "assignment", POSTED_MS,
            price=NEGOTIATED_PRICE, deposit=DEPOSIT,
        )  # fmt: skip
        self._offer(
            "royalty", self.market.holder(american), american, "posted", "ordinary_licence", POSTED_MS,
            price=ENTRY_FEE, consideration=EntryFeeAndRoyalty(royalty=ROYALTY), inspection=True,
        )  # fmt: skip
        self.lots["open_licence"] = Lot("open_licence", self.market.floor.open_licence)
        self._register()
        self._seal("sealed", SEALED_BIDS)
        self._seal("tender", TENDERS)
        self.need = self.buyer("open_licence").client.post_need(
            NEED_TITLE,
            self.cast.operator.time_ms() + POSTED_MS,
            description="演示：用于乘用车动力电池包，接受普通许可",
            classes=(NEED_CLASS,),
            budget=LISTED_PRICE,
        ).result["need_id"]  # fmt: skip

    def _offer(  # noqa: PLR0913 - what a listing consists of
        self,
        way: str,
        seller: Player,
        right_id: str,
        mode: ModeName,
        deal_kind: DealKind,
        closes_ms: int,
        **terms: Any,  # noqa: ANN401 - the members of the listing's terms
    ) -> None:
        now = seller.client.time_ms()
        registers = mode in {"competitive", "english", "sealed", "tender"}
        command = SubmitListing(
            right_id=right_id,
            mode=mode,
            deal_kind=deal_kind,
            currency="CNY",
            closes_ms=now + closes_ms,
            registration_closes_ms=now + REGISTRATION_MS if registers else None,
        )
        territory = (right_id.partition("-")[0],)
        listing_id = self.market.submit(seller, command, ListingTerms(territory=territory, **terms))
        self.lots[way] = Lot(way, listing_id)

    def buyer(self, way: str, place: int = 0) -> Player:
        """A company that may deal with the seller of a lot."""
        return self.market.others(self.lots[way].listing_id)[place]

    def _register(self) -> None:
        for way, count in (("english", 2), ("sealed", 3), ("tender", 3), ("alone", 1)):
            for place in range(count):
                self.market.register_bidder(self.lots[way].listing_id, self.buyer(way, place))

    def _seal(self, way: str, prices: tuple[int, ...]) -> None:
        listing_id = self.lots[way].listing_id
        self._sealed[way] = []
        for place, price in enumerate(prices):
            bidder = self.buyer(way, place)
            document = f"演示投标文件 {listing_id} {bidder.company.name}".encode()
            proposal = hashlib.sha256(document).hexdigest() if way == "tender" else ""
            bid = bidder.client.draw_up_bid(listing_id, price, proposal=proposal)
            self._sealed[way].append(Sealing(bidder, bid, bidder.client.seal_bid(bid).result["bid_id"]))

    # --- after ten days

    def reveal(self) -> None:
        """Once the sets are final on the chain every tender is opened, and every sealed bid but the last."""
        for way, sealed in self._sealed.items():
            self._until(way, "REVEALING")
            for each in sealed if way == "tender" else sealed[:-1]:
                each.bidder.client.reveal_bid(each.bid_id, each.bid)
        self.buyer("alone").client.place_bid(self.lots["alone"].listing_id, ALONE_BID)

    # --- after thirty days

    def end_bidding(self) -> None:
        """The English auction is fought out in its last minutes; sealed bids are awarded, tenders scored."""
        listing_id = self.lots["english"].listing_id
        operator = self.cast.operator
        first_close = operator.listing(listing_id).closes_ms
        self.market.jump(first_close - LAST_MINUTES_MS - operator.time_ms())
        for number, price in enumerate(ENGLISH_BIDS):
            self.buyer("english", number % 2).client.place_bid(listing_id, price)
        close = operator.listing(listing_id).closes_ms
        if close <= first_close:
            message = f"three bids in the last minutes of {listing_id} have not moved its close"
            raise DemoFailed(message)
        self.market.jump(close + AFTER_CLOSE_MS - operator.time_ms())
        self._until("english", "AWARDED")
        minutes = (close - first_close) / MS_PER_MINUTE
        self.lots["english"].by(
            len(ENGLISH_BIDS),
            "§ 44",
            f"the highest bid, above the reserve of {money(ENGLISH_RESERVE)}; bids in the last five minutes moved the "
            f"close by {minutes:.0f} minutes",
            f"最高报价，高于保留价 {money(ENGLISH_RESERVE)} 元；截止前五分钟内的报价使截止时间顺延 {minutes:.0f} 分钟",
        )
        self._awarded_sealed()
        self._score()
        self.lots["competitive"].by(
            3, "§ 19", "several bidders: the highest bid at the close", "多家报名：截止时的最高报价"
        )

    def _awarded_sealed(self) -> None:
        self._until("sealed", "AWARDED")
        late = self._sealed["sealed"][-1]
        lot = self.lots["sealed"]
        if self.cast.operator.bid(late.bid_id).state != "VOID":
            message = f"{late.bid_id} was never opened and is not void"
            raise DemoFailed(message)
        name = late.bidder.company
        lot.by(
            len(SEALED_BIDS),
            "§ 47",
            f"the highest of {len(SEALED_BIDS) - 1} opened bids; {name.english_name} did not open its own and lost "
            f"its deposit of {money(DEPOSIT)} to the seller",
            f"已开启的 {len(SEALED_BIDS) - 1} 份报价中价高者；{name.name}逾期未开启，"
            f"其保证金 {money(DEPOSIT)} 元归出让方",
        )

    def _score(self) -> None:
        """Five evaluators fill in their sheets; each is known by a salted commitment alone."""
        self._until("tender", "EVALUATING")
        points = {
            each.bid_id: {"implementation_plan": plan, "track_record": record}
            for each, (plan, record) in zip(self._sealed["tender"], POINTS, strict=True)
        }
        sheets = [
            ScoreSheet(
                expert=commitment("expert", secrets.token_bytes(SALT_BYTES), f"演示评委 {number}").hex(),
                points=points,
            )
            for number in range(EVALUATORS)
        ]
        lot, operator = self.lots["tender"], self.cast.operator
        given = operator.record_scores(lot.listing_id, sheets, "demonstration: the committee's sheets")
        scored = next(event for event in operator.entry(given.entry).events if "scores" in event)
        scores = " / ".join(f"{score / SCORE_UNITS:.2f}" for _, score in scored["scores"])
        lot.by(
            len(TENDERS),
            "§ 48",
            f"the highest score of {EVALUATORS} evaluators, not the highest price: {scores}",
            f"{EVALUATORS} 名评委评分最高者，而非报价最高者：{scores}",
        )

    def accept(self) -> None:
        """What is agreed without bidding, and the answers to the only bidder and to the falling price."""
        self._alone()
        self._dutch()
        self._negotiate()
        self._licences()

    def _alone(self) -> None:
        lot = self.lots["alone"]
        bid = next(self.cast.operator.bids(listing_id=lot.listing_id))
        self.cast.firms[0].client.accept_bid(bid.id)
        lot.by(
            1,
            "§ 18",
            "one bidder came: the seller accepted its bid, at or above the listed price",
            "仅一家报名：出让方接受其不低于挂牌价的报价",
        )

    def _dutch(self) -> None:
        lot = self.lots["dutch"]
        standing = self.cast.operator.listing(lot.listing_id).current_price
        if standing is None or standing >= DUTCH_PRICE:
            message = f"the price of {lot.listing_id} has not fallen"
            raise DemoFailed(message)
        self.buyer("dutch").client.accept_price(lot.listing_id, standing + DUTCH_STEP)
        lot.by(
            1,
            "§ 45",
            f"the price fell from {money(DUTCH_PRICE)}; the first to take it pays the price of the moment, not the "
            f"{money(standing + DUTCH_STEP)} that it had named",
            f"价格自 {money(DUTCH_PRICE)} 元递减；首个应价者按当时价格成交，而非其所报的 "
            f"{money(standing + DUTCH_STEP)} 元",
        )

    def _negotiate(self) -> None:
        lot, buyer = self.lots["negotiated"], self.buyer("negotiated")
        until_ms = self.cast.operator.time_ms() + PROPOSAL_MS
        buyer.client.propose(lot.listing_id, FIRST_PROPOSAL, until_ms)
        seller = self.cast.firms[4]
        answer = seller.client.propose(lot.listing_id, COUNTER_PROPOSAL, until_ms, buyer=buyer.party_id)
        buyer.client.accept_proposal(answer.result["proposal_id"])
        lot.by(
            2,
            "§ 43",
            f"{money(FIRST_PROPOSAL)} proposed, {money(COUNTER_PROPOSAL)} in answer (a counter-offer ends the first, "
            "Civil Code Art. 488), accepted",
            f"受让方报价 {money(FIRST_PROPOSAL)} 元，出让方还价 {money(COUNTER_PROPOSAL)} 元"
            "（还价使原报价失效，民法典第四百八十八条），受让方接受",
        )

    def _licences(self) -> None:
        lot, buyer = self.lots["open_licence"], self.buyer("open_licence")
        matched = next(buyer.client.matches(self.need), None)
        if matched is None or matched.listing_id != lot.listing_id:
            message = f"the need {self.need} does not find {lot.listing_id} first"
            raise DemoFailed(message)
        buyer.client.accept_price(lot.listing_id, LISTED_PRICE)
        lot.by(
            1,
            "CN-OPEN-LICENCE-FEE",
            "whoever accepts the announced fee has a licence (Patent Law Arts. 50 to 52); found by the need "
            f"{self.need}: {matched.reasons[0].words}, {matched.score} points",
            f"接受公告许可费者即获许可（专利法第五十条至第五十二条）；由技术需求 {self.need} 匹配："
            f"{matched.reasons[0].words_zh}，{matched.score} 分",
        )
        self.buyer("royalty").client.accept_price(self.lots["royalty"].listing_id, ENTRY_FEE)

    def _until(self, way: str, state: str) -> None:
        listing_id = self.lots[way].listing_id
        wait_for(lambda: self.cast.operator.listing(listing_id).state == state, f"{listing_id} to be {state}")
