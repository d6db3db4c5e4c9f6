"""The lines of an exported journal: one header, then entries in order, each batch closed by its seal.

Behind a seal stands the checkpoint that was signed there, if one was (since format 2).
JSON lines in UTF-8, one object a line, no white space, fields in the order given here. An entry's public part and its
openings stand in the line as the very bytes that were hashed. A public export has no openings. Reading is strict: a
line that writing would give otherwise is refused, so that no byte of the file is without meaning.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Literal, TypeAlias

import msgspec

from exchange.canonical import is_nested_too_deep
from ledger.receipts import BatchSeal

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 2
"""Version of the file, apart from that of the entries: 1 had no checkpoints."""
FORMATS = (1, 2)
LONGEST_LINE = 8 * 1024 * 1024
"""Bytes; an entry with sixteen erasable parts of 64 KiB stays far below."""

ExportKind: TypeAlias = Literal["auditor", "public"]


class Header(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="header", tag_field="line"
):
    """The first line: which venue this is, as its first entry says too."""

    format: int = FORMAT
    kind: ExportKind
    chain_id: int
    anchor: str
    register: str
    receipt_key: str


class SealedValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens a commitment: 32 bytes of salt as lower-case hex, and the value in canonical JSON."""

    salt: str
    value: msgspec.Raw


class EntryLine(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="entry", tag_field="line"
):
    """One entry: leaf hash (hex), public part, and the openings that this export gives."""

    entry: int
    leaf: str
    public: msgspec.Raw
    terms: SealedValue | None
    outcome: SealedValue | None
    erasable: dict[str, SealedValue]


class SealLine(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="seal", tag_field="line"
):
    """The seal of the batch that ends here, and its Ed25519 signature (hex)."""

    seal: BatchSeal
    signature: str


class CheckpointLine(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="checkpoint", tag_field="line"
):
    """A checkpoint of all entries so far: the signed note with its cosignatures, and its time-stamp token.

    token: RFC 3161 in DER, as base64; empty where there is none. When it was made is nobody's word but the token's.
    """

    note: str
    token: str


AnyLine: TypeAlias = Header | EntryLine | SealLine | CheckpointLine


class LineRefused(ValueError):
    """A line that no export writes. `number` counts lines from 1.

    was_seal, was_checkpoint: what it seems to have been, if no entry.
    """

    def __init__(
        self, number: int, found: str, *, was_seal: bool = False, was_checkpoint: bool = False
    ) -> None:
        super().__init__(f"line {number}: {found}")
        self.number = number
        self.found = found
        self.was_seal = was_seal
        self.was_checkpoint = was_checkpoint


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyLine)


def encode_line(line: AnyLine) -> bytes:
    """Give a line with its end, as an export writes it."""
    return _encoder.encode(line) + b"\n"


def read_lines(stream: IO[bytes]) -> Iterator[AnyLine]:
    """Read a file line by line, one in memory at a time.

    Raises:
        LineRefused: the line is too long, no line of an export, or written otherwise.
        OSError: the file cannot be read.
    """
    number = 0
    while data := stream.readline(LONGEST_LINE + 1):
        number += 1
        yield _line(number, data)


def _line(number: int, data: bytes) -> AnyLine:
    if len(data) > LONGEST_LINE or data[-1:] != b"\n":
        raise _refused(number, data, "longer than a line can be" if len(data) > LONGEST_LINE else "cut short")
    if is_nested_too_deep(data):
        raise _refused(number, data, "nested too deep")
    try:
        line: AnyLine = _decoder.decode(data)
        written = _encoder.encode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _refused(number, data, str(error)[:200]) from error
    if len(written) + 1 != len(data) or not data.startswith(written):
        raise _refused(number, data, "not written as an export writes it")
    return line


def _refused(number: int, data: bytes, found: str) -> LineRefused:
    # One damaged byte leaves at least one of the two marks of a seal, and of a checkpoint.
    beginning = data[:300]
    return LineRefused(
        number,
        found,
        was_seal=data.startswith(b'{"line":"seal"') or b'"batch_root":' in beginning,
        was_checkpoint=data.startswith(b'{"line":"checkpoint"') or b',"note":"' in beginning,
    )
