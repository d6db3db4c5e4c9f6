"""Licences: granted when a deal takes effect, recorded within three months, ended with their term or their right.

A decision that declares the right invalid suspends them until it is final (`suspension`).
"""

from __future__ import annotations

import hashlib

from msgspec import UNSET

from exchange.calendar import MS_PER_SECOND, add_months
from exchange.deals import obligations, suspension
from exchange.events import (
    HeadLicensorNoticed,
    LicenceChanged,
    LicenceTermChanged,
    SuspendedLicenceMoved,
)
from exchange.listings import life
from exchange.rights import facts, register_licences
from exchange.rows import Deadline, Deal, Licence, LicenceScope, Listing, Right
from exchange.rules import invalidity, patent_law, profiles, sub_licences, working_days
from exchange.rules.effects import effect_of
from exchange.sealed import commitment
from exchange.terms.offer_terms import is_under
from exchange.terms.scope import field_of
from exchange.transitions import Table, take_step
from exchange.turn import Turn

SCOPES_SINCE_ENGINE = 2
SCOPE_LABEL = "licence-scope"
IN_FORCE = ("GRANTED", "RECORDED", "OVERDUE")
_ENDS = {"expire": "EXPIRED", "end": "ENDED", "terminate": "TERMINATED"}


def resumption(state: str) -> str:
    """The event by which a suspended licence goes back to a state."""
    return f"resume_{state.lower()}"


TRANSITIONS: Table = {
    ("", "grant"): "GRANTED",
    ("GRANTED", "record"): "RECORDED",
    ("GRANTED", "recordal_overdue"): "OVERDUE",
    ("OVERDUE", "record"): "RECORDED",
    **{(state, "suspend"): "SUSPENDED" for state in IN_FORCE},
    **{("SUSPENDED", resumption(state)): state for state in IN_FORCE},
    **{(state, event): end for state in (*IN_FORCE, "SUSPENDED") for event, end in _ENDS.items()},
}


def scope_commitment(licence: Licence, scope: LicenceScope) -> bytes:
    """The salted commitment to a licence's territory and field of use, the same for equal ones on one right."""
    value = {"territory": sorted(licence.territory), "field_of_use": field_of(licence.field_of_use)}
    return commitment(SCOPE_LABEL, bytes.fromhex(scope.salt), value)


def grant(turn: Turn, deal: Deal) -> None:
    """The licence of a deal comes into being; its recordal clock and its end are set. Statutory clocks never pause.

    Without a term it ends with its right. Where the law of the right's place sets no time for recordal, no clock runs.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    ends_ms = deal.terms.ends_ms
    if ends_ms is None:
        ends_ms = patent_law.expiry_ms(right)
    starts_ms = max(turn.time_ms, deal.terms.starts_ms or 0)
    offer = state.offers.get(deal.listing_id)
    if offer is not None and is_under(offer, deal):
        # No longer than was offered, though the register may have given the right a longer life since.
        ends_ms = min(ends_ms, starts_ms + offer.term_s * MS_PER_SECOND)
    head = sub_licences.head_of(state, deal.terms)
    effect = effect_of(deal.right_facts.office, deal.right_facts.right_type)
    months = effect.recordal_months if state.venue.engine >= effect.recordal_since_engine else None
    recordal_due_ms = 0 if months is None else _recordal_due_ms(turn, right.office, months)
    licence = Licence(
        id=state.next_id("LIC"),
        right_id=right.id,
        deal_id=deal.id,
        licensor=deal.seller,
        licensee=deal.buyer,
        licence_kind=deal.deal_kind,
        territory=deal.terms.territory,
        field_of_use=deal.terms.field_of_use,
        starts_ms=starts_ms,
        ends_ms=ends_ms,
        granted_until_ms=ends_ms,
        recordal_due_ms=recordal_due_ms,
        state="",
        head_licence=deal.terms.head_licence,
    )
    if deal.terms.may_sublicense and state.venue.engine >= sub_licences.SINCE_ENGINE:
        licence.may_sublicense = True
    state.add(licence)
    if right.id not in state.licence_scopes and state.venue.engine >= SCOPES_SINCE_ENGINE:
        # One salt for all licences of a right: on the chain equal scopes look equal, and say nothing more. Its seller
        # alone has what it is made from: no buyer can open the scope of another's licence.
        sealed = state.listings[deal.listing_id].terms_salt
        salt = hashlib.sha256(f"IPX scope salt {right.id} {sealed}".encode()).hexdigest()
        state.add(LicenceScope(id=right.id, salt=salt))
    deal.licence_id = licence.id
    right.licences = (*right.licences, licence.id)
    state.touch(right)
    advance(turn, licence, "grant", "granted")
    if head is not None:
        notice = HeadLicensorNoticed(
            party_id=head.licensor,
            head_licence=head.id,
            listing_id=deal.listing_id,
            licence_id=licence.id,
        )
        turn.emit(notice)
    facts.begins(turn, right.id, "licence", licence.id, detail=licence.licence_kind)
    if months is not None:
        state.set_deadline("recordal", licence.id, recordal_due_ms, venue_clock=False)
    state.set_deadline("licence_end", licence.id, licence.ends_ms, venue_clock=False)


def _recordal_due_ms(turn: Turn, office: str, months: int) -> int:
    """The end of so many months from now; a last day on which the office is closed gives way to the next."""
    due_ms = add_months(turn.time_ms, months)
    venue = turn.state.venue
    if venue.engine < profiles.SINCE_ENGINE:
        return due_ms
    return working_days.end_on_a_working_day(venue, due_ms, office)


def advance(
    turn: Turn, licence: Licence, event: str, cause: str, *, ended_early_ms: int | None = None
) -> None:
    """Take a step of the table."""
    old = take_step(TRANSITIONS, licence, event)
    turn.state.touch(licence)
    turn.emit(
        LicenceChanged(
            licence_id=licence.id,
            deal_id=licence.deal_id,
            right_id=licence.right_id,
            old=old,
            new=licence.state,
            cause=cause,
            ended_early_ms=ended_early_ms,
        )
    )


def _advance_beside(turn: Turn, licence: Licence, event: str, cause: str) -> None:
    """What a statute lets happen to a suspended licence: it stays suspended, and goes back to where that leads."""
    old = licence.suspended_from
    if old is UNSET:
        advance(turn, licence, event, cause)
        return
    licence.suspended_from = TRANSITIONS[old, event]
    turn.state.touch(licence)
    turn.emit(
        SuspendedLicenceMoved(
            licence_id=licence.id,
            deal_id=licence.deal_id,
            right_id=licence.right_id,
            old=old,
            new=licence.suspended_from,
            cause=cause,
        )
    )


def tell_the_licensor(turn: Turn, listing: Listing) -> None:
    """A listing of sub-licences has been approved: whoever granted the head licence has notice of it."""
    head = sub_licences.head_of(turn.state, listing.terms)
    if head is not None:
        turn.emit(HeadLicensorNoticed(party_id=head.licensor, head_licence=head.id, listing_id=listing.id))


def record(turn: Turn, licence: Licence) -> None:
    """The office has recorded the licence contract 备案."""
    licence.recorded = True
    turn.state.clear_deadline("recordal", licence.id)
    _advance_beside(turn, licence, "record", "recordal")


def recordal_overdue(turn: Turn, deadline: Deadline) -> None:
    """Its months have gone by without recordal; the licence stands, its recordal is late."""
    licence = turn.state.licences[deadline.subject_id]
    _advance_beside(turn, licence, "recordal_overdue", "recordal_overdue")


def licence_end(turn: Turn, deadline: Deadline) -> None:
    """The licence's term has ended."""
    _end(turn, turn.state.licences[deadline.subject_id], "expire", "licence_end")


def follow_the_register(turn: Turn, right: Right) -> None:
    """No licence outlives its right (Civil Code Art. 865): an earlier expiry shortens it, the right's end ends it.

    So does an expiry before its term would begin: a licence without a term is none. A decision of its invalidity that
    is not final suspends it, and a copy that shows none any more lets it go on.
    """
    over = right.status in {"expired", "invalidated"}
    until_ms = None if right.expiry_date is None else patent_law.expiry_ms(right)
    for licence_id in right.licences:
        licence = turn.state.licences.get(licence_id)
        if licence is None:
            continue  # It has ended with its head.
        if over:
            _end(turn, licence, "end", f"right_{right.status}")
        elif until_ms is not None and until_ms <= licence.starts_ms:
            _end(turn, licence, "end", "right_ends_before_the_term")
        elif until_ms is not None and until_ms < licence.ends_ms:
            _shorten(turn, licence, until_ms)
    if invalidity.is_decided(right):
        _suspend_all(turn, right)
    else:
        _resume_all(turn, right)


def _suspend_all(turn: Turn, right: Right) -> None:
    """Its licences and what is owed under them stand still; recordal and term run on, as statute and contract say."""
    for licence_id in right.licences:
        licence = turn.state.licences[licence_id]
        if licence.state == "SUSPENDED":
            continue
        licence.suspended_from = licence.state
        advance(turn, licence, "suspend", f"right_{right.status}")
        suspension.stop(turn, right, licence)


def _resume_all(turn: Turn, right: Right) -> None:
    """What lives of its licences goes back to where it was, or to where recordal has brought it meanwhile."""
    for licence_id in right.licences:
        licence = turn.state.licences[licence_id]
        if licence.suspended_from is UNSET:
            continue
        state, licence.suspended_from = licence.suspended_from, UNSET
        advance(turn, licence, resumption(state), f"right_{right.status}")
    suspension.lift(turn, right)


def terminate(turn: Turn, licence: Licence, cause: str) -> None:
    """An outcome or its licensor ends it for the time to come; the chain is told like of every early end."""
    _end(turn, licence, "terminate", cause)


def _shorten(turn: Turn, licence: Licence, until_ms: int) -> None:
    old_ends_ms, licence.ends_ms = licence.ends_ms, until_ms
    turn.state.touch(licence)
    turn.state.set_deadline("licence_end", licence.id, until_ms, venue_clock=False)
    turn.emit(
        LicenceTermChanged(
            licence_id=licence.id,
            deal_id=licence.deal_id,
            old_ends_ms=old_ends_ms,
            new_ends_ms=until_ms,
            cause="right_ends_earlier",
        )
    )


def _end(turn: Turn, licence: Licence, event: str, cause: str) -> None:
    right = turn.state.rights[licence.right_id]
    right.licences = tuple(licence_id for licence_id in right.licences if licence_id != licence.id)
    turn.state.touch(right)
    turn.state.clear_deadline("recordal", licence.id)
    turn.state.clear_deadline("licence_end", licence.id)
    ended_ms = max(licence.ends_ms if event == "expire" else turn.time_ms, licence.starts_ms)
    is_early = ended_ms // MS_PER_SECOND < licence.granted_until_ms // MS_PER_SECOND
    register_licences.ended_here(turn, right, licence)
    licence.suspended_from = UNSET
    advance(turn, licence, event, cause, ended_early_ms=ended_ms if is_early else None)
    obligations.licence_ended(turn, licence, ended_ms, cause)
    facts.ends(turn, "licence", licence.id)
    _end_what_is_under(turn, right, licence, event, cause)
    turn.state.archive(licence)
    if licence.open_listing:
        life.follow(turn, licence.open_listing)


def _end_what_is_under(turn: Turn, right: Right, head: Licence, event: str, cause: str) -> None:
    """Sub-licences end with their head, for its own reason where that is the right's end or the end of the term."""
    reason = "head_licence_ended" if event == "terminate" else cause
    for licence in sub_licences.under(turn.state, right, head.id):
        _end(turn, licence, event, reason)


DEADLINES = {"recordal": recordal_overdue, "licence_end": licence_end}
