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
    DealDefaulted,
    DealOverdue,
    DealSigned,
    DeliveryConfirmed,
    EarnestPaid,
    HeadLicensorNoticed,
    LicenceChanged,
    LicenceTermChanged,
    SignaturesVoided,
    SuspendedLicenceMoved,
)
from exchange.events.deposits import DepositChanged
from exchange.events.disputes import DisputeChanged, DisputedDealMoved
from exchange.events.documents import (
    DocumentRecorded,
    ExportPapersVoided,
    LetterOverdue,
    ObjectionChanged,
    ObjectionMade,
)
from exchange.events.encumbrances import (
    FreezeNoticeChanged,
    PledgeConsented,
    PledgeContractChanged,
    PledgeFilingDecided,
)
from exchange.events.event import Event
from exchange.events.evidence import EvidenceLodged, LegalHoldChanged
from exchange.events.fees import FeeScheduleSet
from exchange.events.first_refusals import (
    CompletersFound,
    RefusalExercised,
    RefusalNoticed,
    RefusalWaived,
)
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
    AwardOffered,
    BidAmended,
    BidChanged,
    BidderChanged,
    BidPlaced,
    ClosePostponed,
    CoOwnerConsented,
    ListingChanged,
    LotBroken,
    LotDecided,
    PledgeeConsented,
    PriceDropped,
    ProposalChanged,
    ProposalMade,
    RoundBegun,
)
from exchange.events.money import (
    FirstApproval,
    HoldChanged,
    PaymentChanged,
    Posted,
    ReleasesChanged,
    StatementLineMatched,
    SuspenseAssigned,
)
from exchange.events.needs import NeedAmended, NeedChanged, NeedPosted
from exchange.events.obligations import (
    InspectionChanged,
    InstalmentsDemanded,
    ObligationChanged,
    RemedyChosen,
    RoyaltyReported,
)
from exchange.events.offers import DealLeftOffer, OfferEnded, OfferSigned, OfferWithdrawing, OfferWithdrawn
from exchange.events.orders import (
    CallEnded,
    OrderAmended,
    OrderChanged,
    OrderPlaced,
    OrderSigned,
    OrdersMatched,
)
from exchange.events.parties import (
    AffiliationEnded,
    AffiliationRecorded,
    AgentAppointed,
    AgentDismissed,
    ApiKeyIssued,
    PartyApplied,
    PartyApproved,
    PartyClosed,
    PartySuspended,
    PartyVerified,
)
from exchange.events.rates import ExchangeRateRecorded, ExchangeRateUsed
from exchange.events.rewards import RewardRecorded
from exchange.events.rights import (
    ExportClassified,
    FamilyTied,
    FreezeSeen,
    HolderChanged,
    HoldingRecorded,
    PledgeSeen,
    RegisterCopyRecorded,
    RightCorrected,
    RightImported,
)
from exchange.events.sealed_bids import BidRevealed, BidSealed, SealedBidsFixed, TenderScored
from exchange.events.surveillance import SurveillanceCaseChanged
from exchange.events.venue import (
    CalendarSet,
    ChainRecovered,
    ClockJumped,
    DeadlineFired,
    OutageRecorded,
    SealedPartErased,
    StateHashRecorded,
    TradingAuthorisationWithdrawn,
    TradingAuthorised,
    TradingHalted,
    TradingResumed,
    VenueOpened,
    VersionActivated,
)

__all__ = [
    "AffiliationEnded",
    "AffiliationRecorded",
    "AgentAppointed",
    "AgentDismissed",
    "AnyEvent",
    "ApiKeyIssued",
    "AwardOffered",
    "BidAmended",
    "BidChanged",
    "BidPlaced",
    "BidRevealed",
    "BidSealed",
    "BidderChanged",
    "CalendarSet",
    "CallEnded",
    "ChainRecordReported",
    "ChainRecovered",
    "ClockJumped",
    "ClosePostponed",
    "CoOwnerConsented",
    "CompletersFound",
    "CounterAdvanced",
    "DeadlineFired",
    "DealCancelled",
    "DealChanged",
    "DealDefaulted",
    "DealKeyChosen",
    "DealLeftOffer",
    "DealOverdue",
    "DealSigned",
    "DeliveryConfirmed",
    "DepositChanged",
    "DisputeChanged",
    "DisputedDealMoved",
    "DocumentRecorded",
    "EarnestPaid",
    "Event",
    "EvidenceLodged",
    "ExchangeRateRecorded",
    "ExchangeRateUsed",
    "ExportClassified",
    "ExportPapersVoided",
    "FamilyTied",
    "FeeScheduleSet",
    "FirstApproval",
    "FreezeNoticeChanged",
    "FreezeSeen",
    "HeadLicensorNoticed",
    "HoldChanged",
    "HolderChanged",
    "HoldingRecorded",
    "InspectionChanged",
    "InstalmentsDemanded",
    "KeyEnrolled",
    "KeyRevoked",
    "KeyRotated",
    "LegalHoldChanged",
    "LetterOverdue",
    "LicenceChanged",
    "LicenceTermChanged",
    "ListingChanged",
    "LotBroken",
    "LotDecided",
    "NeedAmended",
    "NeedChanged",
    "NeedPosted",
    "ObjectionChanged",
    "ObjectionMade",
    "ObligationChanged",
    "OfferEnded",
    "OfferSigned",
    "OfferWithdrawing",
    "OfferWithdrawn",
    "OrderAmended",
    "OrderChanged",
    "OrderPlaced",
    "OrderSigned",
    "OrdersMatched",
    "OutageRecorded",
    "PartyApplied",
    "PartyApproved",
    "PartyClosed",
    "PartySuspended",
    "PartyVerified",
    "PaymentChanged",
    "PledgeConsented",
    "PledgeContractChanged",
    "PledgeFilingDecided",
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
    "RefusalExercised",
    "RefusalNoticed",
    "RefusalWaived",
    "RegisterCopyRecorded",
    "ReleasesChanged",
    "RemedyChosen",
    "RewardRecorded",
    "RightCorrected",
    "RightImported",
    "RoundBegun",
    "RoyaltyReported",
    "SealedBidsFixed",
    "SealedPartErased",
    "SignaturesVoided",
    "StateHashRecorded",
    "StatementLineMatched",
    "SurveillanceCaseChanged",
    "SuspendedLicenceMoved",
    "SuspenseAssigned",
    "TenderScored",
    "TradingAuthorisationWithdrawn",
    "TradingAuthorised",
    "TradingHalted",
    "TradingResumed",
    "VenueOpened",
    "VersionActivated",
]

AnyEvent: TypeAlias = (
    VenueOpened | VersionActivated | OutageRecorded | ClockJumped | CalendarSet | ChainRecovered | StateHashRecorded
    | TradingAuthorised | TradingAuthorisationWithdrawn | TradingHalted | TradingResumed | SealedPartErased
    | PartyApplied | PartyVerified | PartyApproved | PartySuspended | PartyClosed | AffiliationRecorded
    | AffiliationEnded | AgentAppointed | AgentDismissed
    | ApiKeyIssued | KeyEnrolled | KeyRotated | KeyRevoked | CounterAdvanced | SignaturesVoided
    | OfferSigned | OfferWithdrawing | OfferWithdrawn | OfferEnded | DealLeftOffer | DealCancelled
    | RecoveryProposed | RecoveryVetoed | RecoveryDue | RecoveryChanged
    | DealKeyChosen | RightImported | RightCorrected | RegisterCopyRecorded | HolderChanged
    | PledgeSeen | FreezeSeen | ExportClassified | HoldingRecorded | FamilyTied
    | ListingChanged | BidderChanged | PledgeeConsented | CoOwnerConsented | BidPlaced | BidAmended | BidChanged
    | ClosePostponed | PriceDropped | RoundBegun | ProposalMade | ProposalChanged
    | AwardOffered | DealDefaulted | LotBroken | LotDecided
    | CompletersFound | RefusalNoticed | RefusalWaived | RefusalExercised
    | DocumentRecorded | ExportPapersVoided | LetterOverdue | ObjectionMade | ObjectionChanged
    | BidSealed | SealedBidsFixed | BidRevealed | TenderScored
    | OrderPlaced | OrderSigned | OrderAmended | OrdersMatched | OrderChanged | CallEnded
    | NeedPosted | NeedAmended | NeedChanged
    | DealOverdue | DealChanged | DealSigned | DeliveryConfirmed | EarnestPaid
    | HeadLicensorNoticed | LicenceChanged | LicenceTermChanged | SuspendedLicenceMoved
    | FeeScheduleSet | RewardRecorded | ExchangeRateRecorded | ExchangeRateUsed
    | DepositChanged
    | DisputeChanged | DisputedDealMoved | FreezeNoticeChanged | PledgeConsented | PledgeContractChanged
    | PledgeFilingDecided
    | ObligationChanged | RoyaltyReported | InspectionChanged | InstalmentsDemanded | RemedyChosen
    | ChainRecordReported
    | Posted | HoldChanged | StatementLineMatched | PaymentChanged | FirstApproval | SuspenseAssigned | ReleasesChanged
    | EvidenceLodged | LegalHoldChanged | SurveillanceCaseChanged
    | DeadlineFired
)  # fmt: skip
