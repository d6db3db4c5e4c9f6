"""The Celery application: a clock that begins each work every second or so, and a worker that runs it.

A task carries nothing but its work's name; what it does is found in the database, under a lock. So Redis may be
flushed, ticks may be lost or come twice, and a worker may be killed at any moment. Results are off: nobody waits.

`celery -A ledger.tasks worker --beat`, or `python -m ledger.tasks` with everything set for one small process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

import psycopg
import structlog
from celery import Celery
from celery.signals import beat_embedded_init, worker_ready

from ledger import metrics
from ledger.alone import Elsewhere
from ledger.anchoring import JournalDiffers
from ledger.chain.errors import ChainFault
from ledger.counterparty import CounterpartyError
from ledger.indexer import SettlementHalted
from ledger.journal_export import ExportRefused
from ledger.log.keeping import LogDiffers
from ledger.log.timestamps import TimestampFault
from ledger.log.witnesses import WitnessFault
from ledger.log_lines import begin, begin_request
from ledger.self_audit import SelfAuditFailed
from ledger.sequencer.messages import SequencerRefused
from ledger.service import VenueNotOpen
from ledger.settings import SettingsRefused
from ledger.venue_metrics import VenueCollector
from ledger.worker_settings import WorkerSettings, worker_settings
from ledger.works import BY_NAME, Works

QUEUE = "ipx"
RECURSION_LIMIT = 1_000
"""Python's own; libraries of the chain raise it far beyond what the stack of a thread can bear."""
LEAST_EXPIRY_S = 2.0
_PR_SET_PDEATHSIG = 1
_WORKER = os.getpid()
"""The process that read this page; the clock's is forked from it."""
_TELLING = (
    ChainFault,
    CounterpartyError,
    ExportRefused,
    JournalDiffers,
    LogDiffers,
    SelfAuditFailed,
    SequencerRefused,
    SettingsRefused,
    SettlementHalted,
    TimestampFault,
    VenueNotOpen,
    WitnessFault,
)
"""Failures with a code of their own: the next tick tries again."""
_log = structlog.get_logger()

sys.setrecursionlimit(RECURSION_LIMIT)


def make_app(settings: WorkerSettings) -> Celery:
    """The application with its clock."""
    made = Celery(QUEUE)
    made.conf.update(
        broker_url=broker_url(settings.redis_url),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # Redis may be away for long; the processes stay
        result_backend=None,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_default_queue=QUEUE,
        task_serializer="json",
        accept_content=["json"],
        enable_utc=True,
        timezone="UTC",
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        beat_max_loop_interval=max(settings.tick_s, 1.0),
        beat_schedule={
            name: {
                "task": f"{QUEUE}.{name}",
                "schedule": settings.tick_s,
                # A tick that has waited longer is dropped, so that they don't pile up.
                "options": {"expires": max(2 * settings.tick_s, LEAST_EXPIRY_S)},
            }
            for name in BY_NAME
        },
    )
    return made


def broker_url(redis_url: str) -> str:
    """Redis's URL as Celery's transport takes it: `unix:///path` is `redis+socket:///path` there."""
    return (
        redis_url.replace("unix://", "redis+socket://", 1) if redis_url.startswith("unix://") else redis_url
    )


class Runner:
    """Runs works by name and says what failed: once when it begins and once when it is well again."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._failing: dict[str, str] = {}
        self._lock = threading.Lock()

    def run(self, name: str) -> None:
        """Run one work; what fails is told and tried again at the next tick. A run has an id, as a request has."""
        begin_request()
        outcome = "failed"
        try:
            BY_NAME[name](self._works)
        except Elsewhere:
            outcome = "elsewhere"
        except _TELLING as error:
            self._tell(name, error.code, str(error))
        except psycopg.Error as error:
            self._tell(name, "DATABASE-UNAVAILABLE", type(error).__name__)
        else:
            outcome = "done"
            self._well(name)
        finally:
            metrics.WORKS.labels(work=name, outcome=outcome).inc()

    def _tell(self, name: str, code: str, text: str) -> None:
        with self._lock:
            if self._failing.get(name) == code:
                return
            self._failing[name] = code
        _log.warning("a work failed and is tried again", work=name, code=code, text=text[:500])

    def _well(self, name: str) -> None:
        with self._lock:
            code = self._failing.pop(name, None)
        if code is not None:
            _log.info("a work is well again", work=name, code=code)


def _register(celery: Celery, runner: Runner) -> None:
    for name in BY_NAME:

        def body(name: str = name) -> None:
            runner.run(name)

        celery.task(body, name=f"{QUEUE}.{name}", ignore_result=True)


def end_with_the_worker(**_: object) -> None:
    """The clock runs in a process beside the worker's: it must not outlive a worker that was killed."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != _WORKER:
        os.kill(os.getpid(), signal.SIGKILL)


def serve_figures(**_: object) -> None:
    """Serve the worker's figures and the venue's, once the clock's process is forked: it would keep the port."""
    metrics.REGISTRY.register(VenueCollector(settings.database_url))
    metrics.serve(settings.metrics_port)


begin("worker")
beat_embedded_init.connect(end_with_the_worker)
worker_ready.connect(serve_figures)
settings = worker_settings()
if not settings.signer_socket:
    _log.warning(
        "the venue's keys are in this process",
        code="SIGNER-NOT-SEALED",
        cure="run a signer: IPX_SIGNER_SOCKET",
    )
if not settings.chain_read_urls:
    _log.warning(
        "the chain is read from one node",
        code="CHAIN-ONE-NODE",
        cure="name further nodes, two to bear one liar: IPX_CHAIN_READ_URLS",
    )
app = make_app(settings)
_register(app, Runner(Works(settings)))
