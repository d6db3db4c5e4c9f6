"""How a rule's case is written down, and the openings that many of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange.scene import LETTER, Scene

Case = Callable[[Scene], Iterator[Outcome]]
"""Gives first the outcome that the rule refuses, then one that passes."""
CASES: dict[str, Case] = {}
GUARDS: dict[str, str] = {}
"""Case by name to the function of the rulebook whose body it guards."""


def case(code: str, guard: str = "") -> Callable[[Case], Case]:
    """Enter a case under its rule's code, with a suffix where a rule has several."""

    def enter(function: Case) -> Case:
        CASES[code] = function
        if guard:
            GUARDS[code] = guard
        return function

    return enter


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
