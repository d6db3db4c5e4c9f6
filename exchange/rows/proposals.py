"""Proposals of a negotiation."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.rows.row import Row

Side = Literal["buyer", "seller"]


class Proposal(Row):
    """A price that one side has proposed to the other: LIVE until it is ACCEPTED, COUNTERED, REFUSED or LAPSED.

    `price` in minor units of the listing's currency. Between a seller and one buyer of a listing at most one lives.
    """

    kind: ClassVar[str] = "proposal"
    listing_id: str
    buyer: str
    made_by: Side
    price: int
    terms_salt: str
    made_ms: int
    expires_ms: int
    state: str = "LIVE"
