"""What was accepted under a standing offer holds, whatever its seller, the register or the calendar does afterwards."""

from __future__ import annotations

import pytest

from exchange.calendar import MS_PER_DAY
from exchange.key_checks import SHORTEST_LIFE_MS
from ledger.outbox_records import outbox_records
from tests.exchange.scene import START_MS
from tests.exchange.test_keys import advance, refusal, rotate
from tests.exchange.test_offers import PRICE, Shop


def test_a_seller_does_not_come_free_of_an_acceptance_by_ending_its_offer_and_cancelling_the_deal() -> None:
    shop = Shop()
    _, deal = shop.accepted()
    advance(shop.scene, shop.seller, 1)
    assert shop.offer.left == (deal,)
    assert refusal(shop.scene.cancel(deal, shop.seller)) == "WRONG-STATE"
    assert refusal(shop.scene.told("deal_cancelled", deal)) == "WRONG-STATE"


def test_a_seller_does_not_come_free_of_an_acceptance_by_waiting_once_its_buyer_has_signed() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    rotate(shop.scene, shop.seller)
    shop.scene.signature(deal, buyer)
    shop.scene.wait(60 * MS_PER_DAY)
    assert shop.deal(deal).state == "AWARDED"
    assert shop.scene.balance(buyer, "deposit") == PRICE
    assert shop.scene.signature(deal, shop.seller).refusal is None
    assert shop.deal(deal).state == "SIGNED"
    shop.scene.replay()


def test_a_buyer_that_signs_in_no_time_leaves_the_deal_as_any_other() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    rotate(shop.scene, shop.seller)
    shop.scene.wait(60 * MS_PER_DAY)
    assert shop.deal(deal).state == "REFUNDED"
    assert shop.scene.balance(buyer) == PRICE


def test_a_licence_is_no_longer_than_was_offered_though_its_right_lives_longer_now() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    shop.scene.signature(deal, buyer)
    shop.scene.chain(deal)
    shop.scene.copy(shop.right, shop.seller, expiry_date="2044-03-01")
    outcome = shop.scene.fund(deal)
    [licence] = [row.payload for row in outbox_records(1, outcome, shop.scene.state) if row.kind == "licence"]
    assert licence["ends_at"] - licence["starts_at"] <= shop.offer.term_s


@pytest.mark.parametrize("long", [False, True])
def test_nobody_accepts_under_an_offer_that_the_chain_will_take_no_acceptance_of(long: bool) -> None:
    shop = Shop(closes_ms=START_MS + 300 * MS_PER_DAY)
    shop.scene.copy(shop.right, shop.seller, freeze="dispute")
    shop.scene.wait(200 * MS_PER_DAY)
    shop.scene.copy(shop.right, shop.seller)
    if long:
        shop.scene.wait(shop.offer.expires_at_s * 1000 - SHORTEST_LIFE_MS + MS_PER_DAY - shop.scene.now)
    in_time = shop.offer.expires_at_s * 1000 >= shop.scene.now + SHORTEST_LIFE_MS
    assert in_time is not long
    buyer, deal = shop.accepted()
    assert shop.offer.state == ("ENDED" if long else "STANDING")
    shop.scene.signature(deal, buyer)
    assert shop.deal(deal).state == ("AWARDED" if long else "SIGNED")


def test_no_buyer_has_what_opens_the_scopes_of_a_rights_licences() -> None:
    shop = Shop(most=3)
    buyer, deal = shop.accepted()
    _, silent = shop.accepted()
    shop.scene.signature(deal, buyer)
    shop.scene.chain(deal)
    shop.scene.fund(deal)
    salt = shop.scene.state.licence_scopes[shop.right].salt
    assert salt not in {shop.deal(each).terms_salt for each in (deal, silent)}
