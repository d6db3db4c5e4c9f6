"""Licences: granted when a deal takes effect, recorded within three months, ended with their term or their right."""

from __future__ import annotations

import hashlib

from exchange.calendar import MS_PER_SECOND, add_months
from exchange.events import LicenceChanged, LicenceTermChanged
from exchange.rows import Deadline, Deal, Licence, LicenceScope, Right
from exchange.rules import patent_law
from exchange.rules.effects import effect_of
from exchange.sealed import commitment
from exchange.terms.offer_terms import is_under
from exchange.terms.scope import field_of
from exchange.turn import Turn

SCOPES_SINCE_ENGINE = 2
SCOPE_LABEL = "licence-scope"


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
    months = effect_of(deal.right_facts.office, deal.right_facts.right_type).recordal_months
    recordal_due_ms = 0 if months is None else add_months(turn.time_ms, months)
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
    )
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
    change_licence(turn, licence, "GRANTED", "granted")
    if months is not None:
        state.set_deadline("recordal", licence.id, recordal_due_ms, venue_clock=False)
    state.set_deadline("licence_end", licence.id, licence.ends_ms, venue_clock=False)


def change_licence(
    turn: Turn, licence: Licence, new: str, cause: str, *, ended_early_ms: int | None = None
) -> None:
    """Move a licence to another state."""
    old, licence.state = licence.state, new
    turn.state.touch(licence)
    turn.emit(
        LicenceChanged(
            licence_id=licence.id,
            deal_id=licence.deal_id,
            right_id=licence.right_id,
            old=old,
            new=new,
            cause=cause,
            ended_early_ms=ended_early_ms,
        )
    )


def record(turn: Turn, licence: Licence) -> None:
    """The office has recorded the licence contract 备案."""
    licence.recorded = True
    turn.state.clear_deadline("recordal", licence.id)
    change_licence(turn, licence, "RECORDED", "recordal")


def recordal_overdue(turn: Turn, deadline: Deadline) -> None:
    """Three months have gone by without recordal; the licence stands, its recordal is late."""
    change_licence(turn, turn.state.licences[deadline.subject_id], "OVERDUE", "recordal_overdue")


def licence_end(turn: Turn, deadline: Deadline) -> None:
    """The licence's term has ended."""
    _end(turn, turn.state.licences[deadline.subject_id], "EXPIRED", "licence_end")


def follow_the_register(turn: Turn, right: Right) -> None:
    """No licence outlives its right (Civil Code Art. 865): an earlier expiry shortens it, the right's end ends it.

    So does an expiry before its term would begin: a licence without a term is none.
    """
    over = right.status in {"expired", "invalidated"}
    until_ms = None if right.expiry_date is None else patent_law.expiry_ms(right)
    for licence_id in right.licences:
        licence = turn.state.licences[licence_id]
        if over:
            _end(turn, licence, "ENDED", f"right_{right.status}")
        elif until_ms is not None and until_ms <= licence.starts_ms:
            _end(turn, licence, "ENDED", "right_ends_before_the_term")
        elif until_ms is not None and until_ms < licence.ends_ms:
            _shorten(turn, licence, until_ms)


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


def _end(turn: Turn, licence: Licence, new: str, cause: str) -> None:
    right = turn.state.rights[licence.right_id]
    right.licences = tuple(licence_id for licence_id in right.licences if licence_id != licence.id)
    turn.state.touch(right)
    turn.state.clear_deadline("recordal", licence.id)
    turn.state.clear_deadline("licence_end", licence.id)
    ended_ms = max(turn.time_ms if new == "ENDED" else licence.ends_ms, licence.starts_ms)
    is_early = ended_ms // MS_PER_SECOND < licence.granted_until_ms // MS_PER_SECOND
    change_licence(turn, licence, new, cause, ended_early_ms=ended_ms if is_early else None)
    turn.state.archive(licence)


DEADLINES = {"recordal": recordal_overdue, "licence_end": licence_end}
