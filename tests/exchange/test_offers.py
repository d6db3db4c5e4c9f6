"""Standing offers: the seller signs once, each acceptance makes a deal, and nothing that ends an offer ends a deal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import (
    DealLeftOffer,
    OfferEnded,
    OfferSigned,
    OfferWithdrawing,
    OfferWithdrawn,
    SignaturesVoided,
)
from exchange.offers import digest_of
from exchange.sealed import commitment
from exchange.terms import filing_package, offer_terms, text
from exchange.terms.deal_terms import TERMS_LABEL
from exchange.terms.hash_set import hash_set_commitment
from exchange.turn import Outcome
from tests.exchange.scene import Scene, digest
from tests.exchange.test_keys import NEW, OTHER, advance, refusal, report, revoke, rotate

PRICE = 100_000_00
SIGNED = "0x" + "66" * 65


class Shop:
    """A listing of ordinary licences whose seller has signed its standing offer, and buyers who come."""

    def __init__(self, most: int = 3, *, signed: bool = True, **fields: Any) -> None:
        self.scene = Scene()
        self.seller = self.scene.party()
        self.right = self.scene.right(self.seller)
        kind: dict[str, Any] = {"deal_kind": "ordinary_licence", "max_acceptances": most}
        self.listing = self.scene.listing(self.seller, self.right, **(kind | fields))
        if signed:
            assert self.scene.sign_offer(self.listing, self.seller).refusal is None

    @property
    def offer(self) -> Any:
        return self.scene.state.offers[self.listing]

    @property
    def listed(self) -> Any:
        return self.scene.state.listings[self.listing]

    def accepted(self) -> tuple[str, str]:
        """Another buyer accepts and pays; gives buyer and deal."""
        buyer = self.scene.party()
        return buyer, self.scene.deal(self.listing, buyer)

    def deal(self, deal_id: str) -> Any:
        return self.scene.state.deals[deal_id]

    def opens(self, deal_id: str) -> bool:
        """Whether terms and text of the deal open its commitments."""
        deal, parties = self.deal(deal_id), self.scene.state.parties
        salt, offer = bytes.fromhex(deal.terms_salt), self.scene.state.offers.get(deal.listing_id)
        sides = parties[deal.seller], parties[deal.buyer]
        terms = offer_terms.terms_of(deal, *sides, offer, simulated=True)
        label, contract = offer_terms.contract_opening_of(deal, *sides, offer, simulated=True)
        return bool(
            commitment(TERMS_LABEL, salt, terms).hex() == deal.terms_commitment
            and commitment(label, salt, contract).hex() == deal.contract_commitment
        )


# --- signing


def test_a_signed_offer_stands_and_the_chain_is_to_have_the_right() -> None:
    shop = Shop(signed=False)
    outcome = shop.scene.sign_offer(shop.listing, shop.seller)
    assert outcome.events == (OfferSigned(listing_id=shop.listing),)
    assert (shop.offer.state, shop.offer.most, shop.offer.counter) == ("STANDING", 3, 0)
    assert shop.offer.expires_at_s == shop.listed.closes_ms // 1000 + 90 * 86_400
    assert shop.scene.state.rights[shop.right].witnessed_holders
    shop.scene.replay()


def test_what_was_accepted_before_the_offer_does_not_count_towards_its_most() -> None:
    shop = Shop(most=3, signed=False)
    _, before = shop.accepted()
    shop.scene.sign_offer(shop.listing, shop.seller)
    _, after = shop.accepted()
    assert shop.offer.most == 2
    assert shop.offer.deals == (after,)
    assert (shop.deal(before).seller_signature, shop.deal(after).seller_signature) == ("", SIGNED)
    assert shop.opens(before)
    assert shop.opens(after)


def test_an_acceptance_between_reading_and_signing_the_offer_has_it_read_again() -> None:
    shop = Shop(signed=False)
    stale = c.SignOffer(
        listing_id=shop.listing,
        offer_digest=shop.scene.offer_digest(shop.listing),
        offer_signature=SIGNED,
    )
    shop.accepted()
    assert refusal(shop.scene.by(shop.seller, stale)) == "WRONG-STATE"
    assert shop.scene.sign_offer(shop.listing, shop.seller).refusal is None


def _suspended(shop: Shop) -> None:
    shop.scene.copy(shop.right, shop.seller, freeze="dispute")


def _ended(shop: Shop) -> None:
    shop.scene.wait(31 * MS_PER_DAY)


def _revoked_deal_key_is_no_matter(shop: Shop) -> None:
    shop.scene.service(
        c.ReportChainRecord(
            record="key",
            subject_id=shop.scene.keys[shop.seller],
            outcome="refused",
            transaction="0x",
            block=1,
            error="MessageExpired",
        )
    )


@pytest.mark.parametrize(
    ("fields", "change", "code"),
    [
        ({"deal_kind": "assignment", "max_acceptances": 1}, None, "WRONG-STATE"),
        ({"deal_kind": "exclusive_licence", "max_acceptances": 1}, None, "WRONG-STATE"),
        ({"approve": False}, None, "WRONG-STATE"),
        ({}, _suspended, "WRONG-STATE"),
        ({}, _ended, "WRONG-STATE"),
        ({}, _revoked_deal_key_is_no_matter, "KEY-NOT-ENROLLED"),
        ({}, lambda shop: shop.scene.sign_offer(shop.listing, shop.seller), "WRONG-STATE"),
    ],
)
def test_only_an_open_posted_ordinary_licence_is_offered_once_and_with_a_live_key(
    fields: dict[str, Any], change: Callable[[Shop], object] | None, code: str
) -> None:
    shop = Shop(signed=False, **fields)
    if change is not None:
        change(shop)
    before = shop.scene.state.state_hash()
    assert refusal(shop.scene.sign_offer(shop.listing, shop.seller)) == code
    assert shop.scene.state.state_hash() == before


def test_a_competitive_listing_has_no_standing_offer() -> None:
    scene = Scene()
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", deal_kind="ordinary_licence")
    assert refusal(scene.sign_offer(listing, seller)) == "WRONG-STATE"


def test_nobody_but_the_seller_signs_or_withdraws_an_offer() -> None:
    shop = Shop(signed=False)
    stranger = shop.scene.party()
    assert refusal(shop.scene.sign_offer(shop.listing, stranger)) == "NOT-PERMITTED"
    shop.scene.sign_offer(shop.listing, shop.seller)
    assert refusal(shop.scene.withdraw_offer(shop.listing, stranger)) == "NOT-PERMITTED"
    assert refusal(shop.scene.sign_offer("L-99", shop.seller)) == "UNKNOWN-ID"


@pytest.mark.parametrize("signature", ["", "0x" + "66" * 64, "0x" + "6G" * 65, "66" * 65])
def test_a_signature_of_another_shape_is_malformed(signature: str) -> None:
    shop = Shop(signed=False)
    scene, listing = shop.scene, shop.listing
    made = c.SignOffer(
        listing_id=listing, offer_digest=scene.offer_digest(listing), offer_signature=signature
    )
    assert refusal(scene.by(shop.seller, made)) == "MALFORMED"
    scene.sign_offer(listing, shop.seller)
    standing = digest_of(shop.offer)
    ended = c.WithdrawOffer(listing_id=listing, offer_digest=standing)
    terms = c.OfferWithdrawalTerms(withdrawal_signature=signature)
    assert refusal(scene.by(shop.seller, ended, terms)) == "MALFORMED"


def test_a_pledgee_consents_before_the_seller_signs_for_whoever_accepts() -> None:
    shop = Shop(signed=False)
    scene = shop.scene
    bank = scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=5, currency="CNY")
    scene.copy(shop.right, shop.seller, pledges=(pledge,))
    assert refusal(scene.sign_offer(shop.listing, shop.seller)) == "CN-CIVIL-CODE-444"
    scene.by(bank, c.ConsentToDeal(listing_id=shop.listing))
    assert scene.sign_offer(shop.listing, shop.seller).refusal is None


def test_the_first_engine_knows_no_standing_offers() -> None:
    class First(Scene):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=1, rulebook=1))

        def enrol(self, party_id: str, key: str = "") -> Outcome:
            return self.outcomes[-1] if self.outcomes else super().enrol(party_id, key)

    scene = First()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", max_acceptances=2)
    assert refusal(scene.sign_offer(listing, seller)) == "WRONG-STATE"
    deal = scene.deal(listing, buyer)
    assert refusal(scene.cancel(deal, buyer)) == "WRONG-STATE"
    assert scene.state.offers == {}


# --- accepting


def test_under_a_standing_offer_the_buyers_signature_makes_the_contract() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    assert refusal(shop.scene.signature(deal, shop.seller)) == "SIGNED-ALREADY"
    signed = shop.scene.signature(deal, buyer)
    assert signed.refusal is None
    assert shop.deal(deal).state == "SIGNED"
    shop.scene.chain(deal)
    shop.scene.fund(deal)
    shop.scene.pay_all(deal)
    assert shop.deal(deal).state == "SETTLED"
    shop.scene.replay()


def test_without_a_standing_offer_both_sign_as_ever() -> None:
    shop = Shop(signed=False)
    buyer, deal = shop.accepted()
    shop.scene.signature(deal, buyer)
    assert shop.deal(deal).state == "AWARDED"
    shop.scene.signature(deal, shop.seller)
    assert shop.deal(deal).state == "SIGNED"
    assert shop.deal(deal).terms_salt != offer_terms.offer_terms_salt(shop.listed).hex()


def test_every_acceptance_has_the_text_that_the_seller_signed_whatever_the_register_says_later() -> None:
    shop = Shop()
    _, first = shop.accepted()
    shop.scene.copy(shop.right, shop.seller, grant_date="2022-02-02", filing_date="2019-02-02")
    _, second = shop.accepted()
    for deal in (first, second):
        assert shop.opens(deal)
        assert shop.deal(deal).contract_commitment == shop.offer.contract_commitment
        assert shop.deal(deal).terms_commitment == shop.offer.terms_commitment


def test_the_text_says_that_it_is_an_offer_and_an_announced_one_cites_the_open_licence() -> None:
    for number in (None, "2026-7"):
        shop = Shop(announcement_number=number, max_acceptances=1)
        facts = shop.offer.right_facts
        seller = shop.scene.state.parties[shop.seller]
        offered = offer_terms.offered_by(shop.listed, facts)
        earlier = offer_terms.offer_text(offered, seller, simulated=True)
        for words in (
            earlier,
            text.text(offer_terms.contract_offered(offered, seller, simulated=True), "zh-Hans"),
        ):
            for article in ("四百七十三", "四百七十六", "四百八十三"):
                assert article in words
            assert ("专利法第五十条、第五十一条" in words) == (number is not None)


def test_the_papers_for_the_office_hold_the_offer_and_who_accepted_it() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    parties = shop.scene.state.parties
    papers = filing_package.filing_package(
        shop.deal(deal),
        parties[shop.seller],
        parties[buyer],
        offer=shop.offer,
        consenting_pledgees=(),
        simulated=True,
    )
    assert shop.scene.numbers[buyer] in papers["acceptance"]
    assert "要约" in papers["contract"]
    salt = bytes.fromhex(shop.deal(deal).terms_salt)
    contract = offer_terms.contract_of(
        shop.deal(deal), parties[shop.seller], parties[buyer], shop.offer, simulated=True
    )
    assert contract is not None
    assert papers["contract"] == text.text(contract, contract.prevails)
    assert hash_set_commitment(contract, salt).hex() == shop.offer.contract_commitment


def test_a_buyer_signs_its_acceptance_with_another_key_and_the_seller_with_the_offers() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    shop.scene.enrol(buyer, OTHER)
    shop.scene.enrol(shop.seller, NEW)
    chosen = c.ChooseDealKey(deal_id=deal, key=OTHER)
    assert shop.scene.by(buyer, chosen).refusal is None
    own = c.ChooseDealKey(deal_id=deal, key=NEW)
    assert refusal(shop.scene.by(shop.seller, own)) == "WRONG-STATE"
    assert shop.scene.signature(deal, buyer).refusal is None
    assert shop.deal(deal).seller_signature == SIGNED


def test_a_buyers_new_key_leaves_its_acceptance_under_the_offer() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    outcome = rotate(shop.scene, buyer)
    assert SignaturesVoided(deal_id=deal) not in outcome.events
    assert shop.deal(deal).seller_signature == SIGNED
    assert shop.scene.signature(deal, buyer).refusal is None
    assert shop.deal(deal).state == "SIGNED"
    shop.scene.replay()


def test_a_buyer_that_does_not_sign_in_time_has_its_money_back() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    shop.scene.wait(20 * MS_PER_DAY)
    assert shop.deal(deal).state == "REFUNDED"
    assert shop.scene.balance(buyer) == PRICE
    assert shop.offer.state == "STANDING"


# --- withdrawing


def test_a_withdrawal_waits_for_those_who_have_accepted_and_takes_the_listing_off_at_once() -> None:
    shop = Shop()
    first, signed = shop.accepted()
    second, slow = shop.accepted()
    shop.scene.signature(signed, first)
    outcome = shop.scene.withdraw_offer(shop.listing, shop.seller)
    assert OfferWithdrawing(listing_id=shop.listing, waiting=(slow,)) in outcome.events
    assert not any(isinstance(event, OfferWithdrawn) for event in outcome.events)
    assert (shop.offer.state, shop.listed.state) == ("WITHDRAWING", "AWARDED")
    third = shop.scene.party()
    shop.scene.credit(third, PRICE)
    assert refusal(shop.scene.accept(shop.listing, third)) == "WRONG-STATE"
    last = shop.scene.signature(slow, second)
    kinds = [type(event).__name__ for event in last.events]
    assert kinds.index("OfferWithdrawn") > kinds.index("DealChanged")
    assert OfferWithdrawn(listing_id=shop.listing, signature="0x" + "77" * 65) in last.events
    assert (shop.offer.state, shop.deal(slow).state) == ("WITHDRAWN", "SIGNED")
    shop.scene.replay()


def test_a_withdrawal_nobody_waits_for_is_one_at_once_and_nobody_accepted_means_withdrawn() -> None:
    shop = Shop()
    outcome = shop.scene.withdraw_offer(shop.listing, shop.seller)
    assert OfferWithdrawn(listing_id=shop.listing, signature="0x" + "77" * 65) in outcome.events
    assert (shop.offer.state, shop.listed.state) == ("WITHDRAWN", "WITHDRAWN")
    assert shop.scene.state.rights[shop.right].open_listing is None


def test_whoever_waits_and_never_signs_does_not_hold_the_withdrawal_for_ever() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    shop.scene.withdraw_offer(shop.listing, shop.seller)
    shop.scene.wait(20 * MS_PER_DAY)
    assert (shop.offer.state, shop.deal(deal).state) == ("WITHDRAWN", "REFUNDED")
    assert shop.scene.balance(buyer) == PRICE
    assert shop.listed.state == "LAPSED"
    shop.scene.replay()


def test_a_withdrawal_of_another_offer_ends_nothing() -> None:
    shop = Shop()
    earlier = digest_of(shop.offer)
    advance(shop.scene, shop.seller, 1)
    shop.scene.sign_offer(shop.listing, shop.seller)
    command = c.WithdrawOffer(listing_id=shop.listing, offer_digest=earlier)
    terms = c.OfferWithdrawalTerms(withdrawal_signature=SIGNED)
    assert refusal(shop.scene.by(shop.seller, command, terms)) == "WRONG-STATE"
    assert shop.offer.state == "STANDING"


def test_a_suspended_listings_offer_is_withdrawn_too() -> None:
    for accepted, state in ((False, "WITHDRAWN"), (True, "AWARDED")):
        shop = Shop()
        if accepted:
            shop.accepted()
        shop.scene.copy(shop.right, shop.seller, freeze="dispute")
        assert shop.listed.state == "SUSPENDED"
        assert shop.scene.withdraw_offer(shop.listing, shop.seller).refusal is None
        assert shop.listed.state == state


def test_after_the_close_the_offer_stays_and_can_still_be_withdrawn() -> None:
    shop = Shop()
    shop.scene.wait(31 * MS_PER_DAY)
    assert (shop.offer.state, shop.listed.state) == ("STANDING", "LAPSED")
    assert shop.scene.withdraw_offer(shop.listing, shop.seller).refusal is None
    assert (shop.offer.state, shop.listed.state) == ("WITHDRAWN", "LAPSED")


def test_an_offer_leaves_memory_with_its_listing() -> None:
    shop = Shop()
    shop.scene.wait(31 * MS_PER_DAY)
    shop.scene.wait(121 * MS_PER_DAY)
    assert shop.listing not in shop.scene.state.listings
    assert shop.scene.state.offers == {}
    shop.scene.replay()


@pytest.mark.parametrize("again", ["withdraw", "sign", "withdraw the listing"])
def test_what_is_withdrawn_is_withdrawn(again: str) -> None:
    shop = Shop()
    shop.scene.withdraw_offer(shop.listing, shop.seller)
    outcome = {
        "withdraw": lambda: shop.scene.withdraw_offer(shop.listing, shop.seller),
        "sign": lambda: shop.scene.sign_offer(shop.listing, shop.seller),
        "withdraw the listing": lambda: shop.scene.by(
            shop.seller, c.WithdrawListing(listing_id=shop.listing)
        ),
    }[again]()
    assert refusal(outcome) == "WRONG-STATE"


def test_a_suspended_seller_withdraws_its_offer_and_signs_none() -> None:
    shop = Shop(signed=False)
    shop.scene.operator(c.SuspendParty(party_id=shop.seller))
    assert refusal(shop.scene.sign_offer(shop.listing, shop.seller)) == "PARTY-NOT-ACTIVE"
    shop.scene.operator(c.ApproveParty(party_id=shop.seller))
    shop.scene.sign_offer(shop.listing, shop.seller)
    shop.scene.operator(c.SuspendParty(party_id=shop.seller))
    assert shop.scene.withdraw_offer(shop.listing, shop.seller).refusal is None


# --- the offer ends otherwise

ENDINGS: dict[str, Callable[[Shop], Outcome]] = {
    "key_replaced": lambda shop: rotate(shop.scene, shop.seller),
    "key_revoked": lambda shop: revoke(shop.scene, shop.seller),
    "counter_advanced": lambda shop: advance(shop.scene, shop.seller, 4),
    "chain_refused": lambda shop: shop.scene.service(
        c.ReportChainRecord(
            record="offer",
            subject_id=f"{shop.listing} offer {shop.offer.number}",
            outcome="refused",
            transaction="0x",
            block=1,
            error="OfferExpired",
        )
    ),
    "key_refused": lambda shop: shop.scene.service(
        c.ReportChainRecord(
            record="key",
            subject_id=shop.scene.keys[shop.seller],
            outcome="refused",
            transaction="0x",
            block=1,
            error="MessageExpired",
        )
    ),
}
TOLD: dict[str, Callable[[Shop], Outcome]] = {
    "key_replaced": lambda shop: report(shop.scene, shop.offer.seller_key, "recovered", new=NEW),
    "key_revoked": lambda shop: report(shop.scene, shop.offer.seller_key, "revoked"),
    "counter_advanced": lambda shop: report(shop.scene, shop.offer.seller_key, "advanced", counter=2),
}
ALL_ENDINGS = [*ENDINGS.items(), *TOLD.items()]


@pytest.mark.parametrize(("cause", "ending"), ALL_ENDINGS)
@pytest.mark.parametrize("withdrawing", [False, True])
def test_whatever_ends_an_offer_has_those_who_wait_sign_with_the_seller(
    cause: str, ending: Callable[[Shop], Outcome], withdrawing: bool
) -> None:
    shop = Shop()
    first, signed = shop.accepted()
    _, waits = shop.accepted()
    shop.scene.signature(signed, first)
    if withdrawing:
        shop.scene.withdraw_offer(shop.listing, shop.seller)
    accepted = shop.deal(waits).contract_commitment
    due_ms = shop.scene.state.deadlines[f"sign_by:{waits}"].due_ms
    shop.scene.wait(MS_PER_DAY)
    outcome = ending(shop)
    assert OfferEnded(listing_id=shop.listing, cause=cause) in outcome.events
    assert DealLeftOffer(deal_id=waits, listing_id=shop.listing, cause=cause) in outcome.events
    assert SignaturesVoided(deal_id=waits) in outcome.events
    assert not any(isinstance(event, OfferWithdrawn) for event in outcome.events)
    assert (shop.offer.state, shop.offer.deals, shop.offer.left) == ("ENDED", (signed,), (waits,))
    deal = shop.deal(waits)
    assert (deal.state, deal.seller_signature, deal.buyer_signature) == ("AWARDED", "", "")
    assert deal.contract_commitment == accepted
    assert shop.opens(waits)
    assert shop.scene.state.deadlines[f"sign_by:{waits}"].due_ms >= due_ms
    assert shop.deal(signed).state == "SIGNED"
    shop.scene.replay()


def test_a_deal_that_left_its_offer_takes_both_signatures() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    rotate(shop.scene, shop.seller)
    shop.scene.signature(deal, buyer)
    assert shop.deal(deal).state == "AWARDED"
    shop.scene.signature(deal, shop.seller)
    assert (shop.deal(deal).state, shop.deal(deal).seller_key) == ("SIGNED", NEW)


def test_an_ended_offer_is_signed_anew_in_its_row_and_counts_from_there() -> None:
    shop = Shop(most=4)
    _, old = shop.accepted()
    advance(shop.scene, shop.seller, 1)
    salt = shop.offer.salt
    assert shop.scene.sign_offer(shop.listing, shop.seller).refusal is None
    assert (shop.offer.number, shop.offer.most, shop.offer.counter) == (1, 3, 1)
    assert shop.offer.salt != salt
    _, new = shop.accepted()
    assert (shop.offer.deals, shop.offer.left) == ((new,), (old,))
    assert shop.opens(old)
    assert shop.opens(new)
    late = shop.scene.service(
        c.ReportChainRecord(
            record="offer",
            subject_id=f"{shop.listing} offer 0",
            outcome="refused",
            transaction="0x",
            block=1,
            error="CounterDiffers",
        )
    )
    assert refusal(late) == "WRONG-STATE"
    assert shop.offer.state == "STANDING"
    shop.scene.replay()


@pytest.mark.parametrize("subject", ["L-99 offer 0", "L-1", "L-1 offer x", ""])
def test_a_refusal_of_an_unknown_offer_is_refused(subject: str) -> None:
    shop = Shop()
    command = c.ReportChainRecord(
        record="offer", subject_id=subject, outcome="refused", transaction="0x", block=1
    )
    assert refusal(shop.scene.service(command)) in {"UNKNOWN-ID", "MALFORMED"}


def test_an_acceptance_that_the_chain_refused_is_signed_by_both_on_the_same_contract() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    shop.scene.signature(deal, buyer)
    accepted = shop.deal(deal).contract_commitment
    outcome = shop.scene.chain(deal, "refused")
    left = DealLeftOffer(deal_id=deal, listing_id=shop.listing, cause="chain_refused")
    assert left in outcome.events
    row = shop.deal(deal)
    assert (row.state, row.seller_signature, row.buyer_signature) == ("CHAIN_REFUSED", "", "")
    assert shop.offer.state == "STANDING"
    shop.scene.signature(deal, buyer)
    shop.scene.signature(deal, shop.seller)
    assert shop.deal(deal).state == "SIGNED"
    assert shop.deal(deal).contract_commitment == accepted
    assert shop.opens(deal)
    shop.scene.replay()


# --- what the chain tells


def test_a_withdrawal_on_the_chain_is_one_here_without_a_record() -> None:
    shop = Shop()
    buyer, deal = shop.accepted()
    outcome = shop.scene.told("offer_withdrawn", shop.listing)
    assert OfferWithdrawing(listing_id=shop.listing, waiting=(deal,)) in outcome.events
    assert (shop.offer.state, shop.listed.state) == ("WITHDRAWING", "AWARDED")
    last = shop.scene.signature(deal, buyer)
    assert OfferWithdrawn(listing_id=shop.listing, signature="") in last.events
    # The chain refuses the acceptance by now; the contract binds all the same.
    shop.scene.chain(deal, "refused")
    assert shop.deal(deal).state == "CHAIN_REFUSED"
    assert refusal(shop.scene.told("offer_withdrawn", shop.listing)) == "WRONG-STATE"
    shop.scene.replay()


@pytest.mark.parametrize(
    ("message", "subject", "code"),
    [("offer_withdrawn", "L-99", "UNKNOWN-ID"), ("deal_cancelled", "D-99", "UNKNOWN-ID")],
)
def test_a_message_about_nothing_is_refused(message: Any, subject: str, code: str) -> None:
    assert refusal(Shop().scene.told(message, subject)) == code


def test_only_the_service_tells_what_the_chain_says() -> None:
    shop = Shop()
    told = c.ReportPartyMessage(message="offer_withdrawn", subject_id=shop.listing, transaction="0x", block=1)
    assert refusal(shop.scene.by(shop.seller, told)) == "NOT-PERMITTED"
    for wrong in ({"block": -1}, {"transaction": "0x" + "2" * 65}):
        fields: dict[str, Any] = {"transaction": "0x", "block": 1} | wrong
        command = c.ReportPartyMessage(message="offer_withdrawn", subject_id=shop.listing, **fields)
        assert refusal(shop.scene.service(command)) == "MALFORMED"


def test_an_offer_that_is_signed_by_digest_alone_is_another_offer() -> None:
    shop = Shop(signed=False)
    command = c.SignOffer(listing_id=shop.listing, offer_digest=digest("another"), offer_signature=SIGNED)
    assert refusal(shop.scene.by(shop.seller, command)) == "WRONG-STATE"
