"""Lost keys: nobody's key is replaced before the chain says so, and a live key's word is enough to stop it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exchange import commands as c
from exchange.events import (
    KeyRotated,
    RecoveryChanged,
    RecoveryProposed,
    RecoveryVetoed,
)
from exchange.turn import Outcome
from tests.exchange.recovering import (
    NEW,
    OTHER,
    PARTS,
    SIGNATURE,
    WHOLE_WAIT_MS,
    chain_says,
    due,
    final,
    key_report,
    propose,
    state_of,
    veto,
)
from tests.exchange.scene import LETTER, OPERATORS, SERVICE, Scene, company_number
from tests.exchange.test_keys import refusal, revoke, rotate

THIRD = "0x" + "ef" * 20


# --- the proposal


def test_a_recovery_changes_no_key_until_the_chain_has_it() -> None:
    scene = Scene()
    party = scene.party()
    lost = scene.keys[party]
    assert propose(scene, party).events == (RecoveryProposed(party_id=party, new_key=NEW),)
    chain_says(scene, "final")
    scene.wait(WHOLE_WAIT_MS)
    assert due(scene) == [NEW]
    assert (scene.state.parties[party].key, state_of(scene)) == (lost, "PROPOSED")
    recovered = key_report(scene, lost, "recovered")
    assert recovered.events == (
        KeyRotated(party_id=party, old_key=lost, new_key=NEW, old_signature=""),
        RecoveryChanged(party_id=party, new_key=NEW, old="PROPOSED", new="COMPLETED", cause="chain"),
    )
    assert scene.state.parties[party].key == NEW
    assert scene.state.keys[NEW].authorisation == PARTS["recovery_papers"]
    assert scene.state.keys[lost].state == "REPLACED"
    scene.keys[party] = NEW
    assert (
        scene.by(party, c.DismissAgent(key=OTHER)).refusal is not None
    )  # the new key may: there is no agent
    scene.replay()


REFUSED: dict[str, tuple[str, Callable[[Scene, str], Outcome]]] = {
    "an unknown party": ("UNKNOWN-ID", lambda scene, _: propose(scene, "P-99")),
    "another party's key": (
        "KEY-IN-USE",
        lambda scene, party: propose(scene, party, scene.keys[scene.party()]),
    ),
    "the party's own key": ("KEY-IN-USE", lambda scene, party: propose(scene, party, scene.keys[party])),
    "an operator's key": ("KEY-IN-USE", lambda scene, party: propose(scene, party, OPERATORS[0])),
    "the service's key": ("KEY-IN-USE", lambda scene, party: propose(scene, party, SERVICE)),
    "no address": ("MALFORMED", lambda scene, party: propose(scene, party, "0x12")),
    "no signature": ("MALFORMED", lambda scene, party: propose(scene, party, possession="0x12")),
    "29 days": (
        "MALFORMED",
        lambda scene, party: propose(scene, party, deadline_s=scene.now // 1000 + 29 * 86_400),
    ),
    "no end": ("MALFORMED", lambda scene, party: propose(scene, party, deadline_s=2**53)),
    "no papers": (
        "FACT-MISSING",
        lambda scene, party: propose(scene, party, erasable={"reason": PARTS["reason"]}),
    ),
    "an applicant": ("KEY-NOT-ENROLLED", lambda scene, _: propose(scene, scene.party(approve=False))),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_proposal_that_nothing_stands_behind_is_refused_and_leaves_nothing(name: str) -> None:
    scene = Scene()
    party = scene.party()
    code, given = REFUSED[name]
    assert refusal(given(scene, party)) == code
    assert scene.state.recoveries == {}
    scene.replay()


def test_a_party_itself_proposes_no_recovery_nor_does_the_service() -> None:
    scene = Scene()
    party = scene.party()
    command = c.ProposeRecovery(
        party_id=party,
        party_commitment=scene.commitment(scene.keys[party]),
        new_key=NEW,
        deadline_s=scene.now // 1000 + 60 * 86_400,
        possession=SIGNATURE,
        erasable=PARTS,
    )
    assert refusal(scene.by(party, command)) == "NOT-PERMITTED"
    assert refusal(scene.service(command)) == "NOT-PERMITTED"


def test_a_party_whose_binding_the_chain_refused_has_no_key_to_recover() -> None:
    scene = Scene()
    party = scene.party()
    chain_says(scene, "refused", scene.keys[party], "key")
    assert refusal(propose(scene, party)) == "KEY-NOT-ENROLLED"


def test_a_party_that_revoked_its_key_gets_another_one() -> None:
    scene = Scene()
    party = scene.party()
    lost = scene.keys[party]
    revoke(scene, party)
    final(scene, party)
    key_report(scene, lost, "recovered")
    assert scene.state.keys[lost].state == "REVOKED"
    assert scene.state.parties[party].key == NEW
    scene.replay()


def test_a_second_proposal_takes_the_place_of_the_first_and_its_clock() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    second = propose(scene, party, OTHER)
    assert second.events == (
        RecoveryChanged(
            party_id=party, new_key=NEW, old="PROPOSED", new="REPLACED", cause="propose_recovery"
        ),
        RecoveryProposed(party_id=party, new_key=OTHER),
    )
    scene.wait(WHOLE_WAIT_MS)
    assert due(scene) == []
    assert refusal(veto(scene, party)) == "WRONG-STATE"
    chain_says(scene, "final", OTHER)
    scene.wait(WHOLE_WAIT_MS)
    assert due(scene) == [OTHER]
    scene.replay()


def test_proposals_for_two_parties_do_not_meet() -> None:
    scene = Scene()
    first, second = scene.party(), scene.party()
    propose(scene, first, NEW)
    propose(scene, second, OTHER)
    assert (state_of(scene, NEW), state_of(scene, OTHER)) == ("PROPOSED", "PROPOSED")
    assert refusal(veto(scene, second, NEW)) == "UNKNOWN-ID"


@pytest.mark.parametrize("after", ["proposed", "replaced", "vetoed", "refused"])
def test_a_key_is_proposed_once_and_is_nobody_elses_from_then_on(after: str) -> None:
    scene = Scene()
    party, other = scene.party(), scene.party()
    propose(scene, party)
    if after == "replaced":
        propose(scene, party, OTHER)
    elif after == "vetoed":
        veto(scene, party)
    elif after == "refused":
        chain_says(scene, "refused")
    assert refusal(propose(scene, party)) == "KEY-IN-USE"
    assert refusal(propose(scene, other)) == "KEY-IN-USE"
    assert refusal(scene.enrol(party, NEW)) == "KEY-IN-USE"
    assert refusal(scene.enrol(other, NEW)) == "KEY-IN-USE"
    assert refusal(rotate(scene, other, NEW)) == "KEY-IN-USE"
    application = c.ApplyParty(roles=("buyer",), jurisdiction="CN", key=NEW, erasable=LETTER)
    terms = c.PartyTerms(company_number=company_number(77))
    assert refusal(scene.give(application, actor="", signer=NEW, terms=terms)) == "KEY-IN-USE"
    scene.replay()


# --- the veto


def test_the_live_key_vetoes_and_no_clock_runs_any_more() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    outcome = veto(scene, party)
    (event,) = outcome.events
    assert event == RecoveryVetoed(
        party_id=party,
        new_key=NEW,
        key=scene.keys[party],
        deadline_s=event.deadline_s,  # type: ignore[union-attr]
        signature=SIGNATURE,
    )
    scene.wait(WHOLE_WAIT_MS)
    assert (due(scene), state_of(scene)) == ([], "VETOED")
    assert refusal(veto(scene, party)) == "WRONG-STATE"
    scene.replay()


def test_a_revoked_key_has_no_say() -> None:
    scene = Scene()
    party = scene.party()
    propose(scene, party)
    revoke(scene, party)
    assert refusal(veto(scene, party)) == "NOT-PERMITTED"
    assert state_of(scene) == "PROPOSED"


def test_an_agent_and_a_deal_key_have_no_say() -> None:
    scene = Scene()
    party = scene.party()
    propose(scene, party)
    scene.enrol(party, OTHER)
    mandate = c.AppointAgent(key=THIRD, scope=("list", "bid", "settle"), until_ms=scene.now + 10**9)
    assert scene.by(party, mandate).refusal is None
    for key in (OTHER, THIRD):
        command = c.VetoRecovery(
            party_commitment=scene.commitment(scene.keys[party]),
            new_key=NEW,
            deadline_s=scene.now // 1000 + 60 * 86_400,
            veto_signature=SIGNATURE,
        )
        assert refusal(scene.give(command, actor=party, signer=key)) == "NOT-PERMITTED"


def test_a_suspended_party_vetoes_all_the_same() -> None:
    scene = Scene()
    party = scene.party()
    propose(scene, party)
    scene.operator(c.SuspendParty(party_id=party))
    assert veto(scene, party).refusal is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"veto_signature": "0x12"}, "MALFORMED"),
        ({"deadline_s": 1}, "MALFORMED"),
        ({"new_key": OTHER}, "UNKNOWN-ID"),
    ],
)
def test_a_veto_of_another_shape_or_of_nothing_is_refused(fields: dict[str, object], code: str) -> None:
    scene = Scene()
    party = scene.party()
    propose(scene, party)
    assert refusal(veto(scene, party, **fields)) == code  # type: ignore[arg-type]
    assert state_of(scene) == "PROPOSED"


def test_a_veto_that_the_chain_did_not_take_counts_nothing() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    veto(scene, party)
    chain_says(scene, "refused", record="recovery_veto")
    assert state_of(scene) == "PROPOSED"
    scene.wait(WHOLE_WAIT_MS)
    assert due(scene) == [NEW]
    scene.replay()


def test_a_veto_refused_after_the_wait_has_the_completion_asked_for_at_once() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    veto(scene, party)
    scene.wait(2 * WHOLE_WAIT_MS)
    chain_says(scene, "refused", record="recovery_veto")
    scene.wait(1)
    assert due(scene) == [NEW]
    scene.replay()


def test_a_refused_veto_of_what_another_proposal_has_replaced_opens_nothing() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    veto(scene, party)
    propose(scene, party, OTHER)
    chain_says(scene, "refused", record="recovery_veto")
    assert (state_of(scene), state_of(scene, OTHER)) == ("REPLACED", "PROPOSED")


# --- the wait


def test_the_wait_begins_when_the_record_is_final_and_an_outage_does_not_move_it() -> None:
    scene = Scene()
    party = scene.party()
    propose(scene, party)
    scene.wait(2 * WHOLE_WAIT_MS)
    assert due(scene) == []
    chain_says(scene, "final")
    begun = scene.now
    since = begun + WHOLE_WAIT_MS - 1_000
    scene.now = begun + WHOLE_WAIT_MS + 60_000
    outage = c.Outage(since_ms=since, until_ms=scene.now)
    told = scene._apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=outage))
    assert told.events[0].moved == ()  # type: ignore[union-attr]
    scene.wait(0)
    assert due(scene) == [NEW]
    assert scene.state.deadlines == {}
    scene.replay()


def test_a_completion_that_the_chain_refuses_ends_the_recovery() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    scene.wait(WHOLE_WAIT_MS)
    chain_says(scene, "refused")
    assert state_of(scene) == "REFUSED"
    scene.replay()


def test_a_completion_refused_because_of_a_veto_leaves_the_veto() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    scene.wait(WHOLE_WAIT_MS)
    veto(scene, party)
    chain_says(scene, "refused")
    assert state_of(scene) == "VETOED"


def test_a_proposal_that_the_chain_refuses_leaves_the_one_before_it_standing() -> None:
    scene = Scene()
    party = scene.party()
    final(scene, party)
    propose(scene, party, OTHER)
    propose(scene, party, THIRD)
    chain_says(scene, "refused", OTHER)
    assert state_of(scene, THIRD) == "PROPOSED"
    chain_says(scene, "refused", THIRD)
    assert [state_of(scene, key) for key in (NEW, OTHER, THIRD)] == ["PROPOSED", "REFUSED", "REFUSED"]
    scene.wait(WHOLE_WAIT_MS)
    assert due(scene) == [NEW]
    scene.replay()


def test_a_report_about_an_unknown_recovery_is_refused() -> None:
    scene = Scene()
    assert refusal(chain_says(scene, "final")) == "UNKNOWN-ID"
    assert refusal(chain_says(scene, "refused", record="recovery_veto")) == "UNKNOWN-ID"
