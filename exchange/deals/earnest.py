"""Earnest money 定金: paid once both have signed, counted toward the price, lost or doubled by whoever defaults.

It lies on an account of its own, apart from the bid deposit 保证金, until the buyer pays the price. The agreement on it
comes into being as it is paid, so that no clock runs for it (Civil Code Art. 586). A buyer that defaults loses it; a
seller that defaults owes double: the buyer has back what lies here, and the second half is an obligation of the
seller's (Art. 587). No money stands for that half before the seller has paid it.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.deals import obligations
from exchange.deals.steps import table_of
from exchange.money.accounts import balance, post
from exchange.rows import Deal
from exchange.state import State
from exchange.terms.consideration import due_after
from exchange.turn import Turn

PURPOSE = "earnest"
BEFORE_FUNDING = frozenset({"SIGNED", "CONDITIONAL"})
"""Both have signed, and what is due first cannot be paid yet."""
DAYS_TO_PAY_DOUBLE = 10


def may_be_paid(deal: Deal) -> bool:
    """Whether both have signed, the price is not paid, and no earnest money was paid before."""
    open_to_it = deal.state in BEFORE_FUNDING or (deal.state, "funded") in table_of(deal)
    return open_to_it and deal.earnest is UNSET


def lying(state: State, deal: Deal) -> int:
    """Minor units of earnest money that have neither counted toward the price nor gone to anybody."""
    return balance(state, deal.id, PURPOSE, deal.currency)


def count_toward_price(turn: Turn, deal: Deal) -> None:
    """The buyer pays the price: its earnest money is a part of it (Civil Code Art. 587)."""
    amount = lying(turn.state, deal)
    post(turn, (deal.id, PURPOSE), (deal.id, "escrow"), deal.currency, amount, deal.id, "escrow_in")


def give_back(turn: Turn, deal: Deal) -> None:
    """What lies here returns to the buyer."""
    amount = lying(turn.state, deal)
    post(
        turn, (deal.id, PURPOSE), (deal.buyer, "available"), deal.currency, amount, deal.id, "earnest_return"
    )


def forfeit(turn: Turn, deal: Deal) -> int:
    """The buyer has defaulted: what lies here is the seller's. The lines that it came by have paid it for good."""
    amount = lying(turn.state, deal)
    post(
        turn,
        (deal.id, PURPOSE),
        (deal.seller, "available"),
        deal.currency,
        amount,
        deal.id,
        "earnest_forfeited",
    )
    deal.funded_by = {}
    return amount


def owe_double(turn: Turn, deal: Deal) -> int:
    """The seller has defaulted: beside what the buyer has back, it owes as much again; gives how much that is."""
    if deal.earnest is UNSET:
        return 0
    due_ms = due_after(turn.time_ms, DAYS_TO_PAY_DOUBLE)
    obligations.owe(turn, deal, "earnest", 0, deal.earnest, due_ms, "default")
    return deal.earnest
