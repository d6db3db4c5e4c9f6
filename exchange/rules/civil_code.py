"""Civil Code of the PRC: pledged rights."""

from __future__ import annotations

from exchange.rules.rule import Rule, define, refuse
from exchange.state import Listing, Right, State

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


def pledgees_consent(state: State, right: Right, listing: Listing) -> None:
    """Every registered pledgee has consented before the parties sign.

    Raises:
        Refusal: CN-CIVIL-CODE-444.
    """
    consenting = {state.parties[party_id].company_number for party_id in listing.consents}
    for pledge in right.pledges:
        if pledge.company_number not in consenting:
            refuse(PLEDGEE_CONSENT, right_id=right.id, listing_id=listing.id)
