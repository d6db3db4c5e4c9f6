"""What the page of the evidence desk shows: deposits of a digest that its reader has, and not who made them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from api.keyset import Window
from exchange.rows import Evidence

if TYPE_CHECKING:
    from api.web.reading import PageReader

MOST_LINES = 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class EvidenceLine(NamedTuple):
    """A deposit: its id, its entry, its time (ms UTC), and whether the newest checkpoint reaches it."""

    id: str
    entry: int
    lodged_ms: int
    stands: bool


class EvidenceFound(NamedTuple):
    """The answer to a look-up; `size` is the newest checkpoint's, None while there is none."""

    sha256: str
    lines: list[EvidenceLine]
    size: int | None
    more: bool


def digest_in(text: str) -> str | None:
    """The SHA-256 that somebody has typed, in lower-case hex; None for anything else."""
    typed = text.strip().lower()
    return typed if _DIGEST.fullmatch(typed) else None


async def evidence_found(reader: PageReader, sha256: str) -> EvidenceFound:
    """Deposits of a digest, the first one first."""
    page = await reader.page(Evidence, {"sha256": sha256}, window=Window(None, MOST_LINES))
    newest = await reader.checkpoint()
    size = None if newest is None else int(newest["size"])
    lines = [
        EvidenceLine(each.row.id, each.created_entry, each.row.lodged_ms, each.created_entry < (size or 0))
        for each in page.rows
    ]
    return EvidenceFound(sha256, lines, size, page.next_cursor is not None)
