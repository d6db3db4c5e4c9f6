"""Commands about parties: application, papers, approval, suspension, closing, affiliations, agents and API keys."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from exchange.commands.command import Category, Command, GivenBy, Jurisdiction, Role, Terms


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


PaperKind = Literal["licence", "legal_representative", "signatory", "beneficial_owners", "screening"]
"""Business licence 营业执照 or what stands for it; proof of the legal representative 法定代表人, of the authorised
signatory 授权签字人, of the beneficial owners 受益所有人; what the screening against the lists 名单筛查 gave."""


class Paper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper of a company's, by its SHA-256 digest (hex); never its text, nor whom it names.

    dated_ms: the day that it bears, of a screening when it was made; valid_until_ms: None for no end (both ms UTC).
    nominee: whether the company holds for others, which the proof of its beneficial owners says, and it alone.
    """

    paper: PaperKind
    digest: str
    dated_ms: int
    valid_until_ms: int | None = None
    nominee: bool | msgspec.UnsetType = msgspec.UNSET


class VerificationTerms(Terms, frozen=True):
    """The papers that the operator has read; those of other kinds stay as they were."""

    papers: tuple[Paper, ...]


class VerifyParty(Command, frozen=True):
    """The operator puts a company's papers on record; an applicant of whom none lacks is VERIFIED.

    Since engine version 5. Erasable: `persons` (the people whom the papers name), `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = VerificationTerms
    party_id: str


class ApproveParty(Command, frozen=True):
    """A verified applicant may act from now on, or a suspension is lifted, or a company comes back. Erasable: `reason`.

    Since engine version 5 its papers must be on record and valid.
    """

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str


class SuspendParty(Command, frozen=True):
    """The operator suspends a party: it reads, and its running deals go on. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str


class CloseParty(Command, frozen=True):
    """The operator closes the account of a company that leaves and has nothing open. Erasable: `reason`.

    Since engine version 5.
    """

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str


class RecordAffiliation(Command, frozen=True):
    """Venue finding: two parties are affiliates of one another. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str
    affiliate_id: str


class EndAffiliation(Command, frozen=True):
    """Venue finding: two parties are affiliates of one another no more. Erasable: `reason`. Since engine version 5."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str
    affiliate_id: str


class AppointAgent(Command, frozen=True):
    """A party lets another key act for it under a mandate. Erasable: `authorisation_letter`."""

    key: str
    scope: tuple[Literal["list", "bid", "negotiate", "settle"], ...]
    until_ms: int


class DismissAgent(Command, frozen=True):
    """A party ends an agent's mandate at once."""

    key: str


class KeyTerms(Terms, frozen=True):
    """What a key's commitment on the chain opens to: the company number of the party that it signs for."""

    company_number: str


class EnrolKey(Command, frozen=True):
    """A party binds a key for the chain: its own, or another one for single deals, under a commitment of its own.

    `possession` is the key's EIP-712 signature over the register's `KeyEnrolment` (65 bytes, hex), whose party is the
    commitment to these terms and whose authorisation that to the letter; it counts until `deadline_s` (unix s).
    Erasable: `authorisation_letter`.
    """

    terms_type: ClassVar[type[Terms] | None] = KeyTerms
    key: str
    deadline_s: int
    possession: str


class RotateKey(Command, frozen=True):
    """A party's own key gives its place to a new one; both have signed the register's `KeyRotation` (65 bytes, hex).

    `deadline_s` (unix s) is the message's. Erasable: `authorisation_letter`. `party_commitment` (hex), here and in
    every other message about a key, is the party that was signed for, as the chain knows it by the key on record.
    """

    party_commitment: str
    new_key: str
    deadline_s: int
    old_signature: str
    new_signature: str


class RevokeKey(Command, frozen=True):
    """A party ends one of its keys at once; that key has signed the register's `KeyRevocation` (65 bytes, hex).

    `reason` is a code of at most 32 printable ASCII characters, which stands on the chain.
    """

    party_commitment: str
    key: str
    reason: str
    deadline_s: int
    key_signature: str


class AdvanceCounter(Command, frozen=True):
    """A party cancels whatever a key signed and nobody recorded; the key has signed the register's `CounterAdvance`."""

    party_commitment: str
    key: str
    counter: int
    deadline_s: int
    key_signature: str


class ProposeRecovery(Command, frozen=True):
    """A party has lost its own key: an operator attests who asks for another one, and that key has signed for itself.

    `possession` is the new key's EIP-712 signature over the register's `KeyRecovery` (65 bytes, hex), whose party is
    the one that the chain knows and whose authorisation the commitment to the papers; it counts until `deadline_s`
    (unix s). Erasable: `recovery_papers` (who asks, and by what right), `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str
    party_commitment: str
    new_key: str
    deadline_s: int
    possession: str


class VetoRecovery(Command, frozen=True):
    """A party's live key refuses a recovery; it has signed the register's `RecoveryVeto` (65 bytes, hex)."""

    party_commitment: str
    new_key: str
    deadline_s: int
    veto_signature: str


class ReportKey(Command, frozen=True):
    """The service has read in a final block what became of a key without the venue, by the contract's own event.

    `new_key` is the one in its place (rotated, recovered) or refused that (vetoed), `counter` the new one (advanced);
    else empty and 0.
    """

    given_by: ClassVar[GivenBy] = "service"
    key: str
    event: Literal["revoked", "rotated", "recovered", "advanced", "vetoed"]
    new_key: str
    counter: int
    transaction: str
    block: int


class ChooseDealKey(Command, frozen=True):
    """A party will sign this awarded deal with another of its keys, so that rivals cannot see whose deal it is."""

    deal_id: str
    key: str


class IssueApiKey(Command, frozen=True):
    """A party asks for a new API key, which replaces the old one; signed by its own key."""
