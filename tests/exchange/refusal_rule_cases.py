"""A case for each rule of first refusal: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange import encumbering, refusing
from tests.exchange.rule_cases import case
from tests.exchange.scene import Scene, digest, titled

RULES = "exchange.rules.first_refusal"


def awarded(scene: Scene, completers: int = 1) -> tuple[str, str, str, str]:
    """Seller, completer, listing and awarded deal of a service result."""
    seller, buyer = scene.party(), scene.party()
    parties = [scene.party() for _ in range(completers)]
    listing = scene.listing(seller, refusing.service_right(scene, seller, *parties))
    return seller, parties[0] if parties else "", listing, scene.deal(listing, buyer)


@case("CN-CIVIL-CODE-847", f"{RULES}.refusal_is_met")
def nothing_is_signed_past_the_completers(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing, deal = awarded(scene)
    yield scene.signature(deal, seller)
    refusing.lodge_waiver(scene, listing)
    yield scene.signature(deal, seller)


@case("CN-CIVIL-CODE-847 notice and waiver", f"{RULES}.concerns")
def notice_and_waiver(scene: Scene) -> Iterator[Outcome]:
    seller, completer, _, deal = awarded(scene)
    yield scene.signature(deal, seller)
    refusing.notice(scene, deal)
    refusing.waive(scene, deal, completer)
    yield scene.signature(deal, seller)


@case("CN-CIVIL-CODE-860")
def nothing_is_signed_past_a_co_developer(scene: Scene) -> Iterator[Outcome]:
    seller, other, buyer = scene.party(), scene.party(), scene.party()
    listing = scene.listing(seller, refusing.application(scene, seller, other), approve=False)
    refusing.consent(scene, listing, other, keeps=True)
    scene.operator(c.ApproveListing(listing_id=listing))
    deal = scene.deal(listing, buyer)
    yield scene.signature(deal, seller)
    refusing.notice(scene, deal)
    refusing.waive(scene, deal, other)
    yield scene.signature(deal, seller)


@case("UNEQUAL-TERMS")
def a_notice_states_the_deals_own_terms(scene: Scene) -> Iterator[Outcome]:
    _, _, _, deal = awarded(scene)
    yield refusing.notice(scene, deal, terms_commitment=digest("other terms"))
    yield refusing.notice(scene, deal)


@case("UNEQUAL-TERMS another price")
def a_first_refusal_is_exercised_at_the_deals_price(scene: Scene) -> Iterator[Outcome]:
    _, completer, _, deal = awarded(scene)
    refusing.notice(scene, deal)
    scene.credit(completer, 100_000_00)
    yield refusing.exercise(scene, deal, completer, 99_999_99)
    yield refusing.exercise(scene, deal, completer)


@case("FACT-MISSING whether it was made in service", f"{RULES}.service_is_known")
def it_is_known_whether_it_was_made_in_service(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, service_invention=UNSET)
    listing = scene.listing(seller, right, approve=False)
    yield scene.operator(c.ApproveListing(listing_id=listing))
    row = scene.state.rights[right]
    command = c.ImportRight(
        right_id=right,
        office=row.office,
        right_type=row.right_type,
        filing_date=row.filing_date,
        service_invention=False,
        erasable=titled(right),
    )
    scene.operator(command)
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("FACT-MISSING completers", f"{RULES}.entitled")
def notice_goes_to_those_whom_the_venue_has_found(scene: Scene) -> Iterator[Outcome]:
    _, _, listing, deal = awarded(scene, completers=0)
    yield refusing.notice(scene, deal)
    refusing.found(scene, scene.state.listings[listing].right_id, None)
    yield refusing.notice(scene, deal)


@case("FACT-MISSING evidence")
def completers_are_found_on_evidence(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield refusing.found(scene, right, None, reason=digest("reason"))
    yield refusing.found(scene, right, None)


@case("RIGHT-DIFFERS completers")
def as_many_completed_it_as_it_has_inventors(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, inventors=2)
    yield refusing.found(scene, right, None)
    yield refusing.found(scene, right, None, None)


@case("WRONG-STATE completers")
def nobody_joins_those_who_have_notice(scene: Scene) -> Iterator[Outcome]:
    _, completer, listing, deal = awarded(scene)
    refusing.notice(scene, deal)
    right = scene.state.listings[listing].right_id
    yield refusing.found(scene, right, completer, None)
    yield refusing.found(scene, right, None)


@case("DEAL-DISPUTED a first refusal")
def no_first_refusal_is_exercised_in_a_dispute(scene: Scene) -> Iterator[Outcome]:
    _, completer, _, deal = awarded(scene)
    refusing.notice(scene, deal)
    scene.credit(completer, 100_000_00)
    encumbering.dispute(scene, deal)
    yield refusing.exercise(scene, deal, completer)
    encumbering.outcome(scene, deal)
    yield refusing.exercise(scene, deal, completer)
