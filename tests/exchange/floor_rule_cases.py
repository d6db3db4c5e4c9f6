"""A case for each rule that a venue of the Mainland asks beyond title: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, add_months, venue_date
from exchange.turn import Outcome
from tests.exchange.rule_cases import case, posted
from tests.exchange.scene import Scene


@case("CN-PATENT-LAW-4", "exchange.rules.secrecy.right_is_not_secret")
def defence_patent(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    scene.document("secrecy_notice", right)
    yield scene.submit(seller, right)
    scene.document("declassification", right)
    yield scene.submit(seller, right)


# --- state-owned assets


@case("VENUE-NOT-DESIGNATED", "exchange.rules.state_assets.venue_is_designated")
def state_enterprise(scene: Scene) -> Iterator[Outcome]:
    enterprise = scene.party(category="state_enterprise")
    right = scene.right(enterprise)
    scene.document("appraisal", right, amount=100_000_00, currency="CNY")
    yield scene.submit(enterprise, right)
    scene.document("venue_designation", valid_until_ms=scene.now + 365 * MS_PER_DAY)
    yield scene.submit(enterprise, right)


def state_asset(scene: Scene, appraised: int = 100_000_00) -> tuple[str, str]:
    """A state enterprise at a designated venue, and its appraised right."""
    scene.document("venue_designation")
    enterprise = scene.party(category="state_enterprise")
    right = scene.right(enterprise)
    scene.document("appraisal", right, amount=appraised, currency="CNY")
    return enterprise, right


@case("CN-STATE-ASSETS-NOTICE", "exchange.rules.state_assets.notice_until_ms")
def notice_of_ten_working_days(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene)
    short = scene.listing(enterprise, right, approve=False, closes_ms=scene.now + 13 * MS_PER_DAY)
    yield scene.operator(c.ApproveListing(listing_id=short))
    scene.by(enterprise, c.WithdrawListing(listing_id=short))
    longer = scene.listing(enterprise, right, approve=False, closes_ms=scene.now + 15 * MS_PER_DAY)
    yield scene.operator(c.ApproveListing(listing_id=longer))


@case("CN-STATE-ASSETS-NOTICE above ten million", "exchange.rules.state_assets.notice_until_ms")
def notice_of_twenty_working_days(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene, 10_000_000_01)
    terms: dict[str, Any] = {"price": 10_000_000_01, "approve": False}
    short = scene.listing(enterprise, right, closes_ms=scene.now + 27 * MS_PER_DAY, **terms)
    yield scene.operator(c.ApproveListing(listing_id=short))
    scene.by(enterprise, c.WithdrawListing(listing_id=short))
    at_the_bound = scene.listing(
        enterprise, right, closes_ms=scene.now + 27 * MS_PER_DAY, **{**terms, "price": 10_000_000_00}
    )
    yield scene.operator(c.ApproveListing(listing_id=at_the_bound))


@case("CN-STATE-ASSETS-APPRAISAL", "exchange.rules.state_assets.price_is_backed")
def below_the_appraisal(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene)
    yield scene.submit(enterprise, right, price=89_999_99)
    yield scene.submit(enterprise, right, price=90_000_00)


@case("CN-STATE-ASSETS-APPRAISAL approved", "exchange.rules.state_assets.price_is_backed")
def below_the_appraisal_approved(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene)
    yield scene.submit(enterprise, right, price=50_000_00)
    scene.document("below_appraisal_approval", right)
    yield scene.submit(enterprise, right, price=50_000_00)


@case("CN-STATE-ASSETS-APPRAISAL of a price that is agreed", "exchange.rules.state_assets.price_is_backed")
def agreed_below_the_appraisal(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene)
    buyer, other = scene.party(), scene.party()
    listing = scene.listing(enterprise, right, "negotiated", closes_ms=scene.now + 40 * MS_PER_DAY)
    scene.wait(20 * MS_PER_DAY)
    low = scene.propose(listing, buyer, 80_000_00).result["proposal_id"]
    high = scene.propose(listing, other, 95_000_00).result["proposal_id"]
    yield scene.by(enterprise, c.AcceptProposal(proposal_id=low))
    yield scene.by(enterprise, c.AcceptProposal(proposal_id=high))


@case("FACT-MISSING an appraisal", "exchange.rules.state_assets.price_is_backed")
def no_appraisal(scene: Scene) -> Iterator[Outcome]:
    scene.document("venue_designation")
    enterprise = scene.party(category="state_enterprise")
    right = scene.right(enterprise)
    yield scene.submit(enterprise, right)
    scene.document("appraisal", right, amount=1, currency="CNY")
    yield scene.submit(enterprise, right)


@case("FACT-MISSING an exchange rate", "exchange.rules.exchange_rates.factors")
def no_exchange_rate(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene)
    yield scene.submit(enterprise, right, currency="HKD", price=110_000_00)
    as_of = venue_date(scene.now).isoformat()
    rate: dict[str, Any] = {"numerator": 91, "denominator": 100, "as_of": as_of, "source": "hkma"}
    scene.operator(c.RecordExchangeRate(base="HKD", quote="CNY", **rate))
    yield scene.submit(enterprise, right, currency="HKD", price=110_000_00)


@case("CN-STATE-ASSETS-ONE-PAYMENT", "exchange.rules.state_assets.price_is_paid_at_once")
def state_asset_in_parts(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene)
    parts = (c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))
    yield scene.submit(enterprise, right, consideration=c.Instalments(parts=parts))
    yield scene.submit(enterprise, right)


@case("CN-STATE-ASSETS-ONE-PAYMENT of a co-owner", "exchange.rules.state_assets.price_is_paid_at_once")
def state_asset_in_parts_that_another_owner_lists(scene: Scene) -> Iterator[Outcome]:
    enterprise, other = scene.party(category="state_enterprise"), scene.party()
    scene.document("venue_designation")
    right = scene.right(other, enterprise)
    scene.document("appraisal", right, amount=1, currency="CNY")
    parts = (c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))
    several: tuple[dict[str, Any], ...] = ({"consideration": c.Instalments(parts=parts)}, {})
    for terms in several:
        listing = scene.listing(other, right, approve=False, **terms)
        scene.by(enterprise, c.ConsentToListing(listing_id=listing))
        yield scene.operator(c.ApproveListing(listing_id=listing))
        if terms:
            scene.by(other, c.WithdrawListing(listing_id=listing))


@case("CN-STATE-ASSETS-RESULT", "exchange.rules.state_assets.result_is_published")
def signed_before_the_result_is_published(scene: Scene) -> Iterator[Outcome]:
    enterprise, right = state_asset(scene)
    buyer = scene.party()
    listing = scene.listing(enterprise, right, closes_ms=scene.now + 40 * MS_PER_DAY)
    scene.wait(20 * MS_PER_DAY)
    deal = scene.deal(listing, buyer)
    yield scene.signature(deal, enterprise)
    scene.wait(8 * MS_PER_DAY)
    yield scene.signature(deal, enterprise)


# --- what exchanges may not do


@case("CN-SC-2011-38-UNITS", "exchange.rules.exchanges.right_is_not_split")
def split_into_units(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, max_acceptances=2)
    yield scene.submit(seller, right, deal_kind="ordinary_licence", max_acceptances=2)


@case("CN-SC-2011-38-RESALE", "exchange.rules.exchanges.resale_has_waited")
def resold_at_once(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    right = scene.state.deals[deal].right_id
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    yield scene.submit(buyer, right)
    scene.wait(8 * MS_PER_DAY)
    yield scene.submit(buyer, right)


def fund_of(scene: Scene, *counts: int) -> Iterator[Outcome]:
    """A fund wants a right, with so many behind it one after the other; 0 for none on record."""
    _, _, listing = posted(scene)
    fund = scene.party(category="fund")
    scene.credit(fund, 100_000_00)
    for count in counts:
        if count:
            scene.document("holders", fund, holders=tuple(f"HOLDER{each}" for each in range(count)))
        yield scene.accept(listing, fund)


@case("CN-SC-2011-38-HOLDERS", "exchange.rules.exchanges.holders_are_few")
def too_many_holders(scene: Scene) -> Iterator[Outcome]:
    yield from fund_of(scene, 201, 200)


@case("FACT-MISSING whom a fund holds for", "exchange.rules.exchanges.holders_are_few")
def holders_unknown(scene: Scene) -> Iterator[Outcome]:
    yield from fund_of(scene, 0, 1)


@case("FACT-MISSING whom a nominee holds for", "exchange.rules.exchanges.holders_are_few")
def a_nominee_buys(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    scene.verify(buyer, "beneficial_owners", nominee=True)
    yield scene.accept(listing, buyer)
    scene.document("holders", buyer, holders=("A", "B"))
    yield scene.accept(listing, buyer)


@case(
    "FACT-MISSING whether a buyer is a nominee",
    "exchange.rules.exchanges.buyer_says_whether_it_is_a_nominee",
    {"engine": 4},
)
def nobody_has_said_whether_a_buyer_is_a_nominee(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    scene.upgrade()
    yield scene.accept(listing, buyer)
    scene.verify(buyer)
    yield scene.accept(listing, buyer)


# --- licences at the office


@case("CN-LICENCE-RECORDAL-12-3", "exchange.rules.licence_recordal.contract_can_be_complete")
def no_date_of_grant(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, grant_date=None)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    scene.copy(right, seller)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


@case("CN-LICENCE-RECORDAL-12-8", "exchange.rules.licence_recordal.licence_is_not_recorded_twice")
def recorded_twice(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene, deal_kind="ordinary_licence", max_acceptances=9)
    deals = [scene.deal(listing, buyer) for _ in range(2)]
    deals.append(scene.deal(listing, scene.party()))
    for deal in deals:
        scene.sign(deal)
        scene.fund(deal)
    scene.file(deals[0])
    scene.confirm(deals[0])
    yield scene.file(deals[1])
    yield scene.file(deals[2])


# --- objections


@case("OBJECTION-MADE")
def objecting_again(scene: Scene) -> Iterator[Outcome]:
    university, one, other = scene.party(category="university"), scene.party(), scene.party()
    listing = scene.listing(university, scene.right(university))
    scene.object_to(listing, one)
    yield scene.object_to(listing, one, "price")
    yield scene.object_to(listing, other, "price")


# --- export control


def leaving(scene: Scene, export_class: str, **fields: Any) -> tuple[str, str, str]:
    """A right of the Mainland of this class, its open listing, and a buyer from Hong Kong with money."""
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    right = scene.right(seller)
    scene.operator(c.ClassifyExport(right_id=right, export_class=export_class))  # type: ignore[arg-type]
    scene.credit(buyer, 100_000_00)
    return right, scene.listing(seller, right, **fields), buyer


@case("CN-TECHNOLOGY-EXPORT-30 without its letter", "exchange.rules.export_control.may_leave_the_mainland")
def restricted_without_a_letter_of_intent(scene: Scene) -> Iterator[Outcome]:
    right, listing, buyer = leaving(scene, "restricted")
    another = scene.party(jurisdiction="MO")
    scene.document("letter_of_intent", right, party_id=another)
    yield scene.accept(listing, buyer)
    scene.document("letter_of_intent", right, party_id=buyer)
    yield scene.accept(listing, buyer)


@case("CN-TECHNOLOGY-EXPORT-30 after its letter", "exchange.rules.export_control.may_leave_the_mainland")
def restricted_after_its_letter_of_intent(scene: Scene) -> Iterator[Outcome]:
    right, listing, buyer = leaving(scene, "restricted")
    scene.document("letter_of_intent", right, party_id=buyer, valid_until_ms=scene.now + MS_PER_DAY)
    scene.wait(MS_PER_DAY)
    yield scene.accept(listing, buyer)
    scene.document("letter_of_intent", right, party_id=buyer)
    yield scene.accept(listing, buyer)


@case("WRONG-STATE before its export licence")
def funded_before_its_export_licence(scene: Scene) -> Iterator[Outcome]:
    right, listing, buyer = leaving(scene, "restricted")
    scene.document("letter_of_intent", right, party_id=buyer)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    yield scene.fund(deal)
    scene.document("export_licence", deal)
    yield scene.fund(deal)


@case("CN-TECHNOLOGY-EXPORT-36", "exchange.rules.export_control.export_is_certified")
def filed_without_a_certificate(scene: Scene) -> Iterator[Outcome]:
    _, listing, buyer = leaving(scene, "free")
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    yield scene.file(deal)
    scene.document("export_registration", deal)
    yield scene.file(deal)


def certified(scene: Scene, **fields: Any) -> tuple[str, str]:
    """A right that leaves the Mainland, and its deal: paid for, its contract registered."""
    right, listing, buyer = leaving(scene, "free", **fields)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    scene.document("export_registration", deal)
    scene.fund(deal)
    return right, deal


@case(
    "CN-TECHNOLOGY-EXPORT-29 before it is paid",
    "exchange.rules.export_control.deal_takes_out_nothing_prohibited",
)
def paid_for_what_is_prohibited_since(scene: Scene) -> Iterator[Outcome]:
    right, listing, buyer = leaving(scene, "free")
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    for export_class in ("prohibited", "free"):
        scene.operator(c.ClassifyExport(right_id=right, export_class=export_class))
        yield scene.fund(deal)


@case("CN-TECHNOLOGY-EXPORT-40", "exchange.rules.export_control.export_is_filed_again")
def filed_on_papers_from_before_its_class_changed(scene: Scene) -> Iterator[Outcome]:
    right, deal = certified(scene)
    buyer = scene.state.deals[deal].buyer
    scene.document("letter_of_intent", right, party_id=buyer)
    scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
    yield scene.file(deal)
    scene.document("export_licence", deal)
    yield scene.file(deal)


@case("CN-TECHNOLOGY-EXPORT-40 after an amendment", "exchange.rules.export_control.export_is_filed_again")
def filed_on_papers_of_another_contract(scene: Scene) -> Iterator[Outcome]:
    _, deal = certified(scene)
    scene.document("contract_amendment", deal)
    yield scene.file(deal)
    scene.document("export_registration", deal)
    yield scene.file(deal)


@case("CN-TECHNOLOGY-EXPORT-40 of a licence", "exchange.rules.export_control.export_is_filed_again")
def recorded_on_papers_of_another_contract(scene: Scene) -> Iterator[Outcome]:
    _, deal = certified(scene, deal_kind="ordinary_licence")
    scene.document("contract_amendment", deal)
    yield scene.file(deal)
    scene.document("export_registration", deal)
    yield scene.file(deal)


@case("CN-TECHNOLOGY-EXPORT-30 after three years", "exchange.rules.export_control.may_leave_the_mainland")
def a_letter_of_intent_of_three_years_ago(scene: Scene) -> Iterator[Outcome]:
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    right = scene.right(seller)
    scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
    scene.document("letter_of_intent", right, party_id=buyer)
    scene.wait(add_months(scene.now, 36) - scene.now)
    scene.copy(right, seller)
    scene.credit(buyer, 100_000_00)
    listing = scene.listing(seller, right)
    yield scene.accept(listing, buyer)
    scene.document("letter_of_intent", right, party_id=buyer)
    yield scene.accept(listing, buyer)
