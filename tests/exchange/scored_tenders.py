"""A tender's scores worked out anew from its sheets, in whole numbers and without the engine's own arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange.commands import Criterion, ScoreSheet

Opened = Mapping[str, tuple[int, int]]
"""Of each bid in the running its price, minor units, and its place in the order of sealing."""


def ranked(
    criteria: Sequence[Criterion], opened: Opened, sheets: Sequence[ScoreSheet]
) -> list[tuple[str, int]]:
    """Each bid with its score in ten-thousandths of a point, rounded down, best first.

    A score times the highest price and the number of sheets is a whole number: nothing is lost before the ranking.
    """
    highest = max(price for price, _ in opened.values())
    whole = highest * len(sheets)
    scores = {}
    for bid_id, (price, _) in opened.items():
        scores[bid_id] = sum(
            each.weight * 100 * price * len(sheets)
            if each.code == "price"
            else each.weight * highest * sum(sheet.points[bid_id][each.code] for sheet in sheets)
            for each in criteria
        )
    order = sorted(opened, key=lambda each: (scores[each], opened[each][0], -opened[each][1]), reverse=True)
    return [(bid_id, scores[bid_id] // whole) for bid_id in order]
