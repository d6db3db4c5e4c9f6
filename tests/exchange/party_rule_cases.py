"""A case for each rule on who takes part, and on what a contract states: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.turn import Outcome
from tests.exchange.law_rule_cases import licensed
from tests.exchange.rule_cases import case, competitive, posted
from tests.exchange.scene import Scene
from tests.papers import papers

ONBOARDING = "exchange.rules.onboarding"
CREDIT = "exchange.rules.credit"
STAFF = "exchange.rules.conflicts.bidder_is_not_of_the_venue"


# --- staff of the venue


@case("CN-AUCTION-LAW-22", STAFF)
def staff_of_the_venue_may_not_bid(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    scene.document("venue_staff", buyer)
    yield scene.accept(listing, buyer)
    scene.document("venue_staff_left", buyer)
    yield scene.accept(listing, buyer)


@case("CN-AUCTION-LAW-22 through an affiliate", STAFF)
def affiliate_of_staff_may_not_bid(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    clerk = scene.party()
    scene.operator(c.RecordAffiliation(party_id=buyer, affiliate_id=clerk))
    scene.document("venue_staff", clerk, valid_until_ms=scene.now + MS_PER_DAY)
    yield scene.accept(listing, buyer)
    scene.wait(MS_PER_DAY)
    yield scene.accept(listing, buyer)


@case("CN-AUCTION-LAW-22 through an affiliate of an affiliate", STAFF)
def affiliate_of_an_affiliate_of_staff_may_not_bid(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    parent, clerk = scene.party(), scene.party()
    scene.operator(c.RecordAffiliation(party_id=buyer, affiliate_id=parent))
    scene.operator(c.RecordAffiliation(party_id=parent, affiliate_id=clerk))
    scene.document("venue_staff", clerk)
    yield scene.accept(listing, buyer)
    scene.document("venue_staff_left", clerk)
    yield scene.accept(listing, buyer)


# --- papers and leaving


@case("FACT-MISSING a company's papers", f"{ONBOARDING}.papers_are_complete")
def papers_missing(scene: Scene) -> Iterator[Outcome]:
    applicant = scene.party(approve=False)
    yield scene.verify(applicant, "licence", "legal_representative", "signatory", "screening")
    yield scene.verify(applicant)


@case("FACT-MISSING for whom a company holds", f"{ONBOARDING}.papers_are_complete")
def nobody_says_whether_it_is_a_nominee(scene: Scene) -> Iterator[Outcome]:
    applicant = scene.party(approve=False)
    silent = [msgspec.structs.replace(paper, nominee=UNSET) for paper in papers(scene.now)]
    yield scene.operator(c.VerifyParty(party_id=applicant), terms=c.VerificationTerms(papers=tuple(silent)))
    yield scene.verify(applicant)


@case("FACT-MISSING papers at the approval", f"{ONBOARDING}.papers_are_complete")
def papers_have_run_out(scene: Scene) -> Iterator[Outcome]:
    applicant = scene.party(approve=False)
    scene.verify(applicant, valid_until_ms=scene.now + MS_PER_DAY)
    scene.wait(MS_PER_DAY)
    yield scene.operator(c.ApproveParty(party_id=applicant))
    yield scene.admit(applicant)


@case("PARTY-STILL-BOUND")
def nobody_leaves_with_a_deal_open(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    yield scene.operator(c.CloseParty(party_id=buyer))
    scene.cancel(deal, buyer)
    terms = c.WithdrawalTerms(currency="CNY", amount=scene.balance(buyer))
    scene.pay(scene.by(buyer, c.RequestWithdrawal(), terms).result["payment_id"])
    yield scene.operator(c.CloseParty(party_id=buyer))


# --- lists of sanctions and of dishonest debtors


@case("CN-ANTI-MONEY-LAUNDERING-40", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_seller(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    scene.document("sanctions_listing", seller)
    yield scene.submit(seller, right)
    scene.document("sanctions_removal", seller)
    yield scene.submit(seller, right)


@case("CN-ANTI-MONEY-LAUNDERING-40 to join", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_applicant(scene: Scene) -> Iterator[Outcome]:
    applicant = scene.party(approve=False)
    scene.verify(applicant)
    scene.document("sanctions_listing", applicant)
    yield scene.operator(c.ApproveParty(party_id=applicant))
    scene.document("sanctions_removal", applicant)
    yield scene.operator(c.ApproveParty(party_id=applicant))


@case("CN-ANTI-MONEY-LAUNDERING-40 to be verified", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_before_it_is_verified(scene: Scene) -> Iterator[Outcome]:
    applicant = scene.party(approve=False)
    scene.document("sanctions_listing", applicant)
    yield scene.verify(applicant)
    scene.document("sanctions_removal", applicant)
    yield scene.verify(applicant)


@case("CN-ANTI-MONEY-LAUNDERING-40 to bid", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_bidder(scene: Scene) -> Iterator[Outcome]:
    _, bidder, listing = competitive(scene)
    scene.document("sanctions_listing", bidder)
    yield scene.bid(listing, bidder, 100_000_00)
    scene.document("sanctions_removal", bidder)
    scene.bidder(listing, bidder)  # it left when the list named it
    yield scene.bid(listing, bidder, 100_000_00)


@case("CN-ANTI-MONEY-LAUNDERING-40 to sign", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_before_the_signature(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.document("sanctions_listing", buyer)
    yield scene.signature(deal, seller)
    scene.document("sanctions_removal", buyer)
    yield scene.signature(deal, seller)


@case("CN-ANTI-MONEY-LAUNDERING-40 to fund", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_before_escrow(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    line = scene.credit(buyer, 1)
    scene.document("sanctions_listing", seller)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    scene.document("sanctions_removal", seller)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))


@case("CN-ANTI-MONEY-LAUNDERING-40 to file", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_before_the_filing(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.document("sanctions_listing", seller)
    yield scene.file(deal)
    scene.document("sanctions_removal", seller)
    yield scene.file(deal)


@case("CN-ANTI-MONEY-LAUNDERING-40 to be paid", f"{CREDIT}.party_is_not_sanctioned")
def sanctioned_before_the_release(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    payment = scene.state.deals[deal].payments[-1]
    scene.document("sanctions_listing", seller)
    yield scene.approve_payment(payment)
    scene.document("sanctions_removal", seller)
    yield scene.approve_payment(payment)


@case("DISHONEST-DEBTOR", f"{CREDIT}.party_is_no_dishonest_debtor")
def dishonest_seller(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    scene.document("dishonesty_listing", seller)
    yield scene.submit(seller, right)
    scene.document("dishonesty_removal", seller)
    yield scene.submit(seller, right)


@case("DISHONEST-DEBTOR at approval", f"{CREDIT}.party_is_no_dishonest_debtor")
def dishonest_seller_at_approval(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene, approve=False)
    scene.document("dishonesty_listing", seller)
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.document("dishonesty_removal", seller)
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("DISHONEST-DEBTOR to buy", f"{CREDIT}.party_is_no_dishonest_debtor")
def dishonest_buyer(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    scene.document("dishonesty_listing", buyer)
    yield scene.accept(listing, buyer)
    scene.document("dishonesty_removal", buyer)
    yield scene.accept(listing, buyer)


# --- what a contract states, and what it may not ask


@case("CN-CIVIL-CODE-845", "exchange.rules.civil_code.contract_can_name_the_term")
def no_date_of_expiry(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, expiry_date=None)
    yield scene.submit(seller, right)
    scene.copy(right, seller)
    yield scene.submit(seller, right)


@case("FACT-MISSING the expiry of a licensed patent")
def no_date_of_expiry_of_a_licensed_patent(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, expiry_date=None)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    scene.copy(right, seller)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


@case("CN-CIVIL-CODE-850", "exchange.rules.civil_code.improvements_are_not_taken")
def improvements_for_nothing(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, deal_kind="ordinary_licence", improvements="licensor")
    yield scene.submit(seller, right, deal_kind="ordinary_licence", improvements="shared")


@case("CN-TECHNOLOGY-CONTRACTS-25 a sole licensor that may work its patent")
def sole_licensor_in_whose_place_one_works(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "sole_licence")
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    scene.document("licensor_cannot_work", right)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


@case("CN-TECHNOLOGY-CONTRACTS-25 a second one in a sole licensor's place")
def one_licence_alone_in_a_sole_licensors_place(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "sole_licence")
    scene.document("licensor_cannot_work", right)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence")
    deal = scene.deal(listing, scene.party())
    scene.sign(deal)
    scene.fund(deal)
    scene.pay_all(deal)
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-GD",))
    yield scene.submit(seller, scene.right(seller), deal_kind="ordinary_licence")


@case("CN-TECHNOLOGY-CONTRACTS-25 an exclusive one beside the undertaking")
def exclusive_is_not_the_licensors_place(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "exclusive_licence", territory=("CN-GD",))
    scene.document("licensor_cannot_work", right)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-HI",))


# --- rewards


def rewarded(scene: Scene, right_type: str, least: int) -> Iterator[Outcome]:
    """A unit that has given its inventors a fen too little at the grant, and one that has given enough."""
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller, right_type=right_type))
    deal = scene.deal(listing, buyer)
    for on_grant in (least - 1, least):
        terms = c.RewardTerms(costs=0, shares=(1_000,), on_grant=on_grant, on_grant_day="2021-08-31")
        yield scene.by(seller, c.RecordReward(deal_id=deal), terms)


@case("CN-PATENT-RULES-93", "exchange.rules.patent_law.inventors_were_rewarded")
def reward_at_the_grant_of_an_invention(scene: Scene) -> Iterator[Outcome]:
    yield from rewarded(scene, "invention", 4_000_00)


@case("CN-PATENT-RULES-93 of a utility model", "exchange.rules.patent_law.inventors_were_rewarded")
def reward_at_the_grant_of_a_utility_model(scene: Scene) -> Iterator[Outcome]:
    yield from rewarded(scene, "utility_model", 1_500_00)


@case("CN-PATENT-RULES-93 of a design", "exchange.rules.patent_law.inventors_were_rewarded")
def reward_at_the_grant_of_a_design(scene: Scene) -> Iterator[Outcome]:
    yield from rewarded(scene, "design", 1_500_00)
