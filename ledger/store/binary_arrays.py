"""Array parameters in PostgreSQL's binary format, written in one go.

psycopg adapts lists element by element and, unless told otherwise, as text with every quote escaped. For the columns of
a batch that is most of the work, so they are packed here. The format is that of `array_recv`: dimensions, flags,
element type, then length and lower bound, then each element behind its own length. None is not among the elements.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, ClassVar

from psycopg import pq
from psycopg.adapt import Dumper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import AsyncConnection, Connection

_HEADER = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
_INT4 = struct.Struct(">i")
_INT8 = struct.Struct(">q")
_FOUR, _EIGHT = _LENGTH.pack(4), _LENGTH.pack(8)


class _Array:
    """A packed array; its class says of what."""

    __slots__ = ("data",)
    element_oid: ClassVar[int]
    array_oid: ClassVar[int]

    def __init__(self, count: int, elements: bytes) -> None:
        dimensions = 1 if count else 0
        header = _HEADER.pack(dimensions, 0, self.element_oid, count, 1)
        self.data = header + elements if count else header[:12]


class Int8Array(_Array):
    """`int8[]`: 64-bit integers."""

    element_oid, array_oid = 20, 1016

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(len(values), _EIGHT.join((b"", *map(_INT8.pack, values))))


class Int4Array(_Array):
    """`int4[]`: 32-bit integers."""

    element_oid, array_oid = 23, 1007

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(len(values), _FOUR.join((b"", *map(_INT4.pack, values))))


class BoolArray(_Array):
    """`bool[]`."""

    element_oid, array_oid = 16, 1000

    def __init__(self, values: Sequence[bool]) -> None:
        super().__init__(
            len(values), b"".join([b"\0\0\0\1\1" if value else b"\0\0\0\1\0" for value in values])
        )


class ByteaArray(_Array):
    """`bytea[]`."""

    element_oid, array_oid = 17, 1001

    def __init__(self, values: Sequence[bytes]) -> None:
        super().__init__(len(values), _behind_lengths(values))


class TextArray(_Array):
    """`text[]`, in UTF-8."""

    element_oid, array_oid = 25, 1009

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__(len(values), _behind_lengths([value.encode() for value in values]))


def _behind_lengths(elements: Sequence[bytes]) -> bytes:
    """Each element behind its own length. Columns of ids, hashes and salts have one length for all."""
    lengths = set(map(len, elements))
    if len(lengths) == 1:
        return _LENGTH.pack(lengths.pop()).join((b"", *elements))
    return b"".join([_LENGTH.pack(len(element)) + element for element in elements])


ARRAY_BY_TYPE: dict[str, type[Int8Array | Int4Array | BoolArray | ByteaArray | TextArray]] = {
    "int8": Int8Array,
    "int4": Int4Array,
    "bool": BoolArray,
    "bytea": ByteaArray,
    "text": TextArray,
}


class _ArrayDumper(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: _Array) -> bytes:
        return obj.data


def register(connection: AsyncConnection[Any] | Connection[Any]) -> None:
    """Let a connection take these arrays as parameters."""
    for array in ARRAY_BY_TYPE.values():
        dumper = type(f"{array.__name__}Dumper", (_ArrayDumper,), {"oid": array.array_oid})
        connection.adapters.register_dumper(array, dumper)
