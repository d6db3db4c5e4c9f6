"""One child process under our supervision: started so that it dies with us, stopped with a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

LAUNCHER = Path(__file__).with_name("launch.py")
STOP_DEADLINE_S = 15.0
START_DEADLINE_S = 45.0
POLL_S = 0.05
LOG_TAIL_BYTES = 2_000


class StartRefused(RuntimeError):
    """A process that did not come up. The text says what failed, what it printed last, and what to do."""


class Child:
    """A named process with a log file."""

    def __init__(  # noqa: PLR0913 - what a process consists of
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        user: str = "self",
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.environment = dict(os.environ if environment is None else environment)
        self.user = user
        self.stop_signal = stop_signal
        self.process: subprocess.Popen[bytes] | None = None
        self._mark = log.with_suffix(".pid")
        self._log_begins = 0
        """Where in the log file the present start begins: it is never cut."""

    def start(self) -> None:
        """Start the process. From the main thread only: the kernel binds a child to the thread that made it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._kill_session()  # what an ended process of ours has left, if this is not its first start
        self.end_leftover()
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            self.process = self._spawn(log)
        self._mark.write_text(f"{self.process.pid} {_start_of(self.process.pid)}")

    def end_leftover(self) -> None:
        """Make sure that the process of an earlier start, whose parent was killed, has ended.

        Raises:
            StartRefused: it cannot be killed.
        """
        end_leftover(self._mark)

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-S", "-E", str(LAUNCHER), str(os.getpid()), self.user, *self.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=self.environment,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the children in order
        )

    def has_said(self, words: str) -> bool:
        """Whether the process has printed this since it was started last: its own word, and no stranger's."""
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            return words.encode() in log.read()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return None if self.process is None else self.process.poll()

    def wait_until(self, ready: Callable[[], bool], deadline_s: float = START_DEADLINE_S) -> None:
        """Wait until `ready` answers True.

        Raises:
            StartRefused: the process ended, or the deadline passed.
        """
        until = time.monotonic() + deadline_s
        while not ready():
            if self.exit_code is not None:
                message = f"{self.name} ended with code {self.exit_code} while starting. {self.log_tail()}"
                raise StartRefused(message)
            if time.monotonic() > until:
                message = f"{self.name} was not ready after {deadline_s:.0f} s. {self.log_tail()}"
                raise StartRefused(message)
            time.sleep(POLL_S)

    def wait(self, deadline_s: float) -> int | None:
        """Wait for its end and give its exit code; at the deadline it is killed."""
        if self.process is None:
            return None
        try:
            self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._mark.unlink(missing_ok=True)
        return self.exit_code

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Ask it to stop; kill it, with everything in its session, when the deadline has passed."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self.kill()
        self._kill_session()
        self._mark.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL, now."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(STOP_DEADLINE_S)
            self._kill_session()

    def _kill_session(self) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody is left in it

    def log_tail(self) -> str:
        """The end of its log, for an error message."""
        if not self.log.exists():
            return f"Its log {self.log.name} is empty."
        text = self.log.read_bytes()[-LOG_TAIL_BYTES:].decode("utf-8", "replace").strip()
        return f"The end of its log ({self.log}):\n{text}" if text else f"Its log {self.log.name} is empty."


def end_leftover(mark: Path) -> None:
    """Make sure that the process which a mark names is gone, before its data is used again.

    It was told to stop when its parent was killed, but may still be writing; it is killed once it has had its time. The
    time at which it was started tells it from another process that has its number now.

    Raises:
        StartRefused: it cannot be killed.
    """
    try:
        number, started = mark.read_text().split()
        pid = int(number)
    except (FileNotFoundError, ValueError):
        return  # nothing was running, or the mark was cut: its process had then not begun its work
    for number_of_signal, patience_s in ((0, STOP_DEADLINE_S), (signal.SIGKILL, STOP_DEADLINE_S)):
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if _start_of(pid) != started:
                mark.unlink(missing_ok=True)
                return
            if number_of_signal:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number_of_signal)
            time.sleep(POLL_S)
    message = f"process {pid} of an earlier start does not end. Stop it (kill -9 {pid}), then start again."
    raise StartRefused(message)


def _start_of(pid: int) -> str:
    """When a process was started (ticks since boot, proc(5)); empty if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]
