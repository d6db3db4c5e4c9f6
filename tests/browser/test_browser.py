"""A real Chromium looks at the pages of a running venue."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.barred_words import BARRED
from tests.browser.looking import Browser
from tests.browser.shown_market import (
    DESCRIPTION,
    HIDDEN_TITLE,
    NEED_EN,
    NEED_ZH,
    PAPER,
    TITLE_EN,
    TITLE_ZH,
    TRANSACTION,
    Market,
)

pytestmark = pytest.mark.browser
DEMO = "演示数据 · DEMO"


def look_at(browser: Browser, *views: dict[str, Any]) -> list[dict[str, Any]]:
    """Look, and hold every view to what holds on every page."""
    seen = browser.look(*views)
    for view in seen:
        assert view["violations"] == []
        assert view["told"] == []
        assert view["failed"] == []
        assert {urlsplit(url).netloc for url in view["requests"]} == {urlsplit(browser.origin).netloc}
        assert DEMO in view["text"]
        assert view["overflow"] <= 0
        assert view["unlabelled"] == 0
        assert sum(heading.startswith("H1 ") for heading in view["headings"]) == 1
        assert all(table["caption"] for table in view["tables"])
        assert not [word for word in BARRED if word in view["text"]]
    return seen


def cell_with(tables: list[dict[str, Any]], caption: str, first: str) -> list[str]:
    """The row of the table with this caption whose first cell is this."""
    rows: list[list[str]] = next(table["rows"] for table in tables if table["caption"] == caption)
    return next(row for row in rows if row[0] == first)


def test_the_first_page_shows_listings_deals_and_the_audit_in_chinese_and_english(
    browser: Browser, market: Market
) -> None:
    chinese, english, narrow = look_at(
        browser,
        {"path": "/", "locale": "zh-CN", "screenshot": "hall-zh.png"},
        {"path": "/", "locale": "en-GB", "screenshot": "hall-en.png"},
        {"path": "/", "locale": "zh-CN", "width": 360, "screenshot": "hall-phone.png"},
    )
    assert chinese["status"] == english["status"] == 200
    assert (chinese["language"], english["language"]) == ("zh-Hans", "en")
    assert "Noto Sans SC" in " ".join(chinese["fonts"])
    row = cell_with(chinese["tables"], "挂牌项目，进行中的在前", market.competitive)
    assert row[1].split("\n")[0] == TITLE_ZH
    assert row[2:4] == ["转让", "挂牌竞价"]
    assert row[4] == "800,000.00 元 起"
    assert row[5] == "挂牌中"
    assert "登记截止" in row[6]
    row = cell_with(english["tables"], "Listings, those in progress first", market.posted)
    assert row[1].split("\n")[0] == TITLE_EN
    assert row[2:6] == ["Non-exclusive (ordinary) licence", "Posted price", "CNY 123,456.00", "Open"]
    row = cell_with(english["tables"], "Deals, newest first", market.deal)
    assert row[3] == "Witnessed"
    assert "Block 41" in row[5]
    assert "Final" in row[5]
    for view, verdict, limit in (
        (chinese, "核对无误", "不能用于证明运营方的行为"),
        (english, "Verified", "proves nothing against the operator"),
    ):
        assert verdict in view["text"]
        assert "1,234" in view["text"]
        assert limit in view["text"]
    assert cell_with(narrow["tables"], "挂牌项目，进行中的在前", market.competitive)[2:4] == [
        "转让",
        "挂牌竞价",
    ]


def test_a_listing_shows_ranks_and_clock_and_neither_prices_nor_names(
    browser: Browser, market: Market
) -> None:
    (competitive, posted) = look_at(
        browser,
        {"path": f"/listings/{market.competitive}", "locale": "zh-CN", "screenshot": "listing-zh.png"},
        {"path": f"/listings/{market.posted}", "locale": "en-GB", "screenshot": "listing-en.png"},
    )
    ranks = next(table for table in competitive["tables"] if table["caption"] == "有效报价的名次")
    assert ranks["rows"] == [[str(rank), "不公开", "不公开"] for rank in (1, 2, 3)]
    assert not [price for price in market.bid_prices if price in competitive["text"]]
    assert not [party for party in market.party_ids if party in competitive["text"].split()]
    changes = next(table["rows"] for table in competitive["tables"] if table["caption"] == "状态变化，按时间")
    assert [row[1] for row in changes] == ["待审核", "挂牌中"]
    assert "天" in competitive["text"]
    assert "秒" in competitive["text"], "the clock counts by seconds where script runs"
    assert market.deal in posted["text"]


def test_needs_show_their_words_and_never_a_budget(browser: Browser, market: Market) -> None:
    chinese, english, narrow, need, need_narrow = look_at(
        browser,
        {"path": "/needs", "locale": "zh-CN", "screenshot": "needs-zh.png"},
        {"path": "/needs", "locale": "en-GB", "screenshot": "needs-en.png"},
        {"path": "/needs", "locale": "zh-CN", "width": 360, "screenshot": "needs-phone.png"},
        {"path": f"/needs/{market.need}", "locale": "zh-CN", "screenshot": "need-zh.png"},
        {"path": f"/needs/{market.need}", "locale": "en-GB", "width": 360, "screenshot": "need-phone.png"},
    )
    row = cell_with(chinese["tables"], "有效的技术需求，新的在前", market.need)
    assert row[1] == NEED_ZH
    assert row[3] == "普通许可、转让"
    assert "供需对接" in chinese["text"]
    assert NEED_EN in [row[1] for row in english["tables"][0]["rows"]]
    assert len(narrow["tables"][0]["rows"]) == 2
    assert "分辨率优于" in need["text"]
    assert "秒" in need["text"], "the clock counts by seconds where script runs"
    assert not [view for view in (chinese, need, need_narrow) if "987" in view["text"]]


def test_a_deal_shows_its_history_and_its_record_on_the_chain(browser: Browser, market: Market) -> None:
    (deal,) = look_at(
        browser,
        {"path": f"/deals/{market.deal}", "locale": "en-GB", "screenshot": "deal-en.png", "width": 900},
    )
    records = next(table["rows"] for table in deal["tables"] if table["caption"] == "Evidence of this deal")
    assert records == [["Deal, with both signatures", "Final", "41", TRANSACTION]]
    changes = next(
        table["rows"] for table in deal["tables"] if table["caption"] == "Changes of state in their order"
    )
    assert [row[1] for row in changes] == ["Awarded", "Signed", "Witnessed"]
    assert "123,456" not in deal["text"]


def test_the_interface_is_described_on_a_page_of_any_width(browser: Browser) -> None:
    wide, narrow = look_at(
        browser,
        {"path": "/docs", "locale": "en-GB", "screenshot": "docs-en.png"},
        {"path": "/docs", "locale": "zh-CN", "width": 360, "screenshot": "docs-phone.png"},
    )
    for view in (wide, narrow):
        routes = [row[0] for row in view["tables"][0]["rows"]]
        assert {"POST /v1/listings/{listing_id}/bids", "GET /v1/rulebook/{code}"} <= set(routes)


def test_the_rulebook_shows_the_duties_beside_its_rules_and_leads_to_the_one_that_is_not_met(
    browser: Browser,
) -> None:
    """This venue has no filing number: every page says so, and where the law asks for it."""
    chinese, narrow = look_at(
        browser,
        {"path": "/rulebook", "locale": "zh-CN"},
        {"path": "/rulebook", "locale": "en-GB", "width": 360},
    )
    row = cell_with(
        chinese["tables"], "规则之外的法定义务", cell_of_duty(chinese["tables"], "规则之外的法定义务")
    )
    assert row[1] == "交易中心"
    assert "区块链信息服务备案编号：缺少 CN-BLOCKCHAIN-FILING-NUMBER" in chinese["text"]
    assert cell_of_duty(narrow["tables"], "Duties beside the rules")
    assert "filing number: missing CN-BLOCKCHAIN-FILING-NUMBER" in narrow["text"]


def cell_of_duty(tables: list[dict[str, Any]], caption: str) -> str:
    """The first cell of the duty to show the filing's number."""
    rows: list[list[str]] = next(table["rows"] for table in tables if table["caption"] == caption)
    return next(row[0] for row in rows if row[0].startswith("CN-BLOCKCHAIN-FILING-NUMBER"))


def test_a_file_is_hashed_in_the_browser_and_its_deposits_are_found(
    browser: Browser, market: Market, tmp_path: Path
) -> None:
    """Nothing but the SHA-256 leaves the browser: every request is a GET, and none holds a part of the file."""
    paper = tmp_path / "manuscript.pdf"
    paper.write_bytes(PAPER)
    unknown = tmp_path / "unknown.pdf"
    unknown.write_bytes(b"nobody has lodged this")
    sha256, none = (hashlib.sha256(each.read_bytes()).hexdigest() for each in (paper, unknown))
    chosen = {"input": "#evidence-file", "file": str(paper), "arrive": sha256}
    chinese, english, narrow, typed, nothing, wrong, plain, again = look_at(
        browser,
        {"path": "/evidence", "locale": "zh-CN", "choose": chosen, "screenshot": "evidence-zh.png"},
        {"path": "/evidence", "locale": "en-GB", "choose": chosen, "screenshot": "evidence-en.png"},
        {
            "path": f"/evidence?sha256={sha256}",
            "locale": "zh-CN",
            "width": 360,
            "screenshot": "evidence-phone.png",
        },
        {
            "path": "/evidence",
            "locale": "en-GB",
            "type": {"input": "#evidence-hash", "text": f" {sha256.upper()} ", "arrive": sha256},
        },
        {
            "path": "/evidence",
            "locale": "zh-CN",
            "choose": {"input": "#evidence-file", "file": str(unknown), "arrive": none},
            "screenshot": "evidence-none.png",
        },
        {"path": "/evidence", "locale": "en-GB", "type": {"input": "#evidence-hash", "text": "abc"}},
        {"path": "/evidence", "locale": "zh-CN", "script": False, "screenshot": "evidence-plain.png"},
        {"path": f"/evidence?sha256={sha256}", "locale": "zh-CN", "click": "a.language"},
    )
    for view in (chinese, english, narrow, typed, again):
        (table,) = view["tables"]
        assert [row[0] for row in table["rows"]] == list(market.evidence)
        assert not [party for party in market.party_ids if party in view["text"].split()]
        assert DESCRIPTION not in view["text"]
    for view in (chinese, english, narrow, typed, nothing, wrong, again):
        assert view["methods"] == ["GET"]
        assert view["unnamed"] == 0
        assert not [url for url in view["requests"] if "%PDF" in url or "manuscript" in url]
    assert "存证查询" in chinese["text"]
    assert "不会上传" in chinese["text"]
    assert "Lodged" in english["text"]
    assert again["language"] == "en"
    assert "没有该摘要的存证" in nothing["text"]
    assert "This is no SHA-256" in wrong["text"]
    assert wrong["tables"] == []
    assert "ipx evidence find" in plain["text"]


def test_pages_refresh_by_themselves_and_swap_only_what_changed(browser: Browser, market: Market) -> None:
    (view,) = look_at(browser, {"path": "/", "locale": "en-GB", "wait": "/parts/audit"})
    assert set(view["parts"]) <= {200, 204}
    assert 204 in view["parts"]
    assert "Updates every 5 seconds" in view["text"]
    assert market.deal in view["text"]


def test_pages_can_be_read_without_script_and_walked_by_keyboard(browser: Browser, market: Market) -> None:
    plain, keyboard = look_at(
        browser,
        {"path": "/", "locale": "zh-CN", "script": False},
        {"path": "/", "locale": "zh-CN", "focus": True},
    )
    row = cell_with(plain["tables"], "挂牌项目，进行中的在前", market.competitive)
    assert "天" in row[6]
    assert keyboard["focused"] == "跳到正文"


def test_a_reader_switches_the_language_and_keeps_it(browser: Browser) -> None:
    (view,) = look_at(browser, {"path": "/listings", "locale": "zh-CN", "click": "a.language"})
    assert view["language"] == "en"
    assert view["title"].startswith("Listings")


def test_what_does_not_exist_is_said_in_both_languages(browser: Browser, market: Market) -> None:
    seen = browser.look(
        {"path": "/nowhere", "locale": "zh-CN", "screenshot": "error-zh.png"},
        {"path": f"/listings/{market.hidden}", "locale": "en-GB"},
        {"path": "/deals/D-999999", "locale": "en-GB"},
    )
    assert [view["status"] for view in seen] == [404, 404, 404]
    assert "没有此页" in seen[0]["text"]
    assert all("There is no such page" in view["text"] for view in seen[1:])
    assert HIDDEN_TITLE not in seen[1]["text"]
    assert all(view["violations"] == [] and DEMO in view["text"] for view in seen)
