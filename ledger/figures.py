"""The venue in figures, as one statement reads them: for the status page and for Prometheus alike.

Only counts, sizes, heights, codes and times: nothing of a party, a price or a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

WAITING: Final = ("QUEUED", "SENT", "MINED", "FINAL")
"""States of a record that has not come to its end."""

STATEMENT: Final = """
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms,
    h.epoch, h.last_entry + 1 AS entries, h.last_time_ms,
    (extract(epoch FROM clock_timestamp() - h.heartbeat) * 1000)::bigint AS heartbeat_age_ms,
    coalesce((SELECT (data ->> 'clock_offset_ms')::bigint FROM venues LIMIT 1), 0) AS clock_offset_ms,
    coalesce((SELECT jsonb_array_length(data -> 'halted_currencies') FROM venues LIMIT 1), 0) AS halted_currencies,
    coalesce((SELECT data ? 'trading_halt' FROM venues LIMIT 1), false) AS trading_halted,
    coalesce((SELECT jsonb_object_agg(state, records) FROM
        (SELECT state, count(*) AS records FROM outbox GROUP BY state) AS states), '{}') AS outbox,
    (SELECT coalesce(j.time_ms, o.updated_ms) FROM outbox o LEFT JOIN journal j ON j.entry = o.entry
        WHERE o.state IN ('QUEUED', 'SENT', 'MINED', 'FINAL') ORDER BY o.id LIMIT 1) AS outbox_oldest_ms,
    (SELECT to_jsonb(t) FROM (SELECT block_number, block_time_ms, final_block, final_time_ms, seen_ms
        FROM chain_tip) AS t) AS chain,
    (SELECT to_jsonb(t) FROM (SELECT block_number, final_block, halted_for, updated_ms
        FROM chain_cursor ORDER BY contract LIMIT 1) AS t) AS index,
    (SELECT to_jsonb(t) FROM (SELECT size, made_ms, (token IS NOT NULL) AS stamped
        FROM checkpoints ORDER BY size DESC LIMIT 1) AS t) AS checkpoint,
    (SELECT to_jsonb(t) FROM (SELECT size, witnessed_ms FROM checkpoints WHERE witnessed_ms IS NOT NULL
        ORDER BY size DESC LIMIT 1) AS t) AS witnessed,
    (SELECT to_jsonb(t) FROM (SELECT size, state, block_number, updated_ms FROM anchors
        WHERE state IN ('FINAL', 'VERIFIED') ORDER BY size DESC LIMIT 1) AS t) AS anchor,
    (SELECT to_jsonb(t) FROM (SELECT made_ms, took_ms, block, differences, report -> 'codes' AS codes,
        report -> 'not_compared' AS not_compared
        FROM reconciliations ORDER BY id DESC LIMIT 1) AS t) AS reconciliation,
    (SELECT to_jsonb(t) FROM (SELECT made_ms, entries, verified FROM verdicts ORDER BY id DESC LIMIT 1) AS t) AS audit
FROM sequencer_head h
"""


class ChainTip(msgspec.Struct, frozen=True, kw_only=True):
    """The chain as the worker has seen it last; times ms UTC, those of blocks as the chain has them."""

    block_number: int
    block_time_ms: int
    final_block: int
    final_time_ms: int
    seen_ms: int


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """How far the chain was read back; `halted_for` is the code of the alarm that stopped it."""

    block_number: int
    final_block: int
    halted_for: str | None
    updated_ms: int


class NewestCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The newest signed checkpoint, and whether it bears a time-stamp token."""

    size: int
    made_ms: int
    stamped: bool


class Witnessed(msgspec.Struct, frozen=True, kw_only=True):
    """The newest checkpoint that every witness which is set has cosigned."""

    size: int
    witnessed_ms: int


class NewestAnchor(msgspec.Struct, frozen=True, kw_only=True):
    """The newest anchor that is final on the chain."""

    size: int
    state: str
    block_number: int | None
    updated_ms: int


class LastReconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """What the last reconciliation found: how many differences, by code, and what it could not compare."""

    made_ms: int
    took_ms: int
    block: int
    differences: int
    codes: dict[str, int]
    not_compared: list[str]


class LastAudit(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of the venue's last audit of itself."""

    made_ms: int
    entries: int
    verified: bool


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The venue at one moment; `now_ms` and the heartbeat's age are by the database's clock."""

    now_ms: int
    epoch: int
    entries: int
    last_time_ms: int
    heartbeat_age_ms: int
    clock_offset_ms: int
    halted_currencies: int
    trading_halted: bool
    outbox: dict[str, int]
    outbox_oldest_ms: int | None
    """Venue time at which the oldest record came that has not come to its end."""
    chain: ChainTip | None
    index: Index | None
    checkpoint: NewestCheckpoint | None
    witnessed: Witnessed | None
    anchor: NewestAnchor | None
    reconciliation: LastReconciliation | None
    audit: LastAudit | None

    @property
    def lag_blocks(self) -> int | None:
        """Blocks of the chain that were not read back yet, as far as anybody has seen them; None before the first."""
        if self.chain is None or self.index is None:
            return None
        return max(0, self.chain.block_number - self.index.block_number)

    @property
    def outbox_age_ms(self) -> int:
        """How long the oldest record waits; 0 where none does."""
        if self.outbox_oldest_ms is None:
            return 0
        return max(0, self.now_ms + self.clock_offset_ms - self.outbox_oldest_ms)


def figures_from(row: Mapping[str, Any]) -> Figures:
    """Read the statement's one row.

    Raises:
        msgspec.ValidationError: the tables are of another build.
    """
    return msgspec.convert(dict(row), Figures)
