"""`python -m ledger.tasks`: worker and clock as one small process with four threads."""

from __future__ import annotations

import sys

THREADS = 4


def main() -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        SystemExit: a setting is missing; its name and what to set go to standard error.
    """
    from ledger.settings import SettingsRefused  # noqa: PLC0415 - tells a setting that the next import refuses

    try:
        from ledger import tasks  # noqa: PLC0415 - reads the environment
    except SettingsRefused as error:
        sys.exit(str(error))
    tasks.app.worker_main(
        [
            "worker",
            "--beat",
            f"--schedule={tasks.settings.data / 'beat-schedule'}",
            "--pool=threads",
            f"--concurrency={THREADS}",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


if __name__ == "__main__":
    main()
