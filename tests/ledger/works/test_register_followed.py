"""The chain follows the register: each pledge, each freeze and each change of holder stands there once, as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from exchange import commands as c
from ledger.chain.events import LicenceEnded
from ledger.reconcile import reconcile
from tests.ledger.trading import DAY_MS
from tests.ledger.works.desk import EXPIRY, Company, Desk
from tests.ledger.works.test_chain_results import signed_deal


def copy(desk: Desk, right_id: str, holder: str, **facts: Any) -> None:
    """A register copy, later than the last one."""
    terms = c.RegisterFacts(
        **{
            "copy": "{}",
            "attestation": "",
            "licences": (),
            "status": "granted",
            "holders": (c.Holder(company_number=holder),),
            "expiry_date": EXPIRY,
            **facts,
        }
    )
    command = c.RecordRegisterCopy(right_id=right_id, as_of_ms=desk.now(), copy_digest="ab" * 32)
    desk.give(desk.door.submission("venue", desk.service_key.address, command, terms))


def pledge(number: str, amount: int = 5, register_number: str = "") -> c.Pledge:
    return c.Pledge(company_number=number, amount=amount, currency="CNY", register_number=register_number)


def a_right(desk: Desk) -> tuple[str, Company]:
    holder = desk.company()
    right_id = desk.right(holder, on_register=False)
    copy(desk, right_id, holder.number)
    return right_id, holder


def agrees(desk: Desk) -> None:
    desk.chain()
    assert desk.pipe.states().count("REFUSED") == 0
    found = reconcile(desk.works, settling_s=10)
    assert (found.differences, found.pending) == ([], 0)


def test_a_pledge_registered_again_by_the_same_pledgee_is_another_pledge(desk: Desk) -> None:
    right_id, holder = a_right(desk)
    for pledges in ((pledge("91"),), (), (pledge("91"),), ()):
        copy(desk, right_id, holder.number, pledges=pledges)
    agrees(desk)
    assert desk.pipe.names() == [
        "RightRegistered",
        "PledgeRegistered",
        "PledgeDischarged",
        "PledgeRegistered",
        "PledgeDischarged",
    ]


def test_two_pledges_of_one_pledgee_stand_beside_each_other(desk: Desk) -> None:
    right_id, holder = a_right(desk)
    first, second = pledge("91", 5, "Y1"), pledge("91", 7, "Y2")
    copy(desk, right_id, holder.number, pledges=(first, second))
    copy(desk, right_id, holder.number, pledges=(second,))
    copy(desk, right_id, holder.number, pledges=(pledge("91", 9, "Y2"), pledge("91", 5, "Y3")))
    agrees(desk)
    assert [name for name in desk.pipe.names() if name != "RightRegistered"] == [
        "PledgeRegistered",
        "PledgeRegistered",
        "PledgeDischarged",
        "PledgeRegistered",
    ]


def test_a_freeze_repeated_on_the_same_ground_is_another_freeze(desk: Desk) -> None:
    right_id, holder = a_right(desk)
    for freeze in ("dispute", "none", "dispute", "preservation", "none"):
        copy(desk, right_id, holder.number, freeze=freeze)
    agrees(desk)
    events = desk.pipe.names()
    assert (events.count("RightFrozen"), events.count("RightReleased")) == (3, 3)


def test_a_holder_who_changed_outside_the_venue_may_sell_here(desk: Desk) -> None:
    right_id, first = a_right(desk)
    copy(desk, right_id, first.number, freeze="dispute")  # brings the right onto the chain
    seller, buyer = desk.company(), desk.company()
    desk.register(right_id, seller)
    copy(desk, right_id, seller.number)
    desk.pay_in(buyer, 5_000_00)
    desk.errands()
    deal_id = desk.award(seller, buyer, right_id)
    desk.sign(deal_id, seller, buyer)
    desk.chain()
    desk.fund(deal_id, buyer)
    desk.file(deal_id, seller, buyer)
    desk.errands()
    desk.approve_payments()
    desk.errands()
    desk.errands()
    assert desk.deal(deal_id).state == "SETTLED"
    agrees(desk)
    assert [name for name in desk.pipe.names() if name in {"RegistryConfirmed", "DealSettled"}] == [
        "RegistryConfirmed",
        "RegistryConfirmed",
        "DealSettled",
    ]


def test_a_refused_record_is_a_difference_even_where_another_stands_under_its_key(desk: Desk) -> None:
    right_id, holder = a_right(desk)
    copy(desk, right_id, holder.number, pledges=(pledge("91"),))
    agrees(desk)
    desk.database.execute(
        "INSERT INTO outbox (record_id, kind, subject_id, payload, entry, state, updated_ms)"
        " SELECT record_id || ' again', kind, subject_id, payload, entry, 'REFUSED', 0 FROM outbox WHERE kind = 'pledge'"
    )
    assert [each.code for each in reconcile(desk.works, settling_s=10).differences] == ["RECORD-REFUSED"]


def test_a_deal_signed_afresh_after_a_refusal_is_no_difference(desk: Desk) -> None:
    signed_deal(desk)
    desk.chain()
    desk.database.execute(
        "INSERT INTO outbox (record_id, kind, subject_id, payload, entry, state, updated_ms)"
        " SELECT 'earlier', kind, subject_id, payload, entry, 'REFUSED', 0 FROM outbox WHERE kind = 'deal'"
    )
    assert reconcile(desk.works, settling_s=10).differences == []


def test_a_licence_that_ends_with_its_right_or_earlier_than_granted_ends_on_the_chain(desk: Desk) -> None:
    seller, buyer = desk.company(), desk.company()
    rights = [desk.right(seller) for _ in range(2)]
    desk.pay_in(buyer, 5_000_00)
    desk.works.read_statements()
    desk.works.read_register()
    deals = [desk.award(seller, buyer, right_id, "ordinary_licence") for right_id in rights]
    for deal_id in deals:
        desk.sign(deal_id, seller, buyer)
    desk.chain()
    for deal_id in deals:
        desk.fund(deal_id, buyer)
    copy(desk, rights[0], seller.number, status="invalidated")
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    copy(desk, rights[1], seller.number, expiry_date=tomorrow.isoformat())
    desk.operator(c.JumpClock(to_ms=desk.now() + 3 * DAY_MS))
    desk.operator(c.SetCalendar(closed_days=()))
    agrees(desk)
    ended = [event for event in desk.pipe.events() if isinstance(event, LicenceEnded)]
    assert len(ended) == 2
    assert all(event.ended_at < event.previous_ends_at for event in ended)
