"""A halt of trading: two operators, nothing of the market moves, and all that is agreed goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.engine import Engine
from exchange.events import DeadlineFired, TradingHalted, TradingResumed
from exchange.rows import TRADING_CLOCKS
from exchange.rules import steps
from exchange.rules.rule import Step
from exchange.rules.trading_halts import MARKET
from exchange.state import State
from exchange.trading_halts import SIGNATURE_COUNTS_MS
from exchange.turn import EngineFault, Outcome
from tests.exchange.halt_rule_cases import REASON, halt, resume
from tests.exchange.outcomes import code
from tests.exchange.random_day import Dice
from tests.exchange.rule_cases import competitive, posted
from tests.exchange.scene import OPERATORS, Scene
from tests.exchange.test_defaults import Awarded
from tests.exchange.watched_day import WatchedDay

LONG_MS = 40 * MS_PER_DAY
ON_THE_WAY: tuple[Step, ...] = ("list", "approve", "bid", "award", "sign")
GOES_ON = {
    *("withdraw_listing", "reject_listing", "withdraw_bid", "leave_listing", "cancel_order", "cancel_orders"),
    *("refuse_proposal", "withdraw_offer", "qualify_bidder"),
    *("consent_to_deal", "consent_to_listing", "lodge_co_owner_consent"),
    *("object_to_listing", "withdraw_objection", "decide_objection"),
    *("post_need", "amend_need", "withdraw_need", "fulfil_need"),
    *("give_refusal_notice", "waive_refusal", "exercise_refusal"),
    *("choose_deal_key", "sign_deal", "sign_agreement", "cancel_deal"),
    *("report_party_message", "report_chain_record"),
}
"""What takes back, what consents or objects, what belongs to a deal that is agreed, and what the chain says."""
SEEDS = range(6)
STEPS = 400


class ThirdEngine(Scene):
    """A venue that has activated the third engine only."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=3, rulebook=1))


def loaded(scene: Scene) -> State:
    """The state as a load from the tables gives it."""
    state = State()
    state.load((row.kind, msgspec.json.encode(row)) for row in scene.state.each_row())
    return state


def left_of(scene: Scene) -> dict[str, int]:
    """What every clock has left, by its id (ms)."""
    return {row.id: row.due_ms - scene.now for row in scene.state.deadlines.values()}


def test_one_operator_stops_nothing_and_its_signature_counts_for_an_hour() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    assert halt(scene, by=(0,)).result == {"state": "SIGNED-ONCE"}
    assert code(scene.submit(seller, right)) == ""
    scene.wait(SIGNATURE_COUNTS_MS)
    assert halt(scene, by=(1,)).result == {"state": "SIGNED-ONCE"}, "the first one counts no more"
    scene.wait(SIGNATURE_COUNTS_MS - MS_PER_HOUR // 2)
    assert halt(scene, by=(0,)).result["state"] == "HALTED"
    assert scene.state.venue.trading_halt.operators == (OPERATORS[1], OPERATORS[0])
    assert not scene.state.venue.first_approvals
    assert not [row for row in scene.state.deadlines.values() if row.what == "halt_signature_end"]


def test_two_operators_who_name_different_grounds_have_not_agreed() -> None:
    scene = Scene()
    halt(scene, "technical_fault", by=(0,))
    assert halt(scene, "authority_order", by=(1,)).result == {"state": "SIGNED-ONCE"}
    assert halt(scene, "technical_fault", by=(1,)).result == {"halt_id": "TH-1", "state": "HALTED"}
    (event,) = scene.outcomes[-1].events
    assert event == TradingHalted(halt_id="TH-1", ground="technical_fault", operators=OPERATORS)
    resume(scene)
    assert halt(scene, "authority_order", by=(0,)).result == {"state": "SIGNED-ONCE"}, "nothing is left over"


def test_neither_a_party_nor_the_service_halts_or_resumes() -> None:
    scene = Scene()
    party = scene.party()
    for command in (
        c.HaltTrading(ground="technical_fault", erasable=REASON),
        c.ResumeTrading(erasable=REASON),
    ):
        assert code(scene.by(party, command)) == "NOT-PERMITTED"
        assert code(scene.service(command)) == "NOT-PERMITTED"
        assert code(scene.give(command)) == "NOT-PERMITTED"


def test_engine_three_knows_no_halt() -> None:
    scene = ThirdEngine()
    assert code(halt(scene, by=(0,))) == "MALFORMED"
    assert code(resume(scene, by=(0,))) == "WRONG-STATE"


def test_each_command_on_the_way_to_a_deal_stands_still_or_goes_on_by_a_decision() -> None:
    on_the_way = {tag for step in ON_THE_WAY for tag in steps.COMMANDS[step]}
    assert on_the_way == MARKET | GOES_ON
    assert not MARKET & GOES_ON


def test_nothing_is_listed_or_accepted_and_what_is_agreed_is_settled_and_what_is_taken_back_ends() -> None:
    scene = Scene()
    seller, buyer, listing = posted(scene)
    scene.credit(buyer, 200_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    other = scene.listing(seller, scene.right(seller))
    halt(scene)
    before = scene.state.state_hash()
    assert code(scene.submit(seller, scene.state.listings[other].right_id)) == "TRADING-HALTED"
    assert code(scene.accept(other, buyer)) == "TRADING-HALTED"
    assert scene.state.state_hash() == before
    scene.sign(deal)
    assert code(scene.fund(deal)) == ""
    assert code(scene.file(deal)) == ""
    assert code(scene.confirm(deal)) == ""
    assert scene.state.deals[deal].state == "REGISTERED"
    for payment in [each for each in scene.state.payments if scene.state.payments[each].deal_id == deal]:
        assert code(scene.pay(payment)) == ""
    assert scene.state.deals[deal].state == "SETTLED"
    assert code(scene.by(seller, c.WithdrawListing(listing_id=other))) == ""


def test_a_close_waits_for_the_resumption_and_bidders_have_the_time_that_was_left() -> None:
    scene = Scene()
    _, bidder, listing = competitive(scene)
    scene.wait(9 * MS_PER_DAY)
    halt(scene)
    closes_ms, halted_ms = scene.state.listings[listing].closes_ms, scene.now
    scene.wait(LONG_MS)
    assert scene.state.listings[listing].state == "OPEN"
    assert code(scene.bid(listing, bidder, 100_000_00)) == "TRADING-HALTED"
    resume(scene)
    (event,) = scene.outcomes[-1].events
    assert event == TradingResumed(
        halt_id="TH-1",
        since_ms=halted_ms,
        operators=OPERATORS,
        moved=(f"listing_close:{listing}", f"registration_close:{listing}"),
    )
    assert scene.state.listings[listing].closes_ms == closes_ms + scene.now - halted_ms
    assert code(scene.bid(listing, bidder, 100_000_00)) == ""
    scene.wait(MS_PER_DAY)
    assert scene.state.listings[listing].state == "NEGOTIATE"
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_what_protects_the_parties_of_a_deal_runs_on_through_a_halt() -> None:
    scene = Scene()
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    halt(scene)
    scene.wait(LONG_MS)
    fired = {
        event.deadline_id.partition(":")[0]
        for outcome in scene.outcomes
        for event in outcome.events
        if isinstance(event, DeadlineFired)
    }
    assert "sign_by" in fired
    assert not fired & TRADING_CLOCKS
    assert scene.state.deals[deal].state not in {"AWARDED", "SIGNING"}


def test_an_award_that_a_default_offers_meanwhile_has_its_whole_time_after_the_resumption() -> None:
    scene = Awarded()
    halt(scene)
    scene.default_of_deal()
    until_ms, offered_ms = scene.row.award_offered_until_ms, scene.now
    assert code(scene.take(1)) == code(scene.decline(1)) == "TRADING-HALTED"
    scene.wait(LONG_MS)
    resume(scene)
    assert scene.row.award_offered_until_ms == until_ms + scene.now - offered_ms
    assert code(scene.take(1)) == ""


HOW_LONG = st.integers(0, 5 * MS_PER_DAY)
ORDERS = (
    ("halt", "resume", "freeze", "lift"),
    ("halt", "freeze", "resume", "lift"),
    ("halt", "freeze", "lift", "resume"),
    ("freeze", "halt", "resume", "lift"),
    ("freeze", "halt", "lift", "resume"),
    ("freeze", "lift", "halt", "resume"),
)
"""Every order in which a halt and a suspension can begin and end."""


def stood_still_ms(at: dict[str, int]) -> int:
    """How long a halt or a suspension lasted, or both."""
    halted, frozen = at["resume"] - at["halt"], at["lift"] - at["freeze"]
    both = min(at["resume"], at["lift"]) - max(at["halt"], at["freeze"])
    return halted + frozen - max(both, 0)


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=20, deadline=None)
@given(waits=st.lists(HOW_LONG, min_size=4, max_size=4))
def test_a_halt_and_a_suspension_together_take_no_time_and_give_none(
    order: tuple[str, ...], waits: list[int]
) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, closes_ms=scene.now + 90 * MS_PER_DAY)
    due_ms = scene.state.deadlines[f"listing_close:{listing}"].due_ms
    acts: dict[str, Callable[[], Outcome]] = {
        "halt": lambda: halt(scene),
        "resume": lambda: resume(scene),
        "freeze": lambda: scene.copy(right, seller, freeze="dispute"),
        "lift": lambda: scene.copy(right, seller),
    }
    at: dict[str, int] = {}
    for act, wait_ms in zip(order, waits, strict=True):
        scene.wait(wait_ms)
        assert code(acts[act]()) == ""
        at[act] = scene.now
    assert scene.state.listings[listing].state == "OPEN"
    assert scene.state.deadlines[f"listing_close:{listing}"].due_ms == due_ms + stood_still_ms(at)
    assert scene.state.listings[listing].closes_ms == due_ms + stood_still_ms(at)


@pytest.mark.parametrize("ground", get_args(c.HaltGround))
def test_load_replay_and_the_running_engine_agree_while_halted_and_after(ground: c.HaltGround) -> None:
    scene = Scene()
    _, bidder, listing = competitive(scene)
    halt(scene, ground)
    scene.wait(LONG_MS)
    again = Engine(loaded(scene))
    again.last_time_ms = scene.engine.last_time_ms
    assert again.due_at() == scene.engine.due_at(), "nothing that stands still is due after a load either"
    assert again.state.state_hash() == scene.state.state_hash() == scene.replay().state.state_hash()
    scene.engine = again
    resume(scene)
    assert code(scene.bid(listing, bidder, 100_000_00)) == ""
    assert scene.engine.due_at() == min(row.due_ms for row in scene.state.deadlines.values())
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_an_outage_within_a_halt_is_given_back_once() -> None:
    scene = Scene()
    _, _, listing = competitive(scene)
    halt(scene)
    before = left_of(scene)[f"registration_close:{listing}"] - 1
    since_ms = scene.now
    scene.now += LONG_MS
    command = c.Outage(since_ms=since_ms, until_ms=scene.now)
    outcome = scene._apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=command))
    assert outcome.events[0].moved == ()  # type: ignore[union-attr]  # it is an OutageRecorded
    resume(scene)
    assert abs(left_of(scene)[f"registration_close:{listing}"] - before) <= 2


def test_what_stands_still_is_no_reason_to_refuse_a_later_command() -> None:
    scene = Scene()
    competitive(scene)
    halt(scene)
    scene.now += LONG_MS
    try:
        scene.party()
    except EngineFault as fault:
        pytest.fail(str(fault))


class HaltedDay(WatchedDay):
    """A random day on which trading is halted and resumed again and again."""

    def __init__(self, seed: int) -> None:
        self.halt_dice = Dice(seed + 5 * 10**6)
        self.halts = 0
        super().__init__(seed)

    def step(self) -> None:
        is_halted = self.state.venue.trading_halt is not UNSET
        if self.halt_dice.chance(15 if is_halted else 2):
            answer = resume(self) if is_halted else halt(self)
            assert code(answer) == ""
            self.halts += not is_halted
        super().step()


@pytest.mark.parametrize("seed", SEEDS)
def test_on_a_random_day_with_halts_no_clock_of_the_market_fires_in_one_and_every_promise_is_kept(
    seed: int,
) -> None:
    day = HaltedDay(seed)
    for _ in range(STEPS):
        day.step()
    assert day.halts
    is_halted = False
    for outcome in day.outcomes:
        for event in outcome.events:
            if isinstance(event, TradingHalted | TradingResumed):
                is_halted = isinstance(event, TradingHalted)
            elif isinstance(event, DeadlineFired) and is_halted:
                assert event.deadline_id.partition(":")[0] not in TRADING_CLOCKS
    assert day.replay().state.rows == day.state.rows
