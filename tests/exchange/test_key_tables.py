"""Every pair of state and step is taken or refused for keys and for recoveries of lost keys, by real commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from exchange import keys, recoveries
from exchange.transitions import Table
from exchange.turn import Outcome
from tests.exchange.recovering import NEW, OTHER, chain_says, key_report, propose, veto
from tests.exchange.scene import Scene
from tests.exchange.test_keys import report, revoke, rotate

W = "WRONG-STATE"
Expected = dict[str, dict[str, str]]
"""State to step to what follows: the row's state, or the code of the refusal, which changes nothing."""


def pairs(expected: Expected) -> list[tuple[str, str]]:
    return [(state, step) for state, steps in expected.items() for step in steps]


def check(scene: Scene, row: Any, give: Callable[[], Outcome], expected: str) -> None:
    before, hash_before = row.state, scene.state.state_hash()
    outcome = give()
    if "-" in expected:
        assert outcome.refusal is not None, f"taken instead of {expected}"
        assert (outcome.refusal.code, row.state) == (expected, before)
        assert scene.state.state_hash() == hash_before
    else:
        assert outcome.refusal is None, outcome.refusal
        assert row.state == expected
    scene.replay()


def taken(expected: Expected) -> Table:
    """The steps that lead to another state."""
    return {
        (state, step): new
        for state, steps in expected.items()
        for step, new in steps.items()
        if "-" not in new and new != state
    }


# --- keys

THIRD = "0x" + "ef" * 20


def binding_refused(scene: Scene, key: str) -> Outcome:
    command = c.ReportChainRecord(
        record="key",
        subject_id=key,
        outcome="refused",
        transaction="0x" + "22" * 32,
        block=7,
        error="BadSignature",
    )
    return scene.service(command)


KEYS: Expected = {
    "WAITING": {"bind": "LIVE", "replace": W, "revoke": W, "refuse": W},
    "LIVE": {"bind": W, "replace": "REPLACED", "revoke": "REVOKED", "refuse": "REFUSED"},
    "REPLACED": {"bind": W, "replace": "REPLACED", "revoke": W, "refuse": "REPLACED"},
    "REVOKED": {"bind": W, "replace": "REVOKED", "revoke": W, "refuse": W},
    "REFUSED": {"bind": W, "replace": "REFUSED", "revoke": W, "refuse": W},
}
"""The chain may say of the key that took a replaced one's place what it says of that one."""
KEY_STEPS: dict[str, Callable[[Scene, str, str], Outcome]] = {
    "bind": lambda scene, party, _: scene.operator(c.ApproveParty(party_id=party)),
    "replace": lambda scene, _, key: report(scene, key, "rotated", new=THIRD),
    "revoke": lambda scene, _, key: report(scene, key, "revoked"),
    "refuse": lambda scene, _, key: binding_refused(scene, key),
}


@pytest.mark.parametrize(("state", "step"), pairs(KEYS))
def test_a_key_takes_the_steps_of_its_table_and_no_other(state: str, step: str) -> None:
    scene = Scene()
    party = scene.party(approve=state != "WAITING")
    key = scene.keys[party]
    if state == "WAITING":
        scene.verify(party)
    if state == "REPLACED":
        rotate(scene, party, NEW)
    if state == "REVOKED":
        revoke(scene, party)
    if state == "REFUSED":
        binding_refused(scene, key)
    row = scene.state.keys[key]
    assert row.state == state
    check(scene, row, lambda: KEY_STEPS[step](scene, party, key), KEYS[state][step])


def test_the_table_of_keys_has_every_step_that_is_taken_and_no_other() -> None:
    assert taken(KEYS) == keys.KEY_TRANSITIONS


# --- recoveries

FOURTH = "0x" + "ac" * 20
RECOVERIES: Expected = {
    "PROPOSED": {
        "give_way": "REPLACED",
        "rotate": "ENDED",
        "veto": "VETOED",
        "refuse": "REFUSED",
        "complete": "COMPLETED",
        "go_on": "PROPOSED",
        "go_on_behind": "REPLACED",
    },
    "REPLACED": {
        "give_way": "REPLACED",
        "rotate": "REPLACED",
        "veto": "VETOED",
        "refuse": "REFUSED",
        "complete": "COMPLETED",
        "go_on": "PROPOSED",
        "go_on_behind": "REPLACED",
    },
    "VETOED": {
        "give_way": "VETOED",
        "rotate": "VETOED",
        "veto": W,
        "refuse": "REFUSED",
        "complete": "COMPLETED",
        "go_on": "PROPOSED",
        "go_on_behind": "REPLACED",
    },
    "ENDED": {
        "give_way": "ENDED",
        "rotate": "ENDED",
        "veto": "VETOED",
        "refuse": "REFUSED",
        "complete": "COMPLETED",
        "go_on": "ENDED",
        "go_on_behind": "ENDED",
    },
    "REFUSED": {
        "give_way": "REFUSED",
        "rotate": "REFUSED",
        "veto": "VETOED",
        "refuse": "REFUSED",
        "complete": "COMPLETED",
        "go_on": "REFUSED",
        "go_on_behind": "REFUSED",
    },
    "COMPLETED": {
        "give_way": "COMPLETED",
        "rotate": "COMPLETED",
        "veto": W,
        "refuse": "COMPLETED",
        "complete": "KEY-IN-USE",
        "go_on": "COMPLETED",
        "go_on_behind": "COMPLETED",
    },
}
"""A report that comes too late to change anything is taken all the same: the chain has said it."""


def go_on(scene: Scene, row: Any, _: str) -> Outcome:
    """The chain refuses what stood in the way: the veto, or the proposal that took its place."""
    if row.state == "REPLACED":
        return chain_says(scene, "refused", OTHER)
    return chain_says(scene, "refused", record="recovery_veto")


def go_on_behind(scene: Scene, row: Any, _: str) -> Outcome:
    propose(scene, row.party_id, THIRD)
    return chain_says(scene, "refused", record="recovery_veto")


RECOVERY_STEPS: dict[str, Callable[[Scene, Any, str], Outcome]] = {
    "give_way": lambda scene, row, _: propose(scene, row.party_id, THIRD),
    "rotate": lambda scene, row, _: rotate(scene, row.party_id, FOURTH),
    "veto": lambda scene, row, _: key_report(scene, scene.state.parties[row.party_id].key, "vetoed"),
    "refuse": lambda scene, _, __: chain_says(scene, "refused"),
    "complete": lambda scene, _, lost: key_report(scene, lost, "recovered"),
    "go_on": go_on,
    "go_on_behind": go_on_behind,
}


@pytest.mark.parametrize(("state", "step"), pairs(RECOVERIES))
def test_a_recovery_takes_the_steps_of_its_table_and_no_other(state: str, step: str) -> None:
    scene = Scene()
    party = scene.party()
    lost = scene.keys[party]
    propose(scene, party)
    if state == "REPLACED":
        propose(scene, party, OTHER)
    if state == "VETOED":
        veto(scene, party)
    if state == "ENDED":
        rotate(scene, party, OTHER)
    if state == "REFUSED":
        chain_says(scene, "refused")
    if state == "COMPLETED":
        key_report(scene, lost, "recovered")
        scene.keys[party] = NEW
    row = scene.state.recoveries[NEW]
    assert row.state == state
    check(scene, row, lambda: RECOVERY_STEPS[step](scene, row, lost), RECOVERIES[state][step])


def test_the_table_of_recoveries_has_every_step_that_is_taken_and_no_other() -> None:
    proposed = {("PROPOSED", "go_on_behind"): "REPLACED"}  # by the later proposal alone
    assert taken(RECOVERIES) == recoveries.TRANSITIONS | proposed
