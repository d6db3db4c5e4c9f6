"""A signature stands under what it was made for and nothing else, whatever changed between reading and signing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from tests.exchange import recovering
from tests.exchange.scene import LETTER, Scene, digest
from tests.exchange.test_keys import OTHER, advance, posted_deal, refusal, rotate
from tests.exchange.test_offers import Shop

CHANGES: dict[str, Callable[[Scene, str], object]] = {
    "counter advanced": lambda scene, party: advance(scene, party, 1),
    "key replaced": rotate,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_signature_made_before_the_other_sides_key_changed_is_refused_and_leaves_nothing(
    change: str,
) -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    made_before = scene.agreement(deal)
    CHANGES[change](scene, buyer)
    before = scene.state.state_hash()
    assert refusal(scene.by(seller, made_before)) == "WRONG-STATE"
    assert scene.state.state_hash() == before
    assert scene.signature(deal, seller).refusal is None
    assert scene.signature(deal, buyer).refusal is None
    assert scene.state.deals[deal].state == "SIGNED"
    scene.replay()


def test_a_signature_over_another_key_of_the_deals_is_refused() -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    scene.enrol(buyer, OTHER)
    made_before = scene.agreement(deal)
    scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=OTHER))
    assert refusal(scene.by(seller, made_before)) == "WRONG-STATE"


@pytest.mark.parametrize("who", ["seller", "buyer"])
def test_an_acceptance_made_before_a_key_changed_is_refused(who: str) -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    made_before = shop.scene.agreement(deal)
    advance(shop.scene, shop.seller if who == "seller" else buyer, 1)
    assert refusal(shop.scene.by(buyer, made_before)) == "WRONG-STATE"
    assert shop.scene.signature(deal, buyer).refusal is None


def test_a_signature_that_names_nothing_it_was_made_for_belongs_to_engine_version_1() -> None:
    scene = Scene()
    seller, _, deal = posted_deal(scene)
    assert refusal(scene.by(seller, c.SignDeal(deal_id=deal, deal_signature="0x" + "11" * 65))) == "MALFORMED"


@pytest.mark.parametrize("what", ["rotate", "revoke", "advance", "propose", "veto"])
def test_what_a_key_signed_for_another_commitment_than_it_is_on_record_with_is_refused(what: str) -> None:
    scene = Scene()
    party = scene.party()
    if what == "veto":
        recovering.propose(scene, party)
    other = digest("the commitment of an earlier enrolment")
    until_s = scene.now // 1000 + 60 * 86_400
    own, signature = scene.keys[party], "0x" + "11" * 65
    commands: dict[str, Any] = {
        "rotate": c.RotateKey(
            party_commitment=other,
            new_key=OTHER,
            deadline_s=until_s,
            old_signature=signature,
            new_signature=signature,
            erasable=LETTER,
        ),
        "revoke": c.RevokeKey(
            party_commitment=other, key=own, reason="lost", deadline_s=until_s, key_signature=signature
        ),
        "advance": c.AdvanceCounter(
            party_commitment=other, key=own, counter=1, deadline_s=until_s, key_signature=signature
        ),
        "veto": c.VetoRecovery(
            party_commitment=other, new_key=recovering.NEW, deadline_s=until_s, veto_signature=signature
        ),
    }
    before = scene.state.state_hash()
    if what == "propose":
        outcome = recovering.propose(scene, party, party_commitment=other)
    else:
        outcome = scene.by(party, commands[what])
    assert refusal(outcome) == "WRONG-STATE"
    assert scene.state.state_hash() == before
