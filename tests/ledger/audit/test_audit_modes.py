"""Every mode of the Mainland profile under audit: whole and public copies of its journal hold."""

from __future__ import annotations

import pytest

from exchange.commands import SubmitListing
from exchange.events import (
    AwardOffered,
    DealDefaulted,
    InspectionChanged,
    ListingChanged,
    LotDecided,
    TenderScored,
)
from tests.ledger.audit.conftest import Auditor, audited, new_scene
from tests.ledger.audit.mode_days import auctions_day, later_payments_day, lots_day, sealing_day


@pytest.fixture(scope="module")
def days(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """All four days on one chain."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("modes"))
    auctions_day(scene)
    sealing_day(scene)
    later_payments_day(scene)
    lots_day(scene)
    return audited(scene, chain_url)


def test_the_days_come_across_what_they_are_for(days: Auditor) -> None:
    events = [event for outcome in days.scene.outcomes for event in outcome.events]
    for kind in (AwardOffered, DealDefaulted, TenderScored, InspectionChanged, LotDecided):
        assert any(isinstance(event, kind) for event in events), kind
    awarded = {
        event.listing_id for event in events if isinstance(event, ListingChanged) and event.new == "AWARDED"
    }
    modes = {
        request.command.mode
        for request, outcome in zip(days.scene.requests, days.scene.outcomes, strict=True)
        if isinstance(request.command, SubmitListing) and outcome.result.get("listing_id") in awarded
    }
    assert modes == {"posted", "english", "dutch", "negotiated", "sealed", "tender"}


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_copy_of_the_journal_holds(days: Auditor, kind: str) -> None:
    report = days.audit(days.write(kind))  # type: ignore[arg-type]  # one of the kinds of export
    assert report.findings == ()
    assert report.verified
    assert report.deals_on_chain == 6
