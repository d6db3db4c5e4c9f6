"""Exports with checkpoints, as a venue writes them: every Tick alone, a checkpoint behind every batch."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from ledger.audit.lines import AnyLine, CheckpointLine, ExportKind, Header, SealLine
from ledger.log.checkpoints import Checkpoint, log_verifier, origin_of, sign_checkpoint
from ledger.log.notes import COSIGNATURE, Note, Verifier, cosign, read_note
from ledger.merkle import Frontier, leaf_hash
from ledger.receipt_key import ReceiptKey
from ledger.receipts import seal_batch
from ledger.timestamp.issuing import Authority
from ledger.timestamp.requests import read_reply, write_request
from tests.ledger.audit.journal_maker import RECEIPT_KEY, JournalScene, Stored
from tests.ledger.audit.journal_writer import entry_line

WITNESS_KEY = ReceiptKey(b"\x05" * 32)
WITNESS = Verifier(name="witness.example/w1", kind=COSIGNATURE, public_key=WITNESS_KEY.public_key)
BATCH = 7
SOON_MS = 2_000


@dataclass
class Venue:
    """What a venue, its witness and an authority make of a scene's entries."""

    scene: JournalScene
    authority: Authority
    late_ms: int = SOON_MS
    """After the last entry's time: when the authority sees a checkpoint."""
    key: ReceiptKey = field(default=RECEIPT_KEY)

    @property
    def origin(self) -> str:
        return origin_of(self.scene.chain_id, self.scene.anchor)

    @property
    def log(self) -> Verifier:
        return log_verifier(self.origin, RECEIPT_KEY.public_key)

    def lines(self, stored: list[Stored] | None = None, kind: ExportKind = "auditor") -> list[AnyLine]:
        """A whole export."""
        header = Header(
            kind=kind,
            chain_id=self.scene.chain_id,
            anchor=self.scene.anchor,
            register=self.scene.register_address,
            receipt_key=RECEIPT_KEY.public_key.hex(),
        )
        made: list[AnyLine] = [header]
        frontier = Frontier()
        for members in batches(self.scene.stored if stored is None else stored):
            leaves = [leaf_hash(each.public) for each in members]
            first = frontier.size
            made += [
                entry_line(each, first + number, leaf, kind)
                for number, (each, leaf) in enumerate(zip(members, leaves, strict=True))
            ]
            frontier.extend(leaves)
            last = msgspec.json.decode(members[-1].public)
            seal = seal_batch(
                RECEIPT_KEY, epoch=last["epoch"], first_entry=first, leaves=leaves, tree_root=frontier.root(), time_ms=last["time_ms"]
            )  # fmt: skip
            made.append(SealLine(seal=seal.seal, signature=seal.signature))
            made.append(self.checkpoint(frontier.size, frontier.root(), last["time_ms"]))
        return made

    def checkpoint(self, size: int, root: bytes, time_ms: int) -> CheckpointLine:
        """A checkpoint with its token and the witness's cosignature."""
        note = sign_checkpoint(Checkpoint(self.origin, size, root), self.key)
        token = self.token(note, time_ms + self.late_ms)
        line = cosign(note.text, WITNESS.name, WITNESS_KEY, (time_ms + self.late_ms) // 1_000)
        return CheckpointLine(note=note.with_lines([line]).to_bytes().decode(), token=token)

    def token(self, note: Note, time_ms: int) -> str:
        """The authority's token over a note, as base64."""
        token = read_reply(self.authority.answer(write_request(note.to_bytes(), 1), time_ms))
        return base64.b64encode(token).decode()


def batches(stored: Iterable[Stored]) -> Iterator[list[Stored]]:
    """Every Tick alone, all else in sevens."""
    waiting: list[Stored] = []
    for each in stored:
        tick = msgspec.json.decode(each.public)["command"]["type"] == "tick"
        if waiting and (tick or len(waiting) == BATCH):
            yield waiting
            waiting = []
        waiting.append(each)
        if tick:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def note_of(line: AnyLine) -> Note:
    assert isinstance(line, CheckpointLine)
    return read_note(line.note.encode())


def with_note(line: AnyLine, note: Note) -> CheckpointLine:
    assert isinstance(line, CheckpointLine)
    return msgspec.structs.replace(line, note=note.to_bytes().decode())
