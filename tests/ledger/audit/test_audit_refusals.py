"""A refusal by the contract that the service reports must stand on the chain, with the same ground."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from exchange import commands as c
from tests.ledger.audit.conftest import ChainScene, audited, new_scene
from tests.ledger.audit.forging import assert_only
from tests.ledger.audit.journal_days import new_key, propose, veto

BEYOND_DEADLINE_S = 100 * 24 * 3600


def signed_deal(scene: ChainScene) -> str:
    """A deal that both have signed and nobody has recorded."""
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal: str = scene.accept(listing, buyer).result["deal_id"]
    scene.to_chain()
    scene.sign_by(deal)
    return deal


def told_refused(
    scene: ChainScene, kind: Literal["deal", "key", "recovery_veto"], subject_id: str, error: str, **at: str
) -> int:
    """The service says that a record was refused; gives the entry's number."""
    command = c.ReportChainRecord(
        record=kind,
        subject_id=subject_id,
        outcome="refused",
        transaction=at.get("transaction", "0x" + "22" * 32),
        block=1,
        error=error,
    )
    assert scene.service(command).refusal is None
    return len(scene.stored) - 1


def refused_there(scene: ChainScene, deal: str) -> int:
    """The chain refuses the deal, whose signatures are too old by its clock, and the service says so."""
    scene.contracts.client.request("evm_increaseTime", (BEYOND_DEADLINE_S,))
    scene.contracts.client.request("evm_mine")
    transaction, _ = scene.to_chain()
    scene.wait(BEYOND_DEADLINE_S * 1000)
    return told_refused(scene, "deal", deal, "DealExpired", transaction=transaction)


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_what_the_contract_refused_and_then_took_signed_afresh_agrees_on_both_sides(
    chain_url: str, tmp_path: Path, kind: Literal["auditor", "public"]
) -> None:
    scene = new_scene(chain_url, tmp_path)
    deal = signed_deal(scene)
    refused_there(scene, deal)
    assert scene.state.deals[deal].state == "CHAIN_REFUSED"
    scene.sign(deal)
    assert scene.state.deals[deal].state == "EFFECTIVE"
    made = audited(scene, chain_url)
    report = made.audit(made.write(kind))
    assert report.findings == ()
    assert report.verified
    assert report.deals_on_chain == 1


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_refusal_that_the_contract_never_made_is_found(
    chain_url: str, tmp_path: Path, kind: Literal["auditor", "public"]
) -> None:
    scene = new_scene(chain_url, tmp_path)
    number = told_refused(scene, "deal", signed_deal(scene), "DealExpired")
    scene.contracts.client.request("evm_mine")
    made = audited(scene, chain_url)
    assert_only(made.audit(made.write(kind)), "AUDIT-CHAIN-REFUSAL", number)


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_refusal_on_another_ground_than_the_contracts_is_found(
    chain_url: str, tmp_path: Path, kind: Literal["auditor", "public"]
) -> None:
    scene = new_scene(chain_url, tmp_path)
    deal = signed_deal(scene)
    scene.contracts.client.request("evm_increaseTime", (BEYOND_DEADLINE_S,))
    scene.contracts.client.request("evm_mine")
    scene.to_chain()
    number = told_refused(scene, "deal", deal, "BuyerSignatureInvalid")
    made = audited(scene, chain_url)
    assert_only(made.audit(made.write(kind)), "AUDIT-CHAIN-REFUSAL", number)


@pytest.mark.parametrize("transaction", ["", "0x" + "22" * 32])
def test_of_a_message_that_goes_alone_a_refusal_without_a_transaction_is_a_note(
    chain_url: str, tmp_path: Path, transaction: str
) -> None:
    scene = new_scene(chain_url, tmp_path)
    party = scene.party()
    scene.to_chain()
    new = new_key(scene, "second")
    propose(scene, party, new)
    scene.to_chain()
    veto(scene, party, new)
    number = told_refused(scene, "recovery_veto", new.address, "MessageExpired", transaction=transaction)
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data)
    if transaction:
        assert_only(report, "AUDIT-CHAIN-REFUSAL", number)
    else:
        assert report.verified
        assert {note.code: note.count for note in report.not_checked}["REFUSED-ALONE"] == 1


def test_a_refusal_without_a_transaction_of_what_goes_in_a_batch_is_found(
    chain_url: str, tmp_path: Path
) -> None:
    scene = new_scene(chain_url, tmp_path)
    party = scene.party()
    number = told_refused(scene, "key", scene.keys[party], "MessageExpired", transaction="")
    made = audited(scene, chain_url)
    assert_only(made.audit(made.journal.data), "AUDIT-CHAIN-REFUSAL", number)


def test_a_refusal_of_a_key_that_stands_on_the_chain_is_overtaken(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    party = scene.party()
    told_refused(scene, "key", scene.keys[party], "MessageExpired")
    scene.to_chain()
    made = audited(scene, chain_url)
    assert made.audit(made.journal.data).verified
