"""The history as of a block of the chain: what the chain had recorded by then had happened, and no later record had."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from ledger.audit.blocks import entry_at_block
from ledger.audit.offline import DecidedOtherwise, OfflineRefused, Until
from ledger.audit.subjects import history_of
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.events import Anchored
from ledger.chain.logs import read_events
from tests.ledger.audit.conftest import ANCHORED_AT, Auditor
from tests.ledger.audit.golden_exports import cut, entries_of, golden, tables_of


def reported(data: bytes) -> list[tuple[int, int, str]]:
    """Entry, block and deal of each report of a deal's record."""
    found = []
    for line in entries_of(data):
        command = msgspec.json.decode(line.public)["command"]
        if command["type"] == "report_chain_record" and command["record"] == "deal":
            found.append((line.entry, command["block"], command["subject_id"]))
    return found


def state_at(data: bytes, deal_id: str, block: int, client: ChainClient | None = None) -> str | None:
    """The deal's state as of a block; None where there was no such deal."""
    try:
        until = Until(entry=entry_at_block(io.BytesIO(data), block, client))
        return history_of(io.BytesIO(data), "deal", deal_id, until).state
    except OfflineRefused:
        return None


def test_at_each_events_block_its_deal_is_as_its_record_left_it_and_a_block_before_it_is_not(
    auditor: Auditor,
) -> None:
    data = auditor.journal.data
    reports, after = reported(data), tables_of(data).after
    assert len(reports) >= 3
    for entry, block, deal_id in reports:
        last = max(other for other, at, _ in reports if at <= block)
        assert entry_at_block(io.BytesIO(data), block) == last
        standing = after[last]["deal", deal_id]["state"]
        assert state_at(data, deal_id, block) == standing
        assert after[entry]["deal", deal_id]["state"] != after[entry - 1]["deal", deal_id]["state"]
        if last == entry:
            assert state_at(data, deal_id, block - 1) not in {
                standing,
                after[entry]["deal", deal_id]["state"],
            }


def test_at_each_anchors_block_what_was_anchored_has_stood_and_was_these_entries(auditor: Auditor) -> None:
    data, client = auditor.journal.data, auditor.scene.contracts.client
    newest = client.block_number()
    anchors = [
        event for event in read_events(client, auditor.scene.anchor, 0, newest) if isinstance(event, Anchored)
    ]
    assert tuple(event.size for event in anchors) == ANCHORED_AT
    latest = max(entry for entry, _, _ in reported(data))
    for event in anchors:
        assert entry_at_block(io.BytesIO(data), event.place.block_number, client) == max(
            latest, event.size - 1
        )
    last = anchors[-1].place.block_number
    assert entry_at_block(io.BytesIO(data), newest, client) == max(latest, ANCHORED_AT[-1] - 1)
    assert entry_at_block(io.BytesIO(data), last - 1, client) == max(latest, ANCHORED_AT[-2] - 1)
    with pytest.raises(OfflineRefused, match=f"OFFLINE-AT: {ANCHORED_AT[-1]} entries were anchored by then"):
        entry_at_block(io.BytesIO(cut(data, ANCHORED_AT[-1] - 1)), newest, client)
    other = data.replace(entries_of(data)[3].leaf.encode(), b"00" * 32)
    with pytest.raises(DecidedOtherwise, match="AUDIT-ANCHOR"):
        entry_at_block(io.BytesIO(other), newest, client)
    with pytest.raises(ChainFault, match="CHAIN-OTHER"):
        entry_at_block(io.BytesIO(data.replace(b'"chain_id":31337', b'"chain_id":1', 1)), newest, client)


def test_before_anything_stood_there_is_no_answer(auditor: Auditor) -> None:
    data, client = auditor.journal.data, auditor.scene.contracts.client
    for asked in (None, client):
        with pytest.raises(OfflineRefused, match="nothing is known to have stood by block 0"):
            entry_at_block(io.BytesIO(data), 0, asked)
    with pytest.raises(OfflineRefused, match="OFFLINE-EXPORT"):
        entry_at_block(io.BytesIO(b"{}"), 7)


def test_the_command_takes_a_block_alone_or_with_a_node_and_not_beside_a_time(
    auditor: Auditor, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(auditor.journal.data)
    entry, block, deal_id = reported(auditor.journal.data)[0]

    def ipx(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["deal", deal_id, str(path), *arguments], env={"COLUMNS": "200"})
        return done.exit_code, done.output

    code, said = ipx("--at-block", str(block), "--json")
    assert (code, json.loads(said)["as_of_entry"]) == (0, entry)
    newest = str(auditor.scene.contracts.client.block_number())
    code, said = ipx("--at-block", newest, "--rpc", auditor.trust.rpc_url, "--json")
    assert (code, json.loads(said)["as_of_entry"] >= ANCHORED_AT[-1] - 1) == (0, True)
    assert ipx("--at-block", "0")[0] == 2
    assert ipx("--at-block", newest, "--rpc", "http://127.0.0.1:9")[0] == 2
    assert ipx("--at-block", "1", "--at", "1")[0] == 2
    assert ipx("--at", "1", "--rpc", "http://127.0.0.1:9")[0] == 2


def test_a_floor_without_any_report_has_no_entry_by_a_block() -> None:
    with pytest.raises(OfflineRefused, match="OFFLINE-AT"):
        entry_at_block(io.BytesIO(golden(4)), 1)
