"""Every pair of state and step is taken or refused for the bidders of a listing, by real commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from exchange.engine import VERSIONS
from exchange.events import BidderChanged
from exchange.listings import bidders
from exchange.turn import Outcome
from tests.exchange import refusing
from tests.exchange.scene import Scene
from tests.exchange.test_defaults import DEPOSIT, Awarded
from tests.exchange.test_first_refusal import Refused
from tests.exchange.test_key_tables import Expected, pairs

W, NOBODY, BOUND, OTHERS = "WRONG-STATE", "UNKNOWN-ID", "BID-IRREVOCABLE", "NOT-PERMITTED"


def asked(
    register: str, qualify: str, leave: str, bar: str, take: str = W, decline: str = W
) -> dict[str, str]:
    """What follows from each step that a command asks for."""
    return {
        "register": register,
        "qualify": qualify,
        "leave": leave,
        "bar": bar,
        "take": take,
        "decline": decline,
    }


BIDDERS: Expected = {
    "": asked("REGISTERED", NOBODY, NOBODY, ""),
    "REGISTERED": asked(W, "QUALIFIED", "LEFT", "LEFT"),
    "QUALIFIED": asked(W, W, "LEFT", "LEFT"),
    "LEFT": asked("REGISTERED", W, NOBODY, "LEFT"),
    "OFFERED": asked(W, W, BOUND, "OFFERED", take="QUALIFIED", decline="QUALIFIED"),
    "FORFEITED": asked(W, W, BOUND, "FORFEITED", take=OTHERS, decline=OTHERS),
}
"""The state that follows, or the code of the refusal; `bar` is a finding for which a party may buy no more."""
STEPS: dict[str, Callable[[Scene, str, str], Outcome]] = {
    "register": lambda scene, listing, party: scene.by(party, c.RegisterBidder(listing_id=listing)),
    "qualify": lambda scene, listing, party: scene.operator(
        c.QualifyBidder(listing_id=listing, party_id=party)
    ),
    "leave": lambda scene, listing, party: scene.by(party, c.LeaveListing(listing_id=listing)),
    "bar": lambda scene, _, party: scene.document("venue_staff", party),
    "take": lambda scene, listing, party: scene.by(party, c.AcceptAward(listing_id=listing)),
    "decline": lambda scene, listing, party: scene.by(party, c.DeclineAward(listing_id=listing)),
}


def standing(scene: Scene, listing: str, party: str) -> str:
    found = scene.state.listings[listing].bidders.get(party)
    return "" if found is None else found.state


def bidder_in(state: str) -> tuple[Scene, str, str]:
    """Scene, listing and a party that real commands have brought into a state there."""
    if state in {"OFFERED", "FORFEITED"}:
        awarded = Awarded()
        awarded.default_of_deal()
        return awarded, awarded.listing_id, awarded.bidders[state == "OFFERED"]
    scene = Scene()
    seller, party = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=DEPOSIT, step=1)
    scene.credit(party, 2 * DEPOSIT)
    if state:
        scene.by(party, c.RegisterBidder(listing_id=listing))
    if state == "QUALIFIED":
        scene.operator(c.QualifyBidder(listing_id=listing, party_id=party))
    if state == "LEFT":
        scene.by(party, c.LeaveListing(listing_id=listing))
    return scene, listing, party


@pytest.mark.parametrize(("state", "step"), pairs(BIDDERS))
def test_a_bidder_takes_the_steps_of_its_table_and_no_other(state: str, step: str) -> None:
    scene, listing, party = bidder_in(state)
    assert standing(scene, listing, party) == state
    if step == "take":
        scene.credit(party, DEPOSIT)
    hash_before = scene.state.state_hash()
    outcome = STEPS[step](scene, listing, party)
    expected = BIDDERS[state][step]
    if "-" in expected:
        assert outcome.refusal is not None, f"taken instead of {expected}"
        assert (outcome.refusal.code, standing(scene, listing, party)) == (expected, state)
        assert scene.state.state_hash() == hash_before
    else:
        assert outcome.refusal is None, outcome.refusal
        assert standing(scene, listing, party) == expected
    scene.replay()


# --- what follows from something else than a command of the bidder's or about it


def negotiating(scene: Scene) -> tuple[str, str, str]:
    """Listing, buyer and its live proposal."""
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "negotiated", deposit=DEPOSIT)
    scene.credit(buyer, 2 * DEPOSIT)
    proposal = scene.propose(listing, buyer, 90_000_00).result["proposal_id"]
    return listing, buyer, proposal


def refused_proposal(scene: Scene) -> str:
    listing, _, proposal = negotiating(scene)
    scene.by(scene.state.listings[listing].seller, c.RefuseProposal(proposal_id=proposal))
    return listing


def first_offer() -> Scene:
    scene = Scene()
    negotiating(scene)
    return scene


def offer_after_another() -> Scene:
    scene = Scene()
    listing = refused_proposal(scene)
    buyer = next(iter(scene.state.listings[listing].bidders))
    scene.propose(listing, buyer, 95_000_00)
    return scene


def offer_refused() -> Scene:
    scene = Scene()
    refused_proposal(scene)
    return scene


def negotiated_default() -> Scene:
    scene = Scene()
    listing, _, proposal = negotiating(scene)
    seller = scene.state.listings[listing].seller
    deal = scene.by(seller, c.AcceptProposal(proposal_id=proposal)).result["deal_id"]
    scene.signature(deal, seller)
    scene.wait(scene.state.deadlines[f"sign_by:{deal}"].due_ms - scene.now)
    return scene


def winner_defaults() -> Scene:
    scene = Awarded()
    scene.default_of_deal()
    return scene


def first_refusal_exercised() -> Scene:
    scene = Refused("competitive")
    refusing.notice(scene, scene.deal.id)
    refusing.exercise(scene, scene.deal.id, scene.completers[0])
    return scene


def completer_takes(*, after_leaving: bool) -> tuple[Scene, str]:
    """A completer takes a negotiated deal by its first refusal, which leaving the listing does not cost it."""
    scene = Scene()
    seller, buyer, completer = scene.party(), scene.party(), scene.party()
    right = refusing.service_right(scene, seller, completer)
    listing = scene.listing(seller, right, "negotiated", deposit=DEPOSIT)
    for party in (buyer, completer):
        scene.credit(party, 200_000_00)
    if after_leaving:
        own = scene.propose(listing, completer, 80_000_00).result["proposal_id"]
        scene.by(seller, c.RefuseProposal(proposal_id=own))
    proposal = scene.propose(listing, buyer, 90_000_00).result["proposal_id"]
    deal = scene.by(seller, c.AcceptProposal(proposal_id=proposal)).result["deal_id"]
    refusing.notice(scene, deal)
    return scene, str(refusing.exercise(scene, deal, completer).result["deal_id"])


def negotiated_first_refusal() -> Scene:
    return completer_takes(after_leaving=False)[0]


def completer_that_left_defaults() -> Scene:
    """It does not sign what it has taken."""
    scene, taken = completer_takes(after_leaving=True)
    scene.signature(taken, scene.state.deals[taken].seller)
    scene.wait(scene.state.deadlines[f"sign_by:{taken}"].due_ms - scene.now)
    return scene


def outbid_one_leaves(engine: int) -> Awarded:
    """The second of an English auction is found to owe; the first, who wins, defaults."""

    class Outbid(Awarded):
        def wait(self, milliseconds: int) -> None:
            bids = self.state.bids_of.get(getattr(self, "listing_id", ""), ())
            if len(bids) == 3 and self.row.state != "AWARDED":
                self.document("dishonesty_listing", self.bidders[1])
            super().wait(milliseconds)

    scene = Outbid(mode="english", engine=engine)
    assert scene.row.bidders[scene.bidders[1]].state == "LEFT"
    scene.default_of_deal()
    return scene


def the_next_has_left() -> Scene:
    return outbid_one_leaves(4)


def test_the_award_is_not_offered_to_one_that_has_left() -> None:
    scene = outbid_one_leaves(VERSIONS[1])
    assert scene.row.bidders[scene.bidders[1]].state == "LEFT"
    assert scene.row.bidders[scene.bidders[2]].state == "OFFERED"


BY_ITSELF: dict[tuple[str, str], tuple[Callable[[], Scene], str]] = {
    ("", "negotiate"): (first_offer, "NEGOTIATING"),
    ("LEFT", "negotiate"): (offer_after_another, "NEGOTIATING"),
    ("NEGOTIATING", "leave"): (offer_refused, "LEFT"),
    ("NEGOTIATING", "forfeit"): (negotiated_default, "FORFEITED"),
    ("NEGOTIATING", "give_way"): (negotiated_first_refusal, "QUALIFIED"),
    ("QUALIFIED", "forfeit"): (winner_defaults, "FORFEITED"),
    ("QUALIFIED", "offer"): (winner_defaults, "OFFERED"),
    ("QUALIFIED", "give_way"): (first_refusal_exercised, "QUALIFIED"),
    ("LEFT", "forfeit"): (completer_that_left_defaults, "FORFEITED"),
    ("LEFT", "offer"): (the_next_has_left, "OFFERED"),
}


def changes(scene: Scene) -> list[tuple[str, str]]:
    events: list[Any] = [event for outcome in scene.outcomes for event in outcome.events]
    return [(event.old, event.new) for event in events if isinstance(event, BidderChanged)]


@pytest.mark.parametrize(("state", "step"), BY_ITSELF)
def test_what_becomes_of_an_award_moves_the_bidder(state: str, step: str) -> None:
    follow, new = BY_ITSELF[state, step]
    scene = follow()
    assert (state, new) in changes(scene)
    scene.replay()


def test_the_table_of_bidders_has_every_step_that_is_taken_and_no_other() -> None:
    events = {"register": "register", "qualify": "qualify", "leave": "leave", "bar": "leave", "take": "take"}
    taken = {
        (state, events.get(step, "pass")): new
        for state, steps in BIDDERS.items()
        for step, new in steps.items()
        if "-" not in new and new != state
    }
    taken |= {pair: new for pair, (_, new) in BY_ITSELF.items()}
    assert taken == bidders.TRANSITIONS
