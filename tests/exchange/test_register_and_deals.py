"""What the register says after the signatures: neither title nor money moves from whoever can no longer give it."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.events import HolderChanged
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_deals_and_money import awarded, consent, pledge

LICENCE = "exclusive_licence"
OWNER = "CN-LICENCE-RECORDAL-12-2"
ENDED = "CN-PATENT-LAW-44"
FROZEN = "CN-PATENT-RULES-103"


def nothing_moved(scene: Scene, deal_id: str, buyer: str) -> None:
    """No licence, no payment, and the whole price is still the buyer's."""
    deal = scene.state.deals[deal_id]
    held = scene.balance(buyer) + scene.balance(buyer, "deposit") + scene.balance(deal_id, "escrow")
    assert held + scene.balance("bank", "custody") == 0
    assert (deal.payments, dict(scene.state.licences)) == ((), {})


@pytest.mark.parametrize("kind", ["assignment", LICENCE])
def test_a_deal_is_not_funded_once_the_register_names_another_owner(kind: str) -> None:
    scene = Scene()
    seller, buyer, right, deal = awarded(scene, deal_kind=kind)
    scene.sign(deal)
    scene.copy(right, scene.party())
    assert code(scene.fund(deal)) == OWNER
    nothing_moved(scene, deal, buyer)
    scene.copy(right, seller)
    assert code(scene.fund(deal)) == ""


def test_a_licence_is_not_granted_while_the_right_is_frozen_or_a_new_pledgee_has_not_consented() -> None:
    scene = Scene()
    bank = scene.party("pledgee")
    seller, buyer, right, deal = awarded(scene, deal_kind=LICENCE)
    scene.sign(deal)
    scene.copy(right, seller, freeze="preservation")
    assert code(scene.fund(deal)) == FROZEN
    scene.copy(right, seller, pledges=(pledge(scene, bank, 1),))
    assert code(scene.fund(deal)) == "CN-CIVIL-CODE-444"
    nothing_moved(scene, deal, buyer)
    consent(scene, bank, deal)
    assert code(scene.fund(deal)) == ""


@pytest.mark.parametrize(("facts", "expected"), [({}, OWNER), ({"status": "invalidated"}, ENDED)])
def test_what_the_seller_can_no_longer_give_is_not_filed(facts: dict[str, Any], expected: str) -> None:
    scene = Scene()
    seller, buyer, right, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.copy(right, *([seller] if facts else [scene.party()]), **facts)
    assert code(scene.file(deal)) == expected
    nothing_moved(scene, deal, buyer)


@pytest.mark.parametrize(("facts", "expected"), [({}, OWNER), ({"status": "invalidated"}, ENDED)])
def test_a_confirmation_moves_no_title_from_a_third_party_nor_money_for_a_right_that_has_ended(
    facts: dict[str, Any], expected: str
) -> None:
    scene = Scene()
    seller, buyer, right, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.file(deal)
    holder = seller if facts else scene.party()
    scene.copy(right, holder, **facts)
    assert code(scene.confirm(deal)) == expected
    assert scene.state.deals[deal].state == "FILED"
    holders = [each.company_number for each in scene.state.rights[right].holder_of_record]
    assert holders == [scene.numbers[holder]]
    nothing_moved(scene, deal, buyer)
    scene.copy(right, seller)
    confirmed = scene.confirm(deal)
    (changed,) = [event for event in confirmed.events if isinstance(event, HolderChanged)]
    assert (changed.old_holders, changed.new_holders) == ((seller,), (buyer,))


def test_a_copy_that_shows_the_outcome_before_the_confirmation_does_not_stand_in_its_way() -> None:
    scene = Scene()
    seller, buyer, right, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.file(deal)
    scene.copy(right, buyer)
    assert code(scene.confirm(deal)) == ""
    payment = scene.state.payments[scene.state.deals[deal].payments[0]]
    assert payment.party_id == seller


def test_a_result_that_the_seller_no_longer_has_is_not_delivered_against_its_price() -> None:
    scene = Scene()
    facts: dict[str, Any] = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    _, buyer, right, deal = awarded(scene, **facts)
    scene.sign(deal)
    scene.fund(deal)
    scene.copy(right, scene.party(), status="achievement", expiry_date=None)
    word = c.ConfirmDelivery(deal_id=deal, delivery_digest=digest("delivery"))
    assert code(scene.by(buyer, word)) == OWNER
    nothing_moved(scene, deal, buyer)
