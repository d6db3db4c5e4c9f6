"""The status made from the venue's figures, at most once a second however many ask."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from msgspec import UNSET

from api import problems
from api.status.schemas import (
    AuditStatus,
    ChainStatusView,
    EvidenceStatus,
    IndexStatus,
    JournalStatus,
    Mode,
    OutboxStatus,
    ReconciliationStatus,
    StatusView,
)
from exchange.venue import DEVELOPMENT_CHAIN

if TYPE_CHECKING:
    from api.door import Door
    from exchange.rows import Venue
    from ledger.figures import Figures

PROGRAM = "ip-exchange"


def program_version() -> str:
    """The version of the installed program; empty where it runs from a folder without being installed."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return ""


async def status_of(door: Door) -> StatusView:
    """The status now.

    Raises:
        Problem: UNAVAILABLE as long as the journal has no first entry.
    """
    venue = await door.venue()
    figures = await door.figures()
    if figures is None:
        raise problems.Problem(problems.UNAVAILABLE, headers={"Retry-After": "1"})
    return made_from(figures, venue)


def made_from(figures: Figures, venue: Venue) -> StatusView:
    """The status as it is told; nothing is left out because it looks bad."""
    halt = None if venue.trading_halt is UNSET else venue.trading_halt
    chain, index, reconciliation, audit = figures.chain, figures.index, figures.reconciliation, figures.audit
    return StatusView(
        time_ms=figures.now_ms + figures.clock_offset_ms,
        versions={
            "program": program_version(),
            "schema": venue.schema,
            "engine": venue.engine,
            "rulebook": venue.rulebook,
        },
        mode=Mode(
            profile=venue.profile,
            simulated=venue.simulated,
            development_chain=venue.chain_id == DEVELOPMENT_CHAIN,
            chain_id=venue.chain_id,
            clock_offset_ms=figures.clock_offset_ms,
            halted_currencies=list(venue.halted_currencies),
            trading_halted_for=halt.ground if halt else None,
            trading_halted_since_ms=halt.since_ms if halt else None,
        ),
        journal=JournalStatus(
            entries=figures.entries,
            last_entry_time_ms=figures.last_time_ms,
            writer_epoch=figures.epoch,
            writer_seen_ms=figures.now_ms - figures.heartbeat_age_ms,
        ),
        chain=None
        if chain is None
        else ChainStatusView(
            block=chain.block_number,
            block_time_ms=chain.block_time_ms,
            final_block=chain.final_block,
            final_block_time_ms=chain.final_time_ms,
            seen_ms=chain.seen_ms,
        ),
        index=None
        if index is None
        else IndexStatus(
            block=index.block_number,
            final_block=index.final_block,
            lag_blocks=figures.lag_blocks,
            read_ms=index.updated_ms,
            halted_for=index.halted_for,
        ),
        outbox=OutboxStatus(records=figures.outbox, oldest_waiting_ms=figures.outbox_oldest_ms),
        evidence=_evidence(figures),
        reconciliation=None
        if reconciliation is None
        else ReconciliationStatus(
            made_ms=reconciliation.made_ms,
            agrees=reconciliation.differences == 0,
            differences=reconciliation.codes,
            final_block=reconciliation.block,
            not_compared=reconciliation.not_compared,
        ),
        audit=None
        if audit is None
        else AuditStatus(made_ms=audit.made_ms, verified=audit.verified, entries=audit.entries),
    )


def _evidence(figures: Figures) -> EvidenceStatus:
    checkpoint, witnessed, anchor = figures.checkpoint, figures.witnessed, figures.anchor
    return EvidenceStatus(
        checkpoint_entries=None if checkpoint is None else checkpoint.size,
        checkpoint_ms=None if checkpoint is None else checkpoint.made_ms,
        time_stamped=None if checkpoint is None else checkpoint.stamped,
        witnessed_entries=None if witnessed is None else witnessed.size,
        witnessed_ms=None if witnessed is None else witnessed.witnessed_ms,
        anchored_entries=None if anchor is None else anchor.size,
        anchor_block=None if anchor is None else anchor.block_number,
    )
