"""The deal that gives a right back: drawn up when an outcome orders it, and then a deal like any other."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import steps
from exchange.terms import contract as contracts
from exchange.terms.text import texts
from tests.exchange import encumbering, refusing
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_state_tables import DEAL_TABLES, deal_in

STATES = [
    (kind, state)
    for kind, table in DEAL_TABLES.items()
    for state, event in sorted(table)
    if event == "dispute"
]


def given_back(price: int = 900_00) -> tuple[Scene, Any, Any]:
    scene, deal = deal_in("SETTLED", "assignment")
    encumbering.dispute(scene, deal.id, deal.seller)
    outcome = encumbering.give_back(scene, deal.id, price)
    return scene, deal, scene.state.deals[outcome.result["deal_id"]]


@pytest.mark.parametrize(("kind", "state"), STATES)
def test_a_right_is_given_back_where_it_has_passed_and_nowhere_else(kind: str, state: str) -> None:
    scene, deal = deal_in(state, kind)
    encumbering.dispute(scene, deal.id, "venue")
    hash_before = scene.state.state_hash()
    refused = code(encumbering.give_back(scene, deal.id))
    passed = deal.deal_kind == "assignment" and state in steps.PASSED
    assert refused == ("" if passed else "DISPUTE-OUTCOME")
    assert (scene.state.state_hash() == hash_before) == (not passed)
    assert deal.state == (state if passed else "DISPUTED")
    scene.replay()


def test_the_drawn_up_deal_goes_from_signature_to_the_register_and_the_right_is_the_sellers_again() -> None:
    scene, deal, reverse = given_back()
    assert (reverse.seller, reverse.buyer, reverse.reverses) == (deal.buyer, deal.seller, deal.id)
    assert (reverse.price, reverse.state, reverse.right_id) == (900_00, "AWARDED", deal.right_id)
    dispute = scene.state.disputes["DIS-1"]
    assert (dispute.state, dispute.reverse_deal, deal.state) == ("REVERSED", reverse.id, "SETTLED")
    scene.sign(reverse.id)
    scene.fund(reverse.id)
    scene.register(reverse.id)
    scene.pay_all(reverse.id)
    right = scene.state.rights[deal.right_id]
    assert [each.company_number for each in right.holder_of_record] == [scene.numbers[deal.seller]]
    assert (reverse.state, reverse.fee, scene.state.listings[reverse.listing_id].state) == (
        "SETTLED",
        0,
        "SOLD",
    )
    scene.replay()


def test_a_right_given_back_for_nothing_needs_no_money() -> None:
    scene, deal, reverse = given_back(0)
    scene.sign(reverse.id)
    assert scene.by(deal.seller, c.FundDeal(deal_id=reverse.id, statement_line="")).refusal is None
    scene.register(reverse.id)
    assert (reverse.state, reverse.payments) == ("SETTLED", ())
    scene.replay()


def test_no_first_refusal_and_no_affiliation_keeps_a_right_from_being_given_back() -> None:
    scene, deal, reverse = given_back()
    assert code(refusing.found(scene, deal.right_id, scene.party())) == ""
    scene.operator(c.RecordAffiliation(party_id=deal.seller, affiliate_id=deal.buyer))
    assert (reverse.seller_signature, reverse.buyer_signature) == ("", "")
    scene.sign(reverse.id)
    assert reverse.seller_signature
    assert reverse.buyer_signature
    scene.replay()


def test_while_the_right_is_on_its_way_back_its_buyer_lists_it_nowhere_and_pledges_it_not() -> None:
    scene, deal = deal_in("SETTLED", "assignment")
    scene.wait(12 * MS_PER_DAY)  # five trading days before the buyer may sell it again
    encumbering.dispute(scene, deal.id, deal.seller)
    reverse = encumbering.give_back(scene, deal.id).result["deal_id"]
    assert code(scene.submit(deal.buyer, deal.right_id)) == "LISTING-EXISTS"
    scene.sign(reverse)
    assert (
        code(encumbering.draw_up(scene, deal.buyer, scene.party("pledgee"), deal.right_id))
        == "LISTING-EXISTS"
    )


def test_the_contract_says_in_every_language_which_right_is_given_back() -> None:
    scene, deal, reverse = given_back()
    seller, buyer = scene.state.parties[reverse.seller], scene.state.parties[reverse.buyer]
    for text in texts(contracts.of_deal(reverse, seller, buyer, simulated=True)).values():
        assert f" {deal.id}" in text
    for text in texts(contracts.of_deal(deal, buyer, seller, simulated=True)).values():
        assert "Ground:" not in text


def test_a_drawn_up_deal_that_nobody_signs_falls_through_and_another_dispute_orders_another() -> None:
    scene, deal, reverse = given_back()
    scene.wait(30 * MS_PER_DAY)
    assert reverse.state == "REFUNDED"
    assert scene.state.listings[reverse.listing_id].state == "LAPSED"
    encumbering.dispute(scene, deal.id, deal.seller)
    assert encumbering.give_back(scene, deal.id).refusal is None
    scene.replay()


def test_a_pledgee_consents_to_the_deal_that_gives_the_right_back() -> None:
    scene, deal = deal_in("SETTLED", "assignment")
    bank = scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=100_00, currency=deal.currency)
    scene.copy(deal.right_id, deal.buyer, pledges=(pledge,))
    encumbering.dispute(scene, deal.id)
    reverse = scene.state.deals[encumbering.give_back(scene, deal.id).result["deal_id"]]
    assert code(scene.signature(reverse.id, reverse.seller)) == "CN-CIVIL-CODE-444"
    assert not scene.by(bank, c.ConsentToDeal(listing_id=reverse.listing_id)).refusal
    scene.sign(reverse.id)
    assert reverse.state == "EFFECTIVE"


@pytest.mark.parametrize(
    ("fields", "price", "expected"),
    [
        ({"dispute_id": "DIS-9"}, 1, "UNKNOWN-ID"),
        ({"document_digest": "no"}, 1, "MALFORMED"),
        ({}, -1, "MALFORMED"),
        ({}, 2**60, "MALFORMED"),
    ],
)
def test_what_an_order_may_not_say(fields: dict[str, str], price: int, expected: str) -> None:
    scene, deal = deal_in("SETTLED", "assignment")
    encumbering.dispute(scene, deal.id)
    assert code(encumbering.give_back(scene, deal.id, price, **fields)) == expected
    assert deal.state == "DISPUTED"


def test_a_right_that_its_buyer_has_no_more_is_not_given_back_by_it() -> None:
    scene, deal = deal_in("SETTLED", "assignment")
    other = scene.party()
    encumbering.dispute(scene, deal.id)
    scene.copy(deal.right_id, other)
    assert code(encumbering.give_back(scene, deal.id)) == "CN-LICENCE-RECORDAL-12-2"
    scene.copy(deal.right_id, deal.buyer, status="lapsed")
    assert code(encumbering.give_back(scene, deal.id)) == "CN-PATENT-LAW-44"
    encumbering.outcome(scene, deal.id)
    assert code(encumbering.give_back(scene, deal.id)) == "WRONG-STATE"
    assert digest("award") == scene.state.disputes["DIS-1"].outcome_digest


def test_a_deal_that_is_paid_out_yet_keeps_its_listing_when_the_one_that_undoes_it_falls_through() -> None:
    scene, deal = deal_in("REGISTERED", "assignment")
    encumbering.dispute(scene, deal.id)
    encumbering.give_back(scene, deal.id)
    right = scene.state.rights[deal.right_id]
    assert right.open_listing != deal.listing_id
    scene.wait(30 * MS_PER_DAY)
    assert right.open_listing == deal.listing_id
    scene.pay_all(deal.id)
    assert (deal.state, right.open_listing) == ("SETTLED", None)
    scene.replay()
