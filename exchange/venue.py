"""Commands about the venue itself: its opening, versions, calendar, outages and the demonstration clock."""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange.bounds import LARGEST_COUNT, LONGEST_TEXT, require_moment, require_text
from exchange.calendar import is_venue_date
from exchange.canonical import LARGEST_INTEGER
from exchange.commands import (
    ActivateVersion,
    EraseSealedPart,
    JumpClock,
    OpenVenue,
    Outage,
    RecordStateHash,
    RecordTradingAuthorisation,
    RecoverChain,
    SetCalendar,
    WithdrawTradingAuthorisation,
)
from exchange.deals import performance
from exchange.events import (
    CalendarSet,
    ChainRecovered,
    ClockJumped,
    OutageRecorded,
    SealedPartErased,
    StateHashRecorded,
    TradingAuthorisationWithdrawn,
    TradingAuthorised,
    VenueOpened,
    VersionActivated,
)
from exchange.listings import life, notices
from exchange.money import holds, standing
from exchange.rights import catalogue, pledge_receipts
from exchange.rows import Deadline, TradingAuthorisation, Venue
from exchange.rows.venue import Calendar
from exchange.rules import auction_law, civil_code, continuous_trading
from exchange.rules import evidence as desk_rules
from exchange.rules import performance as rules_of_performance
from exchange.rules import venue as rules
from exchange.rules.profiles import place_of
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

CONTINUOUS_SINCE_ENGINE = 3
"""An engine before it knows no continuous mode."""
PLACES_SINCE_ENGINE = 3
"""An engine before it knows one calendar."""
DEVELOPMENT_CHAIN = 31_337
WHOLE_BASIS_POINTS = 10_000
MOST_OPERATORS = 64
MOST_CALENDAR_DAYS = 1_000
"""So few that working days are always left in the years that a count of them looks at."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
BEFORE_DEADLINES = (Outage,)
"""Commands that may come while a deadline is due: an outage moves it first."""


def open_venue(turn: Turn, command: OpenVenue) -> Result:
    """The venue opens, once."""
    if turn.state.venues:
        refuse(rules.VENUE_OPEN_ALREADY)
    if not 0 <= command.fee_basis_points <= WHOLE_BASIS_POINTS:
        refuse(rules.MALFORMED, field="fee_basis_points", most=WHOLE_BASIS_POINTS)
    if not 0 <= command.chain_id <= LARGEST_INTEGER:
        refuse(rules.MALFORMED, field="chain_id")
    if not 0 < len(set(command.operators)) == len(command.operators) <= MOST_OPERATORS:
        refuse(rules.MALFORMED, field="operators", most=MOST_OPERATORS)
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
    for field in ("schema", "engine", "rulebook"):
        if not getattr(venue, field) <= getattr(command, field) <= LARGEST_COUNT:
            refuse(rules.MALFORMED, field=field, value=getattr(command, field))
    before = venue.engine
    venue.schema, venue.engine, venue.rulebook = command.schema, command.engine, command.rulebook
    turn.state.touch(venue)
    turn.emit(VersionActivated(schema=command.schema, engine=command.engine, rulebook=command.rulebook))
    if before < holds.SINCE_ENGINE <= venue.engine:
        standing.enter_holds(turn)
    if before < pledge_receipts.SINCE_ENGINE <= venue.engine:
        pledge_receipts.enter(turn)
    if before < rules_of_performance.SINCE_ENGINE <= venue.engine:
        performance.enter(turn)
    return {}


def outage(turn: Turn, command: Outage) -> Result:
    """Venue clocks that ran out inside the outage move on by its length, and a public notice's; others run on.

    A listing whose registration is moved closes as much later, so that its bidders have their time.
    """
    if not 0 <= command.since_ms < command.until_ms <= turn.time_ms:
        refuse(rules.MALFORMED, field="until_ms", value=command.until_ms)
    length_ms = command.until_ms - command.since_ms
    standing = sorted(turn.state.deadlines.values(), key=lambda row: row.id)
    stops_notices = turn.state.venue.engine >= notices.STOPS_SINCE_ENGINE
    running = [
        each
        for each in standing
        if (each.venue_clock or (stops_notices and each.what == "notice_end")) and each.stopped_ms is UNSET
    ]
    moved = [each for each in running if _inside(turn.state, each, command)]
    for deadline in moved:
        life.move_clock(turn.state, deadline, length_ms)
    ids = tuple(deadline.id for deadline in moved)
    turn.emit(OutageRecorded(since_ms=command.since_ms, until_ms=command.until_ms, moved=ids))
    return {}


def _inside(state: State, deadline: Deadline, outage: Outage) -> bool:
    due = [deadline.due_ms]
    if deadline.what == "listing_close":
        registration = state.deadlines.get(f"registration_close:{deadline.subject_id}")
        due += [registration.due_ms] if registration else []
    if deadline.what == "reveal_end":
        # An outage anywhere in the window takes from it: whoever does not open its bid in time loses its deposit.
        reveal_ms = state.listings[deadline.subject_id].terms.reveal_ms
        opens_ms = deadline.due_ms - (0 if reveal_ms is UNSET else reveal_ms)
        return opens_ms < outage.until_ms and outage.since_ms < deadline.due_ms
    return any(outage.since_ms < due_ms <= outage.until_ms for due_ms in due)


def jump_clock(turn: Turn, command: JumpClock) -> Result:
    """The demonstration clock moves forward; deadlines on the way fire in the ticks that follow."""
    venue = turn.state.venue
    if venue.chain_id != DEVELOPMENT_CHAIN:
        refuse(rules.DEVELOPMENT_CHAIN_ONLY, chain_id=venue.chain_id)
    require_moment("to_ms", command.to_ms)
    if command.to_ms <= turn.time_ms:
        refuse(rules.MALFORMED, field="to_ms", value=command.to_ms)
    venue.clock_offset_ms += command.to_ms - turn.time_ms
    turn.state.touch(venue)
    turn.emit(ClockJumped(to_ms=command.to_ms))
    return {}


def set_calendar(turn: Turn, command: SetCalendar) -> Result:
    """Closed days and worked weekends of a place are replaced: the venue's own, or another's."""
    venue = turn.state.venue
    if command.place is not UNSET and venue.engine < PLACES_SINCE_ENGINE:
        refuse(rules.MALFORMED, field="place", engine=venue.engine)
    for field, days in (("closed_days", command.closed_days), ("working_weekends", command.working_weekends)):
        if len(days) > MOST_CALENDAR_DAYS or not all(is_venue_date(day) for day in days):
            refuse(rules.MALFORMED, field=field, most=MOST_CALENDAR_DAYS)
    if command.place is UNSET or command.place == place_of(venue):
        venue.closed_days, venue.working_weekends = command.closed_days, command.working_weekends
    else:
        calendar = Calendar(closed_days=command.closed_days, working_weekends=command.working_weekends)
        venue.calendars = {**(venue.calendars or {}), command.place: calendar}
    turn.state.touch(venue)
    turn.emit(CalendarSet(closed_days=len(command.closed_days), place=command.place))
    return {}


def recover_chain(turn: Turn, command: RecoverChain) -> Result:
    """An operator answers for going on after a halt; what is sent again is the vault's to find out."""
    require_text("halted_for", command.halted_for)
    if not 0 <= command.agreed_block <= LARGEST_INTEGER:
        refuse(rules.MALFORMED, field="agreed_block")
    turn.emit(
        ChainRecovered(
            ground=command.ground, halted_for=command.halted_for, agreed_block=command.agreed_block
        )
    )
    return {}


def record_trading_authorisation(turn: Turn, command: RecordTradingAuthorisation) -> Result:
    """An operator answers for what lets this venue trade continuously; a later record takes the place of an earlier."""
    venue = turn.state.venue
    if venue.engine < CONTINUOUS_SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=venue.engine)
    continuous_trading.venue_may_have_a_book(venue)
    document = command.erasable.get("document", "")
    if not document:
        refuse(rules.FACT_MISSING, fact="document", supplier="operator")
    venue.trading_authorisation = TradingAuthorisation(
        ground=command.ground, document=document, recorded_ms=turn.time_ms
    )
    turn.state.touch(venue)
    turn.emit(TradingAuthorised(ground=command.ground, document=document))
    return {}


def withdraw_trading_authorisation(turn: Turn, command: WithdrawTradingAuthorisation) -> Result:  # noqa: ARG001 - the shape of every handler
    """The continuous mode is off: orders may be cancelled, none is matched, and a call that ends sells nothing."""
    venue = turn.state.venue
    continuous_trading.venue_is_authorised(venue)
    venue.trading_authorisation = UNSET
    turn.state.touch(venue)
    turn.emit(TradingAuthorisationWithdrawn())
    return {}


def record_state_hash(turn: Turn, command: RecordStateHash) -> Result:
    """The hash of the state before this entry; the audit compares it with its own."""
    if not _DIGEST.fullmatch(command.state_hash):
        refuse(rules.MALFORMED, field="state_hash")
    turn.emit(StateHashRecorded(state_hash=command.state_hash))
    return {}


def erase_sealed_part(turn: Turn, command: EraseSealedPart) -> Result:
    """The vault destroys salt and text with this entry; the engine never read them.

    A duty to keep them and a legal hold come first, whatever the ground (Personal Information Protection Law Art. 47).
    """
    if not 0 <= command.entry <= LARGEST_INTEGER:
        refuse(rules.MALFORMED, field="entry")
    require_text("label", command.label, LONGEST_TEXT)
    auction_law.records_are_kept(turn.state, command.entry)
    desk_rules.entry_is_not_held(turn.state, command.entry)
    if command.label == civil_code.TITLE_LABEL:
        catalogue.title_is_erased(turn, command.entry)
    turn.emit(SealedPartErased(entry=command.entry, label=command.label, ground=command.ground))
    return {}


HANDLERS: Handlers = {
    OpenVenue: open_venue,
    ActivateVersion: activate_version,
    Outage: outage,
    RecordStateHash: record_state_hash,
    JumpClock: jump_clock,
    SetCalendar: set_calendar,
    RecoverChain: recover_chain,
    RecordTradingAuthorisation: record_trading_authorisation,
    WithdrawTradingAuthorisation: withdraw_trading_authorisation,
    EraseSealedPart: erase_sealed_part,
}
