"""What random days put on record, and what they have against listings in public notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.scene import digest

if TYPE_CHECKING:
    from tests.exchange.random_day import Dice, RandomDay


def papers(day: RandomDay, dice: Dice) -> None:
    """A document goes on record, or somebody says something about a public notice."""
    match dice.below(10):
        case 0:
            _lodge(day, dice, dice.choose(("venue_designation", "auctioneer_licence")), "venue")
        case 1:
            right = _one(day, dice, "right")
            value = {
                "amount": dice.choose((1, 4_000_00, 10**12)),
                "currency": dice.choose(("CNY", "CNY", "HKD")),
            }
            _lodge(day, dice, "appraisal", right, **value)
        case 2:
            kinds = ("below_appraisal_approval", "declassification", "declassification", "secrecy_notice")
            _lodge(day, dice, dice.choose(kinds), _one(day, dice, "right"))
            if day.now % 7 == 0:
                alone: Any = {"alone": ("ordinary_licence",)} if day.now % 2 else {}
                day.document("co_owners_agreement", _one(day, dice, "right"), **alone)
        case 3:
            count = dice.choose((1, 2, 300))
            holders = tuple(f"HOLDER{each}" for each in range(count))
            party = _one(day, dice, "party")
            _lodge(day, dice, "holders", party, holders=holders)
            if day.now % 11 == 0:
                day.verify(party, "beneficial_owners", nominee=day.now % 2 == 0)
        case 4 | 5:
            _about_a_letter(day, dice)
        case 6:
            waiting = [row.id for row in day.state.deals.values() if row.state == "CONDITIONAL"]
            deal = dice.choose(waiting) if waiting else _one(day, dice, "deal")
            _lodge(day, dice, dice.choose(("export_licence", "export_registration")), deal)
        case _:
            _about_a_notice(day, dice)


def _about_a_letter(day: RandomDay, dice: Dice) -> None:
    """A letter of intent, whether it was applied for or not; at times another was refused before."""
    abroad = [row.id for row in day.state.parties.values() if row.jurisdiction != "CN"]
    party = dice.choose(abroad) if abroad else "P-1"
    right = _one(day, dice, "right")
    if day.now % 7 == 0:
        day.document("letter_of_intent_application", right, party_id=party)
    if day.now % 14 == 0:
        day.document("letter_of_intent_refusal", right, party_id=party)
    _lodge(day, dice, "letter_of_intent", right, party_id=party)


def _about_a_notice(day: RandomDay, dice: Dice) -> None:
    noticed = [row.id for row in day.state.listings.values() if row.state in {"PUBLICITY", "HELD"}]
    standing = [row for row in day.state.objections.values() if row.state == "STANDING"]
    if standing and dice.chance(60):
        objection = dice.choose(standing)
        if dice.chance(30):
            party = objection.party_id if dice.chance(80) else dice.choose(list(day.keys))
            day.by(party, c.WithdrawObjection(objection_id=objection.id))
        else:
            decision: Any = "upheld" if dice.chance(30) else "dismissed"
            day.operator(c.DecideObjection(objection_id=objection.id, decision=decision))
        return
    listing = dice.choose(noticed) if noticed and dice.chance(90) else _one(day, dice, "listing")
    ground: Any = dice.choose(("title", "price", "other"))
    statement = {"statement": digest(f"against {listing}")}
    command = c.ObjectToListing(listing_id=listing, ground=ground, erasable=statement)
    day.by(dice.choose(list(day.keys)), command)


def _lodge(day: RandomDay, dice: Dice, document: str, subject_id: str, **fields: Any) -> None:
    until_ms = day.now + dice.choose((MS_PER_DAY, 90 * MS_PER_DAY)) if dice.chance(50) else None
    day.document(document, subject_id, valid_until_ms=until_ms, **fields)


def _one(day: RandomDay, dice: Dice, kind: str) -> str:
    ids = list(day.state.rows[kind])
    return dice.choose(ids) if ids else "nothing"
