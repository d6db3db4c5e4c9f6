"""`ipx account statement` and `ipx audit statement`: one party's month, the same from the venue and from a file."""

from __future__ import annotations

import csv
import io
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from api.cli.connection import reader
from api.cli.verdicts import NOT_VERIFIED, RECURSION_LIMIT, no_verdict, show_first_bad
from api.statements.schemas import StatementView
from exchange.money.amount import format_amount
from ledger.months import VENUE_ZONE, Month, MonthRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.statements.schemas import AccountMonthView, CurrencyMonthView

Language = Literal["zh", "en"]
WORDS: dict[str, tuple[str, str]] = {
    "title": ("账户对账单", "Account statement"),
    "party": ("交易主体", "Party"),
    "span": ("期间", "Span"),
    "as_of": ("截至日志条目", "As of journal entry"),
    "none": ("该月无余额、流水及冻结款项。", "No balance, movement or hold in this month."),
    "opening": ("期初余额", "Opening balance"),
    "closing": ("期末余额", "Closing balance"),
    "no_movements": ("无流水。", "No movements."),
    "entry": ("条目", "Entry"),
    "time": ("时间", "Time"),
    "purpose": ("用途", "Purpose"),
    "counter": ("对方账户", "Other side"),
    "subject": ("成交、挂牌或单据", "Deal, listing or paper"),
    "change": ("变动", "Change"),
    "balance": ("余额", "Balance"),
    "holds": ("冻结款项", "Holds"),
    "hold": ("编号", "Hold"),
    "sort": ("种类", "Kind"),
    "since": ("起", "Since"),
    "ended": ("止", "Ended"),
    "state": ("状态", "State"),
    "pending": ("冻结中", "Pending"),
    "posted": ("已划转", "Posted"),
    "voided": ("已解冻", "Voided"),
}
KINDS: dict[str, tuple[str, str]] = {
    "available": ("可用", "available"),
    "deposit": ("冻结", "held"),
    "escrow": ("资金监管", "escrow"),
    "earnest": ("定金", "earnest money"),
    "outgoing": ("待付", "outgoing"),
    "custody": ("银行", "bank"),
    "suspense": ("待查", "suspense"),
    "fees": ("服务费", "fees"),
    "bid_deposit": ("保证金", "bid deposit"),
    "price": ("价款", "price"),
    "order": ("委托", "order"),
    "payment": ("付款", "payment"),
    "PENDING": ("冻结中", "pending"),
    "POSTED": ("已划转", "posted"),
    "VOIDED": ("已解冻", "voided"),
    "EXPIRED": ("已到期", "expired"),
    "credit": ("入账", "credit"),
    "withdrawal": ("提现", "withdrawal"),
    "payment_refused": ("付款被退回", "payment refused"),
    "suspense_assigned": ("待查款项归属", "assigned from suspense"),
    "hold": ("冻结", "hold"),
    "deposit_return": ("退还保证金", "deposit returned"),
    "deposit_forfeited": ("保证金不予退还", "deposit forfeited"),
    "order_hold": ("委托冻结", "held for an order"),
    "order_return": ("委托解冻", "given back of an order"),
    "escrow_in": ("存入资金监管", "into escrow"),
    "refund": ("退款", "refund"),
    "release": ("放款", "release"),
    "fee": ("服务费", "fee"),
    "late_interest": ("逾期利息", "late interest"),
    "earnest_in": ("支付定金", "earnest money paid"),
    "earnest_return": ("退还定金", "earnest money returned"),
    "earnest_forfeited": ("定金不予返还", "earnest money forfeited"),
}
"""Purposes of accounts and of postings, kinds of holds and their states; what is not here is shown by its code."""
CSV_COLUMNS = (
    *("party", "month", "currency", "account", "row", "entry", "position", "time"),
    *("purpose", "counter_purpose", "subject_id", "change", "balance"),
)
_MS = 1_000
_MonthOption = Annotated[str, typer.Option("--month", help="The month, YYYY-MM, in UTC+8.")]
_LanguageOption = Annotated[
    Language | None, typer.Option("--language", help="zh or en; both, one after the other, if left out.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_AsCsv = Annotated[bool, typer.Option("--csv", help="Print the movements as CSV.")]


def account_statement(
    month: _MonthOption,
    owner: Annotated[str | None, typer.Option(help="The venue's staff: the party whose it is.")] = None,
    language: _LanguageOption = None,
    as_json: _AsJson = False,  # noqa: FBT002 - an option
    as_csv: _AsCsv = False,  # noqa: FBT002 - an option
) -> None:
    """Show one's account statement of a month: Markdown in Chinese and English, JSON, or CSV."""
    _read_month(month)
    with reader() as client:
        view = client.statement(month, owner=owner)
    _tell(view, language, as_json=as_json, as_csv=as_csv)


def audit_statement(  # noqa: PLR0913 - the options of the command
    party_id: Annotated[str, typer.Argument(metavar="ID", help="A party, e.g. P-1.")],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="An auditor's export.")
    ],
    month: _MonthOption,
    language: _LanguageOption = None,
    as_json: _AsJson = False,  # noqa: FBT002 - an option
    as_csv: _AsCsv = False,  # noqa: FBT002 - an option
) -> None:
    """Make a party's account statement of a month out of an auditor's export, every entry decided again."""
    # The engine takes a moment to load, which no other command should wait for.
    from ledger.audit.accounts import statement_of  # noqa: PLC0415
    from ledger.audit.offline import DecidedOtherwise, OfflineRefused  # noqa: PLC0415

    wanted = _read_month(month)
    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        with file.open("rb") as stream:
            made = statement_of(stream, party_id, wanted)
    except DecidedOtherwise as otherwise:
        show_first_bad(otherwise.finding, Console(stderr=True))
        raise typer.Exit(NOT_VERIFIED) from otherwise
    except (OfflineRefused, OSError) as error:
        raise no_verdict(error) from error
    _tell(StatementView.model_validate(made), language, as_json=as_json, as_csv=as_csv)


def markdown(view: StatementView, language: Language) -> str:
    """The statement as Markdown in one language."""
    return "\n".join(_Written(view, language).lines()) + "\n"


def as_table(view: StatementView) -> str:
    """The movements as CSV (RFC 4180), each account between its opening and its closing balance."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(CSV_COLUMNS)
    for currency in view.currencies:
        for account in currency.accounts:
            known = (view.party_id, view.month, currency.currency, account.account)
            rows.writerow(
                (*known, "opening", "", "", _time(view.from_ms), *[""] * 4, format_amount(account.opening))
            )
            for each in account.movements:
                place = (each.entry, each.position, _time(each.time_ms))
                why = (each.purpose, each.counter_purpose, each.subject_id)
                rows.writerow(
                    (
                        *known,
                        "movement",
                        *place,
                        *why,
                        format_amount(each.change),
                        format_amount(each.balance),
                    )
                )
            rows.writerow(
                (*known, "closing", "", "", _time(view.to_ms), *[""] * 4, format_amount(account.closing))
            )
    return written.getvalue()


class _Written:
    """A statement being written out."""

    def __init__(self, view: StatementView, language: Language) -> None:
        self._view = view
        self._place = 0 if language == "zh" else 1

    def lines(self) -> Iterator[str]:
        """Every line of it."""
        view = self._view
        yield f"# {self._word('title')} {view.month}"
        yield ""
        yield f"{self._word('party')}: {view.party_id}"
        yield f"{self._word('span')}: {_time(view.from_ms)} – {_time(view.to_ms)} (UTC+8)"
        yield f"{self._word('as_of')}: {view.as_of_entry}"
        if not view.currencies:
            yield from ("", self._word("none"))
        for currency in view.currencies:
            yield from ("", f"## {currency.currency}", "")
            yield f"{self._word('opening')}: {format_amount(currency.opening)}"
            yield f"{self._word('closing')}: {format_amount(currency.closing)}"
            for account in currency.accounts:
                yield from self._account(account)
            if currency.holds:
                yield from self._holds(currency)

    def _account(self, account: AccountMonthView) -> Iterator[str]:
        yield from ("", f"### {account.account} {self._kind(account.account.split('/')[-2])}", "")
        yield f"{self._word('opening')}: {format_amount(account.opening)}"
        yield ""
        if account.movements:
            columns = ("entry", "time", "purpose", "counter", "subject", "change", "balance")
            rows = [
                (
                    each.entry,
                    _time(each.time_ms),
                    self._kind(each.purpose),
                    self._kind(each.counter_purpose),
                    each.subject_id,
                    format_amount(each.change),
                    format_amount(each.balance),
                )
                for each in account.movements
            ]
            yield from self._table(columns, rows)
        else:
            yield self._word("no_movements")
        yield from ("", f"{self._word('closing')}: {format_amount(account.closing)}")

    def _holds(self, currency: CurrencyMonthView) -> Iterator[str]:
        yield from ("", f"### {self._word('holds')}", "")
        rows = [
            (
                each.id,
                self._kind(each.sort),
                each.subject_id,
                _time(each.since_ms),
                "-" if each.ended_ms is None else _time(each.ended_ms),
                self._kind(each.state),
                format_amount(each.amount),
                format_amount(each.posted),
                format_amount(each.voided),
            )
            for each in currency.holds
        ]
        columns = ("hold", "sort", "subject", "since", "ended", "state", "pending", "posted", "voided")
        yield from self._table(columns, rows)

    def _table(self, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> Iterator[str]:
        yield "| " + " | ".join(self._word(each) for each in columns) + " |"
        yield "|" + "---|" * len(columns)
        for row in rows:
            yield "| " + " | ".join(_cell(each) for each in row) + " |"

    def _word(self, key: str) -> str:
        return WORDS[key][self._place]

    def _kind(self, code: str) -> str:
        return KINDS[code][self._place] if code in KINDS else code


def _tell(view: StatementView, language: Language | None, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        typer.echo(view.model_dump_json())
    elif as_csv:
        typer.echo(as_table(view), nl=False)
    else:
        languages: tuple[Language, ...] = ("zh", "en") if language is None else (language,)
        typer.echo("\n".join(markdown(view, each) for each in languages))


def _read_month(text: str) -> Month:
    try:
        return Month.read(text)
    except MonthRefused as error:
        raise typer.BadParameter(str(error), param_hint="--month") from error


def _cell(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / _MS, VENUE_ZONE).strftime("%Y-%m-%d %H:%M:%S")
