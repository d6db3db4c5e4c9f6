"""Pages of sealed bids and tenders: what is published shows, and what is sealed does not."""

from __future__ import annotations

from typing import Any

import httpx

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.browser.shown_market import Market

SEALED: dict[str, Any] = {
    "price": 10_000_00,
    "deposit": 1_000_00,
    "deal_kind": "assignment",
    "reveal_ms": MS_PER_DAY,
}


def test_a_tender_shows_by_what_it_is_scored(reader: httpx.Client, market: Market) -> None:
    venue = market.venue
    seller = venue.party("seller")
    criteria = (c.Criterion(code="price", weight=6_050), c.Criterion(code="track_record", weight=3_950))
    listing = venue.listing(seller, venue.right(seller), mode="tender", criteria=criteria, **SEALED)
    page = reader.get(f"/listings/{listing}").text
    assert "price 60.50%, track record 39.50%" in page
    assert "报价 60.50%、业绩 39.50%" in reader.get(f"/listings/{listing}", params={"lang": "zh"}).text


def test_sealed_bids_are_counted_and_say_nothing(reader: httpx.Client, market: Market) -> None:
    venue = market.venue
    seller = venue.party("seller")
    listing = venue.listing(seller, venue.right(seller), mode="sealed", **SEALED)
    bidder = venue.bidder(listing)
    bidder.seal_bid(bidder.draw_up_bid(listing, 12_345_67))
    page = reader.get(f"/listings/{listing}", params={"lang": "en"}).text
    assert "no price is shown before all are opened" in page
    assert "No bid stands" not in page
    assert "12,345.67" not in page
