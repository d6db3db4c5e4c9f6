"""One at a time: advisory locks for the works that must not run twice beside each other, and the clock they use.

A lock belongs to its database connection: it ends with the process, however that ends. It is a courtesy that saves
work; each of these works stays right without it.
"""

from __future__ import annotations

import enum
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from psycopg.rows import dict_row

from ledger.store.connections import CONNECT_TIMEOUT_S, STATEMENT_TIMEOUT_MS, psycopg_url

if TYPE_CHECKING:
    from collections.abc import Iterator

Row: TypeAlias = dict[str, Any]
Database: TypeAlias = psycopg.Connection[Row]


@enum.unique
class Work(enum.IntEnum):
    """Keys of the advisory locks (any numbers that nothing else in this database uses)."""

    OUTBOX = 4_973_011
    INDEXER = 4_973_012
    ANCHORING = 4_973_013
    STATEMENTS = 4_973_014
    PAYMENTS = 4_973_015
    REGISTER_COPIES = 4_973_016
    FILINGS = 4_973_017
    CHAIN_RESULTS = 4_973_018
    SELF_AUDIT = 4_973_019
    LOG = 4_973_020
    TIME_STAMPS = 4_973_021
    RECONCILING = 4_973_022
    DAY_OF_COSTS = 4_973_031
    """Held for one sum and one row, by all senders of a venue."""


_PAUSE_S = 0.05


class Elsewhere(Exception):
    """The work is being done by another process or thread."""

    def __init__(self, work: Work) -> None:
        self.code = "WORK-ELSEWHERE"
        self.cure = "nothing to do: it is being done; look again in a moment"
        super().__init__(f"{self.code}: {work.name.lower()}: {self.cure}")


def open_database(database_url: str) -> Database:
    """Open a connection in which every statement commits by itself unless a transaction is begun.

    Raises:
        DatabaseUrlRefused: the URL names no PostgreSQL database.
        psycopg.Error: the database does not answer.
    """
    return psycopg.connect(
        psycopg_url(database_url),
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=CONNECT_TIMEOUT_S,
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
    )


@contextmanager
def alone(database: Database, work: Work, *, patience_s: float = 0.0) -> Iterator[None]:
    """Do a work while nobody else does it.

    Raises:
        Elsewhere: somebody else still does it when patience has ended.
        psycopg.Error: the database does not answer.
    """
    end = time.monotonic() + patience_s
    while True:
        row = database.execute("SELECT pg_try_advisory_lock(%s) AS granted", (int(work),)).fetchone()
        if row is not None and row["granted"]:
            break
        if time.monotonic() >= end:
            raise Elsewhere(work)
        time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        if not database.closed:
            database.execute("SELECT pg_advisory_unlock(%s)", (int(work),))


def wall_ms() -> int:
    """Tell the machine's time in milliseconds UTC; for waiting and for notes, never for decisions of the exchange."""
    return time.time_ns() // 1_000_000
