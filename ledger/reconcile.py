"""Reconciliation: tables against chain, and what customers hold against what the bank holds. It changes nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, get_args

from exchange.money.amount import Currency
from ledger.alone import open_database
from ledger.reconcile_books import compare_books
from ledger.reconcile_chain import ChainSide, compare_chain
from ledger.reconciled import Reconciliation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.alone import Database
    from ledger.bank import AccountBalance, Bank
    from ledger.works import Works

SETTLING_S: Final = 5.0
"""How long a difference with the bank may last before it is one: a line may just have been written there."""
_PAUSE_S: Final = 0.5


def reconcile(works: Works, *, settling_s: float = SETTLING_S) -> Reconciliation:
    """Compare everything; `settling_s` is how long a difference with the bank is given to settle.

    Raises:
        ChainFault: the chain cannot be read.
        CounterpartyError: the bank cannot be asked.
        SettingsRefused: settings are missing.
        psycopg.Error: the database does not answer.
    """
    found = Reconciliation()
    with open_database(works.settings.database_url) as database:
        with database.transaction():
            database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            database.execute("SELECT 1")  # the snapshot is taken here, before the chain is read
            chain = ChainSide(works.chain, works.manifest, found)
            compare_chain(database, chain, found)
            compare_books(database, found)
        compare_money(database, works.bank, found, settling_s=settling_s)
    return found


def compare_money(
    database: Database, bank: Bank | None, found: Reconciliation, *, settling_s: float = SETTLING_S
) -> None:
    """Compare customers' and the venue's holdings with the supervised accounts 资金监管账户, in minor units.

    Raises:
        CounterpartyError: the bank cannot be asked.
        psycopg.Error: the database does not answer.
    """
    if bank is None:
        found.not_compared.append("bank")
    end = time.monotonic() + settling_s
    while True:
        attempt = Reconciliation()
        _compare_once(database, bank, attempt)
        if attempt.agrees or bank is None or time.monotonic() >= end:
            break
        time.sleep(_PAUSE_S)
    found.money = attempt.money
    found.differences += attempt.differences


def _compare_once(database: Database, bank: Bank | None, found: Reconciliation) -> None:
    balances = None if bank is None else bank.balances()
    if balances is not None and not balances.sums_agree:
        found.add("BANK-SUMS-DISAGREE", "bank")
    accounts: dict[str, AccountBalance] = {}
    if balances is not None:
        accounts = {account.currency: account for account in balances.accounts}
    for currency, total, custody, lines in _holdings(database):
        found.money[currency] = -custody
        if total != 0:
            found.add("ACCOUNTS-UNBALANCED", currency, f"{total} minor units")
        account = accounts.get(currency)
        if account is None:
            continue
        if account.last_sequence != lines:
            found.add(
                "STATEMENT-BEHIND", currency, f"{lines} lines recorded, {account.last_sequence} at the bank"
            )
        if account.balance_minor != -custody:
            at_bank = f"{-custody} held here, {account.balance_minor} at the bank (minor units)"
            found.add("CUSTODY-DIFFERS", currency, at_bank)


def _holdings(database: Database) -> Iterator[tuple[str, int, int, int]]:
    """Currency, the sum of all its accounts, its custody account, and its recorded statement lines."""
    for currency in get_args(Currency):
        row = database.execute(
            "SELECT coalesce(sum(balance), 0)::bigint AS total,"
            " coalesce(sum(balance) FILTER (WHERE purpose = 'custody'), 0)::bigint AS custody,"
            " (SELECT count(*) FROM statement_lines l WHERE l.currency = %(currency)s) AS lines"
            " FROM accounts WHERE currency = %(currency)s",
            {"currency": currency},
        ).fetchone()
        if row is not None:
            yield currency, int(row["total"]), int(row["custody"]), int(row["lines"])
