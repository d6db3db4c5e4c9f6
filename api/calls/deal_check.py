"""Before a deal is signed: what the venue shows must open its commitments, and be what was agreed.

The digest that is signed is made here, from the checked parts and the pinned domain; the venue's own typed data is
compared with it and otherwise not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.identifiers import chain_key, deal_chain_id, deal_kind_number
from exchange.sealed import Opening, matches
from exchange.terms.deal_terms import CONTRACT_LABEL, TERMS_LABEL
from ledger.signatures import Deal, Domain, PrivateKey, message_digest, sign, typed_data

if TYPE_CHECKING:
    from api.deals.schemas import ToSign


class DealMismatch(Exception):
    """What is to be signed is not what was shown or agreed: sign nothing, and ask the venue. `code` says which part."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def deal_signature(
    shown: ToSign, *, deal_id: str, key: PrivateKey, domain: Domain, price: int | None = None
) -> str:
    """The signature over a deal that has been checked; `price` is the agreed one, in minor units.

    Raises:
        DealMismatch: TERMS-COMMITMENT, CONTRACT-COMMITMENT, DEAL-ID, PRICE, SIGNER, TYPED-DATA, DIGEST.
    """
    opened = Opening(shown.salt, shown.terms)
    _require(matches(bytes.fromhex(shown.terms_commitment), TERMS_LABEL, opened), "TERMS-COMMITMENT")
    text = Opening(shown.salt, shown.contract_text)
    _require(matches(bytes.fromhex(shown.contract_commitment), CONTRACT_LABEL, text), "CONTRACT-COMMITMENT")
    _require(shown.terms.get("deal_id") == deal_id == shown.deal_id, "DEAL-ID")
    _require(price is None or shown.terms.get("price") == price, "PRICE")
    message = shown.typed_data.get("message", {})
    addresses = [str(message.get("seller", "")), str(message.get("buyer", ""))]
    _require(key.address in addresses and addresses[0] != addresses[1], "SIGNER")
    deal_kind = str(shown.terms.get("kind", ""))
    by_delivery = message.get("kind") == deal_kind_number("assignment", by_delivery=True)
    deal = Deal(
        right_id=chain_key("right", str(shown.terms.get("right_id", ""))),
        deal_id=deal_chain_id(deal_id, addresses[0], addresses[1]),
        kind=deal_kind_number(deal_kind, by_delivery=by_delivery),
        seller=addresses[0],
        buyer=addresses[1],
        terms=bytes.fromhex(shown.terms_commitment),
        contract_text=bytes.fromhex(shown.contract_commitment),
        deadline_s=shown.deadline_s,
        seller_counter=_count(message, "sellerCounter"),
        buyer_counter=_count(message, "buyerCounter"),
    )
    _require(typed_data(domain, deal) == shown.typed_data, "TYPED-DATA")
    digest = message_digest(domain, deal)
    _require("0x" + digest.hex() == shown.digest, "DIGEST")
    return sign(digest, key)


def _count(message: dict[str, Any], field: str) -> int:
    """A counter as shown: under another one than its key has, the contract refuses the signature, and no more."""
    value = message.get(field)
    _require(isinstance(value, int), "TYPED-DATA")
    return int(str(value))


def _require(holds: bool, code: str) -> None:  # noqa: FBT001 - a check and its name
    if not holds:
        raise DealMismatch(code)
