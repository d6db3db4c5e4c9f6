"""Earnest money 定金: apart from the bid deposit, part of the price, lost or doubled by whoever defaults, never invented."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import DealDefaulted, EarnestPaid
from exchange.turn import Outcome
from tests.exchange.encumbering import dispute
from tests.exchange.encumbering import outcome as outcome_of
from tests.exchange.invariants import accounts_balance
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

PRICE, DEPOSIT = 100_000_00, 10_000_00
EARNEST = 20_000_00
"""20 % of the price."""


class Sold(Scene):
    """A deal of a competitive listing with earnest money, signed by both unless said otherwise."""

    def __init__(
        self, *, sign: bool = True, deposit: int = DEPOSIT, earnest: int = 2_000, **fields: Any
    ) -> None:
        super().__init__()
        self.seller, self.buyer = self.party(), self.party()
        self.line = self.credit(self.buyer, PRICE + DEPOSIT)
        right = self.right(self.seller)
        listing = self.listing(self.seller, right, "competitive", deposit=deposit, earnest=earnest, **fields)
        self.bidder(listing, self.buyer)
        self.bid(listing, self.buyer, PRICE)
        self.wait(11 * MS_PER_DAY)
        self.by(self.seller, c.AcceptBid(bid_id="B-1"))
        self.deal_row = self.state.deals["D-1"]
        if sign:
            self.sign("D-1")

    def pay_earnest(self, party: str = "") -> Outcome:
        return self.by(party or self.buyer, c.PayEarnest(deal_id="D-1", statement_line=self.line))

    def lies(self, owner: str, purpose: str = "available") -> int:
        account = self.state.accounts.get(f"{owner}/{purpose}/CNY")
        return 0 if account is None else int(account.balance)

    def find_default(self, defaulted: str) -> Outcome:
        """A tribunal finds who has not performed, and the deal is unwound."""
        return outcome_of(self, "D-1", "unwind", defaulted=defaulted)

    def whole(self) -> None:
        """Every promise holds over the whole run, which replays to the same state."""
        accounts_balance(self.state)
        assert self.replay().state.state_hash() == self.state.state_hash()


def test_earnest_money_lies_apart_and_counts_toward_the_price() -> None:
    scene = Sold()
    before = scene.lies(scene.buyer)
    assert code(scene.pay_earnest()) == ""
    assert (scene.lies("D-1", "earnest"), scene.lies(scene.buyer, "deposit")) == (EARNEST, DEPOSIT)
    assert scene.lies(scene.buyer) == before - EARNEST
    assert scene.deal_row.funded_by == {scene.line: EARNEST}
    scene.fund("D-1")
    assert (scene.lies("D-1", "earnest"), scene.lies("D-1", "escrow")) == (0, PRICE)
    assert sum(scene.deal_row.funded_by.values()) == PRICE
    scene.register("D-1")
    scene.pay_all("D-1")
    assert scene.deal_row.state == "SETTLED"
    assert not scene.state.obligations
    scene.whole()


def test_it_is_paid_once_by_the_buyer_after_both_have_signed_and_before_the_price() -> None:
    unsigned = Sold(sign=False)
    assert code(unsigned.pay_earnest()) == "WRONG-STATE"
    scene = Sold()
    assert code(scene.pay_earnest(scene.seller)) == "NOT-PERMITTED"
    assert code(scene.pay_earnest()) == ""
    assert code(scene.pay_earnest()) == "WRONG-STATE"
    paid = Sold()
    paid.fund("D-1")
    assert code(paid.pay_earnest()) == "WRONG-STATE"
    agreed_on_none = Scene()
    seller, buyer = agreed_on_none.party(), agreed_on_none.party()
    deal = agreed_on_none.deal(agreed_on_none.listing(seller, agreed_on_none.right(seller)), buyer)
    agreed_on_none.sign(deal)
    line = agreed_on_none.credit(buyer, PRICE)
    outcome = agreed_on_none.by(buyer, c.PayEarnest(deal_id=deal, statement_line=line))
    assert code(outcome) == "WRONG-STATE"


def test_no_bid_deposit_is_used_for_it_and_a_disputed_deal_takes_none() -> None:
    scene = Sold()
    terms = c.WithdrawalTerms(currency="CNY", amount=scene.lies(scene.buyer))
    scene.by(scene.buyer, c.RequestWithdrawal(), terms=terms)
    assert code(scene.pay_earnest()) == "FUNDS-SHORT"
    scene = Sold()
    dispute(scene, "D-1")
    assert code(scene.pay_earnest()) == "DEAL-DISPUTED"


@pytest.mark.parametrize(("earnest", "lost", "kept"), [(2_000, EARNEST, DEPOSIT), (500, DEPOSIT, 5_000_00)])
def test_a_buyer_that_does_not_pay_the_price_loses_the_larger_of_earnest_money_and_deposit_and_not_both(
    earnest: int, lost: int, kept: int
) -> None:
    scene = Sold(earnest=earnest)
    scene.pay_earnest()
    scene.wait(60 * MS_PER_DAY)
    assert (scene.deal_row.state, scene.deal_row.defaulted) == ("REFUNDED", scene.buyer)
    assert scene.lies(scene.seller) == lost
    assert scene.lies(scene.buyer) == PRICE + DEPOSIT - lost
    assert lost + kept == PRICE * earnest // 10_000 + DEPOSIT
    assert scene.lies("D-1", "earnest") == scene.lies(scene.buyer, "deposit") == 0
    assert not scene.state.obligations
    scene.whole()


def test_a_buyer_that_has_not_paid_the_earnest_money_loses_its_deposit_alone() -> None:
    scene = Sold()
    scene.wait(60 * MS_PER_DAY)
    assert scene.lies(scene.seller) == DEPOSIT
    assert scene.deal_row.earnest is UNSET


@pytest.mark.parametrize("funded", [False, True])
def test_a_seller_that_defaults_gives_back_what_lies_here_and_owes_as_much_again(funded: bool) -> None:
    scene = Sold()
    scene.pay_earnest()
    if funded:
        scene.fund("D-1")
    total = sum(row.balance for row in scene.state.accounts.values() if row.owner == scene.buyer)
    total += scene.lies("D-1", "earnest") + scene.lies("D-1", "escrow")
    dispute(scene, "D-1")
    assert code(scene.find_default(scene.seller)) == ""
    assert scene.deal_row.state == "REFUNDED"
    assert scene.lies(scene.buyer) == total, "no more than was there: the second half is owed, not invented"
    (owed,) = scene.state.obligations.values()
    assert (owed.sort, owed.payer, owed.payee, owed.amount, owed.state) == (
        *("earnest", scene.seller, scene.buyer, EARNEST),
        "DUE",
    )
    line = scene.credit(scene.seller, EARNEST)
    paid = scene.by(scene.seller, c.PayObligation(obligation_id=owed.id, statement_line=line))
    assert code(paid) == ""
    (payment,) = owed.payments
    assert (scene.state.payments[payment].party_id, scene.state.payments[payment].amount) == (
        scene.buyer,
        EARNEST,
    )
    assert owed.fee == 0
    scene.pay(payment)
    assert owed.state == "SETTLED"
    scene.whole()


def test_what_a_seller_owes_falls_overdue_and_stays_in_memory_until_it_is_paid() -> None:
    scene = Sold()
    scene.pay_earnest()
    dispute(scene, "D-1")
    scene.find_default(scene.seller)
    scene.wait(300 * MS_PER_DAY)
    (owed,) = scene.state.obligations.values()
    assert owed.state == "OVERDUE"
    assert "D-1" in scene.state.deals


def test_where_nobody_has_defaulted_it_goes_back() -> None:
    for end in ("mutual", "dispute"):
        scene = Sold()
        scene.pay_earnest()
        if end == "mutual":
            scene.operator(c.UnwindDeal(deal_id="D-1", ground="mutual"))
        else:
            dispute(scene, "D-1")
            outcome_of(scene, "D-1", "unwind")
        assert scene.lies(scene.buyer) == PRICE + DEPOSIT
        assert not scene.state.obligations
        assert scene.state.statement_lines[scene.line].left == PRICE + DEPOSIT
        scene.whole()


def test_who_has_defaulted_is_a_side_of_the_deal_and_found_of_an_unwinding_alone() -> None:
    scene = Sold()
    dispute(scene, "D-1")
    other = scene.party()
    assert code(scene.find_default(other)) == "MALFORMED"
    assert code(outcome_of(scene, "D-1", "resume", defaulted=scene.seller)) == "MALFORMED"


@pytest.mark.parametrize(
    ("expected", "mode", "fields"),
    [
        ("", "competitive", {"earnest": 2_000}),
        ("", "negotiated", {"earnest": 1}),
        ("CN-CIVIL-CODE-586", "competitive", {"earnest": 2_001}),
        ("CN-CIVIL-CODE-586", "competitive", {"earnest": 10_000}),
        ("MALFORMED", "competitive", {"earnest": 0}),
        ("MALFORMED", "competitive", {"earnest": -1}),
        ("MALFORMED", "competitive", {"earnest": 10_001}),
        ("MALFORMED", "posted", {"earnest": 100}),
        ("MALFORMED", "dutch", {"earnest": 100, "floor": 1, "step": 1_000_000, "interval_ms": 3_600_000}),
        (
            "MALFORMED",
            "negotiated",
            {"earnest": 1, "consideration": c.Equity(company_number="91440300999999999X", basis_points=1)},
        ),
        (
            "MALFORMED",
            "competitive",
            {
                "earnest": 2_000,
                "consideration": c.Instalments(
                    parts=(c.Instalment(share=1_000, due_days=0), c.Instalment(share=9_000, due_days=1))
                ),
            },
        ),
    ],
)
def test_a_listing_with_earnest_money_stands_within_its_bounds(
    expected: str, mode: str, fields: dict[str, Any]
) -> None:
    scene = Scene()
    seller = scene.party()
    assert code(scene.submit(seller, scene.right(seller), mode, **fields)) == expected


def test_a_first_instalment_that_the_earnest_money_covers_takes_no_line() -> None:
    parts = (c.Instalment(share=2_000, due_days=0), c.Instalment(share=8_000, due_days=30))
    scene = Sold(consideration=c.Instalments(parts=parts))
    scene.pay_earnest()
    cited = scene.by(scene.buyer, c.FundDeal(deal_id="D-1", statement_line=scene.line))
    assert code(cited) == "MALFORMED"
    assert code(scene.by(scene.buyer, c.FundDeal(deal_id="D-1", statement_line=""))) == ""
    assert scene.lies("D-1", "escrow") == EARNEST
    scene.register("D-1")
    scene.whole()


def test_the_events_say_what_was_paid_lost_and_owed() -> None:
    scene = Sold()
    scene.pay_earnest()
    dispute(scene, "D-1")
    scene.find_default(scene.seller)
    events = [event for outcome in scene.outcomes for event in outcome.events]
    assert [event.amount for event in events if isinstance(event, EarnestPaid)] == [EARNEST]
    (defaulted,) = [event for event in events if isinstance(event, DealDefaulted)]
    assert (defaulted.party_id, defaulted.forfeited, defaulted.earnest) == (scene.seller, 0, EARNEST)


def test_an_earlier_engine_knows_no_earnest_money() -> None:
    class Earlier(Scene):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))

    scene = Earlier()
    seller = scene.party()
    assert code(scene.submit(seller, scene.right(seller), "competitive", earnest=100)) == "MALFORMED"
