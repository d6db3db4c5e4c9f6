"""Which duties a listing's rights bring with them: shown beside what bars it, and refused under by nothing.

Each is asked of the rows alone, like a ground; a duty that a right does not bring is not named.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec
from msgspec import UNSET

from exchange.calendar import MS_PER_SECOND, add_months, start_of_day, venue_date
from exchange.commands import RightType
from exchange.listings import lots
from exchange.rows import Listing, Right
from exchange.rules import duties, export_control
from exchange.rules.duties import Duty
from exchange.rules.effects import EFFECTS
from exchange.rules.rule import Detail
from exchange.sellers import sellers_of
from exchange.state import State

MONTHS_TO_EXTEND_TO_MACAU = 3
RECOGNISED_WITHIN, RECOGNISED_WITHIN_IF_LARGE = 15, 30
"""Working days."""
LETTER_DECIDED_WITHIN = 30
"""Working days."""
LARGE_CONTRACT = 5_000_000_00
"""Minor units of CNY, from which on the recognition may take the longer time."""
_HONG_KONG_PATENTS: frozenset[RightType] = frozenset({"invention", "utility_model", "application"})
"""Its registered designs are none: Cap. 522 is their ordinance."""


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A duty that a listing brings, and the facts that bring it."""

    duty: Duty
    detail: Detail


def owed_with(state: State, listing: Listing, time_ms: int) -> tuple[Owed, ...]:
    """Every duty that a listing's rights bring, right by right."""
    found: list[Owed] = []
    for right in lots.rights_of(state, listing):
        found += registration_gives_priority(state, right)
        found += late_registration_costs_damages(right)
        found += short_term_patent_is_unexamined(right)
        found += design_ranks_by_its_filing(right)
        found += macau_is_asked_for_in_time(right, time_ms)
        found += contract_is_recognised(state, listing, right)
        found += letter_is_decided_in_time(state, listing, right)
    return tuple(found)


def registration_gives_priority(state: State, right: Right) -> Iterator[Owed]:
    """HK-PATENTS-ORDINANCE-52, naming the first licence granted here that no register has recorded yet."""
    if _is_hong_kong_patent(right):
        unrecorded = (each for each in right.licences if not state.licences[each].recorded)
        yield Owed(
            duty=duties.HK_PRIORITY, detail={"right_id": right.id, "unregistered": next(unrecorded, None)}
        )


def late_registration_costs_damages(right: Right) -> Iterator[Owed]:
    """HK-PATENTS-ORDINANCE-SIX-MONTHS; the `months` are those of the recordal of its licences."""
    if _is_hong_kong_patent(right):
        months = EFFECTS["HK", right.right_type].recordal_months
        yield Owed(duty=duties.HK_SIX_MONTHS, detail={"right_id": right.id, "months": months})


def short_term_patent_is_unexamined(right: Right) -> Iterator[Owed]:
    """HK-SHORT-TERM-PATENT-EXAMINATION: Hong Kong's utility models are its short-term patents."""
    if right.office == "HK" and right.right_type == "utility_model":
        yield Owed(duty=duties.HK_SHORT_TERM, detail={"right_id": right.id})


def design_ranks_by_its_filing(right: Right) -> Iterator[Owed]:
    """HK-REGISTERED-DESIGN-FILED-AT."""
    if right.office == "HK" and right.right_type == "design":
        yield Owed(duty=duties.HK_DESIGN, detail={"right_id": right.id})


def macau_is_asked_for_in_time(right: Right, time_ms: int) -> Iterator[Owed]:
    """MO-EXTENSION-OF-CN-INVENTION, until its time is over for certain or a family member stands there.

    The time runs from the notice of grant, which no register copy dates; it comes before the grant is published, so
    that `not_after` (ISO date) is the last day on any reading, and None before a grant.
    """
    members = () if right.relatives is UNSET else right.relatives
    if right.office != "CN" or right.right_type != "invention" or any(each[:3] == "MO-" for each in members):
        return
    not_after = None
    if right.grant_date is not None:
        ends_ms = add_months(start_of_day(date.fromisoformat(right.grant_date)), MONTHS_TO_EXTEND_TO_MACAU)
        if ends_ms <= time_ms:
            return
        not_after = venue_date(ends_ms - MS_PER_SECOND).isoformat()
    yield Owed(duty=duties.MO_EXTENSION, detail={"right_id": right.id, "not_after": not_after})


def contract_is_recognised(state: State, listing: Listing, right: Right) -> Iterator[Owed]:
    """CN-TECHNOLOGY-CONTRACT-RECOGNITION of a Mainland seller's technology; `working_days` from the listed price."""
    effect = EFFECTS.get((right.office, right.right_type))
    if effect is None or not effect.is_technology:
        return
    if any(seller.jurisdiction == "CN" for seller in sellers_of(state, listing)):
        is_large = listing.currency == "CNY" and listing.terms.price >= LARGE_CONTRACT
        days = RECOGNISED_WITHIN_IF_LARGE if is_large else RECOGNISED_WITHIN
        yield Owed(duty=duties.RECOGNITION, detail={"right_id": right.id, "working_days": days})


def letter_is_decided_in_time(state: State, listing: Listing, right: Right) -> Iterator[Owed]:
    """CN-TECHNOLOGY-EXPORT-LETTER of technology that does not leave the Mainland freely.

    `decided_by` (ISO date): the last day of the first decision that is awaited, None where nothing was applied for.
    """
    if right.export_class in {"free", "prohibited"}:
        return
    venue, sellers = state.venue, sellers_of(state, listing)
    if any(
        export_control.leaves_the_mainland(venue, right, each, export_control.ELSEWHERE) for each in sellers
    ):
        due = [
            deadline.due_ms
            for deadline in state.deadlines.values()
            if deadline.what == "letter_of_intent_by"
            and state.documents[deadline.subject_id].subject_id == right.id
        ]
        decided_by = venue_date(min(due) - MS_PER_SECOND).isoformat() if due else None
        yield Owed(
            duty=duties.LETTER_OF_INTENT,
            detail={"right_id": right.id, "working_days": LETTER_DECIDED_WITHIN, "decided_by": decided_by},
        )


def _is_hong_kong_patent(right: Right) -> bool:
    return right.office == "HK" and right.right_type in _HONG_KONG_PATENTS
