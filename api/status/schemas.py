"""Shapes of the venue's status. Counts, sizes, heights, codes and times; ages are not given, for they would be old."""

from typing import Annotated

from pydantic import Field

from api.forms import View

Ms = Annotated[int, Field(description="Milliseconds UTC.")]


class Mode(View):
    """What kind of venue this is; on the development chain nothing is proven against the operator."""

    profile: str
    simulated: bool
    development_chain: bool
    chain_id: int
    clock_offset_ms: int
    halted_currencies: list[str]
    trading_halted_for: Annotated[
        str | None, Field(description="The ground of a halt of trading that is in force.")
    ]
    trading_halted_since_ms: Ms | None


class JournalStatus(View):
    """The journal's end as it is committed, and when its writer last showed that it lives."""

    entries: int
    last_entry_time_ms: Ms
    writer_epoch: int
    writer_seen_ms: Ms


class ChainStatusView(View):
    """The chain as the worker has seen it last: its newest block, and the newest that it calls final."""

    block: int
    block_time_ms: Ms
    final_block: int
    final_block_time_ms: Ms
    seen_ms: Ms


class IndexStatus(View):
    """How far the chain was read back. While `halted_for` names an alarm, payments and filings stand still."""

    block: int
    final_block: int
    lag_blocks: int | None
    read_ms: Ms
    halted_for: str | None


class OutboxStatus(View):
    """Records for the chain by state, and since when the oldest one waits that has not come to its end."""

    records: dict[str, int]
    oldest_waiting_ms: Ms | None


class EvidenceStatus(View):
    """How much of the journal is under a checkpoint, under one that every witness cosigned, and anchored for good."""

    checkpoint_entries: int | None
    checkpoint_ms: Ms | None
    time_stamped: bool | None
    witnessed_entries: int | None
    witnessed_ms: Ms | None
    anchored_entries: int | None
    anchor_block: int | None


class ReconciliationStatus(View):
    """What the last comparison of both sides found, by code; `not_compared` names what it had nobody to ask about."""

    made_ms: Ms
    agrees: bool
    differences: dict[str, int]
    final_block: int
    not_compared: list[str]


class AuditStatus(View):
    """The verdict of the venue's last audit of itself; /v1/audit/verdict has it whole."""

    made_ms: Ms
    verified: bool
    entries: int


class StatusView(View):
    """The venue at one moment. A part is null as long as there is nothing of it."""

    time_ms: Ms
    versions: Annotated[
        dict[str, str | int], Field(description="The program's, and those of schema, engine and rulebook.")
    ]
    mode: Mode
    journal: JournalStatus
    chain: ChainStatusView | None
    index: IndexStatus | None
    outbox: OutboxStatus
    evidence: EvidenceStatus
    reconciliation: ReconciliationStatus | None
    audit: AuditStatus | None
