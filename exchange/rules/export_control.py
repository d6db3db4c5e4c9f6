"""Regulations on the Administration of Technology Import and Export: transfers out of the Mainland.

Hong Kong, Macau and Taiwan parties are treated by reference (for direct transfers from the Mainland to be confirmed
by counsel: that part is from memory).
"""

from __future__ import annotations

from exchange.commands import DocumentKind
from exchange.rows import Deal, Party, Right, Venue
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
        steps=("bid", "award", "sign", "fund", "file"),
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
_SHOWN_TO_THE_OFFICE: tuple[DocumentKind, ...] = ("export_licence", "export_registration")


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
    if right.export_class == "free" or lodged(state, "export_licence", deal_id, time_ms) is not None:
        return
    if lodged(state, "letter_of_intent", right.id, time_ms, buyer.id) is None:
        refuse(EXPORT_RESTRICTED, right_id=right.id, party_id=buyer.id, export_class=right.export_class)


def takes_technology_out(state: State, deal: Deal) -> bool:
    """Whether a deal takes technology out of the Mainland."""
    buyer, right = state.parties[deal.buyer], state.rights[deal.right_id]
    sellers = sellers_of(state, state.listings[deal.listing_id])
    since = state.venue.engine >= profiles.SINCE_ENGINE
    return since and any(leaves_the_mainland(state.venue, right, each, buyer) for each in sellers)


def waits_for_its_licence(state: State, deal: Deal, time_ms: int) -> bool:
    """Whether a deal has no effect yet: its technology is restricted, and no export licence is on record."""
    is_free = state.rights[deal.right_id].export_class == "free"
    licence = lodged(state, "export_licence", deal.id, time_ms)
    return takes_technology_out(state, deal) and not is_free and licence is None


def export_is_certified(state: State, deal: Deal, time_ms: int) -> None:
    """The office of the Mainland is shown the licence or the certificate of registration; of a design it asks none.

    Raises:
        Refusal: CN-TECHNOLOGY-EXPORT-36.
    """
    if state.rights[deal.right_id].office != "CN" or not takes_technology_out(state, deal):
        return
    papers = (lodged(state, kind, deal.id, time_ms) for kind in _SHOWN_TO_THE_OFFICE)
    if not any(papers):
        refuse(EXPORT_UNCERTIFIED, deal_id=deal.id, right_id=deal.right_id)
