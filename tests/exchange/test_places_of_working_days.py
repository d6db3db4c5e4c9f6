"""Each clock in working days counts the days of the place whose clock it is."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, start_of_day, venue_date
from exchange.rows.venue import Calendar
from exchange.rules import working_days
from tests.exchange import encumbering
from tests.exchange.floor_rule_cases import leaving, state_asset
from tests.exchange.rule_cases import posted
from tests.exchange.scene import Scene

CALENDARS = sorted((Path(__file__).parents[2] / "docs" / "calendars").glob("*.json"))
CLOSED = tuple(f"2027-01-{day:02}" for day in range(18, 30))
"""Two weeks from the Monday after a scene's first day, Friday 15 January 2027."""


def close(scene: Scene, place: Any) -> None:
    """Two weeks are holidays at this place, and at no other."""
    for each in ("CN", "HK", "MO"):
        closed = CLOSED if each == place else ()
        assert scene.operator(c.SetCalendar(closed_days=closed, place=each)).refusal is None


def last_day(due_ms: int) -> str:
    """The day with whose end a clock runs out."""
    return venue_date(due_ms - 1).isoformat()


@pytest.mark.parametrize(("profile", "place"), [("mainland", "HK"), ("hong-kong", "CN"), ("macau", "CN")])
def test_the_venues_own_clocks_run_by_its_own_place(profile: str, place: str) -> None:
    own = {"mainland": "CN", "hong-kong": "HK", "macau": "MO"}[profile]
    days = []
    for closed in (place, own):
        scene = Scene(profile=profile)
        close(scene, closed)
        _, buyer, listing = posted(scene)
        deal = scene.deal(listing, buyer)
        days.append(last_day(scene.state.deadlines[f"sign_by:{deal}"].due_ms))
        scene.replay()
    assert days == ["2027-01-29", "2027-02-12"]


def test_state_owned_assets_count_the_mainlands_days_wherever_they_are_sold() -> None:
    found = []
    for place in ("HK", "CN"):
        scene = Scene(profile="hong-kong")
        close(scene, place)
        enterprise, right = state_asset(scene)
        listing = scene.listing(enterprise, right, closes_ms=scene.now + 60 * MS_PER_DAY)
        found.append(last_day(scene.state.deadlines[f"notice_end:{listing}"].due_ms))
    assert found == ["2027-01-29", "2027-02-12"]


def test_the_export_authority_counts_the_mainlands_days() -> None:
    found = []
    for place in ("HK", "CN"):
        scene = Scene(profile="hong-kong")
        close(scene, place)
        _, listing, buyer = leaving(scene, "free")
        deal = scene.accept(listing, buyer).result["deal_id"]
        scene.sign(deal)
        found.append(last_day(scene.state.deadlines[f"export_registration_by:{deal}"].due_ms))
    assert found == ["2027-01-20", "2027-02-03"]


def test_the_office_that_registers_a_pledge_counts_the_days_of_the_rights_place() -> None:
    found = []
    for place in ("HK", "CN"):
        scene = Scene(profile="hong-kong")
        close(scene, place)
        holder, bank = scene.party(), scene.party("pledgee")
        pledge = encumbering.draw_up(scene, holder, bank, scene.right(holder)).result["pledge_id"]
        encumbering.sign(scene, pledge)
        encumbering.file(scene, pledge)
        found.append(last_day(scene.state.pledge_contracts[pledge].office_due_ms))
    assert found == ["2027-01-20", "2027-02-03"]


def test_recordal_ends_on_a_working_day_of_the_rights_place() -> None:
    """Civil Code Art. 203: three months from 15 January 2027 end on Thursday 15 April, here in a holiday."""
    scene = Scene()
    scene.operator(c.SetCalendar(closed_days=("2027-04-15", "2027-04-16")))
    _, buyer, listing = posted(scene, deal_kind="ordinary_licence")
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    licence = scene.state.licences[scene.state.deals[deal].licence_id]
    assert last_day(licence.recordal_due_ms) == "2027-04-19"


def test_a_place_without_a_calendar_counts_by_the_venues() -> None:
    venue = Scene().state.venue
    venue.closed_days = ("2027-01-18",)
    assert working_days.calendar_of(venue, "MO") == Calendar(closed_days=("2027-01-18",))
    venue.calendars = {"MO": Calendar()}
    assert working_days.calendar_of(venue, "MO") == Calendar()
    assert working_days.calendar_of(venue, "CN") == Calendar(closed_days=("2027-01-18",))


def test_the_last_days_that_the_calendar_knows_are_counted() -> None:
    venue = Scene().state.venue
    time_ms = start_of_day(date(2199, 12, 20))
    assert last_day(working_days.end_of(venue, time_ms, 5)) == "2199-12-27"


@pytest.mark.parametrize("path", CALENDARS, ids=lambda path: path.stem)
def test_every_calendar_that_is_shipped_can_be_recorded(path: Path) -> None:
    days = json.loads(path.read_text(encoding="utf-8"))
    place, year = path.stem.split("-")
    assert days["source"]
    for name in ("closed_days", "working_weekends"):
        assert days[name] == sorted(set(days[name]))
        for text in days[name]:
            day = date.fromisoformat(text)
            assert str(day.year) == year
            assert (day.weekday() >= 5) == (name == "working_weekends")
    closed, worked = tuple(days["closed_days"]), tuple(days["working_weekends"])
    command: Any = c.SetCalendar(closed_days=closed, working_weekends=worked, place=place)  # type: ignore[arg-type]
    assert Scene(profile="hong-kong").operator(command).refusal is None


def test_each_place_has_a_calendar_to_begin_with() -> None:
    assert {path.stem.partition("-")[0] for path in CALENDARS} == {"CN", "HK", "MO"}
