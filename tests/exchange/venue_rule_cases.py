"""A case for each of the venue's own rules: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.demand.needs import KEPT_MS, MOST_NEEDS
from exchange.turn import Outcome
from tests.exchange import encumbering
from tests.exchange.rule_cases import apply_for, case, competitive, licensed_for_royalty, posted
from tests.exchange.scene import (
    LEAST_DEPOSIT,
    OPERATORS,
    Scene,
    achievement_facts,
    cn_right_id,
    company_number,
    digest,
    titled,
)


@case("NOT-PERMITTED")
def not_permitted(scene: Scene) -> Iterator[Outcome]:
    party = scene.party(approve=False)
    scene.verify(party)
    yield scene.give(c.ApproveParty(party_id=party), signer=scene.keys[party])
    yield scene.operator(c.ApproveParty(party_id=party))


@case("NOT-PERMITTED another party's listing")
def not_anothers_listing(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    yield scene.by(buyer, c.WithdrawListing(listing_id=listing))
    yield scene.by(seller, c.WithdrawListing(listing_id=listing))


@case("NOT-PERMITTED another party's bid")
def not_anothers_bid(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = competitive(scene)
    bid = scene.bid(listing, buyer, 100_000_00).result["bid_id"]
    yield scene.by(seller, c.WithdrawBid(bid_id=bid))
    yield scene.by(buyer, c.WithdrawBid(bid_id=bid))


@case("NOT-PERMITTED to sign another party's deal")
def not_anothers_deal(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    yield scene.signature(deal, scene.party())
    yield scene.signature(deal, buyer)


@case("NOT-PERMITTED to fund another party's deal")
def not_anothers_funding(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    line = scene.credit(buyer, 1)
    yield scene.by(seller, c.FundDeal(deal_id=deal, statement_line=line))
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))


@case("NOT-PERMITTED to consent without a pledge")
def not_a_pledgee(scene: Scene) -> Iterator[Outcome]:
    seller, bank, other = scene.party(), scene.party("pledgee"), scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=1, currency="CNY")
    listing = scene.listing(seller, scene.right(seller, pledges=(pledge,)))
    yield scene.by(other, c.ConsentToDeal(listing_id=listing))
    yield scene.by(bank, c.ConsentToDeal(listing_id=listing))


@case("PARTY-NOT-ACTIVE")
def party_not_active(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party(approve=False)
    right = scene.right(seller)
    yield scene.submit(seller, right)
    scene.admit(seller)
    yield scene.submit(seller, right)


@case("PARTY-NOT-ACTIVE the seller of an open listing")
def seller_not_active(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    scene.operator(c.SuspendParty(party_id=seller))
    yield scene.accept(listing, buyer)
    scene.operator(c.ApproveParty(party_id=seller))
    yield scene.accept(listing, buyer)


@case("PARTY-NOT-ACTIVE the seller at approval")
def seller_not_active_at_approval(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene, approve=False)
    scene.operator(c.SuspendParty(party_id=seller))
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.operator(c.ApproveParty(party_id=seller))
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("PARTY-NOT-ACTIVE a bidder to be qualified")
def bidder_not_active(scene: Scene) -> Iterator[Outcome]:
    _, _, listing = competitive(scene)
    bidder = scene.party()
    scene.credit(bidder, LEAST_DEPOSIT)
    scene.by(bidder, c.RegisterBidder(listing_id=listing))
    scene.operator(c.SuspendParty(party_id=bidder))
    yield scene.operator(c.QualifyBidder(listing_id=listing, party_id=bidder))
    scene.operator(c.ApproveParty(party_id=bidder))
    yield scene.operator(c.QualifyBidder(listing_id=listing, party_id=bidder))


@case("ROLE-REQUIRED")
def role_required(scene: Scene) -> Iterator[Outcome]:
    buyer, seller = scene.party("buyer"), scene.party("seller")
    yield scene.submit(buyer, scene.right(buyer))
    yield scene.submit(seller, scene.right(seller))


@case("ROLE-REQUIRED to import")
def importer_role_required(scene: Scene) -> Iterator[Outcome]:
    right = c.ImportRight(
        right_id="CN-201710117081.7", office="CN", right_type="invention", filing_date="2016-03-01"
    )
    yield scene.by(scene.party("buyer", "pledgee"), right)
    yield scene.by(scene.party("agent"), right)


@case("ROLE-REQUIRED of a buyer")
def buyer_role_required(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    bank = scene.party("pledgee")
    scene.credit(bank, 100_000_00)
    scene.credit(buyer, 100_000_00)
    yield scene.accept(listing, bank)
    yield scene.accept(listing, buyer)


@case("SEAL-DIFFERS")
def seal_differs(scene: Scene) -> Iterator[Outcome]:
    terms: dict[str, Any] = {"deposit": 1_000_00, "reveal_ms": MS_PER_DAY}
    seller, bidder = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "sealed", **terms)
    scene.credit(bidder, 1_000_00)
    scene.bidder(listing, bidder)
    bid = scene.seal(listing, bidder, 100_000_00).result["bid_id"]
    scene.wait(30 * MS_PER_DAY)
    scene.fixed(listing)
    yield scene.reveal(bid, 100_000_01)
    yield scene.reveal(bid, 100_000_00)


@case("UNKNOWN-ID")
def unknown_id(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    yield scene.submit(seller, cn_right_id(0))
    yield scene.submit(seller, scene.right(seller))


@case("MALFORMED")
def malformed(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, price=0)
    yield scene.submit(seller, right, price=1)


@case("FACT-MISSING", "exchange.rules.patent_law.register_copy_is_known")
def fact_missing(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = cn_right_id(0)
    scene.service(
        c.ImportRight(
            right_id=right,
            office="CN",
            right_type="invention",
            filing_date="2019-03-01",
            erasable=titled(right),
        )
    )
    yield scene.submit(seller, right)
    scene.copy(right, seller)
    yield scene.submit(seller, right)


@case("FACT-MISSING the filing date", "exchange.rules.patent_law.filing_date_is_known")
def filing_date_missing(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = cn_right_id(0)
    imported = c.ImportRight(
        right_id=right, office="CN", right_type="invention", filing_date=None, erasable=titled(right)
    )
    scene.service(imported)
    scene.copy(right, seller)
    yield scene.submit(seller, right)
    scene.copy(right, seller, filing_date="2019-03-01")
    yield scene.submit(seller, right)


@case("FACT-MISSING the title", "exchange.rules.civil_code.title_is_on_record")
def title_missing(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = cn_right_id(0)
    untitled = c.ImportRight(right_id=right, office="CN", right_type="invention", filing_date="2019-03-01")
    scene.service(untitled)
    scene.copy(right, seller)
    yield scene.submit(seller, right)
    scene.service(msgspec.structs.replace(untitled, erasable=titled(right)))
    yield scene.submit(seller, right)


@case("FACT-MISSING the title of a contract", "exchange.rules.civil_code.named_title_stands")
def title_of_a_contract_erased(scene: Scene) -> Iterator[Outcome]:
    seller, buyer = scene.party(), scene.party()
    erased, kept = scene.right(seller), scene.right(seller)
    deals = [scene.deal(scene.listing(seller, right), buyer) for right in (erased, kept)]
    scene.erase_title(erased)
    for deal_id in deals:
        yield scene.by(seller, scene.agreement(deal_id))


@case("FACT-MISSING of a result")
def result_not_described(scene: Scene) -> Iterator[Outcome]:
    right_id = "CN-achievement-2026990001"
    described = achievement_facts(right_id)
    command = c.ImportRight(
        right_id=right_id, office="CN", right_type="achievement", filing_date=None, **described
    )
    yield scene.service(msgspec.structs.replace(command, erasable={"description": digest("description")}))
    yield scene.service(command)


@case("FACT-MISSING the authorisation letter")
def authorisation_letter_missing(scene: Scene) -> Iterator[Outcome]:
    keys = ("0x" + "77" * 20, "0x" + "78" * 20)
    without = c.ApplyParty(roles=("buyer",), jurisdiction="CN", key=keys[0])
    terms = c.PartyTerms(company_number=company_number(77))
    first = scene.give(without, signer=keys[0], actor="", terms=terms)
    yield scene.admit(first.result["party_id"])
    second = apply_for(scene, company_number(77), keys[1])
    yield scene.admit(second.result["party_id"])


@case("FACT-MISSING the end of a licence", "exchange.rules.patent_law.licence_ends_with_the_right")
def licence_without_end(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, right_type="achievement", status="achievement", expiry_date=None)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    yield scene.submit(seller, right, deal_kind="ordinary_licence", ends_ms=scene.now + 99 * MS_PER_DAY)


@case("WRONG-STATE")
def wrong_state(scene: Scene) -> Iterator[Outcome]:
    _, _, listing = posted(scene, approve=False)
    scene.operator(c.RejectListing(listing_id=listing))
    yield scene.operator(c.ApproveListing(listing_id=listing))
    _, _, other = posted(scene, approve=False)
    yield scene.operator(c.ApproveListing(listing_id=other))


@case("VENUE-OPEN-ALREADY")
def venue_open_already(scene: Scene) -> Iterator[Outcome]:
    opening = scene.requests[0].command
    yield scene.give(opening)
    yield scene.outcomes[0]


@case("DEVELOPMENT-CHAIN-ONLY")
def development_chain_only(scene: Scene) -> Iterator[Outcome]:
    real = Scene(chain_id=1)
    yield real.operator(c.JumpClock(to_ms=real.now + MS_PER_DAY))
    yield scene.operator(c.JumpClock(to_ms=scene.now + MS_PER_DAY))


@case("COMPANY-NUMBER-INVALID")
def company_number_invalid(scene: Scene) -> Iterator[Outcome]:
    number = company_number(77)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    yield apply_for(scene, wrong, "0x" + "77" * 20)
    yield apply_for(scene, number, "0x" + "77" * 20)


@case("COMPANY-KNOWN")
def company_known(scene: Scene) -> Iterator[Outcome]:
    party = scene.party()
    yield apply_for(scene, scene.numbers[party], "0x" + "77" * 20)
    yield apply_for(scene, company_number(77), "0x" + "77" * 20)


@case("COMPANY-KNOWN at approval")
def company_approved_meanwhile(scene: Scene) -> Iterator[Outcome]:
    stranger, company = "0x" + "77" * 20, "0x" + "78" * 20
    first, second = (apply_for(scene, company_number(77), key) for key in (stranger, company))
    passed = scene.admit(second.result["party_id"])
    yield scene.admit(first.result["party_id"])
    yield passed


@case("COMPANY-KNOWN with a branch's figures")
def hong_kong_branch(scene: Scene) -> Iterator[Outcome]:
    party = apply_for(scene, "12345678", "0x" + "77" * 20, "HK")
    scene.admit(party.result["party_id"])
    yield apply_for(scene, "12345678-000-01-01-1", "0x" + "78" * 20, "HK")
    yield apply_for(scene, "12345679-000-01-01-1", "0x" + "78" * 20, "HK")


@case("KEY-IN-USE")
def key_in_use(scene: Scene) -> Iterator[Outcome]:
    party = scene.party()
    yield apply_for(scene, company_number(77), scene.keys[party])
    yield apply_for(scene, company_number(77), "0x" + "77" * 20)


@case("KEY-IN-USE by an operator")
def operator_may_not_trade(scene: Scene) -> Iterator[Outcome]:
    yield apply_for(scene, company_number(77), OPERATORS[1])
    yield apply_for(scene, company_number(77), "0x" + "77" * 20)


@case("KEY-IN-USE for an agent")
def agent_with_a_partys_key(scene: Scene) -> Iterator[Outcome]:
    one, other = scene.party(), scene.party()
    until_ms = scene.now + MS_PER_DAY
    yield scene.by(one, c.AppointAgent(key=scene.keys[other], scope=("bid",), until_ms=until_ms))
    yield scene.by(one, c.AppointAgent(key="0x" + "77" * 20, scope=("bid",), until_ms=until_ms))


@case("RIGHT-DIFFERS")
def right_differs(scene: Scene) -> Iterator[Outcome]:
    fields: dict[str, Any] = {"right_id": "US-16000001", "office": "US", "right_type": "invention"}
    scene.service(c.ImportRight(**fields, filing_date="2019-03-01"))
    seller = scene.party()
    yield scene.by(seller, c.ImportRight(**fields, filing_date="2019-03-02"))
    yield scene.by(seller, c.ImportRight(**fields, filing_date="2019-03-01"))


@case("RIGHT-DIFFERS from its register copy")
def register_copy_rules(scene: Scene) -> Iterator[Outcome]:
    fields: dict[str, Any] = {"right_id": "US-16000001", "office": "US", "right_type": "invention"}
    scene.service(c.ImportRight(**fields, filing_date="2019-03-02"))
    scene.copy("US-16000001", scene.party(), filing_date="2019-03-01")
    yield scene.operator(c.ImportRight(**fields, filing_date="2019-03-02"))
    yield scene.operator(c.ImportRight(**fields, filing_date="2019-03-01"))


@case("RIGHT-DIFFERS patent and result")
def patent_is_no_result(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.copy(right, seller, status="achievement", right_type="achievement")
    yield scene.copy(right, seller)


@case("RIGHT-DIFFERS result and patent")
def result_is_no_patent(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, right_type="achievement", status="achievement", expiry_date=None)
    yield scene.copy(right, seller, status="granted", expiry_date=None)
    yield scene.copy(right, seller, status="achievement", expiry_date=None)


@case("REGISTER-COPY-STALE")
def register_copy_stale(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    scene.now += 10
    scene.copy(right, seller)
    facts = c.RegisterFacts(
        status="granted", holders=(c.Holder(company_number="X" * 18),), copy="{}", attestation=""
    )
    command = c.RecordRegisterCopy(right_id=right, as_of_ms=scene.now - 5, copy_digest=digest("old"))
    yield scene.service(command, terms=facts)
    yield scene.copy(right, seller)


@case("LISTING-EXISTS")
def listing_exists(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene)
    right = scene.state.listings[listing].right_id
    yield scene.submit(seller, right)
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    yield scene.submit(seller, right)


@case("LISTING-EXISTS while a deal is under way")
def deal_under_way(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    right = scene.state.listings[listing].right_id
    deal = scene.deal(listing, buyer)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    scene.operator(c.UnwindDeal(deal_id=deal, ground="mutual"))
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


@case("DEPOSIT-CAP")
def deposit_cap(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, "competitive", price=100, deposit=31)
    yield scene.submit(seller, right, "competitive", price=100, deposit=30)


@case("NOT-QUALIFIED")
def not_qualified(scene: Scene) -> Iterator[Outcome]:
    _, qualified, listing = competitive(scene)
    other = scene.party()
    scene.by(other, c.RegisterBidder(listing_id=listing))
    yield scene.bid(listing, other, 100_000_00)
    yield scene.bid(listing, qualified, 100_000_00)


@case("BID-BELOW-PRICE")
def bid_below_price(scene: Scene) -> Iterator[Outcome]:
    _, bidder, listing = competitive(scene)
    yield scene.bid(listing, bidder, 100_000_00 - 1)
    yield scene.bid(listing, bidder, 100_000_00)


@case("BID-BELOW-PRICE off its step")
def bid_off_step(scene: Scene) -> Iterator[Outcome]:
    _, bidder, listing = competitive(scene, step=1_000_00)
    yield scene.bid(listing, bidder, 101_000_01)
    yield scene.bid(listing, bidder, 101_000_00)


def bidding(scene: Scene) -> tuple[str, str]:
    """Two bidders after registration has closed: the first one and its live bid."""
    _, first, listing = competitive(scene)
    second = scene.party()
    scene.bidder(listing, second)
    bid = scene.bid(listing, first, 120_000_00).result["bid_id"]
    scene.wait(11 * MS_PER_DAY)
    return first, bid


@case("BID-IRREVOCABLE")
def bid_irrevocable(scene: Scene) -> Iterator[Outcome]:
    first, bid = bidding(scene)
    yield scene.by(first, c.WithdrawBid(bid_id=bid))
    yield scene.by(first, c.AmendBid(bid_id=bid), terms=c.BidTerms(price=120_000_01))


@case("BID-IRREVOCABLE downwards")
def bid_only_upwards(scene: Scene) -> Iterator[Outcome]:
    first, bid = bidding(scene)
    yield scene.by(first, c.AmendBid(bid_id=bid), terms=c.BidTerms(price=120_000_00))
    yield scene.by(first, c.AmendBid(bid_id=bid), terms=c.BidTerms(price=120_000_01))


@case("BID-IRREVOCABLE by leaving")
def bidder_may_not_leave(scene: Scene) -> Iterator[Outcome]:
    first, bid = bidding(scene)
    yield scene.by(first, c.LeaveListing(listing_id=scene.state.bids[bid].listing_id))
    _, other, listing = competitive(scene)
    yield scene.by(other, c.LeaveListing(listing_id=listing))


@case("BID-STANDS")
def bid_stands(scene: Scene) -> Iterator[Outcome]:
    _, bidder, listing = competitive(scene)
    bid = scene.bid(listing, bidder, 100_000_00).result["bid_id"]
    yield scene.bid(listing, bidder, 110_000_00)
    yield scene.by(bidder, c.AmendBid(bid_id=bid), terms=c.BidTerms(price=110_000_00))


@case("PRICE-CHANGED")
def price_changed(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 200_000_00)
    yield scene.accept(listing, buyer, 100_000_01)
    yield scene.accept(listing, buyer, 100_000_00)


@case("FUNDS-SHORT")
def funds_short(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00 - 1)
    yield scene.accept(listing, buyer)
    scene.credit(buyer, 1)
    yield scene.accept(listing, buyer)


@case("FUNDS-SHORT in the listing's currency")
def funds_short_in_currency(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene, currency="HKD")
    scene.credit(buyer, 100_000_00, "CNY")
    yield scene.accept(listing, buyer)
    scene.credit(buyer, 100_000_00, "HKD")
    yield scene.accept(listing, buyer)


@case("FUNDS-SHORT for a deposit")
def deposit_short(scene: Scene) -> Iterator[Outcome]:
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=10)
    scene.credit(buyer, 9)
    yield scene.by(buyer, c.RegisterBidder(listing_id=listing))
    scene.credit(buyer, 1)
    yield scene.by(buyer, c.RegisterBidder(listing_id=listing))


@case("FUNDS-SHORT for the rest of a price")
def rest_short(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = competitive(scene)
    bid = scene.bid(listing, buyer, 100_000_00).result["bid_id"]
    scene.wait(11 * MS_PER_DAY)
    deal = scene.by(scene.state.listings[listing].seller, c.AcceptBid(bid_id=bid)).result["deal_id"]
    scene.sign(deal)
    line = scene.credit(buyer, 100_000_00 - LEAST_DEPOSIT - 1)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    scene.credit(buyer, 1)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))


@case("LINE-NOT-MATCHING")
def line_not_matching(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    anothers = scene.credit(seller, 100_000_00)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=anothers))
    yield scene.fund(deal)


@case("LINE-NOT-MATCHING in currency")
def line_in_another_currency(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=scene.credit(buyer, 100_000_00, "MOP")))
    yield scene.fund(deal)


def withdrawal(scene: Scene) -> str:
    party = scene.party()
    scene.credit(party, 500)
    terms = c.WithdrawalTerms(currency="CNY", amount=300)
    return scene.by(party, c.RequestWithdrawal(), terms=terms).result["payment_id"]


@case("LINE-NOT-MATCHING spent")
def line_spent_on_other_deals(scene: Scene) -> Iterator[Outcome]:
    seller, buyer = scene.party(), scene.party()
    deals = [scene.deal(scene.listing(seller, scene.right(seller)), buyer) for _ in range(2)]
    for deal in deals:
        scene.sign(deal)
    scene.by(buyer, c.FundDeal(deal_id=deals[0], statement_line="LINE-1"))
    yield scene.by(buyer, c.FundDeal(deal_id=deals[1], statement_line="LINE-1"))
    yield scene.by(buyer, c.FundDeal(deal_id=deals[1], statement_line="LINE-2"))


@case("BALANCE-DIFFERS")
def balance_differs(scene: Scene) -> Iterator[Outcome]:
    scene.credit(scene.party(), 5, balance_after=4)
    yield scene.operator(c.ResumeReleases(currency="CNY"))
    scene.credit(scene.party(), 5)
    yield scene.operator(c.ResumeReleases(currency="CNY"))


@case("BALANCE-DIFFERS by an unexplained debit")
def debit_unexplained(scene: Scene) -> Iterator[Outcome]:
    scene.credit(scene.party(), 500)
    scene.debit("nobody knows", 20)
    yield scene.operator(c.ResumeReleases(currency="CNY"))
    covering = scene.credit("the bank's own correction", 20)
    for who in (0, 1):
        scene.operator(c.AssignSuspense(line_id=covering, party_id="venue"), who)
    yield scene.operator(c.ResumeReleases(currency="CNY"))


@case("FOUR-EYES over releases")
def four_eyes_over_releases(scene: Scene) -> Iterator[Outcome]:
    scene.credit(scene.party(), 5, balance_after=4)
    scene.credit(scene.party(), 5)
    scene.operator(c.ResumeReleases(currency="CNY"))
    yield scene.operator(c.ResumeReleases(currency="CNY"))
    yield scene.operator(c.ResumeReleases(currency="CNY"), 1)


@case("LINE-KNOWN")
def line_known(scene: Scene) -> Iterator[Outcome]:
    party = scene.party()
    scene.credit(party, 5)
    scene.lines -= 1
    scene.credit(party, 5)
    yield scene.outcomes[-1]
    scene.lines += 1
    scene.credit(party, 5)
    yield scene.outcomes[-1]


@case("FOUR-EYES")
def four_eyes(scene: Scene) -> Iterator[Outcome]:
    payment = withdrawal(scene)
    scene.approve_payment(payment, 0)
    yield scene.approve_payment(payment, 0)
    yield scene.approve_payment(payment, 1)


@case("RELEASES-HALTED")
def releases_halted(scene: Scene) -> Iterator[Outcome]:
    payment = withdrawal(scene)
    scene.credit(scene.party(), 1, balance_after=999)
    yield scene.approve_payment(payment, 0)
    scene.credit(scene.party(), 1)
    scene.resume()
    yield scene.approve_payment(payment, 0)


def filed(scene: Scene) -> str:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.file(deal)
    return deal


@case("PROOF-DIFFERS by filing")
def proof_of_another_filing(scene: Scene) -> Iterator[Outcome]:
    deal = filed(scene)
    yield scene.confirm(deal, "ANOTHER")
    yield scene.confirm(deal)


@case("PROOF-DIFFERS by right")
def proof_of_another_right(scene: Scene) -> Iterator[Outcome]:
    deal = filed(scene)
    yield scene.confirm(deal, terms=scene.outcome_terms(deal, right_id="CN-1"))
    yield scene.confirm(deal)


@case("PROOF-DIFFERS by what was filed")
def proof_of_other_holders_or_papers(scene: Scene) -> Iterator[Outcome]:
    deal = filed(scene)
    yield scene.confirm(deal, terms=scene.outcome_terms(deal, package_digest=digest("other")))
    yield scene.confirm(deal)


@case("PROOF-DIFFERS by kind")
def proof_of_another_kind(scene: Scene) -> Iterator[Outcome]:
    deal = filed(scene)
    yield scene.confirm(deal, terms=scene.outcome_terms(deal, kind="licence_recordal"))
    yield scene.confirm(deal)


def two_funded(scene: Scene) -> tuple[str, str]:
    seller, buyer = scene.party(), scene.party()
    deals = [scene.deal(scene.listing(seller, scene.right(seller)), buyer) for _ in range(2)]
    for deal in deals:
        scene.sign(deal)
        scene.fund(deal)
    return deals[0], deals[1]


@case("PROOF-KNOWN")
def proof_known(scene: Scene) -> Iterator[Outcome]:
    first, second = two_funded(scene)
    scene.register(first)
    scene.file(second)
    yield scene.confirm(second, proof=digest("proof" + first))
    yield scene.confirm(second)


@case("SIGNED-ALREADY")
def signed_already(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.signature(deal, buyer)
    yield scene.signature(deal, buyer)
    yield scene.signature(deal, seller)


def to_file(scene: Scene) -> str:
    _, buyer, listing = posted(scene)
    deal: str = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    return deal


@case("PACKAGE-DIFFERS")
def package_differs(scene: Scene) -> Iterator[Outcome]:
    deal = to_file(scene)
    package = scene.package(deal) | {"contract": digest("another contract")}
    yield scene.operator(c.FileDeal(deal_id=deal, filing_id="F-1", package=package))
    yield scene.file(deal)


@case("PACKAGE-DIFFERS by a paper that is missing")
def package_lacks_a_paper(scene: Scene) -> Iterator[Outcome]:
    deal = to_file(scene)
    package = scene.package(deal)
    del package["power_of_attorney"]
    yield scene.operator(c.FileDeal(deal_id=deal, filing_id="F-1", package=package))
    yield scene.file(deal)


@case("FILING-ID-TAKEN")
def filing_id_taken(scene: Scene) -> Iterator[Outcome]:
    first, second = to_file(scene), to_file(scene)
    scene.file(first, "F-1")
    yield scene.file(second, "F-1")
    yield scene.file(second, "F-2")


@case("OFFER-STANDS")
def offer_stands(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene, deal_kind="ordinary_licence", max_acceptances=2)
    scene.sign_offer(listing, seller)
    yield scene.by(seller, c.WithdrawListing(listing_id=listing))
    yield scene.withdraw_offer(listing, seller)


@case("PROPOSAL-STANDS")
def proposal_stands(scene: Scene) -> Iterator[Outcome]:
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "negotiated")
    scene.propose(listing, buyer, 1_000)
    yield scene.propose(listing, buyer, 2_000)
    scene.propose(listing, seller, 3_000, buyer)
    yield scene.propose(listing, buyer, 2_000)


@case("NEEDS-FULL")
def needs_full(scene: Scene) -> Iterator[Outcome]:
    buyer, other = scene.party("buyer"), scene.party("buyer")
    needs = [scene.need(buyer).result["need_id"] for _ in range(MOST_NEEDS)]
    assert scene.need(other).refusal is None
    scene.by(buyer, c.WithdrawNeed(need_id=needs[0]))
    yield scene.need(buyer)
    assert scene.need(buyer, needs[1], classes=()).refusal is None
    scene.wait(KEPT_MS)
    yield scene.need(buyer)


@case("NOT-PERMITTED another party's need")
def not_anothers_need(scene: Scene) -> Iterator[Outcome]:
    buyer, other = scene.party("buyer"), scene.party("buyer")
    need = scene.need(buyer).result["need_id"]
    yield scene.by(other, c.WithdrawNeed(need_id=need))
    yield scene.by(buyer, c.WithdrawNeed(need_id=need))


@case("NOT-PERMITTED to name another party's deal for one's need")
def not_anothers_deal_for_a_need(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    need = scene.need(scene.party("buyer")).result["need_id"]
    own = scene.need(buyer).result["need_id"]
    deal = scene.deal(listing, buyer)
    yield scene.by(scene.state.needs[need].buyer, c.FulfilNeed(need_id=need, deal_id=deal))
    yield scene.by(buyer, c.FulfilNeed(need_id=own, deal_id=deal))


@case("ROLE-REQUIRED to post a need")
def sellers_post_no_needs(scene: Scene) -> Iterator[Outcome]:
    yield scene.need(scene.party("seller"))
    yield scene.need(scene.party("buyer"))


@case("PARTY-NOT-ACTIVE to post a need")
def only_the_approved_post_needs(scene: Scene) -> Iterator[Outcome]:
    buyer = scene.party("buyer", approve=False)
    yield scene.need(buyer)
    scene.admit(buyer)
    yield scene.need(buyer)


@case("FACT-MISSING a need's title")
def a_need_has_words(scene: Scene) -> Iterator[Outcome]:
    buyer = scene.party("buyer")
    yield scene.need(buyer, erasable={"description": digest("words")})
    yield scene.need(buyer)


@case("WRONG-STATE a deal that has fallen through meets no need")
def what_fell_through_meets_no_need(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    need = scene.need(buyer).result["need_id"]
    gone = scene.deal(listing, buyer)
    scene.operator(c.UnwindDeal(deal_id=gone, ground="mutual"))
    yield scene.by(buyer, c.FulfilNeed(need_id=need, deal_id=gone))
    deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    yield scene.by(buyer, c.FulfilNeed(need_id=need, deal_id=deal))


@case("KEY-NOT-ENROLLED")
def key_not_enrolled(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    key = "0x" + "ab" * 20
    yield scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=key))
    scene.enrol(buyer, key)
    yield scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=key))


def in_dispute(scene: Scene) -> tuple[str, str, str]:
    """Seller, buyer and a funded deal in dispute."""
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    encumbering.dispute(scene, deal)
    return seller, buyer, deal


@case("DEAL-DISPUTED", "exchange.rules.disputes.deal_is_not_disputed")
def nothing_of_a_disputed_licence_is_filed(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene, deal_kind="ordinary_licence")
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    encumbering.dispute(scene, deal)
    yield scene.file(deal)
    encumbering.outcome(scene, deal)
    yield scene.file(deal)


@case("DEAL-DISPUTED a payment", "exchange.rules.disputes.payment_is_not_disputed")
def nothing_of_a_disputed_deal_is_paid_out(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    encumbering.dispute(scene, deal)
    payment = scene.state.deals[deal].payments[0]
    yield scene.approve_payment(payment)
    encumbering.outcome(scene, deal)
    yield scene.approve_payment(payment)


@case("DISPUTE-OUTCOME", "exchange.rules.disputes.deal_can_be_unwound")
def what_is_before_the_office_is_not_unwound(scene: Scene) -> Iterator[Outcome]:
    _, _, deal = in_dispute(scene)
    encumbering.outcome(scene, deal)
    scene.file(deal)
    encumbering.dispute(scene, deal)
    yield encumbering.outcome(scene, deal, "unwind")
    scene.refuse(deal)
    yield encumbering.outcome(scene, deal, "unwind")


def settled_in_dispute(scene: Scene) -> tuple[str, str, str]:
    seller, buyer, deal = in_dispute(scene)
    encumbering.outcome(scene, deal)
    scene.register(deal)
    scene.pay_all(deal)
    encumbering.dispute(scene, deal)
    scene.wait(12 * MS_PER_DAY)  # five trading days before the buyer sells it again
    return seller, buyer, deal


@case("DISPUTE-OUTCOME a deal that gives nothing back", "exchange.rules.disputes.right_was_given_back")
def a_deal_undoes_no_other(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, deal = settled_in_dispute(scene)
    yield encumbering.outcome(scene, deal, "reverse_deal", deal)
    right = scene.state.deals[deal].right_id
    reverse = scene.deal(scene.listing(buyer, right), seller)
    yield encumbering.outcome(scene, deal, "reverse_deal", reverse)


@case("DISPUTE-OUTCOME a deal that fell through", "exchange.rules.disputes.right_was_given_back")
def an_unwound_deal_undoes_no_other(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, deal = settled_in_dispute(scene)
    right = scene.state.deals[deal].right_id
    reverse = scene.deal(scene.listing(buyer, right), seller)
    scene.operator(c.UnwindDeal(deal_id=reverse, ground="mutual"))
    yield encumbering.outcome(scene, deal, "reverse_deal", reverse)
    again = scene.deal(scene.listing(buyer, right), seller)
    yield encumbering.outcome(scene, deal, "reverse_deal", again)


@case("DISPUTE-OUTCOME a licence that is none", "exchange.rules.disputes.licence_is_in_force")
def only_a_licence_in_force_is_ended(scene: Scene) -> Iterator[Outcome]:
    _, _, deal = in_dispute(scene)
    yield encumbering.outcome(scene, deal, "terminate_licence")
    _, _, licence = licensed_for_royalty(scene)
    encumbering.dispute(scene, licence)
    yield encumbering.outcome(scene, licence, "terminate_licence")


@case("DISPUTE-OUTCOME a right that cannot be given back", "exchange.rules.disputes.right_can_be_given_back")
def a_right_on_its_way_to_somebody_else_is_not_given_back(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, deal = settled_in_dispute(scene)
    right = scene.state.deals[deal].right_id
    other = scene.deal(scene.listing(buyer, right), seller)
    yield encumbering.give_back(scene, deal)
    scene.operator(c.UnwindDeal(deal_id=other, ground="mutual"))
    yield encumbering.give_back(scene, deal)


@case("DEPOSIT-ENTITLED", "exchange.rules.deposits.ground_is_the_deposits")
def a_share_waits_until_its_co_owner_has_joined(scene: Scene) -> Iterator[Outcome]:
    seller, outsider = scene.party(), company_number(3)
    owners = (
        c.Holder(company_number=scene.numbers[seller], share=6_000),
        c.Holder(company_number=outsider, share=4_000),
    )
    listing = scene.listing(seller, scene.right(seller, holders=owners), approve=False)
    lodged = c.LodgeCoOwnerConsent(listing_id=listing, erasable={"consent": digest("paper")})
    scene.operator(lodged, terms=c.CoOwnerConsentTerms(company_number=outsider))
    scene.operator(c.ApproveListing(listing_id=listing))
    deal = scene.deal(listing, scene.party())
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    command = c.ReleaseDeposit(deposit_id="DEP-1", ground="joined", document_digest=digest("deed"))
    share = c.DepositTerms(amount=scene.state.deposits["DEP-1"].amount)
    yield scene.operator(command, terms=share)
    scene.party()
    yield scene.operator(command, terms=share)


@case("FACT-MISSING a disputes reference")
def a_dispute_has_a_reference(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    yield encumbering.dispute(scene, deal, erasable={})
    yield encumbering.dispute(scene, deal)
