"""A real witness, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx

from ledger.log.notes import Verifier
from scripts.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 60.0


class WitnessProcess:
    """A witness of one log on a port of its own; `start` again after a `kill`."""

    def __init__(self, folder: Path, log: Verifier, name: str) -> None:
        port = str(free_port())
        self.url = f"http://127.0.0.1:{port}"
        self.command = [sys.executable, "-m", "ledger.witness", "--name", name, "--folder", str(folder)]
        self.command += ["--log", log.to_text(), "--port", port]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> Verifier:
        """Start it and wait until it answers; the verifier under which it cosigns."""
        self.process = subprocess.Popen([*self.command, *options], cwd=ROOT, env={})
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            try:
                return Verifier.from_text(httpx.get(f"{self.url}/vkey", trust_env=False).text.strip())
            except httpx.HTTPError:
                time.sleep(0.05)
        message = "the witness did not come up"
        raise AssertionError(message)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
