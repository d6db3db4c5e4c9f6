"""No close makes a deal with a seller that a list of sanctions names: its listing lapses, and nobody has defaulted."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.events import DealDefaulted
from tests.exchange import refusing
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_defaults import Awarded
from tests.exchange.test_sealed_mode import DEPOSIT, LEAST, WINDOW_MS
from tests.exchange.test_tender import CRITERIA, DOCUMENT, alike

TERMS: dict[str, dict[str, Any]] = {
    "competitive": {},
    "english": {"step": 1},
    "sealed": {"reveal_ms": WINDOW_MS},
    "tender": {"reveal_ms": WINDOW_MS, "criteria": CRITERIA},
}


class Closing(Scene):
    """Two owners' listing that three have bid on, before the step that decides who has it."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.owners = {"seller": self.party(), "co_owner": self.party()}
        right = self.right(*self.owners.values())
        terms = {"price": LEAST, "deposit": DEPOSIT} | TERMS[mode]
        self.listing_id = self.listing(self.owners["seller"], right, mode, approve=False, **terms)
        refusing.consent(self, self.listing_id, self.owners["co_owner"])
        self.operator(c.ApproveListing(listing_id=self.listing_id))
        self.bidders = [self.party() for _ in range(3)]
        for bidder in self.bidders:
            self.credit(bidder, DEPOSIT)
            self.bidder(self.listing_id, bidder)
        self.wait(self.row.registration_closes_ms - self.now)
        self.bids = self._bids(DOCUMENT if mode == "tender" else "")

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]

    def _bids(self, document: str) -> list[str]:
        """One bid of each; a sealed one is opened, but for a sealed listing's first."""
        if self.row.mode in {"competitive", "english"}:
            given = [self.bid(self.listing_id, each, LEAST + n) for n, each in enumerate(self.bidders)]
            return [outcome.result["bid_id"] for outcome in given]
        given = [self.seal(self.listing_id, each, LEAST + n, document) for n, each in enumerate(self.bidders)]
        bids = [outcome.result["bid_id"] for outcome in given]
        self.wait(self.row.closes_ms - self.now)
        self.fixed(self.listing_id)
        for number, bid in enumerate(bids):
            if number or self.row.mode == "tender":
                assert code(self.reveal(bid, LEAST + number, document)) == ""
        if self.row.mode == "tender":
            self.wait(self.row.reveal_closes_ms - self.now)
        return bids

    def decided(self) -> str:
        """What decides comes, in whatever way the mode has it; gives the code of what was refused."""
        if self.row.mode == "tender":
            sheets = tuple(
                c.ScoreSheet(expert=digest(f"expert {n}"), points=alike(self.bids, 1, 2, 3)) for n in range(5)
            )
            outcome = self.operator(
                c.RecordScores(listing_id=self.listing_id), terms=c.ScoreTerms(sheets=sheets)
            )
            return code(outcome)
        ends_ms = self.row.reveal_closes_ms if self.row.mode == "sealed" else self.row.closes_ms
        self.wait(ends_ms - self.now)
        return ""

    def lapses(self) -> None:
        """No deal, every deposit back, nobody in default."""
        assert (self.row.state, len(self.state.deals)) == ("LAPSED", 0)
        assert [self.balance(bidder) for bidder in self.bidders] == [DEPOSIT] * 3
        assert all(self.balance(owner) == 0 for owner in self.owners.values())
        assert not [each for each in self.outcomes if any(isinstance(e, DealDefaulted) for e in each.events)]
        assert self.replay().state.state_hash() == self.state.state_hash()


@pytest.mark.parametrize("named", ["seller", "co_owner"])
@pytest.mark.parametrize("mode", TERMS)
def test_no_close_makes_a_deal_with_a_sanctioned_seller_and_every_deposit_goes_back(
    mode: str, named: str
) -> None:
    scene = Closing(mode)
    scene.document("sanctions_listing", scene.owners[named])
    if mode == "tender":
        assert scene.decided() == "WRONG-STATE"
        scene.wait(scene.state.deadlines[f"evaluation_by:{scene.listing_id}"].due_ms - scene.now)
    else:
        scene.decided()
    scene.lapses()


@pytest.mark.parametrize("mode", TERMS)
def test_whoever_is_off_the_list_again_before_the_close_sells(mode: str) -> None:
    scene = Closing(mode)
    scene.document("sanctions_listing", scene.owners["seller"])
    scene.document("sanctions_removal", scene.owners["seller"])
    assert scene.decided() == ""
    assert (scene.row.state, len(scene.state.deals)) == ("AWARDED", 1)


def test_what_a_sanctioned_seller_sells_is_not_offered_to_the_next_bidder() -> None:
    scene = Awarded()
    scene.signature(scene.deal.id, scene.seller)
    scene.document("sanctions_listing", scene.seller)
    scene.wait(scene.state.deadlines[f"sign_by:{scene.deal.id}"].due_ms - scene.now)
    assert scene.row.state == "LAPSED"
    assert all(scene.balance(bidder) == 30_000_00 for bidder in scene.bidders)
