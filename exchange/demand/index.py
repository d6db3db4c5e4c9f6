"""An index of what is matched, so that a rank over very many documents looks at those alone that share something.

It gives what `exchange.demand.matching` gives when it is asked of each in turn, in the same order, page by page.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from exchange.demand import matching
from exchange.demand.matching import Match, Offered, Wanted
from exchange.demand.words import words_of
from exchange.rights.classes import level_of, with_ancestors

Doc = TypeVar("Doc", Wanted, Offered)
Place = tuple[int, str]
"""Where a page ends: a match's score and id."""
_FEWEST_GONE = 1_000
"""Places of gone documents that are left empty before the index is written anew."""


class MatchIndex(Generic[Doc]):
    """Documents by the symbols and words that they hold. Answers do not depend on the order in which they came."""

    def __init__(self) -> None:
        self._slots: list[Doc | None] = []
        self._slot_of: dict[str, int] = {}
        self._by_symbol: dict[str, array[int]] = {}
        self._by_word: dict[str, array[int]] = {}
        self._holding: dict[str, int] = {}
        """How many documents hold a word now; the arrays still name those that have gone."""

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._slot_of)

    def get(self, doc_id: str) -> Doc | None:
        """A document by id."""
        slot = self._slot_of.get(doc_id)
        return None if slot is None else self._slots[slot]

    def put(self, doc: Doc) -> None:
        """Add a document, or replace the one with its id."""
        if self.get(doc.id) == doc:
            return
        self.drop(doc.id)
        slot = self._slot_of[doc.id] = len(self._slots)
        self._slots.append(doc)
        for symbol in with_ancestors(doc.classes):
            self._by_symbol.setdefault(symbol, array("I")).append(slot)
        for word in words_of(doc.text):
            self._by_word.setdefault(word, array("I")).append(slot)
            self._holding[word] = self._holding.get(word, 0) + 1

    def drop(self, doc_id: str) -> None:
        """Take a document out, if it is there."""
        slot = self._slot_of.pop(doc_id, None)
        if slot is None:
            return
        doc, self._slots[slot] = self._slots[slot], None
        for word in words_of(doc.text) if doc is not None else ():
            self._holding[word] -= 1
            if not self._holding[word]:
                del self._holding[word], self._by_word[word]  # no word outlives the last text that held it
        if len(self._slots) > 2 * len(self._slot_of) + _FEWEST_GONE:
            self._write_anew()

    def rarities(self, words: Iterable[str]) -> dict[str, int]:
        """The points of those of these words that any document holds."""
        held = ((word, self._holding.get(word, 0)) for word in words)
        return {word: matching.rarity(len(self), holding) for word, holding in held if holding}

    def subject_points(self, classes: tuple[str, ...], rarities: Mapping[str, int]) -> dict[int, int]:
        """The points for classification and words of every document that has any, by its slot."""
        by_class, by_word = [0] * len(self._slots), [0] * len(self._slots)
        for symbol in with_ancestors(classes):
            points = matching.LEVEL_POINTS[level_of(symbol)]
            for slot in self._by_symbol.get(symbol, ()):
                by_class[slot] += points
        for word, points in rarities.items():
            for slot in self._by_word[word] if points else ():
                by_word[slot] += points
        most = matching.MOST_SUBJECT_POINTS
        return {
            slot: min(most, one) + min(most, other)
            for slot, (one, other) in enumerate(zip(by_class, by_word, strict=True))
            if (one or other) and self._slots[slot] is not None
        }

    def best(
        self,
        subject: Mapping[int, int],
        more_points: Callable[[Doc], int | None],
        limit: int,
        after: Place | None,
    ) -> list[Doc]:
        """The best `limit` behind a place. `more_points` are a document's beside its subject's, None leaves it out."""
        behind = None if after is None else matching.order_of(*after)
        kept: list[tuple[tuple[int, int, str], Doc]] = []
        best_scores: list[int] = []
        for slot in sorted(subject, key=subject.__getitem__, reverse=True):
            highest = subject[slot] + matching.MOST_CIRCUMSTANCE_POINTS
            if len(best_scores) == limit and highest < best_scores[0]:
                break  # neither this one nor any that follows can come among the best
            doc = self._slots[slot]
            more = None if doc is None else more_points(doc)
            if doc is None or more is None:
                continue
            order = matching.order_of(subject[slot] + more, doc.id)
            if behind is not None and order <= behind:
                continue
            kept.append((order, doc))
            push = heapq.heappush if len(best_scores) < limit else heapq.heappushpop
            push(best_scores, subject[slot] + more)
        return [doc for _, doc in sorted(kept, key=lambda each: each[0])[:limit]]

    def _write_anew(self) -> None:
        anew: MatchIndex[Doc] = MatchIndex()
        for doc in self._slots:
            if doc is not None:
                anew.put(doc)
        self._slots, self._slot_of = anew._slots, anew._slot_of
        self._by_symbol, self._by_word, self._holding = anew._by_symbol, anew._by_word, anew._holding


def listings_for(
    index: MatchIndex[Offered], wanted: Wanted, budget: int | None, *, limit: int, after: Place | None = None
) -> list[Match]:
    """Listings for a need, best first, as its own buyer may see them: the budget is part of the rank."""
    rarities = index.rarities(words_of(wanted.text))

    def more_points(offered: Offered) -> int | None:
        if offered.party == wanted.party:
            return None
        return sum(each.points for each in matching.circumstances(wanted, offered, budget))

    found = index.best(index.subject_points(wanted.classes, rarities), more_points, limit, after)
    matches = (matching.match(wanted, offered, rarities, budget) for offered in found)
    return [each for each in matches if each is not None]


def needs_for(
    index: MatchIndex[Wanted], offered: Offered, *, limit: int, after: Place | None = None
) -> list[Match]:
    """Needs for a listing, best first, as its seller may see them: of no budget is anything known here."""
    rarities = index.rarities(words_of(offered.text))

    def more_points(wanted: Wanted) -> int | None:
        if offered.party == wanted.party:
            return None
        return sum(each.points for each in matching.circumstances(wanted, offered))

    found = index.best(index.subject_points(offered.classes, rarities), more_points, limit, after)
    matches = (matching.for_seller(wanted, offered, rarities) for wanted in found)
    return [each for each in matches if each is not None]
