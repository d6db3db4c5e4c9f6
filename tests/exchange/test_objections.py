"""A public notice stands still while an objection is undecided, and has all its days in the end."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.listings.objections import MOST_OBJECTIONS
from exchange.state import State
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

NOTICE_DAYS = 15


class Notice:
    """A university's listing in public notice, and parties that may object."""

    def __init__(self, objectors: int = 2) -> None:
        self.scene = Scene()
        self.university = self.scene.party(category="university")
        self.right = self.scene.right(self.university)
        self.id = self.scene.listing(self.university, self.right)
        self.opened_ms = self.scene.now
        self.objectors = [self.scene.party() for _ in range(objectors)]

    @property
    def row(self) -> Any:
        return self.scene.state.listings[self.id]

    def object(self, which: int = 0) -> str:
        return str(self.scene.object_to(self.id, self.objectors[which]).result["objection_id"])


@pytest.mark.parametrize("held_days", [0, 1, 40])
def test_a_dismissed_objection_leaves_the_notice_its_days_and_the_listing_its_time(held_days: int) -> None:
    notice = Notice()
    scene, closes_ms = notice.scene, notice.row.closes_ms
    scene.wait(10 * MS_PER_DAY)
    objection = notice.object()
    held_ms = scene.now
    scene.wait(held_days * MS_PER_DAY)
    assert notice.row.state == "HELD", "no clock ends the notice meanwhile"
    scene.decide(objection, "dismissed")
    assert notice.row.state == "PUBLICITY"
    assert notice.row.closes_ms == closes_ms + scene.now - held_ms
    deadline = scene.state.deadlines[f"notice_end:{notice.id}"]
    left = deadline.due_ms - scene.now
    assert left + held_ms - notice.opened_ms == pytest.approx(NOTICE_DAYS * MS_PER_DAY, abs=10)
    scene.wait(left)
    assert notice.row.state == "OPEN"
    scene.replay()


@pytest.mark.parametrize("order", list(itertools.permutations(["dismissed", "dismissed", "withdrawn"])))
def test_the_notice_goes_on_with_the_last_objection_only(order: tuple[str, ...]) -> None:
    notice = Notice(3)
    made = [notice.object(which) for which in range(3)]
    for place, (objection, way) in enumerate(zip(made, order, strict=True)):
        assert notice.row.state == "HELD"
        if way == "withdrawn":
            command = c.WithdrawObjection(objection_id=objection)
            outcome = notice.scene.by(notice.objectors[place], command)
        else:
            outcome = notice.scene.decide(objection, way)
        assert outcome.refusal is None
    assert notice.row.state == "PUBLICITY"


def test_an_upheld_objection_rejects_the_listing_frees_the_right_and_ends_the_others() -> None:
    notice = Notice()
    first, second = notice.object(0), notice.object(1)
    notice.scene.decide(second, "upheld")
    states = [notice.scene.state.objections[each].state for each in (first, second)]
    assert (notice.row.state, states) == ("REJECTED", ["LAPSED", "UPHELD"])
    assert notice.scene.state.rights[notice.right].open_listing is None
    assert notice.scene.decide(first, "dismissed").refusal is not None


def test_what_its_seller_takes_back_has_no_objections_left() -> None:
    notice = Notice()
    objection = notice.object()
    notice.scene.by(notice.university, c.WithdrawListing(listing_id=notice.id))
    assert notice.scene.state.objections[objection].state == "LAPSED"


def test_a_freeze_that_came_meanwhile_suspends_the_listing_when_it_goes_on() -> None:
    notice = Notice()
    objection = notice.object()
    notice.scene.copy(notice.right, notice.university, freeze="dispute")
    assert notice.row.state == "HELD"
    notice.scene.decide(objection, "dismissed")
    assert (notice.row.state, notice.row.suspended_from) == ("SUSPENDED", "PUBLICITY")


@pytest.mark.parametrize("days", [1, 20])
def test_a_suspended_notice_keeps_its_days_in_which_somebody_can_object(days: int) -> None:
    notice = Notice()
    scene, closes_ms = notice.scene, notice.row.closes_ms
    scene.copy(notice.right, notice.university, freeze="dispute")
    suspended_ms = scene.now
    assert (notice.row.state, notice.row.suspended_from) == ("SUSPENDED", "PUBLICITY")
    assert code(scene.object_to(notice.id, notice.objectors[0])) == "WRONG-STATE"
    scene.wait(days * MS_PER_DAY)
    scene.copy(notice.right, notice.university)
    assert notice.row.state == "PUBLICITY"
    assert notice.row.closes_ms == closes_ms + scene.now - suspended_ms
    left_ms = scene.state.deadlines[f"notice_end:{notice.id}"].due_ms - scene.now
    assert left_ms == pytest.approx(NOTICE_DAYS * MS_PER_DAY, abs=100)
    notice.object()
    assert notice.row.state == "HELD"
    scene.replay()


def test_a_notice_that_is_suspended_until_the_close_lapses() -> None:
    notice = Notice()
    notice.scene.copy(notice.right, notice.university, freeze="dispute")
    notice.scene.wait(notice.row.closes_ms - notice.scene.now)
    assert notice.row.state == "LAPSED"
    assert f"notice_end:{notice.id}" not in notice.scene.state.deadlines
    notice.scene.replay()


def test_before_the_fifth_engine_a_suspended_notice_ran_out() -> None:
    scene = Scene(engine=4)
    university = scene.party(category="university")
    right = scene.right(university)
    listing = scene.state.listings[scene.listing(university, right)]
    scene.copy(right, university, freeze="dispute")
    scene.wait(NOTICE_DAYS * MS_PER_DAY)
    assert (listing.state, listing.suspended_from) == ("SUSPENDED", "OPEN")
    scene.replay()


def test_only_another_that_is_approved_objects_and_says_why() -> None:
    notice = Notice()
    scene = notice.scene
    waiting = scene.party(approve=False)
    assert code(scene.object_to(notice.id, notice.university)) == "NOT-PERMITTED"
    assert code(scene.object_to(notice.id, waiting)) == "PARTY-NOT-ACTIVE"
    silent = c.ObjectToListing(listing_id=notice.id, ground="price")
    assert code(scene.by(notice.objectors[0], silent)) == "FACT-MISSING"
    assert notice.row.state == "PUBLICITY"


@pytest.mark.not_replayed("objections are made up behind the engine's back")
def test_the_objections_to_a_listing_are_bounded() -> None:
    notice = Notice(1)
    state = notice.scene.state
    objection = notice.object()
    state.objections_of[notice.id] = [objection] * MOST_OBJECTIONS
    another = notice.scene.party()
    refused = notice.scene.object_to(notice.id, another).refusal
    assert refused is not None
    assert (refused.code, refused.detail["most"]) == ("MALFORMED", MOST_OBJECTIONS)


def test_an_objection_survives_a_start_from_the_tables() -> None:
    notice = Notice()
    notice.object(1)
    notice.object(0)

    loaded = State()
    rows = [(row.kind, canonical.encode(row)) for row in notice.scene.state.each_row()]
    loaded.load(reversed(rows))
    assert loaded.state_hash() == notice.scene.state.state_hash()
    assert set(loaded.objections_of[notice.id]) == {"OBJ-1", "OBJ-2"}


# --- secrecy and documents


def test_a_secrecy_notice_suspends_an_open_listing_until_the_right_is_declassified() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.state.listings[scene.listing(seller, right)]
    scene.document("secrecy_notice", right)
    assert listing.state == "SUSPENDED"
    scene.credit(buyer, 100_000_00)
    refused = scene.accept(listing.id, buyer).refusal
    assert refused is not None
    assert refused.code == "CN-PATENT-LAW-4"
    scene.document("declassification", right)
    assert listing.state == "OPEN"
    assert scene.accept(listing.id, buyer).refusal is None
    scene.replay()


@pytest.mark.parametrize(
    ("document", "subject", "fields"),
    [
        ("venue_designation", "L-1", {}),
        ("appraisal", "R", {}),
        ("appraisal", "R", {"amount": 0, "currency": "CNY"}),
        ("appraisal", "R", {"amount": 1}),
        ("declassification", "R", {"amount": 1, "currency": "CNY"}),
        ("holders", "P-1", {}),
        ("holders", "P-1", {"holders": ("x" * 65,)}),
        ("declassification", "R", {"holders": ("A",)}),
        ("letter_of_intent", "R", {}),
        ("letter_of_intent", "R", {"party_id": "P-99"}),
        ("export_licence", "D-1", {}),
        ("declassification", "R", {"valid_until_ms": 1}),
    ],
)
def test_a_document_that_says_less_or_more_than_its_kind_is_refused(
    document: str, subject: str, fields: dict[str, Any]
) -> None:
    scene = Scene()
    right = scene.right(scene.party())
    outcome = scene.document(document, right if subject == "R" else subject, **fields)
    assert outcome.refusal is not None
    assert outcome.refusal.code in {"MALFORMED", "UNKNOWN-ID"}
    assert not scene.state.documents
