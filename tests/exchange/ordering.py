"""Signed orders in a few words: what a party signs of its order, in any scene."""

from __future__ import annotations

from typing import Any

import msgspec

from exchange import commands as c
from exchange.listings import order_signing
from exchange.turn import Outcome
from tests.exchange.scene import Scene, digest


def signed_terms(
    scene: Any,
    party: str,
    listing_id: str,
    side: Any,
    limit: int | None,
    quantity: int,
    salt: str,
    *,
    expires_ms: int | None = None,
    order: Any = None,
) -> c.OrderTerms:
    """The terms of an order, or of its amendment, with the digest of what is signed and a signature."""
    state = scene.state
    listing, trader = state.listings[listing_id], state.parties[party]
    bare = c.OrderTerms(limit=limit, quantity=quantity)
    key = state.keys.get(trader.key)
    chain_salt = salt if order is None or not order.signed else order.signed.salt
    signed = order_signing.drawn_up(
        listing,
        state.parties[listing.seller],
        trader,
        0 if key is None else key.counter,
        side,
        bare,
        chain_salt,
        expires_ms,
    )
    return msgspec.structs.replace(
        bare,
        order_salt=chain_salt,
        order_digest=order_signing.order_digest(signed, listing.right_id, side),
        order_signature=scene.order_signature(signed, listing.right_id, side, trader.key),
    )


def place(
    scene: Scene,
    party: str,
    listing_id: str,
    side: Any,
    limit: int | None,
    quantity: int = 1,
    *,
    terms: c.OrderTerms | None = None,
    **fields: Any,
) -> Outcome:
    """A signed order; `terms` in the place of those that would be right."""
    salt = digest(f"order salt {scene.now}")
    made = terms or signed_terms(
        scene, party, listing_id, side, limit, quantity, salt, expires_ms=fields.get("expires_ms")
    )
    times: Any = {} if limit is not None else {"time_in_force": "immediate_or_cancel", "order_type": "market"}
    command = c.PlaceOrder(listing_id=listing_id, side=side, **(times | fields))
    return scene.give(command, actor=party, signer=scene.keys[party], terms=made)


def amend(scene: Scene, order_id: str, limit: int, quantity: int) -> Outcome:
    """A signed order is amended, and signed anew."""
    order = scene.state.orders[order_id]
    salt = digest(f"order salt {scene.now}")
    terms = signed_terms(
        scene,
        order.party_id,
        order.listing_id,
        order.side,
        limit,
        quantity,
        salt,
        expires_ms=order.expires_ms,
        order=order,
    )
    command = c.AmendOrder(order_id=order_id)
    return scene.give(command, actor=order.party_id, signer=scene.keys[order.party_id], terms=terms)
