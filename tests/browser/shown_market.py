"""What stands in the venue that the pages are looked at with: made over HTTP, as companies and operators do it."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from exchange import commands as c
from ledger.audit.findings import FINDINGS, Finding, note
from ledger.audit.report import Report
from ledger.store.connections import psycopg_url
from tests.api.running_venue import CHAIN_ID, DAY_MS, RunningVenue
from tests.undertakings import offered

TRANSACTION = "0x" + "7a" * 32
TITLE_ZH = "一种示例传感装置"
TITLE_EN = "Optical sensor <b>array</b> & housing"
HIDDEN_TITLE = "A title that waits"
NEED_ZH = "寻求高精度光学传感阵列"
NEED_EN = "Wanted: <i>sealed</i> housings & seals"
NEED_GONE = "一项已撤回的需求"
BUDGET = 987_654_00
PAPER = b"%PDF a manuscript of some size \x00\xff" + bytes(range(256)) * 4_096
DESCRIPTION = "一份不公开说明的手稿"
BLOCK = 41
VERDICT_MS = 1_760_000_000_000


class Market(NamedTuple):
    """A posted listing with a deal, a competitive one with three bids, one that the public may not see."""

    venue: RunningVenue
    database_url: str
    posted: str
    competitive: str
    hidden: str
    deal: str
    need: str
    ended_need: str
    bid_prices: tuple[str, ...]
    party_ids: tuple[str, ...]
    evidence: tuple[str, ...]
    """Deposits of `PAPER`, the first one first."""


def make_market(venue: RunningVenue, database_url: str) -> Market:
    """Make it, with the deal's record final on the chain and a good verdict."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    posted = venue.listing(seller, _right(venue, seller, 16_100_001, TITLE_EN), price=123_456_00)
    competitive = venue.listing(
        seller,
        _right(venue, seller, 16_100_002, TITLE_ZH),
        mode="competitive",
        deal_kind="assignment",
        price=800_000_00,
        deposit=50_000_00,
    )
    bidders = [venue.bidder(competitive) for _ in range(3)]
    for bidder, price in zip(bidders, (810_000_00, 823_000_00, 837_000_00), strict=True):
        bidder.place_bid(competitive, price)
    hidden = _submitted(venue, seller, _right(venue, seller, 16_100_003, HIDDEN_TITLE))
    venue.money(buyer, 200_000_00)
    deal = buyer.accept_price(posted, 123_456_00).result["deal_id"]
    seller.sign_deal(deal, price=123_456_00)
    buyer.sign_deal(deal, price=123_456_00)
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal, outcome="final", transaction=TRANSACTION, block=BLOCK
        )
    )
    with psycopg.connect(psycopg_url(database_url), autocommit=True) as connection:
        moved = connection.execute(
            "UPDATE outbox SET state = 'FINAL', transaction_hash = %s, block_number = %s WHERE subject_id = %s",
            (TRANSACTION, BLOCK, deal),
        )
        assert moved.rowcount == 1
    write_verdict(database_url, entries=1234)
    until_ms = venue.public.time_ms() + 40 * DAY_MS
    need = buyer.post_need(
        NEED_ZH,
        until_ms,
        description="分辨率优于 5 µm，工作温度 -40 至 85 ℃。\n需提供样机与三年维护，可接受普通许可或转让。",
        classes=("G01D 5/26", "G02B", "H04N 25/00"),
        territories=("CN", "HK"),
        kinds=("ordinary_licence", "assignment"),
        budget=BUDGET,
    ).result["need_id"]
    buyer.post_need(NEED_EN, until_ms, currency="HKD", territories=("CN-GD",), kinds=("exclusive_licence",))
    ended = buyer.post_need(NEED_GONE, until_ms, description="不再公开").result["need_id"]
    buyer.withdraw_need(ended)
    parties = (seller.party_id, buyer.party_id, *(bidder.party_id for bidder in bidders))
    prices = ("810,000", "823,000", "837,000")
    evidence = tuple(
        each.lodge_evidence(hashlib.sha256(PAPER).hexdigest(), "work", DESCRIPTION).result["evidence_id"]
        for each in (buyer, seller)
    )
    return Market(
        venue, database_url, posted, competitive, hidden, deal, need, ended, prices, parties, evidence
    )


def write_verdict(database_url: str, *, entries: int, bad_entry: int | None = None) -> None:
    """A verdict in the shape that the audit makes, as its process writes it."""
    text, text_zh = FINDINGS["AUDIT-LEAF"]
    bad = (
        None
        if bad_entry is None
        else Finding(code="AUDIT-LEAF", text=text, text_zh=text_zh, detail="", entry=bad_entry, interval=None)
    )
    values: dict[str, Any] = {
        **dict.fromkeys(Report.__struct_fields__, 0),
        "verified": bad is None,
        "kind": "public",
        "chain_id": CHAIN_ID,
        "anchor": "0x" + "02" * 20,
        "entries": entries,
        "anchored_by": (),
        "not_checked": (note("DEVELOPMENT-CHAIN", 1), note("IDENTITY", 7)),
        "findings": () if bad is None else (bad,),
        "finding_count": int(bad is not None),
        "first_bad": bad,
    }
    with psycopg.connect(psycopg_url(database_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO verdicts (made_ms, entries, verified, report) VALUES (%s, %s, %s, %s)",
            (VERDICT_MS, entries, bad is None, Jsonb(Report(**values).as_object())),
        )


def _right(venue: RunningVenue, seller: Any, number: int, title: str) -> str:
    right_id = f"US-{number}"
    seller.give(
        "/v1/rights",
        c.ImportRight(
            right_id=right_id,
            office="US",
            right_type="invention",
            filing_date="2019-03-01",
            service_invention=False,
        ),
        parts={"bibliography": {"title": title}},
    )
    venue.copy(right_id, seller)
    venue.operator.classify_export(right_id, "free", "not in the catalogue")
    return right_id


def _submitted(venue: RunningVenue, seller: Any, right_id: str) -> str:
    command = c.SubmitListing(
        right_id=right_id,
        mode="posted",
        deal_kind="ordinary_licence",
        currency="CNY",
        closes_ms=venue.public.time_ms() + 20 * DAY_MS,
        max_acceptances=5,
    )
    terms = offered(price=1_00, deposit=0, territory=("US",))
    listing_id: str = seller.submit_listing(command, terms, description="waits").result["listing_id"]
    return listing_id
