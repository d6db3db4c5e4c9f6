"""A sequencer that dies costs time, never a command: what got no answer is repeated under its key and applied once."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.app import create_app
from api.client import Client, VenueProblem
from api.settings import Settings
from tests.api.running_venue import RunningVenue
from tests.api.test_client import api_key_of

DEADLINE_S = 60.0


def test_commands_given_while_the_sequencer_is_dead_stand_once_when_it_is_back(venue: RunningVenue) -> None:
    party = venue.party("buyer")
    venue.money(party, 500_00)
    api_key = api_key_of(party)
    clients = [venue.kept(Client(venue.url, api_key, party.key, trust=party.giver.trust)) for _ in range(4)]
    venue.sequencer.kill()
    with ThreadPoolExecutor(len(clients)) as pool:
        waiting = [
            pool.submit(client.withdraw, "CNY", 10_00, idempotency_key=f"dark-{number % 2}")
            for number, client in enumerate(clients)
        ]
        venue.sequencer.start().wait_until_serving()
        entries = {done.result(timeout=120).entry for done in waiting}
    assert len(entries) == 2
    assert party.balance(party.party_id, "available", "CNY") == 480_00


def test_reading_goes_on_while_the_sequencer_is_dead(venue: RunningVenue) -> None:
    party = venue.party("buyer")
    venue.sequencer.kill()
    try:
        assert party.own_party().id == party.party_id
        assert [account.owner for account in party.accounts()] == []
    finally:
        venue.sequencer.start().wait_until_serving()
    assert party.own_party().state == "ACTIVE"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_without_a_sequencer_that_serves_the_venue_is_not_ready(
    venue: RunningVenue, number: signal.Signals
) -> None:
    def wait_for(status: int) -> dict[str, bool]:
        end = time.monotonic() + DEADLINE_S
        with venue.http() as http:
            while (answer := http.get("/readyz")).status_code != status:
                assert time.monotonic() < end, answer.text
                time.sleep(0.1)
        checks: dict[str, bool] = answer.json()["checks"]
        return checks

    assert wait_for(200) == {"database": True, "sequencer": True}
    assert venue.sequencer.process is not None
    venue.sequencer.process.send_signal(number)
    try:
        assert wait_for(503) == {"database": True, "sequencer": False}
    finally:
        venue.sequencer.process.send_signal(signal.SIGCONT)
        if number == signal.SIGKILL:
            venue.sequencer.process.wait(DEADLINE_S)
            venue.sequencer.start().wait_until_serving()
    assert wait_for(200) == {"database": True, "sequencer": True}


async def test_a_database_that_does_not_answer_is_a_problem_with_a_cure() -> None:
    app = create_app(
        Settings(database_url="postgresql://nobody@127.0.0.1:9/none", sequencer_socket="/nowhere")
    )
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://x") as http,
    ):
        answer = await http.get("/v1/listings")
        assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
        assert answer.headers["retry-after"] == "1"
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/healthz")).status_code == 200


def test_the_public_is_told_that_it_has_no_party(venue: RunningVenue) -> None:
    with pytest.raises(VenueProblem) as caught:
        venue.public.own_party()
    assert caught.value.code == "UNAUTHENTICATED"
