"""The pages of the first hour do what they say: every block is typed into one terminal, against one running venue."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.client import Client
from tests.scripts.test_up import ROOT, Up, up, wait_for

pytestmark = pytest.mark.faults
"""It runs a whole venue for minutes."""

PAGES = ("seller", "buyer", "bank", "auditor")
HOUR_S = 1_800
"""A bound on the whole hour, so that a hanging page fails; it takes about two minutes."""
SEPARATOR = "\x1e"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FRAME = re.compile(r"[\u2500-\u257f]")


@dataclass
class Block:
    """One fenced `sh` block, and the shape of its answer: the `text` block behind it, where there is one."""

    page: str
    number: int
    commands: str
    shape: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.page}-{self.number}"


def blocks_of(page: str) -> list[Block]:
    """The blocks that a reader types, in order; a `text` block before the first is for the eye only."""
    found: list[Block] = []
    for language, body in _FENCE.findall((ROOT / "docs" / f"first-hour-{page}.md").read_text()):
        if language == "sh":
            found.append(Block(page, len(found) + 1, body))
        elif found and not found[-1].shape:
            found[-1].shape = body.splitlines()
    return found


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def words(line: str) -> str:
    """A line without the frames of tables, with single spaces."""
    return " ".join(_FRAME.sub(" ", line).split())


@dataclass(frozen=True)
class Hour:
    """What the terminal showed for each block, and the venue behind it."""

    exit_code: int
    shown: dict[str, str]
    folder: Path
    venue: Up

    def client(self, name: str) -> Client:
        return Client(self.venue.place["exchange"], (self.folder / f"{name}.api-key").read_text().strip())


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hour]:
    """One venue, one terminal, four pages."""
    data, folder = tmp_path_factory.mktemp("venue") / "data", tmp_path_factory.mktemp("hour")
    with up(data) as running:
        wait_for(running.is_ready)
        yield _type(running, folder)


IPX = f"""#!/bin/sh
PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m scripts.ipx "$@"
"""
"""`ipx` where the pages look for it."""


def _type(running: Up, folder: Path) -> Hour:
    script = ["set -euo pipefail\n"]
    for block in BLOCKS:
        script += [f"printf '{SEPARATOR}%s\\n' {block.name}\n", block.commands]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "160",
        "DATA": running.place["data"],
        "HOUR": str(folder),
        "IPX_URL": running.place["exchange"],
        "CHAIN": running.place["chain"],
        "DATABASE": running.place["database"],
    }
    command = folder / ".venv" / "bin" / "ipx"
    command.parent.mkdir(parents=True)
    command.write_text(IPX)
    command.chmod(0o700)
    transcript = folder / "transcript"
    with transcript.open("wb") as output:
        done = subprocess.run(
            ["/bin/bash", "-c", "".join(script)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=HOUR_S,
            check=False,
        )
    parts = (part.partition("\n") for part in transcript.read_text().split(SEPARATOR)[1:])
    return Hour(done.returncode, {name: shown for name, _, shown in parts}, folder, running)


def test_every_page_has_blocks_and_every_refusal_shows_its_cure() -> None:
    assert {block.page for block in BLOCKS} == set(PAGES)
    refusals = [block for block in BLOCKS if 'echo "exit code $?"' in block.commands]
    assert {block.page for block in refusals} == set(PAGES)
    assert all(any("exit code " in line for line in block.shape) for block in refusals)


def test_the_terminal_reaches_the_end_of_the_last_page(hour: Hour) -> None:
    last = list(hour.shown)[-1]
    assert (hour.exit_code, last) == (0, BLOCKS[-1].name), hour.shown[last]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.shape], ids=lambda block: block.name)
def test_a_block_answers_as_its_page_shows(hour: Hour, block: Block) -> None:
    """Every line of the page stands in the answer, in this order; `…` stands for anything."""
    shown = words(hour.shown[block.name])
    pattern = ".*?".join(re.escape(words(line)).replace("…", ".*?") for line in block.shape)
    assert re.search(pattern, shown, re.DOTALL), hour.shown[block.name]


def test_no_command_fails_without_being_told(hour: Hour) -> None:
    everything = "".join(hour.shown.values())
    assert "Traceback" not in everything
    assert "Warning" not in everything


def test_the_buyer_has_a_licence_a_patent_and_a_standing_bid(hour: Hour) -> None:
    with hour.client("buyer") as buyer:
        own = buyer.own_party()
        assert [licence.state for licence in buyer.licences()] == ["GRANTED"]
        holders = buyer.enrolled_right("CN-201919999002.6").holder_of_record
        assert [holder.company_number for holder in holders] == [own.company_number]
        assert [(bid.state, bid.price) for bid in buyer.bids()] == [("LIVE", 105_000_00)]
        assert buyer.balance(own.id, "available", "CNY") == 960_000_00


def test_bank_and_seller_are_paid_what_the_page_promises(hour: Hour) -> None:
    with hour.client("bank") as bank, hour.client("seller") as seller:
        assert [(payment.state, payment.amount) for payment in bank.payments()] == [("PAID", 3_000_000_00)]
        assert sorted(payment.amount for payment in seller.payments()) == [19_800_00, 1_950_000_00]
        assert {deal.state for deal in seller.deals()} == {"SETTLED"}


def test_the_log_of_acknowledgements_holds_a_receipt_of_every_command(hour: Hour) -> None:
    lines = (hour.folder / "acknowledgements.jsonl").read_text().splitlines()
    given = [line["acknowledged"] for line in map(json.loads, lines) if "acknowledged" in line]
    assert len((hour.folder / "receipts.jsonl").read_text().splitlines()) == len(given)
    assert {one["status"] for one in given} == {"accepted", "refused"}


def test_keys_and_copies_are_readable_by_their_owner_only(hour: Hour) -> None:
    for path in hour.folder.iterdir():
        if path.suffix in {".json", ".jsonl", ".api-key"}:
            assert path.stat().st_mode & 0o077 == 0, path.name
