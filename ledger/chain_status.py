"""How far things are on their way to the chain, for an operator's eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.alone import open_database
from ledger.indexer import cursor_row

if TYPE_CHECKING:
    from ledger.works import Works


class ChainStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The node's newest and final block, the indexer's, records by state, and the last anchor's size and state."""

    chain_id: int
    newest_block: int
    final_block: int
    read_block: int | None
    halted_for: str | None
    records: dict[str, int]
    oldest_waiting: str | None
    """The record that has waited longest in the outbox."""
    last_error: str | None
    anchored_entries: int
    anchor_state: str | None
    entries: int


def chain_status(works: Works) -> ChainStatus:
    """Look it up.

    Raises:
        ChainFault: the chain cannot be read.
        psycopg.Error: the database does not answer.
    """
    client = works.chain
    with open_database(works.settings.database_url) as database:
        cursor = cursor_row(database)
        states = database.execute("SELECT state, count(*) AS count FROM outbox GROUP BY state").fetchall()
        waiting = database.execute(
            "SELECT record_id, last_error FROM outbox WHERE state IN ('QUEUED', 'SENT') ORDER BY id LIMIT 1"
        ).fetchone()
        head = database.execute("SELECT last_entry FROM sequencer_head").fetchone()
    anchor = last_anchor(works)
    return ChainStatus(
        chain_id=client.chain_id(),
        newest_block=client.block_number(),
        final_block=client.finalized_block().number,
        read_block=None if cursor is None else cursor["block_number"],
        halted_for=None if cursor is None else cursor["halted_for"],
        records={row["state"]: row["count"] for row in states},
        oldest_waiting=None if waiting is None else waiting["record_id"],
        last_error=None if waiting is None else waiting["last_error"],
        anchored_entries=0 if anchor is None else int(str(anchor["size"])),
        anchor_state=None if anchor is None else str(anchor["state"]),
        entries=0 if head is None else int(head["last_entry"]) + 1,
    )


def last_anchor(works: Works) -> dict[str, object] | None:
    """The newest anchor: size, root (0x hex), state, transaction and block; None before the first.

    Raises:
        psycopg.Error: the database does not answer.
    """
    with open_database(works.settings.database_url) as database:
        row = database.execute(
            "SELECT size, root, state, transaction_hash, block_number FROM anchors ORDER BY size DESC LIMIT 1"
        ).fetchone()
    return None if row is None else {**row, "root": "0x" + bytes(row["root"]).hex()}
