"""A rule counts only if deleting its body turns a named test red: every rule is silenced, and its cases must notice.

`test_rules` takes away the body of each function of the rulebook; here no function refuses under one rule any more, the
venue's own rules included, which the handlers of commands ask by themselves.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import exchange
from exchange.rules import rule as rulebook
from exchange.rules.rule import RULES, Rule, venue_rule
from exchange.turn import Outcome, Refused
from tests.exchange.rule_cases import CASES, VENUES, Case
from tests.exchange.scene import Scene
from tests.exchange.test_rules import assert_refused, code_of

pytestmark = pytest.mark.not_replayed("rules are silenced here alone")
LEAST_RULES = 100
"""So many there were when this was written: a rulebook that has come apart is not tested by nothing."""


def modules_that_refuse() -> list[ModuleType]:
    """Every module of the exchange that can refuse: each has `refuse` under its own name."""
    return [
        module
        for name, module in sorted(sys.modules.items())
        if name.startswith("exchange.") and getattr(module, "refuse", None) is rulebook.refuse
    ]


def silence(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing refuses under this rule any more; every other rule is asked as before."""
    refuse = rulebook.refuse

    def refuse_unless_silenced(rule: Rule, **detail: Any) -> None:
        if rule.code != code:
            refuse(rule, **detail)

    for module in modules_that_refuse():
        monkeypatch.setattr(module, "refuse", refuse_unless_silenced)


def notices(name: str, case: Case) -> bool:
    """Whether a case turns red: it is not refused under its rule, or the engine breaks on what nothing has stopped."""
    try:
        assert_refused(name, next(case(Scene(**VENUES.get(name, {})))))
    except Exception:  # noqa: BLE001 - whatever breaks is red
        return True
    return False


@pytest.mark.parametrize("code", sorted(RULES))
def test_without_its_refusal_every_case_of_a_rule_turns_red(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [name for name in sorted(CASES) if code_of(name) == code]
    assert names, f"{code} has no case"
    silence(code, monkeypatch)
    assert [name for name in names if not notices(name, CASES[name])] == []


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_case_is_red_while_its_rule_stands(name: str) -> None:
    assert not notices(name, CASES[name])


def test_there_is_no_other_way_to_refuse() -> None:
    """What is silenced above is all there is: nothing raises a refusal by itself, or takes `refuse` by another name."""
    assert len(RULES) >= LEAST_RULES
    for path in sorted(Path(exchange.__path__[0]).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert path.name == "rule.py" or "raise Refusal(" not in text, path
        assert "refuse as " not in text, path


def test_a_rule_whose_case_never_asks_it_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The case makes its refusal up: silencing the rule changes nothing, and that is what the check looks for."""
    monkeypatch.setattr(rulebook, "RULES", dict(RULES))
    never_asked = venue_rule(999, "NEVER-ASKED", "never", "从不", "none", "无", steps=("list",))

    def made_up(scene: Scene) -> Any:
        del scene
        yield Outcome(events=(), result={}, refusal=Refused(never_asked.code, {}))

    silence("NEVER-ASKED", monkeypatch)
    assert not notices("NEVER-ASKED", made_up)


def test_a_case_that_another_rule_refuses_first_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case of one rule that silencing another turns red does not stand for the other."""
    silence("CN-PATENT-LAW-44", monkeypatch)
    assert not notices("CN-PATENT-RULES-103", CASES["CN-PATENT-RULES-103"])
    assert notices("CN-PATENT-LAW-44", CASES["CN-PATENT-LAW-44"])
