"""Pledges handed in to a real office process: it refuses, delays, answers twice, out of order; its copy alone moves them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.rights.pledge_contracts import contract_digest
from exchange.rows import Filing, PledgeContract, Right
from ledger.attestation import statement_digest, verify_signature
from ledger.errands.filings import filed
from ledger.errands.register_copies import Memory
from ledger.reconcile_rights import compare_rights
from ledger.reconciled import Reconciliation
from ledger.reported import signed_outcome
from tests.exchange.scene import digest
from tests.ledger.works.desk import Company, Desk
from tests.ledger.works.test_errands import patiently


def contract(desk: Desk, pledge_id: str = "PLG-1") -> PledgeContract:
    row: PledgeContract = desk.row("pledge_contracts", PledgeContract, pledge_id)
    return row


def drawn_up(
    desk: Desk, rights: int = 1, *, waived: bool = False, **entry: Any
) -> tuple[Company, Company, list[str]]:
    """PLG-1, signed by both."""
    holder, bank = desk.company(), desk.company("pledgee")
    ids = [desk.right(holder, **entry) for _ in range(rights)]
    desk.errands()
    terms = c.PledgeTerms(
        amount=30_000_00,
        currency="CNY",
        kind="secured",
        ends_ms=desk.now() + 300 * MS_PER_DAY,
        twin="waived" if waived else "none",
        invalidation="waived" if waived else "none",
    )
    command = c.DrawUpPledge(rights=tuple(ids), pledgee=bank.party_id)
    texts = {"contract": "质押合同"}
    desk.give(desk.door.submission(holder.party_id, holder.key.address, command, terms, texts=texts))
    desk.by(bank, c.SignPledge(pledge_id="PLG-1", contract_digest=contract_digest(contract(desk))))
    return holder, bank, ids


def hand_in(desk: Desk, filing_id: str) -> None:
    desk.operator(c.HandInPledge(pledge_id="PLG-1", filing_id=filing_id, document_digest=digest("paper")))


def test_a_pledge_is_registered_changed_and_discharged_by_the_office_alone(desk: Desk) -> None:
    holder, bank, rights = drawn_up(desk, rights=2)
    hand_in(desk, "PF")
    desk.works.hand_in_filings()
    assert contract(desk).state == "FILED"
    assert set(contract(desk).filings.values()) == {"confirmed"}
    desk.works.read_register()
    assert (contract(desk).state, set(contract(desk).numbers)) == ("REGISTERED", set(rights))
    change = c.PledgeChangeTerms(amount=40_000_00, ends_ms=desk.now() + 400 * MS_PER_DAY)
    asked = c.ChangePledge(pledge_id="PLG-1")
    texts = {"contract": "变更协议"}
    desk.give(desk.door.submission(bank.party_id, bank.key.address, asked, change, texts=texts))
    consent = c.ConsentToPledge(pledge_id="PLG-1", contract_digest=contract_digest(contract(desk)))
    desk.by(holder, consent)
    hand_in(desk, "PC")
    desk.errands()
    assert (contract(desk).state, contract(desk).terms.amount) == ("CHANGED", 40_000_00)
    desk.by(bank, c.DischargePledge(pledge_id="PLG-1"))
    hand_in(desk, "PD")
    desk.errands()
    assert contract(desk).state == "DISCHARGED"
    desk.chain()
    names = desk.pipe.names()
    assert (names.count("PledgeRegistered"), names.count("PledgeDischarged")) == (2, 2)


def test_a_refusal_names_its_ground_and_what_is_filed_again_is_registered(desk: Desk) -> None:
    drawn_up(desk)
    desk.office.faults({"refuse": {"per_mille": 1000, "remaining": 1}})
    hand_in(desk, "PF")
    desk.errands()
    assert (contract(desk).state, contract(desk).refused_for) == ("CONTRACT", "OTHER-GROUND")
    hand_in(desk, "PG")
    desk.errands()
    assert (contract(desk).state, contract(desk).refused_for) == ("REGISTERED", "")


def test_what_the_register_has_come_to_hold_is_the_offices_ground_of_refusal(desk: Desk) -> None:
    _, _, (right,) = drawn_up(desk)
    desk.office.control("freeze", right_id=right, kind="dispute", until=None)
    hand_in(desk, "PF")
    desk.works.hand_in_filings()
    assert (contract(desk).state, contract(desk).refused_for) == ("CONTRACT", "FROZEN")


def test_a_twin_and_an_invalidation_that_the_register_shows_are_known_here_and_waived_there(
    desk: Desk,
) -> None:
    said: dict[str, Any] = {"same_day_twin": "CN-202010000001.1", "invalidation_requested": True}
    _, _, (right,) = drawn_up(desk, waived=True, **said)
    row = desk.row("rights", Right, right)
    assert {name: getattr(row, name) for name in said} == said
    hand_in(desk, "PF")
    desk.errands()
    assert (contract(desk).state, contract(desk).refused_for) == ("REGISTERED", "")
    found = Reconciliation()
    compare_rights(desk.database, (), found)
    assert not [each for each in found.differences if each.code == "REGISTER-DIFFERS"]


def test_a_decision_that_takes_its_time_is_waited_for_and_answers_in_any_order_count_once(desk: Desk) -> None:
    drawn_up(desk)
    desk.office.faults(processing_delay_ms=3_600_000)
    hand_in(desk, "PF")
    desk.errands()
    assert contract(desk).state == "FILED"
    desk.office.control("clock", advance_ms=3_600_000)
    sometimes = {"per_mille": 400}
    desk.office.faults({"twice": sometimes, "out_of_order": sometimes, "drop": sometimes}, seed=5)
    for _ in range(12):
        patiently(desk.works.hand_in_filings)
        patiently(desk.works.read_register)
    desk.office.faults()
    desk.errands()
    assert contract(desk).state == "REGISTERED"
    assert desk.entries("confirm_pledge_filing") == 1


def test_a_copy_that_shows_the_pledge_waits_until_the_decision_is_reported(desk: Desk) -> None:
    drawn_up(desk)
    hand_in(desk, "PF")
    assert desk.works.office is not None
    assert desk.works.office.file(filed(desk.row("filings", Filing, "PF.1"))).state == "confirmed"
    desk.works._memory = Memory()
    copies = desk.entries("record_register_copy")
    desk.works.read_register()
    assert desk.entries("record_register_copy") == copies
    desk.works._memory = Memory()
    desk.errands()
    assert contract(desk).state == "REGISTERED"


@pytest.mark.parametrize("refused", [False, True])
def test_the_journal_keeps_what_the_office_signed_of_a_pledge(desk: Desk, *, refused: bool) -> None:
    drawn_up(desk)
    if refused:
        desk.office.faults({"refuse": {"per_mille": 1000, "remaining": 1}})
    hand_in(desk, "PF")
    desk.works.hand_in_filings()
    name = "refuse_pledge_filing" if refused else "confirm_pledge_filing"
    row = desk.database.execute("SELECT public, terms FROM journal WHERE type = %s", (name,)).fetchone()
    assert row is not None
    command = c.decode_command(msgspec.json.encode(msgspec.json.decode(row["public"])["command"]))
    assert isinstance(command, c.ConfirmPledgeFiling | c.RefusePledgeFiling)
    terms = msgspec.json.decode(row["terms"], type=c.FilingOutcomeTerms)
    signed = statement_digest(signed_outcome(command, terms))
    verify_signature(signed, terms.attestation, desk.office.signer)
