"""A case for each rule on what is called an auction: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.turn import Outcome
from tests.exchange.rule_cases import case, competitive
from tests.exchange.scene import Scene, digest

LAW = "exchange.rules.auction_law"
COLLUSION = "exchange.rules.conflicts.bidder_has_not_colluded"
FIVE_YEARS_MS = 1_827 * MS_PER_DAY
"""With two leap days."""


def auctioned(scene: Scene, days: int = 2, **fields: Any) -> dict[str, Any]:
    starts_ms = scene.now + MS_PER_DAY
    preview = c.Preview(starts_ms=starts_ms, ends_ms=starts_ms + days * MS_PER_DAY)
    return {"auction": preview, "step": 1_000_00, **fields}


@case("CN-AUCTION-LAW-11", f"{LAW}.auctioneer_is_licensed")
def auction_without_a_licence(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, "english", **auctioned(scene))
    scene.document("auctioneer_licence")
    yield scene.submit(seller, right, "english", **auctioned(scene))


@case("CN-AUCTION-LAW-45", f"{LAW}.announcement_until_ms")
def auction_without_an_announcement(scene: Scene) -> Iterator[Outcome]:
    scene.document("auctioneer_licence")
    seller = scene.party()
    right = scene.right(seller)
    soon = {"registration_closes_ms": scene.now + 6 * MS_PER_DAY}
    short = scene.listing(seller, right, "english", approve=False, **auctioned(scene, **soon))
    yield scene.operator(c.ApproveListing(listing_id=short))
    scene.by(seller, c.WithdrawListing(listing_id=short))
    later = {"registration_closes_ms": scene.now + 8 * MS_PER_DAY}
    longer = scene.listing(seller, right, "english", approve=False, **auctioned(scene, **later))
    yield scene.operator(c.ApproveListing(listing_id=longer))


@case("CN-AUCTION-LAW-48", f"{LAW}.preview_is_long_enough")
def auction_without_a_preview(scene: Scene) -> Iterator[Outcome]:
    scene.document("auctioneer_licence")
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, "english", **auctioned(scene, days=1))
    yield scene.submit(seller, right, "english", **auctioned(scene, days=2))


@case("CN-AUCTION-LAW-48 before bidding begins", f"{LAW}.preview_is_long_enough")
def preview_after_bidding_begins(scene: Scene) -> Iterator[Outcome]:
    scene.document("auctioneer_licence")
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, "english", **auctioned(scene, days=10))
    yield scene.submit(seller, right, "english", **auctioned(scene, days=8))


# --- collusion


def found_to_collude(scene: Scene, listing: str, party: str, kind: str = "collusion_finding") -> Outcome:
    """The venue finds that a party has colluded on a listing, or withdraws the finding."""
    return scene.document(kind, listing, party_id=party)


@case("CN-AUCTION-LAW-37", COLLUSION)
def colluding_bidder(scene: Scene) -> Iterator[Outcome]:
    _, bidder, listing = competitive(scene)
    found_to_collude(scene, listing, bidder)
    yield scene.bid(listing, bidder, 100_000_00)
    found_to_collude(scene, listing, bidder, "collusion_finding_withdrawn")
    scene.bidder(listing, bidder)  # it left when the venue found so
    yield scene.bid(listing, bidder, 100_000_00)


@case("CN-AUCTION-LAW-37 to sign", COLLUSION)
def award_to_one_that_has_colluded(scene: Scene) -> Iterator[Outcome]:
    seller, bidder, listing = competitive(scene)
    bid = scene.bid(listing, bidder, 100_000_00).result["bid_id"]
    scene.wait(11 * MS_PER_DAY)
    deal = scene.by(seller, c.AcceptBid(bid_id=bid)).result["deal_id"]
    found_to_collude(scene, listing, bidder)
    yield scene.signature(deal, seller)
    found_to_collude(scene, listing, bidder, "collusion_finding_withdrawn")
    yield scene.signature(deal, seller)


# --- its records, and what it bears


def described(scene: Scene, seller: str) -> tuple[str, int]:
    """A submitted auction of a new right with words about it, and the entry that it is."""
    words = {"description": digest("words")}
    listing = scene.listing(
        seller, scene.right(seller), "english", approve=False, erasable=words, **auctioned(scene)
    )
    return listing, len(scene.requests) - 1


def erase(scene: Scene, entry: int, label: str = "description") -> Outcome:
    """A data subject asks for an erasure."""
    return scene.operator(c.EraseSealedPart(entry=entry, label=label, ground="data-subject-request"))


@case("CN-AUCTION-LAW-54", f"{LAW}.records_are_kept")
def records_of_an_auction(scene: Scene) -> Iterator[Outcome]:
    scene.document("auctioneer_licence")
    seller = scene.party()
    listing, entry = described(scene, seller)
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    yield erase(scene, entry)
    scene.wait(FIVE_YEARS_MS)
    yield erase(scene, entry)


def fees_of(scene: Scene, *shares: int, **bounds: Any) -> Outcome:
    """A schedule of bands with these basis points, each a million wide; keyword arguments give least and most."""
    bands = tuple(
        c.FeeBand(above=place * 1_000_000_00, basis_points=share) for place, share in enumerate(shares)
    )
    return scene.operator(c.SetFeeSchedule(currency="CNY", bands=bands, **bounds))


def auction_under(scene: Scene, *shares: int, **bounds: int) -> Iterator[Outcome]:
    """An auction under one schedule of fees, and under one of 5 %."""
    scene.document("auctioneer_licence")
    seller = scene.party()
    right = scene.right(seller)
    fees_of(scene, *shares, **bounds)
    yield scene.submit(seller, right, "english", **auctioned(scene))
    fees_of(scene, 500)
    yield scene.submit(seller, right, "english", **auctioned(scene))


@case("CN-AUCTION-LAW-56", f"{LAW}.commission_is_within_the_cap")
def commission_above_the_cap(scene: Scene) -> Iterator[Outcome]:
    yield from auction_under(scene, 501)


@case("CN-AUCTION-LAW-56 by the least fee", f"{LAW}.commission_is_within_the_cap")
def least_fee_above_the_cap(scene: Scene) -> Iterator[Outcome]:
    yield from auction_under(scene, 100, minimum=5_000_01)


@case("CN-AUCTION-LAW-56 that rises with the price", f"{LAW}.commission_is_within_the_cap")
def commission_that_rises(scene: Scene) -> Iterator[Outcome]:
    yield from auction_under(scene, 100, 200)


@case(
    "CN-AUCTION-LAW-56 by the share that the venue opened with",
    f"{LAW}.commission_is_within_the_cap",
    venue={"fee_basis_points": 501},
)
def commission_of_the_opening(scene: Scene) -> Iterator[Outcome]:
    scene.document("auctioneer_licence")
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, "english", **auctioned(scene))
    fees_of(scene, 500)
    yield scene.submit(seller, right, "english", **auctioned(scene))
