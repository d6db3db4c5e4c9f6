"""The trading day, from an empty folder to the auditor's verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.client import Acknowledgement, AcknowledgementLog
from exchange.commands import ListingTerms, SubmitListing
from exchange.money.amount import format_amount
from ledger.audit.run import Trust
from ledger.receipt_key import ReceiptKey
from scripts.demo import catalogue, forgery, market, proof
from scripts.demo.cast import Cast
from scripts.demo.deals import Deals
from scripts.demo.market import Market, must_be_refused
from scripts.demo.stage import Stage
from scripts.demo.waiting import DemoFailed, wait_for
from scripts.simulated.catalogue import HONG_KONG_MEMBER, right_id_of
from scripts.stack.venue import Place, Venue

SETTINGS = {"IPX_ANCHOR_SECONDS": "2", "IPX_TICK_SECONDS": "0.5"}
"""The demonstration's day is a minute, so its journal is anchored every two seconds."""
STORY_BUYERS = (1, 2, 3)
AFFILIATE = 7


@dataclass
class Figures:
    """What the demonstration counts, each from the clients' own log or from what they were shown."""

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


class Day:
    """One day of trading in one data folder."""

    def __init__(self, data: Path, stage: Stage) -> None:
        self.data = data
        self.stage = stage
        self.figures = Figures()
        self.venue = Venue(data, report=stage.step)
        self.log = data / "acknowledgements.jsonl"
        self._losing_bid: Acknowledgement | None = None
        self._winning_bid: Acknowledgement | None = None

    def run(self) -> Figures:
        """Play the day.

        Raises:
            DemoFailed: something was not as it must be.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        try:
            place = self.venue.start(SETTINGS)
            cast = Cast(place, self.venue.keys, AcknowledgementLog(self.log))
            try:
                trust = self._trade(place, cast)
            finally:
                cast.close()
            self._audit(place, trust)
        finally:
            self.venue.stop()
        return self.figures

    def _trade(self, place: Place, cast: Cast) -> Trust:
        """From the first application to the last settlement; gives what an auditor must know."""
        self.stage.step("companies apply, the operator approves, money is paid in")
        cast.control.hurry()
        cast.enrol()
        cast.pay_in()
        affiliate = cast.firms[AFFILIATE]
        cast.operator.record_affiliation(
            cast.firms[0].party_id, affiliate.party_id, "demonstration: same parent"
        )
        self.stage.step("rights are imported and looked up in the register")
        rights = catalogue.bring_in(cast, datetime.now(UTC).date())
        floor = Market(cast, rights)
        deals = Deals(cast)
        self._first_scene(cast, floor)
        self.stage.step("nineteen more listings in two modes")
        floor.open()
        floor.what_the_rules_bar()
        self._register_for_the_story(cast, floor)
        floor.register_bidders()
        self.stage.step("ten days pass: registration closes, bidding begins")
        floor.close_registration()
        self._second_scene(cast, floor)
        self.stage.step(f"{market.BIDS} bids")
        floor.bid()
        self.stage.step("twenty days pass: the best bids win")
        floor.close_bidding()
        floor.accept()
        self._settle(cast, floor, deals)
        self._count(cast, floor, deals, rights.count)
        self._show(cast, floor, deals)
        known = cast.operator.giver.trust
        return Trust(
            chain_id=known.chain_id,
            anchor=known.anchor,
            rpc_url=place.addresses.chain_url,
            receipt_key=known.receipt_key,
        )

    # --- the story's deal, scene by scene

    def _first_scene(self, cast: Cast, floor: Market) -> None:
        seller = cast.firms[0]
        listing = floor.list_right(
            seller,
            right_id_of("pledged"),
            "competitive",
            "assignment",
            price=market.STORY_PRICE,
            deposit=market.STORY_DEPOSIT,
        )
        floor.floor.story = listing
        cast.bank.client.consent(listing)
        self.stage.scene(
            1,
            seller.client.time_ms(),
            f"{seller.company.english_name} lists a pledged patent ({listing}); the pledgee bank consents.",
            f"{seller.company.name}以已质押的专利挂牌转让（{listing}），质权人银行同意。",
            "the bank; Civil Code Art. 444: no deal in a pledged right without the pledgee",
            "银行；民法典第四百四十四条：未经质权人同意不得转让",
        )

    def _register_for_the_story(self, cast: Cast, floor: Market) -> None:
        for place in STORY_BUYERS:
            floor.register_bidder(floor.floor.story, cast.firms[place])

    def _second_scene(self, cast: Cast, floor: Market) -> None:
        listing = floor.floor.story
        given = [
            cast.firms[place].client.place_bid(listing, price)
            for place, price in zip(STORY_BUYERS, market.STORY_BIDS, strict=True)
        ]
        self._losing_bid, self._winning_bid = given[0], given[1]
        floor.floor.bids += len(given)
        affiliate = cast.firms[AFFILIATE]
        must_be_refused(
            floor.floor,
            "the seller's affiliate bids",
            "出让方的关联方报价",
            "AFFILIATE-MAY-NOT-BID",
            lambda: affiliate.client.place_bid(listing, market.STORY_BIDS[1]),
        )
        self.stage.scene(
            2,
            given[-1].time_ms,
            f"Three qualified companies bid; {affiliate.company.english_name}, the seller's affiliate, is refused.",
            f"三家合格企业报价；出让方关联方{affiliate.company.name}的报价被拒绝。",
            "honest bidders; AFFILIATE-MAY-NOT-BID (Auction Law Arts. 30 and 37 by analogy)",
            "诚信的意向受让方；参照拍卖法第三十条、第三十七条",
        )

    def _settle(self, cast: Cast, floor: Market, deals: Deals) -> None:
        self.stage.step("both sides sign every deal; the chain witnesses it")
        deals.sign()
        deals.wait_for_witness()
        self.stage.step("buyers fund, the operator files, the register confirms")
        deals.fund()
        self._third_scene(cast, deals, floor.floor.story)
        deals.file()
        deals.wait_for_register()
        self.stage.step("two operators approve each payment, the bank pays")
        deals.pay()
        deals.wait_for_settlement()
        self._fourth_scene(cast, deals, floor.floor.story)
        licensed = deals.of_listing(floor.floor.competitive[3])
        seller = cast.of(licensed.seller)
        now = seller.client.time_ms()
        must_be_refused(
            floor.floor,
            "an ordinary licence beside a live exclusive one",
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
                ListingTerms(price=market.LISTED_PRICE),
            ),
        )

    def _third_scene(self, cast: Cast, deals: Deals, listing: str) -> None:
        deal = deals.of_listing(listing)
        holders = cast.holders(deal.right_id)
        if deal.state != "FUNDED" or holders != [cast.firms[0].company.company_number]:
            message = f"{deal.id} is {deal.state}, and the holder has changed before the register confirmed"
            raise DemoFailed(message)
        self.stage.scene(
            3,
            cast.operator.time_ms(),
            f"Both have signed {deal.id} (chain transaction {deal.chain_transaction[:18]}…), the price is at the bank; "
            "the owner is still the seller.",
            f"双方已签署 {deal.id}，价款在银行监管账户；权利人仍为出让方。",
            "the buyer; Patent Law Art. 10: title passes on registration, a chain event is not title",
            "受让方；专利法第十条：权利自登记之日起转移，链上记录不是权属",
        )

    def _fourth_scene(self, cast: Cast, deals: Deals, listing: str) -> None:
        deal = deals.of_listing(listing)
        buyer = cast.of(deal.buyer)
        if cast.holders(deal.right_id) != [buyer.company.company_number]:
            message = f"the register confirmed {deal.id}, and the holder has not changed"
            raise DemoFailed(message)
        payments = {payment.id: payment for payment in cast.operator.payments()}
        first = payments[deal.payments[0]]
        if first.party_id != cast.bank.party_id:
            message = f"the pledgee was not paid first in {deal.id}"
            raise DemoFailed(message)
        self.stage.scene(
            4,
            cast.operator.time_ms(),
            f"The register confirms: {buyer.company.english_name} owns the patent; the bank is paid "
            f"{format_amount(first.amount)} CNY first, the seller the rest less {format_amount(deal.fee)} CNY.",
            f"登记簿确认，{buyer.company.name}成为权利人；"
            f"银行先受偿 {format_amount(first.amount)} 元，余款扣除服务费后付出让方。",
            "bank and seller; Civil Code Art. 444, two operators for every payment",
            "银行与出让方；民法典第四百四十四条，每笔付款双人复核",
        )

    # --- counting and proving

    def _count(self, cast: Cast, floor: Market, deals: Deals, rights: int) -> None:
        figures, operator = self.figures, cast.operator
        everything = deals.all()
        figures.rights = rights
        figures.parties = len(cast.players)
        figures.listings = floor.floor.count
        figures.bids = floor.floor.bids
        figures.deals = len(everything)
        figures.transfers = sum(
            deal.deal_kind == "assignment" and not deal.by_delivery and bool(deal.proof_digest)
            for deal in everything
        )
        figures.licences = sum(deal.licence_id is not None for deal in everything)
        family = cast.holders(HONG_KONG_MEMBER)
        if family != [cast.firms[5].company.company_number]:
            message = "the Hong Kong family member changed hands with the Mainland patent"
            raise DemoFailed(message)
        last = operator.time_ms()
        wait_for(
            lambda: all(record.state == "VERIFIED" for deal in deals.all() for record in deal.chain_records),
            "every record to be verified on the chain",
        )
        figures.chain_events = sum(1 for _ in operator.chain_events())
        if last <= 0 or figures.chain_events == 0:
            message = "nothing stands on the chain"
            raise DemoFailed(message)

    def _show(self, cast: Cast, floor: Market, deals: Deals) -> None:
        self.stage.deals(deals.all(), cast)
        self.stage.refused(floor.floor.refused)

    def _audit(self, place: Place, trust: Trust) -> None:
        """Export, stop every service but the chain, and let the auditor rebuild all in a process of its own."""
        self.stage.step("the journal is anchored a last time and exported")
        journal = self._anchored_export(place, trust)
        self.venue.stop_all_but_chain()
        self._fifth_scene(journal, trust)
        verdict = proof.audit_in_child(journal, trust)
        unknown = proof.unknown_acknowledgements(self.log, journal)
        report, figures = verdict.report, self.figures
        counts = (report["deals"], report["transfers"], report["licences"])
        agreed = counts == (figures.deals, figures.transfers, figures.licences) and not unknown
        figures.audit = {"entries": report["entries"], "verified": verdict.verified and agreed}
        self.stage.scene(
            6,
            _now_ms(),
            "PostgreSQL, Redis and every service are stopped; "
            f"the auditor rebuilds {report['entries']} entries from file and chain.",
            f"所有服务均已停止；审计员仅凭文件与链重建 {report['entries']} 条记录。",
            "everybody; the only root of trust is chain, anchor address and receipt key",
            "所有人；唯一的信任根是链、锚定合约地址与回执公钥",
        )
        self.stage.verdict(report)
        if not figures.audit["verified"]:
            message = (
                f"the audit does not agree: {verdict.first_bad or counts}; {len(unknown)} unknown receipts"
            )
            raise DemoFailed(message)
        self._one_byte(journal, trust)

    def _anchored_export(self, place: Place, trust: Trust) -> Path:
        """An export whose entries are all below an anchor but for a few of the last seconds."""
        path = self.data / "journal.jsonl"

        def anchored() -> bool:
            proof.export_journal(place.addresses.database_url, path)
            report = proof.audit_in_child(path, trust).report
            return bool(report["anchored_entries"] == report["entries"])

        wait_for(anchored, "an anchor over the whole journal")
        return path

    def _fifth_scene(self, journal: Path, trust: Trust) -> None:
        key = ReceiptKey.from_file(self.venue.keys.folder / "receipt.key")
        if self._winning_bid is None or self._losing_bid is None:
            message = "there are no bids to forge"
            raise DemoFailed(message)
        forged = self.data / "forged-price.jsonl"
        change = forgery.with_price(market.STORY_BIDS[1] - market.STEP)
        forgery.rewrite(journal, forged, key, self._winning_bid.entry, change)
        price = proof.audit_in_child(forged, trust)
        without = self.data / "forged-hidden.jsonl"
        forgery.rewrite(journal, without, key, self._losing_bid.entry, forgery.hidden)
        receipt = proof.write_receipt(self._losing_bid, self.data / "losing-bid.receipt.json")
        bid = proof.audit_in_child(without, trust, receipt)
        if price.verified or bid.verified:
            message = "a forgery passed the audit"
            raise DemoFailed(message)
        self.stage.scene(
            5,
            _now_ms(),
            f"The operator edits the winning price and recomputes every hash: caught ({_place(price)}). "
            f"It hides a losing bid: its receipt proves it ({_place(bid)}).",
            f"运营者篡改成交价格并重算全部哈希：被发现（{_place(price)}）。"
            f"隐匿落选报价：回执证明其存在（{_place(bid)}）。",
            "every bidder; the bidder's signature, the anchor on the chain, the signed receipt",
            "每位意向受让方；报价签名、链上锚定、签名回执",
        )

    def _one_byte(self, journal: Path, trust: Trust) -> None:
        tampered = self.data / "tampered.jsonl"
        entry = forgery.flip_one_byte(journal, tampered)
        verdict = proof.audit_in_child(tampered, trust)
        named = verdict.first_bad.get("entry")
        self.figures.tamper = {"detected": not verdict.verified, "entry": named}
        self.stage.line(f"\nOne byte of entry {entry} changed in a copy: {_place(verdict)}")
        if verdict.verified or named != entry:
            message = f"the audit named {named} instead of entry {entry}"
            raise DemoFailed(message)


def _place(verdict: proof.Verdict) -> str:
    bad = verdict.first_bad
    where = f"entry {bad['entry']}" if bad.get("entry") is not None else f"{bad}"
    return f"{bad.get('code', '')} at {where}"


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
