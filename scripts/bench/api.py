"""How many bids a second come through the front door, beside a route that inserts one row and one that does nothing.

Each is authenticated, idempotent, signed (EIP-712), checked by the rules, matched, journaled and committed before it
is answered; there are no others, so that `bids_per_s` and `signed_bids_per_s` are the same. So many bidders
(`scripts.bench.bidders`) each wait for their answer on a connection of their own; the other two routes are asked by as
many, on the same server, in turns within each round. The bidders sign while the clock runs. A figure is the median over
the rounds, a ratio the median of the rounds' ratios. At the end a replay of the journal must give the state that the
tables hold. Run it as `python -m scripts.bench.api --json`.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import uvloop

from api.commands import Given, Signature, instruction_of
from exchange.commands import AmendBid, BidTerms, PlaceBid, Request, WithdrawBid
from exchange.money.amount import format_amount
from ledger.signatures import PrivateKey, exchange_domain, instruction_digest, sign
from scripts.bench.bidders import AnswerDiffers, Answered, Bidder, Operation
from scripts.bench.floors import add_gate, finish
from scripts.bench.http import HttpAnswer, HttpConnection, post
from scripts.bench.market import SetUpRefused, api_key
from scripts.bench.matching import SEED, progress_on_stderr
from scripts.bench.vault import (
    Held,
    ReplayDiffers,
    Vault,
    hold,
    ratio,
    require_in_range,
    vault,
    waited,
    with_holding,
)
from scripts.stack.child import Child, StartRefused

OPERATIONS = 4_000
ROUNDS = 5
BIDDERS_AT_ONCE = 64
MOST_OPERATIONS = 200_000
VALID_FOR_MS = 3_600_000
_PEER_ROW = json.dumps({"listing_id": "L-17", "party_id": "P-17", "price": 100_000_00}).encode()
_ADDRESS_DEADLINE_S = 60.0


def run(
    operations: int = OPERATIONS,
    rounds: int = ROUNDS,
    seed: int = SEED,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure, and return what `--json` prints.

    Args:
        operations: of all bidders together in a round; as many of each other route.
        rounds: timed rounds, 1 to `MOST_ROUNDS`; one more, untimed, comes first.
        seed: of the flow.
        progress: told what is being done, one short line at a time.

    Raises:
        AnswerDiffers, SetUpRefused, ReplayDiffers: the venue does not do what the flow expects of it.
        StartRefused: a process did not come up.
        ValueError: for arguments out of range.
    """
    require_in_range(operations, rounds, least=BIDDERS_AT_ONCE, most=MOST_OPERATIONS)
    tell = progress or (lambda _: None)
    keys = Keys()
    with vault(tell, key_of=keys.address) as place, front_door(place) as server:
        load = Load(place, keys, address_of(server), operations // BIDDERS_AT_ONCE, seed)
        figures: list[tuple[float, float, float]] = []
        held: list[Held] = []
        first_entry = 0
        for number in range(rounds + 1):
            tell(f"round {number} of {rounds}")
            before = load.prepare()
            turns = [load.bids, load.inserts, load.nothings]
            found = {turn: turns[turn]() for turn in (number % 3, (number + 1) % 3, (number + 2) % 3)}
            if number:
                figures.append((found[0], found[1], found[2]))
                held.append(before)
            else:  # it warms up
                first_entry = place.next_entry()
                load.waits.clear()
        tell("replaying")
        rates = [figure[0] for figure in figures]
        return _report(place, figures, load.waits, first_entry) | {
            **with_holding(held, operations // BIDDERS_AT_ONCE * BIDDERS_AT_ONCE, rates),
            "operations": operations,
            "seed": seed,
            "rounds": rounds,
        }


def _report(
    place: Vault, figures: Sequence[tuple[float, float, float]], waits: Sequence[float], first_entry: int
) -> dict[str, Any]:
    """What was measured, once a replay has shown that it was the same work."""
    bids, inserts, nothings = ([each[column] for each in figures] for column in range(3))
    to_inserts = ratio(bids, inserts)
    return {
        "benchmark": "api",
        "bids_per_s": round(median(bids)),
        "signed_bids_per_s": round(median(bids)),
        **waited(waits),
        "ratio_to_insert_route": to_inserts,
        "signed_ratio_to_insert_route": to_inserts,
        "ratio_to_empty_route": ratio(bids, nothings),
        "insert_route_per_s": round(median(inserts)),
        "empty_route_per_s": round(median(nothings)),
        **place.circumstances(first_entry, BIDDERS_AT_ONCE),
    }


class Keys:
    """The parties' signing keys, each made from its number."""

    def __init__(self) -> None:
        self._keys: dict[int, PrivateKey] = {}

    def key(self, number: int) -> PrivateKey:
        """The key of the party of this number: known to everybody, for a venue that stands for a benchmark's time."""
        if number not in self._keys:
            self._keys[number] = PrivateKey(hashlib.sha256(f"benchmark key {number}".encode()).digest())
        return self._keys[number]

    def address(self, number: int) -> str:
        """Its address."""
        return self.key(number).address


class Load:
    """What is asked of the front door: bids by the bidders, and the other two routes by as many."""

    def __init__(
        self, place: Vault, keys: Keys, address: tuple[str, int], operations: int, seed: int
    ) -> None:
        """operations: of each bidder in a round."""
        opening = place.market.opening()
        self._domain = exchange_domain(opening.chain_id, opening.anchor)
        self._place = place
        self._keys = keys
        self._address = address
        self._operations = operations
        self._bidders = [Bidder(number, BIDDERS_AT_ONCE, seed) for number in range(BIDDERS_AT_ONCE)]
        self._sent: dict[int, bytes] = {}
        """What each bidder has sent last: a repeat sends the same bytes."""
        self.waits: list[float] = []
        """Seconds that each bidder has waited for each answer."""

    def prepare(self) -> Held:
        """Have everything decided that the next round's bids need."""
        steps = [step for bidder in self._bidders for step in bidder.prepare(self._operations)]
        return hold(self._place, steps)

    def bids(self) -> float:
        """A round of bids; operations a second."""
        return self._in_turn([self._bid(bidder) for bidder in self._bidders])

    def inserts(self) -> float:
        """As many inserts of a row; requests a second."""
        return self._in_turn([self._ask("/bench/insert") for _ in self._bidders])

    def nothings(self) -> float:
        """As many requests for nothing; requests a second."""
        return self._in_turn([self._ask("/bench/empty") for _ in self._bidders])

    def _in_turn(self, plays: list[Callable[[HttpConnection], Any]]) -> float:
        return uvloop.run(self._play(plays))

    async def _play(self, plays: list[Callable[[HttpConnection], Any]]) -> float:
        connections = [await HttpConnection.to(*self._address) for _ in plays]
        began = time.perf_counter()
        await asyncio.gather(*(play(each) for play, each in zip(plays, connections, strict=True)))
        took = time.perf_counter() - began
        for each in connections:
            await each.close()
        return self._operations * len(plays) / took

    def _bid(self, bidder: Bidder) -> Callable[[HttpConnection], Any]:
        async def play(connection: HttpConnection) -> None:
            for _ in range(self._operations):
                operation = bidder.next()
                if not operation.repeated:
                    self._sent[bidder.number] = self._request(operation)
                request = self._sent[bidder.number]
                began = time.perf_counter()
                answer = await connection.ask(request)
                self.waits.append(time.perf_counter() - began)
                bidder.answered(operation, _answered(answer))

        return play

    def _ask(self, path: str) -> Callable[[HttpConnection], Any]:
        request = post(path, _PEER_ROW)

        async def play(connection: HttpConnection) -> None:
            for _ in range(self._operations):
                answer = await connection.ask(request)
                if answer.status != 200:  # noqa: PLR2004 - RFC 9110
                    message = f"{path}: {answer.status} {answer.body[:200]!r}"
                    raise AnswerDiffers(message)

        return play

    def _request(self, operation: Operation) -> bytes:
        """The bidder's signed request."""
        (request,) = self._place.market.requests([operation.step])
        path, body = _path_and_body(request)
        valid_until_ms = time.time_ns() // 1_000_000 + VALID_FOR_MS
        given = Given(
            command=request.command,
            terms=request.terms,
            terms_salt=request.terms_salt,
            signature=Signature("", valid_until_ms),
        )
        number = int(request.actor.rpartition("-")[2]) - 1
        instruction = instruction_of(request.actor, operation.key, given)
        value = sign(instruction_digest(self._domain, instruction), self._keys.key(number))
        body["signature"] = {"value": value, "valid_until_ms": valid_until_ms}
        return post(
            path,
            json.dumps(body).encode(),
            Authorization=f"Bearer {api_key(number)}",
            Idempotency_Key=operation.key,
        )


def _path_and_body(request: Request) -> tuple[str, dict[str, Any]]:
    command, terms = request.command, request.terms
    if isinstance(command, WithdrawBid):
        return f"/v1/bids/{command.bid_id}/withdrawal", {}
    if not isinstance(terms, BidTerms) or not isinstance(command, PlaceBid | AmendBid):
        message = f"no bid: {request}"
        raise TypeError(message)
    body = {"terms": {"price": format_amount(terms.price), "salt": request.terms_salt}}
    if isinstance(command, AmendBid):
        return f"/v1/bids/{command.bid_id}/amendment", body
    return f"/v1/listings/{command.listing_id}/bids", body


def _answered(answer: HttpAnswer) -> Answered:
    try:
        document = json.loads(answer.body)
    except ValueError as error:
        message = f"no JSON: {answer.status} {answer.body[:200]!r}"
        raise AnswerDiffers(message) from error
    code = document.get("code", "")
    result = document.get("result") or {}
    status = document.get("status") if not code else "refused"
    return Answered(str(status), document.get("entry", -1), code, result.get("bid_id", ""))


@contextmanager
def front_door(place: Vault) -> Iterator[Child]:
    """The server as a process of its own, listening.

    Raises:
        StartRefused: it did not come up.
    """
    with tempfile.TemporaryDirectory(prefix="ipx-bench-") as name:
        server = Child(
            "front door",
            [sys.executable, "-m", "scripts.bench.front_door"],
            Path(name) / "front-door.log",
            environment={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
                "IPX_DATABASE_URL": place.database_url,
                "IPX_SEQUENCER_SOCKET": place.socket_path,
            },
        )
        server.start()
        try:
            server.wait_until(lambda: server.has_said("http://"), _ADDRESS_DEADLINE_S)
            yield server
        finally:
            server.stop()


def address_of(server: Child) -> tuple[str, int]:
    """Host and port on which the front door listens since it was started last."""
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("http://")]
    address = urlsplit(lines[-1])
    return str(address.hostname), int(address.port or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if the venue did not do what the flow expects, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.api", description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)
    given = parser.parse_args(arguments)
    try:
        result = run(given.operations, given.rounds, given.seed, progress_on_stderr("api"))
    except ValueError as error:
        parser.error(str(error))
    except (AnswerDiffers, SetUpRefused, ReplayDiffers, StartRefused) as difference:
        sys.stderr.write(f"api: {difference}\n")
        return 1
    return finish(result, given)


if __name__ == "__main__":
    sys.exit(main())
