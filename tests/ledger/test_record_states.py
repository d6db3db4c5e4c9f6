"""Every pair of state and event of what goes to the chain, by the very statements that move it, on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger import anchoring, chain_results, indexer, outbox, reverted
from ledger.alone import Database, open_database
from ledger.record_states import ANCHOR_TRANSITIONS, RECORD_TRANSITIONS, Transitions, before
from ledger.store.chain_tables import anchors as anchors_table
from ledger.store.chain_tables import outbox as outbox_table

PLACE = ("0xab", 7, "0xcd")
"""Transaction, block and its hash."""
RECORDS: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "send": [(outbox._WRITE_SENT, ("0xab", 1, 0, [1]))],
    "requeue": [(outbox._BACK_TO_QUEUE, ("WHY", 0.0, 0, [1]))],
    "malformed": [(outbox._WRITE_MALFORMED, ("WHY", 0, 1))],
    "mine": [(outbox._WRITE_MINED, (7, "0xcd", 0, [1]))],
    "stand": [(reverted._WRITE, (*PLACE, None, 0, [1]))],
    "lose": [(chain_results._WRITE_LOST, (0, 1))],
    "finalise": [(chain_results._WRITE_STATE, ("FINAL", *PLACE, None, 0, 1))],
    "verify": [(chain_results._WRITE_STATE, ("VERIFIED", *PLACE, None, 0, 1))],
    "refuse": [
        (chain_results._WRITE_STATE, ("REFUSED", *PLACE, "WHY", 0, 1)),
        (chain_results._WRITE_REVERTED, (0, 1)),
    ],
    "come_early": [(chain_results._BACK_TO_QUEUE, ("WHY", 0.0, 0, 1))],
    "rewind": [(indexer._OUTBOX_AGAIN, ("WHY", 0, 6))],
    "recover": [(indexer._OUTBOX_AGAIN, ("WHY", 0, 6))],
    "forget": [(indexer._FORGET_SENT, ())],
}
ANCHORS: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "send": [(anchoring._WRITE_SENT, ("0xab", 0, 1))],
    "mine": [(anchoring._WRITE_MINED, (7, "0xcd", 0, 1))],
    "stand": [(anchoring._WRITE_STANDING, (*PLACE, 0, 1))],
    "lose": [(chain_results._WRITE_ANCHOR, ("QUEUED", None, None, None, "WHY", 0, 1))],
    "verify": [(chain_results._WRITE_ANCHOR, ("VERIFIED", *PLACE, None, 0, 1))],
    "refuse": [(chain_results._WRITE_ANCHOR, ("REFUSED", *PLACE, "WHY", 0, 1))],
    "rewind": [(indexer._ANCHORS_AGAIN, ("WHY", 0, 6))],
    "recover": [(indexer._ANCHORS_AGAIN, ("WHY", 0, 6))],
    "forget": [(indexer._FORGET_ANCHOR, ())],
}
STATES = ("QUEUED", "SENT", "MINED", "FINAL", "VERIFIED", "REFUSED")
"""Those that the tables' constraints admit."""


@pytest.fixture
def database(migrated_database_url: str) -> Iterator[Database]:
    with open_database(migrated_database_url) as database:
        database.execute(
            "INSERT INTO outbox (id, record_id, kind, subject_id, payload, entry, updated_ms)"
            " OVERRIDING SYSTEM VALUE VALUES (1, 'R', 'deal', 'D-1', '{}', 0, 0)"
        )
        database.execute(
            "INSERT INTO anchors (size, root, previous_root, frontier, updated_ms) VALUES (1, '', '', '', 0)"
        )
        yield database


@pytest.mark.parametrize(
    ("name", "table", "moves"), [("outbox", RECORD_TRANSITIONS, RECORDS), ("anchors", ANCHOR_TRANSITIONS, ANCHORS)]
)  # fmt: skip
def test_a_statement_takes_the_steps_of_its_table_and_no_other(
    database: Database, name: str, table: Transitions, moves: dict[str, list[tuple[str, tuple[Any, ...]]]]
) -> None:
    assert set(moves) == {event for _, event in table}
    put = f"UPDATE {name} SET state = %s, block_number = 7, transaction_hash = '0xab'"  # noqa: S608 - our own names
    for event, statements in moves.items():
        for state in STATES:
            for statement, parameters in statements:
                database.execute(put, (state,))
                database.execute(statement, (*parameters, before(table, event)))
                now = database.execute(f"SELECT state FROM {name}").fetchone()  # noqa: S608 - as above
                assert now == {"state": table.get((state, event), state)}, (state, event)


def test_every_statement_that_sets_a_state_asks_which_it_comes_from() -> None:
    found = 0
    for path in Path(ledger.__path__[0]).rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for said in re.findall(r'"UPDATE (?:outbox|anchors) SET state.*?"(?!")|"""\n(?:UPDATE (?:outbox|anchors) SET state).*?"""',
                               path.read_text(), re.DOTALL):  # fmt: skip
            found += 1
            assert said.rstrip('"\n').endswith("state = ANY(%s)"), (path.name, said)
    assert found == len({text for moves in (RECORDS, ANCHORS) for each in moves.values() for text, _ in each})


def test_whatever_was_sent_has_a_way_to_its_end_and_a_way_back() -> None:
    for table in (RECORD_TRANSITIONS, ANCHOR_TRANSITIONS):
        states = {state for state, _ in table} | set(table.values())
        reached = {"QUEUED"}
        for _ in states:
            reached |= {new for (state, _), new in table.items() if state in reached}
        assert reached == states
        assert {state for (state, _), new in table.items() if new == "QUEUED"} >= states - {"QUEUED"}


def test_an_event_that_no_state_has_moves_nothing_by_mistake() -> None:
    with pytest.raises(KeyError):
        before(RECORD_TRANSITIONS, "verfy")


def test_the_tables_know_the_states_that_the_database_admits() -> None:
    for table in (outbox_table, anchors_table):
        (constraint,) = [each for each in table.constraints if each.name and "state" in str(each.name)]
        assert tuple(re.findall(r"'(\w+)'", str(constraint.sqltext))) == STATES  # type: ignore[attr-defined]
    assert {state for pair in RECORD_TRANSITIONS.items() for state in (pair[0][0], pair[1])} == set(STATES)
    assert {state for pair in ANCHOR_TRANSITIONS.items() for state in (pair[0][0], pair[1])} <= set(STATES)
