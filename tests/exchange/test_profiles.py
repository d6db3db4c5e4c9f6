"""Whose law binds a deal: the strictest of the venue, the right's place, the seller and the buyer."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.rules import effects, export_control, profiles, state_assets, transformation
from exchange.rules.rule import RULES
from tests.exchange.scene import Scene

PLACES = ("CN", "HK", "MO", "US")
RIGHTS = {"CN": "", "HK": "HK-99990010.7", "MO": "MO-I001234", "US": "US-16000001"}


class Deals:
    """A right and a party of each place at a venue of a profile."""

    def __init__(self, profile: str) -> None:
        self.scene = Scene(profile=profile)
        state = self.scene.state
        self.venue = state.venue
        self.parties = {place: state.parties[self.scene.party(jurisdiction=place)] for place in PLACES}
        holder = self.parties["CN"].id
        self.rights = {
            place: state.rights[self.scene.right(holder, right_id=right)] for place, right in RIGHTS.items()
        }


@pytest.mark.parametrize("profile", sorted(profiles.PLACES))
def test_every_place_that_a_deal_touches_binds_it_and_no_other(profile: Any) -> None:
    deals = Deals(profile)
    for right, seller, buyer in itertools.product(PLACES, repeat=3):
        touched = {profiles.PLACES[profile], right, seller, buyer}
        found = profiles.profiles_of(
            deals.venue, deals.rights[right], deals.parties[seller], deals.parties[buyer]
        )
        assert {profiles.PLACES[each] for each in found} == touched - {"US"}
        for rule in RULES.values():
            looked_at = dict(
                zip(
                    ("venue", "right", "seller", "buyer"),
                    (profiles.PLACES[profile], right, seller, buyer),
                    strict=True,
                )
            )
            expected = any(looked_at[name] in rule.jurisdictions for name in rule.bound_by)
            assert (
                profiles.binds(
                    rule, deals.venue, deals.rights[right], deals.parties[seller], deals.parties[buyer]
                )
                is expected
            )


def test_the_rules_of_a_profile_are_those_of_its_place() -> None:
    mainland, hong_kong = (profiles.rules_of(each) for each in ("mainland", "hong-kong"))
    assert effects.CO_OWNERS_CN in mainland
    assert effects.CO_OWNERS_CN not in hong_kong
    assert effects.CO_OWNERS_HK in hong_kong
    assert export_control.EXPORT_RESTRICTED not in hong_kong
    assert set(mainland) > {
        RULES["MALFORMED"],
        state_assets.VENUE_NOT_DESIGNATED,
        transformation.PUBLIC_NOTICE,
    }
    assert profiles.rules_of() == [RULES[code] for code in sorted(RULES)]
    assert all("file" in rule.steps for rule in profiles.rules_of("macau", "file"))
    assert RULES["PROOF-DIFFERS"] in profiles.rules_of(None, "file")


@pytest.mark.parametrize(("jurisdiction", "state"), [("CN", "PUBLICITY"), ("HK", "OPEN")])
def test_the_public_notice_of_the_mainland_binds_its_universities_alone(
    jurisdiction: str, state: str
) -> None:
    scene = Scene()
    university = scene.party(category="university", jurisdiction=jurisdiction)
    listing = scene.listing(university, scene.right(university))
    assert scene.state.listings[listing].state == state


@pytest.mark.parametrize(
    ("office", "seller", "buyer", "refused"),
    [
        ("CN", "CN", "HK", True),
        ("CN", "HK", "MO", True),
        ("HK", "CN", "US", True),
        ("HK", "CN", "CN", False),
        ("CN", "HK", "CN", False),
        ("HK", "HK", "US", False),
    ],
)
def test_unclassified_technology_of_the_mainland_leaves_it_by_right_or_by_seller(
    office: str, seller: str, buyer: str, refused: bool
) -> None:
    scene = Scene()
    holder, taker = scene.party(jurisdiction=seller), scene.party(jurisdiction=buyer)
    right = scene.right(holder, right_id=RIGHTS[office])
    scene.operator(c.ClassifyExport(right_id=right, export_class="unclassified"))
    listing = scene.listing(holder, right, closes_ms=scene.now + 30 * MS_PER_DAY)
    scene.credit(taker, 100_000_00)
    outcome = scene.accept(listing, taker)
    assert (outcome.refusal is not None) is refused
    if outcome.refusal is not None:
        assert outcome.refusal.code == "CN-TECHNOLOGY-EXPORT-30"
