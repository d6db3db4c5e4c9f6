"""Money at the simulated bank: in one's own favour, once a key, and only while the venue is simulated."""

from __future__ import annotations

import pytest

from api.client import VenueProblem
from ledger.bank import HttpBank
from ledger.counterparty import Counterparty
from tests.api.running_venue import RunningVenue
from tests.ledger.simulated_process import SimulatedProcess


def _credited(bank: SimulatedProcess, party_id: str) -> list[int]:
    with Counterparty("bank", bank.endpoint()) as counterparty:
        return [
            line.amount_minor
            for line in HttpBank(counterparty).statement("HKD")
            if line.reference == party_id
        ]


def test_a_credit_reaches_the_bank_once_however_often_it_is_sent(
    venue: RunningVenue, bank: SimulatedProcess
) -> None:
    party = venue.party("buyer")
    lines = {
        party.simulated_credit(party.party_id, "HKD", 123_45, idempotency_key="pay-in")["line_id"]
        for _ in range(3)
    }
    assert len(lines) == 1
    assert _credited(bank, party.party_id) == [123_45]
    with pytest.raises(VenueProblem) as caught:
        party.simulated_credit(party.party_id, "HKD", 123_46, idempotency_key="pay-in")
    assert caught.value.code == "IDEMPOTENCY-KEY-REUSED"


def test_a_party_pays_in_for_itself_only_and_staff_for_anybody_known(
    venue: RunningVenue, bank: SimulatedProcess
) -> None:
    party, other = venue.party("buyer"), venue.party("buyer")
    with pytest.raises(VenueProblem) as caught:
        party.simulated_credit(other.party_id, "HKD", 1_00, idempotency_key="for-another")
    assert caught.value.code == "CALLER-NOT-PERMITTED"
    venue.operator.simulated_credit(other.party_id, "HKD", 7_00, idempotency_key="for-another")
    assert _credited(bank, other.party_id) == [7_00]
    with pytest.raises(VenueProblem) as caught:
        venue.operator.simulated_credit("P-999999", "HKD", 7_00, idempotency_key="for-nobody")
    assert caught.value.code == "UNKNOWN-ID"
    with pytest.raises(VenueProblem) as caught:
        party.simulated_credit(party.party_id, "HKD", 0, idempotency_key="nothing")
    assert caught.value.code == "BODY-MALFORMED"
