"""The model's deals and standing offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.contracts.model_base import World, revert, split_signatures
from tests.contracts.model_parties import Parties
from tests.contracts.shapes import (
    ZERO,
    Confirmation,
    Deal,
    DealCancellation,
    Fill,
    Licence,
    OfferAcceptance,
    OfferWithdrawal,
    StandingOffer,
    Unwinding,
    deal_id,
    struct_hash,
)

if TYPE_CHECKING:
    from tests.contracts.model_fills import FillModel

ASSIGNMENT, ORDINARY_LICENCE, RESULT_DELIVERY = 1, 4, 5
LICENCES = (2, 3, 4)
AGREED, REGISTERED, LICENSED, SETTLED, UNWOUND, CANCELLED = range(1, 7)


@dataclass
class DealRecord:
    """What stands under an identifier, and what brought it to its present state."""

    seq: int
    kind: int
    state: int
    content: Deal | OfferAcceptance | Fill
    outcome: Unwinding | Confirmation | Licence | None = None


@dataclass
class OfferRecord:
    """An offer, made or withdrawn before it was."""

    offer: StandingOffer
    seq: int
    accepted: int = 0
    withdrawn: bool = False


def carries(deal: bytes, seller: str, buyer: str) -> bool:
    """Whether an identifier is built from these two addresses."""
    return deal[:20] == deal_id(seller, buyer, 0)[:20]


class Dealings(Parties):
    """What two parties agreed."""

    def __init__(self, name: str, address: str, world: World, chain_id: int) -> None:
        super().__init__(name, address, world, chain_id)
        self.deals: dict[bytes, DealRecord] = {}
        self.offers: dict[bytes, OfferRecord] = {}
        self.fills: FillModel | None = None

    def deal_or_fill(self, name: bytes) -> DealRecord | None:
        """What stands under an identifier here, or as a fill with which this register has not gone on yet."""
        standing = self.deals.get(name)
        return self.fills.agreed(name) if standing is None and self.fills is not None else standing

    def record_agreements(self, deals: list[Deal], signatures: bytes) -> None:
        """Record what both signed."""
        signed = split_signatures(signatures, 2 * len(deals))
        for deal, seller, buyer in zip(deals, signed[::2], signed[1::2], strict=True):
            if deal.deal in self.deals:
                self._refuse_standing(deal)
                continue
            refusal = self._deal_refusal(deal) or self._side_refusal(deal, seller, buyer)
            if refusal is not None:
                self.refuse(deal.deal, refusal)
                continue
            seq = self.emit("DealAgreed", *deal[:8])
            self.deals[deal.deal] = DealRecord(seq, deal.kind, AGREED, deal)

    def cancel_deal(self, deal: Deal, key: str, signature: bytes) -> None:
        """A party makes sure that a deal never can be recorded."""
        if key not in {deal.seller, deal.buyer}:
            revert("NotAParty", key)
        if not carries(deal.deal, deal.seller, deal.buyer):
            revert("DealIdForeign")
        standing = self.deal_or_fill(deal.deal)
        if standing is not None:
            if standing.state == CANCELLED and standing.content == deal:
                return
            revert("DealStateForbids")
        content = struct_hash(deal)
        self.require_signed_by_live(key, DealCancellation(content), signature)
        seq = self.emit("DealCancelled", deal.right, deal.deal, key, content)
        self.deals[deal.deal] = DealRecord(seq, deal.kind, CANCELLED, deal)

    def settle_deals(self, deals: list[bytes]) -> None:
        """Money is paid out."""
        for name in deals:
            deal = self.deals.get(name)
            if deal is None:
                self.refuse(name, "RecordUnknown")
            elif deal.state == SETTLED:
                continue
            elif deal.state != _state_before_settlement(deal.kind):
                self.refuse(name, "DealStateForbids")
            else:
                self.emit("DealSettled", name, deal.state, SETTLED)
                deal.state = SETTLED

    def unwind_deals(self, items: list[Unwinding]) -> None:
        """Undo what has not taken effect."""
        for item in items:
            deal = self.deal_or_fill(item.deal)
            if deal is None:
                self.refuse(item.deal, "RecordUnknown")
            elif deal.state == UNWOUND:
                if deal.outcome != item:
                    self.refuse(item.deal, "AlreadyEnded")
            elif deal.state != AGREED:
                self.refuse(item.deal, "DealStateForbids")
            else:
                self.emit("DealUnwound", *item, AGREED, UNWOUND)
                deal.state, deal.outcome = UNWOUND, item
                self.deals[item.deal] = deal

    def record_offers(self, offers: list[StandingOffer], signatures: bytes) -> None:
        """Record what a seller signed for anyone."""
        for offer, signature in zip(offers, split_signatures(signatures, len(offers)), strict=True):
            name = struct_hash(offer)
            standing = self.offers.get(name)
            if standing is not None:
                if standing.withdrawn:
                    self.refuse(name, "OfferIsWithdrawn")
                continue
            refusal = self._offer_refusal(offer, signature)
            if refusal is not None:
                self.refuse(name, refusal)
                continue
            self.offers[name] = OfferRecord(offer, self.emit("OfferMade", *offer))

    def accept_offers(self, acceptances: list[OfferAcceptance], signatures: bytes) -> None:
        """Record buyers' acceptances; each is an agreed deal, ordinary licence."""
        for item, signature in zip(acceptances, split_signatures(signatures, len(acceptances)), strict=True):
            if item.deal in self.deals:
                self._refuse_standing(item)
                continue
            refusal = self._acceptance_refusal(item, signature)
            if refusal is not None:
                self.refuse(item.deal, refusal)
                continue
            self.offers[item.offer].accepted += 1
            seq = self.emit("OfferAccepted", *item[:5])
            self.deals[item.deal] = DealRecord(seq, ORDINARY_LICENCE, AGREED, item)

    def withdraw_offer(self, offer: StandingOffer, signature: bytes) -> None:
        """The seller takes an offer back, made or not."""
        name = struct_hash(offer)
        standing = self.offers.get(name)
        if standing is not None and standing.withdrawn:
            return
        self.require_signed_by_live(offer.seller, OfferWithdrawal(name), signature)
        accepted = 0 if standing is None else standing.accepted
        seq = self.emit("OfferWithdrawn", offer.right, offer.seller, name, accepted)
        self.offers.setdefault(name, OfferRecord(offer, seq)).withdrawn = True

    def _refuse_standing(self, item: Deal | OfferAcceptance) -> None:
        standing = self.deals[item.deal]
        if standing.content != item:
            self.refuse(item.deal, "IdTaken")
        elif standing.state == CANCELLED:
            self.refuse(item.deal, "DealIsCancelled")

    def _deal_refusal(self, deal: Deal) -> str | None:
        if ZERO in {deal.right, deal.terms}:
            return "ZeroValue"
        if not ASSIGNMENT <= deal.kind <= RESULT_DELIVERY:
            return "DealKindUnknown"
        if deal.seller == deal.buyer:
            return "SellerIsBuyer"
        if not carries(deal.deal, deal.seller, deal.buyer):
            return "DealIdForeign"
        if deal.deadline < self.now:
            return "DealExpired"
        return self.key_refusal(deal.seller, deal.seller_counter) or self.key_refusal(
            deal.buyer, deal.buyer_counter
        )

    def _side_refusal(self, deal: Deal, seller: bytes, buyer: bytes) -> str | None:
        return _of_side("Seller", self.signature_refusal(deal.seller, deal, seller)) or _of_side(
            "Buyer", self.signature_refusal(deal.buyer, deal, buyer)
        )

    def _offer_refusal(self, offer: StandingOffer, signature: bytes) -> str | None:
        if ZERO in {offer.right, offer.terms} or not offer.term_seconds or not offer.most:
            return "ZeroValue"
        if offer.expires_at < self.now:
            return "OfferExpired"
        return self.key_refusal(offer.seller, offer.seller_counter) or _of_side(
            "Seller", self.signature_refusal(offer.seller, offer, signature)
        )

    def _acceptance_refusal(self, item: OfferAcceptance, signature: bytes) -> str | None:
        standing = self.offers.get(item.offer)
        if standing is None:
            return "RecordUnknown"
        offer = standing.offer
        rules = (
            (standing.withdrawn, "OfferIsWithdrawn"),
            (offer.right != item.right, "AnotherRight"),
            (offer.expires_at < self.now, "OfferExpired"),
            (standing.accepted >= offer.most, "OfferUsedUp"),
            (item.buyer == offer.seller, "SellerIsBuyer"),
            (not carries(item.deal, offer.seller, item.buyer), "DealIdForeign"),
            (item.deadline < self.now, "DealExpired"),
        )
        return (
            next((error for broken, error in rules if broken), None)
            or self.key_refusal(offer.seller, offer.seller_counter)
            or self.key_refusal(item.buyer, item.buyer_counter)
            or _of_side("Buyer", self.signature_refusal(item.buyer, item, signature))
        )


def _of_side(side: str, refusal: str | None) -> str | None:
    return f"{side}SignatureInvalid" if refusal == "KeySignatureInvalid" else refusal


def _state_before_settlement(kind: int) -> int:
    """An assignment is registered first, a licence granted; a result needs neither."""
    return {ASSIGNMENT: REGISTERED, RESULT_DELIVERY: AGREED}.get(kind, LICENSED)
