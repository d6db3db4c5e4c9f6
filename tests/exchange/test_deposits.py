"""Deposits: every cent that a release kept is paid out once, to whom it is owed, when two operators have found it so."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.deals import deposits
from exchange.rules.rule import Refusal
from exchange.turn import Outcome, Turn
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, company_number, digest
from tests.exchange.test_co_owners import PRICE, awarded, registered
from tests.exchange.test_deals_and_money import FEE, consent, pledge
from tests.exchange.test_deals_and_money import PRICE as SALE
from tests.exchange.test_deals_and_money import awarded as sold

STATES = {state for state, _ in deposits.TRANSITIONS} | set(deposits.TRANSITIONS.values())
EVENTS = {event for _, event in deposits.TRANSITIONS}
NEXT_PARTY = 4
"""Which party is approved next in `share_kept`."""


def release(scene: Scene, who: int, amount: int, ground: str = "joined", **fields: Any) -> Outcome:
    facts: dict[str, Any] = {"deposit_id": "DEP-1", "ground": ground, "document_digest": digest("deed")}
    return scene.operator(c.ReleaseDeposit(**(facts | fields)), who, c.DepositTerms(amount=amount))


def both(scene: Scene, amount: int, ground: str = "joined", **fields: Any) -> Outcome:
    release(scene, 0, amount, ground, **fields)
    return release(scene, 1, amount, ground, **fields)


def share_kept() -> tuple[Scene, str, Any]:
    """A deal of which an absent co-owner's 40 % are kept; the co-owner would be the third party."""
    scene = Scene()
    one, outsider = scene.party(), company_number(3)
    _, deal = awarded(scene, (one, 6_000), (outsider, 4_000))
    registered(scene, deal)
    return scene, deal, scene.state.deposits["DEP-1"]


def pledge_kept(currency: str = "HKD") -> tuple[Scene, str, str, Any]:
    """A deal whose pledgee, a party, has a claim in another currency: all is kept."""
    scene = Scene()
    bank = scene.party("pledgee")
    seller, _, _, deal = sold(scene, pledges=(pledge(scene, bank, 1, currency),))
    consent(scene, bank, deal)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    return scene, seller, bank, scene.state.deposits["DEP-1"]


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("state", sorted(STATES))
def test_a_deposit_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene, _, row = share_kept()
    row.state = state
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    if (state, event) in deposits.TRANSITIONS:
        deposits.change_deposit(turn, row, event, "test")
        assert row.state == deposits.TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            deposits.change_deposit(turn, row, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (row.state, turn.events) == (state, [])


def test_an_absent_co_owners_share_is_paid_when_it_has_joined_and_two_operators_have_found_so() -> None:
    scene, deal, row = share_kept()
    kept = scene.balance(deal, "share_deposit")
    assert (row.amount, row.state, row.company_number) == (kept, "HELD", company_number(3))
    assert code(release(scene, 0, kept)) == "DEPOSIT-ENTITLED"
    owner = scene.party()
    assert scene.numbers[owner] == row.company_number
    assert release(scene, 0, kept).result["state"] == "APPROVED-ONCE"
    assert code(release(scene, 0, kept)) == "FOUR-EYES"
    assert scene.balance(deal, "share_deposit") == kept
    assert release(scene, 1, kept).refusal is None
    assert scene.balance(deal, "share_deposit") == 0
    payment = scene.state.payments[row.payments[0]]
    assert (payment.party_id, payment.amount, payment.state) == (owner, kept, "PREPARED")
    for operator in (0, 1):
        scene.approve_payment(payment.id, operator)
    scene.debit(payment.id, kept)
    assert payment.state == "PAID"
    assert code(release(scene, 0, kept)) == "UNKNOWN-ID"
    scene.replay()


def test_two_operators_must_find_the_same_sum_ground_and_document() -> None:
    scene, deal, row = share_kept()
    scene.party()
    release(scene, 0, row.amount)
    other = release(scene, 1, row.amount, document_digest=digest("another"))
    assert other.result["state"] == "APPROVED-ONCE"
    assert scene.balance(deal, "share_deposit") == row.amount


def test_a_co_owner_has_its_whole_share_and_no_pledgees_ground() -> None:
    scene, _, row = share_kept()
    scene.party()
    for amount, ground in ((row.amount - 1, "joined"), (row.amount, "debt_due"), (0, "discharged")):
        assert code(release(scene, 0, amount, ground)) == "DEPOSIT-ENTITLED"


def test_a_pledgee_has_what_is_due_to_it_and_the_seller_the_rest() -> None:
    scene, seller, bank, row = pledge_kept()
    assert row.amount == SALE - FEE
    both(scene, 100_00, "debt_due")
    paid = {scene.state.payments[each].party_id: scene.state.payments[each].amount for each in row.payments}
    assert paid == {bank: 100_00, seller: row.amount - 100_00}
    assert scene.balance(row.deal_id, "pledge_deposit") == 0
    scene.replay()


def test_a_discharged_pledges_deposit_goes_back_to_the_pledgor_when_no_copy_shows_it() -> None:
    scene, seller, _, row = pledge_kept()
    right = scene.state.rights[row.right_id]
    assert code(release(scene, 0, 0, "discharged")) == "DEPOSIT-ENTITLED"
    scene.copy(right.id, scene.state.deals[row.deal_id].buyer)
    assert code(release(scene, 0, 1, "discharged")) == "DEPOSIT-ENTITLED"
    both(scene, 0, "discharged")
    (payment,) = (scene.state.payments[each] for each in row.payments)
    assert (payment.party_id, payment.amount) == (seller, row.amount)
    scene.replay()


def test_a_deposit_of_a_discharged_pledge_goes_back_though_its_pledgee_has_another_by_now() -> None:
    scene, seller, _, row = pledge_kept()
    right = scene.state.rights[row.right_id]
    buyer = scene.state.deals[row.deal_id].buyer
    (pledge,) = right.pledges
    scene.copy(right.id, buyer)
    scene.copy(right.id, buyer, pledges=(pledge,))
    both(scene, 0, "discharged")
    (payment,) = (scene.state.payments[each] for each in row.payments)
    assert (payment.party_id, payment.amount) == (seller, row.amount)
    scene.replay()


@pytest.mark.not_replayed("a deposit is made another behind the engine's back")
def test_what_goes_back_of_a_co_owned_right_is_shared_and_an_absent_ones_part_stays() -> None:
    scene, deal, _ = share_kept()
    row = scene.state.deposits["DEP-1"]
    row.sort, row.pledge_key = "pledge", "gone CNY"  # as a pledge on the same right would have left it
    kept = row.amount
    account = scene.state.accounts[f"{deal}/share_deposit/CNY"]
    scene.state.accounts[f"{deal}/pledge_deposit/CNY"] = account
    account.id, account.purpose = f"{deal}/pledge_deposit/CNY", "pledge_deposit"
    del scene.state.accounts[f"{deal}/share_deposit/CNY"]
    both(scene, 0, "discharged")
    (payment,) = (scene.state.payments[each] for each in row.payments)
    again = scene.state.deposits["DEP-2"]
    assert payment.amount + again.amount == kept
    assert (again.sort, again.amount) == ("share", kept * 4_000 // 10_000)
    assert scene.balance(deal, "share_deposit") == again.amount


def test_a_payment_that_the_bank_refuses_is_the_payees_own_money() -> None:
    scene, _, row = share_kept()
    owner = scene.party()
    both(scene, row.amount)
    payment = row.payments[0]
    for operator in (0, 1):
        scene.approve_payment(payment, operator)
    scene.service(c.RefusePayment(payment_id=payment, reason_code="NO-ACCOUNT"))
    assert scene.balance(owner) == row.amount
    scene.replay()


@pytest.mark.parametrize(
    ("fields", "amount", "expected"),
    [
        ({"deposit_id": "DEP-9"}, 1, "UNKNOWN-ID"),
        ({"document_digest": "no"}, 1, "MALFORMED"),
        ({}, -1, "MALFORMED"),
        ({}, PRICE, "MALFORMED"),
    ],
)
def test_what_a_release_may_not_say(fields: dict[str, str], amount: int, expected: str) -> None:
    scene, _, row = share_kept()
    assert code(release(scene, 0, amount, **fields)) == expected
    assert row.state == "HELD"


def test_a_deposit_outlives_its_deal_in_memory() -> None:
    from exchange.calendar import MS_PER_DAY

    scene, deal, row = share_kept()
    scene.pay_all(deal)
    scene.wait(400 * MS_PER_DAY)
    assert deal not in scene.state.deals
    scene.party()
    assert both(scene, row.amount).refusal is None
    scene.replay()
