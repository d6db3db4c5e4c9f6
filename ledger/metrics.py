"""Figures of each process for Prometheus, served on a port of the loopback address and only where one is set.

Every process has a registry and a port of its own, so nothing is shared between processes and a scrape says by itself
which of them answers. Labels come from fixed sets: states, codes, names of works. docs/operations.md lists every figure
with its meaning and the threshold of its alarm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

disable_created_metrics()  # type: ignore[no-untyped-call]
LOOPBACK: Final = "127.0.0.1"
REGISTRY: Final = CollectorRegistry(auto_describe=True)
_log = structlog.get_logger()

ALARMS: Final = Counter("ipx_alarms", "Alarms told in the log, by their code.", ["code"], registry=REGISTRY)

# --- the sequencer

COMMANDS: Final = Counter(
    "ipx_commands",
    "Submissions decided: accepted or refused as an entry, repeat answered again, undecided without an entry.",
    ["outcome"],
    registry=REGISTRY,
)
DEALS: Final = Counter("ipx_deals", "Deals made by committed entries.", registry=REGISTRY)
OUTAGES: Final = Counter("ipx_outages", "Absences of the venue that were journalled.", registry=REGISTRY)
JOURNAL_ENTRIES: Final = Gauge(
    "ipx_sequencer_entries", "Entries of the journal, as its writer knows them.", registry=REGISTRY
)
EPOCH: Final = Gauge("ipx_sequencer_epoch", "The writer's fencing number.", registry=REGISTRY)
SERVING: Final = Gauge("ipx_sequencer_serving", "1 while a session decides what comes.", registry=REGISTRY)
QUEUED: Final = Gauge("ipx_sequencer_queued", "Submissions that wait for their batch.", registry=REGISTRY)
COMMIT_SECONDS: Final = Histogram(
    "ipx_commit_seconds",
    "From sending a batch's statement to PostgreSQL's answer that it is durable.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15),
    registry=REGISTRY,
)
BATCH_ENTRIES: Final = Histogram(
    "ipx_batch_entries",
    "Entries committed together.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
    registry=REGISTRY,
)

# --- the worker

WORKS: Final = Counter(
    "ipx_works",
    "Runs of the worker's works: done, failed, or done elsewhere.",
    ["work", "outcome"],
    registry=REGISTRY,
)
CHAIN_RECORDS: Final = Counter(
    "ipx_chain_records",
    "Records of the outbox by the step that they have taken: sent, mined, verified, refused, requeued, lost.",
    ["step"],
    registry=REGISTRY,
)
CHAIN_EVENTS: Final = Counter("ipx_chain_events", "Logs read back from the chain.", registry=REGISTRY)
REORGANISATIONS: Final = Counter(
    "ipx_reorganisations", "Reorganisations that the indexer has undone.", registry=REGISTRY
)
EVENTS_UNDONE: Final = Counter(
    "ipx_chain_events_undone",
    "Logs taken out again because their block was reorganised away.",
    registry=REGISTRY,
)
ProcessCollector(registry=REGISTRY)


def serve(port: int | None) -> WSGIServer | None:
    """Serve `/metrics` on the loopback address in a thread of its own; nothing where no port is set.

    A port that is taken is an alarm and no more: trading does not stop for want of figures.
    """
    if port is None:
        return None
    try:
        server, _ = start_http_server(port, addr=LOOPBACK, registry=REGISTRY)
    except OSError as error:
        _log.critical("alarm", code="METRICS-NOT-SERVED", port=port, reason=error.strerror)
        return None
    return server
