"""Regulations on the Administration of Technology Import and Export: transfers out of the Mainland.

Hong Kong, Macau and Taiwan parties are treated by reference (for direct transfers from the Mainland to be confirmed
by counsel: that part is from memory).
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import add_months
from exchange.commands import DocumentKind
from exchange.indexes import number_of
from exchange.rows import Deal, Document, Party, Right, Venue
from exchange.rules import profiles
from exchange.rules.effects import EFFECTS
from exchange.rules.lodged import lodged
from exchange.rules.rule import Rule, define, refuse
from exchange.sellers import sellers_of
from exchange.state import State

EXPORT_RESTRICTED = define(
    Rule(
        code="CN-TECHNOLOGY-EXPORT-30",
        citation="Regulations on the Administration of Technology Import and Export, Arts. 2 and 30 to 35; of the "
        "outbound transfer of intellectual property 国办发〔2018〕19号 [W]",
        jurisdictions=("CN",),
        source="L",
        text="technology that is restricted, or not yet classified, goes to no party outside the Mainland "
        "before the letter of intent for its export licence",
        text_zh="属于限制出口或尚未认定类别的技术，在取得出口许可意向书之前不得与内地以外的主体进行实质性交易",
        cure="have the technology classified as free, or the letter of intent (技术出口许可意向书) recorded",
        cure_zh="请办理技术类别认定（自由类），或先取得技术出口许可意向书",
        status=403,
        steps=("bid", "award", "sign", "file"),
        facts_from="venue_finding",
        bound_by=("right", "seller"),
    )
)
EXPORT_PROHIBITED = define(
    Rule(
        code="CN-TECHNOLOGY-EXPORT-29",
        citation="Regulations on the Administration of Technology Import and Export, Art. 29",
        jurisdictions=("CN",),
        source="L",
        text="technology whose export is prohibited does not leave the Mainland",
        text_zh="属于禁止出口的技术不得出口",
        cure="none",
        cure_zh="无法补正",
        status=403,
        steps=("bid", "award", "sign", "fund", "file"),
        facts_from="venue_finding",
        bound_by=("right", "seller"),
    )
)


EXPORT_UNCERTIFIED = define(
    Rule(
        code="CN-TECHNOLOGY-EXPORT-36",
        citation="Regulations on the Administration of Technology Import and Export, Arts. 36 to 38; Examination "
        "Guidelines, Part I, ch. 1, 6.7.2.2",
        jurisdictions=("CN",),
        source="W",
        text="technology leaves the Mainland with its export licence or registration certificate before the office",
        text_zh="向内地以外转让或者许可技术的，申报时应当提交技术出口许可证或者技术出口合同登记证书",
        cure="register the contract and have its certificate recorded",
        cure_zh="请办理技术出口合同登记，并由运营者记录登记证书",
        steps=("file",),
        facts_from="venue_finding",
        bound_by=("right", "seller"),
    )
)
REFILED_SINCE_ENGINE = 5
"""Since this version a changed class or contract has the export filed again, and a letter of intent ends by itself."""
EXPORT_CHANGED = define(
    Rule(
        code="CN-TECHNOLOGY-EXPORT-40",
        citation="Regulations on the Administration of Technology Import and Export, Arts. 30 to 40",
        jurisdictions=("CN",),
        source="L",
        text="since the technology's export class or the contract has changed, what was recorded of the export before "
        "counts no more: it is filed again",
        text_zh="技术出口类别或者合同变更后，此前记录的出口许可证或者登记证书不再适用，应当重新办理",
        cure="have the new export licence (restricted technology) or certificate of registration (free) recorded",
        cure_zh="请重新取得并记录技术出口许可证（限制类）或者技术出口合同登记证书（自由类）",
        steps=("file",),
        facts_from="venue_finding",
        bound_by=("right", "seller"),
    )
)
YEARS_OF_A_LETTER = 3
SHOWN_TO_THE_OFFICE: tuple[DocumentKind, ...] = ("export_licence", "export_registration")


ELSEWHERE = Party(
    id="", roles=("buyer",), jurisdiction="OTHER", category="company", company_number="", key=""
)
"""Any buyer from outside the Mainland."""


def leaves_the_mainland(venue: Venue, right: Right, seller: Party, buyer: Party) -> bool:
    """Whether a deal takes technology of the Mainland's out of it: a right of its own, or one that a party of it holds.

    Designs are outside the examination guidelines' export check, know-how and inventions inside; marks and works are no
    technology. Engines before version 3 looked at the right's place alone.
    """
    if buyer.jurisdiction == "CN" or right.right_type == "design":
        return False
    effect = EFFECTS.get((right.office, right.right_type))
    if effect is not None and not effect.is_technology:
        return False
    if venue.engine < profiles.SINCE_ENGINE:
        return right.office == "CN"
    return profiles.binds(EXPORT_RESTRICTED, venue, right, seller)


def may_leave_the_mainland(  # noqa: PLR0913 - what leaves, by whom, to whom, when, under which deal
    state: State, right: Right, seller: Party, buyer: Party, time_ms: int, deal_id: str = ""
) -> None:
    """Technology of the Mainland goes to a party outside it where it is free, or once there is a letter of intent.

    Unclassified technology counts as restricted. A deal whose export licence is on record needs no letter any more.

    Raises:
        Refusal: CN-TECHNOLOGY-EXPORT-29, CN-TECHNOLOGY-EXPORT-30.
    """
    if not leaves_the_mainland(state.venue, right, seller, buyer):
        return
    if right.export_class == "prohibited":
        refuse(EXPORT_PROHIBITED, right_id=right.id, party_id=buyer.id)
    deal = state.deals.get(deal_id)
    licence = None if deal is None else export_paper(state, "export_licence", deal, time_ms)
    if right.export_class == "free" or licence is not None:
        return
    if not letter_stands(state, right, buyer, time_ms):
        refuse(EXPORT_RESTRICTED, right_id=right.id, party_id=buyer.id, export_class=right.export_class)


def letter_stands(state: State, right: Right, buyer: Party, time_ms: int) -> bool:
    """Whether a letter of intent is on record for a party: three years at most, whatever end it names."""
    letter = lodged(state, "letter_of_intent", right.id, time_ms, buyer.id)
    if letter is None or state.venue.engine < REFILED_SINCE_ENGINE:
        return letter is not None
    return time_ms < add_months(letter.recorded_ms, 12 * YEARS_OF_A_LETTER)


def export_paper(state: State, kind: DocumentKind, deal: Deal, time_ms: int | None) -> Document | None:
    """The last paper of a kind on a deal's export that still counts: none from before its class or contract changed."""
    paper = lodged(state, kind, deal.id, time_ms)
    if paper is None or deal.export_void_through is UNSET:
        return paper
    return paper if number_of(paper.id) > deal.export_void_through else None


def takes_technology_out(state: State, deal: Deal) -> bool:
    """Whether a deal takes technology out of the Mainland."""
    buyer, right = state.parties[deal.buyer], state.rights[deal.right_id]
    sellers = sellers_of(state, state.listings[deal.listing_id])
    since = state.venue.engine >= profiles.SINCE_ENGINE
    return since and any(leaves_the_mainland(state.venue, right, each, buyer) for each in sellers)


def is_prohibited(state: State, deal: Deal) -> bool:
    """Whether a deal would take out what the venue has found, since its award or before, to be prohibited."""
    if state.venue.engine < REFILED_SINCE_ENGINE or state.rights[deal.right_id].export_class != "prohibited":
        return False
    return takes_technology_out(state, deal)


def deal_takes_out_nothing_prohibited(state: State, deal: Deal) -> None:
    """Raises Refusal CN-TECHNOLOGY-EXPORT-29 before money goes into such a deal."""
    if is_prohibited(state, deal):
        refuse(EXPORT_PROHIBITED, right_id=deal.right_id, party_id=deal.buyer)


def waits_for_its_licence(state: State, deal: Deal, time_ms: int) -> bool:
    """Whether a deal has no effect yet: its technology is restricted, and no export licence is on record."""
    is_free = state.rights[deal.right_id].export_class == "free"
    licence = export_paper(state, "export_licence", deal, time_ms)
    return takes_technology_out(state, deal) and not is_free and licence is None


def export_is_filed_again(state: State, deal: Deal, time_ms: int) -> None:
    """Since its class or its contract has changed, a deal's export has been licensed, or registered, anew.

    Restricted technology before its licence is such a deal by now: one that always was has not come as far.

    Raises:
        Refusal: CN-TECHNOLOGY-EXPORT-40.
    """
    if state.venue.engine < REFILED_SINCE_ENGINE or not takes_technology_out(state, deal):
        return
    papers = (export_paper(state, kind, deal, time_ms) for kind in SHOWN_TO_THE_OFFICE)
    is_void = deal.export_void_through is not UNSET and not any(papers)
    if is_void or waits_for_its_licence(state, deal, time_ms):
        export_class = state.rights[deal.right_id].export_class
        refuse(EXPORT_CHANGED, deal_id=deal.id, right_id=deal.right_id, export_class=export_class)


def export_is_certified(state: State, deal: Deal, time_ms: int) -> None:
    """The office of the Mainland is shown the licence or the certificate of registration; of a design it asks none.

    Raises:
        Refusal: CN-TECHNOLOGY-EXPORT-36.
    """
    if _office_asks(state, deal) and shown_to_the_office(state, deal, time_ms) is None:
        refuse(EXPORT_UNCERTIFIED, deal_id=deal.id, right_id=deal.right_id)


def shown_to_the_office(state: State, deal: Deal, time_ms: int) -> Document | None:
    """What a filing shows of a deal's export: of free technology its certificate before a licence, else its licence."""
    if not _office_asks(state, deal):
        return None
    is_free = state.rights[deal.right_id].export_class == "free"
    kinds = reversed(SHOWN_TO_THE_OFFICE) if is_free else SHOWN_TO_THE_OFFICE
    papers = (export_paper(state, kind, deal, time_ms) for kind in kinds)
    return next((paper for paper in papers if paper is not None), None)


def _office_asks(state: State, deal: Deal) -> bool:
    return state.rights[deal.right_id].office == "CN" and takes_technology_out(state, deal)
