"""What is signed of a deal, by digest: the engine cannot make the register's struct, but it can tell one from another.

A command that carries a signature names this digest too. Where a key, a counter or the offer has changed between the
reading and the signing, it names another, and no signature comes to stand under a deal that it was not made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange import canonical

if TYPE_CHECKING:
    from exchange.rows import Deal, Offer


def deal_digest(deal: Deal, counters: tuple[int, int]) -> str:
    """SHA-256 (hex) of the canonical form of what both would sign of a deal under the counters of their keys."""
    return canonical.digest(
        {
            "deal_id": deal.id,
            "seller_key": deal.seller_key,
            "buyer_key": deal.buyer_key,
            "terms_commitment": deal.terms_commitment,
            "contract_commitment": deal.contract_commitment,
            "deadline_s": deal.deadline_s,
            "seller_counter": counters[0],
            "buyer_counter": counters[1],
        }
    ).hex()


def agreement_digest(deal: Deal, offer: Offer | None, counters: tuple[int, int]) -> str:
    """The same of what makes the deal: signed by both, or by the buyer alone where `offer` is what it stands under."""
    if offer is None:
        return deal_digest(deal, counters)
    return canonical.digest(
        {
            "deal_id": deal.id,
            "offer_salt": offer.salt,
            "seller_key": deal.seller_key,
            "buyer_key": deal.buyer_key,
            "deadline_s": deal.deadline_s,
            "seller_counter": offer.counter,
            "buyer_counter": counters[1],
        }
    ).hex()
