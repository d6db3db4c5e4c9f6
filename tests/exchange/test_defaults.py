"""What follows a default: the deposit is lost, the next bidder is offered the award, and nobody has to take it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import ENGINE_VERSION
from exchange.events import DealDefaulted
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene
from tests.exchange.test_keys import advance

LISTED, DEPOSIT = 100_000_00, 30_000_00
LONG_MS = 40 * MS_PER_DAY


class Awarded(Scene):
    """A competitive or English listing that several have bid on, awarded to the first of them."""

    def __init__(
        self,
        prices: tuple[int, ...] = (30, 20, 10),
        mode: str = "competitive",
        engine: int = ENGINE_VERSION,
        **fields: Any,
    ) -> None:
        super().__init__(engine=engine)
        self.seller = self.party()
        self.right_id = self.right(self.seller)
        terms: dict[str, Any] = {"deposit": DEPOSIT, "step": 1} | fields
        self.listing_id = self.listing(self.seller, self.right_id, mode, **terms)
        self.bidders = [self.party() for _ in prices]
        for bidder in self.bidders:
            self.credit(bidder, DEPOSIT)
            self.bidder(self.listing_id, bidder)
        self.wait(self.row.registration_closes_ms - self.now)
        for bidder, above in sorted(zip(self.bidders, prices, strict=True), key=lambda pair: pair[1]):
            assert code(self.bid(self.listing_id, bidder, LISTED + above)) == ""
        self.wait(self.row.closes_ms - self.now)
        assert self.row.state == "AWARDED"

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]

    @property
    def deal(self) -> Any:
        """The newest deal."""
        return list(self.state.deals.values())[-1]

    def default_of_deal(self) -> None:
        """The seller signs and the buyer does not."""
        self.signature(self.deal.id, self.seller)
        due_ms = self.state.deadlines[f"sign_by:{self.deal.id}"].due_ms
        self.wait(due_ms - self.now)

    def take(self, who: int) -> Outcome:
        return self.by(self.bidders[who], c.AcceptAward(listing_id=self.listing_id))

    def decline(self, who: int) -> Outcome:
        return self.by(self.bidders[who], c.DeclineAward(listing_id=self.listing_id))


@pytest.mark.parametrize("mode", ["competitive", "english"])
def test_a_winner_that_does_not_sign_loses_its_deposit_and_the_next_is_offered_the_award_at_its_own_price(
    mode: str,
) -> None:
    scene = Awarded(mode=mode)
    first = scene.deal
    scene.default_of_deal()
    assert (first.state, first.defaulted, first.unwound_for) == (
        "REFUNDED",
        scene.bidders[0],
        "sign_by_passed",
    )
    assert scene.state.bids[first.bid_id].state == "FORFEIT"
    assert scene.row.state == "REOFFERED"
    standings = [scene.row.bidders[bidder].state for bidder in scene.bidders]
    assert standings == ["FORFEITED", "OFFERED", "QUALIFIED"]
    assert [scene.balance(party) for party in (scene.seller, *scene.bidders)] == [
        DEPOSIT,
        0,
        DEPOSIT,
        DEPOSIT,
    ]
    assert code(scene.take(2)) == "NOT-PERMITTED", "it is not its turn"
    assert code(scene.take(1)) == ""
    assert (scene.deal.buyer, scene.deal.price, scene.deal.deposit) == (
        scene.bidders[1],
        LISTED + 20,
        DEPOSIT,
    )
    assert scene.row.state == "AWARDED"
    scene.sign(scene.deal.id)
    scene.fund(scene.deal.id)
    scene.register(scene.deal.id)
    scene.pay_all(scene.deal.id)
    assert scene.row.state == "SOLD"
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_a_buyer_that_signs_and_does_not_pay_defaults_too() -> None:
    scene = Awarded()
    first = scene.deal
    scene.sign(first.id)
    scene.wait(scene.state.deadlines[f"fund_by:{first.id}"].due_ms - scene.now)
    assert (first.state, first.defaulted, scene.row.state) == ("REFUNDED", scene.bidders[0], "REOFFERED")
    assert scene.balance(scene.seller) == DEPOSIT


@pytest.mark.parametrize("who", ["buyer", "seller"])
def test_a_cancellation_is_a_default_of_whoever_cancels(who: str) -> None:
    scene = Awarded()
    deal = scene.deal
    party = deal.buyer if who == "buyer" else scene.seller
    outcome = scene.cancel(deal.id, party)
    (event,) = [event for event in outcome.events if isinstance(event, DealDefaulted)]
    assert (event.party_id, event.forfeited) == (party, DEPOSIT if who == "buyer" else 0)
    assert scene.balance(deal.buyer) == (0 if who == "buyer" else DEPOSIT)
    assert scene.row.state == ("REOFFERED" if who == "buyer" else "LAPSED"), (
        "a seller does not pick its buyer so"
    )


@pytest.mark.parametrize("key", ["buyer_key", "seller_key", ""])
def test_a_cancellation_by_ones_own_hand_on_the_chain_is_no_way_around_it(key: str) -> None:
    scene = Awarded()
    deal = scene.deal
    told: dict[str, Any] = {"key": getattr(deal, key)} if key else {}
    command = c.ReportPartyMessage(
        message="deal_cancelled", subject_id=deal.id, transaction="0x" + "22" * 32, block=7, **told
    )
    assert code(scene.service(command)) == ""
    assert scene.balance(deal.buyer) == (0 if key == "buyer_key" else DEPOSIT)
    assert scene.row.state == ("REOFFERED" if key == "buyer_key" else "LAPSED")


def test_a_seller_that_does_not_sign_defaults_and_the_buyer_has_its_deposit_back() -> None:
    scene = Awarded()
    deal = scene.deal
    scene.signature(deal.id, deal.buyer)
    scene.wait(scene.state.deadlines[f"sign_by:{deal.id}"].due_ms - scene.now)
    assert (deal.defaulted, scene.row.state, scene.balance(deal.buyer)) == (scene.seller, "LAPSED", DEPOSIT)


def test_where_neither_has_signed_nobody_is_in_default() -> None:
    scene = Awarded()
    deal = scene.deal
    scene.wait(scene.state.deadlines[f"sign_by:{deal.id}"].due_ms - scene.now)
    assert scene.row.state == "LAPSED"
    assert scene.balance(deal.buyer) == DEPOSIT
    assert not [event for each in scene.outcomes for event in each.events if isinstance(event, DealDefaulted)]


@pytest.mark.parametrize("step", ["sign_by", "fund_by"])
@pytest.mark.parametrize("barred_by", ["freeze", "other_holder", "pledge"])
def test_a_buyer_that_is_barred_from_its_part_at_the_deadline_keeps_its_deposit(
    step: str, barred_by: str
) -> None:
    scene = Awarded()
    deal = scene.deal
    if step == "sign_by":
        scene.signature(deal.id, scene.seller)
    else:
        scene.sign(deal.id)
    due_ms = scene.state.deadlines[f"{step}:{deal.id}"].due_ms
    holder = scene.party() if barred_by == "other_holder" else scene.seller
    bank = c.Pledge(company_number=scene.numbers[scene.party("pledgee")], amount=1_00, currency="CNY")
    facts: dict[str, dict[str, Any]] = {"freeze": {"freeze": "dispute"}, "pledge": {"pledges": (bank,)}}
    scene.copy(scene.right_id, holder, **facts.get(barred_by, {}))
    scene.wait(due_ms - scene.now)
    assert (deal.state, scene.balance(deal.buyer)) == ("REFUNDED", DEPOSIT)
    assert not [event for each in scene.outcomes for event in each.events if isinstance(event, DealDefaulted)]


def test_a_change_of_ones_own_key_that_undoes_the_others_signature_is_no_way_out_of_the_deal() -> None:
    scene = Awarded()
    deal = scene.deal
    scene.signature(deal.id, scene.seller)
    advance(scene, deal.buyer, 1)
    assert (deal.seller_signature, deal.voided_by) == ("", deal.buyer)
    scene.wait(scene.state.deadlines[f"sign_by:{deal.id}"].due_ms - scene.now)
    assert (deal.defaulted, scene.balance(scene.seller)) == (deal.buyer, DEPOSIT)


def test_whoever_signs_after_its_change_of_key_has_done_its_part() -> None:
    scene = Awarded()
    deal = scene.deal
    scene.signature(deal.id, scene.seller)
    advance(scene, deal.buyer, 1)
    assert code(scene.signature(deal.id, deal.buyer)) == ""
    scene.wait(scene.state.deadlines[f"sign_by:{deal.id}"].due_ms - scene.now)
    assert (deal.defaulted, scene.balance(deal.buyer)) == (scene.seller, DEPOSIT)


def test_a_deal_that_the_operator_unwinds_for_breach_costs_whoever_has_not_signed() -> None:
    scene = Awarded()
    deal = scene.deal
    scene.signature(deal.id, scene.seller)
    command = c.UnwindDeal(deal_id=deal.id, ground="breach", erasable={"reason": "00" * 32})
    assert code(scene.operator(command)) == ""
    assert (deal.defaulted, scene.balance(scene.seller)) == (deal.buyer, DEPOSIT)


def test_the_award_is_passed_on_when_it_is_declined_or_left_and_the_listing_lapses_with_the_last() -> None:
    scene = Awarded()
    scene.default_of_deal()
    assert code(scene.decline(2)) == "NOT-PERMITTED"
    assert code(scene.decline(1)) == ""
    assert scene.row.bidders[scene.bidders[1]].state == "QUALIFIED"
    assert scene.row.bidders[scene.bidders[2]].state == "OFFERED"
    scene.wait(scene.row.award_offered_until_ms - scene.now)
    assert scene.row.state == "LAPSED"
    assert scene.state.rights[scene.right_id].open_listing is None
    assert [scene.balance(bidder) for bidder in scene.bidders] == [0, DEPOSIT, DEPOSIT], (
        "declining costs nothing"
    )
    assert code(scene.submit(scene.seller, scene.right_id)) == "", "its seller lists the right again"


def test_a_second_default_leads_to_the_third_bidder() -> None:
    scene = Awarded()
    scene.default_of_deal()
    scene.take(1)
    scene.default_of_deal()
    assert scene.row.state == "REOFFERED"
    assert code(scene.take(1)) == "NOT-PERMITTED"
    assert code(scene.take(2)) == ""
    assert (scene.deal.buyer, scene.deal.price) == (scene.bidders[2], LISTED + 10)
    assert scene.balance(scene.seller) == 2 * DEPOSIT


def test_an_affiliate_of_the_defaulter_does_not_come_to_the_right_at_the_lower_price() -> None:
    scene = Awarded()
    scene.operator(c.RecordAffiliation(party_id=scene.bidders[0], affiliate_id=scene.bidders[1]))
    scene.default_of_deal()
    assert scene.row.bidders[scene.bidders[1]].state == "QUALIFIED"
    assert code(scene.take(1)) == "NOT-PERMITTED"
    assert code(scene.take(2)) == ""


def test_the_next_bidder_needs_its_deposit_and_a_right_that_can_be_sold() -> None:
    scene = Awarded()
    scene.default_of_deal()
    bidder = scene.bidders[1]
    scene.by(bidder, c.RequestWithdrawal(), terms=c.WithdrawalTerms(currency="CNY", amount=DEPOSIT))
    assert code(scene.take(1)) == "FUNDS-SHORT"
    scene.credit(bidder, DEPOSIT)
    scene.copy(scene.right_id, scene.seller, freeze="dispute")
    assert code(scene.take(1)) == "WRONG-STATE"
    scene.copy(scene.right_id, scene.seller)
    assert code(scene.take(1)) == ""


def test_while_the_register_bars_the_seller_nobody_is_offered_anything() -> None:
    scene = Awarded()
    scene.default_of_deal()
    scene.copy(scene.right_id, scene.seller, freeze="dispute")
    assert code(scene.decline(1)) == ""
    assert (scene.row.state, scene.balance(scene.seller)) == ("LAPSED", DEPOSIT)


def test_an_affiliate_of_a_defaulters_affiliate_is_passed_over_too() -> None:
    scene = Awarded()
    between = scene.party()
    for one in scene.bidders[:2]:
        scene.operator(c.RecordAffiliation(party_id=one, affiliate_id=between))
    scene.default_of_deal()
    assert [scene.row.bidders[bidder].state for bidder in scene.bidders] == [
        "FORFEITED",
        "QUALIFIED",
        "OFFERED",
    ]


def test_whoever_is_found_to_be_the_sellers_affiliate_is_offered_no_award() -> None:
    scene = Awarded()
    scene.operator(c.RecordAffiliation(party_id=scene.seller, affiliate_id=scene.bidders[1]))
    scene.default_of_deal()
    assert scene.row.state == "REOFFERED"
    assert code(scene.take(2)) == ""


def test_below_the_reserve_nobody_comes_next() -> None:
    scene = Awarded(mode="english", reserve=LISTED + 30)
    scene.default_of_deal()
    assert scene.row.state == "LAPSED"


@pytest.mark.parametrize(("engine", "offered"), [(ENGINE_VERSION, True), (4, False)])
def test_whoever_was_outbid_by_one_that_had_to_leave_comes_next_though_its_bid_is_above_the_winners(
    engine: int, offered: bool
) -> None:
    scene = Scene(engine=engine)
    seller, (outbid, left, winner) = scene.party(), (scene.party() for _ in range(3))
    terms: dict[str, Any] = {"price": LISTED, "deposit": DEPOSIT, "step": 1}
    listing_id = scene.listing(seller, scene.right(seller), "english", **terms)
    for bidder in (outbid, left, winner):
        scene.credit(bidder, DEPOSIT)
        scene.bidder(listing_id, bidder)
    listing = scene.state.listings[listing_id]
    scene.wait(listing.registration_closes_ms - scene.now)
    best = scene.bid(listing_id, outbid, LISTED + 5).result["bid_id"]
    scene.bid(listing_id, left, LISTED + 6)
    scene.operator(c.RecordAffiliation(party_id=seller, affiliate_id=left))
    assert code(scene.bid(listing_id, winner, LISTED)) == "", "bidding begins again"
    scene.wait(listing.closes_ms - scene.now)
    (deal,) = scene.state.deals.values()
    assert (deal.buyer, deal.price) == (winner, LISTED)
    scene.signature(deal.id, seller)
    scene.wait(scene.state.deadlines[f"sign_by:{deal.id}"].due_ms - scene.now)
    assert listing.state == ("REOFFERED" if offered else "LAPSED")
    assert listing.runners_up == ((best,) if offered else ())


def test_a_price_held_at_acceptance_is_no_deposit_and_goes_back() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    deal = scene.state.deals[scene.deal(listing, buyer)]
    scene.signature(deal.id, seller)
    scene.wait(LONG_MS)
    assert (deal.state, scene.balance(buyer), scene.balance(seller)) == ("REFUNDED", 100_000_00, 0)
    assert not [event for each in scene.outcomes for event in each.events if isinstance(event, DealDefaulted)]


def test_in_a_negotiation_the_deposit_is_lost_and_there_is_no_next() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "negotiated", deposit=DEPOSIT)
    scene.credit(buyer, DEPOSIT)
    proposal = scene.propose(listing, buyer, LISTED).result["proposal_id"]
    deal = scene.by(seller, c.AcceptProposal(proposal_id=proposal)).result["deal_id"]
    scene.signature(deal, seller)
    scene.wait(LONG_MS)
    assert scene.state.listings[listing].state == "LAPSED"
    assert (scene.balance(buyer), scene.balance(seller)) == (0, DEPOSIT)


def test_engines_before_the_third_refund_whoever_defaults() -> None:
    class Earlier(Awarded):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))

    scene = Earlier()
    buyer = scene.deal.buyer
    scene.default_of_deal()
    assert (scene.row.state, scene.balance(buyer), scene.balance(scene.seller)) == ("LAPSED", DEPOSIT, 0)


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.integers(0, 9), min_size=1, max_size=5),
    answers=st.lists(st.sampled_from(["take", "decline", "wait"]), min_size=5, max_size=5),
)
def test_the_award_goes_down_the_ranking_one_by_one_and_no_cent_is_lost(
    prices: list[int], answers: list[str]
) -> None:
    if len(prices) == 1:
        prices = [prices[0], prices[0]]
    scene = Awarded(tuple(prices))
    ranked = sorted(range(len(prices)), key=lambda number: (-prices[number], number))
    defaulted = 0
    for place, number in enumerate(ranked):
        if place:
            assert scene.row.bidders[scene.bidders[number]].state == "OFFERED"
            if answers[place % 5] == "decline":
                assert code(scene.decline(number)) == ""
                continue
            if answers[place % 5] == "wait":
                scene.wait(scene.row.award_offered_until_ms - scene.now)
                continue
            assert code(scene.take(number)) == ""
        assert (scene.deal.buyer, scene.deal.price) == (scene.bidders[number], LISTED + prices[number])
        scene.default_of_deal()
        defaulted += 1
    assert scene.row.state == "LAPSED"
    assert scene.balance(scene.seller) == defaulted * DEPOSIT
    left = sum(scene.balance(bidder) for bidder in scene.bidders)
    assert left + defaulted * DEPOSIT == len(prices) * DEPOSIT
