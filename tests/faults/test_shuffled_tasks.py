"""Every task three times and in any order, by Celery's worker: the day ends as it does when each runs once, and nothing more happens."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from celery import Celery
from prometheus_client.parser import text_string_to_metric_families

from ledger.store.migrate import upgrade
from ledger.works import BY_NAME
from tests.faults.scale import SCALE, SEED
from tests.ledger.works.desk import Desk, open_desk
from tests.ledger.works.pipeline import Fork
from tests.ledger.works.worker_process import DEADLINE_S, Worker

pytestmark = pytest.mark.faults
MOST_ROUNDS = 12
RUNS = 3
QUEUE = "ipx"
BEATS = {
    "sequencer_head": "its heart beats",
    "chain_cursor": "it says when it was moved last",
    "chain_tip": "it says when it was seen last",
    "reconciliations": "both sides are compared again and again",
    "checkpoints": "the sequencer signs one every second or so",
}
"""Tables that move by themselves."""
OF_THE_VENUE = frozenset({"tick", "record_state_hash", "record_register_copy"})
"""Commands that the sequencer gives by its clock; and copies of the register, whose number tells only whether a task has
read a notice before or after the outcome that it is of: see `Day.require_new_copies`.
"""


def in_order(desk: Desk) -> None:
    for name in BY_NAME:
        BY_NAME[name](desk.works)


class Shuffled:
    """Every task three times in any order, through Redis to the worker, whose four threads run them."""

    def __init__(self, worker: Worker, redis_url: str, random: Random) -> None:
        self._worker, self._random, self._run = worker, random, 0
        self._celery = Celery(broker=redis_url.replace("unix://", "redis+socket://", 1))

    def __call__(self, _: Desk) -> None:
        names = [*BY_NAME] * RUNS
        self._random.shuffle(names)
        for name in names:
            self._celery.send_task(f"{QUEUE}.{name}", queue=QUEUE, ignore_result=True)
        self._run += len(names)
        end = time.monotonic() + DEADLINE_S
        while self._done() < self._run:
            assert time.monotonic() < end, self._worker.log.read_text()[-2_000:]
            time.sleep(0.05)
        assert self._done() == self._run, "the clock gives none"

    def _done(self) -> int:
        """How many tasks the worker has run, by its own figures."""
        try:
            text = httpx.get(f"http://127.0.0.1:{self._worker.metrics_port}/metrics", trust_env=False).text
        except httpx.ConnectError:
            return 0  # it is starting
        families = text_string_to_metric_families(text)
        samples = [sample for family in families for sample in family.samples]
        return round(sum(sample.value for sample in samples if sample.name == "ipx_works_total"))


class Day:
    """An assignment and a licence, from signature to the end, by tasks alone."""

    def __init__(self, desk: Desk, run: Callable[[Desk], None]) -> None:
        self.desk, self.run = desk, run

    def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(MOST_ROUNDS):
            self.run(self.desk)
            self.desk.pipe.fork.mine(3)
            if holds():
                return
        message = f"it did not come about: {Counter(self.desk.pipe.states())}"
        raise AssertionError(message)

    def live(self) -> None:
        desk = self.desk
        seller, buyer = desk.company(), desk.company()
        sold, licensed = desk.right(seller), desk.right(seller)
        desk.pay_in(buyer, 5_000_00)
        self.until(lambda: desk.balance(buyer) == 5_000_00 and self.is_known(sold, licensed))
        deals = [desk.award(seller, buyer, sold), desk.award(seller, buyer, licensed, "ordinary_licence")]
        for deal_id in deals:
            desk.sign(deal_id, seller, buyer)
        self.until(lambda: all(desk.deal(deal_id).state != "SIGNED" for deal_id in deals))
        for deal_id in deals:
            desk.fund(deal_id, buyer)
            desk.file(deal_id, seller, buyer)
        self.until(lambda: desk.deal(deals[0]).state == "REGISTERED")
        desk.approve_payments()
        self.until(lambda: desk.deal(deals[0]).state == "SETTLED")
        self.until(lambda: set(desk.pipe.states()) == {"VERIFIED"})
        self.require_new_copies(sold, licensed)

    def require_new_copies(self, *right_ids: str) -> None:
        """However often a task looks, a copy is recorded only where it says what the one before it did not."""
        rows = self.desk.database.execute(
            "SELECT convert_from(terms, 'UTF8')::jsonb ->> 'copy' AS copy FROM journal"
            " WHERE type = 'record_register_copy' ORDER BY entry"
        )
        said = [json.loads(row["copy"]) for row in rows.fetchall()]
        for right_id in right_ids:
            own = [
                {name: value for name, value in copy.items() if name not in {"as_of_ms", "version"}}
                for copy in said
                if copy["right_id"] == right_id
            ]
            assert own
            assert all(before != after for before, after in pairwise(own)), own

    def is_known(self, *right_ids: str) -> bool:
        rows = self.desk.database.execute(
            "SELECT id, data FROM rights WHERE id = ANY(%s)", (list(right_ids),)
        )
        return all(row["data"].get("register_as_of_ms") for row in rows.fetchall())

    def outcome(self) -> dict[str, Counter[Any]]:
        """What the day has come to, without the ids and times that differ from one venue to another."""
        database = self.desk.database
        queries = {
            "journal": "SELECT type FROM journal",
            "outbox": "SELECT kind, state FROM outbox",
            "events": "SELECT name, final FROM chain_events WHERE name <> 'Anchored'",
            "accounts": "SELECT purpose, currency, balance FROM accounts",
            "deals": "SELECT data ->> 'state' AS state FROM deals",
            "payments": "SELECT data ->> 'state' AS state FROM payments",
            "licences": "SELECT data ->> 'state' AS state, data ->> 'recorded' AS recorded FROM licences",
            "lines": "SELECT data ->> 'amount' AS amount FROM statement_lines",
        }
        found = {}
        for name, query in queries.items():
            rows = [tuple(row.values()) for row in database.execute(query).fetchall()]
            found[name] = Counter(row for row in rows if row[0] not in OF_THE_VENUE)
        return found

    def tables(self) -> dict[str, list[Any]]:
        """Every row of every table that does not move by itself."""
        database = self.desk.database
        names = database.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        ).fetchall()
        return {
            name: sorted(map(str, database.execute(f"SELECT * FROM {name}").fetchall()))  # noqa: S608 - its own names
            for name in (row["tablename"] for row in names)
            if name not in BEATS
        }


def test_every_task_three_times_and_shuffled_ends_in_the_same_tables(
    shallow_fork: Fork, migrated_database_url: str, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "once").mkdir()
    with open_desk(shallow_fork, migrated_database_url, tmp_path / "once") as desk:
        once = Day(desk, in_order)
        once.live()
        wanted = once.outcome()
    upgrade(database_url)
    (tmp_path / "thrice").mkdir()
    random = Random(SEED)  # noqa: S311 - the same order for the same seed
    with open_desk(shallow_fork, database_url, tmp_path / "thrice") as desk:
        rare = {"IPX_TICK_SECONDS": "3600", "IPX_ANCHOR_ENTRIES": "1"}
        worker = Worker(desk, redis_url, tmp_path / "thrice", **rare)
        worker.start()
        try:
            thrice = Day(desk, Shuffled(worker, redis_url, random))
            thrice.live()
            assert thrice.outcome() == wanted
            for _ in range(3):  # what the last blocks still bring: anchors that are not final
                thrice.run(desk)
                desk.pipe.fork.mine(3)
            thrice.run(desk)
            before = thrice.tables()
            for _ in range(SCALE):
                thrice.run(desk)
                assert thrice.tables() == before
        finally:
            worker.end(signal.SIGKILL)
