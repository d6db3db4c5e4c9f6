"""The indexer over several nodes: one liar of three changes nothing, and without a majority nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from ledger.chain.errors import ChainFault
from ledger.chain.quorum import Nodes, without_credentials
from ledger.indexer import Indexed, Indexer
from ledger.works import Works
from tests.ledger.works import lies
from tests.ledger.works.desk import Desk
from tests.ledger.works.pipeline import Pipeline

TABLES = (
    "SELECT * FROM chain_events ORDER BY contract, seq",
    # A cursor that has read nothing stands before the first block.
    "SELECT contract, block_number, block_hash, final_block, halted_for FROM chain_cursor WHERE block_number > 0 ORDER BY 1",
)
TIMEOUT_S = 1.0
EVERY_LIE: dict[str, lies.Lie] = {
    "no logs": lies.no_logs,
    "cut logs": lies.cut_logs,
    "holed logs": lies.holed_logs,
    "changed logs": lies.changed_logs,
    "moved logs": lies.moved_logs,
    "other hashes": lies.other_hashes,
    "other counts": lies.other_counts,
    "stale head": lies.stale_head,
    "head ahead": lies.head_ahead,
}


def tables(pipe: Pipeline) -> list[list[dict[str, Any]]]:
    return [pipe.database.execute(query).fetchall() for query in TABLES]


def read_honestly(pipe: Pipeline) -> list[list[dict[str, Any]]]:
    """The tables as they are when they are made anew from the real node alone."""
    pipe.database.execute("TRUNCATE chain_events, chain_cursor")
    pipe.indexer().run()
    return tables(pipe)


@contextmanager
def nodes(*urls: str) -> Iterator[Nodes]:
    made = Nodes(urls, TIMEOUT_S)
    try:
        yield made
    finally:
        made.close()


def run(pipe: Pipeline, read_from: Nodes) -> Indexed:
    return Indexer(pipe.database, read_from.reading(), pipe.manifest).run()


def live_through(pipe: Pipeline, read_from: Nodes, seed: int = 1) -> None:
    """Some days with forks, read from these nodes all the while."""
    random = Random(seed)  # noqa: S311 - the same story for the same seed
    for step in range(6):
        if step % 2 == 0:
            pipe.queue(*random.choice([pipe.assignment, pipe.licence])())
        pipe.outbox().run()
        pipe.fork.mine(random.randint(1, 2))
        run(pipe, read_from)
        if step in {2, 4}:
            pipe.fork.reorganise(random.randint(1, 4))
            run(pipe, read_from)
    pipe.fork.mine()
    run(pipe, read_from)


@pytest.mark.parametrize("number", range(len(EVERY_LIE)), ids=EVERY_LIE)
def test_one_liar_of_three_is_named_and_changes_nothing(deep: Pipeline, number: int) -> None:
    lie, place, url = list(EVERY_LIE.values())[number], number % 3, deep.fork.url
    with lies.honest(url) as other, lies.lying(url, lie) as liar, capture_logs() as said:
        asked = [url, other]
        asked.insert(place, liar.replace("//", "//user:secret@") + "/secret")
        with nodes(*asked) as read_from:
            live_through(deep, read_from)
    found = tables(deep)
    assert found == read_honestly(deep)
    assert len(found[0]) > 3
    alarms = [each for each in said if each["event"] == "alarm"]
    assert {(each["code"], each["node"], each["url"], each["log_level"]) for each in alarms} == {
        ("CHAIN-NODE-LAGS" if lie is lies.stale_head else "CHAIN-NODE-DIFFERS", place + 1, liar, "warning")
    }
    assert "secret" not in str(said)


def test_a_node_that_calls_everything_final_makes_nothing_final(deep: Pipeline) -> None:
    url = deep.fork.url
    with (
        lies.honest(url) as other,
        lies.lying(url, lies.EarlyFinality(url)) as liar,
        nodes(liar, url, other) as read_from,
    ):
        live_through(deep, read_from)
    found = tables(deep)
    assert found == read_honestly(deep)


def test_a_node_that_is_often_late_is_passed_over_until_it_is_well_again(deep: Pipeline) -> None:
    url = deep.fork.url
    with (
        lies.honest(url) as other,
        lies.often_late(url, 3) as (late, ended),
        capture_logs() as said,
        nodes(url, late, other) as read_from,
    ):
        live_through(deep, read_from)
        ended.set()
        run(deep, read_from)
        run(deep, read_from)
    found = tables(deep)
    assert found == read_honestly(deep)
    told = [(each["event"], each["code"], each["node"]) for each in said if "node" in each]
    assert told[0] == ("alarm", "CHAIN-NODE-FAILS", 2)
    assert told[-1] == ("a node is well again", "CHAIN-NODE-FAILS", 2)
    assert set(told) == {told[0], told[-1]}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("no logs", "cut logs"),
        ("no logs", "other hashes"),
        ("changed logs", "other counts"),
        ("stale head", "no logs"),
        ("moved logs", "holed logs"),
        ("other hashes", "stale head"),
        ("cut logs", "other counts"),
    ],
)
def test_with_two_liars_nothing_is_written_until_one_is_honest_again(
    deep: Pipeline, one: str, two: str
) -> None:
    url = deep.fork.url
    deep.queue(*deep.assignment())
    deep.settle()
    deep.queue(*deep.licence())
    deep.send()
    deep.send()
    deep.send()
    before = tables(deep)
    with (
        lies.lying(url, EVERY_LIE[one]) as first,
        lies.lying(url, EVERY_LIE[two]) as second,
        lies.honest(url) as other,
    ):
        with nodes(url, first, second) as read_from:
            for _ in range(3):
                with pytest.raises(ChainFault, match="CHAIN-NO-QUORUM") as fault:
                    run(deep, read_from)
                assert fault.value.transient
                assert tables(deep) == before
        with nodes(url, first, other) as read_from:
            run(deep, read_from)
    found = tables(deep)
    assert found == read_honestly(deep) != before


def test_two_that_tell_the_same_lie_about_logs_are_caught_by_the_contracts_own_count(deep: Pipeline) -> None:
    url = deep.fork.url
    deep.queue(*deep.assignment())
    deep.send()
    before = tables(deep)
    with (
        lies.lying(url, lies.no_logs) as first,
        lies.lying(url, lies.no_logs) as second,
        nodes(url, first, second) as read_from,
        pytest.raises(ChainFault, match="CHAIN-LOG-INCOMPLETE"),
    ):
        run(deep, read_from)
    assert tables(deep) == before


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (lies.no_logs, "CHAIN-LOG-INCOMPLETE"),
        (lies.cut_logs, "CHAIN-LOG-INCOMPLETE"),
        (lies.holed_logs, "CHAIN-LOG-GAP"),
        (lies.changed_logs, "CHAIN-LOG-INCOMPLETE"),
        (lies.other_counts, "CHAIN-LOG-INCOMPLETE"),
    ],
)
def test_a_single_node_that_hides_or_changes_events_is_caught_by_the_contracts_own_count_and_head(
    deep: Pipeline, lie: lies.Lie, code: str
) -> None:
    deep.queue(deep.right(), deep.right())
    deep.send()
    deep.indexer().run()
    deep.queue(deep.right(), deep.right())
    deep.send()
    before = tables(deep)
    with lies.lying(deep.fork.url, lie) as liar, nodes(liar) as one, pytest.raises(ChainFault, match=code):
        run(deep, one)
    assert tables(deep) == before


def test_two_nodes_that_lag_do_not_undo_what_is_final(shallow: Pipeline) -> None:
    url = shallow.fork.url
    shallow.queue(*shallow.assignment())
    shallow.settle()
    shallow.fork.mine(3)
    shallow.indexer().run()
    before = tables(shallow)
    behind = lies.without_blocks_after(shallow.client.block_number() - 6)
    with (
        lies.lying(url, behind) as first,
        lies.lying(url, behind) as second,
        nodes(url, first, second) as read_from,
        pytest.raises(ChainFault, match="CHAIN-NO-QUORUM"),
    ):
        run(shallow, read_from)
    assert tables(shallow) == before


@pytest.mark.parametrize("way", ["reorganised", "lost"])
def test_final_events_that_are_gone_on_every_node_stop_settlement_as_with_one(
    shallow: Pipeline, way: str
) -> None:
    url = shallow.fork.url
    shallow.queue(*shallow.assignment())
    shallow.settle()
    shallow.fork.mine(3)
    with lies.honest(url) as second, lies.honest(url) as third, nodes(url, second, third) as read_from:
        run(shallow, read_from)
        if way == "reorganised":
            shallow.fork.reorganise(6)
        else:
            shallow.fork.roll_back(6)
        code = "CHAIN-FINAL-REORG" if way == "reorganised" else "CHAIN-FINAL-LOST"
        assert run(shallow, read_from).halted_for == code
        reading = Indexer(shallow.database, read_from.reading(), shallow.manifest)
        assert reading.recover(reading.agreed()).events_dropped == 4
        assert run(shallow, read_from).halted_for is None


def test_an_honest_node_a_block_behind_is_no_alarm_and_outvotes_a_liar_with_the_other(deep: Pipeline) -> None:
    url = deep.fork.url
    deep.queue(deep.right())
    deep.send()
    newest = deep.client.block_number()
    behind = lies.without_blocks_after(newest - 1)
    with (
        lies.lying(url, behind) as slow,
        lies.lying(url, lies.other_hashes) as liar,
        nodes(url, slow, liar) as read_from,
        capture_logs() as said,
    ):
        assert run(deep, read_from).block == newest - 1
    assert {each["node"] for each in said if each["event"] == "alarm"} == {3}


def test_a_nodes_url_is_shown_without_what_opens_it() -> None:
    shown = without_credentials("https://user:secret@node.example:8545/v3/secret?key=secret#secret")
    assert shown == "https://node.example:8545"


def test_the_worker_reads_from_every_node_that_is_set(desk: Desk) -> None:
    url = desk.pipe.fork.url
    desk.pipe.queue(desk.pipe.right())
    desk.pipe.send()
    with (
        lies.lying(url, lies.no_logs) as first,
        lies.lying(url, lies.other_counts) as second,
        lies.honest(url) as other,
    ):
        works = Works(msgspec.structs.replace(desk.settings, chain_read_urls=(first, second)))
        with pytest.raises(ChainFault, match="CHAIN-NO-QUORUM"):
            works.read_chain()
        works.close()
        assert not any(tables(desk.pipe))
        works.settings = msgspec.structs.replace(desk.settings, chain_read_urls=(first, other))
        assert works.read_chain().added > 0
        works.close()
    found = tables(desk.pipe)
    assert found == read_honestly(desk.pipe)
