"""Random days of standing offers: whatever comes in whatever order, no offer holds what it must not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.commands import Request
from exchange.events import DealLeftOffer
from exchange.sealed import commitment
from exchange.terms import offer_terms
from exchange.terms.deal_terms import TERMS_LABEL
from exchange.turn import Outcome
from tests.exchange.watched_day import WatchedDay

STEPS = 220
SEEDS = range(1, 33)
PRICE = 5_000_00
MUST_BE_MET = {
    "STANDING", "WITHDRAWING", "WITHDRAWN", "ENDED", "left by AWARDED", "left by SIGNED", "signed anew",
    "party_cancelled", "OFFER-STANDS", "SIGNED-ALREADY",
}  # fmt: skip


class OfferDay(WatchedDay):
    """A day on which sellers sign, withdraw and lose offers while buyers accept, sign, cancel and dawdle."""

    def __init__(self, seed: int) -> None:
        self.met: set[str] = set()
        super().__init__(seed)

    def _apply(self, request: Request) -> Outcome:
        waiting = {deal.id: deal.state for deal in self.state.deals.values()}
        outcome = super()._apply(request)
        if outcome.refusal is not None:
            self.met.add(outcome.refusal.code)
        for event in outcome.events:
            if isinstance(event, DealLeftOffer):
                self.met.add(f"left by {waiting[event.deal_id]}")
            self.met.add(str(getattr(event, "cause", "")))
        self.offers_hold()
        return outcome

    def offers_hold(self) -> None:
        """What is true of every offer after every command."""
        state = self.state
        for offer in state.offers.values():
            self.met.add(offer.state)
            if offer.number:
                self.met.add("signed anew")
            deals = [state.deals[deal_id] for deal_id in offer.deals]
            waiting = [deal for deal in deals if deal.state == "AWARDED"]
            assert not set(offer.deals) & set(offer.left)
            assert {*offer.deals, *offer.left} <= set(state.listings[offer.id].deals)
            assert (offer.state == "WITHDRAWING") <= bool(waiting)
            assert not (waiting and offer.state in {"WITHDRAWN", "ENDED"})
            if offer.state in {"STANDING", "WITHDRAWING"}:
                key = state.keys[offer.seller_key]
                assert (key.state, key.counter) == ("LIVE", offer.counter)
            if offer.state != "STANDING":
                assert (state.listings[offer.id].state == "OPEN") <= (offer.state == "ENDED")
            for deal in waiting:
                assert (deal.seller_signature, deal.buyer_signature) == (offer.signature, "")
                assert deal.seller_key == offer.seller_key
            for deal_id in (*offer.deals, *offer.left):
                self.opens(state.deals[deal_id], offer)

    def opens(self, deal: Any, offer: Any) -> None:
        """Terms and text that a deal has by the one place that says so open its commitments."""
        salt, parties = bytes.fromhex(deal.terms_salt), self.state.parties
        sides = parties[deal.seller], parties[deal.buyer]
        terms = offer_terms.terms_of(deal, *sides, offer, simulated=True)
        label, contract = offer_terms.contract_opening_of(deal, *sides, offer, simulated=True)
        assert commitment(TERMS_LABEL, salt, terms).hex() == deal.terms_commitment
        assert commitment(label, salt, contract).hex() == deal.contract_commitment

    # --- what can happen

    def offer(self) -> None:
        right = self.state.rights.get(self._one("right"))
        if right is None:
            return
        owners = [
            party
            for party in self.keys
            if self.numbers[party] in {holder.company_number for holder in right.holder_of_record}
        ]
        seller = self._actor(owners[0] if owners else "")
        fields: dict[str, Any] = {
            "deal_kind": "ordinary_licence",
            "max_acceptances": self.dice.choose((1, 3, 5)),
            "price": PRICE,
            "territory": (right.id.partition("-")[0],),
            "closes_ms": self.now + self.dice.choose((2, 20, 60)) * MS_PER_DAY,
        }
        if right.expiry_date is None or self.dice.chance(30):
            fields["ends_ms"] = self.now + 400 * MS_PER_DAY
        submitted = self.submit(seller, right.id, "posted", **fields)
        if submitted.refusal is None:
            listing = submitted.result["listing_id"]
            self.operator(c.ApproveListing(listing_id=listing))
            if self.dice.chance(85):
                self.sign_offer(listing, seller)

    def of_a_listing(self) -> None:
        listing_id = self._one("listing")
        listing = self.state.listings.get(listing_id)
        seller = self._actor(listing.seller if listing else "")
        match self.dice.below(6):
            case 0 | 1:
                self.sign_offer(listing_id, seller)
            case 2:
                self.withdraw_offer(listing_id, seller)
            case 3:
                self.by(seller, c.WithdrawListing(listing_id=listing_id))
            case 4:
                self.told("offer_withdrawn", listing_id)
            case _:
                number = self.dice.below(2)
                self.service(
                    c.ReportChainRecord(
                        record="offer",
                        subject_id=f"{listing_id} offer {number}",
                        outcome="refused",
                        transaction="0x",
                        block=1,
                    )
                )

    def buyers(self) -> None:
        open_ones = [
            row for row in self.state.listings.values() if row.state == "OPEN" and row.mode == "posted"
        ]
        if not open_ones:
            return
        listing = self.dice.choose(open_ones)
        for _ in range(1 + self.dice.below(3)):
            buyer = self._actor()
            self._money(buyer, listing.terms.price)
            self.accept(listing.id, buyer, listing.terms.price)

    def of_a_deal(self) -> None:
        live = [row for row in self.state.deals.values() if row.state not in {"SETTLED", "REFUNDED"}]
        if not live:
            return
        deal = self.dice.choose(live)
        match self.dice.below(9):
            case 0 | 1 | 2:
                self.signature(deal.id, deal.buyer)
            case 3:
                self.signature(deal.id, deal.seller)
            case 4 | 5:
                self.chain(deal.id, self.dice.choose(("final", "refused")))
            case 6:
                self.cancel(deal.id, self.dice.choose((deal.seller, deal.buyer)))
            case 7:
                self.told("deal_cancelled", deal.id)
            case _:
                self.fund(deal.id)

    def of_a_key(self) -> None:
        party = self.dice.choose(list(self.keys))
        key = self.state.keys.get(self.state.parties[party].key)
        if key is None or self.state.parties[party].state != "ACTIVE":
            return
        signature = "0x" + "22" * 65
        until_s = self.now // 1000 + 60 * 86_400
        if self.dice.chance(60):
            self.by(
                party,
                c.AdvanceCounter(
                    party_commitment=key.commitment,
                    key=key.id,
                    counter=key.counter + 1,
                    deadline_s=until_s,
                    key_signature=signature,
                ),
            )
            return
        new = f"0x{len(self.requests):040x}"
        outcome = self.by(
            party,
            c.RotateKey(
                party_commitment=key.commitment,
                new_key=new,
                deadline_s=until_s,
                old_signature=signature,
                new_signature=signature,
                erasable={"authorisation_letter": "ab" * 32},
            ),
        )
        if outcome.refusal is None:
            self.keys[party] = new

    def hours_pass(self) -> None:
        self.wait(self.dice.choose((MS_PER_HOUR, MS_PER_DAY, 6 * MS_PER_DAY, 16 * MS_PER_DAY)))

    def step(self) -> None:
        self.dice.choose(_ACTIONS)(self)


_ACTIONS: list[Callable[[OfferDay], None]] = [
    *[OfferDay.offer] * 3, *[OfferDay.of_a_listing] * 4, *[OfferDay.buyers] * 5, *[OfferDay.of_a_deal] * 8,
    OfferDay.of_a_key, OfferDay.hours_pass, OfferDay.rights,
]  # fmt: skip


@cache
def lived(seed: int) -> OfferDay:
    """A whole day; every step of it was checked."""
    day = OfferDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_of_events_breaks_what_an_offer_promises(seed: int) -> None:
    assert len(lived(seed).requests) > STEPS // 2


def test_the_days_have_come_to_everything() -> None:
    assert sorted(MUST_BE_MET - set().union(*(lived(seed).met for seed in SEEDS))) == []
