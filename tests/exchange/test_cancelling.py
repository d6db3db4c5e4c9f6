"""One deal is cancelled by either party's own key until both have signed; what both have signed stays bound."""

from __future__ import annotations

import pytest

from exchange import commands as c
from exchange.events import DealCancelled, DealChanged
from tests.exchange.scene import Scene
from tests.exchange.test_keys import OTHER, posted_deal, refusal, revoke, rotate
from tests.exchange.test_offers import PRICE, Shop


@pytest.mark.parametrize("who", ["seller", "buyer"])
@pytest.mark.parametrize("signed", [False, True])
def test_either_party_cancels_until_both_have_signed_and_the_money_goes_back(who: str, signed: bool) -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    if signed:
        scene.signature(deal, seller)
    party = seller if who == "seller" else buyer
    outcome = scene.cancel(deal, party)
    assert outcome.events[:2] == (
        DealCancelled(deal_id=deal, cancelled_by=party, key=scene.keys[party], signature="0x" + "88" * 65),
        DealChanged(deal_id=deal, old="AWARDED", new="UNWINDING", cause="party_cancelled"),
    )
    assert scene.state.deals[deal].state == "REFUNDED"
    assert scene.balance(buyer) == PRICE
    assert scene.balance(buyer, "deposit") == 0
    assert refusal(scene.cancel(deal, party)) == "WRONG-STATE"
    scene.replay()


@pytest.mark.parametrize("state", ["SIGNED", "CHAIN_REFUSED", "EFFECTIVE"])
def test_what_both_have_signed_is_cancelled_neither_here_nor_by_the_chains_word(state: str) -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    scene.signature(deal, seller)
    scene.signature(deal, buyer)
    if state != "SIGNED":
        scene.chain(deal, "refused" if state == "CHAIN_REFUSED" else "final")
    assert scene.state.deals[deal].state == state
    assert refusal(scene.cancel(deal, seller)) == "WRONG-STATE"
    assert refusal(scene.told("deal_cancelled", deal)) == "WRONG-STATE"


def test_what_was_accepted_under_a_standing_offer_is_not_cancelled_by_anybody() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    for party in (shop.seller, buyer):
        assert refusal(shop.scene.cancel(deal, party)) == "WRONG-STATE"
    assert refusal(shop.scene.told("deal_cancelled", deal)) == "WRONG-STATE"


def test_a_cancellation_on_the_chain_unwinds_an_awarded_deal_without_a_record() -> None:
    scene = Scene()
    _, buyer, deal = posted_deal(scene)
    scene.signature(deal, buyer)
    outcome = scene.told("deal_cancelled", deal)
    assert outcome.events[0] == DealCancelled(deal_id=deal, cancelled_by="", key="", signature="")
    assert scene.state.deals[deal].unwound_for == "party_cancelled"
    assert scene.balance(buyer) == PRICE
    scene.replay()


def test_a_stranger_a_wrong_shape_and_a_dead_key_cancel_nothing() -> None:
    scene = Scene()
    _, buyer, deal = posted_deal(scene)
    assert refusal(scene.cancel(deal, scene.party())) == "NOT-PERMITTED"
    short = c.CancelDeal(deal_id=deal, deal_digest=scene.deal_digest(deal), cancellation_signature="0x12")
    assert refusal(scene.by(buyer, short)) == "MALFORMED"
    assert refusal(scene.cancel("D-99", buyer)) == "UNKNOWN-ID"
    scene.enrol(buyer, OTHER)
    scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=OTHER))
    revoke(scene, buyer, OTHER)
    assert refusal(scene.cancel(deal, buyer)) == "KEY-NOT-ENROLLED"
    assert scene.state.deals[deal].state == "AWARDED"


def test_a_cancellation_of_the_deal_as_it_was_before_its_keys_changed_ends_nothing() -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    stale = c.CancelDeal(
        deal_id=deal,
        deal_digest=scene.deal_digest(deal),
        cancellation_signature="0x" + "88" * 65,
    )
    rotate(scene, buyer)
    assert refusal(scene.by(seller, stale)) == "WRONG-STATE"
    assert scene.cancel(deal, seller).refusal is None


def test_a_suspended_party_cancels_its_own_deal() -> None:
    scene = Scene()
    seller, _, deal = posted_deal(scene)
    scene.operator(c.SuspendParty(party_id=seller))
    assert scene.cancel(deal, seller).refusal is None


def test_after_the_chains_refusal_another_key_is_chosen_while_nobody_has_signed_afresh() -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    scene.signature(deal, seller)
    scene.signature(deal, buyer)
    scene.chain(deal, "refused")
    scene.enrol(buyer, OTHER)
    chosen = c.ChooseDealKey(deal_id=deal, key=OTHER)
    assert scene.by(buyer, chosen).refusal is None
    scene.signature(deal, seller)
    back = c.ChooseDealKey(deal_id=deal, key=scene.keys[buyer])
    assert refusal(scene.by(buyer, back)) == "WRONG-STATE"
    scene.signature(deal, buyer)
    assert (scene.state.deals[deal].state, scene.state.deals[deal].buyer_key) == ("SIGNED", OTHER)
    scene.replay()


def test_a_cancelled_deal_that_left_its_offer_lets_the_rest_of_it_be() -> None:
    shop = Shop()
    first, left = shop.accepted()
    shop.scene.signature(left, first)
    shop.scene.chain(left, "refused")
    _, waits = shop.accepted()
    assert refusal(shop.scene.cancel(left, first)) == "WRONG-STATE"
    assert shop.offer.deals == (waits,)
