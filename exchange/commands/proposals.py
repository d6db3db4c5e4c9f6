"""Commands about proposals of a negotiation 协议: offer, counter-offer, acceptance, refusal (Civil Code, Art. 472)."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands.command import Command, Terms


class ProposalTerms(Terms, frozen=True):
    """The price proposed, minor units of the listing's currency."""

    price: int


class MakeProposal(Command, frozen=True):
    """A buyer, or the seller in answer to it, proposes a price; it binds until `expires_ms` (Civil Code Art. 476).

    `buyer` is the party id of the buyer between whom and the seller it is.
    """

    terms_type: ClassVar[type[Terms] | None] = ProposalTerms
    listing_id: str
    buyer: str
    expires_ms: int


class AcceptProposal(Command, frozen=True):
    """The side that a proposal was made to accepts it as it is (Civil Code Art. 479): a deal begins."""

    proposal_id: str


class RefuseProposal(Command, frozen=True):
    """The side that a proposal was made to refuses it, which ends the negotiation with this buyer (Art. 478)."""

    proposal_id: str
