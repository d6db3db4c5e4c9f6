"""Lost keys: an operator proposes another key for a party, the party's live key may veto that, and the chain decides.

A company that lost its key cannot sign; its new key does, and an operator attests who asks. The contract makes all
wait a fortnight. The party's key changes here when the contract has said so, and never before (`exchange.keys`). What
happens here goes to the chain in the journal's order, so that each state is the one that the contract will be in.
"""

from __future__ import annotations

from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.commands import ProposeRecovery, ReportChainRecord, VetoRecovery
from exchange.events import RecoveryChanged, RecoveryDue, RecoveryProposed, RecoveryVetoed
from exchange.key_checks import require_free, require_signatures, require_signed_for, require_time
from exchange.rows import Deadline, Key, Recovery
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table, take_step
from exchange.turn import Handlers, Result, Turn

TRANSITIONS: Table = {
    ("PROPOSED", "give_way"): "REPLACED",
    ("PROPOSED", "rotate"): "ENDED",
    **{(state, "veto"): "VETOED" for state in ("PROPOSED", "REPLACED", "ENDED", "REFUSED")},
    **{(state, "refuse"): "REFUSED" for state in ("PROPOSED", "REPLACED", "ENDED", "VETOED")},
    **{(state, "complete"): "COMPLETED" for state in ("PROPOSED", "REPLACED", "ENDED", "REFUSED", "VETOED")},
    ("REPLACED", "go_on"): "PROPOSED",
    ("VETOED", "go_on"): "PROPOSED",
    ("VETOED", "go_on_behind"): "REPLACED",
}
"""The chain has the last word: it may take a veto or let a recovery take effect that had come to its end here. Where it
refuses a veto, or the proposal that took another's place, the recovery goes on, behind a later one if there is one.
"""
WAIT_MS = 14 * MS_PER_DAY
"""The contract's wait, from the block that has the proposal."""
CLOCK_MARGIN_MS = MS_PER_HOUR
"""By how much the contract's clock may be behind the venue's before a completion is sent in vain."""
MOST_RECOVERIES = 1_000
"""Of one party, whatever became of them."""
PAPERS_LABEL = "recovery_papers"
_DUE = "recovery_due"
_ON_RECORD = frozenset({"LIVE", "REVOKED"})
"""States of a key that the chain knows, or will when it reads what is queued before the proposal."""


def propose_recovery(turn: Turn, command: ProposeRecovery) -> Result:
    """An operator proposes another key for a party that lost its own; it takes the place of an earlier proposal."""
    state = turn.state
    party = state.parties.get(command.party_id)
    if party is None:
        refuse(rules.UNKNOWN_ID, kind="party", id=command.party_id)
    key = state.keys.get(party.key)
    if key is None or key.state not in _ON_RECORD:
        refuse(rules.KEY_NOT_ENROLLED, key=party.key, party_id=party.id)
    require_signed_for(key, command.party_commitment, "propose_recovery")
    require_signatures(command.possession)
    require_free(state, command.new_key, "new_key")
    require_time(turn, command.deadline_s)
    papers = command.erasable.get(PAPERS_LABEL, "")
    if not papers:
        refuse(rules.FACT_MISSING, fact=PAPERS_LABEL, party_id=party.id, supplier="party")
    if len(state.owned.ids(Recovery.kind, party.id)) >= MOST_RECOVERIES:
        refuse(rules.MALFORMED, field="recoveries", most=MOST_RECOVERIES)
    earlier = under_way(state, party.id)
    if earlier is not None:
        _move(turn, earlier, "give_way", "propose_recovery")
    recovery = Recovery(
        id=command.new_key,
        party_id=party.id,
        authorisation=papers,
        deadline_s=command.deadline_s,
        possession=command.possession,
        proposed_ms=turn.time_ms,
        replaces="" if earlier is None else earlier.id,
    )
    state.add(recovery)
    turn.emit(RecoveryProposed(party_id=party.id, new_key=recovery.id))
    return {"new_key": recovery.id, "party_id": party.id, "state": recovery.state}


def veto_recovery(turn: Turn, command: VetoRecovery) -> Result:
    """A party's live key refuses the recovery that is under way: that key can never be a party's here."""
    state = turn.state
    party = state.parties[turn.actor]
    key = state.keys.get(party.key)
    if key is None or key.state != "LIVE":
        refuse(rules.KEY_NOT_ENROLLED, key=party.key, party_id=party.id)
    require_signed_for(key, command.party_commitment, "veto_recovery")
    require_signatures(command.veto_signature)
    require_time(turn, command.deadline_s)
    recovery = state.recoveries.get(command.new_key)
    if recovery is None or recovery.party_id != party.id:
        refuse(rules.UNKNOWN_ID, kind="recovery", id=command.new_key)
    if recovery.state != "PROPOSED":
        refuse(rules.WRONG_STATE, new_key=recovery.id, state=recovery.state, step="veto_recovery")
    _veto(turn, recovery, key, command.deadline_s, command.veto_signature)
    return {"new_key": recovery.id, "state": recovery.state}


def vetoed_on_chain(turn: Turn, key: Key, new_key: str) -> None:
    """The live key's veto has reached the contract without the venue."""
    recovery = turn.state.recoveries.get(new_key)
    if recovery is None or recovery.party_id != key.party_id:
        refuse(rules.UNKNOWN_ID, kind="recovery", id=new_key)
    if recovery.state in {"VETOED", "COMPLETED"}:
        refuse(rules.WRONG_STATE, new_key=recovery.id, state=recovery.state, step="vetoed")
    _veto(turn, recovery, key, 0, "")


def reported(turn: Turn, command: ReportChainRecord) -> None:
    """What the chain says of a proposal, of its completion (`recovery`) or of a veto (`recovery_veto`)."""
    recovery = turn.state.recoveries.get(command.subject_id)
    if recovery is None:
        refuse(rules.UNKNOWN_ID, kind="recovery", id=command.subject_id)
    if command.record == "recovery_veto":
        if command.outcome == "refused" and recovery.state == "VETOED":
            _veto_refused(turn, recovery)
    elif command.outcome == "final":
        _wait_begun(turn, recovery, command.block)
    elif recovery.completes_ms is None:
        _proposal_refused(turn, recovery)
    elif recovery.state == "PROPOSED":
        _move(turn, recovery, "refuse", "chain")


def complete(turn: Turn, new_key: str) -> None:
    """The contract has given the party this key, whatever was thought of its recovery here, if it was known at all."""
    recovery = turn.state.recoveries.get(new_key)
    if recovery is not None and recovery.state != "COMPLETED":
        _move(turn, recovery, "complete", "chain")


def end_by_rotation(turn: Turn, party_id: str, *, block: int | None = None) -> None:
    """The live key has given its place away, which ends a recovery under way.

    `block` is that of a rotation which the chain reports: it ends what was proposed there before it. Of another
    proposal the chain will say itself what becomes of it.
    """
    recovery = under_way(turn.state, party_id)
    if recovery is None:
        return
    if block is None or (recovery.completes_ms is not None and recovery.block < block):
        _move(turn, recovery, "rotate", "rotation")


def under_way(state: State, party_id: str) -> Recovery | None:
    """The proposal that stands for a party, if any: there is one at most."""
    own = (state.recoveries[each] for each in state.owned.ids(Recovery.kind, party_id))
    return next((recovery for recovery in own if recovery.state == "PROPOSED"), None)


def wait_over(turn: Turn, deadline: Deadline) -> None:
    """The wait has run its course without a veto: the contract is asked to let the recovery take effect."""
    recovery = turn.state.recoveries[deadline.subject_id]
    turn.emit(RecoveryDue(party_id=recovery.party_id, new_key=recovery.id))


def _wait_begun(turn: Turn, recovery: Recovery, block: int) -> None:
    recovery.block = block
    recovery.completes_ms = turn.time_ms + WAIT_MS + CLOCK_MARGIN_MS
    turn.state.touch(recovery)
    if recovery.state == "PROPOSED":
        _set_due(turn, recovery, recovery.completes_ms)


def _set_due(turn: Turn, recovery: Recovery, due_ms: int) -> None:
    # The contract's clock runs on through an outage of the venue.
    turn.state.set_deadline(_DUE, recovery.id, max(due_ms, turn.time_ms), venue_clock=False)


def _proposal_refused(turn: Turn, recovery: Recovery) -> None:
    """The contract took no such proposal: what it had before still stands there."""
    stood = recovery.state == "PROPOSED"
    if recovery.state in {"PROPOSED", "REPLACED", "VETOED", "ENDED"}:
        _move(turn, recovery, "refuse", "chain")
    earlier = turn.state.recoveries.get(recovery.replaces)
    while earlier is not None and earlier.state == "REFUSED":
        earlier = turn.state.recoveries.get(earlier.replaces)
    if stood and earlier is not None and earlier.state == "REPLACED":
        _go_on(turn, earlier, "go_on")


def _veto_refused(turn: Turn, recovery: Recovery) -> None:
    """The key that vetoed was not live there, or its message too late: the recovery goes on, as on the chain."""
    replaced = under_way(turn.state, recovery.party_id) is not None
    _go_on(turn, recovery, "go_on_behind" if replaced else "go_on")


def _go_on(turn: Turn, recovery: Recovery, event: str) -> None:
    _move(turn, recovery, event, "chain")
    if recovery.state == "PROPOSED" and recovery.completes_ms is not None:
        _set_due(turn, recovery, recovery.completes_ms)


def _veto(turn: Turn, recovery: Recovery, key: Key, deadline_s: int, signature: str) -> None:
    take_step(TRANSITIONS, recovery, "veto")
    turn.state.touch(recovery)
    turn.state.clear_deadline(_DUE, recovery.id)
    turn.emit(
        RecoveryVetoed(
            party_id=recovery.party_id,
            new_key=recovery.id,
            key=key.id,
            deadline_s=deadline_s,
            signature=signature,
        )
    )


def _move(turn: Turn, recovery: Recovery, event: str, cause: str) -> None:
    old = take_step(TRANSITIONS, recovery, event)
    turn.state.touch(recovery)
    turn.state.clear_deadline(_DUE, recovery.id)
    turn.emit(
        RecoveryChanged(
            party_id=recovery.party_id, new_key=recovery.id, old=old, new=recovery.state, cause=cause
        )
    )


HANDLERS: Handlers = {
    ProposeRecovery: propose_recovery,
    VetoRecovery: veto_recovery,
}
DEADLINES = {_DUE: wait_over}
