"""Shapes of deals and licences, in and out."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.annexes import ANNEX, Annex
from api.forms import (
    Address,
    Amount,
    AmountOut,
    Body,
    Code,
    Hash,
    IsoDate,
    ReasonedBody,
    ReasonPart,
    RegisterSignature,
    Salt,
    SealedForm,
    Shape,
    SinceVersion,
    View,
)
from api.listings.schemas import TermsView
from exchange.commands import RewardBasis, RewardGround


class DealSignature(Body):
    """The party's EIP-712 signature over the register's `Deal`, or `OfferAcceptance`, as `to-sign` gives it."""

    agreement_digest: Annotated[
        Hash, Field(description="As `to-sign` gave it: nothing else is signed by it.")
    ]
    deal_signature: RegisterSignature


class Cancellation(Body):
    """A party's EIP-712 signature over the register's `DealCancellation`, as `cancellation/to-sign` gives it."""

    deal_digest: Annotated[Hash, Field(description="As `to-sign` gave it: no other deal is cancelled by it.")]
    cancellation_signature: RegisterSignature


class DealKey(Body):
    """Another enrolled key of the party's, with which it will sign this deal."""

    key: Address


class EarnestPayment(Body):
    """The buyer pays the earnest money 定金, citing a bank statement line that brought money in."""

    statement_line: Code


class Funding(Body):
    """The buyer puts what is due first into escrow, citing the bank statement line that brought the money in."""

    statement_line: Annotated[
        Code | Literal[""],
        Field(description="Left out where nothing is due first: a royalty alone, or shares."),
    ] = ""


class FilingParts(ReasonPart):
    """The operator's reason, and the filing package's papers in words, sealed and erasable."""

    package: SealedForm | None = None


class Filing(ReasonedBody):
    """The filing package went to the office: SHA-256 digests of its papers by name."""

    filing_id: Code
    package: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")], Hash],
        Field(min_length=1, max_length=32),
    ]
    erasable: FilingParts


class Delivery(Body):
    """A party's word that a result was handed over: digest of the signed delivery record 交接验收单."""

    delivery_digest: Hash


class RewardForm(Shape):
    """Confidential: how what a deal has brought is split among those who made the result."""

    costs: Annotated[Amount, Field(description="What the seller deducts first.")] = 0
    shares: Annotated[
        list[Annotated[int, Field(ge=1, le=10_000, strict=True)]],
        Field(max_length=64, description="Basis points of the rest, one a contributor; none with a ground."),
    ]
    on_grant: Annotated[
        Amount | None,
        Field(
            description="Reward 奖励 in CNY given to the inventors at the grant, unless agreement or own rules fix it."
        ),
    ] = None
    on_grant_day: Annotated[IsoDate | None, Field(description="On which they were given it.")] = None
    basis: Annotated[
        RewardBasis | None,
        Field(
            description="`income` if left out, `shares` for a contribution as capital, `profit` of each year."
        ),
    ] = None
    years: Annotated[int | None, Field(description="For how many years a part of the profit is given.")] = (
        None
    )
    ground: Annotated[
        RewardGround | None,
        Field(
            description="Where the remuneration is fixed elsewhere, or why nobody of the seller's has one."
        ),
    ] = None
    salt: Salt


class ContributorsPart(Shape):
    """Who they are, in the order of their shares; sealed and erasable."""

    contributors: SealedForm | None = None


class Reward(Body):
    """The seller records the remuneration 报酬 of a deal's contributors: a calculation, no payment."""

    terms: RewardForm
    erasable: ContributorsPart = ContributorsPart()  # type: ignore[assignment]  # another set of parts


class Unwinding(Body):
    """The operator unwinds a deal before its terminal step."""

    ground: Literal["mutual", "court-order", "impossible", "breach"]
    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class ChainRecordView(View):
    """A record on its way to the chain: QUEUED, SENT, MINED, FINAL, VERIFIED or REFUSED."""

    kind: str
    state: str
    transaction_hash: str | None
    block_number: int | None


class DealView(View):
    """A deal as everybody sees it: no price, no names."""

    id: str
    deal_kind: str
    right_id: str
    listing_id: str
    state: str
    awarded_ms: int
    settled_ms: int | None
    chain_transaction: str
    proof_digest: str
    licence_id: str | None
    chain_records: list[ChainRecordView] = Field(default_factory=list)


class LotPartView(View):
    """The lot that a deal is a part of: `id` is its first deal, `share` in parts per million of the lot's price."""

    id: str
    right_ids: list[str]
    share: int
    price: AmountOut


class OwnDealView(DealView):
    """What its parties and the venue see beside that. Amounts in the deal's currency."""

    seller: str
    buyer: str
    seller_key: str
    buyer_key: str
    currency: str
    price: AmountOut
    quantity: Annotated[
        SinceVersion[int],
        Field(description="Licences that the price is for, of a deal of the continuous mode."),
    ]
    demand_until_ms: Annotated[
        SinceVersion[int],
        Field(description="Until when the buyer may pay what was demanded of overdue instalments."),
    ]
    reverses: Annotated[
        SinceVersion[str],
        Field(
            description="The deal whose right this one gives back, as an outcome or a rescission requires."
        ),
    ]
    deposit: AmountOut
    earnest: Annotated[SinceVersion[AmountOut], Field(description="Earnest money 定金 that was paid.")] = None
    fee: AmountOut
    pledgee_share: AmountOut
    terms: TermsView
    terms_salt: str
    terms_commitment: str
    contract_commitment: str
    deadline_s: int
    by_delivery: bool
    seller_signature: str
    buyer_signature: str
    statement_line: str
    filing_id: str
    package: dict[str, str]
    seller_delivery: str
    buyer_delivery: str
    payments: list[str]
    unwound_for: str
    reassigned_from: Annotated[
        SinceVersion[str], Field(description="The deal whose place it took by a first refusal.")
    ]
    lot: Annotated[
        SinceVersion[LotPartView],
        Field(description="Of a lot: binds when all its deals are signed, and is paid for with them."),
    ] = None


class DealPage(View):
    """Deals in the order of their award."""

    deals: list[OwnDealView | DealView]
    next_cursor: str | None


class ToSign(View):
    """What a party signs, and everything that it needs to check it before."""

    deal_id: str
    state: str
    signer: Annotated[
        str,
        Field(
            description="The address that the register expects from this party; empty to staff, and to a seller "
            "whose standing offer was accepted: it has signed already."
        ),
    ]
    typed_data: Annotated[dict[str, Any], Field(description="For `eth_signTypedData_v4`.")]
    digest: Annotated[str, Field(description="The 32 bytes that are signed.")]
    agreement_digest: Annotated[str, Field(description="Goes into the command beside the signature.")]
    offer: Annotated[
        dict[str, Any] | None,
        Field(
            description="Of an acceptance: typed data of the `StandingOffer` whose struct hash is `offerId`."
        ),
    ] = None
    words: Annotated[str, Field(description="What this signature means.")]
    words_zh: str
    contract_text: Annotated[str, Field(description="The text that prevails.")]
    contract_texts: Annotated[
        dict[str, str], Field(description="Every text of the contract by its language: who signs, signs all.")
    ]
    prevails: Annotated[str, Field(description="The language whose text prevails: zh-Hans, zh-Hant or en.")]
    hash_set: Annotated[
        dict[str, Any] | None,
        Field(
            description="SHA-256 of the terms and of each text; null where one text stands, of an older engine."
        ),
    ]
    terms: Annotated[dict[str, Any], Field(description="The sealed terms, in minor units and ms UTC.")]
    salt: Annotated[
        str,
        Field(
            description="Opens both commitments: label `deal-terms` over `terms`; `contract-set` over `hash_set`, or "
            "`contract-text` over the one text where that is null."
        ),
    ]
    terms_commitment: str
    contract_commitment: str
    deadline_s: int
    annex: Annotated[Annex | None, Field(description=ANNEX)] = None
    signed: Annotated[list[str], Field(description="Parties that have signed.")]


class ContractView(View):
    """A deal's contract in one of its languages, and what opens the commitment to all of them."""

    deal_id: str
    language: str
    languages: list[str]
    prevails: Annotated[str, Field(description="The language whose text prevails.")]
    text: str
    sha256: Annotated[str, Field(description="Of the text's UTF-8, hex: as it stands in the hash set.")]
    hash_set: Annotated[
        dict[str, Any] | None,
        Field(
            description="SHA-256 of the terms and of each text; null where one text stands, of an older engine."
        ),
    ]
    terms: Annotated[dict[str, Any], Field(description="The sealed terms, in minor units and ms UTC.")]
    salt: str
    contract_commitment: str
    annex: Annotated[Annex | None, Field(description=ANNEX)] = None


class FilingPackage(View):
    """The papers that go to the office with a deal, and their digests as `POST …/filing` takes them."""

    deal_id: str
    papers: Annotated[dict[str, str], Field(description="Text by the office's name for the paper.")]
    digests: Annotated[dict[str, str], Field(description="SHA-256 of each paper's UTF-8 text, hex.")]
    filed_ms: Annotated[
        int | None,
        Field(
            description="When the deal's last filing was made; dealings with a Hong Kong design rank by it."
        ),
    ]


class LicenceView(View):
    """A licence as everybody sees it."""

    id: str
    right_id: str
    deal_id: str
    licence_kind: str
    state: str
    recorded: bool
    starts_ms: int
    ends_ms: int
    recordal_due_ms: int
    head_licence: Annotated[
        SinceVersion[str], Field(description="Of a sub-licence: the licence under which it was granted.")
    ] = None
    suspended_from: Annotated[
        SinceVersion[str],
        Field(
            description="While a decision that declares its right invalid is not final: the state that it goes back to."
        ),
    ] = None


class OwnLicenceView(LicenceView):
    """What its parties and the venue see beside that."""

    licensor: str
    licensee: str
    territory: list[str]
    field_of_use: str
    may_sublicense: Annotated[
        SinceVersion[bool], Field(description="Whether its contract lets the licensee license others.")
    ] = None


class LicencePage(View):
    """Licences in the order of their grant."""

    licences: list[OwnLicenceView | LicenceView]
    next_cursor: str | None
