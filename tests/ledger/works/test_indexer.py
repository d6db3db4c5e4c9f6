"""The indexer: what the chain shows, with forks undone; and a halt, never a guess, when final blocks are gone."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ledger.alone import Elsewhere, open_database
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.raw_logs import RawLog
from ledger.indexer import Indexer
from tests.ledger.works.pipeline import KEYS_AT_ONCE, Pipeline

OURS = "SELECT * FROM chain_events WHERE name <> 'KeyEnrolled' ORDER BY contract, seq"
LAST = "(SELECT max(seq) FROM chain_events)"


def events_of(pipe: Pipeline) -> list[dict[str, Any]]:
    """What was read, without the enrolments of keys that precede every test."""
    return pipe.database.execute(OURS).fetchall()


def seen(pipe: Pipeline) -> list[tuple[str, bool]]:
    return [(row["name"], row["final"]) for row in events_of(pipe)]


def test_events_are_read_once_in_order_with_their_blocks(deep: Pipeline) -> None:
    deep.queue(*deep.assignment())
    deep.settle()
    rows = events_of(deep)
    assert [(row["seq"], row["name"]) for row in rows] == [
        (KEYS_AT_ONCE + 1, "RightRegistered"),
        (KEYS_AT_ONCE + 2, "DealAgreed"),
        (KEYS_AT_ONCE + 3, "RegistryConfirmed"),
        (KEYS_AT_ONCE + 4, "DealSettled"),
    ]
    for row in rows:
        block = deep.client.block(row["block_number"])
        assert block is not None
        assert row["block_hash"] == "0x" + block.hash.hex()
    assert deep.indexer().run().added == 0


def test_an_indexer_that_was_overtaken_moves_nothing_back(deep: Pipeline) -> None:
    """Two work beside each other where the first one's lock was lost; the slower one has read less."""
    deep.indexer().run()
    deep.fork.mine()

    class Overtaken(ChainClient):
        def logs(self, addresses: Any, from_block: int, to_block: int) -> list[RawLog]:
            found = super().logs(addresses, from_block, to_block)
            deep.queue(*deep.assignment())
            deep.outbox().run()
            deep.fork.mine()
            assert deep.indexer().run().added > 0
            return found

    overtaken = Indexer(deep.database, Overtaken(deep.fork.url), deep.manifest)
    with pytest.raises(Elsewhere):
        overtaken.run()
    deep.settle()
    assert [name for name, _ in seen(deep)] == [
        "RightRegistered",
        "DealAgreed",
        "RegistryConfirmed",
        "DealSettled",
    ]


@pytest.mark.parametrize("seed", range(6))
def test_a_rewound_table_is_the_one_that_a_fresh_reading_gives(
    deep: Pipeline, seed: int, database_url: str
) -> None:
    from ledger.store.migrate import upgrade

    random = Random(seed)  # noqa: S311 - the same story for the same seed
    for _ in range(8):
        if random.random() < 0.7:
            deep.queue(*random.choice([deep.assignment, deep.licence])())
        deep.outbox().run()
        deep.fork.mine(random.randint(1, 2))
        if random.random() < 0.8:
            deep.indexer().run()
        if random.random() < 0.6:
            deep.fork.reorganise(random.randint(1, 5))
            if random.random() < 0.5:
                deep.indexer().run()
    deep.settle(12)
    upgrade(database_url)
    with open_database(database_url) as fresh:
        Indexer(fresh, deep.client, deep.manifest).run()
        built = fresh.execute(OURS).fetchall()
    assert events_of(deep) == built


def test_events_are_final_when_the_chain_says_so(shallow: Pipeline) -> None:
    shallow.queue(shallow.right())
    shallow.send()
    shallow.indexer().run()
    assert seen(shallow) == [("RightRegistered", False)]
    shallow.fork.mine(2)
    shallow.indexer().run()
    assert seen(shallow) == [("RightRegistered", True)]


@pytest.mark.parametrize("way", ["reorganised", "lost"])
def test_final_events_that_are_gone_stop_settlement_until_somebody_recovers(
    shallow: Pipeline, way: str
) -> None:
    shallow.queue(*shallow.assignment())
    shallow.settle()
    shallow.fork.mine(3)
    shallow.indexer().run()
    assert all(final for _, final in seen(shallow))
    shallow.database.execute("UPDATE outbox SET state = 'VERIFIED'")
    before = events_of(shallow)
    if way == "reorganised":
        shallow.fork.reorganise(6)
    else:
        shallow.fork.roll_back(6)
    code = "CHAIN-FINAL-REORG" if way == "reorganised" else "CHAIN-FINAL-LOST"
    assert shallow.indexer().run().halted_for == code
    shallow.fork.mine(4)
    assert shallow.indexer().run().halted_for == code
    assert events_of(shallow) == before
    shallow.queue(shallow.right())
    assert shallow.outbox().run().halted_for == code
    assert shallow.anchoring().run(at_once=True).halted_for == code
    recovered = shallow.indexer().recover(shallow.indexer().agreed())
    assert (recovered.events_dropped, recovered.records_queued) == (4, 4)
    shallow.settle()
    assert sorted(shallow.names()) == sorted(
        ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled", "RightRegistered"]
    )
    assert [name for name, _ in seen(shallow)] == shallow.names()
    shallow.fork.mine(3)
    shallow.indexer().run()
    assert all(final for _, final in seen(shallow)), "what was kept and what was read again alike"


def test_final_blocks_without_our_events_may_go_and_nothing_stops(shallow: Pipeline) -> None:
    shallow.queue(shallow.right())
    shallow.settle()
    shallow.fork.mine(10)
    shallow.indexer().run()
    shallow.fork.roll_back(5)
    shallow.fork.mine(1)
    assert shallow.indexer().run().halted_for is None
    assert seen(shallow) == [("RightRegistered", True)]


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        ("DELETE FROM chain_events WHERE seq = {last}", "CHAIN-LOG-INCOMPLETE"),
        ("UPDATE chain_events SET data = jsonb_set(data, '{log_head}', to_jsonb('0x' || repeat('ab', 32))) WHERE seq = {last}", "CHAIN-LOG-INCOMPLETE"),
        ("UPDATE chain_events SET seq = 500 WHERE seq = {last}", "CHAIN-LOG-INCOMPLETE"),
    ],
)  # fmt: skip
def test_a_list_of_events_that_is_not_the_contracts_own_is_not_gone_on_from(
    deep: Pipeline, tampering: str, code: str
) -> None:
    deep.queue(*deep.assignment())
    deep.settle()
    cursor = deep.database.execute("SELECT block_number FROM chain_cursor").fetchall()
    deep.database.execute(tampering.replace("{last}", LAST))
    deep.fork.mine()
    with pytest.raises(ChainFault, match=code):
        deep.indexer().run()
    assert deep.database.execute("SELECT block_number FROM chain_cursor").fetchall() == cursor


def test_a_missing_event_shows_as_a_gap_when_the_next_one_comes(deep: Pipeline) -> None:
    deep.queue(*deep.assignment())
    deep.settle()
    deep.database.execute("DELETE FROM chain_events WHERE seq = {last}".replace("{last}", LAST))
    deep.queue(deep.right())
    deep.send()
    with pytest.raises(ChainFault, match="CHAIN-LOG-GAP"):
        deep.indexer().run()
