"""Trading of state-owned assets of enterprises: Order 32 (2016) and its rules of operation (2025)."""

from __future__ import annotations

from exchange.commands import (
    DealKind,
    EntryFeeAndRoyalty,
    Instalments,
    ListingTerms,
    RunningRoyalty,
)
from exchange.money.amount import Currency
from exchange.rows import Deal, Party, Right, Venue
from exchange.rules import exchange_rates, profiles, working_days
from exchange.rules.lodged import OF_THE_VENUE, lodged
from exchange.rules.rule import Rule, define, refuse
from exchange.rules.venue import FACT_MISSING
from exchange.state import State

LONG_NOTICE_ABOVE = 1_000_000_000
"""Minor units of CNY: 10,000,000 CNY."""
SHORT_NOTICE_DAYS, LONG_NOTICE_DAYS = 10, 20
"""Working days of the notice of an asset's transfer."""
RESULT_NOTICE_DAYS = 5
"""Working days for which the result is published before anybody signs."""
LEAST_PERCENT = 90
"""Of the appraised value, without an approval."""
VENUE_NOT_DESIGNATED = define(
    Rule(
        code="VENUE-NOT-DESIGNATED",
        citation="Measures for the Supervision of State-owned Asset Transactions of Enterprises (Order 32, 2016)",
        jurisdictions=("CN",),
        source="W",
        text="a state-owned enterprise of the Mainland sells through a venue designated for state-owned assets only",
        text_zh="国有企业资产转让应当在依法确定的产权交易机构公开进行",
        cure="sell through a designated venue; this one once its operator has its designation on record",
        cure_zh="请通过经确定的产权交易机构转让；本交易中心须先记录相应资格文件",
        steps=("list", "approve"),
        facts_from="venue_finding",
        bound_by=("seller",),
        status=403,
    )
)
NOTICE = define(
    Rule(
        code="CN-STATE-ASSETS-NOTICE",
        citation="Rules of Operation for Transactions of Enterprises' State-owned Assets (2025), Arts. 77 to 85",
        jurisdictions=("CN",),
        source="W",
        text="the transfer of a state-owned asset is published for 10 working days, above 10,000,000 CNY for 20",
        text_zh="企业国有资产转让信息公告期不少于十个工作日，转让底价高于一千万元的不少于二十个工作日",
        cure="submit a listing that leaves its notice the time",
        cure_zh="请重新提交挂牌，为公告期留足时间",
        steps=("approve",),
        bound_by=("seller",),
    )
)
BELOW_APPRAISAL = define(
    Rule(
        code="CN-STATE-ASSETS-APPRAISAL",
        citation="Measures for the Supervision of State-owned Asset Transactions of Enterprises (Order 32, 2016); "
        "Rules of Operation (2025)",
        jurisdictions=("CN",),
        source="W",
        text="a state-owned asset goes for less than 90 % of its appraised value only with an approval",
        text_zh="转让价格低于评估结果百分之九十的，应当经批准后方可进行",
        cure="ask 90 % of the appraised value or more, or have the approval recorded",
        cure_zh="请将价格提高至评估结果的百分之九十以上，或由运营者记录批准文件",
        steps=("list", "approve", "award"),
        facts_from="venue_finding",
        bound_by=("seller",),
    )
)
ONE_PAYMENT = define(
    Rule(
        code="CN-STATE-ASSETS-ONE-PAYMENT",
        citation="Rules of Operation for Transactions of Enterprises' State-owned Assets (2025), Arts. 77 to 85",
        jurisdictions=("CN",),
        source="W",
        text="the price of a state-owned asset is paid at once: no instalments and no royalty",
        text_zh="企业国有资产转让价款原则上应当一次付清，不得分期支付或者提成支付",
        cure="list it for one payment",
        cure_zh="请改为一次总付",
        steps=("list", "approve"),
        deal_kinds=("assignment",),
        bound_by=("seller",),
    )
)
RESULT_NOTICE = define(
    Rule(
        code="CN-STATE-ASSETS-RESULT",
        citation="Rules of Operation for Transactions of Enterprises' State-owned Assets (2025), Arts. 77 to 85",
        jurisdictions=("CN",),
        source="W",
        text="the result of a transfer of state-owned assets is published for five working days before it is signed",
        text_zh="企业国有资产转让的交易结果公示不少于五个工作日后方可签约",
        cure="sign once the five working days after the award have ended",
        cure_zh="请在成交后公示满五个工作日再行签署",
        steps=("sign", "fund"),
        bound_by=("seller",),
    )
)


def sells_state_assets(venue: Venue, seller: Party) -> bool:
    """Whether the seller is a state-owned enterprise of the Mainland."""
    return seller.category == "state_enterprise" and profiles.binds(
        VENUE_NOT_DESIGNATED, venue, seller=seller
    )


def venue_is_designated(state: State, seller: Party, time_ms: int) -> None:
    """The designation is a document on record; before there were such, a state-owned enterprise was always refused.

    Raises:
        Refusal: VENUE-NOT-DESIGNATED.
    """
    if not sells_state_assets(state.venue, seller):
        return
    if lodged(state, "venue_designation", OF_THE_VENUE, time_ms) is None:
        refuse(VENUE_NOT_DESIGNATED, party_id=seller.id)


def notice_until_ms(state: State, seller: Party, price: int, currency: Currency, time_ms: int) -> int:
    """When the notice of a state enterprise's listing ends (ms UTC) if it begins now; 0 where it owes none.

    `price` in minor units; one of another currency than CNY is compared by the recorded rate.

    Raises:
        Refusal: FACT-MISSING where there is none.
    """
    venue = state.venue
    if not sells_state_assets(venue, seller):
        return 0
    rate = exchange_rates.factors(state, currency, "CNY", time_ms)
    is_short = price * rate.ours <= LONG_NOTICE_ABOVE * rate.theirs
    days = SHORT_NOTICE_DAYS if is_short else LONG_NOTICE_DAYS
    return working_days.end_of(venue, time_ms, days, "CN")


def price_is_backed(  # noqa: PLR0913 - whose price of what, in which money, when
    state: State, seller: Party, right: Right, price: int, currency: Currency, time_ms: int
) -> None:
    """A price (minor units) is 90 % of the appraised value or more, or has been approved.

    Raises:
        Refusal: CN-STATE-ASSETS-APPRAISAL; FACT-MISSING where no appraisal is on record, or no rate to compare by.
    """
    if not sells_state_assets(state.venue, seller):
        return
    appraisal = lodged(state, "appraisal", right.id, time_ms)
    if appraisal is None or appraisal.amount is None or appraisal.currency is None:
        refuse(FACT_MISSING, fact="appraisal", right_id=right.id, supplier="operator")
    rate = exchange_rates.factors(state, currency, appraisal.currency, time_ms)
    approval = lodged(state, "below_appraisal_approval", right.id, time_ms)
    is_below = price * rate.ours * 100 < appraisal.amount * rate.theirs * LEAST_PERCENT
    if is_below and approval is None:
        refuse(BELOW_APPRAISAL, right_id=right.id, percent=LEAST_PERCENT, rate_id=rate.rate_id or None)


def price_is_compared_in(state: State, seller: Party, right_id: str, time_ms: int) -> Currency | None:
    """In which currency a price of this seller's has its appraisal; None where it needs none."""
    if not sells_state_assets(state.venue, seller):
        return None
    appraisal = lodged(state, "appraisal", right_id, time_ms)
    return None if appraisal is None else appraisal.currency


def price_is_paid_at_once(
    venue: Venue, seller: Party, right: Right, deal_kind: DealKind, terms: ListingTerms
) -> None:
    """Raises Refusal CN-STATE-ASSETS-ONE-PAYMENT where an assignment is paid in parts or by a royalty."""
    if deal_kind not in ONE_PAYMENT.deal_kinds or not sells_state_assets(venue, seller):
        return
    if isinstance(terms.consideration, Instalments | RunningRoyalty | EntryFeeAndRoyalty):
        refuse(ONE_PAYMENT, right_id=right.id)


def result_is_published(venue: Venue, seller: Party, deal: Deal, time_ms: int) -> None:
    """The result has been published for its days.

    Raises:
        Refusal: CN-STATE-ASSETS-RESULT.
    """
    if not sells_state_assets(venue, seller):
        return
    until_ms = working_days.end_of(venue, deal.awarded_ms, RESULT_NOTICE_DAYS, "CN")
    if time_ms < until_ms:
        refuse(RESULT_NOTICE, deal_id=deal.id, until_ms=until_ms)
