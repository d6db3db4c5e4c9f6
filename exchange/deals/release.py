"""Where a deal's escrow goes: fee, pledgees, seller; or back to the buyer. Every cent of it, once."""

from __future__ import annotations

from exchange.deals.award import listing_may_end
from exchange.deals.steps import advance
from exchange.money.accounts import VENUE_OWNER, balance, post
from exchange.money.payments import prepare_payment
from exchange.state import Deal
from exchange.turn import Turn

BASIS_POINTS = 10_000


def release(turn: Turn, deal: Deal) -> None:
    """Split the escrow: the venue's fee, rounded down to the minor unit, then pledgees, then the seller.

    Civil Code Art. 444: what a sale or a licence brings in prepays the debt, or is deposited 提存 where the pledgee
    cannot be paid here: it is no party, or its claim is in another currency. Payments wait for two operators; a deal of
    which nothing is left to pay is settled at once.
    """
    state = turn.state
    escrow = (deal.id, "escrow")
    left = balance(state, deal.id, "escrow", deal.currency)
    if left != deal.price:
        turn.fault(f"escrow of {deal.id} holds {left}, not its price {deal.price}")
    deal.fee = deal.price * state.venue.fee_basis_points // BASIS_POINTS
    post(turn, escrow, (VENUE_OWNER, "fees"), deal.currency, deal.fee, deal.id, "fee")
    left -= deal.fee
    for pledge in state.rights[deal.right_id].pledges:
        pledgee = state.party_by_number.get(pledge.company_number)
        payable = pledgee is not None and pledge.currency == deal.currency
        share = min(pledge.amount, left) if pledge.currency == deal.currency else left
        if pledgee is not None and payable:
            _pay(turn, deal, pledgee, share)
        else:
            post(turn, escrow, (deal.id, "pledge_deposit"), deal.currency, share, deal.id, "pledge_deposit")
        deal.pledgee_share += share
        left -= share
    _pay(turn, deal, deal.seller, left)
    state.touch(deal)
    settle_if_paid(turn, deal)


def settle_if_paid(turn: Turn, deal: Deal) -> None:
    """A deal is settled when the last of its payments has ended."""
    if all(turn.state.payments[payment_id].state in {"PAID", "REFUSED"} for payment_id in deal.payments):
        deal.settled_ms = turn.time_ms
        advance(turn, deal, "settled", "payments_ended")
        close_deal(turn, deal)


def _pay(turn: Turn, deal: Deal, party_id: str, amount: int) -> None:
    if amount == 0:
        return
    payment = prepare_payment(turn, party_id, deal.currency, amount, deal.id)
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
