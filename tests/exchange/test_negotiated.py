"""Negotiation: offer, counter-offer, acceptance and lapse, after Arts. 472 to 489 of the Civil Code."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import ProposalChanged
from exchange.modes.negotiated import MOST_PROPOSALS
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

LISTED = 100_000_00
DEPOSIT = 20_000_00


class Talks(Scene):
    """A negotiated listing with a seller and two buyers who have money."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.seller = self.party(**fields)
        self.right_id = self.right(self.seller)
        self.listing_id = self.listing(self.seller, self.right_id, "negotiated", deposit=DEPOSIT)
        self.buyer, self.other = self.party(), self.party()
        for buyer in (self.buyer, self.other):
            self.credit(buyer, LISTED)

    def offer(self, price: int, by: str = "", to: str = "", last_ms: int = MS_PER_DAY) -> str:
        """A proposal that is taken; its id."""
        outcome = self.propose(self.listing_id, by or self.buyer, price, to, last_ms)
        assert outcome.refusal is None
        proposal_id: str = outcome.result["proposal_id"]
        return proposal_id

    def accept_offer(self, proposal_id: str, by: str) -> Outcome:
        return self.by(by, c.AcceptProposal(proposal_id=proposal_id))

    def refuse_offer(self, proposal_id: str, by: str) -> Outcome:
        return self.by(by, c.RefuseProposal(proposal_id=proposal_id))

    def states(self) -> list[str]:
        return [proposal.state for proposal in self.state.proposals.values()]


def test_offer_counter_offer_and_acceptance_make_a_deal_at_the_price_accepted() -> None:
    talks = Talks()
    talks.offer(80_000_00)
    counter = talks.offer(95_000_00, talks.seller, talks.buyer)
    last = talks.offer(90_000_00)
    outcome = talks.accept_offer(last, talks.seller)
    deal = talks.state.deals[outcome.result["deal_id"]]
    assert (deal.price, deal.buyer, deal.deposit) == (90_000_00, talks.buyer, DEPOSIT)
    assert talks.states() == ["COUNTERED", "COUNTERED", "ACCEPTED"]
    assert talks.state.listings[talks.listing_id].state == "AWARDED"
    assert code(talks.accept_offer(counter, talks.buyer)) == "WRONG-STATE", (
        "a counter-offer ended it (Art. 488)"
    )
    talks.sign(deal.id)
    assert code(talks.fund(deal.id)) == ""
    assert talks.replay().state.state_hash() == talks.state.state_hash()


def test_the_deals_terms_are_salted_with_the_proposals_and_the_listings_salt() -> None:
    talks = Talks()
    first = talks.offer(90_000_00)
    deal = talks.state.deals[talks.accept_offer(first, talks.seller).result["deal_id"]]
    other = Talks()
    other.now += 7
    second = other.offer(90_000_00)
    changed = other.state.deals[other.accept_offer(second, other.seller).result["deal_id"]]
    assert deal.terms_salt != changed.terms_salt


def test_a_proposal_binds_whoever_made_it_until_its_time() -> None:
    talks = Talks()
    first = talks.offer(80_000_00)
    assert code(talks.propose(talks.listing_id, talks.buyer, 70_000_00)) == "PROPOSAL-STANDS"
    assert code(talks.accept_offer(first, talks.buyer)) == "NOT-PERMITTED"
    assert code(talks.refuse_offer(first, talks.buyer)) == "NOT-PERMITTED"
    assert code(talks.accept_offer(first, talks.other)) == "NOT-PERMITTED"
    assert code(talks.by(talks.buyer, c.LeaveListing(listing_id=talks.listing_id))) == "WRONG-STATE"
    talks.wait(MS_PER_DAY)
    assert talks.states() == ["LAPSED"]
    assert code(talks.accept_offer(first, talks.seller)) == "WRONG-STATE", "late acceptance (Art. 486)"


@pytest.mark.parametrize("end", ["refused", "lapsed", "withdrawn", "closed"])
def test_whatever_ends_talks_gives_the_deposit_back(end: str) -> None:
    talks = Talks()
    first = talks.offer(80_000_00, last_ms=2 * MS_PER_DAY)
    assert talks.balance(talks.buyer, "deposit") == DEPOSIT
    if end == "refused":
        assert code(talks.refuse_offer(first, talks.seller)) == ""
    elif end == "lapsed":
        talks.wait(2 * MS_PER_DAY)
    elif end == "withdrawn":
        assert code(talks.by(talks.seller, c.WithdrawListing(listing_id=talks.listing_id))) == ""
    else:
        talks.wait(31 * MS_PER_DAY)
    assert talks.balance(talks.buyer) == LISTED
    assert talks.balance(talks.buyer, "deposit") == 0
    assert talks.states() == ["REFUSED" if end == "refused" else "LAPSED"]
    if end in {"refused", "lapsed"}:
        talks.offer(85_000_00)
        assert talks.balance(talks.buyer, "deposit") == DEPOSIT, "talks may begin anew"


def test_an_acceptance_ends_every_other_negotiation_and_frees_its_deposit() -> None:
    talks = Talks()
    first = talks.offer(80_000_00)
    second = talks.offer(85_000_00, talks.other)
    outcome = talks.accept_offer(second, talks.seller)
    changed = [event for event in outcome.events if isinstance(event, ProposalChanged)]
    assert {(event.proposal_id, event.new) for event in changed} == {(first, "LAPSED"), (second, "ACCEPTED")}
    assert talks.balance(talks.buyer) == LISTED
    assert talks.balance(talks.other, "deposit") == DEPOSIT


def test_a_seller_answers_a_buyer_and_begins_with_nobody() -> None:
    talks = Talks()
    assert code(talks.propose(talks.listing_id, talks.seller, 90_000_00, talks.buyer)) == "WRONG-STATE"
    assert code(talks.propose(talks.listing_id, talks.seller, 90_000_00, "P-99")) == "UNKNOWN-ID"
    talks.offer(80_000_00)
    talks.offer(95_000_00, talks.seller, talks.buyer)
    assert code(talks.propose(talks.listing_id, talks.seller, 94_000_00, talks.buyer)) == "PROPOSAL-STANDS"
    assert code(talks.propose(talks.listing_id, talks.other, 90_000_00, talks.buyer)) == "NOT-PERMITTED"


def test_a_buyer_accepts_the_sellers_counter_offer_unless_it_may_no_longer_buy() -> None:
    talks = Talks()
    talks.offer(80_000_00)
    counter = talks.offer(95_000_00, talks.seller, talks.buyer)
    talks.operator(c.SuspendParty(party_id=talks.buyer))
    assert code(talks.accept_offer(counter, talks.buyer)) == "PARTY-NOT-ACTIVE"
    talks = Talks()
    first = talks.offer(80_000_00)
    talks.operator(c.SuspendParty(party_id=talks.buyer))
    assert code(talks.accept_offer(first, talks.seller)) == "PARTY-NOT-ACTIVE"


def test_a_seller_does_not_leave_its_own_proposal_by_withdrawing_the_listing() -> None:
    talks = Talks()
    talks.offer(80_000_00)
    talks.offer(95_000_00, talks.seller, talks.buyer)
    withdrawal = c.WithdrawListing(listing_id=talks.listing_id)
    assert code(talks.by(talks.seller, withdrawal)) == "PROPOSAL-STANDS"
    talks.wait(MS_PER_DAY)
    assert code(talks.by(talks.seller, withdrawal)) == ""


def test_one_buyer_cannot_use_up_what_others_may_propose() -> None:
    talks = Talks()
    for _ in range(MOST_PROPOSALS):
        talks.refuse_offer(talks.offer(80_000_00), talks.seller)
    assert code(talks.propose(talks.listing_id, talks.buyer, 90_000_00)) == "MALFORMED"
    talks.offer(85_000_00, talks.other)


def test_a_buyer_without_the_deposit_does_not_begin() -> None:
    talks = Talks()
    poor = talks.party()
    assert code(talks.propose(talks.listing_id, poor, 90_000_00)) == "FUNDS-SHORT"
    assert talks.states() == []


def test_an_affiliate_of_the_seller_leaves_the_talks() -> None:
    talks = Talks()
    first = talks.offer(80_000_00)
    talks.operator(c.RecordAffiliation(party_id=talks.seller, affiliate_id=talks.buyer))
    assert talks.state.proposals[first].state == "LAPSED"
    assert talks.balance(talks.buyer) == LISTED
    assert code(talks.propose(talks.listing_id, talks.buyer, 90_000_00)) == "AFFILIATE-MAY-NOT-BID"


def test_a_university_sells_for_less_than_it_has_published_only_after_another_notice() -> None:
    talks = Talks(category="university")
    assert talks.state.listings[talks.listing_id].state == "PUBLICITY"
    talks.wait(15 * MS_PER_DAY)
    low = talks.offer(90_000_00)
    refusal = talks.accept_offer(low, talks.seller)
    assert code(refusal) == "CN-ACHIEVEMENTS-18"
    assert talks.states() == ["LIVE"], "and nothing has changed"
    full = talks.offer(LISTED, talks.other)
    assert code(talks.accept_offer(full, talks.seller)) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"step": 100},
        {"registration_closes_ms": 1_800_900_000_000},
        {"max_acceptances": 2, "deal_kind": "ordinary_licence"},
        {"reserve": LISTED},
        {"floor": 1},
        {"interval_ms": 60_000},
    ],
)
def test_a_negotiated_listing_carries_nothing_of_other_modes(fields: dict[str, Any]) -> None:
    scene = Scene()
    seller = scene.party()
    assert code(scene.submit(seller, scene.right(seller), "negotiated", **fields)) == "MALFORMED"


def test_a_proposal_does_not_outlive_its_listing_and_is_no_free_option() -> None:
    talks = Talks()
    for last_ms in (0, 31 * MS_PER_DAY):
        assert code(talks.propose(talks.listing_id, talks.buyer, 1, "", last_ms)) == "MALFORMED"


def test_a_suspended_listing_takes_no_step_of_the_talks_but_their_end() -> None:
    talks = Talks()
    first = talks.offer(80_000_00)
    talks.copy(talks.right_id, talks.seller, freeze="preservation")
    assert talks.state.listings[talks.listing_id].state == "SUSPENDED"
    assert code(talks.propose(talks.listing_id, talks.other, 90_000_00)) == "WRONG-STATE"
    assert code(talks.accept_offer(first, talks.seller)) == "WRONG-STATE"
    assert code(talks.refuse_offer(first, talks.seller)) == ""
    assert talks.balance(talks.buyer) == LISTED


def test_an_ended_negotiation_leaves_memory_with_its_listing() -> None:
    talks = Talks()
    talks.offer(80_000_00)
    talks.wait(40 * MS_PER_DAY)
    talks.wait(130 * MS_PER_DAY)
    assert talks.state.proposals == {}
    assert talks.replay().state.state_hash() == talks.state.state_hash()
