"""Canonical JSON (RFC 8785) for the values that are hashed, signed and journalled.

The value domain is `str`, `bool`, `None`, `int` within plus or minus 2**53 - 1 (the integers that every JSON
reader keeps exactly), `list` and `tuple`, `dict` with `str` keys, and `msgspec.Struct` made of these
(with every field written out but those that are `UNSET`, which stand for "there was no such field when this was
written"; `omit_defaults` is refused). Everything else is refused, floats first of all: one value has exactly one form,
and that form is the same on every machine.

`msgspec` does the writing, since it is many times faster than a serialiser in Python. It differs from RFC
8785 in one place: it sorts keys by code point, the RFC by UTF-16 code unit. The two orders can differ only
where a character beyond the Basic Multilingual Plane occurs, so only values that hold one take the slower
way.

Whether a value lies in the domain is looked at part by part, which costs several times what writing it does. A Struct
whose fields are all declared to be of the domain is looked at once, as a type, instead: mypy and the readers keep its
values to what is declared, and what a declaration does not bound, the size of an integer, shows in the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import inspect

LARGEST_INTEGER = 2**53 - 1
"""The largest integer, either sign, that RFC 8785 (through ECMAScript numbers) keeps exactly."""
DEEPEST_NESTING = 64
"""Containers within containers. Deeper values are refused before they can exhaust the stack."""

Value: TypeAlias = str | int | bool | msgspec.Struct | Sequence["Value"] | Mapping[str, "Value"] | None
"""What can be written. Among sequences only `list` and `tuple`, among mappings only `dict`."""
Plain: TypeAlias = str | int | bool | list["Plain"] | dict[str, "Plain"] | None
"""What reading gives back."""

_CURES = {
    "canonical_type": "use str, int, bool, None, list, tuple, dict with str keys, or a Struct; no float",
    "canonical_integer": "keep integers within plus or minus 2**53 - 1; larger ones as decimal strings",
    "canonical_depth": f"nest at most {DEEPEST_NESTING} containers",
    "canonical_text": "use Unicode text without lone surrogates",
    "canonical_json": "send one JSON value in UTF-8",
    "canonical_form": "write the value as RFC 8785 does: keys sorted, none twice, no white space",
    "canonical_shape": "send the fields that this record has, each with its type",
}
_encoder = msgspec.json.Encoder(order="sorted")
_unsorted_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()
_brackets = re.compile(rb'"(?:[^"\\]+|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)  # a whole string, or one bracket
_beyond_bmp = re.compile(rb"[\xf0-\xf4]")  # the lead bytes of UTF-8 sequences for U+10000 and above
_digits = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER, _FLOAT = b"0" * 16, b"0.0"
_UNBOUNDED = DEEPEST_NESTING + 1
_depths: dict[type, int] = {}
"""Of Structs, by their type: see `_declared_depth`."""
_PLAIN_TYPES = (inspect.StrType, inspect.BoolType, inspect.NoneType, inspect.IntType)

Shape = TypeVar("Shape", bound=msgspec.Struct)


class CanonicalRefused(ValueError):
    """A value or text outside the canonical form.

    `code` is stable, `cure` says what to send instead. The codes are `canonical_type`, `canonical_integer`,
    `canonical_depth`, `canonical_text` for values, and `canonical_json`, `canonical_form`, `canonical_shape`
    for bytes.
    """

    def __init__(self, *, code: str, found: str = "") -> None:
        super().__init__(f"{code}: {found}" if found else code)
        self.code = code
        self.cure = _CURES[code]


def encode(value: Value) -> bytes:
    """Write a value as RFC 8785 canonical JSON in UTF-8.

    Raises:
        CanonicalRefused: the value is outside the domain (see the module's text).
    """
    if _depths.get(type(value), _UNBOUNDED) > DEEPEST_NESTING:  # else it was looked at as a type
        _check((value,), 0)
    data = write(value)
    shapes = data.translate(_digits)
    if _LONG_NUMBER in shapes or _FLOAT in shapes:  # or digits in a text, which the slower look tells apart
        _check((value,), 0, trusting=False)
    return data


def is_unusual(data: bytes) -> bool:
    """Whether to read these bytes into a Struct and write them again does not tell if they are canonical.

    It does where there is no integer of 16 digits or more, and no character beyond ASCII: see `decode_as`.
    """
    return not data.isascii() or _LONG_NUMBER in data.translate(_digits)


def write(value: Value) -> bytes:
    """`encode` of a value that lies in the domain for certain, such as one whose encoding stands already: unchecked.

    Raises:
        CanonicalRefused: `canonical_text`.
    """
    try:
        data = _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise CanonicalRefused(code="canonical_text", found=error.reason) from error
    if not data.isascii() and _beyond_bmp.search(data):
        return _unsorted_encoder.encode(_in_utf16_order(msgspec.to_builtins(value)))
    return data


def digest(value: Value) -> bytes:
    """SHA-256 (32 bytes) of the canonical form.

    Raises:
        CanonicalRefused: the value is outside the domain.
    """
    return sha256(encode(value)).digest()


def decode(data: bytes) -> Plain:
    """Read canonical JSON, and nothing else.

    Exactly what `encode` can write is read. Refused are so: a key that stands twice, keys out of order, white
    space, floats and exponents, minus zero, integers beyond 2**53 - 1, escapes other than the shortest, and
    lone surrogates.

    Raises:
        CanonicalRefused: `canonical_json` for what is no JSON at all, a code of `encode` for values outside
            the domain, `canonical_form` for a value of the domain written otherwise.
    """
    _refuse_deep(data)
    try:
        value: Plain = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CanonicalRefused(code="canonical_json", found=type(error).__name__) from error
    if encode(value) != data:
        raise CanonicalRefused(code="canonical_form")
    return value


def decode_as(data: bytes, shape: type[Shape]) -> Shape:
    """Read canonical JSON into a Struct, and nothing that this Struct would write otherwise.

    Unknown fields and fields left away are refused too: what was read always encodes to the same bytes again.

    Raises:
        CanonicalRefused: as `decode`, and `canonical_shape` where fields or their types do not fit.
    """
    _refuse_deep(data)
    try:
        value = msgspec.json.decode(data, type=shape)
    except msgspec.ValidationError as error:
        raise CanonicalRefused(code="canonical_shape", found=str(error)[:200]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CanonicalRefused(code="canonical_json", found=type(error).__name__) from error
    if encode(value) != data:
        raise CanonicalRefused(code="canonical_form")
    return value


def is_canonical(data: bytes) -> bool:
    """Whether these bytes are the canonical form of some value of the domain."""
    try:
        decode(data)
    except CanonicalRefused:
        return False
    return True


def is_nested_too_deep(data: bytes) -> bool:
    """Whether JSON text nests deeper than a reader should follow: ask before reading what a stranger sent.

    A reader that follows nesting by recursion can exhaust the stack and end the process, without an
    exception, wherever a library has raised Python's recursion limit. Linear in the length of the text; text
    that is no JSON gets some answer.
    """
    if data.count(b"[") + data.count(b"{") <= DEEPEST_NESTING:
        return False
    depth = 0
    for match in _brackets.finditer(data):
        first = data[match.start()]
        if first in b"[{":
            depth += 1
            if depth > DEEPEST_NESTING:
                return True
        elif first in b"]}":
            depth -= 1
    return False


def _refuse_deep(data: bytes) -> None:
    if is_nested_too_deep(data):
        raise CanonicalRefused(code="canonical_depth")


def _check(values: Iterable[object], depth: int, *, trusting: bool = True) -> None:
    """Refuse what is outside the domain. msgspec itself would quietly write floats, dates, bytes and more.

    trusting: a Struct is what its fields are declared to be.
    """
    if depth > DEEPEST_NESTING:
        raise CanonicalRefused(code="canonical_depth")
    for value in values:
        kind = type(value)
        if kind is str or kind is bool or value is None:
            continue
        if kind is int:
            if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:  # type: ignore[operator]  # an int, seen above
                raise CanonicalRefused(code="canonical_integer")
        elif isinstance(value, msgspec.Struct):
            if not (trusting and depth + _declared_depth(kind) <= DEEPEST_NESTING):
                _check(_parts(value), depth + 1, trusting=trusting)
        elif kind is dict:
            _check_keys(value)  # type: ignore[arg-type]  # a dict, seen above
            _check(value.values(), depth + 1, trusting=trusting)  # type: ignore[attr-defined]  # a dict, seen above
        elif kind is list or kind is tuple:
            _check(value, depth + 1, trusting=trusting)  # type: ignore[arg-type]  # a list or tuple, seen above
        else:
            raise CanonicalRefused(code="canonical_type", found=kind.__name__)


def _parts(value: msgspec.Struct) -> list[object]:
    if value.__struct_config__.omit_defaults:
        # msgspec tells a default by identity: two equal records could then differ in bytes.
        raise CanonicalRefused(code="canonical_type", found=f"{type(value).__name__} with omit_defaults")
    return [each for each in msgspec.structs.astuple(value) if each is not msgspec.UNSET]


def _declared_depth(kind: type) -> int:
    """How deep values of a Struct nest at the most; beyond every bound unless all that it declares is of the domain."""
    depth = _depths.get(kind)
    if depth is None:
        try:
            depth = _depth_of(inspect.type_info(kind), frozenset())
        except (TypeError, NameError):  # declared in a way that nobody can read here
            depth = _UNBOUNDED
        _depths[kind] = depth
    return depth


def _depth_of(declared: inspect.Type, above: frozenset[type]) -> int:
    """The same of any declaration. A type that holds itself has no bound, nor has one that others are made from."""
    if isinstance(declared, _PLAIN_TYPES):
        return 0
    parts: Sequence[inspect.Type]
    match declared:
        case inspect.LiteralType(values=values) if all(type(each) in {str, int} for each in values):
            return 0
        case inspect.Metadata(type=inner):
            return _depth_of(inner, above)
        case inspect.UnionType(types=parts):
            return max(_depth_of(each, above) for each in parts)
        case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner):
            parts = (inner,)
        case inspect.TupleType(item_types=parts):
            pass
        case inspect.DictType(key_type=inspect.StrType(), value_type=inner):
            parts = (inner,)
        case inspect.StructType(cls=kind, fields=fields) if not (
            kind in above or kind.__subclasses__() or kind.__struct_config__.omit_defaults
        ):
            parts, above = [each.type for each in fields], above | {kind}
        case _:
            return _UNBOUNDED
    return 1 + max((_depth_of(each, above) for each in parts), default=0)


def _check_keys(keys: Iterable[object]) -> None:
    for key in keys:
        if type(key) is not str:
            raise CanonicalRefused(code="canonical_type", found=f"key of type {type(key).__name__}")


def _in_utf16_order(value: Plain) -> Plain:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _in_utf16_order(value[key]) for key in keys}
    if isinstance(value, list | tuple):
        return [_in_utf16_order(item) for item in value]
    return value
