"""What a buyer has paid for is filed, or delivered, in thirty working days; if not, it has its money back if it wants."""

from __future__ import annotations

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import DealOverdue
from tests.exchange import encumbering
from tests.exchange.ending_rule_cases import refuse_application, rescind
from tests.exchange.invariants import accounts_balance
from tests.exchange.lot_rule_cases import pay_for, sign_all, sold_lot
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import posted
from tests.exchange.scene import Scene
from tests.exchange.test_deals_and_money import achievement, deliver

NOT_OVERDUE = "PERFORMANCE-NOT-OVERDUE"


def paid(scene: Scene, kind: str) -> tuple[str, str, str]:
    """Seller, buyer and a deal that is paid for and neither filed nor delivered."""
    if kind == "delivery":
        seller, buyer, _, deal = achievement(scene)
    else:
        seller, buyer = scene.party(), scene.party()
        deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.sign(deal)
    scene.fund(deal)
    return seller, buyer, deal


def due_in(scene: Scene, deal: str) -> int:
    deadline = scene.state.deadlines[f"perform_by:{deal}"]
    return int(deadline.due_ms) - scene.now


def told(scene: Scene) -> list[DealOverdue]:
    return [event for outcome in scene.outcomes for event in outcome.events if isinstance(event, DealOverdue)]


@pytest.mark.parametrize("kind", ["assignment", "delivery"])
def test_a_paid_deal_that_is_overdue_is_rescinded_by_its_buyer_with_everything_back(kind: str) -> None:
    scene = Scene()
    seller, buyer, deal_id = paid(scene, kind)
    deal = scene.state.deals[deal_id]
    paid_in = sum(row.balance for row in scene.state.accounts.values() if row.owner in {buyer, deal_id})
    scene.wait(due_in(scene, deal_id) - 10)
    assert (told(scene), code(rescind(scene, deal_id))) == ([], NOT_OVERDUE)
    scene.wait(due_in(scene, deal_id))
    assert told(scene) == [DealOverdue(deal_id=deal_id, what="perform_by")]
    assert deal.state == "FUNDED"
    assert code(rescind(scene, deal_id, seller)) == "NOT-PERMITTED"
    assert code(rescind(scene, deal_id)) == ""
    assert (deal.state, deal.unwound_for, not deal.defaulted) == ("REFUNDED", "performance_overdue", True)
    assert scene.balance(buyer) == paid_in
    accounts_balance(scene.state)
    scene.replay()


@pytest.mark.parametrize("kind", ["assignment", "delivery"])
def test_what_is_filed_or_delivered_is_overdue_no_more(kind: str) -> None:
    scene = Scene()
    seller, buyer, deal_id = paid(scene, kind)
    if kind == "assignment":
        scene.file(deal_id)
    else:
        deliver(scene, deal_id, seller)
        deliver(scene, deal_id, buyer)
    assert f"perform_by:{deal_id}" not in scene.state.deadlines
    scene.replay()


def test_an_overdue_deal_that_is_filed_after_all_is_with_the_office() -> None:
    scene = Scene()
    _, _, deal_id = paid(scene, "assignment")
    scene.wait(due_in(scene, deal_id))
    scene.file(deal_id)
    assert scene.state.deals[deal_id].state == "FILED"
    assert code(rescind(scene, deal_id)) == "CN-TECHNOLOGY-CONTRACTS-23"


def test_a_buyer_does_not_rescind_what_the_seller_says_it_has_delivered() -> None:
    scene = Scene()
    seller, buyer, deal_id = paid(scene, "delivery")
    deliver(scene, deal_id, seller)
    scene.wait(due_in(scene, deal_id))
    refused = rescind(scene, deal_id)
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.detail["delivered"]) == (NOT_OVERDUE, True)
    deliver(scene, deal_id, buyer)
    assert scene.state.deals[deal_id].state == "DELIVERED"


def test_a_buyer_does_not_rescind_what_it_has_confirmed_itself() -> None:
    scene = Scene()
    _, buyer, deal_id = paid(scene, "delivery")
    deliver(scene, deal_id, buyer)
    scene.wait(due_in(scene, deal_id))
    assert code(rescind(scene, deal_id)) == NOT_OVERDUE


def test_a_suspended_buyer_rescinds_too() -> None:
    scene = Scene()
    _, buyer, deal_id = paid(scene, "assignment")
    scene.operator(c.SuspendParty(party_id=buyer))
    scene.wait(due_in(scene, deal_id))
    assert code(rescind(scene, deal_id)) == ""


def test_an_outage_in_which_the_time_would_have_ended_moves_it() -> None:
    scene = Scene()
    _, _, deal_id = paid(scene, "assignment")
    due_ms = scene.state.deadlines[f"perform_by:{deal_id}"].due_ms
    scene.now = due_ms + MS_PER_DAY
    outage = c.Outage(since_ms=due_ms - MS_PER_DAY, until_ms=due_ms + MS_PER_DAY)
    scene._apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=outage))
    assert scene.state.deadlines[f"perform_by:{deal_id}"].due_ms == due_ms + 2 * MS_PER_DAY


def test_what_was_paid_for_under_an_older_engine_has_its_time_from_the_new_one_on() -> None:
    scene = Scene(engine=4)
    _, _, deal_id = paid(scene, "assignment")
    _, _, disputed = paid(scene, "assignment")
    encumbering.dispute(scene, disputed)
    scene.wait(90 * MS_PER_DAY)
    scene.upgrade()
    left_ms = due_in(scene, deal_id)
    scene.wait(left_ms)
    assert told(scene) == [DealOverdue(deal_id=deal_id, what="perform_by")]
    assert code(rescind(scene, deal_id)) == ""
    encumbering.outcome(scene, disputed)
    assert abs(due_in(scene, disputed) - left_ms) < 10
    scene.replay()


def test_a_dispute_stops_the_time_and_gives_back_what_was_left() -> None:
    scene = Scene()
    _, _, deal_id = paid(scene, "assignment")
    scene.hours(24)
    left_ms = due_in(scene, deal_id)
    encumbering.dispute(scene, deal_id)
    scene.wait(2 * left_ms)
    assert (told(scene), code(rescind(scene, deal_id))) == ([], "DEAL-DISPUTED")
    encumbering.outcome(scene, deal_id)
    assert abs(due_in(scene, deal_id) - left_ms) < 10
    scene.replay()


def test_a_refused_application_that_is_paid_for_is_rescinded_for_that_at_any_time() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, status="application", expiry_date=None)
    deal_id = scene.deal(scene.listing(seller, right), buyer)
    scene.sign(deal_id)
    scene.fund(deal_id)
    refuse_application(scene, deal_id)
    assert code(rescind(scene, deal_id)) == ""
    assert scene.state.deals[deal_id].unwound_for == "application_refused"


def test_of_a_lot_the_buyer_rescinds_what_is_overdue_and_chooses_on_the_rest() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deals = sold_lot(scene, seller, buyer, [scene.right(seller) for _ in range(3)])
    listing = scene.state.deals[deals[0]].listing_id
    sign_all(scene, deals)
    pay_for(scene, deals)
    scene.file(deals[0])
    scene.wait(due_in(scene, deals[1]))
    assert code(rescind(scene, deals[1])) == ""
    assert scene.state.deals[deals[0]].state == "FILED"
    assert f"lot_choice:{listing}" in scene.state.deadlines
    assert code(rescind(scene, deals[2])) == "LOT-CHOICE-OPEN"
    assert code(scene.by(buyer, c.DecideLot(listing_id=listing, decision="keep"))) == ""
    assert code(rescind(scene, deals[2])) == NOT_OVERDUE
    scene.wait(due_in(scene, deals[2]))
    assert code(rescind(scene, deals[2])) == ""
    accounts_balance(scene.state)
    scene.replay()


def test_a_licence_that_is_paid_for_is_granted_at_once_and_owes_no_performance() -> None:
    scene = Scene()
    _, buyer, listing = posted(scene, deal_kind="ordinary_licence")
    deal_id = scene.deal(listing, buyer)
    scene.sign(deal_id)
    scene.fund(deal_id)
    assert scene.state.deals[deal_id].licence_id
    assert f"perform_by:{deal_id}" not in scene.state.deadlines


def test_an_older_engine_sets_no_such_time() -> None:
    scene = Scene(engine=4)
    _, _, deal_id = paid(scene, "assignment")
    assert f"perform_by:{deal_id}" not in scene.state.deadlines
    assert code(rescind(scene, deal_id)) == "CN-TECHNOLOGY-CONTRACTS-23"
