"""Routes of the orders of a continuous two-sided book. The book itself is a listing's: `GET /v1/listings/{id}/book`."""

from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import UnsetType

from api import documents, keyset, problems, refusals, register_messages
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.forms import Accepted, Body, RowFilter, RowId
from api.giving import PartyGives, terms_of
from api.orders.schemas import AmendmentForm, OrderForm, OrderPage, OrderTermsView, OrderView
from exchange.commands import AmendOrder, CancelOrder, CancelOrders, OrderSide, OrderTerms, PlaceOrder
from exchange.listings import order_signing
from exchange.rows import Key, Listing, Order, Party
from exchange.rules import continuous_trading, patent_law
from exchange.rules import venue as rules
from exchange.rules.trading_halts import TRADING_HALTED
from exchange.terms import order_terms
from ledger.order_messages import order_message

router = APIRouter(prefix="/v1", tags=["orders"])
Concerned = Annotated[Caller, allow("party", "operator", "service")]
_MAY_BE_MATCHED = (
    rules.WRONG_STATE,
    TRADING_HALTED,
    rules.KEY_NOT_ENROLLED,
    rules.FUNDS_SHORT,
    continuous_trading.ASKS_BEYOND_OFFER,
    continuous_trading.POST_ONLY_WOULD_TRADE,
    continuous_trading.CENTRALISED_TRADING,
    continuous_trading.NOT_AUTHORISED,
    patent_law.LICENCE_CONFLICT,
    problems.CLIENT_ORDER_ID_REUSED,
    *refusals.BUYER_MAY_TAKE_PART,
)


@router.post(
    "/listings/{listing_id}/orders",
    **documents.created(
        continuous_trading.ORDER_NOT_FILLABLE, continuous_trading.CALL_UNDER_WAY, *_MAY_BE_MATCHED
    ),
)
async def place(listing_id: RowId, body: OrderForm, giver: PartyGives) -> Accepted:
    """A buyer bids or the seller asks; what trades at once is a deal for each fill, what is left rests or is gone.

    With `order_signature` a fill by another signed order is a deal at once, which nobody signs again.
    """
    terms = terms_of(OrderTerms, body.terms)
    await _require_signed(giver.door, giver.caller, listing_id, body.side, terms, body.expires_ms)
    return await giver.give(PlaceOrder, body, terms=terms, listing_id=listing_id)


@router.post("/listings/{listing_id}/orders/cancellation", **documents.command())
async def cancel_all(listing_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """All that the caller has resting on a listing is taken back."""
    return await giver.give(CancelOrders, body, listing_id=listing_id)


@router.post("/orders/{order_id}/amendment", **documents.command(*_MAY_BE_MATCHED))
async def amend(order_id: RowId, body: AmendmentForm, giver: PartyGives) -> Accepted:
    """Less at the same limit keeps its place; anything else comes as if it were new, and may trade at once."""
    terms = terms_of(OrderTerms, body.terms)
    stored = await giver.door.reader.row(Order, order_id)
    if stored is not None and giver.caller.is_party(stored.row.party_id):
        row = stored.row
        await _require_signed(giver.door, giver.caller, row.listing_id, row.side, terms, row.expires_ms)
    return await giver.give(AmendOrder, body, terms=terms, order_id=order_id)


@router.post("/orders/{order_id}/cancellation", **documents.command(rules.WRONG_STATE))
async def cancel(order_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """What an order has left is taken back, and what is held for it goes back."""
    return await giver.give(CancelOrder, body, order_id=order_id)


@router.get("/listings/{listing_id}/order-terms", **documents.reads(rules.UNKNOWN_ID, private=True))
async def to_sign(listing_id: RowId, door: TheDoor, caller: Concerned) -> OrderTermsView:
    """What an order on this listing is signed over beside its limit and quantity: read it, check it, then sign."""
    listing, seller = await _continuous(door, listing_id)
    trader = None if caller.staff else await door.reader.row(Party, caller.actor)
    key = None if trader is None else await door.reader.row(Key, trader.row.key)
    return OrderTermsView(
        listing_id=listing.id,
        right_id=listing.right_id,
        key="" if trader is None else trader.row.key,
        counter=0 if key is None else key.row.counter,
        recorded_until_s=order_signing.recorded_until_s(listing, None),
        terms=order_terms.order_terms_value(listing, seller),
        salt=order_terms.order_terms_salt(listing).hex(),
        terms_commitment=order_terms.order_terms_commitment(listing, seller),
    )


@router.get("/orders", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def own_orders(
    door: TheDoor,
    caller: Concerned,
    window: keyset.TheWindow,
    listing_id: RowFilter = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z_]{3,16}$")] = None,
) -> OrderPage:
    """The caller's own orders; all of them to the venue."""
    party_id = None if caller.staff else caller.actor
    filters = {"listing_id": listing_id, "state": state, "party_id": party_id}
    page = await door.reader.page(Order, filters, window=window)
    listings = await door.reader.rows(Listing, sorted({each.row.listing_id for each in page.rows}))
    currencies = {each.row.id: each.row.currency for each in listings}
    views = [_view(each.row, currencies[each.row.listing_id]) for each in page.rows]
    return OrderPage(orders=views, next_cursor=page.next_cursor)


@router.get("/orders/{order_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def order(order_id: RowId, door: TheDoor, caller: Concerned) -> OrderView:
    """An order, to its party and the venue; neither rivals nor the other side see whose it is."""
    stored = await door.reader.row(Order, order_id)
    if stored is None or not (caller.staff or caller.is_party(stored.row.party_id)):
        raise problems.unknown_id(order_id, "order")
    listing = await door.reader.row(Listing, stored.row.listing_id)
    if listing is None:
        raise problems.unknown_id(order_id, "order")
    return _view(stored.row, listing.row.currency)


async def _continuous(door: Door, listing_id: str) -> tuple[Listing, Party]:
    """A continuous listing and its seller."""
    stored = await door.reader.row(Listing, listing_id)
    seller = None if stored is None else await door.reader.row(Party, stored.row.seller)
    if stored is None or seller is None or stored.row.mode != "continuous":
        raise problems.unknown_id(listing_id, "listing")
    return stored.row, seller.row


async def _require_signed(  # noqa: PLR0913 - what an order is
    door: Door, caller: Caller, listing_id: str, side: OrderSide, terms: OrderTerms, expires_ms: int | None
) -> None:
    """Check the signature over an order, if it has one, before the order is sent on: the contract checks it again."""
    if not (isinstance(terms.order_signature, str) and isinstance(terms.order_salt, str)):
        return
    listing, seller = await _continuous(door, listing_id)
    trader = await door.reader.row(Party, caller.actor)
    if trader is None:
        return
    key = await door.reader.row(Key, trader.row.key)
    counter = 0 if key is None else key.row.counter
    drawn = order_signing.drawn_up(
        listing, seller, trader.row, counter, side, terms, terms.order_salt, expires_ms
    )
    digest = order_signing.order_digest(drawn, listing.right_id, side)
    if terms.order_digest != digest:
        # What was read is not what would be signed now: what is signed by it, nobody has asked for.
        facts = {"listing_id": listing.id, "state": listing.state, "order_digest": digest}
        raise problems.refusal(rules.WRONG_STATE.code, {**facts, "step": "place_order"})
    message = order_message(drawn, listing.right_id, side)
    register_messages.require_signed(await door.deal_domain(), message, terms.order_signature, drawn.key)


def _view(row: Order, currency: str) -> OrderView:
    return OrderView(
        id=row.id,
        listing_id=row.listing_id,
        party_id=row.party_id,
        side=row.side,
        order_type=row.order_type,
        time_in_force=row.time_in_force,
        post_only=row.post_only,
        limit=row.limit,
        quantity=row.quantity,
        filled=row.filled,
        held=row.held,
        currency=currency,
        sequence=row.sequence,
        placed_ms=row.placed_ms,
        expires_ms=row.expires_ms,
        client_order_id=row.client_order_id,
        order_salt=None if isinstance(row.signed, UnsetType) else row.signed.salt,
        deals=list(row.deals),
        state=row.state,
    )
