"""A case for each rule of the continuous mode, on the Hong Kong venue that it needs: what it refuses, and its cure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_HOUR
from exchange.turn import Outcome
from tests.exchange.rule_cases import case
from tests.exchange.scene import Scene, digest

HK_RIGHT = "HK-99990010.7"
PROFILE = {"profile": "hong-kong"}
RULES = "exchange.rules.continuous_trading"


def authorise(scene: Scene) -> Outcome:
    command = c.RecordTradingAuthorisation(ground="counsel_opinion", erasable={"document": digest("opinion")})
    return scene.operator(command)


def offered(scene: Scene, seller: str, right: str, **fields: Any) -> Outcome:
    """A continuous listing of five licences, after a call of an hour."""
    terms: dict[str, Any] = {"territory": (right[:2],), "price": 100_00, "call_ms": MS_PER_HOUR}
    command: dict[str, Any] = {
        "deal_kind": "ordinary_licence",
        "currency": "HKD",
        "max_acceptances": 5,
    }
    return scene.submit(seller, right, "continuous", **(command | terms | fields))


def floor(scene: Scene, *, trading: bool = True) -> tuple[str, str, str]:
    """Seller, buyer with money, and a continuous listing between them."""
    authorise(scene)
    seller, buyer = scene.party(jurisdiction="HK"), scene.party(jurisdiction="HK")
    listing: str = offered(scene, seller, scene.right(seller, right_id=HK_RIGHT)).result["listing_id"]
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.credit(buyer, 10_000_00, "HKD")
    if trading:
        scene.wait(MS_PER_HOUR)
    return seller, buyer, listing


def order(
    scene: Scene, listing: str, party: str, side: Any, limit: int, quantity: int = 1, **fields: Any
) -> Outcome:
    command = c.PlaceOrder(listing_id=listing, side=side, **fields)
    return scene.by(party, command, terms=c.OrderTerms(limit=limit, quantity=quantity))


@case("CN-SC-2012-37-CENTRALISED-TRADING", f"{RULES}.venue_may_have_a_book")
def no_book_on_a_mainland_venue(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party(jurisdiction="HK")
    right = scene.right(seller, right_id=HK_RIGHT)
    yield offered(scene, seller, right)
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("HK",))


@case("CN-SC-2012-37-CENTRALISED-TRADING of a right", f"{RULES}.may_be_matched", venue=PROFILE)
def no_book_in_a_mainland_right(scene: Scene) -> Iterator[Outcome]:
    authorise(scene)
    seller = scene.party(jurisdiction="HK")
    yield offered(scene, seller, scene.right(seller))
    yield offered(scene, seller, scene.right(seller, right_id=HK_RIGHT))


@case("CN-SC-2012-37-CENTRALISED-TRADING of a party", f"{RULES}.may_be_matched", venue=PROFILE)
def no_book_for_a_mainland_party(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = floor(scene)
    mainland = scene.party()
    scene.credit(mainland, 10_000_00, "HKD")
    yield order(scene, listing, mainland, "buy", 90_00)
    yield order(scene, listing, buyer, "buy", 90_00)


@case("HK-AUTOMATED-TRADING-95", f"{RULES}.venue_is_authorised", venue=PROFILE)
def off_until_authorised(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party(jurisdiction="HK")
    right = scene.right(seller, right_id=HK_RIGHT)
    yield offered(scene, seller, right)
    authorise(scene)
    yield offered(scene, seller, right)


@case("ASKS-BEYOND-OFFER", venue=PROFILE)
def asks_beyond_the_offer(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = floor(scene)
    order(scene, listing, seller, "sell", 100_00, 3)
    yield order(scene, listing, seller, "sell", 110_00, 3)
    yield order(scene, listing, seller, "sell", 110_00, 2)


@case("POST-ONLY-WOULD-TRADE", venue=PROFILE)
def post_only(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = floor(scene)
    order(scene, listing, seller, "sell", 100_00, 3)
    yield order(scene, listing, buyer, "buy", 100_00, post_only=True)
    yield order(scene, listing, buyer, "buy", 99_00, post_only=True)


@case("FILL-OR-KILL-NOT-FILLABLE", venue=PROFILE)
def fill_or_kill(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = floor(scene)
    order(scene, listing, seller, "sell", 100_00, 3)
    yield order(scene, listing, buyer, "buy", 100_00, 4, time_in_force="fill_or_kill")
    yield order(scene, listing, buyer, "buy", 100_00, 3, time_in_force="fill_or_kill")


@case("CALL-AUCTION-UNDER-WAY", venue=PROFILE)
def call_auction_under_way(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = floor(scene, trading=False)
    yield order(scene, listing, buyer, "buy", 90_00, time_in_force="immediate_or_cancel")
    scene.wait(MS_PER_HOUR)
    yield order(scene, listing, buyer, "buy", 90_00, time_in_force="immediate_or_cancel")
