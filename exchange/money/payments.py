"""Payment instructions to the bank: PREPARED, APPROVED by two operators, PAID or REFUSED by the bank."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.events import PaymentChanged
from exchange.money import holds
from exchange.money.amount import Currency
from exchange.rows import Payment
from exchange.rows.money import ReleaseLine
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table, take_step
from exchange.turn import Turn

PAYMENT_TRANSITIONS: Table = {
    ("", "prepare"): "PREPARED",
    ("PREPARED", "first_approval"): "PREPARED",
    ("PREPARED", "approve"): "APPROVED",
    ("APPROVED", "pay"): "PAID",
    ("APPROVED", "refuse"): "REFUSED",
}
UNDER_WAY = frozenset({"PREPARED", "APPROVED"})
"""States in which the money may still come back."""


def payment_of(state: State, payment_id: str) -> Payment:
    """A payment by id. Raises Refusal UNKNOWN-ID."""
    payment = state.payments.get(payment_id)
    if payment is None:
        refuse(rules.UNKNOWN_ID, kind="payment", id=payment_id)
    return payment


def prepare_payment(  # noqa: PLR0913 - what an instruction consists of
    turn: Turn,
    party_id: str,
    currency: Currency,
    amount: int,
    *,
    deal_id: str | None = None,
    obligation_id: str | UnsetType = UNSET,
    line: ReleaseLine | UnsetType = UNSET,
    returns_to: tuple[str, str] | None = None,
) -> Payment:
    """A new instruction of `amount` minor units; the caller posts the money onto its outgoing account.

    Refused by the bank, the money goes to `returns_to` (owner, purpose), the payee's available balance if not given.
    """
    payment_id = turn.state.next_id("PAY")
    payment = Payment(
        id=payment_id,
        account=f"{payment_id}/outgoing/{currency}",
        returns_to="/".join(returns_to or (party_id, "available")),
        party_id=party_id,
        currency=currency,
        amount=amount,
        deal_id=deal_id,
        obligation_id=obligation_id,
        line=line,
        state="",
    )
    turn.state.add(payment)
    change_payment(turn, payment, "prepare", "prepare_payment")
    holds.enter(turn, payment_id, party_id, "payment", currency, amount, (payment_id, "outgoing"))
    return payment


def change_payment(turn: Turn, payment: Payment, event: str, cause: str) -> None:
    """Take a step of the table; with its end the payment's hold ends, posted whole or void."""
    old = take_step(PAYMENT_TRANSITIONS, payment, event)
    turn.state.touch(payment)
    turn.emit(PaymentChanged(payment_id=payment.id, old=old, new=payment.state, cause=cause))
    if event in {"pay", "refuse"}:
        posted = payment.amount if event == "pay" else 0
        holds.end(turn, payment.id, payment.party_id, "void", payment.amount, posted)
