"""`python -m ledger.sequencer`: the sequencer as a process of its own."""

from __future__ import annotations

import sys

import structlog
import uvloop

from ledger.log_lines import begin
from ledger.metrics import serve as serve_metrics
from ledger.sequencer.process import serve
from ledger.settings import SettingsRefused, sequencer_settings


def main() -> int:
    """Read the settings and serve; give the exit code (2 for settings that cannot be used)."""
    begin("sequencer")
    try:
        settings = sequencer_settings()
    except SettingsRefused as error:
        structlog.get_logger().critical("not started", code=error.code, reason=str(error))
        return 2
    serve_metrics(settings.metrics_port)
    return uvloop.run(serve(settings))


if __name__ == "__main__":
    sys.exit(main())
