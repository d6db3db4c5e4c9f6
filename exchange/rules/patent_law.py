"""Patent Law of the PRC (2020), its Implementing Rules (2023), and the interpretation on technology contracts.

Who may dispose of a patent, and which licences can stand beside one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from msgspec import UNSET, UnsetType

from exchange.calendar import MS_PER_DAY, add_months, start_of_day, venue_date
from exchange.commands import DealKind, ListingTerms, StandingLicenceKind
from exchange.rows import Licence, Party, Right, Venue
from exchange.rows.deals import StandingLicence
from exchange.rules import registered_licences
from exchange.rules.effects import effect_of
from exchange.rules.lodged import lodged
from exchange.rules.rule import (
    BY_ANALOGY,
    EVERY_KIND,
    EVERYWHERE,
    LICENCES,
    Rule,
    Source,
    Step,
    Supplier,
    define,
    refuse,
    venue_rule,
)
from exchange.rules.venue import FACT_MISSING
from exchange.state import State
from exchange.terms.scope import fields_overlap, lies_within, territories_overlap

WITHOUT_FILING_DATE = frozenset({"achievement", "know_how", "software_copyright", "copyright"})
"""Types of rights that come into being without an application."""
FEE_DUE_SINCE_ENGINE = 5
GRANT_DATED_SINCE_ENGINE = 5
"""Since this version a granted patent of the Mainland is not offered for assignment without the day of its grant."""
ENDED = frozenset({"refused", "expired", "lapsed", "invalidated"})
"""What a register calls a right that has come to its end, or an application that never became one."""


def _cn(  # noqa: PLR0913 - the parts of a rule
    code: str,
    citation: str,
    text: str,
    text_zh: str,
    cure: str,
    cure_zh: str,
    source: Source = "L",
    *,
    steps: tuple[Step, ...],
    deal_kinds: tuple[DealKind, ...] = EVERY_KIND,
    facts_from: Supplier = "journal",
    everywhere: bool = False,
) -> Rule:
    return define(
        Rule(
            code=code,
            citation=citation + (BY_ANALOGY if everywhere else ""),
            jurisdictions=EVERYWHERE if everywhere else ("CN",),
            source=source,
            text=text,
            text_zh=text_zh,
            cure=cure,
            cure_zh=cure_zh,
            steps=steps,
            deal_kinds=deal_kinds,
            facts_from=facts_from,
        )
    )


NOT_REGISTERED_OWNER = _cn(
    "CN-LICENCE-RECORDAL-12-2",
    "Measures for the Recordal of Patent Licence Contracts (Order 62, 2011), Art. 12; Measures for the Registration of "
    "Patent Pledges (Announcement 461, 2021)",
    "the seller is not the owner whom the register names",
    "出让方不是登记簿记载的权利人",
    "have the transfer to the seller registered first",
    "请先办理权利转移登记",
    "W",
    everywhere=True,
    steps=("list", "approve", "sign", "fund", "file", "pledge"),
    facts_from="register_copy",
)
RIGHT_ENDED = _cn(
    "CN-PATENT-LAW-44",
    "Patent Law of the PRC, Arts. 42 to 44 and 47, of applications Arts. 37 and 38 [M]; Order 62 (2011), Art. 12; "
    "Announcement 461 (2021)",
    "the right has expired, lapsed or been declared invalid, or its application was refused",
    "该权利已届满、终止或被宣告无效，或其申请已被驳回",
    "none: what has ended cannot be sold or licensed (Civil Code Art. 865)",
    "无法补正：已终止的权利不得转让或许可（民法典第八百六十五条）",
    everywhere=True,
    steps=("list", "approve", "bid", "award", "sign", "fund", "file", "pledge"),
    facts_from="register_copy",
)
FROZEN = _cn(
    "CN-PATENT-RULES-103",
    "Implementing Rules of the Patent Law (2023), Arts. 103 to 105; Order 62 (2011), Art. 12; Announcement 461 (2021)",
    "proceedings over this right are suspended: ownership dispute or preservation",
    "该权利因权属纠纷或财产保全处于中止程序",
    "wait until the suspension ends or is lifted",
    "请等待中止程序结束或解除",
    everywhere=True,
    steps=("list", "approve", "sign", "fund", "file", "pledge"),
    facts_from="register_copy",
)
LICENCE_CONFLICT = _cn(
    "CN-TECHNOLOGY-CONTRACTS-25",
    "Supreme People's Court, Interpretation on Technology Contracts, Arts. 25 and 27; Order 62 (2011), Art. 12",
    "the licence cannot stand beside one that lives, or is being concluded, for the same territory, field and time",
    "该许可与同一地域、领域、期间内现存或正在订立的许可冲突",
    "choose another territory or time, another kind of licence, or wait until the other ends; fields of use count as "
    "different only where both are IPC sections or classes such as H01 and A61; beside a sole licence one "
    "non-exclusive (ordinary) licence stands once the operator has recorded the licensor's undertaking that it cannot "
    "work the patent",
    "请变更地域、期限或许可方式，或等待现有许可终止；仅当双方领域均以国际专利分类的部或大类（如 H01 与 A61）"
    "表示时，方可认定领域不同；许可方不具备独立实施条件的，经记录其承诺书，可在排他许可之外给予一个普通许可",
    everywhere=True,
    steps=("list", "approve", "bid", "award", "fund"),
    deal_kinds=LICENCES,
)
TERRITORY_OUTSIDE_RIGHT = venue_rule(
    39,
    "TERRITORY-OUTSIDE-RIGHT",
    "a patent holds at its own place only: members of its family elsewhere are rights of their own",
    "专利仅在其授权地域内有效，同族的其他地域专利为各自独立的权利",
    "license the right of that place, or keep the territory within the place of this one",
    "请就该地域的权利另行许可，或将许可地域限于本权利所在地域",
    steps=("list", "approve"),
    deal_kinds=LICENCES,
)
LICENCE_BEYOND_LIFE = _cn(
    "CN-CIVIL-CODE-865",
    "Civil Code of the PRC, Art. 865; Order 62 (2011), Art. 12",
    "a licence ends no later than its patent",
    "专利实施许可仅在专利权存续期限内有效",
    "shorten the term to the right's expiry",
    "请将许可期限缩短至专利届满日之前",
    everywhere=True,
    steps=("list", "approve", "sign", "fund"),
    deal_kinds=LICENCES,
    facts_from="register_copy",
)
FEE_GRACE = _cn(
    "CN-LICENCE-RECORDAL-12-6",
    "Measures for the Recordal of Patent Licence Contracts (Order 62, 2011), Art. 12; Measures for the Registration of "
    "Patent Pledges (Announcement 461, 2021)",
    "the annual fee is unpaid: nothing can be filed in the grace period",
    "专利年费处于滞纳期，不能办理备案或登记",
    "pay the annual fee with its surcharge and have a register copy made after that recorded, then file",
    "请补缴年费及滞纳金，并录入其后出具的登记簿副本后再提交",
    "W",
    everywhere=True,
    steps=("file", "pledge"),
    facts_from="register_copy",
)
REWARD_ON_GRANT = define(
    Rule(
        code="CN-PATENT-RULES-93",
        citation="Patent Law of the PRC, Art. 15; Implementing Rules (2023), Art. 93",
        jurisdictions=("CN",),
        source="L",
        text="a unit gives the inventors of a granted invention 4,000 CNY or more, of a utility model or design 1,500, "
        "as their reward, unless an agreement or its own rules fix it",
        text_zh="未约定也未在规章制度中规定奖励的，一项发明专利的奖励不少于四千元，一项实用新型或者外观设计专利的奖金"
        "不少于一千五百元",
        cure="give the rest and record it, or leave the sum out where an agreement or the unit's rules fix it",
        cure_zh="请补足后再行录入；已有约定或者规章制度规定的，无须填写此项",
        steps=("pay",),
        facts_from="undertaking",
        bound_by=("right",),
    )
)
LEAST_ON_GRANT: dict[str, int] = {
    "invention": 4_000_00,
    "utility_model": 1_500_00,
    "design": 1_500_00,
}
"""Minor units of CNY for one patent."""


MONTHS_TO_REWARD = 3
"""From the grant on (Art. 93)."""


def inventors_were_rewarded_late(right: Right, on_grant_day: str) -> bool:
    """Whether the reward on grant came after three months; `on_grant_day` is an ISO date. It is owed all the same."""
    if right.office != "CN" or right.grant_date is None:
        return False
    last_ms = add_months(start_of_day(date.fromisoformat(right.grant_date)), MONTHS_TO_REWARD)
    return on_grant_day > venue_date(last_ms - 1).isoformat()


def inventors_were_rewarded(right: Right, on_grant: int | UnsetType) -> None:
    """`on_grant`: minor units of CNY, where neither an agreement nor the unit's rules fix the reward.

    Raises:
        Refusal: CN-PATENT-RULES-93.
    """
    least = LEAST_ON_GRANT.get(right.right_type, 0)
    if right.office == "CN" and on_grant is not UNSET and on_grant < least:
        refuse(REWARD_ON_GRANT, right_id=right.id, least=least)


def registered_licences_are_known(state: State, right: Right) -> None:
    """Whoever licenses or buys a right must know who has a licence already, and its register alone can say.

    Raises:
        Refusal: FACT-MISSING where its last copy was recorded by an engine before version 5.
    """
    asked = state.venue.engine >= registered_licences.SINCE_ENGINE and right.status != "held"
    if asked and right.licences_elsewhere is UNSET:
        refuse(FACT_MISSING, fact="licences", right_id=right.id, supplier="patent office")


def register_copy_is_known(right: Right) -> None:
    """Nothing is decided about a right before its register copy is there.

    Raises:
        Refusal: FACT-MISSING.
    """
    if right.status is None:
        refuse(FACT_MISSING, fact="register_copy", right_id=right.id, supplier="patent office")


def filing_date_is_known(right: Right) -> None:
    """A contract on a patent, a mark or a registered layout states its filing date (Civil Code Art. 845).

    Raises:
        Refusal: FACT-MISSING.
    """
    if right.filing_date is None and right.right_type not in WITHOUT_FILING_DATE and right.status != "held":
        refuse(FACT_MISSING, fact="filing_date", right_id=right.id, supplier="patent office")


def grant_is_dated(venue: Venue, right: Right, deal_kind: DealKind) -> None:
    """The contract by which a granted patent of the Mainland is assigned states the day of its grant (Art. 845).

    A licence is asked for it by the measures on its recordal (`licence_recordal`).

    Raises:
        Refusal: FACT-MISSING.
    """
    asked = venue.engine >= GRANT_DATED_SINCE_ENGINE and deal_kind == "assignment" and right.office == "CN"
    if asked and right.status == "granted" and right.grant_date is None:
        refuse(FACT_MISSING, fact="grant_date", right_id=right.id, supplier="patent office")


def right_is_alive(right: Right, time_ms: int) -> None:
    """A right that has expired, lapsed, been invalidated, or been refused as an application cannot be traded.

    Expiry is the register's date, never derived from the number.

    Raises:
        Refusal: CN-PATENT-LAW-44.
    """
    if right.status in ENDED or (right.expiry_date is not None and expiry_ms(right) <= time_ms):
        refuse(RIGHT_ENDED, right_id=right.id, status=right.status, expiry_date=right.expiry_date)


def is_frozen(right: Right) -> bool:
    """Whether the register's last copy shows a freeze, or the venue was told of one that stands beside it."""
    return right.freeze != "none" or bool(right.notices)


def right_is_not_frozen(right: Right) -> None:
    """Raises Refusal CN-PATENT-RULES-103 while proceedings over the right are suspended."""
    if right.freeze != "none":
        refuse(FROZEN, right_id=right.id, freeze=right.freeze)
    if right.notices:
        refuse(FROZEN, right_id=right.id, in_the_way=right.notices[0])


def is_owner(right: Right, party: Party) -> bool:
    """Whether the register names the party, or, without a register, a signed delivery record does."""
    if right.delivered_to is not None:
        return right.delivered_to == party.id
    return any(holder.company_number == party.company_number for holder in right.holder_of_record)


def seller_is_registered_owner(right: Right, seller: Party) -> None:
    """Raises Refusal CN-LICENCE-RECORDAL-12-2 when the register names others."""
    if not is_owner(right, seller):
        refuse(NOT_REGISTERED_OWNER, right_id=right.id, party_id=seller.id)


def fee_is_overdue(state: State, right: Right, time_ms: int) -> bool:
    """Whether the annual fee is in its grace period: as the copy says, or since a day due that it could not know of.

    A copy that was made after that day has the office's word on it. Engines before version 5 believe every copy.
    """
    if right.in_fee_grace or right.fee_due is UNSET or state.venue.engine < FEE_DUE_SINCE_ENGINE:
        return right.in_fee_grace
    return (right.register_as_of_ms or 0) < _end_of_day(right.fee_due) <= time_ms


def fees_are_paid(state: State, right: Right, time_ms: int) -> None:
    """Raises Refusal CN-LICENCE-RECORDAL-12-6 while the annual fee is in its grace period (a bar to filing)."""
    if fee_is_overdue(state, right, time_ms):
        fee_due = None if right.fee_due is UNSET else right.fee_due
        refuse(FEE_GRACE, right_id=right.id, **({} if right.in_fee_grace else {"fee_due": fee_due}))


def expiry_ms(right: Right) -> int:
    """The end of the right's life in UTC milliseconds: the end of its expiry date at UTC+8.

    Raises:
        Refusal: FACT-MISSING when the register copy names no expiry.
    """
    if right.expiry_date is None:
        refuse(FACT_MISSING, fact="expiry_date", right_id=right.id, supplier="patent office")
    return _end_of_day(right.expiry_date)


@lru_cache(maxsize=4_096)
def _end_of_day(text: str) -> int:
    """UTC milliseconds of the end of an ISO date at the venue: asked of a right's expiry for every bid on it."""
    return start_of_day(date.fromisoformat(text)) + MS_PER_DAY


def licence_ends_with_the_right(right: Right, terms: ListingTerms) -> None:
    """A licence ends no later than the right. A result without a register has no expiry, so its licence names an end.

    Raises:
        Refusal: CN-CIVIL-CODE-865; FACT-MISSING when neither the register nor the terms name an end.
    """
    if right.expiry_date is None and effect_of(right.office, right.right_type).life == "terms":
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


def _kinds_conflict(new: DealKind, standing: DealKind | StandingLicenceKind) -> bool:
    """An exclusive 独占 or sole 排他 licence stands beside no other; ordinary ones 普通 and an open one 开放 do."""
    return not (new == "ordinary_licence" and standing in {"ordinary_licence", "open_licence"})


def licences_are_compatible(  # noqa: PLR0913 - the dimensions in which two licences can meet
    state: State,
    right: Right,
    kind: DealKind,
    terms: ListingTerms,
    time_ms: int,
    apart_from_listing: str = "",
) -> None:
    """No two incompatible licences on one right over overlapping territory, field and term; those in the making count.

    So do those that the register names and that were granted elsewhere.

    A sole licensor that cannot work its patent itself grants one ordinary licence in its own place (Art. 27). A
    sub-licence stands under its head, which it does not meet.

    `apart_from_listing`: deals of this listing are known to fit one another.

    Raises:
        Refusal: CN-TECHNOLOGY-CONTRACTS-25, naming what is in the way.
    """
    starts_ms = time_ms if terms.starts_ms is None else terms.starts_ms
    ends_ms = expiry_ms(right) if terms.ends_ms is None and right.expiry_date else terms.ends_ms

    def meets(scope: ListingTerms | Licence | StandingLicence, since_ms: int, until_ms: int | None) -> bool:
        return (
            (until_ms is None or starts_ms < until_ms)
            and (ends_ms is None or since_ms < ends_ms)
            and fields_overlap(terms.field_of_use, scope.field_of_use)
            and territories_overlap(terms.territory, scope.territory)
        )

    in_its_place = kind == "ordinary_licence" and _licensor_grants_in_its_place(state, right, time_ms)
    for name, licence in _licences_that_stand(state, right, time_ms):
        conflict = _kinds_conflict(kind, licence.licence_kind)
        if in_its_place and licence.licence_kind == "sole_licence":
            continue
        if name == terms.head_licence:
            continue
        if conflict and meets(licence, licence.starts_ms, licence.ends_ms):
            refuse(LICENCE_CONFLICT, right_id=right.id, in_the_way=name)
    for deal_id in right.open_deals:
        deal = state.deals[deal_id]
        is_head = deal.licence_id is not None and deal.licence_id == terms.head_licence
        if deal.deal_kind == "assignment" or deal.listing_id == apart_from_listing or is_head:
            continue
        since_ms = deal.terms.starts_ms or deal.awarded_ms
        if _kinds_conflict(kind, deal.deal_kind) and meets(deal.terms, since_ms, deal.terms.ends_ms):
            refuse(LICENCE_CONFLICT, right_id=right.id, in_the_way=deal_id)


def _licences_that_stand(
    state: State, right: Right, time_ms: int
) -> Iterator[tuple[str, Licence | StandingLicence]]:
    """By the name under which a refusal tells of it: those granted here, then those that the register names beside."""
    for licence_id in right.licences:
        yield licence_id, state.licences[licence_id]
    for licence in registered_licences.standing(state, right, time_ms):
        yield f"register {licence.licence_id}", licence


def _licensor_grants_in_its_place(state: State, right: Right, time_ms: int) -> bool:
    """Whether its undertaking that it cannot work the patent is on record, and no ordinary licence has used it up."""
    if lodged(state, "licensor_cannot_work", right.id, time_ms) is None:
        return False
    own = (each for each in map(state.licences.__getitem__, right.licences) if each.head_licence is UNSET)
    kinds: set[str] = {each.licence_kind for each in own}
    kinds |= {each.licence_kind for each in registered_licences.standing(state, right, time_ms)}
    return "ordinary_licence" not in kinds
