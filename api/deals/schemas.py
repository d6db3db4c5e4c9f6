"""Shapes of deals and licences, in and out."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.forms import (
    Address,
    AmountOut,
    Body,
    Code,
    Hash,
    ReasonedBody,
    ReasonPart,
    RegisterSignature,
    SealedForm,
    View,
)
from api.listings.schemas import TermsView


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


class Funding(Body):
    """The buyer puts the price into escrow, citing the bank statement line that brought the money in."""

    statement_line: Code


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


class OwnDealView(DealView):
    """What its parties and the venue see beside that. Amounts in the deal's currency."""

    seller: str
    buyer: str
    seller_key: str
    buyer_key: str
    currency: str
    price: AmountOut
    deposit: AmountOut
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
    contract_text: str
    terms: Annotated[dict[str, Any], Field(description="The sealed terms, in minor units and ms UTC.")]
    salt: Annotated[
        str,
        Field(
            description="Opens both commitments: label `deal-terms` over `terms`, `contract-text` over the text."
        ),
    ]
    terms_commitment: str
    contract_commitment: str
    deadline_s: int
    signed: Annotated[list[str], Field(description="Parties that have signed.")]


class FilingPackage(View):
    """The papers that go to the office with a deal, and their digests as `POST …/filing` takes them."""

    deal_id: str
    papers: Annotated[dict[str, str], Field(description="Text by the office's name for the paper.")]
    digests: Annotated[dict[str, str], Field(description="SHA-256 of each paper's UTF-8 text, hex.")]


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


class OwnLicenceView(LicenceView):
    """What its parties and the venue see beside that."""

    licensor: str
    licensee: str
    territory: list[str]
    field_of_use: str


class LicencePage(View):
    """Licences in the order of their grant."""

    licences: list[OwnLicenceView | LicenceView]
    next_cursor: str | None
