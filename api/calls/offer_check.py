"""Before an offer, an acceptance, a withdrawal or a cancellation is signed: it must be what it is said to be.

Whatever a message names by its hash is made again from what the venue shows, and hashed here. As with deals, the digest
that is signed is made from checked parts and the pinned domain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from api.calls.contract_check import require_openings
from api.calls.mismatch import DealMismatch, require
from exchange.identifiers import chain_key, deal_chain_id
from exchange.offers import offer_digest, offer_salt
from ledger.messages import Deal, DealCancellation, OfferAcceptance, OfferWithdrawal, StandingOffer
from ledger.secp256k1 import SignatureRefused
from ledger.signatures import message_digest, sign, struct_hash, typed_data

if TYPE_CHECKING:
    from api.deals.schemas import ToSign
    from api.offers.schemas import EndingToSign, OfferToSign, OfferView
    from ledger.messages import RegisterMessage
    from ledger.signatures import Domain, PrivateKey

_Kind = TypeVar("_Kind", StandingOffer, Deal)


def offer_signature(
    shown: OfferToSign, *, listing_id: str, key: PrivateKey, domain: Domain, price: int | None = None
) -> tuple[str, str]:
    """The signature over a standing offer that has been checked, and the digest that goes beside it.

    `price` is the listed one, in minor units.

    Raises:
        DealMismatch: TERMS-COMMITMENT, CONTRACT-COMMITMENT, CONTRACT-TEXT, CONTRACT-TITLE, LISTING-ID, PRICE,
            SIGNER, OFFER, TYPED-DATA, DIGEST.
    """
    require_openings(shown)
    require(shown.terms.get("listing_id") == listing_id == shown.listing_id, "LISTING-ID")
    require(price is None or shown.terms.get("price") == price, "PRICE")
    offer = _rebuilt(StandingOffer, shown.typed_data, domain)
    require(offer.seller == key.address, "SIGNER")
    right_id = str(shown.terms.get("right_id", ""))
    _require_offer_of(offer, right_id, shown)
    require(offer.salt == offer_salt(listing_id, shown.number), "OFFER")
    digest = message_digest(domain, offer)
    require("0x" + digest.hex() == shown.digest, "DIGEST")
    signed = digest_of_message(offer, right_id)
    require(signed == shown.offer_digest, "DIGEST")
    return sign(digest, key), signed


def acceptance_signature(
    shown: ToSign, *, deal_id: str, key: PrivateKey, domain: Domain, price: int | None = None
) -> str:
    """The buyer's signature over an acceptance whose offer has been checked; `price` in minor units.

    Raises:
        DealMismatch: TERMS-COMMITMENT, CONTRACT-COMMITMENT, CONTRACT-TEXT, CONTRACT-TITLE, DEAL-ID, PRICE, SIGNER,
            OFFER, TYPED-DATA, DIGEST.
    """
    require_openings(shown)
    require(shown.deal_id == deal_id, "DEAL-ID")
    require(price is None or shown.terms.get("price") == price, "PRICE")
    offer = _rebuilt(StandingOffer, shown.offer or {}, domain)
    _require_offer_of(offer, str(shown.terms.get("right_id", "")), shown)
    message = shown.typed_data.get("message", {})
    require(str(message.get("buyer", "")) == key.address != offer.seller, "SIGNER")
    counter = message.get("buyerCounter")
    require(isinstance(counter, int), "TYPED-DATA")
    acceptance = OfferAcceptance(
        right_id=offer.right_id,
        deal_id=deal_chain_id(deal_id, offer.seller, key.address),
        offer_id=struct_hash(offer),
        buyer=key.address,
        deadline_s=shown.deadline_s,
        buyer_counter=int(str(counter)),
    )
    return _signed(acceptance, shown.typed_data, shown.digest, key, domain)


def withdrawal_signature(
    shown: EndingToSign, standing: OfferView, *, listing_id: str, key: PrivateKey, domain: Domain
) -> tuple[str, str]:
    """The signature over the withdrawal of this listing's standing offer, and the digest that goes beside it.

    Raises:
        DealMismatch: LISTING-ID, SIGNER, OFFER, TYPED-DATA, DIGEST.
    """
    require(shown.subject_id == listing_id == standing.listing_id, "LISTING-ID")
    offer = _rebuilt(StandingOffer, shown.hashed, domain)
    require(offer.seller == key.address, "SIGNER")
    require(offer.right_id == chain_key("right", standing.right_id), "OFFER")
    require(offer.salt == offer_salt(listing_id, standing.number), "OFFER")
    require(digest_of_message(offer, standing.right_id) == shown.subject_digest, "DIGEST")
    message = OfferWithdrawal(offer=struct_hash(offer))
    return _signed(message, shown.typed_data, shown.digest, key, domain), shown.subject_digest


def cancellation_signature(
    shown: EndingToSign, *, deal_id: str, key: PrivateKey, domain: Domain
) -> tuple[str, str]:
    """The signature over the cancellation of this deal, and the digest that goes beside it.

    Raises:
        DealMismatch: DEAL-ID, SIGNER, TYPED-DATA, DIGEST.
    """
    require(shown.subject_id == deal_id, "DEAL-ID")
    deal = _rebuilt(Deal, shown.hashed, domain)
    require(deal.deal_id == deal_chain_id(deal_id, deal.seller, deal.buyer), "DEAL-ID")
    require(key.address in {deal.seller, deal.buyer}, "SIGNER")
    message = DealCancellation(deal=struct_hash(deal))
    return _signed(message, shown.typed_data, shown.digest, key, domain), shown.subject_digest


def digest_of_message(offer: StandingOffer, right_id: str) -> str:
    """The digest by which a command names the offer that was signed."""
    return offer_digest(
        right_id=right_id,
        seller_key=offer.seller,
        terms_commitment=offer.terms.hex(),
        contract_commitment=offer.contract_text.hex(),
        term_s=offer.term_s,
        most=offer.most,
        expires_at_s=offer.expires_at_s,
        counter=offer.seller_counter,
        salt=offer.salt.hex(),
    )


def _require_offer_of(offer: StandingOffer, right_id: str, shown: OfferToSign | ToSign) -> None:
    """The offer is for the right and on the terms and the text that are shown."""
    require(offer.right_id == chain_key("right", right_id), "OFFER")
    require(offer.terms.hex() == shown.terms_commitment, "OFFER")
    require(offer.contract_text.hex() == shown.contract_commitment, "OFFER")


def _rebuilt(kind: type[_Kind], shown: dict[str, Any], domain: Domain) -> _Kind:
    """A message made from its typed data, in this domain and no other."""
    values = shown.get("message", {})
    try:
        fields = {
            field: bytes.fromhex(values[name].removeprefix("0x")) if solidity == "bytes32" else values[name]
            for (name, solidity), field in zip(kind.members, kind.__struct_fields__, strict=True)
        }
        made = msgspec.convert(fields, kind, builtin_types=(bytes,))
        same = typed_data(domain, made) == shown
    except (KeyError, ValueError, AttributeError, msgspec.ValidationError, SignatureRefused) as error:
        code = "TYPED-DATA"
        raise DealMismatch(code) from error
    require(same, "TYPED-DATA")
    return made


def _signed(
    message: RegisterMessage, shown: dict[str, Any], digest: str, key: PrivateKey, domain: Domain
) -> str:
    require(typed_data(domain, message) == shown, "TYPED-DATA")
    made = message_digest(domain, message)
    require("0x" + made.hex() == digest, "DIGEST")
    return sign(made, key)
