"""Signing transactions. Whoever sends knows an address and asks for signatures; the key stays where it is.

Whoever sends holds a `Signer`: a process apart (ledger/signer), or `LocalSigner` over a key in its own. What the
signer's process signs with is any `DigestKey`: a key in its memory, or one in a hardware module or key service.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_typing import HexAddress, HexStr
from web3.types import Nonce
from web3.utils.address import get_create_address

from exchange.keccak import keccak
from ledger.chain.client import Fees
from ledger.chain.errors import ChainFault
from ledger.secp256k1 import PrivateKey, checksum_address


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """An EIP-1559 transaction that carries no value. `to` is empty for one that creates a contract."""

    chain_id: int
    nonce: int
    to: str
    data: bytes
    gas: int
    fees: Fees


class SignedTransaction(msgspec.Struct, frozen=True):
    """A transaction ready to send, and the hash that it will have."""

    raw: bytes
    hash: bytes


class DigestKey(Protocol):
    """A secp256k1 key, wherever it lies: what an adapter for a key service has to fill."""

    @property
    def address(self) -> str:
        """The address (EIP-55) that belongs to it."""

    def sign_digest(self, signed_digest: bytes) -> bytes:
        """Sign 32 bytes: r, s and v (65 bytes), s in the lower half of the order (EIP-2), v 27 or 28."""


class Signer(Protocol):
    """Something that signs for one address."""

    @property
    def address(self) -> str:
        """The address (EIP-55) that it signs for."""

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """Sign a transaction; the same transaction gives the same bytes (RFC 6979)."""


class LocalSigner:
    """Signs with a key held in this process. The key shows in no text form and cannot be pickled."""

    __slots__ = ("_key",)

    def __init__(self, key: PrivateKey) -> None:
        """Take the key."""
        self._key = key

    @property
    def address(self) -> str:
        """The address (EIP-55) that it signs for."""
        return self._key.address

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """Sign a transaction; the same transaction gives the same bytes (RFC 6979)."""
        return signed_by(self._key, transaction)

    def __repr__(self) -> str:
        """Name the address only."""
        return f"LocalSigner(address={self.address})"


def signed_by(key: DigestKey, transaction: Transaction) -> SignedTransaction:
    """Have a transaction signed by a key, wherever it lies: the key sees 32 bytes, and gives its signature."""
    fields: dict[str, object] = {
        "type": 2,
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "value": 0,
        "data": transaction.data,
        "gas": transaction.gas,
        "maxFeePerGas": transaction.fees.max_fee,
        "maxPriorityFeePerGas": transaction.fees.priority_fee,
    }
    if transaction.to:
        fields["to"] = checksum_address(transaction.to)
    signature = key.sign_digest(bytes(TypedTransaction.from_dict(fields).hash()))
    fields |= {
        "v": signature[64] - 27,
        "r": int.from_bytes(signature[:32]),
        "s": int.from_bytes(signature[32:64]),
    }
    raw = TypedTransaction.from_dict(fields).encode()
    return SignedTransaction(raw, keccak(raw))


def local_signer(secret_hex: str, address: str = "") -> LocalSigner:
    """Make a signer from 64 hex digits, and check it against an address if one is given.

    Raises:
        ChainFault: `SIGNER-KEY` if the key belongs to another address.
        SignatureRefused: `SIGNATURE-KEY`, `SIGNATURE-ADDRESS`.
    """
    signer = LocalSigner(PrivateKey.from_hex(secret_hex))
    if address and signer.address != checksum_address(address):
        raise ChainFault(code="SIGNER-KEY", detail=address)
    return signer


def created_address(sender: str, nonce: int) -> str:
    """Give the address (EIP-55) of the contract that this transaction of this sender creates."""
    return checksum_address(get_create_address(HexAddress(HexStr(sender)), Nonce(nonce)))
