"""What two parties agreed, and how it ended."""

from __future__ import annotations

from ledger.chain.records.base import Record, key_subjects, message_hash, word
from ledger.messages import Deal

_DEAL_TYPES = (
    "bytes32",
    "bytes32",
    "uint8",
    "address",
    "address",
    "bytes32",
    "bytes32",
    "uint64",
    "uint32",
    "uint32",
)


class _OfDeal(Record, frozen=True, kw_only=True):
    """The members of the signed struct (EIP-712 `Deal`); `deadline` in Unix seconds."""

    types = _DEAL_TYPES
    role = "settler"
    right_id: str
    deal_id: str
    kind: int
    seller: str
    buyer: str
    terms: str
    contract_text: str
    deadline: int
    seller_counter: int = 0
    buyer_counter: int = 0

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal, the right and both signing keys."""
        keys = (*key_subjects(self.seller), *key_subjects(self.buyer))
        return frozenset((self.deal_id, self.right_id, *keys))

    def message(self) -> Deal:
        """Give what both parties sign.

        Raises:
            ChainFault: `RECORD-MALFORMED`.
        """
        return Deal(
            right_id=word(self.right_id),
            deal_id=word(self.deal_id),
            kind=self.kind,
            seller=self.seller,
            buyer=self.buyer,
            terms=word(self.terms),
            contract_text=word(self.contract_text),
            deadline_s=self.deadline,
            seller_counter=self.seller_counter,
            buyer_counter=self.buyer_counter,
        )


class DealRecord(_OfDeal, frozen=True, kw_only=True, tag="deal"):
    """A deal that both parties signed, each under its key's counter; signatures as 0x hex."""

    function = "recordAgreements"
    seller_signature: str
    buyer_signature: str


class DealCancellationRecord(_OfDeal, frozen=True, kw_only=True, tag="deal_cancellation"):
    """A party's cancellation of a deal that is not recorded; `key` is the seller's or the buyer's and signed it."""

    function = "cancelDeal"
    form = "message"
    besides = ("address",)
    key: str
    signature: str

    @property
    def deal(self) -> str:
        """EIP-712 hash of the deal's struct, as the event names it."""
        return message_hash(self.message())


class UnwoundRecord(Record, frozen=True, kw_only=True, tag="unwound"):
    """A deal was undone before it took effect; `reason` is a code as bytes32."""

    function = "unwindDeals"
    types = ("bytes32", "bytes32")
    role = "settler"
    deal_id: str
    reason: str

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal."""
        return frozenset((self.deal_id,))


class SettledRecord(Record, frozen=True, kw_only=True, tag="settled"):
    """A deal was paid out and is done."""

    function = "settleDeals"
    form = "words"
    types = ("bytes32",)
    role = "settler"
    deal_id: str

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal."""
        return frozenset((self.deal_id,))
