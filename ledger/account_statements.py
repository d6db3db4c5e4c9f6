"""A party's account statement of a month: what stood, every movement, what stands, and what is held.

Made of postings alone, by whoever has them: the front door from its tables, an auditor from an export. Amounts are
integer minor units of the currency that the account names; times are milliseconds UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from exchange.rows import Hold
    from ledger.months import Month

MOST_MOVEMENTS: Final = 20_000
"""Of a statement that is answered at once."""


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One double entry with its place in the journal: `position` counts within the entry, from 0."""

    entry: int
    position: int
    time_ms: int
    debit: str
    credit: str
    amount: int
    subject_id: str
    purpose: str


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What a posting changed on one account. `subject_id`: the deal, listing, order, payment or bank's line."""

    entry: int
    position: int
    time_ms: int
    purpose: str
    counter_purpose: str
    """What kind of account stands on the other side, such as `escrow`; not whose."""
    subject_id: str
    change: int
    balance: int
    """After it."""


class AccountMonth(msgspec.Struct, frozen=True, kw_only=True):
    """One account over the month: `opening` and the movements are `closing`."""

    account: str
    opening: int
    movements: tuple[Movement, ...]
    closing: int


class HoldMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A hold that stood within the month, as it stands at the statement's `as_of_entry`."""

    id: str
    sort: str
    subject_id: str
    account: str
    since_ms: int
    ended_ms: int | None
    state: str
    amount: int
    posted: int
    voided: int


class CurrencyMonth(msgspec.Struct, frozen=True, kw_only=True):
    """All that a party has in one currency: the sums of its accounts, each of them, and its holds."""

    currency: str
    opening: int
    closing: int
    accounts: tuple[AccountMonth, ...]
    holds: tuple[HoldMonth, ...]


class AccountStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A party's statement of a month in UTC+8, by the entries' times, out of a journal that ends with `as_of_entry`."""

    party_id: str
    month: str
    from_ms: int
    to_ms: int
    as_of_entry: int
    currencies: tuple[CurrencyMonth, ...]


def make_statement(  # noqa: PLR0913 - what a statement consists of
    party_id: str,
    month: Month,
    as_of_entry: int,
    openings: Mapping[str, int],
    postings: Iterable[Posting],
    holds: Iterable[Hold],
) -> AccountStatement:
    """Make the statement of what stood on a party's accounts, of the month's postings, and of the party's holds.

    openings: by account id. postings: in the journal's order; those that touch no account of the party's count for
    nothing. holds: all that the party has and has had, or those of the month.
    """
    owned = f"{party_id}/"
    balances = {account: balance for account, balance in openings.items() if account.startswith(owned)}
    begun = dict(balances)
    movements: dict[str, list[Movement]] = {account: [] for account in balances}
    for posting in postings:
        for account, other, change in (
            (posting.debit, posting.credit, -posting.amount),
            (posting.credit, posting.debit, posting.amount),
        ):
            if account.startswith(owned):
                balances[account] = balances.get(account, 0) + change
                moved = _movement(posting, other, change, balances[account])
                movements.setdefault(account, []).append(moved)
    accounts = [
        AccountMonth(
            account=account,
            opening=begun.get(account, 0),
            movements=tuple(movements[account]),
            closing=balances[account],
        )
        for account in sorted(balances)
        if begun.get(account) or movements[account]
    ]
    held = [_held(hold) for hold in holds if _stood_in(hold, month)]
    return AccountStatement(
        party_id=party_id,
        month=str(month),
        from_ms=month.from_ms,
        to_ms=month.to_ms,
        as_of_entry=as_of_entry,
        currencies=tuple(
            _of_currency(currency, accounts, held)
            for currency in sorted(
                {_currency(each.account) for each in accounts} | {_currency(each.account) for each in held}
            )
        ),
    )


def _of_currency(currency: str, accounts: list[AccountMonth], holds: list[HoldMonth]) -> CurrencyMonth:
    own = tuple(each for each in accounts if _currency(each.account) == currency)
    return CurrencyMonth(
        currency=currency,
        opening=sum(each.opening for each in own),
        closing=sum(each.closing for each in own),
        accounts=own,
        holds=tuple(
            sorted(
                (each for each in holds if _currency(each.account) == currency),
                key=lambda hold: int(hold.id.rpartition("-")[2]),
            )
        ),
    )


def _movement(posting: Posting, other: str, change: int, balance: int) -> Movement:
    return Movement(
        entry=posting.entry,
        position=posting.position,
        time_ms=posting.time_ms,
        purpose=posting.purpose,
        counter_purpose=other.split("/")[-2],
        subject_id=posting.subject_id,
        change=change,
        balance=balance,
    )


def _stood_in(hold: Hold, month: Month) -> bool:
    return hold.since_ms < month.to_ms and (hold.ended_ms is None or hold.ended_ms >= month.from_ms)


def _held(hold: Hold) -> HoldMonth:
    return HoldMonth(
        id=hold.id,
        sort=hold.sort,
        subject_id=hold.subject_id,
        account=hold.account,
        since_ms=hold.since_ms,
        ended_ms=hold.ended_ms,
        state=hold.state,
        amount=hold.amount,
        posted=hold.posted,
        voided=hold.voided,
    )


def _currency(account: str) -> str:
    return account.rpartition("/")[2]
