"""The buyer of an application that the office has refused rescinds at the front door, and from the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue
from tests.api.test_command_line import company_terminal
from tests.api.test_lots import witnessed

if TYPE_CHECKING:
    from pathlib import Path

    from api.client import Client

PRICE = 1_000_00
ART_23 = "CN-TECHNOLOGY-CONTRACTS-23"


def sold(venue: RunningVenue, buyer: Client) -> tuple[Client, str]:
    """The seller of an application, and its signed deal."""
    seller = venue.party("seller")
    right = venue.right(seller, status="application", expiry_date=None)
    listing_id = venue.listing(seller, right, price=PRICE, deal_kind="assignment")
    venue.money(buyer, PRICE)
    deal_id = buyer.accept_price(listing_id, PRICE).result["deal_id"]
    seller.sign_deal(deal_id, price=PRICE)
    buyer.sign_deal(deal_id, price=PRICE)
    witnessed(venue, deal_id)
    return seller, deal_id


def test_the_buyer_rescinds_once_the_register_says_refused_and_nobody_else_does(venue: RunningVenue) -> None:
    buyer = venue.party("buyer")
    seller, deal_id = sold(venue, buyer)
    refusal(lambda: buyer.rescind_deal(deal_id), ART_23, 409)
    right_id = venue.public.deal(deal_id).right_id
    venue.copy(right_id, seller, status="refused", expiry_date=None)
    assert venue.public.right(right_id).status == "refused"
    refusal(lambda: seller.rescind_deal(deal_id), "NOT-PERMITTED", 403)
    refusal(lambda: buyer.rescind_deal("D-999999"), "UNKNOWN-ID", 404)
    buyer.rescind_deal(deal_id)
    shown = buyer.own_deal(deal_id)
    assert (shown.state, shown.unwound_for) == ("REFUNDED", "application_refused")
    assert buyer.balance(buyer.party_id, "available", "CNY") == PRICE
    refusal(lambda: buyer.rescind_deal(deal_id), "WRONG-STATE", 409)


def test_it_rescinds_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    buyer = venue.party("buyer")
    seller, deal_id = sold(venue, buyer)
    venue.copy(venue.public.deal(deal_id).right_id, seller, status="refused", expiry_date=None)
    given = company_terminal(venue, tmp_path / "buyer", buyer).json("deal", "rescind", deal_id)
    assert given["result"]["state"] == "REFUNDED"
