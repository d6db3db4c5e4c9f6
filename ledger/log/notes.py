"""Signed notes (C2SP signed-note) and cosignatures of them (C2SP tlog-cosignature, the Ed25519 kind).

A note is text, an empty line, and signature lines: an em dash, the key's name, and base64 of a 4-byte key id and the
signature. The id says which key and which kind of signature; lines of unknown keys say nothing and are passed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Sequence

ED25519: Final = 0x01
"""The kind of a log's own signature."""
COSIGNATURE: Final = 0x04
"""The kind of a witness's signature, which carries its time."""
LONGEST_NOTE: Final = 16_384
MOST_SIGNATURES: Final = 32
LONGEST_NAME: Final = 255
_KEY_ID_BYTES: Final = 4
_PUBLIC_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_TIME_BYTES: Final = 8
COSIGNATURE_LENGTH: Final = _TIME_BYTES + _SIGNATURE_BYTES
"""Of an Ed25519 cosignature with its time, the key id left away."""
_LATEST_S: Final = 2**63 - 1
_NAME = re.compile(r"[^\s+\x00-\x20]{1,255}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_CURES: Final = {
    "NOTE-MALFORMED": "hand in the note as it was given: text, an empty line, signature lines, nothing else",
    "NOTE-KEY": "give the key as name+id+base64, as its owner publishes it",
    "NOTE-SIGNATURE": "ask for the note again; if it stays so, its giver is not the owner of this key",
    "NOTE-UNSIGNED": "ask for a note that this key has signed",
}


class NoteRefused(ValueError):
    """A note or a key that does not hold. `code` is stable; `cure` says what would help."""

    def __init__(self, *, code: str) -> None:
        super().__init__(f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class SigningKey(Protocol):
    """An Ed25519 secret that somebody keeps."""

    public_key: bytes

    def sign(self, message: bytes) -> bytes:
        """Give the 64-byte signature of a message."""


class Verifier(msgspec.Struct, frozen=True, kw_only=True):
    """Whose signatures of which kind count: `public_key` has 32 bytes."""

    name: str
    kind: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, kind and key."""
        content = self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key
        return hashlib.sha256(content).digest()[:_KEY_ID_BYTES]

    def to_text(self) -> str:
        """The verifier key as its owner publishes it: name+id+base64 of kind and key."""
        key = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def from_text(cls, text: str) -> Verifier:
        """Read a published verifier key.

        Raises:
            NoteRefused: NOTE-KEY.
        """
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NoteRefused(code="NOTE-KEY") from error
        if not _is_name(name) or len(key) != 1 + _PUBLIC_KEY_BYTES or key[0] not in {ED25519, COSIGNATURE}:
            raise NoteRefused(code="NOTE-KEY")
        verifier = cls(name=name, kind=key[0], public_key=key[1:])
        if verifier.key_id.hex() != key_id:
            raise NoteRefused(code="NOTE-KEY")
        return verifier


class SignatureLine(msgspec.Struct, frozen=True):
    """One line under a note: whose it says that it is, and the bytes behind the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def to_text(self) -> str:
        """The line, with its end."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


class Note(msgspec.Struct, frozen=True):
    """A text (its last newline belongs to it) and what is signed under it."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def to_bytes(self) -> bytes:
        """The note as it is handed on."""
        return (self.text + "\n" + "".join(line.to_text() for line in self.signatures)).encode()

    def with_lines(self, lines: Sequence[SignatureLine]) -> Note:
        """The same with further lines; a key's later line takes the place of its earlier one."""
        kept = {(line.name, line.key_id): line for line in (*self.signatures, *lines)}
        return Note(self.text, tuple(kept.values()))


def read_note(data: bytes) -> Note:
    """Read a note from a stranger, strictly.

    Raises:
        NoteRefused: NOTE-MALFORMED.
    """
    if len(data) > LONGEST_NOTE:
        raise NoteRefused(code="NOTE-MALFORMED")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise NoteRefused(code="NOTE-MALFORMED") from error
    head, separator, tail = whole.rpartition("\n\n")
    if _CONTROL.search(whole) or not separator:
        raise NoteRefused(code="NOTE-MALFORMED")
    note = Note(head + "\n", read_lines(tail))
    if not note.signatures or note.to_bytes() != data:
        raise NoteRefused(code="NOTE-MALFORMED")
    return note


def read_lines(text: str) -> tuple[SignatureLine, ...]:
    """Read signature lines, each with its end.

    Raises:
        NoteRefused: NOTE-MALFORMED.
    """
    lines = text.split("\n")
    if lines.pop() or len(lines) > MOST_SIGNATURES:
        raise NoteRefused(code="NOTE-MALFORMED")
    return tuple(_read_line(line) for line in lines)


def sign(text: str, name: str, key: SigningKey) -> SignatureLine:
    """A log's own signature over a text."""
    verifier = Verifier(name=name, kind=ED25519, public_key=key.public_key)
    return SignatureLine(name, verifier.key_id, key.sign(text.encode()))


def cosign(text: str, name: str, key: SigningKey, time_s: int) -> SignatureLine:
    """A witness's signature over a checkpoint and the time (POSIX seconds) at which it was the largest one seen."""
    verifier = Verifier(name=name, kind=COSIGNATURE, public_key=key.public_key)
    signature = key.sign(_cosigned(text, time_s))
    return SignatureLine(name, verifier.key_id, time_s.to_bytes(_TIME_BYTES, "big") + signature)


def verify(note: Note, verifier: Verifier) -> int:
    """Check what a known key has signed under a note; the time (POSIX seconds) of a cosignature, else 0.

    Raises:
        NoteRefused: NOTE-UNSIGNED where the key has no line there, NOTE-SIGNATURE where a line of it does not hold.
    """
    lines = [line for line in note.signatures if (line.name, line.key_id) == (verifier.name, verifier.key_id)]
    if not lines:
        raise NoteRefused(code="NOTE-UNSIGNED")
    return max(_verify_line(note.text, line, verifier) for line in lines)


def _verify_line(text: str, line: SignatureLine, verifier: Verifier) -> int:
    time_s, signature, message = 0, line.signature, text.encode()
    if verifier.kind == COSIGNATURE:
        time_s = int.from_bytes(signature[:_TIME_BYTES], "big")
        signature = signature[_TIME_BYTES:]
        message = _cosigned(text, time_s)
        if not 0 < time_s <= _LATEST_S:
            raise NoteRefused(code="NOTE-SIGNATURE")
    if len(signature) != _SIGNATURE_BYTES:
        raise NoteRefused(code="NOTE-SIGNATURE")
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public_key).verify(signature, message)
    except InvalidSignature as error:
        raise NoteRefused(code="NOTE-SIGNATURE") from error
    return time_s


def _cosigned(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def _read_line(line: str) -> SignatureLine:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteRefused(code="NOTE-MALFORMED") from error
    if dash != "—" or not _is_name(name) or len(content) <= _KEY_ID_BYTES:
        raise NoteRefused(code="NOTE-MALFORMED")
    return SignatureLine(name, content[:_KEY_ID_BYTES], content[_KEY_ID_BYTES:])


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None
