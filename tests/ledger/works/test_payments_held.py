"""What holds payments holds them from that moment on, a run that has begun included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from exchange import commands as c
from exchange.rows import Payment
from ledger.alarms import Alarms
from ledger.alone import open_database
from ledger.bank import Approval, HttpBank, InstructionStatus, PaymentInstruction
from ledger.counterparty import CounterpartyError
from ledger.errands.payments import Payments
from ledger.indexer import SettlementHalted
from ledger.service import KeySignatory, Service
from tests.ledger.works.desk import Company, Desk

HELD_BY = {
    "its currency is halted": (
        "UPDATE venues SET data = jsonb_set(data, '{halted_currencies}', '[\"CNY\"]')",
        "UPDATE venues SET data = jsonb_set(data, '{halted_currencies}', '[]')",
    ),
    "its deal is in dispute": (
        "UPDATE deals SET data = jsonb_set(data, '{state}', '\"DISPUTED\"')",
        "UPDATE deals SET data = jsonb_set(data, '{state}', '\"SETTLED\"')",
    ),
    "the chain is halted": (
        "UPDATE chain_cursor SET halted_for = 'CHAIN-FINAL-LOST'",
        "UPDATE chain_cursor SET halted_for = NULL",
    ),
    "money differs": (
        (
            "INSERT INTO reconciliations (made_ms, took_ms, block, differences, report)"
            ' VALUES (1, 1, 1, 1, \'{"codes": {"CUSTODY-DIFFERS": 1}}\')'
        ),
        "DELETE FROM reconciliations",
    ),
}
"""What begins to hold payments, and what ends it."""


class HeldAfterOne:
    """The bank; as soon as it has taken the first instruction, something happens at the venue."""

    def __init__(self, bank: HttpBank, happens: Callable[[], object]) -> None:
        self._bank, self._happens = bank, happens
        self.taken = 0

    def instruct(self, instruction: PaymentInstruction, approvals: Sequence[Approval]) -> InstructionStatus:
        status = self._bank.instruct(instruction, approvals)
        self.taken += 1
        if self.taken == 1:
            self._happens()
        return status


def withdrawals(desk: Desk, payer: Company, count: int) -> None:
    for _ in range(count):
        desk.by(payer, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=100))
    desk.approve_payments()


def test_a_run_stops_where_a_hold_begins_and_goes_on_when_it_ends(desk: Desk) -> None:
    payer = desk.company()
    desk.pay_in(payer, 5_000)
    desk.errands()
    desk.works.read_chain()  # the cursor is there to be halted
    desk.database.execute(
        "INSERT INTO deals (id, data, entry, created_entry) VALUES ('D-9', '{\"state\": \"SETTLED\"}', 0, 0)"
    )
    bank = desk.works.bank
    assert bank is not None
    for what, (begin, end) in HELD_BY.items():
        withdrawals(desk, payer, 3)
        desk.database.execute(
            "UPDATE payments SET data = jsonb_set(data, '{deal_id}', '\"D-9\"') WHERE state = 'APPROVED'"
        )
        held = HeldAfterOne(bank, partial(desk.database.execute, begin.encode()))
        with open_database(desk.settings.database_url) as database:
            service = Service(database, desk.settings.socket_path, KeySignatory(desk.service_key))
            with service:
                payments = Payments(database, held, service, Alarms())  # type: ignore[arg-type]  # of a bank what is asked
                for _ in range(2):
                    if what == "the chain is halted":
                        with pytest.raises(SettlementHalted):
                            payments.run()
                    else:
                        payments.run()
                assert held.taken == 1, what
                desk.database.execute(end.encode())
                payments.run()
                assert held.taken >= 3, what
        desk.errands()


def test_a_difference_in_money_stops_releases_until_a_reconciliation_agrees(desk: Desk) -> None:
    payer = desk.company()
    desk.pay_in(payer, 5_000)
    desk.errands()
    withdrawals(desk, payer, 1)
    move = "UPDATE accounts SET balance = balance + CASE purpose WHEN 'outgoing' THEN %s ELSE %s END"
    moved = move + " WHERE purpose IN ('outgoing', 'available')"
    desk.database.execute(moved.encode(), (7, -7))
    assert desk.works.reconcile_books()
    assert desk.works.instruct_payments() == 0
    assert desk.works.bank is not None
    with pytest.raises(CounterpartyError, match="INSTRUCTION-UNKNOWN"):
        desk.works.bank.instruction("PAY-1")
    desk.database.execute(moved.encode(), (-7, 7))
    desk.database.execute("DELETE FROM reconciliations")  # so that the next one is due
    assert desk.works.reconcile_books()
    desk.errands()
    desk.errands()
    assert desk.row("payments", Payment, "PAY-1").state == "PAID"
