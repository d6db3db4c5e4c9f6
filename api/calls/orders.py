"""Trading continuously: orders placed, amended and cancelled."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from api.calls import order_check
from api.calls.base import GivingClient
from exchange.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrders,
    OrderSide,
    OrderTerms,
    OrderTime,
    PlaceOrder,
)

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement


class OrderCalls(GivingClient):
    """The calls of a continuous two-sided book. Limits are minor units of the listing's currency, for one licence."""

    def place_order(  # noqa: PLR0913 - what an order consists of
        self,
        listing_id: str,
        side: OrderSide,
        quantity: int,
        limit: int | None = None,
        *,
        time_in_force: OrderTime | None = None,
        post_only: bool = False,
        expires_ms: int | None = None,
        client_order_id: str | None = None,
        signed: bool = True,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Bid or ask; without a limit at market, immediate or cancel unless `time_in_force` says fill or kill.

        `signed`: the order is signed for the chain, so that a fill by another signed order is a deal at once. Raises
        `DealMismatch` where the listing's terms are not those that they are committed to.
        """
        standing: OrderTime = "immediate_or_cancel" if limit is None else "good_till_cancelled"
        command = PlaceOrder(
            listing_id=listing_id,
            side=side,
            order_type="market" if limit is None else "limit",
            time_in_force=time_in_force or standing,
            post_only=post_only,
            expires_ms=expires_ms,
        )
        terms = OrderTerms(quantity=quantity, limit=limit, client_order_id=client_order_id)
        if signed:
            terms = self._signed(terms, listing_id, side, expires_ms, secrets.token_hex(32))
        return self.give(
            f"/v1/listings/{listing_id}/orders",
            command,
            terms=terms,
            in_path=("listing_id",),
            idempotency_key=idempotency_key,
        )

    def amend_order(
        self, order_id: str, quantity: int, limit: int, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Give an order another limit, or another quantity in all, what has traded included; signed, if it was."""
        terms, standing = OrderTerms(quantity=quantity, limit=limit), self.order(order_id)
        if standing.order_salt is not None:
            side: OrderSide = "buy" if standing.side == "buy" else "sell"
            until = standing.expires_ms
            terms = self._signed(terms, standing.listing_id, side, until, standing.order_salt)
        return self.give(
            f"/v1/orders/{order_id}/amendment",
            AmendOrder(order_id=order_id),
            terms=terms,
            in_path=("order_id",),
            idempotency_key=idempotency_key,
        )

    def _signed(
        self, terms: OrderTerms, listing_id: str, side: OrderSide, expires_ms: int | None, salt: str
    ) -> OrderTerms:
        return order_check.signed_terms(
            terms,
            self.order_terms(listing_id),
            listing_id=listing_id,
            side=side,
            expires_ms=expires_ms,
            salt=salt,
            key=self.giver.key,
            domain=self.giver.trust.deals,
        )

    def cancel_order(self, order_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Take back what an order has left."""
        command = CancelOrder(order_id=order_id)
        path = f"/v1/orders/{order_id}/cancellation"
        return self.give(path, command, in_path=("order_id",), idempotency_key=idempotency_key)

    def cancel_orders(self, listing_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Take back every order of one's own on a listing."""
        command = CancelOrders(listing_id=listing_id)
        path = f"/v1/listings/{listing_id}/orders/cancellation"
        return self.give(path, command, in_path=("listing_id",), idempotency_key=idempotency_key)
