"""When a right itself passes, and what co-owners may do alone: one rule for each place and type of right.

The contract's clause, the papers for the office, the step that releases escrow and the co-owners' rule are all read
here. What has no row is not traded: title follows no rule that this build knows.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from exchange.commands import DealKind, RightType
from exchange.rows import Right
from exchange.rules.rule import Rule, Source, define, refuse, venue_rule


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """How a right passes at one place.

    passes: `registered` where the register's confirmation releases escrow, `delivered` where the parties' signed
    delivery record does. clause, clause_zh: the sentence of the contract. recordal_months: how soon a licence is
    to be recorded, None where no law sets a time. licence_clause, licence_clause_zh: what is
    said of the recordal of a licence. change_form, recordal_form: the office's papers, empty without an office.
    territory: where a licence under it can hold, None for anywhere. co_owners: the rule that all must consent;
    ordinary_alone: whether one co-owner may grant an ordinary licence.
    """

    passes: Literal["registered", "delivered"]
    citation: str
    source: Source
    clause: str
    clause_zh: str
    recordal_months: int | None = None
    licence_clause: str = ""
    licence_clause_zh: str = ""
    change_form: str = ""
    recordal_form: str = ""
    territory: str | None = None
    co_owners: Rule
    ordinary_alone: bool


RIGHT_TYPE_NOT_OPEN = venue_rule(
    38,
    "RIGHT-TYPE-NOT-OPEN",
    "no rule stands here on when a right of this type passes at this place, so it is not traded",
    "本交易中心尚无该地域、该类权利转移生效的规则，暂不开放交易",
    "none until the venue opens this type of right; list a right of a place and type that is open",
    "在交易中心开放该类权利之前无法补正；请改为挂牌已开放的权利",
)


def _co_owners(code: str, citation: str, place: str, source: Source, alone: tuple[str, str]) -> Rule:
    """The rule that co-owners dispose together; `alone` says what one of them may do, in both languages."""
    return define(
        Rule(
            code=code,
            citation=citation,
            jurisdictions=(place,),
            source=source,
            text=f"{alone[0]}; everything else needs all co-owners",
            text_zh=f"{alone[1]}，其他处分须经全体共有人同意",
            cure="list together with all co-owners, or choose what a co-owner may do alone",
            cure_zh="请与全体共有人共同挂牌，或改为共有人可单独进行的许可",
        )
    )


_ORDINARY_ALONE = ("a co-owner alone may grant an ordinary licence only", "共有人单独行使权利仅限于普通许可")
_NOTHING_ALONE = ("a co-owner alone may grant no licence", "共有人不得单独许可他人实施")
CO_OWNERS_CN = _co_owners("CN-PATENT-LAW-14", "Patent Law of the PRC, Art. 14", "CN", "L", _ORDINARY_ALONE)
CO_OWNERS_HK = _co_owners(
    "HK-PATENTS-ORDINANCE-54", "Patents Ordinance (Cap. 514), s. 54 [M]", "HK", "M", _NOTHING_ALONE
)
CO_OWNERS_MO = _co_owners(
    "MO-INDUSTRIAL-PROPERTY-CO-OWNERS",
    "Industrial Property Code of Macau (Decree-Law 97/99/M) [M]; the strictest reading until counsel confirms",
    "MO",
    "M",
    _NOTHING_ALONE,
)
CO_OWNERS_US = _co_owners("US-PATENT-ACT-262", "35 USC 262 [M]", "US", "M", _ORDINARY_ALONE)
CO_HOLDERS_OF_ACHIEVEMENT = _co_owners(
    "ACHIEVEMENT-CO-HOLDERS", "IPX venue rules, § 40", "CN", "V", _NOTHING_ALONE
)

_CN = Effect(
    passes="registered",
    citation="Patent Law of the PRC, Art. 10",
    source="L",
    clause="The right passes on its registration by the patent administration of the State Council "
    "(Patent Law, Art. 10).",
    clause_zh="权利自国务院专利行政部门登记之日起转移（专利法第十条）。",
    recordal_months=3,
    licence_clause="It is to be recorded within three months of taking effect (Implementing Rules, Art. 15).",
    licence_clause_zh="自合同生效之日起三个月内办理备案（专利法实施细则第十五条）。",
    change_form="著录项目变更申报书（专利权人变更）",
    recordal_form="专利实施许可合同备案申请表",
    territory="CN",
    co_owners=CO_OWNERS_CN,
    ordinary_alone=True,
)
_HK = Effect(
    passes="registered",
    citation="Patents Ordinance (Cap. 514), s. 52 [W]; written and signed assignment [M]",
    source="W",
    clause="The right passes by this writing, signed by the parties; its registration in the Hong Kong Patents "
    "Registry gives it priority (Cap. 514, s. 52). The price is released on that registration.",
    clause_zh="权利依双方签署的本书面文件转移；在香港专利注册处注册后取得优先效力（第514章第52条）。价款于注册后释放。",
    licence_clause="It may be registered in the Hong Kong Patents Registry for priority (Cap. 514, s. 52).",
    licence_clause_zh="许可可在香港专利注册处注册，以取得优先效力（第514章第52条）。",
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
    licence_clause="It has effect against third parties from its registration in Macau (Decree-Law 97/99/M, Art. 12).",
    licence_clause_zh="许可自在澳门登记之日起对第三人产生效力（第97/99/M号法令第十二条）。",
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
    licence_clause="It may be recorded in the United States Patent and Trademark Office as notice.",
    licence_clause_zh="许可可在美国专利商标局登记，以作告知。",
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
    co_owners=CO_HOLDERS_OF_ACHIEVEMENT,
    ordinary_alone=False,
)
_PATENTS: tuple[RightType, ...] = ("invention", "utility_model", "design", "application")
EFFECTS: dict[tuple[str, RightType], Effect] = {
    **{
        (office, right_type): effect
        for office, effect in (("CN", _CN), ("HK", _HK), ("MO", _MO), ("US", _US))
        for right_type in _PATENTS
    },
    ("CN", "achievement"): _ACHIEVEMENT,
}
"""(office, right type) to the rule by which such a right passes."""


def effect_of(office: str, right_type: RightType) -> Effect:
    """The rule by which a right passes.

    Raises:
        Refusal: RIGHT-TYPE-NOT-OPEN where none stands.
    """
    effect = EFFECTS.get((office, right_type))
    if effect is None:
        refuse(RIGHT_TYPE_NOT_OPEN, office=office, right_type=right_type)
    return effect


def co_owners_agree(right: Right, deal_kind: DealKind) -> None:
    """A co-owner alone does no more than the law of the right's place lets it.

    Raises:
        Refusal: CN-PATENT-LAW-14, HK-PATENTS-ORDINANCE-54, MO-INDUSTRIAL-PROPERTY-CO-OWNERS, US-PATENT-ACT-262,
            ACHIEVEMENT-CO-HOLDERS; RIGHT-TYPE-NOT-OPEN.
    """
    effect = effect_of(right.office, right.right_type)
    if right.delivered_to is not None or len(right.holder_of_record) <= 1:
        return
    if deal_kind != "ordinary_licence" or not effect.ordinary_alone:
        refuse(effect.co_owners, right_id=right.id, co_owners=len(right.holder_of_record))
