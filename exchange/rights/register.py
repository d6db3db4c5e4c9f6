"""What the exchange knows of a right: its catalogue entry, its register copy, its export class, its licences.

The holder of record comes from the register alone: from a register copy or from a registry confirmation.
"""

from __future__ import annotations

from exchange.bounds import require_moment, require_text
from exchange.calendar import MS_PER_HOUR, is_venue_date
from exchange.commands import ClassifyExport, ImportRight, RecordRegisterCopy, RegisterFacts
from exchange.deals import licences
from exchange.events import ExportClassified, FreezeSeen, PledgeSeen, RegisterCopyRecorded, RightImported
from exchange.listings import life
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import Right, State
from exchange.turn import Handlers, Result, Turn

WHOLE_SHARE = 10_000
"""A whole right in basis points."""
MOST_HOLDERS = 64
MOST_PLEDGES = 64
LONGEST_COPY = 65_536
"""Characters of a register copy."""
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
    """A right enters the catalogue; the same facts again change nothing."""
    for name in ("filing_date", "grant_date"):
        text = getattr(command, name)
        if text is not None and not is_venue_date(text):
            refuse(rules.MALFORMED, field=name)
    if not command.right_id.startswith(f"{command.office}-") or len(command.right_id) > 64:  # noqa: PLR2004
        refuse(rules.MALFORMED, field="right_id")
    if command.publication_number is not None:
        require_text("publication_number", command.publication_number)
    known = turn.state.rights.get(command.right_id)
    facts = (command.office, command.right_type, command.filing_date)
    if known is not None:
        if (known.office, known.right_type, known.filing_date) != facts:
            refuse(rules.RIGHT_DIFFERS, right_id=known.id)
        return {"right_id": known.id, "known": "yes"}
    turn.state.add(
        Right(
            id=command.right_id,
            office=command.office,
            right_type=command.right_type,
            filing_date=command.filing_date,
            grant_date=command.grant_date,
            publication_number=command.publication_number,
        )
    )
    turn.emit(RightImported(right_id=command.right_id))
    return {"right_id": command.right_id, "known": "no"}


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
    _check_facts(facts)
    old_freeze, old_pledges = right.freeze, {pledge.company_number for pledge in right.pledges}
    right.status, right.holder_of_record = facts.status, facts.holders
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


def _check_facts(facts: RegisterFacts) -> None:
    require_text("copy", facts.copy, LONGEST_COPY)
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
