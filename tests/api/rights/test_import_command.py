"""The import command: what it prints, what it sends, and how it ends."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from typer.testing import CliRunner

from api.cli.import_command import Submit, SubmitOutcome, import_command, show
from api.rights.imports.read import read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from typer.testing import Result

    from api.rights.imports.report import ImportedRight

HEADER = "application_number,title,filing_date\n"
GOOD = "201610178553.5,一种方法,2016-03-26\n"
BAD = "201610178553.4,x,2016-03-26\n"


def forbidden(rights: Sequence[ImportedRight]) -> Sequence[SubmitOutcome]:
    message = f"a dry run sent {len(rights)} rights"
    raise AssertionError(message)


def run(path: Path, *options: str, submit: Submit = forbidden) -> Result:
    app = typer.Typer()
    app.command("import")(import_command(submit))
    return CliRunner().invoke(app, [str(path), *options])


def written(folder: Path, text: str) -> Path:
    path = folder / "rights.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_dry_run_prints_exactly_the_promised_object(tmp_path: Path) -> None:
    result = run(written(tmp_path, HEADER + GOOD + BAD), "--dry-run", "--json")
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert list(printed) == ["rows", "accepted", "refused"]
    assert printed["rows"] == 2
    assert printed["accepted"] == [
        {
            "line": 2,
            "office": "CN",
            "number": "201610178553.5",
            "title": "一种方法",
            "filing_date": "2016-03-26",
        }
    ]
    refused = printed["refused"][0]
    assert list(refused) == ["line", "field", "code", "reason"]
    assert (refused["line"], refused["field"], refused["code"]) == (3, "application_number", "check_digit")


def test_the_exit_code_is_1_only_if_nothing_could_be_taken(tmp_path: Path) -> None:
    assert run(written(tmp_path, HEADER + GOOD + BAD), "--dry-run").exit_code == 0
    assert run(written(tmp_path, HEADER), "--dry-run").exit_code == 0
    assert run(written(tmp_path, HEADER + BAD), "--dry-run").exit_code == 1
    assert run(written(tmp_path, "hello"), "--dry-run", "--json").exit_code == 1
    assert run(written(tmp_path, ""), "--dry-run").exit_code == 1


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    assert run(tmp_path / "absent.csv", "--dry-run").exit_code == 2


def test_accepted_rights_are_sent_in_batches_and_outcomes_are_told(tmp_path: Path) -> None:
    rows = "".join(f"US{16_100_000 + number},x,2018-08-09\n" for number in range(201))
    sizes: list[int] = []

    def submit(rights: Sequence[ImportedRight]) -> list[SubmitOutcome]:
        sizes.append(len(rights))
        return [
            SubmitOutcome(right.line, right.right_id, "registered" if right.line % 2 else "unchanged")
            for right in rights
        ]

    result = run(written(tmp_path, HEADER + rows), "--json", submit=submit)
    assert (result.exit_code, sizes) == (0, [100, 100, 1])
    submitted = json.loads(result.stdout)["submitted"]
    assert len(submitted) == 201
    assert submitted[0] == {
        "line": 2,
        "right_id": "US-16100000",
        "outcome": "unchanged",
        "code": None,
        "reason": None,
    }


def test_rights_that_the_service_refuses_are_shown_and_end_in_1(tmp_path: Path) -> None:
    def submit(rights: Sequence[ImportedRight]) -> list[SubmitOutcome]:
        return [
            SubmitOutcome(one.line, one.right_id, "refused", "VENUE-X", "ask the venue") for one in rights
        ]

    result = run(written(tmp_path, HEADER + GOOD), submit=submit)
    assert result.exit_code == 1
    assert "VENUE-X" in result.stdout


def test_values_of_the_file_are_printed_as_text_and_never_as_markup_or_controls() -> None:
    raw = HEADER + "[red]x[/red],t,2016-03-26\n\x1b[2J,t,2016-03-26\n"
    report = read(raw.encode(), "rights.csv", dt.date(2026, 7, 1))
    stream = io.StringIO()
    show(report, (), Console(file=stream, width=200), dry_run=True)
    assert "[red]x[/red]" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
