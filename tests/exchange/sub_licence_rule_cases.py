"""A case for each rule of sub-licences: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange import encumbering, sub_licensing
from tests.exchange.rule_cases import case
from tests.exchange.scene import Scene
from tests.exchange.sub_licensing import HEAD_ENDS_MS, head, listed, submit

_RULES = "exchange.rules.sub_licences"


@case("CN-PATENT-LAW-12", f"{_RULES}.contract_lets_the_licensee")
def the_contract_does_not_let_it(scene: Scene) -> Iterator[Outcome]:
    _, licensee, closed = head(scene, may_sublicense=False)
    _, other, open_one = head(scene)
    yield submit(scene, licensee, closed)
    yield submit(scene, other, open_one)


@case("CN-PATENT-LAW-12 of another's licence", f"{_RULES}.contract_lets_the_licensee")
def another_holds_the_licence(scene: Scene) -> Iterator[Outcome]:
    owner, licensee, licence = head(scene)
    yield submit(scene, owner, licence)
    yield submit(scene, licensee, licence)


@case("CN-PATENT-LAW-12 under a sub-licence", f"{_RULES}.contract_lets_the_licensee")
def under_a_sub_licence(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene)
    buyer = scene.party()
    listing = listed(scene, licensee, licence)
    below = sub_licensing.granted(scene, scene.deal(listing, buyer))
    yield submit(scene, buyer, below)
    yield submit(scene, licensee, licence)


@case("CN-TECHNOLOGY-CONTRACTS-25-2", f"{_RULES}.kind_is_ordinary")
def an_exclusive_sub_licence(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene)
    yield submit(scene, licensee, licence, deal_kind="exclusive_licence")
    yield submit(scene, licensee, licence)


@case("HEAD-LICENCE-NOT-IN-FORCE", f"{_RULES}.head_is_in_force")
def the_head_is_in_dispute(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene)
    deal = scene.state.licences[licence].deal_id
    encumbering.dispute(scene, deal)
    yield submit(scene, licensee, licence)
    encumbering.outcome(scene, deal, "resume")
    yield submit(scene, licensee, licence)


@case("HEAD-LICENCE-NOT-IN-FORCE before it has begun", f"{_RULES}.head_is_in_force")
def the_head_has_not_begun(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene, starts_ms=scene.now + 20_000_000)
    yield submit(scene, licensee, licence)
    scene.wait(20_000_000)
    yield submit(scene, licensee, licence)


@case("HEAD-LICENCE-NOT-IN-FORCE of another right", f"{_RULES}.head_is_in_force")
def the_head_is_of_another_right(scene: Scene) -> Iterator[Outcome]:
    owner, licensee, licence = head(scene)
    yield submit(scene, licensee, licence, right_id=scene.right(owner))
    yield submit(scene, licensee, licence)


@case("SUB-LICENCE-BEYOND-HEAD", f"{_RULES}.lies_within_its_head")
def a_longer_sub_licence(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene)
    yield submit(scene, licensee, licence, ends_ms=HEAD_ENDS_MS + 1)
    yield submit(scene, licensee, licence, ends_ms=HEAD_ENDS_MS)


@case("SUB-LICENCE-BEYOND-HEAD without an end", f"{_RULES}.lies_within_its_head")
def a_sub_licence_to_the_end_of_the_right(scene: Scene) -> Iterator[Outcome]:
    _, licensee, short = head(scene)
    _, other, whole = head(scene, ends_ms=None)
    yield submit(scene, licensee, short, ends_ms=None)
    yield submit(scene, other, whole, ends_ms=None)


@case("SUB-LICENCE-BEYOND-HEAD in territory", f"{_RULES}.lies_within_its_head")
def a_wider_sub_licence(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene, territory=("CN-GD", "CN-HI"))
    yield submit(scene, licensee, licence, territory=("CN",))
    yield submit(scene, licensee, licence, territory=("CN-HI",))


@case("SUB-LICENCE-BEYOND-HEAD in its field", f"{_RULES}.lies_within_its_head")
def a_sub_licence_of_another_field(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene, field_of_use="H01;C")
    yield submit(scene, licensee, licence, field_of_use="battery")
    yield submit(scene, licensee, licence, field_of_use="C07;H01")


@case("LISTING-EXISTS of sub-licences")
def one_listing_under_a_head(scene: Scene) -> Iterator[Outcome]:
    _, licensee, licence = head(scene)
    listing = listed(scene, licensee, licence)
    yield submit(scene, licensee, licence)
    scene.by(licensee, c.WithdrawListing(listing_id=listing))
    yield submit(scene, licensee, licence)
