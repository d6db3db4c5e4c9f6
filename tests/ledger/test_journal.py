"""Stored entries: whatever byte is changed, reading notices and names the entry; exports give the very bytes."""

from __future__ import annotations

import io
from random import Random

import msgspec
import psycopg
import pytest

from exchange import canonical
from exchange.commands import Tick
from exchange.sealed import Opening
from ledger import journal
from ledger.audit.lines import EntryLine, Header, SealLine, read_lines
from ledger.journal import JournalRefused, StoredEntry
from ledger.journal_export import ExportRefused, export
from ledger.merkle import Frontier, leaf_hash
from ledger.receipt_key import ReceiptKey
from ledger.receipts import SignedSeal, verify_seal
from ledger.sequencer.admission import admit
from ledger.store.connections import psycopg_url
from tests.ledger.conftest import rows_of, stored_entries, writing
from tests.ledger.trading import Door, RandomDay


async def a_day(url: str, key: ReceiptKey, seed: int, batches: int = 12) -> list[StoredEntry]:
    """A journal of some batches."""
    day = RandomDay(seed)
    async with writing(url, key) as session:
        for _ in range(batches):
            time_ms = session._engine.last_time_ms
            await session.decide([admit(day.next(session.state, time_ms)) for _ in range(5)])
    return await stored_entries(url)


def flipped(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + bytes((data[place] ^ (1 << random.randrange(8)),)) + data[place + 1 :]


async def test_every_flipped_byte_of_an_entry_is_noticed_and_named(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    stored = await a_day(migrated_database_url, key, 11)
    random = Random(11)  # noqa: S311 - the same flips in every run
    parts = ("public", "leaf", "terms", "terms_salt", "outcome", "outcome_salt")
    for each in stored:
        journal.check_entry(each)
        for part in parts:
            value = getattr(each, part)
            if value is None:
                continue
            for _ in range(5):
                tampered = msgspec.structs.replace(each, **{part: flipped(value, random)})
                with pytest.raises(JournalRefused) as refusal:
                    journal.check_entry(tampered)
                assert refusal.value.entry == each.entry


async def test_an_entry_with_its_leaf_hash_made_anew_gives_another_root(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    stored = await a_day(migrated_database_url, key, 12)
    frontier = Frontier()
    frontier.extend(each.leaf for each in stored)
    assert await rows_of(migrated_database_url, "SELECT head_hash FROM sequencer_head") == [
        (frontier.root(),)
    ]
    forged = Frontier()
    public = stored[5].public.replace(b'"actor":"', b'"actor":"x')
    forged.extend(leaf_hash(public) if each.entry == 5 else each.leaf for each in stored)
    assert forged.root() != frontier.root()


async def test_an_entry_in_another_place_is_refused(migrated_database_url: str, key: ReceiptKey) -> None:
    stored = await a_day(migrated_database_url, key, 13, 3)
    with pytest.raises(JournalRefused) as refusal:
        journal.check_entry(msgspec.structs.replace(stored[3], entry=4))
    assert (refusal.value.code, refusal.value.entry) == ("JOURNAL-PLACE", 4)


async def test_openings_of_erasable_parts_belong_to_their_entry_alone(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    stored = await a_day(migrated_database_url, key, 14)
    parts = await rows_of(
        migrated_database_url, "SELECT entry, label, salt, value FROM sealed_parts WHERE salt IS NOT NULL"
    )
    assert len(parts) > 3
    for entry, label, salt, value in parts:
        opening = Opening(salt.hex(), canonical.decode(value))
        journal.check_erasable(journal.decode_entry(stored[entry].public), {label: opening})
        for other in (0, entry - 1):
            with pytest.raises(JournalRefused) as refusal:
                journal.check_erasable(journal.decode_entry(stored[other].public), {label: opening})
            assert refusal.value.code == "JOURNAL-ERASABLE"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"schema":1}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_entry_are_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(JournalRefused) as refusal:
        journal.decode_entry(data)
    assert refusal.value.code == "JOURNAL-ENTRY"


async def test_missing_terms_stop_a_replay(migrated_database_url: str, key: ReceiptKey) -> None:
    stored = await a_day(migrated_database_url, key, 15, 4)
    with_terms = next(each for each in stored if each.terms is not None)
    bare = msgspec.structs.replace(with_terms, terms=None, terms_salt=None)
    with pytest.raises(JournalRefused) as refusal:
        journal.request_of(journal.check_entry(bare), bare)
    assert refusal.value.code == "JOURNAL-TERMS"


def test_a_command_knows_its_tag() -> None:
    assert journal.type_of(Tick()) == "tick"


async def test_an_auditors_export_gives_every_byte_and_its_seals_hold(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    stored = await a_day(migrated_database_url, key, 16)
    stream = io.BytesIO()
    assert export(migrated_database_url, stream) == len(stored)
    stream.seek(0)
    header, *lines = read_lines(stream)
    assert isinstance(header, Header)
    assert (header.kind, header.receipt_key, header.chain_id) == ("auditor", key.public_key.hex(), 31337)
    frontier = Frontier()
    entries = 0
    for line in lines:
        if isinstance(line, EntryLine):
            each = stored[entries]
            assert (line.entry, bytes(line.public), line.leaf) == (each.entry, each.public, each.leaf.hex())
            assert (None if line.terms is None else bytes(line.terms.value)) == each.terms
            assert line.outcome is not None
            assert bytes(line.outcome.value) == each.outcome
            frontier.append(each.leaf)
            entries += 1
        else:
            assert isinstance(line, SealLine)
            verify_seal(SignedSeal(seal=line.seal, signature=line.signature), key.public_key)
            assert (line.seal.tree_size, line.seal.tree_root) == (frontier.size, frontier.root().hex())
    assert entries == len(stored) == frontier.size
    parts = await rows_of(migrated_database_url, "SELECT count(*) FROM sealed_parts WHERE salt IS NOT NULL")
    assert sum(len(line.erasable) for line in lines if isinstance(line, EntryLine)) == parts[0][0] > 0


async def test_a_public_export_opens_nothing(migrated_database_url: str, key: ReceiptKey) -> None:
    canary = "canary-7f3a"
    async with writing(migrated_database_url, key) as session:
        application = Door().application(1, name=canary)
        await session.decide([admit(application)])
    opened, closed = io.BytesIO(), io.BytesIO()
    export(migrated_database_url, opened, "auditor")
    export(migrated_database_url, closed, "public")
    for secret in (canary, "10000001"):
        assert secret.encode() in opened.getvalue()
        assert secret.encode() not in closed.getvalue()
    closed.seek(0)
    for line in read_lines(closed):
        if isinstance(line, EntryLine):
            assert (line.terms, line.outcome, line.erasable) == (None, None, {})


def test_an_empty_journal_is_not_exported(migrated_database_url: str) -> None:
    with pytest.raises(ExportRefused) as refusal:
        export(migrated_database_url, io.BytesIO())
    assert refusal.value.code == "EXPORT-EMPTY"


async def test_an_export_names_the_entry_that_is_gone(migrated_database_url: str, key: ReceiptKey) -> None:
    await a_day(migrated_database_url, key, 17, 3)
    with psycopg.connect(psycopg_url(migrated_database_url), autocommit=True) as connection:
        connection.execute("DELETE FROM journal WHERE entry = 6")
    with pytest.raises(ExportRefused) as refusal:
        export(migrated_database_url, io.BytesIO())
    assert refusal.value.code == "EXPORT-BATCH"
    assert "entry 6" in refusal.value.cure


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM batches WHERE first_entry = (SELECT batch_first FROM journal WHERE entry = 6)",
        "DELETE FROM batches WHERE first_entry >= (SELECT batch_first FROM journal WHERE entry = 6)",
    ],
)
async def test_an_export_names_the_first_entry_that_stands_in_no_batch(
    migrated_database_url: str, key: ReceiptKey, statement: str
) -> None:
    await a_day(migrated_database_url, key, 17, 3)
    with psycopg.connect(psycopg_url(migrated_database_url), autocommit=True) as connection:
        (first,) = connection.execute("SELECT batch_first FROM journal WHERE entry = 6").fetchone() or (None,)
        connection.execute(statement.encode())
    with pytest.raises(ExportRefused) as refusal:
        export(migrated_database_url, io.BytesIO())
    assert refusal.value.code == "EXPORT-BATCH"
    assert f"entry {first} stands in no batch" in refusal.value.cure
