"""Lost keys: what the chain says of a party's key is so, and a rotation of the live key ends a recovery."""

from __future__ import annotations

import pytest

from exchange import commands as c
from exchange.events import RecoveryVetoed, SignaturesVoided
from exchange.turn import Outcome
from tests.exchange.recovering import (
    NEW,
    OTHER,
    WHOLE_WAIT_MS,
    chain_says,
    due,
    final,
    key_report,
    propose,
    state_of,
    veto,
)
from tests.exchange.scene import Scene
from tests.exchange.test_keys import posted_deal, refusal, rotate


def test_a_rotation_of_the_live_key_ends_a_recovery() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    assert rotate(scene, party, OTHER).refusal is None
    assert state_of(scene) == "ENDED"
    scene.wait(WHOLE_WAIT_MS)
    assert due(scene) == []
    scene.replay()


def test_a_found_key_may_rotate_to_the_very_key_that_is_proposed_for_its_party() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    assert rotate(scene, party, NEW).refusal is None
    assert (state_of(scene), scene.state.parties[party].key) == ("ENDED", NEW)
    scene.replay()


def test_but_not_to_one_that_it_has_vetoed() -> None:
    scene = Scene()
    party = scene.party()
    propose(scene, party)
    veto(scene, party)
    assert refusal(rotate(scene, party, NEW)) == "KEY-IN-USE"


def test_a_rotation_that_the_chain_reports_ends_what_was_final_there() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    key_report(scene, scene.keys[party], "rotated", OTHER)
    assert state_of(scene) == "ENDED"


@pytest.mark.parametrize("block", [6, 7])
def test_a_rotation_that_the_chain_reports_ends_no_proposal_that_came_after_it_there(block: int) -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    key_report(scene, scene.keys[party], "rotated", OTHER, block=block)
    assert state_of(scene) == "PROPOSED"
    scene.keys[party] = OTHER
    assert veto(scene, party).refusal is None


def test_a_rotation_that_the_chain_reports_ends_no_proposal_that_may_come_after_it() -> None:
    scene = Scene()
    party = scene.party()
    propose(scene, party)
    key_report(scene, scene.keys[party], "rotated", OTHER)
    assert state_of(scene) == "PROPOSED"
    scene.keys[party] = OTHER
    chain_says(scene, "final")
    assert veto(scene, party).refusal is None
    scene.replay()


def test_a_veto_that_the_party_sent_to_the_chain_itself_counts() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    told = key_report(scene, scene.keys[party], "vetoed")
    (event,) = told.events
    assert isinstance(event, RecoveryVetoed)
    assert event.signature == ""
    assert state_of(scene) == "VETOED"
    scene.wait(WHOLE_WAIT_MS)
    assert due(scene) == []
    assert refusal(key_report(scene, scene.keys[party], "vetoed")) == "WRONG-STATE"
    assert refusal(key_report(scene, scene.keys[party], "vetoed", OTHER)) == "UNKNOWN-ID"
    other = scene.party()
    assert refusal(key_report(scene, scene.keys[other], "vetoed")) == "UNKNOWN-ID"
    scene.replay()


def told_nothing(_: Scene, __: str) -> None:
    """The venue knows of no recovery."""


def told_vetoed(scene: Scene, party: str) -> None:
    final(scene, party)
    veto(scene, party)


def told_replaced(scene: Scene, party: str) -> None:
    final(scene, party)
    propose(scene, party, OTHER)


def told_refused(scene: Scene, party: str) -> None:
    propose(scene, party)
    chain_says(scene, "refused")


def told_ended(scene: Scene, party: str) -> None:
    final(scene, party)
    rotate(scene, party, OTHER)


BEFORE = {
    "PROPOSED": final,
    "VETOED": told_vetoed,
    "REPLACED": told_replaced,
    "REFUSED": told_refused,
    "ENDED": told_ended,
    "none": told_nothing,
}


@pytest.mark.parametrize("before", sorted(BEFORE))
def test_what_the_chain_has_recovered_is_so_whatever_was_thought_of_it_here(before: str) -> None:
    scene = Scene()
    party = scene.party()
    lost = scene.keys[party]
    BEFORE[before](scene, party)
    assert before == "none" or state_of(scene) == before
    assert key_report(scene, lost, "recovered").refusal is None
    assert scene.state.parties[party].key == NEW
    assert scene.state.party_by_key[NEW] == party
    assert [key for key, owner in scene.state.party_by_key.items() if owner == party] == [NEW]
    assert before == "none" or state_of(scene) == "COMPLETED"
    if before == "REPLACED":
        assert state_of(scene, OTHER) == "PROPOSED", "the chain will say itself what becomes of it"
    scene.wait(WHOLE_WAIT_MS)
    assert NEW not in due(scene)
    assert refusal(key_report(scene, lost, "recovered")) in {"KEY-IN-USE", "WRONG-STATE"}
    scene.replay()


def test_a_deal_key_is_not_recovered_in_the_place_of_the_partys_own() -> None:
    scene = Scene()
    party = scene.party()
    own = scene.keys[party]
    scene.enrol(party, OTHER)
    assert refusal(key_report(scene, OTHER, "recovered")) == "WRONG-STATE"
    assert scene.state.parties[party].key == own


def test_waiting_deals_go_over_to_the_new_key_and_what_was_signed_of_them_is_void() -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    scene.signature(deal, seller)
    lost = scene.keys[buyer]
    final(scene, buyer)
    assert scene.state.deals[deal].buyer_key == lost
    outcome = key_report(scene, lost, "recovered")
    assert SignaturesVoided(deal_id=deal) in outcome.events
    row = scene.state.deals[deal]
    assert (row.buyer_key, row.seller_signature, row.buyer_signature) == (NEW, "", "")
    scene.keys[buyer] = NEW
    scene.sign(deal)
    assert scene.state.deals[deal].state == "EFFECTIVE"
    scene.replay()


def test_deals_that_a_rotation_took_along_go_over_to_the_key_that_the_chain_recovered() -> None:
    scene = Scene()
    _, buyer, deal = posted_deal(scene)
    lost = scene.keys[buyer]
    final(scene, buyer)
    rotate(scene, buyer, OTHER)
    key_report(scene, lost, "recovered")
    assert scene.state.deals[deal].buyer_key == NEW
    assert scene.state.keys[OTHER].state == "REPLACED"
    scene.replay()


def test_a_party_that_never_enrolled_under_the_first_engine_has_nothing_to_recover() -> None:
    class First(Scene):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=1, rulebook=1))

        def enrol(self, party_id: str, key: str = "") -> Outcome:
            return self.outcomes[-1] if self.outcomes else super().enrol(party_id, key)

    scene = First()
    assert refusal(propose(scene, scene.party())) == "KEY-NOT-ENROLLED"
    assert scene.state.recoveries == {}
