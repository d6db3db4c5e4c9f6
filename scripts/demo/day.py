"""The trading day, from an empty folder to the auditor's verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from api.client import Acknowledgement, AcknowledgementLog, read_log
from api.client import Trust as VenueTrust
from exchange.calendar import venue_date
from exchange.commands import ListingTerms, SubmitListing
from ledger.audit.run import Trust
from ledger.receipt_key import ReceiptKey
from scripts.demo import catalogue, market, proof
from scripts.demo.auditor import Auditor, Witness
from scripts.demo.cast import Cast
from scripts.demo.catalogue import Catalogue
from scripts.demo.deals import Deals
from scripts.demo.deployed import SETTINGS, deployed
from scripts.demo.follow_up import FollowUp
from scripts.demo.hong_kong import HongKongDay
from scripts.demo.lots import Traded, rows_of
from scripts.demo.market import Market, must_be_refused
from scripts.demo.stage import Stage
from scripts.demo.story import Story
from scripts.demo.trading_floor import TradingFloor
from scripts.demo.waiting import DemoFailed, wait_for
from scripts.simulated.catalogue import HONG_KONG_MEMBER, right_id_of
from scripts.stack.venue import Place, Venue


@dataclass
class Figures:
    """What the demonstration counts from its clients' own log, and reads off the chain itself.

    bids: placed, sealed and raised. trading_floor: a deal in every mode. counted: further counts that the audited
    journal has as well. hong_kong: the same of the second venue.
    """

    rights: int = 0
    parties: int = 0
    listings: int = 0
    bids: int = 0
    deals: int = 0
    transfers: int = 0
    licences: int = 0
    chain_events: int = 0
    audit: dict[str, Any] = field(default_factory=dict)
    tamper: dict[str, Any] = field(default_factory=dict)
    trading_floor: list[dict[str, Any]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    hong_kong: dict[str, Any] = field(default_factory=dict)


class Day:
    """One day of trading in one data folder."""

    def __init__(self, data: Path, stage: Stage) -> None:
        self.data = data
        self.stage = stage
        self.venue = Venue(data, report=stage.step)
        self.log = data / "acknowledgements.jsonl"
        self.traded: list[Traded] = []
        self.hong_kong = HongKongDay(data / "hong-kong", stage)

    def run(self) -> Figures:
        """Play the day.

        Raises:
            DemoFailed: something was not as it must be.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        try:
            place = self.venue.start(SETTINGS)
            self.hong_kong.start()
            key = ReceiptKey.from_file(self.venue.keys.folder / "receipt.key")
            trust = deployed(self.data, key)
            cast = Cast(place, self.venue.keys, AcknowledgementLog(self.log), trust)
            try:
                witness, after = self._trade(cast)
            finally:
                cast.close()
            return self._audit(place, trust, key, witness, after)
        finally:
            self.hong_kong.cancel()
            self.venue.stop()

    def _trade(self, cast: Cast) -> tuple[Witness, FollowUp]:
        """From the first application to the last settlement; gives what the demonstration itself knows of it."""
        step = self.stage.step
        step("companies apply, the operator approves, money is paid in 企业申请入驻、核准、入金")
        cast.control.hurry()
        cast.enrol()
        cast.pay_in()
        affiliate = cast.firms[market.AFFILIATE]
        cast.operator.record_affiliation(
            cast.firms[0].party_id, affiliate.party_id, "demonstration: same parent"
        )
        step("rights are imported and looked up in the register 导入权利并查询登记簿")
        rights = catalogue.bring_in(cast, venue_date(cast.operator.time_ms()))
        floor, deals = Market(cast, rights), Deals(cast)
        story = Story(self.stage, cast, floor, deals)
        story.listed()
        step("nineteen more listings in two modes 另有十九宗挂牌，两种方式")
        floor.open()
        step("the trading floor: seven listings in further modes 另有七宗挂牌，其他交易方式")
        trading = TradingFloor(cast, rights, floor)
        trading.open()
        floor.what_the_rules_bar()
        story.register_bidders()
        floor.register_bidders()
        step("ten days pass: registration closes, bidding begins 十日后：报名截止，竞价开始")
        floor.close_registration()
        losing, winning = story.bid()
        step(f"{market.BIDS} bids, raises included 次报价（含加价）")
        floor.bid()
        step("sealed bids are fixed on the chain, then opened 密封报价上链固定后开启")
        trading.reveal()
        step("twenty days pass: the best bids win 二十日后：最优报价成交")
        floor.close_bidding()
        step("an English auction in its last minutes, sealed bids, scores, proposals 增价、密封、评标与磋商")
        trading.end_bidding()
        floor.accept()
        trading.accept()
        follow_up = FollowUp(trading, deals)
        self._settle(cast, floor, deals, story, follow_up)
        step("a quarter passes: a royalty is reported and paid 一季度后：提成报告并支付")
        follow_up.royalty()
        self._show(cast, floor, deals, rights)
        self.traded = rows_of(list(trading.lots.values()), deals.all(), cast)
        return self._witness(cast, losing, winning), follow_up

    def _settle(self, cast: Cast, floor: Market, deals: Deals, story: Story, follow_up: FollowUp) -> None:
        step = self.stage.step
        step("both sides sign every deal; the chain witnesses it 双方签署，链上存证")
        deals.sign()
        deals.wait_for_witness()
        follow_up.dispute()
        step("buyers fund, the operator files, the register confirms 付款、申报、登记")
        deals.fund()
        story.funded()
        deals.file()
        deals.wait_for_register()
        step("two operators approve each payment, the bank pays 双人复核，银行付款")
        deals.pay()
        deals.wait_for_settlement()
        story.paid()
        self._conflicting_licence(cast, floor, deals)
        wait_for(
            lambda: all(record.state == "VERIFIED" for deal in deals.all() for record in deal.chain_records),
            "every record to be verified on the chain",
        )

    def _conflicting_licence(self, cast: Cast, floor: Market, deals: Deals) -> None:
        licensed = deals.of_listing(floor.floor.competitive[3])
        seller = cast.of(licensed.seller)
        now = seller.client.time_ms()
        must_be_refused(
            floor.floor.refused,
            "a non-exclusive (ordinary) licence beside a live exclusive one",
            "在有效独占许可之外再作普通许可",
            "CN-TECHNOLOGY-CONTRACTS-25",
            lambda: seller.client.submit_listing(
                SubmitListing(
                    right_id=licensed.right_id,
                    mode="posted",
                    deal_kind="ordinary_licence",
                    currency="CNY",
                    closes_ms=now + market.POSTED_MS,
                ),
                ListingTerms(price=market.LISTED_PRICE, undertaking=market.UNDERTAKING),
            ),
        )

    def _show(self, cast: Cast, floor: Market, deals: Deals, rights: Catalogue) -> None:
        everything = deals.all()
        self.stage.deals(everything, cast, rights.real)
        self.stage.refused(floor.floor.refused)
        self._family(cast, deals, floor)
        self._delivered(deals, floor)

    def _family(self, cast: Cast, deals: Deals, floor: Market) -> None:
        """A family member elsewhere is a right of its own: no deal in the Mainland patent moves it.

        Raises:
            DemoFailed: it moved, or the Mainland patent did not.
        """
        deal = deals.of_listing(floor.floor.competitive[2])
        mainland = right_id_of("with_family")
        seller, buyer = cast.of(deal.seller).company, cast.of(deal.buyer).company
        stays = cast.holders(HONG_KONG_MEMBER) == [seller.company_number]
        if deal.right_id != mainland or cast.holders(mainland) != [buyer.company_number] or not stays:
            message = f"{mainland} and its family member {HONG_KONG_MEMBER} are not with buyer and seller"
            raise DemoFailed(message)
        self.stage.told(
            "A family member stays behind 同族专利不随之转移",
            f"{deal.id}: {mainland} passed to {buyer.english_name}; its Hong Kong family member {HONG_KONG_MEMBER} "
            f"stays with {seller.english_name}: each place has its own register.",
            f"{deal.id}： {mainland} 已转移至{buyer.name}；其香港同族 {HONG_KONG_MEMBER} 仍属{seller.name}："
            "各法域各有登记簿。",
        )

    def _delivered(self, deals: Deals, floor: Market) -> None:
        """A result has no register: the delivery record that both sides confirm stands for it.

        Raises:
            DemoFailed: no acknowledged step of the deal was DELIVERED, or it is not settled.
        """
        deal = deals.of_listing(floor.floor.result)
        reached = {
            given.result["state"]
            for given in read_log(self.log)[0]
            if given.type == "confirm_delivery" and given.result.get("deal_id") == deal.id
        }
        if "DELIVERED" not in reached or deal.state != "SETTLED" or not deal.by_delivery:
            message = f"{deal.id} is {deal.state} and went through {sorted(reached)} instead of DELIVERED"
            raise DemoFailed(message)
        digest = f"{deal.proof_digest[:16]}…"
        self.stage.told(
            "A result settled by its delivery 科技成果以交付结算",
            f"{deal.id}: {deal.right_id} stands in no register; both sides confirmed one signed delivery record "
            f"(SHA-256 {digest}): FUNDED, DELIVERED, SETTLED.",
            f"{deal.id}： {deal.right_id} 无权属登记簿；双方确认同一份交接验收单（ {digest} ）："
            "已付款、已交付、已结清。",
        )

    def _witness(self, cast: Cast, losing: Acknowledgement, winning: Acknowledgement) -> Witness:
        """The clients' own counts; which filings were confirmed, the office itself is asked."""
        filings = [given.result["filing_id"] for given in read_log(self.log)[0] if given.type == "file_deal"]
        confirmed = [filing for filing in filings if cast.control.is_confirmed(filing)]
        return Witness(
            log=self.log,
            signers=cast.addresses,
            counts=proof.own_counts(self.log, confirmed),
            losing_bid=losing,
            winning_bid=winning,
        )

    def _audit(
        self, place: Place, trust: VenueTrust, key: ReceiptKey, witness: Witness, after: FollowUp
    ) -> Figures:
        """Export, stop every service but the chain, and let the auditor rebuild all in a process of its own."""
        self.stage.step("the journal is anchored a last time and exported 最后锚定并导出")
        root = Trust(
            chain_id=trust.chain_id,
            anchor=trust.anchor,
            rpc_url=place.addresses.chain_url,
            receipt_key=trust.receipt_key,
        )
        auditor = Auditor(self.stage, self.data, root, trust.register, witness)
        auditor.export(place.addresses.database_url)
        self.venue.stop_all_but_chain()
        verdict, changed, events = auditor.audit(key)
        if not self.hong_kong.is_over:
            self.stage.step(
                "the venue under the profile of Hong Kong ends its day 等待香港规则下的交易中心结束"
            )
        elsewhere = self.hong_kong.result()
        self.traded += elsewhere.rows
        self.stage.trading_floor(self.traded)
        after.show(self.stage)
        self.hong_kong.show(elsewhere)
        self.stage.verdict(verdict.report)
        self.stage.told(
            "A byte changed 改动一个字节",
            f"One byte of a copy was changed: the audit names {changed.where}.",
            f"副本中一个字节被改动：审计指明 {changed.where_zh} 。",
        )
        counts = witness.counts
        same = ("rights", "parties", "listings", "deals", "transfers", "licences")
        return Figures(
            **{name: counts[name] for name in same},
            bids=counts["bids"] + counts["raises"],
            chain_events=events,
            audit={"entries": verdict.report["entries"], "verified": verdict.verified},
            tamper={"detected": not changed.verified, "entry": changed.first_bad.get("entry")},
            trading_floor=[asdict(row) for row in self.traded],
            counted={name: counts[name] for name in proof.IN_JOURNAL},
            hong_kong=elsewhere.figures(),
        )
