"""What the engine answers, in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.turn import Outcome


def code(outcome: Outcome) -> str:
    """The code of the rule that refused it; empty where none did."""
    return "" if outcome.refusal is None else outcome.refusal.code
