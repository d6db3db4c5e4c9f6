"""Auction Law of the PRC: what is called an auction 拍卖 in the Mainland.

Without it the mode is online bidding 网络竞价 under the venue's own rules.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.calendar import MS_PER_DAY
from exchange.commands import ListingTerms, ModeName, Preview
from exchange.money import fees
from exchange.rows import Listing, Party, Right
from exchange.rules import profiles
from exchange.rules.lodged import OF_THE_VENUE, lodged
from exchange.rules.rule import Rule, define, refuse
from exchange.sellers import sellers_of
from exchange.state import State

NOTICE_DAYS = 7
PREVIEW_DAYS = 2
AUCTIONEER = define(
    Rule(
        code="CN-AUCTION-LAW-11",
        citation="Auction Law of the PRC, Arts. 10 to 12",
        jurisdictions=("CN",),
        source="L",
        text="only a licensed auction house holds what is called an auction",
        text_zh="拍卖应当由取得拍卖业务经营资格的拍卖企业进行",
        cure="list it as online bidding, or have the venue's auctioneer's licence recorded",
        cure_zh="请改为网络竞价方式挂牌，或由运营者记录拍卖经营批准文件",
        steps=("list", "approve"),
        facts_from="venue_finding",
        status=403,
    )
)
AUCTION_NOTICE = define(
    Rule(
        code="CN-AUCTION-LAW-45",
        citation="Auction Law of the PRC, Art. 45",
        jurisdictions=("CN",),
        source="L",
        text="an auction is announced seven days before it is held",
        text_zh="拍卖人应当于拍卖日七日前发布拍卖公告",
        cure="submit a listing that leaves its announcement the time",
        cure_zh="请重新提交挂牌，为公告期留足时间",
        steps=("approve",),
    )
)
PREVIEW = define(
    Rule(
        code="CN-AUCTION-LAW-48",
        citation="Auction Law of the PRC, Art. 48",
        jurisdictions=("CN",),
        source="L",
        text="what is auctioned can be viewed for two days before the auction",
        text_zh="拍卖人应当在拍卖前展示拍卖标的，展示时间不得少于两日",
        cure="name a preview of two days or more that ends before bidding begins",
        cure_zh="请设定不少于两日且在竞价开始前结束的展示时间",
        steps=("list",),
    )
)
RETENTION_END = "retention_end"
"""The deadline of an ended auction at which its records need be kept no longer."""
RECORDS = define(
    Rule(
        code="CN-AUCTION-LAW-54",
        citation="Auction Law of the PRC, Art. 54",
        jurisdictions=("CN",),
        source="L",
        text="what belongs to an auction's records is kept for five years from the end of its mandate",
        text_zh="拍卖资料自委托拍卖合同终止之日起保管不少于五年，期间不得删除",
        cure="ask again when the time named is over; until then the part is kept and not used",
        cure_zh="请于所示时间届满后再行申请；此前仅作保管，不作他用",
        steps=("operate",),
    )
)
MOST_COMMISSION = 500
"""Basis points of the hammer price, of each side, where nothing else is agreed."""
COMMISSION = define(
    Rule(
        code="CN-AUCTION-LAW-56",
        citation="Auction Law of the PRC, Art. 56 (a published schedule is no agreement; buyers bear none)",
        jurisdictions=("CN",),
        source="L",
        text="an auction bears at most 5 % of the hammer price in fees of the venue, by rates that do not rise with it",
        text_zh="未作约定的，拍卖人收取的佣金不超过成交价的百分之五，且费率不随成交价上升",
        cure="list it as online bidding, or have a schedule set of at most 5 %, with no band above the one before it",
        cure_zh="请改为网络竞价方式挂牌，或由运营者公布不超过百分之五且不随成交价上升的服务费标准",
        steps=("list", "approve"),
    )
)


def auctioneer_is_licensed(
    state: State, right: Right, seller: Party, auction: Preview | UnsetType, time_ms: int
) -> None:
    """Raises Refusal CN-AUCTION-LAW-11 for what is called an auction, unless the venue's licence is on record."""
    if auction is UNSET or not profiles.binds(AUCTIONEER, state.venue, right, seller):
        return
    if lodged(state, "auctioneer_licence", OF_THE_VENUE, time_ms) is None:
        refuse(AUCTIONEER, right_id=right.id)


def commission_is_within_the_cap(state: State, right: Right, seller: Party, listing: Listing) -> None:
    """The fees in force, which an auction bears from its approval on, ask for 5 % of the price at most.

    The fee comes out of the price, so that it is the seller's side that bears it, and the buyer's bears none. Nobody
    has agreed on it one by one, so that nothing above the law's measure is agreed.

    Raises:
        Refusal: CN-AUCTION-LAW-56.
    """
    if listing.auction is UNSET or not profiles.binds(COMMISSION, state.venue, right, seller):
        return
    least = listing.terms.price if listing.terms.floor is UNSET else listing.terms.floor
    if not fees.are_within(state, listing.currency, least, MOST_COMMISSION):
        refuse(COMMISSION, right_id=right.id, currency=listing.currency, most_basis_points=MOST_COMMISSION)


def preview_is_long_enough(auction: Preview | UnsetType, time_ms: int, bidding_ms: int) -> None:
    """The preview lies ahead, lasts two days and ends before bidding begins (ms UTC).

    Raises:
        Refusal: CN-AUCTION-LAW-48.
    """
    if auction is UNSET:
        return
    ahead = time_ms <= auction.starts_ms and auction.ends_ms <= bidding_ms
    if not ahead or auction.ends_ms - auction.starts_ms < PREVIEW_DAYS * MS_PER_DAY:
        refuse(PREVIEW, starts_ms=auction.starts_ms, ends_ms=auction.ends_ms, days=PREVIEW_DAYS)


def keeps_records(state: State, listing: Listing) -> bool:
    """Whether the law of a listing's right or sellers asks for the records of its auction to be kept."""
    right = state.rights[listing.right_id]
    return any(profiles.binds(RECORDS, state.venue, right, each) for each in sellers_of(state, listing))


def records_are_kept(state: State, entry: int) -> None:
    """Nothing of an entry that belongs to an auction's records is erased while they are kept.

    Raises:
        Refusal: CN-AUCTION-LAW-54; `until_ms` (UTC) is None while the mandate runs.
    """
    record = state.kept_records.get(str(entry))
    if record is not None:
        end = state.deadlines.get(f"{RETENTION_END}:{record.listing_id}")
        until_ms = None if end is None else end.due_ms
        refuse(RECORDS, entry=entry, listing_id=record.listing_id, until_ms=until_ms)


def has_reserve(mode: ModeName, terms: ListingTerms) -> bool | UnsetType:
    """Whether an English or a Dutch auction has a reserve 保留价; UNSET for other modes.

    Art. 50: it is said before bidding begins; by analogy also where it is not called an auction. A Dutch auction always
    has one: the price falls no further than its floor.
    """
    if mode == "dutch":
        return True
    return terms.reserve is not UNSET if mode == "english" else UNSET


def announcement_until_ms(auction: Preview | UnsetType, time_ms: int) -> int:
    """When the announcement of an auction has stood for its days, if it begins now; 0 for what is none."""
    return 0 if auction is UNSET else time_ms + NOTICE_DAYS * MS_PER_DAY
