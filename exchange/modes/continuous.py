"""Continuous two-sided book: buyers bid and the seller asks for ordinary licences of one right on one set of terms.

Orders collect until the call auction ends, and trade at its one price; from then on an order that reaches the other
side trades at the price of the one that was there first. Every fill is a deal of its own, at the fill's price times its
quantity: signed by the two orders where both are, else by both parties as in every other mode. A buyer's order holds
its limit times what it has left, or exactly what it takes where nothing of it can rest.

The seller alone sells, and neither it nor an affiliate of its buys, so no two orders that could meet are of one owner:
what the book does about those has no part here.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from exchange.book import TimeInForce
from exchange.calendar import MS_PER_DAY, MS_PER_MINUTE
from exchange.commands import ListingTerms, OrderTerms, PlaceOrder, SubmitListing
from exchange.deals import award, fills
from exchange.events import CallEnded, OrderAmended, OrderPlaced
from exchange.listings import life, order_life, order_signing
from exchange.listings.checks import licence_is_compatible, orders_may_be_matched
from exchange.listings.order_life import RESTING_TIMES
from exchange.listings.trading_book import MOST_ORDERS, book_side
from exchange.modes.mode import Mode, require_plain
from exchange.modes.posted import MOST_ACCEPTANCES
from exchange.money.accounts import require_available
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Listing, Order, Party
from exchange.rules import continuous_trading, patent_law
from exchange.rules import venue as rules
from exchange.rules.rule import Refusal, refuse
from exchange.turn import Result, Turn

SHORTEST_CALL_MS = MS_PER_MINUTE
LONGEST_CALL_MS = 30 * MS_PER_DAY
MOST_ORDERS_OF_PARTY = 100
"""At rest on one listing."""
LONGEST_ORDER_MS = 366 * MS_PER_DAY
OPEN_TO_ORDERS = frozenset({"OPEN", "TRADING"})
_BOOK_TIMES: dict[str, TimeInForce] = {
    "good_till_cancelled": "rest",
    "good_till_date": "rest",
    "immediate_or_cancel": "immediate_or_cancel",
    "fill_or_kill": "fill_or_kill",
}
Taken = Sequence[tuple[str, int, int]]
"""What an order would take: resting order, price of one licence, quantity."""


class Continuous(Mode):
    """The continuous mode."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """Ordinary licences only, where the law and the venue's own papers let them be traded so; a call to open."""
        right, seller = turn.state.rights[command.right_id], turn.state.parties[turn.actor]
        orders_may_be_matched(turn, right, seller)
        require_plain(command, terms, "max_acceptances", "call_ms")
        if command.deal_kind != "ordinary_licence":
            refuse(rules.MALFORMED, field="deal_kind", mode="continuous")
        if not 1 <= command.max_acceptances <= MOST_ACCEPTANCES:
            refuse(rules.MALFORMED, field="max_acceptances", most=MOST_ACCEPTANCES)
        call_ms = terms.call_ms
        if call_ms is UNSET or not SHORTEST_CALL_MS <= call_ms <= LONGEST_CALL_MS:
            refuse(rules.MALFORMED, field="call_ms", least=SHORTEST_CALL_MS, most=LONGEST_CALL_MS)
        if turn.time_ms + call_ms >= command.closes_ms:
            refuse(rules.MALFORMED, field="closes_ms", mode="continuous")

    def opened(self, turn: Turn, listing: Listing) -> None:
        """The call auction begins."""
        turn.state.set_deadline("listing_close", listing.id, listing.closes_ms)
        life.begin_call(turn, listing)

    def call_end(self, turn: Turn, listing: Listing) -> None:
        """Trade at the one price of the call, and go on continuously; a suspended listing's call begins anew later.

        Where nothing may be sold any more, the listing lapses with its orders.
        """
        if listing.state == "SUSPENDED":
            return
        trading = turn.state.trading_book(listing.id)
        try:
            continuous_trading.venue_is_authorised(turn.state.venue)
            patent_law.right_is_alive(turn.state.rights[listing.right_id], turn.time_ms)
            licence_is_compatible(turn, listing)
        except Refusal:
            life.end_without_award(turn, listing, "nobody", "call_end")
            return
        life.move(turn, listing, "uncross", "call_end")
        called = trading.book.uncross(listing.terms.price)
        quantity = sum(filled for _, _, _, filled in called.trades)
        turn.emit(
            CallEnded(listing_id=listing.id, price=called.price, quantity=quantity, surplus=called.surplus)
        )
        fills.settle(turn, listing, called.trades, "call_end")
        fills.end_if_sold_out(turn, listing, "call_end")

    def place_order(
        self, turn: Turn, listing: Listing, party: Party, command: PlaceOrder, terms: OrderTerms
    ) -> Result:
        """An order trades with what it reaches; what is left of it rests, or is gone."""
        state = turn.state
        _require_open(turn, listing, party, "place_order")
        _check_time(turn, listing, command, terms)
        if command.side == "sell":
            _asks_stay_within_the_offer(turn, listing, terms.quantity)
        rests = command.time_in_force in RESTING_TIMES
        _check_room(turn, listing, party)
        trading = state.trading_book(listing.id)
        order = _order(turn, listing, party, command, terms)
        signed = order_signing.taken(turn, listing, order, terms, amended=False)
        taken = trading.book.preview(book_side(order), terms.limit, terms.quantity)
        if command.time_in_force == "fill_or_kill" and sum(each[2] for each in taken) < terms.quantity:
            refuse(continuous_trading.ORDER_NOT_FILLABLE, listing_id=listing.id)
        cost = terms.quantity * (terms.limit or 0) if rests else sum(price * each for _, price, each in taken)
        _check_cost(order, cost)
        _check_trades(turn, listing, taken, post_only=command.post_only)
        if command.side == "buy":
            require_available(state, party.id, listing.currency, cost)
        order.id = state.next_id("O")
        order.sequence = _sequence(order.id)
        state.add(order)
        turn.emit(_placed(order))
        order_signing.keep(turn, listing, order, signed)
        if command.side == "buy":
            order_life.hold(turn, order, cost)
        entered = trading.book.enter(
            order.id,
            book_side(order),
            terms.limit,
            terms.quantity,
            time_in_force=_BOOK_TIMES[command.time_in_force],
        )
        if order.id in trading.book:
            trading.own(order)
            if order.expires_ms is not None:
                # A date that the party has named runs on through an outage of the venue.
                state.set_deadline("order_expiry", order.id, order.expires_ms, venue_clock=False)
        fills.settle(turn, listing, _as_fills(order, entered.trades), "place_order")
        if entered.left:
            order_life.change_order(turn, order, "cancel", "remainder")
        fills.end_if_sold_out(turn, listing, "place_order")
        return {"order_id": order.id, "listing_id": listing.id, "state": order.state}

    def amend_order(self, turn: Turn, listing: Listing, order: Order, terms: OrderTerms) -> Result:
        """Another limit or quantity: less at the same limit keeps its place, anything else comes as if it were new."""
        state = turn.state
        party = state.parties[order.party_id]
        _require_open(turn, listing, party, "amend_order")
        if terms.limit is None or terms.quantity <= order.filled:
            refuse(rules.MALFORMED, field="limit" if terms.limit is None else "quantity", filled=order.filled)
        limit, left = terms.limit, terms.quantity - order.filled
        if order.side == "sell":
            _asks_stay_within_the_offer(turn, listing, left - order.left)
        signed = order_signing.taken(turn, listing, order, terms, amended=True)
        book = state.trading_book(listing.id).book
        keeps_place = limit == order.limit and left <= order.left
        taken = () if keeps_place else book.preview(book_side(order), limit, left)
        _check_cost(order, left * limit)
        _check_trades(turn, listing, taken, post_only=order.post_only)
        more = left * limit - order.held if order.side == "buy" else 0
        require_available(state, party.id, listing.currency, max(more, 0))
        order.limit, order.quantity, order.terms_salt = limit, terms.quantity, turn.request.terms_salt
        if not keeps_place:
            order.sequence = _sequence(state.next_id("O"))
        state.touch(order)
        turn.emit(
            OrderAmended(order_id=order.id, limit=limit, quantity=order.quantity, sequence=order.sequence)
        )
        order_signing.keep(turn, listing, order, signed)
        if more > 0:
            order_life.hold(turn, order, more)
        else:
            order_life.give_back(turn, order, -more)
        entered = book.amend(order.id, limit, left)
        fills.settle(turn, listing, _as_fills(order, entered.trades), "amend_order")
        fills.end_if_sold_out(turn, listing, "amend_order")
        return {"order_id": order.id, "listing_id": listing.id, "state": order.state}

    def close(self, turn: Turn, listing: Listing) -> None:
        """Time has ended: awarded where something was sold, lapsed where nothing was; what rests lapses."""
        if listing.accepted:
            award.close_behind_acceptances(turn, listing, "listing_close")
        else:
            life.end_without_award(turn, listing, "nobody", "listing_close")


def _require_open(turn: Turn, listing: Listing, party: Party, step: str) -> None:
    if listing.state not in OPEN_TO_ORDERS:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step=step)
    orders_may_be_matched(turn, turn.state.rights[listing.right_id], party)


def _check_time(turn: Turn, listing: Listing, command: PlaceOrder, terms: OrderTerms) -> None:
    """Price, date and time in force fit one another, and in a call auction only what can rest comes."""
    rests = command.time_in_force in RESTING_TIMES
    is_market = command.order_type == "market"
    if is_market != (terms.limit is None):
        refuse(rules.MALFORMED, field="limit", order_type=command.order_type)
    if (is_market and rests) or (command.post_only and not rests):
        refuse(rules.MALFORMED, field="time_in_force", order_type=command.order_type)
    if (command.expires_ms is not None) != (command.time_in_force == "good_till_date"):
        refuse(rules.MALFORMED, field="expires_ms", time_in_force=command.time_in_force)
    latest_ms = turn.time_ms + LONGEST_ORDER_MS
    if command.expires_ms is not None and not turn.time_ms < command.expires_ms <= latest_ms:
        refuse(rules.MALFORMED, field="expires_ms", most=latest_ms)
    if listing.state == "OPEN" and (not rests or command.post_only):
        refuse(continuous_trading.CALL_UNDER_WAY, listing_id=listing.id)


def _check_room(turn: Turn, listing: Listing, party: Party) -> None:
    """What a party, and all together, may have at rest has its bounds."""
    trading = turn.state.trading_book(listing.id)
    if len(trading.orders_by_party.get(party.id, ())) >= MOST_ORDERS_OF_PARTY:
        refuse(rules.MALFORMED, field="orders", most=MOST_ORDERS_OF_PARTY)
    if len(trading.book) >= MOST_ORDERS:
        refuse(rules.MALFORMED, field="orders", most=MOST_ORDERS)


def _asks_stay_within_the_offer(turn: Turn, listing: Listing, more: int) -> None:
    """What is sold and what is asked together are at most what the listing offers."""
    asked = sum(order.left for order in order_life.resting_orders(turn, listing, listing.seller))
    room = listing.max_acceptances - listing.accepted - asked
    if more > room:
        refuse(continuous_trading.ASKS_BEYOND_OFFER, listing_id=listing.id, offered=listing.max_acceptances)


def _check_cost(order: Order, cost: int) -> None:
    """What is held for a buyer's order (minor units) is an amount that an account can have."""
    if order.side == "buy" and cost > LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="quantity", cost=cost, most=LARGEST_AMOUNT)


def _check_trades(turn: Turn, listing: Listing, taken: Taken, *, post_only: bool) -> None:
    if taken and post_only:
        refuse(continuous_trading.POST_ONLY_WOULD_TRADE, listing_id=listing.id)
    if taken:
        licence_is_compatible(turn, listing)


def _order(turn: Turn, listing: Listing, party: Party, command: PlaceOrder, terms: OrderTerms) -> Order:
    """The order as it comes, without its place in time."""
    return Order(
        id="",
        listing_id=listing.id,
        party_id=party.id,
        side=command.side,
        order_type=command.order_type,
        time_in_force=command.time_in_force,
        post_only=command.post_only,
        limit=terms.limit,
        quantity=terms.quantity,
        sequence=0,
        placed_ms=turn.time_ms,
        expires_ms=command.expires_ms,
        terms_salt=turn.request.terms_salt,
        client_order_id=terms.client_order_id,
    )


def _placed(order: Order) -> OrderPlaced:
    return OrderPlaced(
        order_id=order.id,
        listing_id=order.listing_id,
        party_id=order.party_id,
        side=order.side,
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        limit=order.limit,
        quantity=order.quantity,
    )


def _as_fills(order: Order, trades: Sequence[tuple[str, str, int, int]]) -> list[fills.Fill]:
    """Trades of an incoming order as bid and ask."""
    if order.side == "buy":
        return list(trades)
    return [(resting, incoming, price, quantity) for incoming, resting, price, quantity in trades]


def _sequence(order_id: str) -> int:
    """The venue-wide arrival number: an order that has lost its place draws a new one, so no two ever share it."""
    return int(order_id.rpartition("-")[2])
