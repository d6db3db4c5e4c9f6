"""Evidence that was lodged, and legal holds."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import EvidenceKind, HoldGround
from exchange.rows.row import Row


class Evidence(Row):
    """A digest as a party lodged it: never changed, never deleted. What it is described as stands in the journal alone.

    It leaves memory after a while, and its table keeps it.
    """

    kind: ClassVar[str] = "evidence"
    party_id: str
    sha256: str
    sm3: str | None
    document: str
    document_salt: str
    evidence_kind: EvidenceKind
    subject_id: str
    lodged_ms: int


class LegalHold(Row):
    """Entries of which nothing is erased: STANDING, then LIFTED, when it leaves memory."""

    kind: ClassVar[str] = "legal_hold"
    entries: tuple[int, ...]
    ground: HoldGround
    document_digest: str
    placed_ms: int
    state: str = "STANDING"
    lifted_ms: int | None = None
