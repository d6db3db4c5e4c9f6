"""One turn of the engine: the request being decided, what it has emitted, and the postings it has made.

A handler checks everything first and changes rows afterwards; a refusal after the first change is a fault of the
engine and stops it, so that a refused command can never leave half of itself behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import msgspec

from exchange.commands import Command, Request
from exchange.events import AnyEvent
from exchange.rules.rule import Detail, Rule
from exchange.state import State

Result = dict[str, str]
"""The ids that an accepted command gives back; public, so ids and states only."""


class Refused(msgspec.Struct, frozen=True):
    """A refusal as answered: the rule's code and the facts that decided it."""

    code: str
    detail: Detail


class Outcome(msgspec.Struct, frozen=True):
    """What the engine answers to one request."""

    events: tuple[AnyEvent, ...]
    result: Result
    refusal: Refused | None


class EngineFault(Exception):
    """The engine broke one of its own promises: stop, throw the memory away, load again."""


class Turn:
    """The request, the state that it may change, and the events so far."""

    def __init__(self, state: State, request: Request) -> None:
        self.state = state
        self.request = request
        self.time_ms = request.time_ms
        self.actor = request.actor
        self.events: list[AnyEvent] = []

    def emit(self, event: AnyEvent) -> None:
        """Add an event to the answer."""
        self.events.append(event)

    def fault(self, message: str) -> NoReturn:
        """Stop: something that the engine itself must have made impossible.

        Raises:
            EngineFault: always.
        """
        raise EngineFault(message)


def refused(rule: Rule, detail: Detail) -> Refused:
    """A refusal as it stands in an answer."""
    return Refused(rule.code, detail)


Handlers = dict[type[Command], Callable[[Turn, Any], Result]]
"""Which function decides which command; every room of the exchange has one such table."""
