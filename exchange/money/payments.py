"""Payment instructions to the bank: PREPARED, APPROVED by two operators, PAID or REFUSED by the bank."""

from __future__ import annotations

from exchange.events import PaymentChanged
from exchange.money.amount import Currency
from exchange.rows import Payment
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Turn


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
        state="",
    )
    turn.state.add(payment)
    change_payment(turn, payment, "PREPARED", "prepare_payment")
    return payment


def change_payment(turn: Turn, payment: Payment, new: str, cause: str) -> None:
    """Move a payment to another state."""
    old, payment.state = payment.state, new
    turn.state.touch(payment)
    turn.emit(PaymentChanged(payment_id=payment.id, old=old, new=new, cause=cause))
