"""Patent Law of the PRC (2020), its Implementing Rules (2023), and the interpretation on technology contracts.

Who may dispose of a patent, and which licences can stand beside one another.
"""

from __future__ import annotations

from datetime import date

from exchange.calendar import MS_PER_DAY, start_of_day
from exchange.commands import DealKind, ListingTerms
from exchange.rows import Licence, Party, Right
from exchange.rules.effects import effect_of
from exchange.rules.rule import Rule, define, refuse, venue_rule
from exchange.rules.venue import FACT_MISSING
from exchange.state import State
from exchange.terms.scope import fields_overlap, lies_within, territories_overlap

LARGEST_OPEN_LICENCE_FEE = 20_000_000_00
"""Minor units of CNY: the suggested cap of a fixed open-licence fee, 20,000,000 CNY."""
ENDED = frozenset({"expired", "lapsed", "invalidated"})
"""What a register calls a right that has come to its end."""


def _cn(  # noqa: PLR0913 - the parts of a rule
    code: str, citation: str, text: str, text_zh: str, cure: str, cure_zh: str, source: str = "L"
) -> Rule:
    return define(
        Rule(
            code=code,
            citation=citation,
            jurisdictions=("CN",),
            source=source,  # type: ignore[arg-type]  # one of the letters of Source, written out at each call below
            text=text,
            text_zh=text_zh,
            cure=cure,
            cure_zh=cure_zh,
        )
    )


NOT_REGISTERED_OWNER = _cn(
    "CN-LICENCE-RECORDAL-12-2",
    "Measures for the Recordal of Patent Licence Contracts (Order 62, 2011), Art. 12",
    "the seller is not the owner whom the register names",
    "出让方不是登记簿记载的权利人",
    "have the transfer to the seller registered first",
    "请先办理权利转移登记",
    "W",
)
RIGHT_ENDED = _cn(
    "CN-PATENT-LAW-44",
    "Patent Law of the PRC, Arts. 42 to 44 and 47; Order 62 (2011), Art. 12",
    "the right has expired, lapsed or been declared invalid",
    "该权利已届满、终止或被宣告无效",
    "none: what has ended cannot be sold or licensed (Civil Code Art. 865)",
    "无法补正：已终止的权利不得转让或许可（民法典第八百六十五条）",
)
FROZEN = _cn(
    "CN-PATENT-RULES-103",
    "Implementing Rules of the Patent Law (2023), Arts. 103 to 105",
    "proceedings over this right are suspended: ownership dispute or preservation",
    "该权利因权属纠纷或财产保全处于中止程序",
    "wait until the suspension ends or is lifted",
    "请等待中止程序结束或解除",
)
LICENCE_CONFLICT = _cn(
    "CN-TECHNOLOGY-CONTRACTS-25",
    "Supreme People's Court, Interpretation on Technology Contracts, Art. 25; Patent Law Art. 51(3)",
    "the licence cannot stand beside one that lives, or is being concluded, for the same territory, field and time",
    "该许可与同一地域、领域、期间内现存或正在订立的许可冲突",
    "choose another territory or time, another kind of licence, or wait until the other ends; fields of use count as "
    "different only where both are IPC sections or classes such as H01 and A61",
    "请变更地域、期限或许可方式，或等待现有许可终止；仅当双方领域均以国际专利分类的部或大类（如 H01 与 A61）"
    "表示时，方可认定领域不同",
)
TERRITORY_OUTSIDE_RIGHT = venue_rule(
    39,
    "TERRITORY-OUTSIDE-RIGHT",
    "a patent holds at its own place only: members of its family elsewhere are rights of their own",
    "专利仅在其授权地域内有效，同族的其他地域专利为各自独立的权利",
    "license the right of that place, or keep the territory within the place of this one",
    "请就该地域的权利另行许可，或将许可地域限于本权利所在地域",
)
LICENCE_BEYOND_LIFE = _cn(
    "CN-CIVIL-CODE-865",
    "Civil Code of the PRC, Art. 865",
    "a licence ends no later than its patent",
    "专利实施许可仅在专利权存续期限内有效",
    "shorten the term to the right's expiry",
    "请将许可期限缩短至专利届满日之前",
)
OPEN_LICENCE_BARRED = _cn(
    "CN-PATENT-RULES-86",
    "Patent Law of the PRC, Arts. 50 to 52; Implementing Rules (2023), Arts. 85 to 88",
    "an open licence needs a granted patent, its fees paid, no suspension, and no live exclusive or sole licence",
    "开放许可须为已授权、已缴年费、未中止且无独占或排他许可的专利",
    "clear the obstacle that the detail names",
    "请消除明细所列障碍",
)
OPEN_LICENCE_FEE = _cn(
    "CN-OPEN-LICENCE-FEE",
    "Guidance on estimating open-licence fees: fixed fee of at most 20,000,000 CNY",
    "the fixed fee of an open licence is above the cap",
    "开放许可固定费用超过上限",
    "lower the fee, or list an ordinary licence instead",
    "请降低费用，或改为普通许可挂牌",
    "W",
)
EVALUATION_REPORT = _cn(
    "CN-PATENT-LAW-50",
    "Patent Law of the PRC, Art. 50(1)",
    "an open licence of a utility model or design needs the patent evaluation report",
    "实用新型、外观设计专利实行开放许可应当提供专利权评价报告",
    "offer an ordinary licence until the report can be lodged",
    "在可提交评价报告之前，请改为普通许可挂牌",
)
FEE_GRACE = _cn(
    "CN-LICENCE-RECORDAL-12-6",
    "Measures for the Recordal of Patent Licence Contracts (Order 62, 2011), Art. 12",
    "the annual fee is unpaid: nothing can be filed in the grace period",
    "专利年费处于滞纳期，不能办理备案或登记",
    "pay the annual fee with its surcharge, then file",
    "请补缴年费及滞纳金后再提交",
    "W",
)


def register_copy_is_known(right: Right) -> None:
    """Nothing is decided about a right before its register copy is there.

    Raises:
        Refusal: FACT-MISSING.
    """
    if right.status is None:
        refuse(FACT_MISSING, fact="register_copy", right_id=right.id, supplier="patent office")


def filing_date_is_known(right: Right) -> None:
    """A contract on a patent states its filing date (Civil Code Art. 845); a result has none.

    Raises:
        Refusal: FACT-MISSING.
    """
    if right.filing_date is None and right.right_type != "achievement":
        refuse(FACT_MISSING, fact="filing_date", right_id=right.id, supplier="patent office")


def right_is_alive(right: Right, time_ms: int) -> None:
    """A right that has expired, lapsed or been invalidated cannot be traded.

    Expiry is the register's date, never derived from the number.

    Raises:
        Refusal: CN-PATENT-LAW-44.
    """
    if right.status in ENDED or (right.expiry_date is not None and expiry_ms(right) <= time_ms):
        refuse(RIGHT_ENDED, right_id=right.id, status=right.status, expiry_date=right.expiry_date)


def right_is_not_frozen(right: Right) -> None:
    """Raises Refusal CN-PATENT-RULES-103 while proceedings over the right are suspended."""
    if right.freeze != "none":
        refuse(FROZEN, right_id=right.id, freeze=right.freeze)


def is_owner(right: Right, party: Party) -> bool:
    """Whether the register names the party, or, without a register, a signed delivery record does."""
    if right.delivered_to is not None:
        return right.delivered_to == party.id
    return any(holder.company_number == party.company_number for holder in right.holder_of_record)


def seller_is_registered_owner(right: Right, seller: Party) -> None:
    """Raises Refusal CN-LICENCE-RECORDAL-12-2 when the register names others."""
    if not is_owner(right, seller):
        refuse(NOT_REGISTERED_OWNER, right_id=right.id, party_id=seller.id)


def fees_are_paid(right: Right) -> None:
    """Raises Refusal CN-LICENCE-RECORDAL-12-6 while the annual fee is in its grace period (a bar to filing)."""
    if right.in_fee_grace:
        refuse(FEE_GRACE, right_id=right.id)


def expiry_ms(right: Right) -> int:
    """The end of the right's life in UTC milliseconds: the end of its expiry date at UTC+8.

    Raises:
        Refusal: FACT-MISSING when the register copy names no expiry.
    """
    if right.expiry_date is None:
        refuse(FACT_MISSING, fact="expiry_date", right_id=right.id, supplier="patent office")
    return start_of_day(date.fromisoformat(right.expiry_date)) + MS_PER_DAY


def licence_ends_with_the_right(right: Right, terms: ListingTerms) -> None:
    """A licence ends no later than the right. A result without a register has no expiry, so its licence names an end.

    Raises:
        Refusal: CN-CIVIL-CODE-865; FACT-MISSING when neither the register nor the terms name an end.
    """
    if right.right_type == "achievement" and right.expiry_date is None:
        if terms.ends_ms is None:
            refuse(FACT_MISSING, fact="ends_ms", right_id=right.id, supplier="seller")
        return
    until_ms = expiry_ms(right)
    if (terms.ends_ms or terms.starts_ms or 0) > until_ms or terms.starts_ms == until_ms:
        refuse(LICENCE_BEYOND_LIFE, right_id=right.id, expiry_date=right.expiry_date)


def licence_holds_where_the_right_does(right: Right, terms: ListingTerms) -> None:
    """Every territory of a licence lies at the place of the right; a result is bound to none.

    Raises:
        Refusal: TERRITORY-OUTSIDE-RIGHT, RIGHT-TYPE-NOT-OPEN.
    """
    place = effect_of(right.office, right.right_type).territory
    for territory in terms.territory:
        if place is not None and not lies_within(territory, place):
            refuse(TERRITORY_OUTSIDE_RIGHT, right_id=right.id, territory=territory)


def open_licence_may_be_declared(state: State, right: Right, terms: ListingTerms) -> None:
    """The conditions of an open licence (Arts. 50 to 52).

    Raises:
        Refusal: CN-PATENT-RULES-86, CN-PATENT-LAW-50, CN-OPEN-LICENCE-FEE.
    """
    if right.office != "CN":
        refuse(OPEN_LICENCE_BARRED, right_id=right.id, obstacle="not a patent of the Mainland")
    if right.status != "granted" or right.in_fee_grace or right.freeze != "none":
        refuse(OPEN_LICENCE_BARRED, right_id=right.id, status=right.status, in_fee_grace=right.in_fee_grace)
    live_kinds = {state.licences[licence_id].licence_kind for licence_id in right.licences}
    if live_kinds & {"exclusive_licence", "sole_licence"}:
        refuse(OPEN_LICENCE_BARRED, right_id=right.id, obstacle="live exclusive or sole licence")
    if right.right_type in {"utility_model", "design"}:
        refuse(EVALUATION_REPORT, right_id=right.id)
    if terms.price > LARGEST_OPEN_LICENCE_FEE:
        refuse(OPEN_LICENCE_FEE, right_id=right.id)


def _kinds_conflict(new: DealKind, standing: DealKind) -> bool:
    """An exclusive 独占 or sole 排他 licence stands beside no other; two ordinary ones 普通 do."""
    return not (new == "ordinary_licence" and standing == "ordinary_licence")


def licences_are_compatible(  # noqa: PLR0913 - the dimensions in which two licences can meet
    state: State,
    right: Right,
    kind: DealKind,
    terms: ListingTerms,
    time_ms: int,
    apart_from_listing: str = "",
) -> None:
    """No two incompatible licences on one right over overlapping territory, field and term; those in the making count.

    `apart_from_listing`: deals of this listing are known to fit one another.

    Raises:
        Refusal: CN-TECHNOLOGY-CONTRACTS-25, naming what is in the way.
    """
    starts_ms = time_ms if terms.starts_ms is None else terms.starts_ms
    ends_ms = expiry_ms(right) if terms.ends_ms is None and right.expiry_date else terms.ends_ms

    def meets(scope: ListingTerms | Licence, since_ms: int, until_ms: int | None) -> bool:
        return (
            (until_ms is None or starts_ms < until_ms)
            and (ends_ms is None or since_ms < ends_ms)
            and fields_overlap(terms.field_of_use, scope.field_of_use)
            and territories_overlap(terms.territory, scope.territory)
        )

    for licence_id in right.licences:
        licence = state.licences[licence_id]
        conflict = _kinds_conflict(kind, licence.licence_kind)
        if conflict and meets(licence, licence.starts_ms, licence.ends_ms):
            refuse(LICENCE_CONFLICT, right_id=right.id, in_the_way=licence_id)
    for deal_id in right.open_deals:
        deal = state.deals[deal_id]
        if deal.deal_kind == "assignment" or deal.listing_id == apart_from_listing:
            continue
        since_ms = deal.terms.starts_ms or deal.awarded_ms
        if _kinds_conflict(kind, deal.deal_kind) and meets(deal.terms, since_ms, deal.terms.ends_ms):
            refuse(LICENCE_CONFLICT, right_id=right.id, in_the_way=deal_id)
