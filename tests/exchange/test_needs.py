"""Technology needs in the engine: whose they are, how long they stand, and what an older engine makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.demand.needs import KEPT_MS, MOST_NEEDS
from exchange.events import NeedChanged, NeedPosted
from tests.exchange.scene import Scene, cn_right_id


class OlderScene(Scene):
    """A venue that has activated the second engine only."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))


def test_a_need_stands_until_its_time_and_then_leaves_memory() -> None:
    scene = Scene()
    buyer = scene.party("buyer")
    posted = scene.need(buyer, until_ms=scene.now + MS_PER_DAY)
    need_id = posted.result["need_id"]
    assert [type(event) for event in posted.events] == [NeedPosted]
    need = scene.state.needs[need_id]
    scene.wait(MS_PER_DAY)
    assert (need.state, need.ended_ms) == ("EXPIRED", scene.now)
    assert [event.cause for event in scene.outcomes[-1].events if isinstance(event, NeedChanged)] == [
        "need_expiry"
    ]
    scene.wait(KEPT_MS)
    assert scene.state.needs == {}
    assert scene.state.needs_of[buyer] == []
    assert not [each for each in scene.state.deadlines.values() if each.subject_id == need_id]
    scene.replay()


def test_an_amendment_replaces_facts_terms_and_clock_and_nothing_else() -> None:
    scene = Scene()
    buyer = scene.party("buyer")
    need = scene.state.needs[scene.need(buyer, budget=5).result["need_id"]]
    before = (need.posted_ms, need.id, need.buyer)
    until_ms = scene.now + 90 * MS_PER_DAY
    fields: dict[str, Any] = {
        "classes": ("A61K", "A61P 35/00"),
        "territories": ("HK",),
        "kinds": ("assignment", "sole_licence"),
        "currency": "HKD",
        "until_ms": until_ms,
    }
    assert scene.need(buyer, need.id, **fields).refusal is None
    assert {name: getattr(need, name) for name in fields} == fields
    assert (need.posted_ms, need.id, need.buyer) == before
    assert need.terms.budget is None
    scene.wait(60 * MS_PER_DAY)
    assert need.state == "OPEN"
    scene.wait(30 * MS_PER_DAY)
    assert need.state == "EXPIRED"


def test_a_fulfilled_need_names_the_deal_and_a_deal_that_falls_through_later_changes_nothing() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    need = scene.state.needs[scene.need(buyer).result["need_id"]]
    assert scene.by(buyer, c.FulfilNeed(need_id=need.id, deal_id=deal)).result == {
        "need_id": need.id,
        "deal_id": deal,
        "state": "FULFILLED",
    }
    scene.operator(c.UnwindDeal(deal_id=deal, ground="mutual"))
    assert (need.state, need.deal_id) == ("FULFILLED", deal)


def test_a_bound_on_needs_is_each_partys_own_and_counts_what_has_just_ended() -> None:
    scene = Scene()
    buyer = scene.party("buyer")
    for number in range(MOST_NEEDS):
        need_id = scene.need(buyer).result["need_id"]
        if number % 2:
            scene.by(buyer, c.WithdrawNeed(need_id=need_id))
    refused = scene.need(buyer)
    assert refused.refusal is not None
    assert refused.refusal.code == "NEEDS-FULL"
    scene.wait(KEPT_MS)
    assert scene.need(buyer).refusal is None


def test_a_suspended_buyer_neither_posts_nor_amends() -> None:
    scene = Scene()
    buyer = scene.party("buyer")
    need_id = scene.need(buyer).result["need_id"]
    scene.operator(c.SuspendParty(party_id=buyer))
    for outcome in (scene.need(buyer), scene.need(buyer, need_id)):
        assert outcome.refusal is not None
        assert outcome.refusal.code == "PARTY-NOT-ACTIVE"


def test_an_outage_moves_no_date_that_the_buyer_has_named() -> None:
    scene = Scene()
    buyer = scene.party("buyer")
    need_id = scene.need(buyer, until_ms=scene.now + MS_PER_DAY).result["need_id"]
    due_ms = scene.state.deadlines[f"need_expiry:{need_id}"].due_ms
    begun = scene.now
    scene.now += 2 * MS_PER_DAY
    outage = c.Outage(since_ms=begun, until_ms=scene.now)
    scene._apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=outage))
    assert scene.state.deadlines[f"need_expiry:{need_id}"].due_ms == due_ms


@pytest.mark.parametrize("budget", [None, 1, 10**15])
def test_no_event_and_no_answer_tells_a_budget(budget: int | None) -> None:
    """What is journalled of a need's commands beside the sealed terms is the same whatever the budget."""
    said = []
    for each in (budget, 77_777_77):
        scene = Scene()
        seller, buyer = scene.party(), scene.party()
        deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
        outcomes = [
            scene.need(buyer, budget=each),
            scene.need(buyer, "TN-1", budget=each),
            scene.by(buyer, c.FulfilNeed(need_id="TN-1", deal_id=deal)),
        ]
        said.append(repr([(each.events, each.result, each.refusal) for each in outcomes]))
    assert said[0] == said[1]


def test_an_older_engine_knows_neither_needs_nor_classes() -> None:
    scene = OlderScene()
    buyer = scene.party("buyer")
    refused = scene.need(buyer)
    assert refused.refusal is not None
    assert refused.refusal.code == "WRONG-STATE"
    right: dict[str, Any] = {
        "right_id": cn_right_id(1),
        "office": "CN",
        "right_type": "invention",
        "filing_date": "2019-03-01",
    }
    refused = scene.service(c.ImportRight(**right, classes=("H01M",)))
    assert refused.refusal is not None
    assert refused.refusal.detail["field"] == "classes"
    assert scene.service(c.ImportRight(**right)).refusal is None


def imported(scene: Scene, *, by: str = "", **fields: Any) -> Any:
    command = c.ImportRight(
        **(
            {
                "right_id": cn_right_id(9),
                "office": "CN",
                "right_type": "invention",
                "filing_date": "2019-03-01",
            }
            | fields
        )
    )
    return scene.by(by, command) if by else scene.service(command)


def test_classes_are_filled_in_once_and_corrected_by_the_venue_alone() -> None:
    scene = Scene()
    seller, other = scene.party("seller"), scene.party("seller")
    assert imported(scene, by=seller).result["known"] == "no"
    assert imported(scene, by=other, classes=("H01M",)).result["known"] == "corrected"
    assert imported(scene, by=other, classes=("A61K",)).result["known"] == "yes", (
        "what stands is not replaced"
    )
    right = scene.state.rights[cn_right_id(9)]
    assert right.classes == ("H01M",)
    assert imported(scene, classes=("A61K",)).result["known"] == "corrected"
    scene.copy(right.id, seller)
    assert imported(scene, classes=("H01M",)).result["known"] == "yes", "after a register copy it stays"
    assert right.classes == ("A61K",)


def test_after_a_register_copy_the_venue_alone_fills_classes_in_and_nobody_is_refused_for_them() -> None:
    scene = Scene()
    seller = scene.party("seller")
    imported(scene, by=seller)
    right = scene.state.rights[cn_right_id(9)]
    scene.copy(right.id, seller)
    assert imported(scene, by=seller, classes=("H01M",)).result["known"] == "yes"
    assert imported(scene, classes=("H01M",)).result["known"] == "corrected"
    assert right.classes == ("H01M",)
