"""What was known of a right, and since when: a row for each register copy, kept in its table and not in memory."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.rows import RegisterEntry, Right
from exchange.turn import Turn

SINCE_ENGINE = 3
PLEDGE_NUMBERS_SINCE_ENGINE = 5
"""Since this version it is kept which pledge of all ever seen on a right each of a copy's is."""


def keep(turn: Turn, right: Right, as_of_ms: int) -> None:
    """Keep how the right stands after its register's last word as of `as_of_ms` (UTC), or the venue's finding.

    Nothing reads such a row to decide anything, so it leaves memory at once; only the office and the venue make them.
    """
    if turn.state.venue.engine < SINCE_ENGINE:
        return
    number = 1 if right.copies_seen is UNSET else right.copies_seen + 1
    right.copies_seen = number
    turn.state.touch(right)
    entry = RegisterEntry(
        id=f"{right.id}:{number}",
        right_id=right.id,
        number=number,
        as_of_ms=as_of_ms,
        recorded_ms=turn.time_ms,
        status=right.status or "",
        holders=right.holder_of_record,
        expiry_date=right.expiry_date,
        fee_due=None if right.fee_due is UNSET else right.fee_due,
        in_fee_grace=right.in_fee_grace,
        pledges=right.pledges,
        pledge_numbers=_numbers(turn, right),
        freeze=right.freeze,
        licences_elsewhere=right.licences_elsewhere,
        same_day_twin=right.same_day_twin,
        invalidation_requested=right.invalidation_requested,
    )
    turn.state.add(entry)
    turn.state.archive(entry)


def _numbers(turn: Turn, right: Right) -> tuple[int, ...] | UnsetType:
    kept = right.pledges and turn.state.venue.engine >= PLEDGE_NUMBERS_SINCE_ENGINE
    return right.pledge_numbers if kept else UNSET
