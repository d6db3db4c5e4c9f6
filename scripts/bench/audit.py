"""How fast the audit verifies and replays a journal, beside what nobody could leave out, and in what memory.

The journal is drafted by the sequencer's own code (`scripts.bench.audit_journal`), every instruction in it is signed,
and its roots are anchored on a chain of the benchmark's own, every `ANCHORED_EVERY` entries. Each reading is a process
of its own (`scripts.bench.audit_play`) on one core: `ipx audit replay` checks no giver's signature, `ipx audit all`
checks everything, the floor (`scripts.bench.audit_floor`) decides nothing. In each round the three have their turn,
each round begun by another. A figure is the median over the rounds, a ratio the median of the rounds' ratios;
processor time is measured. Then the journal is written on to its full length and audited once more; tree and indexer
have their peers in runs of their own (`scripts.bench.tree_peer`, `scripts.bench.indexing`). Run it as
`python -m scripts.bench.audit --json`.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Self

from ledger.chain.errors import ChainFault
from ledger.chain.records import AnchorRecord
from ledger.merkle import EMPTY_ROOT
from ledger.receipt_key import ReceiptKey
from scripts.bench.audit_journal import JournalWriter, Place
from scripts.bench.audited_market import SignedMarket
from scripts.bench.chain_venue import BenchChain, bench_chain
from scripts.bench.floors import add_gate, finish
from scripts.bench.indexing import (
    IndexDiffers,
    measure_indexing,
)
from scripts.bench.market import SetUpRefused
from scripts.bench.matching import SEED, progress_on_stderr
from scripts.bench.tree_peer import TreesDiffer, measure_tree
from scripts.stack.child import StartRefused

ENTRIES, MOST_ENTRIES = 100_000, 1_000_000
LEAST_ENTRIES, LARGEST_JOURNAL = 10_000, 2_000_000
ROUNDS, MOST_ROUNDS = 3, 20
ANCHORED_EVERY = 1_000
ENTRIES_PER_LOG = 5
"""The indexer reads a chain of one log for so many entries."""
READINGS = ("replay", "all", "floor")
DEADLINE_S = 3_600.0
"""Of the whole journal's peak memory to that of its first `entries`."""


class AuditDiffers(Exception):
    """A reading did not find what the journal holds, so that its time means nothing."""


def run(
    entries: int = ENTRIES,
    most_entries: int = MOST_ENTRIES,
    rounds: int = ROUNDS,
    seed: int = SEED,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure, and return what `--json` prints.

    Args:
        entries: of the journal that is read in rounds, `LEAST_ENTRIES` or more.
        most_entries: of the journal that is audited once more; the same or more, up to `LARGEST_JOURNAL`.
        rounds: timed rounds, 1 to `MOST_ROUNDS`.
        seed: of the market.
        progress: told what is being done, one short line at a time.

    Raises:
        AuditDiffers: a reading found something wrong, or not every entry.
        TreesDiffer: our tree and the peer's are not the same.
        IndexDiffers: something else was read from the chain than was recorded.
        SetUpRefused: the engine does not take the market's set-up.
        StartRefused, ChainFault: the chain did not come up, or does not answer.
        ValueError: for arguments out of range.
    """
    if not (LEAST_ENTRIES <= entries <= most_entries <= LARGEST_JOURNAL and 1 <= rounds <= MOST_ROUNDS):
        message = (
            f"give {LEAST_ENTRIES} to {LARGEST_JOURNAL} entries, the whole journal's as many or more, and "
            f"1 to {MOST_ROUNDS} rounds"
        )
        raise ValueError(message)
    tell = progress or (lambda _: None)
    with (
        tempfile.TemporaryDirectory(prefix="ipx-bench-") as name,
        bench_chain(Path(name)) as chain,
        AnchoredJournal(chain, Path(name) / "journal.jsonl", seed, tell) as journal,
    ):
        first = journal.grow_to(entries)
        readings = [_read_in_turn(journal, first, number, rounds, tell) for number in range(rounds)]
        whole = journal.grow_to(most_entries)
        tell(f"auditing {whole.size} entries")
        longest = journal.read("all", whole)
    tree = measure_tree(rounds, tell)
    index = measure_indexing(entries // ENTRIES_PER_LOG, rounds, tell)
    return {
        "benchmark": "audit",
        **_figures(readings, first),
        "tree_ratio_to_pymerkle": tree.tree,
        "inclusion_ratio_to_pymerkle": tree.inclusion,
        "index_ratio_to_web3": index.index_ratio_to_web3,
        "index_ratio_to_fetch": index.index_ratio_to_fetch,
        **_memory([each["all"] for each in readings], longest),
        "entries": {"first": first.size, "whole": whole.size, "bytes": whole.end},
        "seconds_whole": round(longest["seconds"], 1),
        "tree": {"peer": tree.peer, "leaves": tree.leaves, "leaves_per_s": tree.leaves_per_s},
        "inclusion_checks_per_s": tree.checks_per_s,
        "index": {"logs": index.logs, "logs_per_s": index.logs_per_s},
        "verified": True,
        "seed": seed,
        "rounds": rounds,
        "clock": "processor time",
        "python": platform.python_version(),
    }


def _figures(readings: Sequence[dict[str, dict[str, Any]]], first: Place) -> dict[str, Any]:
    rates = {what: [first.size / each[what]["seconds"] for each in readings] for what in READINGS}
    return {
        "entries_per_s": round(median(rates["replay"])),
        "signed_entries_per_s": round(median(rates["all"])),
        "signed_share": round(readings[0]["all"]["signatures"] / first.size, 3),
        "floor_entries_per_s": round(median(rates["floor"])),
        "ratio_to_floor": round(
            median(ours / floor for ours, floor in zip(rates["all"], rates["floor"], strict=True)), 3
        ),
    }


def _memory(first: Sequence[dict[str, Any]], longest: dict[str, Any]) -> dict[str, Any]:
    """Peak memory of `ipx audit all`, in MiB: of the first entries, of the whole journal, and how much more that is."""
    peak = median(each["peak_mb"] for each in first)
    return {
        "peak_mb_100k": round(peak, 1),
        "peak_mb_1m": round(longest["peak_mb"], 1),
        "peak_growth": round(longest["peak_mb"] / peak, 3),
    }


def _read_in_turn(
    journal: AnchoredJournal, place: Place, number: int, rounds: int, tell: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    start = number % len(READINGS)
    found = {}
    for what in READINGS[start:] + READINGS[:start]:
        tell(f"round {number + 1} of {rounds}: {what}")
        found[what] = journal.read(what, place)
    return found


class AnchoredJournal:
    """A journal in a file that grows, its roots on the chain; a context, since it holds the file."""

    def __init__(self, chain: BenchChain, path: Path, seed: int, tell: Callable[[str], None]) -> None:
        manifest = chain.manifest
        self._chain, self._path = chain, path
        self._key = ReceiptKey.from_file(path.with_name("receipts.key"))
        self._anchor = manifest.address("JournalAnchor")
        market = SignedMarket(manifest.chain_id, manifest.address("Register"), self._anchor, seed)
        self._file = path.open("wb")
        self._places: Iterator[Place] = JournalWriter(market, self._key, self._file).write(tell)
        self._anchored = 0
        self._anchored_root = "0x" + EMPTY_ROOT.hex()
        self._place: Place | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def grow_to(self, entries: int) -> Place:
        """Write on until so many entries stand, and anchor on the way and at the end."""
        while self._place is None or self._place.size < entries:
            self._place = next(self._places)
            if self._place.size >= min(entries, self._anchored + ANCHORED_EVERY):
                self._anchor_at(self._place)
        self._file.flush()
        self._chain.client.request("anvil_mine", ("0x4",))  # what makes the last anchor final
        return self._place

    def read(self, what: str, place: Place) -> dict[str, Any]:
        """Have a process of its own read the file; what it prints.

        Raises:
            AuditDiffers: it found something wrong, or not every entry.
        """
        command = [
            *(sys.executable, "-m", "scripts.bench.audit_play", what, str(self._path)),
            *("--chain-id", str(self._chain.manifest.chain_id), "--anchor", self._anchor),
            *("--rpc", self._chain.chain_url, "--receipt-key", self._key.public_key.hex()),
        ]
        done = subprocess.run(  # noqa: S603 - our own child
            command, capture_output=True, text=True, check=False, timeout=DEADLINE_S
        )
        try:
            found: dict[str, Any] = json.loads(done.stdout)
        except json.JSONDecodeError as error:
            message = f"{what}: {done.stderr[-500:]}"
            raise AuditDiffers(message) from error
        if found["wrong"] is not None or found["entries"] != place.size:
            message = f"{what}: {found['entries']} of {place.size} entries, {found['wrong']}"
            raise AuditDiffers(message)
        if found.get("root", place.root.hex()) != place.root.hex():
            message = f"{what}: another root"
            raise AuditDiffers(message)
        if found.get("anchored", place.size) != place.size:
            message = f"{what}: {found['anchored']} of {place.size} entries anchored"
            raise AuditDiffers(message)
        return found

    def _anchor_at(self, place: Place) -> None:
        record = AnchorRecord(
            root="0x" + place.root.hex(), size=place.size, previous_root=self._anchored_root
        )
        self._chain.record([record])
        self._anchored, self._anchored_root = place.size, record.root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if a reading was not what the journal holds, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.audit", description=__doc__)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--most-entries", type=int, default=MOST_ENTRIES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)
    given = parser.parse_args(arguments)
    tell = progress_on_stderr("audit")
    try:
        result = run(given.entries, given.most_entries, given.rounds, given.seed, tell)
    except ValueError as error:
        parser.error(str(error))
    except (AuditDiffers, TreesDiffer, IndexDiffers, SetUpRefused, StartRefused, ChainFault) as error:
        sys.stderr.write(f"audit: {type(error).__name__}: {error}\n")
        return 1
    return finish(result, given)


if __name__ == "__main__":
    sys.exit(main())
