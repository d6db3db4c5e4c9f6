"""Symbols of the International and the Cooperative Patent Classification, and how two of them are related.

A symbol is a class (`H01`), a subclass (`H01M`), a main group (`H01M 10/00`) or a subgroup (`H01M 10/0525`), in this
one spelling. Section Y exists in the CPC alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

Level = Literal["class", "subclass", "group", "subgroup"]
LEVELS: Final[tuple[Level, ...]] = ("class", "subclass", "group", "subgroup")
CLASS_SYMBOL: Final = r"[A-HY][0-9]{2}(?:[A-Z](?: [1-9][0-9]{0,3}/[0-9]{2,6})?)?"
MOST_CLASSES: Final = 16
"""Of one need."""
MOST_CLASSES_OF_RIGHT: Final = 32
_SYMBOL: Final = re.compile(r"([A-HY][0-9]{2})(?:([A-Z])(?: ([1-9][0-9]{0,3})/([0-9]{2,6}))?)?", re.ASCII)
_LOOSE: Final = re.compile(r"([A-HY][0-9]{2}[A-Z])\s*0*([1-9][0-9]{0,3})/([0-9]{2,6})", re.ASCII)
_CLASS_LENGTH: Final = 3
_SUBCLASS_LENGTH: Final = 4


def is_class_symbol(text: str) -> bool:
    """Whether a text is a symbol in the one spelling."""
    return _SYMBOL.fullmatch(text) is not None


def spelled(text: str) -> str:
    """A symbol as people write it (`h01m10/0525`) in the one spelling; what is no symbol comes back as it is."""
    compact = text.strip().upper()
    found = _LOOSE.fullmatch(compact)
    return compact if found is None else f"{found[1]} {found[2]}/{found[3]}"


def symbols_among(texts: Iterable[str]) -> tuple[str, ...]:
    """The symbols among the classes that a file names of a right, each once, bounded; Locarno and sections are none."""
    return tuple(dict.fromkeys(text for text in texts if is_class_symbol(text)))[:MOST_CLASSES_OF_RIGHT]


def with_ancestors(symbols: Iterable[str]) -> frozenset[str]:
    """The symbols and all that contain them, from the class down: what two sets share says how near they are."""
    found: set[str] = set()
    for symbol in symbols:
        matched = _SYMBOL.fullmatch(symbol)
        if matched is None:
            continue
        found.add(matched[1])
        if matched[2]:
            subclass = matched[1] + matched[2]
            found.add(subclass)
            if matched[3]:
                found |= {f"{subclass} {matched[3]}/00", symbol}
    return frozenset(found)


def level_of(symbol: str) -> Level:
    """How deep a symbol of the one spelling stands."""
    if len(symbol) == _CLASS_LENGTH:
        return "class"
    if len(symbol) == _SUBCLASS_LENGTH:
        return "subclass"
    return "group" if symbol.endswith("/00") else "subgroup"


def deepest(symbols: Iterable[str]) -> tuple[str, ...]:
    """Those of a set closed under `with_ancestors` that contain no other of it, sorted."""
    every = set(symbols)
    containing = {each for symbol in every for each in with_ancestors((symbol,)) if each != symbol}
    return tuple(sorted(every - containing))
