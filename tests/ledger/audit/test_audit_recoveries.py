"""Lost keys: the audit finds every proposal, veto and completion on both sides, and whoever did not sign for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from exchange import commands as c
from exchange.recoveries import PAPERS_LABEL
from ledger.chain.calls import call_of
from ledger.chain.records import KeyRecoveryRecord
from ledger.key_messages import recovery_message
from ledger.secp256k1 import PrivateKey
from tests.ledger.audit.conftest import Auditor, ChainScene, audited, new_scene
from tests.ledger.audit.forging import assert_only, place
from tests.ledger.audit.journal_days import WAIT_S, commitment_of, new_key, propose, recovered, veto
from tests.ledger.audit.journal_writer import write


def completed(scene: ChainScene, party: str, new: PrivateKey) -> None:
    """A lost key's recovery to its end."""
    lost = scene.keys[party]
    propose(scene, party, new)
    scene.to_chain()
    scene.report("recovery", new.address)
    scene.contracts.client.request("evm_increaseTime", (WAIT_S,))
    scene.contracts.client.request("evm_mine")
    scene.wait(WAIT_S * 1000)
    scene.to_chain()
    recovered(scene, lost, new)
    scene.keys[party] = new.address


def a_recovery_a_veto_and_a_second_thought(scene: ChainScene) -> None:
    first, second, third = scene.party(), scene.party(), scene.party()
    completed(scene, first, new_key(scene, "found"))
    refused = new_key(scene, "refused")
    propose(scene, second, refused)
    veto(scene, second, refused)
    propose(scene, third, new_key(scene, "one"))
    propose(scene, third, new_key(scene, "another"))
    scene.to_chain()


def test_recoveries_agree_on_both_sides_and_each_is_listed_with_who_attested_it(
    chain_url: str, tmp_path: Path
) -> None:
    scene = new_scene(chain_url, tmp_path)
    a_recovery_a_veto_and_a_second_thought(scene)
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data)
    assert report.findings == ()
    assert report.verified
    assert report.keys_recovered == 1
    listed = [each for each in report.keys if each.event == "RecoveryProposed"]
    assert {each.attestor for each in listed} == {scene.contracts.operator.address.lower()}
    assert len(listed) == 4
    notes = {note.code: note.count for note in report.not_checked}
    assert notes["KEY-RECOVERED"] == 1
    assert "PARTIES-OWN" not in notes
    assert "PENDING-ON-CHAIN" not in notes


def test_a_public_export_of_the_same_holds_too(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    a_recovery_a_veto_and_a_second_thought(scene)
    made = audited(scene, chain_url)
    assert made.audit(made.write("public")).verified


def test_a_proposal_without_its_operators_signature_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    a_recovery_a_veto_and_a_second_thought(scene)
    number = place(scene, c.ProposeRecovery)
    unsigned = scene.stored[number].changed(signature=None)
    scene.stored = [*scene.stored[:number], unsigned, *scene.stored[number + 1 :]]
    made = Auditor(scene, chain_url)
    scene.anchor_at(2, made.journal.roots[2])
    scene.contracts.client.request("evm_mine")
    report = made.audit(write(scene.stored, scene).data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-SIGNATURE-MISSING", number)


def test_a_proposal_that_a_party_signed_for_itself_is_no_operators(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    a_recovery_a_veto_and_a_second_thought(scene)
    number = place(scene, c.ProposeRecovery)
    entry = msgspec.json.decode(scene.stored[number].public)
    party = scene.private[scene.keys["P-2"]]
    forged = scene.stored[number].changed(
        signature={**entry["signature"], "signer": party.address}, actor="venue"
    )
    scene.stored[number] = scene.signed_again(forged)
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-ANSWER", number)


def forged_enrolment(scene: ChainScene) -> int:
    scene.enrol(scene.party())  # refused: it stands already
    party = scene.party()
    other, stranger = new_key(scene, "deal key"), PrivateKey.generate()
    scene.private[other.address] = stranger
    scene.enrol(party, other.address)
    return len(scene.stored) - 1


def forged_proposal(scene: ChainScene) -> int:
    propose(scene, scene.party(), new_key(scene, "found"), forged_by=PrivateKey.generate())
    return len(scene.stored) - 1


def forged_veto(scene: ChainScene) -> int:
    party, new = scene.party(), new_key(scene, "found")
    propose(scene, party, new)
    veto(scene, party, new, forged_by=new)
    return len(scene.stored) - 1


def invented_recovery(scene: ChainScene) -> int:
    party, new = scene.party(), new_key(scene, "found")
    propose(scene, party, new)
    scene.to_chain()
    recovered(scene, scene.keys[party], new)
    return len(scene.stored) - 1


def invented_veto(scene: ChainScene) -> int:
    party, new = scene.party(), new_key(scene, "found")
    propose(scene, party, new)
    scene.to_chain()
    command = c.ReportKey(
        key=scene.keys[party],
        event="vetoed",
        new_key=new.address,
        counter=0,
        transaction="0x" + "22" * 32,
        block=7,
    )
    assert scene.service(command).refusal is None
    return len(scene.stored) - 1


def final_and_never_recorded(scene: ChainScene) -> int:
    new = new_key(scene, "found")
    party = scene.party()
    scene.to_chain()
    propose(scene, party, new)
    scene.report("recovery", new.address)
    return len(scene.stored) - 1


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (forged_enrolment, "AUDIT-KEY-SIGNATURE"),
        (forged_proposal, "AUDIT-KEY-SIGNATURE"),
        (forged_veto, "AUDIT-KEY-SIGNATURE"),
        (invented_recovery, "AUDIT-CHAIN-MISSING"),
        (invented_veto, "AUDIT-CHAIN-MISSING"),
        (final_and_never_recorded, "AUDIT-CHAIN-MISSING"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_venue_that_forges_while_it_decides_is_found(
    chain_url: str, tmp_path: Path, forge: Callable[[ChainScene], int], code: str
) -> None:
    scene = new_scene(chain_url, tmp_path)
    number = forge(scene)
    made = audited(scene, chain_url)
    assert_only(made.audit(made.journal.data), code, number)


def test_a_proposal_that_only_the_chain_has_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    party = scene.party()
    scene.to_chain()
    new = new_key(scene, "found")
    command = c.ProposeRecovery(
        party_id=party,
        party_commitment=commitment_of(scene, party).hex(),
        new_key=new.address,
        deadline_s=scene.now // 1000 + 60 * 86_400,
        possession="",
    )
    command = msgspec.structs.replace(command, erasable={PAPERS_LABEL: "ab" * 32})
    message = recovery_message(command)
    record = KeyRecoveryRecord(
        party="0x" + message.party.hex(),
        new_key=new.address,
        authorisation="0x" + "ab" * 32,
        deadline=command.deadline_s,
        signature=scene.signed(message, new),
    )
    assert scene.contracts.send(call_of([record])).succeeded
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data)
    assert [finding.code for finding in report.findings] == ["AUDIT-CHAIN-UNKNOWN"]
    assert "RecoveryProposed" in report.findings[0].detail


def test_a_proposal_of_which_the_chain_has_other_papers_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    party = scene.party()
    scene.to_chain()
    new = new_key(scene, "found")
    propose(scene, party, new)
    (outgoing,) = scene.records[-1]
    record = msgspec.convert(outgoing.payload, KeyRecoveryRecord)
    message = recovery_message(
        c.ProposeRecovery(
            party_id=party,
            party_commitment=commitment_of(scene, party).hex(),
            new_key=new.address,
            deadline_s=record.deadline,
            possession="",
            erasable={PAPERS_LABEL: "cd" * 32},
        ),
    )
    other = msgspec.structs.replace(
        record, authorisation="0x" + "cd" * 32, signature=scene.signed(message, new)
    )
    assert scene.contracts.send(call_of([other])).succeeded
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data)
    assert [finding.code for finding in report.findings] == ["AUDIT-CHAIN-UNKNOWN"]


def test_an_erased_paper_leaves_every_other_proof_standing(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    a_recovery_a_veto_and_a_second_thought(scene)
    number = place(scene, c.ProposeRecovery)
    erased = c.EraseSealedPart(entry=number, label=PAPERS_LABEL, ground="data-subject-request")
    scene.operator(scene.erasable(erased, reason="asked"))
    assert PAPERS_LABEL not in scene.stored[number].erasable
    made = audited(scene, chain_url)
    assert made.audit(made.journal.data).verified
