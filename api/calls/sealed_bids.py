"""Sealed bids: the client makes the commitment itself, and keeps what opens it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from api.calls.base import GivingClient
from exchange.commands import RevealBid, RevealTerms, SealBid
from exchange.listings.bid_commitment import SealedBid, commitment_of
from exchange.sealed import SALT_BYTES
from ledger import merkle

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement
    from api.sealed_bids.schemas import SealedSetView
    from exchange.money.amount import Currency


class SealedBidCalls(GivingClient):
    """The calls of sealed bids and tenders."""

    def draw_up_bid(self, listing_id: str, price: int, *, proposal: str = "") -> SealedBid:
        """What a bid of this company at `price` (minor units) will open to, with a fresh nonce: keep it.

        `proposal` is the SHA-256 (hex) of a tender's proposal document. Whoever loses the nonce cannot open the bid.
        """
        listing = self.listing(listing_id)
        return SealedBid(
            listing=listing_id,
            bidder=self.actor,
            price=price,
            currency=cast("Currency", listing.currency),
            proposal=proposal,
            nonce=secrets.token_bytes(SALT_BYTES).hex(),
        )

    def commitment_of(self, bid: SealedBid) -> str:
        """The commitment (hex) to a bid at this venue."""
        return commitment_of(self.giver.trust.chain_id, self.giver.trust.anchor, bid)

    def seal_bid(self, bid: SealedBid, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Seal a bid: the venue sees its commitment alone."""
        command = SealBid(listing_id=bid.listing, commitment=self.commitment_of(bid))
        path = f"/v1/listings/{bid.listing}/sealed-bids"
        return self.give(path, command, in_path=("listing_id",), idempotency_key=idempotency_key)

    def reveal_bid(
        self, bid_id: str, bid: SealedBid, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Open a sealed bid, once its set is final on the chain."""
        terms = RevealTerms(price=bid.price, nonce=bid.nonce, proposal=bid.proposal)
        return self.give(
            f"/v1/bids/{bid_id}/opening",
            RevealBid(bid_id=bid_id),
            terms=terms,
            in_path=("bid_id",),
            idempotency_key=idempotency_key,
        )


def place_in(sealed_set: SealedSetView, commitment: str) -> tuple[int, list[str]] | None:
    """Where a commitment stands in a set, and its inclusion path (RFC 9162, hex), as the contract checks it.

    None if it is not in the set, or if the set does not have the root that it states.
    """
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in sealed_set.commitments]
    whole = (sealed_set.root, sealed_set.count) == ("0x" + merkle.root(leaves).hex(), len(leaves))
    if not whole or commitment not in sealed_set.commitments:
        return None
    index = sealed_set.commitments.index(commitment)
    return index, [each.hex() for each in merkle.path_in(merkle.levels(leaves), index)]
