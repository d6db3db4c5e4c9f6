"""What a dishonest operator could do to an exported journal: change an entry and recompute every hash above it.

It has the receipt key, so every leaf, root and seal of the forgery is in order. What it has not: the parties'
signatures, the anchors on the chain, and the receipts that are out.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec

from exchange import canonical
from exchange.commands import Tick
from exchange.sealed import commitment
from ledger.audit.lines import (
    CheckpointLine,
    EntryLine,
    Header,
    SealedValue,
    SealLine,
    encode_line,
    read_lines,
)
from ledger.journal import Entry, decode_entry
from ledger.log.checkpoints import Checkpoint, origin_of, sign_checkpoint
from ledger.merkle import Frontier, leaf_hash
from ledger.receipt_key import ReceiptKey
from ledger.receipts import seal_batch

OWNER_ONLY = 0o600
_ENTRY_LINE = b'\n{"line":"entry"'
_TIME = b'"time_ms":'
Change = Callable[[EntryLine], EntryLine]


def open_private(path: Path) -> IO[bytes]:
    """A new file for an auditor's export or a copy of one, which holds every confidential term: its owner's alone."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY), "wb")


def rewrite(source: Path, target: Path, key: ReceiptKey, entry: int, change: Change) -> None:
    """Copy a journal with one entry changed and everything above it recomputed, sealed and signed again.

    Where a Tick comes in, it gets the checkpoint before it that a Tick has, if the journal has any.
    """
    with source.open("rb") as journal, open_private(target) as forged:
        forger = _Forger(forged, key)
        for line in read_lines(journal):
            if isinstance(line, EntryLine):
                made = change(line) if line.entry == entry else line
                decided = decode_entry(bytes(made.public))
                if line.entry == entry and isinstance(decided.command, Tick) and forger.signed:
                    forger.end_batch()
                    forger.checkpoint()
                forger.entry(made, decided)
            elif isinstance(line, SealLine):
                forger.end_batch()
            elif isinstance(line, CheckpointLine):
                forger.checkpoint()
            else:
                forger.header(line)


class _Forger:
    """Writes a journal with the venue's own key."""

    def __init__(self, forged: IO[bytes], key: ReceiptKey) -> None:
        self._forged, self._key = forged, key
        self._frontier = Frontier()
        self._leaves: list[bytes] = []
        self._last: Entry | None = None
        self._origin = ""
        self.signed = 0
        """Entries in the last checkpoint."""

    def header(self, line: Header) -> None:
        self._origin = origin_of(line.chain_id, line.anchor) if line.format > 1 else ""
        self._forged.write(encode_line(line))

    def entry(self, line: EntryLine, decided: Entry) -> None:
        self._leaves.append(bytes.fromhex(line.leaf))
        self._last = decided
        self._forged.write(encode_line(line))

    def end_batch(self) -> None:
        """Seal what has come since the last seal."""
        if not self._leaves or self._last is None:
            return
        first = self._frontier.size
        self._frontier.extend(self._leaves)
        signed = seal_batch(
            self._key,
            epoch=self._last.epoch,
            first_entry=first,
            leaves=self._leaves,
            tree_root=self._frontier.root(),
            time_ms=self._last.time_ms,
        )
        self._leaves = []
        self._forged.write(encode_line(SealLine(seal=signed.seal, signature=signed.signature)))

    def checkpoint(self) -> None:
        """Sign this history as well. Cosignatures and a date over it, the forger does not have."""
        size = self._frontier.size
        if self._origin and size > self.signed:
            self.signed = size
            note = sign_checkpoint(Checkpoint(self._origin, size, self._frontier.root()), self._key)
            self._forged.write(encode_line(CheckpointLine(note=note.to_bytes().decode(), token="")))


def with_price(price: int) -> Change:
    """Another price (minor units) in a bid's sealed terms, with a commitment that opens to it."""

    def change(line: EntryLine) -> EntryLine:
        if line.terms is None:
            return line
        terms = msgspec.json.decode(line.terms.value) | {"price": price}
        entry = decode_entry(bytes(line.public))
        committed = commitment("terms", bytes.fromhex(line.terms.salt), terms).hex()
        sealed = msgspec.structs.replace(entry.sealed, terms=committed)
        opened = SealedValue(salt=line.terms.salt, value=msgspec.Raw(canonical.encode(terms)))
        public = canonical.encode(msgspec.structs.replace(entry, sealed=sealed))
        return msgspec.structs.replace(
            line, public=msgspec.Raw(public), leaf=leaf_hash(public).hex(), terms=opened
        )

    return change


def hidden(line: EntryLine) -> EntryLine:
    """An idle tick of the sequencer where a party's command stood."""
    entry = decode_entry(bytes(line.public))
    salt = os.urandom(32)
    outcome: dict[str, Any] = {"detail": {}, "events": []}
    standing: dict[str, Any] = msgspec.to_builtins(entry)
    public = canonical.encode(
        {
            **standing,
            "actor": "venue",
            "reference": "",
            "command": {"type": "tick", "erasable": {}},
            "signature": None,
            "api_key_sha256": "",
            "sealed": {"terms": "", "outcome": commitment("outcome", salt, outcome).hex()},
            "answer": {"status": "accepted", "result": {}},
        }
    )
    opened = SealedValue(salt=salt.hex(), value=msgspec.Raw(canonical.encode(outcome)))
    return EntryLine(
        entry=line.entry,
        leaf=leaf_hash(public).hex(),
        public=msgspec.Raw(public),
        terms=None,
        outcome=opened,
        erasable={},
    )


def flip_one_byte(source: Path, target: Path) -> int:
    """Copy a journal with one bit changed in the time of the entry in its middle; the number of that entry."""
    data = bytearray(source.read_bytes())
    start = data.index(_ENTRY_LINE, len(data) // 2) + 1
    end = data.index(b"\n", start)
    line = read_lines(io.BytesIO(data[start : end + 1]))
    entry = next(each.entry for each in line if isinstance(each, EntryLine))
    place = data.index(_TIME, start, end) + len(_TIME)
    while data[place + 1 : place + 2].isdigit():  # the last one: a first digit of 0 would be no number
        place += 1
    data[place] ^= 1  # of a digit, which leaves a digit
    with open_private(target) as changed:
        changed.write(data)
    return entry
