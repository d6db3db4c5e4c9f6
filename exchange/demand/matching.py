"""How well a technology need and a listing fit, with the reasons: a pure function over plain data.

The same reasons in both directions, with one exception: whether the price is within the buyer's budget is a reason for
the buyer alone. What a seller is shown is made by functions that are never given a budget, so that neither reasons nor
rank nor what is left out can tell it.

All points are integers. Classification: each symbol that both share, down to the deepest, has the points of its level.
Words: each that both share has the more points the rarer it is among what is searched. Both have a ceiling, so that
nobody gains by naming every class or word there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from exchange.commands import DealKind
from exchange.demand.words import shared_phrases, words_of
from exchange.rights.classes import Level, deepest, level_of, with_ancestors
from exchange.terms.scope import lies_within

ReasonCode = Literal[
    "SAME-SUBGROUP",
    "SAME-GROUP",
    "SAME-SUBCLASS",
    "SAME-CLASS",
    "WORDS",
    "TERRITORY",
    "TERRITORY-OTHER",
    "KIND",
    "KIND-OTHER",
    "CURRENCY-OTHER",
    "PRICE-WITHIN-BUDGET",
    "PRICE-ABOVE-BUDGET",
    "PRICE-BY-ROYALTY",
]
LEVEL_POINTS: Final[dict[Level, int]] = {"class": 4, "subclass": 8, "group": 16, "subgroup": 32}
MOST_SUBJECT_POINTS: Final = 120
"""Of classification, and again of words: two symbols that are the same down to the subgroup."""
CIRCUMSTANCE_POINTS: Final = 20
"""Each for territory, kind of deal, and price."""
MOST_CIRCUMSTANCE_POINTS: Final = 3 * CIRCUMSTANCE_POINTS
COMMON_PART: Final = 8
"""A word that stands in more than this part (1/8) of all that is searched says nothing of any."""
_SMALL_CORPUS: Final = 64
"""Added to the number searched, so that words count where there is little to search."""
_SAME: Final[dict[Level, ReasonCode]] = {
    "class": "SAME-CLASS",
    "subclass": "SAME-SUBCLASS",
    "group": "SAME-GROUP",
    "subgroup": "SAME-SUBGROUP",
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What of a need everybody may see; `text` is its title and description. There is no budget in here."""

    id: str
    party: str
    classes: tuple[str, ...]
    text: str
    territories: tuple[str, ...]
    kinds: tuple[DealKind, ...]
    currency: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What of a listing and its right everybody may see; `text` is the titles of its rights.

    `price` in minor units, None where a royalty is paid, alone or beside an entry fee.
    """

    id: str
    party: str
    classes: tuple[str, ...]
    text: str
    territories: tuple[str, ...]
    kind: DealKind
    currency: str
    price: int | None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason, its points (0 where it speaks against), and what both share: symbols, words or territories."""

    code: ReasonCode
    points: int
    shared: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A listing or a need that fits, by its id; the higher the score the better."""

    id: str
    score: int
    reasons: tuple[Reason, ...]


def order_of(score: int, row_id: str) -> tuple[int, int, str]:
    """The rank's sort key: best first, among equals the earlier number."""
    return -score, len(row_id), row_id


def rarity(total: int, holding: int) -> int:
    """The points of a word that `holding` of `total` texts hold: its logarithm, 0 for a common one.

    Raises:
        ValueError: no text holds it.
    """
    if holding < 1:
        message = "a shared word stands in at least one text"
        raise ValueError(message)
    return ((total + _SMALL_CORPUS) // (COMMON_PART * holding)).bit_length()


def class_points(shared: Iterable[str]) -> int:
    """The points of the symbols (closed under their ancestors) that both sides share."""
    return min(MOST_SUBJECT_POINTS, sum(LEVEL_POINTS[level_of(symbol)] for symbol in shared))


def word_points(shared: Iterable[str], rarities: Mapping[str, int]) -> int:
    """The points of the words that both sides share."""
    return min(MOST_SUBJECT_POINTS, sum(rarities[word] for word in shared))


def circumstances(wanted: Wanted, offered: Offered, budget: int | None = None) -> tuple[Reason, ...]:
    """Territory, kind of deal and price. `budget` is given for the need's own buyer, and for nobody else."""
    places = _places(wanted.territories, offered.territories)
    kind_fits = offered.kind in wanted.kinds
    reasons = [
        Reason(
            code="TERRITORY" if places else "TERRITORY-OTHER",
            points=CIRCUMSTANCE_POINTS if places else 0,
            shared=places,
        ),
        Reason(code="KIND" if kind_fits else "KIND-OTHER", points=CIRCUMSTANCE_POINTS if kind_fits else 0),
    ]
    if offered.currency != wanted.currency:
        reasons.append(Reason(code="CURRENCY-OTHER", points=0))
    elif offered.price is None:
        reasons.append(Reason(code="PRICE-BY-ROYALTY", points=0))
    elif budget is not None:
        fits = offered.price <= budget
        code: ReasonCode = "PRICE-WITHIN-BUDGET" if fits else "PRICE-ABOVE-BUDGET"
        reasons.append(Reason(code=code, points=CIRCUMSTANCE_POINTS if fits else 0))
    return tuple(reasons)


def match(
    wanted: Wanted, offered: Offered, rarities: Mapping[str, int], budget: int | None = None
) -> Match | None:
    """How well the two fit, None where neither classes nor words bring them together or both are one party's.

    `rarities` has the points of at least the words that both hold. The match has the listing's id where a budget may be
    given, which is the buyer's direction; `for_seller` gives the other.
    """
    subject = subject_reasons(wanted, offered, rarities)
    if not subject or wanted.party == offered.party:
        return None
    reasons = (*subject, *circumstances(wanted, offered, budget))
    return Match(id=offered.id, score=sum(each.points for each in reasons), reasons=reasons)


def for_seller(wanted: Wanted, offered: Offered, rarities: Mapping[str, int]) -> Match | None:
    """The same as the listing's seller is shown it: the need's id, and nothing that a budget has touched."""
    found = match(wanted, offered, rarities)
    return None if found is None else msgspec.structs.replace(found, id=wanted.id)


def subject_reasons(wanted: Wanted, offered: Offered, rarities: Mapping[str, int]) -> tuple[Reason, ...]:
    """What brings the two together: classification, words, or both."""
    reasons = []
    symbols = with_ancestors(wanted.classes) & with_ancestors(offered.classes)
    if symbols:
        nearest = deepest(symbols)
        level = max((level_of(symbol) for symbol in nearest), key=lambda each: LEVEL_POINTS[each])
        reasons.append(Reason(code=_SAME[level], points=class_points(symbols), shared=nearest))
    both = frozenset(words_of(wanted.text)).intersection(words_of(offered.text))
    telling = frozenset(word for word in both if rarities[word])
    if telling:
        phrases = shared_phrases(offered.text, telling)
        reasons.append(Reason(code="WORDS", points=word_points(telling, rarities), shared=phrases))
    return tuple(reasons)


def _places(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Where both hold: of two territories of which one lies within the other, the smaller."""
    smaller = {mine for mine in one for yours in other if lies_within(mine, yours)}
    smaller |= {yours for yours in other for mine in one if lies_within(yours, mine)}
    return tuple(sorted(smaller))
