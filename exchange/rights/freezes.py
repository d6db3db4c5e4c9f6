"""Freezes by notice or order, beside what the register's last copy shows (Implementing Rules Arts. 103 to 105).

The register copy stays the fact. What the venue is told beyond it blocks at once: until the copy says otherwise, the
freeze is lifted, or its time has come. Several may stand on one right.
"""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange.bounds import require_moment
from exchange.calendar import add_months
from exchange.commands import ExtendFreeze, LiftFreeze, RecordFreeze
from exchange.events import FreezeNoticeChanged
from exchange.listings import life
from exchange.rights import facts
from exchange.rights.catalogue import right_of
from exchange.rows import Deadline, Freeze, Right
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table, require_step, take_step
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MONTHS_OF_DISPUTE = 12
"""Art. 103: proceedings resume by themselves after a year that nobody has extended."""
MOST_FREEZES = 16
"""That stand on one right."""
TRANSITIONS: Table = {
    ("", "dispute"): "DISPUTE",
    ("", "preservation"): "PRESERVATION",
    ("DISPUTE", "extend"): "DISPUTE",
    ("DISPUTE", "lift"): "RELEASED",
    ("DISPUTE", "register_clear"): "RELEASED",
    ("DISPUTE", "expire"): "EXPIRED",
    ("PRESERVATION", "extend"): "PRESERVATION",
    ("PRESERVATION", "lift"): "RELEASED",
    ("PRESERVATION", "register_clear"): "RELEASED",
    ("PRESERVATION", "expire"): "EXPIRED",
}
ENDED = frozenset({"RELEASED", "EXPIRED"})
_DIGEST = re.compile(r"[0-9a-f]{64}")


def record_freeze(turn: Turn, command: RecordFreeze) -> Result:
    """A right is frozen from now on."""
    state = turn.state
    right = right_of(state, command.right_id)
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    reference = command.erasable.get("reference", "")
    if not reference:
        refuse(rules.FACT_MISSING, fact="reference", right_id=right.id, supplier="operator")
    _require_digest(command.document_digest)
    require_moment("since_ms", command.since_ms)
    if command.since_ms > turn.time_ms:
        refuse(rules.MALFORMED, field="since_ms", value=command.since_ms)
    until_ms = _until(command)
    _require_later(turn, until_ms)
    if len(right.notices or ()) >= MOST_FREEZES:
        refuse(rules.MALFORMED, field="right_id", most=MOST_FREEZES)
    freeze = Freeze(
        id=state.next_id("FRZ"),
        right_id=right.id,
        ground=command.ground,
        document_digest=command.document_digest,
        reference=reference,
        since_ms=command.since_ms,
        until_ms=until_ms,
        told_ms=turn.time_ms,
    )
    state.add(freeze)
    right.notices = (*(right.notices or ()), freeze.id)
    state.touch(right)
    change_freeze(turn, freeze, command.ground, "record_freeze")
    facts.begins(turn, right.id, "freeze_notice", freeze.id, detail=command.ground)
    state.set_deadline("freeze_end", freeze.id, until_ms, venue_clock=False)
    life.follow_the_register(turn, right)
    return {"freeze_id": freeze.id, "state": freeze.state}


def extend_freeze(turn: Turn, command: ExtendFreeze) -> Result:
    """A freeze lasts longer than it did."""
    freeze = freeze_of(turn.state, command.freeze_id)
    require_step(TRANSITIONS, freeze, "extend")
    _require_digest(command.document_digest)
    require_moment("until_ms", command.until_ms)
    if command.until_ms <= freeze.until_ms:
        refuse(rules.MALFORMED, field="until_ms", value=command.until_ms)
    freeze.until_ms, freeze.told_ms = command.until_ms, turn.time_ms
    freeze.document_digest = command.document_digest
    turn.state.set_deadline("freeze_end", freeze.id, freeze.until_ms, venue_clock=False)
    change_freeze(turn, freeze, "extend", "extend_freeze")
    return {"freeze_id": freeze.id, "state": freeze.state}


def lift_freeze(turn: Turn, command: LiftFreeze) -> Result:
    """Whoever froze the right has lifted it."""
    freeze = freeze_of(turn.state, command.freeze_id)
    require_step(TRANSITIONS, freeze, "lift")
    _require_digest(command.document_digest)
    freeze.document_digest = command.document_digest
    _end(turn, freeze, "lift", "lift_freeze")
    life.follow_the_register(turn, turn.state.rights[freeze.right_id])
    return {"freeze_id": freeze.id, "state": freeze.state}


def freeze_end(turn: Turn, deadline: Deadline) -> None:
    """The time of a freeze has come, and nobody has extended it."""
    freeze = turn.state.freezes[deadline.subject_id]
    _end(turn, freeze, "expire", "freeze_end")
    life.follow_the_register(turn, turn.state.rights[freeze.right_id])


def follow_the_register(turn: Turn, right: Right, as_of_ms: int) -> None:
    """A copy that shows no freeze, made after the venue was told of one, says that it does not stand."""
    if right.freeze != "none":
        return
    for freeze_id in right.notices or ():
        freeze = turn.state.freezes[freeze_id]
        if as_of_ms > freeze.told_ms:
            _end(turn, freeze, "register_clear", "register")


def freeze_of(state: State, freeze_id: str) -> Freeze:
    """A freeze that stands, by id. Raises Refusal UNKNOWN-ID."""
    freeze = state.freezes.get(freeze_id)
    if freeze is None:
        refuse(rules.UNKNOWN_ID, kind="freeze", id=freeze_id)
    return freeze


def change_freeze(turn: Turn, freeze: Freeze, event: str, cause: str) -> None:
    """Take a step of the table."""
    old = take_step(TRANSITIONS, freeze, event)
    turn.state.touch(freeze)
    turn.emit(
        FreezeNoticeChanged(
            freeze_id=freeze.id,
            right_id=freeze.right_id,
            old=old,
            new=freeze.state,
            cause=cause,
            until_ms=freeze.until_ms,
        )
    )


def _end(turn: Turn, freeze: Freeze, event: str, cause: str) -> None:
    state = turn.state
    right = state.rights[freeze.right_id]
    others = tuple(each for each in right.notices or () if each != freeze.id)
    right.notices = others or UNSET
    state.touch(right)
    state.clear_deadline("freeze_end", freeze.id)
    change_freeze(turn, freeze, event, cause)
    facts.ends(turn, "freeze_notice", freeze.id)
    state.archive(freeze)


def _until(command: RecordFreeze) -> int:
    if command.ground == "dispute":
        if command.until_ms is not None:
            refuse(rules.MALFORMED, field="until_ms", value=command.until_ms)
        return add_months(command.since_ms, MONTHS_OF_DISPUTE)
    if command.until_ms is None:
        refuse(rules.FACT_MISSING, fact="until_ms", right_id=command.right_id, supplier="court")
    return command.until_ms


def _require_later(turn: Turn, until_ms: int) -> None:
    require_moment("until_ms", until_ms)
    if until_ms <= turn.time_ms:
        refuse(rules.MALFORMED, field="until_ms", value=until_ms)


def _require_digest(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        refuse(rules.MALFORMED, field="document_digest")


HANDLERS: Handlers = {RecordFreeze: record_freeze, ExtendFreeze: extend_freeze, LiftFreeze: lift_freeze}
DEADLINES = {"freeze_end": freeze_end}
