"""Commands about deals: signature, escrow, filing, the register's outcome, delivery and the way out."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, FilingKind, GivenBy, Terms

ChainRecordKind = Literal[
    "deal",
    "registration",
    "licence",
    "licence_end",
    "unwound",
    "right",
    "pledge",
    "freeze",
    "key",
    "offer",
    "recovery",
    "recovery_veto",
    "sealed_set",
]
"""What the service reports of: a kind of record on the chain."""


class SignDeal(Command, frozen=True):
    """Of engine version 1 alone: a party's EIP-712 signature (65 bytes, hex) over the register's struct of a deal."""

    deal_id: str
    deal_signature: str


class SignAgreement(Command, frozen=True):
    """A party's EIP-712 signature (65 bytes, hex) over the register's `Deal` struct of an awarded deal.

    Of a deal under a standing offer the buyer alone signs, over the `OfferAcceptance`. `agreement_digest` is
    `exchange.deals.agreement.agreement_digest` of what was signed, so that it stands under nothing else.
    """

    deal_id: str
    agreement_digest: str
    deal_signature: str


class CancelDeal(Command, frozen=True):
    """A party ends a deal that is not signed by both.

    Its key has signed the register's `DealCancellation` (65 bytes, hex); `deal_digest` is
    `exchange.deals.agreement.deal_digest` of the deal that it cancels, so that it cancels no other.
    """

    deal_id: str
    deal_digest: str
    cancellation_signature: str


class FundDeal(Command, frozen=True):
    """The buyer puts the price into escrow and cites the bank statement line that brought the money in."""

    deal_id: str
    statement_line: str


class PayEarnest(Command, frozen=True):
    """The buyer pays the agreed earnest money 定金 into escrow, and cites a bank statement line for it.

    Since engine version 3.
    """

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


class RescindDeal(Command, frozen=True):
    """The buyer rescinds: the application was refused before its transfer, or what is paid for has not come in time.

    Since engine version 3, of what has not come since 5.
    """

    deal_id: str


class DecideLot(Command, frozen=True):
    """One right of a lot did not pass: its buyer keeps the others, or rescinds those that have not passed either.

    Since engine version 3.
    """

    listing_id: str
    decision: Literal["keep", "rescind"]


class ReportChainRecord(Command, frozen=True):
    """What the chain says of a record that was sent: final, or refused with the contract's error selector."""

    given_by: ClassVar[GivenBy] = "service"
    record: ChainRecordKind
    subject_id: str
    outcome: Literal["final", "refused"]
    transaction: str
    block: int
    error: str | None = None
