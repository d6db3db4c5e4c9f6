"""The front door as a real process over one database and one sequencer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.faults.cutting import DEADLINE_S

ROOT = Path(__file__).resolve().parents[2]


class FrontDoorProcess:
    """`python -m api` on a port that it keeps over every start."""

    def __init__(self, database_url: str, socket_path: str, log: Path, **more: str) -> None:
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "IPX_DATABASE_URL": database_url,
            "IPX_SEQUENCER_SOCKET": socket_path,
            **more,
        }
        self._log = log
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> Self:
        """Start it, and wait until it has told its address, at which it listens by then."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api"],
                cwd=ROOT,
                env={**self._environment, "IPX_API_PORT": str(self.port)},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        told = self.process.stdout.readline().decode()
        assert told, self._log.read_text()[-2000:]
        self.port = int(told.rpartition(":")[2])
        return self

    def kill(self) -> None:
        """SIGKILL; `collect` waits for the end."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.collect()

    def collect(self) -> None:
        assert self.process is not None
        self.process.wait(DEADLINE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
