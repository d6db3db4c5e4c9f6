"""`ipx upgrade` on a stopped venue: it asks first, says what it does, and `ipx up` names it where it is needed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from exchange.engine import VERSIONS
from ledger.receipt_key import ReceiptKey
from ledger.receipts import SignedSeal
from ledger.sequencer import genesis
from ledger.sequencer.admission import admit
from ledger.sequencer.extends import keep_seal
from ledger.sequencer.takeover import WRITER_LOCK
from ledger.store import migrate
from ledger.store.connections import psycopg_url
from ledger.upgrading import plan
from scripts.ipx import command_line
from scripts.stack.child import StartRefused
from scripts.stack.deployment import prepare, versions_behind
from scripts.stack.keys import Keys
from scripts.stack.named import CHAIN, DATABASE, REDIS
from scripts.stack.servers import Addresses, Servers
from tests.ledger.conftest import stored_entries, writing
from tests.ledger.trading import Door

NOBODY = "http://127.0.0.1:1"
BEHIND = ["0022", "0024", "0025"]
"""Migrations that the tables of then lack."""


async def opened(url: str, key: ReceiptKey, rights: int) -> SignedSeal:
    """A venue that opened, with some rights in it; gives its last seal."""
    door = Door()
    async with writing(url, key) as session:
        for number in range(1, rights + 1):
            await session.decide([admit(door.import_right(number))])
        assert session.last_seal is not None
        return session.last_seal


@pytest.fixture
def data(
    tmp_path: Path, migrated_database_url: str, stack_addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The data folder of a venue that opened under engine 3, on tables of then; its servers are named."""
    monkeypatch.setattr(genesis, "ENGINE_VERSION", 3)
    (tmp_path / "keys").mkdir()
    key = ReceiptKey.from_file(tmp_path / "keys" / "receipt.key")
    keep_seal(tmp_path, asyncio.run(opened(migrated_database_url, key, 4)))
    migrate.downgrade(migrated_database_url, "0019")
    monkeypatch.setenv(DATABASE, migrated_database_url)
    monkeypatch.setenv(REDIS, stack_addresses.redis_url)
    monkeypatch.setenv(CHAIN, stack_addresses.chain_url)
    return tmp_path


def run(data: Path, *options: str, code: int = 0, answer: str = "") -> Any:
    """Give the command; it must end with this code."""
    words = ["upgrade", "--data", str(data), *options]
    done = CliRunner().invoke(command_line(words), words, input=answer, env={"COLUMNS": "200"})
    assert done.exit_code == code, (done.output, done.exception)
    return done


def entries_in(url: str) -> int:
    return len(asyncio.run(stored_entries(url)))


def test_it_names_a_backup_first_and_does_nothing_without_a_yes(
    data: Path, migrated_database_url: str
) -> None:
    for answer in ("n\n", ""):
        said = run(data, code=1, answer=answer).output
        assert "ipx backup" in said
        assert "0022" in said
        assert "engine 3" in said
        assert f"engine {VERSIONS[1]}" in said
    assert asyncio.run(plan(migrated_database_url)).versions == (1, 3, 1)
    assert len(asyncio.run(plan(migrated_database_url)).migrations) == len(BEHIND)


def test_it_says_what_it_has_done_and_has_nothing_to_do_afterwards(
    data: Path, migrated_database_url: str
) -> None:
    before = entries_in(migrated_database_url)
    done = json.loads(run(data, "--yes", "--json").stdout)
    assert [each.split()[0] for each in done["migrations"]] == BEHIND
    assert (done["versions"], done["rows_changed"]) == (list(VERSIONS), 0)
    assert done["entries"] == entries_in(migrated_database_url) == before + 3
    assert done["hash_before"] != done["hash_after"], "the venue's row names its versions"
    assert asyncio.run(plan(migrated_database_url)).is_empty
    assert "nothing to do" in run(data, "--yes").output
    assert entries_in(migrated_database_url) == before + 3


def test_a_journal_that_is_behind_its_last_seal_is_not_activated(
    data: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(database_url)
    key = ReceiptKey.from_file(data / "keys" / "receipt.key")
    asyncio.run(opened(database_url, key, 1))
    monkeypatch.setenv(DATABASE, database_url)
    assert "JOURNAL-BEHIND-ANCHOR" in run(data, "--yes", code=1).output
    assert entries_in(database_url) == 3
    assert asyncio.run(plan(database_url)).versions == (1, 3, 1)


def test_without_the_venues_receipt_key_nothing_is_done_and_no_other_key_is_made(
    data: Path, migrated_database_url: str
) -> None:
    kept = data / "keys" / "receipt.key"
    kept.unlink()
    assert "receipt.key is missing" in run(data, "--yes", code=1).output
    assert not kept.exists()
    assert len(asyncio.run(plan(migrated_database_url)).migrations) == len(BEHIND)


def test_it_refuses_while_a_venue_runs_in_the_folder_or_on_the_database(
    data: Path, migrated_database_url: str
) -> None:
    servers = Servers(data)
    servers.take_folder()
    try:
        assert "in use by another exchange" in run(data, "--yes", code=1).output
    finally:
        servers.stop()

    with psycopg.connect(psycopg_url(migrated_database_url)) as writer:
        writer.execute("SELECT pg_advisory_lock(%s::int8)", (WRITER_LOCK,))
        assert "UPGRADE-SEQUENCER-RUNNING" in run(data, "--yes", code=1).output
    assert len(asyncio.run(plan(migrated_database_url)).migrations) == len(BEHIND)


def test_up_refuses_older_tables_under_a_journal_and_names_the_upgrade(
    data: Path, migrated_database_url: str
) -> None:
    (data / "chain.json").write_text("{}")
    with pytest.raises(StartRefused, match=r"ipx upgrade --data") as refused:
        prepare(data, Keys(data / "keys"), migrated_database_url, NOBODY)
    assert "Back up" in str(refused.value)
    assert len(asyncio.run(plan(migrated_database_url)).migrations) == len(BEHIND), (
        "nothing was migrated by the way"
    )


def test_up_goes_on_under_older_versions_and_says_how_to_activate_the_newest(
    data: Path, migrated_database_url: str, database_url: str
) -> None:
    said = versions_behind(data, migrated_database_url)
    assert f"engine 3 ({VERSIONS[1]} is known)" in said
    assert f"ipx upgrade --data {data}" in said
    run(data, "--yes")
    assert versions_behind(data, migrated_database_url) == ""
    migrate.upgrade(database_url)
    assert versions_behind(data, database_url) == "", "a venue that has not opened has no versions yet"
