"""The store: PostgreSQL tables, their migrations, and what is loaded from them at a start."""

from __future__ import annotations

from ledger.store import chain_tables, journal_tables, log_tables, operations_tables, tables

__all__ = ["chain_tables", "journal_tables", "log_tables", "operations_tables", "tables"]
