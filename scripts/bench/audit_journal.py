"""A journal as long as one likes, drafted as the sequencer drafts it and written as an export writes it.

Batches, their seals, a Tick for every deadline that has come with a signed checkpoint before it, and the state hash
when it is due: all as in `ledger.sequencer.session`, but without a database, and with the time that the market says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

import msgspec

from exchange.commands import AnyCommand, RecordStateHash
from exchange.engine import Engine
from ledger.audit.lines import CheckpointLine, EntryLine, Header, SealedValue, SealLine, encode_line
from ledger.log.checkpoints import Checkpoint, origin_of, sign_checkpoint
from ledger.merkle import Frontier
from ledger.outbox_records import outbox_records
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.admission import own
from ledger.sequencer.draft import Decided, Draft
from ledger.sequencer.genesis import opening_commands
from ledger.sequencer.session import ENTRIES_PER_STATE_HASH
from ledger.store.recorded_state import RecordedState, RunningStateHash
from scripts.bench.audited_market import SignedMarket
from scripts.bench.market import SetUpRefused

BATCH = 50
"""Commands in a commit, as many as wait at a busy sequencer."""
TOLD_EVERY = 20_000
_REFUSABLE = frozenset({"place_bid", "amend_bid"})


class Place(msgspec.Struct, frozen=True):
    """Where a journal could end: so many entries, their root, and so many bytes of the file."""

    size: int
    root: bytes
    end: int


class JournalWriter:
    """Writes the export of a market's journal on and on."""

    def __init__(self, market: SignedMarket, key: ReceiptKey, file: IO[bytes]) -> None:
        self._key, self._file = key, file
        self._state = RecordedState()
        self._engine = Engine(self._state)
        self._frontier = Frontier()
        self._state_hash = RunningStateHash(())
        self._hashed_at = 0
        self._wall_ms = 0
        opening = market.opening()
        self._origin = origin_of(opening.chain_id, opening.anchor)
        public_key = key.public_key.hex()
        header = Header(
            kind="auditor",
            chain_id=opening.chain_id,
            anchor=opening.anchor,
            register=opening.register,
            receipt_key=public_key,
        )
        self._file.write(encode_line(header))
        self._asked = market.admitted
        self._give(*opening_commands(opening, public_key))

    def write(self, tell: Callable[[str], None]) -> Iterator[Place]:
        """Decide what the market asks for; a place after each commit, for as long as places are taken.

        Raises:
            SetUpRefused: a command was refused that is none of a bidder's: the benchmark no longer fits the rules.
        """
        draft = None
        for at_ms, admitted in self._asked(tell):
            self._wall_ms = at_ms
            if draft is None:
                draft = self._open_draft()
                self._give_state_hash(draft)
            decided = draft.give(admitted)
            refusal = decided.outcome.refusal
            if refusal is not None and type(admitted.command).__struct_config__.tag not in _REFUSABLE:
                message = f"{type(admitted.command).__name__}: {refusal.code} {refusal.detail}"
                raise SetUpRefused(message)
            if len(draft.decided) >= BATCH or draft.is_due():
                self._commit(draft)
                draft = None
                size = self._frontier.size
                if size // TOLD_EVERY > (size - BATCH) // TOLD_EVERY:
                    tell(f"{size} entries of the journal are written")
                yield Place(size, self._frontier.root(), self._file.tell())

    def _open_draft(self) -> Draft:
        """A draft in which nothing is due; each Tick before it is a batch of its own, behind a checkpoint."""
        draft = self._draft()
        while draft.is_due():
            self._sign_checkpoint()
            draft.tick()
            self._commit(draft)
            draft = self._draft()
        return draft

    def _draft(self) -> Draft:
        return Draft(
            self._engine,
            self._state,
            epoch=1,
            first_entry=self._frontier.size,
            wall_ms=self._wall_ms,
            records_of=outbox_records,
        )

    def _give(self, *commands: AnyCommand) -> None:
        draft = self._draft()
        for command in commands:
            draft.give(own(command))
        self._commit(draft)

    def _give_state_hash(self, draft: Draft) -> None:
        if self._frontier.size - self._hashed_at >= ENTRIES_PER_STATE_HASH:
            draft.give(own(RecordStateHash(state_hash=self._state_hash.hex())))
            self._hashed_at = self._frontier.size

    def _sign_checkpoint(self) -> None:
        stated = Checkpoint(self._origin, self._frontier.size, self._frontier.root())
        note = sign_checkpoint(stated, self._key).to_bytes().decode()
        self._file.write(encode_line(CheckpointLine(note=note, token="")))

    def _commit(self, draft: Draft) -> None:
        batch = draft.finish(self._frontier, self._key, self._state_hash)
        for decided in batch.decided:
            self._file.write(encode_line(_line(decided)))
        self._file.write(encode_line(SealLine(seal=batch.seal.seal, signature=batch.seal.signature)))
        self._frontier = batch.frontier


def _line(decided: Decided) -> EntryLine:
    terms = decided.admitted.terms_bytes
    return EntryLine(
        entry=decided.entry,
        leaf=decided.leaf.hex(),
        public=msgspec.Raw(decided.public),
        terms=_sealed(decided.admitted.terms_salt, terms) if terms else None,
        outcome=_sealed(decided.outcome_salt, decided.outcome_bytes),
        erasable={},
    )


def _sealed(salt: bytes, value: bytes) -> SealedValue:
    return SealedValue(salt=salt.hex(), value=msgspec.Raw(value))
