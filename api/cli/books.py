"""`ipx listing book` and `ipx listing sealed-bids`: what is bid on a listing, as far as the reader may see it."""

from __future__ import annotations

from typing import Any

from api.cli.connection import AsJson, ListingId, reader, show, show_one


def book(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a listing's book: rank, price, time; of a continuous listing the best prices of both sides."""
    with reader() as client:
        view = client.book(listing_id).model_dump(mode="json")
    if as_json:
        show_one(view, as_json=True, title="book")
    elif view["depth"] is not None:
        _show_depth(listing_id, view)
    elif view["lines"] is None:
        show_one(
            {"bids": view["count"], "prices": "shown to participants"},
            as_json=False,
            title=f"book of {listing_id}",
        )
    else:
        show(view["lines"], as_json=False, title=f"book of {listing_id} ({view['currency']})")


def sealed_bids(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show the sealed bids as they stood at the close, and what those that were opened say."""
    with reader() as client:
        view = client.sealed_bids(listing_id).model_dump(mode="json")
    opened = view.pop("opened")
    if as_json:
        show_one({**view, "opened": opened}, as_json=True, title="sealed bids")
        return
    show_one(view, as_json=False, title=f"sealed bids of {listing_id}")
    if opened is not None:
        # What no row has would fold the columns that say something: scores, where nothing is scored.
        said = [
            name for name in (opened[0] if opened else ()) if any(each[name] is not None for each in opened)
        ]
        rows = [{name: each[name] for name in said} for each in opened]
        show(rows, as_json=False, title="opened")


def _show_depth(listing_id: str, view: dict[str, Any]) -> None:
    rows = [
        {"side": side, **level}
        for side, levels in (("ask", reversed(view["depth"]["asks"])), ("bid", view["depth"]["bids"]))
        for level in levels
    ]
    show(rows, as_json=False, title=f"book of {listing_id} ({view['currency']}, {view['state']})")
