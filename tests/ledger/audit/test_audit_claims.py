"""First refusals, earnest money, pledges, disputes and rights given back under audit: both copies of the journal hold."""

from __future__ import annotations

import pytest

from exchange.events import (
    DealDefaulted,
    DisputeChanged,
    EarnestPaid,
    ExchangeRateRecorded,
    FreezeNoticeChanged,
    LicenceChanged,
    PledgeContractChanged,
    RefusalExercised,
)
from tests.ledger.audit.claim_days import burdens_day, doubts_day, earnest_day, refusals_day
from tests.ledger.audit.conftest import Auditor, audited, new_scene


@pytest.fixture(scope="module")
def days(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """All four days on one chain."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("claims"))
    refusals_day(scene)
    earnest_day(scene)
    burdens_day(scene)
    doubts_day(scene)
    return audited(scene, chain_url)


def test_the_days_come_across_what_they_are_for(days: Auditor) -> None:
    events = [event for outcome in days.scene.outcomes for event in outcome.events]
    for kind in (RefusalExercised, EarnestPaid, DealDefaulted, ExchangeRateRecorded, FreezeNoticeChanged):
        assert any(isinstance(event, kind) for event in events), kind
    ends = {event.new for event in events if isinstance(event, DisputeChanged)}
    assert ends == {"OPEN", "UNWOUND", "REVERSED", "TERMINATED"}
    assert any(isinstance(event, PledgeContractChanged) and event.new == "REGISTERED" for event in events)
    licences = {event.new for event in events if isinstance(event, LicenceChanged)}
    assert licences == {"GRANTED", "RECORDED", "SUSPENDED", "ENDED", "TERMINATED"}


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_copy_of_the_journal_holds(days: Auditor, kind: str) -> None:
    report = days.audit(days.write(kind))  # type: ignore[arg-type]  # one of the kinds of export
    assert report.findings == ()
    assert report.verified
    assert report.deals_on_chain == 9
