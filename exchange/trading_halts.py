"""Halt and resumption of trading 暂停与恢复交易, each by two operators' signatures.

A first signature alone stops nothing, whatever it suspects, and counts for an hour. While trading stands still, what is
agreed goes on to its end, and so does every clock but those of the market (`exchange.rows.TRADING_CLOCKS`).
"""

from __future__ import annotations

from typing import get_args

from msgspec import UNSET

from exchange.calendar import MS_PER_MINUTE
from exchange.commands import HaltGround, HaltTrading, ResumeTrading
from exchange.events import TradingHalted, TradingResumed
from exchange.listings import life
from exchange.money import four_eyes
from exchange.rows import TRADING_CLOCKS, Deadline, TradingHalt
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 4
SIGNATURE_COUNTS_MS = 60 * MS_PER_MINUTE
"""How long the first operator's signature waits for the second."""
SIGNATURE_END = "halt_signature_end"
_RESUMPTION = "resume_trading"


def halt_trading(turn: Turn, command: HaltTrading) -> Result:
    """The second operator's signature for the same ground makes trading stand still."""
    venue = turn.state.venue
    if venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=venue.engine)
    _require_reason(command)
    if venue.trading_halt is not UNSET:
        refuse(rules.WRONG_STATE, state="halted", halt_id=venue.trading_halt.id)
    operators = _both_operators(turn, _halt(command.ground))
    if operators is None:
        return {"state": "SIGNED-ONCE"}
    for ground in get_args(HaltGround):
        _forget(turn, _halt(ground))
    halt = TradingHalt(
        id=turn.state.next_id("TH"), ground=command.ground, since_ms=turn.time_ms, operators=operators
    )
    venue.trading_halt = halt
    turn.state.touch(venue)
    for deadline in turn.state.deadlines.values():
        if deadline.what in TRADING_CLOCKS:
            deadline.stopped_ms = turn.time_ms
            turn.state.touch(deadline)
    turn.emit(TradingHalted(halt_id=halt.id, ground=halt.ground, operators=operators))
    return {"halt_id": halt.id, "state": "HALTED"}


def resume_trading(turn: Turn, command: ResumeTrading) -> Result:
    """The second operator's signature lets trading go on; each of its clocks has what it had left."""
    state, venue = turn.state, turn.state.venue
    _require_reason(command)
    halt = venue.trading_halt
    if halt is UNSET:
        refuse(rules.WRONG_STATE, state="not halted")
    operators = _both_operators(turn, _RESUMPTION)
    if operators is None:
        return {"halt_id": halt.id, "state": "SIGNED-ONCE"}
    venue.trading_halt = UNSET
    state.touch(venue)
    stopped = [
        (each, each.stopped_ms)
        for each in sorted(state.deadlines.values(), key=lambda row: row.id)
        if each.stopped_ms is not UNSET
    ]
    for deadline, stopped_ms in stopped:
        life.move_clock(state, deadline, turn.time_ms - stopped_ms)
    for listing in state.listings.values():
        if listing.suspended_ms is not None:
            # What the halt has given back already, the end of the suspension does not give again.
            shifted_ms = listing.suspended_ms + turn.time_ms - halt.since_ms
            listing.suspended_ms = min(shifted_ms, turn.time_ms)
            state.touch(listing)
    moved = tuple(deadline.id for deadline, _ in stopped)
    turn.emit(TradingResumed(halt_id=halt.id, since_ms=halt.since_ms, operators=operators, moved=moved))
    return {"halt_id": halt.id, "state": "RESUMED"}


def signature_ends(turn: Turn, deadline: Deadline) -> None:
    """A first signature that no second has followed in time counts no more."""
    four_eyes.forget(turn, deadline.subject_id)


def _both_operators(turn: Turn, what: str) -> tuple[str, str] | None:
    """Both operators once the second has signed; None after the first, whose signature counts from now on."""
    first = turn.state.venue.first_approvals.get(what, "")
    if not four_eyes.second_operator(turn, what):
        due_ms = turn.time_ms + SIGNATURE_COUNTS_MS
        turn.state.set_deadline(SIGNATURE_END, what, due_ms, venue_clock=False)
        return None
    turn.state.clear_deadline(SIGNATURE_END, what)
    return first, turn.request.signer


def _forget(turn: Turn, what: str) -> None:
    four_eyes.forget(turn, what)
    turn.state.clear_deadline(SIGNATURE_END, what)


def _halt(ground: HaltGround) -> str:
    return f"halt_trading:{ground}"


def _require_reason(command: HaltTrading | ResumeTrading) -> None:
    if not command.erasable.get("reason"):
        refuse(rules.FACT_MISSING, fact="reason", supplier="operator")


HANDLERS: Handlers = {HaltTrading: halt_trading, ResumeTrading: resume_trading}
DEADLINES = {SIGNATURE_END: signature_ends}
