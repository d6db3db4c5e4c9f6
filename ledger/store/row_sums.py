"""The sums of all rows that the tables hold, as they stand there: no row is read into a state, and none is left out."""

from __future__ import annotations

import msgspec
import psycopg
from psycopg import sql

from exchange import canonical
from exchange.canonical import CanonicalRefused
from ledger.row_sums import RowSums, Sums
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url
from ledger.store.tables import ROW_TABLE_BY_KIND

STATEMENT_TIMEOUT_MS = 600_000
_ROWS_AT_ONCE = 5_000
_ACCOUNTS = (
    "SELECT id, jsonb_build_object('id', id, 'owner', owner, 'purpose', purpose, 'currency', currency,"
    " 'balance', balance)::text, false FROM accounts"
)


def stored_sums(database_url: str, snapshot: str) -> Sums:
    """Add up every row of state as of a snapshot that another connection has exported and still holds.

    Raises:
        psycopg.Error: the database does not answer, or nobody holds the snapshot any more.
    """
    found = RowSums()
    with psycopg.connect(
        psycopg_url(database_url),
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name="ipx-row-sums",
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
    ) as connection:
        look_at(connection, snapshot)
        for kind, table in ROW_TABLE_BY_KIND.items():
            rows_of = sql.SQL("SELECT id, data::text, archived FROM {}")
            _add(connection, kind, rows_of.format(sql.Identifier(table.name)), found)
        _add(connection, "account", sql.SQL(_ACCOUNTS), found)
    return found.sums()


def look_at(connection: psycopg.Connection[tuple[object, ...]], snapshot: str) -> None:
    """Have a connection that has asked nothing yet see what an exported snapshot shows.

    Raises:
        psycopg.Error: nobody holds the snapshot any more.
    """
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))


def _add(
    connection: psycopg.Connection[tuple[object, ...]],
    kind: str,
    query: sql.SQL | sql.Composed,
    found: RowSums,
) -> None:
    with connection.cursor(f"sum_{kind}") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(query)
        for row_id, data, archived in cursor:
            found.add(kind, str(row_id), _canonical(str(data)), archived=bool(archived))


def _canonical(data: str) -> bytes:
    """What is no canonical JSON was not written by an engine, and gives a sum that no replay gives."""
    try:
        return canonical.encode(msgspec.json.decode(data))
    except CanonicalRefused:
        return data.encode()
