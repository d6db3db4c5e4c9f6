"""A halt of trading over HTTP and on the command line: two operators, told to everybody, and ended by two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import REFUSED, app
from api.cli.connection import PASSWORD
from ledger.keystore import write_keystore
from ledger.venue_metrics import VenueCollector
from tests.api.auction import refused_without_trace
from tests.api.running_venue import RunningVenue

CHEAP = 2
"""The least scrypt cost: these keys guard nothing."""


class Desk:
    """One operator's terminal."""

    def __init__(self, venue: RunningVenue, folder: Path, who: int) -> None:
        keystore = folder / f"operator-{who}.json"
        write_keystore(keystore, venue.operator_keys[who], "correct horse", CHEAP)
        self.environment = {
            "IPX_URL": venue.url,
            "IPX_KEYSTORE": str(keystore),
            "IPX_API_KEY": venue.operator_tokens[who],
            PASSWORD: "correct horse",
            "TERM": "dumb",
            "COLUMNS": "200",
        }

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command; it must end with this code."""
        done = CliRunner().invoke(app, words, env=self.environment)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def json(self, *words: str) -> Any:
        """Run a command with --json."""
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def desks(venue: RunningVenue, tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    """Both operators' terminals; trading goes on afterwards, whatever a test has left."""
    yield Desk(venue, tmp_path, 0), Desk(venue, tmp_path, 1)
    if venue.public.venue().trading_halt is not None:
        venue.operator.resume_trading("the test is over")
        venue.second_operator.resume_trading("the test is over")


def figure(venue: RunningVenue, name: str) -> float:
    """One of the venue's figures as Prometheus would read it."""
    families = {family.name: family for family in VenueCollector(venue.database_url).collect()}
    return float(families[name].samples[0].value)


def test_two_operators_halt_and_resume_and_everybody_is_told(
    venue: RunningVenue, desks: tuple[Desk, Desk]
) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 2_000_00)
    first, second = desks
    halt = ("trading", "halt", "market_integrity", "--reason", "prices that nobody can explain")
    assert first.json(*halt)["result"] == {"state": "SIGNED-ONCE"}
    assert "FOUR-EYES" in first.run(*halt, code=REFUSED)
    assert first.json("trading", "show") == {"halted": False}
    halted = second.json(*halt)["result"]
    assert halted["state"] == "HALTED"
    shown = first.json("trading", "show")
    assert (shown["halted"], shown["id"], shown["ground"]) == (True, halted["halt_id"], "market_integrity")
    assert shown["operators"] == [key.address for key in venue.operator_keys]
    problem = refused_without_trace(
        venue, lambda: buyer.accept_price(listing_id, 1_000_00), "TRADING-HALTED", 409
    )
    assert problem.facts["ground"] == "market_integrity"
    with venue.http() as http:
        status = http.get("/status").json()["mode"]
        pages = [
            http.get(address, headers={"Accept": "text/html", "Accept-Language": language}).text
            for language in ("zh-CN", "en")
            for address in ("/", "/status", "/nowhere")
        ]
    assert status["trading_halted_for"] == "market_integrity"
    assert status["trading_halted_since_ms"] == shown["since_ms"]
    assert all("交易暂停" in page for page in pages[:3])
    assert all("Trading is halted" in page for page in pages[3:])
    assert figure(venue, "ipx_trading_halted") == 1
    resume = ("trading", "resume", "--reason", "explained")
    assert second.json(*resume)["result"]["state"] == "SIGNED-ONCE"
    assert first.json(*resume)["result"]["state"] == "RESUMED"
    assert first.json("trading", "show") == {"halted": False}
    assert figure(venue, "ipx_trading_halted") == 0
    assert buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
