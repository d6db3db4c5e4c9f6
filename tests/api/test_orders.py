"""Continuous trading at the front door of a Hong Kong venue: orders, the depth of the book, and who sees what."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from api.calls import order_check
from api.calls.mismatch import DealMismatch
from api.cli.app import app
from api.cli.connection import PASSWORD
from api.client import Client, VenueProblem
from exchange import commands as c
from ledger.bundle.ipx_verify import Roots, verify
from ledger.keystore import write_keystore
from ledger.signatures import Domain, PrivateKey
from scripts.stack.servers import Addresses
from tests import databases
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue
from tests.barred_words import BARRED

CALL_MS = 60_000
PRICE = 1_000_00
FUNDS = 100_000_00
CHEAP = 2


@pytest.fixture(scope="module")
def hong_kong(
    stack_addresses: Addresses, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningVenue]:
    """A venue of the Hong Kong profile, which has recorded counsel's opinion."""
    name = f"hong_kong_{secrets.token_hex(4)}"
    url = databases.create(stack_addresses.database_url, name, _migrated_template)
    with RunningVenue(url, tmp_path_factory.mktemp("hk"), profile="hong-kong") as venue:
        seller = venue.party("seller", jurisdiction="HK")
        right = venue.right(seller)
        refusal(lambda: listed(venue, seller, right), "HK-AUTOMATED-TRADING-95", 403)
        assert venue.public.venue().continuous_trading is None
        venue.operator.authorise_trading("counsel_opinion", "an opinion in full", "asked the board")
        assert venue.public.venue().continuous_trading == "counsel_opinion"
        yield venue
    assert venue.recorder.undescribed() == set(), "problems that their route's page does not name"
    databases.drop(stack_addresses.database_url, url)


def listed(venue: RunningVenue, seller: Client, right: str) -> str:
    fields: dict[str, Any] = {
        "mode": "continuous",
        "currency": "HKD",
        "call_ms": CALL_MS,
        "max_acceptances": 10,
    }
    return venue.listing(seller, right, price=PRICE, **fields)


class Floor:
    """A listing with its seller and two buyers who have money."""

    def __init__(self, venue: RunningVenue, *, trading: bool = True) -> None:
        self.venue = venue
        self.seller = venue.party("seller", jurisdiction="HK")
        self.listing_id = listed(venue, self.seller, venue.right(self.seller))
        self.buyer, self.rival = (venue.party("buyer", jurisdiction="HK") for _ in range(2))
        self.lines = [venue.money(each, FUNDS, "HKD") for each in (self.buyer, self.rival)]
        if trading:
            self.open()

    def open(self) -> None:
        """Let the call auction end."""
        self.venue.operator.jump_clock(self.venue.public.time_ms() + CALL_MS + 1_000, "the call is over")
        self.venue.operator.jump_clock(self.venue.public.time_ms() + 1_000, "so that the tick has fired")
        assert self.venue.public.listing(self.listing_id).state == "TRADING"

    def balance(self, client: Client, purpose: str) -> int:
        return client.balance(client.party_id, purpose, "HKD")


def test_a_fill_of_two_signed_orders_is_a_deal_that_nobody_signs_again(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    floor.seller.place_order(floor.listing_id, "sell", 2, 900_00)
    bid = floor.buyer.place_order(floor.listing_id, "buy", 3, 950_00).result
    order = floor.buyer.order(bid["order_id"])
    assert order.order_salt is not None
    (deal_id,) = order.deals
    assert floor.buyer.own_deal(deal_id).state == "SIGNED"
    refusal(lambda: floor.buyer.sign_deal(deal_id), "WRONG-STATE", 409)
    assert floor.buyer.amend_order(order.id, 4, 940_00).result["state"] == "PARTLY_FILLED"
    assert floor.buyer.order(order.id).order_salt == order.order_salt
    hong_kong.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "77" * 32, block=7
        )
    )
    floor.buyer.fund_deal(deal_id, floor.lines[0])
    assert floor.buyer.own_deal(deal_id).state == "EFFECTIVE"


def test_the_bundle_of_a_fill_shows_both_signed_orders(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    floor.seller.place_order(floor.listing_id, "sell", 2, 900_00)
    bid = floor.buyer.place_order(floor.listing_id, "buy", 3, 950_00).result
    (deal_id,) = floor.buyer.order(bid["order_id"]).deals
    for reader in (floor.seller, floor.buyer, hong_kong.operator):
        data = reader.bundle(deal_id)
        lines = {line.check: line for line in verify(data, Roots())}
        assert {check: line.what for check, line in lines.items() if line.verdict == "DIFFERS"} == {}
        assert lines["signature seller"].verdict == lines["signature buyer"].verdict == "HOLDS"
        signed = json.loads(data)["signed"]
        assert [each["typed_data"]["primaryType"] for each in signed] == ["LicenceOrder"] * 2
    with pytest.raises(VenueProblem):
        floor.rival.bundle(deal_id)


def test_an_order_whose_signature_is_over_something_else_does_not_come_in(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    shown = floor.buyer.order_terms(floor.listing_id)
    assert (shown.key, shown.counter) == (floor.buyer.giver.key.address, 0)

    def terms(quantity: int, key: PrivateKey, domain: Domain) -> c.OrderTerms:
        return order_check.signed_terms(
            c.OrderTerms(quantity=quantity, limit=800_00),
            shown.model_copy(update={"key": key.address}),
            listing_id=floor.listing_id,
            side="buy",
            expires_ms=None,
            salt=secrets.token_hex(32),
            key=key,
            domain=domain,
        )

    def place(made: c.OrderTerms) -> None:
        command = c.PlaceOrder(listing_id=floor.listing_id, side="buy")
        path = f"/v1/listings/{floor.listing_id}/orders"
        floor.buyer.give(path, command, terms=made, in_path=("listing_id",))

    own, trust = floor.buyer.giver.key, floor.buyer.giver.trust
    another = terms(2, own, trust.instructions)
    refusal(lambda: place(another), "SIGNATURE-WRONG", 403)
    larger = msgspec.structs.replace(terms(2, own, trust.deals), quantity=3)
    refusal(lambda: place(larger), "WRONG-STATE", 409)
    forged = msgspec.structs.replace(
        terms(2, own, trust.deals),
        order_signature=terms(2, PrivateKey(b"\x07" * 32), trust.deals).order_signature,
    )
    refusal(lambda: place(forged), "SIGNATURE-WRONG", 403)
    with pytest.raises(DealMismatch, match="SIGNER"):
        order_check.signed_terms(
            c.OrderTerms(quantity=1, limit=1),
            shown,
            listing_id=floor.listing_id,
            side="buy",
            expires_ms=None,
            salt="00" * 32,
            key=PrivateKey(b"\x07" * 32),
            domain=trust.deals,
        )
    changed = shown.model_copy(update={"terms": {**shown.terms, "field_of_use": "less"}})
    with pytest.raises(DealMismatch, match="TERMS-COMMITMENT"):
        order_check.signed_terms(
            c.OrderTerms(quantity=1, limit=1),
            changed,
            listing_id=floor.listing_id,
            side="buy",
            expires_ms=None,
            salt="00" * 32,
            key=own,
            domain=trust.deals,
        )
    place(terms(2, own, trust.deals))
    assert floor.buyer.cancel_orders(floor.listing_id)


def test_an_order_trades_rests_and_each_fill_of_unsigned_ones_is_a_deal_that_both_sign(
    hong_kong: RunningVenue,
) -> None:
    floor = Floor(hong_kong)
    ask = floor.seller.place_order(floor.listing_id, "sell", 2, 900_00, signed=False).result
    assert ask["state"] == "LIVE"
    bid = floor.buyer.place_order(floor.listing_id, "buy", 3, 950_00).result
    assert bid["state"] == "PARTLY_FILLED"
    order = floor.buyer.order(bid["order_id"])
    assert (order.filled, order.quantity, order.held, order.limit) == (2, 3, 950_00, 950_00)
    assert floor.balance(floor.buyer, "deposit") == 1_800_00 + 950_00
    (deal_id,) = order.deals
    assert floor.seller.order(ask["order_id"]).state == "FILLED"
    deal = floor.buyer.own_deal(deal_id)
    assert (deal.price, deal.quantity, deal.state) == (1_800_00, 2, "AWARDED")
    floor.seller.sign_deal(deal_id, price=1_800_00)
    assert floor.buyer.sign_deal(deal_id, price=1_800_00).result["state"] == "SIGNED"
    hong_kong.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "77" * 32, block=7
        )
    )
    floor.buyer.fund_deal(deal_id, floor.lines[0])
    assert floor.balance(floor.buyer, "deposit") == 950_00


def test_the_call_collects_and_trades_at_one_price(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong, trading=False)
    floor.seller.place_order(floor.listing_id, "sell", 2, 900_00)
    bid = floor.buyer.place_order(floor.listing_id, "buy", 2, 1_100_00).result
    assert bid["state"] == "LIVE"
    refusal(lambda: floor.rival.place_order(floor.listing_id, "buy", 1), "CALL-AUCTION-UNDER-WAY", 409)
    floor.open()
    made = floor.buyer.order(bid["order_id"]).deals
    assert [floor.buyer.own_deal(deal_id).price for deal_id in made] == [2 * PRICE]


def test_orders_are_amended_and_cancelled_one_or_all(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    first = floor.buyer.place_order(floor.listing_id, "buy", 1, 800_00, client_order_id="mine").result[
        "order_id"
    ]
    floor.buyer.place_order(
        floor.listing_id,
        "buy",
        2,
        700_00,
        expires_ms=hong_kong.public.time_ms() + 60_000,
        time_in_force="good_till_date",
    )
    assert floor.buyer.amend_order(first, 3, 810_00).result["state"] == "LIVE"
    assert floor.buyer.order(first).client_order_id == "mine"
    assert floor.balance(floor.buyer, "deposit") == 3 * 810_00 + 2 * 700_00
    refusal(lambda: floor.rival.cancel_order(first), "NOT-PERMITTED", 403)
    assert floor.buyer.cancel_order(first).result["state"] == "CANCELLED"
    refusal(lambda: floor.buyer.cancel_order(first), "UNKNOWN-ID", 404)
    floor.buyer.cancel_orders(floor.listing_id)
    assert {order.state for order in floor.buyer.orders(listing_id=floor.listing_id)} == {"CANCELLED"}
    assert floor.balance(floor.buyer, "deposit") == 0


def test_an_order_under_a_client_order_id_is_placed_once(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    floor.buyer.place_order(floor.listing_id, "buy", 1, 800_00, client_order_id="once")
    refusal(
        lambda: floor.buyer.place_order(floor.listing_id, "buy", 2, 800_00, client_order_id="once"),
        "CLIENT-ORDER-ID-REUSED",
        409,
    )
    assert len(list(floor.buyer.orders(listing_id=floor.listing_id))) == 1


def test_the_book_shows_levels_and_nobody_but_the_venue_sees_whose_an_order_is(
    hong_kong: RunningVenue,
) -> None:
    floor = Floor(hong_kong)
    placed = [
        floor.buyer.place_order(floor.listing_id, "buy", 1, 800_00),
        floor.rival.place_order(floor.listing_id, "buy", 2, 800_00),
        floor.rival.place_order(floor.listing_id, "buy", 1, 750_00),
        floor.seller.place_order(floor.listing_id, "sell", 4, 1_200_00),
    ]
    for client in (floor.buyer, floor.rival, floor.seller, hong_kong.operator):
        book = client.book(floor.listing_id)
        assert book.depth is not None
        assert [(level.price, level.quantity, level.orders) for level in book.depth.bids] == [
            (800_00, 3, 2),
            (750_00, 1, 1),
        ]
        assert [(level.price, level.quantity) for level in book.depth.asks] == [(1_200_00, 4)]
        assert (book.lines, book.count) == (None, 4)
    outside = hong_kong.public.book(floor.listing_id)
    assert (outside.depth, outside.lines, outside.count) == (None, None, 4)
    waiting = hong_kong.party("buyer", approve=False, jurisdiction="HK")
    assert waiting.book(floor.listing_id).depth is None
    order_id = placed[0].result["order_id"]
    for client in (floor.rival, floor.seller):
        refusal(lambda client=client: client.order(order_id), "UNKNOWN-ID", 404)  # type: ignore[misc]
        assert order_id not in {order.id for order in client.orders()}
    assert hong_kong.operator.order(order_id).party_id == floor.buyer.party_id
    with pytest.raises(VenueProblem) as problem:
        hong_kong.public.order(order_id)
    assert problem.value.status == 401
    for client in (floor.rival, floor.seller):
        told = [
            event
            for entry in client.events()
            if entry.entry == placed[0].entry
            for event in entry.events or ()
        ]
        assert told == [], "an order is told to its party and the venue alone"
    own = [
        event["type"]
        for entry in floor.buyer.events()
        if entry.entry == placed[0].entry
        for event in entry.events or ()
    ]
    assert "order_placed" in own


def test_the_page_says_what_comes_next_and_shows_no_price_of_an_order(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong, trading=False)
    floor.buyer.place_order(floor.listing_id, "buy", 1, 123_45)
    with hong_kong.http() as http:
        calling = http.get(f"/listings/{floor.listing_id}").text
        assert ("持续双向报价" in calling, "集合定价" in calling) == (True, True)
        floor.open()
        trading = http.get(f"/listings/{floor.listing_id}", params={"lang": "en"}).text
    assert "Continuous two-sided book" in trading
    assert "Trading" in trading
    assert "123.45" not in calling + trading
    assert not [word for word in BARRED if word in calling + trading]


def test_an_operator_stops_trading_and_lets_it_go_on(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    floor.seller.place_order(floor.listing_id, "sell", 1, 900_00)
    hong_kong.operator.stop_trading("the letter was taken back")
    try:
        refusal(
            lambda: floor.buyer.place_order(floor.listing_id, "buy", 1, 900_00),
            "HK-AUTOMATED-TRADING-95",
            403,
        )
        refusal(lambda: hong_kong.operator.stop_trading("again"), "HK-AUTOMATED-TRADING-95", 403)
    finally:
        hong_kong.operator.authorise_trading("authorisation", "another letter", "it came back")
    assert floor.buyer.place_order(floor.listing_id, "buy", 1, 900_00).result["state"] == "FILLED"


def test_an_order_that_found_nothing_to_take_can_be_looked_up(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    given = floor.buyer.place_order(floor.listing_id, "buy", 2)
    assert given.result["state"] == "CANCELLED"
    order = floor.buyer.order(given.result["order_id"])
    assert (order.order_type, order.limit, order.filled, order.held, order.state) == (
        "market",
        None,
        0,
        0,
        "CANCELLED",
    )


def test_a_mainland_party_has_no_order_here(hong_kong: RunningVenue) -> None:
    floor = Floor(hong_kong)
    mainland = hong_kong.party("buyer")
    hong_kong.money(mainland, FUNDS, "HKD")
    refusal(
        lambda: mainland.place_order(floor.listing_id, "buy", 1, 800_00),
        "CN-SC-2012-37-CENTRALISED-TRADING",
        403,
    )


def test_the_mainland_venue_records_no_authorisation(venue: RunningVenue) -> None:
    refusal(
        lambda: venue.operator.authorise_trading("authorisation", "a paper", "hope"),
        "CN-SC-2012-37-CENTRALISED-TRADING",
        403,
    )


def test_orders_from_the_terminal(hong_kong: RunningVenue, tmp_path: Path) -> None:
    floor = Floor(hong_kong)
    environment = {
        "IPX_URL": hong_kong.url,
        "IPX_KEYSTORE": str(tmp_path / "key.json"),
        "IPX_API_KEY": floor.buyer.transport._http.headers["authorization"].split()[1],
        PASSWORD: "correct horse",
        "TERM": "dumb",
        "COLUMNS": "200",
    }
    write_keystore(tmp_path / "key.json", floor.buyer.giver.key, "correct horse", CHEAP)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, words, env=environment)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    given = json.loads(run("order", "place", floor.listing_id, "buy", "2", "--limit", "800.00", "--json"))
    order_id = given["result"]["order_id"]
    run("order", "amend", order_id, "3", "--limit", "790.00")
    shown = json.loads(run("order", "show", order_id, "--json"))
    assert (shown["limit"], shown["quantity"]) == ("790.00", 3)
    assert "790.00" in run("listing", "book", floor.listing_id)
    assert order_id in run("order", "list", "--listing", floor.listing_id)
    run("order", "cancel", order_id)
    run("order", "place", floor.listing_id, "buy", "1", "--limit", "700.00", "--post-only", "--unsigned")
    run("order", "cancel-all", floor.listing_id)
    states = {
        row["state"] for row in json.loads(run("order", "list", "--listing", floor.listing_id, "--json"))
    }
    assert states == {"CANCELLED"}
