"""Evidence, checked offline: that a document's digest stood in the public log by a checkpoint, trusting keys alone.

An evidence receipt is one JSON object: the digests with the salt of their commitment, the entry's public part word for
word, the venue's receipt for the entry, and a proof of the public log. Each part is checked against the next: the
document against the digest, the digests against the commitment in the entry, the entry's bytes against the receipt's
leaf hash, and the leaf against the checkpoint.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from exchange.canonical import is_nested_too_deep
from exchange.commands import LodgeEvidence
from exchange.evidence import document_commitment
from ledger.journal import Accepted, Entry, JournalRefused, decode_entry
from ledger.log.proofs import EXPLAINED as EXPLAINED_IN_LOG
from ledger.log.proofs import LONGEST_PROOF, check_receipt_in_log, read_proof
from ledger.receipts import Receipt, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.log.notes import Verifier

FORMAT: Final = "ipx-evidence/1"
LARGEST_RECEIPT: Final = 4 * 1024 * 1024
"""Bytes of a file that is read."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
EvidenceVerdict: TypeAlias = Literal["STANDS", "LEFT-OUT", "NOT-SHOWN", "NO-PROOF", "OTHER-FILE", "OTHER-SM3"]
EXPLAINED: Final[dict[EvidenceVerdict, tuple[str, str]]] = {
    "LEFT-OUT": EXPLAINED_IN_LOG["LEFT-OUT"],
    "NOT-SHOWN": EXPLAINED_IN_LOG["NOT-SHOWN"],
    "NO-PROOF": (
        "the receipt holds no proof of a checkpoint that reaches the entry: have it written again",
        "该回执未附覆盖该记录的检查点证明：请重新取得回执",
    ),
    "STANDS": (
        "this file's digest was lodged by this entry, and the entry stands unchanged in this checkpoint",
        "该文件的摘要由该记录存证，该记录原样载于该检查点",
    ),
    "OTHER-FILE": (
        "the receipt is that of another file, or the file has changed since: its SHA-256 is another",
        "该回执对应另一文件，或文件其后已有改动：SHA-256 摘要不同",
    ),
    "OTHER-SM3": (
        "the SHA-256 is that of this file, the SM3 digest that was lodged beside it is not: rely on neither",
        "SHA-256 摘要与该文件一致，而同时存证的 SM3 摘要不一致：请勿采信",
    ),
}
_CURES: Final = {
    "EVIDENCE-RECEIPT": "hand in the receipt as `ipx evidence lodge`, `find` or `show` wrote it",
    "EVIDENCE-ENTRY": "take the receipt to whoever gave it: its entry lodges no evidence, or another document's",
}


class EvidenceReceiptRefused(ValueError):
    """A file that is no evidence receipt, or whose parts do not belong together. `code` is stable."""

    def __init__(self, *, code: str, found: str = "") -> None:
        super().__init__(f"{code}: {_CURES[code]}" + (f" ({found})" if found else ""))
        self.code = code
        self.cure = _CURES[code]


class EvidenceReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that whoever has the document needs to show since when its digest stands. Digests and salt as hex."""

    format: Literal["ipx-evidence/1"] = FORMAT
    evidence_id: str
    sha256: str
    sm3: str | None
    document_salt: str
    public: str
    """The entry's public part: the canonical JSON (RFC 8785) whose hash is the leaf."""
    receipt: Receipt
    proof: str = ""
    """C2SP tlog-proof; empty while no checkpoint reaches the entry."""


class CheckedEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a check. Times in ms UTC; `size` and `witnesses` are the checkpoint's, if there was one."""

    verdict: EvidenceVerdict
    evidence_id: str
    entry: int
    lodged_ms: int
    size: int | None = None
    witnesses: dict[str, int] = {}


def read_evidence_receipt(data: bytes) -> EvidenceReceipt:
    """Read an evidence receipt from a stranger.

    Raises:
        EvidenceReceiptRefused: EVIDENCE-RECEIPT.
    """
    code = "EVIDENCE-RECEIPT"
    if len(data) > LARGEST_RECEIPT or is_nested_too_deep(data):
        raise EvidenceReceiptRefused(code=code, found="too large")
    try:
        receipt = msgspec.json.decode(data, type=EvidenceReceipt)
    except msgspec.DecodeError as error:
        raise EvidenceReceiptRefused(code=code, found=str(error)) from error
    digests = (receipt.sha256, receipt.document_salt, *(() if receipt.sm3 is None else (receipt.sm3,)))
    if not all(map(_DIGEST.fullmatch, digests)) or len(receipt.proof) > LONGEST_PROOF:
        raise EvidenceReceiptRefused(code=code)
    return receipt


def check_evidence(
    evidence: EvidenceReceipt, sha256: str, sm3: str, log: Verifier, witnesses: Sequence[Verifier]
) -> CheckedEvidence:
    """Whether the digests (hex) of a file are those that were lodged, and whether that stands in a checkpoint.

    Raises:
        EvidenceReceiptRefused: EVIDENCE-ENTRY.
        ReceiptRefused: the venue's receipt does not hold, or is of other bytes.
        NoteRefused: the proof is none, or its checkpoint is not signed by this log.
    """
    entry = _lodging(evidence)
    verify_receipt(evidence.receipt, log.public_key, evidence.public.encode())
    if sha256 != evidence.sha256:
        return _checked("OTHER-FILE", evidence, entry)
    if evidence.sm3 is not None and sm3 != evidence.sm3:
        return _checked("OTHER-SM3", evidence, entry)
    if not evidence.proof:
        return _checked("NO-PROOF", evidence, entry)
    # The time of the receipt itself: whether the venue was late is no question of this one.
    then_ms = evidence.receipt.seal.time_ms
    stands = check_receipt_in_log(
        evidence.receipt, read_proof(evidence.proof.encode()), log, witnesses, then_ms
    )
    if stands.verdict in {"NOT-YET", "PROMISE-BROKEN"}:
        return _checked("NO-PROOF", evidence, entry)
    return _checked(stands.verdict, evidence, entry, stands.size, stands.witnesses)  # type: ignore[arg-type]  # the rest


def _lodging(evidence: EvidenceReceipt) -> Entry:
    """The entry, if it was accepted and lodges these digests under this id."""
    code = "EVIDENCE-ENTRY"
    try:
        entry = decode_entry(evidence.public.encode())
    except JournalRefused as error:
        raise EvidenceReceiptRefused(code=code, found=error.code) from error
    committed = document_commitment(evidence.sha256, evidence.sm3, evidence.document_salt)
    lodges = isinstance(entry.command, LodgeEvidence) and entry.command.document == committed
    accepted = isinstance(entry.answer, Accepted)
    named = isinstance(entry.answer, Accepted) and entry.answer.result.get("evidence_id")
    if not (lodges and accepted and named == evidence.evidence_id and entry.entry == evidence.receipt.entry):
        raise EvidenceReceiptRefused(code=code)
    return entry


def _checked(
    verdict: EvidenceVerdict,
    evidence: EvidenceReceipt,
    entry: Entry,
    size: int | None = None,
    witnesses: dict[str, int] | None = None,
) -> CheckedEvidence:
    return CheckedEvidence(
        verdict=verdict,
        evidence_id=evidence.evidence_id,
        entry=entry.entry,
        lodged_ms=entry.time_ms,
        size=size,
        witnesses=witnesses or {},
    )
