"""Every command that can be given to the engine: public fields here, confidential terms beside them.

A command's public fields go into the public part of its journal entry and are signed as `content`; its terms go
into a sealed part behind a salted commitment and are signed as `terms`. Free text and names never stand here: a
command holds only their commitments in `erasable`, and the engine never reads what they open to.

Amounts are integer minor units of the currency that the command or its listing names; times are milliseconds UTC.
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal, TypeAlias

import msgspec

from exchange.money.amount import Currency

GivenBy = Literal["applicant", "party", "enrolled", "operator", "service", "sequencer"]
Jurisdiction = Literal["CN", "HK", "MO", "TW", "US", "EP", "OTHER"]
Role = Literal["seller", "buyer", "pledgee", "agent"]
Category = Literal["company", "university", "research_institute", "state_enterprise", "bank", "fund"]
RightType = Literal["invention", "utility_model", "design", "application", "achievement"]
RegisterStatus = Literal["application", "granted", "expired", "lapsed", "invalidated", "achievement"]
ExportClass = Literal["unclassified", "free", "restricted", "prohibited"]
DealKind = Literal["assignment", "exclusive_licence", "sole_licence", "ordinary_licence"]
ModeName = Literal["posted", "competitive"]
FilingKind = Literal["assignment", "licence_recordal"]


def snake(name: str) -> str:
    """`PlaceBid` as `place_bid`: the stable type tag of a command or event."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Confidential terms of a command: the engine reads them, the public sees a salted commitment."""


class Command(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=snake, tag_field="type"
):
    """A command's public fields. `erasable` maps a label to the commitment (32 bytes, hex) of an erasable part."""

    given_by: ClassVar[GivenBy] = "party"
    terms_type: ClassVar[type[Terms] | None] = None
    erasable: dict[str, str] = {}


# --- the venue -----------------------------------------------------------------------------------------------


class OpenVenue(Command, frozen=True):
    """The first command of every journal: what this venue is, on which chain, and whose keys it accepts."""

    given_by: ClassVar[GivenBy] = "sequencer"
    profile: Literal["mainland", "hong-kong", "macau"]
    chain_id: int
    register: str
    anchor: str
    operators: tuple[str, ...]
    service: str
    bank: str
    office: str
    receipt_key: str
    fee_basis_points: int
    simulated: bool


class ActivateVersion(Command, frozen=True):
    """From this entry on the named versions of entry schema, engine and rulebook apply."""

    given_by: ClassVar[GivenBy] = "sequencer"
    schema: int
    engine: int
    rulebook: int


class Tick(Command, frozen=True):
    """Time has come to what is due: fires every deadline up to the entry's time, in order (deadline, id)."""

    given_by: ClassVar[GivenBy] = "sequencer"


class Outage(Command, frozen=True):
    """The venue could not be reached from `since_ms` to `until_ms`: venue clocks inside it move on by its length.

    Statutory and contractual clocks (recordal, payment dates, licence term, patent expiry) run on.
    """

    given_by: ClassVar[GivenBy] = "sequencer"
    since_ms: int
    until_ms: int


class RecordStateHash(Command, frozen=True):
    """The hash of the whole state before this entry, for the audit to compare with its own replay."""

    given_by: ClassVar[GivenBy] = "sequencer"
    state_hash: str


class JumpClock(Command, frozen=True):
    """Move the demonstration clock forward to `to_ms`; only on development chain 31337. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    to_ms: int


class SetCalendar(Command, frozen=True):
    """Replace the venue's calendar: ISO dates closed, and weekend dates worked. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    closed_days: tuple[str, ...]
    working_weekends: tuple[str, ...] = ()


class RecoverChain(Command, frozen=True):
    """Settlement goes on after final blocks were lost: what the chain lacks behind `agreed_block` is recorded again.

    halted_for: code of the alarm that stopped settlement. Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    ground: Literal["blocks-lost", "fork-beyond-finality"]
    halted_for: str
    agreed_block: int


class EraseSealedPart(Command, frozen=True):
    """Erase the salt and text of an erasable part; the commitment and every proof stay. `ground` is a code.

    Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    entry: int
    label: str
    ground: Literal["data-subject-request", "retention-ended", "court-order"]


# --- parties -------------------------------------------------------------------------------------------------


class PartyTerms(Terms, frozen=True):
    """Who applies: company number (USCC in the Mainland) and category."""

    company_number: str
    category: Category = "company"


class ApplyParty(Command, frozen=True):
    """A company applies; signed by the key that it enrols, which proves possession.

    Erasable: `profile` (name and contact), `authorisation_letter` 授权委托书 (its text or digest).
    """

    given_by: ClassVar[GivenBy] = "applicant"
    terms_type: ClassVar[type[Terms] | None] = PartyTerms
    roles: tuple[Role, ...]
    jurisdiction: Jurisdiction
    key: str


class ApproveParty(Command, frozen=True):
    """The operator has verified an applicant. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str


class SuspendParty(Command, frozen=True):
    """The operator suspends a party: it reads, and its running deals go on. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str


class RecordAffiliation(Command, frozen=True):
    """Venue finding: two parties are affiliates of one another. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str
    affiliate_id: str


class AppointAgent(Command, frozen=True):
    """A party lets another key act for it under a mandate. Erasable: `authorisation_letter`."""

    key: str
    scope: tuple[Literal["list", "bid", "settle"], ...]
    until_ms: int


class DismissAgent(Command, frozen=True):
    """A party ends an agent's mandate at once."""

    key: str


class IssueApiKey(Command, frozen=True):
    """A party asks for a new API key, which replaces the old one; signed by its own key."""


# --- rights --------------------------------------------------------------------------------------------------


class Achievement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a registration certificate of an S&T achievement 科技成果 publishes: who completed what, how mature it is.

    completing_entity: its company number. field: IPC sections or classes, such as `C02;B01`. readiness_level: 1 to 9.
    registration_number: as in the right's id.
    """

    completing_entity: str
    field: str
    readiness_level: int
    registration_number: str


class ImportRight(Command, frozen=True):
    """A right enters the catalogue, unverified; `achievement` describes a result and nothing else.

    Erasable: `bibliography` (title, applicants, raw number); of a result also `completing_persons` and `description`,
    whose commitment is the salted hash of its description.
    """

    given_by: ClassVar[GivenBy] = "enrolled"
    right_id: str
    office: str
    right_type: RightType
    filing_date: str | None
    grant_date: str | None = None
    publication_number: str | None = None
    achievement: Achievement | None = None


class Holder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registered holder: its company number and its share in basis points (10,000 the whole)."""

    company_number: str
    share: int = 10_000


class Pledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registered pledge (Civil Code Art. 444): the pledgee's company number and the secured or maximum sum.

    register_number: the register's own number of the pledge 质权登记号, empty where its copy carries none.
    """

    company_number: str
    amount: int
    currency: Currency
    kind: Literal["secured", "maximum"] = "secured"
    register_number: str = ""


class RegisterFacts(Terms, frozen=True):
    """What a register copy 登记簿副本 says of a right, and the copy itself as the office has signed it.

    right_type, filing_date, grant_date: where the copy gives them, they rule over what was imported.

    `copy` is the copy's canonical JSON without its attestation; the facts are what the exchange reads out of it.
    """

    copy: str
    attestation: str
    status: RegisterStatus
    holders: tuple[Holder, ...]
    right_type: RightType | None = None
    filing_date: str | None = None
    grant_date: str | None = None
    expiry_date: str | None = None
    in_fee_grace: bool = False
    pledges: tuple[Pledge, ...] = ()
    freeze: Literal["none", "dispute", "preservation"] = "none"


class RecordRegisterCopy(Command, frozen=True):
    """The office's answer about a right as of `as_of_ms`, handed over by the service with the copy's digest."""

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = RegisterFacts
    right_id: str
    as_of_ms: int
    copy_digest: str


class ClassifyExport(Command, frozen=True):
    """The technology's class under the catalogue of prohibited and restricted exports, as found by the venue.

    Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    right_id: str
    export_class: ExportClass


# --- listings and bids ---------------------------------------------------------------------------------------


class ListingTerms(Terms, frozen=True):
    """What is offered and at what price. `price` is the posted or listed price, `deposit` the bid deposit 保证金.

    For a licence: territory, field of use, term in milliseconds UTC (`ends_ms` None: to the right's expiry).
    """

    price: int
    deposit: int = 0
    step: int = 0
    territory: tuple[str, ...] = ("CN",)
    field_of_use: str = "all"
    starts_ms: int | None = None
    ends_ms: int | None = None
    may_sublicense: bool = False


class SubmitListing(Command, frozen=True):
    """A holder offers a right. Erasable: `description`, `undertaking` 承诺书.

    `announcement_number`: the office's number of an open-licence announcement, else None.
    """

    terms_type: ClassVar[type[Terms] | None] = ListingTerms
    right_id: str
    mode: ModeName
    deal_kind: DealKind
    currency: Currency
    closes_ms: int
    registration_closes_ms: int | None = None
    max_acceptances: int = 1
    announcement_number: str | None = None


class ApproveListing(Command, frozen=True):
    """The operator opens a submitted listing (or starts its public notice). Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    listing_id: str


class RejectListing(Command, frozen=True):
    """The operator sends a submitted listing back. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    listing_id: str


class WithdrawListing(Command, frozen=True):
    """The seller withdraws a listing on which nothing has been accepted."""

    listing_id: str


class ConsentToDeal(Command, frozen=True):
    """A pledgee consents to deals under a listing of the pledged right (Civil Code Art. 444)."""

    listing_id: str


class RegisterBidder(Command, frozen=True):
    """A buyer registers for a competitive listing; its bid deposit is held."""

    listing_id: str


class QualifyBidder(Command, frozen=True):
    """The operator qualifies a registered bidder. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    listing_id: str
    party_id: str


class LeaveListing(Command, frozen=True):
    """A registered bidder leaves before registration closes; its deposit is released and its bid lapses."""

    listing_id: str


class BidTerms(Terms, frozen=True):
    """A bid's price, and the bidder's own order id, unique per party for ever."""

    price: int
    client_order_id: str | None = None


class PlaceBid(Command, frozen=True):
    """A qualified bidder bids on a competitive listing."""

    terms_type: ClassVar[type[Terms] | None] = BidTerms
    listing_id: str


class AmendBid(Command, frozen=True):
    """A bidder changes its bid: freely until registration closes, afterwards only upwards."""

    terms_type: ClassVar[type[Terms] | None] = BidTerms
    bid_id: str


class WithdrawBid(Command, frozen=True):
    """A bidder withdraws its bid; only until registration closes (venue rule: then irrevocable)."""

    bid_id: str


class AcceptPrice(Command, frozen=True):
    """A buyer accepts a posted price; the full price is held from its available funds. Terms repeat the price."""

    terms_type: ClassVar[type[Terms] | None] = BidTerms
    listing_id: str


class AcceptBid(Command, frozen=True):
    """The seller accepts the only bidder's bid in the negotiation that follows a listing with one bidder."""

    bid_id: str


# --- deals ---------------------------------------------------------------------------------------------------


class SignDeal(Command, frozen=True):
    """A party's EIP-712 signature over the register's `Deal` struct (65 bytes, hex) of an awarded deal."""

    deal_id: str
    deal_signature: str


class FundDeal(Command, frozen=True):
    """The buyer puts the price into escrow and cites the bank statement line that brought the money in."""

    deal_id: str
    statement_line: str


class FileDeal(Command, frozen=True):
    """The filing package went to the office: SHA-256 digests of its papers by name. Erasable: `reason`, `package`."""

    given_by: ClassVar[GivenBy] = "operator"
    deal_id: str
    filing_id: str
    package: dict[str, str]


class FilingOutcomeTerms(Terms, frozen=True):
    """The rest of the office's signed outcome of a filing; its other members stand in the command.

    `package_digest` is the SHA-256 of the filing as the office received it, which names right, holders and papers.
    """

    kind: FilingKind
    right_id: str
    package_digest: str
    cure: str | None
    proof_title: str | None
    register_version: int | None
    received_ms: int
    decided_ms: int | None
    simulated: bool
    attestation: str


class ConfirmRegistration(Command, frozen=True):
    """The register confirms a filing: digest of the official proof, and the office's signature over that digest."""

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = FilingOutcomeTerms
    deal_id: str
    filing_id: str
    proof_digest: str
    proof_signature: str


class RefuseRegistration(Command, frozen=True):
    """The register refuses a filing: its reason code, digest of the official notice, signature over that digest."""

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = FilingOutcomeTerms
    deal_id: str
    filing_id: str
    reason_code: str
    proof_digest: str
    proof_signature: str


class ConfirmDelivery(Command, frozen=True):
    """A party's word that a result was handed over: digest of the signed delivery record 交接验收单.

    Both parties must name the same digest; it stands where no register exists.
    """

    deal_id: str
    delivery_digest: str


class UnwindDeal(Command, frozen=True):
    """The operator unwinds a deal that is not before the office yet, on a ground named by code. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    deal_id: str
    ground: Literal["mutual", "court-order", "impossible", "breach"]


class ReportChainRecord(Command, frozen=True):
    """What the chain says of a record that was sent: final, or refused with the contract's error selector."""

    given_by: ClassVar[GivenBy] = "service"
    record: Literal["deal", "registration", "licence", "licence_end", "unwound", "right", "pledge", "freeze"]
    subject_id: str
    outcome: Literal["final", "refused"]
    transaction: str
    block: int
    error: str | None = None


# --- money ---------------------------------------------------------------------------------------------------


class StatementLineTerms(Terms, frozen=True):
    """The rest of a line of the supervised account's statement, as the bank has signed it.

    `reference` is the bank's own text; `instruction_id` the payment that a debit carries out. `sequence` counts the
    account's lines from 1.
    """

    sequence: int
    account: str
    direction: Literal["credit", "debit"]
    currency: Currency
    amount: int
    balance_after: int
    reference: str
    instruction_id: str | None
    simulated: bool
    attestation: str


class RecordStatementLine(Command, frozen=True):
    """A statement line of the bank's supervised account 资金监管账户; each is matched once.

    No digest of the line stands here: amounts could be guessed from it.
    """

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = StatementLineTerms
    line_id: str
    value_time_ms: int


class WithdrawalTerms(Terms, frozen=True):
    """How much of which currency to pay out."""

    currency: Currency
    amount: int


class RequestWithdrawal(Command, frozen=True):
    """A party asks for money from its available balance to be paid to its own bank account."""

    terms_type: ClassVar[type[Terms] | None] = WithdrawalTerms


class ApprovalTerms(Terms, frozen=True):
    """The operator's signature over the exact payment, as the bank asks for it (65 bytes, 0x hex)."""

    bank_approval: str


class ApprovePayment(Command, frozen=True):
    """One operator's approval of a payment instruction; two different ones make four eyes. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = ApprovalTerms
    payment_id: str


class RefusePayment(Command, frozen=True):
    """The bank refused an instruction, with its reason code: the money returns to the party's available balance."""

    given_by: ClassVar[GivenBy] = "service"
    payment_id: str
    reason_code: str


class AssignSuspense(Command, frozen=True):
    """A credit that named nobody goes to its party, or, for `venue`, covers unexplained debits. Erasable: `reason`.

    Takes two different operators.
    """

    given_by: ClassVar[GivenBy] = "operator"
    line_id: str
    party_id: str


class ReturnSuspense(Command, frozen=True):
    """A credit that named nobody goes back to its payer: a payment, with two approvals. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    line_id: str


class WithdrawFees(Command, frozen=True):
    """The venue's fees are paid out to its own bank account: a payment, with two approvals. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = WithdrawalTerms


class ResumeReleases(Command, frozen=True):
    """Payments may go on after a difference with the bank was cleared; takes two operators. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    currency: Currency


AnyCommand: TypeAlias = (
    OpenVenue | ActivateVersion | Tick | Outage | RecordStateHash | JumpClock | SetCalendar | RecoverChain
    | EraseSealedPart
    | ApplyParty | ApproveParty | SuspendParty | RecordAffiliation | AppointAgent | DismissAgent | IssueApiKey
    | ImportRight | RecordRegisterCopy | ClassifyExport
    | SubmitListing | ApproveListing | RejectListing | WithdrawListing | ConsentToDeal
    | RegisterBidder | QualifyBidder | LeaveListing | PlaceBid | AmendBid | WithdrawBid | AcceptPrice | AcceptBid
    | SignDeal | FundDeal | FileDeal | ConfirmRegistration | RefuseRegistration | ConfirmDelivery | UnwindDeal
    | ReportChainRecord
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
