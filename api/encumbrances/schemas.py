"""Shapes of disputes, freezes, pledges and encumbrances, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import (
    Amount,
    AmountOut,
    Body,
    Code,
    Hash,
    ReasonedBody,
    ReasonPart,
    Salt,
    SealedForm,
    Shape,
    SinceVersion,
    TimeMs,
    View,
)
from exchange.commands import DisputeBody, DisputeGround, DisputeOutcome, FreezeGround, Obstacle, PledgeKind
from exchange.money.amount import Currency
from exchange.rights.pledging import MOST_RIGHTS


class DisputeParts(Shape):
    """The case number, sealed and erasable; of an operator the reason as well."""

    reference: SealedForm
    reason: SealedForm | None = None


class DisputeForm(Body):
    """A side of a deal, or an operator, brings it into dispute."""

    ground: DisputeGround
    body: Annotated[DisputeBody, Field(description="Who decides.")]
    document_digest: Annotated[Hash, Field(description="SHA-256 of the request, notice or order.")]
    erasable: DisputeParts  # type: ignore[assignment]  # another set of parts


class OutcomeForm(ReasonedBody):
    """What was decided or agreed."""

    outcome: DisputeOutcome
    document_digest: Annotated[Hash, Field(description="SHA-256 of the award, judgment or settlement.")]
    reverse_deal: Annotated[
        Code | None, Field(description="Of `reverse_deal`: the later deal from buyer to seller.")
    ] = None
    defaulted: Annotated[
        Code | None, Field(description="Of `unwind`: the party that was found not to have performed.")
    ] = None


class ReverseTermsForm(Shape):
    """Confidential: what is paid for the right that is given back."""

    price: Annotated[Amount, Field(description="0 if nothing.")]
    salt: Salt


class ReverseForm(ReasonedBody):
    """The outcome has the right given back."""

    document_digest: Annotated[Hash, Field(description="SHA-256 of the award, judgment or settlement.")]
    terms: ReverseTermsForm


class ReferencedParts(ReasonPart):
    """The operator's reason and the number of the notice, order or agreement, sealed and erasable."""

    reference: SealedForm


class LaterParts(ReasonPart):
    """The operator's reason; the number of another notice or order, where there is one."""

    reference: SealedForm | None = None


class FreezeForm(ReasonedBody):
    """A notice or order has frozen the right: it blocks at once."""

    ground: Annotated[FreezeGround, Field(description="Implementing Rules Art. 103, or Art. 104.")]
    document_digest: Annotated[Hash, Field(description="SHA-256 of the notice or order.")]
    since_ms: TimeMs
    until_ms: Annotated[
        TimeMs | None, Field(description="Of a preservation: the end that the court has named.")
    ] = None
    erasable: ReferencedParts


class ExtensionForm(ReasonedBody):
    """Another notice or order has a freeze last longer."""

    until_ms: TimeMs
    document_digest: Hash
    erasable: LaterParts


class LiftingForm(ReasonedBody):
    """The freeze was lifted."""

    document_digest: Hash
    erasable: LaterParts


class ContractPart(Shape):
    """The pledge contract's text, sealed and erasable."""

    contract: SealedForm | None = None


class PledgeTermsForm(Shape):
    """Confidential: what is secured, until when, and what the pledgor undertakes of two obstacles."""

    amount: Amount
    currency: Currency
    kind: PledgeKind
    ends_ms: Annotated[TimeMs, Field(description="By when the debt is to be performed.")]
    twin: Annotated[
        Obstacle | None, Field(description="A utility model and an invention filed for the same on one day.")
    ] = None
    invalidation: Annotated[Obstacle | None, Field(description="Proceedings to invalidate the right.")] = None
    salt: Salt


class PledgeForm(Body):
    """A holder draws up a pledge of its rights."""

    rights: Annotated[list[Code], Field(min_length=1, max_length=MOST_RIGHTS)]
    pledgee: Code
    terms: PledgeTermsForm
    erasable: ContractPart = ContractPart()  # type: ignore[assignment]  # another set of parts


class PledgeSignature(Body):
    """The pledgee signs the contract as it was read."""

    contract_digest: Annotated[Hash, Field(description="As the pledge's view gives it.")]


class PledgeConsentForm(Body):
    """A co-owner consents to the contract, or to the change that is asked for, as it was read."""

    contract_digest: Annotated[Hash, Field(description="As the pledge's view gives it.")]


class PledgeConsentTermsForm(Shape):
    """Confidential: whose consent the paper is."""

    company_number: Code
    salt: Salt


class PledgeConsentParts(ReasonPart):
    """Why, and the signed paper: sealed and erasable."""

    consent: SealedForm


class PledgeConsentPaper(ReasonedBody):
    """A co-owner's written consent to a pledge."""

    contract_digest: Annotated[Hash, Field(description="Of what the paper consents to.")]
    terms: PledgeConsentTermsForm
    erasable: PledgeConsentParts


class NothingMore(Body):
    """The command says all by itself."""


class PledgeChangeTermsForm(Shape):
    """Confidential: the sum and the term that the pledge is to have."""

    amount: Amount
    ends_ms: TimeMs
    salt: Salt


class PledgeChangeForm(Body):
    """The pledgee has a change applied for."""

    terms: PledgeChangeTermsForm
    erasable: ContractPart = ContractPart()  # type: ignore[assignment]  # another set of parts


class PledgeFiling(ReasonedBody):
    """The application went to the office."""

    filing_id: Code
    package_digest: Annotated[Hash, Field(description="SHA-256 of the application's papers.")]


class PledgeHandIn(ReasonedBody):
    """What is asked of the office now goes there through its adapter."""

    filing_id: Annotated[Code, Field(description="Each right's filing adds `.1`, `.2` and so on to it.")]
    document_digest: Annotated[
        Hash,
        Field(description="SHA-256 of the contract's text, of the change's, or of the pledgee's release."),
    ]


class PledgeRefusal(ReasonedBody):
    """The office has refused registration, change or discharge."""

    reason_code: Code
    document_digest: Annotated[Hash, Field(description="SHA-256 of the office's notice.")]


class Enforcement(ReasonedBody):
    """The pledge is enforced."""

    ground: Annotated[str, Field(pattern=r"^(agreement|court_order)$")]
    document_digest: Annotated[Hash, Field(description="SHA-256 of the agreement or order.")]
    erasable: ReferencedParts


class DisputeView(View):
    """A dispute, to the deal's two sides and the venue."""

    id: str
    deal_id: str
    raised_by: Annotated[str, Field(description="A party, or `venue`.")]
    ground: str
    body: str
    state: Annotated[str, Field(description="OPEN, RESUMED, UNWOUND, REVERSED or TERMINATED")]
    document_digest: str
    outcome_digest: str
    reverse_deal: str
    opened_ms: int
    ended_ms: int | None
    came_from: Annotated[
        str, Field(description="Where the deal goes on; chain and office move it meanwhile.")
    ]
    clocks: Annotated[
        dict[str, int], Field(description="Clock and subject to the milliseconds that it has left.")
    ]
    ended_by: Annotated[str, Field(description="Why the deal can only be unwound; empty where it can go on.")]


class DisputePage(View):
    """Disputes in the order in which they were raised."""

    disputes: list[DisputeView]
    next_cursor: str | None


class FreezeView(View):
    """A freeze by notice or order, as everybody sees it."""

    id: str
    right_id: str
    ground: str
    state: Annotated[str, Field(description="DISPUTE, PRESERVATION, RELEASED or EXPIRED")]
    document_digest: str
    since_ms: int
    until_ms: int
    told_ms: Annotated[int, Field(description="When the venue recorded it, or its extension.")]


class FreezePage(View):
    """Freezes in the order in which the venue was told of them."""

    freezes: list[FreezeView]
    next_cursor: str | None


class PledgeTermsView(View):
    """What is secured."""

    amount: AmountOut
    currency: str
    kind: str
    ends_ms: int
    twin: str | None
    invalidation: str | None


class PledgeContractView(View):
    """A pledge drawn up here, to its two sides, the co-owners of its rights and the venue."""

    id: str
    pledgor: str
    pledgee: str
    rights: list[str]
    state: Annotated[
        str,
        Field(
            description="DRAWN_UP, CONTRACT, FILED, REGISTERED, CHANGING, CHANGED, DISCHARGING, DISCHARGED, ENFORCED "
            "or CANCELLED"
        ),
    ]
    terms: PledgeTermsView
    terms_salt: str
    contract: Annotated[str, Field(description="The commitment to its text.")]
    contract_digest: Annotated[
        str,
        Field(
            description="What the pledgee signs and others consent to; of a change that is asked for, the change."
        ),
    ]
    co_owner_consents: SinceVersion[list[str]] = None
    consents_missing: Annotated[
        list[str],
        Field(
            description="Company numbers of the co-owners, and of a change the pledgor, that have not consented yet.",
            default_factory=list,
        ),
    ]
    change: PledgeTermsView | None
    filing_id: str
    filings: Annotated[
        dict[str, str],
        Field(description="Handed in for what is asked now: confirmed, refused, or nothing yet."),
    ]
    refused_for: Annotated[str, Field(description="The ground of the office's last refusal.")]
    office_due_ms: Annotated[int | None, Field(description="By when the office decides on the filing.")]
    drawn_up_ms: int
    numbers: Annotated[
        dict[str, int], Field(description="Right to the register's pledge on it, counted from 1.")
    ]


class PledgePage(View):
    """Pledges in the order in which they were drawn up."""

    pledges: list[PledgeContractView]
    next_cursor: str | None


class SecuredView(View):
    """What a registered pledge secures, by the register's copy of that moment and the contract drawn up here."""

    register_office: Annotated[str, Field(description="Whose register it is, such as `CN`.")]
    register_number: Annotated[str, Field(description="Empty where the copy carries none.")]
    kind: Annotated[str, Field(description="`secured` or `maximum` sum.")]
    amount: AmountOut
    currency: str
    term_ends_on: Annotated[
        str | None,
        Field(
            description="The last day of the debt's term (ISO): as the copy names it, else to its sides and the venue "
            "as the contract drawn up here does."
        ),
    ]
    rights: Annotated[
        list[str],
        Field(
            description="Of a pledge drawn up here those of its contract; else this right and, of what stands now, "
            "others on which copies show the same pledge."
        ),
    ]


class EncumbranceView(View):
    """Something that stood over the right at the moment."""

    sort: Annotated[
        str, Field(description="licence, licence_elsewhere, pledge, freeze, freeze_notice or dispute")
    ]
    subject_id: str
    source: Annotated[str, Field(description="`register` where its copy shows it, `venue` for the rest.")]
    detail: Annotated[
        str | None, Field(description="Kind of licence or freeze; a pledgee to approved parties alone.")
    ]
    since_ms: Annotated[int | None, Field(description="Since when the venue knows of it.")]
    until_ms: Annotated[int | None, Field(description="Until when it stood; null while it stands.")]
    secured: Annotated[
        SecuredView | None,
        Field(description="Of a pledge, to approved parties alone; null where no copy is kept that says it."),
    ] = None


class EncumbrancesView(View):
    """What the venue knows to have stood over a right at a moment: never that nothing else did."""

    right_id: str
    at_ms: int
    statement: Annotated[str, Field(description="As of which register copy this is said.")]
    statement_zh: str
    register_as_of_ms: Annotated[
        int | None, Field(description="The date of the last copy that the venue had at that moment.")
    ]
    register_copy_digest: str | None
    kept_since_ms: Annotated[int | None, Field(description="Nothing is kept of earlier moments.")]
    encumbrances: list[EncumbranceView]
    more: Annotated[bool, Field(description="Whether others stood beside those that are listed.")]
