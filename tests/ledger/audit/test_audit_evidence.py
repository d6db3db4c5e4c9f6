"""The evidence desk under audit: who lodged a digest and who first, what became of a deposit, and no forgery of either."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from ledger.audit.lodged import Lodging, deposits_of
from ledger.audit.offline import DecidedOtherwise, OfflineRefused, Until, replay_export
from ledger.audit.subjects import SubjectHistory, history_of
from tests.exchange.scene import digest
from tests.ledger.audit.conftest import Auditor, audited, new_scene
from tests.ledger.audit.evidence_days import evidence_day
from tests.ledger.audit.golden_exports import changed, entries_of, golden, public_copy, tables_of

DESK = golden(5)
DESIGN = digest("设计一")


def told(evidence_id: str, data: bytes = DESK, **until: Any) -> SubjectHistory:
    return history_of(io.BytesIO(data), "evidence", evidence_id, Until(**until))


def lodging(sha256: str = DESIGN, data: bytes = DESK, **until: Any) -> Lodging:
    return deposits_of(io.BytesIO(data), sha256, Until(**until))


def first_lodging() -> int:
    """The entry of the first deposit."""
    return next(each.entry for each in entries_of(DESK) if b'"type":"lodge_evidence"' in bytes(each.public))


def test_whoever_lodged_a_digest_is_found_in_the_order_of_the_entries() -> None:
    found = lodging()
    assert [each.evidence_id for each in found.deposits] == ["EV-1", "EV-2", "EV-5"]
    assert [each.entry for each in found.deposits] == sorted(each.entry for each in found.deposits)
    author, rival, again = found.deposits
    assert (author.party_id, author.sm3) == (again.party_id, digest("sm3"))
    assert (rival.kind, rival.sm3) == ("infringement_capture", None)
    assert rival.party_id != author.party_id
    assert lodging(digest("nobody's")).deposits == ()
    assert [each.evidence_id for each in lodging(entry=rival.entry - 1).deposits] == ["EV-1"]


def test_a_deposit_is_what_the_tables_had_and_its_history_holds_and_erasures_of_its_entry() -> None:
    tables = tables_of(DESK)
    for evidence_id in tables.ids("evidence"):
        assert told(evidence_id).row == tables.after[-1]["evidence", evidence_id]
    first, second = told("EV-1"), told("EV-2")
    assert (first.state, second.state) == ("work", "infringement_capture")
    commands = [step.command for step in first.steps]
    assert commands[0] == "lodge_evidence"
    assert commands.count("place_legal_hold") == commands.count("lift_legal_hold") == 2
    assert "erase_sealed_part" not in commands, "it was refused while a hold stood"
    assert [step.command for step in second.steps].count("erase_sealed_part") == 1
    (kept,) = (each for each in tables.ids("evidence") if told(each).row["subject_id"].startswith("L-"))
    assert [step.command for step in told(kept).steps] == ["lodge_evidence", "place_legal_hold"]
    with pytest.raises(OfflineRefused, match="OFFLINE-SUBJECT"):
        told("EV-1", entry=first_lodging() - 1)


@pytest.mark.parametrize("fields", [{"time_ms": 1}, {"actor": "P-2"}])
def test_an_entry_that_was_changed_is_named_and_nothing_is_told_of_it(fields: dict[str, Any]) -> None:
    entry = first_lodging()
    forged = changed(DESK, entry, **fields)
    for tell in (lambda: told("EV-1", forged), lambda: lodging(data=forged)):
        with pytest.raises(DecidedOtherwise) as found:
            tell()
        bad = found.value.finding
        assert entry in {bad.entry, *(bad.interval or ())}
    assert not replay_export(io.BytesIO(forged)).decided_alike


def test_digests_that_were_changed_in_the_file_open_nothing() -> None:
    forged = DESK.replace(DESIGN.encode(), digest("another").encode(), 1)
    assert forged != DESK
    with pytest.raises(DecidedOtherwise) as found:
        lodging(digest("another"), forged)
    assert found.value.finding.entry == first_lodging() or first_lodging() in (
        found.value.finding.interval or ()
    )


def test_a_public_copy_tells_of_no_digest() -> None:
    copy = public_copy(DESK)
    assert DESIGN.encode() not in copy
    assert digest("sm3").encode() not in copy
    with pytest.raises(OfflineRefused, match="OFFLINE-PUBLIC"):
        lodging(data=copy)


def test_the_command_tells_deposits_by_digest_and_by_number(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(DESK)

    def ipx(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["evidence", *words], env={"COLUMNS": "200"})
        return done.exit_code, done.output

    code, said = ipx(DESIGN.upper(), str(path), "--json")
    assert (code, [each["evidence_id"] for each in json.loads(said)["deposits"]]) == (
        0,
        ["EV-1", "EV-2", "EV-5"],
    )
    code, said = ipx(DESIGN, str(path))
    assert code == 0
    assert "侵权取证 / Capture of an infringement" in said
    code, said = ipx("EV-2", str(path))
    assert code == 0
    assert "sealed_part_erased" in said
    assert ipx("EV-99", str(path))[0] == 2
    path.write_bytes(public_copy(DESK))
    assert ipx(DESIGN, str(path))[0] == 2
    path.write_bytes(changed(DESK, first_lodging(), time_ms=1))
    assert ipx(DESIGN, str(path))[0] == 1


@pytest.fixture(scope="module")
def day(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """A day at the desk, on a chain."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("desk"))
    evidence_day(scene)
    return audited(scene, chain_url)


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_the_whole_audit_holds_over_a_day_at_the_desk(day: Auditor, kind: str) -> None:
    report = day.audit(day.write(kind))  # type: ignore[arg-type]  # one of the kinds of export
    assert report.findings == ()
    assert report.verified
