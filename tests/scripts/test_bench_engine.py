"""The engine benchmark: the flow that it promises, the same work from both venues, the figures that it names."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from exchange.engine import Engine
from exchange.money import accounts
from exchange.turn import Outcome, Refused
from scripts.bench import engine
from scripts.bench.bid_flow import BIDDERS, LISTINGS, REFUSALS, BidFlow
from scripts.bench.engine import WorkDiffers, main, play, run
from scripts.bench.floors import BOUNDS
from scripts.bench.market import DEPOSIT, Market, SetUpRefused

SMALL = 120
EXPECTED_CODES = {
    "bid_unregistered": "NOT-QUALIFIED",
    "bid_too_low": "BID-BELOW-PRICE",
    "bid_twice": "BID-STANDS",
    "amend_anothers": "NOT-PERMITTED",
    "bid_by_seller": "CN-AUCTION-LAW-30",
    "amend_unknown": "UNKNOWN-ID",
}


def test_the_flow_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert BidFlow(1).steps(SMALL) == BidFlow(1).steps(SMALL)
    assert BidFlow(1).steps(SMALL) != BidFlow(2).steps(SMALL)


def test_the_flow_keeps_the_shares_of_the_workload_and_registers_whoever_bids() -> None:
    operations = 20_000
    steps = BidFlow(3).steps(operations)
    counts = Counter("refused" if step.what in REFUSALS else step.what for step in steps)
    shares = {"bid": 60 / 95, "amend": 15 / 95, "withdraw": 15 / 95, "refused": 5 / 95}
    assert sum(counts[name] for name in shares) == operations
    for name, share in shares.items():
        assert abs(counts[name] / operations - share) < 0.01, name
    registered = [(step.listing, step.bidder) for step in steps if step.what == "register"]
    bidding = {(step.listing, step.bidder) for step in steps if step.what == "bid"}
    assert len(registered) == len(set(registered)) == counts["qualify"]
    assert set(registered) == bidding
    assert len({listing for listing, _ in bidding}) == LISTINGS
    assert len({bidder for _, bidder in bidding}) == BIDDERS


def test_a_flow_that_its_listings_and_bidders_cannot_hold_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.bid_flow.DISTINCT_PAIRS", 10)
    with pytest.raises(ValueError, match="10 bids"):
        BidFlow(1).steps(SMALL)


def test_the_engine_takes_what_is_drawn_to_be_taken_and_refuses_the_rest_under_its_rule() -> None:
    market = Market(LISTINGS, lambda _: None)
    steps = BidFlow(4).steps(2_000)
    _, outcomes = play(market, steps)
    codes = {
        (step.what, outcome.refusal.code)
        for step, outcome in zip(steps, outcomes, strict=True)
        if outcome.refusal is not None
    }
    assert codes == set(EXPECTED_CODES.items())
    assert set(EXPECTED_CODES) == set(REFUSALS)


def test_every_live_bid_has_its_deposit_held() -> None:
    market = Market(LISTINGS, lambda _: None)
    play(market, BidFlow(5).steps(1_000))
    state = market.engine.state
    assert market.live_bids()
    for bid_id in market.live_bids():
        bid = state.bids[bid_id]
        assert state.listings[bid.listing_id].bidders[bid.party_id].deposit == DEPOSIT
    held = Counter(
        {f"{party}/deposit/CNY": 0 for listing in state.listings.values() for party in listing.bidders}
    )
    for listing in state.listings.values():
        for party, bidder in listing.bidders.items():
            held[f"{party}/deposit/CNY"] += bidder.deposit
    assert all(state.accounts[account].balance == amount for account, amount in held.items())
    assert market.deposits_held() == sum(held.values())
    assert sum(account.balance for account in state.accounts.values()) == 0


def test_both_venues_work_on_as_many_listings_whatever_else_stands() -> None:
    steps = BidFlow(6).steps(1_000)
    few, many = Market(LISTINGS, lambda _: None), Market(3 * LISTINGS, lambda _: None)
    touched = []
    for market in (few, many):
        play(market, steps)
        assert len(market.engine.state.listings) == len(market.engine.state.parties) == market.standing
        assert {row.state for row in market.engine.state.listings.values()} == {"OPEN"}
        touched.append(sum(bool(row.bidders) for row in market.engine.state.listings.values()))
    assert touched[0] == touched[1] > 0


def test_the_benchmark_prints_its_figures_as_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--json", "--operations", str(SMALL), "--rounds", "2", "--many", "2000", "--seed", "7"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    figures = json.loads(printed)
    for name in (
        "commands_per_s", "bare_book_ops_per_s", "ratio_to_bare", "growth_ratio", "commands_per_s_among_many",
        "with_rows_per_s", "with_rows_growth_ratio", "operations_per_s", "operations_ratio_to_bare",
    ):  # fmt: skip
        assert figures[name] > 0, name
    assert (figures["same_work"], figures["replayed"]) == (True, True)
    assert figures["operations_per_s"] < figures["commands_per_s"]
    assert len(figures["state_hash"]) == 64
    assert figures["floors"].keys() | figures["ceilings"].keys() == BOUNDS["engine"].keys()
    assert figures["standing"] == {"few": LISTINGS, "many": 2_000}
    work = figures["work"]
    assert work["operations"] == 3 * SMALL
    assert work["commands"] == len(BidFlow(7).steps(3 * SMALL))
    assert work["commands"] == sum(
        work[name] for name in ("register", "qualify", "bid", "amend", "withdraw", "refused")
    )
    assert (figures["seed"], figures["rounds"]) == (7, 2)


def test_progress_names_what_stands_and_each_round() -> None:
    told: list[str] = []
    run(10, 1, 2, LISTINGS, told.append)
    assert told[0] == f"0 of {LISTINGS} parties and listings stand"
    assert told[-4:] == ["round 0 of 2", "round 1 of 2", "round 2 of 2", "replaying"]


def test_a_venue_that_answers_otherwise_stops_the_benchmark_and_the_step_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = engine.play

    def play_with_one_refusal(market: Market, steps: Any) -> Any:
        cost, outcomes = real(market, steps)
        if market.standing > LISTINGS:
            outcomes[0] = Outcome((), {}, Refused("MALFORMED", {}))
        return cost, outcomes

    monkeypatch.setattr(engine, "play", play_with_one_refusal)
    assert main(["--operations", "10", "--rounds", "1", "--many", "1001"]) == 1
    assert "MALFORMED" in capsys.readouterr().err


def test_money_that_was_not_held_stops_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    def post_nothing(*_: Any) -> None:
        """Hold no deposit."""

    monkeypatch.setattr("exchange.money.holds.post", post_nothing)
    assert accounts.post is not post_nothing
    with pytest.raises(WorkDiffers, match="held for"):
        run(10, 1, 1, LISTINGS)


def test_a_replay_that_ends_elsewhere_stops_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Engine.apply
    plays = iter(range(10**9))

    def apply(self: Engine, request: Any) -> Outcome:
        outcome = real(self, request)
        self.state.venue.counters["B"] = self.state.venue.counters.get("B", 0)
        self.state.venue.fee_basis_points = next(plays) % 1_000
        return outcome

    monkeypatch.setattr(Engine, "apply", apply)
    with pytest.raises(WorkDiffers, match="another state"):
        run(10, 1, 1, LISTINGS)


def test_a_set_up_that_the_rules_no_longer_take_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.market.DEPOSIT", 10**9)
    with pytest.raises(SetUpRefused, match="SubmitListing: DEPOSIT-CAP"):
        Market(LISTINGS, lambda _: None)


@pytest.mark.parametrize(
    ("operations", "rounds", "many"),
    [(0, 1, 1_000), (1, 0, 1_000), (10**9, 1, 1_000), (1, 10**9, 1_000), (1, 1, 999), (1, 1, 10**9)],
)
def test_runs_out_of_range_are_refused(
    operations: int, rounds: int, many: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="give"):
        run(operations, 1, rounds, many)
    with pytest.raises(SystemExit) as left:
        main(["--operations", str(operations), "--rounds", str(rounds), "--many", str(many)])
    assert left.value.code == 2
    assert "give" in capsys.readouterr().err
