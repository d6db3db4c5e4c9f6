from __future__ import annotations

import time
from pathlib import Path

import pytest

from api.client import Client, VenueProblem
from scripts.stack.venue import Venue

pytestmark = pytest.mark.faults
DEADLINE_S = 90.0


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
        # The next audit may be under way: between two of them the file with every confidential term is gone.
        while (tmp_path / "data" / "self-audit.jsonl").exists():
            assert time.monotonic() < until, "the audited file stays"
            time.sleep(0.05)
    finally:
        venue.stop()
