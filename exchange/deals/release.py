"""Where a deal's escrow goes: fee, pledgees, seller; or back to the buyer. Every cent of it, once."""

from __future__ import annotations

from exchange.commands import Pledge
from exchange.deals.award import listing_may_end
from exchange.deals.steps import advance
from exchange.money.accounts import FEES, balance, post
from exchange.money.payments import prepare_payment
from exchange.rights.register import receipts_key
from exchange.rows import Deal, Payment, Right
from exchange.turn import Turn

BASIS_POINTS = 10_000


def release(turn: Turn, deal: Deal) -> None:
    """Split the escrow: the venue's fee, rounded down to the minor unit, then pledgees, then the seller.

    Civil Code Art. 444: what a sale or a licence brings in prepays the debt, or is deposited 提存 where the pledgee
    cannot be paid here: it is no party, or its claim is in another currency. A pledge takes no more than its sum from
    all deals together. Payments wait for two operators; a deal of which nothing is left to pay is settled at once.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    escrow = (deal.id, "escrow")
    left = balance(state, deal.id, "escrow", deal.currency)
    if left != deal.price:
        turn.fault(f"escrow of {deal.id} holds {left}, not its price {deal.price}")
    deal.fee = deal.price * state.venue.fee_basis_points // BASIS_POINTS
    post(turn, escrow, FEES, deal.currency, deal.fee, deal.id, "fee")
    left -= deal.fee
    for pledge, owed in _owed(right):
        pledgee = state.party_by_number.get(pledge.company_number)
        same_currency = pledge.currency == deal.currency
        share = min(owed, left) if same_currency else left
        if pledgee is not None and same_currency:
            _pay(turn, deal, pledgee, share)
        else:
            post(turn, escrow, (deal.id, "pledge_deposit"), deal.currency, share, deal.id, "pledge_deposit")
        if same_currency:
            key = receipts_key(pledge)
            right.pledge_receipts[key] = right.pledge_receipts.get(key, 0) + share
        deal.pledgee_share += share
        left -= share
    state.touch(right)
    _pay(turn, deal, deal.seller, left)
    state.touch(deal)
    _settle_if_paid(turn, deal)


def _owed(right: Right) -> list[tuple[Pledge, int]]:
    """Each registered pledge with what it has not received yet (minor units of its currency)."""
    received = dict(right.pledge_receipts)
    owed = []
    for pledge in right.pledges:
        key = receipts_key(pledge)
        before = min(received.get(key, 0), pledge.amount)
        received[key] = received.get(key, 0) - before
        owed.append((pledge, pledge.amount - before))
    return owed


def payment_paid(turn: Turn, payment: Payment) -> None:
    """The bank has paid; a deal may end with it."""
    deal = turn.state.deals.get(payment.deal_id or "")
    if deal is not None:
        _settle_if_paid(turn, deal)


def payment_refused(turn: Turn, payment: Payment) -> None:
    """The bank did not pay: a pledgee's sum is instructed anew, any other returns to where it came from.

    A seller can have its balance paid out; a pledgee is owed by law, so its deal does not end before it is paid.
    """
    deal = turn.state.deals.get(payment.deal_id or "")
    owner, _, purpose = payment.returns_to.partition("/")
    receiver = (owner, purpose)
    if deal is not None and payment.party_id != deal.seller:
        again = prepare_payment(turn, payment.party_id, payment.currency, payment.amount, deal_id=deal.id)
        receiver = (again.id, "outgoing")
        deal.payments = tuple(again.id if each == payment.id else each for each in deal.payments)
        turn.state.touch(deal)
    outgoing = (payment.id, "outgoing")
    post(turn, outgoing, receiver, payment.currency, payment.amount, payment.id, "payment_refused")
    if deal is not None:
        _settle_if_paid(turn, deal)


def _settle_if_paid(turn: Turn, deal: Deal) -> None:
    """A deal is settled when the last of its payments has ended: a refused one of its list is the seller's."""
    if all(turn.state.payments[payment_id].state in {"PAID", "REFUSED"} for payment_id in deal.payments):
        deal.settled_ms = turn.time_ms
        advance(turn, deal, "settled", "payments_ended")
        close_deal(turn, deal)


def _pay(turn: Turn, deal: Deal, party_id: str, amount: int) -> None:
    if amount == 0:
        return
    payment = prepare_payment(turn, party_id, deal.currency, amount, deal_id=deal.id)
    post(turn, (deal.id, "escrow"), (payment.id, "outgoing"), deal.currency, amount, deal.id, "release")
    deal.payments = (*deal.payments, payment.id)


def refund(turn: Turn, deal: Deal) -> None:
    """Everything held for the deal, in deposit or in escrow, returns to the buyer's available balance."""
    held = balance(turn.state, deal.id, "escrow", deal.currency)
    available = (deal.buyer, "available")
    post(turn, (deal.id, "escrow"), available, deal.currency, held, deal.id, "refund")
    post(turn, (deal.buyer, "deposit"), available, deal.currency, deal.deposit, deal.id, "refund")
    deal.deposit = 0
    turn.state.touch(deal)


def close_deal(turn: Turn, deal: Deal) -> None:
    """An ended deal frees its right, and its listing when it was the last."""
    right = turn.state.rights[deal.right_id]
    right.open_deals = tuple(deal_id for deal_id in right.open_deals if deal_id != deal.id)
    turn.state.touch(right)
    listing_may_end(turn, turn.state.listings[deal.listing_id])
