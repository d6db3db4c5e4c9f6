"""The bank's statement: every line is taken, what nothing explains stops payments, and a line funds no more than it is."""

from __future__ import annotations

import pytest

from exchange import commands as c
from tests.exchange.invariants import accounts_balance
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene
from tests.exchange.test_deals_and_money import FEE, PRICE, awarded


def withdrawal(scene: Scene, amount: int = 300) -> tuple[str, str]:
    """A party with 500 and a payment of some of it, waiting for approval."""
    party = scene.party()
    scene.credit(party, 500)
    terms = c.WithdrawalTerms(currency="CNY", amount=amount)
    return party, scene.by(party, c.RequestWithdrawal(), terms=terms).result["payment_id"]


def assign(scene: Scene, line: str, party: str) -> list[str]:
    command = c.AssignSuspense(line_id=line, party_id=party)
    return [code(scene.operator(command, who)) for who in (0, 1)]


@pytest.mark.parametrize("reference", ["PAY-1", "charges", ""])
def test_a_debit_that_no_payment_explains_is_taken_and_stops_payments_until_it_is_covered(
    reference: str,
) -> None:
    scene = Scene()
    party, payment = withdrawal(scene)
    outcome = scene.debit(reference, 301)
    assert code(outcome) == ""
    assert scene.balance("venue", "unexplained") == -301
    assert scene.state.venue.halted_currencies == ("CNY",)
    assert code(scene.approve_payment(payment)) == "RELEASES-HALTED"
    scene.credit(party, 100)
    assert scene.balance(party) == 300
    assert code(scene.operator(c.ResumeReleases(currency="CNY"))) == "BALANCE-DIFFERS"
    assert assign(scene, scene.credit("correction", 300), "venue") == ["", ""]
    assert code(scene.operator(c.ResumeReleases(currency="CNY"))) == "BALANCE-DIFFERS"
    assert assign(scene, scene.credit("too much", 2), "venue") == ["WRONG-STATE", "WRONG-STATE"]
    assert assign(scene, scene.credit("correction", 1), "venue") == ["", ""]
    assert scene.resume() == ["", ""]
    assert code(scene.approve_payment(payment)) == ""
    accounts_balance(scene.state)


def test_a_debit_of_a_payment_that_was_given_back_stops_payments() -> None:
    scene = Scene()
    party, payment = withdrawal(scene)
    for operator in (0, 1):
        scene.approve_payment(payment, operator)
    scene.service(c.RefusePayment(payment_id=payment, reason_code="AC04"))
    assert code(scene.debit(payment, 300)) == ""
    assert scene.balance(party) == 500
    assert scene.balance("venue", "unexplained") == -300
    assert scene.state.venue.halted_currencies == ("CNY",)


def test_a_first_approval_from_before_a_new_difference_does_not_resume_releases() -> None:
    scene = Scene()
    party = scene.party()
    scene.credit(party, 5, balance_after=4)
    scene.credit(party, 5)
    resume = c.ResumeReleases(currency="CNY")
    assert scene.operator(resume).result["state"] == "APPROVED-ONCE"
    scene.credit(party, 5, balance_after=4)
    scene.credit(party, 5)
    assert scene.operator(resume, 1).result["state"] == "APPROVED-ONCE"
    assert scene.state.venue.halted_currencies == ("CNY",)
    assert scene.operator(resume).result["state"] == "RESUMED"


def test_a_line_funds_deals_up_to_its_amount_and_an_unwound_deal_gives_its_part_back() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    whole = scene.credit(buyer, 2 * PRICE - 1)
    cent = scene.credit(buyer, 1)
    deals = []
    for _ in range(2):
        listing = scene.listing(seller, scene.right(seller))
        deals.append(scene.accept(listing, buyer).result["deal_id"])
        scene.sign(deals[-1])
    fund = [c.FundDeal(deal_id=deal, statement_line=cent) for deal in deals]
    assert code(scene.by(buyer, fund[0])) == ""
    assert scene.state.deals[deals[0]].funded_by == {cent: 1, whole: PRICE - 1}
    assert code(scene.by(buyer, fund[1])) == "LINE-NOT-MATCHING"
    assert code(scene.by(buyer, c.FundDeal(deal_id=deals[1], statement_line=whole))) == ""
    assert (scene.state.statement_lines[cent].left, scene.state.statement_lines[whole].left) == (0, 0)
    scene.operator(c.UnwindDeal(deal_id=deals[0], ground="mutual"))
    assert (scene.state.statement_lines[cent].left, scene.state.statement_lines[whole].left) == (1, PRICE - 1)


def test_money_that_no_line_of_the_buyers_brought_funds_no_deal() -> None:
    scene = Scene()
    seller, buyer, _, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    (payment,) = scene.state.deals[deal].payments
    for operator in (0, 1):
        scene.approve_payment(payment, operator)
    scene.service(c.RefusePayment(payment_id=payment, reason_code="AC04"))
    cent = scene.credit(seller, 1)
    listing = scene.listing(buyer, scene.right(buyer), price=PRICE - FEE)
    bought = scene.accept(listing, seller, PRICE - FEE).result["deal_id"]
    scene.sign(bought)
    assert code(scene.by(seller, c.FundDeal(deal_id=bought, statement_line=cent))) == "LINE-NOT-MATCHING"


def test_a_credit_that_named_nobody_finds_its_party_under_four_eyes_and_funds_its_deals() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    line = scene.credit("misspelt", PRICE)
    command = c.AssignSuspense(line_id=line, party_id=buyer)
    assert code(scene.operator(command)) == ""
    assert code(scene.operator(command)) == "FOUR-EYES"
    assert scene.balance(buyer) == 0
    other = c.AssignSuspense(line_id=line, party_id=seller)
    assert scene.operator(other, 1).result["state"] == "APPROVED-ONCE"  # another party is another matter
    assert scene.operator(command, 1).result["state"] == "ASSIGNED"
    assert code(scene.operator(other)) == "WRONG-STATE"
    deal = scene.accept(scene.listing(seller, scene.right(seller)), buyer).result["deal_id"]
    scene.sign(deal)
    assert code(scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))) == ""


def test_a_credit_that_named_nobody_goes_back_to_its_payer_by_a_payment_and_only_once() -> None:
    scene = Scene()
    line = scene.credit("misspelt", 700)
    back = c.ReturnSuspense(line_id=line)
    payment = scene.operator(back).result["payment_id"]
    assert scene.state.payments[payment].party_id == line
    assert code(scene.operator(back)) == "WRONG-STATE"
    for operator in (0, 1):
        scene.approve_payment(payment, operator)
    scene.service(c.RefusePayment(payment_id=payment, reason_code="AC04"))
    assert scene.balance("venue", "suspense") == 700
    again = scene.operator(back).result["payment_id"]
    scene.pay(again)
    assert scene.balance("venue", "suspense") == 0
    assert code(scene.operator(back)) == "WRONG-STATE"
    assert assign(scene, line, scene.party()) == ["WRONG-STATE", "WRONG-STATE"]
    accounts_balance(scene.state)


def test_fees_are_paid_out_by_a_payment_of_the_venues_own_and_no_more_than_there_are() -> None:
    scene = Scene()
    _, _, _, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)

    def withdraw(amount: int) -> str:
        terms = c.WithdrawalTerms(currency="CNY", amount=amount)
        outcome = scene.operator(c.WithdrawFees(), terms=terms)
        return code(outcome) or outcome.result["payment_id"]

    assert withdraw(FEE + 1) == "FUNDS-SHORT"
    payment = withdraw(FEE)
    for operator in (0, 1):
        scene.approve_payment(payment, operator)
    scene.service(c.RefusePayment(payment_id=payment, reason_code="AC04"))
    assert scene.balance("venue", "fees") == FEE
    scene.pay(withdraw(FEE))
    assert scene.balance("venue", "fees") == 0
    accounts_balance(scene.state)
