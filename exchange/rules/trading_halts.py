"""The venue's rules of a halt of trading: what stands still with the market, and what goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from exchange.rules.rule import refuse, venue_rule

if TYPE_CHECKING:
    from exchange.commands import Command
    from exchange.state import State

MARKET = frozenset(
    {
        *("submit_listing", "approve_listing", "sign_offer"),
        *("register_bidder", "place_bid", "amend_bid", "seal_bid", "reveal_bid"),
        *("place_order", "amend_order", "make_proposal"),
        *("accept_price", "accept_bid", "accept_proposal"),
        *("record_scores", "accept_award", "decline_award"),
    }
)
"""Commands that bring anything to the market or bind anybody there: their clocks stand still in a halt. What takes
back, such as the withdrawal of a listing or the cancelling of an order, goes on, and so does all that is agreed."""

TRADING_HALTED = venue_rule(
    99,
    "TRADING-HALTED",
    "trading is halted by two operators: nothing is listed, bid, ordered, accepted or awarded, and the clocks of the "
    "market stand still",
    "交易已由两名运营者暂停：暂停期间不受理挂牌、报价、委托、承诺与成交，相应期限停止计算",
    "wait until two operators resume trading; every clock of the market then has what it had left",
    "请等待两名运营者恢复交易，届时各项期限按剩余时间继续计算",
    steps=("list", "approve", "bid", "award", "sign"),
    facts_from="venue_finding",
)


def trading_is_not_halted(state: State, command: Command) -> None:
    """What belongs to the market waits until trading goes on.

    Raises:
        Refusal: TRADING-HALTED, naming the halt, its ground and since when.
    """
    halt = state.venue.trading_halt if state.venues else UNSET
    if halt is not UNSET and command.__struct_config__.tag in MARKET:
        refuse(TRADING_HALTED, halt_id=halt.id, ground=halt.ground, since_ms=halt.since_ms)
