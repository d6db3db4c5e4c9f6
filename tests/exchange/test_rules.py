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
from exchange.rules import grounds_at_office, steps
from exchange.rules.rule import EVERY_KIND, EVERY_STEP, RULES
from exchange.turn import EngineFault, Outcome
from tests.exchange import (
    auction_rule_cases,
    continuous_rule_cases,
    ending_rule_cases,
    evidence_rule_cases,
    floor_rule_cases,
    halt_rule_cases,
    law_rule_cases,
    lot_rule_cases,
    open_licence_rule_cases,
    other_right_cases,
    party_rule_cases,
    refusal_rule_cases,
    register_licence_rule_cases,
    sub_licence_rule_cases,
    undertaking_rule_cases,
    venue_rule_cases,
)
from tests.exchange.rule_cases import CASES, GUARDS, VENUES, named_cases
from tests.exchange.scene import Scene

CASE_FILES = (
    auction_rule_cases,
    continuous_rule_cases,
    ending_rule_cases,
    evidence_rule_cases,
    floor_rule_cases,
    halt_rule_cases,
    law_rule_cases,
    lot_rule_cases,
    open_licence_rule_cases,
    other_right_cases,
    party_rule_cases,
    refusal_rule_cases,
    register_licence_rule_cases,
    sub_licence_rule_cases,
    undertaking_rule_cases,
    venue_rule_cases,
)
"""Importing them enters their cases."""


def code_of(name: str) -> str:
    return name.partition(" ")[0]


def assert_refused(name: str, outcome: Outcome) -> None:
    assert outcome.refusal is not None, f"{name}: nothing was refused"
    assert outcome.refusal.code == code_of(name)
    assert outcome.events == ()


@pytest.mark.parametrize("name", named_cases())
def test_the_rule_refuses_by_name_and_its_cure_passes(name: str) -> None:
    scene = Scene(**VENUES[name])
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
    "exchange.rules.profiles.connections",
    "exchange.rules.profiles.binds",
    "exchange.rules.profiles.profiles_of",
    "exchange.rules.profiles.rules_of",
    "exchange.rules.profiles.place_of",
    "exchange.rules.working_days.calendar_of",
    "exchange.rules.working_days.end_of",
    "exchange.rules.working_days.end_on_a_working_day",
    "exchange.rules.steps.step_of",
    "exchange.rules.sub_licences.head_of",
    "exchange.rules.sub_licences.under",
    "exchange.rules.lodged.lodged",
    "exchange.rules.lodged.stands",
    "exchange.rules.auction_law.has_reserve",
    "exchange.rules.auction_law.keeps_records",
    "exchange.rules.onboarding.stands",
    "exchange.rules.onboarding.on_record",
    "exchange.rules.onboarding.says_it_is_a_nominee",
    "exchange.rules.state_assets.price_is_compared_in",
    "exchange.rules.open_licences.fee_is_compared_in",
    "exchange.rules.open_licences.stands_beside_others",
    "exchange.rules.exchange_rates.standing",
    "exchange.rules.effect.co_owners_rule",
    "exchange.rules.effects.effect_said_of",
    "exchange.rules.duties.duties_of",
    "exchange.rules.duty.define_duty",
    "exchange.rules.rule.define",
    "exchange.rules.rule.venue_rule",
    "exchange.rules.rule.refuse",
    "exchange.rules.invalidity.is_decided",
    "exchange.rules.patent_law.inventors_were_rewarded_late",
    "exchange.rules.transformation.brought",
    "exchange.rules.transformation.owners_paid",
    "exchange.rules.civil_code.pledges_of",
    "exchange.rules.undertakings.answers_of",
    "exchange.rules.undertakings.owners_of",
}
"""What defines rules, and what gives a value that rules use."""
DECIDING = {
    "exchange.rules.conflicts.has_colluded": "CN-AUCTION-LAW-37",
    "exchange.rules.conflicts.is_staff": "CN-AUCTION-LAW-22",
    "exchange.rules.export_control.leaves_the_mainland": "CN-TECHNOLOGY-EXPORT-29",
    "exchange.rules.export_control.export_paper": "CN-TECHNOLOGY-EXPORT-40 after an amendment",
    "exchange.rules.credit.is_sanctioned": "CN-ANTI-MONEY-LAUNDERING-40",
    "exchange.rules.export_control.is_prohibited": "CN-TECHNOLOGY-EXPORT-29 before it is paid",
    "exchange.rules.export_control.letter_stands": "CN-TECHNOLOGY-EXPORT-30 without its letter",
    "exchange.rules.export_control.shown_to_the_office": "CN-TECHNOLOGY-EXPORT-36",
    "exchange.rules.export_control.takes_technology_out": "CN-TECHNOLOGY-EXPORT-36",
    "exchange.rules.export_control.waits_for_its_licence": "WRONG-STATE before its export licence",
    "exchange.rules.patent_law.expiry_ms": "CN-PATENT-LAW-44 by its date",
    "exchange.rules.patent_law.is_owner": "CN-LICENCE-RECORDAL-12-2",
    "exchange.rules.secrecy.is_secret": "CN-PATENT-LAW-4",
    "exchange.rules.state_assets.sells_state_assets": "VENUE-NOT-DESIGNATED",
    "exchange.rules.transformation.law_sets_the_least": "CN-ACHIEVEMENTS-45",
    "exchange.rules.transformation.rewards_missing": "CN-ACHIEVEMENTS-44",
}
"""What answers a question on which a refusal, or the way of a deal, hangs: each with the case that needs it."""


def test_every_function_of_the_rulebook_is_guarded_by_a_case() -> None:
    assert not set(DECIDING) & NOT_RULES
    assert rule_functions() - NOT_RULES - set(DECIDING) == set(GUARDS.values())


@pytest.mark.not_replayed("the rule's body is taken away here alone")
@pytest.mark.parametrize("name", sorted(GUARDS))
def test_without_its_body_the_rules_case_turns_red(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module_name, _, function = GUARDS[name].rpartition(".")
    module = importlib.import_module(module_name)
    monkeypatch.setattr(module, function, lambda *_args, **_named: None)
    with pytest.raises((AssertionError, EngineFault, KeyError, StopIteration)):
        assert_refused(name, next(CASES[name](Scene(**VENUES[name]))))


def run_through(name: str) -> None:
    """The rule refuses by name, and its cure passes."""
    outcomes = CASES[name](Scene(**VENUES[name]))
    assert_refused(name, next(outcomes))
    assert next(outcomes).refusal is None


@pytest.mark.not_replayed("the body is taken away here alone")
@pytest.mark.parametrize("decides", sorted(DECIDING))
def test_without_its_body_what_decides_turns_its_case_red(
    decides: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either nothing is refused any more, or what cures the refusal is refused as well."""
    module_name, _, function = decides.rpartition(".")
    name = DECIDING[decides]
    monkeypatch.setattr(importlib.import_module(module_name), function, lambda *_args, **_named: None)
    with pytest.raises((AssertionError, EngineFault, KeyError, StopIteration)):
        run_through(name)


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_refusal_says_in_both_languages_what_is_wrong_and_what_cures_it(code: str) -> None:
    rule = RULES[code]
    for text in (rule.citation, rule.text, rule.text_zh, rule.cure, rule.cure_zh):
        assert text.strip()
    assert any("\u4e00" <= character <= "\u9fff" for character in rule.text_zh + rule.cure_zh)
    assert rule.status in {403, 404, 409, 422}
    assert rule.jurisdictions


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_rule_says_when_it_is_asked_of_which_deals_and_who_supplies_its_facts(code: str) -> None:
    """That a refusal comes at a step that its rule names is held by the scene of every test."""
    rule = RULES[code]
    assert rule.steps, "say at which steps the rule can refuse"
    assert set(rule.steps) <= set(EVERY_STEP)
    assert rule.deal_kinds
    assert set(rule.deal_kinds) <= set(EVERY_KIND)
    assert rule.bound_by


OFFICE_GROUNDS = (
    (grounds_at_office.LICENCE_RECORDAL, 11, "Order 62"),
    (grounds_at_office.PLEDGE_REGISTRATION, 12, "Announcement 461"),
)


@pytest.mark.parametrize(("grounds", "count", "measures"), OFFICE_GROUNDS)
def test_every_ground_of_the_office_but_its_own_has_a_rule_that_cites_it(
    grounds: tuple[grounds_at_office.Ground, ...], count: int, measures: str
) -> None:
    """The last of each is what the office alone can find."""
    assert len(grounds) == count
    assert [ground.rule is None for ground in grounds] == [False] * (count - 1) + [True]
    for ground in grounds:
        if ground.rule is not None:
            assert measures in ground.rule.citation, ground.rule.code
            assert RULES[ground.rule.code] is ground.rule


def test_every_command_stands_in_one_step() -> None:
    tags = [tag for step in EVERY_STEP for tag in steps.COMMANDS[step]]
    assert sorted(tags) == sorted(str(command.__struct_config__.tag) for command in get_args(c.AnyCommand))


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
