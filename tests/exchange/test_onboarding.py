"""How a company comes to act here and leaves again, and what market surveillance may not do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import Engine
from exchange.rules.onboarding import PAPERS, SCREENING_MS
from exchange.state import State
from exchange.turn import Outcome
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import apply_for, competitive, posted
from tests.exchange.scene import Scene, company_number, digest
from tests.exchange.test_parts import TWO_PARTS

REASON = {"reason": digest("a pattern of bids")}
KEY = "0x" + "77" * 20


def missing(outcome: Outcome) -> str:
    assert outcome.refusal is not None
    assert outcome.refusal.code == "FACT-MISSING"
    return str(outcome.refusal.detail["fact"])


@pytest.mark.parametrize("kind", PAPERS)
def test_no_company_is_verified_while_one_of_its_papers_lacks(kind: str) -> None:
    scene = Scene()
    party = scene.party(approve=False)
    others = [each for each in PAPERS if each != kind]
    assert missing(scene.verify(party, *others)) == kind
    assert scene.state.parties[party].state == "APPLIED"
    assert scene.verify(party).result["state"] == "VERIFIED"


def test_an_approval_names_all_papers_that_lack() -> None:
    scene = Scene()
    party = scene.party(approve=False)
    assert missing(scene.operator(c.ApproveParty(party_id=party))).split(", ") == list(PAPERS)


def test_whoever_is_verified_does_not_act_yet() -> None:
    scene = Scene()
    party = scene.party(approve=False)
    scene.verify(party)
    assert code(scene.need(party)) == "PARTY-NOT-ACTIVE"
    scene.operator(c.ApproveParty(party_id=party))
    assert scene.need(party).refusal is None


def test_a_suspension_is_not_lifted_once_a_paper_has_run_out_and_a_newer_one_mends_it() -> None:
    scene = Scene()
    party = scene.party(approve=False)
    scene.verify(party)
    scene.verify(party, "licence", valid_until_ms=scene.now + MS_PER_DAY)
    scene.operator(c.ApproveParty(party_id=party))
    scene.operator(c.SuspendParty(party_id=party))
    scene.wait(MS_PER_DAY)
    assert missing(scene.operator(c.ApproveParty(party_id=party))) == "licence"
    assert scene.verify(party, "licence").result["state"] == "SUSPENDED"
    assert scene.operator(c.ApproveParty(party_id=party)).refusal is None
    scene.replay()


def test_a_screening_counts_for_a_year_from_its_date() -> None:
    scene = Scene()
    party = scene.party(approve=False)
    scene.verify(party, dated_ms=scene.now - SCREENING_MS + MS_PER_DAY)
    scene.wait(MS_PER_DAY)
    assert missing(scene.operator(c.ApproveParty(party_id=party))) == "screening"
    scene.verify(party, "screening")
    assert scene.operator(c.ApproveParty(party_id=party)).refusal is None


@pytest.mark.parametrize(
    "fields",
    [
        {"digest": "no digest"},
        {"dated_ms": 2**52},
        {"dated_ms": -1},
        {"valid_until_ms": -1},
        {"nominee": False},
    ],
)
def test_a_paper_that_cannot_be_is_not_taken(fields: dict[str, int | str]) -> None:
    scene = Scene()
    party = scene.party(approve=False)
    assert code(scene.verify(party, **fields)) == "MALFORMED"
    assert code(scene.verify(party, "licence", "licence")) == "MALFORMED"


def test_papers_name_nobody_outside_erasable_parts() -> None:
    scene = Scene()
    party = scene.party()
    papers = scene.state.parties[party].papers
    assert [paper.paper for paper in papers] == list(PAPERS)
    assert set(c.Paper.__struct_fields__) == {"paper", "digest", "dated_ms", "valid_until_ms", "nominee"}


# --- leaving


def left(scene: Scene, number: str, key: str) -> str:
    party = str(apply_for(scene, number, key).result["party_id"])
    scene.admit(party)
    assert scene.operator(c.CloseParty(party_id=party)).refusal is None
    return party


def test_who_has_left_acts_no_more_and_its_number_is_free_again() -> None:
    scene = Scene()
    former = left(scene, company_number(77), KEY)
    refused = scene.give(c.DismissAgent(key="0x" + "99" * 20), actor=former, signer=KEY)
    assert code(refused) == "PARTY-NOT-ACTIVE"
    again = str(apply_for(scene, company_number(77), "0x" + "78" * 20).result["party_id"])
    assert scene.admit(again).refusal is None
    assert scene.state.party_by_number[company_number(77)] == again
    again_loaded = State()
    again_loaded.load((row.kind, canonical.encode(row)) for row in scene.state.each_row())
    assert again_loaded.party_by_number == scene.state.party_by_number
    assert again_loaded.former_by_number == scene.state.former_by_number == {company_number(77): former}
    scene.replay()


def test_a_company_that_comes_back_is_still_the_affiliate_of_whom_it_was() -> None:
    scene = Scene()
    seller, _, listing = competitive(scene)
    former = str(apply_for(scene, company_number(77), KEY).result["party_id"])
    scene.admit(former)
    scene.operator(c.RecordAffiliation(party_id=former, affiliate_id=seller))
    assert scene.operator(c.CloseParty(party_id=former)).refusal is None
    other = "0x" + "78" * 20
    again = str(apply_for(scene, company_number(77), other).result["party_id"])
    scene.admit(again)
    assert seller in scene.state.parties[again].affiliates
    refused = scene.give(c.RegisterBidder(listing_id=listing), actor=again, signer=other)
    assert code(refused) == "AFFILIATE-MAY-NOT-BID"
    scene.replay()


def a_bid(scene: Scene) -> tuple[str, str]:
    _, bidder, listing = competitive(scene)
    return bidder, listing


def a_listing(scene: Scene) -> tuple[str, str]:
    seller, _, listing = posted(scene)
    return seller, listing


def a_need(scene: Scene) -> tuple[str, str]:
    buyer = scene.party()
    return buyer, scene.need(buyer).result["need_id"]


def money(scene: Scene) -> tuple[str, str]:
    party = scene.party()
    scene.credit(party, 1)
    return party, f"{party}/available/CNY"


def a_withdrawal(scene: Scene) -> tuple[str, str]:
    """The bank may refuse it, which brings the money back."""
    party = scene.party()
    scene.credit(party, 300)
    outcome = scene.by(party, c.RequestWithdrawal(), terms=c.WithdrawalTerms(currency="CNY", amount=300))
    return party, outcome.result["payment_id"]


def a_commission_to_come(scene: Scene) -> tuple[str, str]:
    """Of a price in parts: the first is paid."""
    seller, buyer, agent = scene.party(), scene.party(), scene.party("agent")
    commission = c.Commission(party_id=agent, basis_points=500)
    right = scene.right(seller)
    deal = scene.deal(scene.listing(seller, right, consideration=TWO_PARTS, commission=commission), buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    scene.by(agent, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=scene.balance(agent)))
    return agent, deal


def a_pledge(scene: Scene) -> tuple[str, str]:
    pledgor, pledgee = scene.party(), scene.party("pledgee")
    drawn = encumbering.draw_up(scene, pledgor, pledgee, scene.right(pledgor))
    return pledgee, drawn.result["pledge_id"]


def staff(scene: Scene) -> tuple[str, str]:
    party = scene.party()
    scene.document("venue_staff", party)
    return party, "venue_staff"


@pytest.mark.parametrize(
    "what", [a_bid, a_listing, a_need, money, a_withdrawal, a_commission_to_come, a_pledge, staff]
)
def test_nobody_leaves_with_something_open(what: Callable[[Scene], tuple[str, str]]) -> None:
    scene = Scene()
    party, in_the_way = what(scene)
    refusal = scene.operator(c.CloseParty(party_id=party)).refusal
    assert refusal is not None
    assert (refusal.code, refusal.detail["in_the_way"]) == ("PARTY-STILL-BOUND", in_the_way)


# --- affiliations


def test_an_affiliation_ends_and_its_cure_works() -> None:
    scene = Scene()
    seller, bidder, listing = posted(scene)
    scene.credit(bidder, 100_000_00)
    scene.operator(c.RecordAffiliation(party_id=seller, affiliate_id=bidder))
    assert code(scene.accept(listing, bidder)) == "AFFILIATE-MAY-NOT-BID"
    assert scene.operator(c.EndAffiliation(party_id=bidder, affiliate_id=seller)).refusal is None
    assert scene.state.parties[seller].affiliates == scene.state.parties[bidder].affiliates == ()
    assert scene.accept(listing, bidder).refusal is None
    assert code(scene.operator(c.EndAffiliation(party_id=bidder, affiliate_id=seller))) == "UNKNOWN-ID"
    scene.replay()


# --- market surveillance


def opened(scene: Scene, *subjects: str) -> Outcome:
    command = c.OpenSurveillanceCase(erasable=REASON)
    return scene.operator(command, terms=c.SurveillanceCaseTerms(subjects=subjects))


def a_day_of_trade(scene: Scene, *, suspected: bool) -> list[str]:
    """A listing, a bid, an award, its signatures and the payment; gives what each was refused for."""
    seller, bidder, listing = competitive(scene)
    if suspected:
        assert opened(scene, seller, bidder, listing).refusal is None
    found = [code(scene.bid(listing, bidder, 100_000_00))]
    scene.wait(11 * MS_PER_DAY)
    taken = scene.by(seller, c.AcceptBid(bid_id="B-1"))
    deal = taken.result["deal_id"]
    found += [code(taken), code(scene.signature(deal, seller)), code(scene.signature(deal, bidder))]
    scene.chain(deal)
    return [*found, code(scene.fund(deal)), code(scene.register(deal)), scene.state.deals[deal].state]


def test_a_surveillance_case_blocks_nothing() -> None:
    plain, suspected = Scene(), Scene()
    want = a_day_of_trade(plain, suspected=False)
    assert a_day_of_trade(suspected, suspected=True) == want
    assert want[:-1] == [""] * 6
    (case,) = suspected.state.surveillance_cases.values()
    assert case.state == "OPEN"


def test_a_case_is_closed_once_with_what_came_of_it() -> None:
    scene = Scene()
    party = scene.party()
    case_id = opened(scene, party).result["case_id"]
    command = c.CloseSurveillanceCase(case_id=case_id, outcome="nothing_found", erasable=REASON)
    outcome = scene.operator(command)
    assert outcome.result == {"case_id": case_id, "state": "CLOSED"}
    assert scene.state.surveillance_cases == {}
    assert code(scene.operator(command)) == "UNKNOWN-ID"
    scene.replay()


@pytest.mark.parametrize(
    ("subjects", "reason", "expected"),
    [
        (("P-1",), {}, "FACT-MISSING"),
        ((), REASON, "MALFORMED"),
        (("P-1", "P-1"), REASON, "MALFORMED"),
        (("P-99",), REASON, "UNKNOWN-ID"),
    ],
)
def test_a_case_names_whom_it_is_about_and_why(
    subjects: tuple[str, ...], reason: dict[str, str], expected: str
) -> None:
    scene = Scene()
    scene.party()
    command = c.OpenSurveillanceCase(erasable=reason)
    assert code(scene.operator(command, terms=c.SurveillanceCaseTerms(subjects=subjects))) == expected


# --- before engine version 5


def test_a_buyer_that_nobody_asked_before_its_award_signs_it_all_the_same() -> None:
    scene = Scene(engine=4)
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    deal = scene.deal(scene.listing(seller, right), buyer)
    scene.upgrade()
    scene.title_again(right)
    scene.sign(deal)
    assert scene.state.deals[deal].state == "EFFECTIVE"
    scene.replay()


def test_a_paper_that_is_older_than_the_one_on_record_does_not_take_its_place() -> None:
    scene = Scene()
    party = scene.party()
    scene.verify(party, "beneficial_owners", nominee=True)
    older = scene.verify(party, "beneficial_owners", dated_ms=scene.now - 9 * MS_PER_DAY)
    assert older.refusal is not None
    assert (older.refusal.code, older.refusal.detail) == ("MALFORMED", {"field": "dated_ms"})
    assert any(paper.nominee is True for paper in scene.state.parties[party].papers)


@pytest.mark.parametrize("nominee", [False, True])
def test_a_fund_says_for_whom_it_holds_whatever_its_papers_say(nominee: bool) -> None:
    scene = Scene()
    seller, fund = scene.party(), scene.party(category="fund")
    scene.verify(fund, "beneficial_owners", nominee=nominee)
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(fund, 100_000_00)
    assert missing(scene.accept(listing, fund)) == "holders"


def test_an_engine_before_version_5_asks_for_no_papers_and_knows_no_case() -> None:
    scene = Scene(engine=4)
    party = scene.party(approve=False)
    assert code(scene.verify(party)) == "MALFORMED"
    assert scene.operator(c.ApproveParty(party_id=party)).refusal is None
    assert code(opened(scene, party)) == "MALFORMED"
    assert code(scene.operator(c.CloseParty(party_id=party))) == "MALFORMED"
    assert code(scene.operator(c.EndAffiliation(party_id=party, affiliate_id=party))) == "MALFORMED"
    assert isinstance(scene.replay(), Engine)
