"""A party's statement out of the tables: one snapshot, and nothing of the journal but the month's postings is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import msgspec
from sqlalchemy import text

from api.reading import Reader
from exchange.rows import Hold
from ledger.account_statements import MOST_MOVEMENTS, AccountStatement, Posting, make_statement

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.ext.asyncio import AsyncConnection

    from ledger.months import Month

_END: Final = "SELECT last_entry FROM sequencer_head"
_FIRST_AT: Final = """
WITH RECURSIVE halves (low, high) AS (
    SELECT 0::bigint, (:end)::bigint
    UNION ALL
    SELECT CASE WHEN j.time_ms < :time_ms THEN j.entry + 1 ELSE h.low END,
        CASE WHEN j.time_ms < :time_ms THEN h.high ELSE j.entry END
    FROM halves h JOIN journal j ON j.entry = (h.low + h.high) / 2
    WHERE h.low < h.high
)
SELECT low FROM halves WHERE low >= high
"""
"""The first entry of a time or later, by halving: entries' times never go back, and no index of them is kept."""
_OPENINGS: Final = """
SELECT account, sum(change)::bigint FROM (
    SELECT p.credit AS account, p.amount AS change FROM postings p JOIN accounts a ON a.id = p.credit
        WHERE a.owner = :owner AND p.entry < :first
    UNION ALL
    SELECT p.debit, -p.amount FROM postings p JOIN accounts a ON a.id = p.debit
        WHERE a.owner = :owner AND p.entry < :first
) AS changes GROUP BY account
"""
_POSTINGS: Final = """
SELECT p.entry, p.position, j.time_ms, p.debit, p.credit, p.amount, p.subject_id, p.purpose
FROM (
    SELECT p.* FROM accounts a JOIN postings p ON p.debit = a.id
        WHERE a.owner = :owner AND p.entry >= :first AND p.entry < :end
    UNION
    SELECT p.* FROM accounts a JOIN postings p ON p.credit = a.id
        WHERE a.owner = :owner AND p.entry >= :first AND p.entry < :end
) AS p JOIN journal j ON j.entry = p.entry
ORDER BY p.entry, p.position LIMIT :most
"""
_HOLDS: Final = """
SELECT data::text FROM holds WHERE party_id = :owner AND (data ->> 'since_ms')::bigint < :to_ms
    AND coalesce((data ->> 'ended_ms')::bigint, :from_ms) >= :from_ms
"""


class TooManyMovements(Exception):
    """The month has more movements than one answer holds."""


class StatementReader(Reader):
    """Asks over the same connections as the interface."""

    @classmethod
    def beside(cls, reader: Reader) -> Self:
        """A reader of the same pool; whoever made the pool closes it."""
        return cls(reader._engine)  # noqa: SLF001 - the same class's own

    async def statement(self, party_id: str, month: Month) -> AccountStatement:
        """The statement as of the journal's end.

        Raises:
            TooManyMovements: there are over `MOST_MOVEMENTS`.
        """
        async with self._engine.connect() as connection:
            snapshot = await connection.execution_options(isolation_level="REPEATABLE READ")
            async with snapshot.begin():
                last_entry = int((await snapshot.execute(text(_END))).scalar_one())
                first = await _first_at(snapshot, month.from_ms, last_entry + 1)
                end = await _first_at(snapshot, month.to_ms, last_entry + 1)
                given: dict[str, Any] = {"owner": party_id, "first": first, "end": end}
                openings = (await snapshot.execute(text(_OPENINGS), given)).all()
                most = given | {"most": MOST_MOVEMENTS + 1}
                found = (await snapshot.execute(text(_POSTINGS), most)).mappings().all()
                within = {"owner": party_id, "from_ms": month.from_ms, "to_ms": month.to_ms}
                holds = (await snapshot.execute(text(_HOLDS), within)).scalars().all()
        if len(found) > MOST_MOVEMENTS:
            raise TooManyMovements
        return make_statement(
            party_id,
            month,
            last_entry,
            {str(account): int(balance) for account, balance in openings},
            [Posting(**each) for each in found],
            [msgspec.json.decode(data, type=Hold) for data in holds],
        )


async def _first_at(connection: AsyncConnection, time_ms: int, end: int) -> int:
    found = await connection.execute(text(_FIRST_AT), {"time_ms": time_ms, "end": end})
    return int(found.scalar_one())
