"""The demonstration as a command: its figures, its scenes, its exit code, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.client import read_log
from ledger.audit.run import Trust
from ledger.chain.client import ChainClient
from ledger.chain.manifest import read_manifest
from ledger.receipt_key import ReceiptKey
from scripts.demo import proof
from scripts.demo.waiting import wait_for
from scripts.stack.chain import Chain
from scripts.stack.ports import free_port
from tests.scripts.test_stack import ROOT, processes_of

pytestmark = pytest.mark.faults
DEADLINE_S = 240
WIDTH = 80
SCENE = re.compile(r"^([1-6])  (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
COPIES = ("journal", "forged-price", "forged-hidden", "tampered")


@dataclass(frozen=True)
class Played:
    """A whole day: what it showed at 80 columns, what it left, and its figures."""

    shown: str
    data: Path
    figures: dict[str, Any]

    @property
    def words(self) -> str:
        """What it showed, whatever line it stood on."""
        return " ".join(self.shown.split())


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("day")
    data, figures = folder / "data", folder / "figures.json"
    done = _play(data, "--json", str(figures))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert not processes_of(data)
    return Played(done.stdout, data, json.loads(figures.read_text()))


def _command(data: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "scripts.ipx", "demo", "--data", str(data), *options]


def _play(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(data, *options),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        env=os.environ | {"COLUMNS": str(WIDTH)},
    )


def _wait_for(condition: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    until = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.1)


def test_the_day_has_the_figures_that_it_promises(day: Played) -> None:
    counted = day.figures
    assert counted["rights"] >= 60
    assert counted["parties"] >= 6
    assert (counted["listings"], counted["bids"], counted["deals"]) == (27, 210, 20)
    assert (counted["transfers"], counted["licences"]) == (9, 8)
    assert counted["audit"]["verified"] is True
    assert counted["tamper"]["detected"] is True
    assert isinstance(counted["tamper"]["entry"], int)
    assert counted["chain_events"] > 0
    assert f"{counted['chain_events']} chain events" in day.words
    assert "演示数据 · DEMO" in day.shown.splitlines()[0]


def test_six_scenes_are_told_in_the_order_of_their_dates(day: Played) -> None:
    scenes = SCENE.findall(day.shown)
    assert [number for number, _ in scenes] == list("123456")
    dates = [date for _, date in scenes]
    assert dates == sorted(dates)
    assert len(set(dates)) > 2, "the clock was moved between them"


def test_the_pledgee_stands_before_the_seller_on_the_banks_statement(day: Played) -> None:
    told = re.search(r"to the pledgee in line (\d+), .*? to the seller in line (\d+)", day.words)
    assert told is not None
    assert int(told[1]) < int(told[2])


def test_a_family_member_and_a_delivered_result_are_shown_in_both_languages(day: Played) -> None:
    for words in (
        "A family member stays behind 同族专利不随之转移",
        "its Hong Kong family member HK-99990010.7 stays with Example Ji Co., Ltd.",
        "其香港同族 HK-99990010.7 仍属示例己有限公司",
        "A result settled by its delivery 科技成果以交付结算",
        "FUNDED, DELIVERED, SETTLED",
        "已付款、已交付、已结清",
    ):
        assert words in day.words


MODES = {
    "competitive listing",
    "competitive, one bidder",
    "English auction",
    "Dutch auction",
    "sealed bids",
    "tender",
    "negotiation",
    "open licence",
    "posted, with royalty",
    "two-sided, call",
    "two-sided, trading",
}


def test_every_mode_has_a_deal_that_is_settled_and_says_which_rule_decided_it(day: Played) -> None:
    rows = day.figures["trading_floor"]
    assert {row["mode"] for row in rows} == MODES
    floor = "".join(day.words.partition("The trading floor 交易方式")[2].split())
    for row in rows:
        assert row["state"] == "SETTLED"
        assert row["bids"] > 0
        for words in ("rule", "mode", "mode_zh", "decided", "decided_zh", "right"):
            assert "".join(row[words].split()) in floor, row[words]
        assert all(word in floor for word in (*row["winner"].split(), row["winner_zh"][:6])), row["winner"]


def test_the_trading_floor_is_shown_after_the_scenes_and_counted_by_the_audit(day: Played) -> None:
    assert (
        day.shown.index("\n6  ")
        < day.shown.index("The trading floor 交易方式")
        < day.shown.index("Audit 审计")
    )
    counted = day.figures["counted"]
    assert counted | {"raises": 0} == {
        "raises": 0,
        "opened_bids": 5,
        "proposals": 2,
        "orders": 0,
        "cancelled_orders": 0,
        "reports": 1,
        "disputes": 1,
        "needs": 1,
    }
    audited = proof.read_journal(day.data / "journal.jsonl").accepted
    assert {name: audited.get(kind, 0) for name, kind in proof.IN_JOURNAL.items()} == counted


def test_the_venue_of_hong_kong_has_an_audit_of_its_own_and_orders_that_its_clients_count(
    day: Played,
) -> None:
    there = day.figures["hong_kong"]
    assert there["audit"]["verified"] is True
    assert (there["parties"], there["listings"], there["orders"], there["cancelled_orders"]) == (4, 1, 7, 2)
    assert (there["deals"], there["licences"], there["transfers"]) == (4, 4, 0)
    accepted = proof.read_journal(day.data / "hong-kong" / "journal.jsonl").accepted
    assert accepted["record_trading_authorisation"] == 1
    rows = [row for row in day.figures["trading_floor"] if row["venue"] == "hong-kong"]
    assert [row["price"] for row in rows if row["mode"] == "two-sided, call"] == ["30000.00", "10000.00"]


def test_several_deals_are_on_rights_that_exist(day: Played) -> None:
    table = day.shown.partition("Deals 成交")[2].partition("Refused by a rule")[0]
    assert table.count("real 真实") >= 4
    assert table.count("real 真实") + table.count("fictional 虚构") == 20
    assert re.search(r"US-\d{8}\b", table)
    assert re.search(r"CN-201610178553\.5\b", table)


def test_neither_a_code_nor_a_number_is_cut_at_eighty_columns(day: Played) -> None:
    lines = day.shown.splitlines()
    for code in ("CN-PATENT-LAW-44", "CN-TECHNOLOGY-EXPORT-30", "AFFILIATE-MAY-NOT-BID", "REFUNDED"):
        assert any(code in line for line in lines)
    traded = {
        given.result["right_id"] for given in read_log(day.data / "acknowledgements.jsonl")[0]
        if given.type == "import_right" and "achievement" in given.result["right_id"]
    }  # fmt: skip
    assert traded
    assert all(any(right_id in line for line in lines) for right_id in traded)
    table = day.shown.partition("Deals 成交")[2].partition("Refused by a rule")[0]
    assert re.search(r"\d,\d{3},\d{3}\.\d{2} CNY", table)
    assert "…" not in re.sub(r"0x[0-9a-f]{8}…[0-9a-f]{6}", "", table)


def test_copies_of_the_journal_are_their_owners_alone(day: Played) -> None:
    for name in COPIES:
        assert (day.data / f"{name}.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_second_day_in_the_same_folder_is_refused_at_once(day: Played) -> None:
    before = sorted(path.name for path in day.data.iterdir())
    refused = _play(day.data)
    assert refused.returncode == 2
    assert "holds something already" in refused.stderr
    assert refused.stdout == ""
    assert sorted(path.name for path in day.data.iterdir()) == before


@pytest.fixture(scope="module")
def trust(day: Played, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trust]:
    """The day's chain, running again, and what was written down when it was deployed."""
    copy = tmp_path_factory.mktemp("chain")
    shutil.copytree(day.data / "chain", copy / "chain")
    manifest = read_manifest(day.data / "chain.json")
    assert manifest is not None
    chain = Chain(copy, copy, free_port())
    chain.start()
    client = ChainClient(chain.url)
    first = client.block_number()
    wait_for(lambda: client.finalized_block().number > first, "a block that is readable after the start")
    yield Trust(
        chain_id=manifest.chain_id,
        anchor=manifest.address("JournalAnchor"),
        rpc_url=chain.url,
        receipt_key=ReceiptKey.from_file(day.data / "keys" / "receipt.key").public_key.hex(),
    )
    chain.stop()


def test_it_is_the_receipt_that_names_the_hidden_bid(day: Played, trust: Trust) -> None:
    receipt = day.data / "losing-bid.receipt.json"
    entry = json.loads(receipt.read_bytes())["entry"]
    forged = day.data / "forged-hidden.jsonl"
    with_it, without = proof.audit_in_child(forged, trust, receipt), proof.audit_in_child(forged, trust)
    assert with_it.names("AUDIT-RECEIPT", entry)
    assert not without.verified
    assert without.first_bad["code"] != "AUDIT-RECEIPT"
    assert without.first_bad["entry"] != entry, "what follows does not fit: which bid is gone is not known"
    assert proof.audit_in_child(day.data / "journal.jsonl", trust, receipt).verified


def test_the_story_ends_before_its_last_scene_if_a_clients_log_was_shortened(tmp_path: Path) -> None:
    """With `--story`, which shows nothing but scenes; and no figures of the failed day are left."""
    data, figures, shown = tmp_path / "data", tmp_path / "figures.json", tmp_path / "shown"
    figures.write_text("{}")
    with shown.open("wb") as output:
        day = subprocess.Popen(
            _command(data, "--story", "--json", str(figures)),
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"COLUMNS": "200"},
        )
        _wait_for((data / "journal.jsonl").exists, day)
        log = data / "acknowledgements.jsonl"
        log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[40:]))
        assert day.wait(DEADLINE_S) == 1
    text = shown.read_text()
    assert [number for number, _ in SCENE.findall(text)] == list("12345")
    assert "is signed by a client, whose log has no acknowledgement of it" in text
    for other in ("Deals 成交", "Not checked", "Figures", " s  "):
        assert other not in text
    assert not figures.exists()
    assert not processes_of(data)


def test_a_day_that_is_cut_off_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    day = subprocess.Popen(_command(data), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for((data / "logs" / "api.log").exists, day)
    day.send_signal(signal.SIGINT)
    assert day.wait(60) == 130
    assert not processes_of(data)
