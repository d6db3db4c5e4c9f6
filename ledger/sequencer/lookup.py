"""Repeats: what was answered before to the same idempotency key, and client order ids that are taken.

One SELECT for a whole batch; a second one only where there is a repeat, for its receipt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ledger.receipts import BatchSeal, Receipt, SignedSeal, receipts_at
from ledger.sequencer.messages import Answer, SequencerRefused
from ledger.store.binary_arrays import ByteaArray, Int4Array, Int8Array, TextArray

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from psycopg import AsyncRawCursor

    from ledger.sequencer.admission import Admitted

_STANDING = """
SELECT k.position, a.entry, a.body_digest, a.answer, true
FROM unnest($1::int4[], $2::text[], $3::bytea[]) AS k(position, party, key_hash)
JOIN answers a ON a.party = k.party AND a.idempotency_key_hash = k.key_hash
UNION ALL
SELECT k.position, a.entry, a.body_digest, a.answer, false
FROM unnest($1::int4[], $2::text[], $4::text[]) AS k(position, party, client_order_id)
JOIN answers a ON a.party = k.party AND a.client_order_id = k.client_order_id
WHERE k.client_order_id <> ''
"""
_RECEIPTS = """
SELECT w.entries, b.first_entry, b.count, b.epoch, b.batch_root, b.tree_size, b.tree_root, b.time_ms, b.signature,
    (SELECT array_agg(l.leaf ORDER BY l.entry) FROM journal l
     WHERE l.entry >= b.first_entry AND l.entry < b.first_entry + b.count)
FROM (
    SELECT j.batch_first, array_agg(j.entry) AS entries
    FROM unnest($1::int8[]) AS a(entry) JOIN journal j ON j.entry = a.entry GROUP BY j.batch_first
) w JOIN batches b ON b.first_entry = w.batch_first
"""


class Standing(msgspec.Struct, frozen=True):
    """What stands already for one submission: the entry under its key, or one that took its client order id."""

    entry: int
    body_digest: str
    answer: dict[str, Any]
    same_key: bool
    """False where only the client order id is the same."""


def fresh_ones(
    admitted: Sequence[Admitted],
    standing: Mapping[int, Standing],
    again: Mapping[int, Answer],
    missing: Collection[int],
    decisions: list[Answer | SequencerRefused | None],
) -> list[int]:
    """Decide repeats and what cannot stand beside earlier commands; give positions of what is new.

    standing: by position (see `standing_of`). again: their answers by entry. missing: positions of commands that erase
    what does not stand. What has the key of an earlier one of the same batch is left undecided.
    """
    fresh: list[int] = []
    keys: set[tuple[str, bytes]] = set()
    order_ids: set[tuple[str, str]] = set()
    for position, each in enumerate(admitted):
        key, order_id = (each.scope, each.key_hash), (each.scope, each.client_order_id)
        before = standing.get(position)
        if before is not None:  # however many repeats there are, each is answered now
            same = before.body_digest == each.body_digest
            code = "IDEMPOTENCY-KEY-REUSED" if before.same_key else "CLIENT-ORDER-ID-REUSED"
            decisions[position] = again[before.entry] if same else SequencerRefused(code)
            continue
        if key in keys:
            continue
        keys.add(key)
        if each.client_order_id and order_id in order_ids:
            continue
        if position in missing:
            decisions[position] = SequencerRefused("SEALED-PART-UNKNOWN")
        else:
            order_ids.add(order_id)
            fresh.append(position)
    return fresh


async def standing_of(
    cursor: AsyncRawCursor[tuple[Any, ...]], admitted: Sequence[Admitted]
) -> dict[int, Standing]:
    """By position, what stands under the same key; or, with another key, under the same client order id."""
    if not admitted:
        return {}
    await cursor.execute(
        _STANDING,
        [
            Int4Array(range(len(admitted))),
            TextArray([each.scope for each in admitted]),
            ByteaArray([each.key_hash for each in admitted]),
            TextArray([each.client_order_id for each in admitted]),
        ],
        prepare=True,
    )
    standing: dict[int, Standing] = {}
    for position, entry, body_digest, answer, same_key in await cursor.fetchall():
        if same_key or position not in standing:
            standing[position] = Standing(entry, body_digest, answer, same_key)
    return standing


def answers_again(standing: Sequence[Standing], receipts: dict[int, Receipt]) -> dict[int, Answer]:
    """By entry, the answers that were given before, with their receipts (by entry)."""
    return {
        each.entry: Answer(
            status=each.answer["status"],
            entry=each.entry,
            time_ms=each.answer["time_ms"],
            result=each.answer["result"],
            code=each.answer["code"],
            detail=each.answer["detail"],
            receipt=receipts[each.entry],
        )
        for each in standing
    }


async def has_sealed_part(cursor: AsyncRawCursor[tuple[Any, ...]], entry: int, label: str) -> bool:
    """Whether an erasable part stands under this entry and label."""
    await cursor.execute(
        "SELECT 1 FROM sealed_parts WHERE entry = $1::int8 AND label = $2 AND salt IS NOT NULL",
        [entry, label],
    )
    return await cursor.fetchone() is not None


async def receipts_of(cursor: AsyncRawCursor[tuple[Any, ...]], entries: Sequence[int]) -> dict[int, Receipt]:
    """The receipts of committed entries, from their batches' seals and leaf hashes.

    Raises:
        ReceiptRefused: RECEIPT-BATCH if the stored leaf hashes are not those that were sealed.
    """
    if not entries:
        return {}
    await cursor.execute(_RECEIPTS, [Int8Array(list(set(entries)))])
    receipts: dict[int, Receipt] = {}
    for (
        wanted,
        first,
        count,
        epoch,
        batch_root,
        size,
        tree_root,
        time_ms,
        signature,
        leaves,
    ) in await cursor.fetchall():
        seal = BatchSeal(
            epoch=epoch,
            first_entry=first,
            count=count,
            batch_root=batch_root.hex(),
            tree_size=size,
            tree_root=tree_root.hex(),
            time_ms=time_ms,
        )
        signed = SignedSeal(seal=seal, signature=signature.hex())
        places = [entry - first for entry in wanted]
        made = receipts_at(signed, [bytes(leaf) for leaf in leaves], places)
        receipts.update(zip(wanted, made, strict=True))
    return receipts
