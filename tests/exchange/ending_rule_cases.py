"""Cases of the rules on rights that end, or may end, while a deal in them runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.turn import Outcome
from tests.exchange.rule_cases import case, posted
from tests.exchange.scene import Scene, digest

APPLICATIONS = "exchange.rules.applications"


def sold_application(scene: Scene) -> tuple[str, str, str]:
    """Seller, buyer and a signed deal of an application."""
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, status="application", expiry_date=None)
    deal = scene.deal(scene.listing(seller, right), buyer)
    scene.sign(deal)
    return seller, buyer, deal


def refuse_application(scene: Scene, deal: str) -> None:
    """The office's copy shows that the application of a deal's seller has been refused."""
    row = scene.state.deals[deal]
    scene.copy(row.right_id, row.seller, status="refused", expiry_date=None)


def rescind(scene: Scene, deal: str, party: str = "") -> Outcome:
    return scene.by(party or scene.state.deals[deal].buyer, c.RescindDeal(deal_id=deal))


@case("CN-TECHNOLOGY-CONTRACTS-23", guard=f"{APPLICATIONS}.application_was_refused_before_the_transfer")
def an_application_that_stands(scene: Scene) -> Iterator[Outcome]:
    _, _, deal = sold_application(scene)
    yield rescind(scene, deal)
    refuse_application(scene, deal)
    yield rescind(scene, deal)


@case("CN-TECHNOLOGY-CONTRACTS-23 after the registration")
def an_application_that_has_passed(scene: Scene) -> Iterator[Outcome]:
    _, buyer, deal = sold_application(scene)
    scene.fund(deal)
    scene.register(deal)
    scene.copy(scene.state.deals[deal].right_id, buyer, status="refused", expiry_date=None)
    yield rescind(scene, deal)
    _, _, other = sold_application(scene)
    refuse_application(scene, other)
    yield rescind(scene, other)


@case("CN-TECHNOLOGY-CONTRACTS-23 of a licence")
def a_licence_under_an_application(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene, deal_kind="ordinary_licence")
    licence = scene.deal(listing, buyer)
    right = scene.state.deals[licence].right_id
    scene.copy(right, seller, status="refused", expiry_date=None)
    yield rescind(scene, licence)
    _, _, deal = sold_application(scene)
    refuse_application(scene, deal)
    yield rescind(scene, deal)


# --- what is paid for and does not come

PERFORMANCE = "exchange.rules.performance"


@case("PERFORMANCE-NOT-OVERDUE", guard=f"{PERFORMANCE}.performance_is_overdue")
def a_paid_deal_that_nobody_files(scene: Scene) -> Iterator[Outcome]:
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.sign(deal)
    scene.fund(deal)
    yield rescind(scene, deal)
    due_ms = scene.state.deadlines[f"perform_by:{deal}"].due_ms
    scene.wait(due_ms - scene.now)
    yield rescind(scene, deal)


# --- a decision of invalidity that is not final

INVALIDITY = "exchange.rules.invalidity"


def decide(scene: Scene, right: str, *holders: str, **facts: Any) -> Outcome:
    """The register shows that a right has been declared invalid, and not finally."""
    return scene.copy(
        right, *holders, **({"status": "invalidity_decided", "grant_date": "2021-06-01"} | facts)
    )


@case("INVALIDITY-DECIDED", guard=f"{INVALIDITY}.no_decision_stands")
def a_right_that_is_declared_invalid(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    decide(scene, right, seller)
    yield scene.submit(seller, right)
    scene.copy(right, seller)
    yield scene.submit(seller, right)


def instalment_overdue(scene: Scene) -> tuple[str, str]:
    """Seller and deal of a licence whose second instalment, half the price, is overdue."""
    halves = (c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))
    agreed = c.Instalments(parts=halves)
    seller, buyer, listing = posted(scene, deal_kind="ordinary_licence", consideration=agreed)
    scene.credit(buyer, 100_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    scene.wait(32 * MS_PER_DAY)
    return seller, deal


def demand(scene: Scene, deal: str) -> Outcome:
    seller = scene.state.deals[deal].seller
    return scene.by(seller, c.DemandInstalments(deal_id=deal, document_digest=digest("a demand")))


def remedy(scene: Scene, deal: str, what: Any = "rescind") -> Outcome:
    seller = scene.state.deals[deal].seller
    return scene.by(seller, c.ChooseRemedy(deal_id=deal, remedy=what), c.RemedyTerms(refund=0))


@case("INVALIDITY-DECIDED of a default", guard=f"{INVALIDITY}.payments_run")
def a_default_under_a_suspended_licence(scene: Scene) -> Iterator[Outcome]:
    seller, deal = instalment_overdue(scene)
    right = scene.state.deals[deal].right_id
    decide(scene, right, seller)
    yield demand(scene, deal)
    scene.copy(right, seller)
    yield demand(scene, deal)


@case("INVALIDITY-DECIDED of a remedy")
def a_remedy_under_a_suspended_licence(scene: Scene) -> Iterator[Outcome]:
    seller, deal = instalment_overdue(scene)
    right = scene.state.deals[deal].right_id
    demand(scene, deal)
    decide(scene, right, seller)
    scene.wait(60 * MS_PER_DAY)
    yield remedy(scene, deal)
    scene.copy(right, seller)
    scene.wait(31 * MS_PER_DAY)
    yield remedy(scene, deal)


@case("INVALIDITY-DECIDED of a price to be paid")
def a_price_for_a_right_that_is_declared_invalid(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    right = scene.state.deals[deal].right_id
    decide(scene, right, seller)
    yield scene.fund(deal)
    scene.copy(right, seller)
    yield scene.fund(deal)
