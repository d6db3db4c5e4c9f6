"""Sets of sealed bids as they stood at the close."""

from __future__ import annotations

from typing import ClassVar

from exchange.rows.row import Row


class SealedSet(Row):
    """The sealed bids of a listing's round; `id` is the listing's. Its root goes to the chain before any is opened."""

    kind: ClassVar[str] = "sealed_set"
    round: int
    commitments: tuple[str, ...]
    """32 bytes each (hex), in ascending order."""
    closed_ms: int
    chain_transaction: str = ""
    """Of its final record on the chain."""
