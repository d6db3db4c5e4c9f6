"""Receipts made again from the stored seal of an entry's batch: they prove the same to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ledger.receipts import BatchSeal, SignedSeal, receipts_at

if TYPE_CHECKING:
    from api.journal_reading import EntryRecord, JournalReader


async def receipt_of(reader: JournalReader, record: EntryRecord) -> dict[str, Any] | None:
    """The receipt of an entry; None where its batch is not there."""
    batch = await reader.batch(record.batch_first)
    if batch is None:
        return None
    stored, leaves = batch
    seal = BatchSeal(
        epoch=stored["epoch"],
        first_entry=stored["first_entry"],
        count=stored["count"],
        batch_root=stored["batch_root"].hex(),
        tree_size=stored["tree_size"],
        tree_root=stored["tree_root"].hex(),
        time_ms=stored["time_ms"],
    )
    signed = SignedSeal(seal=seal, signature=stored["signature"].hex())
    (receipt,) = receipts_at(signed, leaves, (record.entry - seal.first_entry,))
    made: dict[str, Any] = msgspec.to_builtins(receipt)
    return made
