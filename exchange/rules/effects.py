"""When a right itself passes, and what co-owners may do alone: one rule for each place and type of right.

The contract's clause, the papers for the office, the step that releases escrow and the co-owners' rule are all read
here. What has no row is not traded: title follows no rule that this build knows.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import DealKind, RightType
from exchange.rows import Right, RightFacts, Venue
from exchange.rules.effect import NOTHING_ALONE, ON_A_REGISTER, ORDINARY_ALONE, Effect, co_owners_rule
from exchange.rules.other_effects import DESIGN_HK, OTHER_EFFECTS
from exchange.rules.rule import Rule, define, refuse, venue_rule

RIGHT_TYPE_NOT_OPEN = venue_rule(
    38,
    "RIGHT-TYPE-NOT-OPEN",
    "no rule stands here on when a right of this type passes at this place, so it is not traded",
    "本交易中心尚无该地域、该类权利转移生效的规则，暂不开放交易",
    "none until the venue opens this type of right; list a right of a place and type that is open",
    "在交易中心开放该类权利之前无法补正；请改为挂牌已开放的权利",
    steps=("list", "approve", "sign", "fund", "file", "pledge"),
)


GEOGRAPHICAL_INDICATION_NOT_TRADED = define(
    Rule(
        code="CN-GEOGRAPHICAL-INDICATION-NOT-TRADED",
        citation="Trademark Law of the PRC (2019), Art. 16; Measures for the Protection of Geographical Indication "
        "Products (2024) [M]",
        jurisdictions=("CN", "HK", "MO"),
        source="M",
        text="a geographical indication belongs to all producers of its place: it is neither assigned nor licensed as "
        "a property right",
        text_zh="地理标志属于其产地的全体生产者，不作为财产权转让或许可，仅予收录",
        cure="none: it is catalogued alone; its use is applied for with the body that manages it",
        cure_zh="无法补正：地理标志仅收录展示；使用请向其管理机构申请",
        steps=("list",),
        bound_by=("right",),
    )
)
CO_OWNERS_CN = co_owners_rule(
    "CN-PATENT-LAW-14",
    "Patent Law of the PRC, Art. 14; Order 62 (2011), Art. 12; Announcement 461 (2021)",
    "CN",
    "L",
    ORDINARY_ALONE,
    (*ON_A_REGISTER, "pledge"),
)
CO_OWNERS_HK = co_owners_rule(
    "HK-PATENTS-ORDINANCE-54", "Patents Ordinance (Cap. 514), s. 54 [M]", "HK", "M", NOTHING_ALONE
)
CO_OWNERS_MO = co_owners_rule(
    "MO-INDUSTRIAL-PROPERTY-CO-OWNERS",
    "Industrial Property Code of Macau (Decree-Law 97/99/M) [M]; the strictest reading until counsel confirms",
    "MO",
    "M",
    NOTHING_ALONE,
)
CO_OWNERS_US = co_owners_rule("US-PATENT-ACT-262", "35 USC 262 [M]", "US", "M", ORDINARY_ALONE)
CO_HOLDERS_OF_ACHIEVEMENT = co_owners_rule(
    "ACHIEVEMENT-CO-HOLDERS", "IPX venue rules, § 40", "CN", "V", NOTHING_ALONE
)

_CN = Effect(
    passes="registered",
    citation="Patent Law of the PRC, Art. 10",
    source="L",
    clause="The right passes on its registration by the patent administration of the State Council "
    "(Patent Law, Art. 10).",
    clause_zh="权利自国务院专利行政部门登记之日起转移（专利法第十条）。",
    clause_zh_hant="權利自國務院專利行政部門登記之日起轉移（《中華人民共和國專利法》第十條）。",
    recordal_months=3,
    licence_clause="It is to be recorded within three months of taking effect (Implementing Rules, Art. 15).",
    licence_clause_zh="自合同生效之日起三个月内办理备案（专利法实施细则第十五条）。",
    licence_clause_zh_hant="須於合同生效之日起三個月內辦理備案（《中華人民共和國專利法實施細則》第十五條）。",
    change_form="著录项目变更申报书（专利权人变更）",
    recordal_form="专利实施许可合同备案申请表",
    territory="CN",
    co_owners=CO_OWNERS_CN,
    ordinary_alone=True,
)
HONG_KONG_RECORDAL_SINCE_ENGINE = 5
"""Since this version a licence under a Hong Kong patent has six months to be registered.

Duty HK-PATENTS-ORDINANCE-SIX-MONTHS: later it gives no costs or damages for what was infringed before; the licence
itself stands.
"""
_HK = Effect(
    passes="registered",
    citation="Patents Ordinance (Cap. 514), s. 52 [W]; written and signed assignment [M]",
    source="W",
    clause="The right passes by this writing, signed by the parties; its registration in the Hong Kong Patents "
    "Registry gives it priority (Cap. 514, s. 52). The price is released on that registration.",
    clause_zh="权利依双方签署的本书面文件转移；在香港专利注册处注册后取得优先效力（第514章第52条）。价款于注册后释放。",
    clause_zh_hant="權利依據由雙方簽署的本書面文件轉移；於香港專利註冊處註冊後取得優先效力（第514章第52條）。"
    "價款於註冊後發放。",
    licence_clause="It may be registered in the Hong Kong Patents Registry for priority (Cap. 514, s. 52).",
    licence_clause_zh="许可可在香港专利注册处注册，以取得优先效力（第514章第52条）。",
    licence_clause_zh_hant="特許可於香港專利註冊處註冊，以取得優先效力（第514章第52條）。",
    recordal_months=6,
    recordal_since_engine=HONG_KONG_RECORDAL_SINCE_ENGINE,
    change_form="香港专利注册处所有权变更注册申请",
    recordal_form="香港专利注册处特许注册申请",
    territory="HK",
    co_owners=CO_OWNERS_HK,
    ordinary_alone=False,
)
_MO = Effect(
    passes="registered",
    citation="Industrial Property Code of Macau (Decree-Law 97/99/M), Arts. 11 and 12 [M]",
    source="M",
    clause="The right passes by this contract; it has effect against third parties from its registration in Macau "
    "(Decree-Law 97/99/M, Arts. 11 and 12). The price is released on that registration.",
    clause_zh="权利依本合同转移，自在澳门登记之日起对第三人产生效力（第97/99/M号法令第十一条、第十二条）。价款于登记后释放。",
    clause_zh_hant="權利依據本合同轉移，自於澳門登記之日起對第三人產生效力（第97/99/M號法令第十一條及第十二條）。"
    "價款於登記後發放。",
    licence_clause="It has effect against third parties from its registration in Macau (Decree-Law 97/99/M, Art. 12).",
    licence_clause_zh="许可自在澳门登记之日起对第三人产生效力（第97/99/M号法令第十二条）。",
    licence_clause_zh_hant="許可自於澳門登記之日起對第三人產生效力（第97/99/M號法令第十二條）。",
    change_form="澳门经济及科技发展局工业产权转让登记申请",
    recordal_form="澳门经济及科技发展局工业产权许可登记申请",
    territory="MO",
    co_owners=CO_OWNERS_MO,
    ordinary_alone=False,
)
_US = Effect(
    passes="registered",
    citation="35 USC 261 [M]",
    source="M",
    clause="The right passes by this instrument in writing; its recordation in the United States Patent and Trademark "
    "Office gives notice to later acquirers (35 USC 261). The price is released on that recordation.",
    clause_zh="权利依本书面文件转移；在美国专利商标局登记后对在后取得人产生告知效力（美国法典第35编第261条）。价款于登记后释放。",
    clause_zh_hant="權利依據本書面文件轉移；於美國專利商標局登記後，對其後的取得人產生通知效力（美國法典第35編第261條）。"
    "價款於登記後發放。",
    licence_clause="It may be recorded in the United States Patent and Trademark Office as notice.",
    licence_clause_zh="许可可在美国专利商标局登记，以作告知。",
    licence_clause_zh_hant="許可可於美國專利商標局登記，以作通知。",
    change_form="美国专利商标局转让登记封面页（Recordation Cover Sheet）",
    recordal_form="美国专利商标局许可登记封面页（Recordation Cover Sheet）",
    territory="US",
    co_owners=CO_OWNERS_US,
    ordinary_alone=True,
)
_ACHIEVEMENT = Effect(
    passes="delivered",
    citation="by contract: Civil Code of the PRC, Arts. 862 to 877 [M]",
    source="M",
    clause="The result passes on the day on which the parties sign its delivery record.",
    clause_zh="权利自验收交接单签署之日起转移。",
    clause_zh_hant="權利自驗收交接單簽署之日起轉移。",
    co_owners=CO_HOLDERS_OF_ACHIEVEMENT,
    ordinary_alone=False,
    life="terms",
)
_PATENTS: tuple[RightType, ...] = ("invention", "utility_model", "design", "application")
EFFECTS: dict[tuple[str, RightType], Effect] = {
    **{
        (office, right_type): effect
        for office, effect in (("CN", _CN), ("HK", _HK), ("MO", _MO), ("US", _US))
        for right_type in _PATENTS
    },
    ("CN", "achievement"): _ACHIEVEMENT,
    **OTHER_EFFECTS,
}
"""(office, right type) to the rule by which such a right passes. A Hong Kong design has that of `OTHER_EFFECTS`."""
REGISTERED_DESIGNS_SINCE_ENGINE = 5
"""Since this version a Hong Kong design passes under its own ordinance; before, it was treated as a patent there."""


def effect_of(office: str, right_type: RightType) -> Effect:
    """The rule by which a right passes.

    Raises:
        Refusal: RIGHT-TYPE-NOT-OPEN where none stands.
    """
    effect = EFFECTS.get((office, right_type))
    if effect is None:
        refuse(RIGHT_TYPE_NOT_OPEN, office=office, right_type=right_type)
    return effect


def effect_said_of(facts: RightFacts) -> Effect:
    """What a contract or offer says of how its right passes: by its own facts, so that none ever says another thing.

    Raises:
        Refusal: RIGHT-TYPE-NOT-OPEN where no rule stands.
    """
    return _as_written(effect_of(facts.office, facts.right_type), is_of_today=facts.bibliography is not UNSET)


def _as_written(effect: Effect, *, is_of_today: bool) -> Effect:
    return _HK if effect is DESIGN_HK and not is_of_today else effect


def right_can_be_owned(right: Right) -> None:
    """Raises Refusal CN-GEOGRAPHICAL-INDICATION-NOT-TRADED: it belongs to nobody who could sell it."""
    if right.right_type == "geographical_indication":
        refuse(GEOGRAPHICAL_INDICATION_NOT_TRADED, right_id=right.id)


def is_co_owned(right: Right) -> bool:
    """Whether the register names several owners, and no delivery record has passed the right on to one party."""
    return right.delivered_to is None and len(right.holder_of_record) > 1


def co_owners_agree(  # noqa: PLR0913 - who may do what alone, and who has agreed
    venue: Venue,
    right: Right,
    deal_kind: DealKind,
    consenting: frozenset[str] = frozenset(),
    *,
    is_open_licence: bool = False,
    agreed_alone: tuple[DealKind, ...] | None = None,
) -> None:
    """A co-owner alone does no more than the law of the right's place lets it; `consenting`: who has agreed to more.

    `agreed_alone`: what an agreement of all co-owners lets each do alone, which stands over the law where there is one.

    They are company numbers, the seller's own among them. What a co-owner may grant alone is a licence to one whom it
    has chosen: an open licence 开放许可, which anybody takes, needs all of them (Patent Law Art. 14).

    Raises:
        Refusal: CN-PATENT-LAW-14, HK-PATENTS-ORDINANCE-54, MO-INDUSTRIAL-PROPERTY-CO-OWNERS, US-PATENT-ACT-262,
            ACHIEVEMENT-CO-HOLDERS, those of `other_effects`; RIGHT-TYPE-NOT-OPEN.
    """
    is_of_today = venue.engine >= REGISTERED_DESIGNS_SINCE_ENGINE
    effect = _as_written(effect_of(right.office, right.right_type), is_of_today=is_of_today)
    if not is_co_owned(right):
        return
    silent = any(holder.company_number not in consenting for holder in right.holder_of_record)
    by_law: tuple[DealKind, ...] = ("ordinary_licence",) if effect.ordinary_alone else ()
    alone = deal_kind in (by_law if agreed_alone is None else agreed_alone) and not is_open_licence
    if silent and not alone:
        refuse(effect.co_owners, right_id=right.id, co_owners=len(right.holder_of_record))
