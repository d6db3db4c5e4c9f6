"""Objecting to listings in public notice, and putting documents on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.calls.base import GivingClient
from api.objections.schemas import ObjectionView
from api.papers.schemas import PaperView
from exchange.commands import (
    DecideObjection,
    DocumentTerms,
    ObjectToListing,
    RecordDocument,
    WithdrawObjection,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.calls.acknowledgements import Acknowledgement
    from exchange.commands import ObjectionGround


class ObjectionReading(GivingClient):
    """What everybody concerned reads."""

    def objections(self, listing_id: str) -> Iterator[ObjectionView]:
        """The objections to a listing that the caller may see."""
        path = f"/v1/listings/{listing_id}/objections"
        for row in self._pages(path, "objections"):
            yield ObjectionView.model_validate(row)


class ObjectionCalls(ObjectionReading):
    """A company's calls."""

    def object_to(
        self,
        listing_id: str,
        ground: ObjectionGround,
        statement: str,
        *,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Object to a listing in public notice; what is stated is sealed."""
        return self.give(
            f"/v1/listings/{listing_id}/objections",
            ObjectToListing(listing_id=listing_id, ground=ground),
            parts={"statement": statement},
            in_path=("listing_id",),
            idempotency_key=idempotency_key,
        )

    def withdraw_objection(self, objection_id: str) -> Acknowledgement:
        """Take an objection back."""
        command = WithdrawObjection(objection_id=objection_id)
        return self.give(f"/v1/objections/{objection_id}/withdrawal", command, in_path=("objection_id",))


class DocumentCalls(ObjectionReading):
    """An operator's calls."""

    def decide_objection(self, objection_id: str, decision: Any, reason: str) -> Acknowledgement:  # noqa: ANN401 - one of two words
        """Decide on an objection: `upheld` or `dismissed`."""
        command = DecideObjection(objection_id=objection_id, decision=decision)
        path = f"/v1/objections/{objection_id}/decision"
        return self.give(path, command, parts={"reason": reason}, in_path=("objection_id",))

    def record_document(
        self, terms: DocumentTerms, digest: str, reason: str, reference: str = ""
    ) -> Acknowledgement:
        """Put a document on record by its SHA-256 digest (hex)."""
        parts = {"reason": reason, **({"reference": reference} if reference else {})}
        return self.give("/v1/operator/documents", RecordDocument(digest=digest), terms=terms, parts=parts)

    def documents(self, subject_id: str | None = None) -> Iterator[PaperView]:
        """Documents on record, of one subject or all."""
        for row in self._pages("/v1/documents", "documents", subject_id=subject_id):
            yield PaperView.model_validate(row)
