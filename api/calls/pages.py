"""What every question of a client goes through: one view by id, or pages of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.calls.transport import Transport

PAGE = 200
MOST_PAGES = 10_000
"""A bound on how long a listing of everything may go on."""
Filter = str | int | bool | None


class Pages:
    """A connection to read by."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def _one(self, path: str, row_id: str) -> Any:  # noqa: ANN401 - JSON
        return self.transport.get(f"{path}/{quoted(row_id)}")

    def _pages(self, path: str, name: str, **filters: Filter) -> Iterator[Any]:
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            answer = self.transport.get(path, {**filters, "cursor": cursor, "limit": PAGE})
            yield from answer[name]
            cursor = answer["next_cursor"]
            if cursor is None:
                return


def quoted(text: str) -> str:
    """An id as a segment of a path."""
    return quote(text, safe="")
