"""The venue's own figures for Prometheus, read from the database at each scrape: the worker serves them.

They are ages and lengths that grow while something stands still, so they must not depend on whoever stands still. Where
the database does not answer, that alone is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg.rows import dict_row

from ledger.figures import STATEMENT, Figures, figures_from
from ledger.store.connections import psycopg_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONNECT_TIMEOUT_S: Final = 2
STATEMENT_TIMEOUT_MS: Final = 2_000
OUTBOX_STATES: Final = ("QUEUED", "SENT", "MINED", "FINAL", "VERIFIED", "REFUSED")
_MS: Final = 1_000


class VenueCollector(Collector):
    """Reads the figures when it is asked."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing is promised before the database has answered."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures as they stand, or that there are none."""
        try:
            figures = read_figures(self._database_url)
        except psycopg.Error:
            yield _gauge("ipx_database_up", "1 if the database answers.", 0)
            return
        yield _gauge("ipx_database_up", "1 if the database answers.", 1)
        if figures is not None:
            yield from _journal(figures)
            yield from _outbox(figures)
            yield from _chain(figures)
            yield from _evidence(figures)


def read_figures(database_url: str) -> Figures | None:
    """The venue's figures now; None in a database without its tables' first row.

    Raises:
        psycopg.Error: the database does not answer.
    """
    with psycopg.connect(
        psycopg_url(database_url),
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=CONNECT_TIMEOUT_S,
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c default_transaction_read_only=on",
    ) as database:
        row = database.execute(STATEMENT).fetchone()
    return None if row is None else figures_from(row)


def _journal(figures: Figures) -> Iterator[GaugeMetricFamily]:
    yield _gauge("ipx_journal_entries", "Entries of the journal in the tables.", figures.entries)
    yield _gauge(
        "ipx_heartbeat_age_seconds",
        "Since the writer last showed that it lives.",
        figures.heartbeat_age_ms / _MS,
    )
    yield _gauge("ipx_trading_halted", "1 while trading stands still.", figures.trading_halted)
    yield _gauge("ipx_currencies_halted", "Currencies whose releases stand still.", figures.halted_currencies)


def _outbox(figures: Figures) -> Iterator[GaugeMetricFamily]:
    records = GaugeMetricFamily("ipx_outbox_records", "Records of the outbox by state.", labels=["state"])
    for state in OUTBOX_STATES:
        records.add_metric([state], figures.outbox.get(state, 0))
    yield records
    yield _gauge(
        "ipx_outbox_oldest_seconds",
        "Age of the oldest record that has not come to its end; 0 if there is none.",
        figures.outbox_age_ms / _MS,
    )


def _chain(figures: Figures) -> Iterator[GaugeMetricFamily]:
    if figures.chain is not None:
        chain, now_ms = figures.chain, figures.now_ms
        yield _gauge("ipx_chain_block", "Newest block that the worker has seen.", chain.block_number)
        yield _gauge(
            "ipx_chain_final_block", "Newest final block that the worker has seen.", chain.final_block
        )
        yield _gauge(
            "ipx_chain_block_age_seconds", "Since that block's time.", (now_ms - chain.block_time_ms) / _MS
        )
        yield _gauge(
            "ipx_chain_seen_age_seconds", "Since a node answered last.", (now_ms - chain.seen_ms) / _MS
        )
    if figures.index is not None:
        index = figures.index
        yield _gauge("ipx_index_block", "Block up to which the chain was read back.", index.block_number)
        yield _gauge(
            "ipx_index_age_seconds", "Since it was read last.", (figures.now_ms - index.updated_ms) / _MS
        )
        yield _gauge(
            "ipx_index_halted", "1 while indexer and settlement are halted.", index.halted_for is not None
        )
    if figures.lag_blocks is not None:
        yield _gauge("ipx_index_lag_blocks", "Blocks seen and not read back yet.", figures.lag_blocks)


def _evidence(figures: Figures) -> Iterator[GaugeMetricFamily]:
    now_ms = figures.now_ms
    if figures.checkpoint is not None:
        made_ms = figures.checkpoint.made_ms
        yield _gauge("ipx_checkpoint_entries", "Entries in the newest checkpoint.", figures.checkpoint.size)
        yield _gauge("ipx_checkpoint_age_seconds", "Since it was signed.", (now_ms - made_ms) / _MS)
    if figures.witnessed is not None:
        age_s = (now_ms - figures.witnessed.witnessed_ms) / _MS
        yield _gauge(
            "ipx_witnessed_entries", "Entries that every witness has cosigned.", figures.witnessed.size
        )
        yield _gauge("ipx_witnessed_age_seconds", "Since every witness last cosigned.", age_s)
    if figures.anchor is not None:
        yield _gauge(
            "ipx_anchored_entries", "Entries under a root that is final on the chain.", figures.anchor.size
        )
    if figures.reconciliation is not None:
        last = figures.reconciliation
        yield _gauge(
            "ipx_unreconciled_items", "Differences that the last reconciliation found.", last.differences
        )
        yield _gauge("ipx_reconciled_age_seconds", "Since it was made.", (now_ms - last.made_ms) / _MS)
    if figures.audit is not None:
        yield _gauge(
            "ipx_audit_verified", "1 if the last audit of itself verified all.", figures.audit.verified
        )
        yield _gauge("ipx_audit_age_seconds", "Since that audit.", (now_ms - figures.audit.made_ms) / _MS)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))
