"""`python -m tests.simulation SEED [MORE]`: run one seed again, or so many from it on, and print what happened.

Exit code 1 if a promise is broken; the last line says which seed, and how to see it again.
"""

from __future__ import annotations

import sys
import traceback

from tests.simulation.faults import Seen
from tests.simulation.promises import check, journal_digest
from tests.simulation.world import World, run


def again(seed: int) -> str:
    """The command that shows a seed again."""
    return f"python -m tests.simulation {seed}"


def main(arguments: list[str]) -> int:
    """Run as told, and give the exit code."""
    if not arguments or not all(each.isdecimal() for each in arguments[:2]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    first, count = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    seen = Seen()
    digest = ""

    def checked(world: World) -> None:
        nonlocal digest
        digest = journal_digest(world)
        check(world)
        seen.add(world.seen)

    for seed in range(first, first + count):
        try:
            run(seed, checked)
        except Exception:  # noqa: BLE001 - whatever it is, it is told with its seed
            sys.stdout.write(traceback.format_exc())
            sys.stdout.write(f"journal {digest}\nseed {seed} has failed. Again: {again(seed)}\n")
            return 1
    for title, counts in (
        ("faults", seen.faults),
        ("commands", seen.commands),
        ("happenings", seen.happenings),
    ):
        sys.stdout.write(f"{title}\n")
        for name, number in sorted(counts.items(), key=lambda each: -each[1]):
            sys.stdout.write(f"  {number:>7} {name}\n")
    sys.stdout.write(f"journal {digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
