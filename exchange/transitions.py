"""Transition tables: what may happen to a row in each of its states, and the refusal of everything else."""

from __future__ import annotations

from typing import ClassVar, Protocol

from exchange.rules import venue as rules
from exchange.rules.rule import refuse

Table = dict[tuple[str, str], str]
"""(state, event) to next state; what is not here is refused with WRONG-STATE. A row that is made has the state ""."""


class RowWithState(Protocol):
    """A row that a transition table moves; a refusal names its id after its `kind`, as in `listing_id`."""

    kind: ClassVar[str]
    id: str
    state: str


def require_step(table: Table, row: RowWithState, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from the row's state."""
    if (row.state, event) not in table:
        refuse(rules.WRONG_STATE, **{f"{row.kind}_id": row.id}, state=row.state, step=event)


def take_step(table: Table, row: RowWithState, event: str) -> str:
    """The row has the state that follows; returns the one that it has left. Raises Refusal WRONG-STATE."""
    require_step(table, row, event)
    old, row.state = row.state, table[row.state, event]
    return old
