"""Shapes of parties, in and out."""

from typing import Annotated, Any, get_args

from pydantic import Field

from api.forms import (
    LATEST_MS,
    Accepted,
    Address,
    Body,
    Code,
    Hash,
    NoParts,
    ReasonedBody,
    ReasonPart,
    Salt,
    SealedForm,
    Shape,
    SinceVersion,
    TimeMs,
    View,
)
from exchange.commands import Category, Jurisdiction, PaperKind, Role


class ApplicationParts(Shape):
    """Who applies, in words: sealed and erasable."""

    profile: Annotated[SealedForm, Field(description="Name and contact of the company.")]
    authorisation_letter: Annotated[
        SealedForm,
        Field(
            description="授权委托书, which binds the key: its text, or its SHA-256. No approval without it."
        ),
    ]


class ApplicationTerms(Shape):
    """Confidential: the company number (USCC in the Mainland) and the category."""

    company_number: Annotated[str, Field(min_length=1, max_length=64)]
    category: Category = "company"
    salt: Salt


class Application(Body):
    """A company applies, signed with the key that it enrols: that proves possession."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=4)]
    jurisdiction: Jurisdiction
    key: Address
    terms: ApplicationTerms
    erasable: ApplicationParts  # type: ignore[assignment]  # another set of parts


class PaperForm(Shape):
    """A paper of a company's, by its digest."""

    paper: PaperKind
    digest: Annotated[Hash, Field(description="SHA-256 of the paper.")]
    dated_ms: Annotated[TimeMs, Field(description="The day that it bears; of a screening when it was made.")]
    valid_until_ms: TimeMs | None = None
    nominee: Annotated[
        bool | None,
        Field(description="Of the beneficial owners: whether the company holds for others."),
    ] = None


class VerificationTermsForm(Shape):
    """Confidential: the papers that the operator has read."""

    papers: Annotated[list[PaperForm], Field(min_length=1, max_length=len(get_args(PaperKind)))]
    salt: Salt


class VerificationParts(ReasonPart):
    """Whom the papers name, and the operator's reason: sealed and erasable."""

    persons: Annotated[
        SealedForm | None,
        Field(
            description="Legal representative 法定代表人, signatory 授权签字人, beneficial owners 受益所有人."
        ),
    ] = None


class Verification(ReasonedBody):
    """The operator has read a company's papers; those of other kinds stay as they were."""

    terms: VerificationTermsForm
    erasable: VerificationParts


class Affiliation(Body):
    """Venue finding: the other party is an affiliate."""

    affiliate_id: Code
    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class MandateParts(Shape):
    """The agent's mandate, sealed and erasable."""

    authorisation_letter: SealedForm


class Mandate(Body):
    """Another key may act for the party within a scope until a time."""

    key: Address
    scope: Annotated[
        list[Annotated[str, Field(pattern=r"^(list|bid|negotiate|settle)$")]],
        Field(min_length=1, max_length=4),
    ]
    until_ms: TimeMs
    erasable: MandateParts  # type: ignore[assignment]  # another set of parts


class Dismissal(Body):
    """An agent's mandate ends."""

    key: Address


KeySignature = Annotated[str, Field(pattern=r"^0x[0-9a-f]{130}$", description="65 bytes, lower-case hex.")]
DeadlineS = Annotated[int, Field(ge=0, le=LATEST_MS // 1000, strict=True, description="Unix seconds.")]


class EnrolmentTerms(Shape):
    """Confidential: what the key's commitment on the chain opens to."""

    company_number: Annotated[str, Field(min_length=1, max_length=64)]
    salt: Salt


class Enrolment(Body):
    """A key is bound for the chain; `possession` is its own EIP-712 signature over the register's `KeyEnrolment`."""

    key: Address
    deadline_s: DeadlineS
    possession: KeySignature
    terms: EnrolmentTerms
    erasable: MandateParts  # type: ignore[assignment]  # another set of parts


class Rotation(Body):
    """The party's own key gives its place to a new one; both sign the register's `KeyRotation`."""

    party_commitment: Annotated[
        Hash, Field(description="The party that was signed for, as the chain knows it.")
    ]
    new_key: Address
    deadline_s: DeadlineS
    old_signature: KeySignature
    new_signature: KeySignature
    erasable: MandateParts  # type: ignore[assignment]  # another set of parts


class Revocation(Body):
    """A key ends at once; it signs the register's `KeyRevocation`."""

    party_commitment: Annotated[
        Hash, Field(description="The party that was signed for, as the chain knows it.")
    ]
    key: Address
    reason: Annotated[
        str, Field(pattern=r"^[ -~]{1,32}$", description="A code; it stands on the chain in the clear.")
    ]
    deadline_s: DeadlineS
    key_signature: KeySignature


class Advance(Body):
    """What a key signed under a lower counter is cancelled; it signs the register's `CounterAdvance`."""

    party_commitment: Annotated[
        Hash, Field(description="The party that was signed for, as the chain knows it.")
    ]
    key: Address
    counter: Annotated[int, Field(ge=1, le=2**32 - 1, strict=True)]
    deadline_s: DeadlineS
    key_signature: KeySignature


class KeyRequest(Body):
    """A party asks for a new API key; its signature is all that it needs."""

    erasable: NoParts = NoParts()


class WithApiKey(Accepted):
    """An accepted command that gave an API key."""

    api_key: Annotated[
        str | None,
        Field(description="Shown this once; null when the answer is repeated. Only its hash is kept."),
    ]


class AgentView(View):
    """A mandate."""

    key: str
    scope: list[str]
    until_ms: int


class RecoveryUnderWay(View):
    """Another key is to take the place of this one: `POST /v1/parties/{id}/recoveries/{new_key}/veto` stops it."""

    new_key: str
    veto_until_ms: Annotated[int | None, Field(description="Until then at the least; docs/signatures.md.")]


class KeyView(View):
    """A key that signs on the chain: WAITING, LIVE, REPLACED or REVOKED."""

    id: str
    state: str
    counter: int
    commitment: Annotated[str, Field(description="By which the chain knows the party.")]
    recovery: Annotated[
        RecoveryUnderWay | None,
        Field(description="Of the party's own key: a recovery to another key that is under way."),
    ] = None


class KeyPage(View):
    """A page of keys."""

    keys: list[KeyView]
    next_cursor: str | None


class PaperView(View):
    """A paper on record."""

    paper: str
    digest: str
    dated_ms: int
    valid_until_ms: int | None
    nominee: SinceVersion[bool] = None


class PartyView(View):
    """What any enrolled caller sees of a party."""

    id: str
    state: str
    roles: list[str]
    jurisdiction: str
    category: str
    key: str


class OwnPartyView(PartyView):
    """What the party itself and the venue see."""

    company_number: str
    agents: list[AgentView]
    affiliates: list[str]
    papers: Annotated[
        SinceVersion[list[PaperView]],
        Field(description="On record, each with its date; null before there are any."),
    ] = None
    profile: Annotated[Any, Field(description="As sealed with the application; null once erased.")] = None


class PartyPage(View):
    """Parties in the order of their application."""

    parties: list[PartyView]
    next_cursor: str | None
