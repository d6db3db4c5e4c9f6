"""Disputes over deals: raised on a reference, ended by an outcome; nothing of the deal goes on in between.

Chain and office are not ours to stop: what they answer meanwhile is kept, and the deal goes on from there. Once a right
has passed or a licence has taken effect nothing is unwound: another deal gives the right back, registered on its own.
"""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange.calendar import MS_PER_SECOND
from exchange.commands import OrderReverseDeal, RaiseDispute, RecordDisputeOutcome, ReverseDealTerms
from exchange.deals import acceptances, clocks, first_refusal, licences, release, reversals, signing, steps
from exchange.deals.unwinding import unwind
from exchange.events import DisputeChanged
from exchange.key_checks import SHORTEST_LIFE_MS
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import VENUE_ACTOR, active_actor
from exchange.rights import facts
from exchange.rows import Deal, Dispute
from exchange.rules import disputes as rules_of_disputes
from exchange.rules import patent_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table, require_step, take_step
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_DISPUTES = 16
"""Of one deal, ever."""
TRANSITIONS: Table = {
    ("", "raise"): "OPEN",
    ("OPEN", "resume"): "RESUMED",
    ("OPEN", "unwind"): "UNWOUND",
    ("OPEN", "reverse_deal"): "REVERSED",
    ("OPEN", "terminate_licence"): "TERMINATED",
}
_DIGEST = re.compile(r"[0-9a-f]{64}")


def raise_dispute(turn: Turn, command: RaiseDispute) -> Result:
    """A deal comes into dispute: every clock of its own stands still, and no step of it is taken."""
    state = turn.state
    raised_by = _who(turn, command)
    deal = steps.deal_of(state, command.deal_id)
    if raised_by not in {VENUE_ACTOR, deal.seller, deal.buyer}:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=raised_by)
    steps.require_step(deal, "dispute")
    earlier = deal.disputes or ()
    if state.venue.engine < SINCE_ENGINE or len(earlier) >= MOST_DISPUTES:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="dispute", most=MOST_DISPUTES)
    reference = _reference(turn, command)
    if deal.state == "AWARDED" and acceptances.offer_of(state, deal) is not None:
        # Nobody accepts under an offer that may end meanwhile: both sign afresh when it goes on.
        acceptances.leave(turn, deal, "disputed")
    dispute = Dispute(
        id=state.next_id("DIS"),
        deal_id=deal.id,
        raised_by=raised_by,
        ground=command.ground,
        body=command.body,
        document_digest=command.document_digest,
        reference=reference,
        opened_ms=turn.time_ms,
        came_from=deal.state,
        clocks=clocks.stop(turn, deal),
    )
    state.add(dispute)
    deal.disputed_from, deal.disputes = deal.state, (*earlier, dispute.id)
    change_dispute(turn, dispute, "raise", "raise_dispute")
    steps.advance(turn, deal, "dispute", "raise_dispute")
    facts.begins(turn, deal.right_id, "dispute", dispute.id)
    acceptances.complete_withdrawal(turn, deal.listing_id)
    return {"dispute_id": dispute.id, "deal_id": deal.id, "state": deal.state}


def record_outcome(turn: Turn, command: RecordDisputeOutcome) -> Result:
    """An operator records what was decided or agreed: the deal goes on, is unwound, or has been undone by another."""
    state = turn.state
    dispute = dispute_by_id(state, command.dispute_id)
    deal = steps.deal_of(state, dispute.deal_id)
    require_step(TRANSITIONS, dispute, command.outcome)
    if not _DIGEST.fullmatch(command.document_digest):
        refuse(rules.MALFORMED, field="document_digest")
    if command.outcome == "unwind":
        rules_of_disputes.deal_can_be_unwound(deal, dispute)
    if command.outcome == "terminate_licence":
        rules_of_disputes.licence_is_in_force(state, deal)
    if command.outcome == "reverse_deal":
        rules_of_disputes.right_was_given_back(state, deal, command.reverse_deal or "")
    elif command.reverse_deal is not None:
        refuse(rules.MALFORMED, field="reverse_deal")
    if command.defaulted is not UNSET and (
        command.outcome != "unwind" or command.defaulted not in {deal.seller, deal.buyer}
    ):
        refuse(rules.MALFORMED, field="defaulted", outcome=command.outcome)
    dispute.reverse_deal = command.reverse_deal or ""
    dispute.defaulted = dispute.defaulted if command.defaulted is UNSET else command.defaulted
    cause, decided = "record_dispute_outcome", command.defaulted is not UNSET
    end(turn, deal, dispute, command.outcome, command.document_digest, cause, decided=decided)
    if command.outcome == "terminate_licence":
        licences.terminate(turn, state.licences[deal.licence_id or ""], "dispute_outcome")
    return {"dispute_id": dispute.id, "deal_id": deal.id, "state": deal.state}


def order_reverse_deal(turn: Turn, command: OrderReverseDeal) -> Result:
    """The right is to be given back: the assignment that does so is drawn up, and goes its way like any other."""
    state = turn.state
    dispute = dispute_by_id(state, command.dispute_id)
    deal = steps.deal_of(state, dispute.deal_id)
    require_step(TRANSITIONS, dispute, "reverse_deal")
    if not _DIGEST.fullmatch(command.document_digest):
        refuse(rules.MALFORMED, field="document_digest")
    terms = turn.request.terms
    if not isinstance(terms, ReverseDealTerms) or not 0 <= terms.price <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="price", most=LARGEST_AMOUNT)
    right = state.rights[deal.right_id]
    rules_of_disputes.right_can_be_given_back(state, deal)
    patent_law.right_is_alive(right, turn.time_ms)
    patent_law.seller_is_registered_owner(right, state.parties[deal.buyer])
    reverse = reversals.draw_up(turn, deal, terms.price, "order_reverse_deal")
    dispute.reverse_deal = reverse.id
    end(turn, deal, dispute, "reverse_deal", command.document_digest, "order_reverse_deal")
    return {"dispute_id": dispute.id, "deal_id": reverse.id, "state": reverse.state}


def end(  # noqa: PLR0913 - what an outcome consists of
    turn: Turn,
    deal: Deal,
    dispute: Dispute,
    event: str,
    document_digest: str,
    cause: str,
    *,
    decided: bool = False,
) -> None:
    """The dispute is over, and its deal goes on or is undone; `decided`: it was found who has not performed."""
    dispute.outcome_digest, dispute.ended_ms = document_digest, turn.time_ms
    change_dispute(turn, dispute, event, cause)
    facts.ends(turn, "dispute", dispute.id)
    if dispute.ended_by or event == "unwind":
        _undo(turn, deal, dispute, decided=decided)
    else:
        _go_on(turn, deal, dispute)


def dispute_by_id(state: State, dispute_id: str) -> Dispute:
    """A dispute by id. Raises Refusal UNKNOWN-ID."""
    dispute = state.disputes.get(dispute_id)
    if dispute is None:
        refuse(rules.UNKNOWN_ID, kind="dispute", id=dispute_id)
    return dispute


def change_dispute(turn: Turn, dispute: Dispute, event: str, cause: str) -> None:
    """Take a step of the table."""
    old = take_step(TRANSITIONS, dispute, event)
    turn.state.touch(dispute)
    turn.emit(
        DisputeChanged(
            dispute_id=dispute.id, deal_id=dispute.deal_id, old=old, new=dispute.state, cause=cause
        )
    )


def _who(turn: Turn, command: RaiseDispute) -> str:
    """The party, or the venue by an operator who says why."""
    if turn.actor != VENUE_ACTOR:
        return active_actor(turn).id
    if turn.request.signer not in turn.state.venue.operators:
        refuse(rules.NOT_PERMITTED, actor=turn.actor, signer=turn.request.signer)
    if "reason" not in command.erasable:
        refuse(rules.FACT_MISSING, fact="reason", supplier="operator")
    return VENUE_ACTOR


def _reference(turn: Turn, command: RaiseDispute) -> str:
    """The commitment to the case number, which must be there."""
    reference = command.erasable.get("reference", "")
    if not reference:
        refuse(rules.FACT_MISSING, fact="reference", deal_id=command.deal_id, supplier=turn.actor)
    if not _DIGEST.fullmatch(command.document_digest):
        refuse(rules.MALFORMED, field="document_digest")
    return reference


def _undo(turn: Turn, deal: Deal, dispute: Dispute, *, decided: bool) -> None:
    ground = dispute.ended_by or "dispute_outcome"
    dispute.clocks = {}
    turn.state.touch(dispute)
    unwind(turn, deal, "undone", ground, defaulted=dispute.defaulted, decided=decided)


def _go_on(turn: Turn, deal: Deal, dispute: Dispute) -> None:
    """The deal is where it was, or where chain and office have brought it; what was held back follows."""
    state = steps.without_dispute(deal)
    deal.disputed_from = UNSET
    steps.advance(turn, deal, steps.resumption(state), "record_dispute_outcome")
    clocks.give_back(turn, deal, dispute)
    first_refusal.goes_on(turn, deal)
    _renew_signatures(turn, deal, dispute.raised_by)
    if dispute.holds_release:
        release.release(turn, deal)
    elif deal.state in {"REGISTERED", "DELIVERED", "EFFECTIVE"} and deal.payments:
        release.settle_if_paid(turn, deal)


def _renew_signatures(turn: Turn, deal: Deal, raised_by: str) -> None:
    """Signatures that the contract would not take any more are given afresh, for as long as after an award.

    Undoing the other's signature by a dispute is no way out of the deal. So are those of a lot's deal that has both and
    waits for the others: the last of them is given when nothing bars the deal.
    """
    sign_by = turn.state.deadlines.get(f"sign_by:{deal.id}")
    last_ms = turn.time_ms + SHORTEST_LIFE_MS if sign_by is None else sign_by.due_ms
    waits = deal.state in {"AWARDED", "CHAIN_REFUSED"}
    waits_for_lot = bool(deal.seller_signature and deal.buyer_signature)
    if not waits or (deal.deadline_s * MS_PER_SECOND > last_ms and not waits_for_lot):
        return
    others = {deal.seller: deal.buyer_signature, deal.buyer: deal.seller_signature}.get(raised_by, "")
    if others:
        deal.voided_by = raised_by
    signing.ask_afresh(turn, deal)


HANDLERS: Handlers = {
    RaiseDispute: raise_dispute,
    RecordDisputeOutcome: record_outcome,
    OrderReverseDeal: order_reverse_deal,
}
