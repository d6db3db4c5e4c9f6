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
    Category,
    Command,
    DealKind,
    ExportClass,
    FilingKind,
    GivenBy,
    Jurisdiction,
    ModeName,
    RegisterStatus,
    RightType,
    Role,
    Terms,
    snake,
)
from exchange.commands.deals import (
    CancelDeal,
    ChainRecordKind,
    ConfirmDelivery,
    ConfirmRegistration,
    FileDeal,
    FilingOutcomeTerms,
    FundDeal,
    RefuseRegistration,
    ReportChainRecord,
    SignAgreement,
    SignDeal,
    UnwindDeal,
)
from exchange.commands.listings import (
    AcceptBid,
    AcceptPrice,
    AmendBid,
    ApproveListing,
    BidTerms,
    ConsentToDeal,
    LeaveListing,
    ListingTerms,
    PlaceBid,
    QualifyBidder,
    RegisterBidder,
    RejectListing,
    SubmitListing,
    WithdrawBid,
    WithdrawListing,
)
from exchange.commands.money import (
    ApprovalTerms,
    ApprovePayment,
    AssignSuspense,
    RecordStatementLine,
    RefusePayment,
    RequestWithdrawal,
    ResumeReleases,
    ReturnSuspense,
    StatementLineTerms,
    WithdrawalTerms,
    WithdrawFees,
)
from exchange.commands.offers import OfferWithdrawalTerms, ReportPartyMessage, SignOffer, WithdrawOffer
from exchange.commands.parties import (
    AdvanceCounter,
    ApplyParty,
    AppointAgent,
    ApproveParty,
    ChooseDealKey,
    DismissAgent,
    EnrolKey,
    IssueApiKey,
    KeyTerms,
    PartyTerms,
    ProposeRecovery,
    RecordAffiliation,
    ReportKey,
    RevokeKey,
    RotateKey,
    SuspendParty,
    VetoRecovery,
)
from exchange.commands.proposals import AcceptProposal, MakeProposal, ProposalTerms, RefuseProposal
from exchange.commands.rights import (
    Achievement,
    ClassifyExport,
    Holder,
    ImportRight,
    Pledge,
    RecordRegisterCopy,
    RegisterFacts,
)
from exchange.commands.venue import (
    ActivateVersion,
    EraseSealedPart,
    JumpClock,
    OpenVenue,
    Outage,
    RecordStateHash,
    RecoverChain,
    SetCalendar,
    Tick,
)

__all__ = [
    "AcceptBid",
    "AcceptPrice",
    "AcceptProposal",
    "Achievement",
    "ActivateVersion",
    "AdvanceCounter",
    "AmendBid",
    "AnyCommand",
    "ApplyParty",
    "AppointAgent",
    "ApprovalTerms",
    "ApproveListing",
    "ApproveParty",
    "ApprovePayment",
    "AssignSuspense",
    "BidTerms",
    "CancelDeal",
    "Category",
    "ChainRecordKind",
    "ChooseDealKey",
    "ClassifyExport",
    "Command",
    "ConfirmDelivery",
    "ConfirmRegistration",
    "ConsentToDeal",
    "DealKind",
    "DismissAgent",
    "EnrolKey",
    "EraseSealedPart",
    "ExportClass",
    "FileDeal",
    "FilingKind",
    "FilingOutcomeTerms",
    "FundDeal",
    "GivenBy",
    "Holder",
    "ImportRight",
    "IssueApiKey",
    "JumpClock",
    "Jurisdiction",
    "KeyTerms",
    "LeaveListing",
    "ListingTerms",
    "MakeProposal",
    "ModeName",
    "OfferWithdrawalTerms",
    "OpenVenue",
    "Outage",
    "PartyTerms",
    "PlaceBid",
    "Pledge",
    "ProposalTerms",
    "ProposeRecovery",
    "QualifyBidder",
    "RecordAffiliation",
    "RecordRegisterCopy",
    "RecordStateHash",
    "RecordStatementLine",
    "RecoverChain",
    "RefusePayment",
    "RefuseProposal",
    "RefuseRegistration",
    "RegisterBidder",
    "RegisterFacts",
    "RegisterStatus",
    "RejectListing",
    "ReportChainRecord",
    "ReportKey",
    "ReportPartyMessage",
    "Request",
    "RequestWithdrawal",
    "ResumeReleases",
    "ReturnSuspense",
    "RevokeKey",
    "RightType",
    "Role",
    "RotateKey",
    "SetCalendar",
    "SignAgreement",
    "SignDeal",
    "SignOffer",
    "StatementLineTerms",
    "SubmitListing",
    "SuspendParty",
    "Terms",
    "Tick",
    "UnwindDeal",
    "VetoRecovery",
    "WithdrawBid",
    "WithdrawFees",
    "WithdrawListing",
    "WithdrawOffer",
    "WithdrawalTerms",
    "decode_command",
    "snake",
]

AnyCommand: TypeAlias = (
    OpenVenue | ActivateVersion | Tick | Outage | RecordStateHash | JumpClock | SetCalendar | RecoverChain
    | EraseSealedPart
    | ApplyParty | ApproveParty | SuspendParty | RecordAffiliation | AppointAgent | DismissAgent | IssueApiKey
    | EnrolKey | ChooseDealKey | RotateKey | RevokeKey | AdvanceCounter | ReportKey
    | ProposeRecovery | VetoRecovery
    | ImportRight | RecordRegisterCopy | ClassifyExport
    | SubmitListing | ApproveListing | RejectListing | WithdrawListing | ConsentToDeal
    | MakeProposal | AcceptProposal | RefuseProposal
    | SignOffer | WithdrawOffer | ReportPartyMessage
    | RegisterBidder | QualifyBidder | LeaveListing | PlaceBid | AmendBid | WithdrawBid | AcceptPrice | AcceptBid
    | SignAgreement
    | SignDeal | CancelDeal | FundDeal | FileDeal | ConfirmRegistration | RefuseRegistration | ConfirmDelivery
    | UnwindDeal | ReportChainRecord
    | RecordStatementLine | RequestWithdrawal | ApprovePayment | RefusePayment
    | AssignSuspense | ReturnSuspense | WithdrawFees | ResumeReleases
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
    door issued with this command, if any.
    """

    time_ms: int
    actor: str
    signer: str
    command: AnyCommand
    terms: Terms | None = None
    terms_salt: str = ""
    api_key_sha256: str = ""
