"""How a session ends before its time: what that means for those whose submissions were under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from exchange.turn import EngineFault

_log = structlog.get_logger()


class SessionLost(Exception):
    """The batch did not get through, and this session with it.

    ask_again: nothing is known, or nothing was tried: the tables will tell after the next load. culprit: the position
    of the submission on which the engine fell over, if one did.
    """

    def __init__(self, reason: str, *, ask_again: bool, culprit: int | None = None) -> None:
        super().__init__(reason)
        self.ask_again = ask_again
        self.culprit = culprit


def fallen(fault: EngineFault, position: int | None = None) -> SessionLost:
    """The end of a session on whose submission, if `position` names one, the engine fell over; it is an alarm."""
    _log.critical("engine fault", code="ENGINE-FAULT", reason=str(fault))
    return SessionLost(str(fault), ask_again=False, culprit=position)
