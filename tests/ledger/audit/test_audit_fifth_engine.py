"""What came with the fifth engine under audit: ways of bidding, halts, open licences, co-owners' consents, parts."""

from __future__ import annotations

import pytest

from exchange.events import (
    BidPlaced,
    LicenceChanged,
    PartyClosed,
    Posted,
    RoundBegun,
    SurveillanceCaseChanged,
    TradingHalted,
    TradingResumed,
)
from tests.ledger.audit.conftest import Auditor, audited, new_scene
from tests.ledger.audit.fifth_engine_days import owners_day, parts_day, rounds_day


@pytest.fixture(scope="module")
def days(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """All three days on one chain."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("fifth"))
    rounds_day(scene)
    owners_day(scene)
    parts_day(scene)
    return audited(scene, chain_url)


def test_the_days_come_across_what_they_are_for(days: Auditor) -> None:
    events = [event for outcome in days.scene.outcomes for event in outcome.events]
    for kind in (BidPlaced, RoundBegun, TradingHalted, TradingResumed, SurveillanceCaseChanged, PartyClosed):
        assert any(isinstance(event, kind) for event in events), kind
    assert sum(isinstance(event, LicenceChanged) and event.new == "RECORDED" for event in events) == 2
    purposes = [event.purpose for event in events if isinstance(event, Posted)]
    assert purposes.count("late_interest") >= 1
    assert purposes.count("commission") >= 4


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_copy_of_the_journal_holds(days: Auditor, kind: str) -> None:
    report = days.audit(days.write(kind))  # type: ignore[arg-type]  # one of the kinds of export
    assert report.findings == ()
    assert report.verified
