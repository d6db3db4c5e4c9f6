"""Holds: pending, then posted, voided or expired once; the pending ones of an account are its whole balance."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.events import HoldChanged
from exchange.money import holds
from exchange.money.holds import HOLD_TRANSITIONS, change_hold
from exchange.money.payments import PAYMENT_TRANSITIONS, change_payment
from exchange.rules.rule import Refusal
from exchange.state import State
from exchange.turn import EngineFault, Turn
from tests.exchange.continuous_rule_cases import PROFILE, floor, order
from tests.exchange.invariants import Watcher, deposits_are_held, holds_are_what_accounts_hold
from tests.exchange.scene import Scene

PRICE, DEPOSIT = 100_000_00, 10_000_00
STATES = {state for state, _ in HOLD_TRANSITIONS} | set(HOLD_TRANSITIONS.values())
EVENTS = {event for _, event in HOLD_TRANSITIONS}
PAYMENT_STATES = {state for state, _ in PAYMENT_TRANSITIONS} | set(PAYMENT_TRANSITIONS.values())
PAYMENT_EVENTS = {event for _, event in PAYMENT_TRANSITIONS}


def ended(scene: Scene) -> dict[str, tuple[str, int, int]]:
    """Every hold that has ended: its state, what of it was posted, what given back."""
    found: dict[str, tuple[str, int, int]] = {}
    moved: dict[str, tuple[int, int]] = {}
    for outcome in scene.outcomes:
        for event in outcome.events:
            if not isinstance(event, HoldChanged):
                continue
            assert event.hold_id not in found, "a hold that has ended has changed"
            before = moved.get(event.hold_id, (0, 0))
            moved[event.hold_id] = before[0] + event.posted, before[1] + event.voided
            if event.new != "PENDING":
                found[event.hold_id] = (event.new, *moved[event.hold_id])
    return found


def turn_of(scene: Scene) -> Turn:
    return Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))


def bidding(*bidders: int, **fields: Any) -> tuple[Scene, str, list[str]]:
    """A competitive listing with bidders that bid so much above the price."""
    scene = Scene()
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=DEPOSIT, **fields)
    parties = []
    for above in bidders:
        party = scene.party()
        scene.credit(party, 2 * PRICE)
        scene.bidder(listing, party)
        scene.bid(listing, party, PRICE + above)
        parties.append(party)
    return scene, listing, parties


# --- the tables


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("state", sorted(STATES))
def test_a_hold_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene, _, _ = bidding(0)
    (hold,) = scene.state.holds.values()
    hold.state = state
    turn = turn_of(scene)
    if (state, event) in HOLD_TRANSITIONS:
        change_hold(turn, hold, event, amount=0)
        assert hold.state == HOLD_TRANSITIONS[state, event]
        assert (hold.id in scene.state.holds) == (hold.state == "PENDING")
        assert (hold.ended_ms is None) == (hold.state == "PENDING")
    else:
        with pytest.raises(Refusal) as refusal:
            change_hold(turn, hold, event, amount=0)
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (hold.state, turn.events) == (state, [])


def test_no_hold_leaves_an_end() -> None:
    ends = {"POSTED", "VOIDED", "EXPIRED"}
    assert not {state for state, _ in HOLD_TRANSITIONS} & ends
    assert ends <= set(HOLD_TRANSITIONS.values())


@pytest.mark.parametrize("event", sorted(PAYMENT_EVENTS))
@pytest.mark.parametrize("state", sorted(PAYMENT_STATES))
def test_a_payment_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Scene()
    party = scene.party()
    scene.credit(party, 300)
    terms = c.WithdrawalTerms(currency="CNY", amount=300)
    scene.by(party, c.RequestWithdrawal(), terms=terms)
    payment = scene.state.payments["PAY-1"]
    payment.state = state
    turn = turn_of(scene)
    if (state, event) in PAYMENT_TRANSITIONS:
        change_payment(turn, payment, event, "test")
        assert payment.state == PAYMENT_TRANSITIONS[state, event]
        assert bool(scene.state.holds) == (payment.state not in {"PAID", "REFUSED"})
    else:
        with pytest.raises(Refusal) as refusal:
            change_payment(turn, payment, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (payment.state, turn.events) == (state, [])


def test_what_was_posted_or_given_back_is_not_posted_or_given_back_again() -> None:
    scene, listing, (party,) = bidding(0)
    turn = turn_of(scene)
    holds.give_back(turn, listing, party, "CNY", DEPOSIT, "deposit_return")
    with pytest.raises(EngineFault):
        holds.end(turn, listing, party, "void", DEPOSIT)
    with pytest.raises(EngineFault):
        holds.end(turn, listing, party, "void", DEPOSIT, DEPOSIT)


# --- each kind of hold, to each of its ends


def test_losers_deposits_are_void_and_the_winners_is_posted_to_escrow() -> None:
    scene, _, _ = bidding(0, 5_00)
    scene.wait(11 * MS_PER_DAY)
    scene.wait(30 * MS_PER_DAY)
    assert ended(scene) == {"H-1": ("VOIDED", 0, DEPOSIT)}
    assert scene.state.holds["H-2"].subject_id == "D-1"
    scene.sign("D-1")
    scene.fund("D-1")
    assert ended(scene)["H-2"] == ("POSTED", DEPOSIT, 0)
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_a_deposit_expires_with_its_listing_and_is_void_when_its_bidder_leaves() -> None:
    scene, listing, (_, other) = bidding(0, 0)
    scene.by(other, c.LeaveListing(listing_id=listing))
    scene.wait(11 * MS_PER_DAY)
    scene.wait(30 * MS_PER_DAY)
    assert ended(scene) == {"H-2": ("VOIDED", 0, DEPOSIT), "H-1": ("EXPIRED", 0, DEPOSIT)}


def test_a_defaulting_winners_deposit_is_posted_to_the_seller() -> None:
    scene, listing, _ = bidding(0, 5_00)
    scene.wait(11 * MS_PER_DAY)
    scene.wait(30 * MS_PER_DAY)
    seller = scene.state.listings[listing].seller
    scene.signature("D-1", seller)
    scene.wait(30 * MS_PER_DAY)
    assert ended(scene)["H-2"] == ("POSTED", DEPOSIT, 0)
    assert scene.state.accounts[f"{seller}/available/CNY"].balance == DEPOSIT


def test_of_a_price_held_only_what_is_due_is_posted_and_a_deal_that_is_not_signed_gives_it_back() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    assert scene.state.holds["H-1"].sort == "price"
    scene.wait(30 * MS_PER_DAY)
    assert ended(scene) == {"H-1": ("EXPIRED", 0, PRICE)}
    scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.operator(c.UnwindDeal(deal_id="D-2", ground="mutual"))
    assert ended(scene)["H-2"] == ("VOIDED", 0, PRICE)


@pytest.mark.not_replayed("a hold is made larger behind the engine's back")
def test_a_part_is_posted_and_the_rest_given_back_in_one_turn() -> None:
    parts = c.Instalments(
        parts=(c.Instalment(share=2_000, due_days=0), c.Instalment(share=8_000, due_days=30))
    )
    scene, _, (buyer,) = bidding(0, consideration=parts)
    (hold,) = scene.state.holds.values()
    scene.wait(11 * MS_PER_DAY)
    scene.by(scene.state.listings["L-1"].seller, c.AcceptBid(bid_id="B-1"))
    deal = scene.state.deals["D-1"]
    deal.deposit = hold.amount = 25_000_00
    scene.state.accounts[f"{buyer}/deposit/CNY"].balance += 15_000_00
    scene.state.accounts[f"{buyer}/available/CNY"].balance -= 15_000_00
    scene.sign("D-1")
    scene.fund("D-1")
    assert ended(scene)[hold.id] == ("POSTED", 20_000_00, 5_000_00)


def test_an_orders_hold_gives_each_deal_its_part_and_is_void_for_what_is_left() -> None:
    scene = Scene(**PROFILE)
    seller, buyer, listing = floor(scene)
    order(scene, listing, seller, "sell", 90_00, 2)
    order(scene, listing, buyer, "buy", 100_00, 5)
    resting = scene.state.holds["H-1"]
    assert (resting.amount, resting.posted, resting.voided) == (300_00, 180_00, 20_00)
    assert (scene.state.holds["H-2"].subject_id, scene.state.holds["H-2"].amount) == ("D-1", 180_00)
    scene.by(buyer, c.CancelOrders(listing_id=listing))
    assert ended(scene) == {"H-1": ("POSTED", 180_00, 320_00)}
    expires = scene.now + MS_PER_HOUR
    order(scene, listing, buyer, "buy", 80_00, 1, time_in_force="good_till_date", expires_ms=expires)
    scene.wait(2 * MS_PER_HOUR)
    assert ended(scene)["H-3"] == ("EXPIRED", 0, 80_00)
    holds_are_what_accounts_hold(scene.state)


def test_a_payment_is_one_hold_posted_when_the_bank_pays_and_void_when_it_refuses() -> None:
    scene = Scene()
    party = scene.party()
    scene.credit(party, 300)
    for number in (1, 2):
        terms = c.WithdrawalTerms(currency="CNY", amount=100)
        scene.by(party, c.RequestWithdrawal(), terms=terms)
        scene.approve_payment(f"PAY-{number}", 0)
        scene.approve_payment(f"PAY-{number}", 1)
    scene.pay("PAY-1")
    scene.service(c.RefusePayment(payment_id="PAY-2", reason_code="AC04"))
    assert ended(scene) == {"H-1": ("POSTED", 100, 0), "H-2": ("VOIDED", 0, 100)}


# --- what stood before there were holds


class EarlierScene(Scene):
    """A venue under engine version 2."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))


def test_what_an_earlier_engine_has_held_becomes_holds_with_the_version_and_no_money_moves() -> None:
    scene = EarlierScene()
    seller, bidder, buyer = scene.party(), scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=DEPOSIT)
    scene.credit(bidder, PRICE)
    scene.bidder(listing, bidder)
    scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.by(bidder, c.RequestWithdrawal(), terms=c.WithdrawalTerms(currency="CNY", amount=7))
    assert not scene.state.holds
    before = {row.id: row.balance for row in scene.state.accounts.values()}
    scene.give(c.ActivateVersion(schema=1, engine=3, rulebook=1))
    assert {row.id: row.balance for row in scene.state.accounts.values()} == before
    found = {(row.sort, row.subject_id, row.party_id): row.amount for row in scene.state.holds.values()}
    assert found == {
        ("bid_deposit", listing, bidder): DEPOSIT,
        ("price", "D-1", buyer): PRICE,
        ("payment", "PAY-1", bidder): 7,
    }
    holds_are_what_accounts_hold(scene.state)
    deposits_are_held(scene.state)
    scene.by(bidder, c.LeaveListing(listing_id=listing))
    assert ended(scene) == {"H-1": ("VOIDED", 0, DEPOSIT)}
    loaded = State()
    loaded.load([(row.kind, canonical.encode(row)) for row in scene.state.each_row()])
    assert loaded.state_hash() == scene.state.state_hash() == scene.replay().state.state_hash()
    assert loaded.hold_of == scene.state.hold_of


def test_a_watched_run_of_every_kind_of_hold_ends_each_once() -> None:
    scene, _, _ = bidding(0, 5_00)
    watcher = Watcher()
    for request, outcome in zip(scene.requests, scene.outcomes, strict=True):
        watcher.holds_end_once(request, outcome)
    assert set(watcher.pending) == {"H-1", "H-2"}
