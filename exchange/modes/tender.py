"""Tender 招标: sealed tenders, scored by an evaluation committee under weights that the listing has published.

Everything up to the opening is as with sealed bids, the proposal document being sealed by its digest beside the price.
Fewer than three tenders are not opened, and tenders are invited again (Tendering Law Art. 28). The committee has an odd
number of evaluators, five at least (Art. 37). The award is computed from its sheets: of the price criterion the highest
price has all points and any other its share of them; of every other criterion the mean of the evaluators' points
counts. The highest score wins (Art. 41), among equals the higher price, then the tender that was sealed first.
"""

from __future__ import annotations

from fractions import Fraction

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY
from exchange.commands import (
    Criterion,
    CriterionCode,
    ListingTerms,
    RevealTerms,
    ScoreSheet,
    ScoreTerms,
    SubmitListing,
)
from exchange.events import TenderScored
from exchange.listings import life
from exchange.listings.bid_commitment import HASH
from exchange.modes.mode import require_own_terms
from exchange.modes.sealed import Sealed, award_best
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Bid, Listing
from exchange.rules import tendering_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.transitions import require_step
from exchange.turn import Result, Turn

WHOLE = 10_000
"""Basis points of all weights together."""
MOST_POINTS = 100
EVALUATION_MS = 30 * MS_PER_DAY
"""The committee has so long; without its word the listing lapses."""
SCORE_UNITS = 10_000
"""Of a point, as a score is shown."""
SCORES_KEPT_SINCE_ENGINE = 5
"""Since this version a tender keeps its score and its points."""
Points = dict[str, dict[CriterionCode, Fraction]]
"""By bid id and criterion."""


class Tender(Sealed):
    """The tender."""

    fewest = tendering_law.FEWEST_TENDERS

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """As sealed bids, with criteria: each once, the price among them, weights that make up the whole."""
        require_own_terms(command, terms, "reveal_ms", "criteria")
        criteria = _criteria(terms)
        codes = [criterion.code for criterion in criteria]
        sound = (
            "price" in codes
            and len(set(codes)) == len(codes) > 1
            and all(0 < criterion.weight < WHOLE for criterion in criteria)
            and sum(criterion.weight for criterion in criteria) == WHOLE
        )
        if not sound:
            refuse(rules.MALFORMED, field="criteria", whole=WHOLE)
        self.check_sealed(turn, command, terms)

    def check_revealed(self, terms: RevealTerms) -> None:
        """A tender opens to a price and to its proposal document's digest."""
        if not 0 < terms.price <= LARGEST_AMOUNT:
            refuse(rules.MALFORMED, field="price")
        for field in ("nonce", "proposal"):
            if not HASH.fullmatch(getattr(terms, field)):
                refuse(rules.MALFORMED, field=field)

    def decide(self, turn: Turn, listing: Listing, revealed: list[Bid]) -> None:
        """The committee begins, if there is anything to score."""
        if not revealed:
            life.end_without_award(turn, listing, "nobody", "reveal_end")
            return
        life.move(turn, listing, "opened", "reveal_end")
        turn.state.set_deadline("evaluation_by", listing.id, turn.time_ms + EVALUATION_MS)

    def score(self, turn: Turn, listing: Listing, terms: ScoreTerms) -> Result:
        """The award follows from the sheets."""
        require_step(life.TRANSITIONS, listing, "award")
        if listing.state != "EVALUATING":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="record_scores")
        bids = life.sealed_bids(turn.state, listing)
        _check_sheets(listing, bids, terms.sheets)
        if not bids or life.bar_to_award(turn, listing):
            refuse(
                rules.WRONG_STATE,
                listing_id=listing.id,
                state=listing.state,
                step="record_scores",
                barred=bool(bids),
            )
        points = points_of(listing.terms, bids, terms.sheets)
        scores = scores_of(listing.terms, points)
        ranked = sorted(bids, key=lambda bid: (-scores[bid.id], -bid.price, bid.sequence))
        shown = tuple((bid.id, _units(scores[bid.id])) for bid in ranked)
        _keep(turn, ranked, scores, points)
        turn.emit(TenderScored(listing_id=listing.id, evaluators=len(terms.sheets), scores=shown))
        award_best(turn, listing, ranked, "record_scores")
        return {"listing_id": listing.id, "bid_id": ranked[0].id, "state": listing.state}


def points_of(terms: ListingTerms, bids: list[Bid], sheets: tuple[ScoreSheet, ...]) -> Points:
    """Each tender's points by criterion, 0 to 100, exactly: its price's part of the highest, and the sheets' mean."""
    highest = max(bid.price for bid in bids)
    codes = [each.code for each in _criteria(terms)]
    return {
        bid.id: {
            code: Fraction(MOST_POINTS * bid.price, highest)
            if code == "price"
            else Fraction(sum(sheet.points[bid.id][code] for sheet in sheets), len(sheets))
            for code in codes
        }
        for bid in bids
    }


def scores_of(terms: ListingTerms, points: Points) -> dict[str, Fraction]:
    """Each tender's score, 0 to 100, exactly: the published weights over its points."""
    return {
        bid_id: sum((given[each.code] * each.weight / WHOLE for each in _criteria(terms)), Fraction(0))
        for bid_id, given in points.items()
    }


def _keep(turn: Turn, bids: list[Bid], scores: dict[str, Fraction], points: Points) -> None:
    """Each tender keeps its score, for whoever may see what was opened."""
    if turn.state.venue.engine < SCORES_KEPT_SINCE_ENGINE:
        return
    for bid in bids:
        bid.score = _units(scores[bid.id])
        bid.points = {code: _units(each) for code, each in points[bid.id].items()}
        turn.state.touch(bid)


def _units(points: Fraction) -> int:
    """Points in ten-thousandths, rounded down."""
    return int(points * SCORE_UNITS)


def _criteria(terms: ListingTerms) -> tuple[Criterion, ...]:
    return () if terms.criteria is UNSET else terms.criteria


def _check_sheets(listing: Listing, bids: list[Bid], sheets: tuple[ScoreSheet, ...]) -> None:
    """An odd committee of five or more, each of it once, with points for every tender under every criterion."""
    tendering_law.committee_is_whole(len(sheets))
    experts = {sheet.expert for sheet in sheets}
    if len(experts) != len(sheets) or not all(HASH.fullmatch(expert) for expert in experts):
        refuse(rules.MALFORMED, field="expert")
    wanted = {criterion.code for criterion in _criteria(listing.terms)} - {"price"}
    for number, sheet in enumerate(sheets):
        whole = sheet.points.keys() == {bid.id for bid in bids} and all(
            points.keys() == wanted and all(0 <= value <= MOST_POINTS for value in points.values())
            for points in sheet.points.values()
        )
        if not whole:
            refuse(rules.MALFORMED, field="points", sheet=number, most=MOST_POINTS)
