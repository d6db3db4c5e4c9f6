"""Bring a database to this build's tables, or say how it differs. `python -m ledger.store.migrate` upgrades.

Several processes may start at once: a transaction-level advisory lock lets one of them migrate and the others wait.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, text

from ledger.store.connections import make_engine
from ledger.store.metadata import metadata

MIGRATION_LOCK = 4_973_002
"""Key of the advisory lock (any number that nothing else in this database uses)."""
LOCK_TIMEOUT = "60s"


def upgrade(database_url: str, revision: str = "head") -> None:
    """Upgrade a database to a revision, by default the newest; all of it in one transaction.

    Raises:
        DatabaseUrlRefused: the URL names no PostgreSQL database.
        sqlalchemy.exc.DBAPIError: the server cannot be reached, or a migration fails; nothing has changed then.
    """
    _run(database_url, lambda config: command.upgrade(config, revision))


def downgrade(database_url: str, revision: str) -> None:
    """Take migrations back to a revision (`base` for none).

    Raises:
        DatabaseUrlRefused: the URL names no PostgreSQL database.
        sqlalchemy.exc.DBAPIError: the server cannot be reached, or a migration fails; nothing has changed then.
    """
    _run(database_url, lambda config: command.downgrade(config, revision))


def pending(database_url: str) -> list[str]:
    """The migrations that a database lacks, the oldest first, each with its number and what it is for.

    Raises:
        DatabaseUrlRefused: the URL names no PostgreSQL database.
        alembic.util.CommandError: the database has migrations that this build does not know.
        sqlalchemy.exc.DBAPIError: the server cannot be reached.
    """
    script = ScriptDirectory.from_config(_config())
    with make_engine(database_url).connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    try:
        lacking = reversed(list(script.iterate_revisions("head", current or "base")))
    except RevisionError as error:
        raise CommandError(str(error)) from error
    return [f"{each.revision} {each.doc}" for each in lacking]


def differences(database_url: str) -> list[Any]:
    """What Alembic finds to be different between this build's tables and those of the database; empty if nothing is."""
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata))


def _run(database_url: str, step: Any) -> None:  # noqa: ANN401 - Alembic's commands are untyped
    engine = make_engine(database_url)
    with engine.begin() as connection:
        _lock(connection)
        config = _config()
        config.attributes["connection"] = connection
        step(config)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _lock(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


if __name__ == "__main__":
    upgrade(os.environ["IPX_DATABASE_URL"])
