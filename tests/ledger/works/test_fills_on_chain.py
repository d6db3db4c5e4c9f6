"""Fills of signed orders through the works: recorded on the real chain, licensed there, and reconciled both ways."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange import commands as c
from exchange.listings import order_signing
from exchange.rows import Deal, Key, Listing, Party, SignedOrder
from ledger.chain.events import LicenceGranted, OrdersFilled
from ledger.chain.records import CounterAdvanceRecord
from ledger.messages import CounterAdvance
from ledger.order_messages import order_message
from ledger.reconcile import reconcile
from tests.ledger.trading import DAY_MS
from tests.ledger.works.desk import Company, Desk, open_desk
from tests.ledger.works.pipeline import Fork
from tests.ledger.works.test_offers_on_chain import by_hand, settled_runs
from tests.undertakings import offered

CALL_MS = 60_000
PRICE = 1_000_00


@pytest.fixture
def floor(shallow_fork: Fork, migrated_database_url: str, tmp_path: Path) -> Iterator[Floor]:
    with open_desk(shallow_fork, migrated_database_url, tmp_path, "hong-kong") as desk:
        yield Floor(desk)


class Floor:
    """A continuous listing in Hong Kong with its seller and a buyer, both with keys that the chain knows."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        authorised = c.RecordTradingAuthorisation(ground="counsel_opinion")
        submission = desk.door.submission(
            "venue", desk.operators[0].address, authorised, texts={"document": "an opinion", "reason": "read"}
        )
        desk.give(submission)
        self.seller, self.buyer = desk.company(jurisdiction="HK"), desk.company(jurisdiction="HK")
        right = "HK-99990010.7"
        desk.catalogue(
            c.ImportRight(right_id=right, office="HK", right_type="invention", filing_date="2019-03-01")
        )
        desk.register(right, self.seller, office="HK")
        desk.pay_in(self.buyer, 20_000_00, "HKD")
        desk.works.read_statements()
        desk.works.read_register()
        desk.operator(c.ClassifyExport(right_id=right, export_class="free"))
        command = c.SubmitListing(
            right_id=right,
            mode="continuous",
            deal_kind="ordinary_licence",
            currency="HKD",
            closes_ms=desk.now() + 30 * DAY_MS,
            max_acceptances=10,
        )
        terms = offered(price=PRICE, territory=("HK",), call_ms=CALL_MS)
        self.listing: str = desk.by(self.seller, command, terms).result["listing_id"]
        desk.operator(c.ApproveListing(listing_id=self.listing))
        desk.operator(c.JumpClock(to_ms=desk.now() + CALL_MS + 1_000))
        desk.wait_for(lambda: self.row.state == "TRADING")

    @property
    def row(self) -> Listing:
        found: Listing = self.desk.row("listings", Listing, self.listing)
        return found

    def order(self, company: Company, limit: int, quantity: int) -> list[str]:
        """A signed order; gives the deals that came of it."""
        desk, side = self.desk, "sell" if company is self.seller else "buy"
        seller, trader = (desk.row("parties", Party, each.party_id) for each in (self.seller, company))
        key: Key = desk.row("keys", Key, company.key.address)
        bare = c.OrderTerms(limit=limit, quantity=quantity)
        given: Any = (self.row, seller, trader, key.counter, side, bare, secrets.token_hex(32), None)
        drawn: SignedOrder = order_signing.drawn_up(*given)
        terms = msgspec.structs.replace(
            bare,
            order_salt=drawn.salt,
            order_digest=order_signing.order_digest(drawn, self.row.right_id, side),  # type: ignore[arg-type]
            order_signature=desk.signed(order_message(drawn, self.row.right_id, side), company),  # type: ignore[arg-type]
        )
        before = set(self.row.deals)
        desk.by(company, c.PlaceOrder(listing_id=self.listing, side=side), terms)  # type: ignore[arg-type]
        return [each for each in self.row.deals if each not in before]

    def traded(self, quantity: int = 2) -> Deal:
        self.order(self.seller, PRICE, 5)
        (deal_id,) = self.order(self.buyer, PRICE + 100, quantity)
        return self.desk.deal(deal_id)


def agrees(desk: Desk) -> None:
    assert reconcile(desk.works, settling_s=0).differences == []


def test_a_fill_is_recorded_once_and_its_licence_is_granted_after_it(floor: Floor) -> None:
    desk = floor.desk
    deal = floor.traded()
    assert deal.state == "SIGNED"
    desk.chain()
    assert desk.deal(deal.id).state == "WITNESSED"
    desk.fund(deal.id, floor.buyer)
    desk.chain()
    events = desk.pipe.events()
    (fill,) = [each for each in events if isinstance(each, OrdersFilled)]
    (licence,) = [each for each in events if isinstance(each, LicenceGranted)]
    assert (fill.price, fill.quantity, fill.ask_quantity, fill.bid_limit) == (PRICE, 2, 5, PRICE + 100)
    assert (licence.deal_id, licence.terms) == (fill.deal_id, fill.terms)
    assert "DealAgreed" not in desk.pipe.names()
    agrees(desk)


def test_reconciliation_names_a_fill_whose_row_was_altered(floor: Floor) -> None:
    desk, deal = floor.desk, floor.traded()
    desk.chain()
    agrees(desk)
    ask, bid = deal.orders  # type: ignore[misc]
    row = desk.deal(deal.id)
    altered = msgspec.structs.replace(row, orders=(ask, msgspec.structs.replace(bid, limit=bid.limit + 1)))
    statement = "UPDATE deals SET data = %s WHERE id = %s"
    desk.database.execute(statement, (msgspec.json.encode(altered).decode(), deal.id))
    found = [(each.code, each.subject) for each in reconcile(desk.works, settling_s=0).differences]
    assert found == [("RECORD-DIFFERS", deal.id)]


def test_a_fill_under_a_counter_that_has_advanced_on_the_chain_is_signed_by_both(floor: Floor) -> None:
    desk = floor.desk
    desk.chain()
    deal = floor.traded()
    key: Key = desk.row("keys", Key, floor.buyer.key.address)
    deadline_s = desk.now() // 1_000 + 60 * 86_400
    message = CounterAdvance(
        party=bytes.fromhex(key.commitment), key=key.id, counter=1, deadline_s=deadline_s
    )
    advance = CounterAdvanceRecord(
        party="0x" + key.commitment,
        key=key.id,
        counter=1,
        deadline=deadline_s,
        signature=desk.signed(message, floor.buyer),
    )
    by_hand(desk, advance)
    settled_runs(desk)
    assert desk.deal(deal.id).state == "CHAIN_REFUSED"
    desk.wait_for(lambda: desk.row("keys", Key, key.id).counter == 1)
    desk.sign(deal.id, floor.seller, floor.buyer)
    settled_runs(desk)
    assert desk.deal(deal.id).state == "WITNESSED"
    agrees(desk)
