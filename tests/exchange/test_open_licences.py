"""An open licence 开放许可 from its declaration to its withdrawal: what was accepted before survives it (Art. 50(2))."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.modes.posted import MOST_ACCEPTANCES
from tests.exchange import encumbering
from tests.exchange.open_licence_rule_cases import OPEN_LICENCE
from tests.exchange.outcomes import code
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


def test_an_open_licence_is_for_anybody_and_not_for_a_few() -> None:
    scene = Scene()
    _, _, listing = posted(scene, **OPEN_LICENCE)
    assert scene.state.listings[listing].max_acceptances == MOST_ACCEPTANCES


def test_beside_an_open_licence_an_ordinary_one_is_negotiated_and_granted_and_neither_ends_the_other() -> (
    None
):
    """Patent Law Art. 51(3)."""
    scene = Scene()
    seller, _, opened = posted(scene, **OPEN_LICENCE)
    right = scene.state.listings[opened].right_id
    agreed = scene.listing(seller, right, deal_kind="ordinary_licence")
    row = scene.state.rights[right]
    assert (row.open_listing, row.open_licence_listing) == (agreed, opened)
    for listing in (agreed, opened):
        deal = scene.deal(listing, scene.party())
        scene.sign(deal)
        scene.fund(deal)
        scene.pay_all(deal)
    assert (row.open_listing, row.open_licence_listing) == (None, opened)
    assert len(row.licences) == 2
    assert scene.by(seller, c.WithdrawListing(listing_id=opened)).result["state"] == "SOLD"
    assert (row.open_listing, row.open_licence_listing) == (None, UNSET)
    scene.replay()


def test_a_freeze_suspends_an_open_licence_and_what_is_listed_beside_it() -> None:
    scene = Scene()
    seller, _, opened = posted(scene, **OPEN_LICENCE)
    right = scene.state.listings[opened].right_id
    agreed = scene.listing(seller, right, deal_kind="ordinary_licence")
    scene.copy(right, seller, freeze="dispute")
    assert [scene.state.listings[each].state for each in (opened, agreed)] == ["SUSPENDED"] * 2
    scene.copy(right, seller)
    assert [scene.state.listings[each].state for each in (opened, agreed)] == ["OPEN"] * 2
    scene.replay()


def test_a_deal_of_an_open_licence_whose_co_owner_was_never_asked_is_not_signed() -> None:
    """A co-owner that came in after the listing opened has consented to nothing (Patent Law Art. 14)."""
    scene = Scene()
    seller, buyer, listing = posted(scene, **OPEN_LICENCE)
    right = scene.state.listings[listing].right_id
    deal = scene.deal(listing, buyer)
    scene.copy(right, seller, scene.party())
    assert code(scene.signature(deal, seller)) == "CN-PATENT-LAW-14"


@pytest.mark.parametrize("number", ["", "MADE UP", "x" * 33])
def test_an_announcement_is_recorded_under_a_number_that_the_office_could_give(number: str) -> None:
    scene = Scene()
    right = scene.right(scene.party())
    outcome = scene.document("open_licence_announcement", right, announcement_number=number)
    assert code(outcome) == "MALFORMED"


def test_no_other_document_has_the_number_of_an_announcement() -> None:
    scene = Scene()
    right = scene.right(scene.party())
    assert code(scene.document("evaluation_report", right, announcement_number="2026-1")) == "MALFORMED"
