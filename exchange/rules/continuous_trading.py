"""Where orders may be matched continuously, and what an order there may be: 国发〔2011〕38号, 国办发〔2012〕37号.

Both documents of the State Council bar exchanges of the Mainland from trading by 集合竞价, 连续竞价, 电子撮合, 匿名交易
or 做市商; agreement and lawful auction are carved out. The strictest of the venue's place, the right's and the parties'
binds.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.rows import Party, Right, Venue
from exchange.rules.rule import Rule, define, refuse, venue_rule

PROFILE_WITH_A_BOOK = "hong-kong"
CENTRALISED_TRADING = define(
    Rule(
        code="CN-SC-2012-37-CENTRALISED-TRADING",
        citation="国发〔2011〕38号; 国办发〔2012〕37号; for venues of Macau by analogy until counsel confirms [M]",
        jurisdictions=("CN", "MO"),
        source="W",
        text="no continuous matching of orders on a venue of the Mainland or of Macau, for a party of the Mainland, or "
        "in a right of the Mainland",
        text_zh="内地及澳门的交易场所、内地主体以及内地权利不得采用集中交易方式",
        cure="none: use another mode of trading, such as a posted price, a negotiation or an auction",
        cure_zh="无法补正；请改用其他交易方式，如明码标价、协议磋商或网络竞价",
        status=403,
        steps=("list", "bid", "operate"),
        deal_kinds=("ordinary_licence",),
    )
)
NOT_AUTHORISED = define(
    Rule(
        code="HK-AUTOMATED-TRADING-95",
        citation="Securities and Futures Ordinance (Cap. 571), s. 95 [M]; whether it binds licences of patents is for "
        "counsel to say, so that the venue waits for an authorisation or for that opinion",
        jurisdictions=("HK",),
        source="M",
        text="continuous trading is off until the venue has recorded an authorisation for it or counsel's opinion",
        text_zh="在本中心记录相关认可或法律意见之前，持续交易方式不开放",
        cure="have an operator record the authorisation or the opinion",
        cure_zh="请由运营者记录相关认可或法律意见",
        status=403,
        steps=("list", "approve", "bid", "operate"),
        deal_kinds=("ordinary_licence",),
        facts_from="venue_finding",
    )
)
ASKS_BEYOND_OFFER = venue_rule(
    51,
    "ASKS-BEYOND-OFFER",
    "the asks of a listing, with what it has sold, are together at most what it offers",
    "挂牌的卖出委托与已成交数量合计不得超过挂牌数量",
    "ask for less, or cancel another ask first",
    "请减少数量，或先撤销其他卖出委托",
    steps=("bid",),
)
POST_ONLY_WOULD_TRADE = venue_rule(
    52,
    "POST-ONLY-WOULD-TRADE",
    "a post-only order never takes what rests, and this one would",
    "只挂单委托不得与已有委托即时成交",
    "name a price that the other side does not reach, or place an order that may trade at once",
    "请改用对方未达到的价格，或改为可即时成交的委托",
    steps=("bid",),
)
ORDER_NOT_FILLABLE = venue_rule(
    53,
    "FILL-OR-KILL-NOT-FILLABLE",
    "what rests does not fill this order in full, and less it does not want",
    "现有委托不足以全部成交该全部成交否则撤销的委托",
    "ask for less or at another limit, or place an order that takes what there is",
    "请减少数量、调整限价，或改为其他类型的委托",
    steps=("bid",),
)
CALL_UNDER_WAY = venue_rule(
    54,
    "CALL-AUCTION-UNDER-WAY",
    "while the call auction collects orders only limit orders that rest are taken",
    "集合定价期间仅接受可保留的限价委托",
    "place a limit order that is good till cancelled or till a date, or wait until trading has begun",
    "请提交撤销前或指定日期前有效的限价委托，或等待交易开始",
    steps=("bid",),
)


def venue_may_have_a_book(venue: Venue) -> None:
    """Raises Refusal CN-SC-2012-37-CENTRALISED-TRADING where the venue is of a place that bars continuous matching."""
    if venue.profile != PROFILE_WITH_A_BOOK:
        refuse(CENTRALISED_TRADING, bound_by="venue", profile=venue.profile)


def may_be_matched(right: Right, party: Party) -> None:
    """Neither the right nor the party is of a place that bars continuous matching.

    Raises:
        Refusal: CN-SC-2012-37-CENTRALISED-TRADING.
    """
    if right.office == "CN":
        refuse(CENTRALISED_TRADING, bound_by="right", right_id=right.id)
    if party.jurisdiction == "CN":
        refuse(CENTRALISED_TRADING, bound_by="party", party_id=party.id)


def venue_is_authorised(venue: Venue) -> None:
    """Raises Refusal HK-AUTOMATED-TRADING-95 until the venue has recorded what lets it."""
    if venue.trading_authorisation is UNSET:
        refuse(NOT_AUTHORISED)
