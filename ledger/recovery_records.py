"""What is recorded on the chain of lost keys: a recovery proposed, vetoed by the live key, and asked to take effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.events import RecoveryDue, RecoveryProposed, RecoveryVetoed
from ledger.chain.records import KeyRecoveryRecord, RecoveryCompletionRecord, RecoveryVetoRecord
from ledger.outbox_row import OutboxRecord, queued

if TYPE_CHECKING:
    from exchange.events import AnyEvent
    from exchange.state import State


def recovery_records(entry: int, event: AnyEvent, state: State) -> list[OutboxRecord]:
    """What became of a recovery, for the contract; nothing of what the contract itself told the venue."""
    match event:
        case RecoveryProposed():
            recovery = state.recoveries[event.new_key]
            proposal = KeyRecoveryRecord(
                party=_party(state, event.party_id),
                new_key=recovery.id,
                authorisation="0x" + recovery.authorisation,
                deadline=recovery.deadline_s,
                signature=recovery.possession,
            )
            return [queued("recovery", recovery.id, proposal, entry)]
        case RecoveryVetoed(signature=signature) if signature:
            veto = RecoveryVetoRecord(
                party=_party(state, event.party_id),
                new_key=event.new_key,
                key=event.key,
                deadline=event.deadline_s,
                signature=signature,
            )
            return [queued("recovery_veto", event.new_key, veto, entry)]
        case RecoveryDue():
            completion = RecoveryCompletionRecord(party=_party(state, event.party_id), new_key=event.new_key)
            return [queued("recovery_completion", event.new_key, completion, entry)]
        case _:
            return []


def _party(state: State, party_id: str) -> str:
    """By which the chain knows a party: every key that was ever its own has the same commitment."""
    return "0x" + state.keys[state.parties[party_id].key].commitment
