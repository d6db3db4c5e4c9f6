"""The buyer of an application that is refused before its transfer's registration rescinds, and has everything back."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import steps
from exchange.events import DealChanged, LotBroken
from tests.exchange import encumbering
from tests.exchange.ending_rule_cases import refuse_application, rescind, sold_application
from tests.exchange.invariants import accounts_balance
from tests.exchange.lot_rule_cases import pay_for, sign_all, sold_lot
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene
from tests.exchange.test_earnest import DEPOSIT, PRICE, Sold
from tests.exchange.test_state_tables import DEAL_TABLES, DEALS, check, deal_in

ART_23 = "CN-TECHNOLOGY-CONTRACTS-23"


def expected_in(kind: str, state: str) -> str:
    """What comes of the buyer's rescission in a state, once the register shows the right as refused."""
    if state == "DISPUTED":
        return "DEAL-DISPUTED"
    if kind == "licence" or state in steps.PASSED:
        return ART_23
    return "REFUNDED" if (state, "unwind") in DEAL_TABLES[kind] else "WRONG-STATE"


@pytest.mark.parametrize(
    ("kind", "state"), [(kind, state) for kind in ("assignment", "licence") for state in DEALS[kind]]
)
def test_a_buyer_rescinds_before_the_registration_or_is_refused_by_name_in_every_state(
    kind: str, state: str
) -> None:
    scene, deal = deal_in(state, kind)
    holder = deal.buyer if state in {"REGISTERED", "SETTLED"} and kind == "assignment" else deal.seller
    scene.copy(deal.right_id, holder, status="refused", expiry_date="2039-03-01")
    hash_before = scene.state.state_hash()
    check(scene, deal, rescind(scene, deal.id, "P-2"), hash_before, expected_in(kind, state))
    accounts_balance(scene.state)
    scene.replay()


@pytest.mark.parametrize("status", ["application", "granted", "lapsed", "expired", "invalidated"])
def test_no_other_word_of_the_register_lets_a_buyer_rescind(status: str) -> None:
    scene = Scene()
    seller, _, deal = sold_application(scene)
    scene.copy(scene.state.deals[deal].right_id, seller, status=status)
    refusal = rescind(scene, deal).refusal
    assert refusal is not None
    assert (refusal.code, refusal.detail["status"]) == (ART_23, status)


def test_the_buyer_alone_rescinds() -> None:
    scene = Scene()
    seller, _, deal = sold_application(scene)
    refuse_application(scene, deal)
    for party in (seller, scene.party()):
        assert code(rescind(scene, deal, party)) == "NOT-PERMITTED"
    assert code(rescind(scene, "D-99", seller)) == "UNKNOWN-ID"
    assert code(rescind(scene, deal)) == ""


@pytest.mark.parametrize("funded", [False, True])
def test_nobody_has_defaulted_so_that_deposit_earnest_money_and_price_go_back(funded: bool) -> None:
    scene = Sold()
    scene.pay_earnest()
    if funded:
        scene.fund("D-1")
    deal = scene.deal_row
    held = sum(scene.lies(scene.buyer, purpose) for purpose in ("available", "deposit"))
    held += sum(scene.lies(deal.id, purpose) for purpose in ("escrow", "earnest"))
    scene.copy(deal.right_id, scene.seller, status="refused")
    outcome = rescind(scene, deal.id)
    assert (deal.state, deal.unwound_for, not deal.defaulted) == ("REFUNDED", "application_refused", True)
    assert scene.lies(scene.buyer) == held >= PRICE + DEPOSIT
    assert (
        scene.lies(scene.buyer, "deposit")
        == scene.lies(deal.id, "escrow")
        == scene.lies(deal.id, "earnest")
        == 0
    )
    assert scene.lies(scene.seller) == 0
    assert not scene.state.obligations
    assert [each.new for each in outcome.events if isinstance(each, DealChanged)] == ["UNWINDING", "REFUNDED"]
    assert scene.state.listings[deal.listing_id].state == "LAPSED"
    scene.whole()


def test_what_is_with_the_office_goes_back_by_its_refusal_and_nothing_passes_meanwhile() -> None:
    scene = Scene()
    _, buyer, deal = sold_application(scene)
    scene.fund(deal)
    before = scene.balance(buyer)
    scene.file(deal)
    refuse_application(scene, deal)
    assert code(rescind(scene, deal)) == "WRONG-STATE"
    assert code(scene.confirm(deal)) == "CN-PATENT-LAW-44"
    scene.refuse(deal, "RIGHT-ENDED")
    assert scene.state.deals[deal].state == "REFUNDED"
    assert scene.balance(buyer) == before + PRICE


def test_what_an_outcome_has_given_back_is_no_purchase_that_could_be_rescinded() -> None:
    scene = Scene()
    seller, buyer, deal = sold_application(scene)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    encumbering.dispute(scene, deal)
    reverse = encumbering.give_back(scene, deal).result["deal_id"]
    row = scene.state.deals[reverse]
    assert (row.seller, row.buyer) == (buyer, seller)
    scene.copy(row.right_id, buyer, status="refused", expiry_date=None)
    assert code(rescind(scene, reverse)) == ART_23


def of_a_lot(scene: Scene, **facts: Any) -> list[str]:
    seller, buyer = scene.party(), scene.party()
    rights = [scene.right(seller, **facts) for _ in range(3)]
    return sold_lot(scene, seller, buyer, rights)


def states(scene: Scene, deals: list[str]) -> list[str]:
    return [scene.state.deals[each].state for each in deals]


def test_before_a_lot_is_paid_for_one_refused_application_undoes_all_of_it() -> None:
    scene = Scene()
    deals = of_a_lot(scene, status="application", expiry_date=None)
    sign_all(scene, deals)
    refuse_application(scene, deals[1])
    assert code(rescind(scene, deals[0])) == ART_23
    assert code(rescind(scene, deals[1])) == ""
    assert states(scene, deals) == ["REFUNDED"] * 3
    assert not any(scene.state.deals[each].defaulted for each in deals)
    accounts_balance(scene.state)
    scene.replay()


def test_of_a_lot_that_is_paid_for_it_alone_goes_back_and_the_buyer_chooses_about_the_others() -> None:
    scene = Scene()
    deals = of_a_lot(scene, status="application", expiry_date=None)
    sign_all(scene, deals)
    pay_for(scene, deals)
    refuse_application(scene, deals[1])
    outcome = rescind(scene, deals[1])
    assert [each.deal_id for each in outcome.events if isinstance(each, LotBroken)] == [deals[1]]
    assert states(scene, deals) == ["FUNDED", "REFUNDED", "FUNDED"]
    listing = scene.state.deals[deals[0]].listing_id
    scene.by(scene.state.deals[deals[0]].buyer, c.DecideLot(listing_id=listing, decision="rescind"))
    assert states(scene, deals) == ["REFUNDED"] * 3
    accounts_balance(scene.state)
    scene.replay()


def test_a_register_says_refused_of_what_can_be_an_application_alone() -> None:
    scene = Scene()
    seller = scene.party()
    facts: dict[str, Any] = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    result = scene.right(seller, **facts)
    assert code(scene.copy(result, seller, status="refused", expiry_date=None)) == "RIGHT-DIFFERS"
    mark = scene.other_right("CN-trademark-12345678", "trademark", seller, filing_date="2019-03-01")
    assert code(scene.copy(mark, seller, status="refused")) == ""
    assert code(scene.submit(seller, mark)) == "CN-PATENT-LAW-44"


def test_before_engine_version_3_a_register_has_no_such_word() -> None:
    scene = OlderScene()
    seller = scene.party()
    right = scene.right(seller, status="application")
    assert code(scene.copy(right, seller, status="refused")) == "RIGHT-DIFFERS"


class OlderScene(Scene):
    """A venue of engine version 2."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))


def test_a_listing_of_a_refused_application_is_suspended_and_an_unsigned_deal_costs_nobody_a_deposit() -> (
    None
):
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, status="application", expiry_date=None)
    listing = scene.listing(seller, right)
    scene.copy(right, seller, status="refused", expiry_date=None)
    assert scene.state.listings[listing].state == "SUSPENDED"
    scene.copy(right, seller, status="application", expiry_date=None)
    deal = scene.deal(listing, buyer)
    scene.signature(deal, seller)
    refuse_application(scene, deal)
    scene.wait(40 * MS_PER_DAY)
    row = scene.state.deals[deal]
    assert (row.state, not row.defaulted) == ("REFUNDED", True)
