"""First refusals in a few words each."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest


def found(scene: Scene, right_id: str, *parties: str | None, **parts: str) -> Outcome:
    """The venue finds who completed a right, and by which parties they act; None for nobody's."""
    completers = tuple(
        c.Completer(commitment=digest(f"{right_id} completer {place}"), party_id=party)
        for place, party in enumerate(parties)
    )
    command = c.RecordCompleters(right_id=right_id, erasable=parts or {"evidence": digest("evidence")})
    return scene.operator(command, terms=c.CompletersTerms(service_invention=True, completers=completers))


def service_right(scene: Scene, seller: str, *parties: str | None, **facts: Any) -> str:
    """A service result whose completers act by these parties."""
    right_id = scene.right(seller, **({"service_invention": True} | facts))
    if parties:
        assert code(found(scene, right_id, *parties)) == ""
    return right_id


def notice(scene: Scene, deal_id: str, party: str = "", **fields: Any) -> Outcome:
    """The seller, or another, says that it has given notice of a deal."""
    deal = scene.state.deals[deal_id]
    facts = {"notice_digest": digest("notice"), "terms_commitment": deal.terms_commitment} | fields
    return scene.by(party or deal.seller, c.GiveRefusalNotice(deal_id=deal_id, **facts))


def waive(scene: Scene, deal_id: str, party: str) -> Outcome:
    return scene.by(party, c.WaiveRefusal(deal_id=deal_id))


def exercise(scene: Scene, deal_id: str, party: str, price: int | None = None) -> Outcome:
    """A party takes a deal by its first refusal, at the deal's price unless another is said."""
    if price is None:  # one that has left memory is answered for at the price that is named
        price = scene.state.deals[deal_id].price
    terms = c.RefusalTerms(price=price)
    return scene.by(party, c.ExerciseRefusal(deal_id=deal_id), terms)


def lodge_waiver(scene: Scene, listing_id: str, **fields: Any) -> Outcome:
    """The waiver of all completers goes on record."""
    return scene.document("first_refusal_waiver", listing_id, **fields)


def application(scene: Scene, seller: str, *others: str) -> str:
    """A co-owned application of the Mainland's, on the register."""
    return scene.right(seller, *others, status="application", expiry_date=None)


def consent(scene: Scene, listing_id: str, party: str, *, keeps: bool | None = None) -> Outcome:
    """A co-owner consents to a listing, and keeps its first refusal or says nothing of it."""
    said: dict[str, Any] = {} if keeps is None else {"keeps_refusal": keeps}
    return scene.by(party, c.ConsentToListing(listing_id=listing_id, **said))
