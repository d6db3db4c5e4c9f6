"""A sequencer as a real process: started, killed, stopped and continued by its id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import msgspec

from ledger.sequencer.client import BlockingSequencerClient
from tests.ledger.trading import GENESIS

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
"""The longest that a start may take on a machine that does much else."""


class SequencerProcess:
    """`python -m ledger.sequencer` over one database, with its own socket and keys."""

    def __init__(
        self, database_url: str, folder: Path, *, module: str = "ledger.sequencer", **more: str
    ) -> None:
        self._module = module
        # Socket paths are short by nature, and a test's folder may be long.
        self._short = tempfile.TemporaryDirectory(prefix="ipx")
        self.socket_path = str(Path(self._short.name) / "s")
        self.log = folder / "sequencer.log"
        (folder / "keys").mkdir(parents=True, exist_ok=True)
        genesis = folder / "genesis.json"
        genesis.write_bytes(msgspec.json.encode(GENESIS))
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "IPX_DATABASE_URL": database_url,
            "IPX_SEQUENCER_SOCKET": self.socket_path,
            "IPX_KEYS_DIR": str(folder / "keys"),
            "IPX_GENESIS": str(genesis),
            **more,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
        self._short.cleanup()

    def start(self) -> Self:
        """Start it; `wait_until_serving` waits for its socket."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self._module], cwd=ROOT, env=self._environment, stderr=log
            )
        return self

    def wait_until_serving(self, deadline_s: float = START_S) -> Self:
        """Wait until it writes as of this start: its log says so."""
        assert self.process is not None
        return self._wait_for(f'"pid": {self.process.pid}', deadline_s)

    def wait_until_following(self) -> Self:
        """Wait until it has loaded and has seen another one serve: its log says so. Good for its first start."""
        return self._wait_for("following a writer that serves", START_S)

    def _wait_for(self, word: str, deadline_s: float) -> Self:
        assert self.process is not None
        deadline = time.monotonic() + deadline_s
        while time.monotonic() < deadline:
            if word.encode() in self.log.read_bytes():
                return self
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            time.sleep(0.02)
        message = f"no {word} after {deadline_s} s: {self.log.read_text()[-2000:]}"
        raise AssertionError(message)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """Wait for the end; the exit code."""
        assert self.process is not None
        return self.process.wait(timeout=START_S)

    def client(self) -> BlockingSequencerClient:
        """A client of its socket."""
        return BlockingSequencerClient(self.socket_path)
