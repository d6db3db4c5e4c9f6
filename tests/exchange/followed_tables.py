"""Tables kept as a store would, from what each turn says has changed, and the state hash of what is live in them.

A change that the engine did not tell of makes the two differ: at the next refusal, at the next load, or at the end.
"""

from __future__ import annotations

from exchange.state import Change, State
from ledger.store.recorded_state import RunningStateHash


class FollowedTables:
    """Every row that was told of, the archived ones too."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Change] = {}
        """By kind and id."""
        self._hash = RunningStateHash(())

    def follow(self, changes: list[Change]) -> None:
        """Write what one turn has changed."""
        self._hash.follow(changes)
        for change in changes:
            if change.data is None:
                self.rows.pop((change.kind, change.id), None)  # set and fired within one turn: never stored
            else:
                self.rows[change.kind, change.id] = change

    def state_hash(self) -> str:
        """What the engine's state hash is if it has told of everything."""
        return self._hash.hex()

    def load(self) -> State:
        """A state made from the rows that are not archived."""
        state = State()
        live = (
            (row.kind, row.data) for row in self.rows.values() if row.data is not None and not row.archived
        )
        state.load(live)
        return state
