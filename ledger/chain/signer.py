"""Signing transactions. Whoever sends knows an address and asks for signatures; the key stays in here.

A signer in a hardware module or another process is any object with the two members of `Signer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
from eth_account import Account
from eth_typing import HexAddress, HexStr
from web3.types import Nonce
from web3.utils.address import get_create_address

from ledger.chain.errors import ChainFault
from ledger.secp256k1 import PrivateKey, checksum_address

if TYPE_CHECKING:
    from ledger.chain.client import Fees


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
        signed = Account.sign_transaction(fields, self._key.secret())
        return SignedTransaction(bytes(signed.raw_transaction), bytes(signed.hash))

    def __repr__(self) -> str:
        """Name the address only."""
        return f"LocalSigner(address={self.address})"


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
