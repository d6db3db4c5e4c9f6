"""The signer as a real process over a folder of keys and a manifest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0


class SignerProcess:
    """`python -m ledger.signer`, with sockets of its own for worker and front door."""

    def __init__(self, keys: Path, manifest_file: Path, log: Path, **more: str) -> None:
        # Socket paths are short by nature, and a test's folder may be long.
        self._short = tempfile.TemporaryDirectory(prefix="ipx")
        self.socket_path = str(Path(self._short.name) / "s")
        self.door_socket_path = str(Path(self._short.name) / "d")
        self.log = log
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "IPX_SIGNER_SOCKET": self.socket_path,
            "IPX_SIGNER_DOOR_SOCKET": self.door_socket_path,
            "IPX_KEYS_DIR": str(keys),
            "IPX_CHAIN_MANIFEST": str(manifest_file),
            **more,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and wait until it listens."""
        sockets = (Path(self.socket_path), Path(self.door_socket_path))
        for path in sockets:
            path.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ledger.signer"], cwd=ROOT, env=self._environment, stderr=log
            )
        end = time.monotonic() + START_S
        while not all(path.exists() for path in sockets):
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < end, "the signer does not listen"
            time.sleep(0.02)
        return self

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=START_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.end(signal.SIGKILL)
        self._short.cleanup()
