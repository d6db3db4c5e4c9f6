"""Negotiations at the front door: each side sees and answers what concerns it, and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.client import Client, VenueProblem
from api.listings.schemas import OwnListingView, OwnTermsView
from exchange.calendar import MS_PER_DAY
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue
from tests.api.test_command_line import company_terminal
from tests.whole_words import says

PRICE, DEPOSIT = 1_000_00, 100_00


def talks(venue: RunningVenue) -> tuple[Client, Client, str]:
    """A seller, a buyer with money, and a negotiated listing."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller), mode="negotiated", deposit=DEPOSIT)
    venue.money(buyer, 2 * PRICE)
    return seller, buyer, listing_id


def own_terms(seller: Client, listing_id: str) -> OwnTermsView:
    """What the seller sees of its own terms."""
    view = seller.listing(listing_id)
    assert isinstance(view, OwnListingView)
    return view.terms


def until(client: Client) -> int:
    return client.time_ms() + MS_PER_DAY


def test_offer_counter_offer_and_acceptance_end_in_a_deal(venue: RunningVenue) -> None:
    seller, buyer, listing_id = talks(venue)
    first = buyer.propose(listing_id, 800_00, until(buyer)).result["proposal_id"]
    assert [(view.id, view.made_by, view.price) for view in seller.proposals(listing_id)] == [
        (first, "buyer", 800_00)
    ]
    second = seller.propose(listing_id, 950_00, until(seller), buyer=buyer.party_id).result["proposal_id"]
    assert buyer.proposal(first).state == "COUNTERED"
    given = buyer.accept_proposal(second)
    deal = buyer.own_deal(given.result["deal_id"])
    assert (deal.price, deal.state, deal.buyer) == (950_00, "AWARDED", buyer.party_id)
    seller.sign_deal(deal.id, price=950_00)
    assert buyer.sign_deal(deal.id, price=950_00).result["state"] == "SIGNED"


def test_only_the_two_sides_and_the_venue_see_a_proposal(venue: RunningVenue) -> None:
    seller, buyer, listing_id = talks(venue)
    proposal_id = buyer.propose(listing_id, 800_00, until(buyer)).result["proposal_id"]
    rival = venue.party("buyer")
    assert list(rival.proposals(listing_id)) == []
    refusal(lambda: rival.proposal(proposal_id), "UNKNOWN-ID", 404)
    refusal(lambda: rival.accept_proposal(proposal_id), "NOT-PERMITTED", 403)
    assert [view.id for view in venue.operator.proposals(listing_id)] == [proposal_id]
    assert seller.proposal(proposal_id).price == 800_00
    with pytest.raises(VenueProblem) as problem:
        list(venue.public.proposals(listing_id))
    assert problem.value.status == 401
    shown = str(venue.public.listing(listing_id))
    assert not any(says(shown, price) for price in ("80000", "800.00", "800"))


def test_a_proposal_stands_and_its_refusal_gives_the_deposit_back(venue: RunningVenue) -> None:
    seller, buyer, listing_id = talks(venue)
    given = buyer.propose(listing_id, 800_00, until(buyer))
    problem = refusal(lambda: buyer.propose(listing_id, 900_00, until(buyer)), "PROPOSAL-STANDS", 409)
    assert given.result["proposal_id"] in str(problem.document), "the one in the way is named"
    listing = buyer.listing(listing_id)
    assert (listing.own_standing, listing.bidder_count) == ("NEGOTIATING", 1)
    held = {account.purpose: account.balance for account in buyer.accounts()}
    assert held["deposit"] == DEPOSIT
    assert seller.refuse_proposal(given.result["proposal_id"]).result["state"] == "REFUSED"
    held = {account.purpose: account.balance for account in buyer.accounts()}
    assert held["deposit"] == 0


def test_a_dutch_auction_shows_its_price_and_keeps_its_floor_to_its_seller(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    fields: dict[str, Any] = {"step": 100_00, "floor": 700_00, "interval_ms": 3_600_000}
    listing_id = venue.listing(seller, venue.right(seller), mode="dutch", price=PRICE, **fields)
    shown = venue.public.listing(listing_id)
    assert (shown.current_price, shown.terms.interval_ms) == (PRICE, 3_600_000)
    assert not hasattr(shown.terms, "floor")
    assert own_terms(seller, listing_id).floor == 700_00
    venue.money(buyer, PRICE)
    refusal(lambda: buyer.accept_price(listing_id, PRICE - 1), "PRICE-CHANGED", 409)
    assert buyer.accept_price(listing_id, 2 * PRICE).result["state"] == "AWARDED"


def test_an_english_auction_keeps_its_reserve_to_its_seller(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    fields: dict[str, Any] = {"step": 100_00, "reserve": 1_500_00, "deal_kind": "assignment"}
    listing_id = venue.listing(seller, venue.right(seller), mode="english", price=PRICE, **fields)
    bidder = venue.bidder(listing_id)
    assert not hasattr(bidder.listing(listing_id).terms, "reserve")
    assert own_terms(seller, listing_id).reserve == 1_500_00
    refusal(lambda: bidder.place_bid(listing_id, PRICE), "WRONG-STATE", 409)


def test_what_other_modes_have_is_null_or_absent(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    listing_id = venue.listing(seller, venue.right(seller))
    shown = venue.public.listing(listing_id)
    assert (shown.current_price, shown.terms.interval_ms) == (None, None)
    own = own_terms(seller, listing_id)
    assert (own.reserve, own.floor) == (None, None)


def test_a_seller_takes_its_listing_off_to_offer_other_terms(venue: RunningVenue, tmp_path: Path) -> None:
    """What is negotiated is the price: for another field of use the right is listed anew."""
    seller, buyer, listing_id = talks(venue)
    terminal = company_terminal(venue, tmp_path / "seller", seller)
    first = buyer.propose(listing_id, 800_00, until(buyer)).result["proposal_id"]
    answer = seller.propose(listing_id, 950_00, until(seller), buyer=buyer.party_id).result["proposal_id"]
    assert "PROPOSAL-STANDS" in terminal.run("listing", "withdraw", listing_id, code=1)
    buyer.refuse_proposal(answer)
    assert terminal.json("listing", "withdraw", listing_id)["result"]["state"] == "WITHDRAWN"
    assert buyer.proposal(first).state == "COUNTERED"
    right_id = seller.listing(listing_id).right_id
    again = venue.listing(seller, right_id, mode="negotiated", deposit=DEPOSIT, field_of_use="H01")
    assert buyer.propose(again, 800_00, until(buyer)).result["state"] == "LIVE"
