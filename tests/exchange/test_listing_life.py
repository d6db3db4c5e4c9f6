"""What happens to bids, bidders and deposits as a listing goes its way, and to a right beside its deals."""

from __future__ import annotations

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import LicenceChanged
from exchange.rows import Deal
from exchange.sealed import commitment
from exchange.terms.contract import of_deal, value_of
from exchange.terms.deal_terms import TERMS_LABEL
from exchange.terms.hash_set import HASH_SET_LABEL, hash_set
from tests.exchange.invariants import accounts_balance, deposits_are_held
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

PRICE = 100_000_00
DEPOSIT = 10_000_00


def auction(bidders: int, *, qualify: bool = True) -> tuple[Scene, str, list[str]]:
    """A competitive listing with bidders whose deposits are held."""
    scene = Scene()
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=DEPOSIT)
    parties = [scene.party() for _ in range(bidders)]
    for party in parties:
        scene.credit(party, DEPOSIT)
        scene.by(party, c.RegisterBidder(listing_id=listing))
        if qualify:
            scene.operator(c.QualifyBidder(listing_id=listing, party_id=party))
    return scene, listing, parties


def holds(scene: Scene, party: str) -> tuple[int, int]:
    """A party's available balance and what it has on deposit."""
    return scene.balance(party), scene.balance(party, "deposit")


def states(scene: Scene, listing: str) -> list[str]:
    """Where each bidder stands, in order of its id."""
    return [bidder.state for _, bidder in sorted(scene.state.listings[listing].bidders.items())]


def test_who_leaves_in_time_takes_bid_and_deposit_along_and_may_come_back() -> None:
    scene, listing, (party,) = auction(1)
    scene.bid(listing, party, PRICE)
    assert holds(scene, party) == (0, DEPOSIT)
    assert code(scene.by(party, c.LeaveListing(listing_id=listing))) == ""
    assert holds(scene, party) == (DEPOSIT, 0)
    assert scene.state.bids["B-1"].state == "WITHDRAWN"
    assert states(scene, listing) == ["LEFT"]
    assert code(scene.bid(listing, party, PRICE)) == "NOT-QUALIFIED"
    assert code(scene.by(party, c.RegisterBidder(listing_id=listing))) == ""
    assert holds(scene, party) == (0, DEPOSIT)


def test_whoever_is_not_qualified_by_then_leaves_at_the_end_of_registration_with_its_deposit() -> None:
    scene, listing, (late,) = auction(1, qualify=False)
    scene.wait(11 * MS_PER_DAY)
    assert states(scene, listing) == ["LEFT"]
    assert holds(scene, late) == (DEPOSIT, 0)
    assert scene.state.listings[listing].state == "LAPSED"


@pytest.mark.parametrize(
    ("bidders", "state"), [(0, "LAPSED"), (1, "NEGOTIATE"), (2, "BIDDING"), (3, "BIDDING")]
)
def test_the_number_of_qualified_bidders_decides_how_a_listing_goes_on(bidders: int, state: str) -> None:
    scene, listing, parties = auction(bidders)
    scene.wait(11 * MS_PER_DAY)
    assert scene.state.listings[listing].state == state
    assert [holds(scene, party) for party in parties] == [(0, DEPOSIT)] * bidders


def test_a_negotiation_that_nobody_concludes_lapses_with_bid_and_deposit() -> None:
    scene, listing, (party,) = auction(1)
    scene.bid(listing, party, PRICE)
    scene.wait(31 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "LAPSED"
    assert scene.state.bids["B-1"].state == "LAPSED"
    assert holds(scene, party) == (DEPOSIT, 0)


def test_bidding_without_a_bid_lapses_and_gives_all_deposits_back() -> None:
    scene, listing, parties = auction(3)
    scene.wait(31 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "LAPSED"
    assert [holds(scene, party) for party in parties] == [(DEPOSIT, 0)] * 3


def test_a_listing_that_is_withdrawn_lets_bids_and_deposits_go() -> None:
    scene, listing, parties = auction(2)
    for party in parties:
        scene.bid(listing, party, PRICE)
    scene.by(scene.state.listings[listing].seller, c.WithdrawListing(listing_id=listing))
    assert {bid.state for bid in scene.state.bids.values()} == {"LAPSED"}
    assert [holds(scene, party) for party in parties] == [(DEPOSIT, 0)] * 2


@pytest.mark.parametrize("days", [1, 11])
def test_a_suspended_listing_lapses_when_its_next_clock_runs_out_and_gives_deposits_back(days: int) -> None:
    scene, listing, parties = auction(2)
    scene.wait(days * MS_PER_DAY)
    row = scene.state.listings[listing]
    scene.copy(row.right_id, row.seller, freeze="preservation")
    assert code(scene.bid(listing, parties[0], PRICE)) == "WRONG-STATE"
    clock_ms = row.registration_closes_ms if days == 1 else row.closes_ms
    scene.wait(clock_ms - scene.now)
    assert row.state == "LAPSED"
    assert [holds(scene, party) for party in parties] == [(DEPOSIT, 0)] * 2


def test_bidding_that_was_suspended_goes_on_as_bidding_and_cannot_be_withdrawn_meanwhile() -> None:
    scene, listing, parties = auction(2)
    scene.wait(11 * MS_PER_DAY)
    row = scene.state.listings[listing]
    scene.bid(listing, parties[1], PRICE)
    scene.copy(row.right_id, row.seller, freeze="preservation")
    assert code(scene.by(row.seller, c.WithdrawListing(listing_id=listing))) == "WRONG-STATE"
    scene.copy(row.right_id, row.seller)
    assert row.state == "BIDDING"
    scene.wait(20 * MS_PER_DAY)
    assert [deal.buyer for deal in scene.state.deals.values()] == [parties[1]]


def test_a_raised_bid_queues_behind_those_that_stood_at_its_new_price() -> None:
    scene, listing, (first, second) = auction(2)
    scene.bid(listing, first, PRICE)
    scene.bid(listing, second, PRICE + 5)
    scene.by(first, c.AmendBid(bid_id="B-1"), terms=c.BidTerms(price=PRICE + 5))
    scene.wait(31 * MS_PER_DAY)
    (deal,) = scene.state.deals.values()
    assert (deal.buyer, deal.price) == (second, PRICE + 5)


def test_a_bid_that_was_raised_wins_at_its_new_price() -> None:
    scene, listing, (first, second) = auction(2)
    scene.bid(listing, first, PRICE)
    scene.bid(listing, second, PRICE + 5)
    scene.wait(11 * MS_PER_DAY)
    scene.by(first, c.AmendBid(bid_id="B-1"), terms=c.BidTerms(price=PRICE + 6))
    scene.wait(20 * MS_PER_DAY)
    (deal,) = scene.state.deals.values()
    assert (deal.buyer, deal.price) == (first, PRICE + 6)


def test_an_award_gives_the_losers_their_deposits_back_and_keeps_the_winners_for_the_deal() -> None:
    scene, listing, (loser, winner) = auction(2)
    scene.bid(listing, loser, PRICE)
    scene.bid(listing, winner, PRICE + 1)
    scene.wait(31 * MS_PER_DAY)
    assert [bid.state for bid in scene.state.bids.values()] == ["LOST", "WON"]
    assert (holds(scene, loser), holds(scene, winner)) == ((DEPOSIT, 0), (0, DEPOSIT))
    (deal,) = scene.state.deals.values()
    scene.operator(c.UnwindDeal(deal_id=deal.id, ground="impossible"))
    assert holds(scene, winner) == (DEPOSIT, 0)
    assert scene.state.listings[listing].state == "LAPSED"
    deposits_are_held(scene.state)


def test_what_lies_in_escrow_goes_back_to_the_cent_when_the_register_refuses() -> None:
    scene, listing, (buyer,) = auction(1)
    scene.bid(listing, buyer, PRICE)
    scene.wait(11 * MS_PER_DAY)
    deal = scene.by(scene.state.listings[listing].seller, c.AcceptBid(bid_id="B-1")).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    assert scene.balance(deal, "escrow") == PRICE
    scene.operator(c.UnwindDeal(deal_id=deal, ground="court-order"))
    assert scene.balance(deal, "escrow") == 0
    assert holds(scene, buyer) == (PRICE + DEPOSIT, 0)
    accounts_balance(scene.state)


def test_a_posted_listing_takes_as_many_acceptances_as_it_offers_and_ends_with_its_last_deal() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", max_acceptances=2)
    deals = [scene.deal(listing, buyer), scene.deal(listing, buyer)]
    scene.credit(buyer, PRICE)
    assert code(scene.accept(listing, buyer)) == "WRONG-STATE"
    for deal in deals:
        assert scene.state.listings[listing].state == "AWARDED"
        scene.sign(deal)
        scene.fund(deal)
        scene.pay_all(deal)
    assert scene.state.listings[listing].state == "SOLD"


@pytest.mark.parametrize(("settle", "end"), [(True, "SOLD"), (False, "LAPSED")])
def test_a_posted_listing_that_closes_after_its_deals_have_ended_ends_at_once(settle: bool, end: str) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", max_acceptances=9)
    deal = scene.deal(listing, buyer)
    if settle:
        scene.sign(deal)
        scene.fund(deal)
        scene.pay_all(deal)
    else:
        scene.operator(c.UnwindDeal(deal_id=deal, ground="mutual"))
    assert scene.state.listings[listing].state == "OPEN"
    scene.wait(31 * MS_PER_DAY)
    assert scene.state.listings[listing].state == end


def test_a_posted_listing_with_a_deal_under_way_waits_for_it_after_its_close() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", max_acceptances=9)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.wait(31 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "AWARDED"


@pytest.mark.not_replayed("a listing is ended behind the engine's back")
def test_an_assignment_waits_until_every_deal_on_the_right_has_ended() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", max_acceptances=9)
    deal = scene.deal(listing, buyer)
    scene.state.rights[right].open_listing = None  # as if the listing had ended before its deal
    assert code(scene.submit(seller, right)) == "LISTING-EXISTS"
    assert code(scene.submit(seller, right, deal_kind="ordinary_licence")) == ""
    assert scene.state.deals[deal].state == "AWARDED"


@pytest.mark.not_replayed("a licence of another venue is put in")
def test_an_acceptance_is_held_against_licences_that_live_by_then() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="exclusive_licence")
    scene.credit(buyer, PRICE)
    other = Scene()
    other_seller, other_buyer = other.party(), other.party()
    granted = other.deal(
        other.listing(other_seller, other.right(other_seller), deal_kind="sole_licence"), other_buyer
    )
    other.sign(granted)
    other.fund(granted)
    scene.state.add(other.state.licences["LIC-1"])  # as a register would have it that knows more than we did
    scene.state.rights[right].licences = ("LIC-1",)
    assert code(scene.accept(listing, buyer)) == "CN-TECHNOLOGY-CONTRACTS-25"


def test_a_recorded_licence_is_never_overdue() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence"), buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.wait(100 * MS_PER_DAY)
    assert scene.state.licences["LIC-1"].state == "RECORDED"


def test_a_second_confirmation_with_another_proof_leaves_the_first_proof_standing() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    hash_before, first = scene.state.state_hash(), scene.state.deals[deal].proof_digest
    assert code(scene.confirm(deal, proof="0" * 64)) == "WRONG-STATE"
    assert (scene.state.state_hash(), scene.state.deals[deal].proof_digest) == (hash_before, first)


def test_a_recorded_licence_has_no_recordal_clock_left_when_it_ends() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    ends_ms = scene.now + 40 * MS_PER_DAY
    deal = scene.deal(
        scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", ends_ms=ends_ms), buyer
    )
    scene.sign(deal)
    scene.fund(deal)
    scene.wait(ends_ms - scene.now)
    assert not [row for row in scene.state.deadlines.values() if row.what in {"recordal", "licence_end"}]
    scene.wait(100 * MS_PER_DAY)
    changes = [
        event.new
        for outcome in scene.outcomes
        for event in outcome.events
        if isinstance(event, LicenceChanged)
    ]
    assert changes == ["GRANTED", "EXPIRED"]


def test_a_pledgee_does_not_consent_to_a_listing_that_has_ended() -> None:
    scene = Scene()
    seller, bank = scene.party(), scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=1, currency="CNY")
    listing = scene.listing(seller, scene.right(seller, pledges=(pledge,)))
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    assert code(scene.by(bank, c.ConsentToDeal(listing_id=listing))) == "WRONG-STATE"


@pytest.mark.parametrize("kind", ["assignment", "sole_licence"])
def test_a_deal_commits_to_its_terms_and_to_its_contract_under_a_salt_of_its_own(kind: str) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deals: list[Deal] = []
    for _ in range(2):
        listing = scene.listing(seller, scene.right(seller), deal_kind=kind)
        deals.append(scene.state.deals[scene.deal(listing, buyer)])
    for deal in deals:
        parties = scene.state.parties
        contract = of_deal(deal, parties[seller], parties[buyer], simulated=True)
        salt = bytes.fromhex(deal.terms_salt)
        assert commitment(TERMS_LABEL, salt, value_of(contract)).hex() == deal.terms_commitment
        assert commitment(HASH_SET_LABEL, salt, hash_set(contract)).hex() == deal.contract_commitment
    assert deals[0].terms_salt != deals[1].terms_salt
    assert deals[0].terms_commitment != deals[1].terms_commitment


# --- who counts as a bidder


def test_affiliates_of_one_another_are_one_bidder_and_the_seller_takes_the_best_of_their_bids() -> None:
    scene = Scene()
    seller, *bidders = (scene.party() for _ in range(4))
    listing = scene.listing(seller, scene.right(seller), "competitive")
    for one, other in ((bidders[0], bidders[1]), (bidders[1], bidders[2])):
        scene.operator(c.RecordAffiliation(party_id=one, affiliate_id=other))
    for bidder, price in zip(bidders, (100_000_00, 130_000_00, 120_000_00), strict=True):
        scene.bidder(listing, bidder)
        scene.bid(listing, bidder, price)
    scene.wait(11 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "NEGOTIATE"
    lower = scene.by(seller, c.AcceptBid(bid_id="B-1")).refusal
    assert lower is not None
    assert lower.code == "WRONG-STATE"
    assert scene.by(seller, c.AcceptBid(bid_id="B-2")).refusal is None


def test_bidders_are_one_whom_a_company_joins_that_does_not_bid() -> None:
    scene = Scene()
    seller, parent, *bidders = (scene.party() for _ in range(4))
    listing = scene.listing(seller, scene.right(seller), "competitive")
    for bidder in bidders:
        scene.operator(c.RecordAffiliation(party_id=parent, affiliate_id=bidder))
        scene.bidder(listing, bidder)
        scene.bid(listing, bidder, 100_000_00)
    scene.wait(11 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "NEGOTIATE"


def test_affiliates_and_a_stranger_are_several_bidders() -> None:
    scene = Scene()
    seller, *bidders = (scene.party() for _ in range(4))
    listing = scene.listing(seller, scene.right(seller), "competitive")
    scene.operator(c.RecordAffiliation(party_id=bidders[0], affiliate_id=bidders[1]))
    for bidder in bidders:
        scene.bidder(listing, bidder)
    scene.wait(11 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "BIDDING"


def test_an_agent_of_the_sellers_amends_no_bid() -> None:
    scene = Scene()
    seller, bidder = scene.party(), scene.party()
    agent = "0x" + "77" * 20
    listing = scene.listing(seller, scene.right(seller), "competitive")
    scene.bidder(listing, bidder)
    bid = scene.bid(listing, bidder, 100_000_00).result["bid_id"]
    for party in (seller, bidder):
        mandate = c.AppointAgent(key=agent, scope=("bid",), until_ms=scene.now + MS_PER_DAY)
        scene.by(party, mandate)
    command, terms = c.AmendBid(bid_id=bid), c.BidTerms(price=110_000_00)
    refusal = scene.give(command, actor=bidder, signer=agent, terms=terms).refusal
    assert refusal is not None
    assert refusal.code == "CN-AUCTION-LAW-30"
