"""What was committed before a close stands in a signed checkpoint before the close is decided, and with it the award."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

from exchange import commands
from exchange.commands import JumpClock, Tick
from ledger.audit.checkpoints import CheckpointCheck, Vouchers
from ledger.audit.entries import open_entry
from ledger.audit.findings import Findings
from ledger.audit.lines import CheckpointLine, EntryLine, SealLine, read_lines
from ledger.audit.tree import TreeCheck
from ledger.journal_export import export
from ledger.log.checkpoints import Checkpoint, log_verifier, origin_of, read_checkpoint, sign_checkpoint
from ledger.log.notes import cosign, read_note
from ledger.merkle import root
from ledger.receipt_key import ReceiptKey
from ledger.sequencer import session as sessions
from ledger.sequencer.admission import admit
from ledger.sequencer.draft import Draft
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.messages import Answer
from ledger.sequencer.session import Session
from ledger.sequencer.takeover import FencedOut
from ledger.store.loading import StoreCorrupt
from tests.ledger.conftest import rows_of, run, writing
from tests.ledger.test_sequencer_time import Clocks, kinds, listing, serving_until
from tests.ledger.trading import GENESIS, Door, RandomDay

ORIGIN = origin_of(GENESIS.chain_id, GENESIS.anchor)


async def at_the_close(url: str, key: ReceiptKey) -> Clocks:
    """A venue whose one listing is due to close now."""
    clocks = Clocks()
    close = await listing(url, key, clocks)
    clocks.go_on(close - clocks.wall_ms)
    await serving_until(url, clocks.wall_ms)
    return clocks


async def checkpoints(url: str) -> dict[int, tuple[bytes, bytes]]:
    rows = await rows_of(url, "SELECT size, root, note FROM checkpoints ORDER BY size")
    return {size: (bytes(root), bytes(note)) for size, root, note in rows}


async def leaves(url: str) -> list[bytes]:
    return [bytes(row[0]) for row in await rows_of(url, "SELECT leaf FROM journal ORDER BY entry")]


def signed(key: ReceiptKey, size: int, tree_root: bytes) -> bytes:
    return sign_checkpoint(Checkpoint(ORIGIN, size, tree_root), key).to_bytes()


async def test_a_close_is_checkpointed_before_any_award(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    clocks = await at_the_close(url, key)
    seen: list[tuple[int, bytes]] = []
    commit = Session._commit

    async def watched(self: Session, draft: Draft) -> Any:
        if any(isinstance(each.admitted.command, Tick) for each in draft.decided):
            assert len(draft.decided) == 1  # a batch of its own
            stored = await checkpoints(url)
            seen.append((draft.decided[0].entry, stored[draft.decided[0].entry][1]))
        return await commit(self, draft)

    monkeypatch.setattr(Session, "_commit", watched)
    async with writing(url, key, clocks.watched) as session:
        await session.decide([])
        assert session.state.listings["L-1"].state == "LAPSED"
    ((size, note),) = seen
    stated = read_checkpoint(note, log_verifier(ORIGIN, key.public_key)).checkpoint
    assert (stated.size, stated.root) == (size, root((await leaves(url))[:size]))
    assert (await kinds(url))[size] == "tick"


async def test_no_deadline_fires_while_no_checkpoint_can_be_kept(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    clocks = await at_the_close(url, key)
    before = await leaves(url)
    await run(url, "ALTER TABLE checkpoints RENAME TO elsewhere")
    async with writing(url, key, clocks.watched) as session:
        with pytest.raises(SessionLost) as lost:
            await session.decide([])
        assert lost.value.ask_again
    assert await leaves(url) == before
    await run(url, "ALTER TABLE elsewhere RENAME TO checkpoints")
    async with writing(url, key, clocks.watched) as session:
        await session.decide([])
    assert (await kinds(url))[-1] == "tick"
    assert len(before) in await checkpoints(url)


@pytest.mark.parametrize("forged", ["another root", "another key", "noise"])
async def test_a_checkpoint_that_the_sequencer_has_not_signed_stops_it(
    migrated_database_url: str, key: ReceiptKey, forged: str
) -> None:
    """Whoever could write to the tables has put one there beforehand."""
    url = migrated_database_url
    clocks = await at_the_close(url, key)
    before = await leaves(url)
    size = len(before)
    note = {
        "another root": signed(key, size, b"\x01" * 32),
        "another key": signed(ReceiptKey(b"\x07" * 32), size, root(before)),
        "noise": b"noise",
    }[forged]
    await run(
        url,
        "INSERT INTO checkpoints (size, root, note, made_ms) VALUES (%s, %s, %s, 0)",
        size,
        root(before),
        note,
    )
    async with writing(url, key, clocks.watched) as session:
        with pytest.raises(StoreCorrupt, match="CHECKPOINT-DIFFERS"):
            await session.decide([])
    assert await leaves(url) == before


async def test_a_checkpoint_that_stands_already_keeps_its_cosignatures_and_its_token(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    clocks = await at_the_close(url, key)
    before = await leaves(url)
    note = read_note(signed(key, len(before), root(before)))
    cosigned = note.with_lines(
        [cosign(note.text, "witness.example/w1", ReceiptKey(b"\x02" * 32), 5)]
    ).to_bytes()
    add = "INSERT INTO checkpoints (size, root, note, made_ms, witnessed_ms, token) VALUES (%s, %s, %s, 1, 2, 'token')"
    await run(url, add, len(before), root(before), cosigned)
    async with writing(url, key, clocks.watched) as session:
        await session.decide([])
    kept = await rows_of(
        url, "SELECT note, made_ms, witnessed_ms, token FROM checkpoints WHERE size = %s", len(before)
    )
    assert kept == [(cosigned, 1, 2, b"token")]
    assert (await kinds(url))[-1] == "tick"


async def test_a_writer_that_was_fenced_out_signs_no_checkpoint_before_its_tick(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    clocks = await at_the_close(url, key)
    before = await leaves(url)
    async with writing(url, key, clocks.watched) as session:
        await run(url, "UPDATE sequencer_head SET epoch = epoch + 1")
        with pytest.raises(FencedOut):
            await session.decide([])
    assert await checkpoints(url) == {}
    assert await leaves(url) == before


async def test_what_becomes_due_within_a_batch_fires_between_its_commands_in_a_batch_of_its_own(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    """A jump of the demo's clock, a withdrawal that comes too late for the listing, and another command."""
    url, clocks, door = migrated_database_url, Clocks(), Door("jump")
    close = await listing(url, key, clocks)
    await serving_until(url, clocks.wall_ms)
    first = len(await leaves(url))
    async with writing(url, key, clocks.watched) as session:
        withdrawal = door.submission(
            "P-1", session.state.parties["P-1"].key, commands.WithdrawListing(listing_id="L-1")
        )
        batch = [door.operator(JumpClock(to_ms=close)), withdrawal, door.import_right(2)]
        answers = await session.decide([admit(each) for each in batch])
        again = await session.decide([admit(each) for each in batch])
    answered = [each for each in answers if isinstance(each, Answer)]
    assert [(each.entry - first, each.status) for each in answered] == [
        (0, "accepted"), (2, "refused"), (3, "accepted"),
    ]  # fmt: skip
    assert [each.entry for each in again if isinstance(each, Answer)] == [each.entry for each in answered]
    assert (await kinds(url))[first:] == ["jump_clock", "tick", "withdraw_listing", "import_right"]
    batches = await rows_of(
        url, "SELECT first_entry, count FROM batches WHERE first_entry >= %s ORDER BY 1", first
    )
    assert batches == [(first, 1), (first + 1, 1), (first + 2, 2)]
    assert list(await checkpoints(url)) == [first + 1]


async def test_every_tick_of_a_day_stands_alone_behind_a_checkpoint_of_all_before_it(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url, day = migrated_database_url, RandomDay(2)
    async with writing(url, key) as session:
        for _ in range(60):
            time_ms = session._engine.last_time_ms
            await session.decide([admit(day.next(session.state, time_ms)) for _ in range(4)])
        for _ in range(12):
            due_ms = session._engine.due_at()
            assert due_ms is not None
            batch = [day.door.operator(JumpClock(to_ms=due_ms + 1)), day.next(session.state, due_ms)]
            await session.decide([admit(each) for each in batch])
    entries = await leaves(url)
    ticks = [row[0] for row in await rows_of(url, "SELECT entry FROM journal WHERE type = 'tick'")]
    alone = [row[0] for row in await rows_of(url, "SELECT first_entry FROM batches WHERE count = 1")]
    kept = await checkpoints(url)
    outcomes = await rows_of(url, "SELECT outcome FROM journal WHERE type = 'tick'")
    fired = b"".join(bytes(row[0]) for row in outcomes)
    assert b'"type":"award_offered"' in fired
    assert len(ticks) > 5
    assert set(ticks) <= set(alone)
    log = log_verifier(ORIGIN, key.public_key)
    for tick in ticks:
        tree_root, note = kept[tick]
        stated = read_checkpoint(note, log).checkpoint
        assert stated == Checkpoint(ORIGIN, tick, root(entries[:tick]))
        assert tree_root == stated.root
    assert checked(await asyncio.to_thread(exported, url), key) == len(ticks)


def exported(url: str) -> bytes:
    stream = io.BytesIO()
    export(url, stream)
    return stream.getvalue()


def checked(data: bytes, key: ReceiptKey) -> int:
    """Ticks of an export behind a checkpoint of their own, as the audit counts them."""
    findings = Findings()
    check = CheckpointCheck(log_verifier(ORIGIN, key.public_key), Vouchers(), findings)
    tree = TreeCheck((), key.public_key, findings)
    for line in read_lines(io.BytesIO(data)):
        if isinstance(line, EntryLine):
            opened = open_entry(line, tree.size, "auditor")
            check.entry(opened.entry)
            tree.entry(opened.entry, opened.leaf)
        elif isinstance(line, SealLine):
            tree.seal(line)
        elif isinstance(line, CheckpointLine):
            check.line(line, tree)
    assert findings.all == []
    assert check.notes(tree.size)["CLOSES-UNCHECKED"] == 0
    return check.closes


async def test_deadlines_that_set_deadlines_for_ever_end_the_session(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_TICKS", 3)
    monkeypatch.setattr(Draft, "is_due", lambda _: True)
    async with writing(migrated_database_url, key) as session:
        with pytest.raises(SessionLost, match="3 ticks in a row"):
            await session.decide([])
    assert (await kinds(migrated_database_url))[-4:].count("tick") == 3
