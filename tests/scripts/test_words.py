"""The words of Mainland practice hold everywhere: rules, findings, documents, command line, demonstration."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.barred_words import BARRED

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("exchange", "ledger", "api", "scripts")
TEMPLATES = sorted((ROOT / "api").rglob("*.html"))
OTHER_KINDS = (".css", ".html", ".js", ".mjs", ".sol", ".svg")
"""Scripts and pictures of pages, contracts, the verifier in a browser."""
OTHERS = sorted(
    path
    for room in (*ROOMS, "contracts", "docs")
    for path in (ROOT / room).rglob("*")
    if path.suffix in OTHER_KINDS and "node_modules" not in path.parts
)
DOCUMENTS = sorted((*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")))


def said(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of everything that a program can say: its strings, without docstrings."""
    tree = ast.parse(source)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


def barred_in(text: str) -> list[str]:
    return [word for word in BARRED if word in text]


@pytest.mark.parametrize("room", ROOMS)
def test_no_program_says_a_barred_word(room: str) -> None:
    found = [
        (str(path.relative_to(ROOT)), line, word)
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in said(path.read_text())
        for word in barred_in(text)
    ]
    assert found == []


def test_the_programs_texts_are_looked_at() -> None:
    texts = "".join(text for _, text in said((ROOT / "ledger/audit/findings.py").read_text()))
    assert "记录" in texts


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_no_script_style_picture_or_contract_says_a_barred_word(kind: str) -> None:
    """The verifier that goes out with a bundle is read as well: `ledger/bundle` has its page and its script."""
    found = [
        (str(path.relative_to(ROOT)), barred_in(path.read_text()))
        for path in OTHERS
        if path.suffix == kind and barred_in(path.read_text())
    ]
    assert found == []


def test_scripts_and_contracts_are_looked_at() -> None:
    read = {path.relative_to(ROOT).as_posix() for path in OTHERS}
    assert {"api/web/static/evidence.js", "contracts/Register.sol"} <= read


@pytest.mark.parametrize("path", [*TEMPLATES, *DOCUMENTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_or_document_uses_a_barred_word(path: Path) -> None:
    """A line that says `never` names the word in order to bar it."""
    lines = path.read_text().splitlines()
    assert [(line, barred_in(line)) for line in lines if barred_in(line) and "never" not in line] == []
