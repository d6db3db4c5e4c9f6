"""The patent office that keeps the register, as the ledger sees it.

Title follows the register, so what it says is taken from it and from nobody else: signed register copies
登记簿副本, the outcome of filings with the digest of the official proof, and a feed of notices. `Office` is
what any office has to offer, `HttpOffice` speaks to one over HTTP. Neither decides anything; what they report
becomes commands elsewhere. Dates are ISO calendar dates in the office's own zone (UTC+8); moments are
milliseconds UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Protocol
from urllib.parse import quote

import msgspec

from exchange import canonical
from exchange.commands import OfficeStatus
from exchange.money.amount import LARGEST_AMOUNT, Currency
from ledger.attestation import Attestation, AttestationRefused, verify_signature
from ledger.counterparty import Counterparty, CounterpartyError, Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

Identifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\Z")]
RightId = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}-[A-Za-z0-9.-]{1,40}\Z")]
HolderId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Date = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
BasisPoints = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
PositiveMinorUnits = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_AMOUNT)]
FilingKind = Literal["assignment", "licence_recordal", "pledge", "pledge_change", "discharge"]
LicenceKind = Literal["exclusive", "sole", "ordinary", "open"]
WHOLE = 10_000
"""Basis points that the shares of all holders of a right add up to."""
LARGEST_PAGE = 200
"""Notices in one answer."""

REQUIRED_PAPERS: Mapping[FilingKind, tuple[str, ...]] = {
    "assignment": ("change_application", "contract", "identity_papers", "power_of_attorney"),
    "licence_recordal": ("recordal_application", "contract", "identity_papers", "power_of_attorney"),
    "pledge": ("pledge_application", "contract", "identity_papers", "power_of_attorney"),
    "pledge_change": ("pledge_change_application", "contract", "identity_papers", "power_of_attorney"),
    "discharge": ("discharge_application", "pledgee_release", "identity_papers", "power_of_attorney"),
}
"""Papers that each kind of filing must hold, by the name under which the package lists their digests.

Further papers count where the register calls for them: `coowner_consent`, `pledgee_consent`, `twin_waiver`,
`invalidation_waiver`, `export_certificate`.
"""


class Holder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registered holder: company number (or an office's own opaque number) and share in basis points."""

    company_number: HolderId
    share: BasisPoints = WHOLE


class RegisteredPledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pledge in the register (Civil Code 444); `sum_minor` in minor units of `currency`."""

    pledge_id: Identifier
    pledgee: HolderId
    sum_minor: PositiveMinorUnits
    currency: Currency
    kind: Literal["secured", "maximum"]
    debt_term_ends_on: Date
    registered_on: Date
    discharged_on: Date | None = None


class RegisteredLicence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recorded licence. licensee: None for an open licence. ends_on: None up to the right's expiry."""

    licence_id: Identifier
    kind: LicenceKind
    licensee: HolderId | None
    starts_on: Date
    ends_on: Date | None
    territory: tuple[str, ...]
    field_of_use: str
    recorded_on: Date


class RegisteredFreeze(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suspension: ownership dispute (Rule 103) or preservation (Rule 104), to `until` inclusive."""

    kind: Literal["dispute", "preservation"]
    until: Date | None


class RegisterContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a register holds on one right.

    status: `achievement` for a registered result 科技成果, which is no patent; `refused` for an application that has
    ended without a grant, refused, withdrawn or deemed withdrawn; `invalidity_decided` while a decision that declares
    the right invalid is registered and not final. grace: whether the annual fee is
    overdue within the grace period. same_day_twin: the right for the same creation filed on the same day. family:
    members elsewhere, which are rights of their own. fee_paid_until: the day on which the next annual fee is due.
    similar_marks: of a mark, those of its owner that go with it, left out where the office has not said.
    """

    right_id: RightId
    office: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")]
    right_type: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,30}\Z")]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    status: OfficeStatus
    holders: Annotated[tuple[Holder, ...], msgspec.Meta(min_length=1, max_length=50)]
    filing_date: Date
    grant_date: Date | None = None
    expiry_date: Date | None = None
    fee_paid_until: Date | None = None
    grace: bool = False
    pledges: tuple[RegisteredPledge, ...] = ()
    licences: tuple[RegisteredLicence, ...] = ()
    freezes: tuple[RegisteredFreeze, ...] = ()
    export_class: Literal["unclassified", "free", "restricted", "prohibited"] = "unclassified"
    same_day_twin: RightId | None = None
    invalidation_requested: bool = False
    family: tuple[RightId, ...] = ()
    similar_marks: tuple[RightId, ...] | msgspec.UnsetType = msgspec.UNSET


class RegisterCopy(RegisterContent, frozen=True, kw_only=True, tag="office.register_copy", tag_field="type"):
    """A signed register copy 登记簿副本 as of a moment; `version` grows by one with each change."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    as_of_ms: int
    simulated: bool
    attestation: Attestation


class LicenceTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The licence that a recordal 备案 asks for."""

    licence_id: Identifier
    kind: Literal["exclusive", "sole", "ordinary"]
    licensee: HolderId
    starts_on: Date
    ends_on: Date | None = None
    territory: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=50)] = ("CN",)
    field_of_use: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "all"


class PledgeTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pledge that a registration asks for, or a change of it; a discharge names only its `pledge_id`."""

    pledge_id: Identifier
    pledgee: HolderId
    sum_minor: PositiveMinorUnits
    currency: Currency
    kind: Literal["secured", "maximum"] = "secured"
    debt_term_ends_on: Date


class Filing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes to the office. The office examines a `filing_id` once, however often it is sent.

    package: SHA-256 digests of the papers by name (`REQUIRED_PAPERS`). from_holders: assignors, licensors or
    pledgors. to_holders: assignees, their shares adding up to what the assignors hold. to_jurisdiction: the
    assignees', which decides on export papers.
    """

    filing_id: Identifier
    kind: FilingKind
    right_id: RightId
    package: Annotated[dict[Identifier, Digest], msgspec.Meta(max_length=40)]
    from_holders: Annotated[tuple[HolderId, ...], msgspec.Meta(min_length=1, max_length=50)]
    to_holders: Annotated[tuple[Holder, ...], msgspec.Meta(max_length=50)] = ()
    to_jurisdiction: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,5}\Z")] = "CN"
    licence: LicenceTerms | None = None
    pledge: PledgeTerms | None = None
    discharged_pledge_id: Identifier | None = None


class FilingOutcome(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="office.filing_outcome",
    tag_field="type",
):
    """Where a filing stands; times in milliseconds UTC.

    package_digest: SHA-256 of the canonical form of the filing as received. Once decided: `proof_sha256` is
    the digest of the office's paper (confirmation or notice of refusal), `proof_signature` the office's
    signature over that digest, and `register_version` the entry's version that the decision was made on or
    gave. reason: the ground of refusal, a stable code.
    """

    filing_id: Identifier
    kind: FilingKind
    right_id: RightId
    package_digest: Digest
    state: Literal["received", "confirmed", "refused"]
    reason: str | None
    cure: str | None
    proof_title: str | None
    proof_sha256: Digest | None
    proof_signature: str | None
    register_version: int | None
    received_ms: int
    decided_ms: int | None
    simulated: bool
    attestation: Attestation


NoticeKind = Literal[
    "entered",
    "filing_confirmed",
    "filing_refused",
    "frozen",
    "released",
    "pledged",
    "discharged",
    "licence_entered",
    "fee_grace",
    "fee_paid",
    "refused",
    "lapsed",
    "expired",
    "invalidity_decided",
    "upheld",
    "invalidated",
    "granted",
]


class Notice(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="office.notice",
    tag_field="type",
):
    """A register event. `notice_id` is contiguous from 1; `register_version` the entry's version after it."""

    notice_id: Annotated[int, msgspec.Meta(ge=1)]
    kind: NoticeKind
    right_id: RightId
    filing_id: Identifier | None
    reason: str | None
    register_version: int
    time_ms: int
    simulated: bool
    attestation: Attestation


class Office(Protocol):
    """What the ledger needs of an office. Every method raises `CounterpartyError` and is safe to repeat."""

    def register_copy(self, right_id: str) -> RegisterCopy:
        """Give a signed copy of a right's entry."""
        ...

    def file(self, filing: Filing) -> FilingOutcome:
        """Hand over a filing; a repeat gives its outcome so far."""
        ...

    def outcome(self, filing_id: str) -> FilingOutcome:
        """Tell where a filing stands."""
        ...

    def proof(self, outcome: FilingOutcome) -> bytes:
        """Give the paper of a decided filing, its digest and the signature over it checked."""
        ...

    def notices(self, after: int = 0) -> tuple[Notice, ...]:
        """Give the notices that follow `after`, in order, each once, without a gap; () if none."""
        ...


class HttpOffice:
    """An office over HTTP, synchronous. Statements are checked against the pinned address and sorted."""

    def __init__(self, counterparty: Counterparty) -> None:
        self._counterparty = counterparty

    @classmethod
    def at(cls, endpoint: Endpoint) -> HttpOffice:
        """Speak to the office at this endpoint."""
        return cls(Counterparty("office", endpoint))

    def close(self) -> None:
        """Close the connections."""
        self._counterparty.close()

    def register_copy(self, right_id: str) -> RegisterCopy:
        """Give a signed copy of a right's entry; see `Office`.

        Raises:
            CounterpartyError: also the office's `RIGHT-UNKNOWN`.
        """
        return self._counterparty.one(
            f"/register/{quote(right_id, safe='')}",
            RegisterCopy,
            belongs=lambda copy: copy.right_id == right_id,
        )

    def file(self, filing: Filing) -> FilingOutcome:
        """Hand over a filing; see `Office`.

        Raises:
            CounterpartyError: also the office's `RIGHT-UNKNOWN`, and `FILING-CONFLICT` if the id stands for
                another filing.
        """
        digest = filing_digest(filing)
        return self._counterparty.one(
            "/filings",
            FilingOutcome,
            belongs=lambda outcome: (outcome.filing_id, outcome.package_digest) == (filing.filing_id, digest),
            body=filing,
        )

    def outcome(self, filing_id: str) -> FilingOutcome:
        """Tell where a filing stands; see `Office`.

        Raises:
            CounterpartyError: also the office's `FILING-UNKNOWN`.
        """
        return self._counterparty.one(
            f"/filings/{quote(filing_id, safe='')}",
            FilingOutcome,
            belongs=lambda outcome: outcome.filing_id == filing_id,
        )

    def proof(self, outcome: FilingOutcome) -> bytes:
        """Give a decided filing's paper; see `Office`.

        Raises:
            CounterpartyError: also `FILING-UNDECIDED`; `OFFICE-ANSWER-MISMATCHED` if the paper is not the one
                that the outcome names.
        """
        if outcome.proof_sha256 is None or outcome.proof_signature is None:
            code = "FILING-UNDECIDED"
            raise CounterpartyError(code, "wait until the office has decided", retryable=True)
        try:
            verify_signature(
                bytes.fromhex(outcome.proof_sha256),
                outcome.proof_signature,
                self._counterparty.endpoint.signer,
            )
        except AttestationRefused as error:
            raise CounterpartyError(error.code, error.cure, retryable=False) from error
        return self._counterparty.document(
            f"/filings/{quote(outcome.filing_id, safe='')}/proof", outcome.proof_sha256
        )

    def notices(self, after: int = 0) -> tuple[Notice, ...]:
        """Give up to `LARGEST_PAGE` notices that follow `after`; see `Office`."""
        return self._counterparty.page(
            "/notices",
            {"after": after, "limit": LARGEST_PAGE},
            Notice,
            position=lambda notice: notice.notice_id,
            after=after,
        )


def filing_digest(filing: Filing) -> str:
    """SHA-256 (hex) of a filing's canonical form, as sent."""
    return canonical.digest(msgspec.to_builtins(filing)).hex()
