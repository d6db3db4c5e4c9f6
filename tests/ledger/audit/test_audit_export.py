"""From tables to verdict: what the vault exports is what the audit reads, and the commands speak of both."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
import typer
from typer.testing import CliRunner, Result

from api.cli import audit_command
from api.cli.audit_command import export_file
from ledger.audit.lines import SealLine, read_lines
from ledger.journal import Entry, type_of
from ledger.journal_export import export
from ledger.merkle import leaf_hash
from ledger.store.connections import psycopg_url
from tests.ledger.audit.conftest import Auditor

app = typer.Typer()
app.add_typer(audit_command.app, name="audit")
app.command("export")(export_file)


@pytest.fixture
def filled(auditor: Auditor, migrated_database_url: str) -> Iterator[str]:
    """Tables that hold the day's journal, as the sequencer writes them."""
    limit = sys.getrecursionlimit()
    with psycopg.connect(psycopg_url(migrated_database_url)) as connection:
        for number, stored in enumerate(auditor.scene.stored):
            entry = msgspec.json.decode(stored.public, type=Entry)
            terms = stored.terms or (None, None)
            connection.execute(
                "INSERT INTO journal VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    number,
                    stored.public,
                    leaf_hash(stored.public),
                    type_of(entry.command),
                    entry.actor,
                    entry.time_ms,
                    terms[1],
                    terms[0],
                    stored.outcome[1],
                    stored.outcome[0],
                    0,
                ),
            )
            for label, (salt, value) in stored.erasable.items():
                connection.execute(
                    "INSERT INTO sealed_parts (entry, label, salt, value) VALUES (%s, %s, %s, %s)",
                    (number, label, salt, value),
                )
        for line in read_lines(io.BytesIO(auditor.journal.data)):
            if isinstance(line, SealLine):
                seal = line.seal
                connection.execute(
                    "INSERT INTO batches (first_entry, count, epoch, batch_root, tree_size, tree_root, frontier,"
                    " time_ms, signature) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    (
                        seal.first_entry,
                        seal.count,
                        seal.epoch,
                        bytes.fromhex(seal.batch_root),
                        seal.tree_size,
                        bytes.fromhex(seal.tree_root),
                        b"",
                        seal.time_ms,
                        bytes.fromhex(line.signature),
                    ),
                )
        venue = msgspec.json.encode(auditor.scene.state.venue).decode()
        connection.execute(
            "INSERT INTO venues (id, data, entry, created_entry) VALUES ('venue', %s, 0, 0)", (venue,)
        )
    yield migrated_database_url
    sys.setrecursionlimit(limit)


def ipx(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def trusted(auditor: Auditor) -> list[str]:
    trust = auditor.trust
    return [
        *("--chain-id", str(trust.chain_id), "--anchor", trust.anchor),
        *("--rpc", trust.rpc_url, "--receipt-key", trust.receipt_key),
    ]


def test_an_export_of_the_tables_is_byte_for_byte_what_the_audit_reads(auditor: Auditor, filled: str) -> None:
    stream = io.BytesIO()
    assert export(filled, stream) == len(auditor.scene.stored)
    assert stream.getvalue() == auditor.journal.data
    public = io.BytesIO()
    export(filled, public, "public")
    assert public.getvalue() == auditor.write("public")


def test_the_commands_export_and_audit(auditor: Auditor, filled: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    done = ipx("export", "--auditor", "-o", str(path), "--database-url", filled)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    done = ipx("audit", "all", str(path), *trusted(auditor), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["entries"] == len(auditor.scene.stored)
    table = ipx("audit", "all", str(path), *trusted(auditor))
    assert table.exit_code == 0
    assert "VERIFIED / 核对无误" in table.stdout


def test_one_changed_byte_in_the_tables_is_named_after_an_export(
    auditor: Auditor, filled: str, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    with psycopg.connect(psycopg_url(filled)) as connection:
        connection.execute(
            "UPDATE journal SET outcome = set_byte(outcome, 20, get_byte(outcome, 20) # 1) WHERE entry = 31"
        )
    assert ipx("export", "-o", str(path), "--database-url", filled).exit_code == 0
    done = ipx("audit", "all", str(path), *trusted(auditor))
    assert done.exit_code == 1
    assert "entry 31" in done.stdout


def test_a_failed_export_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    done = ipx("export", "-o", str(path), "--database-url", "mysql://nobody")
    assert done.exit_code == 2
    assert "DATABASE-URL" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_audit_without_a_chain_gives_no_verdict(auditor: Auditor, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(auditor.journal.data)
    limit = sys.getrecursionlimit()
    done = ipx("audit", "all", str(path), *trusted(auditor), "--rpc", "http://127.0.0.1:1")
    sys.setrecursionlimit(limit)
    assert done.exit_code == 2
    assert "CHAIN-UNREACHABLE" in done.stderr
