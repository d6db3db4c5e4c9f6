"""What every event is: its number, its place, its fields; and the grounds on which an item is refused."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from exchange.keccak import keccak

_REFUSAL_NAMES = (
    "ZeroValue",
    "IdTaken",
    "RecordUnknown",
    "AlreadyEnded",
    "AnotherRight",
    "DealKindUnknown",
    "SellerIsBuyer",
    "DealIdForeign",
    "DealExpired",
    "DealIsCancelled",
    "SellerSignatureInvalid",
    "BuyerSignatureInvalid",
    "KeySignatureInvalid",
    "SignatureMalleable",
    "DealStateForbids",
    "DealKindForbids",
    "KeyUnknown",
    "KeyNotLive",
    "KeyTaken",
    "PartyHasKey",
    "CounterDiffers",
    "MessageExpired",
    "StandingForbids",
    "OfferIsWithdrawn",
    "OfferExpired",
    "OfferUsedUp",
    "LimitsForbid",
    "OrderExpired",
    "OrderUsedUp",
    "RightUnknown",
    "HolderMismatch",
    "HolderUnchanged",
    "LicenceTermInvalid",
    "HeadForbids",
    "LicencesConflict",
    "TooManyLicences",
    "EventUnknown",
)
REFUSALS = {"0x" + keccak(f"{name}()".encode())[:4].hex(): name for name in _REFUSAL_NAMES}
"""Names of the custom errors that `ItemRefused` may carry, by selector."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event stands on the chain; `contract` is an address in lower case."""

    contract: str
    block_number: int
    block_hash: bytes
    transaction_hash: bytes
    log_index: int


class ChainEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the numbered log. Hashes are 0x and 64 hex digits, addresses 0x and 40, lower case."""

    indexed: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Name and ABI type of the indexed fields after `seq`."""
    data: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Name and ABI type of the other fields."""
    seq: int
    place: Place


class ItemRefused(ChainEvent, frozen=True, kw_only=True):
    """One item of a batch was refused; `selector` is that of the custom error (0x and 8 digits)."""

    indexed = (("id", "bytes32"),)
    data = (("selector", "bytes4"),)
    id: str
    selector: str

    @property
    def error(self) -> str:
        """Name of the custom error, or its selector if it is none of ours."""
        return REFUSALS.get(self.selector, self.selector)
