"""The tables: models and migrations agree, and the database refuses what the engine must never do."""

from __future__ import annotations

import psycopg
import pytest

from exchange.rows import ROW_TYPE_BY_KIND
from ledger.store import migrate
from ledger.store.connections import DatabaseUrlRefused, psycopg_url, sqlalchemy_url
from ledger.store.metadata import metadata
from ledger.store.tables import ROW_TABLE_BY_KIND


def test_migrations_give_exactly_the_tables_of_this_build(database_url: str) -> None:
    migrate.upgrade(database_url)
    assert migrate.differences(database_url) == []


def test_a_missing_column_is_found_to_differ(database_url: str) -> None:
    migrate.upgrade(database_url)
    with psycopg.connect(psycopg_url(database_url), autocommit=True) as connection:
        connection.execute("ALTER TABLE bids DROP COLUMN price CASCADE")
    assert migrate.differences(database_url) != []


def test_upgrading_twice_changes_nothing_and_downgrading_leaves_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)
    migrate.downgrade(database_url, "base")
    with psycopg.connect(psycopg_url(database_url)) as connection:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert [row[0] for row in connection.execute(query)] == ["alembic_version"]
    migrate.upgrade(database_url)
    assert migrate.differences(database_url) == []


def test_every_kind_of_row_has_a_table() -> None:
    assert set(ROW_TABLE_BY_KIND) | {"account"} == set(ROW_TYPE_BY_KIND)
    assert {"accounts", "journal", "batches", "answers", "outbox"} <= set(metadata.tables)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO accounts VALUES ('P-1/available/CNY', 'P-1', 'available', 'CNY', -1, 0, 0)", "accounts_balance_check"),
        ("INSERT INTO postings VALUES (0, 0, 'a', 'a', 'CNY', 1, 's', 'p')", "postings_two_sides_check"),
        ("INSERT INTO postings VALUES (0, 0, 'a', 'b', 'CNY', 0, 's', 'p')", "postings_amount_check"),
        (
            "INSERT INTO sequencer_head VALUES (true, 0, 0, '', 0, now(), now())",
            "sequencer_head_pkey",
        ),
        ("INSERT INTO journal VALUES (0, '', 'short', 't', 'a', 0, NULL, NULL, '', '', 0)", "journal_leaf_length_check"),
    ],
)  # fmt: skip
def test_the_database_itself_refuses_what_must_never_be(
    migrated_database_url: str, statement: str, constraint: str
) -> None:
    with (
        psycopg.connect(psycopg_url(migrated_database_url)) as connection,
        pytest.raises(psycopg.errors.IntegrityError) as refusal,
    ):
        connection.execute(statement)
    assert refusal.value.diag.constraint_name == constraint


def test_a_custody_account_alone_may_stand_below_zero(migrated_database_url: str) -> None:
    with psycopg.connect(psycopg_url(migrated_database_url)) as connection:
        connection.execute(
            "INSERT INTO accounts VALUES ('bank/custody/CNY', 'bank', 'custody', 'CNY', -5, 0, 0)"
        )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@h:1/d",
        "postgresql+psycopg://u@h:1/d",
        "postgres://u@h:1/d",
        "postgresql+asyncpg://u@h:1/d",
    ],
)
def test_one_url_serves_psycopg_and_sqlalchemy(url: str) -> None:
    assert psycopg_url(url) == "postgresql://u@h:1/d"
    assert sqlalchemy_url(url) == "postgresql+psycopg://u@h:1/d"


def test_a_url_of_something_else_is_refused_without_being_repeated() -> None:
    with pytest.raises(DatabaseUrlRefused) as refusal:
        psycopg_url("mysql://user:secret@host/database")
    assert "secret" not in str(refusal.value)
