"""`ipx demo`: the trading day as a command."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.client import VenueProblem, VenueUnreachable
from ledger.chain.errors import ChainFault
from scripts.demo.before import require_fresh
from scripts.demo.day import Day, Figures
from scripts.demo.stage import Stage
from scripts.demo.waiting import DemoFailed
from scripts.stack.child import StartRefused
from scripts.up import StopRequested, ignore_signals, on_signals

SAYS_ALL = (DemoFailed, StartRefused, ChainFault, VenueProblem, VenueUnreachable)
"""Failures whose text tells what failed; of others the kind is told as well."""
FAILURE_FILE = "failure.txt"


def demo(
    data: Annotated[
        Path | None, typer.Option(help="New or empty folder for the day's data; a temporary one if left out.")
    ] = None,
    write_json: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    *,
    story: Annotated[bool, typer.Option("--story", help="Show the six scenes only.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the data folder.")] = False,
) -> None:
    """Run a whole trading day on real parts: fictional companies, real patents, simulated bank and office."""
    try:
        require_fresh(data, write_json, os.environ)
    except DemoFailed as error:
        _tell(f"Nothing was started 未启动: {error}")
        sys.exit(2)
    folder = data or Path(tempfile.mkdtemp(prefix="ipx-demo-"))
    stage = Stage(story_only=story)
    stage.opening()
    on_signals()
    try:
        figures = Day(folder, stage).run()
        if write_json is not None:
            write_json.write_text(json.dumps(asdict(figures), indent=2) + "\n")
    except StopRequested:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the logs are kept
        keep = True
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FAILURE_FILE).write_text(traceback.format_exc())
        what = str(error) if isinstance(error, SAYS_ALL) else f"{type(error).__name__} {error}".strip()
        _tell(f"The demonstration failed 演示失败: {what}")
        sys.exit(1)
    finally:
        ignore_signals()
        if data is None and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            _tell(f"Data and logs 数据与日志: {folder}")
    _last_lines(stage, figures)


def _last_lines(stage: Stage, figures: Figures) -> None:
    f = figures
    stage.told(
        "Figures 数据",
        f"{f.rights} rights, {f.parties} parties, {f.listings} listings, {f.bids} bids (raises included), "
        f"{f.deals} deals, {f.transfers} transfers, {f.licences} licences, {f.chain_events} chain events; "
        "audit verified, tampering named.",
        f"{f.rights} 项权利，{f.parties} 家主体，{f.listings} 宗挂牌，{f.bids} 次报价（含加价），{f.deals} 宗成交，"
        f"{f.transfers} 次权利转移，{f.licences} 项许可，{f.chain_events} 个链上事件；审计通过，篡改之处已指明。",
    )


def _tell(line: str) -> None:
    Console(stderr=True).print(line, markup=False, soft_wrap=True)
