"""Orders of a continuous two-sided book."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import OrderSide, OrderTime, OrderType
from exchange.rows.row import Row


class SignedOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a party has signed of its order for the contract, beside its right and side; hashes and commitments in hex.

    `limit` in minor units of the listing's currency for one licence, of a market order the widest; `quantity` in all.
    `expires_at_s` (Unix s) is the last second in which a fill of it can be recorded. `salt` tells its orders apart on
    the chain: an amended order keeps it, and so what of it has been filled.
    """

    key: str
    terms_commitment: str
    limit: int
    quantity: int
    expires_at_s: int
    counter: int
    salt: str
    signature: str


class Order(Row):
    """An order: LIVE, PARTLY_FILLED, then FILLED, CANCELLED, EXPIRED or LAPSED. Ended orders leave memory at once.

    `limit` and `held` in minor units of the listing's currency; `held` is what stands of a buyer's for what is left.
    `sequence` orders equal prices. `quantity` is the order's in all, `filled` what of it has traded.
    """

    kind: ClassVar[str] = "order"
    listing_id: str
    party_id: str
    side: OrderSide
    order_type: OrderType
    time_in_force: OrderTime
    post_only: bool
    limit: int | None
    quantity: int
    sequence: int
    placed_ms: int
    expires_ms: int | None
    terms_salt: str
    client_order_id: str | None = None
    filled: int = 0
    held: int = 0
    deals: tuple[str, ...] = ()
    state: str = "LIVE"
    signed: SignedOrder | UnsetType = UNSET

    @property
    def left(self) -> int:
        """What has not traded yet."""
        return self.quantity - self.filled
