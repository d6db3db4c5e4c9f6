"""`ipx` against a running venue: what it prints, how it exits, and where it gets its keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import REFUSED, UNREACHABLE, app
from api.cli.connection import PASSWORD
from api.client import Client, VenueProblem, VenueUnreachable
from exchange.rules.duties import DUTIES
from exchange.rules.onboarding import PAPERS
from exchange.rules.rule import RULES
from ledger.keystore import write_keystore
from tests.api.running_venue import DAY_MS, RunningVenue, company_number
from tests.undertakings import in_a_file
from tests.whole_words import says

CHEAP = 2
"""The least scrypt cost: these keys guard nothing."""


class Terminal:
    """One company's terminal: an environment and a runner."""

    def __init__(self, venue: RunningVenue, folder: Path) -> None:
        self.environment = {
            "IPX_URL": venue.url,
            "IPX_KEYSTORE": str(folder / "key.json"),
            "IPX_ACKNOWLEDGEMENTS": str(folder / "acknowledged.jsonl"),
            PASSWORD: "correct horse",
            "TERM": "dumb",
            "COLUMNS": "200",
        }
        self.runner = CliRunner()

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command; it must end with this code."""
        done = self.runner.invoke(app, words, env=self.environment)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def json(self, *words: str) -> Any:
        """Run a command with --json."""
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def terminal(venue: RunningVenue, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal with a new key file."""
    made = Terminal(venue, tmp_path)
    address = made.json("key", "new", str(tmp_path / "key.json"))["address"]
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600
    assert made.json("key", "show", str(tmp_path / "key.json"))["address"] == address
    yield made
    assert "0x" not in (made.environment[PASSWORD])


def operator_terminal(venue: RunningVenue, folder: Path) -> Terminal:
    """The first operator's terminal."""
    (folder / "operator").mkdir()
    made = Terminal(venue, folder / "operator")
    write_keystore(folder / "operator" / "key.json", venue.operator_keys[0], "correct horse", CHEAP)
    made.environment["IPX_API_KEY"] = venue.operator_tokens[0]
    return made


def company_terminal(venue: RunningVenue, folder: Path, client: Client) -> Terminal:
    """The terminal of a company that a client speaks for."""
    folder.mkdir()
    made = Terminal(venue, folder)
    write_keystore(folder / "key.json", client.giver.key, "correct horse", CHEAP)
    made.environment["IPX_API_KEY"] = client.transport._http.headers["authorization"].split()[1]
    return made


def letter(folder: Path) -> str:
    """A letter of authorisation as a file."""
    path = folder / "letter.pdf"
    path.write_bytes(b"%PDF a letter")
    return str(path)


def papers_of_a_company(place: Path) -> str:
    """A folder with one file for each paper."""
    folder = place / "papers"
    folder.mkdir()
    for kind in PAPERS:
        (folder / f"{kind}.pdf").write_text(kind)
    return str(folder)


def test_a_company_applies_lists_and_looks_things_up(
    venue: RunningVenue, terminal: Terminal, tmp_path: Path
) -> None:
    operator = operator_terminal(venue, tmp_path)
    words = ("--company-number", company_number(), "--name", "示例丁", "--role", "seller", "--role", "buyer")
    terminal.run("party", "apply", *words, code=2)  # without the letter that binds the key
    applied = terminal.json("party", "apply", *words, "--authorisation-letter", letter(tmp_path))
    party_id = applied["result"]["party_id"]
    terminal.environment["IPX_API_KEY"] = applied["api_key"]
    assert terminal.json("party", "show")["state"] == "APPLIED"
    read = ["--papers", papers_of_a_company(tmp_path), "--persons", "示例人", "--own-account"]
    read += ["--dated", "licence=2020-05-01T00:00:00+08:00"]
    silent = [word for word in read if word != "--own-account"]
    operator.run("party", "approve", party_id, "--reason", "licence seen", *silent, code=2)
    operator.run("party", "approve", party_id, "--reason", "licence seen", *read)
    shown = terminal.json("party", "show")
    assert [paper["paper"] for paper in shown["papers"]] == list(PAPERS)
    assert shown["papers"][0]["dated_ms"] == 1_588_262_400_000
    assert [paper["nominee"] for paper in shown["papers"]] == [None, None, None, False, None]
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "beneficial_owners.pdf").write_text("newer")
    told = ["--papers", str(newer), "--nominee", "--reason", "it holds for others now"]
    operator.run("party", "verify", party_id, *told)
    shown = terminal.json("party", "show")
    assert (shown["state"], shown["papers"][3]["nominee"]) == ("ACTIVE", True)
    assert "ACTIVE" in terminal.run("party", "show", party_id)
    seller = venue.party("seller")
    listing_id = venue.listing(seller, venue.right(seller))
    assert terminal.json("listing", "show", listing_id)["state"] == "OPEN"
    assert terminal.json("listing", "book", listing_id)["count"] == 0
    checked = operator.json("listing", "check", listing_id)
    assert (checked["may_go_on"], checked["grounds"]) == (True, [])
    assert listing_id not in operator.run("objection", "list", listing_id)
    assert {
        rule["code"]
        for rule in terminal.json("rulebook", "--profile", "hong-kong", "--step", "file")["rules"]
    } >= {"PROOF-DIFFERS"}
    assert listing_id in terminal.run("listing", "list", "--state", "OPEN")
    assert terminal.json("account", "show") == []
    assert terminal.json("event", "list", "--most", "3")[0]["entry"] == 0
    assert {rule["code"] for rule in terminal.json("rulebook")["rules"]} >= {"FUNDS-SHORT"}
    assert (tmp_path / "acknowledged.jsonl").read_text().count('"acknowledged"') == 2


def test_the_rulebook_and_the_calendars_from_the_terminal(
    venue: RunningVenue, terminal: Terminal, tmp_path: Path
) -> None:
    """A rule and a duty are printed whole, in either language; an operator replaces the days of a place."""
    english = terminal.run("rulebook", "--profile", "mainland", "--step", "sign")
    chinese = terminal.run("rulebook", "--profile", "mainland", "--step", "sign", "--language", "zh")
    for code, rule in RULES.items():
        if "sign" in rule.steps and "CN" in rule.jurisdictions:
            assert f"{code} [{rule.source}]\n  {rule.text}\n  cure: {rule.cure}\n" in english
            assert f"{code} [{rule.source}]\n  {rule.text_zh}\n  补正: {rule.cure_zh}\n" in chinese
            assert rule.citation in chinese
    for code, duty in DUTIES.items():
        assert (f"{code} [{duty.source}]\n  {duty.text}\n  met: {duty.met}\n" in english) == (
            "CN" in duty.jurisdictions
        )
        assert (f"{code} [{duty.source}]\n  {duty.text_zh}\n  履行: {duty.met_zh}\n" in chinese) == (
            "CN" in duty.jurisdictions
        )
    terminal.run("rulebook", "--language", "pt", code=2)
    operator = operator_terminal(venue, tmp_path)
    days = str(Path(__file__).parents[2] / "docs" / "calendars" / "HK-2027.json")
    operator.run("calendar", "set", days, "--place", "HK", "--reason", "holidays of 2027")
    assert "2027-05-13" in venue.operator.venue().calendars["HK"].closed_days


def test_an_offer_a_bid_and_its_end_from_the_terminal(
    venue: RunningVenue, terminal: Terminal, tmp_path: Path
) -> None:
    operator = operator_terminal(venue, tmp_path)
    words = ("--company-number", company_number(), "--name", "示例戊", "--role", "seller", "--role", "buyer")
    applied = terminal.json("party", "apply", *words, "--authorisation-letter", letter(tmp_path))
    terminal.environment["IPX_API_KEY"] = applied["api_key"]
    read = ("--papers", papers_of_a_company(tmp_path), "--own-account")
    operator.run("party", "approve", applied["result"]["party_id"], "--reason", "seen", *read)
    seller = venue.party("seller")
    listing_id = venue.listing(
        seller, venue.right(seller), mode="competitive", deal_kind="assignment", price=1_000_00
    )
    from api.client import Client

    with Client(venue.url, applied["api_key"]) as reading:
        venue.money(reading, 5_000_00)
    refused = terminal.run("bid", "place", listing_id, "1000.00", code=REFUSED)
    assert "NOT-QUALIFIED (409)" in refused
    assert "IPX venue rules" in refused
    now = venue.public.time_ms()
    submitted = terminal.run(
        "listing", "create", "--right", "US-1", "--price", "1.00", "--closes", str(now + DAY_MS), code=REFUSED
    )
    assert "UNKNOWN-ID" in submitted
    assert "no amount" not in terminal.run("bid", "place", listing_id, "1.001", code=2)
    assert "offset" in terminal.run(
        "listing", "create", "--right", "US-1", "--price", "1.00", "--closes", "2026-12-01T18:00:00", code=2
    )


def test_a_deal_is_read_and_signed_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    line = venue.money(buyer, 2_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    terminal = Terminal(venue, tmp_path)
    write_keystore(tmp_path / "key.json", buyer.giver.key, "correct horse", CHEAP)
    terminal.environment["IPX_API_KEY"] = buyer.transport._http.headers["authorization"].split()[1]
    shown = terminal.run("deal", "to-sign", deal_id)
    assert "By signing you agree" in shown
    assert "签署即表示同意" in shown
    terminal.run("deal", "sign", deal_id, "--price", "1000.00")
    assert terminal.json("deal", "to-sign", deal_id)["signed"] == [buyer.party_id]
    assert line in terminal.run("account", "lines")
    assert "WRONG-STATE" in terminal.run("deal", "fund", deal_id, "--statement-line", line, code=REFUSED)
    assert terminal.json("deal", "show", deal_id)["state"] == "AWARDED"
    terminal.environment[PASSWORD] = "wrong"
    assert "KEYSTORE-PASSWORD" in terminal.run("deal", "sign", deal_id, code=REFUSED)


def test_an_offer_is_signed_shown_and_withdrawn_and_a_deal_cancelled_from_the_terminal(
    venue: RunningVenue, tmp_path: Path
) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    venue.money(buyer, 3_000_00)
    at_seller = company_terminal(venue, tmp_path / "seller", seller)
    at_buyer = company_terminal(venue, tmp_path / "buyer", buyer)
    listing_id = venue.listing(seller, venue.right(seller))
    plain = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    assert at_buyer.json("deal", "cancel", plain)["result"]["state"] == "REFUNDED"
    assert "要约" in at_seller.run("listing", "offer", "to-sign", listing_id)
    assert len(at_seller.json("listing", "offer", "to-sign", listing_id)["digest"]) == 66
    assert "PRICE" in at_seller.run("listing", "offer", "sign", listing_id, "--price", "1.00", code=REFUSED)
    signed = at_seller.json("listing", "offer", "sign", listing_id, "--price", "1000.00")
    assert signed["result"]["state"] == "STANDING"
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    assert at_buyer.json("deal", "sign", deal_id, "--price", "1000.00")["result"]["state"] == "SIGNED"
    shown = at_buyer.json("listing", "offer", "show", listing_id)
    assert (shown["state"], shown["most"], shown["accepted"]) == ("STANDING", 4, 1)
    assert at_seller.json("listing", "offer", "withdraw", listing_id)["result"]["offer"] == "WITHDRAWN"
    assert "WRONG-STATE" in at_seller.run("listing", "offer", "withdraw", listing_id, code=REFUSED)


def test_a_price_is_negotiated_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    at_seller = company_terminal(venue, tmp_path / "seller", seller)
    at_buyer = company_terminal(venue, tmp_path / "buyer", buyer)
    until = str(venue.public.time_ms() + DAY_MS)
    words = ("--right", venue.right(seller), "--price", "1000.00", "--mode", "negotiated", "--closes", until)
    undertaking = in_a_file(tmp_path)
    listing_id = at_seller.json("listing", "create", *words, *undertaking)["result"]["listing_id"]
    venue.operator.approve_listing(listing_id, "papers seen")
    first = at_buyer.json("proposal", "make", listing_id, "800.00", "--until", until)["result"]["proposal_id"]
    answer = ("proposal", "make", listing_id, "950.00", "--until", until)
    assert "PROPOSAL-STANDS" in at_buyer.run(*answer, code=REFUSED)
    second = at_seller.json(*answer, "--buyer", buyer.party_id)["result"]["proposal_id"]
    shown = at_buyer.json("proposal", "list", listing_id)
    assert [(row["id"], row["state"], row["price"]) for row in shown] == [
        (first, "COUNTERED", "800.00"),
        (second, "LIVE", "950.00"),
    ]
    assert "NOT-PERMITTED" in at_seller.run("proposal", "refuse", second, code=REFUSED)
    assert at_buyer.json("proposal", "accept", second)["result"]["state"] == "AWARDED"


def test_a_seller_that_answers_nobody_is_told_to_name_the_buyer(venue: RunningVenue, tmp_path: Path) -> None:
    seller = venue.party("seller")
    listing = venue.listing(seller, venue.right(seller), mode="negotiated", price=1_000_00, max_acceptances=1)
    until = str(venue.public.time_ms() + DAY_MS)
    told = company_terminal(venue, tmp_path / "seller", seller).run(
        "proposal", "make", listing, "900.00", "--until", until, code=2
    )
    assert "--buyer" in told
    assert f"ipx proposal list {listing}" in told


def test_bids_are_listed_and_the_only_one_is_accepted_from_the_terminal(
    venue: RunningVenue, tmp_path: Path
) -> None:
    seller = venue.party("seller")
    fields = {"mode": "competitive", "deal_kind": "assignment", "deposit": 100_00}
    listing = venue.listing(seller, venue.right(seller), price=1_000_00, **fields)
    bidder = venue.bidder(listing)
    bid = bidder.place_bid(listing, 1_234_00).result["bid_id"]
    venue.operator.jump_clock(venue.public.time_ms() + 10 * DAY_MS + 60_000, "registration closes")
    operator = operator_terminal(venue, tmp_path)
    assert operator.json("listing", "wait", listing, "NEGOTIATE")["state"] == "NEGOTIATE"
    assert "is OPEN" not in operator.run("listing", "wait", listing, "OPEN", "--deadline", "0", code=REFUSED)
    (row,) = company_terminal(venue, tmp_path / "bidder", bidder).json("bid", "list", "--listing", listing)
    assert (row["id"], row["price"], row["state"]) == (bid, "1234.00", "LIVE")
    told = company_terminal(venue, tmp_path / "seller", seller).run("bid", "accept", bid)
    assert "accept_bid: accepted" in told


def test_a_malformed_request_names_its_fields_and_no_cell_is_cut(venue: RunningVenue, tmp_path: Path) -> None:
    buyer = venue.party("buyer")
    terminal = company_terminal(venue, tmp_path / "buyer", buyer)
    with pytest.raises(VenueProblem) as caught:
        buyer.post_need("A need 演示", venue.public.time_ms() + DAY_MS, classes=("H01M10/613",))
    (line,) = caught.value.error_lines()
    assert line.startswith("body.classes.0: ")
    assert line in str(caught.value)
    terminal.environment["COLUMNS"] = "60"
    shown = terminal.run("party", "show")
    assert "…" not in shown


def test_auctions_are_created_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    seller = venue.party("seller")
    at_seller = company_terminal(venue, tmp_path / "seller", seller)
    now = venue.public.time_ms()
    common = (
        "--price",
        "1000.00",
        "--step",
        "100.00",
        "--closes",
        str(now + 5 * DAY_MS),
        *in_a_file(tmp_path),
    )
    dutch = ("--right", venue.right(seller), "--mode", "dutch", "--floor", "500.00", "--interval", "3600")
    listing_id = at_seller.json("listing", "create", *common, *dutch)["result"]["listing_id"]
    terms = at_seller.json("listing", "show", listing_id)["terms"]
    assert (terms["floor"], terms["interval_ms"], terms["reserve"]) == ("500.00", 3_600_000, None)
    english = (
        "--right",
        venue.right(seller),
        "--mode",
        "english",
        "--reserve",
        "1500.00",
        "--deposit",
        "100.00",
    )
    closes = ("--registration-closes", str(now + DAY_MS))
    listing_id = at_seller.json("listing", "create", *common, *english, *closes)["result"]["listing_id"]
    terms = at_seller.json("listing", "show", listing_id)["terms"]
    assert (terms["floor"], terms["interval_ms"], terms["reserve"]) == (None, None, "1500.00")
    assert "设有保留价 · there is one" in at_seller.run("listing", "show", listing_id)


def test_a_lot_is_created_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    seller = venue.party("seller")
    terminal = Terminal(venue, tmp_path)
    write_keystore(tmp_path / "key.json", seller.giver.key, "correct horse", CHEAP)
    terminal.environment["IPX_API_KEY"] = seller.transport._http.headers["authorization"].split()[1]
    one, other = venue.right(seller), venue.right(seller)
    closes = str(venue.public.time_ms() + 20 * DAY_MS)
    words: tuple[str, ...] = ("listing", "create", "--right", one, "--price", "10.01", "--closes", closes)
    words += in_a_file(tmp_path)
    assert "--lot" in terminal.run(*words, "--lot", one, code=2)
    refused = terminal.run(*words, "--lot", f"{one}=600000", "--lot", f"{other}=300000", code=REFUSED)
    assert "MALFORMED" in refused
    made = terminal.json(*words, "--lot", f"{one}=600000", "--lot", f"{other}=400000")
    shown = terminal.json("listing", "show", made["result"]["listing_id"])
    assert [member["share"] for member in shown["lot"]] == [600_000, 400_000]
    assert "WRONG-STATE" in terminal.run(
        "listing", "decide-lot", made["result"]["listing_id"], "keep", code=REFUSED
    )


def test_a_need_is_posted_matched_amended_and_met_from_the_terminal(
    venue: RunningVenue, tmp_path: Path
) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    at_seller = company_terminal(venue, tmp_path / "seller", seller)
    at_buyer = company_terminal(venue, tmp_path / "buyer", buyer)
    right = venue.right(seller, title="一种终端用玄武岩纤维", classes=("D01F 9/08",))
    listing_id = venue.listing(seller, right, price=1_000_00)
    until = str(venue.public.time_ms() + DAY_MS)
    words = ("寻求玄武岩纤维", "--description", "连续纤维", "--until", until, "--class", "d01f9/08")
    facts = ("--territory", "US", "--territory", "CN", "--kind", "ordinary_licence", "--budget", "999.99")
    need_id = at_buyer.json("need", "post", *words, *facts)["result"]["need_id"]
    (found,) = [row for row in at_buyer.json("need", "matches", need_id) if row["listing_id"] == listing_id]
    assert [reason["code"] for reason in found["reasons"]] == [
        "SAME-SUBGROUP", "WORDS", "TERRITORY", "KIND", "PRICE-ABOVE-BUDGET",
    ]  # fmt: skip
    assert at_buyer.json("need", "show", need_id)["budget"] == "999.99"
    assert "budget" not in at_seller.json("need", "show", need_id)
    (seen,) = at_seller.json("listing", "matching-needs", listing_id)
    assert seen["need"]["id"] == need_id
    shown = at_seller.run("listing", "matching-needs", listing_id)
    assert not any(says(shown, budget) for budget in ("999.99", "99999"))
    assert need_id in shown
    amended = at_buyer.json("need", "amend", need_id, "--kind", "assignment")
    assert amended["result"]["state"] == "OPEN"
    stands = at_buyer.json("need", "show", need_id)
    assert (stands["kinds"], stands["budget"], stands["classes"]) == (["assignment"], "999.99", ["D01F 9/08"])
    at_buyer.json("need", "amend", need_id, "--no-budget")
    assert at_buyer.json("need", "show", need_id)["budget"] is None
    venue.money(buyer, 1_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    assert at_buyer.json("need", "fulfil", need_id, deal_id)["result"]["state"] == "FULFILLED"
    assert "WRONG-STATE" in at_buyer.run("need", "withdraw", need_id, code=REFUSED)
    other = at_buyer.json("need", "post", *words)["result"]["need_id"]
    assert at_buyer.json("need", "withdraw", other)["result"]["state"] == "WITHDRAWN"
    listed = at_buyer.json("need", "list", "--buyer", buyer.party_id)
    assert [(row["id"], row["state"]) for row in listed] == [(need_id, "FULFILLED"), (other, "WITHDRAWN")]
    assert at_seller.json("listing", "matching-needs", listing_id) == []


def test_an_imported_file_brings_the_classes_of_its_rights(venue: RunningVenue, tmp_path: Path) -> None:
    file = tmp_path / "rights.csv"
    rows = "申请号,名称,申请日,IPC\n201580013987.3,一种演示装置,2015-03-26,{}\n"
    operator = operator_terminal(venue, tmp_path)
    file.write_text(rows.format("H01M10/0525；h01m 4/36；14-03；H"), encoding="utf-8")
    assert [row["outcome"] for row in operator.json("import", str(file))["submitted"]] == ["registered"]
    assert venue.public.right("CN-201580013987.3").classes == ["H01M 10/0525", "H01M 4/36"]
    assert [row["outcome"] for row in operator.json("import", str(file))["submitted"]] == ["unchanged"]


def test_a_file_of_rights_is_imported_and_importing_it_again_changes_nothing(
    venue: RunningVenue, tmp_path: Path
) -> None:
    file = tmp_path / "rights.csv"
    file.write_text(
        "申请号,名称,申请日\n201610178553.5,一种演示装置,2016-03-26\n201610178553.6,坏行,2016-03-26\n"
        "201911336624.X,又一演示装置,2019-12-23\n",
        encoding="utf-8",
    )
    operator = operator_terminal(venue, tmp_path)
    first = operator.json("import", str(file))
    assert [row["outcome"] for row in first["submitted"]] == ["registered", "registered"]
    assert len(first["refused"]) == 1
    before = venue.public.transport.get("/v1/time")["last_entry"]
    again = operator.json("import", str(file))
    assert [row["outcome"] for row in again["submitted"]] == ["unchanged", "unchanged"]
    assert venue.public.transport.get("/v1/time")["last_entry"] == before
    shown = operator.json("right", "show", "CN-201610178553.5")
    assert shown["title"] == "一种演示装置"
    assert operator.json("import", str(file), "--dry-run")["rows"] == 3


def test_an_uploaded_file_is_signed_by_the_service_and_changes_nothing_twice(venue: RunningVenue) -> None:
    content = (
        "申请号,名称,申请日\n201030033448.8,坏,2010-01-01\n201480064779.1,上传的演示装置,2014-09-26\n".encode(
            "gb18030"
        )
    )
    first = venue.operator.upload_rights(content, "text/csv", idempotency_key="file-1")
    assert [row["outcome"] for row in first["submitted"]] == ["registered"]
    assert len(first["refused"]) == 1
    entry = venue.operator.entry(first["submitted"][0]["entry"])
    assert entry.public["signature"]["signer"] == venue.service_key.address
    again = venue.operator.upload_rights(content, "text/csv", idempotency_key="file-2")
    assert [row["outcome"] for row in again["submitted"]] == ["unchanged"]
    with venue.http() as http:
        headers = {"Authorization": f"Bearer {venue.operator_tokens[0]}", "Idempotency-Key": "file-3"}
        typed = {"Content-Type": "application/pdf", **headers}
        assert http.post("/v1/rights/imports", content=b"%PDF", headers=typed).status_code == 415
        typed = {"Content-Type": "text/csv", **headers}
        answer = http.post("/v1/rights/imports", content=b"\x00\x01", headers=typed)
        assert answer.json()["code"] == "IMPORT-FILE-REFUSED"


def test_a_file_goes_in_where_a_right_does_told_by_its_content_type(venue: RunningVenue) -> None:
    content = "application_number,right_type,title,filing_date\nCN201610311380.X,invention,演示,2016-05-12\n"
    with venue.http() as http:
        headers = {"Authorization": f"Bearer {venue.operator_tokens[0]}", "Idempotency-Key": "file-at-rights"}
        answer = http.post(
            "/v1/rights",
            content=content.encode(),
            headers={"Content-Type": "text/csv; charset=utf-8", **headers},
        )
        assert answer.status_code == 200, answer.text
        assert [row["right_id"] for row in answer.json()["submitted"]] == ["CN-201610311380.X"]
        as_json = http.post(
            "/v1/rights", content=b"{}", headers={"Content-Type": "application/json", **headers}
        )
        assert as_json.status_code == 422


# --- no venue, and help ---------------------------------------------------------------------------------------


@pytest.fixture
def nobody(venue: RunningVenue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal that looks where no venue is."""
    monkeypatch.setattr("api.calls.transport.MOST_TRIES", 1)
    made = Terminal(venue, tmp_path)
    made.environment["IPX_URL"] = "http://127.0.0.1:1"
    return made


def test_a_question_without_a_venue_names_the_address_and_how_to_have_one(nobody: Terminal) -> None:
    said = nobody.run("right", "list", code=UNREACHABLE)
    assert "GET http://127.0.0.1:1/v1/rights: ConnectError" in said
    assert "`make up`" in said
    assert "IPX_URL" in said
    assert "idempotency-key" not in said, "nothing was given"


def test_a_command_without_an_answer_is_told_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.calls.transport.MOST_TRIES", 1)
    with Client("http://127.0.0.1:1") as client, pytest.raises(VenueUnreachable) as caught:
        client.transport.post("/v1/withdrawals", {}, "key-7")
    assert caught.value.idempotency_key == "key-7"


def test_everything_that_a_command_takes_is_explained() -> None:
    from typer.main import get_command

    def unexplained(command: Any, name: str) -> list[str]:
        found = [f"{name} {each.name}" for each in command.params if not getattr(each, "help", None)]
        for word, inner in getattr(command, "commands", {}).items():
            found += unexplained(inner, f"{name} {word}")
        return found

    from scripts.ipx import BACKUPS, OWN_VENUE, command_line

    whole = get_command(command_line(["--help"]))
    assert set(whole.commands) >= OWN_VENUE | BACKUPS  # type: ignore[attr-defined]
    assert unexplained(whole, "ipx") == []


def test_a_question_to_a_venue_loads_nothing_that_runs_one() -> None:
    program = (
        "import sys; from scripts.ipx import command_line; command_line(['right', 'list']);"
        "print([name for name in ('web3', 'scripts.stack', 'scripts.demo') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
