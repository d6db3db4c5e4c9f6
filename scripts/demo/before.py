"""What is checked before the day begins, so that a day is never played for nothing or into somebody's data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psycopg

from ledger.store.connections import CONNECT_TIMEOUT_S, DatabaseUrlRefused, psycopg_url
from scripts.demo.waiting import DemoFailed

DATABASE = "IPX_DATABASE_URL"
_HOLDS_TABLES = """
    SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables
                   WHERE schemaname NOT IN ('pg_catalog', 'information_schema'))"""


def require_fresh(data: Path | None, figures: Path | None, environment: Mapping[str, str]) -> None:
    """Check where the day and its figures would go; figures of an earlier day are removed.

    Raises:
        DemoFailed: the folder or the database holds something, or the figures cannot be written.
    """
    if data is not None:
        _require_empty_folder(data)
    if environment.get(DATABASE):
        _require_empty_database(environment[DATABASE])
    if figures is not None:
        _require_writable(figures)
        if figures.is_file():
            figures.unlink()  # what stands there after a day that failed must not be an earlier day's


def _require_empty_folder(data: Path) -> None:
    if data.exists() and not data.is_dir():
        message = f"{data} is no folder. Name a new one with --data."
        raise DemoFailed(message)
    if data.is_dir() and any(data.iterdir()):
        message = (
            f"{data} holds something already, such as a venue: a day begins in a new or empty folder. "
            "Name another with --data, or leave it out."
        )
        raise DemoFailed(message)


def _require_writable(figures: Path) -> None:
    if figures.is_dir():
        message = f"{figures} is a folder. Name a file with --json."
    elif not figures.parent.is_dir():
        message = f"there is no folder {figures.parent}. Make it, or name another file with --json."
    elif not os.access(figures if figures.exists() else figures.parent, os.W_OK):
        message = f"{figures} cannot be written. Name another file with --json."
    else:
        return
    raise DemoFailed(message)


def _require_empty_database(url: str) -> None:
    try:
        with psycopg.connect(psycopg_url(url), connect_timeout=CONNECT_TIMEOUT_S) as connection:
            row = connection.execute(_HOLDS_TABLES).fetchone()
    except (DatabaseUrlRefused, psycopg.Error) as error:
        message = (
            f"the database that {DATABASE} names cannot be used ({type(error).__name__}). "
            "Correct it, or leave it out for an embedded one."
        )
        raise DemoFailed(message) from error
    if row is None or row[0]:
        message = (
            f"the database that {DATABASE} names holds tables: the demonstration writes its day into an empty one "
            "alone. Name an empty database, or leave it out for an embedded one."
        )
        raise DemoFailed(message)
