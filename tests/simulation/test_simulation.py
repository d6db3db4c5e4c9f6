"""A thousand seeds of the simulation: whatever fails, and whenever, every promise holds; and a seed is always one run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import __main__ as command
from tests.simulation import faults
from tests.simulation.promises import check, journal_digest
from tests.simulation.world import World, run

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(1_000)
FEWEST = 20
"""How often, at the least, each kind of fault strikes in all seeds together."""
COMMANDS = {
    *("apply_party", "enrol_key", "approve_party", "import_right", "record_register_copy"),
    *("record_statement_line", "submit_listing", "approve_listing", "accept_price", "register_bidder"),
    *("qualify_bidder", "place_bid", "amend_bid", "withdraw_bid", "sign_agreement", "report_chain_record"),
    *("fund_deal", "file_deal", "confirm_registration", "approve_payment", "jump_clock", "erase_sealed_part"),
    "tick",
}
"""What is decided in all seeds together, at the least."""
HAPPENINGS = {
    *("fenced out", "session lost", "sequencer ended with 3", "work ended with WORK-ELSEWHERE"),
    *("deal SETTLED", "deal EFFECTIVE", "deal CHAIN_REFUSED", "deal REGISTERED"),
}


@pytest.mark.faults
def test_a_thousand_seeds_keep_every_promise_and_meet_every_fault() -> None:
    seen = faults.Seen()
    for seed in SEEDS:
        try:
            world = run(seed, check)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its seed
            pytest.fail(f"seed {seed}: {error!r}. Again: {command.again(seed)}")
        seen.add(world.seen)
    for kind in (*faults.KINDS, *faults.OF_CLIENTS):
        assert seen.faults[kind] >= FEWEST, f"{kind}: {seen.faults}"
    assert set(seen.commands) >= COMMANDS
    assert set(seen.happenings) >= HAPPENINGS


@pytest.mark.parametrize("seed", [3, 11])
def test_a_seed_is_the_same_run_to_the_byte_in_every_process(seed: int) -> None:
    digests: list[str] = []

    def take(world: World) -> None:
        digests.append(journal_digest(world))

    for _ in range(2):
        run(seed, take)
    for hash_seed in ("1", "4242"):
        said = subprocess.run(
            [sys.executable, "-m", "tests.simulation", str(seed)],
            cwd=ROOT,
            env={"PYTHONHASHSEED": hash_seed, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout.splitlines()
        digests.append(said[-1].removeprefix("journal "))
    assert len(set(digests)) == 1
    assert len(digests[0]) == 64


def test_another_seed_is_another_run() -> None:
    digests: set[str] = set()
    for seed in (5, 6):
        run(seed, lambda world: digests.add(journal_digest(world)))
    assert len(digests) == 2


def test_a_failing_seed_is_told_with_the_command_that_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(world: World) -> None:
        assert world.seed != 8, "a promise is broken"

    monkeypatch.setattr(command, "check", broken)
    assert command.main(["7", "3"]) == 1
    said = capsys.readouterr().out
    assert "a promise is broken" in said
    assert said.endswith("seed 8 has failed. Again: python -m tests.simulation 8\n")
