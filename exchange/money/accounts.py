"""Double-entry accounts: every posting moves an amount from one account to another, so every currency sums to zero.

The custody account mirrors the bank's supervised account and stands below zero by what customers hold; the account of
unexplained debits stands below zero by what left the bank without a payment of ours. Every other account stands at zero
or above.
"""

from __future__ import annotations

from exchange.events import Posted
from exchange.money.amount import LARGEST_AMOUNT, Currency
from exchange.rows import Account
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Turn

CUSTODY_OWNER = "bank"
VENUE_OWNER = "venue"
CUSTODY = (CUSTODY_OWNER, "custody")
"""Owner and purpose of the account that mirrors the bank's supervised account."""
SUSPENSE = (VENUE_OWNER, "suspense")
"""Credits that name nobody."""
UNEXPLAINED = (VENUE_OWNER, "unexplained")
"""Debits that no payment explains."""
FEES = (VENUE_OWNER, "fees")
BELOW_ZERO = frozenset({CUSTODY, UNEXPLAINED})


def account_id(owner: str, purpose: str, currency: Currency) -> str:
    """The id of an account, e.g. `P-3/available/CNY`."""
    return f"{owner}/{purpose}/{currency}"


def balance(state: State, owner: str, purpose: str, currency: Currency) -> int:
    """Minor units on an account; zero where it has never been used."""
    account = state.accounts.get(account_id(owner, purpose, currency))
    return 0 if account is None else account.balance


def liabilities(state: State, currency: Currency) -> int:
    """Minor units that customers and the venue hold together: what the bank's account must show."""
    return -balance(state, *CUSTODY, currency)


def require_available(state: State, party_id: str, currency: Currency, amount: int) -> None:
    """Raises Refusal FUNDS-SHORT when a party's available balance does not cover `amount` minor units."""
    require_balance(state, (party_id, "available"), currency, amount)


def require_balance(state: State, account: tuple[str, str], currency: Currency, amount: int) -> None:
    """Raises Refusal FUNDS-SHORT when an account (owner, purpose) does not cover `amount` minor units."""
    available = balance(state, *account, currency)
    if available < amount:
        refuse(rules.FUNDS_SHORT, party_id=account[0], currency=currency, short_of=amount - available)


def post(  # noqa: PLR0913 - the parts of a double entry
    turn: Turn,
    debit: tuple[str, str],
    credit: tuple[str, str],
    currency: Currency,
    amount: int,
    subject_id: str,
    purpose: str,
) -> None:
    """Move `amount` minor units from the (owner, purpose) of `debit` to that of `credit`; zero moves nothing.

    Raises:
        EngineFault: a negative amount, the same account twice, or an account that would fall below zero: the
            handler must have checked before.
    """
    if amount == 0:
        return
    giving = _account(turn.state, *debit, currency)
    receiving = _account(turn.state, *credit, currency)
    if not 0 < amount <= LARGEST_AMOUNT or giving is receiving:
        turn.fault(f"posting of {amount} from {giving.id} to {receiving.id}")
    if giving.balance < amount and debit not in BELOW_ZERO:
        turn.fault(f"{giving.id} would fall below zero")
    giving.balance -= amount
    receiving.balance += amount
    turn.state.touch(giving)
    turn.state.touch(receiving)
    turn.emit(
        Posted(
            debit=giving.id,
            credit=receiving.id,
            currency=currency,
            amount=amount,
            subject_id=subject_id,
            purpose=purpose,
        )
    )


def _account(state: State, owner: str, purpose: str, currency: Currency) -> Account:
    row_id = account_id(owner, purpose, currency)
    account = state.accounts.get(row_id)
    if account is None:
        account = Account(id=row_id, owner=owner, purpose=purpose, currency=currency)
        state.add(account)
    return account
