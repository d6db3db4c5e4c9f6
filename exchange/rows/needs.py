"""Technology needs."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import DealKind, NeedTerms
from exchange.money.amount import Currency
from exchange.rows.row import Row


class Need(Row):
    """What a buyer looks for: OPEN, then FULFILLED by a deal of its own, WITHDRAWN or EXPIRED.

    `terms` are the buyer's alone: no other party ever sees them, nor anything that is made from them.
    """

    kind: ClassVar[str] = "need"
    buyer: str
    classes: tuple[str, ...]
    territories: tuple[str, ...]
    kinds: tuple[DealKind, ...]
    currency: Currency
    until_ms: int
    terms: NeedTerms
    terms_salt: str
    posted_ms: int
    state: str = "OPEN"
    deal_id: str | None = None
    ended_ms: int | None = None
