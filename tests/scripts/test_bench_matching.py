"""The matching benchmark: the flow that it promises, the same trades from all, the figures that it names."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence

import pytest

from exchange.book import Book, BookRefused
from scripts.bench import matching
from scripts.bench.bare_book import BareBook, Trade
from scripts.bench.matching import EXCHANGE, TradesDiffer, main, run
from scripts.bench.matching_contestants import (
    PEERS,
    Play,
    Read,
    peers_here,
    prepare_bare_book,
    prepare_exchange_book,
)
from scripts.bench.order_flow import MID, Operation, order_flow

SMALL = 2_000


def test_the_flow_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert order_flow(SMALL, 1) == order_flow(SMALL, 1)
    assert order_flow(SMALL, 1) != order_flow(SMALL, 2)


def test_a_fifth_of_the_flow_are_cancels_and_half_of_the_orders_cross_the_mid() -> None:
    flow = order_flow(50_000, 3)
    orders = [operation for operation in flow if operation.side]
    crossing = [o for o in orders if (o.price - MID) * o.side > 0]
    assert len(flow) == 50_000
    assert 0.19 < 1 - len(orders) / len(flow) < 0.21
    assert 0.49 < len(crossing) / len(orders) < 0.51
    assert [o.order_id for o in orders] == list(range(1, len(orders) + 1))
    cancelled = [operation.order_id for operation in flow if not operation.side]
    assert len(set(cancelled)) == len(cancelled)


def test_the_flow_cancels_orders_that_rest_and_orders_that_were_filled() -> None:
    book: Book[int] = Book()
    refused = withdrawn = 0
    for side, order_id, price, quantity in order_flow(SMALL, 4):
        if side:
            book.place(order_id, 1 if side > 0 else -1, price, quantity)
            continue
        try:
            withdrawn += book.cancel(order_id) > 0
        except BookRefused:
            refused += 1
    assert refused > 0
    assert withdrawn > 0


@pytest.mark.parametrize("seed", range(5))
def test_the_bare_book_trades_as_the_exchange_does(seed: int) -> None:
    flow = order_flow(SMALL, seed)
    trades = prepare_bare_book(flow)()()
    assert len(trades) > SMALL // 4
    assert prepare_exchange_book(flow)()() == trades


@pytest.mark.parametrize("name", sorted(peers_here()[0]))
def test_a_peer_reports_the_same_trades_on_every_play(name: str) -> None:
    flow = order_flow(SMALL, 5)
    expected = prepare_bare_book(flow)()()
    prepare = peers_here()[0][name]
    assert prepare(flow)()() == expected
    assert prepare(flow)()() == expected


def test_every_peer_plays_or_is_named_with_its_reason() -> None:
    able, left_out = peers_here()
    assert {*able, *left_out} == set(PEERS)
    assert not set(able) & set(left_out)
    for name, (_, first_version, _) in PEERS.items():
        if sys.version_info < first_version:
            assert left_out[name] == f"needs Python {first_version[0]}.{first_version[1]}"


def test_preparing_the_peers_leaves_the_log_set_up_alone() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    sys.modules.pop("pyorderbook", None)
    for prepare in peers_here()[0].values():
        prepare(order_flow(10, 6))
    assert (root.level, list(root.handlers)) == before


def test_the_benchmark_prints_its_figures_as_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--operations", str(SMALL), "--seed", "7", "--rounds", "2"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    figures = json.loads(printed)
    able, left_out = peers_here()
    for name in ("ops_per_s", "bare_book_ops_per_s", "ratio_to_bare"):
        assert figures[name] > 0
    assert set(figures["peers"]) == set(able)
    assert all(rate > 0 for rate in figures["peers"].values())
    assert figures["peers_left_out"] == left_out
    assert (figures["ratio_to_best_peer"] is None) == (not able)
    assert set(figures["same_trades"]) == {"bare", "exchange", *able}
    counts = figures["operations"]
    flow = order_flow(SMALL, 7)
    assert counts["total"] == counts["orders"] + counts["cancels"] == SMALL
    assert counts["trades"] == len(prepare_exchange_book(flow)()())
    assert (figures["seed"], figures["rounds"]) == (7, 2)
    assert figures["python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")


def test_progress_names_each_contestant_of_each_round() -> None:
    told: list[str] = []
    run(50, 1, 2, told.append)
    assert [line for line in told if line.endswith(f": {EXCHANGE}")] == [
        f"round 1 of 2: {EXCHANGE}",
        f"round 2 of 2: {EXCHANGE}",
    ]


def test_a_book_with_one_wrong_trade_stops_the_benchmark_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def prepare_one_unit_short(operations: Sequence[Operation]) -> Play:
        def play() -> Read:
            def read() -> list[Trade]:
                trades = prepare_bare_book(operations)()()
                taker, maker, price, quantity = trades[10]
                return [*trades[:10], (taker, maker, price, quantity - 1), *trades[11:]]

            return read

        return play

    monkeypatch.setattr(matching, "prepare_exchange_book", prepare_one_unit_short)
    with pytest.raises(TradesDiffer, match="exchange differs from the bare book at trade 10"):
        run(SMALL, 1, 1)
    assert main(["--operations", str(SMALL), "--seed", "1", "--rounds", "1"]) == 1
    assert "at trade 10" in capsys.readouterr().err


@pytest.mark.parametrize(("operations", "rounds"), [(0, 1), (1, 0), (-5, 1), (10**9, 1), (1, 10**9)])
def test_runs_out_of_range_are_refused(
    operations: int, rounds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="operations"):
        run(operations, 1, rounds)
    with pytest.raises(SystemExit) as left:
        main(["--operations", str(operations), "--rounds", str(rounds)])
    assert left.value.code == 2
    assert "operations" in capsys.readouterr().err


def test_the_bare_book_lets_the_cancel_of_a_filled_order_pass() -> None:
    book = BareBook()
    book.place(1, 1, 100, 2)
    book.place(-1, 2, 100, 2)
    book.cancel(1)
    book.place(-1, 3, 100, 1)
    assert book.trades == [(2, 1, 100, 2)]
