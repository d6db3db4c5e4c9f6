"""Every rule has a case that it refuses by name and one, its cure, that passes; without its body the case turns red."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import get_args

import pytest

import exchange.rules
from exchange import commands as c
from exchange.engine import HANDLERS
from exchange.rules.rule import RULES
from exchange.turn import EngineFault, Outcome
from tests.exchange import law_rule_cases, venue_rule_cases
from tests.exchange.rule_cases import CASES, GUARDS
from tests.exchange.scene import Scene

CASE_FILES = (law_rule_cases, venue_rule_cases)
"""Importing them enters their cases."""


def code_of(name: str) -> str:
    return name.partition(" ")[0]


def assert_refused(name: str, outcome: Outcome) -> None:
    assert outcome.refusal is not None, f"{name}: nothing was refused"
    assert outcome.refusal.code == code_of(name)
    assert outcome.events == ()


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_rule_refuses_by_name_and_its_cure_passes(name: str) -> None:
    scene = Scene()
    outcomes = CASES[name](scene)
    assert_refused(name, next(outcomes))
    passed = next(outcomes)
    assert passed.refusal is None
    scene.replay()


def test_every_rule_of_the_rulebook_has_a_case() -> None:
    assert sorted(set(RULES) - {code_of(name) for name in CASES}) == []
    assert sorted({code_of(name) for name in CASES} - set(RULES)) == []


def rule_functions() -> set[str]:
    """Every function of the rulebook that can refuse or decides by itself, by its full name."""
    found = set()
    for module_info in pkgutil.iter_modules(exchange.rules.__path__):
        name = f"exchange.rules.{module_info.name}"
        module = importlib.import_module(name)
        found |= {
            f"{name}.{each}"
            for each, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == name and not each.startswith("_")
        }
    return found


NOT_RULES = {
    "exchange.rules.rule.define",
    "exchange.rules.rule.venue_rule",
    "exchange.rules.rule.refuse",
    "exchange.rules.patent_law.expiry_ms",
    "exchange.rules.patent_law.is_owner",
}
"""What defines rules, and what gives a value that rules use."""


def test_every_function_of_the_rulebook_is_guarded_by_a_case() -> None:
    assert rule_functions() - NOT_RULES == set(GUARDS.values())


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_without_its_body_the_rules_case_turns_red(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module_name, _, function = GUARDS[name].rpartition(".")
    module = importlib.import_module(module_name)
    monkeypatch.setattr(module, function, lambda *_args, **_named: None)
    with pytest.raises((AssertionError, EngineFault, KeyError, StopIteration)):
        assert_refused(name, next(CASES[name](Scene())))


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_refusal_says_in_both_languages_what_is_wrong_and_what_cures_it(code: str) -> None:
    rule = RULES[code]
    for text in (rule.citation, rule.text, rule.text_zh, rule.cure, rule.cure_zh):
        assert text.strip()
    assert any("\u4e00" <= character <= "\u9fff" for character in rule.text_zh + rule.cure_zh)
    assert rule.status in {403, 404, 409, 422}
    assert rule.jurisdictions


def test_every_command_has_a_handler() -> None:
    assert set(HANDLERS) == set(get_args(c.AnyCommand)) - {c.Tick}


PARAGRAPH = re.compile(r"\*\*§ (\d+)\*\*(?: \(`([A-Z0-9-]+)`\))? (.+)\n\n(.+)\n")


def test_the_page_of_the_venues_rules_and_the_codes_that_cite_it_agree() -> None:
    page = (Path(__file__).parents[2] / "docs" / "venue-rules.md").read_text()
    paragraphs = PARAGRAPH.findall(page)
    assert [int(number) for number, *_ in paragraphs] == list(range(1, len(paragraphs) + 1))
    assert page.count("**§") == len(paragraphs)
    for _, _, english, chinese in paragraphs:
        assert english.endswith(".")
        assert chinese.endswith("。")
        assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    on_the_page = {code: f"§ {number}" for number, code, *_ in paragraphs if code}
    cited = {rule.code: rule.citation for rule in RULES.values() if "IPX venue rules" in rule.citation}
    assert {code: re.findall(r"IPX venue rules, (§ \d+)", citation) for code, citation in cited.items()} == {
        code: [section] for code, section in on_the_page.items()
    }
