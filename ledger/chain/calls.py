"""From records to calls: which go together in one transaction, and the bytes that it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError

from exchange.keccak import keccak
from ledger.chain.errors import ChainFault
from ledger.chain.records import RECORD_TYPES, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_A_CALL: Final = 50
"""Records in one call unless the caller says otherwise: beyond it a record hardly gets cheaper."""
CONTRACT_BOUND: Final = 256
"""Most items that the contract takes in one call."""

_LARGEST_SIGNATURE = 4_096
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_LONG, _EVEN, _ODD = 65, 27, 28
_SHORT, _WORD = 64, 32


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction's worth of records."""

    contract: str
    """Name of the contract in the manifest."""
    role: str
    """Whose key sends it: settler, registrar or anchorer."""
    data: bytes
    """Selector and ABI-encoded arguments."""
    records: tuple[Record, ...]

    @property
    def record_ids(self) -> tuple[str, ...]:
        """Identifiers of its records, in their order."""
        return tuple(record.record_id for record in self.records)


def grouped(records: Sequence[Record], most: int = MOST_A_CALL) -> list[Call]:
    """Group records, given in journal order, into calls to be sent in the order given back.

    Records that concern the same right, deal, party, licence or journal keep their order; others may pass each
    other, so that few long calls come out instead of many short ones.

    Raises:
        ChainFault: `RECORD-MALFORMED`.
    """
    if not 1 <= most <= CONTRACT_BOUND:
        raise ChainFault(code="RECORD-MALFORMED", detail=f"{most} records a call")
    groups: list[list[Record]] = []
    last_of: dict[str, int] = {}
    open_of: dict[type[Record], int] = {}
    for record in records:
        kind = type(record)
        earliest = max((last_of.get(subject, 0) for subject in record.subjects()), default=0)
        place = open_of.get(kind, -1)
        bound = 1 if goes_alone(kind) else most
        if place < earliest or len(groups[place]) >= bound:
            groups.append([])
            place = open_of[kind] = len(groups) - 1
        groups[place].append(record)
        last_of.update(dict.fromkeys(record.subjects(), place))
    return [call_of(group) for group in groups]


def call_of(records: Sequence[Record]) -> Call:
    """Make the call for records of one type.

    Raises:
        ChainFault: `RECORD-MALFORMED` for records of several types, too many, or with values out of range.
    """
    kind = type(records[0]) if records else Record
    if kind not in _SELECTORS or any(type(record) is not kind for record in records):
        raise ChainFault(code="RECORD-MALFORMED", detail="a call takes records of one type")
    if len(records) > (1 if goes_alone(kind) else CONTRACT_BOUND):
        raise ChainFault(
            code="RECORD-MALFORMED", detail=f"{len(records)} records of {kind.__name__} in a call"
        )
    try:
        arguments = _arguments(records)
    except (EncodingError, OverflowError, TypeError) as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=str(error)[:200]) from error
    return Call(
        contract=kind.contract, role=kind.role, data=_SELECTORS[kind] + arguments, records=tuple(records)
    )


def goes_alone(kind: type[Record]) -> bool:
    """Whether a record of this type makes a call of its own, which the contract reverts where it refuses."""
    return kind.form in {"message", "arguments"}


def selectors() -> dict[str, tuple[str, bytes]]:
    """Give role and selector of every function that carries records, by the function's name."""
    return {kind.function: (kind.role, selector) for kind, selector in _SELECTORS.items()}


def selector_of(kind: type[Record]) -> bytes:
    """Give the selector of the function that carries records of a type."""
    return _SELECTORS[kind]


def argument_types(kind: type[Record]) -> tuple[str, ...]:
    """Give the ABI types of the arguments of a record's function."""
    struct = f"({','.join(kind.types)})"
    signatures = len(kind.__struct_fields__) - len(kind.types) - len(kind.besides)
    match kind.form:
        case "items":
            return (f"{struct}[]", "bytes") if signatures else (f"{struct}[]",)
        case "words":
            return (f"{kind.types[0]}[]",)
        case "message":
            return (struct, *kind.besides, *["bytes"] * signatures)
        case "arguments":
            return kind.types


def packed(signatures: Sequence[bytes]) -> bytes:
    """Give a batch's signatures as one run of bytes, as contracts/PartySignature.sol takes them.

    64 bytes (ERC-2098) stand as they are, any other behind 32 zero bytes and 32 for its length.
    """
    return b"".join(
        each if _is_short(each) else bytes(_WORD) + len(each).to_bytes(_WORD) + each for each in signatures
    )


def _is_short(signature: bytes) -> bool:
    """One that begins with 32 zero bytes would be read as another kind: no key makes it, and it goes by its length."""
    return len(signature) == _SHORT and any(signature[:_WORD])


_SELECTORS: Final[dict[type[Record], bytes]] = {
    kind: keccak(f"{kind.function}({','.join(argument_types(kind))})".encode())[:4] for kind in RECORD_TYPES
}


def _arguments(records: Sequence[Record]) -> bytes:
    kind, first = type(records[0]), records[0]
    values: list[object]
    match kind.form:
        case "items":
            values = [[record.values() for record in records]]
            signatures = [_compact(text) for record in records for text in record.signatures()]
            if first.signatures():
                values.append(packed(signatures))
        case "words":
            values = [[record.values()[0] for record in records]]
        case "message":
            values = [first.values(), *first.values_besides(), *map(_compact, first.signatures())]
        case "arguments":
            values = list(first.values())
    return bytes(encode(argument_types(kind), values))


def _compact(text: str) -> bytes:
    """Give a signature by key as the 64 bytes of ERC-2098, which take a third less room; any other as it is."""
    try:
        signature = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise ChainFault(code="RECORD-MALFORMED", detail="a signature is not hex") from error
    if len(signature) > _LARGEST_SIGNATURE:
        raise ChainFault(code="RECORD-MALFORMED", detail=f"a signature of {len(signature)} bytes")
    if len(signature) != _LONG or signature[64] not in {_EVEN, _ODD}:
        return signature
    s = int.from_bytes(signature[32:64])
    if s > _HALF_ORDER:
        return signature  # as it is: the contract refuses it by its name
    return signature[:32] + (s | (signature[64] - _EVEN) << 255).to_bytes(32)
