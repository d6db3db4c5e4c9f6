"""A party's statement out of an auditor's export: every cent of it as the replayed accounts have it, in two languages."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from api.cli.statements import CSV_COLUMNS, KINDS, WORDS, markdown
from api.statements.schemas import StatementView
from exchange.money.amount import parse_amount
from ledger.account_statements import AccountStatement
from ledger.audit.accounts import statement_of
from ledger.audit.offline import Decided, DecidedOtherwise, OfflineRefused, Until
from ledger.audit.replay import Replay, ReplayedState
from ledger.months import Month
from tests.barred_words import BARRED
from tests.ledger.audit.golden_exports import changed, entries_of, golden, public_copy

GOLDEN = 5
FIRST = Month(2027, 1)


@cache
def replayed() -> ReplayedState:
    state = ReplayedState()
    for _ in Decided(io.BytesIO(golden(GOLDEN)), Replay(state)):
        pass
    return state


@cache
def months() -> tuple[Month, ...]:
    """From the month of the first entry to that of the last."""
    times = [json.loads(bytes(line.public))["time_ms"] for line in entries_of(golden(GOLDEN))]
    every = [Month(year, number) for year in range(2026, 2036) for number in range(1, 13)]
    return tuple(each for each in every if times[0] < each.to_ms and each.from_ms <= times[-1])


@cache
def told(party: str, month: Month) -> AccountStatement:
    return statement_of(io.BytesIO(golden(GOLDEN)), party, month)


def parties() -> list[str]:
    return sorted(
        {account.owner for account in replayed().accounts.values() if account.owner.startswith("P-")}
    )


def test_every_partys_months_follow_one_another_and_end_with_what_the_accounts_hold() -> None:
    assert len(parties()) > 1
    for party in parties():
        standing: dict[str, int] = {}
        for month in months():
            for currency in told(party, month).currencies:
                for account in currency.accounts:
                    assert account.opening == standing.get(account.account, 0)
                    assert account.opening + sum(each.change for each in account.movements) == account.closing
                    standing[account.account] = account.closing
        owned = {row.id: row.balance for row in replayed().accounts.values() if row.owner == party}
        assert {account: standing.get(account, 0) for account in owned} == owned


def test_what_is_held_at_the_end_is_what_stands_on_the_deposit_account() -> None:
    held = 0
    for party in parties():
        for currency in told(party, months()[-1]).currencies:
            pending = sum(each.amount for each in currency.holds if each.state == "PENDING")
            deposits = [each.closing for each in currency.accounts if each.account.split("/")[1] == "deposit"]
            assert pending == sum(deposits)
            held += len(currency.holds)
    assert held, "the journal has holds"


def test_words_in_both_languages_and_no_barred_one() -> None:
    party = parties()[0]
    month = next(month for month in months() if told(party, month).currencies)
    view = StatementView.model_validate(told(party, month))
    chinese, english = markdown(view, "zh"), markdown(view, "en")
    assert "期初余额" in chinese
    assert "Opening balance" in english
    assert not [word for word in BARRED if word in chinese]
    assert all(chinese_word and english_word for chinese_word, english_word in (WORDS | KINDS).values())
    purposes = {
        each.purpose
        for party in parties()
        for month in months()
        for currency in told(party, month).currencies
        for account in currency.accounts
        for each in account.movements
    }
    assert purposes <= set(KINDS), "every purpose on a party's account has its words"


def run(tmp_path: Path, *words: str, code: int = 0, data: bytes | None = None) -> str:
    file = tmp_path / "journal.jsonl"
    file.write_bytes(golden(GOLDEN) if data is None else data)
    done = CliRunner().invoke(app, ["statement", *words[:1], str(file), *words[1:]])
    assert done.exit_code == code, done.output
    return done.output


def test_json_and_csv_say_the_same(tmp_path: Path) -> None:
    party = parties()[0]
    month = max(months(), key=lambda month: len(str(told(party, month))))
    view = StatementView.model_validate_json(run(tmp_path, party, "--month", str(month), "--json"))
    assert view == StatementView.model_validate(told(party, month))
    table = list(csv.DictReader(io.StringIO(run(tmp_path, party, "--month", str(month), "--csv"))))
    assert tuple(table[0]) == CSV_COLUMNS
    movements = [row for row in table if row["row"] == "movement"]
    accounts = [account for currency in view.currencies for account in currency.accounts]
    assert len(movements) == sum(len(account.movements) for account in accounts) > 0
    for account in accounts:
        own = [row for row in table if row["account"] == account.account]
        assert [own[0]["row"], own[-1]["row"]] == ["opening", "closing"]
        signed = [int(row["change"].replace(".", "")) for row in own[1:-1]]
        assert parse_amount(own[0]["balance"]) + sum(signed) == parse_amount(own[-1]["balance"])
    both = run(tmp_path, party, "--month", str(month))
    assert "账户对账单" in both
    assert "Account statement" in both


def test_an_entry_that_is_decided_otherwise_makes_no_statement(tmp_path: Path) -> None:
    forged = changed(golden(GOLDEN), 60, answer={"status": "refused", "code": "UNKNOWN-ID"})
    with pytest.raises(DecidedOtherwise):
        statement_of(io.BytesIO(forged), "P-1", FIRST)
    assert "AUDIT-" in run(tmp_path, "P-1", "--month", str(FIRST), code=1, data=forged)


def test_there_is_no_statement_of_what_the_file_does_not_hold(tmp_path: Path) -> None:
    for data, party, until in (
        (public_copy(golden(GOLDEN)), "P-1", None),
        (golden(GOLDEN), "P-999", None),
        (golden(GOLDEN), "P-1", Until(entry=10**6)),
    ):
        with pytest.raises(OfflineRefused, match=r"OFFLINE-(PUBLIC|SUBJECT|AT)"):
            statement_of(io.BytesIO(data), party, FIRST, until)
    assert "REPORT-MONTH" in run(tmp_path, "P-1", "--month", "2027-13", code=2)
