"""The papers that go to the office with a filing: application, contract, identity papers, power of attorney.

Texts are made from the deal alone, so that whoever has the deal can make them again and compare digests. The contract
is the very text whose commitment the parties have signed.
"""

from __future__ import annotations

import hashlib

from msgspec import UNSET

from exchange.rows import Deal, Offer, Party, Right
from exchange.rules.effects import effect_of
from exchange.state import State
from exchange.terms import offer_terms
from exchange.terms.text import DEMO_MARK

_NUMBER_NAMES = {
    "CN": "统一社会信用代码",
    "HK": "香港商业登记号码或公司注册编号",
    "MO": "澳门商业登记编号",
}
_OTHER_NUMBER = "注册编号"


def filing_package(  # noqa: PLR0913 - what the papers follow from
    deal: Deal,
    seller: Party,
    buyer: Party,
    *,
    offer: Offer | None,
    consenting_pledgees: tuple[str, ...],
    consenting_co_owners: tuple[str, ...] = (),
    simulated: bool,
) -> dict[str, str]:
    """The papers by the office's names for them, as text; none for a right that has no register.

    offer: the standing offer of the deal's listing, if there is one. consenting_pledgees: company numbers of the
    registered pledgees that have consented to that listing; consenting_co_owners: of the other co-owners that have.
    While the office is simulated every paper says so.
    """
    effect = effect_of(deal.right_facts.office, deal.right_facts.right_type)
    if deal.by_delivery:
        return {}
    is_assignment = deal.deal_kind == "assignment"
    name = "change_application" if is_assignment else "recordal_application"
    title = effect.change_form if is_assignment else effect.recordal_form
    numbers = "、".join(f"{party.id}：{_number(party)}" for party in (seller, buyer))
    papers = {
        name: f"{title}\n{effect.number_zh}：{deal.right_id}\n变更前/许可方：{seller.company_number}\n"
        f"变更后/被许可方：{buyer.company_number}\n合同编号：{deal.id}\n",
        "identity_papers": f"身份证明\n{numbers}\n",
        "power_of_attorney": f"{effect.power_of_attorney}\n委托人：{numbers}\n委托事项：{title}\n",
    }
    if consenting_co_owners:
        owners = "、".join(consenting_co_owners)
        papers["coowner_consent"] = f"共有人同意书\n共有人：{owners}\n合同编号：{deal.id}\n"
    if consenting_pledgees:
        pledgees = "、".join(consenting_pledgees)
        papers["pledgee_consent"] = f"质权人同意书\n质权人：{pledgees}\n合同编号：{deal.id}\n"
    if offer_terms.came_of(offer, deal):
        # The contract names whoever accepts; the acceptance says who did.
        papers["acceptance"] = (
            f"承诺书\n要约：{deal.listing_id}\n承诺方：{buyer.company_number}\n合同编号：{deal.id}\n"
        )
    mark = f"{DEMO_MARK}\n" if simulated else ""
    marked = {paper: mark + text for paper, text in papers.items()}
    return marked | {"contract": offer_terms.text_of(deal, seller, buyer, offer, simulated=simulated)}


def _number(party: Party) -> str:
    return f"{_NUMBER_NAMES.get(party.jurisdiction, _OTHER_NUMBER)} {party.company_number}"


def digests(package: dict[str, str]) -> dict[str, str]:
    """SHA-256 (hex) of each paper's UTF-8 text, by name."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in package.items()}


def consenting_pledgees(right: Right, consenting: set[str]) -> tuple[str, ...]:
    """The company numbers of the registered pledgees that are among those who have consented to a listing."""
    return tuple(pledge.company_number for pledge in right.pledges if pledge.company_number in consenting)


def consenting_co_owners(deal: Deal, consents: tuple[str, ...]) -> tuple[str, ...]:
    """Company numbers of co-owners that have consented to a listing: of a lot's those that own this deal's right."""
    if deal.lot is UNSET:
        return consents
    named = () if deal.right_facts.co_owners is UNSET else deal.right_facts.co_owners
    return tuple(number for number in consents if number in {holder.company_number for holder in named})


def digests_of(state: State, deal: Deal) -> dict[str, str]:
    """The digests that a filing of this deal names: of the papers as they are made from it now."""
    parties = state.parties
    listing = state.listings[deal.listing_id]
    consenting = {parties[party_id].company_number for party_id in listing.consents}
    co_owners = listing.co_owner_consents
    return digests(
        filing_package(
            deal,
            parties[deal.seller],
            parties[deal.buyer],
            offer=state.offers.get(deal.listing_id),
            consenting_pledgees=consenting_pledgees(state.rights[deal.right_id], consenting),
            consenting_co_owners=consenting_co_owners(deal, () if co_owners is UNSET else co_owners),
            simulated=state.venue.simulated,
        )
    )
