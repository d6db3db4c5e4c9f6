"""How a simulated institution misbehaves: switched on by a control call, the same for the same seed.

Whether a fault strikes is read from SHA-256(seed, mode, how often it was drawn), and the counters live in the
store, so that a run can be repeated exactly and a restart goes on where it stopped.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, get_args

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.simulated.store import Store

Item = TypeVar("Item")

Mode = Literal[
    "refuse",
    "slow",
    "twice",
    "out_of_order",
    "error",
    "drop",
    "truncate",
    "oversize",
    "wrong_signature",
]
"""The ways to misbehave.

refuse: the institution refuses what it could have carried out. slow: the work is done, the answer comes
`delay_ms` late. twice: entries of a page come twice. out_of_order: entries come shuffled and one is held
back, what was received first is decided later, or an answer belongs to the question before. error: status 500
before anything is done. drop: the work is done and the connection is cut. truncate: half an answer. oversize:
an answer without end. wrong_signature: signed by another key.
"""
MODES: tuple[Mode, ...] = get_args(Mode)
_SURE = 1_000

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS fault (
        mode TEXT PRIMARY KEY,
        per_mille INTEGER NOT NULL,
        remaining INTEGER,
        delay_ms INTEGER NOT NULL,
        drawn INTEGER NOT NULL
    ) WITHOUT ROWID""",
)


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to misbehave: how often (of a thousand), how many times at most (None: for ever), how late."""

    per_mille: Annotated[int, msgspec.Meta(ge=0, le=_SURE)] = _SURE
    remaining: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0


class FaultPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All faults at once; a mode that is not named is off.

    processing_delay_ms: how long the institution takes to decide (None: as before).
    """

    seed: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] = 0
    modes: dict[Mode, Fault] = {}
    processing_delay_ms: Annotated[int, msgspec.Meta(ge=0, le=10 * 366 * 86_400_000)] | None = None


class Faults:
    """The faults of one institution. Every method is called inside a transaction of its store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, plan: FaultPlan) -> None:
        """Replace all faults and start counting afresh."""
        self._store.run("DELETE FROM fault")
        self._store.put("fault_seed", plan.seed)
        for mode, fault in sorted(plan.modes.items()):
            self._store.run(
                "INSERT INTO fault VALUES (?, ?, ?, ?, 0)",
                mode,
                fault.per_mille,
                fault.remaining,
                fault.delay_ms,
            )
        if plan.processing_delay_ms is not None:
            self._store.put("processing_delay_ms", plan.processing_delay_ms)

    def plan(self) -> FaultPlan:
        """Give the faults as they stand, `remaining` counted down."""
        rows = self._store.rows("SELECT * FROM fault ORDER BY mode")
        modes = {
            row["mode"]: Fault(
                per_mille=row["per_mille"], remaining=row["remaining"], delay_ms=row["delay_ms"]
            )
            for row in rows
        }
        return FaultPlan(
            seed=int(self._store.get("fault_seed") or 0),
            modes=modes,
            processing_delay_ms=self.processing_delay_ms(),
        )

    def processing_delay_ms(self) -> int:
        """Tell how long the institution takes to decide, in milliseconds."""
        return int(self._store.get("processing_delay_ms") or 0)

    def draw(self, mode: Mode) -> int | None:
        """Draw once: None if the fault does not strike, else a number that settles its particulars."""
        row = self._store.row("SELECT * FROM fault WHERE mode = ?", mode)
        if row is None or row["remaining"] == 0:
            return None
        seed = self._store.get("fault_seed") or "0"
        number = int.from_bytes(sha256(f"{seed}:{mode}:{row['drawn']}".encode()).digest()[:8])
        strikes = number % _SURE < row["per_mille"]
        left = row["remaining"] - 1 if strikes and row["remaining"] is not None else row["remaining"]
        self._store.run("UPDATE fault SET drawn = drawn + 1, remaining = ? WHERE mode = ?", left, mode)
        return number // _SURE if strikes else None

    def delay_ms(self, mode: Mode) -> int:
        """Draw once and give the delay, 0 if the fault does not strike."""
        row = self._store.row("SELECT delay_ms FROM fault WHERE mode = ?", mode)
        return 0 if self.draw(mode) is None or row is None else int(row["delay_ms"])

    def decided_after_ms(self) -> int:
        """How long a decision on what is received now takes; out of order, up to four times that."""
        delay = self.processing_delay_ms()
        number = self.draw("out_of_order")
        return delay if number is None else delay * (1 + number % 4)

    def disturbed(self, items: Sequence[Item]) -> list[Item]:
        """Give a page of entries as the faults leave it."""
        page = list(items)
        if page and self.draw("twice") is not None:
            page = [item for item in page for _ in range(2)]
        number = self.draw("out_of_order") if page else None
        if number is not None:
            held_back = number % (len(items) + 1)
            kept = [item for place, item in enumerate(page) if held_back != place * len(items) // len(page)]
            page = [kept[place] for place in _shuffled(len(kept), number)]
        return page


def _shuffled(size: int, number: int) -> list[int]:
    """Give the places 0 to size - 1 in an order that the number settles."""
    return sorted(range(size), key=lambda place: sha256(f"{number}:{place}".encode()).digest())
