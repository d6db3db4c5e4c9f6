"""Starts the simulated bank or office as a real process for a test, kills it, and starts it again."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec

from ledger.counterparty import Endpoint

TOKEN = "a shared secret of this test"  # guards nothing beyond the test
_ROOT = Path(__file__).resolve().parents[2]
_START_S = 30.0


class SimulatedProcess:
    """One simulated institution over one data file. `start` and `kill` may be repeated."""

    def __init__(self, name: str, data: Path, *options: str, token: str = TOKEN) -> None:
        """Prepare to run `python -m scripts.simulated.NAME` with these options."""
        self._arguments = [sys.executable, "-m", f"scripts.simulated.{name}", "--data", str(data), *options]
        self._environment = {"PATH": os.environ.get("PATH", ""), f"IPX_{name.upper()}_TOKEN": token}
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.signer = ""

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it."""
        self.kill()

    def start(self) -> None:
        """Start the process and wait, within a deadline, for the line that names its port."""
        self._process = subprocess.Popen(  # our own module, on our own interpreter
            self._arguments, cwd=_ROOT, env=self._environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _START_S)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self.kill()
            message = "the simulated process did not start"
            raise RuntimeError(message)
        told = json.loads(line)
        self.url, self.signer = told["url"], told["signer"]

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(timeout=10)
        self.kill()
        return code

    def endpoint(self, **changes: Any) -> Endpoint:
        """Give the adapter's settings, impatient enough for a test."""
        plain = Endpoint(
            url=self.url, token=TOKEN, signer=self.signer, timeout_s=5.0, attempts=4, first_pause_s=0.01
        )
        return msgspec.structs.replace(plain, **changes)

    def control(self, path: str, **body: Any) -> Any:
        """Give the simulation an order and return its result."""
        answer = httpx.post(
            f"{self.url}/simulation/{path}",
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=10,
            trust_env=False,
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.json()["simulated"] is True
        return answer.json()["result"]

    def faults(
        self,
        modes: dict[str, dict[str, int]] | None = None,
        *,
        seed: int = 1,
        processing_delay_ms: int | None = None,
    ) -> None:
        """Switch these faults on and all others off."""
        self.control("faults", seed=seed, modes=modes or {}, processing_delay_ms=processing_delay_ms)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask something plainly, without the adapter."""
        headers = {"Authorization": f"Bearer {TOKEN}", **options.pop("headers", {})}
        return httpx.request(method, self.url + path, headers=headers, timeout=10, trust_env=False, **options)
