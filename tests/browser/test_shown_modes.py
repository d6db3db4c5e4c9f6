"""What the page of a listing says of its mode, and of the deals that were made from it."""

from __future__ import annotations

import re

import httpx

from tests.api.running_venue import DAY_MS
from tests.browser.shown_market import Market

PRICE = 9_000_00


def test_a_falling_price_says_how_it_falls_and_speaks_of_no_bids(
    reader: httpx.Client, market: Market
) -> None:
    venue = market.venue
    seller = venue.party("seller")
    fields = {"mode": "dutch", "step": 100_00, "floor": 5_000_00, "interval_ms": 7 * DAY_MS}
    listing = venue.listing(seller, venue.right(seller), price=PRICE, max_acceptances=1, **fields)
    page = reader.get(f"/listings/{listing}", params={"lang": "en"}).text
    assert "by CNY 100.00 every 7 d" in page
    assert "there are no bids" in page
    assert "No bid stands" not in page
    assert "5,000.00" not in page, "nobody else sees the floor"
    assert "每 7 天递减 100.00 元" in reader.get(f"/listings/{listing}", params={"lang": "zh"}).text


def test_a_negotiation_shows_no_bids_but_says_who_sees_its_proposals(
    reader: httpx.Client, market: Market
) -> None:
    venue = market.venue
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing = venue.listing(seller, venue.right(seller), mode="negotiated", price=PRICE, max_acceptances=1)
    buyer.propose(listing, 7_654_00, venue.public.time_ms() + DAY_MS)
    page = reader.get(f"/listings/{listing}", params={"lang": "en"}).text
    assert "by their two sides and the operator alone" in page
    assert "7,654" not in page
    assert "No bid stands" not in page


def test_an_auction_names_its_step(reader: httpx.Client, market: Market) -> None:
    venue = market.venue
    seller = venue.party("seller")
    fields = {"mode": "english", "deal_kind": "assignment", "step": 321_00, "deposit": 100_00}
    listing = venue.listing(seller, venue.right(seller), price=PRICE, **fields)
    assert "CNY 321.00" in reader.get(f"/listings/{listing}", params={"lang": "en"}).text


def test_deals_of_a_listing_stand_newest_first_and_lead_to_their_right(
    reader: httpx.Client, market: Market
) -> None:
    venue = market.venue
    seller = venue.party("seller")
    right = venue.right(seller)
    listing = venue.listing(seller, right, price=PRICE)
    made = []
    for _ in range(4):
        buyer = venue.party("buyer")
        venue.money(buyer, PRICE)
        made.append(buyer.accept_price(listing, PRICE).result["deal_id"])
    venue.operator.unwind_deal(made[0], "mutual", "so that the first one changes last")
    page = reader.get(f"/listings/{listing}").text
    assert re.findall(r'href="/deals/(D-\d+)"', page) == made[::-1]
    assert f'href="/rights/{right}"' in reader.get(f"/deals/{made[0]}").text
