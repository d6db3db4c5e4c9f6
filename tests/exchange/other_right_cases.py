"""A case for each rule on rights that are no patents: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.turn import Outcome
from tests.exchange.rule_cases import case
from tests.exchange.scene import Scene

MARK = "CN-trademark-12345678"
LAYOUT = "CN-layout-BS.195508385"
SOFTWARE = "CN-software-2016SR123456"
KNOW_HOW = "CN-know-how-2026KH0001"
FILED = {"filing_date": "2019-03-01"}


def asked(
    scene: Scene, right_id: str, right_type: str, facts: dict[str, Any], **fields: Any
) -> Iterator[Outcome]:
    """One of two owners lists; the other is asked, and consents."""
    one, other = scene.party(), scene.party()
    right = scene.other_right(right_id, right_type, one, other, **facts)
    listing = scene.listing(one, right, approve=False, **fields)
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.by(other, c.ConsentToListing(listing_id=listing))
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("CN-CIVIL-CODE-861")
def co_owner_of_know_how(scene: Scene) -> Iterator[Outcome]:
    yield from asked(scene, KNOW_HOW, "know_how", {})


@case("CN-COPYRIGHT-LAW-14")
def co_owner_of_software(scene: Scene) -> Iterator[Outcome]:
    yield from asked(scene, SOFTWARE, "software_copyright", {})


@case("CN-LAYOUT-DESIGNS-CO-OWNERS")
def co_owner_of_a_layout(scene: Scene) -> Iterator[Outcome]:
    yield from asked(scene, LAYOUT, "layout_design", FILED, deal_kind="ordinary_licence")


@case("CN-TRADEMARK-LAW-5")
def co_owner_of_a_mark(scene: Scene) -> Iterator[Outcome]:
    yield from asked(scene, MARK, "trademark", FILED, deal_kind="ordinary_licence")


@case("HK-CO-OWNERS")
def co_owner_of_a_work_in_hong_kong(scene: Scene) -> Iterator[Outcome]:
    ends_ms = scene.now + 99 * MS_PER_DAY
    fields = {"deal_kind": "ordinary_licence", "territory": ("HK",), "ends_ms": ends_ms}
    yield from asked(scene, "HK-copyright-2026W0001", "copyright", {}, **fields)


@case("MO-TRADEMARK-CO-OWNERS")
def co_owner_of_a_mark_in_macau(scene: Scene) -> Iterator[Outcome]:
    fields: dict[str, Any] = {"deal_kind": "ordinary_licence", "territory": ("MO",)}
    yield from asked(scene, "MO-trademark-N012345", "trademark", FILED, **fields)


@case("CN-GEOGRAPHICAL-INDICATION-NOT-TRADED", "exchange.rules.effects.right_can_be_owned")
def an_indication_belongs_to_nobody(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    indication = scene.other_right("CN-indication-AGI2026001", "geographical_indication", seller)
    yield scene.submit(seller, indication, deal_kind="ordinary_licence")
    mark = scene.other_right(MARK, "trademark", seller, **FILED)
    yield scene.submit(seller, mark, deal_kind="ordinary_licence")


@case("CN-TRADEMARK-LAW-42", "exchange.rules.trademark_law.similar_marks_go_together")
def similar_marks_stay_behind(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    mark = scene.other_right(MARK, "trademark", seller, **FILED, similar_marks=("CN-trademark-12345679",))
    yield scene.submit(seller, mark)
    scene.copy(mark, seller, status="registered", similar_marks=())
    yield scene.submit(seller, mark)


@case("FACT-MISSING the similar marks", "exchange.rules.trademark_law.similar_marks_go_together")
def nobody_has_said_which_marks_are_similar(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    mark = scene.other_right(MARK, "trademark", seller, **FILED)
    yield scene.submit(seller, mark)
    yield scene.submit(seller, mark, deal_kind="ordinary_licence")


@case("RIGHT-TYPE-NOT-OPEN of a layout in Macau", "exchange.rules.effects.effect_of")
def no_rule_for_the_kind_at_the_place(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    held = scene.other_right("MO-know-how-2026KH0001", "know_how", seller)
    yield scene.submit(seller, held)
    yield scene.submit(seller, scene.other_right(KNOW_HOW, "know_how", seller))
