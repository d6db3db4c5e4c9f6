"""What a signature over an offer, a withdrawal or a cancellation means, in English and in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.deals.payment_words import in_words
from exchange.calendar import MS_PER_SECOND, venue_date

if TYPE_CHECKING:
    from exchange.rows import Deal, Listing, Offer

Words = tuple[str, str]


def of_offer(listing: Listing, offer: Offer) -> Words:
    """The seller gives a licence to whoever accepts."""
    price, price_zh = in_words(listing.terms, listing.terms.price, listing.currency)
    until = venue_date(offer.expires_at_s * MS_PER_SECOND).isoformat()
    english = (
        f"By signing you offer a non-exclusive (ordinary) licence under {offer.right_id} to whoever accepts listing "
        f"{listing.id}, "
        f"at most {offer.most} times, for {price}. Each acceptance makes a contract without any further signature of "
        "yours. You can withdraw the offer at any time; who accepted before has the licence. The register takes "
        f"acceptances until {until}."
    )
    chinese = (
        f"签署即向承诺挂牌 {listing.id} 的任何人发出要约：给予 {offer.right_id} 的普通实施许可，{price_zh}，"
        f"至多 {offer.most} 份。每一承诺即成立合同，无须您再次签署。您可随时撤销要约，撤销前已承诺的仍享有许可。"
        f"承诺在 {until} 前可上链存证。"
    )
    return english, chinese


def of_acceptance(deal: Deal) -> Words:
    """The buyer accepts what the seller has signed already."""
    price, price_zh = in_words(deal.terms, deal.price, deal.currency)
    english = (
        f"By signing you accept the standing offer of listing {deal.listing_id}, which {deal.seller} has signed: "
        f"deal {deal.id} gives {deal.buyer} a non-exclusive (ordinary) licence under {deal.right_id} for {price}. "
        "Your signature makes the contract."
    )
    chinese = (
        f"签署即承诺挂牌 {deal.listing_id} 的要约（{deal.seller} 已签署）：成交 {deal.id} 给予 {deal.buyer} 对 "
        f"{deal.right_id} 的普通实施许可，{price_zh}。您的签名使合同成立。"
    )
    return english, chinese


def of_withdrawal(offer: Offer) -> Words:
    """The seller ends its offer."""
    english = (
        f"By signing you withdraw the standing offer of listing {offer.id}, and the listing is taken off. Nobody can "
        "accept it any more; who has accepted before has the licence. It cannot be taken back."
    )
    chinese = (
        f"签署即撤销挂牌 {offer.id} 的持续要约，挂牌随之撤下。此后任何人不得承诺；此前已承诺的仍享有许可。"
        "撤销不可收回。"
    )
    return english, chinese


def of_cancellation(deal: Deal) -> Words:
    """A party ends a deal that is not signed by both."""
    english = (
        f"By signing you cancel deal {deal.id} of {deal.seller} and {deal.buyer} on {deal.right_id} before both have "
        "signed it. What is held of the buyer's goes back, and the deal can never be recorded; nor can this be undone."
    )
    chinese = (
        f"签署即在双方签署之前取消 {deal.seller} 与 {deal.buyer} 关于 {deal.right_id} 的成交 {deal.id}。"
        "冻结的款项退回受让方，该成交不得再上链存证。取消不可收回。"
    )
    return english, chinese
