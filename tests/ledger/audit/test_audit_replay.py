"""Replay without a chain: every golden journal is decided as it says, and the first entry that is not is named."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from ledger.audit.offline import OfflineRefused, Replayed, replay_export
from tests.golden.make_journal import FOLDER, Expected
from tests.ledger.audit.golden_exports import changed, cut, entries_of, golden, public_copy, state_hash_after


def replayed(data: bytes) -> Replayed:
    return replay_export(io.BytesIO(data))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_golden_journal_comes_to_its_state_hash_its_root_and_its_figures(number: int) -> None:
    expected = msgspec.json.decode((FOLDER / f"journal-{number}.json").read_bytes(), type=Expected)
    found = replayed(golden(number))
    assert found.decided_alike
    assert found.first_bad is None
    assert (found.replayed, found.root, found.state_hash) == (
        expected.entries,
        expected.root,
        expected.state_hash,
    )
    assert (found.deals, found.transfers, found.licences) == (
        expected.deals,
        expected.transfers,
        expected.licences,
    )


@pytest.mark.parametrize("size", [1, 25, 73])
def test_a_journal_cut_short_is_replayed_to_its_end(size: int) -> None:
    shorter = cut(golden(1), size)
    found = replayed(shorter)
    assert (found.decided_alike, found.replayed) == (True, size)
    assert found.state_hash == state_hash_after(shorter)


@pytest.mark.parametrize("entry", [1, 25, 60])
def test_the_first_entry_that_is_decided_otherwise_is_named(entry: int) -> None:
    refused = {"status": "refused", "code": "UNKNOWN-ID"}
    accepted = {"status": "accepted", "result": {"deal_id": "D-99"}}
    journal = golden(1)
    was = msgspec.json.decode(entries_of(journal)[entry].public)["answer"]["status"]
    found = replayed(changed(journal, entry, answer=refused if was == "accepted" else accepted))
    assert found.first_bad is not None
    assert (found.first_bad.code, found.first_bad.entry) == ("AUDIT-ANSWER", entry)
    assert (found.decided_alike, found.replayed, found.state_hash) == (False, entry, None)


def test_a_line_that_is_none_is_named_by_the_entry_that_should_stand_there() -> None:
    found = replayed(cut(golden(1), 30)[:-5])
    assert found.first_bad is not None
    assert found.first_bad.code == "AUDIT-LINE"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (public_copy(golden(1)), "OFFLINE-PUBLIC"),
        (b"", "OFFLINE-EXPORT"),
        (b"{}\n", "OFFLINE-EXPORT"),
        (golden(1).splitlines(keepends=True)[0], "OFFLINE-EXPORT"),
        (golden(1).splitlines(keepends=True)[1], "OFFLINE-EXPORT"),
    ],
    ids=["public", "empty", "no line of an export", "no entry", "no header"],
)
def test_what_cannot_be_replayed_gives_no_verdict(data: bytes, code: str) -> None:
    with pytest.raises(OfflineRefused) as found:
        replayed(data)
    assert found.value.code == code
    assert found.value.cure in str(found.value)


def ipx(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_the_command_ends_with_0_1_or_2(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(golden(4))
    code, said = ipx("replay", str(path))
    assert code == 0
    assert "DECIDED ALIKE / 重放一致" in said
    code, said = ipx("replay", str(path), "--json")
    assert (code, json.loads(said)["replayed"]) == (0, 40)
    path.write_bytes(changed(golden(4), 7, answer={"status": "refused", "code": "UNKNOWN-ID"}))
    code, said = ipx("replay", str(path))
    assert code == 1
    assert "entry 7 / 记录 7" in said
    path.write_bytes(public_copy(golden(4)))
    code, said = ipx("replay", str(path))
    assert code == 2
    assert "OFFLINE-PUBLIC" in said
