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
from exchange.sealed import commitment
from ledger.audit.lines import CheckpointLine, EntryLine, SealedValue, SealLine, encode_line, read_lines
from ledger.journal import decode_entry
from ledger.log.checkpoints import Checkpoint, sign_checkpoint, stated_by
from ledger.log.notes import read_note
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
    """Copy a journal with one entry changed and everything above it recomputed and sealed again."""
    frontier = Frontier()
    leaves: list[bytes] = []
    with source.open("rb") as journal, open_private(target) as forged:
        for line in read_lines(journal):
            made = line
            if isinstance(line, EntryLine):
                made = change(line) if line.entry == entry else line
                leaves.append(bytes.fromhex(made.leaf))
            elif isinstance(line, SealLine):
                frontier.extend(leaves)
                seal = line.seal
                signed = seal_batch(
                    key,
                    epoch=seal.epoch,
                    first_entry=seal.first_entry,
                    leaves=leaves,
                    tree_root=frontier.root(),
                    time_ms=seal.time_ms,
                )
                made = SealLine(seal=signed.seal, signature=signed.signature)
                leaves = []
            elif isinstance(line, CheckpointLine):
                # It signs this history as well. Cosignatures and a date over it, it does not have.
                origin = stated_by(read_note(line.note.encode())).origin
                note = sign_checkpoint(Checkpoint(origin, frontier.size, frontier.root()), key)
                made = CheckpointLine(note=note.to_bytes().decode(), made_ms=line.made_ms, token="")
            forged.write(encode_line(made))


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
