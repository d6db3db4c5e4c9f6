"""A lost key's recovery in a few words: proposed, vetoed, and what the chain says of it."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.events import RecoveryDue
from exchange.recoveries import CLOCK_MARGIN_MS, WAIT_MS
from exchange.turn import Outcome
from tests.exchange.scene import Scene, digest

NEW = "0x" + "ab" * 20
OTHER = "0x" + "cd" * 20
SIGNATURE = "0x" + "22" * 65
PARTS = {"recovery_papers": digest("a licence and a seal"), "reason": digest("seen at the counter")}
WHOLE_WAIT_MS = WAIT_MS + CLOCK_MARGIN_MS


def propose(scene: Scene, party: str, new: str = NEW, **fields: Any) -> Outcome:
    command: dict[str, Any] = {
        "party_id": party,
        "party_commitment": scene.commitment(scene.keys.get(party, "")),
        "new_key": new,
        "deadline_s": scene.now // 1000 + 60 * 86_400,
        "possession": SIGNATURE,
        "erasable": PARTS,
    }
    return scene.operator(c.ProposeRecovery(**(command | fields)))


def veto(scene: Scene, party: str, new: str = NEW, **fields: Any) -> Outcome:
    command: dict[str, Any] = {
        "party_commitment": scene.commitment(scene.keys[party]),
        "new_key": new,
        "deadline_s": scene.now // 1000 + 60 * 86_400,
        "veto_signature": SIGNATURE,
    }
    return scene.by(party, c.VetoRecovery(**(command | fields)))


def chain_says(scene: Scene, outcome: Any, new: str = NEW, record: Any = "recovery") -> Outcome:
    return scene.service(
        c.ReportChainRecord(
            record=record,
            subject_id=new,
            outcome=outcome,
            transaction="0x" + "22" * 32,
            block=7,
            error=None if outcome == "final" else "KeyNotLive",
        )
    )


def key_report(scene: Scene, key: str, event: Any, new: str = NEW, block: int = 8) -> Outcome:
    return scene.service(
        c.ReportKey(key=key, event=event, new_key=new, counter=0, transaction="0x" + "22" * 32, block=block)
    )


def final(scene: Scene, party: str, new: str = NEW) -> None:
    """A recovery that is proposed and stands on the chain."""
    assert propose(scene, party, new).refusal is None
    assert chain_says(scene, "final", new).refusal is None


def state_of(scene: Scene, new: str = NEW) -> str:
    state: str = scene.state.recoveries[new].state
    return state


def due(scene: Scene) -> list[str]:
    """Every completion that the chain has been asked for."""
    found = (event for outcome in scene.outcomes for event in outcome.events)
    return [event.new_key for event in found if isinstance(event, RecoveryDue)]
