"""Asking what would bar a listing: no command, no entry, no signature."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from api.calls.base import GivingClient
from api.calls.giving import body_of
from api.checks.schemas import CheckView

if TYPE_CHECKING:
    from exchange.commands import ListingTerms, SubmitListing


class CheckCalls(GivingClient):
    """The calls of checks."""

    def check_listing(self, listing_id: str) -> CheckView:
        """Everything that bars a listing from its next step, and what later steps still need."""
        path = f"/v1/listings/{quote(listing_id, safe='')}/check"
        return CheckView.model_validate(self.transport.ask(path, {}))

    def check_draft(self, command: SubmitListing, terms: ListingTerms) -> CheckView:
        """Everything that would bar a listing before it is submitted, with the caller as its seller."""
        body = body_of(command, (terms, ""), {}, {}, ())
        del body["signature"], body["terms"]["salt"]
        return CheckView.model_validate(self.transport.ask("/v1/listings/check", body))
