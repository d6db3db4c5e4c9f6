"""Signed orders: a fill of two needs no further signature, and nobody is bound to what it did not sign."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_SECOND
from exchange.deals.award import SIGNATURE_LIFE_MS
from exchange.events import DealSigned, OrderSigned
from exchange.identifiers import chain_key
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import SignedOrder
from exchange.sealed import commitment
from exchange.terms.order_terms import ORDER_TERMS_LABEL, order_terms_salt, order_terms_value
from ledger.outbox_records import outbox_records
from tests.exchange import ordering
from tests.exchange.outcomes import code
from tests.exchange.scene import SERVICE, digest
from tests.exchange.test_continuous import Floor

PRICE = 1_000_00


@pytest.fixture
def floor() -> Floor:
    return Floor()


def placed(floor: Floor, party: str, limit: int | None, quantity: int = 1, **fields: Any) -> Any:
    side = "sell" if party == floor.seller else "buy"
    return ordering.place(floor, party, floor.listing_id, side, limit, quantity, **fields)


def traded(floor: Floor, quantity: int = 2) -> Any:
    """A deal of two signed orders."""
    placed(floor, floor.seller, PRICE, 5)
    assert placed(floor, floor.buyer, PRICE + 50, quantity).refusal is None
    return floor.state.deals[f"D-{len(floor.state.deals)}"]


def test_a_fill_of_two_signed_orders_is_signed_at_once_by_their_signatures(floor: Floor) -> None:
    deal = traded(floor)
    assert (deal.state, deal.price, deal.quantity) == ("SIGNED", 2 * PRICE, 2)
    ask, bid = deal.orders
    assert (deal.seller_signature, deal.buyer_signature) == (ask.signature, bid.signature)
    assert f"sign_by:{deal.id}" not in floor.state.deadlines
    signed = [each for each in floor.outcomes[-1].events if isinstance(each, DealSigned)]
    assert [(each.party_id, each.complete) for each in signed] == [
        (floor.seller, False),
        (floor.buyer, True),
    ]


def test_a_signed_fill_takes_effect_when_it_is_final_and_paid_and_not_before(floor: Floor) -> None:
    deal = traded(floor)
    floor.fund(deal.id)
    assert deal.state == "SIGNED"
    floor.chain(deal.id)
    assert deal.state == "WITNESSED"
    floor.fund(deal.id)
    assert deal.state == "EFFECTIVE"
    assert deal.licence_id in floor.state.licences


def test_neither_side_gets_out_of_a_signed_fill(floor: Floor) -> None:
    deal = traded(floor)
    for party in (floor.seller, floor.buyer):
        assert code(floor.cancel(deal.id, party)) == "WRONG-STATE"
        assert code(floor.signature(deal.id, party)) == "WRONG-STATE"
    floor.wait(30 * MS_PER_DAY)
    assert deal.state == "SIGNED", "no clock for signing runs"


@pytest.mark.parametrize("unsigned", ["seller", "buyer"])
def test_a_fill_of_an_order_that_is_not_signed_is_signed_by_both(floor: Floor, unsigned: str) -> None:
    if unsigned == "seller":
        floor.rests(floor.seller, PRICE, 5)
        placed(floor, floor.buyer, PRICE, 2)
    else:
        placed(floor, floor.seller, PRICE, 5)
        floor.order(floor.buyer, PRICE, 2)
    (deal,) = floor.state.deals.values()
    assert (deal.state, deal.orders, deal.seller_signature) == ("AWARDED", UNSET, "")
    floor.sign(deal.id)
    assert deal.state == "WITNESSED"


def test_every_fill_of_a_call_and_of_an_amendment_is_signed_too() -> None:
    floor = Floor(trading=False)
    placed(floor, floor.seller, PRICE, 2)
    placed(floor, floor.buyer, PRICE, 1)
    resting = placed(floor, floor.other, PRICE - 100, 1).result["order_id"]
    floor.wait(3_600_000)
    assert [deal.state for deal in floor.state.deals.values()] == ["SIGNED"]
    assert ordering.amend(floor, resting, PRICE, 1).refusal is None
    assert [deal.state for deal in floor.state.deals.values()] == ["SIGNED", "SIGNED"]


def test_an_order_says_what_its_party_signed_and_goes_on_under_one_salt(floor: Floor) -> None:
    until = floor.now + 5 * MS_PER_DAY
    outcome = placed(floor, floor.buyer, PRICE, 3, time_in_force="good_till_date", expires_ms=until)
    order = floor.state.orders[outcome.result["order_id"]]
    event = next(each for each in outcome.events if isinstance(each, OrderSigned))
    kept = {name: getattr(event, name) for name in SignedOrder.__struct_fields__}
    assert msgspec.convert(kept, SignedOrder) == order.signed
    assert order.signed.expires_at_s == (until + SIGNATURE_LIFE_MS) // MS_PER_SECOND
    assert (order.signed.limit, order.signed.quantity, order.signed.counter) == (PRICE, 3, 0)
    before = order.signed.salt
    assert ordering.amend(floor, order.id, PRICE - 10, 7).refusal is None
    assert (order.signed.salt, order.signed.limit, order.signed.quantity) == (before, PRICE - 10, 7)


def test_all_orders_of_a_listing_are_on_the_same_terms_and_those_open_their_commitment(floor: Floor) -> None:
    deal = traded(floor)
    ask, bid = deal.orders
    assert ask.terms_commitment == bid.terms_commitment != deal.terms_commitment
    seller = floor.state.parties[floor.seller]
    value = order_terms_value(floor.row, seller)
    opened = commitment(ORDER_TERMS_LABEL, order_terms_salt(floor.row), value)
    assert opened.hex() == ask.terms_commitment == deal.recorded_terms
    assert value["listing_id"] == floor.listing_id
    assert "price" not in value


@pytest.mark.parametrize(("side", "limit"), [("buy", LARGEST_AMOUNT), ("sell", 0)])
def test_a_market_order_is_signed_with_the_widest_limit(floor: Floor, side: str, limit: int) -> None:
    other = floor.seller if side == "buy" else floor.buyer
    party = floor.buyer if side == "buy" else floor.seller
    placed(floor, other, PRICE, 1)
    assert placed(floor, party, None, 1).refusal is None
    (deal,) = floor.state.deals.values()
    assert deal.orders[side == "buy"].limit == limit
    assert deal.state == "SIGNED"


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"order_digest": UNSET}, "MALFORMED"),
        ({"order_signature": UNSET}, "MALFORMED"),
        ({"order_signature": "0x12"}, "MALFORMED"),
        ({"order_salt": UNSET}, "MALFORMED"),
        ({"order_salt": "12"}, "MALFORMED"),
        ({"order_salt": digest("another salt")}, "WRONG-STATE"),
        ({"order_digest": digest("something else")}, "WRONG-STATE"),
        ({"limit": PRICE + 1}, "WRONG-STATE"),
        ({"quantity": 3}, "WRONG-STATE"),
    ],
)
def test_an_order_is_not_taken_with_a_signature_over_something_else(
    floor: Floor, changed: dict[str, Any], refused: str
) -> None:
    salt = digest(f"order salt {floor.now}")
    terms = ordering.signed_terms(floor, floor.buyer, floor.listing_id, "buy", PRICE, 2, salt)
    outcome = placed(floor, floor.buyer, PRICE, 2, terms=msgspec.structs.replace(terms, **changed))
    assert code(outcome) == refused
    assert not floor.state.orders


def test_an_order_is_signed_from_its_beginning_to_its_end_or_not_at_all(floor: Floor) -> None:
    signed = placed(floor, floor.buyer, PRICE, 2).result["order_id"]
    bare = floor.rests(floor.other, PRICE, 2)
    assert code(floor.amend(signed, PRICE + 1, 2)) == "MALFORMED"
    assert code(ordering.amend(floor, bare, PRICE + 1, 2)) == "MALFORMED"
    assert ordering.amend(floor, signed, PRICE + 1, 2).refusal is None
    assert floor.amend(bare, PRICE + 1, 2).refusal is None


def advance(floor: Floor, party: str) -> None:
    key = floor.keys[party]
    counter = floor.state.keys[key].counter + 1
    command = c.AdvanceCounter(
        key=key,
        counter=counter,
        deadline_s=floor.now // 1000 + 60 * 86_400,
        party_commitment=floor.commitment(key),
        key_signature="0x" + "55" * 65,
    )
    assert floor.by(party, command).refusal is None


def test_an_order_under_a_counter_that_has_advanced_fills_as_if_it_were_unsigned(floor: Floor) -> None:
    resting = placed(floor, floor.seller, PRICE, 5).result["order_id"]
    advance(floor, floor.seller)
    placed(floor, floor.buyer, PRICE, 1)
    (deal,) = floor.state.deals.values()
    assert (deal.state, deal.orders) == ("AWARDED", UNSET)
    assert ordering.amend(floor, resting, PRICE + 1, 5).refusal is None
    placed(floor, floor.buyer, PRICE + 1, 1)
    assert floor.state.deals["D-2"].state == "SIGNED", "signed anew, under the counter of today"


def test_a_key_that_the_chain_refused_signs_no_order(floor: Floor) -> None:
    key = floor.keys[floor.buyer]
    report = c.ReportChainRecord(
        record="key", subject_id=key, outcome="refused", transaction="", block=1, error="KeyTaken"
    )
    assert floor.give(report, signer=SERVICE).refusal is None
    assert code(placed(floor, floor.buyer, PRICE, 1)) == "KEY-NOT-ENROLLED"


def test_what_bars_the_signing_of_a_deal_leaves_its_fill_to_both_parties(floor: Floor) -> None:
    placed(floor, floor.seller, PRICE, 5)
    pledge = c.Pledge(company_number=floor.numbers[floor.other], amount=1, currency="HKD")
    assert floor.copy(floor.right_id, floor.seller, pledges=(pledge,)).refusal is None
    outcome = placed(floor, floor.buyer, PRICE, 1)
    assert outcome.refusal is None
    (deal,) = floor.state.deals.values()
    assert (deal.state, deal.orders) == ("AWARDED", UNSET)


def test_a_fill_that_the_chain_refuses_is_signed_by_both_on_the_deals_own_contract(floor: Floor) -> None:
    deal = traded(floor)
    floor.service(
        c.ReportChainRecord(
            record="deal",
            subject_id=deal.id,
            outcome="refused",
            transaction="0x" + "77" * 32,
            block=7,
            error="CounterDiffers",
        )
    )
    assert (deal.state, deal.orders, deal.buyer_signature) == ("CHAIN_REFUSED", UNSET, "")
    assert deal.recorded_terms == deal.terms_commitment
    floor.sign(deal.id)
    assert deal.state == "WITNESSED"


def test_the_chain_is_told_of_the_fill_and_of_both_orders_and_of_no_deal_beside_it(floor: Floor) -> None:
    deal = traded(floor)
    records = outbox_records(7, floor.outcomes[-1], floor.state)
    (fill,) = [record.payload for record in records if record.kind == "deal"]
    ask, bid = deal.orders
    assert (fill["record"], fill["price"], fill["quantity"]) == ("fill", PRICE, 2)
    assert (fill["ask_limit"], fill["ask_quantity"], fill["bid_limit"]) == (PRICE, 5, PRICE + 50)
    assert fill["terms"] == "0x" + ask.terms_commitment
    assert (fill["seller"], fill["buyer"]) == (ask.key, bid.key)
    assert fill["right_id"] == "0x" + chain_key("right", floor.right_id).hex()
    assert fill["register"] == floor.state.venue.register
    assert (fill["ask_salt"], fill["bid_salt"]) == ("0x" + ask.salt, "0x" + bid.salt)
