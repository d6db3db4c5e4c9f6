"""Every event that the engine can answer with.

Events are confidential in whole: the journal keeps them in a sealed part (`outcome`), and what the public may see of
them is recorded on the chain.

Amounts are integer minor units; times are milliseconds UTC.
"""

from __future__ import annotations

from typing import TypeAlias

from exchange.events.deals import (
    ChainRecordReported,
    DealCancelled,
    DealChanged,
    DealSigned,
    DeliveryConfirmed,
    LicenceChanged,
    LicenceTermChanged,
    SignaturesVoided,
)
from exchange.events.event import Event
from exchange.events.keys import (
    CounterAdvanced,
    DealKeyChosen,
    KeyEnrolled,
    KeyRevoked,
    KeyRotated,
    RecoveryChanged,
    RecoveryDue,
    RecoveryProposed,
    RecoveryVetoed,
)
from exchange.events.listings import (
    BidAmended,
    BidChanged,
    BidderChanged,
    BidPlaced,
    ClosePostponed,
    ListingChanged,
    PledgeeConsented,
    PriceDropped,
    ProposalChanged,
    ProposalMade,
)
from exchange.events.money import (
    FirstApproval,
    PaymentChanged,
    Posted,
    ReleasesChanged,
    StatementLineMatched,
    SuspenseAssigned,
)
from exchange.events.offers import DealLeftOffer, OfferEnded, OfferSigned, OfferWithdrawing, OfferWithdrawn
from exchange.events.parties import (
    AffiliationRecorded,
    AgentAppointed,
    AgentDismissed,
    ApiKeyIssued,
    PartyApplied,
    PartyApproved,
    PartySuspended,
)
from exchange.events.rights import (
    ExportClassified,
    FreezeSeen,
    HolderChanged,
    PledgeSeen,
    RegisterCopyRecorded,
    RightCorrected,
    RightImported,
)
from exchange.events.venue import (
    CalendarSet,
    ChainRecovered,
    ClockJumped,
    DeadlineFired,
    OutageRecorded,
    SealedPartErased,
    StateHashRecorded,
    VenueOpened,
    VersionActivated,
)

__all__ = [
    "AffiliationRecorded",
    "AgentAppointed",
    "AgentDismissed",
    "AnyEvent",
    "ApiKeyIssued",
    "BidAmended",
    "BidChanged",
    "BidPlaced",
    "BidderChanged",
    "CalendarSet",
    "ChainRecordReported",
    "ChainRecovered",
    "ClockJumped",
    "ClosePostponed",
    "CounterAdvanced",
    "DeadlineFired",
    "DealCancelled",
    "DealChanged",
    "DealKeyChosen",
    "DealLeftOffer",
    "DealSigned",
    "DeliveryConfirmed",
    "Event",
    "ExportClassified",
    "FirstApproval",
    "FreezeSeen",
    "HolderChanged",
    "KeyEnrolled",
    "KeyRevoked",
    "KeyRotated",
    "LicenceChanged",
    "LicenceTermChanged",
    "ListingChanged",
    "OfferEnded",
    "OfferSigned",
    "OfferWithdrawing",
    "OfferWithdrawn",
    "OutageRecorded",
    "PartyApplied",
    "PartyApproved",
    "PartySuspended",
    "PaymentChanged",
    "PledgeSeen",
    "PledgeeConsented",
    "Posted",
    "PriceDropped",
    "ProposalChanged",
    "ProposalMade",
    "RecoveryChanged",
    "RecoveryDue",
    "RecoveryProposed",
    "RecoveryVetoed",
    "RegisterCopyRecorded",
    "ReleasesChanged",
    "RightCorrected",
    "RightImported",
    "SealedPartErased",
    "SignaturesVoided",
    "StateHashRecorded",
    "StatementLineMatched",
    "SuspenseAssigned",
    "VenueOpened",
    "VersionActivated",
]

AnyEvent: TypeAlias = (
    VenueOpened | VersionActivated | OutageRecorded | ClockJumped | CalendarSet | ChainRecovered | StateHashRecorded
    | SealedPartErased
    | PartyApplied | PartyApproved | PartySuspended | AffiliationRecorded | AgentAppointed | AgentDismissed
    | ApiKeyIssued | KeyEnrolled | KeyRotated | KeyRevoked | CounterAdvanced | SignaturesVoided
    | OfferSigned | OfferWithdrawing | OfferWithdrawn | OfferEnded | DealLeftOffer | DealCancelled
    | RecoveryProposed | RecoveryVetoed | RecoveryDue | RecoveryChanged
    | DealKeyChosen | RightImported | RightCorrected | RegisterCopyRecorded | HolderChanged
    | PledgeSeen | FreezeSeen | ExportClassified
    | ListingChanged | BidderChanged | PledgeeConsented | BidPlaced | BidAmended | BidChanged
    | ClosePostponed | PriceDropped | ProposalMade | ProposalChanged
    | DealChanged | DealSigned | DeliveryConfirmed | LicenceChanged | LicenceTermChanged
    | ChainRecordReported
    | Posted | StatementLineMatched | PaymentChanged | FirstApproval | SuspenseAssigned | ReleasesChanged
    | DeadlineFired
)  # fmt: skip
