"""What the chain says of a party's keys counts, in whatever order it comes to the venue's own doings."""

from __future__ import annotations

from exchange import commands as c
from tests.exchange.scene import Scene
from tests.exchange.test_keys import NEW, refusal, report, rotate

NEXT = "0x" + "ee" * 20


def test_a_rotation_on_the_chain_that_overtook_one_through_the_venue_is_taken_over() -> None:
    scene = Scene()
    party = scene.party()
    old = scene.keys[party]
    rotate(scene, party)
    assert report(scene, old, "rotated", new=NEXT).refusal is None
    assert scene.state.parties[party].key == NEXT
    assert scene.state.keys[NEXT].state == "LIVE"
    assert scene.state.keys[NEW].state == "REPLACED"
    scene.replay()


def test_the_venues_own_rotation_is_no_news() -> None:
    scene = Scene()
    party = scene.party()
    old = scene.keys[party]
    rotate(scene, party)
    assert refusal(report(scene, old, "rotated", new=NEW)) == "KEY-IN-USE"


def test_a_key_in_the_place_of_one_that_the_chain_never_took_is_enrolled_again() -> None:
    scene = Scene()
    party = scene.party()
    first = scene.keys[party]
    rotate(scene, party)
    refused = c.ReportChainRecord(
        record="key", subject_id=first, outcome="refused", transaction="", block=7, error="MessageExpired"
    )
    assert scene.service(refused).refusal is None
    assert scene.state.keys[NEW].state == "REFUSED"
    assert scene.enrol(party, NEW).refusal is None
    assert scene.state.keys[NEW].state == "LIVE"
    assert refusal(scene.service(refused)) == "WRONG-STATE"
