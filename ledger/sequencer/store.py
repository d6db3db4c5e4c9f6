"""What the sequencer asks of the store that it writes to, and no more: PostgreSQL's answers stand in `postgres`.

Whatever stands in for the database keeps two promises. What a write has come back from stays, whatever happens next;
and nothing is written where the head stands at another epoch or entry than the batch names. Keys, receipts and sealed
parts may be looked up while a batch is being written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.state import State
    from ledger.journal import StoredEntry
    from ledger.receipts import Receipt
    from ledger.sequencer.admission import Admitted
    from ledger.sequencer.draft import Batch
    from ledger.sequencer.lookup import Standing
    from ledger.sequencer.takeover import Taken
    from ledger.store.loading import Head, Loaded


Write: TypeAlias = Callable[[], Awaitable[None]]


class StoreLost(Exception):
    """The store has not done what it was asked.

    unknown: nobody can say whether what was asked for stands, so the tables are to be asked.
    """

    def __init__(self, reason: str, *, unknown: bool) -> None:
        super().__init__(reason)
        self.unknown = unknown


class Store(Protocol):
    """One writer's way to the tables. Its connections are its own: what they hold ends with them."""

    async def take_over(
        self, *, patience_s: float | None, while_waiting: Callable[[], Awaitable[None]]
    ) -> Taken:
        """Become the writer (see `ledger.sequencer.takeover`).

        Raises:
            WriterRunning: another one still writes when patience has ended.
            psycopg.Error, OSError: it does not answer; and what `while_waiting` raises.
        """

    async def beat(self, epoch: int, *, serving: bool) -> None:
        """Show that the writer of this epoch lives.

        Raises:
            FencedOut: another epoch stands.
            TimeoutError, psycopg.Error, OSError: the store does not answer.
        """

    async def load(self) -> Loaded:
        """Load state and tree as of the head, in one snapshot.

        Raises:
            StoreCorrupt: the tables contradict themselves.
            psycopg.Error, OSError: the store does not answer.
        """

    async def head(self) -> Head:
        """The journal's end as it stands now.

        Raises:
            StoreCorrupt: it is not there.
            psycopg.Error, OSError: the store does not answer.
        """

    async def require_whole(self, head: Head) -> None:
        """See that head, last batch and journal end at one place with one root, and that the accounts add up.

        Raises:
            StoreCorrupt: they do not.
            psycopg.Error, OSError: the store does not answer.
        """

    async def entries_from(self, first: int, most: int) -> list[StoredEntry]:
        """Committed entries from this one on, in their order.

        Raises:
            psycopg.Error, OSError: the store does not answer.
        """

    async def standing_of(self, admitted: Sequence[Admitted]) -> dict[int, Standing]:
        """By position, what stands under the same key or client order id.

        Raises:
            StoreLost: it does not answer.
        """

    async def receipts_of(self, entries: Sequence[int]) -> dict[int, Receipt]:
        """The receipts of committed entries, made again.

        Raises:
            StoreLost: it does not answer.
        """

    async def has_sealed_part(self, entry: int, label: str) -> bool:
        """Whether an erasable part stands.

        Raises:
            StoreLost: it does not answer.
        """

    async def keep_checkpoint(self, size: int, root: bytes, note: bytes, *, made_ms: int, epoch: int) -> bool:
        """Keep a checkpoint that this epoch's writer has signed; False where another of its size stands already.

        Raises:
            FencedOut: another writer has taken over.
            StoreLost: it does not answer.
        """

    def prepare(self, batch: Batch, state: State) -> Write:
        """Make a batch ready to be written. `state` is the engine's, after the batch: it is not looked at later.

        What comes back writes it whole or not at all, durable when it returns. It raises:
            FencedOut: another writer has taken over.
            StoreCorrupt: STORE-BALANCES, the balances come to something else than the engine knows.
            StoreLost: anything else.

        Raises:
            EngineFault: a posting is on an account that did not change.
        """
