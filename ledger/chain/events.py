"""The typed events of the contracts, and the names of the grounds on which they refuse an item.

Fields carry the contract's names in Python's spelling. Hashes are text, 0x and 64 hex digits; addresses 0x and 40,
lower case; times Unix seconds.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ledger.secp256k1 import keccak


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


class DealAgreed(ChainEvent, frozen=True, kw_only=True):
    """Two parties agreed on a deal, both signatures checked on chain; `deadline` in Unix seconds."""

    indexed = (("right_id", "bytes32"), ("deal_id", "bytes32"))
    data = (
        ("kind", "uint8"),
        ("seller", "address"),
        ("buyer", "address"),
        ("terms", "bytes32"),
        ("contract_text", "bytes32"),
        ("deadline", "uint64"),
    )
    right_id: str
    deal_id: str
    kind: int
    seller: str
    buyer: str
    terms: str
    contract_text: str
    deadline: int


class DealSettled(ChainEvent, frozen=True, kw_only=True):
    """A deal was paid out; states are numbers of the contract's `DealState`."""

    indexed = (("deal_id", "bytes32"),)
    data = (("previous_state", "uint8"), ("new_state", "uint8"))
    deal_id: str
    previous_state: int
    new_state: int


class DealUnwound(ChainEvent, frozen=True, kw_only=True):
    """A deal was undone before it took effect."""

    indexed = (("deal_id", "bytes32"), ("reason", "bytes32"))
    data = (("previous_state", "uint8"), ("new_state", "uint8"))
    deal_id: str
    reason: str
    previous_state: int
    new_state: int


class DealsPauseChanged(ChainEvent, frozen=True, kw_only=True):
    """New deals were stopped or allowed again."""

    indexed = (("account", "address"),)
    data = (("was_paused", "bool"), ("is_paused", "bool"))
    account: str
    was_paused: bool
    is_paused: bool


class RightRegistered(ChainEvent, frozen=True, kw_only=True):
    """A right was entered with its holder of record."""

    indexed = (("right_id", "bytes32"),)
    data = (("holder", "bytes32"), ("document", "bytes32"))
    right_id: str
    holder: str
    document: str


class RegistryConfirmed(ChainEvent, frozen=True, kw_only=True):
    """The public register confirmed a new holder of record."""

    indexed = (("right_id", "bytes32"), ("deal_id", "bytes32"))
    data = (("old_holder", "bytes32"), ("new_holder", "bytes32"), ("proof", "bytes32"))
    right_id: str
    deal_id: str
    old_holder: str
    new_holder: str
    proof: str


class LicenceGranted(ChainEvent, frozen=True, kw_only=True):
    """A licence was granted; times in Unix seconds."""

    indexed = (("licence_id", "bytes32"), ("right_id", "bytes32"))
    data = (
        ("deal_id", "bytes32"),
        ("licensor", "bytes32"),
        ("licensee", "bytes32"),
        ("terms", "bytes32"),
        ("starts_at", "uint64"),
        ("ends_at", "uint64"),
    )
    licence_id: str
    right_id: str
    deal_id: str
    licensor: str
    licensee: str
    terms: str
    starts_at: int
    ends_at: int


class LicenceEnded(ChainEvent, frozen=True, kw_only=True):
    """A licence ended before its term was over; times in Unix seconds."""

    indexed = (("licence_id", "bytes32"), ("right_id", "bytes32"))
    data = (("previous_ends_at", "uint64"), ("ended_at", "uint64"), ("reason", "bytes32"))
    licence_id: str
    right_id: str
    previous_ends_at: int
    ended_at: int
    reason: str


class PledgeRegistered(ChainEvent, frozen=True, kw_only=True):
    """A pledge was registered; with the number of live pledges on the right, before and after."""

    indexed = (("right_id", "bytes32"), ("pledge_id", "bytes32"))
    data = (
        ("pledgor", "bytes32"),
        ("pledgee", "bytes32"),
        ("terms", "bytes32"),
        ("proof", "bytes32"),
        ("live_before", "uint24"),
        ("live_after", "uint24"),
    )
    right_id: str
    pledge_id: str
    pledgor: str
    pledgee: str
    terms: str
    proof: str
    live_before: int
    live_after: int


class PledgeDischarged(ChainEvent, frozen=True, kw_only=True):
    """A pledge was discharged."""

    indexed = (("right_id", "bytes32"), ("pledge_id", "bytes32"))
    data = (("proof", "bytes32"), ("live_before", "uint24"), ("live_after", "uint24"))
    right_id: str
    pledge_id: str
    proof: str
    live_before: int
    live_after: int


class RightFrozen(ChainEvent, frozen=True, kw_only=True):
    """A right was frozen; with the number of live freezes on it, before and after."""

    indexed = (("right_id", "bytes32"), ("freeze_id", "bytes32"))
    data = (("ground", "bytes32"), ("live_before", "uint24"), ("live_after", "uint24"))
    right_id: str
    freeze_id: str
    ground: str
    live_before: int
    live_after: int


class RightReleased(ChainEvent, frozen=True, kw_only=True):
    """A freeze was released."""

    indexed = (("right_id", "bytes32"), ("freeze_id", "bytes32"))
    data = (("proof", "bytes32"), ("live_before", "uint24"), ("live_after", "uint24"))
    right_id: str
    freeze_id: str
    proof: str
    live_before: int
    live_after: int


class Corrected(ChainEvent, frozen=True, kw_only=True):
    """The event numbered `corrected_seq` was wrong."""

    indexed = (("corrected_seq", "uint64"), ("correction_id", "bytes32"))
    data = (("old_value", "bytes32"), ("new_value", "bytes32"), ("ground", "bytes32"))
    corrected_seq: int
    correction_id: str
    old_value: str
    new_value: str
    ground: str


class VersionAnnounced(ChainEvent, frozen=True, kw_only=True):
    """The register goes on at another address."""

    indexed = (("previous_version", "address"), ("new_version", "address"))
    previous_version: str
    new_version: str


class Anchored(ChainEvent, frozen=True, kw_only=True):
    """The journal's root at a size was anchored."""

    indexed = (("size", "uint64"),)
    data = (("previous_size", "uint64"), ("root", "bytes32"), ("previous_root", "bytes32"))
    size: int
    previous_size: int
    root: str
    previous_root: str


class KeyProposed(ChainEvent, frozen=True, kw_only=True):
    """The anchoring key named its successor."""

    indexed = (("key", "address"),)
    data = (("previous_proposal", "address"), ("proposal", "address"))
    key: str
    previous_proposal: str
    proposal: str


class KeyRotated(ChainEvent, frozen=True, kw_only=True):
    """Another key anchors from now on."""

    indexed = (("previous_key", "address"), ("new_key", "address"))
    previous_key: str
    new_key: str


EVENT_TYPES: tuple[type[ChainEvent], ...] = (
    ItemRefused,
    DealAgreed,
    DealSettled,
    DealUnwound,
    DealsPauseChanged,
    RightRegistered,
    RegistryConfirmed,
    LicenceGranted,
    LicenceEnded,
    PledgeRegistered,
    PledgeDischarged,
    RightFrozen,
    RightReleased,
    Corrected,
    VersionAnnounced,
    Anchored,
    KeyProposed,
    KeyRotated,
)

_REFUSAL_NAMES = (
    "ZeroValue",
    "IdTaken",
    "RecordUnknown",
    "AlreadyEnded",
    "AnotherRight",
    "DealKindUnknown",
    "SellerIsBuyer",
    "DealExpired",
    "SellerSignatureInvalid",
    "BuyerSignatureInvalid",
    "SignatureMalleable",
    "DealStateForbids",
    "DealKindForbids",
    "RightUnknown",
    "HolderMismatch",
    "HolderUnchanged",
    "LicenceTermInvalid",
    "EventUnknown",
)
REFUSALS = {"0x" + keccak(f"{name}()".encode())[:4].hex(): name for name in _REFUSAL_NAMES}
"""Names of the custom errors that `ItemRefused` may carry, by selector."""
