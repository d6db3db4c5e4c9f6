"""The papers that go to the office with a filing: application, contract, identity papers, power of attorney.

Technology that leaves the Mainland has its licence or certificate named in a paper of its own.

Texts are made from the deal alone, so that whoever has the deal can make them again and compare digests. The contract
is the very text whose commitment the parties have signed.
"""

from __future__ import annotations

import hashlib

from msgspec import UNSET

from exchange.rows import Deal, Document, Offer, Party, Right
from exchange.rules import export_control
from exchange.rules.effects import effect_said_of
from exchange.state import State
from exchange.terms import offer_terms
from exchange.terms.text import DEMO_MARK

_NUMBER_NAMES = {
    "CN": "统一社会信用代码",
    "HK": "香港商业登记号码或公司注册编号",
    "MO": "澳门商业登记编号",
}
_OTHER_NUMBER = "注册编号"
EXPORT_CERTIFICATE = "export_certificate"
"""The office's name for the paper on a deal's export."""
EXPORT_CERTIFICATE_SINCE_ENGINE = 5
"""Since this version it is filed: before, the office refused every deal that its law has show one."""
_EXPORT_TITLES = {"export_licence": "技术出口许可证", "export_registration": "技术出口合同登记证书"}


def filing_package(  # noqa: PLR0913 - what the papers follow from
    deal: Deal,
    seller: Party,
    buyer: Party,
    *,
    offer: Offer | None,
    consenting_pledgees: tuple[str, ...],
    consenting_co_owners: tuple[str, ...] = (),
    export_document: Document | None = None,
    simulated: bool,
) -> dict[str, str]:
    """The papers by the office's names for them, as text; none for a right that has no register.

    offer: the standing offer of the deal's listing, if there is one. consenting_pledgees: company numbers of the
    registered pledgees that have consented to that listing; consenting_co_owners: of the other co-owners that have.
    export_document: what is on record of the deal's export and shown to the office. While the office is simulated every
    paper says so.
    """
    effect = effect_said_of(deal.right_facts)
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
    if export_document is not None:
        papers[EXPORT_CERTIFICATE] = _on_export(deal, export_document)
    marked = {paper: _marked(text, simulated=simulated) for paper, text in papers.items()}
    return marked | {"contract": offer_terms.text_of(deal, seller, buyer, offer, simulated=simulated)}


def _marked(text: str, *, simulated: bool) -> str:
    return f"{DEMO_MARK}\n{text}" if simulated else text


def _on_export(deal: Deal, document: Document) -> str:
    title = _EXPORT_TITLES[document.document]
    return f"{title}\n文件编号：{document.id}\nSHA-256：{document.digest}\n合同编号：{deal.id}\n"


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


def papers_of(state: State, deal: Deal) -> dict[str, str]:
    """The papers of a deal, as text, as they are made from it now; on its export, as filed once they are."""
    parties = state.parties
    listing = state.listings[deal.listing_id]
    consenting = {parties[party_id].company_number for party_id in listing.consents}
    co_owners = listing.co_owner_consents
    return filing_package(
        deal,
        parties[deal.seller],
        parties[deal.buyer],
        offer=state.offers.get(deal.listing_id),
        consenting_pledgees=consenting_pledgees(state.rights[deal.right_id], consenting),
        consenting_co_owners=consenting_co_owners(deal, () if co_owners is UNSET else co_owners),
        export_document=_export_document(state, deal),
        simulated=state.venue.simulated,
    )


def digests_of(state: State, deal: Deal) -> dict[str, str]:
    """The digests that a filing of this deal names: of the papers as they are made from it now."""
    return digests(papers_of(state, deal))


def _export_document(state: State, deal: Deal) -> Document | None:
    """What counts now; of a deal that is filed what its filing names, whatever has come on record since."""
    if not deal.filing_id:
        is_filed = state.venue.engine >= EXPORT_CERTIFICATE_SINCE_ENGINE
        return export_control.shown_to_the_office(state, deal, state.time_ms) if is_filed else None
    for each in state.documents.values():
        if each.subject_id == deal.id and each.document in _EXPORT_TITLES:
            paper = {EXPORT_CERTIFICATE: _marked(_on_export(deal, each), simulated=state.venue.simulated)}
            if digests(paper).items() <= deal.package.items():
                return each
    return None
