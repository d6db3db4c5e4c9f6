"""Follows the orders of continuous listings from events alone, on a naive book of its own for each listing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.exchange.naive_book import BUY, SELL, NaiveBook

RESTING = {"LIVE", "PARTLY_FILLED"}


class WatchedOrders:
    """Every fill must be the naive book's, and every buyer's money what its orders ask for."""

    def __init__(self) -> None:
        self.books: dict[str, NaiveBook] = defaultdict(lambda: NaiveBook(calling=True))
        self.listing_of: dict[str, str] = {}
        self.expected: list[tuple[str, str, int, int]] = []
        """Bid, ask, price and quantity of what must trade before the outcome ends."""
        self.filled: dict[str, int] = defaultdict(int)
        """Order to what of it has traded."""

    def follow(self, state: Any, outcome: Any) -> None:
        """One outcome's events, in their order."""
        for event in outcome.events:
            kind = type(event).__name__
            if kind == "OrderPlaced":
                self._placed(event)
            elif kind == "OrderAmended":
                self._amended(event)
            elif kind == "CallEnded":
                listing = state.listings[event.listing_id]
                called = self.books[event.listing_id].uncross(listing.terms.price)
                assert called is not None
                price, surplus, trades = called
                assert (event.price, event.surplus) == (price, surplus)
                assert event.quantity == sum(filled for *_, filled in trades)
                self.expected = [(str(bid), str(ask), at, filled) for bid, ask, at, filled in trades]
            elif kind == "OrdersMatched":
                fill = (event.buy_order, event.sell_order, event.price, event.quantity)
                assert fill == self.expected.pop(0)
                for order_id in (event.buy_order, event.sell_order):
                    self.filled[order_id] += event.quantity
                deal = state.deals[event.deal_id]
                assert (deal.price, deal.quantity) == (event.price * event.quantity, event.quantity)
            elif kind == "OrderChanged" and event.new in {"CANCELLED", "EXPIRED", "LAPSED"}:
                self.books[self.listing_of[event.order_id]].cancel(event.order_id)
        assert not self.expected, "something that should have traded did not"

    def _placed(self, event: Any) -> None:
        self.listing_of[event.order_id] = event.listing_id
        side = BUY if event.side == "buy" else SELL
        time = (
            event.time_in_force if event.time_in_force in {"immediate_or_cancel", "fill_or_kill"} else "rest"
        )
        entered = self.books[event.listing_id].enter(event.order_id, side, event.limit, event.quantity, time)
        assert entered is not None
        self._expect(side, entered.trades)

    def _amended(self, event: Any) -> None:
        book = self.books[self.listing_of[event.order_id]]
        standing = book.find(event.order_id)
        assert standing is not None
        left = event.quantity - self.filled[event.order_id]
        entered = book.amend(event.order_id, event.limit, left)
        assert entered is not None
        self._expect(standing.side, entered.trades)

    def _expect(self, side: int, trades: list[Any]) -> None:
        for incoming, resting, price, filled in trades:
            pair = (incoming, resting) if side == BUY else (resting, incoming)
            self.expected.append((*pair, price, filled))


def orders_agree(state: Any) -> None:
    """Rows, books and what is held say the same of every order that rests."""
    for order in state.orders.values():
        listing = state.listings[order.listing_id]
        assert order.state == ("PARTLY_FILLED" if order.filled else "LIVE")
        assert 0 <= order.filled < order.quantity
        assert order.held == (order.limit * order.left if order.side == "buy" else 0)
        assert listing.mode == "continuous"
        assert listing.state in {"OPEN", "TRADING", "SUSPENDED"}, "nothing rests where nothing can trade"
        assert state.parties[order.party_id].state == "ACTIVE"
        assert (order.party_id == listing.seller) == (order.side == "sell")
        assert (f"order_expiry:{order.id}" in state.deadlines) == (order.expires_ms is not None)
    for listing_id, trading in state.trading_books.items():
        listing = state.listings[listing_id]
        rows = [order for order in state.orders.values() if order.listing_id == listing_id]
        for side, name, sign in ((BUY, "buy", -1), (SELL, "sell", 1)):
            mine = sorted(
                (row for row in rows if row.side == name), key=lambda row: (sign * row.limit, row.sequence)
            )
            assert [(row.id, row.limit, row.left) for row in mine] == [
                (order.order_id, order.price, order.quantity) for order in trading.book.ranked(side)
            ]
        assert {party: set(ids) for party, ids in trading.orders_by_party.items()} == {
            party: {row.id for row in rows if row.party_id == party}
            for party in {row.party_id for row in rows}
        }
        asked = sum(row.left for row in rows if row.side == "sell")
        assert listing.accepted + asked <= listing.max_acceptances
        if listing.state == "TRADING":
            assert listing.accepted < listing.max_acceptances, "sold out, and still trading"
            bids = [row.limit for row in rows if row.side == "buy"]
            asks = [row.limit for row in rows if row.side == "sell"]
            assert not bids or not asks or max(bids) < min(asks), "the book is crossed"
    for listing in state.listings.values():
        if listing.mode == "continuous":
            venue, right = state.venue, state.rights[listing.right_id]
            assert venue.profile == "hong-kong"
            assert right.office != "CN"
            sold = sum(state.deals[each].quantity for each in listing.deals)
            assert sold == listing.accepted <= listing.max_acceptances
            sides = {state.deals[each].buyer for each in listing.deals} | {listing.seller}
            assert all(state.parties[each].jurisdiction != "CN" for each in sides)
