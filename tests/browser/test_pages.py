"""What pages say, to whom, and with which headers: over HTTP, from a running venue."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
from pathlib import Path

import httpx
import psycopg
import pytest
from markupsafe import Markup

from api.app import create_app
from api.settings import Settings
from api.web import views
from api.web.assets import Assets
from api.web.rendering import Part, Recent
from ledger.store.connections import psycopg_url
from tests.browser.shown_market import HIDDEN_TITLE, NEED_EN, NEED_GONE, NEED_ZH, PAPER, Market, write_verdict
from tests.whole_words import says


async def answer_of(settings: Settings, path: str, language: str) -> httpx.Response:
    """What an application of these settings answers a browser."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Accept": "text/html", "Accept-Language": language}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://venue", headers=headers) as client,
    ):
        return await client.get(path)


def eventually(reader: httpx.Client, address: str, words: str) -> httpx.Response:
    """The answer once it has these words: parts may be a second old."""
    deadline = time.monotonic() + 30
    while True:
        answer = reader.get(address)
        if words in answer.text or time.monotonic() > deadline:
            assert words in answer.text
            return answer
        time.sleep(0.1)


# --- language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh-Hans"),
        ("*", "zh-Hans"),
        ("fr-FR,fr;q=0.9", "zh-Hans"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh-HK,en;q=0.5", "zh-Hans"),
        ("en;q=0.5,zh-CN;q=0.5", "zh-Hans"),
        ("en;q=nan,zh;q=0", "zh-Hans"),
        ("en;q=5", "zh-Hans"),
        (",".join(["en;q=0.1"] * 5_000), "en"),
    ],
)
def test_chinese_is_given_unless_english_is_preferred(
    reader: httpx.Client, header: str, language: str
) -> None:
    page = reader.get("/", headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in page.text
    assert page.headers["content-language"] == language


def test_a_chosen_language_is_remembered_and_an_unknown_one_ignored(reader: httpx.Client) -> None:
    chosen = reader.get("/", params={"lang": "zh"})
    assert '<html lang="zh-Hans">' in chosen.text
    cookie = chosen.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert '<html lang="zh-Hans">' in reader.get("/deals").text
    assert "set-cookie" not in reader.get("/", params={"lang": "<script>"}).headers


# --- safety


@pytest.mark.parametrize("path", ["/", "/listings", "/deals", "/evidence", "/parts/audit", "/nowhere"])
def test_pages_let_nothing_in_but_our_own_files(reader: httpx.Client, path: str) -> None:
    page = reader.get(path)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert "<style" not in page.text
    assert not re.search(r"<script(?![^>]* src=)", page.text)
    assert not re.search(r"\s(?:style|on[a-z]+)=", page.text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page.text)


def test_what_a_title_holds_is_text_and_never_markup(reader: httpx.Client) -> None:
    page = reader.get("/").text
    assert "&lt;b&gt;array&lt;/b&gt; &amp; housing" in page
    assert "<b>array" not in page


def test_the_public_sees_no_unopened_listing_anywhere(reader: httpx.Client, market: Market) -> None:
    for path in ("/", "/listings", "/parts/listings"):
        page = reader.get(path).text
        assert f"/listings/{market.hidden}" not in page
        assert HIDDEN_TITLE not in page
    assert reader.get(f"/listings/{market.hidden}").status_code == 404
    assert reader.get(f"/parts/listings/{market.hidden}").status_code == 404


def test_no_page_shows_a_bid_price_a_party_or_what_a_deal_cost(reader: httpx.Client, market: Market) -> None:
    paths = (
        "/",
        "/listings",
        "/needs",
        f"/evidence?sha256={hashlib.sha256(PAPER).hexdigest()}",
        "/deals",
        f"/listings/{market.competitive}",
        f"/deals/{market.deal}",
        f"/needs/{market.need}",
        "/rights/US-16100001",
    )
    for page in (reader.get(path).text for path in paths):
        assert not [price for price in market.bid_prices if price in page]
        assert not [party for party in market.party_ids if re.search(rf"\b{party}\b", page)]
    assert "123,456" not in reader.get(f"/deals/{market.deal}").text


def test_a_right_shows_what_each_copy_said_and_on_which_day_but_no_holder(
    reader: httpx.Client, market: Market
) -> None:
    page = reader.get("/rights/US-16100001").text
    assert re.search(r"as of the register copy of \d{4}-\d\d-\d\d", page)
    assert f"/deals/{market.deal}" in page
    right = market.venue.operator.enrolled_right("US-16100001")
    numbers = [holder.company_number for holder in right.holder_of_record]
    assert numbers
    assert not [number for number in numbers if number in page]
    hidden = reader.get("/rights/US-16100003").text
    assert f"/listings/{market.hidden}" not in hidden
    assert reader.get("/rights/US-99999999").status_code == 404


def test_an_open_need_shows_its_words_and_no_ended_one_does(reader: httpx.Client, market: Market) -> None:
    listed, shown, ended = (
        reader.get(path).text for path in ("/needs", f"/needs/{market.need}", f"/needs/{market.ended_need}")
    )
    assert NEED_ZH in listed
    assert str(Markup.escape(NEED_EN)) in listed
    assert NEED_EN not in listed
    assert f"/needs/{market.ended_need}" not in listed
    assert NEED_ZH in shown
    assert "分辨率优于 5 µm" in shown
    assert "Withdrawn" in ended
    for page in (listed, shown, ended):
        assert NEED_GONE not in page
        assert "不再公开" not in page
        assert not re.search(r"987,?654", page)
    assert reader.get("/needs/TN-999").status_code == 404


def test_a_key_that_names_nobody_is_refused_here_too(reader: httpx.Client) -> None:
    answer = reader.get("/", headers={"Authorization": "Bearer ipx_nobody"})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["package.json", "..%2f..%2froutes.py", "%2e%2e/words.py", "page.css%00"])
def test_only_the_files_of_the_table_are_served(reader: httpx.Client, name: str) -> None:
    version = re.search(r"/assets/([0-9a-f]{16})/page\.css", reader.get("/").text)
    assert version is not None
    assert reader.get(f"/assets/{version[1]}/{name}").status_code == 404


def test_every_file_that_the_style_sheets_name_is_served_for_ever(reader: httpx.Client) -> None:
    page = reader.get("/").text
    files = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)
    assert {path.rsplit("/")[-1] for path in files} >= {
        "page.css",
        "page.js",
        "htmx.js",
        "font-400.css",
        "font-700.css",
    }
    for path in set(files):
        answer = reader.get(path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["cache-control"]
    assets = Assets()
    for weight in (400, 700):
        style = assets.files[f"font-{weight}.css"].content
        assert isinstance(style, bytes)
        named = set(re.findall(r"url\(\./([^)]+)\)", style.decode()))
        assert len(named) > 90
        assert named <= set(assets.files)


def test_an_old_address_of_a_file_is_not_kept(reader: httpx.Client) -> None:
    answer = reader.get("/assets/0000000000000000/page.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_pages_stand_without_the_npm_packages(tmp_path: Path) -> None:
    assets = Assets(tmp_path)
    assert set(assets.files) == {"page.css", "page.js", "evidence.js", "icon.svg"}


# --- content


def test_a_part_is_sent_again_only_when_it_has_changed(reader: httpx.Client, market: Market) -> None:
    first = reader.get("/parts/audit")
    polled = re.search(r'hx-get="([^"]+)"', first.text)
    assert polled is not None
    address = polled[1].replace("&amp;", "&")
    assert reader.get(address).status_code == 204
    write_verdict(market.database_url, entries=99, bad_entry=17)
    try:
        changed = eventually(reader, address, "Not verified")
        assert changed.status_code == 200
        assert "entry 17" in changed.text
        assert "AUDIT-LEAF" in changed.text
    finally:
        write_verdict(market.database_url, entries=1234)


def test_a_verdict_of_another_shape_still_says_whether_it_holds(reader: httpx.Client, market: Market) -> None:
    with psycopg.connect(psycopg_url(market.database_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO verdicts (made_ms, entries, verified, report) VALUES (1, 55555, false, %s)",
            (json.dumps({"not_checked": "?"}),),
        )
    try:
        assert "Not verified" in eventually(reader, "/", "55,555").text
    finally:
        write_verdict(market.database_url, entries=1234)


@pytest.mark.parametrize(("language", "said"), [("en", "on its own node"), ("zh", "自有节点")])
def test_a_verdict_says_that_the_venue_made_it_itself(
    reader: httpx.Client, market: Market, language: str, said: str
) -> None:
    write_verdict(market.database_url, entries=1234)
    assert said in reader.get("/parts/audit", headers={"Accept-Language": language}).text


def test_the_last_step_of_a_history_is_the_state_itself(market: Market) -> None:
    public = market.venue.public
    with market.venue.http() as client:
        for path, state in (
            (f"/listings/{market.posted}", public.listing(market.posted).state),
            (f"/listings/{market.competitive}", public.listing(market.competitive).state),
            (f"/deals/{market.deal}", public.deal(market.deal).state),
        ):
            page = client.get(path).text
            history = page[page.index('id="history"') :]
            assert re.findall(r'class="state (?:listing|deal)-([A-Z_]+)"', history)[-1] == state


def test_lists_go_on_from_where_a_page_ended_and_show_everything_once(
    reader: httpx.Client, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PAGE_ROWS", 1)
    found: list[str] = []
    address: str | None = "/listings"
    for _ in range(50):
        if address is None:
            break
        page = reader.get(address).text
        found += re.findall(r'id="listing-(L-\d+)"', page)
        older = re.search(r'href="(/listings\?before=[^"]+)"', page)
        address = older[1] if older else None
    assert found[-2:] == [market.competitive, market.posted], "what other tests have listed is newer"
    assert len(set(found)) == len(found)
    assert reader.get("/listings?before=nonsense").status_code == 400
    assert "There is no listing yet" not in page


async def test_an_empty_venue_says_what_to_do_next(migrated_database_url: str) -> None:
    row = {"id": "venue", **EMPTY_VENUE}
    with psycopg.connect(psycopg_url(migrated_database_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO venues (id, data, entry, created_entry) VALUES ('venue', %s, 0, 0)",
            (json.dumps(row),),
        )
    settings = Settings(database_url=migrated_database_url, sequencer_socket="/nowhere")
    page = (await answer_of(settings, "/", "en")).text
    assert "ipx listing create" in page
    assert "No verdict yet" in page
    assert "演示数据" not in page, "this venue is not simulated"
    assert not says(page, "31337"), "this venue is on another chain"


@pytest.mark.parametrize(
    ("profile", "number", "said", "not_said"),
    [
        (
            "mainland",
            "粤网信备00000000000000000000号",
            "粤网信备00000000000000000000号",
            "CN-BLOCKCHAIN-FILING",
        ),
        ("mainland", "", "missing", ""),
        ("hong-kong", "", "Rulebook", "Blockchain information service"),
    ],
)
async def test_the_foot_of_a_page_has_the_services_filing_number_or_says_that_it_is_missing(
    migrated_database_url: str, profile: str, number: str, said: str, not_said: str
) -> None:
    row = {"id": "venue", **EMPTY_VENUE, "profile": profile}
    with psycopg.connect(psycopg_url(migrated_database_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO venues (id, data, entry, created_entry) VALUES ('venue', %s, 0, 0)",
            (json.dumps(row),),
        )
    settings = Settings(database_url=migrated_database_url, sequencer_socket="/nowhere", filing_number=number)
    for path in ("/", "/status"):
        footer = (await answer_of(settings, path, "en")).text.partition("<footer")[2]
        assert said in footer
        assert not not_said or not_said not in footer
    view = (await answer_of(settings, "/v1/venue", "en")).json() if number else {"filing_number": number}
    assert view["filing_number"] == number


EMPTY_VENUE = {
    "profile": "mainland",
    "chain_id": 5,
    "register": "",
    "anchor": "",
    "operators": [],
    "service": "",
    "bank": "",
    "office": "",
    "receipt_key": "",
    "fee_basis_points": 0,
    "simulated": False,
}


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_many_readers_within_a_second_cost_what_one_costs() -> None:
    clock, made = Clock(), itertools.count(1)
    recent = Recent(clock)

    async def make() -> Part:
        return Part(Markup(""), str(next(made)))

    assert [(await recent.part("a", make)).digest for _ in range(3)] == ["1", "1", "1"]
    assert (await recent.part("a?lang=zh", make)).digest == "2"
    clock.now = 1.0
    assert (await recent.part("a", make)).digest == "3"
    for number in range(5_000):
        await recent.part(f"/parts/listings/L-{number}", make)
    assert len(recent._kept) <= 1_000


# --- errors


def test_a_program_gets_the_problem_and_a_browser_a_page(reader: httpx.Client) -> None:
    for path in ("/listings/L-999999", "/deals/D-999999", "/listings/%20bad", "/nowhere"):
        page = reader.get(path)
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    for path in ("/v1/listings/L-999999", "/v1/nowhere"):
        assert reader.get(path).headers["content-type"] == "application/problem+json"
    assert (
        reader.get("/nowhere", headers={"Accept": "*/*"}).headers["content-type"]
        == "application/problem+json"
    )


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "服务暂时不可用"), ("en", "Not available at the moment")]
)
async def test_without_its_database_a_page_says_so_and_tells_no_secret(language: str, words: str) -> None:
    url = "postgresql://somebody:a-secret@127.0.0.1:1/none"
    page = await answer_of(Settings(database_url=url, sequencer_socket="/nowhere"), "/", language)
    assert page.status_code == 503
    assert words in page.text
    assert page.headers["retry-after"] == "1"
    assert "a-secret" not in page.text


async def test_a_fault_of_ours_is_a_page_with_a_number_to_give(market: Market) -> None:
    broken = {"id": "L-BROKEN", "opened_ms": 1, "state": "OPEN"}
    with psycopg.connect(psycopg_url(market.database_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO listings (id, data, entry, created_entry) VALUES ('L-BROKEN', %s, 0, 0)",
            (json.dumps(broken),),
        )
        try:
            page = await answer_of(market.venue.settings, "/listings/L-BROKEN", "zh")
        finally:
            connection.execute("DELETE FROM listings WHERE id = 'L-BROKEN'")
    assert page.status_code == 500
    assert "系统出现故障" in page.text
    assert re.search(r"<code>[0-9a-f]{32}</code>", page.text)
    assert "Traceback" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
