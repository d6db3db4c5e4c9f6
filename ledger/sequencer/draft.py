"""A batch while it is decided: the engine's outcomes turned into rows, hashes, a seal and answers. No I/O here.

A draft that is not committed is worth nothing, and neither is the engine's memory after it: both are thrown away.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import msgspec

from exchange import canonical
from exchange.commands import Request, Tick
from exchange.events import Posted, SealedPartErased
from exchange.sealed import commitment_to
from exchange.turn import EngineFault
from ledger import journal
from ledger.journal import OUTCOME_LABEL, Entry, SealedParts
from ledger.merkle import leaf_hash
from ledger.receipts import SignedSeal, seal_with_receipts
from ledger.sequencer.admission import Admitted, own
from ledger.sequencer.messages import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.engine import Engine
    from exchange.state import Change
    from exchange.turn import Outcome
    from ledger.merkle import Frontier
    from ledger.outbox_records import RecordsOf
    from ledger.outbox_row import OutboxRecord
    from ledger.receipt_key import ReceiptKey
    from ledger.store.recorded_state import RecordedState, RunningStateHash

OUTCOME_SALT_BYTES = 32


def new_salt() -> bytes:
    """A salt for one entry's outcome, that nobody can guess."""
    return secrets.token_bytes(OUTCOME_SALT_BYTES)


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the batch with everything that is stored of it."""

    admitted: Admitted
    entry: int
    time_ms: int
    outcome: Outcome
    public: bytes
    leaf: bytes
    outcome_bytes: bytes
    outcome_salt: bytes
    records: list[OutboxRecord]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement writes, and what is answered after it. `frontier` is the tree with the batch in it.

    state_hash: of the state after the batch (32 bytes).
    """

    epoch: int
    first_entry: int
    decided: list[Decided]
    changes: list[Change]
    created: dict[tuple[str, str], int]
    changed: dict[tuple[str, str], int]
    seal: SignedSeal
    frontier: Frontier
    state_hash: bytes
    answers: list[Answer]

    @property
    def last_entry(self) -> int:
        """The number of its last entry."""
        return self.first_entry + len(self.decided) - 1

    @property
    def last_time_ms(self) -> int:
        """The time of its last entry, ms UTC."""
        return self.decided[-1].time_ms


class Draft:
    """Decides commands one after the other and collects what they do."""

    def __init__(  # noqa: PLR0913 - what a batch stands on
        self,
        engine: Engine,
        state: RecordedState,
        *,
        epoch: int,
        first_entry: int,
        wall_ms: int,
        records_of: RecordsOf,
        salts: Callable[[], bytes] = new_salt,
    ) -> None:
        self._engine = engine
        self._state = state
        self._epoch = epoch
        self._first_entry = first_entry
        self._wall_ms = wall_ms
        self._records_of = records_of
        self._salts = salts
        self.decided: list[Decided] = []

    def tick(self) -> None:
        """Let deadlines fire that have come. This is a batch of its own: nothing else is given in it.

        Raises:
            EngineFault: see `Engine.apply`.
        """
        self._decide(own(Tick()))

    def is_due(self) -> bool:
        """Whether a deadline has come."""
        due_ms = self._engine.due_at()
        return due_ms is not None and due_ms <= self._time_ms()

    def comes_too_late(self, admitted: Admitted) -> bool:
        """Whether the instruction's validity has run out while it waited: its entry would not stand an audit."""
        signature = admitted.signature
        return signature is not None and signature.valid_until_ms < self._time_ms()

    def give(self, admitted: Admitted) -> Decided:
        """Decide one command. Nothing may be due, except before an `Outage`, which shifts what is.

        Raises:
            EngineFault: the engine broke a promise, or fell over; the batch is lost.
        """
        return self._decide(admitted)

    def finish(self, frontier: Frontier, key: ReceiptKey, state_hash: RunningStateHash) -> Batch:
        """Close a batch that holds at least one entry: its changes, its place in the tree, its seal and answers.

        state_hash: of the state before it; it follows the batch's changes, whether they are written or not.
        """
        grown = frontier.copy()
        leaves = [decided.leaf for decided in self.decided]
        grown.extend(leaves)
        seal, receipts = seal_with_receipts(
            key,
            epoch=self._epoch,
            first_entry=self._first_entry,
            leaves=leaves,
            tree_root=grown.root(),
            time_ms=self.decided[-1].time_ms,
        )
        state = self._state
        changes = state.take_changes()
        state_hash.follow(changes)
        batch = Batch(
            epoch=self._epoch,
            first_entry=self._first_entry,
            decided=self.decided,
            changes=changes,
            created=state.created.copy(),
            changed=state.changed.copy(),
            seal=seal,
            frontier=grown,
            state_hash=state_hash.digest(),
            answers=[
                _answer(decided, receipt) for decided, receipt in zip(self.decided, receipts, strict=True)
            ],
        )
        state.forget_entries()
        return batch

    def _time_ms(self) -> int:
        venues = self._state.venues
        offset_ms = self._state.venue.clock_offset_ms if venues else 0
        return max(self._engine.last_time_ms, self._wall_ms + offset_ms)

    def _decide(self, admitted: Admitted) -> Decided:
        state = self._state
        entry = self._first_entry + len(self.decided)
        time_ms = self._time_ms()
        venue = state.venues.get("venue")
        versions = (1, 1, 1) if venue is None else (venue.schema, venue.engine, venue.rulebook)
        signature = admitted.signature
        request = Request(
            time_ms=time_ms,
            actor=admitted.actor,
            signer="" if signature is None else signature.signer,
            command=admitted.command,
            terms=admitted.terms,
            terms_salt=admitted.terms_salt.hex(),
            api_key_sha256=admitted.api_key_sha256,
            entry=entry,
        )
        state.current_entry = entry
        try:
            outcome = self._engine.apply(request)
            records = self._records_of(entry, outcome, state)
        except EngineFault:
            raise
        except Exception as error:
            message = f"{type(admitted.command).__name__}: {type(error).__name__}: {error}"
            raise EngineFault(message) from error
        outcome_bytes = canonical.encode(journal.outcome_value(outcome))
        salt = self._salts()
        public = canonical.write(  # all of it is ours, or was checked on its admission
            Entry(
                schema=versions[0],
                engine=versions[1],
                rulebook=versions[2],
                epoch=self._epoch,
                entry=entry,
                time_ms=time_ms,
                actor=admitted.actor,
                reference=admitted.key_hash.hex(),
                command=admitted.command,
                signature=signature,
                api_key_sha256=admitted.api_key_sha256,
                sealed=SealedParts(
                    terms=admitted.terms_commitment,
                    outcome=commitment_to(OUTCOME_LABEL, salt, outcome_bytes).hex(),
                ),
                answer=journal.answer_of(outcome),
            )
        )
        decided = Decided(
            admitted=admitted,
            entry=entry,
            time_ms=time_ms,
            outcome=outcome,
            public=public,
            leaf=leaf_hash(public),
            outcome_bytes=outcome_bytes,
            outcome_salt=salt,
            records=records,
        )
        self.decided.append(decided)
        return decided


def postings_of(decided: Decided) -> list[Posted]:
    """The double entries of one outcome."""
    return [event for event in decided.outcome.events if isinstance(event, Posted)]


def erasures_of(decided: Decided) -> list[SealedPartErased]:
    """The erasures of one outcome."""
    return [event for event in decided.outcome.events if isinstance(event, SealedPartErased)]


def stored_answer(decided: Decided) -> dict[str, Any]:
    """What a repeat of this command is answered with, apart from its receipt."""
    refusal = decided.outcome.refusal
    return {
        "status": "accepted" if refusal is None else "refused",
        "result": decided.outcome.result,
        "code": None if refusal is None else refusal.code,
        "detail": {} if refusal is None else refusal.detail,
        "time_ms": decided.time_ms,
    }


def _answer(decided: Decided, receipt: Any) -> Answer:  # noqa: ANN401 - a Receipt
    refusal = decided.outcome.refusal
    return Answer(
        status="accepted" if refusal is None else "refused",
        entry=decided.entry,
        time_ms=decided.time_ms,
        result=decided.outcome.result,
        code=None if refusal is None else refusal.code,
        detail={} if refusal is None else refusal.detail,
        receipt=receipt,
    )
