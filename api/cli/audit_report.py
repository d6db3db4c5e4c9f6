"""`ipx audit report --month YYYY-MM`: the month's report as JSON, or as Markdown in Chinese and English."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer
from rich.console import Console

from api.cli.verdicts import NOT_VERIFIED, RECURSION_LIMIT, no_verdict, show_first_bad
from api.web.words import WORDS
from exchange.money.amount import format_amount
from ledger.months import VENUE_ZONE, Month, MonthRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.audit.monthly import Happening, KeptReconciliation, Monthly

Language = Literal["zh", "en"]
_MS = 1_000
WORDS_OF: dict[str, tuple[str, str]] = {
    "title": ("月度报告", "Monthly report"),
    "span": ("期间", "Span"),
    "journal": ("日志", "Journal"),
    "entries": ("条目（首条至末条）", "Entries (first to last)"),
    "accepted": ("接受", "Accepted"),
    "refused": ("拒绝", "Refused"),
    "deals": ("成交", "Deals made"),
    "deal": ("编号", "Deal"),
    "time": ("时间", "Time"),
    "kind": ("方式", "Kind"),
    "right": ("权利", "Right"),
    "parties": ("出让方 → 受让方", "Seller → buyer"),
    "price": ("价款", "Price"),
    "states": ("成交进入各状态", "Deals that came into each state"),
    "state": ("状态", "State"),
    "count": ("数量", "Count"),
    "sums": ("按币种合计", "Sums by currency"),
    "currency": ("币种", "Currency"),
    "agreed": ("约定价款", "Agreed"),
    "paid_in": ("银行进账", "From the bank"),
    "paid_out": ("银行出账", "To the bank"),
    "fees": ("费用", "Fees"),
    "postings": ("按用途记账", "Postings by purpose"),
    "purpose": ("用途", "Purpose"),
    "refusals": ("拒绝，按代码", "Refusals by code"),
    "code": ("代码", "Code"),
    "outages": ("停机", "Outages"),
    "alarms": ("警报与违约", "Alarms and defaults"),
    "undone": ("撤销与解除的成交", "Undone deals"),
    "key_changes": ("密钥变更", "Keys enrolled, rotated and revoked"),
    "recoveries": ("密钥恢复", "Recoveries"),
    "erasures": ("删除", "Erasures"),
    "administration": ("版本、日历与时钟", "Versions, calendars and clock"),
    "entry": ("条目", "Entry"),
    "what": ("事项", "What"),
    "subject": ("对象", "Of"),
    "cause": ("缘由", "Why"),
    "reconciliations": ("对账", "Reconciliations"),
    "block": ("终局区块", "Final block"),
    "differences": ("差异", "Differences"),
    "not_checked": ("未能核对", "Not checked"),
    "none": ("无", "none"),
    "more": ("另有未列出", "and not listed"),
}
HAPPENINGS = ("outages", "alarms", "undone", "key_changes", "recoveries", "erasures", "administration")


def report(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="An auditor's export.")
    ],
    month: Annotated[str, typer.Option("--month", help="The month, YYYY-MM, in UTC+8.")],
    reconciliations: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What `ipx reconcile --kept --json` has printed."),
    ] = None,
    language: Annotated[
        Language | None, typer.Option("--language", help="zh or en; both, one after the other, if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Report a month out of an auditor's export, every entry decided again: Markdown, or JSON."""
    from ledger.audit.monthly import (  # noqa: PLC0415 - the engine takes a moment to load
        KeptReconciliation,
        monthly_report,
    )
    from ledger.audit.offline import DecidedOtherwise, OfflineRefused  # noqa: PLC0415

    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        kept: list[KeptReconciliation] | None = None
        if reconciliations is not None:
            kept = msgspec.json.decode(reconciliations.read_bytes(), type=list[KeptReconciliation])
        with file.open("rb") as stream:
            made = monthly_report(stream, Month.read(month), kept)
    except DecidedOtherwise as otherwise:
        show_first_bad(otherwise.finding, Console(stderr=True))
        raise typer.Exit(NOT_VERIFIED) from otherwise
    except (OfflineRefused, MonthRefused, OSError, msgspec.DecodeError) as error:
        raise no_verdict(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(made))
    else:
        languages: tuple[Language, ...] = ("zh", "en") if language is None else (language,)
        typer.echo("\n".join(markdown(made, each) for each in languages))


def markdown(made: Monthly, language: Language) -> str:
    """The report as Markdown in one language."""
    return "\n".join(_Written(made, language).lines()) + "\n"


class _Written:
    """A report being written out."""

    def __init__(self, made: Monthly, language: Language) -> None:
        self._made = made
        self._place = 0 if language == "zh" else 1

    def lines(self) -> list[str]:
        """Every line of it."""
        made = self._made
        return [
            f"# {self._word('title')} {made.month}",
            "",
            f"{self._word('span')}: {_time(made.from_ms)} – {_time(made.to_ms)} (UTC+8)",
            "",
            f"chain {made.chain_id}, anchor `{made.anchor}`",
            *self._journal(),
            *self._deals(),
            *self._sums(),
            *self._table("refusals", ("code", "count"), sorted(made.refusals.items())),
            *(line for name in HAPPENINGS for line in self._happenings(name)),
            *self._reconciliations(made.reconciliations),
            "",
            f"## {self._word('not_checked')}",
            "",
            *(f"- `{each.code}` {(each.text_zh, each.text)[self._place]}" for each in made.not_checked),
        ]

    def _word(self, key: str) -> str:
        return WORDS_OF[key][self._place]

    def _journal(self) -> list[str]:
        made = self._made
        span = f"{made.entries} ({made.first_entry} – {made.last_entry})" if made.entries else "0"
        rows = [("entries", span), ("accepted", made.accepted), ("refused", made.refused)]
        return self._table("journal", ("", ""), [(self._word(key), value) for key, value in rows])

    def _deals(self) -> list[str]:
        made = self._made
        rows = [
            (
                each.deal_id,
                _time(each.time_ms),
                WORDS[f"kind.{each.deal_kind}"][self._place],
                each.right_id,
                f"{each.seller} → {each.buyer}",
                f"{each.currency} {format_amount(each.price)}",
            )
            for each in made.deals
        ]
        lines = self._table(
            "deals", ("deal", "time", "kind", "right", "parties", "price"), rows, made.deals_made
        )
        states = [
            (f"{state} {WORDS[f'deal.{state}'][self._place]}", count)
            for state, count in sorted(made.deal_states.items())
        ]
        return lines + self._table("states", ("state", "count"), states)

    def _sums(self) -> list[str]:
        columns = ("currency", "deals", "agreed", "paid_in", "paid_out", "fees")
        rows: list[tuple[object, ...]] = []
        postings: list[tuple[object, ...]] = []
        for currency, sums in sorted(self._made.sums.items()):
            amounts = (sums.agreed, sums.paid_in, sums.paid_out, sums.fees)
            rows.append((currency, sums.deals, *(format_amount(each) for each in amounts)))
            postings += [
                (currency, name, format_amount(each)) for name, each in sorted(sums.postings.items())
            ]
        return self._table("sums", columns, rows) + self._table(
            "postings", ("currency", "purpose", "price"), postings
        )

    def _happenings(self, name: str) -> list[str]:
        listed: list[Happening] = getattr(self._made, name)
        rows = [(each.entry, _time(each.time_ms), each.what, each.subject, each.cause) for each in listed]
        columns = ("entry", "time", "what", "subject", "cause")
        return self._table(name, columns, rows, self._made.counts.get(name, 0))

    def _reconciliations(self, kept: list[KeptReconciliation] | None) -> list[str]:
        if kept is None:
            return []
        rows = [
            (
                _time(each.made_ms),
                each.block,
                each.differences,
                ", ".join(f"{code} {count}" for code, count in sorted(each.codes.items())),
            )
            for each in kept
        ]
        return self._table("reconciliations", ("time", "block", "differences", "code"), rows)

    def _table(
        self,
        heading: str,
        columns: Sequence[str],
        rows: Sequence[tuple[object, ...]],
        whole: int | None = None,
    ) -> list[str]:
        lines = ["", f"## {self._word(heading)}", ""]
        if not rows:
            return [*lines, self._word("none")]
        lines.append("| " + " | ".join(self._word(each) if each else "" for each in columns) + " |")
        lines.append("|" + "---|" * len(columns))
        lines += ["| " + " | ".join(_cell(each) for each in row) + " |" for row in rows]
        if whole is not None and whole > len(rows):
            lines += ["", f"{self._word('more')}: {whole - len(rows)}"]
        return lines


def _cell(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / _MS, VENUE_ZONE).strftime("%Y-%m-%d %H:%M:%S")
