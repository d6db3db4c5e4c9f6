"""The grounds on which the Mainland's office refuses a recordal or a registration, each with the rule that asks it.

A ground is asked at the step where it binds, so that nobody signs what the office would send back; what else the office
may find is the office's own, and comes as its refusal.
"""

from __future__ import annotations

from typing import NamedTuple

from exchange.rules import civil_code, effects, licence_recordal, patent_law, pledge_law
from exchange.rules.rule import Rule


class Ground(NamedTuple):
    """What the office refuses, in the measures' order, and the rule; None for what the office alone can find."""

    text: str
    text_zh: str
    rule: Rule | None


LICENCE_RECORDAL: tuple[Ground, ...] = (
    Ground("the right has ended or is invalid", "专利权已经终止或者被宣告无效", patent_law.RIGHT_ENDED),
    Ground(
        "the licensor is not the registered owner",
        "许可人不是专利登记簿记载的专利权人",
        patent_law.NOT_REGISTERED_OWNER,
    ),
    Ground(
        "the contract lacks what Art. 9 asks for",
        "许可合同缺少第九条规定的内容",
        licence_recordal.CONTRACT_INCOMPLETE,
    ),
    Ground("its term goes beyond the patent's", "许可期限超过专利权有效期", patent_law.LICENCE_BEYOND_LIFE),
    Ground("a co-owner has not consented", "共有专利权人违反法律规定或者约定许可", effects.CO_OWNERS_CN),
    Ground("the annual fee is in its grace period", "专利权处于年费缴纳滞纳期", patent_law.FEE_GRACE),
    Ground("a dispute or a preservation suspends it", "专利权属纠纷或者保全而中止", patent_law.FROZEN),
    Ground(
        "the same licence is recorded already",
        "同一专利实施许可合同重复备案",
        licence_recordal.RECORDED_ALREADY,
    ),
    Ground(
        "it is pledged, without the pledgee's consent",
        "专利权已质押，未经质权人同意",
        civil_code.PLEDGEE_CONSENT,
    ),
    Ground(
        "it conflicts with a recorded licence",
        "与已经备案的专利实施许可合同冲突",
        patent_law.LICENCE_CONFLICT,
    ),
    Ground("what else the office finds", "其他不予备案的情形", None),
)
"""Measures for the Recordal of Patent Licence Contracts (Order 62, 2011), Art. 12 [W]."""
PLEDGE_REGISTRATION: tuple[Ground, ...] = (
    Ground(
        "the pledgor is not the registered owner",
        "出质人不是专利登记簿记载的专利权人",
        patent_law.NOT_REGISTERED_OWNER,
    ),
    Ground("the right has ended or is invalid", "专利权已终止或者被宣告无效", patent_law.RIGHT_ENDED),
    Ground("the patent is not granted", "专利申请尚未被授予专利权", pledge_law.NOT_GRANTED),
    Ground("the annual fee is unpaid", "没有按照规定缴纳年费", patent_law.FEE_GRACE),
    Ground("a dispute or a preservation suspends it", "专利权被启动中止程序或者被保全", patent_law.FROZEN),
    Ground(
        "the debt's term goes beyond the patent's",
        "债务履行期限超过专利权有效期",
        pledge_law.DEBT_BEYOND_LIFE,
    ),
    Ground(
        "the contract lacks what Art. 8 asks for", "质押合同不符合第八条规定", pledge_law.CONTRACT_INCOMPLETE
    ),
    Ground("a co-owner has not consented", "以共有专利权出质但未取得全体共有人同意", effects.CO_OWNERS_CN),
    Ground("it is pledged already", "专利权已经被申请质押登记且处于质押期间", pledge_law.ALREADY_PLEDGED),
    Ground("a twin of the same day stands", "同样的发明创造同日申请的实用新型与发明", pledge_law.TWIN),
    Ground("its invalidation has been asked for", "专利权已被启动无效宣告程序", pledge_law.INVALIDATION),
    Ground("what else the office finds", "其他不予登记的情形", None),
)
"""Measures for the Registration of Patent Pledges (Announcement 461, 2021), Art. 11 [M], its grounds [W]."""
