"""A replay that can say what every row must be, the ones included that have left memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange import canonical
from ledger.audit.replay import ReplayedState
from ledger.row_sums import RowSums

if TYPE_CHECKING:
    from exchange.rows import Row
    from ledger.row_sums import Sums


class SummedState(ReplayedState):
    """A replayed state that adds up the rows that leave it."""

    def __init__(self) -> None:
        super().__init__()
        self._sums = RowSums()

    def archive(self, row: Row) -> None:
        """Let a finished row leave memory; see `State.archive`."""
        super().archive(row)
        self._sums.add(row.kind, row.id, canonical.encode(row), archived=True)

    def sums(self) -> Sums:
        """The sums of all rows as they stand now. To be asked once, at the end."""
        for row in self.each_row():
            self._sums.add(row.kind, row.id, canonical.encode(row), archived=False)
        return self._sums.sums()
