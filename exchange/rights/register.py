"""What the exchange knows of a right: its catalogue entry, its register copy, its export class, its licences.

The holder of record comes from the register alone: from a register copy or from a registry confirmation.
"""

from __future__ import annotations

from exchange.bounds import require_moment, require_text
from exchange.calendar import MS_PER_HOUR, is_venue_date, venue_date
from exchange.commands import ClassifyExport, ImportRight, RecordRegisterCopy, RegisterFacts
from exchange.deals import licences
from exchange.events import (
    ExportClassified,
    FreezeSeen,
    PledgeSeen,
    RegisterCopyRecorded,
    RightCorrected,
    RightImported,
)
from exchange.listings import life
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import VENUE_ACTOR, active_actor, company_number_of
from exchange.rights.identity import ACHIEVEMENT, TYPE_NOT_KNOWN, IdRefused, check_id, registration_number
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import Party, Right, State
from exchange.terms.scope import ipc_symbols
from exchange.turn import Handlers, Result, Turn

WHOLE_SHARE = 10_000
"""A whole right in basis points."""
MOST_HOLDERS = 64
MOST_PLEDGES = 64
LONGEST_FIELD = 200
"""Characters of a result's technical field, which is a list of symbols: words would stand in the clear for ever."""
HIGHEST_READINESS = 9
CLOCK_SKEW_MS = MS_PER_HOUR
"""How far the office's clock may be ahead of ours."""


def right_of(state: State, right_id: str) -> Right:
    """A right by id. Raises Refusal UNKNOWN-ID."""
    right = state.rights.get(right_id)
    if right is None:
        refuse(rules.UNKNOWN_ID, kind="right", id=right_id)
    return right


def holder_names(state: State, company_numbers: tuple[str, ...]) -> tuple[str, ...]:
    """Holders as events name them: the party id where the company is a party here, else its company number."""
    return tuple(state.party_by_number.get(number, number) for number in company_numbers)


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
            achievement=command.achievement,
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
    try:
        number = check_id(command.right_id, command.office, command.right_type, as_of_year=today.year)
    except IdRefused as refused:
        refuse(rules.MALFORMED, field="right_id", reason=refused.reason)
    if command.publication_number is not None:
        require_text("publication_number", command.publication_number)
    _check_dates(command.filing_date, command.grant_date, today.isoformat())
    # A later year is right for divisional applications; one year earlier happens where drawings filed late moved the
    # filing date past the end of the year.
    year = number.year if number is not None and number.office == "CN" else None
    if year is not None and command.filing_date and int(command.filing_date[:4]) > year + 1:
        refuse(rules.MALFORMED, field="filing_date", reason="number_year_mismatch")
    _check_achievement(command)


def _check_dates(filing_date: str | None, grant_date: str | None, today: str) -> None:
    """Dates are days of the calendar, not after today, and a grant does not come before its filing."""
    for field, text in (("filing_date", filing_date), ("grant_date", grant_date)):
        if text is not None and not (is_venue_date(text) and text <= today):
            refuse(rules.MALFORMED, field=field)
    if filing_date is not None and grant_date is not None and grant_date < filing_date:
        refuse(rules.MALFORMED, field="grant_date", reason="date_order")


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
    said = {
        "right_type": None if command.right_type == TYPE_NOT_KNOWN else command.right_type,
        "filing_date": command.filing_date,
        "grant_date": command.grant_date,
        "publication_number": None if right.publication_number else command.publication_number,
        "achievement": command.achievement,
    }
    changed = {name: value for name, value in said.items() if value not in {None, getattr(right, name)}}
    if not changed:
        return {"right_id": right.id, "known": "yes"}
    by_venue = turn.actor == VENUE_ACTOR
    fills = all(getattr(right, name) in {None, TYPE_NOT_KNOWN} for name in changed)
    untouched = right.status is None and right.open_listing is None and not right.open_deals
    if not (fills and (by_venue or right.status is None)) and not (by_venue and untouched):
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields=", ".join(sorted(changed)))
    filing_date, grant_date = (
        changed.get(name, getattr(right, name)) for name in ("filing_date", "grant_date")
    )
    _check_dates(filing_date, grant_date, venue_date(turn.time_ms).isoformat())
    for name, value in changed.items():
        setattr(right, name, value)
    if "achievement" in changed:
        right.description_hash = command.erasable["description"]
    turn.state.touch(right)
    turn.emit(RightCorrected(right_id=right.id, fields=tuple(sorted(changed))))
    return {"right_id": right.id, "known": "corrected"}


def record_register_copy(turn: Turn, command: RecordRegisterCopy) -> Result:
    """The register's word on a right replaces what was known; a freeze or an end suspends its listing."""
    right = right_of(turn.state, command.right_id)
    facts = turn.request.terms
    if not isinstance(facts, RegisterFacts):
        turn.fault("a register copy without facts was authorised")
    if right.register_as_of_ms is not None and command.as_of_ms < right.register_as_of_ms:
        refuse(rules.REGISTER_COPY_STALE, right_id=right.id, as_of_ms=right.register_as_of_ms)
    require_moment("as_of_ms", command.as_of_ms)
    if command.as_of_ms > turn.time_ms + CLOCK_SKEW_MS:
        refuse(rules.MALFORMED, field="as_of_ms", value=command.as_of_ms)
    _check_facts(right, facts, venue_date(command.as_of_ms + CLOCK_SKEW_MS).isoformat())
    old_freeze, old_pledges = right.freeze, {pledge.company_number for pledge in right.pledges}
    right.status, right.holder_of_record = facts.status, facts.holders
    if facts.right_type is not None and facts.right_type != TYPE_NOT_KNOWN:
        right.right_type = facts.right_type
    right.filing_date = facts.filing_date or right.filing_date
    right.grant_date = facts.grant_date or right.grant_date
    right.expiry_date, right.in_fee_grace = facts.expiry_date, facts.in_fee_grace
    right.pledges, right.freeze = facts.pledges, facts.freeze
    right.register_as_of_ms = command.as_of_ms
    turn.state.touch(right)
    holders = holder_names(turn.state, tuple(holder.company_number for holder in facts.holders))
    turn.emit(RegisterCopyRecorded(right_id=right.id, status=facts.status, holders=holders))
    new_pledges = {pledge.company_number for pledge in facts.pledges}
    for number in sorted(old_pledges ^ new_pledges):
        name = holder_names(turn.state, (number,))[0]
        turn.emit(PledgeSeen(right_id=right.id, pledgee=name, registered=number in new_pledges))
    if old_freeze != right.freeze:
        turn.emit(FreezeSeen(right_id=right.id, old=old_freeze, new=right.freeze))
    life.follow_the_register(turn, right)
    licences.follow_the_register(turn, right)
    return {"right_id": right.id, "status": facts.status}


def classify_export(turn: Turn, command: ClassifyExport) -> Result:
    """The venue's finding on the technology's export class."""
    right = right_of(turn.state, command.right_id)
    right.export_class = command.export_class
    turn.state.touch(right)
    turn.emit(ExportClassified(right_id=right.id, export_class=right.export_class))
    return {"right_id": right.id, "export_class": right.export_class}


def _check_facts(right: Right, facts: RegisterFacts, today: str) -> None:
    """The copy speaks of a right of this kind: a result has a status of its own, and no patent has it."""
    is_result = right.right_type == ACHIEVEMENT
    if facts.right_type is not None and (facts.right_type == ACHIEVEMENT) != is_result:
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="right_type")
    if facts.status in ({"application", "granted"} if is_result else {ACHIEVEMENT}):
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="status")
    _check_dates(facts.filing_date, facts.grant_date, today)
    if facts.expiry_date is not None and not is_venue_date(facts.expiry_date):
        refuse(rules.MALFORMED, field="expiry_date")
    shares = [holder.share for holder in facts.holders]
    numbers = {holder.company_number for holder in facts.holders}
    if sum(shares) != WHOLE_SHARE or min(shares) <= 0 or not len(numbers) == len(shares) <= MOST_HOLDERS:
        refuse(rules.MALFORMED, field="holders", most=MOST_HOLDERS)
    if len(facts.pledges) > MOST_PLEDGES or not all(
        0 < each.amount <= LARGEST_AMOUNT for each in facts.pledges
    ):
        refuse(rules.MALFORMED, field="pledges", most=MOST_PLEDGES)
    for number in (*numbers, *(pledge.company_number for pledge in facts.pledges)):
        require_text("company_number", number)


HANDLERS: Handlers = {
    ImportRight: import_right,
    RecordRegisterCopy: record_register_copy,
    ClassifyExport: classify_export,
}
