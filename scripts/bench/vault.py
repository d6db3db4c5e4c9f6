"""A database and a sequencer of a benchmark's own, with the market of the benchmarks standing in it.

Both are what a venue runs: PostgreSQL as it comes, each commit on the disk before it is answered; the sequencer as a
process of its own behind its socket.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import msgspec
import psycopg

from exchange import canonical
from exchange.commands import Request
from exchange.engine import Engine
from exchange.sealed import Opening
from ledger import journal
from ledger.journal import StoredEntry
from ledger.sequencer.client import SequencerClient
from ledger.sequencer.messages import Answer, Submission
from ledger.store.connections import psycopg_url
from ledger.store.loading import load
from ledger.store.migrate import upgrade
from scripts.bench.bid_flow import AMENDED, LISTINGS, NEW, REFUSED, WITHDRAWN, Step
from scripts.bench.bidders import REPEATED, Answered
from scripts.bench.market import MarketRequests, SetUpRefused
from scripts.stack.child import Child
from scripts.stack.postgres import Postgres
from scripts.stack.servers import make_socket_folder, socket_folder

MOST_ROUNDS = 20
EVERY = NEW + AMENDED + WITHDRAWN + REFUSED + REPEATED
"""All shares of the operations."""
AT_ONCE = 64
"""Submissions under way while the market is set up."""
SIGNATURE_LIFE_MS = 24 * 3600 * 1000
ROWS_AT_ONCE = 2_000
UNCHECKED_SIGNATURE = "0x" + "11" * 65
"""The front door checks signatures, and every audit; the sequencer keeps what it is given."""
_COLUMNS = ("entry", "public", "leaf", "terms", "terms_salt", "outcome", "outcome_salt")
_ENTRIES = f"SELECT {', '.join(_COLUMNS)} FROM journal WHERE entry >= %s ORDER BY entry LIMIT %s"  # noqa: S608 - our own names


class ReplayDiffers(Exception):
    """A replay of the journal ends in another state than the tables hold."""


@dataclass
class Vault:
    """Where they are, and the market that stands there."""

    database_url: str
    socket_path: str
    market: MarketRequests
    sequencer: Child

    def setting(self, name: str) -> str:
        """A setting of the database server."""
        with psycopg.connect(psycopg_url(self.database_url)) as connection:
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        return "" if row is None else str(row[0])

    def next_entry(self) -> int:
        """The number of the entry that comes next."""
        with psycopg.connect(psycopg_url(self.database_url)) as connection:
            row = connection.execute("SELECT last_entry + 1 FROM sequencer_head").fetchone()
        return 0 if row is None else int(row[0])

    def batches(self, since_entry: int) -> dict[str, float]:
        """How many entries were committed together, from an entry on: the mean and the most."""
        query = "SELECT avg(count), max(count) FROM batches WHERE first_entry >= %s"
        with psycopg.connect(psycopg_url(self.database_url)) as connection:
            mean, most = connection.execute(query, (since_entry,)).fetchone() or (0, 0)
        return {"mean": round(float(mean or 0), 1), "most": int(most or 0)}

    def circumstances(self, since_entry: int, bidders_at_once: int) -> dict[str, Any]:
        """What a report says beside its figures, once a replay has shown that the work was done.

        Raises:
            ReplayDiffers: it was not.
        """
        return {
            "bidders_at_once": bidders_at_once,
            "entries_a_commit": self.batches(since_entry),
            "fsync": self.setting("fsync"),
            "synchronous_commit": self.setting("synchronous_commit"),
            "state_hash": self.require_replayed(),
            "replayed": True,
            "clock": "wall time",
            "python": platform.python_version(),
        }

    def require_replayed(self) -> str:
        """Replay the journal; the state hash, which is that of the tables.

        Raises:
            ReplayDiffers: it is another one, or an outcome differs.
        """
        engine = Engine()
        with psycopg.connect(psycopg_url(self.database_url)) as connection:
            next_entry = 0
            while rows := connection.execute(_ENTRIES, (next_entry, ROWS_AT_ONCE)).fetchall():
                for row in rows:
                    stored = StoredEntry(**dict(zip(_COLUMNS, row, strict=True)))
                    entry = journal.check_entry(stored)
                    outcome = engine.apply(journal.request_of(entry, stored))
                    if canonical.encode(journal.outcome_value(outcome)) != stored.outcome:
                        message = f"entry {stored.entry} has another outcome"
                        raise ReplayDiffers(message)
                next_entry += len(rows)
        loaded = asyncio.run(_loaded_hash(self.database_url))
        if engine.state.state_hash() != loaded:
            message = "a replay ends in another state than the tables hold"
            raise ReplayDiffers(message)
        return loaded


@contextmanager
def vault(tell: Callable[[str], None], *, key_of: Callable[[int], str] | None = None) -> Iterator[Vault]:
    """Start both, let the market stand, and leave nothing behind.

    key_of: address of the key of the party of this number; none of them is anybody's where it is left out.

    Raises:
        StartRefused: a process did not come up.
        SetUpRefused: the engine does not take the market's set-up.
    """
    with tempfile.TemporaryDirectory(prefix="ipx-bench-") as name:
        folder = Path(name)
        sockets = socket_folder(folder)
        make_socket_folder(sockets)
        postgres = Postgres(folder, sockets, folder)
        tell("starting a database and a sequencer")
        postgres.start()
        market = MarketRequests(LISTINGS, start_ms=time.time_ns() // 1_000_000, key_of=key_of)
        (folder / "keys").mkdir(mode=0o700)
        opening = market.opening()
        (folder / "genesis.json").write_bytes(msgspec.json.encode(opening))
        socket_path = sockets / "sequencer.sock"
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            "IPX_DATABASE_URL": postgres.url,
            "IPX_SEQUENCER_SOCKET": str(socket_path),
            "IPX_KEYS_DIR": str(folder / "keys"),
            "IPX_GENESIS": str(folder / "genesis.json"),
        }
        sequencer = sequencer_process("sequencer", folder, environment)
        try:
            upgrade(postgres.url)
            sequencer.start()
            sequencer.wait_until(socket_path.exists)
            asyncio.run(decide_all(str(socket_path), market.set_up(tell)))
            yield Vault(postgres.url, str(socket_path), market, sequencer)
        finally:
            sequencer.stop()
            postgres.stop()


def sequencer_process(name: str, folder: Path, environment: dict[str, str]) -> Child:
    """A sequencer that is not started yet, with its log in this folder."""
    command = [sys.executable, "-m", "ledger.sequencer"]
    return Child(name, command, folder / f"{name}.log", environment=environment)


def waited(seconds: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile of what was waited, in milliseconds."""
    return {
        "p50_ms": round(median(seconds) * 1000, 2),
        "p99_ms": round(quantiles(seconds, n=100)[98] * 1000, 2),
    }


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return round(median(a / b for a, b in zip(ours, theirs, strict=True)), 3)


def require_in_range(operations: int, rounds: int, *, least: int, most: int) -> None:
    """Raises ValueError unless rounds, and operations in all of them with the untimed one, are in range."""
    if not (1 <= rounds <= MOST_ROUNDS and least <= operations * (rounds + 1) <= most):
        message = f"give 1 to {MOST_ROUNDS} rounds and {least} to {most} operations in all"
        raise ValueError(message)


def submission_of(request: Request, key: str) -> Submission:
    """A request as the front door hands it over."""
    terms = request.terms
    command = canonical.encode(request.command)
    return Submission(
        party=request.actor,
        idempotency_key=key,
        body_digest=hashlib.sha256(command).hexdigest(),
        command=msgspec.Raw(command),
        terms=None if terms is None else Opening(request.terms_salt, terms),
        signer=request.signer,
        signature=UNCHECKED_SIGNATURE,
        valid_until_ms=time.time_ns() // 1_000_000 + SIGNATURE_LIFE_MS,
        api_key_sha256=request.api_key_sha256,
    )


class Held(NamedTuple):
    """What was decided before a round's clock ran: deposits held, and the seconds that it took."""

    deposits: int
    seconds: float


def hold(place: Vault, steps: Sequence[Step]) -> Held:
    """Have registrations and qualifications decided by the sequencer, and every deposit held.

    Raises:
        SetUpRefused: one was refused.
    """
    requests = place.market.requests(steps)
    began = time.perf_counter()
    asyncio.run(decide_all(place.socket_path, requests))
    return Held(sum(step.what == "register" for step in steps), time.perf_counter() - began)


def with_holding(held: Sequence[Held], operations: int, rates: Sequence[float]) -> dict[str, Any]:
    """What a report says of the deposits behind its bids, which are held before the clock of each round runs.

    `with_holding_per_s` is the rate if it ran then too: each new bid with its registration and qualification, which
    the sequencer decides as durably as bids, at the rate of the same round. More are held than are bid on, so that no
    bidder runs out of listings.
    """
    whole = []
    for each, rate in zip(held, rates, strict=True):
        holding_s = each.seconds / each.deposits * operations * NEW / EVERY
        whole.append(operations / (holding_s + operations / rate))
    return {
        "deposits_held": "before the clock runs",
        "deposits_held_a_round": round(median(each.deposits for each in held)),
        "with_holding_per_s": round(median(whole)),
    }


async def decide_all(socket_path: str, requests: Iterable[Request]) -> None:
    """Have all of these decided in their order, many at a time.

    Raises:
        SetUpRefused: one was refused.
    """
    client = SequencerClient(socket_path)
    under_way: set[asyncio.Task[Answer]] = set()
    try:
        for number, request in enumerate(requests):
            key = f"set-up-{request.time_ms}-{number}"
            under_way.add(asyncio.create_task(_accepted(client, submission_of(request, key))))
            if len(under_way) >= AT_ONCE:
                done, under_way = await asyncio.wait(under_way)
                for each in done:
                    each.result()
        for each in under_way:
            await each
    finally:
        await client.close()


async def _accepted(client: SequencerClient, submission: Submission) -> Answer:
    answer = await client.submit(submission)
    if answer.status != "accepted":
        message = f"{bytes(submission.command)[:80]!r}: {answer.code} {answer.detail}"
        raise SetUpRefused(message)
    return answer


def answered(answer: Answer) -> Answered:
    """An answer as a bidder follows it."""
    return Answered(answer.status, answer.entry, answer.code or "", answer.result.get("bid_id", ""))


async def _loaded_hash(database_url: str) -> str:
    connection: Any = await psycopg.AsyncConnection.connect(psycopg_url(database_url), autocommit=True)
    async with connection:
        return (await load(connection)).state.state_hash()
