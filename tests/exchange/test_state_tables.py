"""Every pair of state and event is taken or refused, for listings, bids, deals, licences, payments and parties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import steps
from exchange.listings import life
from exchange.rules.rule import Refusal
from exchange.turn import Outcome, Turn
from tests.exchange.scene import Scene, digest

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
            assert refusal.value.rule.code == "WRONG-STATE"
            assert (deal.state, turn.events) == (state, [])


def test_no_listing_or_deal_leaves_an_end_and_every_other_state_has_a_way_to_one() -> None:
    tables: list[tuple[dict[tuple[str, str], str], frozenset[str]]] = [(life.TRANSITIONS, life.ENDED)]
    tables += [(table, steps.ENDED) for table in DEAL_TABLES.values()]
    for table, ends in tables:
        states = {state for state, _ in table} | set(table.values())
        assert not {state for state, _ in table} & ends
        reaching = set(ends)
        for _ in states:
            reaching |= {state for (state, _), new in table.items() if new in reaching}
        assert reaching >= states


def test_an_unwinding_starts_only_before_registration_effect_or_delivery() -> None:
    for table, last in ((steps.ASSIGNMENT, "FUNDED"), (steps.LICENCE, "FUNDED"), (steps.DELIVERY, "FUNDED")):
        unwound = {state for state, event in table if event == "unwind"}
        assert last in unwound
        assert not unwound & {"REGISTERED", "DELIVERED", "SETTLED", "REFUNDED"}
    assert ("EFFECTIVE", "unwind") not in steps.LICENCE


# --- listings by real commands


def listing_in(state: str, mode: str) -> tuple[Scene, Any]:
    """A listing that real commands have brought into a state, with a seller P-1, a bidder P-2 and another P-3."""
    scene = Scene()
    category = "university" if state == "PUBLICITY" else "company"
    seller = scene.party(category=category)
    bidder, other = scene.party(), scene.party()
    for party in (bidder, other):
        scene.credit(party, 500_000_00)
    listing_id = scene.listing(seller, scene.right(seller), mode, approve=state != "SUBMITTED")
    listing = scene.state.listings[listing_id]
    if mode == "competitive" and state not in {"SUBMITTED", "REJECTED", "WITHDRAWN"}:
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
    if state == "LAPSED":
        scene.wait(31 * MS_PER_DAY)
    if state == "WITHDRAWN":
        scene.by(seller, c.WithdrawListing(listing_id=listing_id))
    if state == "REJECTED":
        fresh = scene.listing(seller, scene.right(seller), mode, approve=False)
        scene.operator(c.RejectListing(listing_id=fresh))
        listing = scene.state.listings[fresh]
    assert listing.state == state
    return scene, listing


def _bid(scene: Scene, listing_id: str, state: str) -> None:
    scene.bidder(listing_id, "P-2")
    scene.bid(listing_id, "P-2", 100_000_00)
    if state == "BIDDING":
        scene.bidder(listing_id, "P-3")
    if state in {"BIDDING", "NEGOTIATE", "AWARDED", "SOLD"}:
        scene.wait(11 * MS_PER_DAY)
    if state in {"AWARDED", "SOLD"}:
        scene.by("P-1", c.AcceptBid(bid_id="B-1"))


LISTING_COMMANDS: dict[str, Callable[[Scene, Any], Outcome]] = {
    "approve": lambda scene, row: scene.operator(c.ApproveListing(listing_id=row.id)),
    "reject": lambda scene, row: scene.operator(c.RejectListing(listing_id=row.id)),
    "withdraw": lambda scene, row: scene.by("P-1", c.WithdrawListing(listing_id=row.id)),
    "register": lambda scene, row: scene.by("P-3", c.RegisterBidder(listing_id=row.id)),
    "qualify": lambda scene, row: scene.operator(c.QualifyBidder(listing_id=row.id, party_id="P-3")),
    "leave": lambda scene, row: scene.by("P-2", c.LeaveListing(listing_id=row.id)),
    "bid": lambda scene, row: scene.bid(row.id, "P-2", 120_000_00),
    "accept": lambda scene, row: scene.accept(row.id, "P-3"),
    "accept_bid": lambda scene, _: scene.by("P-1", c.AcceptBid(bid_id="B-1")),
    "freeze": lambda scene, row: scene.copy(row.right_id, "P-1", freeze="dispute"),
    "clear": lambda scene, row: scene.copy(row.right_id, "P-1"),
}
W, U, Q, I = "WRONG-STATE", "UNKNOWN-ID", "NOT-QUALIFIED", "BID-IRREVOCABLE"  # noqa: E741 - columns of the tables
_ENDED = {"approve": W, "reject": W, "withdraw": W, "register": W, "accept_bid": U, "accept": W}
POSTED: Table = {
    "SUBMITTED": {"approve": "OPEN", "reject": "REJECTED", "withdraw": "WITHDRAWN", "accept": W, "freeze": "SUBMITTED"},
    "PUBLICITY": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "accept": W, "freeze": "SUSPENDED"},
    "OPEN": {"approve": W, "reject": W, "withdraw": "WITHDRAWN", "accept": "AWARDED", "freeze": "SUSPENDED"},
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
    "AWARDED": {"approve": W, "withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W, "freeze": "AWARDED"},
    "SOLD": {"approve": W, "withdraw": W, "leave": I, "accept_bid": W},
    "LAPSED": {"approve": W, "withdraw": W, "register": W, "leave": I, "bid": W, "accept_bid": W},
    "WITHDRAWN": {**_ENDED, "leave": U, "bid": Q},
    "REJECTED": {**_ENDED, "leave": U, "bid": Q},
}  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "state", "event"),
    [
        (mode, state, event)
        for mode, table in (("posted", POSTED), ("competitive", COMPETITIVE))
        for state, events in table.items()
        for event in events
    ],
)
def test_a_listings_command_is_taken_or_refused_by_name_in_every_state(
    mode: str, state: str, event: str
) -> None:
    expected = (POSTED if mode == "posted" else COMPETITIVE)[state][event]
    scene, listing = listing_in(state, mode)
    scene.wait(1)
    hash_before = scene.state.state_hash()
    outcome = LISTING_COMMANDS[event](scene, listing)
    check(scene, listing, outcome, hash_before, expected)
    scene.replay()


def test_every_listing_state_is_reached_by_real_commands() -> None:
    assert {*POSTED, *COMPETITIVE} == LISTING_STATES


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
    seller, buyer = scene.party(), scene.party()
    facts: dict[str, Any] = {}
    if kind == "delivery":
        facts = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    listing = scene.listing(seller, scene.right(seller, **facts), **_KINDS[kind])
    deal = scene.state.deals[scene.deal(listing, buyer)]
    if state == "REFUNDED":
        scene.operator(c.UnwindDeal(deal_id=deal.id, ground="mutual"))
    for step in _WAY[kind][: _WAY[kind].index(state) + 1] if state in _WAY[kind] else ():
        _STEPS[step](scene, deal)
    if state == "CHAIN_REFUSED":
        _STEPS["SIGNED"](scene, deal)
        scene.chain(deal.id, "refused")
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
}
P = "PROOF-DIFFERS"
_START = {"final": W, "refused": W, "fund": W, "file": W, "confirm": P, "refuse": P, "deliver": W}
_AWARDED = {**_START, "sign": "AWARDED", "unwind": "REFUNDED"}
_SIGNED = {**_START, "sign": W, "refused": "CHAIN_REFUSED", "unwind": "REFUNDED"}
_AGAIN = {**_START, "sign": "CHAIN_REFUSED", "unwind": "REFUNDED"}
_TO_FUND = {**_START, "sign": W, "unwind": "REFUNDED"}
_OVER = {**_START, "sign": W, "unwind": W}
DEALS: dict[str, Table] = {
    "assignment": {
        "AWARDED": _AWARDED,
        "SIGNED": {**_SIGNED, "final": "EFFECTIVE"},
        "CHAIN_REFUSED": _AGAIN,
        "EFFECTIVE": {**_TO_FUND, "fund": "FUNDED"},
        "FUNDED": {**_TO_FUND, "file": "FILED"},
        "FILED": {**_TO_FUND, "confirm": "REGISTERED", "refuse": "REFUNDED", "unwind": W},
        "REGISTERED": {**_OVER, "confirm": W, "refuse": W},
        "SETTLED": {**_OVER, "confirm": W, "refuse": W},
        "REFUNDED": _OVER,
    },
    "licence": {
        "AWARDED": _AWARDED,
        "SIGNED": {**_SIGNED, "final": "WITNESSED"},
        "CHAIN_REFUSED": _AGAIN,
        "WITNESSED": {**_TO_FUND, "fund": "EFFECTIVE"},
        "EFFECTIVE": {**_OVER, "file": "EFFECTIVE"},
        "SETTLED": {**_OVER, "file": "SETTLED"},
        "REFUNDED": _OVER,
    },
    "delivery": {
        "AWARDED": _AWARDED,
        "SIGNED": {**_SIGNED, "final": "EFFECTIVE"},
        "CHAIN_REFUSED": _AGAIN,
        "EFFECTIVE": {**_TO_FUND, "fund": "FUNDED"},
        "FUNDED": {**_TO_FUND, "deliver": "FUNDED"},
        "DELIVERED": _OVER,
        "SETTLED": _OVER,
        "REFUNDED": _OVER,
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
    if event == "fund":
        scene.credit("P-2", deal.price)
        hash_before = scene.state.state_hash()
        outcome = scene.by("P-2", c.FundDeal(deal_id=deal.id, statement_line=f"LINE-{scene.lines}"))
    else:
        hash_before = scene.state.state_hash()
        outcome = DEAL_COMMANDS[event](scene, deal)
    check(scene, deal, outcome, hash_before, DEALS[kind][state][event])
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


@pytest.mark.parametrize(
    ("state", "event", "expected"),
    [
        ("APPLIED", "approve", "ACTIVE"),
        ("APPLIED", "suspend", W),
        ("ACTIVE", "approve", W),
        ("ACTIVE", "suspend", "SUSPENDED"),
        ("SUSPENDED", "approve", "ACTIVE"),
        ("SUSPENDED", "suspend", W),
    ],
)
def test_a_party_is_approved_and_suspended_by_turns(state: str, event: str, expected: str) -> None:
    scene = Scene()
    party = scene.party(approve=state != "APPLIED")
    if state == "SUSPENDED":
        scene.operator(c.SuspendParty(party_id=party))
    hash_before = scene.state.state_hash()
    command = c.ApproveParty(party_id=party) if event == "approve" else c.SuspendParty(party_id=party)
    check(scene, scene.state.parties[party], scene.operator(command), hash_before, expected)
