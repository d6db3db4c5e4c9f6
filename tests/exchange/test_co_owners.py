"""Co-owned rights: who must consent, who may not buy, and whose the money is, to the cent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals.deposits import shares_of
from exchange.terms import text
from exchange.terms.contract import of_deal
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, company_number, digest

PRICE = 100_000_01
FEE = 1_000_00


def holders(scene: Scene, *shares: tuple[str, int]) -> tuple[c.Holder, ...]:
    return tuple(c.Holder(company_number=scene.numbers.get(who, who), share=share) for who, share in shares)


def awarded(scene: Scene, *shares: tuple[str, int], consents: bool = True, **fields: Any) -> tuple[str, str]:
    """A buyer and a deal on a right of these owners, the first being the seller."""
    (seller, _), *others = shares
    right = scene.right(seller, holders=holders(scene, *shares))
    listing = scene.listing(seller, right, approve=False, price=PRICE, **fields)
    for other, _ in others if consents else ():
        if other in scene.numbers:
            scene.by(other, c.ConsentToListing(listing_id=listing))
        else:
            command = c.LodgeCoOwnerConsent(listing_id=listing, erasable={"consent": digest("paper")})
            scene.operator(command, terms=c.CoOwnerConsentTerms(company_number=other))
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == ""
    buyer = scene.party()
    return buyer, scene.deal(listing, buyer, PRICE)


def registered(scene: Scene, deal: str) -> Outcome:
    scene.sign(deal)
    scene.fund(deal)
    scene.file(deal)
    return scene.confirm(deal)


def paid_to(scene: Scene, deal: str) -> dict[str, int]:
    payments = (scene.state.payments[each] for each in scene.state.deals[deal].payments)
    return {payment.party_id: payment.amount for payment in payments}


def test_all_sell_together_and_each_has_its_share_to_the_cent() -> None:
    scene = Scene()
    one, two, three = scene.party(), scene.party(), scene.party()
    buyer, deal = awarded(scene, (one, 3_333), (two, 3_334), (three, 3_333))
    assert code(registered(scene, deal)) == ""
    left = PRICE - scene.state.deals[deal].fee
    paid = paid_to(scene, deal)
    assert sum(paid.values()) == left
    assert paid == {
        scene_party(scene, number): part
        for number, part in shares_of(holders(scene, (one, 3_333), (two, 3_334), (three, 3_333)), left)
    }
    assert scene.state.rights[scene.state.deals[deal].right_id].holder_of_record == holders(
        scene, (buyer, 10_000)
    )
    filing = scene.state.filings[f"F-{deal}"]
    assert set(filing.from_holders) == {scene.numbers[each] for each in (one, two, three)}
    assert "coowner_consent" in filing.package
    scene.replay()


def scene_party(scene: Scene, number: str) -> str:
    return next(party for party, known in scene.numbers.items() if known == number)


def test_a_co_owner_that_is_no_party_here_has_its_share_deposited() -> None:
    scene = Scene()
    one, outsider = scene.party(), company_number(77)
    _, deal = awarded(scene, (one, 6_000), (outsider, 4_000))
    registered(scene, deal)
    left = PRICE - scene.state.deals[deal].fee
    deposited = scene.balance(deal, "share_deposit")
    assert deposited == left * 4_000 // 10_000
    assert paid_to(scene, deal) == {one: left - deposited}


def test_an_ordinary_licence_of_one_co_owner_needs_nobody_and_its_fee_is_shared() -> None:
    scene = Scene()
    one, other = scene.party(), scene.party()
    _, deal = awarded(scene, (one, 5_000), (other, 5_000), consents=False, deal_kind="ordinary_licence")
    scene.sign(deal)
    scene.fund(deal)
    assert set(paid_to(scene, deal)) == {one, other}
    scene.replay()


def test_the_contract_names_the_co_owners_and_their_shares_in_every_language() -> None:
    scene = Scene()
    one, other = scene.party(), scene.party()
    buyer, deal = awarded(scene, (one, 6_000), (other, 4_000))
    parties = scene.state.parties
    contract = of_deal(scene.state.deals[deal], parties[one], parties[buyer], simulated=False)
    for each in text.texts(contract).values():
        assert scene.numbers[other] in each
        assert "40" in each


def test_only_another_holder_of_record_consents_and_no_ended_listing_takes_it() -> None:
    scene = Scene()
    one, other, stranger = scene.party(), scene.party(), scene.party()
    listing = scene.listing(one, scene.right(one, other), approve=False)
    for party in (one, stranger):
        assert code(scene.by(party, c.ConsentToListing(listing_id=listing))) == "NOT-PERMITTED"
    paperless = c.LodgeCoOwnerConsent(listing_id=listing, erasable={"reason": digest("why")})
    terms = c.CoOwnerConsentTerms(company_number=scene.numbers[other])
    assert code(scene.operator(paperless, terms=terms)) == "FACT-MISSING"
    scene.by(one, c.WithdrawListing(listing_id=listing))
    assert code(scene.by(other, c.ConsentToListing(listing_id=listing))) == "WRONG-STATE"


def test_a_new_co_owner_after_the_award_is_bound_by_no_contract_that_does_not_name_it() -> None:
    scene = Scene()
    one, other, third = scene.party(), scene.party(), scene.party()
    _, deal = awarded(scene, (one, 5_000), (other, 5_000))
    row = scene.state.deals[deal]
    scene.copy(row.right_id, holders=holders(scene, (one, 5_000), (other, 2_500), (third, 2_500)))
    scene.by(third, c.ConsentToListing(listing_id=row.listing_id))
    assert code(scene.signature(deal, one)) == "CN-PATENT-LAW-14"
    scene.copy(row.right_id, holders=holders(scene, (one, 5_000), (other, 5_000)))
    assert code(scene.signature(deal, one)) == ""


@given(
    st.lists(st.integers(1, 100), min_size=1, max_size=12),
    st.integers(0, 10**13),
)
def test_shares_add_up_and_no_part_is_a_cent_off(weights: list[int], amount: int) -> None:
    total = sum(weights)
    shares = [weight * 10_000 // total for weight in weights]
    shares[0] += 10_000 - sum(shares)
    if min(shares) == 0:
        return
    owners = tuple(
        c.Holder(company_number=f"N{place:03d}", share=share) for place, share in enumerate(shares)
    )
    parts = shares_of(owners, amount)
    assert sum(part for _, part in parts) == amount
    exact = {owner.company_number: owner.share for owner in owners}
    for number, part in parts:
        assert 0 <= part * 10_000 - amount * exact[number] + 10_000 <= 20_000
    assert [number for number, _ in parts] == sorted(exact, key=lambda number: (-exact[number], number))
    assert shares_of(tuple(reversed(owners)), amount) == parts


@pytest.mark.not_replayed("the version is set behind the engine's back")
@pytest.mark.parametrize("engine", [1, 2])
def test_an_older_engine_refuses_at_once(engine: int) -> None:
    scene = Scene()
    one, other = scene.party(), scene.party()
    right = scene.right(one, other)
    scene.state.venue.engine = engine
    # The scene holds a refusal against the step at which the rulebook says that it is asked since version 3.
    with pytest.raises(AssertionError, match="CN-PATENT-LAW-14"):
        scene.submit(one, right)


def competitive_of_two(scene: Scene) -> tuple[str, str, Any]:
    """A seller, the owner that comes into the register beside it later, and an open competitive listing."""
    seller, other = scene.party(), scene.party()
    listing = scene.state.listings[
        scene.listing(seller, scene.right(seller), "competitive", deposit=1_000_00)
    ]
    return seller, other, listing


def test_a_co_owner_that_has_bid_leaves_with_its_deposit_when_it_consents_and_so_do_its_affiliates() -> None:
    scene = Scene()
    seller, other, listing = competitive_of_two(scene)
    sister, stranger = scene.party(), scene.party()
    scene.operator(c.RecordAffiliation(party_id=other, affiliate_id=sister))
    for bidder in (other, sister, stranger):
        scene.credit(bidder, 1_000_00)
        scene.bidder(listing.id, bidder)
        scene.bid(listing.id, bidder, 100_000_00)
    held = {party: scene.balance(party, "deposit") for party in (other, sister, stranger)}
    assert set(held.values()) == {1_000_00}
    scene.copy(listing.right_id, seller, other)
    assert code(scene.by(other, c.ConsentToListing(listing_id=listing.id))) == ""
    assert {party: listing.bidders[party].state for party in held} == {
        other: "LEFT",
        sister: "LEFT",
        stranger: "QUALIFIED",
    }
    assert [scene.balance(party, "deposit") for party in held] == [0, 0, 1_000_00]
    assert [row.party_id for row in scene.state.bids.values() if row.state == "LIVE"] == [stranger]
    assert code(scene.by(sister, c.RegisterBidder(listing_id=listing.id))) == "AFFILIATE-MAY-NOT-BID"
    assert code(scene.by(other, c.RegisterBidder(listing_id=listing.id))) == "CN-AUCTION-LAW-30"
    scene.replay()


def test_an_affiliate_that_is_found_after_the_award_does_not_sign_and_nobody_has_defaulted() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deal = scene.state.deals[scene.deal(scene.listing(seller, scene.right(seller)), buyer)]
    assert code(scene.signature(deal.id, seller)) == ""
    scene.operator(c.RecordAffiliation(party_id=seller, affiliate_id=buyer))
    assert code(scene.signature(deal.id, buyer)) == "AFFILIATE-MAY-NOT-BID"
    scene.wait(30 * MS_PER_DAY)
    assert (deal.state, deal.defaulted) == ("REFUNDED", UNSET)
    assert scene.balance(buyer) == PRICE - 1
    scene.replay()


def test_who_acts_for_a_consenting_co_owner_signs_no_bid() -> None:
    scene = Scene()
    seller, other, buyer = scene.party(), scene.party(), scene.party()
    agent = "0x" + "77" * 20
    for party in (other, buyer):
        mandate = c.AppointAgent(key=agent, scope=("bid", "list"), until_ms=scene.now + MS_PER_DAY)
        scene.by(party, mandate)
    listing, _ = with_a_co_owner(scene, other, seller)
    scene.credit(buyer, 100_000_00)
    command, terms = c.AcceptPrice(listing_id=listing), c.BidTerms(price=100_000_00)
    assert code(scene.give(command, actor=buyer, signer=agent, terms=terms)) == "CN-AUCTION-LAW-30"
    assert code(scene.by(buyer, command, terms)) == ""


def test_the_affiliate_of_an_affiliate_neither_comes_nor_stays() -> None:
    scene = Scene()
    seller, middle, far = scene.party(), scene.party(), scene.party()
    listing = scene.state.listings[
        scene.listing(seller, scene.right(seller), "competitive", deposit=1_000_00)
    ]
    scene.operator(c.RecordAffiliation(party_id=middle, affiliate_id=far))
    scene.credit(far, 1_000_00)
    scene.bidder(listing.id, far)
    scene.bid(listing.id, far, 100_000_00)
    scene.operator(c.RecordAffiliation(party_id=seller, affiliate_id=middle))
    assert (listing.bidders[far].state, scene.balance(far, "deposit")) == ("LEFT", 0)
    assert code(scene.by(far, c.RegisterBidder(listing_id=listing.id))) == "AFFILIATE-MAY-NOT-BID"
    scene.replay()


def test_the_venue_consents_in_no_partys_place() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller, other), approve=False)
    command = c.LodgeCoOwnerConsent(listing_id=listing, erasable={"consent": digest("paper")})
    terms = c.CoOwnerConsentTerms(company_number=scene.numbers[other])
    assert code(scene.operator(command, terms=terms)) == "NOT-PERMITTED"
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "CN-PATENT-LAW-14"
    scene.operator(c.SuspendParty(party_id=other))
    assert code(scene.operator(command, terms=terms)) == ""


# --- what the law asks of a seller it asks of a co-owner that sells with it


def with_a_co_owner(
    scene: Scene, co_owner: str, seller: str = "", right: str = "", **fields: Any
) -> tuple[str, Outcome]:
    """A listing by another owner to which this one has consented, and what its approval is answered."""
    by = seller or scene.party()
    right_id = scene.right(by, co_owner, **({"right_id": right} if right else {}))
    listing = scene.listing(by, right_id, approve=False, **fields)
    assert code(scene.by(co_owner, c.ConsentToListing(listing_id=listing))) == ""
    return listing, scene.operator(c.ApproveListing(listing_id=listing))


def test_no_state_asset_is_sold_without_its_rules_because_another_owner_lists_it() -> None:
    scene = Scene()
    enterprise = scene.party(category="state_enterprise")
    listing, outcome = with_a_co_owner(scene, enterprise)
    assert code(outcome) == "VENUE-NOT-DESIGNATED"
    scene.document("venue_designation")
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "FACT-MISSING"
    right = scene.state.listings[listing].right_id
    scene.document("appraisal", right, amount=200_000_00, currency="CNY")
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "CN-STATE-ASSETS-APPRAISAL"
    scene.document("appraisal", right, amount=100_000_00, currency="CNY")
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == ""
    assert scene.state.listings[listing].state == "PUBLICITY"
    scene.wait(20 * MS_PER_DAY)
    deal = scene.deal(listing, scene.party())
    assert code(scene.signature(deal, enterprise)) == "NOT-PERMITTED"
    assert code(scene.signature(deal, scene.state.deals[deal].seller)) == "CN-STATE-ASSETS-RESULT"


def test_a_universitys_share_that_another_owner_sells_is_published_first() -> None:
    scene = Scene()
    listing, outcome = with_a_co_owner(scene, scene.party(category="university"))
    assert code(outcome) == ""
    assert scene.state.listings[listing].state == "PUBLICITY"


def test_technology_of_a_co_owner_of_the_mainland_leaves_it_as_any_other() -> None:
    scene = Scene(profile="hong-kong")
    seller, buyer = scene.party(jurisdiction="HK"), scene.party(jurisdiction="HK")
    listing, outcome = with_a_co_owner(scene, scene.party(), seller, "HK-08103456.7")
    assert code(outcome) == ""
    scene.operator(
        c.ClassifyExport(right_id=scene.state.listings[listing].right_id, export_class="restricted")
    )
    scene.credit(buyer, 100_000_00)
    assert code(scene.accept(listing, buyer)) == "CN-TECHNOLOGY-EXPORT-30"
