"""Bundles of real venues, and every way in which this folder's tests change them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from exchange import canonical
from ledger.bundle.assembly import PARTS
from ledger.bundle.digests import both
from ledger.bundle.ipx_verify import Roots

FOLDER = Path(__file__).resolve().parents[2] / "golden"
NUMBERS = (1, 2, 3)
"""1: the acceptance of a standing offer. 2: a deal that both have signed. 3: one whose contract names its right."""
Place = tuple[str | int, ...]


def bundle_path(number: int) -> Path:
    """Where a golden bundle lies."""
    return FOLDER / f"bundle-{number}.json"


def roots_path(number: int) -> Path:
    """Where what is trusted of its venue lies; the first two are of one."""
    return FOLDER / ("bundle-roots.json" if number in {1, 2} else f"bundle-roots-{number}.json")


def golden(number: int) -> bytes:
    """A golden bundle's bytes."""
    return bundle_path(number).read_bytes()


def roots(number: int = 2) -> Roots:
    """What is trusted of the venue that made a bundle."""
    given = json.loads(roots_path(number).read_text())
    return Roots(**{**given, "witnesses": tuple(given["witnesses"])})


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every leaf of a JSON value, with its place; an empty container is a leaf."""
    keys = range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else []
    if not keys:
        yield place, value
    for key in keys:
        yield from leaves(value[key], (*place, key))


def put(value: Any, place: Place, new: Any) -> Any:
    """A copy with another value at a place; what lies beside the way there is shared."""
    if not place:
        return new
    made = copy.copy(value)
    made[place[0]] = put(value[place[0]], place[1:], new)
    return made


def without(value: Any, place: Place) -> Any:
    """A copy with nothing at a place."""
    made = copy.copy(value)
    if len(place) == 1:
        del made[place[0]]
    else:
        made[place[0]] = without(value[place[0]], place[1:])
    return made


def another(value: Any) -> Any:
    """Another value of the same kind; hexadecimal digits and base64 keep their alphabet."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value:
        last = value[-1]
        if last in "0123456789abcdef":
            return value[:-1] + "0123456789abcdef"[("0123456789abcdef".index(last) + 1) % 16]
        return value[:-1] + ("x" if last != "x" else "y")
    return {None: "x"}.get(value) if value is None or value == "" else [1]


def stamped_text(bundle: Any) -> str:
    """What a time stamp of its checkpoint is over: the note with the venue's own signature line alone."""
    note: str = bundle["checkpoint"]["note"]
    text, _, lines = note.rpartition("\n\n")
    return f"{text}\n\n{lines.partition(chr(10))[0]}\n"


def stamped(bundle: Any, token: str) -> Any:
    """The same with a time stamp, and digests made again."""
    return with_digests_made_again(put(bundle, ("checkpoint", "timestamp_token"), token), ["checkpoint"])


def with_digests_made_again(bundle: Any, parts: Iterable[str] = PARTS) -> Any:
    """The same with the digests that follow from its parts, as whoever changed a part would make them."""
    digests = {**bundle["digests"], **{name: both(canonical.encode(bundle[name])) for name in parts}}
    texts = {f"contract.{language}": text for language, text in bundle["contract"]["texts"].items()}
    kept = {name: each for name, each in digests.items() if not name.startswith("contract.")}
    return {**bundle, "digests": kept | {name: both(text.encode()) for name, text in texts.items()}}
