"""The words and figures of the pages: none is missing, none unused, none of another trade, and none reads wrongly."""

from __future__ import annotations

import itertools
import re
import unicodedata
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web import formats, routes
from api.web.reading import DEAL_CLOCKS, LISTING_CLOCKS, LIVE, NEED_CLOCKS
from api.web.words import WORDS
from exchange.commands import (
    Bidding,
    Consideration,
    CriterionCode,
    DealKind,
    HaltGround,
    ModeName,
    RegisterStatus,
    RightType,
)
from exchange.deals import licences, steps
from exchange.demand import needs
from exchange.listings import life
from exchange.rows.facts import FactSort
from exchange.rules.duties import Debtor
from exchange.rules.profiles import PLACES
from exchange.rules.rule import RULES, Step, Supplier
from ledger.store import chain_tables
from tests.barred_words import BARRED

WEB = Path(routes.__file__).parent
LISTING_STATES = {state for pair in life.TRANSITIONS.items() for state in (pair[0][0], pair[1])}
DEAL_TABLES = (steps.ASSIGNMENT, steps.LICENCE, steps.DELIVERY)
LICENCE_STATES = set(licences.TRANSITIONS.values())
DEAL_STATES = {state for table in DEAL_TABLES for state in table.values()}
NEED_STATES = set(needs.TRANSITIONS.values())
SEEN_LISTING_STATES = LISTING_STATES - {"SUBMITTED"}


# --- words


def test_every_text_that_a_page_can_ask_for_exists_and_no_other() -> None:
    sources = [path.read_text() for path in (WEB / "templates").iterdir()]
    asked = {key for text in sources for key in re.findall(r"""\bt\(["']([a-zA-Z_0-9.]+)["']\)""", text)}
    sources.append((WEB / "routes.py").read_text())
    asked |= {key for text in sources for key in re.findall(r"""["']([a-z_.]+)["']""", text)} & set(WORDS)
    asked |= {f"unit.{unit}" for unit in ("day", "hour", "minute", "second")} | {"overdue"}
    asked |= {f"listing.{state}" for state in LISTING_STATES} | {f"deal.{state}" for state in DEAL_STATES}
    asked |= {f"licence.{state}" for state in LICENCE_STATES} | {"licence_next.SUSPENDED"}
    asked |= {f"kind.{kind}" for kind in get_args(DealKind)} | {f"mode.{mode}" for mode in get_args(ModeName)}
    asked |= {f"paid.{each.__struct_config__.tag}" for each in get_args(Consideration)} | {"paid.lump"}
    asked |= {f"burden.{sort}" for sort in set(get_args(FactSort)) - {"register_copy"}}
    asked |= {f"burden_source.{source}" for source in ("register", "venue")}
    asked |= {"mode.posted_open", "status.unknown"} | {f"status.{each}" for each in get_args(RegisterStatus)}
    asked |= {f"right_type.{each}" for each in get_args(RightType)}
    asked |= {f"timeline.{each}" for each in (*get_args(FactSort), *("finding", "listing", "deal"))}
    asked |= {"timeline_state.begins", "timeline_state.ends", "kind.open_licence"}
    asked |= {f"freeze.{each}" for each in ("dispute", "preservation")}
    asked |= {f"halt.{ground}" for ground in get_args(HaltGround)}
    asked |= {f"criterion.{code}" for code in get_args(CriterionCode)}
    asked |= {f"bidding.{way}" for way in get_args(Bidding)}
    asked |= {f"due.{what}" for what in (*LISTING_CLOCKS, *DEAL_CLOCKS, *NEED_CLOCKS)}
    asked |= {f"{family}.{state}" for family in ("need", "need_next") for state in NEED_STATES}
    asked |= {f"chain.{state}" for state in _outbox_states()}
    asked |= {
        f"bid.{state}" for state in ("WON", "LOST", "LAPSED", "WITHDRAWN", "SUPERSEDED", "VOID", "FORFEIT")
    }
    asked |= {
        f"record.{kind}"
        for kind in (
            "deal",
            "deal_cancellation",
            "registration",
            "licence",
            "licence_end",
            "unwound",
            "settled",
            "other",
        )
    }
    asked |= {f"profile.{each}" for each in PLACES} | {f"step.{each}" for each in get_args(Step)}
    asked |= {f"facts_from.{each}" for each in get_args(Supplier)}
    asked |= {f"owed_by.{each}" for each in get_args(Debtor)}
    asked |= {f"error_{status}{part}" for status in (400, 404, 500, 503) for part in ("", "_cure")}
    nexts = {key for key in WORDS if key.startswith(("listing_next.", "deal_next."))}
    assert asked | nexts == set(WORDS)


def _outbox_states() -> list[str]:
    check = next(
        each
        for each in chain_tables.outbox.constraints
        if str(each.name).endswith("state_check") or each.name == "state"
    )
    return re.findall(r"'([A-Z]+)'", str(getattr(check, "sqltext", "")))


def test_every_state_that_can_be_seen_says_what_comes_next() -> None:
    for state, mode in itertools.product(SEEN_LISTING_STATES, get_args(ModeName)):
        assert {f"listing_next.{state}", f"listing_next.{state}.{mode}"} & set(WORDS), (state, mode)
    for state, family in itertools.product(DEAL_STATES, ("assignment", "licence")):
        assert {f"deal_next.{state}", f"deal_next.{state}.{family}"} & set(WORDS), (state, family)


def test_chinese_pages_keep_to_the_words_of_the_mainland() -> None:
    assert not [(key, word) for key, (chinese, _) in WORDS.items() for word in BARRED if word in chinese]
    said = [rule.text_zh + rule.cure_zh for rule in RULES.values()]
    assert not [(text, word) for text in said for word in BARRED if word in text]
    assert all(chinese.strip() and english.strip() for chinese, english in WORDS.values())


def test_live_states_are_those_from_which_an_award_can_still_come() -> None:
    before_award = {
        state
        for (state, event) in life.TRANSITIONS
        if event in {"award", "open", "close", "fixed"} and state != "SUBMITTED"
    }
    assert before_award == set(LIVE)


# --- figures


@given(st.integers(0, 10**15))
def test_an_amount_reads_back_to_its_minor_units(minor: int) -> None:
    for text in (formats.money(minor, "CNY", "zh"), formats.money(minor, "MOP", "en")):
        digits = re.sub(r"[^0-9.]", "", text)
        whole, fraction = digits.split(".")
        assert int(whole) * 100 + int(fraction) == minor


@given(st.integers(-(10**15), 10**17))
def test_times_and_spans_of_any_size_can_be_written(milliseconds: int) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", formats.moment(milliseconds))
    assert formats.machine_moment(milliseconds).endswith("+08:00")
    assert formats.span(milliseconds, "en")


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (-1, "due now"),
        (0, "due now"),
        (1, "< 1 min"),
        (60_000, "< 2 min"),
        (3_600_000, "1 h 0 min"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_a_span_is_rounded_down(milliseconds: int, shown: str) -> None:
    assert formats.span(milliseconds, "en") == shown


@given(st.text(max_size=500))
def test_a_title_is_one_bounded_line_of_visible_characters(text: str) -> None:
    shown = formats.shown_title(text)
    assert len(shown) <= formats.LONGEST_TITLE
    assert not [each for each in shown if unicodedata.category(each).startswith("C")]
    assert shown == " ".join(shown.split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("一种无人机 A drone", "一种无人机 A drone"),
        ("A \u202egnorts\u202c title", "A gnorts title"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\u200b\u202e\0", ""),
        ("长" * 20_000, "长" * 199 + "…"),
    ],
)
def test_a_title_shows_nothing_that_turns_or_floods_the_page(text: str, shown: str) -> None:
    assert formats.shown_title(text) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(604_800_000, "7 d"), (5_400_000, "1 h 30 min"), (60_000, "1 min"), (90_000_000, "1 d 1 h")],
)
def test_an_interval_says_nothing_that_is_zero(milliseconds: int, shown: str) -> None:
    assert formats.interval(milliseconds, "en") == shown
