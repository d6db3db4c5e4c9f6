"""Deals that take technology out of the Mainland: the licence that they wait for, and the registration that they owe.

Free technology: the deal takes effect as any other, and its contract is registered within three working days. What is
restricted has no effect before its export licence, which the authority decides on within fifteen; on the letter of
intent before it, it decides within thirty. Where the class or the contract changes, the export is filed again.
"""

from __future__ import annotations

from exchange.deals import clocks, lots, steps
from exchange.events import DealOverdue, ExportPapersVoided, LetterOverdue
from exchange.indexes import number_of
from exchange.rows import Deadline, Deal, Document, Right
from exchange.rules import export_control, working_days
from exchange.rules.lodged import lodged
from exchange.state import State
from exchange.turn import Turn

WORKING_DAYS_TO_REGISTER = 3
WORKING_DAYS_TO_LICENSE = 15
WORKING_DAYS_TO_A_LETTER = 30
WORKING_DAYS_TO_FUND = 5


def signed(turn: Turn, deal: Deal) -> None:
    """Both have signed: the contract on free technology is to be registered."""
    is_free = turn.state.rights[deal.right_id].export_class == "free"
    if is_free and export_control.takes_technology_out(turn.state, deal):
        _set_clock(turn, deal, "export_registration_by", WORKING_DAYS_TO_REGISTER)


def witnessed(turn: Turn, deal: Deal) -> None:
    """The chain record is final: the deal takes effect, or waits for its export licence."""
    if export_control.waits_for_its_licence(turn.state, deal, turn.time_ms):
        _set_clock(turn, deal, "export_licence_by", WORKING_DAYS_TO_LICENSE)
        steps.take_answer(turn, deal, "conditional", "report_chain_record")
        return
    _begin_to_fund(turn, deal)
    steps.take_answer(turn, deal, "witnessed", "report_chain_record")


def recorded(turn: Turn, document: Document) -> None:
    """A paper of a deal's export is on record: what waited for it goes on."""
    deal = turn.state.deals[document.subject_id]
    turn.state.clear_deadline(f"{document.document}_by", deal.id)
    if export_control.is_prohibited(turn.state, deal):
        return  # a licence changes nothing before the venue has found the technology in another class
    if document.document == "export_licence" and steps.takes_answer(turn.state, deal, "licensed"):
        _begin_to_fund(turn, deal)
        steps.take_answer(turn, deal, "licensed", "record_document")


def letter_is_asked_for(turn: Turn, application: Document) -> None:
    """A letter of intent was applied for: the authority decides within thirty working days."""
    due_ms = working_days.end_of(turn.state.venue, turn.time_ms, WORKING_DAYS_TO_A_LETTER, "CN")
    turn.state.set_deadline("letter_of_intent_by", application.id, due_ms, venue_clock=False)


def letter_is_awaited_no_more(state: State, right_id: str, party_id: str) -> None:
    """The authority has decided on the letter of intent for a party, or it is applied for anew."""
    earlier = lodged(state, "letter_of_intent_application", right_id, party_id=party_id)
    if earlier is not None:
        state.clear_deadline("letter_of_intent_by", earlier.id)


def letter_overdue(turn: Turn, deadline: Deadline) -> None:
    """The authority has not decided in time; nobody may go on without the letter."""
    application = turn.state.documents[deadline.subject_id]
    right = turn.state.rights[application.subject_id]
    turn.emit(
        LetterOverdue(
            document_id=application.id,
            right_id=right.id,
            party_id=application.party_id,
            listing_id=right.open_listing or "",
        )
    )


def reclassified(turn: Turn, right: Right) -> None:
    """The venue's finding on a right has changed: its deals that leave the Mainland have their export filed again."""
    licensed = {turn.state.licences[each].deal_id for each in right.licences}
    for deal_id in sorted({*right.open_deals, *licensed} & set(turn.state.deals), key=number_of):
        _changed(turn, turn.state.deals[deal_id], "classify_export")


def contract_changed(turn: Turn, deal: Deal) -> None:
    """Both sides have amended the contract outside the venue (Art. 40)."""
    _changed(turn, deal, "contract_amendment")


def _changed(turn: Turn, deal: Deal, cause: str) -> None:
    """What is on record of a deal's export counts no more, and what it waits for is another paper.

    Before it is paid a deal goes back to wait for a licence that it lacks; one that lacks none any more goes on.
    """
    state = turn.state
    if state.venue.engine < export_control.REFILED_SINCE_ENGINE:
        return
    if not export_control.takes_technology_out(state, deal):
        return
    _void(turn, deal, cause)
    export_class = state.rights[deal.right_id].export_class
    waits = export_control.waits_for_its_licence(state, deal, turn.time_ms)
    if waits and export_class != "prohibited" and steps.takes_answer(state, deal, "export_changed"):
        for each in lots.bound(state, deal):
            clocks.clear_clock(turn, each, "fund_by", each.id)
        steps.take_answer(turn, deal, "export_changed", cause)
    elif not waits and steps.takes_answer(state, deal, "licensed"):
        _begin_to_fund(turn, deal)
        steps.take_answer(turn, deal, "licensed", cause)
    for clock in ("export_licence_by", "export_registration_by"):
        state.clear_deadline(clock, deal.id)
    if export_class != "prohibited" and _is_to_be_filed(state, deal):
        if not waits:
            _set_clock(turn, deal, "export_registration_by", WORKING_DAYS_TO_REGISTER)
        elif steps.without_dispute(deal) not in {"SIGNED", "CHAIN_REFUSED"}:
            _set_clock(turn, deal, "export_licence_by", WORKING_DAYS_TO_LICENSE)


def _void(turn: Turn, deal: Deal, cause: str) -> None:
    kinds = export_control.SHOWN_TO_THE_OFFICE
    papers = [export_control.export_paper(turn.state, kind, deal, None) for kind in kinds]
    numbers = [number_of(paper.id) for paper in papers if paper is not None]
    if numbers:
        deal.export_void_through = max(numbers)
        turn.state.touch(deal)
        turn.emit(ExportPapersVoided(deal_id=deal.id, cause=cause))


def _is_to_be_filed(state: State, deal: Deal) -> bool:
    """Whether a deal that both have signed is still to show its papers to an office, or to take effect."""
    where = steps.without_dispute(deal)
    if where in steps.UNSIGNED or deal.state in steps.ENDED or where in steps.PASSED:
        return False
    licence = state.licences.get(deal.licence_id or "")
    if licence is not None:
        return not licence.recorded and not deal.filing_id
    return where not in {"FILED", "UNWINDING"}


def overdue(turn: Turn, deadline: Deadline) -> None:
    """The time for it is over; the deal stands, and its parties may have it unwound."""
    turn.emit(DealOverdue(deal_id=deadline.subject_id, what=deadline.what))


def _begin_to_fund(turn: Turn, deal: Deal) -> None:
    """A deal is about to take effect: it is to be paid for, with its whole lot once every deal of it has."""
    together = lots.bound(turn.state, deal)
    for each in together if lots.all_to_be_funded(together, deal) else ():
        _set_clock(turn, each, "fund_by", WORKING_DAYS_TO_FUND)


def _set_clock(turn: Turn, deal: Deal, what: str, count: int) -> None:
    """Dates of the law, in the Mainland's days, or of the contract: they run on through an outage of the venue."""
    place = "" if what == "fund_by" else "CN"
    due_ms = working_days.end_of(turn.state.venue, turn.time_ms, count, place)
    if what == "fund_by":
        clocks.set_clock(turn, deal, what, deal.id, due_ms)
    else:
        turn.state.set_deadline(what, deal.id, due_ms, venue_clock=False)


DEADLINES = {
    "export_licence_by": overdue,
    "export_registration_by": overdue,
    "letter_of_intent_by": letter_overdue,
}
