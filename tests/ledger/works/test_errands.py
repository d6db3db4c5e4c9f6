"""Errands to a real bank and a real office process: what they say is taken once, in order, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from exchange import commands as c
from exchange.rows import Filing, Payment, Right
from ledger.bank import PaymentInstruction, approve
from ledger.counterparty import CounterpartyError
from ledger.errands.register_copies import Memory
from ledger.reconcile import compare_money
from ledger.reconcile_books import compare_books
from ledger.reconciled import Reconciliation
from ledger.service import read_venue
from tests.exchange.scene import achievement_facts, digest
from tests.ledger.works.desk import Company, Desk


def funded_deal(desk: Desk, kind: str = "assignment") -> tuple[str, Company, Company]:
    """A deal whose price is in escrow, with everything on the chain."""
    seller, buyer = desk.company(), desk.company()
    right_id = desk.right(seller)
    desk.pay_in(buyer, 5_000_00)
    desk.errands()
    deal_id = desk.award(seller, buyer, right_id, kind)
    desk.sign(deal_id, seller, buyer)
    desk.chain()
    desk.fund(deal_id, buyer)
    return deal_id, seller, buyer


def patiently(errand: Callable[[], int]) -> None:
    """Run an errand; what asking again can mend is let go."""
    try:
        errand()
    except CounterpartyError as error:
        if not error.retryable:
            raise


def test_an_assignment_goes_from_signature_to_payout_by_errands_and_chain_alone(desk: Desk) -> None:
    deal_id, seller, buyer = funded_deal(desk)
    right_id = desk.deal(deal_id).right_id
    assert desk.deal(deal_id).state == "FUNDED"
    desk.file(deal_id, seller, buyer)
    desk.errands()
    assert desk.deal(deal_id).state == "REGISTERED"
    holders = desk.row("rights", Right, right_id).holder_of_record
    assert [holder.company_number for holder in holders] == [buyer.number]
    desk.approve_payments()
    desk.errands()
    desk.errands()
    assert desk.deal(deal_id).state == "SETTLED"
    assert desk.balance(buyer) == 4_000_00
    desk.chain()
    assert desk.pipe.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]
    row = desk.database.execute(
        "SELECT transaction_hash FROM chain_events WHERE name = 'DealAgreed'"
    ).fetchone()
    assert row is not None
    assert desk.deal(deal_id).chain_transaction == row["transaction_hash"]


def test_an_invention_goes_to_hong_kong_on_its_export_certificate(desk: Desk) -> None:
    seller, buyer = desk.company(), desk.company(jurisdiction="HK")
    right_id = desk.right(seller)
    desk.pay_in(buyer, 5_000_00)
    desk.errands()
    deal_id = desk.award(seller, buyer, right_id)
    desk.sign(deal_id, seller, buyer)
    desk.chain()
    certificate = c.DocumentTerms(document="export_registration", subject_id=deal_id)
    desk.operator(c.RecordDocument(digest=digest("certificate")), certificate)
    desk.fund(deal_id, buyer)
    desk.file(deal_id, seller, buyer)
    desk.errands()
    assert desk.deal(deal_id).state == "REGISTERED"
    holders = desk.row("rights", Right, right_id).holder_of_record
    assert [holder.company_number for holder in holders] == [buyer.number]


def test_a_licence_is_granted_on_chain_and_recorded_at_the_office(desk: Desk) -> None:
    deal_id, seller, buyer = funded_deal(desk, "ordinary_licence")
    assert desk.deal(deal_id).state == "EFFECTIVE"
    desk.file(deal_id, seller, buyer)
    desk.works.hand_in_filings()
    row = desk.database.execute("SELECT data FROM licences").fetchone()
    assert row is not None
    assert row["data"]["recorded"] is True
    desk.chain()
    assert desk.pipe.names() == ["RightRegistered", "DealAgreed", "LicenceGranted"]
    assert desk.works.hand_in_filings() == 0


def test_errands_may_run_any_number_of_times(desk: Desk) -> None:
    seller = desk.company()
    desk.right(seller)
    desk.pay_in(seller, 100)
    desk.pay_in(seller, 200)
    desk.errands()
    before = desk.now(), desk.entries("record_statement_line"), desk.entries("record_register_copy")
    for _ in range(3):
        desk.errands()
    assert (desk.now(), *before[1:]) == before
    assert before[1:] == (2, 1)
    assert desk.balance(seller) == 300


def test_lines_that_come_twice_out_of_order_or_late_are_recorded_once_in_order(desk: Desk) -> None:
    payer = desk.company()
    for amount in range(1, 31):
        desk.pay_in(payer, amount)
    sometimes = {"per_mille": 400}
    desk.bank.faults(
        {
            "twice": sometimes,
            "out_of_order": sometimes,
            "drop": sometimes,
            "error": sometimes,
            "truncate": sometimes,
        },
        seed=7,
    )
    for _ in range(15):
        patiently(desk.works.read_statements)
    desk.bank.faults()
    desk.works.read_statements()
    assert desk.balance(payer) == sum(range(1, 31))
    rows = desk.database.execute("SELECT id FROM statement_lines ORDER BY created_entry").fetchall()
    assert [row["id"] for row in rows] == [f"CNY-{number:09d}" for number in range(1, 31)]


def test_a_line_signed_by_another_key_is_never_recorded(desk: Desk) -> None:
    payer = desk.company()
    desk.pay_in(payer, 100)
    desk.bank.faults({"wrong_signature": {"per_mille": 1000}})
    with pytest.raises(CounterpartyError):
        desk.works.read_statements()
    assert desk.entries("record_statement_line") == 0
    desk.bank.faults()
    assert desk.works.read_statements() == 1


def test_the_journal_keeps_what_the_bank_signed(desk: Desk) -> None:
    from ledger.attestation import statement_digest, verify_signature
    from ledger.reported import signed_line

    desk.pay_in(desk.company(), 100)
    desk.works.read_statements()
    row = desk.database.execute(
        "SELECT public, terms FROM journal WHERE type = 'record_statement_line'"
    ).fetchone()
    assert row is not None
    command = c.decode_command(msgspec.json.encode(msgspec.json.decode(row["public"])["command"]))
    assert isinstance(command, c.RecordStatementLine)
    terms = msgspec.json.decode(row["terms"], type=c.StatementLineTerms)
    verify_signature(statement_digest(signed_line(command, terms)), terms.attestation, desk.bank.signer)


def test_a_payment_that_the_bank_refuses_gives_the_money_back(desk: Desk) -> None:
    payer = desk.company()
    desk.pay_in(payer, 1_000)
    desk.errands()
    desk.by(payer, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=400))
    desk.approve_payments()
    desk.bank.faults({"refuse": {"per_mille": 1000, "remaining": 1}})
    assert desk.works.instruct_payments() == 1
    assert desk.works.instruct_payments() == 0
    assert desk.balance(payer) == 1_000
    assert desk.row("payments", Payment, "PAY-1").state == "REFUSED"
    found = Reconciliation()
    compare_books(desk.database, found)
    assert found.agrees


def test_a_payment_is_made_once_however_often_it_is_instructed(desk: Desk) -> None:
    payer = desk.company()
    desk.pay_in(payer, 1_000)
    desk.errands()
    desk.by(payer, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=400))
    desk.works.instruct_payments()
    assert desk.row("payments", Payment, "PAY-1").state == "PREPARED"
    desk.approve_payments()
    desk.bank.faults({"drop": {"per_mille": 500}, "slow": {"per_mille": 300, "delay_ms": 20}}, seed=3)
    for _ in range(5):
        patiently(desk.works.instruct_payments)
    desk.bank.faults()
    desk.errands()
    desk.errands()
    assert desk.row("payments", Payment, "PAY-1").state == "PAID"
    assert desk.works.bank is not None
    assert [line.amount_minor for line in desk.works.bank.statement("CNY")] == [1_000, 400]
    assert desk.balance(payer) == 600


def test_nothing_leaves_while_a_currency_is_halted(desk: Desk) -> None:
    payer = desk.company()
    desk.pay_in(payer, 1_000)
    desk.errands()
    desk.by(payer, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=400))
    desk.approve_payments()
    desk.database.execute(
        "UPDATE venues SET data = jsonb_set(data, '{halted_currencies}', '[\"CNY\"]')"
    )  # as a difference with the bank leaves it
    desk.works.instruct_payments()
    assert desk.works.bank is not None
    with pytest.raises(CounterpartyError, match="INSTRUCTION-UNKNOWN"):
        desk.works.bank.instruction("PAY-1")


def test_an_assignment_that_the_office_refuses_is_unwound_with_its_paper(desk: Desk) -> None:
    deal_id, seller, buyer = funded_deal(desk)
    desk.file(deal_id, seller, buyer)
    desk.office.faults({"refuse": {"per_mille": 1000, "remaining": 1}})
    desk.errands()
    assert desk.deal(deal_id).state == "REFUNDED"
    assert desk.deal(deal_id).unwound_for == "OTHER-GROUND"
    assert desk.balance(buyer) == 5_000_00
    desk.chain()
    assert desk.pipe.names()[-1] == "DealUnwound"


def test_a_decision_that_takes_its_time_is_waited_for(desk: Desk) -> None:
    deal_id, seller, buyer = funded_deal(desk)
    desk.office.faults(processing_delay_ms=3_600_000)
    desk.file(deal_id, seller, buyer)
    assert desk.works.hand_in_filings() == 0
    assert desk.works.hand_in_filings() == 0
    assert desk.deal(deal_id).state == "FILED"
    desk.office.control("clock", advance_ms=3_600_000)
    assert desk.works.hand_in_filings() == 1
    assert desk.deal(deal_id).state == "REGISTERED"


def test_a_copy_that_shows_a_decision_waits_until_the_decision_is_reported(desk: Desk) -> None:
    """The holder changes on the confirmation of the filing, never on a copy that happens to come first."""
    deal_id, seller, buyer = funded_deal(desk)
    desk.file(deal_id, seller, buyer)
    assert desk.works.office is not None
    from ledger.errands.filings import filed

    filing = desk.row("filings", Filing, f"F-{deal_id}")
    assert desk.works.office.file(filed(filing)).state == "confirmed"
    desk.works._memory = Memory()
    copies = desk.entries("record_register_copy")
    desk.works.read_register()
    assert desk.entries("record_register_copy") == copies
    assert desk.works.hand_in_filings() == 1
    row = desk.database.execute("SELECT outcome FROM journal WHERE type = 'confirm_registration'").fetchone()
    assert row is not None
    changed = next(
        event for event in msgspec.json.decode(row["outcome"])["events"] if event["type"] == "holder_changed"
    )
    assert (changed["old_holders"], changed["new_holders"]) == ([seller.party_id], [buyer.party_id])


def test_a_right_is_looked_up_again_when_the_office_gives_notice(desk: Desk) -> None:
    seller = desk.company()
    right_id = desk.right(seller)
    desk.errands()
    assert desk.row("rights", Right, right_id).freeze == "none"
    desk.office.control("freeze", right_id=right_id, kind="preservation")
    desk.errands()
    assert desk.row("rights", Right, right_id).freeze == "preservation"
    desk.chain()
    assert desk.pipe.names() == ["RightRegistered", "RightFrozen"]


def test_a_right_that_the_office_does_not_know_is_left_alone_for_a_while(desk: Desk) -> None:
    seller = desk.company()
    unknown = desk.right(seller, on_register=False)
    known = desk.right(seller)
    assert desk.works.read_register() == 1
    assert desk.row("rights", Right, known).status == "granted"
    assert unknown in desk.works._memory.resting(0.0)
    desk.register(unknown, seller)
    desk.works._memory = Memory()
    assert desk.works.read_register() == 1


@pytest.mark.faults
def test_errands_go_on_after_the_sequencer_was_killed(desk: Desk) -> None:
    payer = desk.company()
    desk.pay_in(payer, 100)
    desk.sequencer.kill()
    desk.sequencer.start().wait_until_serving()
    desk.errands()
    assert desk.balance(payer) == 100


def test_a_debit_that_the_venue_never_instructed_halts_releases_and_later_lines_still_come(
    desk: Desk,
) -> None:
    payer = desk.company()
    desk.pay_in(payer, 1_000)
    desk.errands()
    stranger = PaymentInstruction(
        instruction_id="PAY-900", currency="CNY", amount_minor=400, payee_reference=payer.party_id
    )
    approvals = [approve(stranger, desk.bank.signer, key) for key in desk.operators]
    assert desk.works.bank is not None
    desk.works.bank.instruct(stranger, approvals)
    desk.pay_in(payer, 50)
    patiently(desk.works.read_statements)
    patiently(desk.works.read_statements)
    assert desk.balance(payer) == 1_050
    assert read_venue(desk.database).halted_currencies == ("CNY",)
    found = Reconciliation()
    compare_money(desk.database, desk.works.bank, found, settling_s=0)
    compare_books(desk.database, found)
    assert found.agrees


def test_type_and_dates_are_those_of_the_register_copy(desk: Desk) -> None:
    holder = desk.company()
    right_id = desk.right(holder, filing_date="2019-02-01", grant_date="2021-04-01", right_type="reissue")
    desk.errands()
    right = desk.row("rights", Right, right_id)
    assert (right.right_type, right.filing_date, right.grant_date) == (
        "invention",
        "2019-02-01",
        "2021-04-01",
    )
    assert right.status == "granted"


@pytest.mark.parametrize(("status", "taken"), [("achievement", "achievement"), ("granted", None)])
def test_what_the_office_says_of_a_result_is_taken_as_it_is_or_not_at_all(
    desk: Desk, status: str, taken: str | None
) -> None:
    right_id = f"CN-achievement-2026{status.upper()}"
    result = c.ImportRight(
        right_id=right_id,
        office="CN",
        right_type="achievement",
        filing_date="2025-06-30",
        achievement=achievement_facts(right_id)["achievement"],
    )
    sealed = {"completing_persons": ["示例人员"], "description": "示例成果"}
    desk.give(desk.door.submission("venue", desk.operators[0].address, result, texts=sealed))
    entry = {"right_type": "achievement", "status": status, "grant_date": None, "expiry_date": None}
    desk.register(right_id, desk.company(), filing_date="2025-06-30", **entry)
    desk.errands()
    assert desk.row("rights", Right, right_id).status == taken
