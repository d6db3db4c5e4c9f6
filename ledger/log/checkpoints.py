"""Checkpoints (C2SP tlog-checkpoint): size and root of the journal's tree, as a signed note.

The venue signs none that is inconsistent with an earlier one; witnesses cosign what they have seen to be consistent.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.log.notes import ED25519, Note, NoteRefused, SigningKey, Verifier, read_note, sign, verify
from ledger.merkle import HASH_BYTES, LARGEST_TREE

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(msgspec.Struct, frozen=True):
    """What a checkpoint states: which log, how many entries, and the RFC 6962 root over them."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(chain_id: int, anchor: str) -> str:
    """The journal's name as a log: the chain and the contract that its roots are anchored at."""
    return f"ipx/{chain_id}/{anchor.lower()}"


def log_verifier(origin: str, receipt_key: bytes) -> Verifier:
    """The venue's receipt key (32 bytes, Ed25519), under the log's own name."""
    return Verifier(name=origin, kind=ED25519, public_key=receipt_key)


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> Note:
    """The venue's own statement.

    A seal that the same key signs begins with other bytes than any note may hold: neither passes for the other.
    """
    text = checkpoint.to_text()
    return Note(text, (sign(text, checkpoint.origin, key),))


def as_signed(note: Note, log: Verifier) -> bytes:
    """The note as the log signed it: its text, an empty line, and the log's own signature line, nothing else.

    These are the bytes that a time-stamp token is over. Cosignatures come later and do not change them.

    Raises:
        NoteRefused: NOTE-UNSIGNED, NOTE-SIGNATURE.
    """
    verify(note, log)
    own = [line for line in note.signatures if (line.name, line.key_id) == (log.name, log.key_id)]
    return Note(note.text, tuple(own[:1])).to_bytes()


def stated_by(note: Note) -> Checkpoint:
    """What a note states, whoever has signed it. Extension lines are passed over: nobody vouches for them.

    Raises:
        NoteRefused: NOTE-MALFORMED for a text that is no checkpoint.
    """
    lines = note.text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines) or _SIZE.fullmatch(lines[1]) is None:  # noqa: PLR2004 - the three lines
        raise NoteRefused(code="NOTE-MALFORMED")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteRefused(code="NOTE-MALFORMED") from error
    size = int(lines[1])
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != lines[2] or size > LARGEST_TREE:
        raise NoteRefused(code="NOTE-MALFORMED")
    return Checkpoint(lines[0], size, root)


def read_checkpoint(data: bytes, log: Verifier, witnesses: Sequence[Verifier] = ()) -> SeenCheckpoint:
    """Read a checkpoint of one log, and who of the known witnesses has cosigned it.

    Raises:
        NoteRefused: NOTE-MALFORMED, NOTE-UNSIGNED or NOTE-SIGNATURE, also for a log of another name.
    """
    note = read_note(data)
    checkpoint = stated_by(note)
    if checkpoint.origin != log.name:
        raise NoteRefused(code="NOTE-UNSIGNED")
    verify(note, log)
    return SeenCheckpoint(checkpoint, note, cosignatures(note, witnesses))


def cosignatures(note: Note, witnesses: Sequence[Verifier]) -> dict[str, int]:
    """Known witness's name to the time (POSIX seconds) of its cosignature under a note.

    Raises:
        NoteRefused: NOTE-SIGNATURE for a line of a known witness that does not hold.
    """
    found = {}
    for witness in witnesses:
        try:
            found[witness.name] = verify(note, witness)
        except NoteRefused as error:
            if error.code != "NOTE-UNSIGNED":
                raise
    return found


class SeenCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint whose signatures hold."""

    checkpoint: Checkpoint
    note: Note
    witnesses: dict[str, int]
    """Name to time (POSIX seconds) of each known witness that has cosigned."""
