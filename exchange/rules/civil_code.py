"""Civil Code of the PRC: pledged rights, what a contract states and may not ask, books, instalments, earnest money."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import DealKind, ListingTerms
from exchange.rights.pledge_identity import name_of
from exchange.rows import Deal, Listing, Party, Payment, Right, RightFacts, Venue
from exchange.rules import profiles
from exchange.rules.rule import BY_ANALOGY, EVERYWHERE, LICENCES, Rule, define, refuse
from exchange.rules.venue import FACT_MISSING
from exchange.state import State
from exchange.terms.consideration import is_a_fifth

PLEDGEE_CONSENT = define(
    Rule(
        code="CN-CIVIL-CODE-444",
        citation="Civil Code of the PRC, Art. 444(2); Order 62 (2011), Art. 12" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="a pledged right is assigned or licensed only with the pledgee's consent",
        text_zh="知识产权出质后，未经质权人同意不得转让或者许可他人使用",
        cure="have each pledgee consent to this listing",
        cure_zh="请取得各质权人对该挂牌的同意",
        steps=("approve", "sign", "fund", "file"),
        facts_from="register_copy",
    )
)


PLEDGEE_PAID_FIRST = define(
    Rule(
        code="PLEDGEE-PAID-FIRST",
        citation="Civil Code of the PRC, Art. 444(2)" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="what a deal in a pledged right brings in prepays the pledgee's debt before the seller's side is paid",
        text_zh="转让或者许可出质知识产权所得价款应当先向质权人提前清偿债务",
        cure="have the pledgee's payment of this deal approved and paid first",
        cure_zh="请先批准并完成该成交中向质权人的付款",
        steps=("pay",),
        facts_from="register_copy",
    )
)


INSPECTION_NOT_AGREED = define(
    Rule(
        code="CN-CIVIL-CODE-846",
        citation="Civil Code of the PRC, Art. 846(3)",
        jurisdictions=("CN",),
        source="L",
        text="the parties to a royalty may agree on how its books are inspected: this contract has agreed on none",
        text_zh="约定提成支付的，当事人可以约定查阅有关会计账目的办法；本合同未作约定",
        cure="none for this deal: agree on inspections when the listing is submitted",
        cure_zh="本成交无法补正：请在提交挂牌时约定查账条款",
        steps=("pay",),
        deal_kinds=LICENCES,
    )
)
CONTRACT_INCOMPLETE = define(
    Rule(
        code="CN-CIVIL-CODE-845",
        citation="Civil Code of the PRC, Art. 845(3)",
        jurisdictions=("CN",),
        source="L",
        text="a contract on a patent states until when it holds, and its register copy does not say so",
        text_zh="技术合同涉及专利的，应当注明专利权的有效期限，登记簿副本未载明",
        cure="have the office's copy with the date of expiry recorded",
        cure_zh="请取得载明届满日的登记簿副本",
        steps=("list", "approve"),
        deal_kinds=("assignment",),
        facts_from="register_copy",
        bound_by=("right",),
    )
)
MONOPOLISES = define(
    Rule(
        code="CN-CIVIL-CODE-850",
        citation="Civil Code of the PRC, Arts. 850 and 864; Supreme People's Court, Interpretation on Technology "
        "Contracts, Art. 10(1)",
        jurisdictions=("CN",),
        source="L",
        text="a licence that takes the licensee's own improvements for the licensor, for nothing and not in return for "
        "the licensor's, monopolises technology and is void",
        text_zh="要求被许可方将其自行改进的技术无偿、非互惠地归许可方享有，属于非法垄断技术，合同无效",
        cure="leave each side its own improvements, or share them",
        cure_zh="请改为各自享有改进成果，或由双方共有",
        steps=("list",),
        deal_kinds=LICENCES,
    )
)


TITLE_SINCE_ENGINE = 5
"""Since this version a contract names the title and the holder of its right (Art. 845; venue rules, § 120)."""
TITLE_LABEL = "bibliography"
"""Of the erasable part that an import seals them in."""
SELLERS_SIDE_SINCE_ENGINE = 5
OF_THE_SELLERS_SIDE = frozenset({"co_owner", "commission"})
"""Lines of a release that are paid after the pledgees, beside the seller's own part."""


def contract_can_name_the_term(venue: Venue, right: Right, deal_kind: DealKind) -> None:
    """What is granted is assigned with its date of expiry; a licence asks for it to end with the right.

    Raises:
        Refusal: CN-CIVIL-CODE-845.
    """
    if venue.engine < profiles.SINCE_ENGINE or deal_kind != "assignment" or right.status != "granted":
        return
    if profiles.binds(CONTRACT_INCOMPLETE, venue, right) and right.expiry_date is None:
        refuse(CONTRACT_INCOMPLETE, fact="expiry_date", right_id=right.id, supplier="patent office")


def title_is_on_record(venue: Venue, right: Right) -> None:
    """A contract names its project (Art. 845(1)), so that a right is offered with its title alone.

    Raises:
        Refusal: FACT-MISSING.
    """
    if venue.engine >= TITLE_SINCE_ENGINE and right.bibliography is UNSET:
        refuse(FACT_MISSING, fact="title", right_id=right.id, supplier="importer")


def named_title_stands(right: Right, named: RightFacts) -> None:
    """A contract names its right's title, and whoever is about to sign it can read it.

    Raises:
        Refusal: FACT-MISSING where none was on record at the award, or once it is erased, whatever came after it.
    """
    if right.bibliography is UNSET or named.bibliography != right.bibliography.commitment:
        refuse(FACT_MISSING, fact="title", right_id=right.id, supplier="importer")


def improvements_are_not_taken(venue: Venue, right: Right, seller: Party, terms: ListingTerms) -> None:
    """Raises Refusal CN-CIVIL-CODE-850 where all improvements are the licensor's."""
    if terms.improvements == "licensor" and profiles.binds(MONOPOLISES, venue, right, seller):
        refuse(MONOPOLISES, right_id=right.id, improvements="licensor")


INSTALMENTS_OVERDUE = define(
    Rule(
        code="CN-CIVIL-CODE-634",
        citation="Civil Code of the PRC, Art. 634(1)" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="a seller asks for the whole price or rescinds when a fifth of a price paid in parts is overdue, and "
        "stays so after a demand and a reasonable term",
        text_zh="分期付款的买受人未支付到期价款达到全部价款的五分之一，经催告后在合理期限内仍未支付的，"
        "出卖人可以请求支付全部价款或者解除合同",
        cure="wait until a fifth of the price is overdue, demand it, and wait for the term's end",
        cure_zh="请待到期未付价款达到全部价款的五分之一，催告后等待期限届满",
        steps=("pay", "file"),
    )
)


def a_fifth_is_overdue(deal: Deal, overdue: int) -> None:
    """A fifth of the price is overdue, in minor units.

    Raises:
        Refusal: CN-CIVIL-CODE-634.
    """
    if not is_a_fifth(overdue, deal.price):
        refuse(INSTALMENTS_OVERDUE, deal_id=deal.id, overdue=overdue > 0)


def term_is_over(deal: Deal, time_ms: int) -> None:
    """The buyer has had its term after a demand.

    Raises:
        Refusal: CN-CIVIL-CODE-634.
    """
    if deal.demand_until_ms is UNSET or time_ms < deal.demand_until_ms:
        until_ms = None if deal.demand_until_ms is UNSET else deal.demand_until_ms
        refuse(INSTALMENTS_OVERDUE, deal_id=deal.id, until_ms=until_ms)


EARNEST_CAP = define(
    Rule(
        code="CN-CIVIL-CODE-586",
        citation="Civil Code of the PRC, Art. 586(2)" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="earnest money is at most 20 % of the price",
        text_zh="定金的数额由当事人约定，但是不得超过主合同标的额的百分之二十",
        cure="agree on earnest money of at most 20 % of the price",
        cure_zh="请将定金约定为不超过价款的百分之二十",
        steps=("list",),
    )
)
HIGHEST_EARNEST = 2_000
"""Basis points of the price."""


def earnest_is_within_the_cap(terms: ListingTerms) -> None:
    """Earnest money 定金 is agreed as a share of the price, so that no price that is found brings it above the cap.

    Raises:
        Refusal: CN-CIVIL-CODE-586.
    """
    if terms.earnest is not UNSET and terms.earnest > HIGHEST_EARNEST:
        refuse(EARNEST_CAP, most_basis_points=HIGHEST_EARNEST)


def inspection_is_agreed(deal: Deal) -> None:
    """A licensor inspects the books where the contract says so.

    Raises:
        Refusal: CN-CIVIL-CODE-846.
    """
    if deal.terms.inspection is not True:
        refuse(INSPECTION_NOT_AGREED, deal_id=deal.id)


def pledgees_consent(state: State, right: Right, listing: Listing) -> None:
    """Every registered pledgee has consented before the parties sign, for every pledge that it has by then.

    A consent that was given under an earlier engine version names no pledges, and is for all of its pledgee's.

    Raises:
        Refusal: CN-CIVIL-CODE-444.
    """
    consenting = {state.parties[party_id].company_number: party_id for party_id in listing.consents}
    named = {} if listing.consented_pledges is UNSET else listing.consented_pledges
    for pledge in right.pledges:
        party_id = consenting.get(pledge.company_number)
        if party_id is None:
            refuse(PLEDGEE_CONSENT, right_id=right.id, listing_id=listing.id)
        later = set(pledges_of(right, pledge.company_number)) - set(named.get(party_id, ()))
        if party_id in named and later:
            refuse(PLEDGEE_CONSENT, right_id=right.id, listing_id=listing.id, pledge=min(later))


CONSENT_NAMES_PLEDGES_SINCE_ENGINE = 5


def pledges_of(right: Right, company_number: str) -> list[str]:
    """A pledgee's registered pledges of a right, as its timeline names them."""
    shown = zip(right.pledges, right.pledge_numbers, strict=True)
    return [name_of(right.id, number) for pledge, number in shown if pledge.company_number == company_number]


def pledgees_are_paid(state: State, payment: Payment) -> None:
    """What a deal brings the seller's side leaves after its pledgees have been paid (Civil Code Art. 444).

    Raises:
        Refusal: PLEDGEE-PAID-FIRST.
    """
    deal = state.deals.get(payment.deal_id or "")
    if deal is None or not (payment.party_id == deal.seller or _is_of_the_sellers_side(state, payment)):
        return
    obligation_id = payment.obligation_id
    released = deal if obligation_id is UNSET else state.obligations[obligation_id]
    for payment_id in released.payments:
        other = state.payments[payment_id]
        is_pledgees = other.line is UNSET and other.party_id != deal.seller
        if is_pledgees and other.state != "PAID":
            refuse(PLEDGEE_PAID_FIRST, payment_id=payment.id, in_the_way=other.id)


def _is_of_the_sellers_side(state: State, payment: Payment) -> bool:
    """A co-owner's share and an agent's commission are what the deal brings, like the seller's own part."""
    return state.venue.engine >= SELLERS_SIDE_SINCE_ENGINE and payment.line in OF_THE_SELLERS_SIDE
