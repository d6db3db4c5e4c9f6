"""What the State Council bars exchanges of the Mainland from: 国发〔2011〕38号 and 国办发〔2012〕37号.

No splitting of rights into equal units, five trading days between buying and selling the same, at most 200 holders,
nominees looked through. Continuous matching stands in `continuous_trading`.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.commands import DealKind
from exchange.rows import Listing, Party, Right, Venue
from exchange.rules import onboarding, profiles, working_days
from exchange.rules.lodged import lodged
from exchange.rules.rule import Rule, define, refuse
from exchange.rules.venue import FACT_MISSING
from exchange.state import State

SINCE_ENGINE = 3
TRADING_DAYS = 5
MOST_HOLDERS = 200
UNITS = define(
    Rule(
        code="CN-SC-2011-38-UNITS",
        citation="国发〔2011〕38号; 国办发〔2012〕37号",
        jurisdictions=("CN",),
        source="W",
        text="a right is not split into equal units: an assignment, or a licence that stands alone, goes to one buyer",
        text_zh="不得将权益拆分为均等份额公开发行；转让及独占、排他许可仅可成交一份",
        cure="offer it once; only non-exclusive (ordinary) licences may be accepted several times",
        cure_zh="请仅挂牌一份；仅普通许可可多次成交",
        steps=("list",),
        deal_kinds=("assignment", "exclusive_licence", "sole_licence"),
    )
)
RESALE = define(
    Rule(
        code="CN-SC-2011-38-RESALE",
        citation="国发〔2011〕38号; 国办发〔2012〕37号",
        jurisdictions=("CN",),
        source="W",
        text="between buying a right here and selling it again lie five trading days",
        text_zh="买入后卖出同一交易品种的时间间隔不得少于五个交易日",
        cure="list it once the five trading days have ended",
        cure_zh="请在五个交易日届满后再行挂牌",
        steps=("list", "approve"),
        deal_kinds=("assignment",),
    )
)
HOLDERS = define(
    Rule(
        code="CN-SC-2011-38-HOLDERS",
        citation="国发〔2011〕38号; 国办发〔2012〕37号",
        jurisdictions=("CN",),
        source="W",
        text="a right has at most 200 holders, those behind a fund or nominee counted one by one",
        text_zh="权益持有人累计不得超过二百人，代持的应当穿透计算",
        cure="sell or buy for fewer, or have the operator record a newer list of those whom the party holds for",
        cure_zh="请减少最终持有人人数，或由运营者更新穿透后的持有人名单",
        steps=("list", "approve", "bid", "award", "sign"),
        deal_kinds=("assignment",),
        facts_from="undertaking",
        status=403,
    )
)


def right_is_not_split(
    venue: Venue, right: Right, seller: Party, deal_kind: DealKind, max_acceptances: int
) -> None:
    """Raises Refusal CN-SC-2011-38-UNITS where what goes to one buyer is offered in several."""
    if venue.engine < SINCE_ENGINE or not profiles.binds(UNITS, venue, right, seller):
        return
    if deal_kind in UNITS.deal_kinds and max_acceptances > 1:
        refuse(UNITS, right_id=right.id, offered=max_acceptances)


def resale_has_waited(venue: Venue, right: Right, seller: Party, deal_kind: DealKind, time_ms: int) -> None:
    """Raises Refusal CN-SC-2011-38-RESALE before five trading days have gone by since the right was bought here."""
    if deal_kind not in RESALE.deal_kinds or right.bought_ms is UNSET:
        return
    if not profiles.binds(RESALE, venue, right, seller):
        return
    until_ms = working_days.end_of(venue, right.bought_ms, TRADING_DAYS)
    if time_ms < until_ms:
        refuse(RESALE, right_id=right.id, until_ms=until_ms)


def holders_are_few(state: State, right: Right, listing: Listing, buyer: Party, time_ms: int) -> None:
    """A buyer holds for at most 200; a fund says for whom it does, and so does a nominee since engine version 5.

    Raises:
        Refusal: CN-SC-2011-38-HOLDERS; FACT-MISSING where nobody has said for whom.
    """
    if not _counts_holders_of(state, right, listing, buyer):
        return
    named = lodged(state, "holders", buyer.id, time_ms)
    if named is None and (buyer.category == "fund" or onboarding.says_it_is_a_nominee(buyer)):
        refuse(FACT_MISSING, fact="holders", party_id=buyer.id, supplier="buyer")
    count = 1 if named is None else len(set(named.holders))
    if count > MOST_HOLDERS:
        refuse(HOLDERS, party_id=buyer.id, holders=count, most=MOST_HOLDERS)


def buyer_says_whether_it_is_a_nominee(
    state: State, right: Right, listing: Listing, buyer: Party, time_ms: int
) -> None:
    """A company that came before papers were asked for has said it by now; a list on record says it as well.

    Raises:
        Refusal: FACT-MISSING.
    """
    if state.venue.engine < onboarding.SINCE_ENGINE or not _counts_holders_of(state, right, listing, buyer):
        return
    silent = onboarding.says_it_is_a_nominee(buyer) is None and buyer.category != "fund"
    if silent and lodged(state, "holders", buyer.id, time_ms) is None:
        refuse(FACT_MISSING, fact="nominee", party_id=buyer.id, supplier="buyer")


def _counts_holders_of(state: State, right: Right, listing: Listing, buyer: Party) -> bool:
    venue, seller = state.venue, state.parties[listing.seller]
    if venue.engine < SINCE_ENGINE or listing.deal_kind not in HOLDERS.deal_kinds:
        return False
    return profiles.binds(HOLDERS, venue, right, seller, buyer)


def seller_holds_for_few(  # noqa: PLR0913 - who sells what, and what it says of it
    state: State, right: Right, seller: Party, deal_kind: DealKind, told: int | UnsetType, time_ms: int
) -> None:
    """A seller that is a nominee or a fund holds for at most 200; a list on record stands over the number `told`.

    Raises:
        Refusal: CN-SC-2011-38-HOLDERS.
    """
    if deal_kind not in HOLDERS.deal_kinds or not profiles.binds(HOLDERS, state.venue, right, seller):
        return
    named = lodged(state, "holders", seller.id, time_ms)
    count = len(set(named.holders)) if named is not None else 1 if told is UNSET else told
    if count > MOST_HOLDERS:
        refuse(HOLDERS, party_id=seller.id, holders=count, most=MOST_HOLDERS)
