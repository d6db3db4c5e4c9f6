"""What the exchange knows of a right: its catalogue entry, its register copy, its export class, its licences.

The holder of record comes from the register alone: from a register copy or from a registry confirmation.
"""

from __future__ import annotations

import re
from operator import eq

import msgspec
from msgspec import UNSET

from exchange.bounds import LONGEST_TEXT, require_moment, require_text
from exchange.calendar import MS_PER_HOUR, is_venue_date, venue_date
from exchange.commands import (
    ClassifyExport,
    Holder,
    Pledge,
    RecordRegisterCopy,
    RegisterFacts,
)
from exchange.deals import exports, licences
from exchange.events import (
    ExportClassified,
    FreezeSeen,
    HolderChanged,
    PledgeSeen,
    RegisterCopyRecorded,
)
from exchange.listings import life
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rights import facts as timeline
from exchange.rights import freezes, pledge_receipts, pledge_register, register_licences
from exchange.rights.catalogue import check_dates, right_of
from exchange.rights.history import keep
from exchange.rights.identity import TYPE_NOT_KNOWN
from exchange.rights.other_rights import PATENT_TYPES, has_register, statuses_of
from exchange.rights.other_rights import SINCE_ENGINE as OTHER_RIGHTS_SINCE_ENGINE
from exchange.rights.pledge_identity import name_of, receipts_key
from exchange.rows import Right
from exchange.rules import invalidity
from exchange.rules import venue as rules
from exchange.rules.patent_law import ENDED
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

WHOLE_SHARE = 10_000
"""A whole right in basis points."""
MOST_HOLDERS = 64
MOST_PLEDGES = 64
MOST_SIMILAR_MARKS = 64
LONGEST_COPY = 65_536
"""Characters of a register copy."""
CLOCK_SKEW_MS = MS_PER_HOUR
"""How far the office's clock may be ahead of ours."""
OF_WHAT_IS_APPLIED_FOR = frozenset({"refused", invalidity.DECIDED})
"""What a copy may say of a right of a kind that an office examines, and of no other."""
APPLIED_FOR_SINCE_ENGINE = 3
NAMED_LATER_SINCE_ENGINE = 5
_DIGEST = re.compile(r"[0-9a-f]{64}")


def holder_names(state: State, company_numbers: tuple[str, ...]) -> tuple[str, ...]:
    """Holders as events name them: the party id where the company is a party here, else its company number."""
    return tuple(state.party_by_number.get(number, number) for number in company_numbers)


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
    today = venue_date(command.as_of_ms + CLOCK_SKEW_MS).isoformat()
    _check_facts(right, facts, today, turn.state.venue.engine)
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
    if turn.state.venue.engine >= OTHER_RIGHTS_SINCE_ENGINE:
        right.fee_due, right.similar_marks = facts.fee_due, facts.similar_marks
    if turn.state.venue.engine >= NAMED_LATER_SINCE_ENGINE:
        right.same_day_twin = facts.same_day_twin
        right.invalidation_requested = facts.invalidation_requested
    turn.state.touch(right)
    holders = holder_names(turn.state, tuple(holder.company_number for holder in facts.holders))
    turn.emit(RegisterCopyRecorded(right_id=right.id, status=facts.status, holders=holders))
    _follow_holders(turn, right, command.copy_digest)
    _follow_pledges(turn, right, _as_known(facts.pledges, turn.state.venue.engine))
    _follow_freeze(turn, right, facts.freeze)
    register_licences.follow(turn, right, facts.licences)
    timeline.copy_came(turn, right.id, command.as_of_ms, command.copy_digest)
    _keep_facts(turn, right)
    freezes.follow_the_register(turn, right, command.as_of_ms)
    pledge_register.follow_the_register(turn, right, command.as_of_ms)
    pledge_receipts.follow(turn, right)
    keep(turn, right, command.as_of_ms)
    life.follow_the_register(turn, right)
    licences.follow_the_register(turn, right)
    return {"right_id": right.id, "status": facts.status}


def classify_export(turn: Turn, command: ClassifyExport) -> Result:
    """The venue's finding on the technology's export class."""
    right = right_of(turn.state, command.right_id)
    before, right.export_class = right.export_class, command.export_class
    turn.state.touch(right)
    turn.emit(ExportClassified(right_id=right.id, export_class=right.export_class))
    if before != right.export_class:
        exports.reclassified(turn, right)
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


def _as_known(pledges: tuple[Pledge, ...], engine: int) -> tuple[Pledge, ...]:
    """Pledges as an engine version knows them: an earlier one without the debt's term."""
    if engine >= NAMED_LATER_SINCE_ENGINE:
        return pledges
    return tuple(msgspec.structs.replace(pledge, debt_term_ends_on=UNSET) for pledge in pledges)


def _follow_pledges(turn: Turn, right: Right, pledges: tuple[Pledge, ...]) -> None:
    """Each pledge keeps its number while the register shows it; one that is registered again is another pledge.

    A pledge is known by all that the copy says of it, else by its pledgee and register number: its sum may change.
    One that an earlier copy showed without its register number is known by the rest.
    """
    left = list(zip(right.pledges, right.pledge_numbers, strict=True))
    numbers: list[int] = [0] * len(pledges)
    known_by = (eq, _same_pledge, _named_since, _named_and_changed)
    for is_same in known_by if turn.state.venue.engine >= NAMED_LATER_SINCE_ENGINE else known_by[:2]:
        for place, pledge in enumerate(pledges):
            if numbers[place]:
                continue
            for old in left:
                if is_same(old[0], pledge):
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


def _keep_facts(turn: Turn, right: Right) -> None:
    """What the register shows stands in the timeline from now on, if it does not stand there already."""
    as_of_ms = right.register_as_of_ms
    for pledge, number in zip(right.pledges, right.pledge_numbers, strict=True):
        name = holder_names(turn.state, (pledge.company_number,))[0]
        timeline.begins(turn, right.id, "pledge", name_of(right.id, number), detail=name, as_of_ms=as_of_ms)
    if right.freeze != "none":
        subject_id = f"{right.id} freeze {right.freezes_seen}"
        timeline.begins(turn, right.id, "freeze", subject_id, detail=right.freeze, as_of_ms=as_of_ms)


def _same_pledge(one: Pledge, other: Pledge) -> bool:
    return (one.company_number, one.register_number) == (other.company_number, other.register_number)


def _named_since(one: Pledge, other: Pledge) -> bool:
    """A later copy gives the register number, or the term, that an earlier one left out."""
    term = other.debt_term_ends_on if one.debt_term_ends_on is UNSET else one.debt_term_ends_on
    number = one.register_number or other.register_number
    return msgspec.structs.replace(one, register_number=number, debt_term_ends_on=term) == other


def _named_and_changed(one: Pledge, other: Pledge) -> bool:
    """A later copy gives the register number that an earlier one left out, and another sum with it."""
    named = bool(one.register_number) != bool(other.register_number)
    return named and _named_since(msgspec.structs.replace(one, amount=other.amount), other)


def _emit_pledge(turn: Turn, right: Right, pledge: Pledge, number: int, *, registered: bool) -> None:
    if not registered:
        timeline.ends(turn, "pledge", name_of(right.id, number))
    name = holder_names(turn.state, (pledge.company_number,))[0]
    turn.emit(PledgeSeen(right_id=right.id, pledgee=name, registered=registered, number=number))


def _follow_freeze(turn: Turn, right: Right, freeze: str) -> None:
    old, right.freeze = right.freeze, freeze
    if old == freeze:
        return
    old_number = 0 if old == "none" else right.freezes_seen
    if old_number:
        timeline.ends(turn, "freeze", f"{right.id} freeze {old_number}")
    if freeze != "none":
        witness(turn, right)
        right.freezes_seen += 1
    new_number = 0 if freeze == "none" else right.freezes_seen
    turn.emit(
        FreezeSeen(right_id=right.id, old=old, new=freeze, old_number=old_number, new_number=new_number)
    )


def _check_facts(right: Right, facts: RegisterFacts, today: str, engine: int) -> None:
    """The copy speaks of a right of this kind: each kind has its words for a living right, and no other has them."""
    _check_kind(right, facts, engine)
    require_text("copy", facts.copy, LONGEST_COPY)
    check_dates(facts.filing_date, facts.grant_date, today)
    if facts.expiry_date is not None and not is_venue_date(facts.expiry_date):
        refuse(rules.MALFORMED, field="expiry_date")
    _check_fee_and_marks(facts)
    register_licences.check(facts.licences)
    _check_shares(facts.holders)
    if len(facts.pledges) > MOST_PLEDGES or not all(
        0 < each.amount <= LARGEST_AMOUNT for each in facts.pledges
    ):
        refuse(rules.MALFORMED, field="pledges", most=MOST_PLEDGES)
    if any(len(pledge.register_number) > LONGEST_TEXT for pledge in facts.pledges):
        refuse(rules.MALFORMED, field="register_number", longest=LONGEST_TEXT)
    terms = [pledge.debt_term_ends_on for pledge in facts.pledges]
    if not all(each is UNSET or is_venue_date(each) for each in terms):
        refuse(rules.MALFORMED, field="debt_term_ends_on")
    numbers = {holder.company_number for holder in facts.holders}
    for number in (*numbers, *(pledge.company_number for pledge in facts.pledges)):
        require_text("company_number", number)


def check_holders(holders: tuple[Holder, ...]) -> None:
    """Holders have the whole right together, each named once. Raises Refusal MALFORMED."""
    _check_shares(holders)
    for holder in holders:
        require_text("company_number", holder.company_number)


def _check_shares(holders: tuple[Holder, ...]) -> None:
    shares = [holder.share for holder in holders]
    numbers = {holder.company_number for holder in holders}
    if sum(shares) != WHOLE_SHARE or min(shares) <= 0 or not len(numbers) == len(shares) <= MOST_HOLDERS:
        refuse(rules.MALFORMED, field="holders", most=MOST_HOLDERS)


def _check_kind(right: Right, facts: RegisterFacts, engine: int) -> None:
    """A patent's type may be told more exactly by its register; every other kind stays what it is."""
    right_type = right.right_type if facts.right_type is None else facts.right_type
    kind, told = ("patent" if each in PATENT_TYPES else each for each in (right.right_type, right_type))
    if kind != told:
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="right_type")
    known = statuses_of(right.right_type) | ENDED | OF_WHAT_IS_APPLIED_FOR
    if "application" not in known or engine < APPLIED_FOR_SINCE_ENGINE:
        known -= OF_WHAT_IS_APPLIED_FOR
    if facts.status not in known or not has_register(right.office, right.right_type):
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="status")


def _check_fee_and_marks(facts: RegisterFacts) -> None:
    if isinstance(facts.fee_due, str) and not is_venue_date(facts.fee_due):
        refuse(rules.MALFORMED, field="fee_due")
    marks = () if facts.similar_marks is UNSET else facts.similar_marks
    if len(marks) > MOST_SIMILAR_MARKS:
        refuse(rules.MALFORMED, field="similar_marks", most=MOST_SIMILAR_MARKS)
    for mark in marks:
        require_text("similar_marks", mark)
    if facts.same_day_twin is not UNSET:
        require_text("same_day_twin", facts.same_day_twin)


HANDLERS: Handlers = {
    RecordRegisterCopy: record_register_copy,
    ClassifyExport: classify_export,
}
