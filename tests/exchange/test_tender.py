"""Tenders: fewer than three are not opened; the award is what the published weights make of the committee's sheets."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import TenderScored
from exchange.modes.tender import EVALUATION_MS
from exchange.terms import offer_terms
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_sealed_mode import DEPOSIT, LEAST, TERMS, Sealing

CRITERIA = (
    c.Criterion(code="price", weight=6_000),
    c.Criterion(code="implementation_plan", weight=3_000),
    c.Criterion(code="track_record", weight=1_000),
)
DOCUMENT = digest("a proposal")


class Tendering(Sealing):
    """A tender with qualified bidders."""

    def __init__(self, bidders: int = 3, **fields: Any) -> None:
        super().__init__(bidders, "tender", **({"criteria": CRITERIA} | fields))

    def tendered(self, *prices: int) -> list[str]:
        """One tender of each bidder, opened; the committee is about to begin."""
        pairs = list(zip(self.bidders, prices, strict=True))
        bids = [
            self.seal(self.listing_id, bidder, price, DOCUMENT).result["bid_id"] for bidder, price in pairs
        ]
        self.close()
        self.fixed(self.listing_id)
        for bid, price in zip(bids, prices, strict=True):
            assert code(self.reveal(bid, price, DOCUMENT)) == ""
        self.window_ends()
        return bids

    def score(self, sheets: list[dict[str, dict[str, int]]], expert: str = "") -> Outcome:
        """The committee's sheets: points by bid and criterion, one for each evaluator."""
        made = tuple(
            c.ScoreSheet(expert=expert or digest(f"expert {number}"), points=points)
            for number, points in enumerate(sheets)
        )
        return self.operator(c.RecordScores(listing_id=self.listing_id), terms=c.ScoreTerms(sheets=made))


def alike(bids: list[str], *points: int) -> dict[str, dict[str, int]]:
    """A sheet with the same points under both criteria, for each tender in turn."""
    return {
        bid: {"implementation_plan": each, "track_record": each}
        for bid, each in zip(bids, points, strict=True)
    }


def test_the_score_under_the_published_weights_decides_not_the_price() -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST * 2, LEAST * 2)
    assert scene.row.state == "EVALUATING"
    outcome = scene.score([alike(bids, 100, 0, 24)] * 5)
    assert code(outcome) == ""
    (scored,) = [event for event in outcome.events if isinstance(event, TenderScored)]
    # 0.6 x 50 + 0.4 x 100 = 70; 0.6 x 100 + 0 = 60; 0.6 x 100 + 0.4 x 24 = 69.6
    assert scored.scores == ((bids[0], 700_000), (bids[2], 696_000), (bids[1], 600_000))
    (deal,) = scene.state.deals.values()
    assert (deal.buyer, deal.price, deal.bid_id) == (scene.bidders[0], LEAST, bids[0])
    assert scene.states() == ["WON", "LOST", "LOST"]
    assert [scene.balance(bidder) for bidder in scene.bidders] == [0, DEPOSIT, DEPOSIT]
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_each_tender_keeps_the_score_and_the_points_that_decided_rounded_down() -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST * 3, LEAST * 2)
    sheets = [alike(bids, 100, 0, each) for each in (24, 24, 24, 24, 25)]
    assert [scene.state.bids[bid].score for bid in bids] == [UNSET] * 3
    (scored,) = [each for each in scene.score(sheets).events if isinstance(each, TenderScored)]
    kept = {bid: scene.state.bids[bid] for bid in bids}
    assert dict(scored.scores) == {bid: row.score for bid, row in kept.items()}
    points = [kept[bid].points for bid in bids]
    assert points[0] == {"price": 33_3333, "implementation_plan": 100_0000, "track_record": 100_0000}
    assert points[1] == {"price": 100_0000, "implementation_plan": 0, "track_record": 0}
    assert points[2] == {"price": 66_6666, "implementation_plan": 24_2000, "track_record": 24_2000}
    # 0.6 x 33.3... + 0.4 x 100 is 60 whole, though the points that are shown are rounded down.
    assert [kept[bid].score for bid in bids] == [60_0000, 60_0000, 49_6800]


def test_the_winners_proposal_is_part_of_what_both_sign() -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST, LEAST)
    scene.score([alike(bids, 100, 0, 24)] * 5)
    (deal,) = scene.state.deals.values()
    sides = scene.state.parties[deal.seller], scene.state.parties[deal.buyer]
    texts = offer_terms.texts_of(deal, *sides, None, simulated=False)
    assert all(DOCUMENT in text for text in texts.values())


@pytest.mark.parametrize(("tenders", "state"), [(0, "LAPSED"), (2, "LAPSED"), (3, "SEALED")])
def test_fewer_than_three_tenders_are_not_opened_and_deposits_go_back(tenders: int, state: str) -> None:
    scene = Tendering(4)
    for bidder in scene.bidders[:tenders]:
        scene.seal(scene.listing_id, bidder, LEAST, DOCUMENT)
    scene.close()
    assert scene.row.state == state
    if state == "LAPSED":
        assert all(scene.balance(bidder) == DEPOSIT for bidder in scene.bidders)
        assert set(scene.states()) <= {"LAPSED"}


def test_without_a_tender_left_there_is_nothing_to_score() -> None:
    scene = Tendering()
    scene.tendered(LEAST, LEAST, LEAST)
    for bidder in scene.bidders:
        scene.operator(c.RecordAffiliation(party_id=bidder, affiliate_id=scene.seller))
    assert code(scene.score([{}] * 5)) == "WRONG-STATE"


def test_affiliates_are_one_tenderer() -> None:
    scene = Tendering()
    scene.operator(c.RecordAffiliation(party_id=scene.bidders[0], affiliate_id=scene.bidders[1]))
    for bidder in scene.bidders:
        scene.seal(scene.listing_id, bidder, LEAST, DOCUMENT)
    scene.close()
    assert (scene.row.state, scene.balance(scene.bidders[2])) == ("LAPSED", DEPOSIT)


def test_fewer_than_three_valid_tenders_are_not_evaluated() -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST, LEAST - 1)
    assert [scene.state.bids[bid].state for bid in bids] == ["LAPSED", "LAPSED", "VOID"]
    assert scene.row.state == "LAPSED"


def test_a_tender_opens_with_the_document_that_was_sealed_with_it() -> None:
    scene = Tendering()
    bids = [
        scene.seal(scene.listing_id, bidder, LEAST, DOCUMENT).result["bid_id"] for bidder in scene.bidders
    ]
    scene.close()
    scene.fixed(scene.listing_id)
    assert code(scene.reveal(bids[0], LEAST, digest("another"))) == "SEAL-DIFFERS"
    assert code(scene.reveal(bids[0], LEAST)) == "MALFORMED"
    assert code(scene.reveal(bids[0], LEAST, DOCUMENT)) == ""
    assert scene.state.bids[bids[0]].proposal == DOCUMENT


@pytest.mark.parametrize("evaluators", [0, 3, 4, 6, 27])
def test_a_committee_is_five_or_more_and_odd(evaluators: int) -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST, LEAST)
    assert code(scene.score([alike(bids, 1, 2, 3)] * evaluators)) == "CN-TENDERING-37"
    assert code(scene.score([alike(bids, 1, 2, 3)] * 5)) == ""


def test_a_sheet_that_leaves_out_or_adds_anything_is_refused_whole() -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST, LEAST)
    whole = alike(bids, 10, 20, 30)
    short = alike(bids[:2], 1, 2)
    beyond = {**whole, bids[0]: {"implementation_plan": 101, "track_record": 0}}
    below = {**whole, bids[0]: {"implementation_plan": -1, "track_record": 0}}
    fewer = {**whole, bids[0]: {"implementation_plan": 1}}
    priced = {**whole, bids[0]: {"implementation_plan": 1, "track_record": 1, "price": 100}}
    unknown = {**whole, "B-99": {"implementation_plan": 1, "track_record": 1}}
    for wrong in (short, beyond, below, fewer, priced, unknown):
        assert code(scene.score([whole] * 4 + [wrong])) == "MALFORMED"
    assert code(scene.score([whole] * 5, expert=digest("one and the same"))) == "MALFORMED"
    assert scene.row.state == "EVALUATING"


def test_without_the_committees_word_in_time_nothing_is_awarded() -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST, LEAST)
    scene.wait(EVALUATION_MS)
    assert (scene.row.state, set(scene.states())) == ("LAPSED", {"LAPSED"})
    assert all(scene.balance(bidder) == DEPOSIT for bidder in scene.bidders)
    assert code(scene.score([alike(bids, 1, 2, 3)] * 5)) == "WRONG-STATE"


def test_where_every_tenderer_was_found_to_be_an_affiliate_there_is_nothing_to_score() -> None:
    scene = Tendering()
    scene.tendered(LEAST, LEAST, LEAST)
    for bidder in scene.bidders:
        scene.operator(c.RecordAffiliation(party_id=scene.seller, affiliate_id=bidder))
    assert scene.states() == ["LAPSED"] * 3
    assert code(scene.score([{}] * 5)) == "WRONG-STATE"
    scene.wait(EVALUATION_MS)
    assert scene.row.state == "LAPSED"
    assert [scene.balance(bidder, "deposit") for bidder in scene.bidders] == [0, 0, 0]


def test_the_committee_does_not_award_what_the_register_bars() -> None:
    scene = Tendering()
    bids = scene.tendered(LEAST, LEAST, LEAST)
    scene.copy(scene.right_id, scene.seller, freeze="dispute")
    assert code(scene.score([alike(bids, 1, 2, 3)] * 5)) == "WRONG-STATE"
    scene.copy(scene.right_id, scene.seller)
    assert code(scene.score([alike(bids, 1, 2, 3)] * 5)) == ""


@pytest.mark.parametrize(
    "criteria",
    [
        (),
        (c.Criterion(code="price", weight=10_000),),
        (c.Criterion(code="price", weight=5_000), c.Criterion(code="track_record", weight=4_999)),
        (
            c.Criterion(code="implementation_plan", weight=5_000),
            c.Criterion(code="track_record", weight=5_000),
        ),
        (c.Criterion(code="price", weight=10_000), c.Criterion(code="track_record", weight=0)),
        (c.Criterion(code="price", weight=15_000), c.Criterion(code="track_record", weight=-5_000)),
        (c.Criterion(code="price", weight=5_000),) * 2,
    ],
)
def test_weights_are_published_whole_with_the_price_among_them(criteria: tuple[c.Criterion, ...]) -> None:
    scene = Scene()
    seller = scene.party()
    outcome = scene.submit(seller, scene.right(seller), "tender", **(TERMS | {"criteria": criteria}))
    assert code(outcome) == "MALFORMED"


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_award_is_the_one_that_exact_fractions_give(data: st.DataObject) -> None:
    scene = Tendering(4)
    prices = data.draw(st.lists(st.integers(LEAST, LEAST + 3), min_size=4, max_size=4))
    bids = scene.tendered(*prices)
    points = st.lists(st.integers(0, 2), min_size=4, max_size=4)
    sheets = [alike(bids, *data.draw(points)) for _ in range(5)]
    scene.score(sheets)

    def naive(number: int) -> Fraction:
        bid = bids[number]
        score = Fraction(6, 10) * 100 * Fraction(prices[number], max(prices))
        for criterion, weight in (
            ("implementation_plan", Fraction(3, 10)),
            ("track_record", Fraction(1, 10)),
        ):
            score += weight * Fraction(sum(sheet[bid][criterion] for sheet in sheets), 5)
        return score

    best = min(range(4), key=lambda number: (-naive(number), -prices[number], number))
    (deal,) = scene.state.deals.values()
    assert deal.bid_id == bids[best]


def test_an_evaluation_takes_days_not_the_listing_clock() -> None:
    scene = Tendering()
    scene.tendered(LEAST, LEAST, LEAST)
    scene.wait(MS_PER_DAY)
    assert scene.row.state == "EVALUATING"
