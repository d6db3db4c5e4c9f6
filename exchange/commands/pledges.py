"""Commands about pledges drawn up at the venue: contract, filing, change, discharge, enforcement."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy, Terms
from exchange.commands.deals import FilingOutcomeTerms
from exchange.money.amount import Currency

PledgeKind = Literal["secured", "maximum"]
Obstacle = Literal["none", "stands", "waived"]
"""What the pledgor undertakes of an obstacle: it does not stand, it does, or both sides waive it in the contract."""


class PledgeTerms(Terms, frozen=True):
    """What is secured: `amount` in minor units, until the debt is to be performed by `ends_ms`.

    kind: a secured claim, or the maximum of several. twin: a utility model and an invention filed by the pledgor for
    the same invention on the same day. invalidation: proceedings to declare a pledged right invalid.
    """

    amount: int
    currency: Currency
    kind: PledgeKind
    ends_ms: int
    twin: Obstacle | None = None
    invalidation: Obstacle | None = None


class DrawUpPledge(Command, frozen=True):
    """The holder of rights draws up a pledge of them for a pledgee. Erasable: `contract`, its text, must be there."""

    terms_type: ClassVar[type[Terms] | None] = PledgeTerms
    rights: tuple[str, ...]
    pledgee: str


class SignPledge(Command, frozen=True):
    """The pledgee signs the contract; `contract_digest` is `exchange.rights.pledge_contracts.contract_digest` of it."""

    pledge_id: str
    contract_digest: str


class ConsentToPledge(Command, frozen=True):
    """A co-owner of a pledged right consents to the contract; with the pledgor, to the change that is asked for now.

    Since engine version 5. contract_digest: as in `SignPledge`, of what it consents to.
    """

    pledge_id: str
    contract_digest: str


class PledgeConsentTerms(Terms, frozen=True):
    """Whose consent it is: a co-owner's or, of a change, the pledgor's company number."""

    company_number: str


class LodgePledgeConsent(Command, frozen=True):
    """The venue lodges the sealed written consent of one that is asked and gives no command here.

    Since engine version 5. contract_digest: of what the paper consents to. Erasable: `consent`, the paper, which must
    be there, and `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = PledgeConsentTerms
    pledge_id: str
    contract_digest: str


class WithdrawPledge(Command, frozen=True):
    """Pledgor or pledgee takes back what the pledgee has not signed."""

    pledge_id: str


class FilePledge(Command, frozen=True):
    """Both sides' application went to an office without an adapter: SHA-256 (hex) of its papers. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    pledge_id: str
    filing_id: str
    package_digest: str


class HandInPledge(Command, frozen=True):
    """Registration, change or discharge of a pledge goes to the patent office through its adapter. Erasable: `reason`.

    One filing for each right that it is still to reach: `filing_id` with `.1`, `.2` and so on. document_digest: SHA-256
    (hex) of the contract's text, of the change's, or of the pledgee's release.
    """

    given_by: ClassVar[GivenBy] = "operator"
    pledge_id: str
    filing_id: str
    document_digest: str


class ConfirmPledgeFiling(Command, frozen=True):
    """The office has entered what was handed in: digest of its paper, and its signature over that digest."""

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = FilingOutcomeTerms
    pledge_id: str
    filing_id: str
    proof_digest: str
    proof_signature: str


class RefusePledgeFiling(Command, frozen=True):
    """The office refuses what was handed in: its ground, digest of its notice, signature over that digest."""

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = FilingOutcomeTerms
    pledge_id: str
    filing_id: str
    reason_code: str
    proof_digest: str
    proof_signature: str


class RecordPledgeRefusal(Command, frozen=True):
    """The office has refused what was asked of it last: registration, change or discharge. Erasable: `reason`.

    document_digest: SHA-256 (hex) of its notice.
    """

    given_by: ClassVar[GivenBy] = "operator"
    pledge_id: str
    reason_code: str
    document_digest: str


class PledgeChangeTerms(Terms, frozen=True):
    """The sum (minor units) and the term that a registered pledge is to have."""

    amount: int
    ends_ms: int


class ChangePledge(Command, frozen=True):
    """The pledgee has a change applied for; it stands when the register shows it. Erasable: `contract`, its text."""

    terms_type: ClassVar[type[Terms] | None] = PledgeChangeTerms
    pledge_id: str


class DischargePledge(Command, frozen=True):
    """The pledgee frees the rights; a registered pledge ends when the register shows it no more."""

    pledge_id: str


class EnforcePledge(Command, frozen=True):
    """A pledge is enforced, as agreed or as a court has ordered, with the digest of the document.

    The right is sold by an ordinary listing. Erasable: `reference`, which must be there; `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    pledge_id: str
    ground: Literal["agreement", "court_order"]
    document_digest: str
