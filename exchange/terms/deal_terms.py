"""What a deal's parties sign: its terms as data, the contract made from them, and the commitment to each.

Since engine version 3 the contract is a hash set over texts in several languages (`contract`, `hash_set`). What stands
here beside is the one Chinese text of the versions before, which deals made under them keep for good.

The salt is derived from the salts of both sides' own instructions, so that both sides, and nobody else, can open
what they have signed.
"""

from __future__ import annotations

import hashlib

from msgspec import UNSET

from exchange.calendar import venue_date
from exchange.commands import ListingTerms
from exchange.money.amount import Currency, format_amount
from exchange.rows import Deal, Party, Right, RightFacts
from exchange.rows.deals import StandingLicence
from exchange.rules.effects import effect_said_of
from exchange.sealed import commitment
from exchange.terms import contract as contracts
from exchange.terms.hash_set import hash_set_commitment
from exchange.terms.text import DEMO_MARK

TERMS_LABEL = "deal-terms"
CONTRACT_LABEL = "contract-text"
_KIND_ZH = {
    "assignment": "转让",
    "exclusive_licence": "独占实施许可",
    "sole_licence": "排他实施许可",
    "ordinary_licence": "普通实施许可",
}


def deal_salt(listing_salt: str, bid_salt: str, deal_id: str) -> bytes:
    """32 bytes from the two sides' salts (hex) and the deal's id."""
    return hashlib.sha256(f"IPX deal salt {deal_id} {listing_salt} {bid_salt}".encode()).digest()


def terms_value(deal: Deal) -> dict[str, str | int | bool | list[str] | None]:
    """The deal's terms as canonical data: prices in minor units, times in ms UTC."""
    return {
        "deal_id": deal.id,
        "right_id": deal.right_id,
        "kind": deal.deal_kind,
        "seller": deal.seller,
        "buyer": deal.buyer,
        "currency": deal.currency,
        "price": deal.price,
        "territory": list(deal.terms.territory),
        "field_of_use": deal.terms.field_of_use,
        "starts_ms": deal.terms.starts_ms,
        "ends_ms": deal.terms.ends_ms,
        "may_sublicense": deal.terms.may_sublicense,
    }


def contract_text(deal: Deal, seller: Party, buyer: Party, *, simulated: bool) -> str:
    """The Chinese contract as the parties sign it, with what Civil Code Art. 845 requires that the exchange knows.

    Made from the deal alone, so that nothing that the register says later changes what was signed. Names of the
    parties are not in it: they stand by id and company number, and their sealed profiles open to names. Where the
    venue is simulated the first line says so.
    """
    right = deal.right_facts
    effect = effect_said_of(right)
    lines = [DEMO_MARK] if simulated else []
    lines += [
        f"技术{_KIND_ZH[deal.deal_kind]}合同 {deal.id}",
        object_clause(deal.right_id, right),
        f"二、{'出让方' if deal.deal_kind == 'assignment' else '许可方'}：{seller.id}（{seller.company_number}）。",
        f"三、{'受让方' if deal.deal_kind == 'assignment' else '被许可方'}：{buyer.id}（{buyer.company_number}）。",
        price_clause(deal.price, deal.currency),
    ]
    if deal.deal_kind == "assignment":
        lines.append(f"五、{effect.clause_zh}")
        lines.append("六、转让前已订立的实施许可合同继续有效。")
    else:
        lines += licence_clauses(deal.terms, right)
    lines.append("七、争议提交双方在挂牌文件中约定的仲裁机构或人民法院。")
    return "\n".join(lines) + "\n"


def object_clause(right_id: str, right: RightFacts) -> str:
    """What the contract is about."""
    object_name = "科技成果" if right.right_type == "achievement" else "专利（申请）"
    return (
        f"一、标的：{object_name} {right_id}；申请日：{right.filing_date or '不适用'}；"
        f"授权公告日：{right.grant_date or '未授权'}；有效期至：{right.expiry_date or '不适用'}。"
    )


def price_clause(price: int, currency: Currency) -> str:
    """What is paid, in minor units, and how."""
    return f"四、价款：{format_amount(price)} {currency}，一次总付，经资金监管账户支付。"


def licence_clauses(terms: ListingTerms, right: RightFacts) -> list[str]:
    """Where, for what and for how long a licence holds, and what of sub-licences."""
    effect = effect_said_of(right)
    starts = "本合同生效之日" if terms.starts_ms is None else venue_date(terms.starts_ms).isoformat()
    ends = "权利届满之日" if terms.ends_ms is None else venue_date(terms.ends_ms).isoformat()
    return [
        f"五、许可地域：{'、'.join(terms.territory)}；领域：{terms.field_of_use}；期限：自{starts}至{ends}。",
        f"六、再许可：{'允许' if terms.may_sublicense else '不允许'}。{effect.licence_clause_zh}",
    ]


def facts_of(
    right: Right, engine: int, licences: tuple[StandingLicence, ...] = (), *, by_licensee: bool = False
) -> RightFacts:
    """What a contract says of a right, as it stands now; since version 3 of the engine of co-owners and family too.

    Of its title, and of who holds it on record, where a title is: no import before version 5 has left one.
    `licences`: those that go on where the right itself is assigned. `by_licensee`: a licensee grants a sub-licence,
    so that what is paid is its own and no owner's.
    """
    several = len(right.holder_of_record) > 1 and right.delivered_to is None and not by_licensee
    tells = engine >= contracts.SINCE_ENGINE
    named = UNSET if right.bibliography is UNSET else right.bibliography.commitment
    holders = () if right.delivered_to is not None else right.holder_of_record
    published = right.publication_number or UNSET
    return RightFacts(
        office=right.office,
        right_type=right.right_type,
        filing_date=right.filing_date,
        grant_date=right.grant_date,
        expiry_date=right.expiry_date,
        bibliography=named,
        holders=UNSET if named is UNSET else holders,
        publication_number=UNSET if named is UNSET else published,
        status=UNSET if named is UNSET else right.status or UNSET,
        co_owners=right.holder_of_record if several and tells else UNSET,
        family=right.relatives if tells else UNSET,
        licences=licences if licences and tells else UNSET,
    )


def seal(deal: Deal, seller: Party, buyer: Party, salt: bytes, *, simulated: bool) -> None:
    """Fill in the deal's commitments to its terms and to its contract, by the form that the contract has."""
    deal.terms_salt = salt.hex()
    if contracts.has_hash_set(deal):
        contract = contracts.of_deal(deal, seller, buyer, simulated=simulated)
        deal.terms_commitment = commitment(TERMS_LABEL, salt, contracts.value_of(contract)).hex()
        deal.contract_commitment = hash_set_commitment(contract, salt).hex()
        return
    text = contract_text(deal, seller, buyer, simulated=simulated)
    deal.terms_commitment = commitment(TERMS_LABEL, salt, terms_value(deal)).hex()
    deal.contract_commitment = commitment(CONTRACT_LABEL, salt, text).hex()
