"""The worker's works as processes that start at once: one that has imported everything forks whoever is asked for.

Reads the name of a work a line, forks a child that does it once, as the worker does it and under the worker's settings,
and tells its number; once the child has ended, its exit code (negative: the signal that ended it).
"""

from __future__ import annotations

import os
import sys
import time
import traceback

from ledger.alone import Elsewhere
from ledger.worker_settings import worker_settings
from ledger.works import BY_NAME, Works

_PATIENCE_S = 10.0
"""How long the connection of one that was killed may keep its lock."""
_PAUSE_S = 0.05


def work(name: str) -> None:
    """Do one run of a work."""
    works, end = Works(worker_settings()), time.monotonic() + _PATIENCE_S
    while True:
        try:
            BY_NAME[name](works)
        except Elsewhere:
            if time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def main() -> None:
    """Fork for every line."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            os.dup2(
                sys.stderr.fileno(), sys.stdout.fileno()
            )  # log lines are nothing that whoever asked reads
            try:
                work(line.strip())
                code = 0
            except Exception:  # noqa: BLE001 - told, and the code says so
                traceback.print_exc()
            finally:
                os._exit(code)
        print(child, flush=True)  # noqa: T201 - whoever asked reads it
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
