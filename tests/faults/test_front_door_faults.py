"""The command path over HTTP: one key has one effect however often it is sent, and a killed front door loses nothing."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import httpx
import psycopg
import pytest

from api.client import AcknowledgementLog, Client, VenueUnreachable, read_log
from ledger.receipts import verify_receipt
from ledger.store.connections import psycopg_url
from scripts.stack.servers import Addresses
from tests import databases
from tests.api.auction import Auction, bid_body
from tests.api.running_venue import RunningVenue
from tests.faults.cutting import DEADLINE_S, Cut, Cutting, PortCutting, PostgresCutting, SocketCutting
from tests.faults.front_door_process import FrontDoorProcess

pytestmark = pytest.mark.faults
THREADS, TIMES = 32, 1_000


@pytest.fixture(scope="module")
def venue(
    stack_addresses: Addresses, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningVenue]:
    """A venue with a real sequencer process; both tests share it."""
    url = databases.create(stack_addresses.database_url, "front_door_faults", _migrated_template)
    with RunningVenue(url, tmp_path_factory.mktemp("venue")) as running:
        yield running
    databases.drop(stack_addresses.database_url, url)


def entries(venue: RunningVenue) -> int:
    return int(venue.public.transport.get("/v1/time")["last_entry"])


def test_one_key_sent_a_thousand_times_from_32_threads_has_one_effect_and_equal_answers(
    venue: RunningVenue, tmp_path: Path
) -> None:
    auction = Auction(venue)
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "same", valid_until_ms=auction.until()
    )
    headers = {"Authorization": auction.api_key, "Idempotency-Key": "same"}
    before = entries(venue)
    numbers = itertools.count()
    start = threading.Barrier(THREADS)
    with FrontDoorProcess(venue.database_url, venue.sequencer.socket_path, tmp_path / "api.log") as door:

        def send() -> list[tuple[int, bytes]]:
            got = []
            address = f"http://127.0.0.1:{door.port}"
            with httpx.Client(base_url=address, trust_env=False, timeout=DEADLINE_S, headers=headers) as http:
                start.wait(DEADLINE_S)
                while next(numbers) < TIMES:
                    answer = http.post(f"/v1/listings/{auction.listing_id}/bids", json=body)
                    got.append((answer.status_code, answer.content))
            return got

        with ThreadPoolExecutor(THREADS) as pool:
            answers = [each for sent in [pool.submit(send) for _ in range(THREADS)] for each in sent.result()]
    assert len(answers) == TIMES
    assert {status for status, _ in answers} == {201}
    assert len({content for _, content in answers}) == 1
    assert entries(venue) == before + 1
    with psycopg.connect(psycopg_url(venue.database_url)) as connection:
        bids = connection.execute(
            "SELECT count(*) FROM bids WHERE listing_id = %s", (auction.listing_id,)
        ).fetchone()
    assert bids == (1,)


BID = b"/v1/bids/"
QUESTION = b'"number"'
CALLER = b"api_key_sha256"
WHILE_IT_SERVES = [
    ("http", Cut("a request comes", BID)),
    ("http", Cut("an answer goes", BID, answered=True)),
    ("sequencer", Cut("a question goes to the sequencer", QUESTION)),
    ("sequencer", Cut("the sequencer's answer comes", QUESTION, answered=True)),
]
AFTER_A_START = [
    Cut("the caller is looked up", CALLER),
    Cut("the caller is told", CALLER, answered=True),
]
"""A caller is asked for once, and then remembered."""


class Bidder:
    """A client that amends its bid again and again, and repeats under the same key what got no answer."""

    def __init__(self, auction: Auction, url: str, log: Path) -> None:
        self.log = log
        placed = auction.bidder.place_bid(auction.listing_id, 10_000_00)
        self._bid_id = placed.result["bid_id"]
        self._client = Client(url, key=auction.key, log=AcknowledgementLog(log))
        self._client.transport.use_api_key(auction.api_key.removeprefix("Bearer "))
        self._prices = itertools.count(11_000_00, 100)
        self._until = threading.Event()
        self._thread = threading.Thread(target=self._bid, daemon=True)
        self.done = 0
        self.repeated = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._until.set()
        self._thread.join(3 * DEADLINE_S)
        self._client.close()
        assert not self._thread.is_alive()

    def _bid(self) -> None:
        while not self._until.is_set():
            price = next(self._prices)
            key = f"price-{price}"
            while True:
                try:
                    self._client.amend_bid(self._bid_id, price, idempotency_key=key)
                    break
                except VenueUnreachable:
                    self.repeated += 1
            self.done += 1

    def goes_on(self) -> None:
        """Wait until more has been acknowledged."""
        wanted, end = self.done + 5, time.monotonic() + DEADLINE_S
        while self.done < wanted:
            assert time.monotonic() < end, "the front door does not come back"
            assert self._thread.is_alive()
            time.sleep(0.01)


def test_killed_at_each_message_it_loses_and_doubles_nothing_that_a_client_has_sent(
    venue: RunningVenue, tmp_path: Path, short_folder: Path
) -> None:
    auction = Auction(venue)
    with ExitStack() as stack:
        database = stack.enter_context(PostgresCutting(short_folder, venue.database_url))
        sequencer = stack.enter_context(SocketCutting(short_folder / "s", venue.sequencer.socket_path))
        http = stack.enter_context(PortCutting())
        door = stack.enter_context(FrontDoorProcess(database.url, sequencer.path, tmp_path / "api.log"))
        http.upstream_port = door.port
        proxies: dict[str, Cutting] = {"database": database, "sequencer": sequencer, "http": http}

        def kill() -> None:
            assert door.process is not None
            door.process.send_signal(signal.SIGKILL)

        with Bidder(auction, http.url, tmp_path / "acknowledged") as bidder:
            for where, cut in WHILE_IT_SERVES:
                bidder.goes_on()
                cut.then = kill
                proxies[where].arm(cut)
                assert cut.hit.wait(DEADLINE_S), cut.name
                door.collect()
                if cut is not WHILE_IT_SERVES[-1][1]:
                    door.start()
            for cut in AFTER_A_START:
                cut.then = kill
                database.arm(cut)
                door.start()
                assert cut.hit.wait(DEADLINE_S), cut.name
                door.collect()
            door.start()
            bidder.goes_on()
    acknowledged, open_ones = read_log(bidder.log)
    assert not open_ones
    assert len(acknowledged) == bidder.done
    with psycopg.connect(psycopg_url(venue.database_url)) as connection:
        rows = connection.execute(
            "SELECT entry, public FROM journal WHERE type = 'amend_bid' AND actor = %s ORDER BY entry",
            (auction.bidder.party_id,),
        ).fetchall()
        venue_row = connection.execute("SELECT data ->> 'receipt_key' FROM venues").fetchone()
    assert [row[0] for row in rows] == [each.entry for each in acknowledged], (
        "each once, in the order of its sending"
    )
    assert Counter(each.status for each in acknowledged) == {"accepted": len(rows)}
    assert venue_row is not None
    public = {row[0]: bytes(row[1]) for row in rows}
    for each in acknowledged:
        verify_receipt(each.receipt, bytes.fromhex(venue_row[0]), public[each.entry])
