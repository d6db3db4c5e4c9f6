"""From records to calls: which go together in one transaction, and the bytes that it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError

from ledger.chain.errors import ChainFault
from ledger.chain.records import RECORD_TYPES, AnchorRecord, DealRecord, Record, SettledRecord
from ledger.secp256k1 import keccak

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_A_CALL: Final = 50
"""Records in one call unless the caller says otherwise: beyond it a record hardly gets cheaper."""
CONTRACT_BOUND: Final = 256
"""Most items that the contract takes in one call."""

_LARGEST_SIGNATURE = 4_096
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_LONG, _EVEN, _ODD = 65, 27, 28


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
        bound = 1 if kind is AnchorRecord else most
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
    bound = 1 if kind is AnchorRecord else CONTRACT_BOUND
    if kind not in _SELECTORS or len(records) > bound or any(type(record) is not kind for record in records):
        raise ChainFault(code="RECORD-MALFORMED", detail="a call takes records of one type, up to its bound")
    try:
        arguments = _arguments(records)
    except (EncodingError, OverflowError, TypeError) as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=str(error)[:200]) from error
    return Call(
        contract=kind.contract, role=kind.role, data=_SELECTORS[kind] + arguments, records=tuple(records)
    )


def selectors() -> dict[str, tuple[str, bytes]]:
    """Give role and selector of every function that carries records, by the function's name."""
    return {kind.function: (kind.role, selector) for kind, selector in _SELECTORS.items()}


def _signature_of(kind: type[Record]) -> str:
    members = ",".join(kind.types)
    if kind is AnchorRecord:
        return f"{kind.function}({members})"
    if kind is SettledRecord:
        return f"{kind.function}({members}[])"
    if kind is DealRecord:
        return f"{kind.function}(({members})[],bytes[],bytes[])"
    return f"{kind.function}(({members})[])"


_SELECTORS: Final[dict[type[Record], bytes]] = {
    kind: keccak(_signature_of(kind).encode())[:4] for kind in RECORD_TYPES
}


def _arguments(records: Sequence[Record]) -> bytes:
    kind = type(records[0])
    if kind is AnchorRecord:
        return bytes(encode(list(kind.types), list(records[0].values())))
    if kind is SettledRecord:
        return bytes(encode([f"{kind.types[0]}[]"], [[record.values()[0] for record in records]]))
    items = [record.values() for record in records]
    struct = f"({','.join(kind.types)})[]"
    deals = [record for record in records if isinstance(record, DealRecord)]
    if not deals:
        return bytes(encode([struct], [items]))
    sellers = [_compact(deal.seller_signature) for deal in deals]
    buyers = [_compact(deal.buyer_signature) for deal in deals]
    return bytes(encode([struct, "bytes[]", "bytes[]"], [items, sellers, buyers]))


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
