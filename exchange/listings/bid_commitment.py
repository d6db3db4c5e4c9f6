"""The commitment that a sealed bid is until it is opened: the EIP-712 hash of what the bidder will reveal.

The domain is that of instructions (name `IPX Exchange`, version 1, the venue's chain, its journal anchor), so that a
commitment made for one venue opens at no other. The nonce is 32 random bytes of the bidder's: without it a price could
be found by trying all. docs/signatures.md has the same for clients.
"""

from __future__ import annotations

import re

import msgspec

from exchange.keccak import keccak
from exchange.money.amount import LARGEST_AMOUNT, Currency

HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
"""32 bytes, hex."""
_DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_NAME, _VERSION = keccak(b"IPX Exchange"), keccak(b"1")
_MEMBERS = "string listing,uint16 round,string bidder,uint256 price,string currency"
_BID_TYPE = keccak(f"SealedBid({_MEMBERS},bytes32 nonce)".encode())
_TENDER_TYPE = keccak(f"SealedTender({_MEMBERS},bytes32 proposal,bytes32 nonce)".encode())


class SealedBid(msgspec.Struct, frozen=True, kw_only=True):
    """What a sealed bid opens to. `price` in minor units of `currency`, `nonce` 32 bytes (hex).

    `proposal` is the SHA-256 (hex) of a tender's proposal document, empty for a bid by price alone.
    """

    listing: str
    round: int = 1
    bidder: str
    """The party's id."""
    price: int
    currency: Currency
    proposal: str = ""
    nonce: str

    def __repr__(self) -> str:
        """Name neither price nor nonce: an opening must not slip into a log."""
        return f"SealedBid(listing={self.listing!r}, bidder={self.bidder!r}, …)"


def commitment_of(chain_id: int, anchor: str, bid: SealedBid) -> str:
    """The commitment (32 bytes, hex) to a sealed bid at the venue whose journal this contract anchors.

    Raises:
        ValueError: a price, round, nonce or proposal that no bid has.
    """
    if not 0 < bid.price <= LARGEST_AMOUNT or not 0 < bid.round < 2**16:
        message = "a price or round that no bid has"
        raise ValueError(message)
    if not HASH.fullmatch(bid.nonce) or (bid.proposal and not HASH.fullmatch(bid.proposal)):
        message = "a nonce or proposal that is not 32 bytes in hex"
        raise ValueError(message)
    words = [
        _TENDER_TYPE if bid.proposal else _BID_TYPE,
        keccak(bid.listing.encode()),
        _word(bid.round),
        keccak(bid.bidder.encode()),
        _word(bid.price),
        keccak(bid.currency.encode()),
        bytes.fromhex(bid.proposal),
        bytes.fromhex(bid.nonce),
    ]
    domain = keccak(_DOMAIN_TYPE + _NAME + _VERSION + _word(chain_id) + _word(int(anchor, 16)))
    return keccak(b"\x19\x01" + domain + keccak(b"".join(words))).hex()


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
