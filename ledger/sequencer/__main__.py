"""`python -m ledger.sequencer`: the sequencer as a process of its own."""

from __future__ import annotations

import logging
import sys

import structlog
import uvloop

from ledger.sequencer.process import serve
from ledger.settings import SettingsRefused, sequencer_settings


def main() -> int:
    """Read the settings and serve; give the exit code (2 for settings that cannot be used)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        settings = sequencer_settings()
    except SettingsRefused as error:
        structlog.get_logger().critical("not started", code=error.code, reason=str(error))
        return 2
    return uvloop.run(serve(settings))


if __name__ == "__main__":
    sys.exit(main())
