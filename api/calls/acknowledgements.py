"""A client's own record of what it sent and what the venue acknowledged: append-only, on disk before it is relied on.

With it a client that crashed knows which commands to repeat under which key, and an auditor can hold the venue's
receipts against the journal.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Literal

import msgspec

from ledger.receipts import Receipt


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """The venue's answer to one command, its receipt checked. `code` tells a refusal; times are ms UTC."""

    status: Literal["accepted", "refused"]
    type: str
    idempotency_key: str
    entry: int
    time_ms: int
    result: dict[str, str] = {}
    code: str | None = None
    receipt: Receipt


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A command on its way, written before it is sent."""

    type: str
    idempotency_key: str
    path: str


class AcknowledgementLog:
    """One JSON object a line: `sent` before, `acknowledged` after. Several threads may write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def sent(self, command: Sent) -> None:
        """Write down that a command is about to be sent."""
        self._append({"sent": command})

    def acknowledged(self, answer: Acknowledgement) -> None:
        """Write down the venue's answer; it is on disk when this returns."""
        self._append({"acknowledged": answer})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _append(self, line: dict[str, Sent | Acknowledgement]) -> None:
        data = msgspec.json.encode(line) + b"\n"
        with self._lock:
            os.write(self._file, data)
            os.fsync(self._file)


class _Line(msgspec.Struct):
    sent: Sent | None = None
    acknowledged: Acknowledgement | None = None


def read_log(path: Path) -> tuple[list[Acknowledgement], list[Sent]]:
    """The acknowledgements in a log, and what was sent without one: repeat those under their keys.

    A last line that a crash cut off is left out.

    Raises:
        msgspec.DecodeError: a line before the last is damaged.
    """
    lines = path.read_bytes().split(b"\n")
    complete = [msgspec.json.decode(line, type=_Line) for line in lines[:-1] if line]
    answers = [line.acknowledged for line in complete if line.acknowledged is not None]
    known = {answer.idempotency_key for answer in answers}
    return answers, [line.sent for line in complete if line.sent and line.sent.idempotency_key not in known]
