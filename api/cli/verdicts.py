"""What every `ipx audit` says in the same way: its exit codes, its figures and the first bad entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from ledger.audit.report import ROWS, place_of

if TYPE_CHECKING:
    from rich.table import Table

    from ledger.audit.findings import Finding

VERIFIED, NOT_VERIFIED, NO_VERDICT = 0, 1, 2
RECURSION_LIMIT = 1_000
"""A library on the way to the chain raises Python's limit so far that nested input could exhaust the stack."""
FIGURES = {name: f"{english}\n{chinese}" for name, english, chinese in ROWS}
"""The names of the audit's figures in English and Chinese."""


def tell(line: str) -> None:
    """Say something beside the answer."""
    Console(stderr=True).print(Text(line))


def no_verdict(error: Exception) -> typer.Exit:
    """Say why there is none; gives the exit to raise."""
    tell(f"no verdict / 无法得出结论: {error}")
    return typer.Exit(NO_VERDICT)


def add_row(table: Table, name: str, value: object) -> None:
    """Add a figure or a text under its name. The cells are Text, so that a value from the file is never markup."""
    table.add_row(Text(name), Text(str(value)))


def show_first_bad(bad: Finding, console: Console) -> None:
    """Print where something does not hold, and what."""
    console.print(Text(f"first bad / 首个错误: {place_of(bad)}: {bad.code}"))
    console.print(Text(f"  {bad.text} / {bad.text_zh}" + (f"\n  {bad.detail}" if bad.detail else "")))
