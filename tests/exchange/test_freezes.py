"""Freezes by notice or order: what they block, beside one another and beside the register, and how each ends."""

from __future__ import annotations

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.rights import freezes
from exchange.rules.rule import Refusal
from exchange.turn import Turn
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_state_tables import deal_in

STATES = {state for state, _ in freezes.TRANSITIONS} | set(freezes.TRANSITIONS.values())
EVENTS = {event for _, event in freezes.TRANSITIONS}


def frozen(ground: str = "dispute") -> tuple[Scene, str, str, str]:
    """A seller, its frozen right and the freeze."""
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    return scene, seller, right, encumbering.freeze(scene, right, ground).result["freeze_id"]


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("state", sorted(STATES))
def test_a_freeze_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene, _, _, freeze_id = frozen()
    freeze = scene.state.freezes[freeze_id]
    freeze.state = state
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    if (state, event) in freezes.TRANSITIONS:
        freezes.change_freeze(turn, freeze, event, "test")
        assert freeze.state == freezes.TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            freezes.change_freeze(turn, freeze, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (freeze.state, turn.events) == (state, [])


@pytest.mark.parametrize("ground", ["dispute", "preservation"])
def test_a_notice_blocks_listing_signature_filing_and_pledge_at_once(ground: str) -> None:
    scene, deal = deal_in("FUNDED", "assignment")
    encumbering.freeze(scene, deal.right_id, ground)
    assert code(scene.file(deal.id)) == "CN-PATENT-RULES-103"
    scene, deal = deal_in("AWARDED", "assignment")
    encumbering.freeze(scene, deal.right_id, ground)
    assert code(scene.signature(deal.id, deal.seller)) == "CN-PATENT-RULES-103"
    scene, seller, right, _ = frozen(ground)
    assert code(scene.submit(seller, right)) == "CN-PATENT-RULES-103"
    bank = scene.party("pledgee")
    assert code(encumbering.draw_up(scene, seller, bank, right)) == "CN-PATENT-RULES-103"


@pytest.mark.parametrize("ground", ["dispute", "preservation"])
def test_a_frozen_result_is_not_delivered(ground: str) -> None:
    scene, deal = deal_in("FUNDED", "delivery")
    freeze = encumbering.freeze(scene, deal.right_id, ground).result["freeze_id"]
    command = c.ConfirmDelivery(deal_id=deal.id, delivery_digest=digest("record"))
    for party in (deal.seller, deal.buyer):
        assert code(scene.by(party, command)) == "CN-PATENT-RULES-103"
    assert scene.state.rights[deal.right_id].delivered_to is None
    encumbering.lift(scene, freeze)
    for party in (deal.seller, deal.buyer):
        assert code(scene.by(party, command)) == ""
    assert scene.state.rights[deal.right_id].delivered_to == deal.buyer


def test_a_notice_suspends_an_open_listing_and_its_end_gives_the_time_back() -> None:
    scene = Scene()
    seller = scene.party()
    listing = scene.state.listings[scene.listing(seller, scene.right(seller))]
    closes_ms = listing.closes_ms
    freeze = encumbering.freeze(scene, listing.right_id).result["freeze_id"]
    assert listing.state == "SUSPENDED"
    scene.wait(7 * MS_PER_DAY)
    encumbering.lift(scene, freeze)
    assert listing.state == "OPEN"
    assert listing.closes_ms == closes_ms + 7 * MS_PER_DAY + 1
    scene.replay()


def test_a_disputes_freeze_ends_by_itself_after_a_year_and_a_courts_at_its_date() -> None:
    for ground, days in (("dispute", 365), ("preservation", 30)):
        scene, _, right, freeze_id = frozen(ground)
        until_ms = scene.state.freezes[freeze_id].until_ms
        assert 0 <= until_ms - scene.now - days * MS_PER_DAY < 2 * MS_PER_DAY or ground == "preservation"
        scene.wait(until_ms - scene.now - 1)
        assert scene.state.rights[right].notices == (freeze_id,)
        scene.wait(1)
        assert not scene.state.rights[right].notices
        assert freeze_id not in scene.state.freezes
        assert code(encumbering.lift(scene, freeze_id)) == "UNKNOWN-ID"
        scene.replay()


def test_an_extension_moves_the_end_and_nothing_shortens_it() -> None:
    scene, _, right, freeze_id = frozen("preservation")
    until_ms = scene.state.freezes[freeze_id].until_ms

    def extend(to_ms: int) -> c.ExtendFreeze:
        return c.ExtendFreeze(freeze_id=freeze_id, until_ms=to_ms, document_digest=digest("extended"))

    assert code(scene.operator(extend(until_ms))) == "MALFORMED"
    assert scene.operator(extend(until_ms + MS_PER_DAY)).refusal is None
    scene.wait(until_ms - scene.now)
    assert scene.state.rights[right].notices == (freeze_id,)
    scene.wait(MS_PER_DAY)
    assert not scene.state.rights[right].notices


def test_a_copy_made_after_the_notice_says_whether_it_stands_and_an_older_one_does_not() -> None:
    scene, seller, right, freeze_id = frozen()
    facts = c.RegisterFacts(
        copy="{}",
        licences=(),
        attestation="",
        status="granted",
        holders=(c.Holder(company_number=scene.numbers[seller]),),
        expiry_date="2039-03-01",
    )
    told_ms = scene.state.freezes[freeze_id].told_ms
    for as_of_ms, stands in ((told_ms, True), (told_ms + 1, False)):
        copy = c.RecordRegisterCopy(right_id=right, as_of_ms=as_of_ms, copy_digest=digest("copy"))
        assert scene.service(copy, terms=facts).refusal is None
        assert bool(scene.state.rights[right].notices) == stands
    scene.replay()


def test_a_copy_that_shows_a_freeze_leaves_every_notice_standing() -> None:
    scene, seller, right, freeze_id = frozen("preservation")
    scene.wait(5)
    scene.copy(right, seller, freeze="dispute")
    assert scene.state.rights[right].notices == (freeze_id,)


def test_of_several_freezes_each_ends_alone_and_the_last_frees_the_right() -> None:
    scene, seller, right, first = frozen()
    second = encumbering.freeze(scene, right, "preservation").result["freeze_id"]
    encumbering.lift(scene, first)
    assert code(scene.submit(seller, right)) == "CN-PATENT-RULES-103"
    scene.copy(right, seller, freeze="dispute")
    encumbering.lift(scene, second)
    assert code(scene.submit(seller, right)) == "CN-PATENT-RULES-103"
    scene.copy(right, seller)
    assert scene.submit(seller, right).refusal is None


def test_what_a_notice_must_say() -> None:
    scene, _, right, _ = frozen()
    day = MS_PER_DAY
    bad = [
        encumbering.freeze(scene, right, erasable={}),
        encumbering.freeze(scene, right, "preservation", until_ms=None),
        encumbering.freeze(scene, right, until_ms=scene.now + day),
        encumbering.freeze(scene, right, since_ms=scene.now + day),
        encumbering.freeze(scene, right, since_ms=scene.now - 400 * day),
        encumbering.freeze(scene, right, "preservation", until_ms=scene.now - day),
        encumbering.freeze(scene, right, document_digest="x"),
        encumbering.freeze(scene, "nothing"),
    ]
    codes = ["FACT-MISSING"] * 2 + ["MALFORMED"] * 5 + ["UNKNOWN-ID"]
    assert [code(each) for each in bad] == codes
    for _ in range(freezes.MOST_FREEZES - 1):
        assert encumbering.freeze(scene, right).refusal is None
    assert code(encumbering.freeze(scene, right)) == "MALFORMED"


def test_the_registers_confirmation_is_a_fact_that_no_notice_stops() -> None:
    scene, deal = deal_in("FILED", "assignment")
    encumbering.freeze(scene, deal.right_id)
    assert scene.confirm(deal.id).refusal is None
    assert deal.state == "REGISTERED"
