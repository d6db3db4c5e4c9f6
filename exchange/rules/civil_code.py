"""Civil Code of the PRC: pledged rights."""

from __future__ import annotations

from exchange.rows import Listing, Payment, Right
from exchange.rules.rule import Rule, define, refuse
from exchange.state import State

PLEDGEE_CONSENT = define(
    Rule(
        code="CN-CIVIL-CODE-444",
        citation="Civil Code of the PRC, Art. 444(2)",
        jurisdictions=("CN",),
        source="L",
        text="a pledged right is assigned or licensed only with the pledgee's consent",
        text_zh="知识产权出质后，未经质权人同意不得转让或者许可他人使用",
        cure="have each pledgee consent to this listing",
        cure_zh="请取得各质权人对该挂牌的同意",
    )
)


PLEDGEE_PAID_FIRST = define(
    Rule(
        code="PLEDGEE-PAID-FIRST",
        citation="Civil Code of the PRC, Art. 444(2)",
        jurisdictions=("CN",),
        source="L",
        text="what a deal in a pledged right brings in prepays the pledgee's debt before the seller is paid",
        text_zh="转让或者许可出质知识产权所得价款应当先向质权人提前清偿债务",
        cure="have the pledgee's payment of this deal approved and paid first",
        cure_zh="请先批准并完成该成交中向质权人的付款",
    )
)


def pledgees_consent(state: State, right: Right, listing: Listing) -> None:
    """Every registered pledgee has consented before the parties sign.

    Raises:
        Refusal: CN-CIVIL-CODE-444.
    """
    consenting = {state.parties[party_id].company_number for party_id in listing.consents}
    for pledge in right.pledges:
        if pledge.company_number not in consenting:
            refuse(PLEDGEE_CONSENT, right_id=right.id, listing_id=listing.id)


def pledgees_are_paid(state: State, payment: Payment) -> None:
    """What a deal brings its seller leaves after its pledgees have been paid (Civil Code Art. 444).

    Raises:
        Refusal: PLEDGEE-PAID-FIRST.
    """
    deal = state.deals.get(payment.deal_id or "")
    if deal is None or payment.party_id != deal.seller:
        return
    for payment_id in deal.payments:
        other = state.payments[payment_id]
        if other.party_id != deal.seller and other.state != "PAID":
            refuse(PLEDGEE_PAID_FIRST, payment_id=payment.id, in_the_way=other.id)
