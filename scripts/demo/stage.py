"""How the demonstration shows itself: progress while it works, scenes in both languages, tables at the end."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.table import Table

from api.deals.schemas import OwnDealView
from exchange.calendar import venue_date
from exchange.money.amount import format_amount
from scripts.demo.cast import Cast
from scripts.demo.market import Refused

KIND = {
    "assignment": "assignment 转让",
    "exclusive_licence": "exclusive licence 独占许可",
    "sole_licence": "sole licence 排他许可",
    "ordinary_licence": "ordinary licence 普通许可",
}


class Stage:
    """Writes to people; `quiet` keeps all but the story to itself."""

    def __init__(self, *, story_only: bool) -> None:
        self.console = Console(highlight=False)
        self._story_only = story_only
        self._started = time.monotonic()

    def opening(self) -> None:
        """What this is, before anything else."""
        self.console.print("[bold]演示数据 · DEMO[/bold]")
        self.console.print(
            "Real patents, fictional companies, simulated bank and patent office, a development chain."
        )
        self.console.print("真实专利，虚构企业；银行与专利局为模拟，链为开发链。任何交易均非真实。\n")

    def step(self, text: str) -> None:
        """What is being done now."""
        if not self._story_only:
            self.console.print(f"[dim]{time.monotonic() - self._started:5.1f} s  {text}[/dim]", markup=True)

    def scene(  # noqa: PLR0913 - number, date, and each of the four lines
        self, number: int, time_ms: int, english: str, chinese: str, guard: str, guard_zh: str
    ) -> None:
        """One scene: two lines each, and who is protected by what."""
        self.console.print(f"\n[bold]{number}[/bold]  {venue_date(time_ms).isoformat()}")
        for line in (english, f"   protected: {guard}", chinese, f"   保护：{guard_zh}"):
            self.console.print(f"   {line.strip()}" if not line.startswith(" ") else line, markup=False)

    def deals(self, deals: list[OwnDealView], cast: Cast) -> None:
        """Every deal with its transaction on the chain."""
        table = Table(title="Deals 成交", show_lines=False)
        for column in (
            "deal",
            "right",
            "kind",
            "seller → buyer",
            "price",
            "state",
            "chain transaction",
            "block",
        ):
            table.add_column(column, overflow="fold", justify="right" if column == "price" else "left")
        for deal in deals:
            record = next((record for record in deal.chain_records if record.kind == "deal"), None)
            block = "" if record is None or record.block_number is None else str(record.block_number)
            names = (cast.of(deal.seller).company.name, cast.of(deal.buyer).company.name)
            table.add_row(
                deal.id,
                deal.right_id,
                KIND[deal.deal_kind],
                " → ".join(names),
                f"{format_amount(deal.price)} {deal.currency}",
                deal.state,
                _short(deal.chain_transaction),
                block,
            )
        self.table(table)

    def refused(self, refused: list[Refused]) -> None:
        """What the rules refused, and what would cure it."""
        table = Table("tried", "做了什么", "code", "citation", "cure", title="Refused by a rule 依规则拒绝")
        for row in refused:
            table.add_row(row.what, row.what_zh, row.code, row.citation, row.cure)
        self.table(table)

    def verdict(self, report: dict[str, Any]) -> None:
        """The audit's figures."""
        verified = "verified 通过" if report["verified"] else "NOT verified 未通过"
        table = Table("checked", "figure", title=f"Audit 审计: {verified}")
        for name in (
            "entries", "seals", "roots", "openings", "signatures", "replayed", "state_hashes", "deals",
            "deals_on_chain", "deal_signatures", "transfers", "licences", "attestations", "chain_events",
        ):  # fmt: skip
            table.add_row(name.replace("_", " "), str(report[name]))
        self.table(table)
        for note in report["not_checked"]:
            self.console.print(f"   not checked: {note.get('text', note)}", markup=False)

    def line(self, text: str) -> None:
        """A line for people, story or not."""
        self.console.print(text, markup=False)

    def table(self, table: Table) -> None:
        """A table, unless only the story is wanted."""
        if not self._story_only:
            self.console.print(table)


def _short(transaction: str) -> str:
    return f"{transaction[:10]}…{transaction[-6:]}" if transaction else ""
