"""The words of an event, read through a table that is made once from the event types.

Every field of our events is one word of 32 bytes, so a log is read in two steps: all bits that its types leave empty
are zero, and then each value stands at a fixed place. `eth_abi` decodes the same, and reads types that need it, but
walks through a log word by word.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from exchange.keccak import keccak
from ledger.chain.errors import ChainFault
from ledger.chain.events import EVENT_TYPES, ChainEvent
from ledger.chain.raw_logs import WORD

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST: Final = (1 << 8 * WORD) - 1
_NUMBERS: Final = {"uint8": "31xB", "uint16": "30xH", "uint24": "28xI", "uint32": "28xI", "uint64": "24xQ"}
_TEXTS: Final = {"bytes32": "32s", "address": "12x20s", "bytes4": "4s28x"}
_TRUTH: Final = ("bool", "31x?")


class Layout(NamedTuple):
    """Where an event's values stand in its words, and which bits of them are zero."""

    event: type[ChainEvent]
    topics: int
    """Topics of its log, its own name's among them."""
    size: int
    """Bytes of its log's data."""
    names: tuple[str, ...]
    """Its fields, `seq` first, in the order of its words."""
    texts: tuple[int, ...]
    """Places of those that are shown as hex."""
    values: Struct
    empty: int
    """Ones where the words, read as one number, must be zero."""


def topic_of(event: type[ChainEvent]) -> bytes:
    """Give an event type's first topic: Keccak-256 of its signature."""
    return keccak(f"{event.__name__}({','.join(kind for _, kind in members_of(event))})".encode())


def members_of(event: type[ChainEvent]) -> tuple[tuple[str, str], ...]:
    """Give name and ABI type of each of an event's fields, `seq` first, in the order of its words."""
    return (("seq", "uint64"), *event.indexed, *event.data)


def read_words(layout: Layout, words: bytes) -> dict[str, Any]:
    """Give an event's fields, `seq` among them, from its topics behind the first and its data.

    Raises:
        ChainFault: `CHAIN-LOG-MALFORMED`.
    """
    if len(words) != layout.values.size or int.from_bytes(words) & layout.empty:
        raise ChainFault(code="CHAIN-LOG-MALFORMED", detail=layout.event.__name__)
    values = list(layout.values.unpack(words))
    for place in layout.texts:
        values[place] = "0x" + values[place].hex()
    return dict(zip(layout.names, values))  # noqa: B905 - both of one length, and strictness costs as much again


def _layout(event: type[ChainEvent]) -> Layout:
    names, kinds = zip(*members_of(event), strict=True)
    formats = [_format(kind) for kind in kinds]
    empty = 0
    for kind in kinds:
        empty = empty << 8 * WORD | _LARGEST ^ _filled(kind)
    return Layout(
        event=event,
        topics=len(event.indexed) + 2,
        size=WORD * len(event.data),
        names=names,
        texts=tuple(place for place, kind in enumerate(kinds) if kind in _TEXTS),
        values=Struct(">" + " ".join(formats)),
        empty=empty,
    )


def _format(kind: str) -> str:
    return {**_NUMBERS, **_TEXTS, _TRUTH[0]: _TRUTH[1]}[kind]


def _filled(kind: str) -> int:
    """Ones where a word of a type may hold any bit."""
    match kind:
        case "bool":
            return 1
        case "address":
            return (1 << 160) - 1
        case "bytes4":
            return 0xFFFFFFFF << 8 * (WORD - 4)
        case "bytes32":
            return _LARGEST
        case _:
            return (1 << int(kind.removeprefix("uint"))) - 1


LAYOUTS: Final[Mapping[bytes, Layout]] = {topic_of(event): _layout(event) for event in EVENT_TYPES}
"""Every event of ours by its first topic; an ABI type that has no place here fails when this is made."""
