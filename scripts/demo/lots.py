"""What the trading floor shows of itself: of each listing how it was traded, who has it, at what price, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.deals.schemas import OwnDealView
from exchange.money.amount import format_amount
from scripts.demo.cast import Cast

MODES = {
    "competitive": ("competitive listing", "挂牌竞价"),
    "alone": ("competitive, one bidder", "挂牌，一家报名"),
    "english": ("English auction", "网络竞价（增价）"),
    "dutch": ("Dutch auction", "网络竞价（降价）"),
    "sealed": ("sealed bids", "密封报价"),
    "tender": ("tender", "招标"),
    "negotiated": ("negotiation", "协议磋商"),
    "open_licence": ("open licence", "开放许可"),
    "royalty": ("posted, with royalty", "明码标价，提成"),
    "call": ("two-sided, call", "双向报价，集合定价"),
    "trading": ("two-sided, trading", "双向报价，持续"),
}
"""Names of the ways of trading, in English and Chinese."""


@dataclass
class Lot:
    """A listing of the trading floor. `bids`: bids, proposals, acceptances or orders, as the mode has them."""

    way: str
    listing_id: str
    venue: str = "mainland"
    """The profile of the venue that has it."""
    bids: int = 0
    rule: str = ""
    decided: str = ""
    decided_zh: str = ""
    deals: list[str] = field(default_factory=list)
    """Deals that are this lot's, where not every deal of its listing is."""

    def by(self, bids: int, rule: str, decided: str, decided_zh: str) -> None:
        """Note what decided it."""
        self.bids, self.rule, self.decided, self.decided_zh = bids, rule, decided, decided_zh


@dataclass(frozen=True)
class Traded:
    """A row of the table: one deal, and how it was come to."""

    venue: str
    mode: str
    mode_zh: str
    listing: str
    right: str
    deal_kind: str
    bids: int
    deal: str
    winner: str
    winner_zh: str
    price: str
    currency: str
    state: str
    rule: str
    decided: str
    decided_zh: str


def rows_of(lots: list[Lot], deals: list[OwnDealView], cast: Cast) -> list[Traded]:
    """A row for every deal of these lots, as the deals stand now."""
    rows = []
    for lot in lots:
        for deal in deals:
            if deal.listing_id == lot.listing_id and (not lot.deals or deal.id in lot.deals):
                mode, mode_zh = MODES[lot.way]
                winner = cast.of(deal.buyer).company
                rows.append(
                    Traded(
                        venue=lot.venue,
                        mode=mode,
                        mode_zh=mode_zh,
                        listing=lot.listing_id,
                        right=deal.right_id,
                        deal_kind=deal.deal_kind,
                        bids=lot.bids,
                        deal=deal.id,
                        winner=winner.english_name,
                        winner_zh=winner.name,
                        price=format_amount(deal.price),
                        currency=deal.currency,
                        state=deal.state,
                        rule=lot.rule,
                        decided=lot.decided,
                        decided_zh=lot.decided_zh,
                    )
                )
    return rows


def money(minor: int) -> str:
    """An amount in minor units as people read it: thousands apart, cents behind a point."""
    whole, _, cents = format_amount(minor).partition(".")
    return f"{int(whole):,}.{cents}"
