"""Whole deals from listing to their end, and the promises that hold along the way."""

from __future__ import annotations

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.scene import Scene
from tests.undertakings import offered


def total(scene: Scene, currency: str = "CNY") -> int:
    """The sum of all accounts of a currency."""
    return sum(row.balance for row in scene.state.accounts.values() if row.currency == currency)


def test_a_posted_assignment_changes_the_holder_at_registration_and_nowhere_else() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right)
    scene.credit(buyer, 200_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    holder = scene.state.rights[right].holder_of_record
    scene.sign(deal)
    scene.fund(deal)
    assert scene.state.deals[deal].state == "FUNDED"
    assert scene.state.rights[right].holder_of_record == holder
    scene.register(deal)
    assert [h.company_number for h in scene.state.rights[right].holder_of_record] == [scene.numbers[buyer]]
    scene.pay_all(deal)
    assert scene.state.deals[deal].state == "SETTLED"
    assert scene.state.listings[listing].state == "SOLD"
    assert scene.state.accounts["venue/fees/CNY"].balance == 1_000_00
    assert total(scene) == 0
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_the_highest_then_earliest_bid_wins_a_competitive_listing_and_losers_get_their_deposits_back() -> (
    None
):
    scene = Scene()
    seller, *buyers = [scene.party() for _ in range(4)]
    right = scene.right(seller)
    listing = scene.listing(seller, right, "competitive", deposit=10_000_00)
    for buyer in buyers:
        scene.credit(buyer, 20_000_00)
        scene.bidder(listing, buyer)
    scene.wait(11 * MS_PER_DAY)
    for buyer, price in zip(buyers, (110_000_00, 120_000_00, 120_000_00), strict=True):
        assert scene.bid(listing, buyer, price).refusal is None
    scene.wait(20 * MS_PER_DAY)
    deal = next(iter(scene.state.deals.values()))
    assert (deal.buyer, deal.price) == (buyers[1], 120_000_00)
    assert scene.state.accounts[f"{buyers[0]}/available/CNY"].balance == 20_000_00
    assert scene.state.accounts[f"{buyers[1]}/deposit/CNY"].balance == 10_000_00
    scene.sign(deal.id)
    scene.fund(deal.id)
    scene.register(deal.id)
    scene.pay_all(deal.id)
    assert deal.state == "SETTLED"
    assert total(scene) == 0


def test_a_licence_pays_when_it_takes_effect_and_a_conflicting_one_is_refused() -> None:
    scene = Scene()
    seller, first, second = (scene.party() for _ in range(3))
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="exclusive_licence")
    scene.credit(first, 100_000_00)
    deal = scene.accept(listing, first).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    assert scene.state.deals[deal].state == "EFFECTIVE"
    scene.pay_all(deal)
    assert scene.state.deals[deal].state == "SETTLED"
    refusal = scene.by(
        seller,
        c.SubmitListing(
            right_id=right,
            mode="posted",
            deal_kind="ordinary_licence",
            currency="CNY",
            closes_ms=scene.now + MS_PER_DAY,
        ),
        terms=offered(price=1),
    ).refusal
    assert refusal is not None
    assert refusal.code == "CN-TECHNOLOGY-CONTRACTS-25"
    scene.register(deal)
    licence = next(iter(scene.state.licences.values()))
    assert licence.state == "RECORDED"
    assert second


def test_a_deal_that_is_not_signed_in_time_is_unwound_and_refunded_to_the_cent() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.wait(20 * MS_PER_DAY)
    assert scene.state.deals[deal].state == "REFUNDED"
    assert scene.state.accounts[f"{buyer}/available/CNY"].balance == 100_000_00
    assert scene.state.listings[listing].state == "LAPSED"
    assert scene.replay().state.state_hash() == scene.state.state_hash()
