"""A second venue, under the profile of Hong Kong: a two-sided book, which no venue of the Mainland may have.

It has servers, a chain, a journal and an audit of its own, and runs beside the first one's day in a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from api.client import AcknowledgementLog
from exchange.calendar import MS_PER_DAY, MS_PER_MINUTE
from exchange.commands import ImportRight, ListingTerms, SubmitListing
from exchange.rules.profiles import Profile
from ledger.audit.run import Trust
from ledger.office import Holder, RegisterContent
from ledger.receipt_key import ReceiptKey
from scripts.demo import proof
from scripts.demo.auditor import OwnWord, agreed_events, export_anchored
from scripts.demo.cast import Cast
from scripts.demo.deals import Deals
from scripts.demo.deployed import SETTINGS, deployed
from scripts.demo.lots import Lot, Traded, money, rows_of
from scripts.demo.market import UNDERTAKING, jump, must_be_refused
from scripts.demo.stage import Stage
from scripts.demo.waiting import DemoFailed, wait_for
from scripts.simulated.catalogue import HONG_KONG_COMPANIES, HONG_KONG_RIGHT
from scripts.stack.venue import Venue

PROFILE: Profile = "hong-kong"
TITLE = "演示：一種低功耗顯示驅動電路"
CALL_MS = 30 * MS_PER_MINUTE
CLOSES_MS = 60 * MS_PER_DAY
PRICE = 10_000_00
"""Minor units of HKD for one licence, as all amounts here."""
LICENCES = 20


@dataclass(frozen=True)
class HongKongFigures:
    """What the second venue's clients count, and what its own audit says."""

    counts: dict[str, int]
    entries: int
    rows: list[Traded]

    def figures(self) -> dict[str, Any]:
        """As they are written down; the audit has verified what it counts, or there would be no figures."""
        return {**self.counts, "audit": {"entries": self.entries, "verified": True}}


class Cancelled(Exception):
    """The day has ended before this venue's."""


class HongKongDay(threading.Thread):
    """The second venue's day; `result` waits for it."""

    def __init__(self, data: Path, stage: Stage) -> None:
        super().__init__(name="hong-kong", daemon=True)
        self.data = data
        self.stage = stage
        self.log = data / "acknowledgements.jsonl"
        # Its servers are always embedded: two venues never share a database.
        self.venue = Venue(data, report=lambda _: None, profile=PROFILE, named={})
        self._cancelled = threading.Event()
        self._figures: HongKongFigures | None = None
        self._failure: Exception | None = None

    def run(self) -> None:
        """Play the day; what goes wrong is told by `result`."""
        try:
            self._figures = self._play()
        except Exception as error:  # noqa: BLE001 - raised again by `result`
            self._failure = error

    @property
    def is_over(self) -> bool:
        """Whether its day has ended."""
        return not self.is_alive()

    def result(self) -> HongKongFigures:
        """What came of it.

        Raises:
            DemoFailed: something was not as it must be.
        """
        self.join()
        if self._figures is None:
            message = f"the venue of the Hong Kong profile: {self._failure}"
            raise DemoFailed(message) from self._failure
        return self._figures

    def cancel(self) -> None:
        """Stop it where it stands, and wait until nothing of it is left."""
        self._cancelled.set()
        if self.ident is not None:
            self.join()

    def show(self, figures: HongKongFigures) -> None:
        """What the second venue's day was, and its own audit."""
        c = figures.counts
        self.stage.told(
            "A venue under the profile of Hong Kong 香港规则下的另一交易中心",
            f"{c['parties']} parties, {c['orders']} orders, {c['cancelled_orders']} cancelled, {c['deals']} deals, "
            f"{c['licences']} licences, {c['chain_events']} chain events, {figures.entries} entries: audit verified, "
            "every count is its clients' own. Before counsel's opinion was on record the listing was refused "
            "(HK-AUTOMATED-TRADING-95); in the Mainland this mode stays barred (国发〔2011〕38号).",
            f"{c['parties']} 家主体，{c['orders']} 笔委托，撤销 {c['cancelled_orders']} 笔，{c['deals']} 宗成交，"
            f"{c['licences']} 项许可，{c['chain_events']} 个链上事件，{figures.entries} 条记录：审计通过，"
            "各项数目与各方自留记录一致。法律意见记录之前，挂牌被拒绝（ HK-AUTOMATED-TRADING-95 ）；"
            "内地不适用此方式（国发〔2011〕38号）。",
        )

    def _step(self, text: str) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        self.stage.step(text)

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        def holds() -> bool:
            if self._cancelled.is_set():
                raise Cancelled
            return condition()

        wait_for(holds, what)

    def _play(self) -> HongKongFigures:
        self.data.mkdir(parents=True, exist_ok=True)
        try:
            place = self.venue.start(SETTINGS)
            self._step("Hong Kong: a venue of its own is open 香港：另一交易中心开业")
            key = ReceiptKey.from_file(self.venue.keys.folder / "receipt.key")
            trust = deployed(self.data, key)
            cast = Cast(place, self.venue.keys, AcknowledgementLog(self.log), trust, HONG_KONG_COMPANIES)
            try:
                lots, deals = self._trade(cast)
                rows = rows_of(lots, deals.all(), cast)
                own = OwnWord(self.log, cast.addresses, proof.own_counts(self.log, []))
            finally:
                cast.close()
            root = Trust(
                chain_id=trust.chain_id,
                anchor=trust.anchor,
                rpc_url=place.addresses.chain_url,
                receipt_key=trust.receipt_key,
            )
            journal = self.data / "journal.jsonl"
            export_anchored(place.addresses.database_url, journal, root)
            self.venue.stop_all_but_chain()
            verdict = proof.audit_in_child(journal, root)
            events = agreed_events(verdict, proof.read_journal(journal), root, trust.register, own)
            return HongKongFigures({**own.counts, "chain_events": events}, verdict.report["entries"], rows)
        finally:
            self.venue.stop()

    def _trade(self, cast: Cast) -> tuple[list[Lot], Deals]:
        cast.control.hurry()
        cast.enrol()
        cast.pay_in("HKD")
        self._bring_in(cast)
        listing_id = self._list(cast)
        deals = Deals(cast)
        self._step("Hong Kong: orders collect in the call, then trade 香港：委托集合定价，其后持续成交")
        called = self._call(cast, listing_id, deals)
        traded = self._trading(cast, listing_id, deals, called)
        self._step("Hong Kong: every fill is signed, paid and settled 香港：每笔成交签署、付款、结清")
        self._record_fills(deals)
        deals.fund()
        deals.pay()
        deals.wait_for_settlement()
        records = (record for deal in deals.all() for record in deal.chain_records)
        self._wait(
            lambda: all(record.state == "VERIFIED" for deal in deals.all() for record in deal.chain_records),
            f"{len(list(records))} records to be verified on the chain",
        )
        return [called, traded], deals

    def _record_fills(self, deals: Deals) -> None:
        """Both sides of every fill sign its deal, and the chain witnesses it."""
        deals.sign()
        deals.wait_for_witness()

    def _bring_in(self, cast: Cast) -> None:
        """A Hong Kong patent of a Hong Kong company, in the register and in the catalogue."""
        seller = cast.players[0]
        content = RegisterContent(
            right_id=HONG_KONG_RIGHT,
            office="HK",
            right_type="invention",
            title=TITLE,
            status="granted",
            holders=(Holder(company_number=seller.company.company_number),),
            filing_date="2021-03-15",
            grant_date="2024-01-19",
            expiry_date="2041-03-15",
            fee_paid_until="2029-03-15",
        )
        cast.control.enter_rights([msgspec.to_builtins(content)])
        command = ImportRight(
            right_id=HONG_KONG_RIGHT, office="HK", right_type="invention", filing_date="2021-03-15"
        )
        cast.operator.give("/v1/rights", command, parts={"bibliography": {"title": TITLE}})
        self._wait(
            lambda: cast.operator.right(HONG_KONG_RIGHT).status is not None, "the right's register copy"
        )

    def _list(self, cast: Cast) -> str:
        """Trading is off until the operator has recorded counsel's opinion; then the seller lists licences."""
        seller, operator = cast.players[0].client, cast.operator
        terms = ListingTerms(price=PRICE, call_ms=CALL_MS, territory=("HK",), undertaking=UNDERTAKING)

        def submit() -> Any:  # noqa: ANN401 - an acknowledgement
            command = SubmitListing(
                right_id=HONG_KONG_RIGHT,
                mode="continuous",
                deal_kind="ordinary_licence",
                currency="HKD",
                closes_ms=seller.time_ms() + CLOSES_MS,
                max_acceptances=LICENCES,
            )
            return seller.submit_listing(command, terms, description="演示挂牌", undertaking="演示承諾書")

        must_be_refused(
            [],
            "continuous trading before counsel's opinion is on record",
            "法律意见记录之前的持续交易",
            "HK-AUTOMATED-TRADING-95",
            submit,
        )
        operator.authorise_trading(
            "counsel_opinion", "演示法律意见书", "demonstration: counsel's opinion received"
        )
        listing_id: str = submit().result["listing_id"]
        operator.approve_listing(listing_id, "demonstration: grounds and undertaking checked")
        return listing_id

    def _call(self, cast: Cast, listing_id: str, deals: Deals) -> Lot:
        """Orders collect until the call ends, and trade at its one price; what is left of them rests."""
        seller, first, second, _ = (player.client for player in cast.players)
        seller.place_order(listing_id, "sell", 4, 9_500_00)
        seller.place_order(listing_id, "sell", 6, 10_500_00)
        first.place_order(listing_id, "buy", 3, 11_000_00)
        second.place_order(listing_id, "buy", 2, 10_000_00)
        jump(cast, CALL_MS + MS_PER_MINUTE)
        self._wait(lambda: cast.operator.listing(listing_id).state == "TRADING", "the call to end")
        made = deals.all()
        prices = {deal.price // (deal.quantity or 1) for deal in made}
        if len(prices) != 1:
            message = f"the call of {listing_id} has traded at {sorted(prices)} instead of one price"
            raise DemoFailed(message)
        (price,) = prices
        traded = sum(deal.quantity or 0 for deal in made)
        lot = Lot("call", listing_id, PROFILE, deals=[deal.id for deal in made])
        lot.by(
            4,
            "§ 54",
            f"the call's one price, {money(price)} a licence, at which most is traded: {traded} licences",
            f"集合定价的唯一价格，每项许可 {money(price)} 港元，成交量最大：{traded} 项许可",
        )
        return lot

    def _trading(self, cast: Cast, listing_id: str, deals: Deals, called: Lot) -> Lot:
        """Limit and market orders trade with what rests, in parts; one is amended and cancelled."""
        _, first, second, third = (player.client for player in cast.players)
        third.place_order(listing_id, "buy", 2)
        part = second.place_order(listing_id, "buy", 7, 10_500_00, client_order_id="demo-part").result
        if part["state"] != "PARTLY_FILLED":
            message = f"the order {part['order_id']} is {part['state']} instead of filled in part"
            raise DemoFailed(message)
        resting = first.place_order(listing_id, "buy", 1, 9_000_00).result["order_id"]
        first.amend_order(resting, 2, 9_200_00)
        first.cancel_order(resting)
        second.cancel_order(part["order_id"])
        lot = Lot(
            "trading", listing_id, deals=[deal.id for deal in deals.all() if deal.id not in called.deals]
        )
        left = second.order(part["order_id"])
        lot.by(
            3,
            "§ 55",
            f"best price first, then the earliest, at the price of the order that was there; a market order, and one "
            f"filled in part ({left.filled} of {left.quantity}), its rest cancelled",
            f"价格优先、时间优先，按先到委托的价格成交；一笔市价委托，一笔部分成交（{left.quantity} 项中成交 "
            f"{left.filled} 项），余量撤销",
        )
        return lot
