"""Alembic's environment: runs the migrations on the connection that `ledger.store.migrate` hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context

from ledger.store.metadata import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
