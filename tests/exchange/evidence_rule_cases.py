"""A case for each rule of the evidence desk and of legal holds: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.evidence import KEPT_MS, document_commitment
from exchange.turn import Outcome
from tests.exchange.auction_rule_cases import auctioned, erase
from tests.exchange.rule_cases import case
from tests.exchange.scene import Scene, digest

FEW = 3
"""Deposits that a party may have while the rule of too many is tried."""
FIVE_YEARS_MS = 1_827 * MS_PER_DAY
REFERENCE = {"reference": digest("（2027）粤03民初1号"), "reason": digest("reason")}


def lodge(scene: Scene, party: str, text: str = "a paper", **fields: Any) -> Outcome:
    """A party lodges a text's digest. Fields of the command and of its terms may be mixed."""
    command: dict[str, Any] = {name: fields.pop(name) for name in ("document", "erasable") if name in fields}
    terms = c.EvidenceTerms(
        **({"sha256": digest(text), "document_salt": digest(f"salt of {text}"), "kind": "contract"} | fields)
    )
    command.setdefault("erasable", {"description": digest(f"words about {text}")})
    if "document" not in command:
        command["document"] = document_commitment(terms.sha256, terms.sm3, terms.document_salt)
    return scene.by(party, c.LodgeEvidence(**command), terms)


def hold(scene: Scene, *entries: int, **fields: Any) -> Outcome:
    """An operator places a legal hold. Fields of the command and of its terms may be mixed."""
    terms = c.LegalHoldTerms(entries=entries, ground=fields.pop("ground", "court_order"))
    command: dict[str, Any] = {"document_digest": digest("order"), "erasable": REFERENCE} | fields
    return scene.operator(c.PlaceLegalHold(**command), terms=terms)


def lift(scene: Scene, hold_id: str, **fields: Any) -> Outcome:
    """An operator lifts it."""
    command: dict[str, Any] = {"document_digest": digest("order lifted"), "erasable": REFERENCE} | fields
    return scene.operator(c.LiftLegalHold(hold_id=hold_id, **command))


@case("EVIDENCE-STANDS")
def evidence_stands(scene: Scene) -> Iterator[Outcome]:
    party = scene.party()
    lodge(scene, party)
    assert lodge(scene, scene.party()).refusal is None, "another party may"
    yield lodge(scene, party, kind="other", sm3=digest("sm3"))
    yield lodge(scene, party, "another paper")


@case("EVIDENCE-FULL")
def evidence_full(scene: Scene) -> Iterator[Outcome]:
    party, other = scene.party(), scene.party()
    with patch("exchange.evidence.MOST_EVIDENCE", FEW):
        for number in range(FEW):
            lodge(scene, party, f"paper {number}")
        assert lodge(scene, other).refusal is None
        yield lodge(scene, party, "one more")
        scene.wait(KEPT_MS + MS_PER_HOUR)
        yield lodge(scene, party, "one more")


@case("DOCUMENT-DIFFERS")
def document_differs(scene: Scene) -> Iterator[Outcome]:
    party = scene.party()
    yield lodge(scene, party, document=document_commitment(digest("b"), None, digest("salt of a paper")))
    yield lodge(scene, party)


@case("DOCUMENT-DIFFERS in its other digest alone")
def other_digest_differs(scene: Scene) -> Iterator[Outcome]:
    party, salt = scene.party(), digest("salt of a paper")
    yield lodge(
        scene, party, sm3=digest("c"), document=document_commitment(digest("a paper"), digest("b"), salt)
    )
    yield lodge(scene, party, sm3=digest("b"))


@case("FACT-MISSING what evidence is described as")
def evidence_is_described(scene: Scene) -> Iterator[Outcome]:
    party = scene.party()
    yield lodge(scene, party, erasable={"reason": digest("reason")})
    yield lodge(scene, party)


@case("PARTY-NOT-ACTIVE to lodge evidence")
def only_the_verified_lodge(scene: Scene) -> Iterator[Outcome]:
    party = scene.party(approve=False)
    yield lodge(scene, party)
    scene.admit(party)
    yield lodge(scene, party)


@case("UNKNOWN-ID what evidence is about")
def what_evidence_is_about_is_known(scene: Scene) -> Iterator[Outcome]:
    party = scene.party()
    yield lodge(scene, party, subject_id="D-99")
    yield lodge(scene, party, subject_id=scene.right(party))


@case("CN-AUCTION-LAW-54 of evidence about an auction", "exchange.rules.auction_law.records_are_kept")
def evidence_about_an_auction(scene: Scene) -> Iterator[Outcome]:
    scene.document("auctioneer_licence")
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller), "english", **auctioned(scene))
    lodge(scene, seller, subject_id=listing)
    entry = len(scene.requests) - 1
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    yield erase(scene, entry)
    scene.wait(FIVE_YEARS_MS)
    yield erase(scene, entry)


@case("LEGAL-HOLD", "exchange.rules.evidence.entry_is_not_held")
def legal_hold(scene: Scene) -> Iterator[Outcome]:
    lodge(scene, scene.party())
    entry = len(scene.requests) - 1
    held = hold(scene, entry).result["hold_id"]
    yield erase(scene, entry)
    lift(scene, held)
    yield erase(scene, entry)


@case("FACT-MISSING the order that a hold rests on")
def a_hold_names_its_order(scene: Scene) -> Iterator[Outcome]:
    yield hold(scene, 0, erasable={"reason": digest("reason")})
    yield hold(scene, 0)


@case("UNKNOWN-ID an entry that is not there yet")
def what_is_held_is_there(scene: Scene) -> Iterator[Outcome]:
    yield hold(scene, len(scene.requests))
    yield hold(scene, len(scene.requests) - 1)
