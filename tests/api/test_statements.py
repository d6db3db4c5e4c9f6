"""Account statements over HTTP: one's own, whole, and to the cent what an auditor makes of the journal."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.client import Client
from api.statements import reading
from api.statements.schemas import StatementView
from ledger.audit.accounts import statement_of
from ledger.journal_export import export
from ledger.months import VENUE_ZONE, Month
from ledger.store.connections import psycopg_url
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue


@pytest.fixture(scope="module")
def traders(venue: RunningVenue) -> tuple[Client, Client]:
    """A seller and a buyer with money in, a price held, a deal, and something asked back."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    venue.money(buyer, 5_000_00)
    buyer.accept_price(venue.listing(seller, venue.right(seller)), 1_000_00)
    buyer.withdraw("CNY", 700_01)
    venue.money(buyer, 9_00)
    return seller, buyer


def this_month(venue: RunningVenue) -> Month:
    """The month of the newest entry."""
    with venue.http() as http:
        time_ms = http.get("/v1/time").json()["last_entry_time_ms"]
    return Month.read(datetime.fromtimestamp(time_ms / 1000, VENUE_ZONE).strftime("%Y-%m"))


def exported(venue: RunningVenue) -> bytes:
    stream = io.BytesIO()
    export(venue.database_url, stream, "auditor")
    return stream.getvalue()


def test_a_statement_is_to_the_cent_what_an_auditor_makes_of_the_journal(
    venue: RunningVenue, traders: tuple[Client, Client]
) -> None:
    month = this_month(venue)
    data = exported(venue)
    for party in traders:
        live = party.statement(str(month))
        audited = StatementView.model_validate(statement_of(io.BytesIO(data), party.party_id, month))
        assert live == audited
        balances = {each.id: each.balance for each in party.accounts()}
        closing = {each.account: each.closing for currency in live.currencies for each in currency.accounts}
        assert {account: closing.get(account, 0) for account in balances} == balances
    (currency,) = traders[1].statement(str(month)).currencies
    assert (currency.currency, currency.opening) == ("CNY", 0)
    assert sum(each.change for account in currency.accounts for each in account.movements) == currency.closing
    assert [(each.sort, each.state, each.amount) for each in currency.holds if each.sort == "price"] == [
        ("price", "PENDING", 1_000_00)
    ]


def test_the_month_after_opens_with_what_the_month_closes_with_and_the_month_before_is_empty(
    venue: RunningVenue, traders: tuple[Client, Client]
) -> None:
    month = this_month(venue)
    after = datetime.fromtimestamp(month.to_ms / 1000, VENUE_ZONE).strftime("%Y-%m")
    before = datetime.fromtimestamp(month.from_ms / 1000 - 1, VENUE_ZONE).strftime("%Y-%m")
    _, buyer = traders
    assert buyer.statement(before).currencies == []
    (now,), (later,) = buyer.statement(str(month)).currencies, buyer.statement(after).currencies
    assert later.opening == later.closing == now.closing
    assert all(not account.movements for account in later.accounts)


def test_a_party_sees_its_own_statement_and_the_venue_anybodys(
    venue: RunningVenue, traders: tuple[Client, Client]
) -> None:
    seller, buyer = traders
    month = str(this_month(venue))
    refusal(lambda: seller.statement(month, owner=buyer.party_id), "UNKNOWN-ID", 404)
    assert seller.statement(month, owner=seller.party_id).party_id == seller.party_id
    assert venue.operator.statement(month, owner=buyer.party_id) == buyer.statement(month)
    refusal(lambda: venue.operator.statement(month), "UNKNOWN-ID", 404)
    refusal(lambda: venue.public.statement(month), "UNAUTHENTICATED", 401)
    for text in ("2027-13", "2027", "", "1027-01", "2027-01-01"):
        refusal(lambda text=text: buyer.statement(text), "BODY-MALFORMED", 422)  # type: ignore[misc]


def test_a_month_of_more_movements_than_an_answer_holds_is_refused_whole(
    venue: RunningVenue, traders: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_MOVEMENTS", 1)
    refusal(lambda: traders[1].statement(str(this_month(venue))), "STATEMENT-TOO-LONG", 413)


@pytest.mark.parametrize("entries", [1, 2, 3, 8, 100])
def test_the_first_entry_of_a_time_is_found_by_halving(venue: RunningVenue, entries: int) -> None:
    with psycopg.connect(psycopg_url(venue.database_url)) as database:
        database.execute("CREATE TEMPORARY TABLE journal (entry bigint PRIMARY KEY, time_ms bigint)")
        database.execute(
            "INSERT INTO journal SELECT n, (n / 3) * 10 FROM generate_series(0, %s) AS n", (entries - 1,)
        )
        query = reading._FIRST_AT.replace(":time_ms", "%(time_ms)s").replace(":end", "%(end)s")
        for time_ms in range(-1, (entries // 3) * 10 + 12):
            plain = database.execute(
                "SELECT coalesce(min(entry), %s) FROM journal WHERE time_ms >= %s", (entries, time_ms)
            ).fetchone()
            found = database.execute(query, {"time_ms": time_ms, "end": entries}).fetchone()
            assert found == plain


def test_on_the_command_line_in_two_languages_as_json_and_as_csv(
    venue: RunningVenue, traders: tuple[Client, Client]
) -> None:
    _, buyer = traders
    month = str(this_month(venue))

    def run(*words: str) -> str:
        environment = {"IPX_URL": venue.url, "IPX_API_KEY": key_of(buyer), "COLUMNS": "200"}
        done = CliRunner().invoke(app, ["account", "statement", "--month", month, *words], env=environment)
        assert done.exit_code == 0, (done.output, done.exception)
        return str(done.output)

    shown: Any = json.loads(run("--json"))
    assert StatementView.model_validate(shown) == buyer.statement(month)
    assert isinstance(shown["currencies"][0]["closing"], str)
    both = run()
    assert "期末余额" in both
    assert "Closing balance" in both
    assert run("--csv").count("\n") == 1 + sum(
        2 + len(account["movements"]) for currency in shown["currencies"] for account in currency["accounts"]
    )


def key_of(client: Client) -> str:
    """The API key that a client calls with."""
    return client.transport._http.headers["Authorization"].removeprefix("Bearer ")
