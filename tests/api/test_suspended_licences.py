"""A licence whose right is declared invalid, and not finally, at the front door and on its page."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from tests.api.auction import refusal
from tests.api.running_venue import DAY_MS, RunningVenue
from tests.api.test_obligations import CLAUSES, PARTS, granted, once_it_is


def decide(venue: RunningVenue, deal_id: str, seller: Any, status: str) -> str:
    """The register shows a status of the deal's right."""
    right_id = venue.public.deal(deal_id).right_id
    venue.copy(right_id, seller, status=status)
    return right_id


def test_everybody_sees_the_suspension_and_both_sides_that_what_is_owed_stands_still(
    venue: RunningVenue,
) -> None:
    seller, buyer, deal_id = granted(venue, consideration=PARTS, **CLAUSES)
    (owed,) = buyer.obligations(deal_id=deal_id)
    assert owed.stopped_since_ms is None
    right_id = decide(venue, deal_id, seller, "invalidity_decided")
    (licence,) = venue.public.licences(right_id=right_id)
    assert (licence.state, licence.suspended_from) == ("SUSPENDED", "GRANTED")
    assert licence.id in {each.id for each in venue.public.licences(state="SUSPENDED")}
    assert right_id in {each.id for each in venue.public.rights(status="invalidity_decided")}
    refusal(lambda: venue.listing(seller, right_id), "INVALIDITY-DECIDED", 409)
    refusal(lambda: seller.demand_instalments(deal_id, "ab" * 32), "INVALIDITY-DECIDED", 409)
    venue.operator.jump_clock(owed.due_ms + 30 * DAY_MS, "a month after its day")
    (still,) = buyer.obligations(deal_id=deal_id)
    assert (still.state, still.payable, still.stopped_since_ms is None) == ("DUE", owed.amount, False)
    with venue.http() as http:
        shown = http.get(f"/deals/{deal_id}", headers={"Accept-Language": "zh"}).text
        assert "中止（宣告无效决定未生效）" in shown
        assert "许可费报告与付款期限中止计算" in shown
        english = http.get(f"/deals/{deal_id}", headers={"Accept-Language": "en"}).text
        assert "Suspended: its right is declared invalid" in english
        assert "宣告无效决定未生效" in http.get(f"/rights/{right_id}", headers={"Accept-Language": "zh"}).text
    decide(venue, deal_id, seller, "granted")
    (licence,) = venue.public.licences(right_id=right_id)
    assert (licence.state, licence.suspended_from) == ("GRANTED", None)
    (again,) = buyer.obligations(deal_id=deal_id)
    assert again.stopped_since_ms is None
    assert again.due_ms > owed.due_ms + 29 * DAY_MS
    line = venue.money(buyer, again.amount)
    buyer.pay_obligation(again.id, line)
    assert once_it_is(buyer, again.id, "IN_RELEASE").interest == 0


def test_what_was_not_due_before_is_never_owed_of_a_void_right(venue: RunningVenue) -> None:
    seller, buyer, deal_id = granted(venue, consideration=PARTS)
    decide(venue, deal_id, seller, "invalidity_decided")
    decide(venue, deal_id, seller, "invalidated")
    (owed,) = buyer.obligations(deal_id=deal_id)
    assert (owed.state, owed.stopped_since_ms) == ("LAPSED", None)
    line = venue.money(buyer, owed.amount)
    command = c.PayObligation(obligation_id=owed.id, statement_line=line)
    refusal(lambda: buyer.pay_obligation(command.obligation_id, line), "WRONG-STATE", 409)
