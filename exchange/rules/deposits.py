"""Whom a deposit may be paid out to."""

from __future__ import annotations

from exchange.commands import DepositGround
from exchange.rights.pledge_identity import remembered
from exchange.rows import Deposit
from exchange.rules.rule import refuse
from exchange.rules.venue import DEPOSIT_ENTITLED
from exchange.state import State


def ground_is_the_deposits(state: State, deposit: Deposit, ground: DepositGround, amount: int) -> None:
    """A co-owner that has joined has its whole share; a pledgee that has, what is due to it.

    Of a discharged pledge, which no register copy shows any more, it has nothing.

    Raises:
        Refusal: DEPOSIT-ENTITLED.
    """
    joined = deposit.company_number in state.party_by_number
    stands = bool(remembered(state.rights[deposit.right_id], (deposit.pledge_key,)))
    holds = {
        "joined": deposit.sort == "share" and joined and amount == deposit.amount,
        "debt_due": deposit.sort == "pledge" and joined and amount > 0,
        "discharged": deposit.sort == "pledge" and not stands and amount == 0,
    }
    if not holds[ground]:
        refuse(DEPOSIT_ENTITLED, deposit_id=deposit.id, ground=ground, sort=deposit.sort, joined=joined)
