"""Where one feature meets another: what each promises alone it promises in the other's states."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_SECOND
from tests.exchange import encumbering, ordering, refusing
from tests.exchange.lot_rule_cases import lot_of, pay_for, sign_all
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_co_owners import awarded, registered
from tests.exchange.test_continuous import Floor
from tests.exchange.test_deposits import release, share_kept
from tests.exchange.test_earnest import PRICE, Sold
from tests.exchange.test_first_refusal import Refused
from tests.exchange.test_instalments import overdue
from tests.exchange.test_state_tables import deal_in

DEPOSIT = 20_000_00


def whole(scene: Scene) -> None:
    """The run replays to where it is."""
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def left(scene: Scene) -> int:
    """What all lines of the bank's statement could pay for yet."""
    return sum(row.left for row in scene.state.statement_lines.values())


# --- earnest money


def test_a_price_that_goes_back_to_a_buyer_in_default_can_be_paid_with_again_though_earnest_money_was_part_of_it() -> (
    None
):
    scene = Sold()
    before = left(scene)
    scene.pay_earnest()
    scene.by(scene.buyer, c.FundDeal(deal_id="D-1", statement_line=scene.line))
    assert (scene.deal_row.state, left(scene)) == ("FUNDED", before - PRICE)
    encumbering.dispute(scene, "D-1", scene.seller)
    assert code(scene.find_default(scene.buyer)) == ""
    assert (scene.deal_row.state, left(scene), scene.deal_row.funded_by) == ("REFUNDED", before, {})
    scene.whole()


@pytest.mark.parametrize("named", ["buyer", "seller"])
def test_no_earnest_money_goes_to_or_comes_from_whoever_a_list_of_sanctions_names(named: str) -> None:
    scene = Sold()
    scene.document("sanctions_listing", getattr(scene, named))
    assert code(scene.pay_earnest()) == "CN-ANTI-MONEY-LAUNDERING-40"
    scene.document("sanctions_removal", getattr(scene, named))
    assert code(scene.pay_earnest()) == ""
    scene.whole()


# --- lists of sanctions


def test_nobody_is_let_buy_from_whoever_a_list_of_sanctions_names_nor_from_its_co_owner() -> None:
    scene = Scene()
    seller, other, buyer = scene.party(), scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller, other), approve=False)
    refusing.consent(scene, listing, other)
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.credit(buyer, PRICE)
    for each in (seller, other):
        scene.document("sanctions_listing", each)
        assert code(scene.accept(listing, buyer)) == "CN-ANTI-MONEY-LAUNDERING-40"
        scene.document("sanctions_removal", each)
    assert code(scene.accept(listing, buyer)) == ""
    whole(scene)


@pytest.mark.parametrize("named", ["seller", "buyer"])
def test_no_proposal_is_accepted_between_sides_of_which_a_list_of_sanctions_names_one(named: str) -> None:
    scene = Scene()
    sides = {"seller": scene.party(), "buyer": scene.party()}
    listing = scene.listing(sides["seller"], scene.right(sides["seller"]), "negotiated")
    proposal = scene.propose(listing, sides["buyer"], PRICE).result["proposal_id"]
    accept = c.AcceptProposal(proposal_id=proposal)
    scene.document("sanctions_listing", sides[named])
    assert code(scene.by(sides["seller"], accept)) != ""
    assert not scene.state.deals
    whole(scene)


def test_whoever_a_list_of_sanctions_names_has_no_orders_on_any_side() -> None:
    floor = Floor()
    ordering.place(floor, floor.seller, floor.listing_id, "sell", PRICE, 5)
    floor.document("sanctions_listing", floor.seller)
    assert not floor.state.orders
    refused = ordering.place(floor, floor.seller, floor.listing_id, "sell", PRICE)
    assert code(refused) == "CN-ANTI-MONEY-LAUNDERING-40"
    whole(floor)


# --- first refusals


def test_who_could_not_sign_for_want_of_a_notice_has_not_defaulted_when_the_venue_unwinds_for_breach() -> (
    None
):
    scene = Refused("competitive", completers=0, service_invention=False)
    assert code(scene.signature(scene.deal.id, scene.seller)) == ""
    refusing.found(scene, scene.right_id, scene.party())
    assert code(scene.signature(scene.deal.id, scene.buyer)) == "CN-CIVIL-CODE-847"
    before = scene.balance(scene.buyer) + scene.balance(scene.buyer, "deposit")
    deal = scene.deal
    scene.operator(c.UnwindDeal(deal_id=deal.id, ground="breach"))
    assert deal.state == "REFUNDED"
    assert not deal.defaulted
    assert scene.balance(scene.buyer) == before
    whole(scene)


def test_nobody_keeps_the_other_waiting_while_the_term_of_a_first_refusal_runs() -> None:
    scene = Refused("competitive", completers=0, service_invention=False)
    assert code(scene.signature(scene.deal.id, scene.seller)) == ""
    refusing.found(scene, scene.right_id, scene.party())
    refusing.notice(scene, scene.deal.id)
    deal = scene.deal
    assert (deal.state, bool(deal.seller_signature)) == ("ROFR_PENDING", True)
    scene.operator(c.UnwindDeal(deal_id=deal.id, ground="breach"))
    assert deal.state == "REFUNDED"
    assert not deal.defaulted
    whole(scene)


def test_completers_that_are_found_after_both_have_signed_do_not_keep_a_refused_chain_record_from_being_renewed() -> (
    None
):
    scene = Refused(completers=0, service_invention=False)
    for party in (scene.seller, scene.buyer):
        assert code(scene.signature(scene.deal.id, party)) == ""
    scene.chain(scene.deal.id, "refused")
    assert scene.deal.state == "CHAIN_REFUSED"
    refusing.found(scene, scene.right_id, scene.party())
    for party in (scene.seller, scene.buyer):
        assert code(scene.signature(scene.deal.id, party)) == ""
    assert scene.deal.state == "SIGNED"
    whole(scene)


def test_a_waiver_that_is_lodged_during_a_dispute_counts_when_the_deal_goes_on() -> None:
    scene = Refused()
    refusing.notice(scene, scene.deal.id)
    encumbering.dispute(scene, scene.deal.id)
    refusing.lodge_waiver(scene, scene.listing_id)
    assert scene.deal.state == "DISPUTED"
    encumbering.outcome(scene, scene.deal.id)
    assert scene.deal.state == "AWARDED"
    assert f"refusal_by:{scene.deal.id}" not in scene.state.deadlines
    assert code(refusing.exercise(scene, scene.deal.id, scene.completers[0])) == "NOT-PERMITTED"
    scene.finish()


def test_what_is_signed_after_a_first_refusal_is_signed_for_a_time_that_the_contract_still_takes() -> None:
    scene = Refused()
    scene.wait(9 * MS_PER_DAY)
    encumbering.dispute(scene, scene.deal.id)
    scene.wait(60 * MS_PER_DAY)
    encumbering.outcome(scene, scene.deal.id)
    refusing.notice(scene, scene.deal.id)
    scene.wait(15 * MS_PER_DAY)
    assert scene.deal.state == "AWARDED"
    due_ms = scene.state.deadlines[f"sign_by:{scene.deal.id}"].due_ms
    assert scene.deal.deadline_s * MS_PER_SECOND > due_ms
    scene.finish()


def test_whoever_takes_the_deal_of_a_buyer_from_elsewhere_takes_its_arbitration_clause_with_it() -> None:
    scene = Scene()
    seller, buyer, completer = scene.party(), scene.party(jurisdiction="HK"), scene.party()
    right = refusing.service_right(scene, seller, completer)
    scene.operator(c.ClassifyExport(right_id=right, export_class="free"))
    first = scene.state.deals[scene.deal(scene.listing(seller, right), buyer)]
    assert first.terms.arbitration
    refusing.notice(scene, first.id)
    scene.credit(completer, PRICE)
    taken = scene.state.deals[refusing.exercise(scene, first.id, completer).result["deal_id"]]
    assert taken.terms == first.terms
    whole(scene)


@pytest.mark.parametrize("bar", ["frozen", "sanctioned"])
def test_no_first_refusal_is_lost_while_something_keeps_it_from_being_exercised(bar: str) -> None:
    scene = Refused()
    refusing.notice(scene, scene.deal.id)
    if bar == "frozen":
        scene.copy(scene.right_id, scene.seller, freeze="preservation")
    else:
        scene.document("sanctions_listing", scene.seller)
    scene.wait(20 * MS_PER_DAY)
    assert scene.deal.state == "ROFR_PENDING"
    assert code(refusing.exercise(scene, scene.deal.id, scene.completers[0])) != ""
    if bar == "frozen":
        scene.copy(scene.right_id, scene.seller)
    else:
        scene.document("sanctions_removal", scene.seller)
    assert code(refusing.exercise(scene, scene.deal.id, scene.completers[0])) == ""
    scene.finish()


# --- lots


class Bought(Scene):
    """A lot of two rights that has gone to the better of two bidders; another could take it after."""

    def __init__(self, **party: Any) -> None:
        super().__init__()
        self.seller = self.party()
        self.buyer, self.next_one = self.party(**party), self.party()
        self.rights = [self.right(self.seller) for _ in range(2)]
        shares = (600_000, 400_000)
        fields = {"deposit": DEPOSIT, "price": PRICE, "step": 1, **lot_of(self.rights, shares)}
        self.listing_id = self.listing(self.seller, self.rights[0], "english", **fields)

    def bids(self) -> None:
        for party in (self.next_one, self.buyer):
            self.credit(party, 2 * PRICE)
            self.bidder(self.listing_id, party)
        row = self.state.listings[self.listing_id]
        self.wait(row.registration_closes_ms - self.now)
        for above, party in enumerate((self.next_one, self.buyer)):
            assert code(self.bid(self.listing_id, party, PRICE + above)) == ""
        self.wait(row.closes_ms - self.now)
        self.deals = list(row.deals)


def test_a_lot_that_was_paid_for_is_not_offered_to_the_next_bidder_whoever_has_defaulted_on_what_is_left() -> (
    None
):
    scene = Bought()
    scene.bids()
    sign_all(scene, scene.deals)
    scene.credit(scene.buyer, 2 * PRICE)
    assert code(pay_for(scene, scene.deals)) == ""
    encumbering.dispute(scene, scene.deals[1], scene.seller)
    encumbering.outcome(scene, scene.deals[1], "unwind", defaulted=scene.buyer)
    listing = scene.state.listings[scene.listing_id]
    assert code(scene.submit(scene.seller, scene.rights[1])) == ""
    scene.by(scene.buyer, c.DecideLot(listing_id=listing.id, decision="rescind"))
    assert [scene.state.deals[each].state for each in scene.deals] == ["REFUNDED", "REFUNDED"]
    assert listing.state == "LAPSED"
    whole(scene)


def test_an_export_licence_for_a_disputed_deal_whose_lot_has_fallen_is_on_record_and_moves_nothing() -> None:
    scene = Bought(jurisdiction="HK")
    for right in scene.rights:
        scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
        for party in (scene.buyer, scene.next_one):
            scene.document("letter_of_intent", right, party_id=party)
    scene.bids()
    sign_all(scene, scene.deals)
    assert {scene.state.deals[each].state for each in scene.deals} == {"CONDITIONAL"}
    encumbering.dispute(scene, scene.deals[0])
    scene.operator(c.UnwindDeal(deal_id=scene.deals[1], ground="mutual"))
    assert code(scene.document("export_licence", scene.deals[0])) == ""
    deal = scene.state.deals[scene.deals[0]]
    assert (deal.state, deal.disputed_from) == ("DISPUTED", "CONDITIONAL")
    encumbering.outcome(scene, scene.deals[0])
    assert deal.state == "REFUNDED"
    whole(scene)


# --- deposits


def test_what_is_deposited_of_a_disputed_deal_waits_with_all_else_that_it_brings() -> None:
    scene, deal, row = share_kept()
    scene.party()
    encumbering.dispute(scene, deal)
    assert code(release(scene, 0, row.amount)) == "DEAL-DISPUTED"
    encumbering.outcome(scene, deal)
    for who in (0, 1):
        assert code(release(scene, who, row.amount)) == ""
    whole(scene)


# --- reverse deals


def test_nothing_more_is_owed_for_a_right_once_it_has_been_given_back_and_not_before() -> None:
    scene = overdue()
    encumbering.dispute(scene, scene.deal_id, scene.seller)
    reverse = encumbering.give_back(scene, scene.deal_id, 900_00).result["deal_id"]
    assert [row.state for row in scene.owed()] == ["OVERDUE", "DUE"], "its buyer need only not sign"
    scene.sign(reverse)
    scene.fund(reverse)
    scene.register(reverse)
    assert [row.state for row in scene.owed()] == ["LAPSED", "LAPSED"]
    scene.pay_all(reverse)
    scene.wait(60 * MS_PER_DAY)
    assert [row.state for row in scene.owed()] == ["LAPSED", "LAPSED"]
    whole(scene)


def test_a_state_enterprise_gives_back_what_an_outcome_says_without_publishing_a_sale() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party(category="state_enterprise")
    deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    encumbering.dispute(scene, deal, seller)
    reverse = encumbering.give_back(scene, deal, 900_00).result["deal_id"]
    for party in (buyer, seller):
        assert code(scene.signature(reverse, party)) == ""
    scene.chain(reverse)
    assert code(scene.fund(reverse)) == ""
    scene.register(reverse)
    scene.pay_all(reverse)
    assert scene.state.deals[reverse].state == "SETTLED"
    whole(scene)


def test_what_several_sold_together_is_not_given_back_to_one_of_them() -> None:
    scene = Scene()
    one, other = scene.party(), scene.party()
    _, deal = awarded(scene, (one, 6_000), (other, 4_000))
    registered(scene, deal)
    scene.pay_all(deal)
    encumbering.dispute(scene, deal, one)
    assert code(encumbering.give_back(scene, deal)) == "DISPUTE-OUTCOME"
    encumbering.outcome(scene, deal)
    whole(scene)


def test_a_deal_in_dispute_stays_in_memory_with_its_listing_and_can_end_after_it() -> None:
    scene, deal = deal_in("SETTLED", "assignment")
    encumbering.dispute(scene, deal.id)
    scene.wait(400 * MS_PER_DAY)
    assert deal.id in scene.state.deals
    assert code(encumbering.give_back(scene, deal.id)) == ""
    assert digest("award") == scene.state.disputes["DIS-1"].outcome_digest
    whole(scene)
