"""Fills: two orders have traded, each trade a deal of its own whose price is already held of the buyer.

Where both orders are signed, their signatures are the deal's: it is SIGNED at once, and neither side can keep the other
waiting (Civil Code Art. 483: the contract is formed when the acceptance takes effect). Where one is not, or its key or
counter has changed since, or something bars the signing of a deal just now, both sign the deal as in every other mode.
"""

from __future__ import annotations

from collections.abc import Iterable

from exchange.deals import award, signing
from exchange.events import DealSigned, OrdersMatched
from exchange.listings import life, order_life, order_signing
from exchange.listings.checks import buyer_may_sign, deal_may_be_signed
from exchange.money import holds
from exchange.rows import Deal, Listing, Order
from exchange.rules.rule import Refusal
from exchange.turn import Turn

Fill = tuple[str, str, int, int]
"""Bid, ask, price of one licence (minor units of the listing's currency), quantity."""


def settle(turn: Turn, listing: Listing, fills: Iterable[Fill], cause: str) -> None:
    """Open a deal for every fill, in the order in which they happened."""
    orders = turn.state.orders
    for buy_order, sell_order, price, quantity in fills:
        _settle(turn, listing, orders[buy_order], orders[sell_order], price, quantity, cause)


def _settle(  # noqa: PLR0913 - what a fill consists of
    turn: Turn, listing: Listing, bid: Order, ask: Order, price: int, quantity: int, cause: str
) -> None:
    state = turn.state
    listing.accepted += quantity
    state.touch(listing)
    paid = price * quantity
    deal = award.open_deal(
        turn,
        listing,
        state.parties[bid.party_id],
        paid,
        deposit=paid,
        bid=None,
        terms_salt=bid.terms_salt,
        quantity=quantity,
    )
    holds.give_part(turn, bid.id, bid.party_id, listing.currency, bid.held, paid, deal.id)
    bid.held -= paid
    turn.emit(
        OrdersMatched(
            listing_id=listing.id,
            buy_order=bid.id,
            sell_order=ask.id,
            price=price,
            quantity=quantity,
            deal_id=deal.id,
        )
    )
    for order in (bid, ask):
        order.filled += quantity
        order.deals = (*order.deals, deal.id)
    if bid.limit is not None and bid.time_in_force in order_life.RESTING_TIMES:
        order_life.give_back(turn, bid, bid.held - bid.left * bid.limit)
    for order in (bid, ask):
        order_life.change_order(turn, order, "fill_part" if order.left else "fill", cause)
    _sign_by_orders(turn, deal, bid, ask, cause)


def _sign_by_orders(turn: Turn, deal: Deal, bid: Order, ask: Order, cause: str) -> None:
    """The two orders' signatures are the deal's, where the contract would take both and nothing bars its signing."""
    sold, bought = order_signing.binds(turn.state, ask), order_signing.binds(turn.state, bid)
    if sold is None or bought is None:
        return
    try:
        deal_may_be_signed(turn, deal)
        buyer_may_sign(turn, deal)
    except Refusal:
        return
    deal.orders = (sold, bought)
    deal.seller_signature, deal.buyer_signature = sold.signature, bought.signature
    turn.state.touch(deal)
    turn.emit(DealSigned(deal_id=deal.id, party_id=deal.seller, complete=False))
    turn.emit(DealSigned(deal_id=deal.id, party_id=deal.buyer, complete=True))
    signing.complete(turn, deal, cause)


def end_if_sold_out(turn: Turn, listing: Listing, cause: str) -> None:
    """When all licences are sold, the listing is awarded, and what still rests lapses."""
    if listing.accepted == listing.max_acceptances:
        life.move(turn, listing, "award", cause)
