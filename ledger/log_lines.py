"""Log lines of every process: one JSON object a line, or words where somebody looks on.

A request has one id on its whole way. The front door makes it (or takes it from `X-Request-Id`), hands it to the
sequencer with the submission, and both write it into their lines; it is no part of the journal. What goes on to the
chain from there is told by entry, deal and transaction. Lines name rows and codes, never what a party typed.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import msgspec
import structlog

from ledger.metrics import ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from structlog.typing import EventDict, WrappedLogger

REQUEST_ID_PATTERN: Final = r"[0-9A-Fa-f-]{16,64}"
"""Hex digits and hyphens, as a UUID or a trace id has them: no name and no free text fits in."""
MOST_FRAMES: Final = 8
LONGEST_VALUE: Final = 600
"""Characters of one value in a line."""
_WELL_FORMED: Final = re.compile(REQUEST_ID_PATTERN)
_encoder: Final = msgspec.json.Encoder()
_log = structlog.get_logger()


class Request(msgspec.Struct, frozen=True):
    """What a task or thread serves: its id, and the entries that were made for it so far."""

    id: str
    entries: list[int] = []


_request: ContextVar[Request | None] = ContextVar("request", default=None)


class _Sink:
    """Where the lines of this process go; None as long as nobody has said so."""

    stream: TextIO | None = None
    process = ""
    words = False
    """Somebody looks on: words instead of JSON."""


def configure(process: str, stream: TextIO | None = None) -> None:
    """Set up the lines of this process (`api`, `sequencer`, `worker`, …), on standard error unless said otherwise."""
    told: TextIO = sys.stderr if stream is None else stream
    _Sink.stream, _Sink.process, _Sink.words = told, process, told.isatty()
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if _Sink.words else structlog.processors.JSONRenderer(default=str)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _named,
            _count_alarm,
            _bounded,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(told),
    )


@contextmanager
def lines_of(process: str, stream: TextIO) -> Iterator[None]:
    """The lines of a process go to this stream until the context is left; then as before."""
    before, sink = structlog.get_config(), (_Sink.stream, _Sink.process, _Sink.words)
    configure(process, stream)
    try:
        yield
    finally:
        structlog.configure(**before)
        _Sink.stream, _Sink.process, _Sink.words = sink


def begin(process: str) -> None:
    """Set up the lines of a process that begins: its own, and what libraries say from warnings on."""
    configure(process)
    logging.root.handlers = [_LibraryLines()]
    logging.root.setLevel(logging.WARNING)


class _LibraryLines(logging.Handler):
    """What libraries log, as lines like ours. Of an exception type and place: its text could repeat what was typed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        line: dict[str, object] = {"logger": record.name}
        kind, _, trace = record.exc_info or (None, None, None)
        if kind is not None:
            frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
            line["error"] = kind.__name__
            line["where"] = [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames]
        tell = _log.error if record.levelno >= logging.ERROR else _log.warning
        tell(record.getMessage(), **line)


def current_request() -> Request | None:
    """The request that this task or thread serves; None outside of one."""
    return _request.get()


def request_id() -> str:
    """Its id; empty outside of one."""
    request = _request.get()
    return "" if request is None else request.id


def begin_request(offered: str = "") -> str:
    """Begin a request under the id that its sender offers if that is well-formed, else under a new one; give it."""
    found = offered if _WELL_FORMED.fullmatch(offered) else secrets.token_hex(16)
    _request.set(Request(found))
    return found


def note_entry(entry: int) -> None:
    """An entry was made for the request that this task serves: its line names it."""
    request = _request.get()
    if request is not None:
        request.entries.append(entry)


def tell_each(event: str, lines: Sequence[Mapping[str, object]]) -> None:
    """Several lines of one kind in one write, so that a batch of commands costs no more than one.

    For what is told of every command; a line of structlog's costs three times as much. Nothing where the process has
    not set its lines up, as in a test.
    """
    stream = _Sink.stream
    if stream is None or not lines:
        return
    if _Sink.words:
        for line in lines:
            _log.info(event, **line)
        return
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    common = {"event": event, "level": "info", "process": _Sink.process, "timestamp": now}
    request = _request.get()
    if request is not None:
        common["request"] = request.id
    stream.write("".join(_encoder.encode({**common, **line}).decode() + "\n" for line in lines))
    stream.flush()


def _named(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["process"] = _Sink.process
    request = _request.get()
    if request is not None:
        event.setdefault("request", request.id)
    return event


def _count_alarm(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if event.get("level") == "critical" or event.get("event") == "alarm":
        ALARMS.labels(code=str(event.get("code", "NO-CODE"))).inc()
    return event


def _bounded(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            event[name] = value[:LONGEST_VALUE]
    return event
