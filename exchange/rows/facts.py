"""What stood over a right, and from when to when."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.rows.row import Row

FactSort = Literal[
    "register_copy", "licence", "licence_elsewhere", "pledge", "freeze", "freeze_notice", "dispute"
]


class RightFact(Row):
    """Something that stood over a right, since engine version 3; it leaves memory when it ends, its table keeps it.

    A register copy stands until the next one: its `since_ms` is when it was recorded. Times in ms UTC.
    """

    kind: ClassVar[str] = "right_fact"
    right_id: str
    sort: FactSort
    subject_id: str
    """A licence, freeze notice or dispute; of the register's own, which one it was on this right."""
    detail: str
    """Kind of licence or freeze, or a pledge's holder; of a register copy its digest."""
    since_ms: int
    as_of_ms: int | None = None
    """Of what the register shows, the date of the copy that showed it first."""
    until_ms: int | None = None
