"""What the demonstration holds its day to: its clients' own log, the bank's statement, and where it may write at all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from api.calls.acknowledgements import Sent
from api.client import Acknowledgement, AcknowledgementLog, read_log
from api.rights.imports.read import read
from ledger.attestation import Attestation
from ledger.bank import StatementLine
from ledger.receipts import BatchSeal, Receipt
from ledger.store.connections import psycopg_url
from scripts.demo import command, proof
from scripts.demo.before import DATABASE, require_fresh
from scripts.demo.catalogue import US_FILE, entry_of, us_records
from scripts.demo.day import Day, Figures
from scripts.demo.deals import debits_in_order
from scripts.demo.lots import money
from scripts.demo.stage import Stage
from scripts.demo.waiting import DemoFailed

app = typer.Typer()
app.command()(command.demo)
CLIENT = "0xC11e"
STEPS: tuple[tuple[str, dict[str, str]], ...] = (
    ("apply_party", {"party_id": "P-1"}),
    ("import_right", {"right_id": "CN-1", "known": "no"}),
    ("import_right", {"right_id": "CN-1", "known": "yes"}),
    ("submit_listing", {"listing_id": "L-1"}),
    ("place_bid", {"bid_id": "B-1", "listing_id": "L-1"}),
    ("amend_bid", {"bid_id": "B-1"}),
    ("sign_agreement", {"deal_id": "D-1", "state": "AWARDED"}),
    ("sign_agreement", {"deal_id": "D-1", "state": "SIGNED"}),
    ("fund_deal", {"deal_id": "D-1", "state": "FUNDED"}),
    ("file_deal", {"deal_id": "D-1", "filing_id": "F-1"}),
    ("file_deal", {"deal_id": "D-1", "filing_id": "F-2"}),
    ("fund_deal", {"deal_id": "D-2", "state": "EFFECTIVE"}),
    ("seal_bid", {"bid_id": "B-2"}),
    ("reveal_bid", {"bid_id": "B-2"}),
    ("make_proposal", {"proposal_id": "N-1"}),
    ("place_order", {"order_id": "O-1"}),
    ("cancel_order", {"order_id": "O-1"}),
    ("report_royalty", {"obligation_id": "OB-1"}),
    ("raise_dispute", {"deal_id": "D-2", "dispute_id": "DIS-1"}),
    ("post_need", {"need_id": "TN-1"}),
)
COUNTED = {
    "rights": 1,
    "parties": 1,
    "listings": 1,
    "bids": 2,
    "deals": 2,
    "transfers": 1,
    "licences": 1,
    **dict.fromkeys(proof.IN_JOURNAL, 1),
}


def leaf(entry: int) -> str:
    return f"{entry:064x}"


def given(entry: int, kind: str, result: dict[str, str]) -> Acknowledgement:
    seal = BatchSeal(
        epoch=1,
        first_entry=entry,
        count=1,
        batch_root=leaf(0),
        tree_size=entry + 1,
        tree_root=leaf(0),
        time_ms=0,
    )
    receipt = Receipt(entry=entry, leaf_hash=leaf(entry), index=0, path=(), seal=seal, signature="")
    return Acknowledgement(
        status="accepted",
        type=kind,
        idempotency_key=str(entry),
        entry=entry,
        time_ms=0,
        result=result,
        receipt=receipt,
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "acknowledgements.jsonl"
    written = AcknowledgementLog(path)
    for entry, (kind, result) in enumerate(STEPS):
        written.sent(Sent(type=kind, idempotency_key=str(entry), path="/"))
        written.acknowledged(given(entry, kind, result))
    written.close()
    return path


@pytest.fixture
def journal() -> proof.Journal:
    return proof.Journal(
        leaves={entry: leaf(entry) for entry in range(len(STEPS))},
        signers=dict.fromkeys(range(len(STEPS)), CLIENT),
        accepted=dict.fromkeys(proof.IN_JOURNAL.values(), 1),
        last_ms=0,
    )


def test_clients_count_from_their_own_log_alone(log: Path) -> None:
    assert proof.own_counts(log, ["F-1"]) == COUNTED


def test_a_log_without_an_acknowledgement_or_with_an_unanswered_command_is_no_witness(
    log: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(DemoFailed, match="0 acknowledgements"):
        proof.own_counts(empty, [])
    log.write_bytes(
        log.read_bytes()
        + msgspec.json.encode({"sent": Sent(type="x", idempotency_key="k", path="/")})
        + b"\n"
    )
    with pytest.raises(DemoFailed, match="1 without an answer"):
        proof.own_counts(log, [])


def test_log_and_journal_that_say_the_same_agree(log: Path, journal: proof.Journal) -> None:
    report = COUNTED | {"entries": 99}
    assert proof.disagreements(COUNTED, report, log, journal, {CLIENT}) == []


@pytest.mark.parametrize("name", COUNTED)
def test_each_count_that_the_audit_has_otherwise_is_named(
    log: Path, journal: proof.Journal, name: str
) -> None:
    report = COUNTED | {name: COUNTED[name] + 1}
    assert proof.disagreements(COUNTED, report, log, journal, {CLIENT}) == [
        f"{name}: {COUNTED[name]} by the clients' own log, {COUNTED[name] + 1} by the audit"
    ]


@pytest.mark.parametrize("place", range(len(STEPS)))
def test_a_log_that_lacks_any_acknowledgement_does_not_agree(
    log: Path, journal: proof.Journal, place: int
) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[: 2 * place] + lines[2 * place + 2 :]))
    off = proof.disagreements(COUNTED, COUNTED, log, journal, {CLIENT})
    assert off == [f"entry {place} is signed by a client, whose log has no acknowledgement of it"]
    assert len(read_log(log)[0]) == len(STEPS) - 1


def test_an_acknowledged_entry_that_the_journal_shows_otherwise_is_named(
    log: Path, journal: proof.Journal
) -> None:
    journal.leaves[3] = leaf(77)
    (off,) = proof.disagreements(COUNTED, COUNTED, log, journal, {CLIENT})
    assert off.startswith("entry 3 was acknowledged")


def line(sequence: int, payment: str | None) -> StatementLine:
    return StatementLine(
        line_id=f"CNY-{sequence}",
        sequence=sequence,
        account="A",
        currency="CNY",
        direction="debit" if payment else "credit",
        amount_minor=1,
        balance_after_minor=1,
        reference="x",
        value_time_ms=0,
        instruction_id=payment,
        simulated=True,
        attestation=Attestation(signer="0x", signature="0x"),
    )


def test_the_pledgee_is_paid_first_only_if_the_banks_statement_says_so() -> None:
    first, then = debits_in_order([line(1, None), line(2, "PAY-9"), line(3, "PAY-1")], "PAY-9", "PAY-1")
    assert (first.sequence, then.sequence) == (2, 3)
    with pytest.raises(DemoFailed, match="PAY-1 before PAY-9"):
        debits_in_order([line(2, "PAY-1"), line(3, "PAY-9")], "PAY-9", "PAY-1")
    with pytest.raises(DemoFailed, match="does not show both"):
        debits_in_order([line(2, "PAY-9")], "PAY-9", "PAY-1")


def test_a_verdict_names_only_what_it_refuses_for_this_reason_at_this_entry() -> None:
    bad = {"code": "AUDIT-RECEIPT", "entry": 5}
    verdict = proof.Verdict(1, {"verified": False, "first_bad": bad})
    assert verdict.names("AUDIT-RECEIPT", 5)
    assert not verdict.names("AUDIT-RECEIPT", 6)
    assert not verdict.names("AUDIT-ANCHOR", 5)
    assert not proof.Verdict(0, {"verified": True, "first_bad": None}).names("AUDIT-RECEIPT", 5)
    assert verdict.where_zh == "AUDIT-RECEIPT 记录 5"


def test_figures_of_an_earlier_day_do_not_outlive_the_beginning_of_another(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    figures.write_text("{}")
    require_fresh(tmp_path / "new", figures, {})
    assert not figures.exists()


@pytest.mark.parametrize(
    ("path", "words"), [("nowhere/figures.json", "no folder"), ("folder", "is a folder")]
)
def test_figures_that_could_not_be_written_stop_the_day_before_it_begins(
    tmp_path: Path, path: str, words: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DemoFailed, match=words):
        require_fresh(None, tmp_path / path, {})


def test_a_folder_that_holds_anything_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "chain.json").write_text("{}")
    done = CliRunner().invoke(app, ["--data", str(tmp_path)])
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["chain.json"]


def test_a_named_database_must_be_empty(database_url: str) -> None:
    require_fresh(None, None, {DATABASE: database_url})
    with psycopg.connect(psycopg_url(database_url)) as connection:
        connection.execute("CREATE TABLE somebodys (n int)")
    with pytest.raises(DemoFailed, match="holds tables"):
        require_fresh(None, None, {DATABASE: database_url})
    with pytest.raises(DemoFailed, match="cannot be used"):
        require_fresh(None, None, {DATABASE: "postgresql://127.0.0.1:1/nobody"})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DemoFailed("the bank was not paid"), "the bank was not paid"),
        (httpx.ConnectError("refused"), "ConnectError refused"),
        (StopIteration(), "StopIteration"),
    ],
)
def test_a_day_that_fails_says_why_keeps_its_data_and_leaves_no_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fails(_: object) -> Figures:
        raise error

    monkeypatch.setattr(Day, "run", fails)
    monkeypatch.setattr(command, "on_signals", lambda: None)
    monkeypatch.setattr(command, "ignore_signals", lambda: None)
    data, figures = tmp_path / "data", tmp_path / "figures.json"
    figures.write_text("{}")
    told: list[str] = []
    monkeypatch.setattr(command, "_tell", told.append)
    done = CliRunner().invoke(app, ["--data", str(data), "--json", str(figures)])
    assert done.exit_code == 1
    assert told[0].endswith(words)
    assert str(data) in told[1]
    assert type(error).__name__ in (data / "failure.txt").read_text()
    assert not figures.exists()


def shown(act: Callable[[Stage], Any], *, story_only: bool) -> str:
    text = io.StringIO()
    act(Stage(story_only=story_only, console=Console(file=text, width=80)))
    return text.getvalue()


def test_the_story_alone_is_its_scenes_and_nothing_else() -> None:
    def act(stage: Stage) -> None:
        stage.step("working 处理中")
        stage.scene(1, 0, "English.", "中文。", "nobody", "无")
        stage.told("Title", "line")
        stage.verdict({"verified": True, "not_checked": []} | dict.fromkeys(audit_rows(), 1))

    assert shown(act, story_only=True).splitlines() == [
        "",
        "1  1970-01-01",
        "   English.",
        "   protected: nobody",
        "   中文。",
        "   保护：无",
    ]
    assert "Title" in shown(act, story_only=False)


def audit_rows() -> list[str]:
    from ledger.audit.report import ROWS

    return [name for name, _, _ in ROWS]


def test_every_figure_of_the_audit_is_named_in_both_languages() -> None:
    report: dict[str, Any] = {"verified": True, "not_checked": []} | dict.fromkeys(audit_rows(), 1_234)
    text = shown(lambda stage: stage.verdict(report), story_only=False)
    assert text.count("1,234") == len(audit_rows())
    assert "chain events" in text
    assert "链上事件" in text


def test_a_us_patent_whose_grant_has_no_date_in_its_record_gets_none() -> None:
    today = date(2026, 11, 26)
    row = next(row for row in read(us_records(), US_FILE, today).accepted if row.grant_number)
    entry = entry_of(row, today)
    assert row.grant_date is None
    assert (entry.status, entry.grant_date, entry.filing_date) == ("granted", None, row.filing_date)
    assert entry.expiry_date is not None


def test_amounts_have_their_thousands_apart() -> None:
    assert money(5_400_000_00) == "5,400,000.00"
    assert money(7) == "0.07"


def test_the_figures_file_has_the_promised_names() -> None:
    assert list(json.loads(json.dumps(Figures().__dict__))) == [
        "rights",
        "parties",
        "listings",
        "bids",
        "deals",
        "transfers",
        "licences",
        "chain_events",
        "audit",
        "tamper",
        "trading_floor",
        "counted",
        "hong_kong",
    ]
