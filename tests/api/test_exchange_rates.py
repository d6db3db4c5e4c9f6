"""A recorded rate at the front door: what lacks one is told by a check, and the listing stands once it is there."""

from __future__ import annotations

from exchange.calendar import venue_date
from exchange.commands import DocumentTerms, ImportRight, RecordExchangeRate
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue, digest
from tests.api.test_checks import draft
from tests.undertakings import offered


def test_a_fee_of_another_currency_waits_for_a_rate_and_is_compared_by_it(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right = "CN-201710117081.7"
    imported = ImportRight(right_id=right, office="CN", right_type="invention", filing_date="2017-03-01")
    seller.give("/v1/rights", imported, parts={"bibliography": {"title": "A device 演示"}})
    venue.copy(right, seller, grant_date="2020-07-06")
    venue.operator.classify_export(right, "free", "not in the catalogue")
    command = draft(venue, right, deal_kind="ordinary_licence", currency="MOP", announcement_number="2026-1")
    terms = offered(price=22_000_000_00)
    missing = [each.missing for each in seller.check_draft(command, terms).grounds]
    assert "open_licence_announcement" in [each.fact for each in missing if each is not None]
    announced = DocumentTerms(
        document="open_licence_announcement", subject_id=right, announcement_number="2026-1"
    )
    venue.operator.record_document(announced, digest("announcement"), "read in the gazette")
    assert [each.announcement_number for each in venue.operator.documents(right)] == ["2026-1"]
    (ground,) = {each.code: each for each in seller.check_draft(command, terms).grounds}.values()
    assert ground.missing is not None
    assert (ground.code, ground.missing.fact, ground.missing.supplier) == (
        *("FACT-MISSING", "exchange_rate"),
        "operator",
    )
    refusal(lambda: seller.submit_listing(command, terms), "FACT-MISSING", 409)
    rate = RecordExchangeRate(
        base="MOP",
        quote="CNY",
        numerator=8_870,
        denominator=10_000,
        as_of=venue_date(venue.operator.time_ms()).isoformat(),
        source="amcm",
    )
    rate_id = venue.operator.record_exchange_rate(rate, "of this morning").result["rate_id"]
    shown = list(venue.public.exchange_rates())[-1]
    assert (shown.id, shown.numerator, shown.denominator, shown.source) == (rate_id, 8_870, 10_000, "amcm")
    assert seller.check_draft(command, terms).grounds == []
    dear = offered(price=23_000_000_00)
    assert {each.code for each in seller.check_draft(command, dear).grounds} == {"CN-OPEN-LICENCE-FEE"}
    seller.submit_listing(command, terms)
