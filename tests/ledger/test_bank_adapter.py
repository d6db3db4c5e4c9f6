"""The bank's adapter against the simulated bank as a real process, faults and SIGKILL included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.attestation import AttestationRefused, statement_digest, verify_attestation
from ledger.bank import Approval, Bank, HttpBank, InstructionStatus, PaymentInstruction, approve
from ledger.counterparty import CounterpartyError, Endpoint
from ledger.secp256k1 import PrivateKey
from tests.ledger.simulated_process import TOKEN, SimulatedProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FIRST, _SECOND, _STRANGER = (PrivateKey(bytes([number]) * 32) for number in (2, 3, 4))
_SURE = {"per_mille": 1000}
_ONCE = {"per_mille": 1000, "remaining": 1}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedProcess]:
    """One bank for the whole page; each test uses references and ids of its own."""
    data = tmp_path_factory.mktemp("bank") / "bank.sqlite"
    with SimulatedProcess(
        "bank", data, "--signatory", _FIRST.address, "--signatory", _SECOND.address
    ) as bank:
        yield bank


@pytest.fixture
def bank(process: SimulatedProcess) -> Iterator[HttpBank]:
    process.faults(processing_delay_ms=0)
    adapter = HttpBank.at(process.endpoint())
    yield adapter
    adapter.close()


def _payment(instruction_id: str, amount_minor: int = 100) -> PaymentInstruction:
    return PaymentInstruction(
        instruction_id=instruction_id, currency="CNY", amount_minor=amount_minor, payee_reference="party-1"
    )


def _approvals(process: SimulatedProcess, instruction: PaymentInstruction) -> tuple[Approval, ...]:
    return tuple(approve(instruction, process.signer, key) for key in (_FIRST, _SECOND))


def _credit(process: SimulatedProcess, amount_minor: int, currency: str = "CNY") -> None:
    process.control("credits", currency=currency, amount_minor=amount_minor, reference="party-1")


def _last(bank: Bank) -> int:
    return next(account.last_sequence for account in bank.balances().accounts if account.currency == "CNY")


def test_a_credit_becomes_a_signed_line_whose_attestation_the_journal_can_check_again(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    after = _last(bank)
    _credit(process, 12_345)
    (line,) = bank.statement("CNY", after)
    assert (line.direction, line.amount_minor, line.reference, line.simulated) == (
        "credit",
        12_345,
        "party-1",
        True,
    )
    assert verify_attestation(line, process.signer) == line.attestation
    forged = msgspec.structs.replace(line, amount_minor=line.amount_minor + 1)
    with pytest.raises(AttestationRefused, match="ATTESTATION-INVALID"):
        verify_attestation(forged, process.signer)
    assert statement_digest(forged) != statement_digest(line)


def test_a_credit_sent_again_under_its_id_is_booked_once(process: SimulatedProcess, bank: HttpBank) -> None:
    after = _last(bank)
    order = {"currency": "CNY", "amount_minor": 7, "reference": "party-2", "credit_id": "credit-once"}
    assert process.control("credits", **order) == process.control("credits", **order)
    assert [line.amount_minor for line in bank.statement("CNY", after)] == [7]
    other = process.ask("POST", "/simulation/credits", json={**order, "amount_minor": 8})
    assert (other.status_code, other.json()["code"]) == (409, "CREDIT-CONFLICT")


def test_an_instruction_that_two_operators_approved_becomes_one_debit_line(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 1_000)
    after = _last(bank)
    payment = _payment("pay-plain", 400)
    status = bank.instruct(payment, _approvals(process, payment))
    (line,) = bank.statement("CNY", after)
    assert (status.state, status.line_id) == ("executed", line.line_id)
    assert (line.direction, line.amount_minor, line.instruction_id) == ("debit", 400, "pay-plain")
    assert bank.balances().sums_agree


def test_an_instruction_is_carried_out_later_and_its_status_says_so(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 1_000)
    process.faults(processing_delay_ms=3_600_000)
    payment = _payment("pay-later", 300)
    after = _last(bank)
    assert bank.instruct(payment, _approvals(process, payment)).state == "accepted"
    assert bank.statement("CNY", after) == ()
    process.control("clock", advance_ms=3_600_000)
    status = bank.instruction("pay-later")
    (line,) = bank.statement("CNY", after)
    assert (status.state, status.line_id, status.decided_ms) == ("executed", line.line_id, line.value_time_ms)


def test_money_that_is_on_its_way_out_cannot_be_paid_twice(process: SimulatedProcess, bank: HttpBank) -> None:
    process.faults(processing_delay_ms=3_600_000)
    balance = bank.balances().accounts[0].balance_minor
    _credit(process, 100)
    first, second = _payment("pay-all", balance + 100), _payment("pay-again", 1)
    assert bank.instruct(first, _approvals(process, first)).state == "accepted"
    refused = bank.instruct(second, _approvals(process, second))
    assert (refused.state, refused.reason) == ("refused", "INSUFFICIENT-BALANCE")
    assert refused.cure is not None
    process.control("clock", advance_ms=3_600_000)
    assert bank.balances().accounts[0].balance_minor == 0
    assert bank.instruct(second, _approvals(process, second)) == refused


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ((), "FOUR-EYES-MISSING"),
        ((_FIRST,), "FOUR-EYES-MISSING"),
        ((_FIRST, _FIRST), "FOUR-EYES-MISSING"),
        ((_FIRST, _STRANGER), "SIGNATORY-UNKNOWN"),
    ],
)
def test_an_instruction_without_four_known_eyes_is_refused_and_leaves_no_trace(
    process: SimulatedProcess, bank: HttpBank, keys: tuple[PrivateKey, ...], code: str
) -> None:
    _credit(process, 1_000)
    payment = _payment("pay-four-eyes")
    with pytest.raises(CounterpartyError) as refused:
        bank.instruct(payment, tuple(approve(payment, process.signer, key) for key in keys))
    assert (refused.value.code, refused.value.status, refused.value.retryable) == (code, 403, False)
    with pytest.raises(CounterpartyError, match="INSTRUCTION-UNKNOWN"):
        bank.instruction("pay-four-eyes")


@pytest.mark.parametrize("change", ["amount_minor", "payee_reference", "instruction_id", "currency", "bank"])
def test_an_approval_holds_for_exactly_one_payment_by_one_bank(
    process: SimulatedProcess, bank: HttpBank, change: str
) -> None:
    _credit(process, 1_000)
    payment = _payment(f"pay-changed-{change}")
    changes = {"amount_minor": 99, "payee_reference": "party-9", "instruction_id": "pay-x", "currency": "HKD"}
    approved, at = payment, process.signer
    if change == "bank":
        at = _STRANGER.address
    else:
        approved = msgspec.structs.replace(payment, **{change: changes[change]})
    approvals = tuple(approve(approved, at, key) for key in (_FIRST, _SECOND))
    with pytest.raises(CounterpartyError, match="APPROVAL-INVALID"):
        bank.instruct(payment, approvals)


def test_an_instruction_sent_many_times_at_once_is_carried_out_once(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 10_000)
    after = _last(bank)
    payment = _payment("pay-crowd", 250)

    def send(_: int) -> InstructionStatus:
        return bank.instruct(payment, _approvals(process, payment))

    with ThreadPoolExecutor(8) as crowd:
        statuses = list(crowd.map(send, range(32)))
    assert len(set(statuses)) == 1
    assert [line.instruction_id for line in bank.statement("CNY", after)] == ["pay-crowd"]


def test_another_payment_under_the_same_id_is_refused(process: SimulatedProcess, bank: HttpBank) -> None:
    _credit(process, 1_000)
    payment, other = _payment("pay-conflict", 1), _payment("pay-conflict", 2)
    bank.instruct(payment, _approvals(process, payment))
    with pytest.raises(CounterpartyError, match="INSTRUCTION-CONFLICT"):
        bank.instruct(other, _approvals(process, other))


def test_a_refusal_by_the_bank_is_final_and_moves_no_money(process: SimulatedProcess, bank: HttpBank) -> None:
    _credit(process, 1_000)
    before = bank.balances().accounts
    process.faults({"refuse": _ONCE})
    payment = _payment("pay-refused")
    status = bank.instruct(payment, _approvals(process, payment))
    assert (status.state, status.reason, status.line_id) == ("refused", "COMPLIANCE-REFUSED", None)
    assert bank.instruct(payment, _approvals(process, payment)).reason == "COMPLIANCE-REFUSED"
    assert bank.balances().accounts == before


@pytest.mark.parametrize("fault", ["error", "drop", "truncate"])
def test_a_payment_whose_answer_is_lost_is_asked_for_again_and_made_once(
    process: SimulatedProcess, bank: HttpBank, fault: str
) -> None:
    _credit(process, 1_000)
    after = _last(bank)
    payment = _payment(f"pay-{fault}")
    process.faults({fault: {"per_mille": 1000, "remaining": 3}})
    assert bank.instruct(payment, _approvals(process, payment)).state == "executed"
    assert [line.instruction_id for line in bank.statement("CNY", after)] == [f"pay-{fault}"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("error", "BANK-UNAVAILABLE"), ("drop", "BANK-UNREACHABLE"), ("truncate", "BANK-RESPONSE-MALFORMED")],
)
def test_a_bank_that_stays_broken_gives_a_coded_retryable_error(
    process: SimulatedProcess, bank: HttpBank, fault: str, code: str
) -> None:
    process.faults({fault: _SURE})
    with pytest.raises(CounterpartyError) as failed:
        bank.balances()
    assert (failed.value.code, failed.value.retryable) == (code, True)
    assert failed.value.cure


def test_a_late_answer_is_given_up_by_the_deadline_and_the_payment_is_made_once(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 1_000)
    after = _last(bank)
    process.faults({"slow": {"per_mille": 1000, "remaining": 4, "delay_ms": 1_500}})
    hasty = HttpBank.at(process.endpoint(timeout_s=0.2))
    payment = _payment("pay-late")
    with pytest.raises(CounterpartyError) as failed:
        hasty.instruct(payment, _approvals(process, payment))
    hasty.close()
    assert (failed.value.code, failed.value.retryable) == ("BANK-DEADLINE", True)
    process.faults()
    assert bank.instruct(payment, _approvals(process, payment)).state == "executed"
    assert len(bank.statement("CNY", after)) == 1


def test_an_endless_answer_is_cut_off_at_the_size_limit(process: SimulatedProcess, bank: HttpBank) -> None:
    process.faults({"oversize": _SURE})
    with pytest.raises(CounterpartyError) as failed:
        bank.balances()
    assert (failed.value.code, failed.value.retryable) == ("BANK-RESPONSE-TOO-LARGE", False)


def test_a_statement_signed_by_another_key_is_refused_at_once(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 5)
    process.faults({"wrong_signature": _ONCE})
    with pytest.raises(CounterpartyError) as failed:
        bank.statement("CNY")
    assert (failed.value.code, failed.value.retryable) == ("ATTESTATION-INVALID", False)
    assert bank.statement("CNY")


def test_a_bank_with_another_key_than_the_pinned_one_is_refused(process: SimulatedProcess) -> None:
    stranger = HttpBank.at(process.endpoint(signer=_STRANGER.address))
    with pytest.raises(CounterpartyError, match="ATTESTATION-SIGNER"):
        stranger.balances()
    stranger.close()


@pytest.mark.parametrize("seed", range(5))
def test_lines_that_come_twice_shuffled_and_late_are_read_once_each_in_order(
    process: SimulatedProcess, bank: HttpBank, seed: int
) -> None:
    after = start = _last(bank)
    for amount in range(1, 9):
        _credit(process, amount)
    process.faults({"twice": _SURE, "out_of_order": _SURE}, seed=seed)
    seen: list[int] = []
    for _ in range(100):
        lines = bank.statement("CNY", after)
        seen += [line.amount_minor for line in lines]
        after += len(lines)
        if after == start + 8:
            break
    assert seen == list(range(1, 9))


def test_an_answer_to_another_question_is_not_taken_for_this_one(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 1_000)
    for number in (1, 2):
        payment = _payment(f"pay-crossed-{number}")
        bank.instruct(payment, _approvals(process, payment))
    process.faults({"out_of_order": _ONCE})
    assert bank.instruction("pay-crossed-1").instruction_id == "pay-crossed-1"


def test_payments_taken_out_of_order_never_overdraw_and_add_up(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 10_000)
    after = _last(bank)
    process.faults({"out_of_order": _SURE}, seed=3, processing_delay_ms=1_000)
    for number in range(12):
        payment = _payment(f"pay-mixed-{number:02d}", 10 + number)
        bank.instruct(payment, _approvals(process, payment))
    process.faults()
    process.control("clock", advance_ms=10_000)
    paid = [line.instruction_id for line in bank.statement("CNY", after)]
    assert paid != sorted(map(str, paid))
    assert sorted(map(str, paid)) == [f"pay-mixed-{number:02d}" for number in range(12)]
    assert bank.balances().sums_agree


def test_sigkill_loses_nothing_that_the_bank_has_answered(tmp_path: Path) -> None:
    mandate = ("--signatory", _FIRST.address, "--signatory", _SECOND.address)
    process = SimulatedProcess("bank", tmp_path / "bank.sqlite", *mandate)
    answered: list[InstructionStatus] = []
    with process:
        signer = process.signer
        _credit(process, 1_000)
        for number in range(3):
            payment = _payment(f"pay-kill-{number}")
            bank = HttpBank.at(process.endpoint())
            answered.append(bank.instruct(payment, _approvals(process, payment)))
            process.faults(
                {"error": {"per_mille": 1, "remaining": number}}, seed=7, processing_delay_ms=3_600_000
            )
            process.kill()
            bank.close()
            process.start()
            assert process.signer == signer
        bank = HttpBank.at(process.endpoint())
        assert [status.state for status in answered] == ["executed", "accepted", "accepted"]
        assert [bank.instruction(status.instruction_id) for status in answered] == answered
        plan = process.ask("GET", "/simulation/faults").json()["result"]
        assert (plan["seed"], plan["processing_delay_ms"]) == (7, 3_600_000)
        process.control("clock", advance_ms=3_600_000)
        assert [line.amount_minor for line in bank.statement("CNY")] == [1_000, 100, 100, 100]
        bank.close()


def test_a_bank_that_is_down_gives_a_coded_error(tmp_path: Path) -> None:
    with SimulatedProcess("bank", tmp_path / "bank.sqlite") as process:
        endpoint = process.endpoint()
    bank = HttpBank.at(endpoint)
    with pytest.raises(CounterpartyError, match="BANK-UNREACHABLE"):
        bank.balances()
    bank.close()


def test_sigterm_ends_the_bank_cleanly(tmp_path: Path) -> None:
    process = SimulatedProcess("bank", tmp_path / "bank.sqlite")
    process.start()
    assert process.stop() in {0, -15}


@pytest.mark.parametrize(
    "path", ["/statements?account=CNY", "/balances", "/instructions/x", "/simulation/faults"]
)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"bearer {TOKEN}", f"Bearer {TOKEN}x"]
)
def test_no_call_is_answered_without_the_shared_secret(
    process: SimulatedProcess, bank: HttpBank, path: str, header: str | None
) -> None:
    assert bank is not None
    answer = process.ask("GET", path, headers={"Authorization": header or ""})
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN-INVALID")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"instruction_id":"x"}',
        b'{"instruction_id":"../x","currency":"CNY","amount_minor":1,"payee_reference":"p","approvals":[]}',
        b'{"instruction_id":"x","currency":"USD","amount_minor":1,"payee_reference":"p","approvals":[]}',
        b'{"instruction_id":"x","currency":"CNY","amount_minor":0,"payee_reference":"p","approvals":[]}',
        b'{"instruction_id":"x","currency":"CNY","amount_minor":1.5,"payee_reference":"p","approvals":[]}',
        b'{"instruction_id":"x","currency":"CNY","amount_minor":99999999999999999,"payee_reference":"p","approvals":[]}',
        b'{"instruction_id":"x","currency":"CNY","amount_minor":1,"payee_reference":"p","approvals":[],"more":1}',
        b"[" * 100_000,
    ],
)
def test_a_malformed_instruction_is_refused(process: SimulatedProcess, bank: HttpBank, body: bytes) -> None:
    before = bank.balances().accounts
    answer = process.ask("POST", "/instructions", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "BODY-MALFORMED")
    assert bank.balances().accounts == before


@pytest.mark.parametrize(
    "query", ["account=USD", "", "account=CNY&after=-1", "account=CNY&limit=9999", "account=CNY&after=²"]
)
def test_a_malformed_question_is_refused(process: SimulatedProcess, query: str) -> None:
    assert process.ask("GET", f"/statements?{query}").status_code == 422


def test_everything_that_the_bank_sends_is_marked_as_simulated(
    process: SimulatedProcess, bank: HttpBank
) -> None:
    _credit(process, 1)
    for path in ("/statements?account=CNY", "/balances", "/identity", "/health", "/instructions/none"):
        answer = process.ask("GET", path)
        assert answer.headers["X-Simulated"] == "true"
        assert answer.json()["simulated"] is True
        assert answer.json()["marking"] == "演示数据 · DEMO"
    assert "演示数据 · DEMO" in process.ask("GET", "/").text
    assert bank.balances().simulated


def test_a_secret_that_is_too_short_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        SimulatedProcess("bank", tmp_path / "bank.sqlite", token="short").start()  # the point


def test_endpoint_settings_show_no_secret_and_must_be_bounded(process: SimulatedProcess) -> None:
    endpoint = process.endpoint()
    assert TOKEN not in repr(endpoint)
    assert "0202" not in repr(_FIRST)
    plain = msgspec.structs.asdict(endpoint)
    for change in (
        {"token": "short"},
        {"attempts": 0},
        {"deadline_s": 0.0},
        {"signer": endpoint.signer.lower()},
    ):
        with pytest.raises(ValueError, match=r".+"):
            Endpoint(**{**plain, **change})
