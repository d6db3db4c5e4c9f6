"""Real servers that the environment names: each is asked once, before anything starts, whether it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import psycopg
import redis
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.store.connections import CONNECT_TIMEOUT_S, DatabaseUrlRefused, make_engine, psycopg_url
from scripts.stack.child import StartRefused

DATABASE, REDIS, CHAIN = "IPX_DATABASE_URL", "IPX_REDIS_URL", "IPX_CHAIN_URL"
_SHAPES = {
    DATABASE: "postgresql://user@host:port/name",
    REDIS: "redis://host:port/0",
    CHAIN: "http://host:port",
}
LONGEST_REASON = 300


def require_answers(environment: Mapping[str, str]) -> None:
    """Ask every server that is named here.

    Raises:
        StartRefused: one cannot be reached, or its setting names none.
    """
    for name, ask in _QUESTIONS.items():
        url = environment.get(name, "")
        if url:
            ask(url)


def database_refused(error: Exception) -> StartRefused:
    """What to say of a database that cannot be used; its address may hold a password and is not repeated."""
    if isinstance(error, DatabaseUrlRefused):
        return _refused(DATABASE, "it names no PostgreSQL database")
    return _refused(DATABASE, _first_line(getattr(error, "orig", None) or error))


def holds_a_journal(database_url: str) -> bool:
    """Whether a venue has opened on this database.

    Raises:
        StartRefused: it cannot be read.
    """
    try:
        with make_engine(database_url).connect() as connection:
            if not inspect(connection).has_table("journal"):
                return False
            return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM journal)")).scalar())
    except (DatabaseUrlRefused, SQLAlchemyError) as error:
        raise database_refused(error) from error


def _ask_database(url: str) -> None:
    try:
        psycopg.connect(psycopg_url(url), connect_timeout=CONNECT_TIMEOUT_S).close()
    except (DatabaseUrlRefused, psycopg.Error) as error:
        raise database_refused(error) from error


def _ask_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=CONNECT_TIMEOUT_S, socket_timeout=CONNECT_TIMEOUT_S
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise _refused(REDIS, _first_line(error)) from error


def _ask_chain(url: str) -> None:
    try:
        ChainClient(url, CONNECT_TIMEOUT_S).chain_id()
    except ChainFault as error:
        raise _refused(CHAIN, f"{error.code} {error.detail}".strip()) from error


def _refused(name: str, reason: str) -> StartRefused:
    cure = f"Set it to the address of one that answers, {_SHAPES[name]}, or leave it out for an embedded one."
    return StartRefused(f"{name} cannot be used: {reason}. {cure}")


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:LONGEST_REASON].rstrip(". ")


_QUESTIONS: dict[str, Callable[[str], None]] = {
    DATABASE: _ask_database,
    REDIS: _ask_redis,
    CHAIN: _ask_chain,
}
