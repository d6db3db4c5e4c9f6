"""EIP-712 signatures: what parties and operators sign, how it is hashed, and who signed it.

Two domains, so that no signature for the one can serve in the other:

- *exchange* (name `IPX Exchange`, verifying contract: the journal anchor): one struct, `Instruction`, for
  every instruction that a party or an operator gives to the venue;
- *register* (name `IPX Register`, verifying contract: the register): `Deal`, which both parties of a deal
  sign and the contract checks by itself.

The type hashes are made once, and Keccak and secp256k1 (ledger/secp256k1.py) are called directly: the check
of a signature is on the way of every bid. docs/signatures.md describes the same for clients, with published
vectors.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from exchange.canonical import LARGEST_INTEGER, digest
from ledger.secp256k1 import (
    HASH_BYTES,
    PrivateKey,
    SignatureRefused,
    address_of,
    checksum_address,
    keccak,
    normalised,
    recover,
    require_signer,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.canonical import Value

__all__ = [
    "DEAL_KINDS",
    "NO_TERMS",
    "Deal",
    "Domain",
    "Instruction",
    "PrivateKey",
    "SignatureRefused",
    "address_of",
    "checksum_address",
    "content_of",
    "deal_digest",
    "domain_separator",
    "exchange_domain",
    "instruction_digest",
    "keccak",
    "normalised",
    "recover",
    "reference_of",
    "register_domain",
    "require_signer",
    "sign",
    "typed_data",
]

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
LONGEST_TEXT = 128
"""Characters of an action or a party id."""

Hash: TypeAlias = bytes
"""32 bytes."""


_DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
_INSTRUCTION_FIELDS = (
    ("action", "string"),
    ("party", "string"),
    ("reference", "bytes32"),
    ("content", "bytes32"),
    ("terms", "bytes32"),
    ("validUntil", "uint64"),
)
_DEAL_FIELDS = (
    ("dealId", "bytes32"),
    ("rightId", "bytes32"),
    ("kind", "uint8"),
    ("seller", "address"),
    ("buyer", "address"),
    ("terms", "bytes32"),
    ("contractText", "bytes32"),
    ("deadline", "uint64"),
)


class Domain(msgspec.Struct, frozen=True):
    """An EIP-712 domain: where a signature counts, and nowhere else."""

    name: Literal["IPX Exchange", "IPX Register"]
    chain_id: int
    verifying_contract: str
    version: str = "1"


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """What a party or an operator tells the venue to do; signed in the exchange domain."""

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
    """What both parties of a deal sign in the register domain; the contract checks both signatures."""

    deal_id: Hash
    right_id: Hash
    kind: int
    """One of `DEAL_KINDS`."""
    seller: str
    buyer: str
    terms: Hash
    """The commitment to the deal's terms."""
    contract_text: Hash
    """The commitment to the text of the contract."""
    deadline_s: int
    """Seconds UTC, as the chain counts; the contract refuses the deal afterwards."""


Message: TypeAlias = Instruction | Deal


def exchange_domain(chain_id: int, journal_anchor: str) -> Domain:
    """Give the domain of instructions to the venue that anchors its journal in this contract."""
    return Domain("IPX Exchange", chain_id, journal_anchor)


def register_domain(chain_id: int, register: str) -> Domain:
    """Give the domain of deals in this register contract."""
    return Domain("IPX Register", chain_id, register)


def reference_of(idempotency_key: str) -> Hash:
    """Give an instruction's `reference`: SHA-256 of the Idempotency-Key in UTF-8."""
    return sha256(idempotency_key.encode()).digest()


def content_of(public_fields: Value) -> Hash:
    """Give an instruction's `content`: SHA-256 of the canonical JSON of the command's public fields.

    Raises:
        CanonicalRefused: the fields have no canonical form.
    """
    return digest(public_fields)


def instruction_digest(domain: Domain, instruction: Instruction) -> Hash:
    """Give the 32 bytes that are signed for an instruction.

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE`, `SIGNATURE-ADDRESS`.
    """
    return keccak(b"\x19\x01" + domain_separator(domain) + _instruction_hash(instruction))


def deal_digest(domain: Domain, deal: Deal) -> Hash:
    """Give the 32 bytes that both parties sign for a deal.

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE`, `SIGNATURE-ADDRESS`.
    """
    return keccak(b"\x19\x01" + domain_separator(domain) + _deal_hash(deal))


@lru_cache(maxsize=64)
def domain_separator(domain: Domain) -> Hash:
    """Give EIP-712's hash of the domain itself, which the contracts compute too.

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE` for a chain id outside 1 to 2**53 - 1, `SIGNATURE-ADDRESS`.
    """
    if not 0 < domain.chain_id <= LARGEST_INTEGER:
        raise SignatureRefused(code="SIGNATURE-MESSAGE")
    return keccak(
        _type_hash("EIP712Domain", _DOMAIN_FIELDS)
        + keccak(domain.name.encode())
        + keccak(domain.version.encode())
        + domain.chain_id.to_bytes(32, "big")
        + _address_word(domain.verifying_contract)
    )


def typed_data(domain: Domain, message: Message) -> dict[str, Any]:
    """Give the JSON that a wallet shows and signs (`eth_signTypedData_v4`).

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE`, `SIGNATURE-ADDRESS`, as for the digest.
    """
    domain_separator(domain)
    if isinstance(message, Instruction):
        _instruction_hash(message)
        name: str = "Instruction"
        fields: tuple[tuple[str, str], ...] = _INSTRUCTION_FIELDS
        values: tuple[Any, ...] = (
            message.action,
            message.party,
            *_as_hex(message.reference, message.content, message.terms),
            message.valid_until_ms,
        )
    else:
        _deal_hash(message)
        name, fields = "Deal", _DEAL_FIELDS
        values = (
            *_as_hex(message.deal_id, message.right_id),
            message.kind,
            checksum_address(message.seller),
            checksum_address(message.buyer),
            *_as_hex(message.terms, message.contract_text),
            message.deadline_s,
        )
    places = (domain.name, domain.version, domain.chain_id, checksum_address(domain.verifying_contract))
    return {
        "types": {"EIP712Domain": _listed(_DOMAIN_FIELDS), name: _listed(fields)},
        "primaryType": name,
        "domain": {field: value for (field, _), value in zip(_DOMAIN_FIELDS, places, strict=True)},
        "message": {field: value for (field, _), value in zip(fields, values, strict=True)},
    }


def _type_hash(name: str, fields: tuple[tuple[str, str], ...]) -> Hash:
    members = ",".join(f"{kind} {field}" for field, kind in fields)
    return keccak(f"{name}({members})".encode())


_INSTRUCTION_TYPE = _type_hash("Instruction", _INSTRUCTION_FIELDS)
_DEAL_TYPE = _type_hash("Deal", _DEAL_FIELDS)


def _instruction_hash(message: Instruction) -> Hash:
    hashes = message.reference + message.content + message.terms
    sound = (
        0 < len(message.action) <= LONGEST_TEXT
        and 0 < len(message.party) <= LONGEST_TEXT
        and len(message.reference) == len(message.content) == len(message.terms) == HASH_BYTES
        and 0 <= message.valid_until_ms <= LARGEST_INTEGER
    )
    if not sound:
        raise SignatureRefused(code="SIGNATURE-MESSAGE")
    return keccak(
        _INSTRUCTION_TYPE
        + _text_hash(message.action)
        + _text_hash(message.party)
        + hashes
        + message.valid_until_ms.to_bytes(32, "big")
    )


def _deal_hash(message: Deal) -> Hash:
    hashes = (message.deal_id, message.right_id, message.terms, message.contract_text)
    sound = (
        all(len(item) == HASH_BYTES for item in hashes)
        and 0 <= message.kind < 2**8
        and 0 <= message.deadline_s <= LARGEST_INTEGER
    )
    if not sound:
        raise SignatureRefused(code="SIGNATURE-MESSAGE")
    return keccak(
        _DEAL_TYPE
        + message.deal_id
        + message.right_id
        + message.kind.to_bytes(32, "big")
        + _address_word(message.seller)
        + _address_word(message.buyer)
        + message.terms
        + message.contract_text
        + message.deadline_s.to_bytes(32, "big")
    )


@lru_cache(maxsize=8_192)
def _text_hash(text: str) -> Hash:
    try:
        return keccak(text.encode())
    except UnicodeEncodeError as error:
        raise SignatureRefused(code="SIGNATURE-MESSAGE") from error


def _address_word(text: str) -> bytes:
    return bytes(12) + bytes.fromhex(checksum_address(text)[2:])


def _as_hex(*hashes: Hash) -> tuple[str, ...]:
    return tuple("0x" + item.hex() for item in hashes)


def _listed(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields]
