"""`ipx up`: runs a whole venue until Ctrl-C or SIGTERM."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import structlog
import typer
from rich.console import Console

from exchange.rules.profiles import Profile
from ledger.chain.errors import ChainFault
from scripts.stack.child import StartRefused
from scripts.stack.venue import Place, Venue

DATA = Path(__file__).resolve().parent.parent / "var" / "ipx"
CHECK_EVERY_S = 0.5
USUAL_PORT = 8_000
"""Where `ipx` looks when it is told nothing else."""


class StopRequested(Exception):
    """SIGTERM, or Ctrl-C."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise StopRequested


def on_signals() -> None:
    """Let Ctrl-C and SIGTERM stop everything in order, once: a second one must not cut the stopping short."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def ignore_signals() -> None:
    """While stopping, which has its own deadlines."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def up(
    data: Annotated[Path, typer.Option(help="Folder that holds everything.")] = DATA,
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65_535,
            help=f"Port of the exchange; left out: {USUAL_PORT}, or a free one if that is taken.",
        ),
    ] = None,
    profile: Annotated[
        Profile | None,
        typer.Option(
            help="Whose law the venue is under, of a new folder: mainland if left out. "
            "Continuous trading exists under hong-kong alone."
        ),
    ] = None,
    *,
    standby: Annotated[
        bool,
        typer.Option(
            "--standby", help="Run a second sequencer too, which takes over when the first one dies."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON.")] = False,
) -> None:
    """Run the exchange with everything it needs, until Ctrl-C."""
    console = Console(stderr=True)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )  # the answer is on standard output
    venue = Venue(
        data, report=console.print, port=port, usual_port=USUAL_PORT, profile=profile, standby=standby
    )
    on_signals()
    try:
        place = venue.start()
        _show(place, as_json=as_json)
        while True:
            venue.check()
            time.sleep(CHECK_EVERY_S)
    except StopRequested:
        console.print("stopping …")
    except (StartRefused, ChainFault) as error:
        console.print(str(error), markup=False, soft_wrap=True)
        sys.exit(1)
    finally:
        ignore_signals()
        venue.stop()


def _show(place: Place, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(place.table()), flush=True)
        return
    console = Console(highlight=False)
    console.print("演示数据 · DEMO: simulated bank and patent office, development chain")
    width = max(map(len, place.table()))
    for name, address in place.table().items():
        # Never cut nor broken: addresses are copied from here.
        console.print(f"{name:{width}}  {address}", markup=False, soft_wrap=True)
    console.print("Operators' keys and tokens are in keys/ of the data folder. Ctrl-C stops everything.")
