"""Deals that take technology out of the Mainland: the licence that they wait for, and the registration that they owe.

Free technology: the deal takes effect as any other, and its contract is registered within three working days. What is
restricted has no effect before its export licence, which the authority decides on within fifteen.
"""

from __future__ import annotations

from exchange.deals import clocks, lots, steps
from exchange.events import DealOverdue
from exchange.rows import Deadline, Deal, Document
from exchange.rules import export_control, working_days
from exchange.turn import Turn

WORKING_DAYS_TO_REGISTER = 3
WORKING_DAYS_TO_LICENSE = 15
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
    if document.document == "export_licence" and steps.takes_answer(turn.state, deal, "licensed"):
        _begin_to_fund(turn, deal)
        steps.take_answer(turn, deal, "licensed", "record_document")


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


DEADLINES = {"export_licence_by": overdue, "export_registration_by": overdue}
