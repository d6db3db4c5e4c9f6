"""A case for each rule that a seller's undertaking decides: an answer that is not given, and one that brings a bar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange.law_rule_cases import co_owned, consent_is_asked_for
from tests.exchange.rule_cases import case
from tests.exchange.scene import Scene
from tests.undertakings import undertaking

RULES = "exchange.rules"
UNDERTAKINGS = f"{RULES}.undertakings"


def answered(scene: Scene, *answers: dict[str, Any], others: int = 0, **fields: Any) -> Iterator[Outcome]:
    """The same listing with each of these answers in turn, by a seller with so many co-owners."""
    seller = scene.party()
    right = scene.right(seller, *(scene.party() for _ in range(others)))
    for each in answers:
        yield scene.submit(seller, right, undertaking=undertaking(**each), **fields)


@case("FACT-MISSING whether what is offered is a secret", f"{UNDERTAKINGS}.answer_is_given")
def secrecy_unanswered(scene: Scene) -> Iterator[Outcome]:
    yield from answered(scene, {"state_secret": UNSET}, {})


@case("FACT-MISSING whether an open licence is declared elsewhere", f"{UNDERTAKINGS}.answer_is_given")
def open_licence_unanswered(scene: Scene) -> Iterator[Outcome]:
    yield from answered(scene, {"open_licence_elsewhere": UNSET}, {})


@case("FACT-MISSING whether the seller is of the venue", f"{UNDERTAKINGS}.answer_is_given")
def staff_unanswered(scene: Scene) -> Iterator[Outcome]:
    yield from answered(scene, {"venue_staff": UNSET}, {})


@case("FACT-MISSING whether the seller is a nominee", f"{UNDERTAKINGS}.answer_is_given")
def nominee_unanswered(scene: Scene) -> Iterator[Outcome]:
    yield from answered(scene, {"nominee": UNSET}, {})


@case("FACT-MISSING for how many a nominee sells", f"{UNDERTAKINGS}.holders_are_told")
def holders_untold(scene: Scene) -> Iterator[Outcome]:
    yield from answered(scene, {"nominee": True}, {"nominee": True, "holders": 2})


@case("FACT-MISSING for how many a fund sells", f"{UNDERTAKINGS}.holders_are_told")
def fund_that_calls_itself_no_nominee(scene: Scene) -> Iterator[Outcome]:
    fund = scene.party(category="fund")
    right = scene.right(fund)
    yield scene.submit(fund, right)
    scene.document("holders", fund, holders=("A", "B"))
    yield scene.submit(fund, right)


@case("FACT-MISSING what co-owners have agreed on", f"{UNDERTAKINGS}.co_owners_agreement_is_known")
def agreement_unanswered(scene: Scene) -> Iterator[Outcome]:
    yield from answered(scene, {"co_owners_agreed_otherwise": UNSET}, {}, others=1)


@case("FACT-MISSING the agreement of co-owners", f"{UNDERTAKINGS}.co_owners_agreement_is_known")
def agreement_not_lodged(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, scene.party())
    otherwise = undertaking(co_owners_agreed_otherwise=True)
    yield scene.submit(seller, right, undertaking=otherwise)
    scene.document("co_owners_agreement", right)
    yield scene.submit(seller, right, undertaking=otherwise)


@case("CN-PATENT-LAW-14 under an agreement that lets nobody license alone", f"{UNDERTAKINGS}.agreed_alone")
def co_owner_alone_against_the_agreement(scene: Scene) -> Iterator[Outcome]:
    other, listing = co_owned(scene, deal_kind="ordinary_licence")
    scene.document("co_owners_agreement", scene.state.listings[listing].right_id)
    yield from consent_is_asked_for(scene, other, listing)


@case("CN-PATENT-LAW-14 but under an agreement that lets each license alone", f"{RULES}.effects.is_co_owned")
def co_owner_alone_under_the_agreement(scene: Scene) -> Iterator[Outcome]:
    _, listing = co_owned(scene, deal_kind="exclusive_licence")
    yield scene.operator(c.ApproveListing(listing_id=listing))
    right = scene.state.listings[listing].right_id
    scene.document("co_owners_agreement", right, alone=("exclusive_licence",))
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("CN-PATENT-LAW-14 under an agreement of others before them")
def co_owner_alone_under_anothers_agreement(scene: Scene) -> Iterator[Outcome]:
    _, listing = co_owned(scene, deal_kind="exclusive_licence")
    right = scene.state.listings[listing].right_id
    lister, late = scene.state.listings[listing].seller, scene.party()
    scene.document("co_owners_agreement", right, alone=("exclusive_licence",))
    scene.wait(5)
    scene.copy(right, lister, late)
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.document("co_owners_agreement", right, alone=("exclusive_licence",))
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("CN-PATENT-LAW-4 by the seller's word", f"{RULES}.secrecy.seller_calls_it_no_secret")
def secret_by_its_word(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right, word = scene.right(seller), undertaking(state_secret=True)
    yield scene.submit(seller, right, undertaking=word)
    scene.document("declassification", right)
    yield scene.submit(seller, right, undertaking=word)


@case("CN-PATENT-LAW-51 by the seller's word", f"{RULES}.open_licences.seller_knows_of_none_elsewhere")
def open_licence_by_its_word(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right, word = scene.right(seller), undertaking(open_licence_elsewhere=True)
    yield scene.submit(seller, right, deal_kind="sole_licence", undertaking=word)
    scene.document("open_licence_withdrawal", right)
    yield scene.submit(seller, right, deal_kind="sole_licence", undertaking=word)


@case("STAFF-MAY-NOT-SELL", f"{RULES}.conflicts.seller_is_not_of_the_venue")
def affiliate_of_staff_sells(scene: Scene) -> Iterator[Outcome]:
    seller, between, staff = scene.party(), scene.party(), scene.party()
    right = scene.right(seller)
    for one, other in ((seller, between), (between, staff)):
        scene.operator(c.RecordAffiliation(party_id=one, affiliate_id=other))
    scene.document("venue_staff", staff)
    yield scene.submit(seller, right)
    scene.document("venue_staff_left", staff)
    yield scene.submit(seller, right)


@case("STAFF-MAY-NOT-SELL by the seller's word", f"{RULES}.conflicts.seller_says_it_is_not_of_the_venue")
def staff_by_its_word(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right, word = scene.right(seller), undertaking(venue_staff=True)
    yield scene.submit(seller, right, undertaking=word)
    scene.document("venue_staff_left", seller)
    yield scene.submit(seller, right, undertaking=word)


@case("CN-SC-2011-38-HOLDERS of a seller", f"{RULES}.exchanges.seller_holds_for_few")
def nominee_of_too_many(scene: Scene) -> Iterator[Outcome]:
    yield from answered(scene, {"nominee": True, "holders": 201}, {"nominee": True, "holders": 200})
