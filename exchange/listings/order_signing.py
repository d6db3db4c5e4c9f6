"""Signed orders: what a party signs of its order for the contract, so that a fill of it needs no further signature.

What is signed follows from the state and the order alone. As with deals, the engine cannot check the signature itself:
front door, audit and contract do.
"""

from __future__ import annotations

import re

from msgspec import UNSET, UnsetType

from exchange import canonical, keys
from exchange.calendar import MS_PER_SECOND
from exchange.commands import OrderSide, OrderTerms
from exchange.deals.award import SIGNATURE_LIFE_MS
from exchange.events import OrderSigned
from exchange.key_checks import require_signatures
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Listing, Order, Party, SignedOrder
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.order_terms import order_terms_commitment
from exchange.turn import Turn

_SALT = re.compile(r"[0-9a-f]{64}")


def taken(
    turn: Turn, listing: Listing, order: Order, terms: OrderTerms, *, amended: bool
) -> SignedOrder | UnsetType:
    """What the acting party has signed of an order as its terms make it; UNSET where it signed nothing.

    An order is signed from its beginning to its end, or not at all: what of it has been filled on the chain is counted
    under the salt that it began with.

    Raises:
        Refusal: MALFORMED, KEY-NOT-ENROLLED, WRONG-STATE where something else was signed than is to be signed.
    """
    given = (terms.order_digest, terms.order_salt, terms.order_signature)
    was_signed = amended and order.signed is not UNSET
    if given == (UNSET, UNSET, UNSET) and not was_signed:
        return UNSET
    salt = str(terms.order_salt)
    begun = order.signed.salt if order.signed is not UNSET else salt
    if UNSET in given or (amended and not was_signed) or salt != begun or not _SALT.fullmatch(salt):
        refuse(rules.MALFORMED, field="order_signature", order_id=order.id)
    state = turn.state
    party = state.parties[order.party_id]
    require_signatures(str(terms.order_signature))
    keys.require_live(state, party.id, party.key)
    key = state.keys.get(party.key)
    signed = drawn_up(
        listing,
        state.parties[listing.seller],
        party,
        0 if key is None else key.counter,
        order.side,
        terms,
        salt,
        order.expires_ms,
        str(terms.order_signature),
    )
    wanted = order_digest(signed, listing.right_id, order.side)
    if terms.order_digest != wanted:
        refuse(
            rules.WRONG_STATE,
            listing_id=listing.id,
            state=listing.state,
            step="amend_order" if amended else "place_order",
            order_digest=wanted,
        )
    return signed


def drawn_up(  # noqa: PLR0913 - what a signed order follows from
    listing: Listing,
    seller: Party,
    party: Party,
    counter: int,
    side: OrderSide,
    terms: OrderTerms,
    salt: str,
    expires_ms: int | None,
    signature: str = "",
) -> SignedOrder:
    """What `party` signs of such an order; `counter` is that of its own key, `salt` (hex) the order's on the chain."""
    widest = LARGEST_AMOUNT if side == "buy" else 0
    return SignedOrder(
        key=party.key,
        terms_commitment=order_terms_commitment(listing, seller),
        limit=widest if terms.limit is None else terms.limit,
        quantity=terms.quantity,
        expires_at_s=recorded_until_s(listing, expires_ms),
        counter=counter,
        salt=salt,
        signature=signature,
    )


def recorded_until_s(listing: Listing, expires_ms: int | None) -> int:
    """The last second in which a fill of such an order can be recorded: long after the order itself has ended."""
    ends_ms = listing.closes_ms if expires_ms is None else expires_ms
    return (ends_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND


def order_digest(signed: SignedOrder, right_id: str, side: OrderSide) -> str:
    """SHA-256 (hex) of the canonical form of what is signed of an order."""
    return canonical.digest(
        {
            "right_id": right_id,
            "key": signed.key,
            "side": side,
            "terms_commitment": signed.terms_commitment,
            "limit": signed.limit,
            "quantity": signed.quantity,
            "expires_at_s": signed.expires_at_s,
            "counter": signed.counter,
            "salt": signed.salt,
        }
    ).hex()


def keep(turn: Turn, listing: Listing, order: Order, signed: SignedOrder | UnsetType) -> None:
    """The order stands under this signature from now on."""
    order.signed = signed
    turn.state.touch(order)
    if signed is UNSET:
        return
    turn.emit(
        OrderSigned(
            order_id=order.id,
            right_id=listing.right_id,
            side=order.side,
            key=signed.key,
            terms_commitment=signed.terms_commitment,
            limit=signed.limit,
            quantity=signed.quantity,
            expires_at_s=signed.expires_at_s,
            counter=signed.counter,
            salt=signed.salt,
            signature=signed.signature,
        )
    )


def binds(state: State, order: Order) -> SignedOrder | None:
    """What was signed of an order, if the contract would take it now: the party's own key, live, under its counter."""
    if order.signed is UNSET:
        return None
    key = state.keys.get(order.signed.key)
    if key is None or key.state != "LIVE" or key.counter != order.signed.counter:
        return None
    return order.signed if state.parties[order.party_id].key == key.id else None
