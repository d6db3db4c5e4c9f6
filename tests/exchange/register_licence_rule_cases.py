"""A case for each rule that licences of the register's meet, which were not granted here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from exchange.turn import Outcome
from tests.exchange.open_licence_rule_cases import OPEN_LICENCE
from tests.exchange.rule_cases import case, posted
from tests.exchange.scene import Scene

STANDING = "exchange.rules.registered_licences.standing"


def elsewhere(kind: str = "exclusive", **fields: Any) -> c.RegisteredLicence:
    """A licence that a register copy names; keyword arguments replace its fields."""
    facts: dict[str, Any] = {
        "licence_id": "R-2026-7",
        "kind": kind,
        "licensee": None if kind == "open" else "91440300000000999X",
        "starts_on": "2026-01-01",
        "ends_on": None,
        "territory": ("CN",),
        "field_of_use": "all",
    }
    return c.RegisteredLicence(**(facts | fields))


def licensed_elsewhere(scene: Scene, *licences: c.RegisteredLicence) -> tuple[str, str]:
    """A seller, and its right, of which the register names licences that others have."""
    seller = scene.party()
    return seller, scene.right(seller, licences=licences)


@case("CN-TECHNOLOGY-CONTRACTS-25 with a licence of the register's", STANDING)
def exclusive_beside_one_of_the_register(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed_elsewhere(scene, elsewhere(territory=("CN-GD",)))
    yield scene.submit(seller, right, deal_kind="exclusive_licence", territory=("CN",))
    yield scene.submit(seller, right, deal_kind="exclusive_licence", territory=("CN-HI",))


@case("CN-TECHNOLOGY-CONTRACTS-25 until the register's licence is over", STANDING)
def ordinary_before_the_end_of_one_of_the_register(scene: Scene) -> Iterator[Outcome]:
    ends_on = venue_date(scene.now + 2 * MS_PER_DAY).isoformat()
    seller, right = licensed_elsewhere(scene, elsewhere("sole", ends_on=ends_on))
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    scene.wait(3 * MS_PER_DAY)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


@case("CN-TECHNOLOGY-CONTRACTS-25 registered before a price is accepted", STANDING)
def licence_registered_after_the_listing_opened(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene, deal_kind="ordinary_licence", max_acceptances=2)
    right = scene.state.listings[listing].right_id
    scene.credit(buyer, 100_000_00)
    scene.copy(right, seller, licences=(elsewhere(),))
    yield scene.accept(listing, buyer)
    scene.copy(right, seller, licences=(elsewhere("ordinary"),))
    yield scene.accept(listing, buyer)


@case("CN-TECHNOLOGY-CONTRACTS-25 registered before the licence is paid", STANDING)
def licence_registered_after_the_signatures(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene, deal_kind="exclusive_licence")
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.copy(scene.state.deals[deal].right_id, seller, licences=(elsewhere(),))
    line = scene.credit(buyer, 1)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    scene.copy(scene.state.deals[deal].right_id, seller)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))


@case("CN-TECHNOLOGY-CONTRACTS-25 where the licensor's one licence was granted elsewhere", STANDING)
def in_the_licensors_place_once(scene: Scene) -> Iterator[Outcome]:
    sole, ordinary = elsewhere("sole"), elsewhere("ordinary", licence_id="R-2026-8")
    seller, right = licensed_elsewhere(scene, sole, ordinary)
    scene.document("licensor_cannot_work", right)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    scene.copy(right, seller, licences=(sole,))
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


@case("CN-PATENT-RULES-86 beside an exclusive licence of the register's", STANDING)
def open_licence_beside_one_of_the_register(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed_elsewhere(scene, elsewhere(territory=("CN-HI",)))
    yield scene.submit(seller, right, **OPEN_LICENCE, territory=("CN-GD",))
    scene.copy(right, seller, licences=(elsewhere("ordinary"),))
    yield scene.submit(seller, right, **OPEN_LICENCE, territory=("CN-GD",))


@case("CN-PATENT-LAW-51 as the register shows it", STANDING)
def exclusive_beside_an_open_licence_of_the_register(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed_elsewhere(scene, elsewhere("open"))
    yield scene.submit(seller, right, deal_kind="exclusive_licence")
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


@case(
    "FACT-MISSING which licences the register names",
    "exchange.rules.patent_law.registered_licences_are_known",
)
def copy_without_licences(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, licences=UNSET)
    yield scene.submit(seller, right)
    scene.copy(right, seller)
    yield scene.submit(seller, right)
