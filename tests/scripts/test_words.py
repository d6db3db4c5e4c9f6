"""The house's words hold everywhere: contracts, rules, refusals, findings, pages, documents, command line, demonstration.

Nothing says a word that is barred, and where a text stands in two languages both say the same term of art.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import problems
from api.web.words import WORDS
from exchange import engine
from exchange.rules.duties import DUTIES
from exchange.rules.rule import RULES
from ledger.audit.findings import FINDINGS, NOTES
from ledger.bundle import words
from tests.barred_words import (
    BARRED,
    BARRED_ENGLISH,
    BARRED_TRADITIONAL,
    TOGETHER,
    barred_in,
    chinese_barred_in,
    parted,
)

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


EARLIER = ("exchange/terms/text/en.py", "Ordinary licence")
"""How contracts before engine version 5 call it: their texts stay as they were signed."""


@pytest.mark.parametrize("room", ROOMS)
def test_no_program_says_a_barred_word(room: str) -> None:
    found = [
        (str(path.relative_to(ROOT)), line, word)
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in said(path.read_text())
        if (str(path.relative_to(ROOT)), text) != EARLIER
        for word in barred_in(text)
    ]
    assert found == []


def test_the_programs_texts_are_looked_at() -> None:
    texts = "".join(text for _, text in said((ROOT / "ledger/audit/findings.py").read_text()))
    assert "记录" in texts


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_no_script_style_picture_or_contract_says_a_barred_word(kind: str) -> None:
    """The verifier that goes out with a bundle is read as well: `ledger/bundle` has its page and its script.

    Of a contract its comments alone say anything: they are compiled in, and keep their English.
    """
    looked_for = chinese_barred_in if kind == ".sol" else barred_in
    found = [
        (str(path.relative_to(ROOT)), looked_for(path.read_text()))
        for path in OTHERS
        if path.suffix == kind and looked_for(path.read_text())
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


WHOLE_RULEBOOK = engine
"""Every rule is defined where it is asked, and all of them are behind the engine."""


def pairs() -> Iterator[tuple[str, str, str]]:
    """Everything that is said in English and Chinese side by side: where it stands, and both texts."""
    for rule in RULES.values():
        yield f"{rule.code} text", rule.text, rule.text_zh
        yield f"{rule.code} cure", rule.cure, rule.cure_zh
    for duty in DUTIES.values():
        yield f"{duty.code} text", duty.text, duty.text_zh
        yield f"{duty.code} met", duty.met, duty.met_zh
    for kind in problems.KINDS.values():
        yield f"{kind.code} title", kind.title, kind.title_zh
        yield f"{kind.code} cure", kind.cure, kind.cure_zh
    for key, (chinese, english) in WORDS.items():
        yield f"page {key}", english, chinese
    for code, (english, chinese) in (FINDINGS | NOTES).items():
        yield code, english, chinese
    for code, both in (words.MISSING | words.CAPTURED).items():
        yield f"bundle {code}", both["en"], both["zh"]


def test_both_languages_of_a_text_say_the_same_term_of_art() -> None:
    found = [(where, term) for where, english, chinese in pairs() for term in parted(english, chinese)]
    assert found == []


def test_a_text_that_says_another_term_is_noticed() -> None:
    """Of every barred word and every pair of terms."""
    assert all(barred_in(f"见{word}。") for word in (*BARRED, *BARRED_TRADITIONAL))
    texts = ("an ordinary licence", "Ordinary Licence", "ten business days", "a pre-emptive right")
    assert all(map(barred_in, texts))
    assert len(BARRED_ENGLISH) < len(texts)
    assert not barred_in("a non-exclusive (ordinary) licence within ten working days")
    said_here = ("non-exclusive (ordinary)", "reward", "remuneration", "first refusal", "working day")
    assert all(parted(text, "别的") for text in (*said_here, "escrow", "recordal"))
    assert all(parted("else", text) for text in ("普通许可", "奖励", "报酬", "优先受让权", "工作日"))
    assert len(TOGETHER) == len(said_here) + 2
