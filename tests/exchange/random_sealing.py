"""Sealed bids and tenders of a random day: sealed, taken back, fixed on the chain, opened and scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange import commands as c
from exchange.listings import life
from exchange.listings.bid_commitment import SealedBid, commitment_of
from exchange.money.amount import LARGEST_AMOUNT
from tests.exchange.scene import digest

if TYPE_CHECKING:
    from tests.exchange.random_day import RandomDay

CRITERIA = (c.Criterion(code="price", weight=5_000), c.Criterion(code="track_record", weight=5_000))


def seals(day: RandomDay) -> None:
    """One of the listings that are under way goes on, now and then not as it should."""
    rows = [row for row in day.state.listings.values() if row.mode in {"sealed", "tender"}]
    under_way = [row for row in rows if row.state not in life.ENDED and row.state != "AWARDED"]
    if not under_way:
        return
    listing = day.dice.choose(under_way[-3:])
    match listing.state:
        case "OPEN" | "BIDDING":
            _bid(day, listing)
        case "SEALED" if day.dice.chance(50):
            day.fixed(listing.id, "refused" if day.dice.chance(10) else "final")
        case "REVEALING":
            _reveal(day, listing)
        case "EVALUATING" if day.now % 9 == 0:
            due_ms = day.state.deadlines[f"evaluation_by:{listing.id}"].due_ms
            day.wait(max(0, due_ms - day.now))  # the committee does not come to an end
        case "EVALUATING" if day.dice.chance(25):
            _score(day, listing)
        case _:
            pass


def _document(listing: Any) -> str:
    return digest("document") if listing.mode == "tender" else ""


def _bid(day: RandomDay, listing: Any) -> None:
    dice = day.dice
    for party in sorted({dice.choose(list(day.keys)) for _ in range(3)}):
        if dice.chance(50) and party not in listing.bidders:
            day.credit(party, listing.terms.deposit or 1, listing.currency)
        day.by(party, c.RegisterBidder(listing_id=listing.id))
        day.operator(c.QualifyBidder(listing_id=listing.id, party_id=party))
    for party in sorted(listing.bidders):
        price = max(1, listing.terms.price + dice.choose((0, 1, 2, -1)))
        opened = SealedBid(
            listing=listing.id,
            bidder=party,
            price=min(price, LARGEST_AMOUNT),
            currency=listing.currency,
            proposal=_document(listing),
            nonce=digest(f"nonce {listing.id} {party}"),
        )
        venue = day.state.venue
        commitment = commitment_of(venue.chain_id, venue.anchor, opened)
        day.speak(party, c.SealBid(listing_id=listing.id, commitment=commitment))
    sealed = sorted(day.state.sealed_bids.get(listing.id, {}).values())
    if sealed and dice.chance(15):
        day.speak(day.state.bids[sealed[0]].party_id, c.WithdrawBid(bid_id=sealed[0]))


def _reveal(day: RandomDay, listing: Any) -> None:
    """Every price that may have been sealed is tried, so that most of the tries are refused."""
    least = listing.terms.price
    for bid_id in sorted(day.state.sealed_bids.get(listing.id, {}).values()):
        for price in range(least - 1, least + day.dice.choose((3, 3, 3, 1))):
            day.reveal(bid_id, price, _document(listing))


def _score(day: RandomDay, listing: Any) -> None:
    """Four are too few, so that a fifth is asked; rare as it is, that a tender comes so far, it is done whole."""
    tenders = life.sealed_bids(day.state, listing)
    for experts in (4, 5):
        sheets = tuple(
            c.ScoreSheet(
                expert=digest(f"expert {number}"),
                points={bid.id: {"track_record": day.dice.below(101)} for bid in tenders},
            )
            for number in range(experts)
        )
        day.operator(c.RecordScores(listing_id=listing.id), terms=c.ScoreTerms(sheets=sheets))
