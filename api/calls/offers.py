"""A company's standing offers, and the end of a deal that both have not signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.calls import offer_check
from api.calls.base import GivingClient
from exchange.commands import CancelDeal, OfferWithdrawalTerms, SignOffer, WithdrawOffer

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement
    from ledger.signatures import PrivateKey


class OfferCalls(GivingClient):
    """What a seller offers to whoever accepts, and how a party gets out of what is not signed yet.

    Every method raises `DealMismatch` where the venue shows something else than it has committed to.
    """

    def sign_offer(self, listing_id: str, *, price: int | None = None) -> Acknowledgement:
        """Check what is to be signed against its commitments (and the listed price), then sign for whoever accepts."""
        shown = self.offer_to_sign(listing_id)
        signature, digest = offer_check.offer_signature(
            shown,
            listing_id=listing_id,
            key=self.giver.key,
            domain=self.giver.trust.deals,
            price=price,
        )
        command = SignOffer(listing_id=listing_id, offer_digest=digest, offer_signature=signature)
        return self.give(f"/v1/listings/{listing_id}/offer", command, in_path=("listing_id",))

    def withdraw_offer(self, listing_id: str) -> Acknowledgement:
        """Withdraw the standing offer and take its listing off; who has accepted before has the licence."""
        signature, digest = offer_check.withdrawal_signature(
            self.withdrawal_to_sign(listing_id),
            self.offer(listing_id),
            listing_id=listing_id,
            key=self.giver.key,
            domain=self.giver.trust.deals,
        )
        command = WithdrawOffer(listing_id=listing_id, offer_digest=digest)
        terms = OfferWithdrawalTerms(withdrawal_signature=signature)
        path = f"/v1/listings/{listing_id}/offer/withdrawal"
        return self.give(path, command, terms=terms, in_path=("listing_id",))

    def cancel_deal(self, deal_id: str, *, deal_key: PrivateKey | None = None) -> Acknowledgement:
        """Cancel a deal that both have not signed. `deal_key` is the key chosen for it, if not the company's own."""
        signature, digest = offer_check.cancellation_signature(
            self.cancellation_to_sign(deal_id),
            deal_id=deal_id,
            key=deal_key or self.giver.key,
            domain=self.giver.trust.deals,
        )
        command = CancelDeal(deal_id=deal_id, deal_digest=digest, cancellation_signature=signature)
        return self.give(f"/v1/deals/{deal_id}/cancellation", command, in_path=("deal_id",))
