"""Keys: nobody signs a deal with a key that the chain does not know, and what a key cancels stays cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.events import (
    CounterAdvanced,
    DealKeyChosen,
    KeyEnrolled,
    KeyRevoked,
    KeyRotated,
    SignaturesVoided,
)
from exchange.turn import Outcome
from tests.exchange.scene import LETTER, OPERATORS, Scene, digest

NEW = "0x" + "ab" * 20
OTHER = "0x" + "cd" * 20
SIGNATURE = "0x" + "22" * 65


def deadline(scene: Scene) -> int:
    return scene.now // 1000 + 60 * 86_400


def refusal(outcome: Outcome) -> str:
    assert outcome.refusal is not None
    assert outcome.events == ()
    return outcome.refusal.code


def posted_deal(scene: Scene) -> tuple[str, str, str]:
    """A deal at a posted price that nobody has signed; seller, buyer, deal."""
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    return seller, buyer, scene.deal(listing, buyer)


def rotate(scene: Scene, party: str, new: str = NEW) -> Outcome:
    command = c.RotateKey(
        party_commitment=scene.commitment(scene.keys[party]),
        new_key=new,
        deadline_s=deadline(scene),
        old_signature=SIGNATURE,
        new_signature=SIGNATURE,
        erasable=LETTER,
    )
    outcome = scene.by(party, command)
    if outcome.refusal is None:
        scene.keys[party] = new
    return outcome


def revoke(scene: Scene, party: str, key: str = "") -> Outcome:
    return scene.by(
        party,
        c.RevokeKey(
            party_commitment=scene.commitment(key or scene.keys[party]),
            key=key or scene.keys[party],
            reason="stolen",
            deadline_s=deadline(scene),
            key_signature=SIGNATURE,
        ),
    )


def advance(scene: Scene, party: str, counter: int, key: str = "") -> Outcome:
    return scene.by(
        party,
        c.AdvanceCounter(
            party_commitment=scene.commitment(key or scene.keys[party]),
            key=key or scene.keys[party],
            counter=counter,
            deadline_s=deadline(scene),
            key_signature=SIGNATURE,
        ),
    )


def report(scene: Scene, key: str, event: Any, new: str = "", counter: int = 0) -> Outcome:
    return scene.service(
        c.ReportKey(key=key, event=event, new_key=new, counter=counter, transaction="0x" + "22" * 32, block=7)
    )


def test_a_key_enrolled_before_approval_is_live_from_the_approval_on() -> None:
    scene = Scene()
    party = scene.party(approve=False)
    key = scene.state.keys[scene.keys[party]]
    assert key.state == "WAITING"
    approved = scene.admit(party)
    assert KeyEnrolled(party_id=party, key=key.id) in approved.events
    assert key.state == "LIVE"
    scene.replay()


def test_a_deal_is_signed_with_an_enrolled_key_alone() -> None:
    scene = Scene()
    seller, _, deal = posted_deal(scene)
    assert revoke(scene, seller).refusal is None
    assert refusal(scene.signature(deal, seller)) == "NOT-PERMITTED"


def test_a_key_needs_the_partys_own_company_number() -> None:
    scene = Scene()
    party, other = scene.party(), scene.party()
    command = c.EnrolKey(key=OTHER, deadline_s=deadline(scene), possession=SIGNATURE, erasable=LETTER)
    outcome = scene.by(party, command, c.KeyTerms(company_number=scene.numbers[other]))
    assert refusal(outcome) == "COMPANY-NUMBER-INVALID"


def test_a_key_without_a_letter_is_refused_naming_the_fact() -> None:
    scene = Scene()
    party = scene.party()
    command = c.EnrolKey(key=OTHER, deadline_s=deadline(scene), possession=SIGNATURE)
    outcome = scene.by(party, command, c.KeyTerms(company_number=scene.numbers[party]))
    assert refusal(outcome) == "FACT-MISSING"


@pytest.mark.parametrize("whose", ["another party's", "an operator's", "its own again"])
def test_a_key_that_is_somebodys_is_enrolled_by_nobody_else(whose: str) -> None:
    scene = Scene()
    party, other = scene.party(), scene.party()
    key = {
        "another party's": scene.keys[other],
        "an operator's": OPERATORS[0],
        "its own again": scene.keys[party],
    }[whose]
    assert refusal(scene.enrol(party, key)) == "KEY-IN-USE"


def test_a_binding_that_would_run_out_within_thirty_days_is_refused() -> None:
    scene = Scene()
    party = scene.party()
    command = c.EnrolKey(
        key=OTHER, deadline_s=scene.now // 1000 + 29 * 86_400, possession=SIGNATURE, erasable=LETTER
    )
    outcome = scene.by(party, command, c.KeyTerms(company_number=scene.numbers[party]))
    assert refusal(outcome) == "MALFORMED"


def test_each_key_of_a_party_has_a_commitment_of_its_own() -> None:
    scene = Scene()
    party = scene.party()
    assert scene.enrol(party, OTHER).refusal is None
    own, other = (scene.state.keys[key].commitment for key in (scene.keys[party], OTHER))
    assert own != other


def test_a_deal_key_stands_in_the_deal_and_only_before_anybody_signs() -> None:
    scene = Scene()
    _, buyer, deal = posted_deal(scene)
    scene.enrol(buyer, OTHER)
    chosen = scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=OTHER))
    assert chosen.events == (DealKeyChosen(deal_id=deal, party_id=buyer, key=OTHER),)
    assert scene.state.deals[deal].buyer_key == OTHER
    scene.signature(deal, buyer)
    assert refusal(scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=scene.keys[buyer]))) == "WRONG-STATE"
    scene.replay()


def test_nobody_chooses_a_key_that_is_not_its_own_and_live() -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    assert (
        refusal(scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=scene.keys[seller]))) == "KEY-NOT-ENROLLED"
    )
    assert refusal(scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=NEW))) == "KEY-NOT-ENROLLED"
    stranger = scene.party()
    assert (
        refusal(scene.by(stranger, c.ChooseDealKey(deal_id=deal, key=scene.keys[stranger])))
        == "NOT-PERMITTED"
    )


def test_a_rotated_key_gives_commands_and_the_old_one_none() -> None:
    scene = Scene()
    party = scene.party()
    old = scene.keys[party]
    rotated = rotate(scene, party)
    assert rotated.events == (KeyRotated(party_id=party, old_key=old, new_key=NEW, old_signature=SIGNATURE),)
    assert scene.state.keys[old].state == "REPLACED"
    assert scene.state.keys[NEW].commitment == scene.state.keys[old].commitment
    assert (
        scene.by(party, c.IssueApiKey()).refusal is not None
    )  # the new key may: it lacks only the key's hash
    scene.keys[party] = old
    assert refusal(scene.by(party, c.DismissAgent(key=OTHER))) == "NOT-PERMITTED"
    scene.replay()


def test_a_rotation_takes_waiting_deals_along_and_voids_what_was_signed_of_them() -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    scene.signature(deal, seller)
    outcome = rotate(scene, buyer)
    assert SignaturesVoided(deal_id=deal) in outcome.events
    row = scene.state.deals[deal]
    assert (row.buyer_key, row.seller_signature, row.buyer_signature) == (NEW, "", "")
    scene.sign(deal)
    assert scene.state.deals[deal].state == "EFFECTIVE"
    scene.replay()


def test_a_rotation_leaves_alone_what_both_have_signed() -> None:
    scene = Scene()
    seller, buyer, deal = posted_deal(scene)
    scene.signature(deal, seller)
    scene.signature(deal, buyer)
    old = scene.keys[buyer]
    rotate(scene, buyer)
    assert scene.state.deals[deal].buyer_key == old
    assert scene.state.deals[deal].state == "SIGNED"


def test_a_revoked_key_gives_no_command_and_signs_nothing() -> None:
    scene = Scene()
    seller, _, deal = posted_deal(scene)
    scene.signature(deal, seller)
    outcome = revoke(scene, seller)
    assert isinstance(outcome.events[0], KeyRevoked)
    assert SignaturesVoided(deal_id=deal) in outcome.events
    assert refusal(scene.by(seller, c.DismissAgent(key=OTHER))) == "NOT-PERMITTED"
    assert refusal(scene.signature(deal, seller)) == "NOT-PERMITTED"
    scene.replay()


def test_a_revoked_deal_key_leaves_the_partys_own_key_at_work() -> None:
    scene = Scene()
    _, buyer, deal = posted_deal(scene)
    scene.enrol(buyer, OTHER)
    scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=OTHER))
    assert revoke(scene, buyer, OTHER).refusal is None
    assert refusal(scene.signature(deal, buyer)) == "KEY-NOT-ENROLLED"
    assert scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=scene.keys[buyer])).refusal is None
    assert scene.signature(deal, buyer).refusal is None


def test_an_advanced_counter_voids_what_waits_and_never_goes_back() -> None:
    scene = Scene()
    seller, _, deal = posted_deal(scene)
    scene.signature(deal, seller)
    outcome = advance(scene, seller, 5)
    assert isinstance(outcome.events[0], CounterAdvanced)
    assert SignaturesVoided(deal_id=deal) in outcome.events
    assert scene.state.keys[scene.keys[seller]].counter == 5
    for lower in (5, 4, 0, 2**32):
        assert refusal(advance(scene, seller, lower)) == "MALFORMED"
    scene.replay()


def test_what_the_chain_says_of_a_key_is_so_without_being_recorded_again() -> None:
    scene = Scene()
    party, second, third = scene.party(), scene.party(), scene.party()
    old = scene.keys[party]
    advanced = report(scene, old, "advanced", counter=3)
    rotated = report(scene, old, "rotated", new=NEW)
    revoked = report(scene, scene.keys[second], "revoked")
    recovered = report(scene, scene.keys[third], "recovered", new=OTHER)
    for outcome in (advanced, rotated, revoked, recovered):
        assert outcome.refusal is None
        told = outcome.events[0]
        assert isinstance(told, CounterAdvanced | KeyRotated | KeyRevoked)
        assert not (told.old_signature if isinstance(told, KeyRotated) else told.signature)
    assert scene.state.parties[party].key == NEW
    assert scene.state.parties[third].key == OTHER
    assert scene.state.party_by_key[NEW] == party
    assert old not in scene.state.party_by_key
    scene.replay()


@pytest.mark.parametrize(
    ("event", "new", "code"),
    [("advanced", "", "WRONG-STATE"), ("revoked", "", "WRONG-STATE"), ("rotated", NEW, "KEY-IN-USE")],
)
def test_a_report_of_what_is_so_already_changes_nothing(event: str, new: str, code: str) -> None:
    scene = Scene()
    party = scene.party()
    key = scene.keys[party]
    if event == "revoked":
        revoke(scene, party)
    if event == "rotated":
        rotate(scene, party)
    assert refusal(report(scene, key, event, new=new)) == code


def test_a_report_about_an_unknown_key_is_refused() -> None:
    assert refusal(report(Scene(), NEW, "revoked")) == "UNKNOWN-ID"


def test_a_binding_that_the_chain_refused_is_made_again() -> None:
    scene = Scene()
    seller, _, deal = posted_deal(scene)
    key = scene.keys[seller]
    refused = scene.service(
        c.ReportChainRecord(
            record="key",
            subject_id=key,
            outcome="refused",
            transaction="0x" + "22" * 32,
            block=7,
            error="MessageExpired",
        )
    )
    assert refused.refusal is None
    assert scene.state.keys[key].state == "REFUSED"
    assert refusal(scene.signature(deal, seller)) == "KEY-NOT-ENROLLED"
    assert scene.enrol(seller).events == (KeyEnrolled(party_id=seller, key=key),)
    assert scene.signature(deal, seller).refusal is None
    scene.replay()


def test_under_the_first_engine_a_partys_own_key_signs_without_enrolment() -> None:
    class First(Scene):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=1, rulebook=1))

        def enrol(self, party_id: str, key: str = "") -> Outcome:
            return self.outcomes[-1] if self.outcomes else super().enrol(party_id, key)

    scene = First()
    seller, _, deal = posted_deal(scene)
    assert scene.state.keys == {}
    assert scene.signature(deal, seller).refusal is None


def test_the_scopes_of_a_rights_licences_share_one_salt() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", max_acceptances=2)
    buyers = (scene.party(), scene.party())
    for buyer in buyers:
        deal = scene.deal(listing, buyer)
        scene.sign(deal)
        scene.fund(deal)
    (scope,) = scene.state.licence_scopes.values()
    assert (scope.id, len(scope.salt)) == (right, len(digest("")))
    scene.replay()
