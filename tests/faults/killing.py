"""The worker's works as children that are killed at one named message to one of those that they speak to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.cutting import DEADLINE_S, Cut, Cutting, PortCutting, PostgresCutting
from tests.ledger.works.pipeline import ROOT, Pipeline, child_environment


@dataclass(frozen=True)
class Point:
    """One message of one work: killed before it is passed on, or with its answer come and kept back."""

    work: str
    to: str
    name: str
    text: bytes
    answered: bool = False
    first: bytes = b""


def both(work: str, to: str, name: str, text: bytes, first: bytes = b"") -> list[Point]:
    """Killed before the message is passed on, and once it was."""
    return [Point(work, to, name, text, answered, first) for answered in (False, True)]


class Hands:
    """Works of the worker as processes, with a proxy before each of those that they speak to."""

    def __init__(self, stack: ExitStack, pipe: Pipeline, keys: Path, folder: Path, short: Path) -> None:
        """Speak to database and chain; `stack` ends all of it, `short` holds sockets."""
        self._stack = stack
        database = stack.enter_context(PostgresCutting(short, pipe.database_url))
        self.proxies: dict[str, Cutting] = {"database": database}
        self._settings = {
            "IPX_DATABASE_URL": database.url,
            "IPX_CHAIN_URL": self.before("node", pipe.fork.url),
            "IPX_CHAIN_MANIFEST": str(pipe.manifest_file),
            "IPX_KEYS_DIR": str(keys),
            "IPX_SEQUENCER_SOCKET": str(short / "none"),
            "IPX_REDIS_URL": "redis://none",
            "IPX_DATA": str(folder),
        }
        self._process: subprocess.Popen[str] | None = None
        self._child = 0

    def before(self, name: str, url: str) -> str:
        """Put a proxy before a server on a port; gives where it is to be looked for."""
        proxy = self._stack.enter_context(PortCutting())
        proxy.upstream_port = urlsplit(url).port or 0
        self.proxies[name] = proxy
        return proxy.url

    def start(self, **settings: str) -> None:
        """Start the process that the works are forked from."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.works_process"],
            cwd=ROOT,
            env=child_environment(**self._settings | settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(self._end)

    def run(self, work: str) -> int:
        """One run, to its end or its kill; the exit code."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{work}\n")
        self._process.stdin.flush()
        self._child = self._said()
        return self._said()

    def killed_at(self, point: Point) -> None:
        """One run of the point's work, which is killed there."""
        cut = Cut(point.name, point.text, point.answered, point.first, self._kill)
        self.proxies[point.to].arm(cut)
        assert self.run(point.work) == -signal.SIGKILL, point
        assert cut.hit.is_set(), point

    def _kill(self) -> None:
        os.kill(self._child, signal.SIGKILL)

    def _end(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(DEADLINE_S)
        self._process.stdout.close()

    def _said(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())
