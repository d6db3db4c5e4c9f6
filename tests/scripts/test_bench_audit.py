"""The benchmark of the audit: the journal that it promises, the same work from every reading, the figures it names."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange.commands import WithdrawListing
from ledger.audit.instructions import check_instruction
from ledger.audit.lines import CheckpointLine, EntryLine, Header, SealLine, read_lines
from ledger.audit.offline import Decided, replay_export
from ledger.audit.replay import Replay
from ledger.receipt_key import ReceiptKey
from ledger.signatures import exchange_domain
from scripts.bench import audit, tree_peer
from scripts.bench.audit import AuditDiffers, main, run
from scripts.bench.audit_floor import FloorDiffers, read_and_recover
from scripts.bench.audit_journal import JournalWriter, Place
from scripts.bench.audit_play import peak_mb
from scripts.bench.audited_market import SignedMarket
from scripts.bench.bid_flow import LISTINGS, BidFlow
from scripts.bench.floors import BOUNDS
from scripts.bench.market import Market, SetUpRefused
from scripts.bench.tree_peer import TreesDiffer, measure_tree

CHAIN_ID, REGISTER, ANCHOR = 31_337, "0x" + "11" * 20, "0x" + "22" * 20
SIZE = 9_000


@pytest.fixture(scope="module")
def written() -> tuple[bytes, Place]:
    """A journal with its whole set-up and some bidding."""
    file = io.BytesIO()
    writer = JournalWriter(SignedMarket(CHAIN_ID, REGISTER, ANCHOR, 7), ReceiptKey(b"k" * 32), file)
    place = next(place for place in writer.write(lambda _: None) if place.size >= SIZE)
    return file.getvalue(), place


def test_the_journal_is_an_export_that_replays_and_the_place_is_its_end(written: tuple[bytes, Place]) -> None:
    data, place = written
    replayed = replay_export(io.BytesIO(data))
    assert (replayed.first_bad, replayed.replayed, replayed.root) == (None, place.size, place.root.hex())
    assert place.end == len(data)
    assert (replayed.parties, replayed.listings) == (LISTINGS, LISTINGS + sum_of_listed_anew(data))
    assert replayed.bids > 100


def sum_of_listed_anew(data: bytes) -> int:
    return data.count(b'"type":"withdraw_listing"')


def test_every_entry_but_the_sequencers_own_is_signed_by_its_giver(written: tuple[bytes, Place]) -> None:
    data, place = written
    domain = exchange_domain(CHAIN_ID, ANCHOR)
    signed = sum(check_instruction(opened, domain) for opened in Decided(io.BytesIO(data), Replay()))
    unsigned = place.size - signed
    assert 2 <= unsigned < place.size // 100


def test_every_batch_is_sealed_and_no_line_stands_out_of_its_place(written: tuple[bytes, Place]) -> None:
    data, place = written
    kinds = Counter(type(line) for line in read_lines(io.BytesIO(data)))
    assert kinds[Header] == 1
    assert kinds[EntryLine] == place.size
    assert kinds[SealLine] >= place.size // 50
    assert set(kinds) <= {Header, EntryLine, SealLine, CheckpointLine}


def test_the_floor_finds_the_entries_signatures_and_root_that_the_audit_finds(
    written: tuple[bytes, Place],
) -> None:
    data, place = written
    entries, signatures, root = read_and_recover(io.BytesIO(data), CHAIN_ID, ANCHOR)
    assert (entries, root) == (place.size, place.root)
    assert signatures >= place.size - place.size // 100


@pytest.mark.parametrize("part", ["public", "terms", "outcome", "signature"])
def test_the_floor_does_its_work_so_that_a_changed_byte_stops_it(
    written: tuple[bytes, Place], part: str
) -> None:
    lines = written[0].splitlines(keepends=True)
    number = next(at for at, line in enumerate(lines) if b'"type":"place_bid"' in line)
    line: dict[str, Any] = msgspec.json.decode(lines[number])
    if part == "public":
        line["public"]["time_ms"] += 1
    elif part == "signature":
        value = line["public"]["signature"]["value"]
        line["public"]["signature"]["value"] = value[:-3] + ("0" if value[-3] != "0" else "1") + value[-2:]
    else:
        line[part]["salt"] = "f" + line[part]["salt"][1:]
    changed = b"".join([*lines[:number], msgspec.json.encode(line) + b"\n"])
    with pytest.raises((FloorDiffers, ValueError)):
        read_and_recover(io.BytesIO(changed), CHAIN_ID, ANCHOR)


def test_a_listing_that_is_listed_anew_has_no_bids_and_the_flow_goes_on_about_the_new_one() -> None:
    market, flow = Market(LISTINGS, lambda _: None), BidFlow(4)
    requests = market._flow
    for request in requests.requests(flow.steps(1_500)):
        market.engine.apply(request)
    listing = next(
        number for number in range(LISTINGS) if market.engine.state.listings[f"L-{number + 1}"].bidders
    )
    anew = requests.list_anew(listing)
    assert isinstance(anew[0].command, WithdrawListing)
    outcomes = [market.engine.apply(request) for request in anew]
    flow.list_anew(listing)
    assert [outcome.refusal for outcome in outcomes] == [None, None, None]
    state = market.engine.state
    assert state.listings[f"L-{listing + 1}"].state == "WITHDRAWN"
    assert state.listings[f"L-{LISTINGS + 1}"].state == "OPEN"
    refused = {
        outcome.refusal.code
        for request in requests.requests(flow.steps(3_000))
        if (outcome := market.engine.apply(request)).refusal is not None
    }
    assert "WRONG-STATE" not in refused
    assert state.listings[f"L-{LISTINGS + 1}"].bidders


def test_a_set_up_that_the_rules_no_longer_take_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.market.DEPOSIT", 10**9)
    writer = JournalWriter(SignedMarket(CHAIN_ID, REGISTER, ANCHOR, 7), ReceiptKey(b"k" * 32), io.BytesIO())
    with pytest.raises(SetUpRefused, match="SubmitListing: DEPOSIT-CAP"):
        next(writer.write(lambda _: None))


def test_both_trees_have_one_root_and_both_check_their_proofs() -> None:
    found = measure_tree(2, lambda _: None, leaves=1_000)
    assert found.peer.startswith("pymerkle ")
    assert min(found.tree, found.inclusion, found.leaves_per_s, found.checks_per_s) > 0


def test_a_tree_with_another_root_stops_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_peer, "leaf_hash", lambda _: bytes(32))
    with pytest.raises(TreesDiffer):
        measure_tree(1, lambda _: None, leaves=100)


def test_the_peak_of_a_process_counts_what_it_has_let_go() -> None:
    before = peak_mb()
    held = bytearray(64 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    del held
    assert peak_mb() >= before + 1 or before > 64


@pytest.mark.faults
def test_the_benchmark_prints_its_figures_as_one_json_object_and_every_reading_verifies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--json", "--entries", "10000", "--most-entries", "45000", "--rounds", "1"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    figures = json.loads(printed.out)
    for name in (
        "entries_per_s", "signed_entries_per_s", "floor_entries_per_s", "ratio_to_floor", "tree_ratio_to_pymerkle",
        "inclusion_ratio_to_pymerkle", "index_ratio_to_web3", "index_ratio_to_fetch", "peak_mb_100k", "peak_mb_1m", "peak_growth", "seconds_whole",
    ):  # fmt: skip
        assert figures[name] > 0, name
    assert set(figures["floors"]) | set(figures["ceilings"]) == set(BOUNDS["audit"]) <= set(figures)
    assert 0.7 <= figures["signed_share"] <= 1
    assert figures["entries"]["first"] >= 10_000
    assert figures["entries"]["whole"] >= 45_000
    assert "round 1 of 1: floor" in printed.err


@pytest.mark.faults
def test_a_reading_that_finds_something_wrong_stops_the_benchmark(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = audit.AnchoredJournal.grow_to

    def grow_and_damage(journal: audit.AnchoredJournal, entries: int) -> Place:
        place = real(journal, entries)
        path: Path = journal._path
        path.write_bytes(path.read_bytes().replace(b'"type":"place_bid"', b'"type":"place_bix"', 1))
        return place

    monkeypatch.setattr(audit.AnchoredJournal, "grow_to", grow_and_damage)
    assert main(["--entries", "10000", "--most-entries", "10000", "--rounds", "1"]) == 1
    assert AuditDiffers.__name__ in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entries", "most", "rounds"),
    [(1, 20_000, 1), (20_000, 10_000, 1), (10_000, 10**9, 1), (10_000, 10_000, 0)],
)
def test_runs_out_of_range_are_refused(entries: int, most: int, rounds: int) -> None:
    with pytest.raises(ValueError, match="give"):
        run(entries, most, rounds)
