"""What is signed under EIP-712: instructions to the venue, and messages that the register contract itself checks.

Each type lists its members as Solidity names them, in the order of its fields. Hashes are 32 bytes, addresses EIP-55 or
lower-case text, `_s` is seconds UTC as a chain counts, `_ms` milliseconds UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Hash: TypeAlias = bytes
"""32 bytes."""
Members: TypeAlias = tuple[tuple[str, str], ...]
"""Name and type of each member, as Solidity writes them."""

NO_TERMS = bytes(32)
"""Stands for `terms` where an instruction has no confidential terms."""
DEAL_KINDS: Mapping[str, int] = {
    "assignment": 1,
    "exclusive_licence": 2,
    "sole_licence": 3,
    "ordinary_licence": 4,
    "delivery": 5,
}
"""The `kind` of a `Deal` struct, as the register contract numbers it."""


ORDER_SIDES: Mapping[str, int] = {"buy": 1, "sell": 2}
"""The `side` of a `LicenceOrder` struct."""


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """What a party or an operator tells the venue to do; signed in the exchange domain."""

    members: ClassVar[Members] = (
        ("action", "string"),
        ("party", "string"),
        ("reference", "bytes32"),
        ("content", "bytes32"),
        ("terms", "bytes32"),
        ("validUntil", "uint64"),
    )
    action: str
    """The command's type tag, e.g. `place_bid`."""
    party: str
    """The id of the party (or operator) for whom is signed."""
    reference: Hash
    """SHA-256 of the Idempotency-Key: makes each instruction good for once."""
    content: Hash
    """SHA-256 of the canonical JSON of the command's public fields."""
    terms: Hash = NO_TERMS
    """The commitment to the confidential terms, or 32 zero bytes."""
    valid_until_ms: int
    """Milliseconds UTC; the venue refuses the instruction afterwards."""


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """What both parties of a deal sign; the contract checks both signatures."""

    members: ClassVar[Members] = (
        ("rightId", "bytes32"),
        ("dealId", "bytes32"),
        ("kind", "uint8"),
        ("seller", "address"),
        ("buyer", "address"),
        ("terms", "bytes32"),
        ("contractText", "bytes32"),
        ("deadline", "uint64"),
        ("sellerCounter", "uint32"),
        ("buyerCounter", "uint32"),
    )
    right_id: Hash
    deal_id: Hash
    """The last 10 bytes of the seller's address, of the buyer's, then 12 of the deal's own."""
    kind: int
    """One of `DEAL_KINDS`."""
    seller: str
    buyer: str
    terms: Hash
    """The commitment to the deal's terms."""
    contract_text: Hash
    """The commitment to the text of the contract."""
    deadline_s: int
    """The contract refuses the deal afterwards."""
    seller_counter: int = 0
    """The counter of the seller's key; by advancing it the seller cancels whatever it signed."""
    buyer_counter: int = 0


class EarlierDeal(msgspec.Struct, frozen=True, kw_only=True):
    """What both parties of a deal signed under engine version 1; its type's name on the chain was `Deal` too."""

    name: ClassVar[str] = "Deal"
    members: ClassVar[Members] = (
        ("dealId", "bytes32"),
        ("rightId", "bytes32"),
        ("kind", "uint8"),
        ("seller", "address"),
        ("buyer", "address"),
        ("terms", "bytes32"),
        ("contractText", "bytes32"),
        ("deadline", "uint64"),
    )
    deal_id: Hash
    right_id: Hash
    kind: int
    seller: str
    buyer: str
    terms: Hash
    contract_text: Hash
    deadline_s: int


class KeyEnrolment(msgspec.Struct, frozen=True, kw_only=True):
    """The first key of a party, signed by that key."""

    members: ClassVar[Members] = (
        ("party", "bytes32"),
        ("key", "address"),
        ("authorisation", "bytes32"),
        ("deadline", "uint64"),
    )
    party: Hash
    """The party's commitment on the chain."""
    key: str
    authorisation: Hash
    """The commitment to the letter of authorisation."""
    deadline_s: int


class KeyRotation(msgspec.Struct, frozen=True, kw_only=True):
    """Another key in the place of a live one, signed by both."""

    members: ClassVar[Members] = (
        ("party", "bytes32"),
        ("oldKey", "address"),
        ("newKey", "address"),
        ("authorisation", "bytes32"),
        ("deadline", "uint64"),
    )
    party: Hash
    old_key: str
    new_key: str
    authorisation: Hash
    deadline_s: int


class KeyRevocation(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a key, signed by it."""

    members: ClassVar[Members] = (
        ("party", "bytes32"),
        ("key", "address"),
        ("reason", "bytes32"),
        ("deadline", "uint64"),
    )
    party: Hash
    key: str
    reason: Hash
    deadline_s: int


class CounterAdvance(msgspec.Struct, frozen=True, kw_only=True):
    """Cancels whatever a key signed under a lower counter, signed by it."""

    members: ClassVar[Members] = (
        ("party", "bytes32"),
        ("key", "address"),
        ("counter", "uint32"),
        ("deadline", "uint64"),
    )
    party: Hash
    key: str
    counter: int
    deadline_s: int


class KeyRecovery(msgspec.Struct, frozen=True, kw_only=True):
    """A new key for a party that lost its own, signed by the new one."""

    members: ClassVar[Members] = (
        ("party", "bytes32"),
        ("newKey", "address"),
        ("authorisation", "bytes32"),
        ("deadline", "uint64"),
    )
    party: Hash
    new_key: str
    authorisation: Hash
    deadline_s: int


class RecoveryVeto(msgspec.Struct, frozen=True, kw_only=True):
    """A live key's objection to a recovery, signed by it."""

    members: ClassVar[Members] = (
        ("party", "bytes32"),
        ("newKey", "address"),
        ("key", "address"),
        ("deadline", "uint64"),
    )
    party: Hash
    new_key: str
    key: str
    deadline_s: int


class StandingOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An ordinary licence for whoever accepts, signed once by the seller; its struct hash is the offer's identifier."""

    members: ClassVar[Members] = (
        ("rightId", "bytes32"),
        ("seller", "address"),
        ("terms", "bytes32"),
        ("contractText", "bytes32"),
        ("termSeconds", "uint64"),
        ("most", "uint32"),
        ("expiresAt", "uint64"),
        ("sellerCounter", "uint32"),
        ("salt", "bytes32"),
    )
    right_id: Hash
    seller: str
    terms: Hash
    contract_text: Hash
    term_s: int
    """Seconds from the start of each licence to its end."""
    most: int
    """Most acceptances."""
    expires_at_s: int
    seller_counter: int = 0
    salt: Hash = bytes(32)
    """What tells equal offers apart."""


class OfferAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """A buyer's acceptance of a standing offer, signed by the buyer."""

    members: ClassVar[Members] = (
        ("rightId", "bytes32"),
        ("dealId", "bytes32"),
        ("offerId", "bytes32"),
        ("buyer", "address"),
        ("deadline", "uint64"),
        ("buyerCounter", "uint32"),
    )
    right_id: Hash
    deal_id: Hash
    offer_id: Hash
    buyer: str
    deadline_s: int
    buyer_counter: int = 0


class OfferWithdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a standing offer, signed by the seller."""

    members: ClassVar[Members] = (("offer", "bytes32"),)
    offer: Hash
    """The struct hash of the `StandingOffer`."""


class DealCancellation(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a deal before it is recorded, signed by its seller or its buyer."""

    members: ClassVar[Members] = (("deal", "bytes32"),)
    deal: Hash
    """The struct hash of the `Deal`."""


class LicenceOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of a continuous book for ordinary licences, signed by its party; a fill of two is a deal."""

    members: ClassVar[Members] = (
        ("rightId", "bytes32"),
        ("trader", "address"),
        ("side", "uint8"),
        ("terms", "bytes32"),
        ("limit", "uint64"),
        ("quantity", "uint32"),
        ("expiresAt", "uint64"),
        ("counter", "uint32"),
        ("salt", "bytes32"),
    )
    right_id: Hash
    trader: str
    side: int
    """One of `ORDER_SIDES`."""
    terms: Hash
    """The commitment to the terms of every licence on the listing."""
    limit: int
    """Minor units for one licence: the most that a buyer pays, the least that the seller takes."""
    quantity: int
    """Licences in all."""
    expires_at_s: int
    """The contract records no fill of it afterwards."""
    counter: int = 0
    salt: Hash
    """What tells the orders of a key apart; an amended one keeps it."""


RegisterMessage: TypeAlias = (
    Deal
    | EarlierDeal
    | KeyEnrolment
    | KeyRotation
    | KeyRevocation
    | CounterAdvance
    | KeyRecovery
    | RecoveryVeto
    | StandingOffer
    | OfferAcceptance
    | OfferWithdrawal
    | DealCancellation
    | LicenceOrder
)
"""What the register contract takes from a party's own hand."""
Message: TypeAlias = Instruction | RegisterMessage
