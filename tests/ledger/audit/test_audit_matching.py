"""What a party puts on the chain itself is a note; what only the registrar can put there is a finding."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger.audit.findings import Findings
from ledger.audit.matching import Recorded
from ledger.chain.events import ChainEvent, KeyEnrolled, KeyRevoked, Place, StandingChanged
from ledger.chain.records import StandingRecord
from ledger.outbox_row import OutboxRecord

PLACE = Place(contract="0x" + "aa" * 20, block_number=1, block_hash=b"", transaction_hash=b"", log_index=0)
PARTY, KEY, REASON = "0x" + "11" * 32, "0x" + "22" * 20, "0x" + "33" * 32


class _Accepted(msgspec.Struct):
    """As much of an entry as the comparison looks at."""

    entry: int
    command: Any = None
    answer: Any = None


def _compared(events: list[ChainEvent], records: list[StandingRecord]) -> tuple[Any, list[str]]:
    recorded, findings = Recorded(), Findings()
    for number, record in enumerate(records):
        outgoing = OutboxRecord(
            record_id=f"standing:{number}",
            kind="standing",
            subject_id="P-1",
            payload=msgspec.to_builtins(record),
        )
        recorded.add(_Accepted(number), [outgoing])  # type: ignore[arg-type]  # as much as it looks at
    compared = recorded.compare(events, 1, findings)
    return compared, [finding.code for finding in findings.all]


@pytest.mark.parametrize("by_guardian", [False, True])
def test_a_revocation_that_the_venue_did_not_send_is_a_note(by_guardian: bool) -> None:
    event = KeyRevoked(party=PARTY, key=KEY, reason=REASON, by_guardian=by_guardian, seq=1, place=PLACE)
    compared, codes = _compared([event], [])
    assert (compared.parties_own, codes) == (1, [])


def test_an_enrolment_that_the_journal_does_not_have_is_found() -> None:
    event = KeyEnrolled(party=PARTY, key=KEY, authorisation=REASON, attestor=KEY, seq=1, place=PLACE)
    assert _compared([event], [])[1] == ["AUDIT-CHAIN-UNKNOWN"]


def test_a_party_may_be_suspended_twice_for_one_reason_but_not_more_often_than_the_journal_says() -> None:
    record = StandingRecord(party=PARTY, standing=2, reason=REASON)

    def changed(seq: int) -> StandingChanged:
        return StandingChanged(
            party=PARTY, new_standing=2, old_standing=1, reason=REASON, seq=seq, place=PLACE
        )

    assert _compared([changed(1), changed(3)], [record, record])[1] == []
    assert _compared([changed(1), changed(3)], [record])[1] == ["AUDIT-CHAIN-TWICE"]
