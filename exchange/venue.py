"""Commands about the venue itself: its opening, versions, calendar, outages and the demonstration clock."""

from __future__ import annotations

from exchange.commands import (
    ActivateVersion,
    EraseSealedPart,
    JumpClock,
    OpenVenue,
    Outage,
    RecordStateHash,
    SetCalendar,
)
from exchange.events import (
    CalendarSet,
    ClockJumped,
    OutageRecorded,
    SealedPartErased,
    StateHashRecorded,
    VenueOpened,
    VersionActivated,
)
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import Venue
from exchange.turn import Handlers, Result, Turn

DEVELOPMENT_CHAIN = 31_337
BEFORE_DEADLINES = (Outage,)
"""Commands that may come while a deadline is due: an outage moves it first."""


def open_venue(turn: Turn, command: OpenVenue) -> Result:
    """The venue opens, once."""
    if turn.state.venues:
        refuse(rules.VENUE_OPEN_ALREADY)
    turn.state.add(
        Venue(
            id="venue",
            profile=command.profile,
            chain_id=command.chain_id,
            register=command.register,
            anchor=command.anchor,
            operators=command.operators,
            service=command.service,
            bank=command.bank,
            office=command.office,
            receipt_key=command.receipt_key,
            fee_basis_points=command.fee_basis_points,
            simulated=command.simulated,
        )
    )
    turn.emit(VenueOpened(chain_id=command.chain_id, profile=command.profile))
    return {}


def activate_version(turn: Turn, command: ActivateVersion) -> Result:
    """The named versions are in force from the next entry on."""
    venue = turn.state.venue
    if command.schema < venue.schema or command.engine < venue.engine or command.rulebook < venue.rulebook:
        refuse(rules.MALFORMED, field="engine", value=command.engine)
    venue.schema, venue.engine, venue.rulebook = command.schema, command.engine, command.rulebook
    turn.state.touch(venue)
    turn.emit(VersionActivated(schema=command.schema, engine=command.engine, rulebook=command.rulebook))
    return {}


def outage(turn: Turn, command: Outage) -> Result:
    """Venue clocks that ran out inside the outage, or run on after it, move on by its length; others run on."""
    if command.until_ms <= command.since_ms or command.until_ms > turn.time_ms:
        refuse(rules.MALFORMED, field="until_ms", value=command.until_ms)
    length_ms = command.until_ms - command.since_ms
    moved = []
    for deadline in sorted(turn.state.deadlines.values(), key=lambda row: row.id):
        if deadline.venue_clock and deadline.due_ms > command.since_ms:
            turn.state.set_deadline(deadline.what, deadline.subject_id, deadline.due_ms + length_ms)
            moved.append(deadline.id)
    turn.emit(OutageRecorded(since_ms=command.since_ms, until_ms=command.until_ms, moved=tuple(moved)))
    return {}


def jump_clock(turn: Turn, command: JumpClock) -> Result:
    """The demonstration clock moves forward; deadlines on the way fire in the ticks that follow."""
    venue = turn.state.venue
    if venue.chain_id != DEVELOPMENT_CHAIN:
        refuse(rules.DEVELOPMENT_CHAIN_ONLY, chain_id=venue.chain_id)
    if command.to_ms <= turn.time_ms:
        refuse(rules.MALFORMED, field="to_ms", value=command.to_ms)
    venue.clock_offset_ms += command.to_ms - turn.time_ms
    turn.state.touch(venue)
    turn.emit(ClockJumped(to_ms=command.to_ms))
    return {}


def set_calendar(turn: Turn, command: SetCalendar) -> Result:
    """The venue's closed days and worked weekends are replaced."""
    venue = turn.state.venue
    venue.closed_days, venue.working_weekends = command.closed_days, command.working_weekends
    turn.state.touch(venue)
    turn.emit(CalendarSet(closed_days=len(command.closed_days)))
    return {}


def record_state_hash(turn: Turn, command: RecordStateHash) -> Result:
    """The hash of the state before this entry; the audit compares it with its own."""
    turn.emit(StateHashRecorded(state_hash=command.state_hash))
    return {}


def erase_sealed_part(turn: Turn, command: EraseSealedPart) -> Result:
    """The vault destroys salt and text with this entry; the engine never read them."""
    turn.emit(SealedPartErased(entry=command.entry, label=command.label, ground=command.ground))
    return {}


HANDLERS: Handlers = {
    OpenVenue: open_venue,
    ActivateVersion: activate_version,
    Outage: outage,
    RecordStateHash: record_state_hash,
    JumpClock: jump_clock,
    SetCalendar: set_calendar,
    EraseSealedPart: erase_sealed_part,
}
