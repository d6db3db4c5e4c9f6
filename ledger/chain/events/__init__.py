"""The typed events of the contracts, and the names of the grounds on which they refuse an item.

Fields carry the contract's names in Python's spelling. Hashes are text, 0x and 64 hex digits; addresses 0x and 40,
lower case; times Unix seconds.
"""

from __future__ import annotations

from ledger.chain.events.administration import (
    Anchored,
    AnchorKeyProposed,
    AnchorKeyRotated,
    DealsPauseChanged,
    SealedBidsFixed,
    VersionAnnounced,
)
from ledger.chain.events.base import REFUSALS, ChainEvent, ItemRefused, Place
from ledger.chain.events.deals import (
    DealAgreed,
    DealCancelled,
    DealSettled,
    DealUnwound,
    LicenceEnded,
    LicenceGranted,
)
from ledger.chain.events.encumbrances import PledgeDischarged, PledgeRegistered, RightFrozen, RightReleased
from ledger.chain.events.fills import OrdersFilled
from ledger.chain.events.keys import (
    CounterAdvanced,
    KeyEnrolled,
    KeyRecovered,
    KeyRevoked,
    KeyRotated,
    RecoveryProposed,
    RecoveryVetoed,
    StandingChanged,
)
from ledger.chain.events.offers import OfferAccepted, OfferMade, OfferWithdrawn
from ledger.chain.events.rights import Corrected, RegistryConfirmed, RightRegistered

__all__ = [
    "EVENT_TYPES",
    "REFUSALS",
    "AnchorKeyProposed",
    "AnchorKeyRotated",
    "Anchored",
    "ChainEvent",
    "Corrected",
    "CounterAdvanced",
    "DealAgreed",
    "DealCancelled",
    "DealSettled",
    "DealUnwound",
    "DealsPauseChanged",
    "ItemRefused",
    "KeyEnrolled",
    "KeyRecovered",
    "KeyRevoked",
    "KeyRotated",
    "LicenceEnded",
    "LicenceGranted",
    "OfferAccepted",
    "OfferMade",
    "OfferWithdrawn",
    "OrdersFilled",
    "Place",
    "PledgeDischarged",
    "PledgeRegistered",
    "RecoveryProposed",
    "RecoveryVetoed",
    "RegistryConfirmed",
    "RightFrozen",
    "RightRegistered",
    "RightReleased",
    "SealedBidsFixed",
    "StandingChanged",
    "VersionAnnounced",
]

EVENT_TYPES: tuple[type[ChainEvent], ...] = (
    ItemRefused,
    DealAgreed,
    DealSettled,
    DealUnwound,
    DealCancelled,
    LicenceGranted,
    LicenceEnded,
    OfferMade,
    OfferAccepted,
    OfferWithdrawn,
    OrdersFilled,
    KeyEnrolled,
    KeyRotated,
    KeyRevoked,
    CounterAdvanced,
    RecoveryProposed,
    RecoveryVetoed,
    KeyRecovered,
    StandingChanged,
    RightRegistered,
    RegistryConfirmed,
    Corrected,
    PledgeRegistered,
    PledgeDischarged,
    RightFrozen,
    RightReleased,
    DealsPauseChanged,
    VersionAnnounced,
    SealedBidsFixed,
    Anchored,
    AnchorKeyProposed,
    AnchorKeyRotated,
)
