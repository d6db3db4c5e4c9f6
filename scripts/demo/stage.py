"""How the demonstration shows itself, in English and Chinese: progress while it works, scenes, tables at the end."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from api.deals.schemas import OwnDealView
from exchange.calendar import venue_date
from ledger.audit.report import ROWS
from scripts.demo.cast import Cast
from scripts.demo.lots import Traded, money
from scripts.demo.market import Refused

KIND = {
    "assignment": "assignment 转让",
    "exclusive_licence": "exclusive licence 独占许可",
    "sole_licence": "sole licence 排他许可",
    "ordinary_licence": "non-exclusive (ordinary) licence 普通许可",
}
STATE = {"SETTLED": "SETTLED\n已结清", "REFUNDED": "REFUNDED\n已退款"}
PLACE = {"hong-kong": " (HK 香港)"}
"""Beside the listings of the second venue, whose numbers begin anew."""
OPENING = (
    "Real 真实: numbers, titles and filing dates of 40 US patents and 7 Chinese applications.",
    "40 项美国专利与 7 项中国专利申请的号码、名称与申请日。",
    "Fictional 虚构: 20 Chinese patents, their Hong Kong family member, 2 technology results, every company.",
    "20 项中国专利、其香港同族、2 项科技成果以及全部企业。",
    "Simulated 模拟: bank, patent office, and what its register says of all rights, the real ones too.",
    "银行、专利局，以及登记簿关于全部权利（含真实专利）的记载：权利人、状态、年费。",
    "Holders of real patents are fictional here, the chain is a development chain, no deal is real.",
    "真实专利在此的权利人为虚构，链为开发链，任何交易均非真实。",
)
INDENT = 3


class Stage:
    """Writes to people; with `story_only` nothing but the opening and the six scenes."""

    def __init__(self, *, story_only: bool, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._story_only = story_only
        self._started = time.monotonic()

    def opening(self) -> None:
        """What this is, before anything else."""
        self.console.print("[bold]演示数据 · DEMO[/bold]")
        for line in OPENING:
            self.console.print(line, markup=False)
        self.console.print()

    def step(self, text: str) -> None:
        """What is being done now, in both languages."""
        if not self._story_only:
            self._indented(Text(f"{time.monotonic() - self._started:5.1f} s  {text}", style="dim"), 0)

    def scene(  # noqa: PLR0913 - number, date, and each of the four lines
        self, number: int, time_ms: int, english: str, chinese: str, guard: str, guard_zh: str
    ) -> None:
        """One scene: two lines each, and who is protected by what."""
        self.console.print(f"\n[bold]{number}[/bold]  {venue_date(time_ms).isoformat()}")
        for line in (english, f"protected: {guard}", chinese, f"保护：{guard_zh}"):
            self._indented(Text(line))

    def deals(self, deals: list[OwnDealView], cast: Cast, real: Collection[str]) -> None:
        """Every deal with its transaction on the chain; `real` are the ids of rights that exist."""
        table = Table(
            title="\nDeals 成交", box=None, padding=(0, 1, 1, 0), pad_edge=False, title_justify="left"
        )
        table.add_column("deal\n成交", no_wrap=True)
        table.add_column("right, kind\n权利、方式", no_wrap=True)
        table.add_column("seller → buyer\n出让方 → 受让方", overflow="fold")
        table.add_column("price, chain\n价款、链上交易", no_wrap=True, justify="right")
        table.add_column("state\n状态", no_wrap=True)
        for deal in deals:
            record = next((record for record in deal.chain_records if record.kind == "deal"), None)
            chain = [_short(deal.chain_transaction)] if deal.chain_transaction else []
            if record is not None and record.block_number is not None:
                chain.append(f"block 区块 {record.block_number}")
            origin = "real 真实" if deal.right_id in real else "fictional 虚构"
            table.add_row(
                deal.id,
                f"{deal.right_id}\n{KIND[deal.deal_kind]}\n{origin}",
                f"{cast.of(deal.seller).company.name}\n→ {cast.of(deal.buyer).company.name}",
                "\n".join([f"{money(deal.price)} {deal.currency}", *chain]),
                f"{STATE.get(deal.state, deal.state)}\n{_passed_by(deal)}",
            )
        self._show(table)

    def trading_floor(self, rows: list[Traded]) -> None:
        """One deal in every mode, and what decided it."""
        table = Table(
            title="\nThe trading floor 交易方式",
            box=None,
            padding=(0, 1, 1, 0),
            pad_edge=False,
            title_justify="left",
        )
        table.add_column("mode\n方式", overflow="fold")
        table.add_column("listing, right\n挂牌、权利", no_wrap=True)
        table.add_column("bids\n报价", no_wrap=True, justify="right")
        table.add_column("winner\n受让方", overflow="fold")
        table.add_column("price\n价款", no_wrap=True, justify="right")
        for row in rows:
            table.add_row(
                f"{row.mode}\n{row.mode_zh}",
                f"{row.listing}, {row.deal}{PLACE.get(row.venue, '')}\n{row.right}",
                str(row.bids),
                f"{row.winner}\n{row.winner_zh}",
                f"{_apart(row.price)} {row.currency}\n{STATE.get(row.state, row.state)}",
            )
        self._show(table)
        self.told("Which rule decided 成交依据")
        for row in {(row.venue, row.mode): row for row in rows}.values():
            self.told(
                "",
                f"{row.listing}, {row.mode}, {row.rule}: {row.decided}.",
                f"{row.mode_zh}：{row.decided_zh}。",
            )

    def refused(self, refused: list[Refused]) -> None:
        """What the rules refused, by which provision, and what would cure it."""
        self.told("Refused by a rule 依规则拒绝")
        for row in refused:
            self._show(Text(row.code, style="bold"))
            for name, english, chinese in (
                ("tried 所为", row.what, row.what_zh),
                ("citation 依据", row.citation, row.citation_zh),
                ("cure 补正", row.cure, row.cure_zh),
            ):
                self.told("", f"{name}: {english}", chinese)

    def told(self, title: str, *lines: str) -> None:
        """Lines for people beside the scenes, under a title if there is one."""
        if title:
            self._show(Text(f"\n{title}", style="bold"))
        if not self._story_only:
            for line in lines:
                self._indented(Text(line))

    def verdict(self, report: dict[str, Any]) -> None:
        """The audit's figures, and what it could not check."""
        verified = "verified 通过" if report["verified"] else "NOT verified 未通过"
        table = Table(
            title=f"\nAudit 审计: {verified}",
            box=None,
            padding=(0, 2, 0, 0),
            pad_edge=False,
            title_justify="left",
        )
        table.add_column("checked 已核对", overflow="fold")
        table.add_column("", justify="right", no_wrap=True)
        for name, english, chinese in ROWS:
            table.add_row(Text(f"{english}\n{chinese}"), f"{report[name]:,}")
        self._show(table)
        notes = report["not_checked"]
        self.told("Not checked 未核对", *(text for each in notes for text in (each["text"], each["text_zh"])))

    def _show(self, shown: Table | Text) -> None:
        if not self._story_only:
            self.console.print(shown)

    def _indented(self, text: Text, indent: int = INDENT) -> None:
        self.console.print(Padding(text, (0, 0, 0, indent), expand=False))


def _passed_by(deal: OwnDealView) -> str:
    if deal.state == "REFUNDED":
        return "unwound 解除"
    if deal.licence_id is not None:
        return "granted 许可"
    return "delivered\n交付" if deal.by_delivery else "registered\n登记"


def _apart(amount: str) -> str:
    whole, _, cents = amount.partition(".")
    return f"{int(whole):,}.{cents}"


def _short(transaction: str) -> str:
    return f"{transaction[:10]}…{transaction[-6:]}"
