"""The states of what goes to the chain: one transition table for records in the outbox, one for the journal's anchors.

Each statement that moves a row asks for the states that the table gives for its event (`before`), so that a row which
has gone on meanwhile stays as it is. Whatever a reorganisation or a recovery takes back goes to QUEUED with the same
id, and is recorded once all the same.
"""

from __future__ import annotations

from typing import Final, TypeAlias

Transitions: TypeAlias = dict[tuple[str, str], str]
"""(state, event) to next state; from every other state the event changes nothing."""

RECORD_TRANSITIONS: Final[Transitions] = {
    ("QUEUED", "send"): "SENT",
    ("SENT", "send"): "SENT",
    ("QUEUED", "requeue"): "QUEUED",
    ("SENT", "requeue"): "QUEUED",
    ("QUEUED", "malformed"): "REFUSED",
    ("SENT", "mine"): "MINED",
    ("QUEUED", "stand"): "MINED",
    ("MINED", "lose"): "QUEUED",
    ("MINED", "finalise"): "FINAL",
    ("FINAL", "finalise"): "FINAL",
    ("FINAL", "verify"): "VERIFIED",
    ("MINED", "refuse"): "REFUSED",
    ("FINAL", "refuse"): "REFUSED",
    ("MINED", "come_early"): "QUEUED",
    ("FINAL", "come_early"): "QUEUED",
    ("MINED", "rewind"): "QUEUED",
    ("SENT", "forget"): "QUEUED",
    ("MINED", "recover"): "QUEUED",
    ("FINAL", "recover"): "QUEUED",
    ("VERIFIED", "recover"): "QUEUED",
    ("REFUSED", "recover"): "QUEUED",
}
"""`send` again is with higher fees; `stand`: the contract would revert, since it has it, or refuses it for good."""
ANCHOR_TRANSITIONS: Final[Transitions] = {
    ("QUEUED", "send"): "SENT",
    ("SENT", "send"): "SENT",
    ("SENT", "mine"): "MINED",
    ("QUEUED", "stand"): "MINED",
    ("SENT", "stand"): "MINED",
    ("MINED", "lose"): "QUEUED",
    ("MINED", "verify"): "VERIFIED",
    ("MINED", "refuse"): "REFUSED",
    ("MINED", "rewind"): "QUEUED",
    ("SENT", "forget"): "QUEUED",
    ("MINED", "recover"): "QUEUED",
    ("VERIFIED", "recover"): "QUEUED",
    ("REFUSED", "recover"): "QUEUED",
}
"""Nobody is told of an anchor, so that a final one is verified in the same step."""


def before(table: Transitions, event: str) -> list[str]:
    """The states in which an event moves a row, for a statement's WHERE. Raises KeyError where no state has it."""
    states = [state for state, each in table if each == event]
    if not states:
        raise KeyError(event)
    return states
