"""First refusals at the front door: found, noticed, seen by whom they concern, waived and exercised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.calls.first_refusals import completer_of
from api.cli.app import REFUSED
from api.client import Client, VenueProblem
from exchange import commands as c
from exchange.sealed import commitment
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue, digest
from tests.api.test_command_line import company_terminal, operator_terminal
from tests.undertakings import offered

PRICE = 1_000_00
NAME = "张示例"


class Sale:
    """An awarded assignment of a service result with two completers, of whom one acts by a party."""

    def __init__(self, venue: RunningVenue) -> None:
        self.venue = venue
        self.seller, self.buyer, self.completer = (venue.party(role) for role in ("seller", "buyer", "buyer"))
        for client in (self.buyer, self.completer):
            venue.money(client, PRICE)
        self.right_id = venue.right(self.seller)
        found = [completer_of(NAME, self.completer.party_id), completer_of("李示例")]
        self.found = [each for each, _ in found]
        evidence = {"completers": [opening for _, opening in found]}
        self.entry = venue.operator.record_completers(
            self.right_id, evidence, "undertaking read", service_invention=True, completers=self.found
        ).entry
        self.listing_id = venue.listing(self.seller, self.right_id, deal_kind="assignment", price=PRICE)
        self.deal_id = self.buyer.accept_price(self.listing_id, PRICE).result["deal_id"]


def sign(client: Client, deal_id: str) -> Any:
    return client.sign_deal(deal_id, price=PRICE)


def test_a_first_refusal_goes_from_the_finding_to_the_new_deal(venue: RunningVenue) -> None:
    sale = Sale(venue)
    seller, buyer, completer = sale.seller, sale.buyer, sale.completer
    refusal(lambda: sign(seller, sale.deal_id), "CN-CIVIL-CODE-847", 409)
    refusal(lambda: completer.first_refusal(sale.deal_id), "UNKNOWN-ID", 404)
    assert list(completer.first_refusals()) == []
    given = seller.give_refusal_notice(sale.deal_id, digest("notice"), "通知")
    assert given.result["state"] == "ROFR_PENDING"
    (view,) = list(completer.first_refusals())
    assert (view.deal_id, view.price, view.to_hold, view.entitled, view.waived) == (
        sale.deal_id,
        PRICE,
        PRICE,
        2,
        0,
    )
    assert view.until_ms is not None
    assert view == completer.first_refusal(sale.deal_id)
    assert seller.first_refusal(sale.deal_id) == buyer.first_refusal(sale.deal_id)
    refusal(lambda: sign(buyer, sale.deal_id), "WRONG-STATE", 409)
    refusal(lambda: completer.exercise_refusal(sale.deal_id, PRICE - 1), "UNEQUAL-TERMS", 409)
    refusal(lambda: buyer.exercise_refusal(sale.deal_id, PRICE), "NOT-PERMITTED", 403)
    new = completer.exercise_refusal(sale.deal_id, PRICE).result["deal_id"]
    assert buyer.own_deal(sale.deal_id).state == "REASSIGNED"
    assert completer.own_deal(new).reassigned_from == sale.deal_id
    assert "buyer" not in buyer.deal(new).model_dump(), "who took it the first buyer is not told"
    held = {row.purpose: row.balance for row in buyer.accounts()}
    assert (held["available"], held.get("deposit", 0)) == (PRICE, 0)
    assert list(completer.first_refusals()) == []
    for client in (seller, completer):
        state = sign(client, new).result["state"]
    assert state == "SIGNED"


def test_a_stranger_sees_nothing_of_it_and_names_are_sealed(venue: RunningVenue) -> None:
    sale = Sale(venue)
    notice = sale.seller.give_refusal_notice(sale.deal_id, digest("notice"), {"to": NAME})
    stranger = venue.party("buyer")
    refusal(lambda: stranger.first_refusal(sale.deal_id), "UNKNOWN-ID", 404)
    assert list(stranger.first_refusals()) == []
    with pytest.raises(VenueProblem):
        stranger.transport.get(f"/v1/rights/{sale.right_id}/completers")
    for number in (sale.entry, notice.entry):
        assert NAME not in str(venue.public.entry(number).public)
    known = venue.operator.completers(sale.right_id)
    assert (known.service_invention, [each.party_id for each in known.completers]) == (
        True,
        [sale.completer.party_id, None],
    )
    assert NAME not in str(known)
    (pending,) = [each for each in venue.operator.first_refusals() if each.deal_id == sale.deal_id]
    assert pending.entitled == 2


def test_the_commitment_to_a_completer_opens_with_its_evidence() -> None:
    made, opening = completer_of(NAME)
    salt = bytes.fromhex(opening["salt"])
    assert commitment("completer", salt, opening["name"]).hex() == made.commitment


def test_it_is_noticed_waived_and_lodged_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    sale = Sale(venue)
    at_seller = company_terminal(venue, tmp_path / "seller", sale.seller)
    at_completer = company_terminal(venue, tmp_path / "completer", sale.completer)
    at_operator = operator_terminal(venue, tmp_path)
    paper = tmp_path / "paper.txt"
    paper.write_text("通知")
    noticed = at_seller.json("first-refusal", "notice", sale.deal_id, "--document", str(paper))
    assert noticed["result"]["state"] == "ROFR_PENDING"
    assert [row["deal_id"] for row in at_completer.json("first-refusal", "list")] == [sale.deal_id]
    assert at_completer.json("first-refusal", "show", sale.deal_id)["price"] == "1000.00"
    assert "UNEQUAL-TERMS" in at_completer.run(
        "first-refusal", "exercise", sale.deal_id, "1.00", code=REFUSED
    )
    waived = at_completer.json("first-refusal", "waive", sale.deal_id)
    assert waived["result"]["state"] == "ROFR_PENDING", "the other has not"
    lodged = at_operator.json(
        "document", "record", "first_refusal_waiver", sale.listing_id, str(paper), "--reason", "seen"
    )
    assert lodged["status"] == "accepted"
    assert sale.buyer.deal(sale.deal_id).state == "AWARDED"


def test_the_venue_finds_from_the_terminal_what_was_not_made_in_service(
    venue: RunningVenue, tmp_path: Path
) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller)
    paper = tmp_path / "paper.txt"
    paper.write_text("承诺书")
    at_operator = operator_terminal(venue, tmp_path)
    words = ("first-refusal", "completers", right_id, "--evidence", str(paper), "--reason", "read")
    found = at_operator.json(
        *words, "--service", "--completer", NAME, "--completer", "李示例=" + seller.party_id
    )
    assert found["result"]["completers"] == "2"
    assert venue.operator.completers(right_id).completers[1].party_id == seller.party_id
    assert at_operator.json(*words, "--no-service")["result"]["completers"] == "0"
    assert venue.operator.completers(right_id).service_invention is False


def test_a_co_owner_says_at_the_front_door_that_it_keeps_its_first_refusal(venue: RunningVenue) -> None:
    seller, other = venue.party("seller"), venue.party("seller")
    right_id = venue.right(seller)
    numbers = [client.own_party().company_number for client in (seller, other)]
    holders = tuple(c.Holder(company_number=str(number), share=5_000) for number in numbers)
    venue.copy(right_id, seller, holders=holders, status="application", expiry_date=None)
    now = venue.public.time_ms()
    command = c.SubmitListing(
        right_id=right_id, mode="posted", deal_kind="assignment", currency="CNY", closes_ms=now + 10**9
    )
    given = seller.submit_listing(command, offered(price=PRICE, territory=("US",)))
    listing_id = given.result["listing_id"]
    other.consent_as_co_owner(listing_id, keeps_refusal=True)
    venue.operator.approve_listing(listing_id, "papers seen")
    buyer = venue.party("buyer")
    venue.money(buyer, PRICE)
    venue.money(other, PRICE)
    deal_id = buyer.accept_price(listing_id, PRICE).result["deal_id"]
    refusal(lambda: sign(buyer, deal_id), "CN-CIVIL-CODE-860", 409)
    seller.give_refusal_notice(deal_id, digest("notice"))
    assert [each.deal_id for each in other.first_refusals()] == [deal_id]
    assert other.waive_refusal(deal_id).result["state"] == "AWARDED"
