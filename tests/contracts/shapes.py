"""What the registers take, member by member in the contracts' order, and the EIP-712 hashes of what is signed.

Addresses are `0x` and 40 hex digits in lower case, times Unix seconds. The type strings are copied from the
contracts; nothing here comes from the exchange's own code but Keccak.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from eth_abi.abi import encode

from exchange.keccak import keccak

ZERO_ADDRESS = "0x" + "00" * 20
ZERO = bytes(32)


class KeyEnrolment(NamedTuple):
    party: bytes
    key: str
    authorisation: bytes
    deadline: int


class KeyRotation(NamedTuple):
    party: bytes
    old_key: str
    new_key: str
    authorisation: bytes
    deadline: int


class KeyRevocation(NamedTuple):
    party: bytes
    key: str
    reason: bytes
    deadline: int


class CounterAdvance(NamedTuple):
    party: bytes
    key: str
    counter: int
    deadline: int


class KeyRecovery(NamedTuple):
    party: bytes
    new_key: str
    authorisation: bytes
    deadline: int


class RecoveryVeto(NamedTuple):
    party: bytes
    new_key: str
    key: str
    deadline: int


class StandingChange(NamedTuple):
    party: bytes
    standing: int
    reason: bytes


class Deal(NamedTuple):
    right: bytes
    deal: bytes
    kind: int
    seller: str
    buyer: str
    terms: bytes
    contract_text: bytes
    deadline: int
    seller_counter: int
    buyer_counter: int


class DealCancellation(NamedTuple):
    content: bytes


class Unwinding(NamedTuple):
    deal: bytes
    reason: bytes


class StandingOffer(NamedTuple):
    right: bytes
    seller: str
    terms: bytes
    contract_text: bytes
    term_seconds: int
    most: int
    expires_at: int
    seller_counter: int
    salt: bytes


class OfferAcceptance(NamedTuple):
    right: bytes
    deal: bytes
    offer: bytes
    buyer: str
    deadline: int
    buyer_counter: int


class OfferWithdrawal(NamedTuple):
    offer: bytes


class RightEntry(NamedTuple):
    right: bytes
    holder: bytes
    document: bytes


class Confirmation(NamedTuple):
    right: bytes
    deal: bytes
    old_holder: bytes
    new_holder: bytes
    proof: bytes


class Licence(NamedTuple):
    licence: bytes
    right: bytes
    deal: bytes
    head: bytes
    licensor: bytes
    licensee: bytes
    terms: bytes
    scope: bytes
    starts_at: int
    ends_at: int
    sublicensable: bool


class LicenceEnding(NamedTuple):
    licence: bytes
    right: bytes
    ended_at: int
    reason: bytes


class Correction(NamedTuple):
    corrected_seq: int
    correction: bytes
    old_value: bytes
    new_value: bytes
    ground: bytes


class Pledge(NamedTuple):
    right: bytes
    pledge: bytes
    pledgor: bytes
    pledgee: bytes
    terms: bytes
    proof: bytes


class Freeze(NamedTuple):
    right: bytes
    freeze: bytes
    ground: bytes


class Release(NamedTuple):
    right: bytes
    id: bytes
    proof: bytes


class SealedSet(NamedTuple):
    listing: bytes
    round: int
    root: bytes
    bids: int
    closed_at: int


class Fill(NamedTuple):
    right: bytes
    deal: bytes
    register: str
    terms: bytes
    seller: str
    buyer: str
    price: int
    quantity: int
    ask_limit: int
    ask_quantity: int
    ask_expires_at: int
    ask_counter: int
    ask_salt: bytes
    bid_limit: int
    bid_quantity: int
    bid_expires_at: int
    bid_counter: int
    bid_salt: bytes


class LicenceOrder(NamedTuple):
    right: bytes
    trader: str
    side: int
    terms: bytes
    limit: int
    quantity: int
    expires_at: int
    counter: int
    salt: bytes


def ask_of(fill: Fill) -> LicenceOrder:
    """The order to sell that a fill states."""
    return LicenceOrder(fill.right, fill.seller, 2, fill.terms, *fill[8:13])


def bid_of(fill: Fill) -> LicenceOrder:
    """The order to buy that a fill states."""
    return LicenceOrder(fill.right, fill.buyer, 1, fill.terms, *fill[13:18])


Signed = (
    KeyEnrolment
    | KeyRotation
    | KeyRevocation
    | CounterAdvance
    | KeyRecovery
    | RecoveryVeto
    | Deal
    | DealCancellation
    | StandingOffer
    | OfferAcceptance
    | OfferWithdrawal
    | LicenceOrder
)

TYPES: dict[type, str] = {
    KeyEnrolment: "KeyEnrolment(bytes32 party,address key,bytes32 authorisation,uint64 deadline)",
    KeyRotation: "KeyRotation(bytes32 party,address oldKey,address newKey,bytes32 authorisation,uint64 deadline)",
    KeyRevocation: "KeyRevocation(bytes32 party,address key,bytes32 reason,uint64 deadline)",
    CounterAdvance: "CounterAdvance(bytes32 party,address key,uint32 counter,uint64 deadline)",
    KeyRecovery: "KeyRecovery(bytes32 party,address newKey,bytes32 authorisation,uint64 deadline)",
    RecoveryVeto: "RecoveryVeto(bytes32 party,address newKey,address key,uint64 deadline)",
    Deal: (
        "Deal(bytes32 rightId,bytes32 dealId,uint8 kind,address seller,address buyer,bytes32 terms,"
        "bytes32 contractText,uint64 deadline,uint32 sellerCounter,uint32 buyerCounter)"
    ),
    DealCancellation: "DealCancellation(bytes32 deal)",
    StandingOffer: (
        "StandingOffer(bytes32 rightId,address seller,bytes32 terms,bytes32 contractText,uint64 termSeconds,"
        "uint32 most,uint64 expiresAt,uint32 sellerCounter,bytes32 salt)"
    ),
    OfferAcceptance: (
        "OfferAcceptance(bytes32 rightId,bytes32 dealId,bytes32 offerId,address buyer,uint64 deadline,"
        "uint32 buyerCounter)"
    ),
    OfferWithdrawal: "OfferWithdrawal(bytes32 offer)",
    LicenceOrder: (
        "LicenceOrder(bytes32 rightId,address trader,uint8 side,bytes32 terms,uint64 limit,uint32 quantity,"
        "uint64 expiresAt,uint32 counter,bytes32 salt)"
    ),
}
_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_MEMBERS = re.compile(r"(\w+) \w+")


@lru_cache(maxsize=4_096, typed=True)  # two messages of different types can have equal members
def struct_hash(message: Signed) -> bytes:
    """EIP-712 `hashStruct`: the type's hash, then each member as a word."""
    text = TYPES[type(message)]
    types = _MEMBERS.findall(text)
    return keccak(keccak(text.encode()) + encode(types, list(message)))


class Domain(NamedTuple):
    """An EIP-712 domain; the register's is "IPX Register", version "1"."""

    chain_id: int
    contract: str
    name: str = "IPX Register"
    version: str = "1"

    def digest(self, message: Signed) -> bytes:
        """What is signed."""
        return keccak(b"\x19\x01" + _separator(self) + struct_hash(message))


@lru_cache(maxsize=64)
def _separator(domain: Domain) -> bytes:
    words = [
        keccak(_DOMAIN_TYPE),
        keccak(domain.name.encode()),
        keccak(domain.version.encode()),
        domain.chain_id,
        domain.contract,
    ]
    return keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], words))


def deal_id(seller: str, buyer: str, number: int) -> bytes:
    """Last 10 bytes of the seller, last 10 of the buyer, 12 that are free."""
    return bytes.fromhex(seller[22:] + buyer[22:]) + number.to_bytes(12, "big")
