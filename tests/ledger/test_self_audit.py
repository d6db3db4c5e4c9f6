from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from api.client import Client, VenueProblem
from ledger.alone import open_database
from scripts.stack.venue import Venue

pytestmark = pytest.mark.faults
DEADLINE_S = 90.0


def newest_report(database_url: str) -> dict[str, Any]:
    with open_database(database_url) as database:
        row = database.execute("SELECT report FROM verdicts ORDER BY id DESC LIMIT 1").fetchone()
    return {} if row is None else dict(row["report"])


def test_the_page_shows_the_verdict_of_an_audit_that_the_venue_made_of_itself(tmp_path: Path) -> None:
    venue = Venue(tmp_path / "data", report=lambda _: None)
    try:
        place = venue.start({"IPX_ANCHOR_SECONDS": "1", "IPX_AUDIT_SECONDS": "2"})
        until = time.monotonic() + DEADLINE_S
        with Client(place.url) as client:
            while True:
                try:
                    verdict = client.verdict()
                    break
                except VenueProblem:  # there is no verdict before the first anchor
                    assert time.monotonic() < until, "no verdict"
                    time.sleep(0.5)
        assert verdict.verified
        assert verdict.entries >= 2
        # What its own witness and authority say is checked as soon as they have said anything.
        while not (report := newest_report(place.addresses.database_url)) or not (
            report["cosignatures"] and report["tokens"]
        ):
            assert time.monotonic() < until, "neither cosignature nor token"
            time.sleep(0.5)
        assert report["verified"]
        assert report["tables_differ"] == []
        # The next audit may be under way: between two of them the file with every confidential term is gone.
        while (tmp_path / "data" / "self-audit.jsonl").exists():
            assert time.monotonic() < until, "the audited file stays"
            time.sleep(0.05)
    finally:
        venue.stop()
