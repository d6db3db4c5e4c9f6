"""Alarms that last: each is raised once when it begins, and once more is said when it is over."""

from __future__ import annotations

import threading
from typing import Final

import structlog

_log: Final = structlog.get_logger()


class Alarms:
    """What stands now, kept from one run of a work to the next. May be used by several threads."""

    def __init__(self) -> None:
        self._standing: dict[str, str] = {}
        self._lock = threading.Lock()

    def begin(self, place: str, code: str, cure: str, **found: object) -> None:
        """Raise an alarm at a place, unless the same one stands there already."""
        with self._lock:
            if self._standing.get(place) == code:
                return
            self._standing[place] = code
        _log.critical("alarm", code=code, cure=cure, **found)

    def end(self, place: str) -> None:
        """It is over at this place, if there was one."""
        with self._lock:
            code = self._standing.pop(place, None)
        if code is not None:
            _log.info("an alarm is over", code=code)
