"""Technology that leaves the Mainland: what is restricted has no effect before its licence, what is free is registered."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import DealOverdue
from exchange.turn import Outcome
from tests.exchange.continuous_rule_cases import HK_RIGHT
from tests.exchange.floor_rule_cases import leaving
from tests.exchange.lot_rule_cases import submit_lot
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest


def conditional(kind: str = "assignment", **fields: Any) -> tuple[Scene, Any]:
    """A deal in restricted technology that both have signed and the chain has."""
    scene = Scene()
    right, listing, buyer = leaving(scene, "restricted", deal_kind=kind, **fields)
    scene.document("letter_of_intent", right, party_id=buyer)
    deal = scene.state.deals[scene.accept(listing, buyer).result["deal_id"]]
    scene.sign(deal.id)
    assert deal.state == "CONDITIONAL"
    return scene, deal


def clocks(scene: Scene, deal: Any) -> set[str]:
    return {row.what for row in scene.state.deadlines.values() if row.subject_id == deal.id}


@pytest.mark.parametrize(("kind", "state"), [("assignment", "EFFECTIVE"), ("exclusive_licence", "WITNESSED")])
def test_a_deal_in_restricted_technology_takes_effect_with_its_export_licence(kind: str, state: str) -> None:
    scene, deal = conditional(kind)
    assert clocks(scene, deal) == {"export_licence_by"}
    refused = scene.fund(deal.id).refusal
    assert refused is not None
    assert refused.code == "WRONG-STATE"
    scene.document("export_licence", deal.id)
    assert (deal.state, clocks(scene, deal)) == (state, {"fund_by"})
    assert scene.fund(deal.id).refusal is None
    scene.replay()


def test_a_licence_that_is_late_is_told_and_unwinds_nothing() -> None:
    scene, deal = conditional()
    scene.wait(25 * MS_PER_DAY)
    told = [event for outcome in scene.outcomes for event in outcome.events if isinstance(event, DealOverdue)]
    assert told == [DealOverdue(deal_id=deal.id, what="export_licence_by")]
    assert deal.state == "CONDITIONAL"
    scene.document("export_licence", deal.id)
    assert deal.state == "EFFECTIVE"


def test_without_its_licence_it_can_be_unwound_and_the_buyer_has_its_money_back() -> None:
    scene, deal = conditional()
    held = scene.balance(deal.buyer)
    scene.operator(c.UnwindDeal(deal_id=deal.id, ground="impossible"))
    assert (deal.state, clocks(scene, deal)) == ("REFUNDED", set())
    assert scene.balance(deal.buyer) == held + 100_000_00


def test_a_licence_that_came_before_the_chain_leaves_nothing_to_wait_for() -> None:
    scene = Scene()
    right, listing, buyer = leaving(scene, "unclassified")
    scene.document("letter_of_intent", right, party_id=buyer)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.document("export_licence", deal)
    scene.sign(deal)
    assert scene.state.deals[deal].state == "EFFECTIVE"


def test_free_technology_takes_effect_and_is_registered_within_three_working_days() -> None:
    scene = Scene()
    _, listing, buyer = leaving(scene, "free")
    deal = scene.state.deals[scene.accept(listing, buyer).result["deal_id"]]
    scene.sign(deal.id)
    assert (deal.state, clocks(scene, deal)) == ("EFFECTIVE", {"export_registration_by", "fund_by"})
    scene.document("export_registration", deal.id)
    assert clocks(scene, deal) == {"fund_by"}


@pytest.mark.parametrize(("right_type", "jurisdiction"), [("design", "HK"), ("invention", "CN")])
def test_designs_and_buyers_of_the_mainland_owe_no_export_papers(right_type: str, jurisdiction: str) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party(jurisdiction=jurisdiction)
    right = scene.right(seller, right_type=right_type)
    scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
    listing = scene.listing(seller, right)
    deal = scene.state.deals[scene.deal(listing, buyer)]
    scene.sign(deal.id)
    assert clocks(scene, deal) == {"fund_by"}
    scene.fund(deal.id)
    assert scene.file(deal.id).refusal is None


@pytest.mark.parametrize(
    ("export_class", "refused"),
    [("prohibited", "CN-TECHNOLOGY-EXPORT-29"), ("restricted", "CN-TECHNOLOGY-EXPORT-30")],
)
@pytest.mark.parametrize("by_delivery", [False, True])
def test_a_class_that_is_found_after_the_signatures_stops_the_last_step(
    export_class: Any, refused: str, by_delivery: bool
) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    facts: dict[str, Any] = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    right = scene.right(seller, **(facts if by_delivery else {}))
    deal = scene.state.deals[scene.deal(scene.listing(seller, right), buyer)]
    scene.sign(deal.id)
    scene.fund(deal.id)
    scene.document("export_registration", deal.id)
    scene.operator(c.ClassifyExport(right_id=right, export_class=export_class))

    def last_step() -> Outcome:
        if not by_delivery:
            return scene.file(deal.id)
        for party in (seller, buyer):
            outcome = scene.by(
                party, c.ConfirmDelivery(deal_id=deal.id, delivery_digest=digest("a delivery record"))
            )
        return outcome

    assert code(last_step()) == refused
    scene.operator(c.ClassifyExport(right_id=right, export_class="free"))
    assert code(last_step()) == "CN-TECHNOLOGY-EXPORT-40"
    scene.document("export_registration", deal.id)
    assert code(last_step()) == ""
    assert deal.state in {"FILED", "SETTLED", "DELIVERED"}


@pytest.mark.parametrize(
    ("office", "right_id"),
    [("HK", "HK-08103456.7"), ("US", "US-16000001")],
)
def test_no_importers_word_makes_a_design_of_a_number_that_is_none(office: str, right_id: str) -> None:
    """Designs leave the Mainland without a word of the authority; an owner would call its invention one."""
    scene = Scene()
    owner = scene.party("seller")
    command = c.ImportRight(right_id=right_id, office=office, right_type="design", filing_date=None)
    refused = scene.by(owner, command).refusal
    assert refused is not None
    assert refused.code == "MALFORMED"
    assert (
        scene.by(
            owner, c.ImportRight(right_id=right_id, office=office, right_type="invention", filing_date=None)
        ).refusal
        is None
    )


def test_those_whom_a_buyer_holds_for_are_counted_again_when_it_signs() -> None:
    scene = Scene()
    seller, fund = scene.party(), scene.party(category="fund")
    listing = scene.listing(seller, scene.right(seller))
    scene.document("holders", fund, holders=("HOLDER1",))
    deal = scene.deal(listing, fund)
    many = tuple(f"HOLDER{number}" for number in range(201))
    scene.document("holders", fund, holders=many)
    refused = scene.signature(deal, fund).refusal
    assert refused is not None
    assert refused.code == "CN-SC-2011-38-HOLDERS"
    scene.document("holders", fund, holders=many[:200])
    assert scene.signature(deal, fund).refusal is None


def test_no_paper_of_its_own_excuses_a_buyer_that_does_not_sign() -> None:
    scene = Scene()
    seller, fund = scene.party(), scene.party(category="fund")
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=1_000_00)
    scene.document("holders", fund, holders=("HOLDER1",))
    scene.credit(fund, 1_000_00)
    scene.bidder(listing, fund)
    bid = scene.bid(listing, fund, 100_000_00).result["bid_id"]
    scene.wait(11 * MS_PER_DAY)
    deal = scene.state.deals[scene.by(seller, c.AcceptBid(bid_id=bid)).result["deal_id"]]
    assert scene.signature(deal.id, seller).refusal is None
    scene.document("holders", fund, holders=tuple(f"HOLDER{number}" for number in range(201)))
    scene.wait(30 * MS_PER_DAY)
    assert (deal.state, deal.defaulted) == ("REFUNDED", fund)
    assert scene.balance(seller) == 1_000_00


@pytest.mark.parametrize("bound", ["the second right of a lot", "a co-owner that sells with it"])
def test_no_message_goes_abroad_while_any_right_or_owner_of_a_listing_is_bound(bound: str) -> None:
    scene = Scene()
    seller, co_owner, buyer = scene.party(jurisdiction="HK"), scene.party(), scene.party(jurisdiction="HK")
    if bound == "the second right of a lot":
        seller = scene.party()
        rights = [scene.right(seller), scene.right(seller)]
        listing = submit_lot(scene, seller, rights, (600_000, 400_000), mode="negotiated").result[
            "listing_id"
        ]
    else:
        rights = [scene.right(seller, co_owner, right_id=HK_RIGHT)]
        listing = scene.listing(seller, rights[0], "negotiated", approve=False)
        scene.by(co_owner, c.ConsentToListing(listing_id=listing))
    scene.operator(c.ApproveListing(listing_id=listing))
    assert scene.state.listings[listing].state == "OPEN"
    assert scene.propose(listing, buyer, 90_000_00).refusal is None
    scene.operator(c.ClassifyExport(right_id=rights[-1], export_class="restricted"))
    assert code(scene.propose(listing, seller, 95_000_00, buyer)) == "CN-TECHNOLOGY-EXPORT-30"
    scene.document("letter_of_intent", rights[-1], party_id=buyer)
    assert code(scene.propose(listing, seller, 95_000_00, buyer)) == ""
    scene.replay()


@pytest.mark.parametrize("step", ["answer", "take a proposal", "take a bid"])
def test_a_seller_does_not_go_on_with_a_buyer_from_elsewhere_once_its_technology_is_restricted(
    step: str,
) -> None:
    """Substantive negotiation waits for the letter of intent (Art. 33), whoever's turn it is."""
    scene = Scene()
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    right = scene.right(seller)
    if step == "take a bid":
        listing = scene.listing(seller, right, "competitive")
        scene.bidder(listing, buyer)
        bid = scene.bid(listing, buyer, 100_000_00).result["bid_id"]
        scene.wait(11 * MS_PER_DAY)
    else:
        listing = scene.listing(seller, right, "negotiated")
        proposal = scene.propose(listing, buyer, 90_000_00).result["proposal_id"]

    def go_on() -> Outcome:
        if step == "answer":
            return scene.propose(listing, seller, 95_000_00, buyer)
        if step == "take a bid":
            return scene.by(seller, c.AcceptBid(bid_id=bid))
        return scene.by(seller, c.AcceptProposal(proposal_id=proposal))

    scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
    refusal = go_on().refusal
    assert refusal is not None
    assert refusal.code == "CN-TECHNOLOGY-EXPORT-30"
    scene.document("letter_of_intent", right, party_id=buyer)
    assert go_on().refusal is None
    scene.replay()
