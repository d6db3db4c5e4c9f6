"""Before a deal is signed: what the venue shows must open its commitments, and be what was agreed.

The digest that is signed is made here, from the checked parts and the pinned domain; the venue's own typed data is
compared with it and otherwise not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.calls.contract_check import require_openings
from api.calls.mismatch import require
from api.calls.offer_check import acceptance_signature
from exchange.identifiers import chain_key, deal_chain_id, deal_kind_number
from ledger.signatures import Deal, Domain, PrivateKey, message_digest, sign, typed_data

if TYPE_CHECKING:
    from api.deals.schemas import ToSign


def deal_signature(
    shown: ToSign, *, deal_id: str, key: PrivateKey, domain: Domain, price: int | None = None
) -> str:
    """The signature over a deal that has been checked; `price` is the agreed one, in minor units.

    Where a standing offer was accepted, the buyer's over the acceptance.

    Raises:
        DealMismatch: TERMS-COMMITMENT, CONTRACT-COMMITMENT, CONTRACT-TEXT, CONTRACT-TITLE, DEAL-ID, PRICE, SIGNER,
            OFFER, TYPED-DATA, DIGEST.
    """
    if shown.offer is not None:
        return acceptance_signature(shown, deal_id=deal_id, key=key, domain=domain, price=price)
    require_openings(shown)
    # Terms that were accepted under a standing offer name its listing, and no deal.
    named = deal_id if "listing_id" in shown.terms else shown.terms.get("deal_id")
    require(named == deal_id == shown.deal_id, "DEAL-ID")
    require(price is None or shown.terms.get("price") == price, "PRICE")
    message = shown.typed_data.get("message", {})
    addresses = [str(message.get("seller", "")), str(message.get("buyer", ""))]
    require(key.address in addresses and addresses[0] != addresses[1], "SIGNER")
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
    require(typed_data(domain, deal) == shown.typed_data, "TYPED-DATA")
    digest = message_digest(domain, deal)
    require("0x" + digest.hex() == shown.digest, "DIGEST")
    return sign(digest, key)


def _count(message: dict[str, Any], field: str) -> int:
    """A counter as shown: under another one than its key has, the contract refuses the signature, and no more."""
    value = message.get(field)
    require(isinstance(value, int), "TYPED-DATA")
    return int(str(value))
