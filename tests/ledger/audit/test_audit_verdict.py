"""The verdict on an untouched journal: every figure is the venue's own, and what was not checked is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from exchange.commands import ReportChainRecord
from exchange.events import HolderChanged, LicenceChanged
from ledger.audit.__main__ import main
from ledger.audit.evidence import read_anchors
from ledger.audit.findings import FINDINGS, NOTES, Findings
from ledger.audit.report import ROWS, Report, as_lines
from ledger.audit.run import AuditRefused, Evidence
from ledger.chain.errors import ChainFault
from tests.ledger.audit.conftest import ANCHORED_AT, Auditor
from tests.ledger.audit.journal_writer import write
from tests.ledger.chain.conftest import ROOT


def codes(report: Report) -> dict[str, int]:
    return {each.code: each.count for each in report.not_checked}


def test_an_untouched_journal_is_verified_and_every_figure_is_the_venues_own(auditor: Auditor) -> None:
    scene, report = auditor.scene, auditor.audit(auditor.journal.data)
    events = [event for outcome in scene.outcomes for event in outcome.events]
    assert report.findings == ()
    assert report.verified
    assert report.entries == report.replayed == len(scene.stored)
    assert report.roots == len(ANCHORED_AT)
    assert report.anchored_entries == ANCHORED_AT[-1]
    assert report.anchored_by == (scene.contracts.operator.address,)
    assert report.seals == -(-len(scene.stored) // 7)
    assert report.signatures == sum(request.signer != "" for request in scene.requests)
    assert report.deals == len(scene.state.deals)
    assert report.deals_on_chain == 3
    assert report.deal_signatures == 6
    assert report.transfers == sum(isinstance(event, HolderChanged) for event in events) == 1
    assert report.licences == sum(
        isinstance(event, LicenceChanged) and event.new == "GRANTED" for event in events
    )
    assert report.state_hashes == 2
    assert report.attestations == 14
    assert report.approvals == 2
    state = scene.state
    assert (report.rights, report.parties) == (len(state.rights), len(state.parties)) == (4, 4)
    assert (report.listings, report.bids) == (len(state.listings), len(state.bids)) == (4, 3)
    assert report.openings == sum(1 + (each.terms is not None) + len(each.erasable) for each in scene.stored)
    count = scene.contracts.client.call(scene.register_address, bytes.fromhex(EVENT_COUNT), report.block)
    assert report.chain_events == int.from_bytes(count) + len(ANCHORED_AT)


EVENT_COUNT = "71be2e4a"  # eventCount()


def test_what_was_not_checked_is_listed(auditor: Auditor) -> None:
    assert codes(auditor.audit(auditor.journal.data)) == {
        "DEVELOPMENT-CHAIN": 1,
        "AFTER-LAST-ANCHOR": len(auditor.scene.stored) - ANCHORED_AT[-1],
        "ERASED": 1,
        "NO-CHECKPOINTS": len(auditor.scene.stored),
        "CLOSES-UNCHECKED": 2,
        "IDENTITY": 1,
    }


def test_a_public_export_is_checked_without_replay_and_the_verdict_says_so(auditor: Auditor) -> None:
    report = auditor.audit(auditor.write("public"))
    assert report.findings == ()
    assert (report.replayed, report.openings, report.state_hashes) == (0, 0, 0)
    assert (report.entries, report.roots) == (len(auditor.scene.stored), len(ANCHORED_AT))
    assert (report.signatures, report.deals_on_chain, report.deal_signatures) == (76, 3, 6)
    assert codes(report)["PUBLIC-EXPORT"] == len(auditor.scene.stored)
    assert (report.attestations, codes(report)["STATEMENTS-ELSEWHERE"]) == (0, 14)
    whole = auditor.audit(auditor.journal.data)
    for name in ("rights", "parties", "listings", "bids"):
        assert getattr(report, name) == getattr(whole, name)


def test_the_chain_can_be_read_as_of_an_earlier_block(auditor: Auditor) -> None:
    evidence = read_anchors(
        auditor.scene.contracts.client, auditor.trust.anchor, 0, auditor.now(), Findings()
    )
    report = auditor.audit(auditor.journal.data, Evidence(block=evidence.anchors[1].block))
    assert report.verified
    assert (report.roots, report.anchored_entries) == (2, ANCHORED_AT[1])


def test_records_reported_after_the_block_that_is_read_are_counted_and_no_fault(auditor: Auditor) -> None:
    blocks = [
        request.command.block
        for request in auditor.scene.requests
        if isinstance(request.command, ReportChainRecord)
    ]
    report = auditor.audit(auditor.journal.data, Evidence(block=min(blocks) - 1))
    assert codes(report)["BEYOND-BLOCK"] == len(blocks) == 3
    assert codes(report)["PENDING-ON-CHAIN"] > 0
    assert [finding.code for finding in report.findings] == ["AUDIT-NOT-ANCHORED"]


def child(auditor: Auditor, path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The audit as an auditor runs it: a process of its own with nothing in its environment."""
    trust = auditor.trust
    command = [sys.executable, "-m", "ledger.audit", str(path), "--chain-id", str(trust.chain_id)]
    command += ["--anchor", trust.anchor, "--rpc", trust.rpc_url, "--receipt-key", trust.receipt_key, *more]
    return subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, timeout=120, check=False)


def test_a_process_with_an_empty_environment_gives_the_same_verdict(auditor: Auditor, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(auditor.journal.data)
    done = child(auditor, path, "--json")
    assert done.stderr == ""
    assert done.returncode == 0
    here = json.loads(msgspec.json.encode(auditor.audit(auditor.journal.data)))
    assert json.loads(done.stdout) | {"block": 0} == here | {"block": 0}


def test_a_changed_journal_gives_exit_code_1_and_names_the_entry(auditor: Auditor, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    stored = list(auditor.scene.stored)
    stored[33] = stored[33].changed(actor="P-9")
    path.write_bytes(write(stored, auditor.scene).data)
    done = child(auditor, path)
    assert done.returncode == 1
    assert "first bad / 首个错误: entry 33" in done.stdout


def test_a_receipt_and_an_older_export_are_taken_from_files(auditor: Auditor, tmp_path: Path) -> None:
    journal, receipts = tmp_path / "journal", tmp_path / "receipts"
    journal.write_bytes(auditor.journal.data)
    receipts.write_bytes(msgspec.json.encode(auditor.journal.receipts))
    done = child(auditor, journal, "--json", "--receipt", str(receipts), "--older", str(journal))
    assert done.returncode == 0
    assert json.loads(done.stdout)["witnessed"] == 2 * len(auditor.scene.stored)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--chain-id", "1"),
        ("--anchor", "0x" + "ab" * 20),
        ("--rpc", "http://127.0.0.1:1"),
        ("--receipt-key", "00"),
    ],
)
def test_a_root_of_trust_that_makes_no_sense_gives_no_verdict(
    auditor: Auditor, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    path = tmp_path / "journal"
    path.write_bytes(auditor.journal.data)
    trust = auditor.trust
    right = ["--chain-id", str(trust.chain_id), "--anchor", trust.anchor, "--rpc", trust.rpc_url]
    limit = sys.getrecursionlimit()
    try:
        assert main([str(path), *right, "--receipt-key", trust.receipt_key, *wrong]) == 2
    finally:
        sys.setrecursionlimit(limit)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no verdict" in printed.err


def test_another_receipt_key_verifies_nothing(auditor: Auditor) -> None:
    other = Auditor(auditor.scene, auditor.trust.rpc_url)
    other.trust = msgspec.structs.replace(auditor.trust, receipt_key="11" * 32)
    report = other.audit(auditor.journal.data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-HEADER", 0)


def test_a_node_of_another_chain_is_refused(auditor: Auditor) -> None:
    other = Auditor(auditor.scene, auditor.trust.rpc_url)
    other.trust = msgspec.structs.replace(auditor.trust, chain_id=1)
    with pytest.raises(AuditRefused, match="AUDIT-CHAIN"):
        other.audit(auditor.journal.data)


def test_an_unreachable_node_is_no_verdict(auditor: Auditor) -> None:
    other = Auditor(auditor.scene, "http://127.0.0.1:1")
    with pytest.raises(ChainFault, match="CHAIN-UNREACHABLE"):
        other.audit(auditor.journal.data)


def test_the_table_shows_every_figure_and_every_note_in_both_languages(auditor: Auditor) -> None:
    report = auditor.audit(auditor.journal.data)
    text = "\n".join(as_lines(report))
    assert "VERIFIED / 核对无误" in text
    assert all(english in text and chinese in text for _, english, chinese in ROWS)
    assert all(each.text in text and each.text_zh in text for each in report.not_checked)
    assert all(getattr(report, name) is not None for name, _, _ in ROWS)


def test_every_finding_and_note_is_said_in_english_and_chinese() -> None:
    for english, chinese in (*FINDINGS.values(), *NOTES.values()):
        assert english.isascii()
        assert any("一" <= character <= "鿿" for character in chinese)
