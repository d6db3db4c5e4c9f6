"""Negotiating: what both sides propose, accept and refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.calls.base import GivingClient
from exchange.commands import AcceptProposal, MakeProposal, ProposalTerms, RefuseProposal

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement


class ProposalCalls(GivingClient):
    """The calls of a negotiation."""

    def propose(
        self,
        listing_id: str,
        price: int,
        expires_ms: int,
        *,
        buyer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Propose a price (minor units) until a time (ms UTC); as the seller, to the buyer that is named."""
        command = MakeProposal(listing_id=listing_id, buyer=buyer or self.actor, expires_ms=expires_ms)
        return self.give(
            f"/v1/listings/{listing_id}/proposals",
            command,
            terms=ProposalTerms(price=price),
            in_path=("listing_id",),
            idempotency_key=idempotency_key,
        )

    def accept_proposal(self, proposal_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Accept what the other side has proposed, as it is: a deal begins."""
        command = AcceptProposal(proposal_id=proposal_id)
        path = f"/v1/proposals/{proposal_id}/acceptance"
        return self.give(path, command, in_path=("proposal_id",), idempotency_key=idempotency_key)

    def refuse_proposal(self, proposal_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Refuse what the other side has proposed: the negotiation ends, and the buyer's deposit goes back."""
        command = RefuseProposal(proposal_id=proposal_id)
        path = f"/v1/proposals/{proposal_id}/refusal"
        return self.give(path, command, in_path=("proposal_id",), idempotency_key=idempotency_key)
