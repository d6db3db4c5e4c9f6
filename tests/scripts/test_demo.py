"""The demonstration as a command: its figures, its exit code, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scripts.test_stack import ROOT, processes_of

pytestmark = pytest.mark.faults
DEADLINE_S = 240


def test_the_day_has_the_figures_that_it_promises_and_leaves_nothing_behind(tmp_path: Path) -> None:
    data, figures = tmp_path / "data", tmp_path / "figures.json"
    command = [sys.executable, "-m", "scripts.ipx", "demo", "--data", str(data), "--json", str(figures)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        env=os.environ | {"COLUMNS": "160"},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    counted = json.loads(figures.read_text())
    assert counted["rights"] >= 60
    assert counted["parties"] >= 6
    assert (counted["listings"], counted["bids"], counted["deals"]) == (20, 200, 12)
    assert (counted["transfers"], counted["licences"]) == (4, 5)
    assert counted["audit"]["verified"] is True
    assert counted["tamper"]["detected"] is True
    assert isinstance(counted["tamper"]["entry"], int)
    assert counted["chain_events"] > 0
    assert "演示数据 · DEMO" in done.stdout.splitlines()[0]
    for code in ("CN-PATENT-LAW-44", "CN-TECHNOLOGY-EXPORT-30", "AFFILIATE-MAY-NOT-BID", "REFUNDED"):
        assert code in done.stdout
    assert not processes_of(data)


def test_a_day_that_is_cut_off_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "scripts.ipx", "demo", "--data", str(data)]
    day = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + DEADLINE_S
    while not (data / "logs" / "api.log").exists():
        assert time.monotonic() < until
        assert day.poll() is None
        time.sleep(0.1)
    day.send_signal(signal.SIGINT)
    assert day.wait(60) == 130
    assert not processes_of(data)
