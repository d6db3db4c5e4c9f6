"""Every pair of state and event is taken or refused, for listings, bids, orders, needs, deals, payments and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from exchange import onboarding
from exchange.calendar import MS_PER_DAY
from exchange.deals import acceptances, steps
from exchange.deals.acceptances import OFFER_TRANSITIONS
from exchange.demand import needs
from exchange.listings import bid_life, life, order_life
from exchange.listings.objection_life import OBJECTION_TRANSITIONS, change_objection
from exchange.rules.rule import Refusal
from exchange.transitions import take_step
from exchange.turn import Outcome, Turn
from tests.exchange import continuous_rule_cases, encumbering, refusing
from tests.exchange.scene import Scene, digest
from tests.exchange.test_continuous_states import CONTINUOUS
from tests.exchange.test_offers import Shop

Table = dict[str, dict[str, str]]
"""State to event to what follows: a state, or in lower case with hyphens the code of the rule that bars it."""


def check(scene: Scene, row: Any, outcome: Outcome, hash_before: str, expected: str) -> None:
    """A state that follows, or the rule's code: then nothing has changed."""
    if expected.isupper() and "-" in expected:
        assert outcome.refusal is not None, f"taken instead of {expected}"
        assert outcome.refusal.code == expected
        assert outcome.events == ()
        assert scene.state.state_hash() == hash_before
    else:
        assert outcome.refusal is None, outcome.refusal
        assert row.state == expected


# --- the tables themselves

LISTING_STATES = {state for state, _ in life.TRANSITIONS} | set(life.TRANSITIONS.values())
LISTING_EVENTS = {event for _, event in life.TRANSITIONS}
PROPOSAL_STATES = {state for state, _ in life.PROPOSAL_TRANSITIONS} | set(life.PROPOSAL_TRANSITIONS.values())
ORDER_STATES = {state for state, _ in order_life.ORDER_TRANSITIONS} | set(
    order_life.ORDER_TRANSITIONS.values()
)
ORDER_EVENTS = {event for _, event in order_life.ORDER_TRANSITIONS}
PROPOSAL_EVENTS = {event for _, event in life.PROPOSAL_TRANSITIONS}
DEAL_TABLES = {"assignment": steps.ASSIGNMENT, "licence": steps.LICENCE, "delivery": steps.DELIVERY}
DEAL_EVENTS = {event for table in DEAL_TABLES.values() for _, event in table}


@pytest.mark.parametrize("event", sorted(PROPOSAL_EVENTS))
@pytest.mark.parametrize("state", sorted(PROPOSAL_STATES))
def test_a_proposal_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "negotiated")
    proposal = scene.state.proposals[scene.propose(listing, buyer, 1_000).result["proposal_id"]]
    proposal.state = state
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    if (state, event) in life.PROPOSAL_TRANSITIONS:
        life.change_proposal(turn, proposal, event, "test")
        assert proposal.state == life.PROPOSAL_TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            life.change_proposal(turn, proposal, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (proposal.state, turn.events) == (state, [])


@pytest.mark.parametrize("event", sorted(ORDER_EVENTS))
@pytest.mark.parametrize("state", sorted(ORDER_STATES))
def test_an_order_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Scene(profile="hong-kong")
    _, buyer, listing = continuous_rule_cases.floor(scene)
    outcome = continuous_rule_cases.order(scene, listing, buyer, "buy", 90_00, 2)
    order = scene.state.orders[outcome.result["order_id"]]
    order.state = state
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    if (state, event) in order_life.ORDER_TRANSITIONS:
        order_life.change_order(turn, order, event, "test")
        assert order.state == order_life.ORDER_TRANSITIONS[state, event]
        ended = order.state not in order_life.RESTING
        assert (order.id not in scene.state.orders, order.held == 0) == (ended, ended)
    else:
        with pytest.raises(Refusal) as refusal:
            order_life.change_order(turn, order, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (order.state, turn.events) == (state, [])


BID_STATES = {state for state, _ in bid_life.BID_TRANSITIONS} | set(bid_life.BID_TRANSITIONS.values())
BID_EVENTS = {event for _, event in bid_life.BID_TRANSITIONS}


@pytest.mark.parametrize("event", sorted(BID_EVENTS - {"amend"}))
@pytest.mark.parametrize("state", sorted(BID_STATES))
def test_a_bid_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Scene()
    seller, bidder = scene.party(), scene.party()
    scene.credit(bidder, 1_000_00)
    if state == "SEALED":
        listing = scene.listing(seller, scene.right(seller), "sealed", deposit=1_000_00, reveal_ms=MS_PER_DAY)
        scene.bidder(listing, bidder)
        scene.seal(listing, bidder, 100_000_00)
    else:
        listing = scene.listing(seller, scene.right(seller), "competitive")
        scene.bidder(listing, bidder)
        scene.bid(listing, bidder, 100_000_00)
    bid = scene.state.bids["B-1"]
    if state not in {"LIVE", "SEALED"}:
        scene.state.book(listing).remove(bid.id)
    bid.state = state
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    if (state, event) in bid_life.BID_TRANSITIONS:
        bid_life.change_bid(turn, bid, event, "test")
        assert bid.state == bid_life.BID_TRANSITIONS[state, event]
        assert life.standing_bid(scene.state, scene.state.listings[listing], bidder) == (
            bid if bid.state == "REVEALED" else None
        )
    else:
        with pytest.raises(Refusal) as refusal:
            bid_life.change_bid(turn, bid, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (bid.state, turn.events) == (state, [])


def test_a_bid_is_amended_only_while_it_lives_and_every_other_state_has_an_end() -> None:
    table = bid_life.BID_TRANSITIONS
    assert {state for state, event in table if event == "amend"} == {"LIVE"}
    for state in BID_STATES - {"LIVE", "SEALED", "REVEALED"}:
        ways = {event for each, event in table if each == state}
        assert ways <= {"take", "default", "give_way"}, "an ended bid binds only by a new acceptance"
    assert not {state for state, _ in table} & {"WITHDRAWN", "LAPSED", "VOID", "FORFEIT"}


OFFER_STATES = {state for state, _ in OFFER_TRANSITIONS} | set(OFFER_TRANSITIONS.values())
OFFER_STEPS: dict[str, Callable[[Turn, Any], object]] = {
    "end": lambda turn, offer: acceptances.end(turn, offer, "test"),
    "withdraw_offer": lambda turn, offer: acceptances.begin_withdrawal(turn, offer, "0x"),
    "withdrawn": lambda turn, offer: acceptances.complete_withdrawal(turn, offer.id),
    "sign": lambda _, offer: take_step(OFFER_TRANSITIONS, offer, "sign"),
}


@pytest.mark.parametrize("event", sorted(OFFER_STEPS))
@pytest.mark.parametrize("state", sorted(OFFER_STATES))
def test_an_offer_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    assert set(OFFER_STEPS) == {each for _, each in OFFER_TRANSITIONS}
    shop = Shop()
    offer = shop.offer
    offer.state = state
    turn = Turn(
        shop.scene.state, c.Request(time_ms=shop.scene.now, actor="venue", signer="", command=c.Tick())
    )
    if (state, event) in OFFER_TRANSITIONS:
        OFFER_STEPS[event](turn, offer)
        assert offer.state == OFFER_TRANSITIONS[state, event]
    elif event == "withdrawn":
        # Asked whenever a deal waits no more, whether or not the offer is being withdrawn.
        OFFER_STEPS[event](turn, offer)
        assert (offer.state, turn.events) == (state, [])
    else:
        with pytest.raises(Refusal) as refusal:
            OFFER_STEPS[event](turn, offer)
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (offer.state, turn.events) == (state, [])


NEED_STATES = {state for state, _ in needs.TRANSITIONS} | set(needs.TRANSITIONS.values())
NEED_COMMANDS: dict[str, Callable[[Scene, str], object]] = {
    "amend": lambda scene, _: scene.need("P-2", "TN-1", classes=("A61K",)),
    "fulfil": lambda scene, deal: scene.by("P-2", c.FulfilNeed(need_id="TN-1", deal_id=deal)),
    "withdraw": lambda scene, _: scene.by("P-2", c.WithdrawNeed(need_id="TN-1")),
    "expire": lambda scene, _: scene.wait(30 * MS_PER_DAY),
}
WAY_TO_NEED = {"OPEN": "", "FULFILLED": "fulfil", "WITHDRAWN": "withdraw", "EXPIRED": "expire"}


@pytest.mark.parametrize("event", sorted(NEED_COMMANDS))
@pytest.mark.parametrize("state", sorted(NEED_STATES))
def test_a_need_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    assert set(NEED_COMMANDS) == {each for _, each in needs.TRANSITIONS}
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.need(buyer)
    if WAY_TO_NEED[state]:
        NEED_COMMANDS[WAY_TO_NEED[state]](scene, deal)
    need = scene.state.needs["TN-1"]
    assert need.state == state
    hash_before = scene.state.state_hash()
    if event == "expire":
        scene.wait(29 * MS_PER_DAY if state == "EXPIRED" else 30 * MS_PER_DAY - 1)
        scene.wait(1)
        assert need.state == needs.TRANSITIONS.get((state, "expire"), state)
    else:
        outcome: Any = NEED_COMMANDS[event](scene, deal)
        check(scene, need, outcome, hash_before, needs.TRANSITIONS.get((state, event), W))
    scene.replay()


@pytest.mark.parametrize("event", sorted({event for _, event in OBJECTION_TRANSITIONS}))
@pytest.mark.parametrize(
    "state", sorted({state for state, _ in OBJECTION_TRANSITIONS} | set(OBJECTION_TRANSITIONS.values()))
)
def test_an_objection_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Scene()
    university, objector = scene.party(category="university"), scene.party()
    listing = scene.listing(university, scene.right(university))
    objection = scene.state.objections[scene.object_to(listing, objector).result["objection_id"]]
    objection.state = state
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    if (state, event) in OBJECTION_TRANSITIONS:
        change_objection(turn, objection, event, "test")
        assert objection.state == OBJECTION_TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            change_objection(turn, objection, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (objection.state, turn.events) == (state, [])


@pytest.mark.parametrize("event", sorted(LISTING_EVENTS))
@pytest.mark.parametrize("state", sorted(LISTING_STATES))
def test_a_listing_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Scene()
    seller = scene.party()
    listing = scene.state.listings[scene.listing(seller, scene.right(seller))]
    listing.state = state
    request = c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick())
    turn = Turn(scene.state, request)
    if (state, event) in life.TRANSITIONS:
        life.move(turn, listing, event, "test")
        assert listing.state == life.TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            life.move(turn, listing, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (listing.state, turn.events) == (state, [])


@pytest.mark.parametrize("event", sorted(DEAL_EVENTS))
@pytest.mark.parametrize("kind", sorted(DEAL_TABLES))
def test_a_deal_takes_the_steps_of_its_table_and_no_other(kind: str, event: str) -> None:
    table = DEAL_TABLES[kind]
    scene, deal = deal_in("AWARDED", kind)
    request = c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick())
    for state in sorted({state for state, _ in table} | set(table.values())):
        deal.state = state
        turn = Turn(scene.state, request)
        if (state, event) in table:
            steps.advance(turn, deal, event, "test")
            assert deal.state == table[state, event]
        else:
            with pytest.raises(Refusal) as refusal:
                steps.advance(turn, deal, event, "test")
            assert refusal.value.rule.code == ("DEAL-DISPUTED" if state == "DISPUTED" else "WRONG-STATE")
            assert (deal.state, turn.events) == (state, [])


def test_no_listing_or_deal_leaves_an_end_and_every_other_state_has_a_way_to_one() -> None:
    tables: list[tuple[dict[tuple[str, str], str], frozenset[str]]] = [(life.TRANSITIONS, life.ENDED)]
    tables += [(table, steps.ENDED) for table in DEAL_TABLES.values()]
    for table, ends in tables:
        states = {state for state, _ in table} | set(table.values())
        assert not {state for state, event in table if event != "dispute"} & ends
        reaching = set(ends)
        for _ in states:
            reaching |= {state for (state, _), new in table.items() if new in reaching}
        assert reaching >= states


def test_an_unwinding_starts_only_before_registration_effect_or_delivery() -> None:
    for table, last in ((steps.ASSIGNMENT, "FUNDED"), (steps.LICENCE, "FUNDED"), (steps.DELIVERY, "FUNDED")):
        unwound = {state for state, event in table if event == "unwind"}
        assert last in unwound
        assert not unwound & {"REGISTERED", "DELIVERED", "SETTLED", "REFUNDED", "DISPUTED"}
    assert ("EFFECTIVE", "unwind") not in steps.LICENCE


# --- listings by real commands


def listing_in(state: str, mode: str) -> tuple[Scene, Any]:
    """A listing that real commands have brought into a state, with a seller P-1, a bidder P-2 and another P-3."""
    scene = Scene()
    fields: dict[str, Any] = _TENDERED if mode == "tender" else {}
    category = "university" if state in {"PUBLICITY", "HELD"} else "company"
    seller = scene.party(category=category)
    bidder, other = scene.party(), scene.party()
    for party in (bidder, other):
        scene.credit(party, 500_000_00)
    listing_id = scene.listing(seller, scene.right(seller), mode, approve=state != "SUBMITTED", **fields)
    listing = scene.state.listings[listing_id]
    if mode == "tender":
        _tender(scene, listing_id, state)
    elif mode == "competitive" and state not in {"SUBMITTED", "REJECTED", "WITHDRAWN"}:
        _bid(scene, listing_id, state)
    elif state in {"AWARDED", "SOLD"}:
        scene.accept(listing_id, bidder)
    if state == "SOLD":
        scene.sign("D-1")
        scene.fund("D-1")
        scene.register("D-1")
        scene.pay_all("D-1")
    if state == "SUSPENDED":
        scene.copy(listing.right_id, seller, freeze="dispute")
    _hold_or_lapse(scene, listing_id, state)
    if state == "WITHDRAWN":
        scene.by(seller, c.WithdrawListing(listing_id=listing_id))
    if state == "REJECTED":
        fresh = scene.listing(seller, scene.right(seller), mode, approve=False)
        scene.operator(c.RejectListing(listing_id=fresh))
        listing = scene.state.listings[fresh]
    assert listing.state == state
    return scene, listing


def _hold_or_lapse(scene: Scene, listing_id: str, state: str) -> None:
    if state == "HELD":
        scene.object_to(listing_id, "P-3")
    if state == "LAPSED":
        scene.wait(31 * MS_PER_DAY)


def _bid(scene: Scene, listing_id: str, state: str) -> None:
    scene.bidder(listing_id, "P-2")
    scene.bid(listing_id, "P-2", 100_000_00)
    if state in {"BIDDING", "REOFFERED"}:
        scene.bidder(listing_id, "P-3")
    if state == "REOFFERED":
        scene.wait(11 * MS_PER_DAY)
        scene.by("P-2", c.AmendBid(bid_id="B-1"), terms=c.BidTerms(price=120_000_00))
        scene.bid(listing_id, "P-3", 110_000_00)
        scene.wait(20 * MS_PER_DAY)
        scene.signature("D-1", "P-1")
        scene.wait(30 * MS_PER_DAY)
    if state in {"BIDDING", "NEGOTIATE", "AWARDED", "SOLD"}:
        scene.wait(11 * MS_PER_DAY)
    if state in {"AWARDED", "SOLD"}:
        scene.by("P-1", c.AcceptBid(bid_id="B-1"))


def _tender(scene: Scene, listing_id: str, state: str) -> None:
    """Three tenders, sealed and as far on their way as the state is; P-2's is B-1."""
    parties = ["P-2", "P-3", scene.party()]
    scene.credit(parties[2], 500_000_00)
    for party in parties:
        scene.bidder(listing_id, party)
        scene.seal(listing_id, party, 100_000_00, digest("document"))
    row = scene.state.listings[listing_id]
    scene.wait(row.registration_closes_ms - scene.now)
    if state == "BIDDING":
        return
    scene.wait(row.closes_ms - scene.now)
    if state == "SEALED":
        return
    scene.fixed(listing_id)
    if state == "EVALUATING":
        for bid_id in ("B-1", "B-2", "B-3"):
            scene.reveal(bid_id, 100_000_00, digest("document"))
        scene.wait(row.reveal_closes_ms - scene.now)


def _scores(scene: Scene, listing: Any) -> Outcome:
    """What a committee of five finds of the tenders that were opened."""
    points = {bid.id: {"track_record": 50} for bid in life.sealed_bids(scene.state, listing)}
    sheets = tuple(c.ScoreSheet(expert=digest(f"expert {each}"), points=points) for each in range(5))
    return scene.operator(c.RecordScores(listing_id=listing.id), terms=c.ScoreTerms(sheets=sheets))


LISTING_COMMANDS: dict[str, Callable[[Scene, Any], Outcome]] = {
    "object": lambda scene, row: scene.object_to(row.id, "P-2"),
    "uphold": lambda scene, _: scene.decide("OBJ-1", "upheld"),
    "dismiss": lambda scene, _: scene.decide("OBJ-1", "dismissed"),
    "take_back": lambda scene, _: scene.by("P-3", c.WithdrawObjection(objection_id="OBJ-1")),
    "take_anothers_back": lambda scene, _: scene.by("P-2", c.WithdrawObjection(objection_id="OBJ-1")),
    "approve": lambda scene, row: scene.operator(c.ApproveListing(listing_id=row.id)),
    "reject": lambda scene, row: scene.operator(c.RejectListing(listing_id=row.id)),
    "withdraw": lambda scene, row: scene.by("P-1", c.WithdrawListing(listing_id=row.id)),
    "register": lambda scene, row: scene.by("P-3", c.RegisterBidder(listing_id=row.id)),
    "qualify": lambda scene, row: scene.operator(c.QualifyBidder(listing_id=row.id, party_id="P-3")),
    "leave": lambda scene, row: scene.by("P-2", c.LeaveListing(listing_id=row.id)),
    "bid": lambda scene, row: scene.bid(row.id, "P-2", 120_000_00),
    "accept": lambda scene, row: scene.accept(row.id, "P-3"),
    "accept_bid": lambda scene, _: scene.by("P-1", c.AcceptBid(bid_id="B-1")),
    "take": lambda scene, row: scene.by("P-3", c.AcceptAward(listing_id=row.id)),
    "decline": lambda scene, row: scene.by("P-3", c.DeclineAward(listing_id=row.id)),
    "take_anothers": lambda scene, row: scene.by("P-2", c.AcceptAward(listing_id=row.id)),
    "seal": lambda scene, row: scene.seal(row.id, "P-3", 100_000_00, digest("document")),
    "withdraw_bid": lambda scene, _: scene.by("P-2", c.WithdrawBid(bid_id="B-1")),
    "fixed": lambda scene, row: scene.fixed(row.id),
    "not_fixed": lambda scene, row: scene.fixed(row.id, "refused"),
    "reveal": lambda scene, _: scene.reveal("B-1", 100_000_00, digest("document")),
    "score": _scores,
    "freeze": lambda scene, row: scene.copy(row.right_id, "P-1", freeze="dispute"),
    "clear": lambda scene, row: scene.copy(row.right_id, "P-1"),
}
W, U, Q, I = "WRONG-STATE", "UNKNOWN-ID", "NOT-QUALIFIED", "BID-IRREVOCABLE"  # noqa: E741 - columns of the tables
_ENDED = {"approve": W, "reject": W, "withdraw": W, "register": W, "accept_bid": U, "accept": W}
POSTED: Table = {
    "SUBMITTED": {"approve": "OPEN", "reject": "REJECTED", "withdraw": "WITHDRAWN", "accept": W, "freeze": "SUBMITTED"},
    "PUBLICITY": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "accept": W, "freeze": "SUSPENDED",
                  "object": "HELD", "uphold": U, "dismiss": U},
    "HELD": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "accept": W, "freeze": "HELD", "object": "HELD",
             "uphold": "REJECTED", "dismiss": "PUBLICITY", "take_back": "PUBLICITY", "take_anothers_back": "NOT-PERMITTED"},
    "OPEN": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "accept": "AWARDED", "freeze": "SUSPENDED",
             "object": W},
    "SUSPENDED": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "accept": W, "freeze": "SUSPENDED", "clear": "OPEN"},
    "AWARDED": {"approve": W, "reject": W, "withdraw": W, "accept": W, "freeze": "AWARDED", "clear": "AWARDED"},
    "SOLD": {**_ENDED, "withdraw": W},
    "LAPSED": {**_ENDED},
    "WITHDRAWN": {**_ENDED},
    "REJECTED": {**_ENDED},
}  # fmt: skip
COMPETITIVE: Table = {
    "SUBMITTED": {"approve": "OPEN", "reject": "REJECTED", "withdraw": "WITHDRAWN", "register": W, "leave": U, "bid": Q},
    "OPEN": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "register": "OPEN", "qualify": U, "leave": "OPEN",
             "bid": "BID-STANDS", "accept": W, "accept_bid": W, "freeze": "SUSPENDED"},
    "NEGOTIATE": {"approve": W, "withdraw": "WITHDRAWN", "register": W, "qualify": U, "leave": I, "bid": "BID-STANDS",
                  "accept_bid": "AWARDED", "freeze": "SUSPENDED"},
    "BIDDING": {"approve": W, "reject": W, "withdraw": W, "register": W, "qualify": W, "leave": I, "bid": "BID-STANDS",
                "accept_bid": W, "freeze": "SUSPENDED"},
    "SUSPENDED": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "register": W, "qualify": U, "leave": "SUSPENDED",
                  "bid": W, "accept_bid": W, "clear": "OPEN"},
    "AWARDED": {"approve": W, "withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W, "freeze": "AWARDED",
                "take": W, "decline": W},
    "REOFFERED": {"approve": W, "reject": W, "withdraw": W, "register": W, "leave": I, "bid": Q, "accept_bid": W,
                  "freeze": "REOFFERED", "take": "AWARDED", "decline": "LAPSED", "take_anothers": "NOT-PERMITTED"},
    "SOLD": {"approve": W, "withdraw": W, "leave": I, "accept_bid": W},
    "LAPSED": {"approve": W, "withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W},
    "WITHDRAWN": {**_ENDED, "leave": U, "bid": Q},
    "REJECTED": {**_ENDED, "leave": U, "bid": Q},
}  # fmt: skip
TENDER: Table = {
    "BIDDING": {"withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W, "seal": "BID-STANDS",
                "withdraw_bid": "BIDDING", "fixed": W, "not_fixed": W, "reveal": W, "score": W, "freeze": "SUSPENDED"},
    "SEALED": {"approve": W, "reject": W, "withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W, "seal": W,
               "withdraw_bid": I, "fixed": "REVEALING", "not_fixed": "LAPSED", "reveal": W, "score": W, "freeze": "SEALED"},
    "REVEALING": {"approve": W, "reject": W, "withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W, "seal": W,
                  "withdraw_bid": I, "fixed": W, "not_fixed": W, "reveal": "REVEALING", "score": W, "freeze": "REVEALING"},
    "EVALUATING": {"approve": W, "reject": W, "withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W,
                   "seal": W, "withdraw_bid": W, "fixed": W, "not_fixed": W, "reveal": W, "score": "AWARDED",
                   "freeze": "EVALUATING"},
}  # fmt: skip
_TENDERED: dict[str, Any] = {
    "deposit": 1_000_00,
    "reveal_ms": MS_PER_DAY,
    "criteria": (c.Criterion(code="price", weight=9_000), c.Criterion(code="track_record", weight=1_000)),
}
TABLES: dict[str, Table] = {"posted": POSTED, "competitive": COMPETITIVE, "tender": TENDER}


@pytest.mark.parametrize(
    ("mode", "state", "event"),
    [
        (mode, state, event)
        for mode, table in TABLES.items()
        for state, events in table.items()
        for event in events
    ],
)
def test_a_listings_command_is_taken_or_refused_by_name_in_every_state(
    mode: str, state: str, event: str
) -> None:
    expected = TABLES[mode][state][event]
    scene, listing = listing_in(state, mode)
    scene.wait(1)
    hash_before = scene.state.state_hash()
    outcome = LISTING_COMMANDS[event](scene, listing)
    check(scene, listing, outcome, hash_before, expected)
    scene.replay()


def test_every_listing_state_is_reached_by_real_commands() -> None:
    assert {*CONTINUOUS, *(state for table in TABLES.values() for state in table)} == LISTING_STATES


# --- bids


def bid_in(state: str) -> tuple[Scene, Any]:
    """A bid of P-2's, beside one of P-3's, that real commands have brought into a state."""
    scene = Scene()
    seller, bidder, other = (scene.party() for _ in range(3))
    listing = scene.listing(seller, scene.right(seller), "competitive")
    for party in (bidder, other):
        scene.bidder(listing, party)
    price = 120_000_00 if state == "WON" else 105_000_00
    scene.bid(listing, bidder, price)
    scene.bid(listing, other, 110_000_00)
    if state == "WITHDRAWN":
        scene.by(bidder, c.WithdrawBid(bid_id="B-1"))
    elif state == "LAPSED":
        scene.operator(c.RecordAffiliation(party_id=seller, affiliate_id=bidder))
    elif state != "LIVE":
        scene.wait(31 * MS_PER_DAY)
    bid = scene.state.bids["B-1"]
    assert bid.state == state
    return scene, bid


BID_COMMANDS: dict[str, Callable[[Scene], Outcome]] = {
    "raise": lambda scene: scene.by("P-2", c.AmendBid(bid_id="B-1"), terms=c.BidTerms(price=130_000_00)),
    "lower": lambda scene: scene.by("P-2", c.AmendBid(bid_id="B-1"), terms=c.BidTerms(price=100_000_00)),
    "withdraw": lambda scene: scene.by("P-2", c.WithdrawBid(bid_id="B-1")),
    "accept_bid": lambda scene: scene.by("P-1", c.AcceptBid(bid_id="B-1")),
}


@pytest.mark.parametrize("event", BID_COMMANDS)
@pytest.mark.parametrize("state", ["LIVE", "WITHDRAWN", "WON", "LOST", "LAPSED"])
def test_a_bid_moves_only_while_it_lives_and_registration_is_open(state: str, event: str) -> None:
    scene, bid = bid_in(state)
    hash_before = scene.state.state_hash()
    outcome = BID_COMMANDS[event](scene)
    expected = {
        "LIVE": {"raise": "LIVE", "lower": "LIVE", "withdraw": "WITHDRAWN"},
        "LAPSED": dict.fromkeys(("raise", "lower"), "AFFILIATE-MAY-NOT-BID"),
    }
    check(scene, bid, outcome, hash_before, expected.get(state, {}).get(event, W))


# --- deals by real commands

_KINDS: dict[str, dict[str, Any]] = {
    "assignment": {},
    "licence": {"deal_kind": "exclusive_licence"},
    "delivery": {},
}


def deal_in(state: str, kind: str) -> tuple[Scene, Any]:
    """Deal D-1 of seller P-1 and buyer P-2 that real commands have brought into a state."""
    scene = Scene()
    seller = scene.party()
    buyer = scene.party(jurisdiction="HK" if state == "CONDITIONAL" else "CN")
    facts: dict[str, Any] = {"service_invention": state in {"ROFR_PENDING", "REASSIGNED"}}
    if kind == "delivery":
        facts |= {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    right = scene.right(seller, **facts)
    if state == "CONDITIONAL":
        scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
        scene.document("letter_of_intent", right, party_id=buyer)
    completer = scene.party()
    if facts["service_invention"]:
        refusing.found(scene, right, completer)
    listing = scene.listing(seller, right, **_KINDS[kind])
    deal = scene.state.deals[scene.deal(listing, buyer)]
    if state in {"ROFR_PENDING", "REASSIGNED"}:
        refusing.notice(scene, deal.id)
    if state == "REASSIGNED":
        scene.credit(completer, deal.price)
        refusing.exercise(scene, deal.id, completer)
    if state == "REFUNDED":
        scene.operator(c.UnwindDeal(deal_id=deal.id, ground="mutual"))
    for step in _WAY[kind][: _WAY[kind].index(state) + 1] if state in _WAY[kind] else ():
        _STEPS[step](scene, deal)
    if state in {"CHAIN_REFUSED", "CONDITIONAL"}:
        _STEPS["SIGNED"](scene, deal)
        scene.chain(deal.id, "refused" if state == "CHAIN_REFUSED" else "final")
    if state == "DISPUTED":
        encumbering.dispute(scene, deal.id)
    assert deal.state == state
    return scene, deal


def _both_sign(scene: Scene, deal: Any) -> None:
    for party in (deal.seller, deal.buyer):
        scene.signature(deal.id, party)


def _delivered(scene: Scene, deal: Any) -> None:
    for party in (deal.seller, deal.buyer):
        scene.by(party, c.ConfirmDelivery(deal_id=deal.id, delivery_digest=digest("delivery")))


_STEPS: dict[str, Callable[[Scene, Any], object]] = {
    "SIGNED": _both_sign,
    "EFFECTIVE": lambda scene, deal: scene.chain(deal.id) if deal.state == "SIGNED" else scene.fund(deal.id),
    "WITNESSED": lambda scene, deal: scene.chain(deal.id),
    "FUNDED": lambda scene, deal: scene.fund(deal.id),
    "FILED": lambda scene, deal: scene.file(deal.id),
    "REGISTERED": lambda scene, deal: scene.confirm(deal.id),
    "DELIVERED": _delivered,
    "SETTLED": lambda scene, deal: scene.pay_all(deal.id),
}
_WAY = {
    "assignment": ["SIGNED", "EFFECTIVE", "FUNDED", "FILED", "REGISTERED", "SETTLED"],
    "licence": ["SIGNED", "WITNESSED", "EFFECTIVE", "SETTLED"],
    "delivery": ["SIGNED", "EFFECTIVE", "FUNDED", "DELIVERED", "SETTLED"],
}
DEAL_COMMANDS: dict[str, Callable[[Scene, Any], Outcome]] = {
    "sign": lambda scene, row: scene.signature(row.id, "P-1"),
    "final": lambda scene, row: scene.chain(row.id),
    "refused": lambda scene, row: scene.chain(row.id, "refused"),
    "fund": lambda scene, row: scene.fund(row.id),
    "file": lambda scene, row: scene.file(row.id),
    "confirm": lambda scene, row: scene.confirm(row.id),
    "refuse": lambda scene, row: scene.refuse(row.id),
    "deliver": lambda scene, row: scene.by(
        "P-1", c.ConfirmDelivery(deal_id=row.id, delivery_digest=digest("delivery"))
    ),
    "unwind": lambda scene, row: scene.operator(c.UnwindDeal(deal_id=row.id, ground="mutual")),
    "license": lambda scene, row: scene.document("export_licence", row.id),
    "notice": lambda scene, row: refusing.notice(scene, row.id),
    "waive": lambda scene, row: refusing.waive(scene, row.id, "P-3"),
    "exercise": lambda scene, row: refusing.exercise(scene, row.id, "P-3"),
}
P, D, N = "PROOF-DIFFERS", "DEAL-DISPUTED", "NOT-PERMITTED"
_UNREFUSED = {"notice": W, "waive": N, "exercise": N}
"""Nobody was given notice of it."""
_START = {
    "final": W,
    "refused": W,
    "fund": W,
    "file": W,
    "confirm": P,
    "refuse": P,
    "deliver": W,
    **_UNREFUSED,
}
_AWARDED = {**_START, "sign": "AWARDED", "unwind": "REFUNDED"}
_SIGNED = {**_START, "sign": W, "refused": "CHAIN_REFUSED", "unwind": "REFUNDED"}
_CONDITIONAL = {**_START, "sign": W, "unwind": "REFUNDED"}
_AGAIN = {**_START, "sign": "CHAIN_REFUSED", "unwind": "REFUNDED"}
_TO_FUND = {**_START, "sign": W, "unwind": "REFUNDED"}
_OVER = {**_START, "sign": W, "unwind": W}
_DISPUTED = {**_START, "sign": D, "fund": D, "file": D, "deliver": D, "unwind": D, "notice": D}
_ROFR_PENDING = {**_START, "sign": W, "unwind": "REFUNDED", "waive": "AWARDED", "exercise": "REASSIGNED"}
_REASSIGNED = {**_OVER, "waive": W, "exercise": W}
"""From AWARDED; see test_disputes.py for every other state."""
DEALS: dict[str, Table] = {
    "assignment": {
        "AWARDED": _AWARDED,
        "ROFR_PENDING": _ROFR_PENDING,
        "REASSIGNED": _REASSIGNED,
        "SIGNED": {**_SIGNED, "final": "EFFECTIVE"},
        "CHAIN_REFUSED": _AGAIN,
        "CONDITIONAL": {**_CONDITIONAL, "license": "EFFECTIVE"},
        "EFFECTIVE": {**_TO_FUND, "fund": "FUNDED"},
        "FUNDED": {**_TO_FUND, "file": "FILED"},
        "FILED": {**_TO_FUND, "confirm": "REGISTERED", "refuse": "REFUNDED", "unwind": W},
        "REGISTERED": {**_OVER, "confirm": W, "refuse": W},
        "SETTLED": {**_OVER, "confirm": W, "refuse": W},
        "REFUNDED": _OVER,
        "DISPUTED": _DISPUTED,
    },
    "licence": {
        "AWARDED": _AWARDED,
        "SIGNED": {**_SIGNED, "final": "WITNESSED"},
        "CHAIN_REFUSED": _AGAIN,
        "CONDITIONAL": {**_CONDITIONAL, "license": "WITNESSED"},
        "WITNESSED": {**_TO_FUND, "fund": "EFFECTIVE"},
        "EFFECTIVE": {**_OVER, "file": "EFFECTIVE"},
        "SETTLED": {**_OVER, "file": "SETTLED"},
        "REFUNDED": _OVER,
        "DISPUTED": _DISPUTED,
    },
    "delivery": {
        "AWARDED": _AWARDED,
        "ROFR_PENDING": _ROFR_PENDING,
        "REASSIGNED": _REASSIGNED,
        "SIGNED": {**_SIGNED, "final": "EFFECTIVE"},
        "CHAIN_REFUSED": _AGAIN,
        "CONDITIONAL": {**_CONDITIONAL, "license": "EFFECTIVE"},
        "EFFECTIVE": {**_TO_FUND, "fund": "FUNDED"},
        "FUNDED": {**_TO_FUND, "deliver": "FUNDED"},
        "DELIVERED": _OVER,
        "SETTLED": _OVER,
        "REFUNDED": _OVER,
        "DISPUTED": _DISPUTED,
    },
}


@pytest.mark.parametrize(
    ("kind", "state", "event"),
    [(kind, state, event) for kind, table in DEALS.items() for state in table for event in DEAL_COMMANDS],
)
def test_a_deals_command_is_taken_or_refused_by_name_in_every_state(
    kind: str, state: str, event: str
) -> None:
    scene, deal = deal_in(state, kind)
    if event == "exercise":
        scene.credit("P-3", deal.price)
    if event == "fund":
        scene.credit("P-2", deal.price)
        hash_before = scene.state.state_hash()
        outcome = scene.by("P-2", c.FundDeal(deal_id=deal.id, statement_line=f"LINE-{scene.lines}"))
    else:
        hash_before = scene.state.state_hash()
        outcome = DEAL_COMMANDS[event](scene, deal)
    # An export licence is on record whatever the deal's state; only one that waits for it goes on.
    expected = DEALS[kind][state].get(event, state) if event == "license" else DEALS[kind][state][event]
    check(scene, deal, outcome, hash_before, expected)
    scene.replay()


def test_every_resting_state_of_a_deal_is_reached_by_real_commands() -> None:
    passing = {"", "UNWINDING"}
    for kind, table in DEAL_TABLES.items():
        states = {state for state, _ in table} | set(table.values())
        through = passing | ({"FUNDED"} if kind == "licence" else set())
        assert set(DEALS[kind]) == states - through


# --- licences: recordal beside the deal


@pytest.mark.parametrize(
    ("state", "event", "expected"),
    [
        ("GRANTED", "confirm", "RECORDED"),
        ("GRANTED", "refuse", "GRANTED"),
        ("OVERDUE", "confirm", "RECORDED"),
        ("OVERDUE", "refuse", "OVERDUE"),
        ("RECORDED", "confirm", W),
        ("RECORDED", "refuse", W),
        ("RECORDED", "file", W),
        ("EXPIRED", "confirm", W),
        ("EXPIRED", "refuse", W),
    ],
)
def test_a_licence_is_recorded_once_and_never_unrecorded(state: str, event: str, expected: str) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    ends_ms = scene.now + 20 * MS_PER_DAY if state == "EXPIRED" else None
    right = scene.right(seller)
    deal_id = scene.deal(scene.listing(seller, right, deal_kind="ordinary_licence", ends_ms=ends_ms), buyer)
    deal = scene.state.deals[deal_id]
    scene.sign(deal_id)
    scene.fund(deal_id)
    licence = scene.state.licences["LIC-1"]
    scene.file(deal_id)
    if state == "RECORDED":
        scene.confirm(deal_id)
    if state == "OVERDUE":
        scene.wait(93 * MS_PER_DAY)
    if state == "EXPIRED":
        scene.wait(21 * MS_PER_DAY)
    assert licence.state == state
    hash_before = scene.state.state_hash()
    outcome = DEAL_COMMANDS[event](scene, deal)
    check(scene, licence, outcome, hash_before, expected)


# --- payments and parties


PAYMENT_COMMANDS: dict[str, Callable[[Scene, Any], Outcome]] = {
    "approve": lambda scene, row: scene.approve_payment(row.id, 1),
    "refuse": lambda scene, row: scene.service(c.RefusePayment(payment_id=row.id, reason_code="AC04")),
    "debit": lambda scene, row: scene.debit(row.id, row.amount),
}
PAYMENTS: Table = {
    "PREPARED": {"approve": "PREPARED", "refuse": W, "debit": "PREPARED"},
    "APPROVED": {"approve": W, "refuse": "REFUSED", "debit": "PAID"},
    "PAID": {"approve": W, "refuse": W, "debit": "PAID"},
    "REFUSED": {"approve": W, "refuse": W, "debit": "REFUSED"},
}


@pytest.mark.parametrize(
    ("state", "event"), [(state, event) for state in PAYMENTS for event in PAYMENTS[state]]
)
def test_a_payment_is_paid_once_and_only_under_four_eyes(state: str, event: str) -> None:
    scene = Scene()
    party = scene.party()
    scene.credit(party, 300)
    terms = c.WithdrawalTerms(currency="CNY", amount=300)
    payment_id = scene.by(party, c.RequestWithdrawal(), terms=terms).result["payment_id"]
    payment = scene.state.payments[payment_id]
    if state != "PREPARED":
        scene.approve_payment(payment_id, 0)
        scene.approve_payment(payment_id, 1)
    if state == "REFUSED":
        PAYMENT_COMMANDS["refuse"](scene, payment)
    if state == "PAID":
        scene.pay(payment_id)
    assert payment.state == state
    hash_before = scene.state.state_hash()
    outcome = PAYMENT_COMMANDS[event](scene, payment)
    check(scene, payment, outcome, hash_before, PAYMENTS[state][event])


M = "FACT-MISSING"
PARTIES = {
    "APPLIED": {"verify": "VERIFIED", "approve": M, "suspend": W, "close": W},
    "VERIFIED": {"verify": "VERIFIED", "approve": "ACTIVE", "suspend": W, "close": W},
    "ACTIVE": {"verify": "ACTIVE", "approve": W, "suspend": "SUSPENDED", "close": "CLOSED"},
    "SUSPENDED": {"verify": "SUSPENDED", "approve": "ACTIVE", "suspend": W, "close": "CLOSED"},
    "CLOSED": {"verify": W, "approve": W, "suspend": W, "close": W},
}
PARTY_COMMANDS: dict[str, Callable[[Scene, str], Outcome]] = {
    "verify": lambda scene, party: scene.verify(party),
    "approve": lambda scene, party: scene.operator(c.ApproveParty(party_id=party)),
    "suspend": lambda scene, party: scene.operator(c.SuspendParty(party_id=party)),
    "close": lambda scene, party: scene.operator(c.CloseParty(party_id=party)),
}
TO_PARTY_STATE = {
    "APPLIED": (),
    "VERIFIED": ("verify",),
    "ACTIVE": ("verify", "approve"),
    "SUSPENDED": ("verify", "approve", "suspend"),
    "CLOSED": ("verify", "approve", "close"),
}


@pytest.mark.parametrize(
    ("state", "event"), [(state, event) for state in PARTIES for event in PARTY_COMMANDS]
)
def test_a_party_is_verified_approved_suspended_and_closed_by_its_table(state: str, event: str) -> None:
    scene = Scene()
    party = scene.party(approve=False)
    for step in TO_PARTY_STATE[state]:
        assert PARTY_COMMANDS[step](scene, party).refusal is None
    row = scene.state.parties[party]
    assert row.state == state
    hash_before = scene.state.state_hash()
    check(scene, row, PARTY_COMMANDS[event](scene, party), hash_before, PARTIES[state][event])
    scene.replay()


def test_the_table_of_parties_has_every_step_that_is_taken_and_no_other() -> None:
    taken = {
        (state, event): new
        for state, events in PARTIES.items()
        for event, new in events.items()
        if new not in {W, M}
    }
    assert taken == onboarding.TRANSITIONS
