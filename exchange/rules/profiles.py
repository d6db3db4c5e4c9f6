"""Venue profiles: whose law binds a deal, and which rules that makes.

A rule binds where one of the deal's connections that it looks at (`Rule.bound_by`) lies at one of its places
(`Rule.jurisdictions`). So the strictest of the venue, the right's place, the seller and the buyer applies: what any of
them asks for is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from exchange.rules.rule import RULES, Connection, Rule, Step

if TYPE_CHECKING:
    from exchange.rows import Party, Right, Venue

Profile = Literal["mainland", "hong-kong", "macau"]
PLACES: dict[Profile, str] = {"mainland": "CN", "hong-kong": "HK", "macau": "MO"}
"""Profile to the place whose law it is."""
SINCE_ENGINE = 3
"""Engines before it bind some rules of the Mainland wherever seller and right are."""


def place_of(venue: Venue) -> str:
    """The place of the venue itself."""
    return PLACES[venue.profile]  # type: ignore[index]  # a venue is opened under a profile only


def connections(
    venue: Venue, right: Right | None = None, seller: Party | None = None, buyer: Party | None = None
) -> dict[Connection, str]:
    """The places of a deal's connections: the venue's, and of right, seller and buyer those that are known."""
    found: dict[Connection, str] = {"venue": place_of(venue)}
    if right is not None:
        found["right"] = right.office
    if seller is not None:
        found["seller"] = seller.jurisdiction
    if buyer is not None:
        found["buyer"] = buyer.jurisdiction
    return found


def binds(
    rule: Rule,
    venue: Venue,
    right: Right | None = None,
    seller: Party | None = None,
    buyer: Party | None = None,
) -> bool:
    """Whether a rule binds a deal of this right between these parties at this venue."""
    # Every step asks this of several rules, so nothing is made for it.
    places, looks_at = rule.jurisdictions, rule.bound_by
    return (
        ("venue" in looks_at and place_of(venue) in places)
        or (right is not None and "right" in looks_at and right.office in places)
        or (seller is not None and "seller" in looks_at and seller.jurisdiction in places)
        or (buyer is not None and "buyer" in looks_at and buyer.jurisdiction in places)
    )


def profiles_of(
    venue: Venue, right: Right | None = None, seller: Party | None = None, buyer: Party | None = None
) -> tuple[Profile, ...]:
    """The profiles that bind a deal, all of them at once: the venue's own, and that of each connection's place."""
    places = set(connections(venue, right, seller, buyer).values())
    return tuple(profile for profile in get_args(Profile) if PLACES[profile] in places)


def rules_of(profile: Profile | None = None, step: Step | None = None) -> list[Rule]:
    """Rules by code: of a profile those that bind at its place, of a step those that can refuse it."""
    return [
        RULES[code]
        for code in sorted(RULES)
        if (profile is None or PLACES[profile] in RULES[code].jurisdictions)
        and (step is None or step in RULES[code].steps)
    ]
