"""The figures of statutes as tables: `(article, facts, expected)`, each figure with what lies on both sides of it.

[L] the statute was read, [W] an excerpt was read, [M] from memory, for counsel to confirm. Every venue opens on Friday,
2027-01-15 at 16:00 in Beijing, and no holiday is announced.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.auction_rule_cases import auctioned, described, erase, fees_of
from tests.exchange.ending_rule_cases import refuse_application, rescind, sold_application
from tests.exchange.floor_rule_cases import fund_of, leaving, state_asset
from tests.exchange.outcomes import code
from tests.exchange.party_rule_cases import rewarded
from tests.exchange.rule_cases import posted
from tests.exchange.scene import Scene, digest
from tests.exchange.test_worked_examples import ms, wait_until

Situation = Callable[[Scene, Any], str]
"""What is done in a new venue with the fact, and the code under which it is refused; empty where it is not."""


def earnest(scene: Scene, basis_points: int) -> str:
    """A listing that asks for earnest money 定金, in basis points of the price."""
    seller = scene.party()
    return code(scene.submit(seller, scene.right(seller), "competitive", earnest=basis_points))


def announced(scene: Scene, notice_ms: int) -> str:
    """An auction whose registration closes so long after its announcement."""
    scene.document("auctioneer_licence")
    seller = scene.party()
    approved_ms = scene.now + MS_PER_DAY
    closes = {"registration_closes_ms": approved_ms + notice_ms}
    listing = scene.listing(
        seller, scene.right(seller), "english", approve=False, **auctioned(scene, **closes)
    )
    wait_until(scene, approved_ms)
    return code(scene.operator(c.ApproveListing(listing_id=listing)))


def previewed(scene: Scene, lasts_ms: int) -> str:
    """An auction that shows what is sold for so long."""
    scene.document("auctioneer_licence")
    seller = scene.party()
    starts_ms = scene.now + MS_PER_DAY
    preview = c.Preview(starts_ms=starts_ms, ends_ms=starts_ms + lasts_ms)
    return code(scene.submit(seller, scene.right(seller), "english", auction=preview, step=1_000_00))


def commissioned(scene: Scene, basis_points: int) -> str:
    """An auction under a schedule of fees of so much."""
    scene.document("auctioneer_licence")
    seller = scene.party()
    fees_of(scene, basis_points)
    return code(scene.submit(seller, scene.right(seller), "english", **auctioned(scene)))


def erased(scene: Scene, time: str) -> str:
    """Words about an auction whose mandate has ended on 2027-01-20 at noon are erased at that time."""
    scene.document("auctioneer_licence")
    seller = scene.party()
    listing, entry = described(scene, seller)
    scene.operator(c.ApproveListing(listing_id=listing))
    wait_until(scene, ms("2027-01-20T12:00:00"))
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    wait_until(scene, ms(time))
    return code(erase(scene, entry))


def resold(scene: Scene, time: str) -> str:
    """A right that was bought on Friday, 2027-01-15, is listed again at that time."""
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    wait_until(scene, ms(time))
    return code(scene.submit(buyer, scene.state.deals[deal].right_id))


def looked_through(scene: Scene, holders: int) -> str:
    """A fund behind which so many stand accepts a price."""
    return code(next(fund_of(scene, holders)))


def state_notice(scene: Scene, facts: tuple[int, str]) -> str:
    """A state asset of so high a price (minor units) is approved on Monday, 2027-01-18, and closes at that time."""
    price, closes = facts
    enterprise, right = state_asset(scene, price)
    listing = scene.listing(enterprise, right, approve=False, price=price, closes_ms=ms(closes))
    wait_until(scene, ms("2027-01-18T10:00:00"))
    return code(scene.operator(c.ApproveListing(listing_id=listing)))


def state_result(scene: Scene, time: str) -> str:
    """The award of a state asset on Monday, 2027-03-01, is signed at that time."""
    enterprise, right = state_asset(scene)
    listing = scene.listing(enterprise, right, closes_ms=ms("2027-03-20T00:00:00"))
    wait_until(scene, ms("2027-03-01T10:00:00"))
    deal = scene.deal(listing, scene.party())
    wait_until(scene, ms(time))
    return code(scene.signature(deal, enterprise))


def state_price(scene: Scene, facts: tuple[int, int]) -> str:
    """A state asset of this appraisal is listed at that price (minor units)."""
    appraised, price = facts
    enterprise, right = state_asset(scene, appraised)
    return code(scene.submit(enterprise, right, price=price))


def reward(scene: Scene, facts: tuple[str, int]) -> str:
    """A unit gives the inventors of such a right so much at its grant (minor units)."""
    right_type, given = facts
    return code(next(rewarded(scene, right_type, given + 1)))


def share(scene: Scene, shares: tuple[int, ...]) -> str:
    """A university gives those who made a result such shares of the net income (basis points)."""
    university, buyer = scene.party(category="university"), scene.party()
    listing = scene.listing(university, scene.right(university), "competitive")
    scene.credit(buyer, 100_000_00)
    scene.bidder(listing, buyer)
    scene.bid(listing, buyer, 100_000_00)
    scene.wait(11 * MS_PER_DAY)
    deal = scene.by(university, c.AcceptBid(bid_id="B-1")).result["deal_id"]
    terms = c.RewardTerms(costs=0, shares=shares)
    return code(scene.by(university, c.RecordReward(deal_id=deal), terms))


def demanded(scene: Scene, overdue: int) -> str:
    """A seller demands of a price paid in parts what is overdue, so many basis points of it."""
    parts = (c.Instalment(share=10_000 - overdue, due_days=0), c.Instalment(share=overdue, due_days=30))
    seller, buyer, listing = posted(scene, consideration=c.Instalments(parts=parts))
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    scene.wait(32 * MS_PER_DAY)
    return code(scene.by(seller, c.DemandInstalments(deal_id=deal, document_digest=digest("notice"))))


def application_refused(scene: Scene, when: str) -> str:
    """The buyer of an application rescinds: it was refused before the transfer's registration, after it, or not at all."""
    _, buyer, deal = sold_application(scene)
    if when == "after":
        scene.fund(deal)
        scene.register(deal)
        scene.copy(scene.state.deals[deal].right_id, buyer, status="refused", expiry_date=None)
    elif when == "before":
        refuse_application(scene, deal)
    return code(rescind(scene, deal))


AUCTION_45, AUCTION_48 = "Auction Law 45 [L]: seven days", "Auction Law 48 [L]: two days"
AUCTION_54, AUCTION_56 = "Auction Law 54 [L]: five years", "Auction Law 56 [L]: 5 %"
RESALE, HOLDERS = "国发〔2011〕38号 [W]: five trading days", "国发〔2011〕38号 [W]: 200 holders"
TEN, TWENTY = "state assets [W]: ten working days up to ten million", "state assets [W]: twenty above"
RESULT, NINETY = "state assets [W]: five working days", "state assets [W]: 90 % of the appraised value"
GRANT, HALF = "Implementing Rules 93 [L]: 4,000 and 1,500 CNY", "Transformation Law 45 [L]: 50 %"
FIFTH, REFUSED = "Civil Code 634 [L]: a fifth", "Technology Contracts 23 [L]"
NOTICED, RESULT_CODE = "CN-STATE-ASSETS-NOTICE", "CN-STATE-ASSETS-RESULT"
APPRAISAL, REWARD_CODE = "CN-STATE-ASSETS-APPRAISAL", "CN-PATENT-RULES-93"
TEN_MILLION = 10_000_000_00
BOUNDS: list[tuple[str, Situation, Any, str]] = [
    ("Civil Code 586 [L]: 20 %", earnest, 2_000, ""),
    ("Civil Code 586 [L]: 20 %", earnest, 2_001, "CN-CIVIL-CODE-586"),
    (AUCTION_45, announced, 7 * MS_PER_DAY, "CN-AUCTION-LAW-45"),
    (AUCTION_45, announced, 7 * MS_PER_DAY + 1, ""),
    (AUCTION_48, previewed, 2 * MS_PER_DAY - 1, "CN-AUCTION-LAW-48"),
    (AUCTION_48, previewed, 2 * MS_PER_DAY, ""),
    (AUCTION_56, commissioned, 500, ""),
    (AUCTION_56, commissioned, 501, "CN-AUCTION-LAW-56"),
    (AUCTION_54, erased, "2027-01-21T12:00:00", "CN-AUCTION-LAW-54"),
    (AUCTION_54, erased, "2032-01-20T23:59:59", "CN-AUCTION-LAW-54"),
    (AUCTION_54, erased, "2032-01-21T00:00:00", ""),
    (RESALE, resold, "2027-01-22T23:59:59", "CN-SC-2011-38-RESALE"),
    (RESALE, resold, "2027-01-23T00:00:00", ""),
    (HOLDERS, looked_through, 200, ""),
    (HOLDERS, looked_through, 201, "CN-SC-2011-38-HOLDERS"),
    (TEN, state_notice, (TEN_MILLION, "2027-02-02T00:00:00"), NOTICED),
    (TEN, state_notice, (TEN_MILLION, "2027-02-02T00:00:01"), ""),
    (TWENTY, state_notice, (TEN_MILLION + 1, "2027-02-02T00:00:01"), NOTICED),
    (TWENTY, state_notice, (TEN_MILLION + 1, "2027-02-16T00:00:00"), NOTICED),
    (TWENTY, state_notice, (TEN_MILLION + 1, "2027-02-16T00:00:01"), ""),
    (RESULT, state_result, "2027-03-08T23:59:59", RESULT_CODE),
    (RESULT, state_result, "2027-03-09T00:00:00", ""),
    (NINETY, state_price, (100_000_00, 89_999_99), APPRAISAL),
    (NINETY, state_price, (100_000_00, 90_000_00), ""),
    (f"{NINETY}, to the cent", state_price, (1_01, 90), APPRAISAL),
    (f"{NINETY}, to the cent", state_price, (1_01, 91), ""),
    (GRANT, reward, ("invention", 3_999_99), REWARD_CODE),
    (GRANT, reward, ("invention", 4_000_00), ""),
    (GRANT, reward, ("utility_model", 1_499_99), REWARD_CODE),
    (GRANT, reward, ("utility_model", 1_500_00), ""),
    (GRANT, reward, ("design", 1_499_99), REWARD_CODE),
    (GRANT, reward, ("design", 1_500_00), ""),
    (HALF, share, (2_500, 2_499), "CN-ACHIEVEMENTS-45"),
    (HALF, share, (2_500, 2_500), ""),
    (FIFTH, demanded, 1_999, "CN-CIVIL-CODE-634"),
    (FIFTH, demanded, 2_000, ""),
    (REFUSED, application_refused, "never", "CN-TECHNOLOGY-CONTRACTS-23"),
    (REFUSED, application_refused, "before", ""),
    (REFUSED, application_refused, "after", "CN-TECHNOLOGY-CONTRACTS-23"),
]


@pytest.mark.parametrize(("article", "situation", "facts", "expected"), BOUNDS)
def test_a_figure_of_a_statute_is_met_at_it_and_missed_beside_it(
    article: str, situation: Situation, facts: Any, expected: str
) -> None:
    assert situation(Scene(), facts) == expected, article


def test_every_figure_stands_with_what_is_taken_and_what_is_refused() -> None:
    for situation in {situation for _, situation, _, _ in BOUNDS}:
        expected = {code for _, each, _, code in BOUNDS if each is situation}
        assert "" in expected
        assert len(expected) > 1, situation.__name__


EXPORT_CLOCKS = [
    (
        "Technology Export Regulations 39 [L]: three working days",
        "free",
        "export_registration_by",
        "2027-01-22T00:00:00",
    ),
    (
        "Technology Export Regulations 35 [L]: fifteen working days",
        "restricted",
        "export_licence_by",
        "2027-02-09T00:00:00",
    ),
]


def test_a_letter_of_intents_clock_runs_out_at_the_end_of_its_thirtieth_working_day() -> None:
    """Technology Export Regulations 33 [L]; applied for on Monday, 2027-01-18."""
    scene = Scene()
    right, _, buyer = leaving(scene, "restricted")
    wait_until(scene, ms("2027-01-18T10:00:00"))
    application = scene.document("letter_of_intent_application", right, party_id=buyer).result["document_id"]
    assert scene.state.deadlines[f"letter_of_intent_by:{application}"].due_ms == ms("2027-03-02T00:00:00")


@pytest.mark.parametrize(("article", "export_class", "clock", "due"), EXPORT_CLOCKS)
def test_an_exports_clocks_run_out_at_the_end_of_their_last_working_day(
    article: str, export_class: str, clock: str, due: str
) -> None:
    """Both sides sign, and the chain records it, on Monday, 2027-01-18."""
    scene = Scene()
    right, listing, buyer = leaving(scene, export_class)
    if export_class == "restricted":
        scene.document("letter_of_intent", right, party_id=buyer)
    deal = scene.accept(listing, buyer).result["deal_id"]
    wait_until(scene, ms("2027-01-18T10:00:00"))
    scene.sign(deal)
    due_ms = scene.state.deadlines[f"{clock}:{deal}"].due_ms
    assert due_ms == ms(due), article
    told = len(scene.outcomes)
    scene.wait(due_ms - scene.now - 1)
    assert not overdue_since(scene, told)
    scene.wait(1)
    assert overdue_since(scene, told)


def overdue_since(scene: Scene, told: int) -> bool:
    names = {type(event).__name__ for outcome in scene.outcomes[told:] for event in outcome.events}
    return "DealOverdue" in names
