"""An open licence 开放许可 from its declaration to its withdrawal: what was accepted before survives it (Art. 50(2))."""

from __future__ import annotations

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange import encumbering
from tests.exchange.open_licence_rule_cases import OPEN_LICENCE
from tests.exchange.rule_cases import posted
from tests.exchange.scene import Scene


def accepted_once(scene: Scene) -> tuple[str, str, str]:
    """Seller, listing, and the deal of one who has accepted."""
    seller, buyer, listing = posted(scene, **OPEN_LICENCE)
    return seller, listing, scene.deal(listing, buyer)


@pytest.mark.parametrize("is_suspended", [False, True])
def test_a_licence_accepted_before_the_withdrawal_survives_it(*, is_suspended: bool) -> None:
    scene = Scene()
    seller, listing, deal = accepted_once(scene)
    freeze = ""
    if is_suspended:
        freeze = encumbering.freeze(scene, scene.state.deals[deal].right_id).result["freeze_id"]
    outcome = scene.by(seller, c.WithdrawListing(listing_id=listing))
    assert (outcome.refusal, outcome.result["state"]) == (None, "AWARDED")
    if is_suspended:
        encumbering.lift(scene, freeze)
    other = scene.party()
    scene.credit(other, 100_000_00)
    late = scene.accept(listing, other)
    assert late.refusal is not None
    assert late.refusal.code == "WRONG-STATE"
    scene.sign(deal)
    scene.fund(deal)
    scene.pay_all(deal)
    assert scene.state.listings[listing].state == "SOLD"
    licence = scene.state.licences[scene.state.deals[deal].licence_id]
    assert licence.licence_kind == "ordinary_licence"
    scene.replay()


def test_its_close_after_the_withdrawal_changes_nothing() -> None:
    scene = Scene()
    seller, listing, _ = accepted_once(scene)
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    assert f"listing_close:{listing}" not in scene.state.deadlines
    scene.wait(40 * MS_PER_DAY)
    scene.replay()


def test_what_nobody_has_accepted_is_withdrawn_as_any_listing() -> None:
    scene = Scene()
    seller, _, listing = posted(scene, **OPEN_LICENCE)
    assert scene.by(seller, c.WithdrawListing(listing_id=listing)).result["state"] == "WITHDRAWN"


def test_an_ordinary_listing_in_use_is_not_withdrawn() -> None:
    """Its seller has named the time for acceptance, and no announcement can be withdrawn (Civil Code Art. 476)."""
    scene = Scene()
    seller, buyer, listing = posted(scene, deal_kind="ordinary_licence", max_acceptances=9)
    scene.deal(listing, buyer)
    refusal = scene.by(seller, c.WithdrawListing(listing_id=listing)).refusal
    assert refusal is not None
    assert refusal.code == "WRONG-STATE"
