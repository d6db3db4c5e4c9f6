"""Days on which others have claims, or a right fails.

First refusals, earnest money, pledges, disputes, freezes, rights given back; refusals by the office, invalidity.
"""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from tests.exchange import encumbering, ending_rule_cases, refusing
from tests.ledger.audit.journal_maker import JournalScene
from tests.ledger.audit.mode_days import LISTED, settled, wait_until, with_bidders


def taken(outcome: Any) -> dict[str, Any]:
    """What an accepted command gave."""
    assert outcome.refusal is None, outcome.refusal
    result: dict[str, Any] = outcome.result
    return result


def refusals_day(scene: JournalScene) -> None:
    """Of two service results one is taken by its completer's party, and one sold past a waiver."""
    seller, buyer, maker = (scene.party() for _ in range(3))
    listing = scene.listing(seller, refusing.service_right(scene, seller, maker))
    scene.credit(maker, 2 * LISTED)
    first = scene.deal(listing, buyer)
    taken(refusing.notice(scene, first))
    second = taken(refusing.exercise(scene, first, maker))["deal_id"]
    settled(scene, second)
    other = scene.listing(seller, refusing.service_right(scene, seller, maker))
    taken(refusing.lodge_waiver(scene, other))
    settled(scene, scene.deal(other, buyer))
    scene.record_state_hash()


def earnest_day(scene: JournalScene) -> None:
    """A buyer pays earnest money and no price; a seller is found not to have performed, and owes as much again."""
    for found in (False, True):
        seller, listing, (buyer,) = with_bidders(scene, "competitive", 1, earnest=2_000)
        wait_until(scene, scene.state.listings[listing].registration_closes_ms)
        bid = taken(scene.bid(listing, buyer, LISTED))["bid_id"]
        deal = taken(scene.by(seller, c.AcceptBid(bid_id=bid)))["deal_id"]
        scene.sign(deal)
        line = scene.credit(buyer, LISTED)
        taken(scene.by(buyer, c.PayEarnest(deal_id=deal, statement_line=line)))
        if found:
            taken(encumbering.dispute(scene, deal, buyer))
            taken(encumbering.outcome(scene, deal, "unwind", defaulted=seller))
        else:
            wait_until(scene, scene.state.deadlines[f"fund_by:{deal}"].due_ms)
    as_of = venue_date(scene.now).isoformat()
    rate: dict[str, Any] = {"numerator": 913, "denominator": 1_000, "as_of": as_of, "source": "hkma"}
    taken(scene.operator(c.RecordExchangeRate(base="HKD", quote="CNY", **rate)))
    scene.record_state_hash()


def burdens_day(scene: JournalScene) -> None:
    """A pledge comes into the register; a freeze ends; a sold right is given back; a licence ends by an outcome."""
    owner, buyer, bank = scene.party(), scene.party(), scene.party("pledgee")
    right = scene.right(owner)
    pledge = taken(encumbering.draw_up(scene, owner, bank, right))["pledge_id"]
    taken(encumbering.sign(scene, pledge))
    taken(encumbering.file(scene, pledge))
    shown = {
        "pledge_id": "PL-1",
        "pledgee": scene.numbers[bank],
        "sum_minor": 30_000_00,
        "currency": "CNY",
        "kind": "secured",
        "debt_term_ends_on": venue_date(scene.state.pledge_contracts[pledge].terms.ends_ms).isoformat(),
        "registered_on": venue_date(scene.now).isoformat(),
    }
    taken(scene.copy(right, owner, pledges=[shown]))
    assert scene.state.pledge_contracts[pledge].state == "REGISTERED"
    other = scene.right(owner)
    freeze = taken(encumbering.freeze(scene, other))["freeze_id"]
    scene.wait(MS_PER_DAY)
    taken(encumbering.lift(scene, freeze))
    sold = scene.deal(scene.listing(owner, other), buyer)
    settled(scene, sold)
    taken(encumbering.dispute(scene, sold))
    reverse = taken(encumbering.give_back(scene, sold, 90_000_00))["deal_id"]
    settled(scene, reverse)
    licence = scene.deal(scene.listing(owner, other, deal_kind="ordinary_licence"), buyer)
    scene.sign(licence)
    scene.fund(licence)
    scene.pay_all(licence)
    taken(encumbering.dispute(scene, licence))
    taken(encumbering.outcome(scene, licence, "terminate_licence"))
    scene.to_chain()
    scene.record_state_hash()


def doubts_day(scene: JournalScene) -> None:
    """A refused application's buyer rescinds; a patent's licences are suspended, go on, and end with the patent."""
    _, _, sold = ending_rule_cases.sold_application(scene)
    ending_rule_cases.refuse_application(scene, sold)
    taken(ending_rule_cases.rescind(scene, sold))
    owner, licensee = scene.party(), scene.party()
    right = scene.right(owner)
    settled(scene, scene.deal(scene.listing(owner, right, deal_kind="ordinary_licence"), licensee))
    (licence,) = (each for each in scene.state.licences.values() if each.right_id == right)
    for status, follows in (
        ("invalidity_decided", "SUSPENDED"),
        ("granted", "RECORDED"),
        ("invalidity_decided", "SUSPENDED"),
        ("invalidated", "ENDED"),
    ):
        scene.wait(MS_PER_DAY)
        taken(scene.copy(right, owner, status=status, grant_date="2021-06-01"))
        assert licence.state == follows
    scene.to_chain()
    scene.record_state_hash()
