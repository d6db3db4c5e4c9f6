"""What each listing asks, followed from events alone: every award is at its price, and the best by its mode's rule.

The best of bids that stand side by side is `invariants.Watcher`'s, and the fills of orders are `watched_orders`'.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any


class WatchedPrices:
    """Prices by the terms that were submitted, by drops, by proposals and by bids; no row's price is believed."""

    def __init__(self) -> None:
        self.listed: dict[str, tuple[str, Any]] = {}
        """Listing to its mode and the terms that it was submitted on."""
        self.fallen: dict[str, int] = {}
        """Dutch auction to what it has fallen to."""
        self.proposals: dict[str, Any] = {}
        """Proposal to what it said."""
        self.accepted: dict[str, Any] = {}
        """Negotiated listing to what the proposal said that was accepted."""
        self.bids: dict[str, int] = {}
        """Bid to the price that it names."""
        self.listing_of: dict[str, str] = {}
        self.bidder: dict[str, str] = {}
        """Bid to its party."""
        self.standing: dict[str, list[str]] = defaultdict(list)
        """English auction to its bids in their order, but for those of bidders who had to leave."""
        self.rising: dict[str, list[str]] = defaultdict(list)
        """English auction to its bids in their order, since there was none that stood."""
        self.met: set[str] = set()

    def follow(self, state: Any, request: Any, outcome: Any) -> None:
        """One outcome's events, in their order."""
        for event in outcome.events:
            match type(event).__name__:
                case "ListingChanged" if not event.old:
                    listing = state.listings[event.listing_id]
                    self.listed[listing.id] = (listing.mode, listing.terms)
                case "PriceDropped":
                    self._dropped(event)
                case "ProposalMade":
                    self.proposals[event.proposal_id] = event
                case "ProposalChanged" if event.new == "ACCEPTED":
                    proposal = self.proposals[event.proposal_id]
                    self.accepted[proposal.listing_id] = proposal
                case "BidPlaced":
                    self._placed(event)
                case "BidAmended" | "BidRevealed":
                    self.bids[event.bid_id] = event.price
                case "BidChanged" if event.bid_id in self.listing_of:
                    self._changed(state, event)
                case "DealChanged" if not event.old:
                    self._awarded(request, state.deals[event.deal_id])

    def _dropped(self, event: Any) -> None:
        _, terms = self.listed[event.listing_id]
        stood = self.fallen.get(event.listing_id, terms.price)
        assert event.old_price == stood
        assert event.price == max(terms.floor, stood - terms.step) < stood
        self.fallen[event.listing_id] = event.price

    def _placed(self, event: Any) -> None:
        """A bid of an English auction is a step above the one before it; the first is at what is asked or above."""
        self.bids[event.bid_id], self.listing_of[event.bid_id] = event.price, event.listing_id
        self.bidder[event.bid_id] = event.party_id
        mode, terms = self.listed[event.listing_id]
        if mode == "english":
            before = self.rising[event.listing_id]
            least = self.bids[before[-1]] + terms.step if before else terms.price
            assert event.price >= least, "a bid below the highest and a step"
            before.append(event.bid_id)
            self.standing[event.listing_id].append(event.bid_id)

    def _changed(self, state: Any, event: Any) -> None:
        """Of an English auction the highest bid of all wins, if it reaches the reserve; so must whoever takes it later."""
        listing_id = self.listing_of[event.bid_id]
        mode, terms = self.listed[listing_id]
        if mode != "english":
            return
        rising = self.rising[listing_id]
        if event.new == "WON":
            assert self.bids[event.bid_id] >= (terms.reserve or terms.price), "awarded below its reserve"
            if event.cause != "accept_award":
                assert event.bid_id == max(rising, key=self.bids.__getitem__)
                self._who_is_next(state, listing_id, event.bid_id)
        elif event.old == "LIVE" and event.new != "SUPERSEDED":
            rising.clear()  # an outbid one binds nobody any more, so that bidding begins again
            self.standing[listing_id].remove(event.bid_id)

    def _who_is_next(self, state: Any, listing_id: str, won: str) -> None:
        """Should the winner default: each other bidder by its best bid, the highest first, none below the reserve."""
        listing = state.listings[listing_id]
        if state.venue.engine < 5 or listing.state != "AWARDED":
            return  # before that version not where bidding had begun again; later in a tick some may be passed over
        terms = self.listed[listing_id][1]
        best: dict[str, str] = {}
        for bid_id in sorted(self.standing[listing_id], key=lambda each: -self.bids[each]):
            if self.bids[bid_id] >= (terms.reserve or terms.price):
                best.setdefault(self.bidder[bid_id], bid_id)
        best.pop(self.bidder[won])
        assert listing.runners_up == tuple(best.values())[:10]

    def _awarded(self, request: Any, deal: Any) -> None:
        """At its mode's price; of a lot all together. A first refusal is at another deal's, and a way back at none."""
        if deal.reassigned_from or deal.reverses:
            return
        price = deal.lot.price if deal.lot else deal.price
        mode, terms = self.listed[deal.listing_id]
        match mode:
            case "continuous":
                return
            case "posted":
                asked = terms.price
                assert request.terms.price == asked, "awarded at another price than the listed one"
            case "dutch":
                asked = self.fallen.get(deal.listing_id, terms.price)
                assert request.terms.price >= asked, "awarded above what its buyer would pay"
            case "negotiated":
                proposal = self.accepted[deal.listing_id]
                asked = proposal.price
                assert deal.buyer == proposal.buyer
            case _:
                asked = self.bids[deal.bid_id]
        assert price == asked, f"{mode}: awarded at {price}, and not at {asked}"
        self.met.add(f"award of {mode}")
        if asked != terms.price:
            self.met.add(f"award of {mode} off the listed price")
