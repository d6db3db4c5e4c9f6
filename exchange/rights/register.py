"""What the exchange knows of a right: its catalogue entry, its register copy, its export class, its licences.

The holder of record comes from the register alone: from a register copy or from a registry confirmation.
"""

from __future__ import annotations

import re

from exchange.bounds import LONGEST_TEXT, require_moment, require_text
from exchange.calendar import MS_PER_HOUR, is_venue_date, venue_date
from exchange.commands import ClassifyExport, ImportRight, Pledge, RecordRegisterCopy, RegisterFacts
from exchange.deals import licences
from exchange.events import (
    ExportClassified,
    FreezeSeen,
    HolderChanged,
    PledgeSeen,
    RegisterCopyRecorded,
    RightCorrected,
    RightImported,
)
from exchange.listings import life
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import VENUE_ACTOR, active_actor, company_number_of
from exchange.rights.identity import ACHIEVEMENT, TYPE_NOT_KNOWN, IdRefused, check_id, registration_number
from exchange.rows import Party, Right
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.scope import ipc_symbols
from exchange.turn import Handlers, Result, Turn

WHOLE_SHARE = 10_000
"""A whole right in basis points."""
MOST_HOLDERS = 64
MOST_PLEDGES = 64
LONGEST_COPY = 65_536
"""Characters of a register copy."""
LONGEST_FIELD = 200
"""Characters of a result's technical field, which is a list of symbols: words would stand in the clear for ever."""
HIGHEST_READINESS = 9
CLOCK_SKEW_MS = MS_PER_HOUR
"""How far the office's clock may be ahead of ours."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def right_of(state: State, right_id: str) -> Right:
    """A right by id. Raises Refusal UNKNOWN-ID."""
    right = state.rights.get(right_id)
    if right is None:
        refuse(rules.UNKNOWN_ID, kind="right", id=right_id)
    return right


def receipts_key(pledge: Pledge) -> str:
    """Under which what a pledge has received is kept: whoever has several in one currency, has them together."""
    return f"{pledge.company_number} {pledge.currency}"


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
    if not _DIGEST.fullmatch(command.copy_digest):
        refuse(rules.MALFORMED, field="copy_digest")
    right.status, right.holder_of_record = facts.status, facts.holders
    if facts.right_type is not None and facts.right_type != TYPE_NOT_KNOWN:
        right.right_type = facts.right_type
    right.filing_date = facts.filing_date or right.filing_date
    right.grant_date = facts.grant_date or right.grant_date
    right.expiry_date, right.in_fee_grace = facts.expiry_date, facts.in_fee_grace
    standing = {receipts_key(pledge) for pledge in facts.pledges}
    right.pledge_receipts = {key: sum_ for key, sum_ in right.pledge_receipts.items() if key in standing}
    right.register_as_of_ms = command.as_of_ms
    turn.state.touch(right)
    holders = holder_names(turn.state, tuple(holder.company_number for holder in facts.holders))
    turn.emit(RegisterCopyRecorded(right_id=right.id, status=facts.status, holders=holders))
    _follow_holders(turn, right, command.copy_digest)
    _follow_pledges(turn, right, facts.pledges)
    _follow_freeze(turn, right, facts.freeze)
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


def witness(turn: Turn, right: Right) -> None:
    """The right goes onto the chain with its holders of record, if it is not there: from now on the chain follows."""
    if not right.witnessed_holders:
        right.witnessed_holders = _holder_numbers(right)
        turn.state.touch(right)


def change_witnessed_holders(turn: Turn, right: Right, deal_id: str, proof_digest: str) -> None:
    """The chain is told that the holders that it has the right with are not those of record any more.

    A right that the chain does not have goes there with its holders of record when it is first needed.
    """
    old = right.witnessed_holders
    right.witnessed_holders = _holder_numbers(right)
    turn.state.touch(right)
    turn.emit(
        HolderChanged(
            right_id=right.id,
            deal_id=deal_id,
            old_holders=holder_names(turn.state, old),
            new_holders=holder_names(turn.state, right.witnessed_holders),
            proof_digest=proof_digest,
        )
    )


def _holder_numbers(right: Right) -> tuple[str, ...]:
    return tuple(sorted(holder.company_number for holder in right.holder_of_record))


def _follow_holders(turn: Turn, right: Right, copy_digest: str) -> None:
    """A holder who changed without a deal of this venue (succession, judgment, a sale elsewhere) changes on the chain.

    Where the copy shows the buyer of an assignment that is open here, the confirmation of that deal will say so.
    """
    numbers = _holder_numbers(right)
    if not right.witnessed_holders or numbers == right.witnessed_holders:
        return
    for deal_id in right.open_deals:
        deal = turn.state.deals[deal_id]
        if deal.deal_kind == "assignment" and numbers == (turn.state.parties[deal.buyer].company_number,):
            return
    change_witnessed_holders(turn, right, "", copy_digest)


def _follow_pledges(turn: Turn, right: Right, pledges: tuple[Pledge, ...]) -> None:
    """Each pledge keeps its number while the register shows it; one that is registered again is another pledge.

    A pledge is known by all that the copy says of it, else by its pledgee and register number: its sum may change.
    """
    left = list(zip(right.pledges, right.pledge_numbers, strict=True))
    numbers: list[int] = [0] * len(pledges)
    for by_all in (True, False):
        for place, pledge in enumerate(pledges):
            if numbers[place]:
                continue
            for old in left:
                if old[0] == pledge if by_all else _same_pledge(old[0], pledge):
                    numbers[place] = old[1]
                    left.remove(old)
                    break
    for old_pledge, number in left:
        _emit_pledge(turn, right, old_pledge, number, registered=False)
    for place, pledge in enumerate(pledges):
        if not numbers[place]:
            witness(turn, right)
            right.pledges_seen += 1
            numbers[place] = right.pledges_seen
            _emit_pledge(turn, right, pledge, numbers[place], registered=True)
    right.pledges, right.pledge_numbers = pledges, tuple(numbers)


def _same_pledge(one: Pledge, other: Pledge) -> bool:
    return (one.company_number, one.register_number) == (other.company_number, other.register_number)


def _emit_pledge(turn: Turn, right: Right, pledge: Pledge, number: int, *, registered: bool) -> None:
    name = holder_names(turn.state, (pledge.company_number,))[0]
    turn.emit(PledgeSeen(right_id=right.id, pledgee=name, registered=registered, number=number))


def _follow_freeze(turn: Turn, right: Right, freeze: str) -> None:
    old, right.freeze = right.freeze, freeze
    if old == freeze:
        return
    old_number = 0 if old == "none" else right.freezes_seen
    if freeze != "none":
        witness(turn, right)
        right.freezes_seen += 1
    new_number = 0 if freeze == "none" else right.freezes_seen
    turn.emit(
        FreezeSeen(right_id=right.id, old=old, new=freeze, old_number=old_number, new_number=new_number)
    )


def _check_facts(right: Right, facts: RegisterFacts, today: str) -> None:
    """The copy speaks of a right of this kind: a result has a status of its own, and no patent has it."""
    is_result = right.right_type == ACHIEVEMENT
    if facts.right_type is not None and (facts.right_type == ACHIEVEMENT) != is_result:
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="right_type")
    if facts.status in ({"application", "granted"} if is_result else {ACHIEVEMENT}):
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="status")
    require_text("copy", facts.copy, LONGEST_COPY)
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
    if any(len(pledge.register_number) > LONGEST_TEXT for pledge in facts.pledges):
        refuse(rules.MALFORMED, field="register_number", longest=LONGEST_TEXT)
    for number in (*numbers, *(pledge.company_number for pledge in facts.pledges)):
        require_text("company_number", number)


HANDLERS: Handlers = {
    ImportRight: import_right,
    RecordRegisterCopy: record_register_copy,
    ClassifyExport: classify_export,
}
