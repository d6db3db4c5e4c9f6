"""The model of fills: two signed orders under the keys of the register that they name."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from tests.contracts.model_base import Reverts, Switched, World, revert, split_signatures
from tests.contracts.model_deals import AGREED, ORDINARY_LICENCE, DealRecord, carries
from tests.contracts.shapes import ZERO, Fill, LicenceOrder, ask_of, bid_of

if TYPE_CHECKING:
    from tests.contracts.model_register import RegisterModel


class FillModel(Switched):
    """Fills, and how much of each order has been filled."""

    batches = ("recordFills",)
    stopped_by_pause = batches
    rights_of_call = MappingProxyType({"recordFills": "settler"})

    def __init__(self, address: str, world: World, register: RegisterModel) -> None:
        super().__init__("FillRegister", address, world)
        self.register = register
        self.fills: dict[bytes, tuple[int, Fill]] = {}
        self.filled: Counter[tuple[str, bytes]] = Counter()
        register.fills = self

    def record_fills(self, fills: list[Fill], signatures: bytes) -> None:
        """Record fills of what both sides signed; one that names no register undoes the whole call."""
        before = (list(self.events), self.log_head, dict(self.fills), Counter(self.filled))
        try:
            self._record(fills, signatures)
        except Reverts:
            self.events, self.log_head, self.fills, self.filled = before
            raise

    def _record(self, fills: list[Fill], signatures: bytes) -> None:
        signed = split_signatures(signatures, 2 * len(fills))
        for fill, seller, buyer in zip(fills, signed[::2], signed[1::2], strict=True):
            if fill.register == self.register.address and fill.deal in self.fills:
                if self.fills[fill.deal][1] != fill:
                    self.refuse(fill.deal, "IdTaken")
                continue
            refusal = (
                self._fill_refusal(fill)
                or self._side_refusal(fill, ask_of(fill), seller, "Seller")
                or self._side_refusal(fill, bid_of(fill), buyer, "Buyer")
            )
            if refusal is not None:
                self.refuse(fill.deal, refusal)
                continue
            for order in (ask_of(fill), bid_of(fill)):
                self.filled[order.trader, order.salt] += fill.quantity
            self.fills[fill.deal] = (self.emit("OrdersFilled", *fill), fill)

    def agreed(self, deal: bytes) -> DealRecord | None:
        """A fill as the register goes on with it."""
        found = self.fills.get(deal)
        return None if found is None else DealRecord(found[0], ORDINARY_LICENCE, AGREED, found[1])

    def _fill_refusal(self, fill: Fill) -> str | None:
        rules = (
            (ZERO in {fill.right, fill.terms} or not fill.price or not fill.quantity, "ZeroValue"),
            (fill.seller == fill.buyer, "SellerIsBuyer"),
            (not carries(fill.deal, fill.seller, fill.buyer), "DealIdForeign"),
            (not fill.ask_limit <= fill.price <= fill.bid_limit, "LimitsForbid"),
        )
        refusal = next((error for broken, error in rules if broken), None)
        if refusal is None and fill.register != self.register.address:
            # Whatever else stands there cannot be asked what it has under the identifier.
            revert("")
        return refusal or ("IdTaken" if fill.deal in self.register.deals else None)

    def _side_refusal(self, fill: Fill, order: LicenceOrder, signature: bytes, side: str) -> str | None:
        register = self.register
        if order.expires_at < self.now:
            return "OrderExpired"
        if self.filled[order.trader, order.salt] + fill.quantity > order.quantity:
            return "OrderUsedUp"
        refusal = register.key_refusal(order.trader, order.counter)
        refusal = refusal or register.signature_refusal(order.trader, order, signature)
        return f"{side}SignatureInvalid" if refusal == "KeySignatureInvalid" else refusal
