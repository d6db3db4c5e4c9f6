"""A pledge has one sum: however many rights it burdens and deals there are, its pledgee receives it once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange import commands as c
from exchange.engine import VERSIONS
from tests.exchange import encumbering
from tests.exchange.scene import Scene, digest
from tests.exchange.test_parts import TWO_PARTS

PRICE = 100_000_00
FEE = 1_000_00
SUM = 30_000_00


class Earlier(Scene):
    """A venue that has not come to engine version 5 yet."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=VERSIONS[0], engine=4, rulebook=VERSIONS[2]))


def joint(scene: Scene, *, drawn_up: bool = True, number: str = "2027-1") -> tuple[str, str, list[str]]:
    """A holder's two rights under one pledge of a bank; gives holder, bank and rights."""
    holder, bank = scene.party(), scene.party("pledgee")
    rights = [scene.right(holder), scene.right(holder)]
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=SUM, currency="CNY", register_number=number)
    if drawn_up:
        encumbering.draw_up(scene, holder, bank, *rights)
        encumbering.sign(scene, "PLG-1")
        encumbering.file(scene, "PLG-1")
        pledge = encumbering.as_registered(scene, "PLG-1")
    for right in rights:
        encumbering.shown(scene, right, holder, pledge)
    return holder, bank, rights


def sold(scene: Scene, holder: str, bank: str, right: str, price: int = PRICE) -> int:
    """What the pledgee has of the sale of a right (minor units)."""
    buyer = scene.party()
    listing = scene.listing(holder, right, price=price)
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    deal = scene.deal(listing, buyer, price)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    share = int(scene.state.deals[deal].pledgee_share)
    scene.pay_all(deal)
    scene.replay()
    return share


@pytest.mark.parametrize("drawn_up", [True, False])
def test_a_pledge_of_two_rights_is_paid_once_when_both_are_sold(drawn_up: bool) -> None:
    scene = Scene()
    holder, bank, (first, second) = joint(scene, drawn_up=drawn_up)
    assert sold(scene, holder, bank, first) == SUM
    assert sold(scene, holder, bank, second) == 0
    assert sum(row.amount for row in scene.state.payments.values() if row.party_id == bank) == SUM


def test_the_second_sale_brings_what_the_first_has_left_open() -> None:
    scene = Scene()
    holder, bank, (first, second) = joint(scene)
    shares = [sold(scene, holder, bank, first, 20_000_00), sold(scene, holder, bank, second)]
    assert shares == [19_800_00, SUM - 19_800_00]


def test_what_it_has_received_stands_when_the_register_frees_the_right_that_was_sold() -> None:
    scene = Scene()
    holder, bank, (first, second) = joint(scene)
    assert sold(scene, holder, bank, first) == SUM
    scene.copy(first, scene.state.deals["D-1"].buyer)
    assert sold(scene, holder, bank, second) == 0
    assert len(scene.state.pledge_receipts) == 1
    scene.copy(second, scene.state.deals["D-2"].buyer)
    assert scene.state.pledge_receipts == {}, "a pledge that stands nowhere leaves memory"


def test_an_enforced_pledge_is_still_one_pledge() -> None:
    scene = Scene()
    holder, bank, (first, second) = joint(scene)
    assert sold(scene, holder, bank, first) == SUM
    command = c.EnforcePledge(
        pledge_id="PLG-1",
        ground="agreement",
        document_digest=digest("order"),
        erasable=encumbering.REASONED,
    )
    assert scene.operator(command).refusal is None
    assert sold(scene, holder, bank, second) == 0


def test_pledges_without_a_number_of_the_register_are_different_ones() -> None:
    scene = Scene()
    holder, bank, (first, second) = joint(scene, drawn_up=False, number="")
    assert [sold(scene, holder, bank, each) for each in (first, second)] == [SUM, SUM]


def test_a_copy_that_names_the_number_later_shows_the_same_pledge() -> None:
    scene = Scene()
    holder, bank, (right, other) = joint(scene, drawn_up=False, number="")
    listing = scene.listing(holder, right, deal_kind="ordinary_licence", max_acceptances=9)
    scene.by(bank, c.ConsentToDeal(listing_id=listing))

    def licensed() -> int:
        deal = scene.deal(listing, scene.party())
        scene.sign(deal)
        scene.fund(deal)
        return int(scene.state.deals[deal].pledgee_share)

    assert licensed() == SUM
    for each in (right, other):
        (pledge,) = scene.state.rights[each].pledges
        scene.wait(5)
        encumbering.shown(scene, each, holder, msgspec.structs.replace(pledge, register_number="2027-1"))
        assert scene.state.rights[each].pledge_numbers == (1,)
    assert licensed() == 0
    assert sold(scene, holder, bank, other) == 0, "the register has it as one pledge of both"


def test_what_was_received_before_the_engine_knew_of_joint_pledges_counts() -> None:
    scene = Earlier()
    holder, bank, (first, second) = joint(scene)
    assert sold(scene, holder, bank, first) == SUM
    assert scene.state.pledge_receipts == {}
    scene.give(c.ActivateVersion(schema=VERSIONS[0], engine=5, rulebook=VERSIONS[2]))
    (row,) = scene.state.pledge_receipts.values()
    assert (row.pledge, row.rights, row.received) == ("PLG-1", (first, second), {"CNY": SUM})
    scene.title_again(second)
    scene.wait(5)
    encumbering.shown(scene, second, holder, encumbering.as_registered(scene, "PLG-1"))
    assert sold(scene, holder, bank, second) == 0


def test_before_engine_5_a_joint_pledge_was_paid_on_each_of_its_rights() -> None:
    scene: Any = Earlier()
    holder, bank, rights = joint(scene)
    assert [sold(scene, holder, bank, each) for each in rights] == [SUM, SUM]


@pytest.mark.parametrize("amount", [SUM, SUM - 1_000_00])
@pytest.mark.parametrize("numbers", [("", "2027-1"), ("2027-1", "2027-1")])
def test_a_pledge_of_another_sum_or_that_a_copy_has_missed_is_still_owed_what_falls_due_later(
    numbers: tuple[str, str], amount: int
) -> None:
    scene = Scene()
    seller, buyer, bank = scene.party(), scene.party(), scene.party("pledgee")
    right = scene.right(seller)
    pledge = c.Pledge(
        company_number=scene.numbers[bank], amount=SUM, currency="CNY", register_number=numbers[0]
    )
    scene.wait(5)
    scene.copy(right, seller, pledges=(pledge,))
    listing = scene.listing(seller, right, price=10_000_00, consideration=TWO_PARTS)
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    deal = scene.deal(listing, buyer, 10_000_00)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    first = scene.state.deals[deal].pledgee_share
    assert first == 990_00
    if numbers[0]:
        scene.wait(5)
        scene.copy(right, buyer)
    scene.wait(5)
    scene.copy(
        right, buyer, pledges=(msgspec.structs.replace(pledge, register_number=numbers[1], amount=amount),)
    )
    (owed,) = (scene.state.obligations[each] for each in scene.state.obligations_of[deal])
    line = scene.credit(buyer, 10_000_00)
    scene.by(buyer, c.PayObligation(obligation_id=owed.id, statement_line=line))
    assert owed.pledgee_share == owed.amount - owed.fee
    (receipts,) = scene.state.pledge_receipts.values()
    assert receipts.received == {"CNY": first + owed.pledgee_share}
    scene.replay()
