"""Cases of the rules on lots, and the openings that tests of lots share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange.rule_cases import case
from tests.exchange.scene import Scene

SHARES = (500_000, 300_000, 200_000)
RULES = "exchange.rules.lots"


def lot_of(rights: list[str], shares: tuple[int, ...] = SHARES) -> dict[str, Any]:
    """What a submission says of a lot of these rights."""
    members = zip(rights, shares, strict=True)
    return {"lot": tuple(c.LotMember(right_id=right, share=share) for right, share in members)}


def submit_lot(
    scene: Scene, seller: str, rights: list[str], shares: tuple[int, ...] = SHARES, **fields: Any
) -> Outcome:
    """Rights of a seller's are listed as one lot; field names of the command and of its terms may be mixed."""
    return scene.submit(seller, rights[0], **({"mode": "posted"} | lot_of(rights, shares) | fields))


def sold_lot(scene: Scene, seller: str, buyer: str, rights: list[str], **fields: Any) -> list[str]:
    """An open posted lot that the buyer accepts; gives the ids of its deals."""
    listing = submit_lot(scene, seller, rights, **fields).result["listing_id"]
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.credit(buyer, scene.state.listings[listing].terms.price)
    scene.accept(listing, buyer, scene.state.listings[listing].terms.price)
    return list(scene.state.listings[listing].deals)


def sign_all(scene: Scene, deals: list[str]) -> None:
    """Both sign every deal, and the chain has every one."""
    for deal_id in deals:
        deal = scene.state.deals[deal_id]
        for party in (deal.seller, deal.buyer):
            scene.signature(deal_id, party)
    for deal_id in deals:
        scene.chain(deal_id)


def pay_for(scene: Scene, deals: list[str]) -> Outcome:
    """The buyer pays for the whole lot, whose price was held at the acceptance."""
    return scene.by(
        scene.state.deals[deals[0]].buyer, c.FundDeal(deal_id=deals[0], statement_line=f"LINE-{scene.lines}")
    )


@case("LOT-MIXED", guard=f"{RULES}.rights_are_of_one_place")
def rights_of_two_places(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    mainland = [scene.right(seller), scene.right(seller)]
    abroad = scene.right(seller, right_id="US-16000002")
    yield submit_lot(scene, seller, [mainland[0], abroad], (500_000, 500_000))
    yield submit_lot(scene, seller, mainland, (500_000, 500_000))


@case("LOT-CHOICE-OPEN", guard=f"{RULES}.buyer_has_chosen")
def filing_before_the_buyer_has_chosen(scene: Scene) -> Iterator[Outcome]:
    seller, buyer = scene.party(), scene.party()
    deals = sold_lot(scene, seller, buyer, [scene.right(seller) for _ in SHARES])
    sign_all(scene, deals)
    pay_for(scene, deals)
    scene.file(deals[0])
    scene.refuse(deals[0])
    yield scene.file(deals[1])
    scene.by(buyer, c.DecideLot(listing_id=scene.state.deals[deals[0]].listing_id, decision="keep"))
    yield scene.file(deals[1])
