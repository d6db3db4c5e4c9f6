"""Write the journal to a file, in one snapshot and bounded memory: for the auditor with its openings, for all without.

The lines are those of `ledger.audit.lines`. Erased parts have no opening any more, in no export.
"""

from __future__ import annotations

import base64
from typing import IO, TYPE_CHECKING, Any

import msgspec
import psycopg

from ledger.audit.lines import (
    AnyLine,
    CheckpointLine,
    EntryLine,
    ExportKind,
    Header,
    SealedValue,
    SealLine,
    encode_line,
)
from ledger.receipts import BatchSeal
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url
from ledger.store.row_sums import look_at

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS_AT_ONCE = 1_000
STATEMENT_TIMEOUT_MS = 600_000
"""An auditor's export of a large journal takes its time; a client that is gone does not hold it for ever."""
_BATCHES = (
    "SELECT first_entry, count, epoch, batch_root, tree_size, tree_root, time_ms, signature FROM batches"
    " ORDER BY first_entry"
)
_ENTRIES = "SELECT entry, public, leaf, terms, terms_salt, outcome, outcome_salt FROM journal ORDER BY entry"
_CHECKPOINTS = "SELECT size, note, token FROM checkpoints ORDER BY size"
_PARTS = "SELECT entry, label, salt, value FROM sealed_parts WHERE salt IS NOT NULL ORDER BY entry, label"


class ExportRefused(Exception):
    """There is nothing that could be exported. `code` is stable, `cure` says what to do."""

    def __init__(self, code: str, cure: str) -> None:
        self.code = code
        self.cure = cure
        super().__init__(f"{code}: {cure}")


def export(
    database_url: str, stream: IO[bytes], kind: ExportKind = "auditor", *, snapshot: str | None = None
) -> int:
    """Write every committed entry to a stream; how many there were.

    snapshot: as of which snapshot of another connection, which still holds it; as of now if not given.

    Raises:
        ExportRefused: EXPORT-EMPTY where no venue has been opened, EXPORT-BATCH where a batch lacks an entry or an
            entry stands in none.
        DatabaseUrlRefused: the URL names no PostgreSQL database.
        psycopg.Error: the database does not answer.
        OSError: the stream cannot be written.
    """
    entries = 0
    for line in lines_of(database_url, kind, snapshot):
        stream.write(encode_line(line))
        entries += isinstance(line, EntryLine)
    return entries


def lines_of(database_url: str, kind: ExportKind, snapshot: str | None = None) -> Iterator[AnyLine]:
    """The lines of an export, one after the other.

    Raises:
        ExportRefused, DatabaseUrlRefused, psycopg.Error: see `export`.
    """
    with psycopg.connect(
        psycopg_url(database_url),
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name="ipx-export",
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
    ) as connection:
        if snapshot is None:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
        else:
            look_at(connection, snapshot)
        yield _header(connection, kind)
        with (
            connection.cursor("export_batches") as batches,
            connection.cursor("export_entries") as entries,
            connection.cursor("export_parts") as parts,
            connection.cursor("export_checkpoints") as signed,
        ):
            for cursor, query in (
                (batches, _BATCHES),
                (entries, _ENTRIES),
                (parts, _PARTS),
                (signed, _CHECKPOINTS),
            ):
                cursor.itersize = ROWS_AT_ONCE
                cursor.execute(query)
            openings, checkpoints = _Openings(iter(parts)), _Checkpoints(iter(signed))
            written = iter(entries)
            for batch in batches:
                for number in range(batch[0], batch[0] + batch[1]):
                    row = next(written, None)
                    if row is not None and row[0] < number:
                        raise _in_no_batch(row)
                    if row is None or row[0] != number:
                        code = "EXPORT-BATCH"
                        raise ExportRefused(code, f"restore entry {number} from a backup or an older export")
                    yield _entry_line(row, openings.of(number), kind)
                yield _seal_line(batch)
                yield from checkpoints.until(batch[0] + batch[1])
            left = next(written, None)
            if left is not None:
                raise _in_no_batch(left)
            yield from checkpoints.until(None)


def _header(connection: psycopg.Connection[Any], kind: ExportKind) -> Header:
    row = connection.execute("SELECT data FROM venues").fetchone()
    if row is None:
        code = "EXPORT-EMPTY"
        raise ExportRefused(code, "start the sequencer: it opens the venue with the first entry")
    venue = row[0]
    return Header(
        kind=kind,
        chain_id=venue["chain_id"],
        anchor=venue["anchor"],
        register=venue["register"],
        receipt_key=venue["receipt_key"],
    )


def _in_no_batch(row: Any) -> ExportRefused:  # noqa: ANN401 - a row
    cure = f"audit the journal: entry {row[0]} stands in no batch, or was put there; restore what was there"
    return ExportRefused("EXPORT-BATCH", cure)


class _Openings:
    """Erasable parts in the order of their entries, taken along with these."""

    def __init__(self, parts: Iterator[Any]) -> None:
        self._parts = parts
        self._next = next(parts, None)

    def of(self, entry: int) -> dict[str, SealedValue]:
        """The openings of one entry, by label."""
        found = {}
        while self._next is not None and self._next[0] <= entry:
            number, label, salt, value = self._next
            if number == entry:
                found[label] = _sealed(salt, value)
            self._next = next(self._parts, None)
        return found


class _Checkpoints:
    """Checkpoints in the order of their sizes, taken along with the batches. What stands in the tables is written."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def until(self, size: int | None) -> Iterator[CheckpointLine]:
        """Those of so many entries or fewer; without a size all that are left."""
        while self._next is not None and (size is None or self._next[0] <= size):
            _, note, token = self._next
            yield CheckpointLine(
                note=bytes(note).decode("utf-8", "replace"),
                token="" if token is None else base64.b64encode(token).decode(),
            )
            self._next = next(self._rows, None)


def _entry_line(row: Any, openings: dict[str, SealedValue], kind: ExportKind) -> EntryLine:  # noqa: ANN401 - a row
    entry, public, leaf, terms, terms_salt, outcome, outcome_salt = row
    opened = kind == "auditor"
    return EntryLine(
        entry=entry,
        leaf=leaf.hex(),
        public=msgspec.Raw(public),
        terms=_sealed(terms_salt, terms) if opened and terms is not None else None,
        outcome=_sealed(outcome_salt, outcome) if opened else None,
        erasable=openings if opened else {},
    )


def _sealed(salt: bytes, value: bytes) -> SealedValue:
    return SealedValue(salt=salt.hex(), value=msgspec.Raw(value))


def _seal_line(batch: Any) -> SealLine:  # noqa: ANN401 - a row
    first_entry, count, epoch, batch_root, tree_size, tree_root, time_ms, signature = batch
    return SealLine(
        seal=BatchSeal(
            epoch=epoch,
            first_entry=first_entry,
            count=count,
            batch_root=batch_root.hex(),
            tree_size=tree_size,
            tree_root=tree_root.hex(),
            time_ms=time_ms,
        ),
        signature=signature.hex(),
    )
