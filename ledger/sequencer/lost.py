"""How a session ends: what a failed batch means for its callers, and for the writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import structlog

from ledger.sequencer.statement import BALANCES_DIFFER, FENCED_OUT, STOPPED
from ledger.sequencer.takeover import FencedOut
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from exchange.turn import EngineFault

_CONNECTION_ENDED = ("57P", "08")
"""SQLSTATE classes after which nobody can say whether the statement stood."""
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


def raise_for(error: psycopg.Error, *, closed: bool) -> None:
    """Say what a failed batch means.

    Raises:
        FencedOut, StoreCorrupt: the batch stopped itself.
        SessionLost: anything else.
    """
    state = error.sqlstate or ""
    message = error.diag.message_primary or type(error).__name__
    if state == STOPPED and message == FENCED_OUT:
        raise FencedOut from error
    if state == STOPPED and message == BALANCES_DIFFER:
        code, found = "STORE-BALANCES", "moved balances are not the engine's"
        raise StoreCorrupt(code, found) from error
    unknown = not state or closed or state.startswith(_CONNECTION_ENDED)
    reason = f"{state} {message}"
    raise SessionLost(reason, ask_again=unknown) from error
