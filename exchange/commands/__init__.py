"""Every command that can be given to the engine: public fields here, confidential terms beside them.

A command's public fields go into the public part of its journal entry and are signed as `content`; its terms go
into a sealed part behind a salted commitment and are signed as `terms`. Free text and names never stand here: a
command holds only their commitments in `erasable`, and the engine never reads what they open to.

Amounts are integer minor units of the currency that the command or its listing names; times are milliseconds UTC.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from exchange.commands.command import (
    Category as Category,
    Command as Command,
    DealKind as DealKind,
    ExportClass as ExportClass,
    FilingKind as FilingKind,
    GivenBy as GivenBy,
    Jurisdiction as Jurisdiction,
    ModeName as ModeName,
    OfficeStatus as OfficeStatus,
    RegisterStatus as RegisterStatus,
    RightType as RightType,
    Role as Role,
    Terms as Terms,
    snake as snake,
)
from exchange.commands.consideration import (
    Arbitration as Arbitration,
    Commission as Commission,
    Consideration as Consideration,
    EntryFeeAndRoyalty as EntryFeeAndRoyalty,
    Equity as Equity,
    Improvements as Improvements,
    Instalment as Instalment,
    Instalments as Instalments,
    Institution as Institution,
    LateInterest as LateInterest,
    ReportingPeriod as ReportingPeriod,
    Royalty as Royalty,
    RoyaltyBase as RoyaltyBase,
    RunningRoyalty as RunningRoyalty,
    Seat as Seat,
    Withholding as Withholding,
)
from exchange.commands.deals import (
    CancelDeal as CancelDeal,
    ChainRecordKind as ChainRecordKind,
    ConfirmDelivery as ConfirmDelivery,
    ConfirmRegistration as ConfirmRegistration,
    DecideLot as DecideLot,
    FileDeal as FileDeal,
    FilingOutcomeTerms as FilingOutcomeTerms,
    FundDeal as FundDeal,
    PayEarnest as PayEarnest,
    RefuseRegistration as RefuseRegistration,
    ReportChainRecord as ReportChainRecord,
    RescindDeal as RescindDeal,
    SignAgreement as SignAgreement,
    SignDeal as SignDeal,
    UnwindDeal as UnwindDeal,
)
from exchange.commands.deposits import (
    DepositGround as DepositGround,
    DepositTerms as DepositTerms,
    ReleaseDeposit as ReleaseDeposit,
)
from exchange.commands.disputes import (
    DisputeBody as DisputeBody,
    DisputeGround as DisputeGround,
    DisputeOutcome as DisputeOutcome,
    OrderReverseDeal as OrderReverseDeal,
    RaiseDispute as RaiseDispute,
    RecordDisputeOutcome as RecordDisputeOutcome,
    ReverseDealTerms as ReverseDealTerms,
)
from exchange.commands.documents import (
    DocumentKind as DocumentKind,
    DocumentTerms as DocumentTerms,
    RecordDocument as RecordDocument,
)
from exchange.commands.evidence import (
    EvidenceKind as EvidenceKind,
    EvidenceTerms as EvidenceTerms,
    HoldGround as HoldGround,
    LegalHoldTerms as LegalHoldTerms,
    LiftLegalHold as LiftLegalHold,
    LodgeEvidence as LodgeEvidence,
    PlaceLegalHold as PlaceLegalHold,
)
from exchange.commands.fees import (
    FeeBand as FeeBand,
    SetFeeSchedule as SetFeeSchedule,
)
from exchange.commands.first_refusals import (
    Completer as Completer,
    CompletersTerms as CompletersTerms,
    ExerciseRefusal as ExerciseRefusal,
    GiveRefusalNotice as GiveRefusalNotice,
    RecordCompleters as RecordCompleters,
    RefusalTerms as RefusalTerms,
    WaiveRefusal as WaiveRefusal,
)
from exchange.commands.freezes import (
    ExtendFreeze as ExtendFreeze,
    FreezeGround as FreezeGround,
    LiftFreeze as LiftFreeze,
    RecordFreeze as RecordFreeze,
)
from exchange.commands.listings import (
    AcceptAward as AcceptAward,
    AcceptBid as AcceptBid,
    AcceptPrice as AcceptPrice,
    AmendBid as AmendBid,
    ApproveListing as ApproveListing,
    Bidding as Bidding,
    BidTerms as BidTerms,
    ConsentToDeal as ConsentToDeal,
    ConsentToListing as ConsentToListing,
    CoOwnerConsentTerms as CoOwnerConsentTerms,
    Criterion as Criterion,
    CriterionCode as CriterionCode,
    DeclineAward as DeclineAward,
    LeaveListing as LeaveListing,
    ListingTerms as ListingTerms,
    LodgeCoOwnerConsent as LodgeCoOwnerConsent,
    LotMember as LotMember,
    PlaceBid as PlaceBid,
    Preview as Preview,
    QualifyBidder as QualifyBidder,
    RegisterBidder as RegisterBidder,
    RejectListing as RejectListing,
    SubmitListing as SubmitListing,
    Undertaking as Undertaking,
    WithdrawBid as WithdrawBid,
    WithdrawListing as WithdrawListing,
)
from exchange.commands.money import (
    ApprovalTerms as ApprovalTerms,
    ApprovePayment as ApprovePayment,
    AssignSuspense as AssignSuspense,
    RecordStatementLine as RecordStatementLine,
    RefusePayment as RefusePayment,
    RequestWithdrawal as RequestWithdrawal,
    ResumeReleases as ResumeReleases,
    ReturnSuspense as ReturnSuspense,
    StatementLineTerms as StatementLineTerms,
    WithdrawalTerms as WithdrawalTerms,
    WithdrawFees as WithdrawFees,
)
from exchange.commands.needs import (
    AmendNeed as AmendNeed,
    FulfilNeed as FulfilNeed,
    NeedTerms as NeedTerms,
    PostNeed as PostNeed,
    WithdrawNeed as WithdrawNeed,
)
from exchange.commands.objections import (
    DecideObjection as DecideObjection,
    ObjectionGround as ObjectionGround,
    ObjectToListing as ObjectToListing,
    WithdrawObjection as WithdrawObjection,
)
from exchange.commands.obligations import (
    CallInspection as CallInspection,
    ChooseRemedy as ChooseRemedy,
    DemandInstalments as DemandInstalments,
    InspectionTerms as InspectionTerms,
    PartTerms as PartTerms,
    PayObligation as PayObligation,
    PayPart as PayPart,
    RemedyTerms as RemedyTerms,
    ReportRoyalty as ReportRoyalty,
    RoyaltyReportTerms as RoyaltyReportTerms,
    StateInspection as StateInspection,
)
from exchange.commands.offers import (
    OfferWithdrawalTerms as OfferWithdrawalTerms,
    ReportPartyMessage as ReportPartyMessage,
    SignOffer as SignOffer,
    WithdrawOffer as WithdrawOffer,
)
from exchange.commands.orders import (
    AmendOrder as AmendOrder,
    CancelOrder as CancelOrder,
    CancelOrders as CancelOrders,
    OrderSide as OrderSide,
    OrderTerms as OrderTerms,
    OrderTime as OrderTime,
    OrderType as OrderType,
    PlaceOrder as PlaceOrder,
)
from exchange.commands.parties import (
    AdvanceCounter as AdvanceCounter,
    ApplyParty as ApplyParty,
    AppointAgent as AppointAgent,
    ApproveParty as ApproveParty,
    ChooseDealKey as ChooseDealKey,
    CloseParty as CloseParty,
    DismissAgent as DismissAgent,
    EndAffiliation as EndAffiliation,
    EnrolKey as EnrolKey,
    IssueApiKey as IssueApiKey,
    KeyTerms as KeyTerms,
    Paper as Paper,
    PaperKind as PaperKind,
    PartyTerms as PartyTerms,
    ProposeRecovery as ProposeRecovery,
    RecordAffiliation as RecordAffiliation,
    ReportKey as ReportKey,
    RevokeKey as RevokeKey,
    RotateKey as RotateKey,
    SuspendParty as SuspendParty,
    VerificationTerms as VerificationTerms,
    VerifyParty as VerifyParty,
    VetoRecovery as VetoRecovery,
)
from exchange.commands.pledges import (
    ChangePledge as ChangePledge,
    ConfirmPledgeFiling as ConfirmPledgeFiling,
    ConsentToPledge as ConsentToPledge,
    DischargePledge as DischargePledge,
    DrawUpPledge as DrawUpPledge,
    EnforcePledge as EnforcePledge,
    FilePledge as FilePledge,
    HandInPledge as HandInPledge,
    LodgePledgeConsent as LodgePledgeConsent,
    Obstacle as Obstacle,
    PledgeChangeTerms as PledgeChangeTerms,
    PledgeConsentTerms as PledgeConsentTerms,
    PledgeKind as PledgeKind,
    PledgeTerms as PledgeTerms,
    RecordPledgeRefusal as RecordPledgeRefusal,
    RefusePledgeFiling as RefusePledgeFiling,
    SignPledge as SignPledge,
    WithdrawPledge as WithdrawPledge,
)
from exchange.commands.proposals import (
    AcceptProposal as AcceptProposal,
    MakeProposal as MakeProposal,
    ProposalTerms as ProposalTerms,
    RefuseProposal as RefuseProposal,
)
from exchange.commands.rates import (
    RateSource as RateSource,
    RecordExchangeRate as RecordExchangeRate,
)
from exchange.commands.rewards import (
    RecordReward as RecordReward,
    RewardBasis as RewardBasis,
    RewardGround as RewardGround,
    RewardTerms as RewardTerms,
)
from exchange.commands.rights import (
    Achievement as Achievement,
    ClassifyExport as ClassifyExport,
    Holder as Holder,
    HoldingTerms as HoldingTerms,
    ImportRight as ImportRight,
    Pledge as Pledge,
    RecordHolding as RecordHolding,
    RecordRegisterCopy as RecordRegisterCopy,
    RegisteredLicence as RegisteredLicence,
    RegisterFacts as RegisterFacts,
    StandingLicenceKind as StandingLicenceKind,
    TieFamily as TieFamily,
)
from exchange.commands.sealed_bids import (
    RecordScores as RecordScores,
    RevealBid as RevealBid,
    RevealTerms as RevealTerms,
    ScoreSheet as ScoreSheet,
    ScoreTerms as ScoreTerms,
    SealBid as SealBid,
)
from exchange.commands.surveillance import (
    CaseOutcome as CaseOutcome,
    CloseSurveillanceCase as CloseSurveillanceCase,
    OpenSurveillanceCase as OpenSurveillanceCase,
    SurveillanceCaseTerms as SurveillanceCaseTerms,
)
from exchange.commands.venue import (
    ActivateVersion as ActivateVersion,
    CalendarPlace as CalendarPlace,
    EraseSealedPart as EraseSealedPart,
    HaltGround as HaltGround,
    HaltTrading as HaltTrading,
    JumpClock as JumpClock,
    OpenVenue as OpenVenue,
    Outage as Outage,
    RecordStateHash as RecordStateHash,
    RecordTradingAuthorisation as RecordTradingAuthorisation,
    RecoverChain as RecoverChain,
    ResumeTrading as ResumeTrading,
    SetCalendar as SetCalendar,
    Tick as Tick,
    WithdrawTradingAuthorisation as WithdrawTradingAuthorisation,
)

AnyCommand: TypeAlias = (
    OpenVenue | ActivateVersion | Tick | Outage | RecordStateHash | JumpClock | SetCalendar | RecoverChain
    | RecordTradingAuthorisation | WithdrawTradingAuthorisation | HaltTrading | ResumeTrading
    | EraseSealedPart
    | ApplyParty | VerifyParty | ApproveParty | SuspendParty | CloseParty | RecordAffiliation | EndAffiliation
    | AppointAgent | DismissAgent | IssueApiKey
    | EnrolKey | ChooseDealKey | RotateKey | RevokeKey | AdvanceCounter | ReportKey
    | ProposeRecovery | VetoRecovery
    | ImportRight | RecordRegisterCopy | ClassifyExport | RecordHolding | RecordCompleters | TieFamily
    | SubmitListing | ApproveListing | RejectListing | WithdrawListing
    | ConsentToDeal | ConsentToListing | LodgeCoOwnerConsent
    | MakeProposal | AcceptProposal | RefuseProposal
    | SealBid | RevealBid | RecordScores | AcceptAward | DeclineAward
    | PlaceOrder | AmendOrder | CancelOrder | CancelOrders
    | PostNeed | AmendNeed | WithdrawNeed | FulfilNeed
    | RecordDocument | ObjectToListing | WithdrawObjection | DecideObjection
    | SignOffer | WithdrawOffer | ReportPartyMessage
    | RegisterBidder | QualifyBidder | LeaveListing | PlaceBid | AmendBid | WithdrawBid | AcceptPrice | AcceptBid
    | GiveRefusalNotice | WaiveRefusal | ExerciseRefusal
    | SignAgreement | PayEarnest
    | SignDeal | CancelDeal | FundDeal | FileDeal | ConfirmRegistration | RefuseRegistration | ConfirmDelivery
    | DecideLot | RescindDeal
    | UnwindDeal | ReportChainRecord
    | PayObligation | PayPart | ReportRoyalty | CallInspection | StateInspection | DemandInstalments | ChooseRemedy
    | RaiseDispute | RecordDisputeOutcome | OrderReverseDeal | RecordFreeze | ExtendFreeze | LiftFreeze
    | DrawUpPledge | SignPledge | WithdrawPledge | FilePledge | RecordPledgeRefusal | ChangePledge | DischargePledge
    | EnforcePledge | HandInPledge | ConfirmPledgeFiling | RefusePledgeFiling | ConsentToPledge | LodgePledgeConsent
    | RecordStatementLine | RequestWithdrawal | ApprovePayment | RefusePayment
    | SetFeeSchedule | RecordReward | RecordExchangeRate
    | AssignSuspense | ReturnSuspense | WithdrawFees | ResumeReleases | ReleaseDeposit
    | LodgeEvidence | PlaceLegalHold | LiftLegalHold
    | OpenSurveillanceCase | CloseSurveillanceCase
)  # fmt: skip

_DECODER: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


def decode_command(data: bytes) -> AnyCommand:
    """Read a command's public fields from JSON.

    Raises:
        msgspec.ValidationError: unknown type or field, or a value of the wrong shape.
        msgspec.DecodeError: no JSON.
    """
    return _DECODER.decode(data)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the sequencer hands to the engine: one command with its time and whoever gave it.

    time_ms: the entry's time, never earlier than the entry before. actor: a party id, or `venue` for operators and
    services. signer: the address (EIP-55) that the instruction's signature recovers to, empty for the sequencer's
    own commands. terms_salt: 32 bytes, hex, of the terms' commitment. api_key_sha256: of the key that the front
    door issued with this command, if any. entry: the number of the journal's entry that it is.
    """

    time_ms: int
    actor: str
    signer: str
    command: AnyCommand
    terms: Terms | None = None
    terms_salt: str = ""
    api_key_sha256: str = ""
    entry: int | None = None
