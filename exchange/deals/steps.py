"""The transition tables of deals, one for each way in which a right or its use passes.

An assignment passes by registration (Patent Law Art. 10); a licence takes effect when it is paid; a result without a
register passes by its signed delivery record. `witnessed` means that the chain record is final; `conditional` the same
of a deal that takes restricted technology out of the Mainland, which has no effect before its export licence; it comes
back there by `export_changed` where its class or contract changes before it is paid. A dispute
leads back to where it came from, or out by `undone`, for which `undoable` says when.
"""

from __future__ import annotations

from exchange import transitions
from exchange.events import DealChanged, DisputedDealMoved
from exchange.rows import Deal, Dispute
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table
from exchange.turn import Turn

WORKING_DAYS_TO_SIGN = 10
"""From the award, and anew from the moment at which a deal leaves its offer."""

_BEGINNING: Table = {
    ("", "award"): "AWARDED",
    ("AWARDED", "signed"): "SIGNED",
    ("SIGNED", "chain_refused"): "CHAIN_REFUSED",
    ("CHAIN_REFUSED", "signed"): "SIGNED",
    ("SIGNED", "conditional"): "CONDITIONAL",
    ("UNWINDING", "refunded"): "REFUNDED",
}


_FIRST_REFUSAL: Table = {
    ("AWARDED", "notice"): "ROFR_PENDING",
    ("ROFR_PENDING", "refusal_over"): "AWARDED",
    ("ROFR_PENDING", "exercised"): "REASSIGNED",
}
"""Of assignments: a first refusal does not bind licences."""


def _unwound_from(*states: str) -> Table:
    return {(state, "unwind"): "UNWINDING" for state in states}


def _disputed_in(*states: str) -> Table:
    table: Table = {(state, "dispute"): "DISPUTED" for state in states}
    table |= {("DISPUTED", resumption(state)): state for state in states}
    return {**table, ("DISPUTED", "undone"): "UNWINDING"}


def resumption(state: str) -> str:
    """The event by which a disputed deal goes back to a state."""
    return f"resume_{state.lower()}"


_OFFERED_FIRST = "ROFR_PENDING"
_BEFORE_PERFORMANCE = ("AWARDED", "SIGNED", "CHAIN_REFUSED", "CONDITIONAL")
ASSIGNMENT: Table = {
    **_BEGINNING,
    **_FIRST_REFUSAL,
    ("SIGNED", "witnessed"): "EFFECTIVE",
    ("CONDITIONAL", "licensed"): "EFFECTIVE",
    ("EFFECTIVE", "export_changed"): "CONDITIONAL",
    ("EFFECTIVE", "funded"): "FUNDED",
    ("FUNDED", "filed"): "FILED",
    ("FILED", "registered"): "REGISTERED",
    ("REGISTERED", "settled"): "SETTLED",
    ("FILED", "office_refused"): "UNWINDING",
    **_unwound_from(
        "AWARDED", _OFFERED_FIRST, "SIGNED", "CHAIN_REFUSED", "CONDITIONAL", "EFFECTIVE", "FUNDED"
    ),
    **_disputed_in(
        *_BEFORE_PERFORMANCE, _OFFERED_FIRST, "EFFECTIVE", "FUNDED", "FILED", "REGISTERED", "SETTLED"
    ),
}
LICENCE: Table = {
    **_BEGINNING,
    ("SIGNED", "witnessed"): "WITNESSED",
    ("CONDITIONAL", "licensed"): "WITNESSED",
    ("WITNESSED", "export_changed"): "CONDITIONAL",
    ("WITNESSED", "funded"): "FUNDED",
    ("FUNDED", "granted"): "EFFECTIVE",
    ("EFFECTIVE", "settled"): "SETTLED",
    **_unwound_from("AWARDED", "SIGNED", "CHAIN_REFUSED", "CONDITIONAL", "WITNESSED", "FUNDED"),
    **_disputed_in(*_BEFORE_PERFORMANCE, "WITNESSED", "EFFECTIVE", "SETTLED"),
}
DELIVERY: Table = {
    **_BEGINNING,
    **_FIRST_REFUSAL,
    ("SIGNED", "witnessed"): "EFFECTIVE",
    ("CONDITIONAL", "licensed"): "EFFECTIVE",
    ("EFFECTIVE", "export_changed"): "CONDITIONAL",
    ("EFFECTIVE", "funded"): "FUNDED",
    ("FUNDED", "delivered"): "DELIVERED",
    ("DELIVERED", "settled"): "SETTLED",
    **_unwound_from(
        "AWARDED", _OFFERED_FIRST, "SIGNED", "CHAIN_REFUSED", "CONDITIONAL", "EFFECTIVE", "FUNDED"
    ),
    **_disputed_in(*_BEFORE_PERFORMANCE, _OFFERED_FIRST, "EFFECTIVE", "FUNDED", "DELIVERED", "SETTLED"),
}
ENDED = frozenset({"SETTLED", "REFUNDED", "REASSIGNED"})
FALLEN_THROUGH = frozenset({"REFUNDED", "REASSIGNED"})
"""Of these, in which nothing came of the deal and its buyer has its money back."""
UNSIGNED = frozenset({"AWARDED", "ROFR_PENDING"})
"""Awarded, and not signed by both."""
PASSED = frozenset({"REGISTERED", "DELIVERED", "SETTLED"})
"""States of an assignment in which the right is the buyer's."""
DEAL_DEADLINES = (
    *("refusal_by", "sign_by", "fund_by", "perform_by"),
    *("export_licence_by", "export_registration_by"),
)


def table_of(deal: Deal) -> Table:
    """The transition table that a deal follows."""
    if deal.deal_kind != "assignment":
        return LICENCE
    return DELIVERY if deal.by_delivery else ASSIGNMENT


def deal_of(state: State, deal_id: str) -> Deal:
    """A deal by id. Raises Refusal UNKNOWN-ID."""
    deal = state.deals.get(deal_id)
    if deal is None:
        refuse(rules.UNKNOWN_ID, kind="deal", id=deal_id)
    return deal


def dispute_of(state: State, deal: Deal) -> Dispute:
    """The dispute that a disputed deal is in."""
    return state.disputes[(deal.disputes or ("",))[-1]]


def without_dispute(deal: Deal) -> str:
    """The deal's state, or that in which it is beside its dispute."""
    return deal.disputed_from or deal.state


def undoable(deal: Deal) -> bool:
    """Whether a disputed deal may still be unwound: before registration, effect or delivery, and not before the office.

    From FILED the office's refusal alone leads back.
    """
    return (without_dispute(deal), "unwind") in table_of(deal)


def require_step(deal: Deal, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from the deal's state, DEAL-DISPUTED in a dispute."""
    if deal.state == "DISPUTED" and (deal.state, event) not in table_of(deal):
        refuse(rules.DEAL_DISPUTED, deal_id=deal.id, step=event)
    transitions.require_step(table_of(deal), deal, event)


def advance(turn: Turn, deal: Deal, event: str, cause: str) -> None:
    """Take a step of the deal's table."""
    require_step(deal, event)
    old, deal.state = deal.state, table_of(deal)[deal.state, event]
    turn.state.touch(deal)
    turn.emit(DealChanged(deal_id=deal.id, old=old, new=deal.state, cause=cause))


def takes_answer(state: State, deal: Deal, event: str) -> bool:
    """Whether an answer of the chain, the office or an authority moves a deal, were it beside a dispute."""
    over = deal.state == "DISPUTED" and dispute_of(state, deal).ended_by
    return not over and (without_dispute(deal), event) in table_of(deal)


def require_answer(state: State, deal: Deal, event: str) -> None:
    """The chain or the office answers what left before a dispute, or without one. Raises Refusal WRONG-STATE."""
    if not takes_answer(state, deal, event):
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step=event)


def take_answer(turn: Turn, deal: Deal, event: str, cause: str) -> None:
    """Take the step that such an answer is; a disputed deal will go on from there and stays in dispute."""
    if deal.state != "DISPUTED":
        advance(turn, deal, event, cause)
        return
    require_answer(turn.state, deal, event)
    dispute = dispute_of(turn.state, deal)
    old = without_dispute(deal)
    new = table_of(deal)[old, event]
    if new == "UNWINDING":
        dispute.ended_by = cause
    else:
        deal.disputed_from = dispute.came_from = new
        turn.state.touch(deal)
    turn.state.touch(dispute)
    turn.emit(DisputedDealMoved(deal_id=deal.id, old=old, new=new, cause=cause))
