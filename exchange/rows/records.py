"""What of the journal has to be kept for a time, since a law says so."""

from __future__ import annotations

from typing import ClassVar

from exchange.rows.row import Row


class KeptRecord(Row):
    """An entry that belongs to the records of an auction: its erasable parts are kept while this row is in memory.

    `id` is the entry's number.
    """

    kind: ClassVar[str] = "kept_record"
    listing_id: str
