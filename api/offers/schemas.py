"""Shapes of standing offers, in and out."""

from typing import Annotated, Any

from pydantic import Field

from api.annexes import ANNEX, Annex
from api.deals.schemas import ChainRecordView
from api.forms import Body, Hash, RegisterSignature, Salt, Shape, View


class OfferSignature(Body):
    """The seller's EIP-712 signature over the register's `StandingOffer`, as `offer/to-sign` gives it."""

    offer_digest: Annotated[
        Hash, Field(description="As `to-sign` gave it: another offer is not signed by it.")
    ]
    offer_signature: RegisterSignature


class WithdrawalTerms(Shape):
    """Confidential until the register has it: whoever has this signature can end the offer there."""

    withdrawal_signature: RegisterSignature
    salt: Salt


class Withdrawal(Body):
    """The seller's EIP-712 signature over the register's `OfferWithdrawal`, as `withdrawal/to-sign` gives it."""

    offer_digest: Annotated[
        Hash, Field(description="As `to-sign` gave it: no other offer is withdrawn by it.")
    ]
    terms: WithdrawalTerms


class OfferToSign(View):
    """What a seller signs for whoever accepts, and everything that it needs to check it before."""

    listing_id: str
    number: Annotated[int, Field(description="How many offers of this listing were signed before.")]
    signer: Annotated[str, Field(description="The seller's own key, which the register expects.")]
    typed_data: Annotated[dict[str, Any], Field(description="For `eth_signTypedData_v4`.")]
    digest: Annotated[str, Field(description="The 32 bytes that are signed.")]
    offer_digest: Annotated[str, Field(description="Goes into the command beside the signature.")]
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
    annex: Annotated[Annex | None, Field(description=ANNEX)] = None


class EndingToSign(View):
    """A message to the register that names by its hash what it ends; `hashed` is what it is the hash of."""

    subject_id: Annotated[str, Field(description="The listing of the offer, or the deal.")]
    signer: Annotated[str, Field(description="The key that the register expects; to staff, empty.")]
    typed_data: Annotated[dict[str, Any], Field(description="For `eth_signTypedData_v4`.")]
    digest: Annotated[str, Field(description="The 32 bytes that are signed.")]
    hashed: Annotated[
        dict[str, Any],
        Field(
            description="Typed data of the `StandingOffer` or `Deal` whose struct hash the message carries."
        ),
    ]
    struct_hash: Annotated[str, Field(description="That hash: EIP-712's hashStruct of `hashed`.")]
    subject_digest: Annotated[str, Field(description="Goes into the command beside the signature.")]
    words: Annotated[str, Field(description="What this signature means.")]
    words_zh: str


class OfferView(View):
    """A listing's standing offer as everybody sees it."""

    listing_id: str
    number: Annotated[int, Field(description="How many offers of this listing were signed before.")]
    right_id: str
    state: Annotated[str, Field(description="STANDING, WITHDRAWING, WITHDRAWN or ENDED.")]
    offer_id: Annotated[
        str, Field(description="Its identifier on the chain: the struct hash of what was signed.")
    ]
    announcement_number: str | None
    most: int
    accepted: Annotated[int, Field(description="Deals that came of it so far, at whatever step they are.")]
    term_s: Annotated[int, Field(description="The longest term of a licence under it, in seconds.")]
    expires_at_s: int
    chain_records: list[ChainRecordView] = Field(default_factory=list)


class OwnOfferView(OfferView):
    """What its seller and the venue see beside that."""

    seller_key: str
    counter: int
    salt: str
    terms_salt: str
    terms_commitment: str
    contract_commitment: str
    signature: str
    withdrawal: str
    deals: Annotated[list[str], Field(description="Deals of which the buyer alone signs.")]
    left: Annotated[list[str], Field(description="Deals that have left it: both sign them.")]
