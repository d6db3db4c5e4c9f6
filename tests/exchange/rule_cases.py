"""How a rule's case is written down, and the openings that many of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.turn import Outcome
from tests.exchange.scene import LETTER, Scene

Case = Callable[[Scene], Iterator[Outcome]]
"""Gives first the outcome that the rule refuses, then one that passes."""
CASES: dict[str, Case] = {}
GUARDS: dict[str, str] = {}
"""Case by name to the function of the rulebook whose body it guards."""
VENUES: dict[str, dict[str, Any]] = {}
"""Case by name to what its venue is opened with, where that differs."""


def case(code: str, guard: str = "", venue: dict[str, Any] | None = None) -> Callable[[Case], Case]:
    """Enter a case under its rule's code, with a suffix where a rule has several."""

    def enter(function: Case) -> Case:
        CASES[code] = function
        if guard:
            GUARDS[code] = guard
        VENUES[code] = venue or {}
        return function

    return enter


def named_cases() -> list[Any]:
    """The names of all cases, as parameters of a test; one of them lowers a bound, which no other process does."""
    lowered = pytest.mark.not_replayed("a bound is lowered here alone")
    return [pytest.param(name, marks=lowered if name == "EVIDENCE-FULL" else ()) for name in sorted(CASES)]


def apply_for(
    scene: Scene, number: str, key: str, jurisdiction: str = "CN", roles: tuple[str, ...] = ("buyer",)
) -> Outcome:
    command = c.ApplyParty(roles=roles, jurisdiction=jurisdiction, key=key, erasable=LETTER)  # type: ignore[arg-type]
    return scene.give(command, signer=key, actor="", terms=c.PartyTerms(company_number=number))


def posted(scene: Scene, **fields: Any) -> tuple[str, str, str]:
    """Seller, buyer and an open posted listing between them."""
    seller, buyer = scene.party(), scene.party()
    return seller, buyer, scene.listing(seller, scene.right(seller), **fields)


def competitive(scene: Scene, **fields: Any) -> tuple[str, str, str]:
    """Seller, a qualified bidder and an open competitive listing."""
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", **fields)
    scene.bidder(listing, buyer)
    return seller, buyer, listing


def royalty(**fields: Any) -> c.RunningRoyalty:
    """A running royalty of 5 % of net sales, reported each quarter; keyword arguments replace its fields."""
    agreed: dict[str, Any] = {
        "base": "net_sales",
        "rates": (500,),
        "period": "quarter",
        "report_days": 30,
        "pay_days": 15,
    }
    return c.RunningRoyalty(royalty=c.Royalty(**(agreed | fields)))


def licensed_for_royalty(scene: Scene, **fields: Any) -> tuple[str, str, str]:
    """Seller, buyer and a deal of a licence that bears a royalty and nothing else, granted."""
    terms: dict[str, Any] = {"deal_kind": "ordinary_licence", "price": 0, "consideration": royalty()} | fields
    seller, buyer, listing = posted(scene, **terms)
    deal = scene.accept(listing, buyer, terms["price"]).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    return seller, buyer, deal


def reported(scene: Scene, base: int = 1_000_000_00, **fields: Any) -> tuple[str, str]:
    """A seller, and the obligation of the first period of its licence, reported."""
    seller, buyer, deal = licensed_for_royalty(scene, **fields)
    scene.wait(93 * MS_PER_DAY)
    first = scene.state.obligations_of[deal][0]
    scene.by(buyer, c.ReportRoyalty(obligation_id=first), c.RoyaltyReportTerms(base=base))
    return seller, first
