"""How several bidders bid, at the front door: prices that nobody reads before the close, and rounds that are shown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from api.deals.schemas import OwnDealView
from tests.api.auction import refusal
from tests.api.running_venue import DAY_MS, RunningVenue
from tests.api.test_command_line import company_terminal
from tests.undertakings import in_a_file
from tests.whole_words import says

if TYPE_CHECKING:
    from pathlib import Path

PRICE, STEP, ROUND_MS = 1_000_00, 50_00, 3_600_000


class Floor:
    """A competitive listing with two bidders whose registration has closed."""

    def __init__(self, venue: RunningVenue, **terms: Any) -> None:
        self.venue = venue
        self.seller = venue.party("seller")
        fields: dict[str, Any] = {"mode": "competitive", "deal_kind": "assignment", "price": PRICE, **terms}
        self.listing_id = venue.listing(self.seller, venue.right(self.seller), **fields)
        self.bidders = [venue.bidder(self.listing_id) for _ in range(2)]
        self.jump_to(self.shown.registration_closes_ms)
        self.wait_for("state", "BIDDING")

    @property
    def shown(self) -> Any:
        return self.venue.public.listing(self.listing_id)

    def jump_to(self, time_ms: int) -> None:
        self.venue.operator.jump_clock(time_ms, "time passes")

    def wait_for(self, field: str, value: object) -> None:
        end = time.monotonic() + 30
        while getattr(self.shown, field) != value:
            assert time.monotonic() < end, f"{field} never {value}"
            time.sleep(0.02)

    def page(self, language: str) -> str:
        with self.venue.http() as http:
            return http.get(f"/listings/{self.listing_id}", params={"lang": language}).text


def test_one_price_each_is_read_by_nobody_else_before_the_close(venue: RunningVenue) -> None:
    floor = Floor(venue, bidding="once")
    first, second = floor.bidders
    given = first.place_bid(floor.listing_id, 1_234_56)
    bid_id = given.result["bid_id"]
    assert first.bid(bid_id).price == 1_234_56
    refusal(lambda: first.amend_bid(bid_id, 1_300_00), "BID-IRREVOCABLE", 409)
    refusal(lambda: second.bid(bid_id), "UNKNOWN-ID", 404)
    for reader in (floor.seller, venue.operator):
        assert reader.bid(bid_id).price is None
    for reader in (floor.seller, first, second, venue.operator, venue.public):
        book = reader.book(floor.listing_id)
        assert (book.count, book.lines) == (1, None)
    refusal(lambda: second.place_bid(floor.listing_id, 1), "BID-BELOW-PRICE", 409)
    for reader in (floor.seller, second, venue.operator):
        told = [event for event in reader.events() if event.entry == given.entry]
        assert not any(
            says(event.model_dump_json(), price) for event in told for price in ("123456", "1234.56")
        )
    assert "一次报价，截止前不公开" in floor.page("zh")
    assert "One price each, unseen until the close" in floor.page("en")
    floor.jump_to(floor.shown.closes_ms)
    floor.wait_for("state", "AWARDED")
    assert venue.operator.bid(bid_id).price == floor.seller.bid(bid_id).price == 1_234_56
    shown = next(event for event in venue.operator.events() if event.entry == given.entry).model_dump_json()
    assert says(shown, "123456") or says(shown, "1234.56")


def test_rounds_rise_are_shown_and_end_by_themselves(venue: RunningVenue) -> None:
    floor = Floor(venue, bidding="rising", round_ms=ROUND_MS, step=STEP)
    first, second = floor.bidders
    assert (floor.shown.terms.bidding, floor.shown.terms.round_ms, floor.shown.round) == (
        "rising",
        ROUND_MS,
        1,
    )
    stands = first.place_bid(floor.listing_id, PRICE).result["bid_id"]
    refusal(lambda: first.amend_bid(stands, PRICE + STEP), "BID-STANDS", 409)
    problem = refusal(lambda: second.place_bid(floor.listing_id, PRICE), "BID-BELOW-PRICE", 409)
    assert problem.facts["least"] == PRICE + STEP
    ended_ms = floor.shown.closes_ms
    floor.jump_to(ended_ms)
    floor.wait_for("round", 2)
    assert ended_ms + ROUND_MS <= floor.shown.closes_ms <= floor.venue.public.time_ms() + ROUND_MS
    lines = second.book(floor.listing_id).lines
    assert lines is not None
    assert [line.price for line in lines] == [PRICE]
    assert "多轮递增报价" in floor.page("zh")
    assert "Rising rounds" in floor.page("en")
    second.place_bid(floor.listing_id, PRICE + STEP)
    first.amend_bid(stands, PRICE + 2 * STEP)
    for number in (3, None):
        floor.jump_to(floor.shown.closes_ms)
        floor.wait_for(*(("round", number) if number else ("state", "AWARDED")))
    (deal,) = [each for each in floor.seller.deals() if each.listing_id == floor.listing_id]
    own = first.deal(deal.id)
    assert isinstance(own, OwnDealView)
    assert own.price == PRICE + 2 * STEP


def test_a_way_of_bidding_is_chosen_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    seller = venue.party("seller")
    terminal, now = company_terminal(venue, tmp_path / "seller", seller), venue.public.time_ms()
    words = (
        *(
            "--right",
            venue.right(seller),
            "--mode",
            "competitive",
            "--price",
            "1000.00",
            "--deposit",
            "100.00",
        ),
        *("--registration-closes", str(now + DAY_MS), "--closes", str(now + 5 * DAY_MS)),
        *("--step", "50.00", "--bidding", "rising", "--round", "3600"),
    )
    listing_id = terminal.json("listing", "create", *words, *in_a_file(tmp_path))["result"]["listing_id"]
    terms = terminal.json("listing", "show", listing_id)["terms"]
    assert (terms["bidding"], terms["round_ms"]) == ("rising", ROUND_MS)
