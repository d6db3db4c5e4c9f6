"""What a disputed deal's outcome may be, and how long its money and papers wait."""

from __future__ import annotations

from msgspec import UNSET

from exchange.deals import steps
from exchange.rows import Deal, Dispute, Payment
from exchange.rules.rule import refuse
from exchange.rules.venue import DEAL_DISPUTED, DISPUTE_OUTCOME, UNKNOWN_ID
from exchange.state import State


def deal_is_not_disputed(deal: Deal) -> None:
    """Nothing is paid, reported or inspected under a deal while it is disputed.

    Raises:
        Refusal: DEAL-DISPUTED.
    """
    if deal.state == "DISPUTED":
        refuse(DEAL_DISPUTED, deal_id=deal.id)


def payment_is_not_disputed(state: State, payment: Payment) -> None:
    """What a deal brings waits while it is disputed.

    Raises:
        Refusal: DEAL-DISPUTED.
    """
    deal = state.deals.get(payment.deal_id or "")
    if deal is not None:
        deal_is_not_disputed(deal)


def deal_can_be_unwound(deal: Deal, dispute: Dispute) -> None:
    """Only before registration, effect or delivery, and before the office has it unless the office has refused it.

    Raises:
        Refusal: DISPUTE-OUTCOME.
    """
    if not dispute.ended_by and not steps.undoable(deal):
        refuse(DISPUTE_OUTCOME, deal_id=deal.id, state=steps.without_dispute(deal), outcome="unwind")


def licence_is_in_force(state: State, deal: Deal) -> None:
    """Only a licence that has taken effect and not ended is ended by an outcome.

    Raises:
        Refusal: DISPUTE-OUTCOME.
    """
    if deal.licence_id not in state.licences:
        refuse(
            DISPUTE_OUTCOME, deal_id=deal.id, state=steps.without_dispute(deal), outcome="terminate_licence"
        )


def right_can_be_given_back(state: State, deal: Deal) -> None:
    """The right has passed by the deal from one owner, and nothing else that its buyer does with it is under way.

    What several sold together was not that one's alone: they agree on how it comes back to each of them.

    Raises:
        Refusal: DISPUTE-OUTCOME.
    """
    passed = deal.deal_kind == "assignment" and steps.without_dispute(deal) in steps.PASSED
    right = state.rights[deal.right_id]
    under_way = [each for each in right.open_deals if each != deal.id]
    assignment = next((each for each in under_way if state.deals[each].deal_kind == "assignment"), None)
    listed = None if right.open_listing == deal.listing_id else right.open_listing
    listed = listed or right.open_licence_listing or None
    several = deal.right_facts.co_owners is not UNSET
    if not passed or several or assignment is not None or listed is not None:
        in_the_way = assignment or listed or ("co_owners" if several else None)
        refuse(DISPUTE_OUTCOME, deal_id=deal.id, outcome="reverse_deal", in_the_way=in_the_way)


def right_was_given_back(state: State, deal: Deal, reverse_id: str) -> None:
    """A deal is undone by another assignment of the same right, made later, from its buyer back to its seller.

    Raises:
        Refusal: DISPUTE-OUTCOME, UNKNOWN-ID.
    """
    reverse = state.deals.get(reverse_id)
    if reverse is None:
        refuse(UNKNOWN_ID, kind="deal", id=reverse_id)
    passed = deal.deal_kind == "assignment" and steps.without_dispute(deal) in steps.PASSED
    sides = (reverse.right_id, reverse.seller, reverse.buyer, reverse.deal_kind)
    if not passed or sides != (deal.right_id, deal.buyer, deal.seller, "assignment"):
        refuse(DISPUTE_OUTCOME, deal_id=deal.id, outcome="reverse_deal", reverse_deal=reverse.id)
    if reverse.state in steps.FALLEN_THROUGH or reverse.awarded_ms < deal.awarded_ms:
        refuse(DISPUTE_OUTCOME, deal_id=deal.id, outcome="reverse_deal", state=reverse.state)
