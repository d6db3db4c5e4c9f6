"""The grounds on which the registration of a pledge is refused, asked before the contract and before the filing.

Measures for the Registration of Patent Pledges (CNIPA Announcement 461, 2021), Civil Code Arts. 440 to 444. Grounds
that bind licences and assignments as well stand in `patent_law` and `effects`. The twelfth, what else the office
finds, is the office's own.
"""

from __future__ import annotations

from exchange.commands import PledgeTerms
from exchange.rows import Right
from exchange.rules import patent_law
from exchange.rules.effects import RIGHT_TYPE_NOT_OPEN
from exchange.rules.rule import Rule, Supplier, define, refuse
from exchange.rules.venue import FACT_MISSING

MEASURES = "Measures for the Registration of Patent Pledges (Announcement 461, 2021)"
PLEDGEABLE = frozenset({"invention", "utility_model", "design"})


def _cn(  # noqa: PLR0913 - the parts of a rule
    code: str, text: str, text_zh: str, cure: str, cure_zh: str, facts_from: Supplier = "register_copy"
) -> Rule:
    return define(
        Rule(
            code=code,
            citation=MEASURES,
            jurisdictions=("CN",),
            source="W",
            text=text,
            text_zh=text_zh,
            cure=cure,
            cure_zh=cure_zh,
            steps=("pledge",),
            facts_from=facts_from,
        )
    )


NOT_GRANTED = _cn(
    "CN-PLEDGE-NOT-GRANTED",
    "only a granted patent is pledged: this one is not granted yet",
    "仅已授权的专利权可以出质，该专利申请尚未授权",
    "wait for the grant",
    "请待授权后再办理",
)
ALREADY_PLEDGED = _cn(
    "CN-PLEDGE-STANDS",
    "the right is pledged already, or a pledge of it is on its way to the register",
    "该专利权已出质，或已有质押正在办理登记",
    "have the pledge that stands discharged first",
    "请先办理现有质押的注销登记",
)
DEBT_BEYOND_LIFE = _cn(
    "CN-PLEDGE-BEYOND-LIFE",
    "the debt is to be performed after the patent has expired",
    "债务履行期限超过专利权有效期",
    "shorten the term of the debt, or pledge another right",
    "请缩短债务履行期限，或更换质物",
)
TWIN = _cn(
    "CN-PLEDGE-TWIN",
    "a utility model and an invention were filed for the same invention on the same day",
    "同一申请人就同样的发明创造同日申请了实用新型与发明专利",
    "pledge both, or have both sides waive it in the contract",
    "请一并出质，或由双方在合同中声明不受影响",
    "undertaking",
)
INVALIDATION = _cn(
    "CN-PLEDGE-INVALIDATION",
    "proceedings to declare the patent invalid are under way",
    "该专利权已被启动无效宣告程序",
    "wait for their end, or have both sides waive it in the contract",
    "请待程序结束，或由双方在合同中声明不受影响",
    "undertaking",
)
CONTRACT_INCOMPLETE = _cn(
    "CN-PLEDGE-CONTRACT",
    "the contract lacks what it must contain: parties, debt and its term, rights, and what is secured",
    "质押合同缺少应当载明的事项：当事人、债权种类与数额、债务履行期限、专利权信息及担保范围",
    "draw it up again with the part that the detail names",
    "请补充明细所列事项后重新拟订",
    "undertaking",
)


def right_can_be_pledged(right: Right) -> None:
    """Patents of the Mainland are pledged here; of other places and types no rule stands.

    Raises:
        Refusal: RIGHT-TYPE-NOT-OPEN.
    """
    if right.office != "CN" or right.right_type not in PLEDGEABLE | {"application"}:
        refuse(RIGHT_TYPE_NOT_OPEN, office=right.office, right_type=right.right_type)


def right_is_granted(right: Right) -> None:
    """Raises Refusal CN-PLEDGE-NOT-GRANTED while the register shows an application."""
    if right.status != "granted" or right.right_type not in PLEDGEABLE:
        refuse(NOT_GRANTED, right_id=right.id, status=right.status)


def right_is_not_pledged(right: Right, in_the_way: str | None) -> None:
    """Neither the register nor the venue knows of another pledge; `in_the_way` is one that is on its way.

    Raises:
        Refusal: CN-PLEDGE-STANDS.
    """
    if right.pledges or in_the_way is not None:
        refuse(ALREADY_PLEDGED, right_id=right.id, in_the_way=in_the_way)


def debt_ends_with_the_right(right: Right, terms: PledgeTerms) -> None:
    """The debt is to be performed while the patent lives.

    Raises:
        Refusal: CN-PLEDGE-BEYOND-LIFE; FACT-MISSING when the register copy names no expiry.
    """
    if terms.ends_ms > patent_law.expiry_ms(right):
        refuse(DEBT_BEYOND_LIFE, right_id=right.id, expiry_date=right.expiry_date)


def no_twin_stands(right: Right, terms: PledgeTerms) -> None:
    """The pledgor has undertaken that no twin was filed on the same day, or both sides have waived it.

    A twin that the register copy names stands over the undertaking that there is none. Designs have none.

    Raises:
        Refusal: CN-PLEDGE-TWIN, FACT-MISSING.
    """
    if right.right_type == "design":
        return
    if terms.twin is None:
        refuse(FACT_MISSING, fact="twin", right_id=right.id, supplier="pledgor")
    if terms.twin == "stands":
        refuse(TWIN, right_id=right.id)
    if terms.twin == "none" and right.same_day_twin:
        refuse(TWIN, right_id=right.id, twin=right.same_day_twin, supplier="register_copy")


def no_invalidation_stands(right: Right, terms: PledgeTerms) -> None:
    """The pledgor has undertaken that nobody has asked to invalidate the right, or both sides have waived it.

    A request that the register copy shows stands over the undertaking that there is none.

    Raises:
        Refusal: CN-PLEDGE-INVALIDATION, FACT-MISSING.
    """
    if terms.invalidation is None:
        refuse(FACT_MISSING, fact="invalidation", right_id=right.id, supplier="pledgor")
    if terms.invalidation == "stands":
        refuse(INVALIDATION, right_id=right.id)
    if terms.invalidation == "none":
        no_invalidation_is_requested(right)


def no_invalidation_is_requested(right: Right) -> None:
    """The register copy shows no request to declare the right invalid.

    Raises:
        Refusal: CN-PLEDGE-INVALIDATION.
    """
    if right.invalidation_requested is True:
        refuse(INVALIDATION, right_id=right.id, supplier="register_copy")


def contract_is_complete(erasable: dict[str, str], terms: PledgeTerms, time_ms: int) -> None:
    """The contract's text is there, and the debt has a sum and a time that is to come.

    Raises:
        Refusal: CN-PLEDGE-CONTRACT.
    """
    missing = {
        "contract": not erasable.get("contract"),
        "amount": terms.amount <= 0,
        "ends_ms": terms.ends_ms <= time_ms,
    }
    for part, lacks in missing.items():
        if lacks:
            refuse(CONTRACT_INCOMPLETE, part=part)
