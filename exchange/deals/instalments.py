"""A price paid in parts of which a fifth is overdue: the seller demands it, and then the whole price or the right back.

Civil Code Art. 634: after a demand 催告 and a reasonable term. What it gives back when it rescinds, less what the use
is worth, the seller names; whoever disagrees brings the deal into dispute.
"""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY
from exchange.commands import ChooseRemedy, DemandInstalments, RemedyTerms
from exchange.deals import clocks, licences, obligations, reversals
from exchange.deals.steps import deal_of
from exchange.events import InstalmentsDemanded, RemedyChosen
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor
from exchange.rows import Deal
from exchange.rules import civil_code, disputes, invalidity, patent_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.consideration import due_after, is_a_fifth
from exchange.turn import Handlers, Result, Turn

TERM_MS = 30 * MS_PER_DAY
"""How long a buyer has after the demand; the Code says: a reasonable time."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def demand(turn: Turn, command: DemandInstalments) -> Result:
    """The seller demands what is overdue, once a fifth of the price is."""
    deal = _own(turn, command.deal_id)
    if deal.demand_until_ms is not UNSET:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="demand")
    if not _DIGEST.fullmatch(command.document_digest):
        refuse(rules.MALFORMED, field="document_digest")
    civil_code.a_fifth_is_overdue(deal, _overdue(turn.state, deal))
    deal.demand_until_ms = turn.time_ms + TERM_MS
    turn.state.touch(deal)
    turn.emit(InstalmentsDemanded(deal_id=deal.id, until_ms=deal.demand_until_ms))
    return {"deal_id": deal.id, "state": deal.state}


def choose_remedy(turn: Turn, command: ChooseRemedy) -> Result:
    """The term is over and a fifth is overdue still: all is due now, or what was agreed is rescinded."""
    deal = _own(turn, command.deal_id)
    terms = turn.request.terms
    if not isinstance(terms, RemedyTerms) or not 0 <= terms.refund <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="refund", most=LARGEST_AMOUNT)
    civil_code.a_fifth_is_overdue(deal, _overdue(turn.state, deal))
    civil_code.term_is_over(deal, turn.time_ms)
    reverse = ""
    if command.remedy == "whole_price":
        _accelerate(turn, deal, terms)
    elif deal.deal_kind == "assignment":
        reverse = _rescind_assignment(turn, deal, terms)
    else:
        _rescind_licence(turn, deal, terms)
    deal.demand_until_ms = UNSET
    turn.state.touch(deal)
    turn.emit(RemedyChosen(deal_id=deal.id, remedy=command.remedy, reverse_deal=reverse))
    return {"deal_id": deal.id, "state": deal.state, "reverse_deal": reverse}


def paid(turn: Turn, deal: Deal) -> None:
    """A payment that leaves less than a fifth overdue meets the demand."""
    if deal.demand_until_ms is not UNSET and not is_a_fifth(_overdue(turn.state, deal), deal.price):
        deal.demand_until_ms = UNSET
        turn.state.touch(deal)


def _own(turn: Turn, deal_id: str) -> Deal:
    """The acting seller's deal. Raises Refusal UNKNOWN-ID, NOT-PERMITTED, DEAL-DISPUTED, INVALIDITY-DECIDED."""
    deal = deal_of(turn.state, deal_id)
    if active_actor(turn).id != deal.seller:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id)
    disputes.deal_is_not_disputed(deal)
    invalidity.payments_run(deal)
    return deal


def _overdue(state: State, deal: Deal) -> int:
    """Minor units of the price that are overdue: what parts have paid is not."""
    return sum(row.open_principal for row in obligations.instalments_of(state, deal, "OVERDUE"))


def _accelerate(turn: Turn, deal: Deal, terms: RemedyTerms) -> None:
    """Every part that was to be paid later is due by the end of today."""
    later = obligations.instalments_of(turn.state, deal, "DUE")
    if not later or terms.refund:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="whole_price", later=len(later))
    due_ms = due_after(turn.time_ms, 0)
    for row in later:
        row.due_ms = min(row.due_ms, due_ms)
        obligations.advance(turn, row, "accelerate", "choose_remedy")
        clocks.set_clock(turn, deal, "payment_due", row.id, row.due_ms)


def _rescind_assignment(turn: Turn, deal: Deal, terms: RemedyTerms) -> str:
    """The deal that gives the right back is drawn up; its id."""
    state = turn.state
    right = state.rights[deal.right_id]
    disputes.right_can_be_given_back(state, deal)
    patent_law.right_is_alive(right, turn.time_ms)
    patent_law.seller_is_registered_owner(right, state.parties[deal.buyer])
    obligations.rescind(turn, deal, "choose_remedy")
    return reversals.draw_up(turn, deal, terms.refund, "choose_remedy").id


def _rescind_licence(turn: Turn, deal: Deal, terms: RemedyTerms) -> None:
    """The licence ends; what its licensee has had is paid for by what it has paid."""
    licence = turn.state.licences.get(deal.licence_id or "")
    if licence is None or terms.refund:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="rescind", refund=terms.refund)
    obligations.rescind(turn, deal, "choose_remedy")
    licences.terminate(turn, licence, "rescinded")


HANDLERS: Handlers = {DemandInstalments: demand, ChooseRemedy: choose_remedy}
