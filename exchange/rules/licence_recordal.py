"""Measures for the Recordal of Patent Licence Contracts (Order 62, 2011): what Art. 12 refuses beside other laws.

Of its eleven grounds the ended right, the owner of record, the term beyond the patent's life, the co-owners, the fees,
the suspension, the pledge and the conflict stand with the laws that they come from; here are the other two.
"""

from __future__ import annotations

from exchange.calendar import venue_date
from exchange.commands import DealKind
from exchange.rows import Deal, Licence, Right, Venue
from exchange.rules import profiles
from exchange.rules.rule import LICENCES, Rule, define, refuse
from exchange.state import State

SINCE_ENGINE = 3
CONTRACT_INCOMPLETE = define(
    Rule(
        code="CN-LICENCE-RECORDAL-12-3",
        citation="Measures for the Recordal of Patent Licence Contracts (Order 62, 2011), Arts. 9 and 12",
        jurisdictions=("CN",),
        source="W",
        text="a licence contract states filing and grant date of its patent, and its register copy names none",
        text_zh="专利实施许可合同应当载明申请日与授权公告日，登记簿副本未载明",
        cure="have the office's copy with these dates recorded",
        cure_zh="请取得载明上述日期的登记簿副本",
        steps=("list", "approve"),
        deal_kinds=LICENCES,
        facts_from="register_copy",
        bound_by=("right",),
    )
)
RECORDED_ALREADY = define(
    Rule(
        code="CN-LICENCE-RECORDAL-12-8",
        citation="Measures for the Recordal of Patent Licence Contracts (Order 62, 2011), Art. 12",
        jurisdictions=("CN",),
        source="W",
        text="the same licence, between the same parties for the same scope and time, is recorded already",
        text_zh="同一许可（当事人、范围、期限均相同）已经备案，不得重复申请备案",
        cure="none: the recordal that stands covers it",
        cure_zh="无法补正，也无须补正：已有备案涵盖该许可",
        steps=("file",),
        deal_kinds=LICENCES,
        bound_by=("right",),
    )
)


def contract_can_be_complete(venue: Venue, right: Right, deal_kind: DealKind) -> None:
    """Raises Refusal CN-LICENCE-RECORDAL-12-3 where a granted patent's copy names no date of its grant."""
    if venue.engine < SINCE_ENGINE or deal_kind not in LICENCES or right.status != "granted":
        return
    if profiles.binds(CONTRACT_INCOMPLETE, venue, right) and right.grant_date is None:
        refuse(CONTRACT_INCOMPLETE, fact="grant_date", right_id=right.id, supplier="patent office")


def licence_is_not_recorded_twice(state: State, right: Right, deal: Deal) -> None:
    """Raises Refusal CN-LICENCE-RECORDAL-12-8 where a recorded licence says the very same."""
    licence = state.licences.get(deal.licence_id or "")
    if state.venue.engine < SINCE_ENGINE or licence is None:
        return
    if not profiles.binds(RECORDED_ALREADY, state.venue, right):
        return
    for licence_id in right.licences:
        other = state.licences[licence_id]
        if other.id != licence.id and other.recorded and _as_filed(other) == _as_filed(licence):
            refuse(RECORDED_ALREADY, licence_id=licence.id, in_the_way=other.id)


def _as_filed(licence: Licence) -> tuple[object, ...]:
    days = (venue_date(licence.starts_ms), venue_date(licence.ends_ms))
    scope = (frozenset(licence.territory), licence.field_of_use)
    return licence.licensor, licence.licensee, licence.licence_kind, *scope, *days
