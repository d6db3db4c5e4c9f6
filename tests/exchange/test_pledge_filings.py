"""What goes to the office for a pledge: the office refuses, delays, answers twice and out of order, and is believed once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.deals.filing import as_filed, filing_digest
from exchange.events import PledgeFilingDecided
from exchange.rights.pledge_contracts import FILED_AS
from ledger import office
from ledger.errands.filings import filed
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_pledging import LIVING, change, cleared, pledged, show


def handed_in(state: str, rights: int = 1) -> tuple[Scene, Any, list[str]]:
    """A pledge in a state from which something is asked of the office, handed in."""
    scene, contract = pledged(state, rights)
    assert not encumbering.hand_in(scene, contract.id, "PH").refusal
    return scene, contract, list(contract.filings)


@pytest.mark.parametrize("state", LIVING)
def test_only_what_is_asked_of_the_office_is_handed_in_and_once(state: str) -> None:
    scene, contract = pledged(state)
    outcome = encumbering.hand_in(scene, contract.id, "PH")
    assert code(outcome) == ("" if state in FILED_AS else "WRONG-STATE")
    if state in FILED_AS:
        assert scene.state.filings["PH.1"].filing_kind == FILED_AS[state]
        assert code(encumbering.hand_in(scene, contract.id, "PH-again")) == "WRONG-STATE"
    scene.replay()


@pytest.mark.parametrize("state", sorted(FILED_AS))
def test_the_filing_is_the_offices_own_shape_and_has_the_papers_that_it_wants(state: str) -> None:
    scene, _, (filing_id,) = handed_in(state)
    filing = scene.state.filings[filing_id]
    sent = filed(filing)
    assert office.filing_digest(sent) == filing_digest(filing)
    assert as_filed(filing)["kind"] == FILED_AS[state]
    assert set(office.REQUIRED_PAPERS[sent.kind]) <= set(sent.package)


@pytest.mark.parametrize("state", sorted(FILED_AS))
def test_a_refusal_names_its_ground_and_gives_what_stood_before(state: str) -> None:
    scene, contract, (filing_id,) = handed_in(state)
    outcome = encumbering.decided(scene, filing_id, "FEE-GRACE")
    assert not outcome.refusal
    assert contract.state == {"CONTRACT": "CONTRACT"}.get(state, "REGISTERED")
    assert contract.stood is UNSET
    assert (contract.refused_for, contract.change, contract.office_due_ms) == ("FEE-GRACE", None, None)
    decided = next(event for event in outcome.events if isinstance(event, PledgeFilingDecided))
    assert (decided.outcome, decided.reason_code) == ("refused", "FEE-GRACE")
    scene.replay()


@pytest.mark.parametrize("state", sorted(FILED_AS))
def test_a_confirmation_moves_nothing_and_the_register_copy_does(state: str) -> None:
    scene, contract, (filing_id,) = handed_in(state)
    before = contract.state
    assert not encumbering.decided(scene, filing_id).refusal
    assert contract.state == before
    if state == "DISCHARGING":
        cleared(scene, contract)
    else:
        show(scene, contract, 40_000_00 if state == "CHANGING" else 0)
    assert contract.state == {"CONTRACT": "REGISTERED", "CHANGING": "CHANGED"}.get(state, "DISCHARGED")
    scene.replay()


def test_an_answer_that_comes_twice_or_after_the_register_moves_nothing_more() -> None:
    scene, contract, (filing_id,) = handed_in("CONTRACT")
    show(scene, contract)
    assert contract.state == "REGISTERED"
    assert not encumbering.decided(scene, filing_id, "FROZEN").refusal
    assert contract.state == "REGISTERED"
    hash_before = scene.state.state_hash()
    assert code(encumbering.decided(scene, filing_id)) == "PROOF-KNOWN"
    assert scene.state.state_hash() == hash_before
    scene.replay()


def test_an_answer_after_the_pledges_end_is_kept_with_its_filing() -> None:
    scene, contract, (filing_id,) = handed_in("DISCHARGING")
    cleared(scene, contract)
    assert contract.id not in scene.state.pledge_contracts
    assert not encumbering.decided(scene, filing_id).refusal
    assert scene.state.filings[filing_id].proof_digest
    scene.replay()


@pytest.mark.parametrize(
    "wrong",
    [
        {"pledge_id": "PLG-9"},
        {"right_id": "CN-1"},
        {"package_digest": digest("x")},
        {"kind": "discharge"},
        {"proof_digest": "no digest"},
        {"proof_signature": "none"},
    ],
)
def test_the_outcome_of_another_filing_is_not_taken(wrong: dict[str, str]) -> None:
    scene, contract, (filing_id,) = handed_in("CONTRACT")
    expected = "MALFORMED" if {"proof_digest", "proof_signature"} & set(wrong) else "PROOF-DIFFERS"
    assert code(encumbering.decided(scene, filing_id, **wrong)) == expected
    assert contract.state == "FILED"


def test_a_refusal_by_hand_waits_while_the_office_has_the_filing() -> None:
    scene, contract, (filing_id,) = handed_in("CONTRACT")
    by_hand = c.RecordPledgeRefusal(pledge_id=contract.id, reason_code="X", document_digest=digest("no"))
    assert code(scene.operator(by_hand)) == "WRONG-STATE"
    encumbering.decided(scene, filing_id, "FROZEN")
    assert contract.state == "CONTRACT"


def test_one_right_refused_gives_the_contract_back_when_all_are_decided_and_the_rest_is_filed_again() -> None:
    scene, contract, (first, second) = handed_in("CONTRACT", rights=2)
    encumbering.decided(scene, second, "FEE-GRACE")
    assert contract.state == "FILED"
    encumbering.decided(scene, first)
    assert (contract.state, contract.refused_for) == ("CONTRACT", "FEE-GRACE")
    encumbering.file(scene, contract.id)
    scene.wait(5)
    encumbering.shown(scene, contract.rights[0], "P-1", encumbering.as_registered(scene, contract.id))
    by_hand = c.RecordPledgeRefusal(pledge_id=contract.id, reason_code="X", document_digest=digest("no"))
    scene.operator(by_hand)
    assert (contract.state, set(contract.numbers)) == ("CONTRACT", {contract.rights[0]})
    encumbering.hand_in(scene, contract.id, "PH2")
    assert [scene.state.filings[each].right_id for each in contract.filings] == [contract.rights[1]]
    encumbering.decided(scene, "PH2.1")
    encumbering.shown(scene, contract.rights[1], "P-1", encumbering.as_registered(scene, contract.id))
    assert contract.state == "REGISTERED"
    scene.replay()


def test_a_pledge_that_reached_some_rights_alone_is_discharged_at_the_register() -> None:
    scene, contract, (first, second) = handed_in("CONTRACT", rights=2)
    encumbering.shown(scene, contract.rights[0], "P-1", encumbering.as_registered(scene, contract.id))
    encumbering.decided(scene, first)
    encumbering.decided(scene, second, "NOT-GRANTED")
    scene.by("P-2", c.DischargePledge(pledge_id=contract.id))
    assert contract.state == "DISCHARGING"
    encumbering.hand_in(scene, contract.id, "PD")
    assert scene.state.filings["PD.1"].discharged_pledge_id == contract.id
    cleared(scene, contract)
    assert contract.state == "DISCHARGED"
    scene.replay()


def test_a_filing_id_is_used_once_and_a_discharge_names_the_registers_number() -> None:
    scene, contract, (filing_id,) = handed_in("CONTRACT")
    encumbering.decided(scene, filing_id, "FROZEN")
    assert code(encumbering.hand_in(scene, contract.id, "PH")) == "FILING-ID-TAKEN"
    scene, contract = pledged("REGISTERED")
    unnumbered = c.Pledge(company_number=scene.numbers["P-2"], amount=30_000_00, currency="CNY")
    scene.wait(5)
    encumbering.shown(scene, contract.rights[0], "P-1", unnumbered)
    if contract.id in scene.state.pledge_contracts:
        scene.by("P-2", c.DischargePledge(pledge_id=contract.id))
        assert code(encumbering.hand_in(scene, contract.id)) == "FACT-MISSING"


def test_grounds_are_asked_again_before_a_pledge_is_handed_in() -> None:
    for state, expected in (
        ("CONTRACT", "CN-PATENT-RULES-103"),
        ("CHANGING", "CN-PATENT-RULES-103"),
        ("DISCHARGING", ""),
    ):
        scene, contract = pledged(state)
        encumbering.freeze(scene, contract.rights[0])
        assert code(encumbering.hand_in(scene, contract.id)) == expected
    scene, contract = pledged("REGISTERED")
    change(scene, contract)
    scene.copy(
        contract.rights[0],
        "P-1",
        pledges=(encumbering.as_registered(scene, contract.id),),
        expiry_date="2027-12-31",
    )
    assert code(encumbering.hand_in(scene, contract.id)) == "CN-PLEDGE-BEYOND-LIFE"
