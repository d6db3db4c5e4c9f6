"""What a log asks of a witness: the size that it cosigned last, the path from there, and the new checkpoint."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.log.notes import LONGEST_NOTE
from ledger.merkle import HASH_BYTES, LARGEST_TREE

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PROOF_LINES: Final = 63
LONGEST_REQUEST: Final = LONGEST_NOTE + 64 * 64
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class AddCheckpoint(msgspec.Struct, frozen=True):
    """The body of `add-checkpoint`: `old_size` entries, at most 63 hashes, and a signed note."""

    old_size: int
    path: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """As it is sent."""
        lines = [f"old {self.old_size}", *(base64.b64encode(each).decode() for each in self.path), "", ""]
        return "\n".join(lines).encode() + self.note


def read_add_checkpoint(body: bytes) -> AddCheckpoint | None:
    """Read what a stranger sent; None for what is no such request."""
    head, separator, note = body.partition(b"\n\n")
    if len(body) > LONGEST_REQUEST or not separator:
        return None
    try:
        lines = head.decode("ascii").split("\n")
        path = tuple(base64.b64decode(line, validate=True) for line in lines[1:])
    except (UnicodeDecodeError, binascii.Error, ValueError):
        return None
    match = _OLD.fullmatch(lines[0])
    if match is None or len(path) > MOST_PROOF_LINES or not _are_hashes(path):
        return None
    old_size = int(match[1])
    return AddCheckpoint(old_size, path, note) if old_size <= LARGEST_TREE else None


def _are_hashes(path: Sequence[bytes]) -> bool:
    return all(len(each) == HASH_BYTES for each in path)
