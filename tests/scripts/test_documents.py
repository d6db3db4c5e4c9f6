"""The documents list what the program has: kinds of rows, who may give a command, what an agent may be mandated for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

from exchange.commands import AppointAgent, GivenBy
from exchange.rows import ROW_TYPE_BY_KIND

DOCS = Path(__file__).resolve().parents[2] / "docs"


def paragraph(name: str, begins: str) -> str:
    """The paragraph of a document that begins so."""
    found = [each for each in (DOCS / name).read_text().split("\n\n") if each.startswith(begins)]
    assert len(found) == 1
    return found[0]


def test_the_architecture_names_every_kind_of_row() -> None:
    listed = paragraph("architecture.md", "`exchange.state.State` holds rows by kind").partition("(")[2]
    assert set(re.split(r",\s+", listed.partition(")")[0])) == set(ROW_TYPE_BY_KIND)


def test_the_architecture_names_everybody_who_may_give_a_command() -> None:
    said = paragraph("architecture.md", "Who may give a command")
    assert [giver for giver in get_args(GivenBy) if f" {giver} (" not in said] == []


def test_the_routes_name_every_scope_of_an_agents_mandate() -> None:
    rows = (DOCS / "api.md").read_text().splitlines()
    (row,) = (each for each in rows if "`POST /v1/parties/{id}/agents`" in each)
    scopes = get_args(get_args(get_type_hints(AppointAgent)["scope"])[0])
    assert set(re.findall(r"`([a-z]+)`", row)) == set(scopes)
