"""How this house names databases and opens them: one URL for psycopg and for SQLAlchemy.

A URL is `postgresql://user@host:port/name`, or with `?host=/socket/folder` for a Unix socket.
"""

from __future__ import annotations

import re

from sqlalchemy import Engine, NullPool, create_engine

_SCHEME = re.compile(r"postgres(?:ql)?(?:\+[a-z0-9]+)?://")
STATEMENT_TIMEOUT_MS = 30_000
CONNECT_TIMEOUT_S = 5


class DatabaseUrlRefused(ValueError):
    """A database URL that is none. `code` is stable; the URL itself is not repeated, since it may hold a password."""

    def __init__(self) -> None:
        self.code = "DATABASE-URL"
        self.cure = "set IPX_DATABASE_URL to postgresql://user@host:port/name"
        super().__init__(f"{self.code}: {self.cure}")


def psycopg_url(database_url: str) -> str:
    """The URL as psycopg takes it.

    Raises:
        DatabaseUrlRefused: it names no PostgreSQL database.
    """
    match = _SCHEME.match(database_url)
    if match is None:
        raise DatabaseUrlRefused
    return "postgresql://" + database_url[match.end() :]


def sqlalchemy_url(database_url: str) -> str:
    """The URL as SQLAlchemy takes it, with psycopg as driver; serves its asynchronous engine as well.

    Raises:
        DatabaseUrlRefused: it names no PostgreSQL database.
    """
    return "postgresql+psycopg://" + psycopg_url(database_url).removeprefix("postgresql://")


def make_engine(database_url: str) -> Engine:
    """A SQLAlchemy engine without a pool, for set-up and short reads.

    Raises:
        DatabaseUrlRefused: the URL names no PostgreSQL database.
    """
    arguments = {"connect_timeout": CONNECT_TIMEOUT_S}
    return create_engine(sqlalchemy_url(database_url), poolclass=NullPool, connect_args=arguments)
