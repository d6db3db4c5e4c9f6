"""Account statements: an opening balance and the movements are the closing balance, month after month, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exchange.rows import Hold
from ledger.account_statements import AccountStatement, Posting, make_statement
from ledger.months import Month

ACCOUNTS = (
    "P-1/available/CNY",
    "P-1/deposit/CNY",
    "P-1/available/HKD",
    "P-12/available/CNY",
    "bank/custody/CNY",
    "D-1/escrow/CNY",
)
MONTHS = tuple(Month(2027, number) for number in range(1, 7))


@st.composite
def postings(draw: st.DrawFn) -> list[Posting]:
    """Double entries in the journal's order, some of them on the first and the last millisecond of a month."""
    edges = st.sampled_from(
        [each - delta for month in MONTHS for each in (month.from_ms,) for delta in (0, 1)]
    )
    times = st.lists(edges | st.integers(MONTHS[0].from_ms, MONTHS[-1].to_ms - 1), max_size=40)
    made = []
    for entry, time_ms in enumerate(sorted(draw(times))):
        for position in range(draw(st.integers(1, 2))):
            debit, credit = draw(st.permutations(ACCOUNTS))[:2]
            made.append(
                Posting(
                    entry=entry,
                    position=position,
                    time_ms=max(time_ms, MONTHS[0].from_ms),
                    debit=debit,
                    credit=credit,
                    amount=draw(st.integers(1, 10**15)),
                    subject_id="D-1",
                    purpose="hold",
                )
            )
    return made


def balance(made: list[Posting], account: str, before_ms: int) -> int:
    """What stands on an account before a time, counted one by one."""
    earlier = [each for each in made if each.time_ms < before_ms]
    given_away = sum(each.amount for each in earlier if each.debit == account)
    return sum(each.amount for each in earlier if each.credit == account) - given_away


def statement(made: list[Posting], month: Month, holds: Mapping[str, Hold] | None = None) -> AccountStatement:
    openings = {account: balance(made, account, month.from_ms) for account in ACCOUNTS}
    within = [each for each in made if month.from_ms <= each.time_ms < month.to_ms]
    return make_statement("P-1", month, len(made), openings, within, (holds or {}).values())


@given(postings())
def test_opening_and_movements_are_the_closing_which_the_next_month_opens_with(made: list[Posting]) -> None:
    statements = [statement(made, month) for month in MONTHS]
    for month, told in zip(MONTHS, statements, strict=True):
        for currency in told.currencies:
            assert currency.opening == sum(each.opening for each in currency.accounts)
            assert currency.closing == sum(each.closing for each in currency.accounts)
            for account in currency.accounts:
                assert account.account.startswith("P-1/")
                assert account.account.endswith(currency.currency)
                assert account.opening == balance(made, account.account, month.from_ms)
                assert account.closing == balance(made, account.account, month.to_ms)
                assert account.opening + sum(each.change for each in account.movements) == account.closing
                running = account.opening
                for each in account.movements:
                    running += each.change
                    assert each.balance == running
    for before, after in pairwise(statements):
        closing = {each.account: each.closing for currency in before.currencies for each in currency.accounts}
        opening = {each.account: each.opening for currency in after.currencies for each in currency.accounts}
        for name in closing.keys() | opening.keys():
            assert closing.get(name, 0) == opening.get(name, 0)


@given(postings())
def test_a_statement_says_what_kind_of_account_stands_on_the_other_side_and_not_whose(
    made: list[Posting],
) -> None:
    for month in MONTHS:
        for currency in statement(made, month).currencies:
            for account in currency.accounts:
                for each in account.movements:
                    assert each.counter_purpose in {"available", "deposit", "custody", "escrow"}
                    assert not {"P-12", "bank"} & {each.counter_purpose, each.subject_id}


def hold(number: int, since_ms: int, ended_ms: int | None, currency: str = "CNY") -> Hold:
    return Hold(
        id=f"H-{number}",
        sort="bid_deposit",
        subject_id="L-1",
        party_id="P-1",
        account=f"P-1/deposit/{currency}",
        currency=currency,  # type: ignore[arg-type]
        since_ms=since_ms,
        ended_ms=ended_ms,
        state="PENDING" if ended_ms is None else "VOIDED",
    )


def test_a_statement_names_the_holds_that_stood_within_its_month_in_their_order() -> None:
    month = Month(2027, 2)
    held = {
        "over": hold(1, month.from_ms - 2, month.from_ms - 1),
        "ending": hold(10, month.from_ms - 1, month.from_ms),
        "standing": hold(2, month.to_ms - 1, None),
        "later": hold(3, month.to_ms, None),
        "elsewhere": hold(4, month.from_ms, None, "HKD"),
    }
    told = statement([], month, holds=held)
    assert [(each.currency, [hold.id for hold in each.holds]) for each in told.currencies] == [
        ("CNY", ["H-2", "H-10"]),
        ("HKD", ["H-4"]),
    ]


def test_an_account_on_which_nothing_stood_or_moved_is_not_in_the_statement() -> None:
    assert statement([], MONTHS[0]).currencies == ()
