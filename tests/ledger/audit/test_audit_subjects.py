"""The history of a deal, a right or a party, and how it stood at a time: what the tables held then."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from api.cli.audit_offline import _in_words
from exchange.commands import EvidenceKind, RegisterStatus
from exchange.deals import steps
from exchange.events import AnyEvent
from ledger.audit.offline import DecidedOtherwise, OfflineRefused, Until
from ledger.audit.subjects import STATE_FIELD, SubjectHistory, SubjectKind, history_of
from tests.ledger.audit.golden_exports import Tables, changed, cut, golden, public_copy, tables_of

TRADING, FLOOR = golden(3), golden(4)
DEAL_STATES = sorted({*steps.ASSIGNMENT.values(), *steps.LICENCE.values(), *steps.DELIVERY.values()})
KINDS: tuple[SubjectKind, ...] = ("deal", "right", "party")
DESK = golden(5)


@pytest.fixture(scope="module")
def trading() -> Tables:
    return tables_of(TRADING)


@pytest.fixture(scope="module")
def floor() -> Tables:
    return tables_of(FLOOR)


def told(data: bytes, kind: SubjectKind, subject_id: str, **until: Any) -> SubjectHistory:
    return history_of(io.BytesIO(data), kind, subject_id, Until(**until))


def test_each_deal_has_a_history_of_moves_that_ends_in_the_state_that_the_tables_have(
    trading: Tables,
) -> None:
    deals = trading.ids("deal")
    assert len(deals) == 24
    for deal_id in deals:
        history = told(TRADING, "deal", deal_id)
        assert history.row == trading.after[-1]["deal", deal_id]
        moves = [move for step in history.steps for move in step.states]
        assert [old for old, _ in moves] == ["", *(new for _, new in moves[:-1])]
        assert moves[-1][1] == history.state == history.row["state"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_changed_fields_of_a_history_put_together_are_the_row(kind: SubjectKind, trading: Tables) -> None:
    for subject_id in trading.ids(kind)[:6]:
        history = told(TRADING, kind, subject_id)
        made: dict[str, Any] = {}
        for step in history.steps:
            for name, change in step.fields.items():
                assert made.get(name) == change.old
                made[name] = change.new
        wanted = trading.after[-1][kind, subject_id]
        assert {name: value for name, value in made.items() if value is not None} == {
            name: value for name, value in wanted.items() if value is not None
        }
        assert history.state == (wanted[STATE_FIELD[kind]] or "")


@pytest.mark.parametrize("kind", KINDS)
def test_time_travel_to_each_entry_is_a_replay_cut_there_and_what_the_tables_held(
    kind: SubjectKind, floor: Tables
) -> None:
    subject_id = floor.ids(kind)[0]
    seen = 0
    for entry, held in enumerate(floor.after):
        if (kind, subject_id) not in held:
            with pytest.raises(OfflineRefused, match="OFFLINE-SUBJECT"):
                told(FLOOR, kind, subject_id, entry=entry)
            continue
        history = told(FLOOR, kind, subject_id, entry=entry)
        assert history == told(cut(FLOOR, entry + 1), kind, subject_id)
        assert (history.row, history.as_of_entry) == (held[kind, subject_id], entry)
        seen += 1
    assert seen > 1


def test_an_entry_stands_in_the_history_if_the_row_changed_by_it(trading: Tables) -> None:
    for kind in KINDS:
        subject_id = trading.ids(kind)[-1]
        before = None
        changed_by = []
        for entry, held in enumerate(trading.after):
            if held.get((kind, subject_id)) != before:
                before = held[kind, subject_id]
                changed_by.append(entry)
        steps = told(TRADING, kind, subject_id).steps
        assert [step.entry for step in steps if step.fields] == changed_by
        assert all(step.fields or step.events or step.actor == subject_id for step in steps)


def test_a_time_counts_every_entry_of_that_moment_and_none_after(floor: Tables) -> None:
    party = floor.ids("party")[0]
    for entry in range(5, 40, 5):
        time_ms = floor.times_ms[entry]
        last = max(number for number, each in enumerate(floor.times_ms) if each <= time_ms)
        assert told(FLOOR, "party", party, time_ms=time_ms) == told(FLOOR, "party", party, entry=last)
    after_all = told(FLOOR, "party", party, time_ms=floor.times_ms[-1] + 1)
    assert after_all == told(FLOOR, "party", party)


def test_every_event_of_a_history_names_its_subject_and_is_a_known_event() -> None:
    tags = {event.__struct_config__.tag for event in get_args(AnyEvent)}
    history = told(TRADING, "deal", "D-1")
    named = [event for step in history.steps for event in step.events]
    assert {event["type"] for event in named} <= tags
    assert all(re.search(r'["/:]D-1["/]', json.dumps(event)) for event in named)
    assert not any("D-10" in json.dumps(event) for event in named)


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (lambda: told(FLOOR, "deal", "D-99"), "OFFLINE-SUBJECT"),
        (lambda: told(FLOOR, "deal", "P-1"), "OFFLINE-SUBJECT"),
        (lambda: told(FLOOR, "party", "P-1", entry=40), "OFFLINE-AT"),
        (lambda: told(FLOOR, "party", "P-1", time_ms=1), "OFFLINE-AT"),
        (lambda: told(public_copy(FLOOR), "party", "P-1"), "OFFLINE-PUBLIC"),
        (lambda: told(b"", "party", "P-1"), "OFFLINE-EXPORT"),
    ],
    ids=["no such deal", "of another kind", "beyond the end", "before the start", "public", "empty"],
)
def test_what_has_no_answer_says_why(read: Callable[[], object], code: str) -> None:
    with pytest.raises(OfflineRefused) as found:
        read()
    assert found.value.code == code


def test_a_history_is_told_only_of_entries_that_hold_and_not_of_what_comes_after_its_time() -> None:
    forged = changed(FLOOR, 20, answer={"status": "refused", "code": "UNKNOWN-ID"})
    with pytest.raises(DecidedOtherwise) as found:
        told(forged, "party", "P-1")
    assert found.value.finding.entry == 20
    assert told(forged, "party", "P-1", entry=19) == told(FLOOR, "party", "P-1", entry=19)


def ipx(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return done.exit_code, done.output


def test_the_commands_tell_it_in_words_and_as_json(tmp_path: Path, trading: Tables) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(golden(1))
    code, said = ipx("deal", "D-1", str(path))
    assert code == 0
    assert "as of / 截至 entry / 记录 73, 2027-02-15T08:00:00.072Z: SETTLED 已结算 / Settled" in said
    path.write_bytes(TRADING)
    code, said = ipx("deal", "D-1", str(path))
    assert code == 0
    assert "- → AWARDED 待签约 / Awarded" in said
    code, said = ipx("right", trading.ids("right")[0], str(path), "--json")
    assert (code, json.loads(said)["row"]["id"]) == (0, trading.ids("right")[0])
    code, said = ipx("party", "P-1", str(path), "--at", "100", "--json")
    assert (code, json.loads(said)["as_of_entry"]) == (0, 100)


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("deal", DEAL_STATES),
        ("right", get_args(RegisterStatus)),
        ("party", ("APPLIED", "ACTIVE", "SUSPENDED")),
        ("evidence", get_args(EvidenceKind)),
    ],
)
def test_every_state_of_a_subject_has_words_in_both_languages(
    kind: SubjectKind, states: tuple[str, ...]
) -> None:
    assert all(
        re.fullmatch(rf"{state} .*[\u4e00-\u9fff].* / .*[a-z].*", _in_words(kind, state)) for state in states
    )
    assert _in_words(kind, "") == ""


def test_a_moment_is_an_entry_a_time_or_milliseconds(tmp_path: Path, floor: Tables) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(FLOOR)
    time_ms = floor.times_ms[30]
    by_ms = ipx("party", "P-1", str(path), "--at", str(time_ms), "--json")
    assert by_ms == ipx("party", "P-1", str(path), "--at", "30", "--json")
    code, said = ipx("party", "P-1", str(path), "--at", "2099-01-01T00:00:00+08:00", "--json")
    assert (code, json.loads(said)["as_of_entry"]) == (0, 39)
    assert ipx("party", "P-1", str(path), "--at", "2099-01-01T00:00:00")[0] == 2


def test_the_commands_end_with_1_where_an_entry_does_not_hold_and_2_where_there_is_no_answer(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(changed(FLOOR, 20, answer={"status": "refused", "code": "UNKNOWN-ID"}))
    code, said = ipx("party", "P-1", str(path))
    assert code == 1
    assert "entry 20 / 记录 20" in said
    code, said = ipx("deal", "D-99", str(path), "--at", "19")
    assert code == 2
    assert "no deal D-99 by entry 19" in said
