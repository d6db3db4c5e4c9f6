"""Databases of the tests: fresh ones on the embedded server, never one that somebody's environment names."""

from __future__ import annotations

import os

import psycopg
from sqlalchemy import make_url

from ledger.store.connections import psycopg_url

NAMED_SERVERS = ("IPX_DATABASE_URL", "IPX_REDIS_URL", "IPX_CHAIN_URL")


def forget_named_servers() -> None:
    """Forget real servers, here and in every child process: tests create, change and drop what they find."""
    for name in NAMED_SERVERS:
        os.environ.pop(name, None)


def sibling(url: str, name: str) -> str:
    """The address of another database of the same server.

    Raises:
        ValueError: it would be the same database.
    """
    parsed = make_url(url)
    other = parsed.set(database=name)
    if not name or other == parsed:
        message = "a test's database must be another than the server's own"
        raise ValueError(message)
    return other.render_as_string(hide_password=False)


def name_of(url: str) -> str:
    """The name of the database that an address leads to."""
    return make_url(url).database or ""


def create(server_url: str, name: str, template: str = "template1") -> str:
    """Make a database from a template; its address."""
    url = sibling(server_url, name)
    with psycopg.connect(psycopg_url(server_url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return url


def drop(server_url: str, url: str) -> None:
    """Drop a database that `create` made."""
    name = name_of(url)
    sibling(server_url, name)
    with psycopg.connect(psycopg_url(server_url), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
