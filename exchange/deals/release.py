"""When a deal's escrow, or what was paid later, is released; or goes back to the buyer."""

from __future__ import annotations

from msgspec import UNSET

from exchange.deals import earnest, obligations, splitting
from exchange.deals.award import listing_may_end
from exchange.deals.splitting import Released
from exchange.deals.steps import advance
from exchange.money import fees, holds
from exchange.money.accounts import balance, post
from exchange.money.payments import prepare_payment
from exchange.rights.pledge_identity import key_of, remembered
from exchange.rows import Deal, Obligation, Payment, Right
from exchange.rules import transformation
from exchange.terms.consideration import due_at_effect
from exchange.turn import Turn


def release(turn: Turn, deal: Deal) -> None:
    """Split what was due first: the venue's fee, agreed taxes, pledgees, the agent's commission, the seller.

    What falls due later begins with it; what is unpaid for a right that it gives back is owed no more. Payments wait
    for two operators; a deal of which nothing is left to pay is settled at once.
    """
    right = turn.state.rights[deal.right_id]
    pledges = _prepaid_by(right, deal)
    due = due_at_effect(deal.terms, deal.price)
    left = balance(turn.state, deal.id, "escrow", deal.currency)
    if left != due:
        turn.fault(f"escrow of {deal.id} holds {left}, not the {due} that is due")
    fee = fees.fee_of(turn.state, deal, due, first=True)
    splitting.split(turn, deal, deal, Released(whole=due, principal=due, fee=fee), pledges)
    obligations.begin(turn, deal)
    given_back = turn.state.deals.get(deal.reverses or "")
    if given_back is not None:
        obligations.rescind(turn, given_back, "given_back")
    if deal.id in turn.state.obligations_of:
        engine = turn.state.venue.engine
        standing = zip(right.pledge_numbers, right.pledges, strict=True)
        keys = {key_of(engine, right, number, pledge) for number, pledge in standing if number in pledges}
        deal.pledges = tuple(sorted(keys))
        turn.state.touch(deal)
    settle_if_paid(turn, deal)


def _prepaid_by(right: Right, deal: Deal) -> tuple[int, ...]:
    """The numbers of the pledges that a deal prepays: none by a sub-licence, which brings its pledgor nothing."""
    return right.pledge_numbers if deal.terms.head_licence is UNSET else ()


def release_obligation(turn: Turn, deal: Deal, obligation: Obligation, principal: int) -> None:
    """Split what was paid later in the same way; the fee is of the principal, and late interest goes on whole.

    It prepays the pledges that stood when the right passed: a later owner's are none of this deal's. What is paid in
    part goes to its lines as the whole would, so that all parts together are the whole to the cent.
    """
    if obligation.sort == "earnest":
        # The buyer's damages: the venue earns nothing by them, and no pledgee of the seller's has a part.
        paid = balance(turn.state, obligation.id, "escrow", obligation.currency)
        splitting.pay(turn, deal, obligation, obligation.payee, paid, "earnest")
        turn.state.touch(obligation)
        settle_if_paid(turn, obligation)
        return
    pledges = remembered(turn.state.rights[deal.right_id], deal.pledges or ())
    parts = 0 if obligation.parts is UNSET else obligation.parts.principal
    fee = fees.fee_of(turn.state, deal, principal, parts=parts)
    left = obligation.open_principal
    to_come = left - principal - (fees.fee_of(turn.state, deal, left, parts=parts) - fee)
    now = Released(whole=obligation.amount, principal=principal, fee=fee, to_come=to_come)
    splitting.split(turn, deal, obligation, now, pledges)
    settle_if_paid(turn, obligation)


def payment_paid(turn: Turn, payment: Payment) -> None:
    """The bank has paid; a deal or an obligation may end with it."""
    released = _released_by(turn, payment)
    if released is not None:
        settle_if_paid(turn, released)


def payment_refused(turn: Turn, payment: Payment) -> None:
    """The bank did not pay: a pledgee's sum is instructed anew, any other returns to where it came from.

    A seller can have its balance paid out; a pledgee is owed by law, so its deal does not end before it is paid.
    """
    released = _released_by(turn, payment)
    deal = turn.state.deals.get(payment.deal_id or "")
    owner, _, purpose = payment.returns_to.partition("/")
    receiver = (owner, purpose)
    is_pledgees = deal is not None and payment.line is UNSET and payment.party_id != deal.seller
    if deal is not None and released is not None and is_pledgees:
        again = prepare_payment(
            turn,
            payment.party_id,
            payment.currency,
            payment.amount,
            deal_id=deal.id,
            obligation_id=payment.obligation_id,
        )
        receiver = (again.id, "outgoing")
        released.payments = tuple(again.id if each == payment.id else each for each in released.payments)
        turn.state.touch(released)
    outgoing = (payment.id, "outgoing")
    post(turn, outgoing, receiver, payment.currency, payment.amount, payment.id, "payment_refused")
    if released is not None:
        settle_if_paid(turn, released)


def _released_by(turn: Turn, payment: Payment) -> Deal | Obligation | None:
    """What a payment carries out a part of; nothing where a party's own balance is paid out."""
    if payment.obligation_id is not UNSET:
        return turn.state.obligations[payment.obligation_id]
    return turn.state.deals.get(payment.deal_id or "")


def settle_if_paid(turn: Turn, released: Deal | Obligation) -> None:
    """It is settled when the last of its payments has ended: a refused one of its list is the seller's.

    A disputed deal is not: it is asked again when it goes on. What was paid of an obligation in part ends nothing. Nor
    is a state body's deal whose contributors' reward is not on record: it is asked again when that is.
    """
    if isinstance(released, Deal) and (
        released.state == "DISPUTED" or transformation.rewards_missing(turn.state, released)
    ):
        return
    if not all(turn.state.payments[each].state in {"PAID", "REFUSED"} for each in released.payments):
        return
    if isinstance(released, Obligation):
        if (released.state, "payments_ended") not in obligations.TRANSITIONS:
            return
        obligations.advance(turn, released, "payments_ended", "payments_ended")
        return
    released.settled_ms = turn.time_ms
    advance(turn, released, "settled", "payments_ended")
    close_deal(turn, released)


def refund(turn: Turn, deal: Deal) -> None:
    """All that is held for the deal, deposit, earnest money or escrow, returns to the buyer's available balance."""
    held = balance(turn.state, deal.id, "escrow", deal.currency)
    available = (deal.buyer, "available")
    post(turn, (deal.id, "escrow"), available, deal.currency, held, deal.id, "refund")
    earnest.give_back(turn, deal)
    event = holds.given_up(turn)
    holds.give_back(turn, deal.id, deal.buyer, deal.currency, deal.deposit, "refund", event)
    deal.deposit = 0
    turn.state.touch(deal)


def close_deal(turn: Turn, deal: Deal) -> None:
    """An ended deal frees its right, and its listing when it was the last.

    A right of a lot that was paid for leaves the lot's listing at once: the lot is not awarded again.
    """
    right = turn.state.rights[deal.right_id]
    right.open_deals = tuple(deal_id for deal_id in right.open_deals if deal_id != deal.id)
    if deal.lot and deal.statement_line and right.open_listing == deal.listing_id:
        right.open_listing = None
    turn.state.touch(right)
    listing_may_end(turn, turn.state.listings[deal.listing_id])
