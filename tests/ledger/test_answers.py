"""Whoever drips, floods or breaks off is given up in bounded time, whichever client asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from api.calls import transport
from api.calls.transport import Transport, VenueUnreachable
from ledger import answers
from ledger.answers import AnswerCut, AnswerTooLarge, bounded_client, take
from ledger.bank import HttpBank
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.counterparty import Counterparty, CounterpartyError, Endpoint
from ledger.log import timestamps, witnesses
from ledger.log.endpoints import TimestampEndpoint, WitnessEndpoint
from ledger.log.notes import COSIGNATURE, Note, Verifier
from ledger.log.timestamps import TimestampClient, TimestampFault
from ledger.log.witnesses import WitnessClient, WitnessFault
from ledger.merkle import Tree

DEADLINE_S = 0.3
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
Way = Callable[[socket.socket], None]


def dripping(content: bytes) -> Way:
    """A byte now and then, far longer than anybody should wait."""

    def way(connection: socket.socket) -> None:
        for place in range(len(content)):
            connection.sendall(content[place : place + 1])
            time.sleep(0.02)

    return way


def told(content: bytes) -> Way:
    return lambda connection: connection.sendall(content)


DRIPS = {
    "its head": dripping(HEAD[:-2] + b"X-More: " + b"x" * 5_000 + b"\r\n\r\n"),
    "its body": dripping(HEAD + b" " * 1_000),
}


@contextmanager
def server(way: Way) -> Iterator[str]:
    """A real socket that answers every request in this way, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(65_536)
                        way(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def asked(url: str, most_bytes: int = 2_000) -> bytes:
    with bounded_client(timeout_s=5.0) as client:
        request = client.build_request("GET", url)
        return take(client, request, deadline_s=DEADLINE_S, most_bytes=most_bytes)[1]


@pytest.mark.parametrize("drips", DRIPS)
def test_an_answer_that_drips_is_given_up_at_its_deadline(drips: str) -> None:
    with server(DRIPS[drips]) as url, pytest.raises(httpx.ReadTimeout):
        asked(url)


def test_an_answer_over_its_bound_or_cut_short_is_refused_and_one_within_it_is_whole() -> None:
    with server(told(HEAD + b"x" * 1_000)) as url:
        assert asked(url) == b"x" * 1_000
        with pytest.raises(AnswerTooLarge):
            asked(url, most_bytes=999)
    with server(told(HEAD + b"x" * 999)) as url, pytest.raises(AnswerCut):
        asked(url)


def test_a_deadline_that_has_ended_holds_nothing_that_comes_after() -> None:
    with server(DRIPS["its body"]) as url, pytest.raises(httpx.ReadTimeout):
        asked(url)
    assert answers._of_thread.end is None
    with server(told(HEAD + b"x" * 1_000)) as url:
        assert asked(url)


def witness(url: str) -> None:
    key = Verifier(name="witness.example/w", kind=COSIGNATURE, public_key=bytes(range(32)))
    client = WitnessClient(WitnessEndpoint(url=url, verifier=key))
    client.cosign(Note("origin\n1\nroot\n", ()), 1, Tree([bytes(32)]))


def authority(url: str) -> None:
    TimestampClient(TimestampEndpoint(url=url, certificates_pem=b"")).stamp(b"x", 0)


def bank(url: str) -> None:
    endpoint = Endpoint(url=url, token="t" * 32, signer="0x" + "00" * 20, deadline_s=DEADLINE_S, attempts=1)
    with Counterparty("bank", endpoint) as client:
        HttpBank(client).statement("CNY")


def node(url: str) -> None:
    ChainClient(url, timeout_s=DEADLINE_S).block_number()


def venue(url: str) -> None:
    Transport(url, None, pause=lambda _: None).get("/v1/venue")


@pytest.mark.parametrize("drips", DRIPS)
@pytest.mark.parametrize(
    ("client", "refusal", "code"),
    [
        (witness, WitnessFault, "WITNESS-UNREACHABLE"),
        (authority, TimestampFault, "TIMESTAMP-UNREACHABLE"),
        (bank, CounterpartyError, "BANK-DEADLINE"),
        (node, ChainFault, "CHAIN-UNREACHABLE"),
        (venue, VenueUnreachable, "ReadTimeout"),
    ],
)
def test_every_client_gives_up_whoever_drips(
    monkeypatch: pytest.MonkeyPatch,
    drips: str,
    client: Callable[[str], None],
    refusal: type[Exception],
    code: str,
) -> None:
    for module in (witnesses, timestamps):
        monkeypatch.setattr(module, "DEADLINE_S", DEADLINE_S)
    monkeypatch.setattr(transport, "LONGEST_TRY_S", DEADLINE_S)
    monkeypatch.setattr(transport, "MOST_TRIES", 2)
    with server(DRIPS[drips]) as url, pytest.raises(refusal, match=code):
        client(url)
