"""The catalogue: a right enters it with its number, dates and classes, and is corrected while nothing rests on it."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.bounds import require_text
from exchange.calendar import is_venue_date, venue_date
from exchange.commands import ImportRight
from exchange.events import RightCorrected, RightImported
from exchange.parties import VENUE_ACTOR, active_actor, company_number_of
from exchange.rights.classes import MOST_CLASSES_OF_RIGHT, is_class_symbol
from exchange.rights.identity import ACHIEVEMENT, TYPE_NOT_KNOWN, IdRefused, check_id, registration_number
from exchange.rights.other_numbers import is_design_of_hong_kong
from exchange.rights.other_rights import SINCE_ENGINE as OTHER_RIGHTS_SINCE_ENGINE
from exchange.rights.other_rights import WORD_IN_ID
from exchange.rights.right_number import DESIGN, NUMBER_FORMAT, NUMBER_TYPE_MISMATCH, RightNumber
from exchange.rows import Bibliography, Party, Right
from exchange.rules import civil_code
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.scope import ipc_symbols
from exchange.turn import Handlers, Result, Turn

LONGEST_FIELD = 200
"""Characters of a result's technical field, which is a list of symbols: words would stand in the clear for ever."""
HIGHEST_READINESS = 9
CLASSES_SINCE_ENGINE = 3
INVENTORS_SINCE_ENGINE = 3
MOST_INVENTORS = 200
NUMBERING_DESIGNS = frozenset({"CN", "HK", "MO", "US"})
"""Offices whose designs have numbers that say so."""


def right_of(state: State, right_id: str) -> Right:
    """A right by id. Raises Refusal UNKNOWN-ID."""
    right = state.rights.get(right_id)
    if right is None:
        refuse(rules.UNKNOWN_ID, kind="right", id=right_id)
    return right


def import_right(turn: Turn, command: ImportRight) -> Result:
    """A right enters the catalogue; the same facts again change nothing, missing ones are filled in.

    Raises:
        Refusal: MALFORMED, ROLE-REQUIRED, FACT-MISSING; RIGHT-DIFFERS where other facts stand and may not be replaced.
    """
    if turn.actor != VENUE_ACTOR:
        _may_import(active_actor(turn))
    _check_import(turn, command)
    known = turn.state.rights.get(command.right_id)
    if known is not None:
        return _import_again(turn, known, command)
    turn.state.add(
        Right(
            id=command.right_id,
            office=command.office,
            right_type=command.right_type,
            filing_date=command.filing_date,
            grant_date=command.grant_date,
            publication_number=command.publication_number,
            bibliography=_bibliography(turn, command),
            achievement=command.achievement,
            classes=command.classes,
            inventors=command.inventors,
            service_invention=command.service_invention,
            description_hash=command.erasable.get("description", "") if command.achievement else "",
        )
    )
    turn.emit(RightImported(right_id=command.right_id))
    return {"right_id": command.right_id, "known": "no"}


def _may_import(party: Party) -> None:
    if not {"seller", "agent"} & set(party.roles):
        refuse(rules.ROLE_REQUIRED, party_id=party.id, role="seller or agent")


def _check_import(turn: Turn, command: ImportRight) -> None:
    today = venue_date(turn.time_ms)
    _check_kind(turn, command)
    try:
        number = check_id(command.right_id, command.office, command.right_type, as_of_year=today.year)
    except IdRefused as refused:
        refuse(rules.MALFORMED, field="right_id", reason=refused.reason)
    _check_design(turn, command, number)
    if command.publication_number is not None:
        require_text("publication_number", command.publication_number)
    check_dates(command.filing_date, command.grant_date, today.isoformat())
    # A later year is right for divisional applications; one year earlier happens where drawings filed late moved the
    # filing date past the end of the year.
    year = number.year if number is not None and number.office == "CN" else None
    if year is not None and command.filing_date and int(command.filing_date[:4]) > year + 1:
        refuse(rules.MALFORMED, field="filing_date", reason="number_year_mismatch")
    _check_achievement(command)
    _check_classes(turn, command)
    _check_inventors(turn, command)


def _check_kind(turn: Turn, command: ImportRight) -> None:
    """An older engine knows of patents and results alone."""
    if turn.state.venue.engine >= OTHER_RIGHTS_SINCE_ENGINE or command.right_type == ACHIEVEMENT:
        return
    design = command.office == "HK" and is_design_of_hong_kong(command.right_id)
    if command.right_type in WORD_IN_ID or design:
        refuse(rules.MALFORMED, field="right_id", reason=NUMBER_FORMAT)


def _check_design(turn: Turn, command: ImportRight, number: RightNumber | None) -> None:
    """Where designs have numbers of their own, no party's word makes a design of another: designs are free to leave.

    The venue's files may know older ones.
    """
    old_engine = turn.state.venue.engine < OTHER_RIGHTS_SINCE_ENGINE
    if command.right_type != DESIGN or turn.actor == VENUE_ACTOR or old_engine:
        return
    if command.office in NUMBERING_DESIGNS and (number is None or number.right_type != DESIGN):
        refuse(rules.MALFORMED, field="right_type", reason=NUMBER_TYPE_MISMATCH)


def _check_inventors(turn: Turn, command: ImportRight) -> None:
    """Their number in the clear, their names sealed; an older engine knows of neither."""
    engine = turn.state.venue.engine
    if command.inventors is UNSET and command.service_invention is UNSET:
        return
    if engine < INVENTORS_SINCE_ENGINE:
        refuse(rules.MALFORMED, field="inventors", engine=engine)
    if command.inventors is not UNSET and not 1 <= command.inventors <= MOST_INVENTORS:
        refuse(rules.MALFORMED, field="inventors", most=MOST_INVENTORS)


def _check_classes(turn: Turn, command: ImportRight) -> None:
    """Symbols of the classification, each once; an older engine knows of none."""
    if command.classes is UNSET:
        return
    engine, symbols = turn.state.venue.engine, command.classes
    well_formed = all(map(is_class_symbol, symbols)) and len(set(symbols)) == len(symbols)
    within = engine >= CLASSES_SINCE_ENGINE and 0 < len(symbols) <= MOST_CLASSES_OF_RIGHT
    if not well_formed or not within:
        refuse(rules.MALFORMED, field="classes", most=MOST_CLASSES_OF_RIGHT, engine=engine)


def check_dates(filing_date: str | None, grant_date: str | None, today: str) -> None:
    """Dates are days of the calendar, not after today, and a grant does not come before its filing."""
    for field, text in (("filing_date", filing_date), ("grant_date", grant_date)):
        if text is not None and not (is_venue_date(text) and text <= today):
            refuse(rules.MALFORMED, field=field)
    if filing_date is not None and grant_date is not None and grant_date < filing_date:
        refuse(rules.MALFORMED, field="grant_date", reason="date_order")


def _bibliography(turn: Turn, command: ImportRight) -> Bibliography | UnsetType:
    """Where the title stands that the command seals; an older engine looks for none.

    Raises:
        EngineFault: nobody has said which entry it is, so that its title could be shown.
    """
    committed = command.erasable.get(civil_code.TITLE_LABEL)
    if committed is None or turn.state.venue.engine < civil_code.TITLE_SINCE_ENGINE:
        return UNSET
    if turn.request.entry is None:
        turn.fault(f"a title of {command.right_id} without the number of its entry")
    return Bibliography(commitment=committed, entry=turn.request.entry)


def title_is_erased(turn: Turn, entry: int) -> None:
    """The sealed title of an entry is gone: its right, if one has it from there, is on record without a title."""
    for right in turn.state.rights.values():
        if right.bibliography is not UNSET and right.bibliography.entry == entry:
            right.bibliography = UNSET
            turn.state.touch(right)
            turn.emit(RightCorrected(right_id=right.id, fields=(civil_code.TITLE_LABEL,)))


def _check_achievement(command: ImportRight) -> None:
    """A result is described in full, with its sealed parts; a patent has no such description."""
    facts = command.achievement
    if facts is None:
        if command.right_type == ACHIEVEMENT:
            refuse(rules.FACT_MISSING, fact="achievement", right_id=command.right_id, supplier="importer")
        return
    if command.right_type != ACHIEVEMENT:
        refuse(rules.MALFORMED, field="achievement")
    for part in ("completing_persons", "description"):
        if part not in command.erasable:
            refuse(rules.FACT_MISSING, fact=part, right_id=command.right_id, supplier="importer")
    if company_number_of("OTHER", facts.completing_entity) is None:
        refuse(rules.MALFORMED, field="completing_entity")
    if not ipc_symbols(facts.field) or len(facts.field) > LONGEST_FIELD:
        refuse(rules.MALFORMED, field="field")
    if not 1 <= facts.readiness_level <= HIGHEST_READINESS:
        refuse(rules.MALFORMED, field="readiness_level", most=HIGHEST_READINESS)
    if facts.registration_number != registration_number(command.right_id):
        refuse(rules.MALFORMED, field="registration_number")


def _import_again(turn: Turn, right: Right, command: ImportRight) -> Result:
    """A known right is given once more.

    What is missing may be filled in, after a register copy by the venue alone. Other facts are replaced by the venue
    alone, and only while neither a register copy nor a listing nor a deal rests on them.
    """
    by_venue = turn.actor == VENUE_ACTOR
    untouched = right.status is None and right.open_listing is None and not right.open_deals
    # Nothing rests on the classes but matching: where they may not be said they are passed over, and refuse nothing.
    may_fill = right.classes is UNSET and (by_venue or right.status is None)
    says_classes = command.classes is not UNSET and (may_fill or (by_venue and untouched))
    # A title is not replaced: a wrong one is erased, and the right imported again.
    says_title = right.bibliography is UNSET and (by_venue or right.status is None)
    title = _bibliography(turn, command) if says_title else UNSET
    said = {
        "bibliography": None if title is UNSET else title,
        "right_type": None if command.right_type == TYPE_NOT_KNOWN else command.right_type,
        "filing_date": command.filing_date,
        "grant_date": command.grant_date,
        "publication_number": None if right.publication_number else command.publication_number,
        "achievement": command.achievement,
        "classes": command.classes if says_classes else None,
        **{
            name: None if getattr(command, name) is UNSET else getattr(command, name)
            for name in ("inventors", "service_invention")
        },
    }
    changed = {name: value for name, value in said.items() if value not in {None, getattr(right, name)}}
    if not changed:
        return {"right_id": right.id, "known": "yes"}
    fills = all(getattr(right, name) in {None, TYPE_NOT_KNOWN, UNSET} for name in changed)
    if not (fills and (by_venue or right.status is None)) and not (by_venue and untouched):
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields=", ".join(sorted(changed)))
    filing_date, grant_date = (
        changed.get(name, getattr(right, name)) for name in ("filing_date", "grant_date")
    )
    check_dates(filing_date, grant_date, venue_date(turn.time_ms).isoformat())
    for name, value in changed.items():
        setattr(right, name, value)
    if "achievement" in changed:
        right.description_hash = command.erasable["description"]
    turn.state.touch(right)
    turn.emit(RightCorrected(right_id=right.id, fields=tuple(sorted(changed))))
    return {"right_id": right.id, "known": "corrected"}


HANDLERS: Handlers = {ImportRight: import_right}
