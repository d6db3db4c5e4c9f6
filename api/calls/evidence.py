"""The evidence desk: digests are lodged and found, receipts put together, entries held. No document is ever sent."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from api.calls.base import GivingClient
from api.calls.giving import ReceiptMismatch
from api.calls.pages import quoted
from api.evidence.schemas import EvidenceView, OwnEvidenceView
from api.legal_holds.schemas import HoldView
from exchange import canonical
from exchange.commands import (
    EvidenceTerms,
    LegalHoldTerms,
    LiftLegalHold,
    LodgeEvidence,
    PlaceLegalHold,
)
from exchange.evidence import document_commitment
from exchange.sealed import SALT_BYTES
from ledger.evidence_receipts import EvidenceReceipt
from ledger.merkle import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.calls.acknowledgements import Acknowledgement
    from exchange.commands import EvidenceKind, HoldGround

_EVIDENCE: TypeAdapter[OwnEvidenceView | EvidenceView] = TypeAdapter(OwnEvidenceView | EvidenceView)


class EvidenceReading(GivingClient):
    """What anybody can ask."""

    def find_evidence(self, sha256: str) -> Iterator[OwnEvidenceView | EvidenceView]:
        """Every deposit of a digest (hex), the first one first."""
        return map(_EVIDENCE.validate_python, self._pages("/v1/evidence", "evidence", sha256=sha256))

    def own_evidence(self) -> Iterator[OwnEvidenceView | EvidenceView]:
        """The company's own deposits, to operators all."""
        return map(_EVIDENCE.validate_python, self._pages("/v1/evidence", "evidence"))

    def evidence(self, evidence_id: str) -> OwnEvidenceView | EvidenceView:
        """One deposit."""
        return _EVIDENCE.validate_python(self._one("/v1/evidence", evidence_id))

    def evidence_proof(self, evidence_id: str) -> bytes:
        """The proof (C2SP tlog-proof) that a deposit's entry stands in a checkpoint."""
        return self.transport.text(f"/v1/evidence/{quoted(evidence_id)}/proof")

    def evidence_receipt(self, view: EvidenceView) -> EvidenceReceipt:
        """All that is needed to check a deposit offline; its proof is empty while no checkpoint reaches it.

        Raises:
            ValueError: the view says nothing of the digests: ask by the SHA-256.
            ReceiptMismatch: the venue's receipt is of another entry than the one that it shows.
        """
        if view.document is None:
            message = "this deposit's digests are told to whoever asks by the SHA-256, and to its party"
            raise ValueError(message)
        public = canonical.encode(self.entry(view.entry).public)
        receipt = self.receipt(view.entry)
        if leaf_hash(public).hex() != receipt.leaf_hash:
            raise ReceiptMismatch(view.entry)
        return EvidenceReceipt(
            evidence_id=view.id,
            sha256=view.document.sha256,
            sm3=view.document.sm3,
            document_salt=view.document.salt,
            public=public.decode(),
            receipt=receipt,
            proof=view.proof or "",
        )


class EvidenceCalls(EvidenceReading):
    """A company's calls."""

    def lodge_evidence(  # noqa: PLR0913 - what a deposit consists of
        self,
        sha256: str,
        kind: EvidenceKind,
        description: str,
        *,
        sm3: str | None = None,
        subject_id: str = "",
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Lodge a document's digests (hex). The description is sealed; of the digests the journal has a commitment."""
        salt = secrets.token_bytes(SALT_BYTES).hex()
        terms = EvidenceTerms(sha256=sha256, document_salt=salt, kind=kind, sm3=sm3, subject_id=subject_id)
        return self.give(
            "/v1/evidence",
            LodgeEvidence(document=document_commitment(sha256, sm3, salt)),
            terms=terms,
            parts={"description": description},
            idempotency_key=idempotency_key,
        )


class LegalHoldCalls(EvidenceReading):
    """An operator's calls."""

    def place_legal_hold(
        self, entries: Sequence[int], ground: HoldGround, document_digest: str, reference: str, reason: str
    ) -> Acknowledgement:
        """Nothing of these entries is erased from now on; the digest (hex) is that of the order or request."""
        return self.give(
            "/v1/operator/legal-holds",
            PlaceLegalHold(document_digest=document_digest),
            terms=LegalHoldTerms(entries=tuple(entries), ground=ground),
            parts={"reference": reference, "reason": reason},
        )

    def lift_legal_hold(
        self, hold_id: str, document_digest: str, reference: str, reason: str
    ) -> Acknowledgement:
        """A hold ends."""
        parts: dict[str, Any] = {"reference": reference, "reason": reason}
        return self.give(
            f"/v1/operator/legal-holds/{quoted(hold_id)}/lifting",
            LiftLegalHold(hold_id=hold_id, document_digest=document_digest),
            parts=parts,
            in_path=("hold_id",),
        )

    def legal_holds(self, state: str | None = None) -> Iterator[HoldView]:
        """Legal holds, all or those of a state."""
        return map(
            HoldView.model_validate, self._pages("/v1/operator/legal-holds", "legal_holds", state=state)
        )
