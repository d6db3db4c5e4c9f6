"""Does a receipt's entry stand in the public log? Checked by whoever holds the receipt, trusting keys alone.

A proof is C2SP's tlog-proof: the entry's index, its inclusion path, and a checkpoint. Its extra data is the leaf hash
that stands there: where that is another than the receipt's, proof and receipt together show that the entry was left
out or changed.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from ledger.log.checkpoints import SeenCheckpoint, read_checkpoint
from ledger.log.notes import LONGEST_NOTE, NoteRefused, Verifier
from ledger.merkle import HASH_BYTES
from ledger.merkle_checks import LONGEST_PATH, verify_inclusion
from ledger.receipts import Receipt, stands_in, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
LONGEST_PROOF: Final = LONGEST_NOTE + 64 * (LONGEST_PATH + 4)
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
Verdict = Literal["STANDS", "LEFT-OUT", "NOT-SHOWN", "NOT-YET", "PROMISE-BROKEN"]
EXPLAINED: Final[dict[Verdict, tuple[str, str]]] = {
    "STANDS": (
        "the entry stands unchanged in this checkpoint",
        "该记录原样载于该检查点",
    ),
    "LEFT-OUT": (
        "the venue acknowledged this entry, and its checkpoint holds another in its place: receipt and proof show that",
        "交易中心已确认该记录，但其检查点在该位置载有另一记录；凭该回执与该证明即可证明",
    ),
    "NOT-SHOWN": (
        "a checkpoint reaches this entry, and it was not shown that it holds it: ask for the proof, keep both",
        "已有检查点覆盖该记录，但未能证明其载有该记录：请索取证明，并保留回执与检查点",
    ),
    "NOT-YET": (
        "no checkpoint reaches this entry yet, and the time promised for one has not passed",
        "尚无检查点覆盖该记录，且承诺期限未届满",
    ),
    "PROMISE-BROKEN": (
        "no checkpoint reaches this entry, and the time promised for one has passed: keep the receipt, ask again",
        "承诺期限已过而无检查点覆盖该记录：请保留回执并再次查询",
    ),
}


class Proof(msgspec.Struct, frozen=True):
    """What a venue hands over for an entry; the checkpoint is as it was given, unchecked."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    leaf: bytes = b""
    """The leaf hash that the venue says stands there; empty where it says none."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a check. `size` and `witnesses` (name to POSIX seconds) are the checkpoint's, if there was one."""

    verdict: Verdict
    entry: int
    size: int | None = None
    root: str = ""
    witnesses: dict[str, int] = {}


def write_proof(proof: Proof) -> bytes:
    """As C2SP writes it."""
    extra = [f"extra {base64.b64encode(proof.leaf).decode()}"] if proof.leaf else []
    path = [base64.b64encode(each).decode() for each in proof.path]
    lines = [FIRST_LINE, *extra, f"index {proof.index}", *path]
    return "\n".join([*lines, "", ""]).encode() + proof.checkpoint


def read_proof(data: bytes) -> Proof:
    """Read a proof from a stranger.

    Raises:
        NoteRefused: NOTE-MALFORMED.
    """
    head, separator, checkpoint = data.partition(b"\n\n")
    if len(data) > LONGEST_PROOF or not separator:
        raise NoteRefused(code="NOTE-MALFORMED")
    try:
        lines = head.decode("ascii").split("\n")
        leaf = b""
        if len(lines) > 1 and lines[1].startswith("extra "):
            leaf = base64.b64decode(lines.pop(1).removeprefix("extra "), validate=True)
        path = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
    except (UnicodeDecodeError, binascii.Error, ValueError) as error:
        raise NoteRefused(code="NOTE-MALFORMED") from error
    match = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
    whole = all(len(each) == HASH_BYTES for each in path) and len(path) <= LONGEST_PATH
    if lines[0] != FIRST_LINE or match is None or not whole:
        raise NoteRefused(code="NOTE-MALFORMED")
    return Proof(int(match[1]), path, checkpoint, leaf)


def check_receipt_in_log(  # noqa: PLR0913 - what is checked, against whose keys, and when
    receipt: Receipt,
    proof: Proof | None,
    log: Verifier,
    witnesses: Sequence[Verifier],
    now_ms: int,
    *,
    checkpoint: bytes | None = None,
) -> Checked:
    """Whether an acknowledged entry stands in a checkpoint.

    proof: what the venue gives for the entry, or None. checkpoint: a signed checkpoint from anybody, for when the venue
    gives no proof. now_ms: ms UTC, for the promise of a checkpoint within `receipt.promised_within_s`.

    Raises:
        ReceiptRefused: the receipt itself does not hold.
        NoteRefused: the checkpoint is not signed by this log, or a known witness's line does not hold.
    """
    verify_receipt(receipt, log.public_key)
    given = proof.checkpoint if proof is not None else checkpoint
    if given is None:
        late = now_ms > receipt.seal.time_ms + 1000 * receipt.promised_within_s
        return Checked(verdict="PROMISE-BROKEN" if late else "NOT-YET", entry=receipt.entry)
    seen = read_checkpoint(given, log, witnesses)
    if seen.checkpoint.size <= receipt.entry:
        return check_receipt_in_log(receipt, None, log, witnesses, now_ms)
    if proof is None or proof.index != receipt.entry:
        return _checked("NOT-SHOWN", receipt, seen)
    stated = seen.checkpoint
    if stands_in(receipt, stated.size, stated.root, proof.path):
        return _checked("STANDS", receipt, seen)
    replaced = verify_inclusion(proof.leaf, receipt.entry, stated.size, proof.path, stated.root)
    return _checked("LEFT-OUT" if replaced else "NOT-SHOWN", receipt, seen)


def _checked(verdict: Verdict, receipt: Receipt, seen: SeenCheckpoint) -> Checked:
    return Checked(
        verdict=verdict,
        entry=receipt.entry,
        size=seen.checkpoint.size,
        root=seen.checkpoint.root.hex(),
        witnesses=seen.witnesses,
    )
