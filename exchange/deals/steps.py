"""The transition tables of deals, one for each way in which a right or its use passes.

An assignment passes by registration (Patent Law Art. 10); a licence takes effect when it is paid; a result without a
register passes by its signed delivery record. `witnessed` means that the chain record is final.
"""

from __future__ import annotations

from exchange.events import DealChanged
from exchange.rows import Deal
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Turn

Table = dict[tuple[str, str], str]

_BEGINNING: Table = {
    ("", "award"): "AWARDED",
    ("AWARDED", "signed"): "SIGNED",
    ("SIGNED", "chain_refused"): "CHAIN_REFUSED",
    ("CHAIN_REFUSED", "signed"): "SIGNED",
    ("UNWINDING", "refunded"): "REFUNDED",
}


def _unwound_from(*states: str) -> Table:
    return {(state, "unwind"): "UNWINDING" for state in states}


ASSIGNMENT: Table = {
    **_BEGINNING,
    ("SIGNED", "witnessed"): "EFFECTIVE",
    ("EFFECTIVE", "funded"): "FUNDED",
    ("FUNDED", "filed"): "FILED",
    ("FILED", "registered"): "REGISTERED",
    ("REGISTERED", "settled"): "SETTLED",
    ("FILED", "office_refused"): "UNWINDING",
    **_unwound_from("AWARDED", "SIGNED", "CHAIN_REFUSED", "EFFECTIVE", "FUNDED"),
}
LICENCE: Table = {
    **_BEGINNING,
    ("SIGNED", "witnessed"): "WITNESSED",
    ("WITNESSED", "funded"): "FUNDED",
    ("FUNDED", "granted"): "EFFECTIVE",
    ("EFFECTIVE", "settled"): "SETTLED",
    **_unwound_from("AWARDED", "SIGNED", "CHAIN_REFUSED", "WITNESSED", "FUNDED"),
}
DELIVERY: Table = {
    **_BEGINNING,
    ("SIGNED", "witnessed"): "EFFECTIVE",
    ("EFFECTIVE", "funded"): "FUNDED",
    ("FUNDED", "delivered"): "DELIVERED",
    ("DELIVERED", "settled"): "SETTLED",
    **_unwound_from("AWARDED", "SIGNED", "CHAIN_REFUSED", "EFFECTIVE", "FUNDED"),
}
ENDED = frozenset({"SETTLED", "REFUNDED"})
DEAL_DEADLINES = ("sign_by", "fund_by")


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


def require_step(deal: Deal, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from the deal's state."""
    if (deal.state, event) not in table_of(deal):
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step=event)


def advance(turn: Turn, deal: Deal, event: str, cause: str) -> None:
    """Take a step of the deal's table."""
    require_step(deal, event)
    old, deal.state = deal.state, table_of(deal)[deal.state, event]
    turn.state.touch(deal)
    turn.emit(DealChanged(deal_id=deal.id, old=old, new=deal.state, cause=cause))
