"""EIP-712 signatures: what parties and operators sign, how it is hashed, and who signed it.

Two domains, so that no signature for the one can serve in the other:

- *exchange* (name `IPX Exchange`, verifying contract: the journal anchor): one struct, `Instruction`, for
  every instruction that a party or an operator gives to the venue;
- *register* (name `IPX Register`, verifying contract: the register): `Deal`, which both parties of a deal
  sign, and whatever else the contract takes from a party's own hand (ledger/messages.py), checked there by itself.

The type hashes are made once, and Keccak and secp256k1 (ledger/secp256k1.py) are called directly: the check
of a signature is on the way of every bid. docs/signatures.md describes the same for clients, with published
vectors.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from exchange.canonical import LARGEST_INTEGER, digest
from exchange.keccak import keccak
from ledger.messages import DEAL_KINDS, NO_TERMS, Deal, Hash, Instruction, Message, RegisterMessage
from ledger.secp256k1 import (
    HASH_BYTES,
    PrivateKey,
    SignatureRefused,
    address_of,
    checksum_address,
    normalised,
    recover,
    require_signer,
    sign,
)

if TYPE_CHECKING:
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
    "domain_separator",
    "exchange_domain",
    "instruction_digest",
    "message_digest",
    "normalised",
    "recover",
    "reference_of",
    "register_domain",
    "require_signer",
    "sign",
    "struct_hash",
    "typed_data",
]

LONGEST_TEXT = 128
"""Characters of an action or a party id."""

_DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)


class Domain(msgspec.Struct, frozen=True):
    """An EIP-712 domain: where a signature counts, and nowhere else."""

    name: Literal["IPX Exchange", "IPX Register"]
    chain_id: int
    verifying_contract: str
    version: str = "1"


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


def message_digest(domain: Domain, message: RegisterMessage) -> Hash:
    """Give the 32 bytes that are signed for a message to the register.

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE`, `SIGNATURE-ADDRESS`.
    """
    return keccak(b"\x19\x01" + domain_separator(domain) + struct_hash(message))


def struct_hash(message: RegisterMessage) -> Hash:
    """Give EIP-712's `hashStruct` of a message to the register: the identifier of an offer, the content of a deal.

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE`, `SIGNATURE-ADDRESS`.
    """
    kind = type(message)
    words = (
        _word(solidity, getattr(message, field))
        for (_, solidity), field in zip(kind.members, kind.__struct_fields__, strict=True)
    )
    return keccak(_type_of(kind) + b"".join(words))


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
    kind = type(message)
    if isinstance(message, Instruction):
        _instruction_hash(message)
    else:
        struct_hash(message)
    values = (
        _shown(solidity, getattr(message, field))
        for (_, solidity), field in zip(kind.members, kind.__struct_fields__, strict=True)
    )
    name, fields = kind.__name__, kind.members
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


@lru_cache(maxsize=32)
def _type_of(kind: type[Message]) -> Hash:
    return _type_hash(getattr(kind, "name", kind.__name__), kind.members)


_INSTRUCTION_TYPE = _type_of(Instruction)


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


def _word(solidity: str, value: str | int | bytes) -> bytes:
    """One member as the ABI encodes it: `bytes32`, `address`, or `uint` of a width.

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE`, `SIGNATURE-ADDRESS`.
    """
    if solidity == "bytes32" and isinstance(value, bytes) and len(value) == HASH_BYTES:
        return value
    if solidity == "address" and isinstance(value, str):
        return _address_word(value)
    if solidity.startswith("uint") and isinstance(value, int):
        most = min(2 ** int(solidity[4:]) - 1, LARGEST_INTEGER)
        if 0 <= value <= most:
            return value.to_bytes(32, "big")
    raise SignatureRefused(code="SIGNATURE-MESSAGE")


def _shown(solidity: str, value: str | int | bytes) -> str | int:
    """One member as a wallet shows it."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return checksum_address(value) if solidity == "address" and isinstance(value, str) else value


@lru_cache(maxsize=8_192)
def _text_hash(text: str) -> Hash:
    try:
        return keccak(text.encode())
    except UnicodeEncodeError as error:
        raise SignatureRefused(code="SIGNATURE-MESSAGE") from error


def _address_word(text: str) -> bytes:
    return bytes(12) + bytes.fromhex(checksum_address(text)[2:])


def _listed(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields]
