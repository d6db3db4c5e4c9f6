"""Parties that act as one: affiliates, as the venue has found them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from exchange.rows import Party


def affiliates_of(parties: Mapping[str, Party], party_ids: Collection[str]) -> set[str]:
    """These parties, their affiliates, and whoever is an affiliate of one of those."""
    found: set[str] = set()
    more = set(party_ids)
    while more:
        found |= more
        more = {other for each in more for other in parties[each].affiliates} - found
    return found
