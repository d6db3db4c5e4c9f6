"""An export as CSV: what the tables say is what the engine has, no cell runs, and a public copy shows nothing sealed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import stat
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from exchange import commands as c
from exchange.money.amount import format_amount
from ledger.audit.csv_columns import ROWS, cell, harmless, iso_time
from ledger.audit.csv_export import MANIFEST, CsvExport, write_csv
from ledger.audit.lines import CheckpointLine, encode_line
from ledger.audit.offline import DecidedOtherwise, OfflineRefused, replay_export
from ledger.timestamp.opening import open_authority
from tests.ledger.audit.checkpointed import WITNESS, Venue
from tests.ledger.audit.golden_exports import changed, entries_of, golden, public_copy, tables_of
from tests.ledger.audit.journal_maker import JournalScene
from tests.ledger.audit.journal_writer import write

GOLDEN = (1, 2, 3, 4, 5)
FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1")


def tables(data: bytes, folder: Path) -> dict[str, list[dict[str, str]]]:
    """Every table as a spreadsheet program reads it: rows by the first word of each heading."""
    write_csv(io.BytesIO(data), folder)
    found = {}
    for path in sorted(folder.glob("*.csv")):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), (
            "a byte order mark, so that Chinese is read as such"
        )
        with path.open(encoding="utf-8-sig", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


@pytest.mark.parametrize("number", GOLDEN)
def test_every_row_that_the_engine_has_stands_in_its_table_once(number: int, tmp_path: Path) -> None:
    data = golden(number)
    found = tables(data, tmp_path / "csv")
    after = tables_of(data).after[-1]
    for kind, (name, of) in ROWS.items():
        heading = of[0][0]
        assert Counter(row[heading] for row in found[name]) == Counter(
            cell(row_id, "text") for row_kind, row_id in after if row_kind == kind
        )
    assert len(found["entries"]) == len(entries_of(data))


@pytest.mark.parametrize("number", GOLDEN)
def test_money_adds_up_to_the_engines_balances_posting_for_posting(number: int, tmp_path: Path) -> None:
    data = golden(number)
    found = tables(data, tmp_path / "csv")
    balances: Counter[str] = Counter()
    for posting in found["postings"]:
        amount = Decimal(posting["Amount 金额"])
        assert amount > 0
        balances[posting["Debit 借方（付出）"]] -= amount  # type: ignore[assignment]  # decimals add up
        balances[posting["Credit 贷方（收入）"]] += amount  # type: ignore[assignment]
    told = {row["Account 账户"]: Decimal(row["Balance 余额"]) for row in found["accounts"]}
    assert {name: balances[name] for name in told} == told
    standing = {key[1]: row for key, row in tables_of(data).after[-1].items() if key[0] == "account"}
    assert {name: format_amount(row["balance"]) for name, row in standing.items()} == {
        row["Account 账户"]: row["Balance 余额"] for row in found["accounts"]
    }
    for currency in {row["Currency 币种"] for row in found["accounts"]}:
        assert not sum(
            Decimal(row["Balance 余额"]) for row in found["accounts"] if row["Currency 币种"] == currency
        )


def test_the_manifest_has_the_digest_of_each_file_and_what_they_were_made_of(tmp_path: Path) -> None:
    data = golden(5)
    folder = tmp_path / "csv"
    made = write_csv(io.BytesIO(data), folder)
    kept = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=CsvExport)
    assert kept == made
    replayed = replay_export(io.BytesIO(data))
    assert (made.entries, made.root, made.state_hash) == (
        replayed.replayed,
        replayed.root,
        replayed.state_hash,
    )
    assert made.source_sha256 == hashlib.sha256(data).hexdigest()
    assert {each.name for each in made.files} | {MANIFEST} == {path.name for path in folder.iterdir()}
    for each in made.files:
        assert each.sha256 == hashlib.sha256((folder / each.name).read_bytes()).hexdigest()
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_newest_checkpoint_stands_in_the_manifest_and_each_in_its_table(tmp_path: Path) -> None:
    scene = JournalScene()
    scene.party()
    authority, _ = open_authority(tmp_path / "authority", "an authority", begin=True)
    lines = Venue(scene, authority).lines()
    notes = [line.note for line in lines if isinstance(line, CheckpointLine)]
    data = b"".join(encode_line(line) for line in lines)
    found = tables(data, tmp_path / "csv")["checkpoints"]
    assert [row["Checkpoint 检查点"] for row in found] == notes
    assert {row["Cosignatures 联署"] for row in found} == {WITNESS.name}
    kept = msgspec.json.decode((tmp_path / "csv" / MANIFEST).read_bytes(), type=CsvExport)
    assert kept.checkpoint == notes[-1]
    assert found[-1]["Root 根"] == kept.root


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_text_begins_a_formula(text: str, tmp_path: Path) -> None:
    assert harmless(text) == f"'{text}"
    scene = JournalScene()
    party = scene.party()
    scene.operator(scene.erasable(c.SuspendParty(party_id=party), reason=text))
    found = tables(write(scene.stored, scene).data, tmp_path / "csv")
    assert found["sealed-parts"][-1]["Content 内容"] == json.dumps(text, ensure_ascii=False)
    for rows in found.values():
        for row in rows:
            for heading, value in row.items():
                money = {name for _, of in ROWS.values() for name, _, sort in of if sort == "money"}
                assert not value.startswith(("=", "+", "-", "@", "\t", "\r")) or heading in money


def test_an_ordinary_text_and_a_balance_below_zero_stay_as_they_are() -> None:
    assert cell("一种装置 a=b", "text") == "一种装置 a=b"
    assert cell(-1250, "money") == "-12.50"
    assert cell(-1250, "text") == "'-1250"
    assert cell(("P-1", "P-2"), "text") == "P-1 P-2"
    assert cell(1_700_000_000_123, "time") == "2023-11-14T22:13:20.123Z"
    assert iso_time(2**53) == f"{2**53} ms"
    assert cell(None, "money") == ""


def test_an_erased_part_is_shown_as_erased_with_its_ground(tmp_path: Path) -> None:
    found = tables(golden(5), tmp_path / "csv")["sealed-parts"]
    erased = [row for row in found if row["State 状态"] == "erased 已删除"]
    assert erased
    for row in erased:
        assert row["Content 内容"] == ""
        assert row["Erased by entry 删除所依据的条目"]
        assert row["Ground 依据"]


@pytest.mark.parametrize("number", GOLDEN)
def test_a_public_copy_shows_nothing_that_is_sealed(number: int, tmp_path: Path) -> None:
    data = golden(number)
    secrets = set()
    for line in entries_of(data):
        for part in (line.terms, line.outcome, *line.erasable.values()):
            if part is not None:
                secrets |= _words(msgspec.json.decode(part.value))
    public = b"".join(bytes(line.public) for line in entries_of(data)).decode()
    secrets = {secret for secret in secrets if secret not in public}
    folder = tmp_path / "csv"
    made = write_csv(io.BytesIO(public_copy(data)), folder)
    assert made.state_hash is None
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert len(secrets) > 20
    assert [secret for secret in secrets if secret.encode() in written] == []
    assert {path.stem for path in folder.glob("*.csv")} == {
        *("entries", "sealed-parts", "seals", "checkpoints", "chain-reports"),
    }


def test_an_entry_that_is_decided_otherwise_leaves_no_tables(tmp_path: Path) -> None:
    refused = {"status": "refused", "code": "UNKNOWN-ID"}
    data = changed(golden(1), 25, answer=refused)
    with pytest.raises(DecidedOtherwise) as otherwise:
        write_csv(io.BytesIO(data), tmp_path / "csv")
    assert otherwise.value.finding.entry == 25
    assert not (tmp_path / "csv" / MANIFEST).exists()
    path = tmp_path / "journal.jsonl"
    path.write_bytes(data)
    done = CliRunner().invoke(app, ["csv", str(path), "-o", str(tmp_path / "made")])
    assert done.exit_code == 1
    assert "entry 25" in done.stderr
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("data", [b"", b"nonsense\n"])
def test_what_is_no_export_gives_no_tables(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(OfflineRefused, match="OFFLINE-EXPORT"):
        write_csv(io.BytesIO(data), tmp_path / "csv")


def test_the_command_makes_the_folder_whole_and_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(golden(1))
    arguments = ["csv", str(path), "-o", str(tmp_path / "made")]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["entries"] == len(entries_of(golden(1)))
    assert CliRunner().invoke(app, arguments).exit_code == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["journal.jsonl", "made"]


def _words(value: Any) -> set[str]:
    """Every text of some length in a JSON value."""
    if isinstance(value, str):
        return {value} if len(value) > 11 else set()
    if isinstance(value, dict):
        return {word for each in value.values() for word in _words(each)}
    if isinstance(value, list):
        return {word for each in value for word in _words(each)}
    return set()
