"""Parties that act as one: affiliates, as the venue has found them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from exchange.rows import Party

BIDDERS_SINCE_ENGINE = 5
"""Bidders that only a company outside the bidding joins are one when registration closes, since this version."""


def affiliates_of(parties: Mapping[str, Party], party_ids: Collection[str]) -> set[str]:
    """These parties, their affiliates, and whoever is an affiliate of one of those."""
    found: set[str] = set()
    more = set(party_ids)
    while more:
        found |= more
        more = {other for each in more for other in parties[each].affiliates} - found
    return found


def independent(parties: Mapping[str, Party], party_ids: Collection[str]) -> int:
    """How many these parties are, where affiliates, and affiliates of theirs, are one."""
    left = set(party_ids)
    count = 0
    while left:
        left -= affiliates_of(parties, {min(left)})
        count += 1
    return count
