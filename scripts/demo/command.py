"""`ipx demo`: the trading day as a command."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.client import VenueProblem, VenueUnreachable
from ledger.chain.errors import ChainFault
from scripts.demo.day import Day
from scripts.demo.stage import Stage
from scripts.demo.waiting import DemoFailed
from scripts.stack.child import StartRefused
from scripts.up import StopRequested, ignore_signals, on_signals


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Folder for the day's data; a temporary one if left out.")
    ] = None,
    write_json: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    *,
    story: Annotated[bool, typer.Option("--story", help="Show the six scenes only.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the data folder.")] = False,
) -> None:
    """Run a whole trading day on real parts: fictional companies, real patents, simulated bank and office."""
    folder = data or Path(tempfile.mkdtemp(prefix="ipx-demo-"))
    stage = Stage(story_only=story)
    stage.opening()
    on_signals()
    try:
        figures = asdict(Day(folder, stage).run())
    except (DemoFailed, StartRefused, ChainFault, VenueProblem, VenueUnreachable) as error:
        Console(stderr=True).print(f"The demonstration failed: {error}", markup=False)
        keep = True
        sys.exit(1)
    except StopRequested:
        sys.exit(130)
    finally:
        ignore_signals()
        if data is None and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            Console(stderr=True).print(f"Data and logs: {folder}", markup=False)
    if write_json is not None:
        write_json.write_text(json.dumps(figures, indent=2) + "\n")
    counted = ", ".join(f"{value} {name}" for name, value in figures.items() if isinstance(value, int))
    stage.line(f"\n{counted.replace('chain_events', 'chain events')}; audit verified, tampering named.")
