"""What every record is: typed fields in the order of the contract's own struct, an identifier, and what it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from exchange.keccak import keccak
from ledger.chain.errors import ChainFault
from ledger.secp256k1 import SignatureRefused, checksum_address
from ledger.signatures import struct_hash

if TYPE_CHECKING:
    from ledger.messages import RegisterMessage

Role = Literal["settler", "registrar", "anchorer"]
"""Whose key sends a record."""
ContractName = Literal[
    "Register", "EncumbranceRegister", "SealedBidRegister", "FillRegister", "JournalAnchor"
]
Form = Literal["items", "words", "message", "arguments"]
"""How a function takes records: many structs and their signatures, many words, one struct with its signatures, or one
record's values as they are. The contract reverts where it refuses one of the last two."""

ZERO_HASH = "0x" + "00" * 32
_HASH_DIGITS = 66
_TAIL_DIGITS = 20
"""Hex digits of an address that an identifier of a deal carries: its last 10 bytes."""


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="record"):
    """One thing to be recorded. Fields stand in the order of the contract's own struct, signatures last."""

    contract: ClassVar[ContractName] = "Register"
    form: ClassVar[Form] = "items"
    function: ClassVar[str]
    types: ClassVar[tuple[str, ...]]
    """Types of the struct's members, which the first fields are."""
    besides: ClassVar[tuple[str, ...]] = ()
    """Types of fields between the struct and the signatures, each an argument of its own."""
    role: ClassVar[Role]

    @property
    def item_id(self) -> str:
        """What `ItemRefused` names if the contract refuses this record."""
        raise NotImplementedError

    @property
    def record_id(self) -> str:
        """Identifier of this record among all records: Keccak-256 of its function's name and its item."""
        return "0x" + keccak(self.function.encode() + word(self.item_id)).hex()

    def subjects(self) -> frozenset[str]:
        """Give what it concerns: records that share one of these keep their order."""
        raise NotImplementedError

    def values(self) -> tuple[Any, ...]:
        """Give the struct's values for the ABI, hashes as bytes."""
        names = self.__struct_fields__[: len(self.types)]
        return self._encodable(names, self.types)

    def values_besides(self) -> tuple[Any, ...]:
        """Give the values of the arguments that stand between the struct and the signatures."""
        start = len(self.types)
        return self._encodable(self.__struct_fields__[start : start + len(self.besides)], self.besides)

    def signatures(self) -> tuple[str, ...]:
        """Give the signatures that it carries, 0x hex, in the contract's order."""
        names = self.__struct_fields__[len(self.types) + len(self.besides) :]
        return tuple(getattr(self, name) for name in names)

    def _encodable(self, names: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[Any, ...]:
        given = zip(kinds, (getattr(self, name) for name in names), strict=True)
        return tuple(_encodable(kind, value) for kind, value in given)


def content_id(record: Record) -> str:
    """Give the Keccak-256 of all that a record states: the identifier of what has no other.

    Raises:
        ChainFault: `RECORD-MALFORMED`.
    """
    kinds = (*record.types, *record.besides)
    values = (*record.values(), *record.values_besides())
    words = (_as_word(kind, value) for kind, value in zip(kinds, values, strict=True))
    return "0x" + keccak(record.function.encode() + b"".join(words)).hex()


def message_hash(message: RegisterMessage) -> str:
    """Give EIP-712's hash of a message's struct, as events name it.

    Raises:
        ChainFault: `RECORD-MALFORMED`.
    """
    try:
        return "0x" + struct_hash(message).hex()
    except SignatureRefused as error:
        detail = f"no {type(message).__name__}: {error.code}"
        raise ChainFault(code="RECORD-MALFORMED", detail=detail) from error


def key_subjects(address: str) -> tuple[str, str]:
    """Give how a signing key is named among subjects: by its address, and by the end of it that deals' ids carry."""
    lowered = address.lower()
    return lowered, tail_subject(lowered[-_TAIL_DIGITS:])


def tail_subject(digits: str) -> str:
    """Give the subject of the key whose address ends with these 20 hex digits."""
    return f"key {digits}"


def seller_tail(deal_id: str) -> str:
    """Give the end of the seller's address that a deal's identifier carries, as a subject."""
    return tail_subject(deal_id.lower()[2 : 2 + _TAIL_DIGITS])


def word(text: str) -> bytes:
    """Read 32 bytes from 0x and 64 hex digits.

    Raises:
        ChainFault: `RECORD-MALFORMED`.
    """
    if len(text) != _HASH_DIGITS or not text.startswith("0x"):
        raise ChainFault(code="RECORD-MALFORMED", detail=f"no hash: {text[:80]}")
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=f"no hash: {text[:80]}") from error


def address_of_text(text: str) -> str:
    """Read an address (EIP-55 or one case) and give it in EIP-55.

    Raises:
        ChainFault: `RECORD-MALFORMED`.
    """
    try:
        return checksum_address(text)
    except SignatureRefused as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=f"no address: {text[:80]}") from error


def _encodable(kind: str, value: object) -> object:
    if kind == "bytes32" and isinstance(value, str):
        return word(value)
    if kind == "address" and isinstance(value, str):
        return address_of_text(value)
    return value


def _as_word(kind: str, value: Any) -> bytes:  # noqa: ANN401 - a member of any of the ABI's types
    if isinstance(value, bytes):
        return value
    if kind == "address":
        return bytes.fromhex(value[2:]).rjust(32, b"\0")
    try:
        return int(value).to_bytes(32)
    except OverflowError as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=f"{kind} of {value}") from error
