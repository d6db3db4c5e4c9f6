"""The worker's database in memory: SQLite with the very tables of `ledger.store`, behind the interface of psycopg.

The worker's own statements run here, in another dialect: what SQLite writes otherwise is rewritten, and whatever it
does not know fails. Time is the simulation's. One statement, or one transaction, happens at one moment.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Self

import msgspec
import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Integer, Table, UniqueConstraint

from ledger.merkle import EMPTY_ROOT
from ledger.store import chain_tables, journal_tables, log_tables
from ledger.store import tables as row_tables
from ledger.store.metadata import metadata

ALL_TABLES = (chain_tables.outbox, journal_tables.journal, log_tables.tiles, row_tables.accounts)
"""One of each page of tables: with it the metadata has them all."""
_JSON = frozenset({"data", "payload", "answer", "offer", "event"})
"""Columns that PostgreSQL gives as JSON already read."""
_TRUTHS = frozenset({"final", "archived", "granted", "verified"})
_MEMBER = re.compile(r"\(([\w.]+ ->> '\w+')\)::bigint|([\w.]+ ->> (?:'\w+'|%s))")
"""A member of a JSON object, which PostgreSQL gives as text."""
_REWRITTEN = (
    (re.compile(r"::\w+(\[\])?"), ""),
    (re.compile(r"interval '(\d+) hours'"), r"\1 * 3600"),
    (re.compile(r"\bgreatest\("), "max("),
    (re.compile(r"make_interval\(secs => (\?|%s)\)"), r"\1"),
    (re.compile(r"= ANY\((%s|%\(\w+\)s)\)"), r"IN (SELECT value FROM json_each(\1))"),
    (re.compile(r"([\w.]+) @> (%s)"), r"holds(\1, \2)"),
    (
        re.compile(r"\(o\.data -> '(\w+)' \? d\.id OR o\.data -> '(\w+)' \? d\.id\)"),
        r"(has_key(o.data -> '\1', d.id) OR has_key(o.data -> '\2', d.id))",
    ),
    (re.compile(r"\bright\((.+?), 20\)"), r"substr(\1, -20)"),
    (re.compile(r"left\(encode\(sha256\(convert_to\((.+?), 'UTF8'\)\), 'hex'\), 24\)"), r"digest24(\1)"),
    (re.compile(r"SELECT FROM"), "SELECT 1 FROM"),
    (re.compile(r"FOR UPDATE( SKIP LOCKED)?"), ""),
    (re.compile(r"string_agg\(leaf, '' ORDER BY entry\)"), "joined(leaf)"),
    (re.compile(r"%\((\w+)\)s"), r":\1"),
    (re.compile(r"%s"), "?"),
)
"""What PostgreSQL says and SQLite says otherwise."""


class ConnectionGone(Exception):
    """The process that this connection belonged to has been ended."""


class Tables:
    """All tables of one simulation, and what its connections share."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.seconds = seconds
        """What the database server's clock shows, Unix seconds."""
        self.locks: dict[int, object] = {}
        """Advisory locks: key to the connection that holds it."""
        self.sqlite = sqlite3.connect(":memory:", isolation_level=None)
        self.sqlite.row_factory = sqlite3.Row
        self.sqlite.create_function("clock_timestamp", 0, seconds)
        for name, count, function in (
            ("holds", 2, _holds),
            ("has_key", 2, _has_key),
            ("octet_length", 1, len),
            ("digest24", 1, _digest24),
        ):
            self.sqlite.create_function(name, count, function, deterministic=True)
        self.sqlite.create_aggregate("joined", 1, _Joined)  # type: ignore[arg-type]  # leaves come in their order
        self.sqlite.deserialize(_empty())

    def close(self) -> None:
        """Forget everything."""
        self.sqlite.close()


class MemoryDatabase:
    """One connection of a worker, as `ledger.alone.open_database` gives it."""

    def __init__(
        self,
        tables: Tables,
        before_statement: Callable[[], None] = lambda: None,
        *,
        heeds_locks: bool = True,
    ) -> None:
        self.tables = tables
        self._heeds_locks = heeds_locks
        self.closed = False
        self._before_statement = before_statement
        self._depth = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; its advisory locks end with it."""
        self.closed = True
        for key, holder in list(self.tables.locks.items()):
            if holder is self:
                del self.tables.locks[key]

    def execute(self, query: str, parameters: Any = ()) -> _Result:
        """Run a statement. Outside a transaction others may come in between two of them."""
        if self._depth == 0:
            self._before_statement()
        if self.closed:
            raise ConnectionGone
        if "advisory" in query:
            return self._lock(query, int(parameters[0]))
        text = translated(query)
        if not text:
            return _Result([], 0)
        try:
            cursor = self.tables.sqlite.execute(text, _given(parameters))
        except sqlite3.IntegrityError as error:
            raise psycopg.IntegrityError(str(error)) from error
        rows = [_row(row) for row in cursor.fetchall()] if cursor.description else []
        return _Result(rows, cursor.rowcount if cursor.description is None else len(rows))

    @contextmanager
    def cursor(self, name: str = "") -> Iterator[_Cursor]:
        """A cursor, which reads everything at once."""
        del name
        yield _Cursor(self)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, at one moment."""
        self._before_statement()
        if self.closed:
            raise ConnectionGone
        self.tables.sqlite.execute(f"SAVEPOINT s{self._depth}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self.tables.sqlite.execute(f"ROLLBACK TO s{self._depth}")
            self.tables.sqlite.execute(f"RELEASE s{self._depth}")
            raise
        self._depth -= 1
        self.tables.sqlite.execute(f"RELEASE s{self._depth}")

    def _lock(self, query: str, key: int) -> _Result:
        locks = self.tables.locks
        if "xact" in query:
            granted = True  # a transaction is alone at its moment
        elif "unlock" in query:
            granted = locks.get(key) is self and locks.pop(key) is self
        else:
            granted = not self._heeds_locks or locks.setdefault(key, self) is self
        return _Result([{"granted": granted}], 1)


class _Result:
    """What a statement gave."""

    def __init__(self, rows: list[dict[str, Any]], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchone(self) -> dict[str, Any] | None:
        """The first row, if there is one."""
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[dict[str, Any]]:
        """Every row."""
        return self._rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)


class _Cursor:
    """A cursor of a connection."""

    itersize = 0

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._rows: list[dict[str, Any]] = []

    def execute(self, query: str, parameters: Any = ()) -> None:
        """Run a statement; its rows are iterated over."""
        self._rows = self._database.execute(query, parameters).fetchall()

    def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of several rows."""
        for row in rows:
            self._database.execute(query, row)

    @contextmanager
    def copy(self, query: str) -> Iterator[_Copy]:
        """Take rows in as COPY does, in its text format."""
        table, columns = re.findall(r"COPY (\w+)\s*\((.*?)\)", query, re.DOTALL)[0]
        yield _Copy(self._database, table, [name.strip() for name in columns.split(",")])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)


class _Copy:
    """What COPY reads; whole rows at a time."""

    def __init__(self, database: MemoryDatabase, table: str, names: Sequence[str]) -> None:
        columns = metadata.tables[table].columns
        marks = ", ".join(["%s"] * len(names))
        self._database = database
        self._readers = [_COPIED.get(type(columns[name].type), str) for name in names]
        self._insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own names

    def write(self, text: str) -> None:
        """Rows behind one another, each ended by a new line, with nothing in them that COPY would escape."""
        assert "\\" not in text
        for line in text.splitlines():
            values = zip(self._readers, line.split("\t"), strict=True)
            self._database.execute(self._insert, [reader(value) for reader, value in values])


_COPIED: dict[type[Any], Callable[[str], object]] = {
    BigInteger: int,
    Integer: int,
    Boolean: lambda value: value == "True",
}


@lru_cache(maxsize=512)
def translated(query: str) -> str:
    """A statement as SQLite has it; empty for what means nothing here."""
    if query.startswith("SET TRANSACTION"):
        return ""
    query = _MEMBER.sub(_member, query)
    for found, instead in _REWRITTEN:
        query = found.sub(instead, query)
    return query


def _member(found: re.Match[str]) -> str:
    return f"CAST({found[1]} AS INTEGER)" if found[1] else f"CAST({found[2]} AS TEXT)"


def _given(parameters: Any) -> Any:
    if isinstance(parameters, dict):
        return {name: _value(each) for name, each in parameters.items()}
    return tuple([_value(each) for each in parameters])


def _value(each: Any) -> Any:
    if isinstance(each, Jsonb):
        return msgspec.json.encode(each.obj).decode()
    if isinstance(each, list | tuple):
        return json.dumps(list(each))
    return each


def _row(row: sqlite3.Row) -> dict[str, Any]:
    found = {}
    for name in row.keys():  # noqa: SIM118 - a sqlite3.Row iterates over values
        value = row[name]
        if name in _JSON and isinstance(value, str):
            value = json.loads(value)
        elif name in _TRUTHS and value is not None:
            value = bool(value)
        found[name] = value
    return found


def _holds(data: str, wanted: str) -> bool:
    """PostgreSQL's `@>` for flat objects."""
    found = json.loads(data)
    return all(name in found and found[name] == value for name, value in json.loads(wanted).items())


def _has_key(data: str | None, name: str) -> bool:
    return data is not None and name in json.loads(data)


def _digest24(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class _Joined:
    """PostgreSQL's `string_agg` of bytes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def step(self, part: bytes) -> None:
        self._parts.append(part)

    def finalize(self) -> bytes | None:
        return b"".join(self._parts) if self._parts else None


@lru_cache(maxsize=1)
def _empty() -> bytes:
    """A database with every table of the ledger, its keys, checks and generated columns, and the first head."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.create_function("octet_length", 1, len, deterministic=True)
    made.create_function("clock_timestamp", 0, lambda: 0.0)
    made.executescript("".join(_table(table) for table in metadata.sorted_tables))
    made.execute(
        "INSERT INTO sequencer_head (epoch, last_entry, head_hash, last_time_ms, heartbeat, served_until)"
        " VALUES (0, -1, ?, 0, 0, 0)",
        (EMPTY_ROOT,),
    )
    return made.serialize()


def _table(table: Table) -> str:
    parts = [_column(column) for column in table.columns]
    if all(column.identity is None for column in table.columns):
        parts.append(f"PRIMARY KEY ({_names(table.primary_key.columns)})")
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            parts.append(f"UNIQUE ({_names(constraint.columns)})")
        elif isinstance(constraint, CheckConstraint):
            parts.append(f"CHECK ({_plain(str(constraint.sqltext))})")
    indexes = [
        f"CREATE UNIQUE INDEX {index.name} ON {table.name} ({_names(index.columns)})"
        f" WHERE {_plain(str(index.dialect_options['postgresql']['where']))};\n"
        for index in table.indexes
        if index.unique
    ]
    return f'CREATE TABLE "{table.name}" ({", ".join(parts)});\n' + "".join(indexes)


def _column(column: Column[Any]) -> str:
    text = f'"{column.name}"'
    if column.computed is not None:
        return f"{text} GENERATED ALWAYS AS ({_plain(str(column.computed.sqltext))}) VIRTUAL"
    if column.identity is not None:
        return f"{text} INTEGER PRIMARY KEY"
    if column.server_default is not None:
        text += f" DEFAULT ({_plain(str(column.server_default.arg))})"  # type: ignore[attr-defined]  # a text
    return text if column.nullable else f"{text} NOT NULL"


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(column.name for column in columns)


def _plain(text: str) -> str:
    return re.sub(r"::\w+", "", text)
