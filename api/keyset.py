"""Pages by key: an opaque cursor holds the last row's place in a stable order, so that new rows never shift a page."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, TypeAlias

import msgspec
from fastapi import Depends, Query

from api.forms import LARGEST_ENTRY
from api.problems import CURSOR_MALFORMED, Problem

LARGEST_PAGE = 200
DEFAULT_PAGE = 50

Limit: TypeAlias = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Rows of one page.")]


class Window(msgspec.Struct, frozen=True):
    """Which page is asked for."""

    cursor: str | None
    limit: int


def window(
    cursor: Annotated[
        str | None,
        Query(max_length=400, description="`next_cursor` of the page before; nothing for the first page."),
    ] = None,
    limit: Limit = DEFAULT_PAGE,
) -> Window:
    """The page that a request asks for."""
    return Window(cursor, limit)


TheWindow: TypeAlias = Annotated[Window, Depends(window)]


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A row's place: which list it is of, the entry that created the row (in a rank its score), and its id."""

    of: str
    created_entry: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ENTRY)]
    id: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,200}\Z")]


_DECODER = msgspec.json.Decoder(Place)


def write(place: Place) -> str:
    """Write a place as an opaque cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode("ascii").rstrip("=")


def read(cursor: str | None, of: str) -> Place | None:
    """Read a cursor that this list has given.

    Raises:
        Problem: CURSOR-MALFORMED for anything else, another list's cursor included.
    """
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = _DECODER.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise Problem(CURSOR_MALFORMED) from error
    if place.of != of or write(place) != cursor:
        raise Problem(CURSOR_MALFORMED)
    return place
