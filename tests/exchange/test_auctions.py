"""What is called an auction: collusion, the reserve that is announced, the commission, and records that are kept."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY, add_months
from exchange.engine import Engine
from exchange.money import fees
from exchange.rows import FeeSchedule
from exchange.state import State
from exchange.turn import EngineFault
from tests.exchange import encumbering
from tests.exchange.auction_rule_cases import (
    FIVE_YEARS_MS,
    auctioned,
    described,
    erase,
    fees_of,
    found_to_collude,
)
from tests.exchange.continuous_rule_cases import PROFILE, floor, order
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import competitive
from tests.exchange.scene import LEAST_DEPOSIT, OPERATORS, Scene, digest
from tests.exchange.test_defaults import DEPOSIT, LISTED, Awarded
from tests.exchange.test_english import FIRST, STEP, Auction

REASON = {"reason": digest("reason")}


def stored(scene: Scene) -> State:
    """The state that is loaded from the rows in memory."""
    loaded = State()
    loaded.load([(row.kind, canonical.encode(row)) for row in scene.state.each_row()])
    return loaded


# --- collusion (Art. 37)


def test_affiliates_that_bid_against_each_other_are_under_suspicion_and_bid_on() -> None:
    """Market surveillance opens a case and bars nobody: a finding does."""
    auction = Auction()
    one, other = auction.bidders[:2]
    auction.operator(c.RecordAffiliation(party_id=one, affiliate_id=other))
    auction.begin()
    assert code(auction.raised(0, FIRST)) == ""
    assert code(auction.raised(1, FIRST + STEP)) == ""
    found_to_collude(auction, auction.listing_id, one)
    assert code(auction.raised(0, FIRST + 2 * STEP)) == "CN-AUCTION-LAW-37"
    assert code(auction.raised(2, FIRST + 3 * STEP)) == ""
    assert code(auction.raised(1, FIRST + 4 * STEP)) == "", "the finding does not name it"
    auction.replay()


def test_a_finding_ends_the_bid_and_gives_the_deposit_back_on_its_listing_alone() -> None:
    auction = Auction()
    auction.begin()
    bid = auction.raised(0, FIRST).result["bid_id"]
    bidder = auction.bidders[0]
    elsewhere = auction.listing(auction.seller, auction.right(auction.seller), "competitive")
    auction.bidder(elsewhere, bidder)
    found_to_collude(auction, auction.listing_id, bidder)
    assert auction.state.bids[bid].state == "LAPSED"
    assert auction.row.bidders[bidder].state == "LEFT"
    assert auction.balance(bidder) == DEPOSIT
    assert code(auction.bid(elsewhere, bidder, FIRST)) == ""
    auction.wait(21 * MS_PER_DAY)
    assert auction.row.state == "LAPSED", "nobody else has bid"
    auction.replay()


def test_proposals_and_orders_of_a_colluding_party_end_as_well() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "negotiated")
    proposal = scene.propose(listing, buyer, 90_000_00).result["proposal_id"]
    found_to_collude(scene, listing, buyer)
    assert scene.state.proposals[proposal].state == "LAPSED"
    assert code(scene.propose(listing, buyer, 95_000_00)) == "CN-AUCTION-LAW-37"
    trading = Scene(**PROFILE)
    _, bidder, book = floor(trading)
    resting = order(trading, book, bidder, "buy", 90_00).result["order_id"]
    found_to_collude(trading, book, bidder)
    assert resting not in trading.state.orders
    assert code(order(trading, book, bidder, "buy", 90_00)) == "CN-AUCTION-LAW-37"


def test_a_finding_counts_with_its_reference_and_names_a_party_of_the_venue_and_a_listing() -> None:
    scene = Scene()
    _, bidder, listing = competitive(scene)
    terms = c.DocumentTerms(document="collusion_finding", subject_id=listing, party_id=bidder)
    before = scene.state.state_hash()
    suspicion = scene.operator(c.RecordDocument(digest=digest("a case")), terms=terms)
    assert suspicion.refusal is not None
    assert (suspicion.refusal.code, suspicion.refusal.detail["fact"]) == ("FACT-MISSING", "reference")
    for subject, party, refused in (
        (listing, "", "MALFORMED"),
        (listing, "P-99", "UNKNOWN-ID"),
        ("L-99", bidder, "UNKNOWN-ID"),
    ):
        assert code(found_to_collude(scene, subject, party)) == refused
    assert scene.state.state_hash() == before
    assert code(scene.bid(listing, bidder, LISTED)) == ""


def test_an_award_to_one_that_has_colluded_is_signed_by_nobody_and_nobody_has_defaulted() -> None:
    """Art. 65: such a sale is void, so that it goes to no next bidder; what it has cost is for a court to say."""
    scene = Awarded()
    deal, winner = scene.deal, scene.bidders[0]
    found_to_collude(scene, scene.listing_id, winner)
    assert code(scene.signature(deal.id, winner)) == "CN-AUCTION-LAW-37"
    assert code(scene.signature(deal.id, scene.seller)) == "CN-AUCTION-LAW-37"
    scene.wait(scene.state.deadlines[f"sign_by:{deal.id}"].due_ms - scene.now)
    assert (deal.state, deal.defaulted, scene.row.state) == ("REFUNDED", UNSET, "LAPSED")
    assert scene.balance(winner) == DEPOSIT
    scene.replay()


def test_a_next_bidder_that_has_colluded_is_passed_over_and_takes_no_award() -> None:
    scene = Awarded()
    found_to_collude(scene, scene.listing_id, scene.bidders[1])
    scene.default_of_deal()
    assert scene.row.bidders[scene.bidders[2]].state == "OFFERED"
    found_to_collude(scene, scene.listing_id, scene.bidders[2])
    assert code(scene.take(2)) == "CN-AUCTION-LAW-37"
    assert code(scene.decline(2)) == ""
    assert scene.row.state == "LAPSED"
    scene.replay()


def test_a_finding_that_is_withdrawn_or_over_bars_nobody_any_more() -> None:
    scene = Scene()
    _, bidder, listing = competitive(scene)
    for end in ("withdrawn", "over"):
        until_ms = scene.now + MS_PER_DAY if end == "over" else None
        scene.document("collusion_finding", listing, party_id=bidder, valid_until_ms=until_ms)
        assert code(scene.by(bidder, c.RegisterBidder(listing_id=listing))) == "CN-AUCTION-LAW-37"
        if end == "withdrawn":
            found_to_collude(scene, listing, bidder, "collusion_finding_withdrawn")
        else:
            scene.wait(MS_PER_DAY)
        assert code(scene.by(bidder, c.RegisterBidder(listing_id=listing))) == ""


# --- the reserve (Art. 50)


@pytest.mark.parametrize(("fields", "said"), [({}, "none"), ({"reserve": FIRST}, "set")])
def test_whether_there_is_a_reserve_is_announced_before_bidding_and_its_amount_never(
    fields: dict[str, int], said: str
) -> None:
    scene = Scene()
    scene.document("auctioneer_licence")
    seller = scene.party()
    terms = auctioned(scene, price=FIRST, **fields)
    listing = scene.listing(seller, scene.right(seller), "english", approve=False, **terms)
    answer = scene.operator(c.ApproveListing(listing_id=listing)).result
    assert answer == {"listing_id": listing, "state": "PUBLICITY", "reserve": said}
    assert scene.state.listings[listing].has_reserve == (said == "set")


def test_a_dutch_auction_has_its_floor_for_a_reserve_and_other_modes_announce_none() -> None:
    scene = Scene()
    seller = scene.party()
    terms: dict[str, Any] = {"floor": FIRST // 2, "interval_ms": MS_PER_DAY, "step": STEP, "price": FIRST}
    falling = scene.listing(seller, scene.right(seller), "dutch", **terms)
    assert scene.state.listings[falling].has_reserve is True
    _, _, listing = competitive(scene)
    assert scene.state.listings[listing].has_reserve is UNSET
    assert b"has_reserve" not in canonical.encode(scene.state.listings[listing])


# --- the commission (Art. 56)


def test_an_auction_bears_the_fees_of_the_day_of_its_announcement_and_others_those_of_their_opening() -> None:
    scene = Scene()
    scene.document("auctioneer_licence")
    seller = scene.party()
    fees_of(scene, 500)
    listing, _ = described(scene, seller)
    scene.operator(c.ApproveListing(listing_id=listing))
    fees_of(scene, 900)
    scene.wait(8 * MS_PER_DAY)
    assert (scene.state.listings[listing].state, scene.state.listings[listing].fee_schedule) == (
        "OPEN",
        "FEE-1",
    )
    online = scene.listing(seller, scene.right(seller), "english", step=STEP)
    assert scene.state.listings[online].fee_schedule == "FEE-2", "what is not called an auction may bear more"
    scene.replay()


def test_no_schedule_that_stood_when_an_auction_was_announced_binds_one_that_came_before_any() -> None:
    scene = Scene()
    scene.document("auctioneer_licence")
    listing, _ = described(scene, scene.party())
    scene.operator(c.ApproveListing(listing_id=listing))
    fees_of(scene, 900)
    scene.wait(8 * MS_PER_DAY)
    assert scene.state.listings[listing].fee_schedule is UNSET


@given(
    shares=st.lists(st.integers(0, 700), min_size=1, max_size=4),
    minimum=st.integers(0, 3_000),
    spare=st.none() | st.integers(0, 3_000),
    least=st.integers(1, 50_000),
    above=st.integers(0, 200_000),
)
def test_fees_that_are_within_the_cap_ask_for_no_more_of_any_price(
    shares: list[int], minimum: int, spare: int | None, least: int, above: int
) -> None:
    state = Scene().state
    schedule = FeeSchedule(
        id="FEE-1",
        currency="CNY",
        bands=tuple(c.FeeBand(above=place * 9_000, basis_points=share) for place, share in enumerate(shares)),
        minimum=minimum,
        maximum=None if spare is None else minimum + spare,
        since_ms=0,
    )
    state.add(schedule)
    price = least + above
    if fees.are_within(state, "CNY", least, 500):
        assert fees.total(schedule, price) * 10_000 <= price * 500
        assert shares == sorted(shares, reverse=True)
    elif shares == sorted(shares, reverse=True):
        asked = max(minimum * 10_000, _of_bands(schedule, least))
        most = asked if schedule.maximum is None else schedule.maximum * 10_000
        assert min(asked, most) > least * 500, "the least price itself bears more"


def _of_bands(schedule: FeeSchedule, price: int) -> int:
    """What the bands ask of a price, in ten-thousandths of a minor unit: each what it adds to the one before it."""
    shares = [0, *(band.basis_points for band in schedule.bands)]
    added = (share - before for before, share in pairwise(shares))
    return sum(more * max(0, price - band.above) for more, band in zip(added, schedule.bands, strict=True))


# --- records (Art. 54)


class Recorded(Scene):
    """An auction in its announcement; `entry` is its submission's, with words about it."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.document("auctioneer_licence")
        self.seller = self.party()
        self.listing_id, self.entry = described(self, self.seller)

    def announce(self) -> None:
        self.operator(c.ApproveListing(listing_id=self.listing_id, erasable=REASON))

    def last(self) -> int:
        return len(self.requests) - 1

    def kept(self) -> set[int]:
        return {int(each) for each in self.state.kept_records}

    def withdraw(self) -> None:
        self.by(self.seller, c.WithdrawListing(listing_id=self.listing_id))


def test_what_names_an_auction_or_hangs_on_it_belongs_to_its_records() -> None:
    scene = Recorded()
    entries = {scene.entry}
    scene.announce()
    entries.add(scene.last())
    objection = scene.object_to(scene.listing_id, scene.party()).result["objection_id"]
    entries.add(scene.last())
    scene.operator(c.DecideObjection(objection_id=objection, decision="dismissed", erasable=REASON))
    entries.add(scene.last())
    scene.wait(8 * MS_PER_DAY)
    bidder = scene.party()
    scene.credit(bidder, LEAST_DEPOSIT)
    scene.by(bidder, c.RegisterBidder(listing_id=scene.listing_id))
    scene.operator(c.QualifyBidder(listing_id=scene.listing_id, party_id=bidder, erasable=REASON))
    entries.add(scene.last())
    found_to_collude(scene, scene.listing_id, scene.party())
    entries.add(scene.last())
    scene.wait(3 * MS_PER_DAY)
    scene.bid(scene.listing_id, bidder, LISTED)
    scene.wait(21 * MS_PER_DAY)
    deal = scene.state.listings[scene.listing_id].deals[0]
    dispute = encumbering.dispute(scene, deal).result["dispute_id"]
    entries.add(scene.last())
    scene.document("export_registration", deal)
    entries.add(scene.last())
    assert scene.state.disputes[dispute].deal_id == deal
    assert scene.kept() == entries
    refusal = erase(scene, scene.last(), "reference").refusal
    assert refusal is not None
    assert refusal.detail == {"entry": scene.last() - 1, "listing_id": scene.listing_id, "until_ms": None}
    scene.replay()


def test_nothing_else_is_kept_and_what_was_refused_is_no_record() -> None:
    scene = Recorded()
    scene.announce()
    kept = scene.kept()
    bidder = scene.party()
    scene.operator(c.SuspendParty(party_id=bidder, erasable=REASON))
    refused = scene.operator(c.QualifyBidder(listing_id=scene.listing_id, party_id=bidder, erasable=REASON))
    assert refused.refusal is not None
    assert code(erase(scene, scene.last(), "reason")) == ""
    other = scene.listing(scene.seller, scene.right(scene.seller), approve=False, erasable=REASON)
    scene.operator(c.ApproveListing(listing_id=other, erasable=REASON))
    assert code(erase(scene, scene.last(), "reason")) == ""
    assert scene.kept() == kept


def test_records_are_kept_to_the_end_of_the_day_five_years_after_the_mandate() -> None:
    scene = Recorded()
    scene.announce()
    scene.withdraw()
    until_ms = add_months(scene.now, 60)
    refusal = erase(scene, scene.entry).refusal
    assert refusal is not None
    assert (refusal.code, refusal.detail["until_ms"]) == ("CN-AUCTION-LAW-54", until_ms)
    scene.wait(until_ms - scene.now - 2)
    assert scene.listing_id not in scene.state.listings, "the listing has left memory, its records have not"
    assert code(erase(scene, scene.entry)) == "CN-AUCTION-LAW-54"
    scene.wait(1)
    assert code(erase(scene, scene.entry)) == ""
    assert scene.kept() == set()
    scene.replay()


def test_a_submission_that_became_no_mandate_is_kept_no_longer() -> None:
    scene = Recorded()
    assert code(erase(scene, scene.entry)) == "CN-AUCTION-LAW-54", "while the operator has not decided"
    scene.operator(c.RejectListing(listing_id=scene.listing_id, erasable=REASON))
    assert scene.kept() == set()
    assert code(erase(scene, scene.entry)) == ""
    assert not [each for each in scene.state.deadlines if each.startswith("retention_end")]


def test_records_of_auctions_that_no_law_of_the_mainland_binds_are_not_kept() -> None:
    scene = Recorded(**PROFILE)
    assert scene.kept() == {scene.entry}, "the right is of the Mainland"
    seller = scene.party(jurisdiction="HK")
    right = scene.right(seller, right_id="HK-16100001")
    scene.submit(seller, right, "english", erasable=REASON, **auctioned(scene))
    assert scene.kept() == {scene.entry}


def test_an_engine_that_is_loaded_from_the_tables_keeps_them_as_well() -> None:
    scene = Recorded()
    scene.announce()
    scene.withdraw()
    loaded = stored(scene)
    assert loaded.records_of == scene.state.records_of
    assert loaded.state_hash() == scene.state.state_hash()
    scene.wait(FIVE_YEARS_MS)
    engine = Engine(loaded)
    engine.apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    assert loaded.kept_records == {}


def test_an_entry_whose_number_nobody_says_stops_the_engine_instead_of_being_erasable() -> None:
    scene = Recorded()
    command = c.ApproveListing(listing_id=scene.listing_id, erasable=REASON)
    request = c.Request(time_ms=scene.now, actor="venue", signer=OPERATORS[0], command=command)
    with pytest.raises(EngineFault, match="without the number"):
        scene.engine.apply(request)
