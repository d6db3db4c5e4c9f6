"""`make soak`: sequences of commands, whole random days, simulated runs with faults, proofs, a rogue operator's tamperings, for long.

`IPX_SOAK_SECONDS` says for how long (600 if not given), `IPX_SOAK_SEED` from which seed on (one at random if not given). A
seed that breaks a promise ends the run: the shortest sequence that does is printed, and how to see it again.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.exchange.watched_day import WatchedDay
from tests.exchange.whole_engine import WholeEngine, WholeFloor, live
from tests.simulation.__main__ import again
from tests.simulation.promises import check
from tests.simulation.world import run

SECONDS = 600
LARGEST_SEED = 2**32
SEQUENCES = 60
STEPS = 100
DAY_STEPS = 1_500
RUNS = 200
LONGEST_S = 3_600


def sequences(seed: int) -> None:
    """Sequences twice as long as those of `make test`."""
    for kind in (WholeEngine, WholeFloor):
        live(SEQUENCES, kind, STEPS, seed)


def day(seed: int) -> None:
    """A random day with a twin that is loaded from the tables, then replayed."""
    whole = WatchedDay(seed)
    for _ in range(DAY_STEPS):
        whole.step()
    if whole.replay().state.state_hash() != whole.state.state_hash():
        message = "a replay ends in another state"
        raise AssertionError(message)


def simulation(seed: int) -> None:
    """Runs of engine, sequencer, journal, outbox and chain on simulated time, with faults (tests/simulation)."""
    for each in range(seed * RUNS, (seed + 1) * RUNS):
        try:
            run(each, check)
        except Exception as error:
            error.add_note(f"this run alone: {again(each)}")
            raise


def proofs(seed: int) -> None:
    """Proofs of inclusion and consistency: other ones at random, and consistency between all sizes up to 2,000."""
    _faults("test_random_proofs.py", seed, IPX_FAULTS_SCALE="2")


def tampering(seed: int) -> None:
    """A thousand other tamperings of a whole venue's tables, each audited against a chain (tests/faults)."""
    _faults("test_rogue_operator.py", seed)


def _faults(file: str, seed: int, **more: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "faults", "-q", f"tests/faults/{file}"],
        cwd=Path(__file__).resolve().parents[1],
        env=os.environ | {"IPX_FAULTS_SEED": str(seed)} | more,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stdout[-5_000:])


TRIALS: tuple[Callable[[int], None], ...] = (sequences, day, simulation, proofs, tampering)


def soak(
    seconds: float,
    first_seed: int,
    tell: Callable[[str], None],
    trials: tuple[Callable[[int], None], ...],
) -> int:
    """Try seed after seed until the time is over, one at the least; 0, or 1 with the seed that failed told."""
    began = time.monotonic()
    seed = first_seed
    while seed == first_seed or time.monotonic() - began < seconds:
        for trial in trials:
            tell(f"{time.monotonic() - began:.0f} s: seed {seed}, {trial.__name__}")
            try:
                trial(seed)
            except Exception:  # noqa: BLE001 - whatever it is, it is told with its seed
                tell(traceback.format_exc())
                tell(f"seed {seed} has failed. Again: make soak IPX_SOAK_SEED={seed} IPX_SOAK_SECONDS=0")
                return 1
        seed += 1
    tell(
        f"{seed - first_seed} seeds, {first_seed} to {seed - 1}, in {time.monotonic() - began:.0f} s: no failure"
    )
    return 0


def main() -> int:
    """Run as the environment says."""
    seconds = float(os.environ.get("IPX_SOAK_SECONDS", SECONDS))
    seed = int(os.environ.get("IPX_SOAK_SEED", secrets.randbelow(LARGEST_SEED)))

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    return soak(seconds, seed, tell, TRIALS)


if __name__ == "__main__":
    sys.exit(main())
