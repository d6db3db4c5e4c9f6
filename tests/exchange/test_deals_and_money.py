"""Deals and their money on crooked ways: pledges, co-owners, ended rights, refusing chains, deliveries, halted banks."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import LicenceChanged, LicenceTermChanged
from exchange.money.amount import LARGEST_AMOUNT, LARGEST_TOTAL
from exchange.turn import Outcome
from tests.exchange.invariants import accounts_balance
from tests.exchange.outcomes import code
from tests.exchange.scene import LEAST_DEPOSIT, Scene, digest
from tests.undertakings import offered

PRICE = 100_000_00
FEE = 1_000_00
YEAR_MS = 365 * MS_PER_DAY


def pledge(scene: Scene, pledgee: str, amount: int, currency: Any = "CNY") -> c.Pledge:
    number = scene.numbers.get(pledgee, pledgee)
    return c.Pledge(company_number=number, amount=amount, currency=currency)


def awarded(
    scene: Scene, *facts_of: str, deal_kind: str = "assignment", **facts: Any
) -> tuple[str, str, str, str]:
    """Seller, buyer, right and an awarded deal at the posted price."""
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, *facts_of, **facts)
    terms: dict[str, Any] = (
        {"ends_ms": scene.now + YEAR_MS} if facts.get("right_type") == "achievement" else {}
    )
    if deal_kind == "assignment":
        terms = {}
    listing = scene.listing(seller, right, deal_kind=deal_kind, **terms)
    return seller, buyer, right, scene.deal(listing, buyer)


def consent(scene: Scene, pledgee: str, deal: str) -> None:
    outcome = scene.by(pledgee, c.ConsentToDeal(listing_id=scene.state.deals[deal].listing_id))
    assert outcome.refusal is None


# --- pledges


@pytest.mark.parametrize("kind", ["assignment", "exclusive_licence"])
def test_the_pledgee_is_paid_first_to_the_cent_and_the_seller_gets_what_is_left(kind: str) -> None:
    scene = Scene()
    bank = scene.party("pledgee")
    facts = {"pledges": (pledge(scene, bank, 30_000_01),)}
    seller, _, _, deal = awarded(scene, deal_kind=kind, **facts)
    consent(scene, bank, deal)
    scene.sign(deal)
    scene.fund(deal)
    if kind == "assignment":
        scene.register(deal)
    row = scene.state.deals[deal]
    paid = [(scene.state.payments[each].party_id, scene.state.payments[each].amount) for each in row.payments]
    assert paid == [(bank, 30_000_01), (seller, PRICE - FEE - 30_000_01)]
    assert (row.fee, row.pledgee_share) == (FEE, 30_000_01)
    scene.pay_all(deal)
    assert row.state == "SETTLED"
    accounts_balance(scene.state)


def test_a_pledge_takes_no_more_than_its_sum_from_all_deals_together_while_the_register_has_it() -> None:
    scene = Scene()
    bank, seller = scene.party("pledgee"), scene.party()
    secured = (pledge(scene, bank, PRICE + 5),)
    right = scene.right(seller, pledges=secured)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", max_acceptances=9)
    scene.by(bank, c.ConsentToDeal(listing_id=listing))

    def licensed() -> int:
        deal = scene.deal(listing, scene.party())
        scene.sign(deal)
        scene.fund(deal)
        scene.pay_all(deal)
        assert scene.state.deals[deal].state == "SETTLED"
        return int(scene.state.deals[deal].pledgee_share)

    assert [licensed(), licensed(), licensed()] == [PRICE - FEE, FEE + 5, 0]
    scene.copy(right, seller)
    scene.copy(right, seller, pledges=secured)
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    assert licensed() == PRICE - FEE, "a pledge that comes into the register anew takes its sum anew"


def test_two_pledges_of_one_pledgee_are_paid_each_once() -> None:
    scene = Scene()
    bank = scene.party("pledgee")
    seller, _, _, deal = awarded(scene, pledges=(pledge(scene, bank, 10), pledge(scene, bank, 20)))
    consent(scene, bank, deal)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    payments = [scene.state.payments[each] for each in scene.state.deals[deal].payments]
    shares = [(payment.party_id, payment.amount) for payment in payments]
    assert shares == [(bank, 10), (bank, 20), (seller, PRICE - FEE - 30)]


def test_the_seller_is_not_paid_before_the_pledgee_and_a_refused_pledgee_is_paid_anew() -> None:
    scene = Scene()
    bank = scene.party("pledgee")
    _, _, _, deal_id = awarded(scene, pledges=(pledge(scene, bank, 60_000_00),))
    consent(scene, bank, deal_id)
    scene.sign(deal_id)
    scene.fund(deal_id)
    scene.register(deal_id)
    deal = scene.state.deals[deal_id]
    to_bank, to_seller = deal.payments
    assert code(scene.approve_payment(to_seller)) == "PLEDGEE-PAID-FIRST"
    for operator in (0, 1):
        scene.approve_payment(to_bank, operator)
    assert code(scene.approve_payment(to_seller)) == "PLEDGEE-PAID-FIRST"
    scene.service(c.RefusePayment(payment_id=to_bank, reason_code="AC04"))
    again = deal.payments[0]
    row = scene.state.payments[again]
    assert (row.party_id, row.amount, row.state) == (bank, 60_000_00, "PREPARED")
    assert scene.balance(bank) == 0
    assert code(scene.approve_payment(to_seller)) == "PLEDGEE-PAID-FIRST"
    scene.pay(again)
    assert deal.state == "REGISTERED"
    scene.pay(to_seller)
    assert deal.state == "SETTLED"
    accounts_balance(scene.state)


def test_a_pledge_beyond_the_price_leaves_the_seller_nothing_and_the_next_pledgee_neither() -> None:
    scene = Scene()
    first, second = scene.party("pledgee"), scene.party("pledgee")
    _, _, _, deal = awarded(scene, pledges=(pledge(scene, first, LARGEST_AMOUNT), pledge(scene, second, 5)))
    consent(scene, first, deal)
    consent(scene, second, deal)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    payments = [scene.state.payments[each] for each in scene.state.deals[deal].payments]
    assert [(payment.party_id, payment.amount) for payment in payments] == [(first, PRICE - FEE)]


def test_every_pledgee_must_consent() -> None:
    scene = Scene()
    first, second = scene.party("pledgee"), scene.party("pledgee")
    seller, _, _, deal = awarded(scene, pledges=(pledge(scene, first, 1), pledge(scene, second, 1)))
    consent(scene, first, deal)
    assert code(scene.signature(deal, seller)) == "CN-CIVIL-CODE-444"
    consent(scene, second, deal)
    assert code(scene.signature(deal, seller)) == ""


def test_a_pledge_in_another_currency_is_deposited_and_a_deal_with_nothing_left_to_pay_settles_at_once() -> (
    None
):
    scene = Scene()
    bank = scene.party("pledgee")
    _, _, right, deal = awarded(scene, pledges=(pledge(scene, bank, 1, "HKD"),))
    consent(scene, bank, deal)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    row = scene.state.deals[deal]
    assert scene.balance(deal, "pledge_deposit") == PRICE - FEE == row.pledgee_share
    assert row.payments == ()
    assert row.state == "SETTLED"
    assert scene.state.rights[right].open_deals == ()
    assert scene.state.listings[row.listing_id].state == "SOLD"


def test_an_unknown_pledgee_that_comes_between_filing_and_confirmation_has_its_sum_deposited() -> None:
    scene = Scene()
    seller, _, right, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.file(deal)
    scene.copy(right, seller, pledges=(pledge(scene, "UNKNOWN-BANK", 7_00),))
    assert scene.confirm(deal).refusal is None
    assert scene.balance(deal, "pledge_deposit") == 7_00
    assert scene.state.payments[scene.state.deals[deal].payments[0]].amount == PRICE - FEE - 7_00


def test_a_pledge_registered_after_signing_bars_filing_until_its_pledgee_consents() -> None:
    scene = Scene()
    bank = scene.party("pledgee")
    seller, _, right, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.copy(right, seller, pledges=(pledge(scene, bank, 1),))
    assert code(scene.file(deal)) == "CN-CIVIL-CODE-444"
    consent(scene, bank, deal)
    assert code(scene.file(deal)) == ""


@pytest.mark.parametrize("amount", [0, -5, LARGEST_AMOUNT + 1])
def test_a_register_copy_with_a_senseless_pledge_is_refused(amount: int) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    assert code(scene.copy(right, seller, pledges=(pledge(scene, "BANK", amount),))) == "MALFORMED"


@pytest.mark.parametrize("shares", [(), (9_999,), (10_001,), (10_005, -5), (10_000, 0)])
def test_holders_shares_are_positive_and_make_a_whole(shares: tuple[int, ...]) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    holders = tuple(c.Holder(company_number=f"N{index}", share=share) for index, share in enumerate(shares))
    command = c.RecordRegisterCopy(right_id=right, as_of_ms=scene.now, copy_digest=digest(""))
    facts = c.RegisterFacts(status="granted", holders=holders, copy="{}", attestation="")
    outcome = scene.service(command, terms=facts)
    assert code(outcome) == "MALFORMED"


# --- grounds are asked again at their step


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": "invalidated"}, "CN-PATENT-LAW-44"),
        ({"expiry_date": "2027-01-14"}, "CN-PATENT-LAW-44"),
        ({"freeze": "preservation"}, "CN-PATENT-RULES-103"),
    ],
)
def test_what_the_register_says_after_the_award_bars_signing(facts: dict[str, Any], expected: str) -> None:
    scene = Scene()
    seller, buyer, right, deal = awarded(scene)
    scene.copy(right, seller, **facts)
    assert code(scene.signature(deal, buyer)) == expected
    scene.copy(right, seller)
    assert code(scene.signature(deal, buyer)) == ""


def test_another_owner_a_co_owner_or_a_new_export_class_bars_signing() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    right = scene.right(seller)
    deal = scene.deal(scene.listing(seller, right), buyer)
    other = scene.party()
    scene.copy(right, other)
    assert code(scene.signature(deal, seller)) == "CN-LICENCE-RECORDAL-12-2"
    scene.copy(right, seller, other)
    assert code(scene.signature(deal, seller)) == "CN-PATENT-LAW-14"
    scene.copy(right, seller)
    scene.operator(c.ClassifyExport(right_id=right, export_class="prohibited"))
    assert code(scene.signature(deal, seller)) == "CN-TECHNOLOGY-EXPORT-29"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"freeze": "dispute"}, "CN-PATENT-RULES-103"),
        ({"status": "lapsed"}, "CN-PATENT-LAW-44"),
        ({"pledges": (c.Pledge(company_number="B", amount=1, currency="CNY"),)}, ""),
        ({"in_fee_grace": True}, ""),
    ],
)
def test_approval_asks_again_and_fee_grace_or_a_pledge_stop_no_listing(
    facts: dict[str, Any], expected: str
) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, approve=False)
    scene.copy(right, seller, **facts)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == expected


def test_an_open_licence_of_a_pledged_patent_needs_the_pledgees_consent_before_it_opens() -> None:
    scene = Scene()
    seller, bank = scene.party(), scene.party("pledgee")
    right = scene.right(seller, pledges=(pledge(scene, bank, 1),))
    listing = scene.listing(
        seller,
        right,
        approve=False,
        deal_kind="ordinary_licence",
        announcement_number="2026-1",
    )
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "CN-CIVIL-CODE-444"
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    scene.copy(right, seller, pledges=(pledge(scene, bank, 1),), in_fee_grace=True)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "CN-PATENT-RULES-86"
    scene.copy(right, seller, pledges=(pledge(scene, bank, 1),))
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == ""


def test_a_frozen_right_is_not_filed_until_it_is_free() -> None:
    scene = Scene()
    seller, _, right, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.copy(right, seller, freeze="dispute")
    assert code(scene.file(deal)) == "CN-PATENT-RULES-103"
    scene.copy(right, seller)
    assert code(scene.file(deal)) == ""


@pytest.mark.parametrize("kind", ["assignment", "exclusive_licence"])
def test_nobody_pays_for_a_right_that_has_ended_and_the_deal_is_refunded(kind: str) -> None:
    scene = Scene()
    seller, buyer, right, deal = awarded(scene, deal_kind=kind)
    scene.sign(deal)
    scene.copy(right, seller, status="invalidated")
    assert code(scene.fund(deal)) == "CN-PATENT-LAW-44"
    scene.wait(10 * MS_PER_DAY)
    assert scene.state.deals[deal].state == "REFUNDED"
    assert scene.balance(buyer) == 2 * PRICE


def test_a_licence_is_not_granted_when_the_register_no_longer_names_an_expiry() -> None:
    scene = Scene()
    seller, _, right, deal = awarded(scene, deal_kind="ordinary_licence")
    scene.sign(deal)
    scene.copy(right, seller, expiry_date=None)
    assert code(scene.fund(deal)) == "FACT-MISSING"
    scene.copy(right, seller)
    assert code(scene.fund(deal)) == ""


def test_a_licence_whose_term_is_over_before_it_is_paid_is_not_granted() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    ends_ms = scene.now + MS_PER_DAY
    listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", ends_ms=ends_ms)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.wait(MS_PER_DAY)
    assert code(scene.fund(deal)) == "WRONG-STATE"


def test_a_right_that_expires_by_its_date_takes_no_more_bids_and_no_acceptance() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller, expiry_date="2027-01-20"))
    scene.credit(buyer, PRICE)
    scene.wait(6 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "OPEN"
    assert code(scene.accept(listing, buyer)) == "CN-PATENT-LAW-44"


# --- licences and their rights


def live_licence(scene: Scene, **terms: Any) -> tuple[str, str]:
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    deal = scene.deal(scene.listing(seller, right, deal_kind="exclusive_licence", **terms), buyer)
    scene.sign(deal)
    scene.fund(deal)
    return seller, right


@pytest.mark.parametrize("status", ["expired", "invalidated"])
def test_a_licence_ends_with_its_right(status: str) -> None:
    scene = Scene()
    seller, right = live_licence(scene)
    licence = scene.state.licences["LIC-1"]
    scene.copy(right, seller, status=status)
    assert licence.state == "ENDED"
    assert scene.state.rights[right].licences == ()
    assert not [row for row in scene.state.deadlines.values() if row.subject_id == licence.id]


def test_an_earlier_expiry_shortens_a_licence_and_a_later_one_does_not_lengthen_it() -> None:
    scene = Scene()
    seller, right = live_licence(scene)
    licence = scene.state.licences["LIC-1"]
    ends_ms = licence.ends_ms
    (*_, event) = scene.copy(right, seller, expiry_date="2030-01-01").events
    shortened = licence.ends_ms
    assert shortened == 1_893_513_600_000
    assert isinstance(event, LicenceTermChanged)
    assert (event.old_ends_ms, event.new_ends_ms) == (ends_ms, shortened)
    scene.copy(right, seller, expiry_date="2039-03-01")
    assert licence.ends_ms == shortened
    scene.wait(shortened - scene.now)
    assert licence.state == "EXPIRED"


def test_a_licence_whose_right_ends_before_its_term_begins_is_ended_and_leaves_room_for_another() -> None:
    scene = Scene()
    seller, right = live_licence(scene, starts_ms=1_893_513_600_000)
    scene.pay_all("D-1")
    scene.copy(right, seller, expiry_date="2029-12-31")
    assert scene.outcomes[-1].events[-1] == LicenceChanged(
        licence_id="LIC-1",
        deal_id="D-1",
        right_id=right,
        old="GRANTED",
        new="ENDED",
        cause="right_ends_before_the_term",
        ended_early_ms=1_893_513_600_000,
    )
    assert dict(scene.state.licences) == {}
    assert code(scene.submit(seller, right, deal_kind="exclusive_licence")) == ""


def test_a_later_expiry_never_lets_two_exclusive_licences_meet() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, expiry_date="2030-01-01")
    end_ms = 1_893_513_600_000
    scene.copy(right, seller, expiry_date="2039-01-01")
    later = scene.deal(scene.listing(seller, right, deal_kind="exclusive_licence", starts_ms=end_ms), buyer)
    scene.sign(later)
    scene.fund(later)
    scene.pay_all(later)
    scene.copy(right, seller, expiry_date="2030-01-01")
    assert dict(scene.state.licences) == {}  # nothing is left of its term
    sooner = scene.deal(scene.listing(seller, right, deal_kind="exclusive_licence"), buyer)
    scene.sign(sooner)
    scene.copy(right, seller, expiry_date="2039-01-01")
    assert code(scene.fund(sooner)) == ""
    assert set(scene.state.licences) == {"LIC-2"}


# --- what has no register


def achievement(scene: Scene, deal_kind: str = "assignment") -> tuple[str, str, str, str]:
    facts = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    return awarded(scene, deal_kind=deal_kind, **facts)


def deliver(scene: Scene, deal: str, party: str, paper: str = "delivery record") -> Outcome:
    return scene.by(party, c.ConfirmDelivery(deal_id=deal, delivery_digest=digest(paper)))


def test_a_result_passes_when_both_name_the_same_delivery_record() -> None:
    scene = Scene()
    seller, buyer, right, deal = achievement(scene)
    scene.sign(deal)
    scene.fund(deal)
    deliver(scene, deal, seller, "one")
    deliver(scene, deal, buyer, "another")
    assert scene.state.deals[deal].state == "FUNDED"
    deliver(scene, deal, buyer, "one")
    assert scene.state.deals[deal].state == "DELIVERED"
    assert scene.state.deals[deal].proof_digest == digest("one")
    holders = [holder.company_number for holder in scene.state.rights[right].holder_of_record]
    assert holders == [scene.numbers[seller]]  # the register has said nothing
    scene.pay_all(deal)
    assert scene.state.deals[deal].state == "SETTLED"


def test_a_result_that_was_delivered_is_not_sold_again_by_its_seller_but_by_its_buyer() -> None:
    scene = Scene()
    seller, buyer, right, deal = achievement(scene)
    scene.sign(deal)
    scene.fund(deal)
    deliver(scene, deal, seller)
    deliver(scene, deal, buyer)
    scene.pay_all(deal)
    scene.copy(right, seller, status="achievement", expiry_date=None)
    assert code(scene.submit(seller, right)) == "CN-LICENCE-RECORDAL-12-2"
    scene.wait(8 * MS_PER_DAY)
    assert code(scene.submit(buyer, right)) == ""


def test_a_licence_of_a_result_without_register_has_an_end_and_no_recordal() -> None:
    scene = Scene()
    _, _, _, deal = achievement(scene, "exclusive_licence")
    scene.sign(deal)
    scene.fund(deal)
    assert scene.state.deals[deal].state == "EFFECTIVE"
    assert {row.what for row in scene.state.deadlines.values()} == {"licence_end"}
    assert code(scene.file(deal)) == "WRONG-STATE"


# --- a chain that refuses


def test_what_the_chain_refuses_waits_for_fresh_signatures_and_never_unwinds_by_itself() -> None:
    scene = Scene()
    seller, buyer, _, deal = awarded(scene)
    for party in (seller, buyer):
        scene.signature(deal, party)
    row = scene.state.deals[deal]
    contract = (row.terms_commitment, row.contract_commitment, row.price)
    deadline_s = row.deadline_s
    scene.wait(100)
    scene.chain(deal, "refused")
    scene.wait(400 * MS_PER_DAY)
    assert row.state == "CHAIN_REFUSED"
    assert (row.seller_signature, row.buyer_signature) == ("", "")
    assert row.deadline_s > deadline_s or scene.now // 1000 > deadline_s
    for party in (seller, buyer):
        assert scene.signature(deal, party).refusal is None
    assert (row.terms_commitment, row.contract_commitment, row.price) == contract
    scene.chain(deal)
    assert row.state == "EFFECTIVE"


def test_signatures_asked_for_again_have_their_whole_time_again() -> None:
    scene = Scene()
    seller, buyer, _, deal = awarded(scene)
    for party in (seller, buyer):
        scene.signature(deal, party)
    scene.wait(89 * MS_PER_DAY)
    scene.chain(deal, "refused")
    assert scene.state.deals[deal].deadline_s >= scene.now // 1000 + 89 * 86_400


# --- listings between freeze and close


def test_a_notice_that_ended_while_the_right_was_frozen_left_a_listing_that_still_closes() -> None:
    """Before engine version 5; since then a suspended notice stands still."""
    scene = Scene(engine=4)
    seller = scene.party(category="university")
    right = scene.right(seller)
    listing = scene.listing(seller, right)
    scene.copy(right, seller, freeze="dispute")
    scene.wait(16 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "SUSPENDED"
    scene.copy(right, seller)
    assert scene.state.listings[listing].state == "OPEN"
    scene.wait(20 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "LAPSED"


def test_a_university_posts_for_fifteen_days_before_anybody_may_accept_and_bids_need_no_notice() -> None:
    scene = Scene()
    university, buyer = scene.party(category="university"), scene.party()
    listing = scene.listing(university, scene.right(university))
    scene.credit(buyer, PRICE)
    opens_ms = scene.now - 1 + 15 * MS_PER_DAY
    assert code(scene.accept(listing, buyer)) == "WRONG-STATE"
    scene.wait(opens_ms - scene.now - 1)
    assert scene.state.listings[listing].state == "PUBLICITY"
    scene.wait(1)
    assert scene.state.listings[listing].state == "OPEN"
    assert code(scene.accept(listing, buyer)) == ""
    auctioned = scene.listing(university, scene.right(university), "competitive")
    assert scene.state.listings[auctioned].state == "OPEN"


def test_deals_of_a_listing_that_closes_while_suspended_run_on() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", max_acceptances=9)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.copy(right, seller, freeze="dispute")
    scene.wait(200 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "AWARDED"
    scene.pay_all(deal)
    assert scene.state.deals[deal].state == "SETTLED"
    assert scene.state.listings[listing].state == "SOLD"


def test_a_listing_whose_deals_have_all_ended_ends_when_it_closes_while_suspended() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", max_acceptances=9)
    scene.operator(c.UnwindDeal(deal_id=scene.deal(listing, buyer), ground="mutual"))
    scene.copy(right, seller, freeze="dispute")
    scene.wait(31 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "LAPSED"


def test_another_owner_on_the_register_suspends_the_listing() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right)
    scene.copy(right, other)
    assert scene.state.listings[listing].state == "SUSPENDED"
    scene.copy(right, seller)
    assert scene.state.listings[listing].state == "OPEN"


def test_a_listing_is_not_approved_after_its_registration_should_have_closed() -> None:
    scene = Scene()
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", approve=False)
    scene.wait(10 * MS_PER_DAY)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "WRONG-STATE"


def test_an_affiliation_found_later_takes_the_affiliates_bid_out_and_gives_its_deposit_back() -> None:
    scene = Scene()
    seller, affiliate, other = (scene.party() for _ in range(3))
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=10_000_00)
    for party, price in ((affiliate, 900_000_00), (other, 100_000_00)):
        scene.credit(party, 10_000_00)
        scene.bidder(listing, party)
        scene.bid(listing, party, price)
    scene.wait(11 * MS_PER_DAY)
    scene.operator(c.RecordAffiliation(party_id=affiliate, affiliate_id=seller))
    assert scene.state.bids["B-1"].state == "LAPSED"
    assert scene.state.listings[listing].bidders[affiliate].state == "LEFT"
    assert (scene.balance(affiliate), scene.balance(affiliate, "deposit")) == (10_000_00, 0)
    scene.wait(20 * MS_PER_DAY)
    assert [deal.buyer for deal in scene.state.deals.values()] == [other]


# --- who may act


def test_a_suspended_party_finishes_what_runs_and_begins_nothing() -> None:
    scene = Scene()
    _, buyer, _, deal = awarded(scene)
    seller = scene.state.deals[deal].seller
    other = scene.listing(seller, scene.right(seller))
    auction = scene.listing(seller, scene.right(seller), "competitive")
    scene.credit(buyer, 9 * PRICE)
    scene.operator(c.SuspendParty(party_id=buyer))
    terms = c.WithdrawalTerms(currency="CNY", amount=1)
    refused = [
        scene.accept(other, buyer),
        scene.by(buyer, c.RegisterBidder(listing_id=auction)),
        scene.by(buyer, c.RequestWithdrawal(), terms=terms),
        scene.by(
            buyer, c.AppointAgent(key="0x" + "77" * 20, scope=("bid",), until_ms=scene.now + MS_PER_DAY)
        ),
        scene.submit(buyer, scene.right(buyer)),
    ]
    assert [code(outcome) for outcome in refused] == ["PARTY-NOT-ACTIVE"] * len(refused)
    scene.sign(deal)
    assert scene.fund(deal).refusal is None


AGENT = "0x" + "77" * 20


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [(("bid",), {"accept"}), (("list",), {"submit"}), (("settle",), {"fund"}), (("negotiate",), {"propose"}),
     (("bid", "list", "negotiate", "settle"), {"accept", "submit", "propose", "fund"})],
)  # fmt: skip
def test_an_agent_does_what_its_mandate_says_until_it_ends_and_never_signs_a_deal(
    scope: Any, allowed: set[str]
) -> None:
    scene = Scene()
    _, buyer, _, deal = awarded(scene)
    listing = scene.listing(scene.state.deals[deal].seller, scene.right(scene.state.deals[deal].seller))
    own, seller = scene.right(buyer), scene.party()
    talks = scene.listing(seller, scene.right(seller), "negotiated")
    line = scene.credit(buyer, 9 * PRICE)
    scene.by(buyer, c.AppointAgent(key=AGENT, scope=scope, until_ms=scene.now + 2 * MS_PER_DAY))
    closes = scene.now + 30 * MS_PER_DAY
    submit = c.SubmitListing(
        right_id=own, mode="posted", deal_kind="assignment", currency="CNY", closes_ms=closes
    )

    def act(what: str) -> str:
        command, terms = {
            "accept": (c.AcceptPrice(listing_id=listing), c.BidTerms(price=PRICE)),
            "submit": (submit, offered(price=1)),
            "propose": (
                c.MakeProposal(listing_id=talks, buyer=buyer, expires_ms=scene.now + MS_PER_DAY),
                c.ProposalTerms(price=PRICE),
            ),
            "fund": (c.FundDeal(deal_id=deal, statement_line=line), None),
            "sign": (scene.agreement(deal), None),
            "withdraw": (c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=1)),
            "dismiss": (c.DismissAgent(key=AGENT), None),
        }[what]
        return code(scene.give(command, actor=buyer, signer=AGENT, terms=terms))

    assert act("sign") == act("withdraw") == act("dismiss") == "NOT-PERMITTED"
    scene.sign(deal)
    for what in ("accept", "submit", "propose", "fund"):
        assert act(what) == ("" if what in allowed else "NOT-PERMITTED")
    scene.wait(2 * MS_PER_DAY)
    for what in allowed:
        assert act(what) == "NOT-PERMITTED"


def test_a_dismissed_agent_is_out_at_once() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive")
    scene.by(buyer, c.AppointAgent(key=AGENT, scope=("bid",), until_ms=scene.now + MS_PER_DAY))
    scene.by(buyer, c.DismissAgent(key=AGENT))
    outcome = scene.give(c.RegisterBidder(listing_id=listing), actor=buyer, signer=AGENT)
    assert code(outcome) == "NOT-PERMITTED"


@pytest.mark.not_replayed("a bound is lowered here alone")
def test_a_listing_takes_a_bounded_number_of_bidders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.modes.competitive.MOST_BIDDERS", 2)
    scene = Scene()
    seller, *buyers = (scene.party() for _ in range(4))
    listing = scene.listing(seller, scene.right(seller), "competitive")
    for buyer in buyers:
        scene.credit(buyer, LEAST_DEPOSIT)
    outcomes = [scene.by(buyer, c.RegisterBidder(listing_id=listing)) for buyer in buyers]
    assert [code(outcome) for outcome in outcomes] == ["", "", "MALFORMED"]
    scene.by(buyers[0], c.LeaveListing(listing_id=listing))
    assert code(scene.by(buyers[0], c.RegisterBidder(listing_id=listing))) == ""


# --- the bank


def test_a_difference_with_the_bank_halts_releases_of_its_currency_only() -> None:
    scene = Scene()
    party = scene.party()
    payments = {}
    for currency in ("CNY", "HKD"):
        scene.credit(party, 500, currency)
        terms = c.WithdrawalTerms(currency=currency, amount=100)
        payments[currency] = scene.by(party, c.RequestWithdrawal(), terms=terms).result["payment_id"]
    scene.approve_payment(payments["CNY"], 0)
    scene.credit(party, 1, "CNY", balance_after=500)
    assert scene.state.venue.halted_currencies == ("CNY",)
    assert code(scene.approve_payment(payments["CNY"], 1)) == "RELEASES-HALTED"
    assert code(scene.operator(c.ResumeReleases(currency="CNY"))) == "BALANCE-DIFFERS"
    assert scene.state.payments[payments["CNY"]].state == "PREPARED"
    assert code(scene.approve_payment(payments["HKD"], 0)) == ""
    scene.credit(party, 1, "CNY")
    assert scene.state.venue.halted_currencies == ("CNY",)  # an equal balance alone does not lift the halt
    assert scene.resume("CNY") == ["", ""]
    assert code(scene.approve_payment(payments["CNY"], 1)) == ""


def test_what_the_bank_refuses_to_pay_returns_to_the_party_and_the_deal_is_settled() -> None:
    scene = Scene()
    seller, _, _, deal = awarded(scene)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    (payment,) = scene.state.deals[deal].payments
    for operator in (0, 1):
        scene.approve_payment(payment, operator)
    scene.service(c.RefusePayment(payment_id=payment, reason_code="AC04"))
    assert scene.balance(seller) == PRICE - FEE
    assert scene.state.deals[deal].state == "SETTLED"


def test_no_currency_ever_holds_more_than_an_exact_json_integer() -> None:
    scene = Scene()
    party = scene.party()
    for _ in range(9):
        scene.credit(party, LARGEST_AMOUNT)
        assert scene.outcomes[-1].refusal is None
    scene.credit(party, 1)
    assert code(scene.outcomes[-1]) == "MALFORMED"
    assert scene.balance(party) == LARGEST_TOTAL < 2**53


def test_a_credit_that_names_nobody_waits_on_the_venues_suspense_account() -> None:
    scene = Scene()
    scene.credit("nobody", 77)
    assert scene.balance("venue", "suspense") == 77
    accounts_balance(scene.state)


@pytest.mark.parametrize("price", [1, 99, 100, 101, 199, 12_345_67, LARGEST_AMOUNT])
@pytest.mark.parametrize("fee_basis_points", [0, 1, 250, 10_000])
def test_every_cent_of_a_price_is_paid_out_or_kept_as_fee(price: int, fee_basis_points: int) -> None:
    scene = Scene(fee_basis_points=fee_basis_points)
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller), price=price), buyer, price)
    scene.sign(deal)
    line = next(iter(scene.state.statement_lines))
    scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    scene.register(deal)
    scene.pay_all(deal)
    row = scene.state.deals[deal]
    assert row.state == "SETTLED"
    paid = sum(scene.state.payments[each].amount for each in row.payments)
    assert row.fee + paid == price
    assert row.fee == price * fee_basis_points // 10_000
    assert scene.balance("bank", "custody") == -row.fee
    accounts_balance(scene.state)
