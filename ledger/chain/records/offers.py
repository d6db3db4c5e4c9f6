"""Standing offers, their acceptances and their withdrawal."""

from __future__ import annotations

from ledger.chain.records.base import Record, key_subjects, message_hash, seller_tail, word
from ledger.messages import OfferAcceptance, StandingOffer


class _OfOffer(Record, frozen=True, kw_only=True):
    """The members of the signed struct (EIP-712 `StandingOffer`); times in Unix seconds."""

    types = (
        "bytes32",
        "address",
        "bytes32",
        "bytes32",
        "uint64",
        "uint32",
        "uint64",
        "uint32",
        "bytes32",
    )
    role = "settler"
    right_id: str
    seller: str
    terms: str
    contract_text: str
    term_seconds: int
    most: int
    expires_at: int
    seller_counter: int = 0
    salt: str

    @property
    def item_id(self) -> str:
        """The offer."""
        return self.offer_id

    @property
    def offer_id(self) -> str:
        """The offer's identifier: the EIP-712 hash of its struct."""
        return message_hash(self.message())

    def subjects(self) -> frozenset[str]:
        """Give the offer, the right and the seller's key."""
        return frozenset((self.offer_id, self.right_id, *key_subjects(self.seller)))

    def message(self) -> StandingOffer:
        """Give what the seller signs.

        Raises:
            ChainFault: `RECORD-MALFORMED`.
        """
        return StandingOffer(
            right_id=word(self.right_id),
            seller=self.seller,
            terms=word(self.terms),
            contract_text=word(self.contract_text),
            term_s=self.term_seconds,
            most=self.most,
            expires_at_s=self.expires_at,
            seller_counter=self.seller_counter,
            salt=word(self.salt),
        )


class StandingOfferRecord(_OfOffer, frozen=True, kw_only=True, tag="standing_offer"):
    """An ordinary licence for whoever accepts, signed by the seller."""

    function = "recordOffers"
    signature: str


class OfferWithdrawalRecord(_OfOffer, frozen=True, kw_only=True, tag="offer_withdrawal"):
    """The end of a standing offer, recorded or not, signed by the seller."""

    function = "withdrawOffer"
    form = "message"
    signature: str


class OfferAcceptanceRecord(Record, frozen=True, kw_only=True, tag="offer_acceptance"):
    """A buyer's acceptance of a standing offer, signed by the buyer; it makes a deal. `deadline` in Unix seconds."""

    function = "acceptOffers"
    types = ("bytes32", "bytes32", "bytes32", "address", "uint64", "uint32")
    role = "settler"
    right_id: str
    deal_id: str
    offer_id: str
    buyer: str
    deadline: int
    buyer_counter: int = 0
    signature: str

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal, the offer, the right and both keys, the seller's by the end that the deal's id carries."""
        keys = (seller_tail(self.deal_id), *key_subjects(self.buyer))
        return frozenset((self.deal_id, self.offer_id, self.right_id, *keys))

    def message(self) -> OfferAcceptance:
        """Give what the buyer signs.

        Raises:
            ChainFault: `RECORD-MALFORMED`.
        """
        return OfferAcceptance(
            right_id=word(self.right_id),
            deal_id=word(self.deal_id),
            offer_id=word(self.offer_id),
            buyer=self.buyer,
            deadline_s=self.deadline,
            buyer_counter=self.buyer_counter,
        )
