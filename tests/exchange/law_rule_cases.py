"""A case for each rule of law: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from exchange.turn import Outcome
from tests.exchange import encumbering
from tests.exchange.rule_cases import Case, case, posted, reported, royalty
from tests.exchange.scene import Scene, digest


@case("CN-CIVIL-CODE-444", "exchange.rules.civil_code.pledgees_consent")
def pledgee_consent(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, bank = scene.party(), scene.party(), scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=1, currency="CNY")
    listing = scene.listing(seller, scene.right(seller, pledges=(pledge,)))
    deal = scene.deal(listing, buyer)
    yield scene.signature(deal, seller)
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    yield scene.signature(deal, seller)


@case("CN-AUCTION-LAW-30", "exchange.rules.conflicts.bidder_is_independent")
def seller_may_not_bid(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    scene.credit(seller, 100_000_00)
    scene.credit(buyer, 100_000_00)
    yield scene.accept(listing, seller)
    yield scene.accept(listing, buyer)


@case("CN-AUCTION-LAW-30 through an agent", "exchange.rules.conflicts.bidder_is_independent")
def sellers_agent_may_not_bid(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    agent = "0x" + "77" * 20
    for party in (seller, buyer):
        mandate = c.AppointAgent(key=agent, scope=("bid", "list"), until_ms=scene.now + MS_PER_DAY)
        scene.by(party, mandate)
    scene.credit(buyer, 100_000_00)
    command, terms = c.AcceptPrice(listing_id=listing), c.BidTerms(price=100_000_00)
    yield scene.give(command, actor=buyer, signer=agent, terms=terms)
    yield scene.by(buyer, command, terms=terms)


@case("AFFILIATE-MAY-NOT-BID", "exchange.rules.conflicts.bidder_is_independent")
def affiliate_may_not_bid(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    affiliate = scene.party()
    scene.operator(c.RecordAffiliation(party_id=affiliate, affiliate_id=seller))
    scene.credit(affiliate, 100_000_00)
    scene.credit(buyer, 100_000_00)
    yield scene.accept(listing, affiliate)
    yield scene.accept(listing, buyer)


def unclassified(scene: Scene, export_class: str) -> tuple[str, str, str]:
    seller = scene.party()
    right = scene.right(seller)
    scene.operator(c.ClassifyExport(right_id=right, export_class=export_class))  # type: ignore[arg-type]
    buyer = scene.party(jurisdiction="HK")
    scene.credit(buyer, 100_000_00)
    return buyer, right, scene.listing(seller, right)


@case("CN-TECHNOLOGY-EXPORT-30", "exchange.rules.export_control.may_leave_the_mainland")
def export_of_unclassified_technology(scene: Scene) -> Iterator[Outcome]:
    buyer, right, listing = unclassified(scene, "unclassified")
    yield scene.accept(listing, buyer)
    scene.operator(c.ClassifyExport(right_id=right, export_class="free"))
    yield scene.accept(listing, buyer)


@case("CN-TECHNOLOGY-EXPORT-30 restricted", "exchange.rules.export_control.may_leave_the_mainland")
def export_of_restricted_technology(scene: Scene) -> Iterator[Outcome]:
    buyer, right, listing = unclassified(scene, "restricted")
    yield scene.accept(listing, buyer)
    scene.operator(c.ClassifyExport(right_id=right, export_class="free"))
    yield scene.accept(listing, buyer)


@case("CN-TECHNOLOGY-EXPORT-29", "exchange.rules.export_control.may_leave_the_mainland")
def export_of_prohibited_technology(scene: Scene) -> Iterator[Outcome]:
    buyer, _, listing = unclassified(scene, "prohibited")
    yield scene.accept(listing, buyer)
    mainland = scene.party()
    scene.credit(mainland, 100_000_00)
    yield scene.accept(listing, mainland)


@case("CN-LICENCE-RECORDAL-12-2", "exchange.rules.patent_law.seller_is_registered_owner")
def not_the_registered_owner(scene: Scene) -> Iterator[Outcome]:
    owner, other = scene.party(), scene.party()
    right = scene.right(owner)
    yield scene.submit(other, right)
    yield scene.submit(owner, right)


@case("CN-PATENT-LAW-44", "exchange.rules.patent_law.right_is_alive")
def right_has_lapsed(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    yield scene.submit(seller, scene.right(seller, status="lapsed"))
    yield scene.submit(seller, scene.right(seller))


@case("CN-PATENT-LAW-44 by its date", "exchange.rules.patent_law.right_is_alive")
def right_has_expired(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    yield scene.submit(
        seller, scene.right(seller, expiry_date="2027-01-14")
    )  # the scene begins on 15 January
    yield scene.submit(seller, scene.right(seller, expiry_date="2027-01-15"))


@case("CN-PATENT-LAW-44 of a divisional", "exchange.rules.patent_law.right_is_alive")
def divisional_application(scene: Scene) -> Iterator[Outcome]:
    """Its number is of 2019, its filing date that of its parent (Implementing Rules Art. 49): the register says when."""
    seller = scene.party()
    parent_filed: dict[str, Any] = {"filing_date": "2007-01-14"}
    yield scene.submit(seller, scene.right(seller, expiry_date="2027-01-14", **parent_filed))
    yield scene.submit(seller, scene.right(seller, expiry_date="2027-01-15", **parent_filed))


@case("FACT-MISSING the day of grant", "exchange.rules.patent_law.grant_is_dated")
def no_day_of_grant_to_assign(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, grant_date=None)
    yield scene.submit(seller, right)
    scene.copy(right, seller)
    yield scene.submit(seller, right)


def co_owned(scene: Scene, right_id: str = "", **fields: Any) -> tuple[str, str]:
    """One of two owners submits a listing; gives the other owner and the listing."""
    facts = {name: fields.pop(name) for name in ("status", "expiry_date", "right_type") if name in fields}
    one, other = scene.party(), scene.party()
    right = scene.right(one, other, right_id=right_id, **facts)
    return other, scene.listing(one, right, approve=False, **fields)


def consent_is_asked_for(scene: Scene, other: str, listing: str) -> Iterator[Outcome]:
    """Without the other owner's consent the listing is not opened, with it it is."""
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.by(other, c.ConsentToListing(listing_id=listing))
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("CN-PATENT-LAW-14", "exchange.rules.effects.co_owners_agree")
def co_owner_alone(scene: Scene) -> Iterator[Outcome]:
    yield from consent_is_asked_for(scene, *co_owned(scene, deal_kind="exclusive_licence"))


@case("CN-PATENT-LAW-14 by a paper", "exchange.rules.effects.co_owners_agree")
def co_owner_consents_by_a_paper(scene: Scene) -> Iterator[Outcome]:
    other, listing = co_owned(scene)
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.operator(c.SuspendParty(party_id=other))
    command = c.LodgeCoOwnerConsent(listing_id=listing, erasable={"consent": digest("paper")})
    scene.operator(command, terms=c.CoOwnerConsentTerms(company_number=scene.numbers[other]))
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("CN-AUCTION-LAW-30 of a co-owner", "exchange.rules.conflicts.bidder_is_independent")
def consenting_co_owner_may_not_bid(scene: Scene) -> Iterator[Outcome]:
    other, listing = co_owned(scene)
    scene.by(other, c.ConsentToListing(listing_id=listing))
    scene.operator(c.ApproveListing(listing_id=listing))
    buyer = scene.party()
    for party in (other, buyer):
        scene.credit(party, 100_000_00)
    yield scene.accept(listing, other)
    yield scene.accept(listing, buyer)


@case("HK-PATENTS-ORDINANCE-54")
def co_owner_alone_in_hong_kong(scene: Scene) -> Iterator[Outcome]:
    listed = co_owned(scene, "HK-99990010.7", deal_kind="ordinary_licence", territory=("HK",))
    yield from consent_is_asked_for(scene, *listed)


@case("HK-REGISTERED-DESIGNS-CO-OWNERS")
def co_owner_of_a_design_alone_in_hong_kong(scene: Scene) -> Iterator[Outcome]:
    fields: dict[str, Any] = {"deal_kind": "ordinary_licence", "territory": ("HK",)}
    yield from consent_is_asked_for(scene, *co_owned(scene, "HK-2400123.4", right_type="design", **fields))


@case("MO-INDUSTRIAL-PROPERTY-CO-OWNERS")
def co_owner_alone_in_macau(scene: Scene) -> Iterator[Outcome]:
    listed = co_owned(scene, "MO-I001234", deal_kind="ordinary_licence", territory=("MO",))
    yield from consent_is_asked_for(scene, *listed)


@case("US-PATENT-ACT-262")
def co_owner_alone_in_the_united_states(scene: Scene) -> Iterator[Outcome]:
    yield from consent_is_asked_for(scene, *co_owned(scene, "US-16000001"))


@case("ACHIEVEMENT-CO-HOLDERS")
def co_holder_of_a_result_alone(scene: Scene) -> Iterator[Outcome]:
    facts = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    fields = {"deal_kind": "ordinary_licence", "ends_ms": scene.now + 99 * MS_PER_DAY}
    listed = co_owned(scene, "CN-achievement-2026990001", **facts, **fields)
    yield from consent_is_asked_for(scene, *listed)


@case("RIGHT-TYPE-NOT-OPEN", "exchange.rules.effects.effect_of")
def no_rule_for_the_place(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    yield scene.submit(seller, scene.right(seller, right_id="EP-13163253.1"))
    yield scene.submit(seller, scene.right(seller, right_id="HK-99990010.7"))


@case("TERRITORY-OUTSIDE-RIGHT", "exchange.rules.patent_law.licence_holds_where_the_right_does")
def territory_outside_right(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-GD", "HK"))
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-GD", "CN-HI"))


@case("TERRITORY-OUTSIDE-RIGHT the world")
def the_world_is_outside(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, right_id="US-16000001")
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("world",))
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("US",))


@case("CN-PATENT-RULES-103", "exchange.rules.patent_law.right_is_not_frozen")
def right_is_frozen(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, freeze="dispute")
    yield scene.submit(seller, right)
    scene.copy(right, seller)
    yield scene.submit(seller, right)


def licensed(scene: Scene, kind: str, **terms: Any) -> tuple[str, str]:
    """Seller and right after a licence of this kind has been granted and paid out."""
    seller, buyer, listing = posted(scene, deal_kind=kind, **terms)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.pay_all(deal)
    return seller, scene.state.deals[deal].right_id


@case("CN-TECHNOLOGY-CONTRACTS-25", "exchange.rules.patent_law.licences_are_compatible")
def licences_conflict(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "exclusive_licence", territory=("CN-GD",))
    yield scene.submit(seller, right, deal_kind="ordinary_licence")
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-HI",))


@case(
    "CN-TECHNOLOGY-CONTRACTS-25 in a part of its territory",
    "exchange.rules.patent_law.licences_are_compatible",
)
def licences_conflict_in_a_part(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "sole_licence", territory=("CN-GD", "CN-SH"))
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-HI", "CN-GD"))
    yield scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-HI",))


@case("CN-TECHNOLOGY-CONTRACTS-25 spelled otherwise", "exchange.rules.patent_law.licences_are_compatible")
def licences_conflict_in_spelling(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "exclusive_licence", field_of_use="H01")
    yield scene.submit(seller, right, deal_kind="exclusive_licence", field_of_use=" ｈ01 ")
    yield scene.submit(seller, right, deal_kind="exclusive_licence", field_of_use="A61、C07")


def words_for(field: str, other: str) -> Case:
    """Two fields of use that words alone set apart."""

    def licences_conflict_in_words(scene: Scene) -> Iterator[Outcome]:
        seller, right = licensed(scene, "exclusive_licence", field_of_use=field, territory=("CN-GD",))
        yield scene.submit(seller, right, deal_kind="sole_licence", field_of_use=other)
        elsewhere: dict[str, Any] = {"field_of_use": other, "territory": ("CN-HI",)}
        yield scene.submit(seller, right, deal_kind="sole_licence", **elsewhere)

    return licences_conflict_in_words


for _field, _other in (
    ("battery", "ｂattery"),
    ("battery", "lithium battery"),
    ("battery", "medicine"),
    ("battery", "全部"),
    ("H01", "全部领域"),
    ("H01", "H"),
    ("H01", "H01M"),
):
    case(f"CN-TECHNOLOGY-CONTRACTS-25 {_field} and {_other}")(words_for(_field, _other))


@case("CN-CIVIL-CODE-865", "exchange.rules.patent_law.licence_ends_with_the_right")
def licence_beyond_life(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, expiry_date="2030-01-01")
    end_ms = 1_893_513_600_000  # the second of January 2030 begins in UTC+8
    yield scene.submit(seller, right, deal_kind="ordinary_licence", ends_ms=end_ms + 1)
    yield scene.submit(seller, right, deal_kind="ordinary_licence", ends_ms=end_ms)


@case("CN-AUCTION-LAW-30 by the seller's agent", "exchange.rules.conflicts.bidder_is_independent")
def bid_by_the_agent(scene: Scene) -> Iterator[Outcome]:
    agent, other = scene.party("agent", "buyer"), scene.party()
    seller = scene.party()
    commission = c.Commission(party_id=agent, basis_points=100)
    listing = scene.listing(seller, scene.right(seller), commission=commission)
    for buyer in (agent, other):
        scene.credit(buyer, 100_000_00)
        yield scene.accept(listing, buyer)


@case("CN-AUCTION-LAW-30 by one of several agents", "exchange.rules.conflicts.bidder_is_independent")
def bid_by_one_of_the_agents(scene: Scene) -> Iterator[Outcome]:
    first, agent, other = scene.party("agent"), scene.party("agent", "buyer"), scene.party()
    seller = scene.party()
    agents = tuple(c.Commission(party_id=each, basis_points=100) for each in (first, agent))
    listing = scene.listing(seller, scene.right(seller), commission=agents)
    for buyer in (agent, other):
        scene.credit(buyer, 100_000_00)
        yield scene.accept(listing, buyer)


@case("CN-ACHIEVEMENTS-45", "exchange.rules.transformation.contributors_have_their_half")
def reward_below_the_half(scene: Scene) -> Iterator[Outcome]:
    university, buyer = scene.party(category="university"), scene.party()
    listing = scene.listing(university, scene.right(university), "competitive")
    scene.credit(buyer, 100_000_00)
    scene.bidder(listing, buyer)
    scene.bid(listing, buyer, 100_000_00)
    scene.wait(11 * MS_PER_DAY)
    deal = scene.by(university, c.AcceptBid(bid_id="B-1")).result["deal_id"]
    record = c.RecordReward(deal_id=deal)
    yield scene.by(university, record, c.RewardTerms(costs=0, shares=(2_500, 2_499)))
    yield scene.by(university, record, c.RewardTerms(costs=0, shares=(2_500, 2_500)))


@case("CN-ACHIEVEMENTS-45 of a later profit", "exchange.rules.transformation.contributors_have_their_profit")
def reward_below_the_profit(scene: Scene) -> Iterator[Outcome]:
    university, buyer = scene.party(category="university"), scene.party()
    kind: dict[str, Any] = {"deal_kind": "exclusive_licence", "ends_ms": scene.now + 900 * MS_PER_DAY}
    agreed = royalty(base="profit")
    listing = scene.listing(university, scene.right(university), price=0, consideration=agreed, **kind)
    scene.wait(16 * MS_PER_DAY)
    deal = scene.deal(listing, buyer, 0)
    record = c.RecordReward(deal_id=deal)
    for share in (499, 500):
        terms = c.RewardTerms(costs=0, shares=(share,), basis="profit", years=3)
        yield scene.by(university, record, terms)


@case("CN-ACHIEVEMENTS-44", "exchange.rules.transformation.reward_is_on_record")
def paid_before_the_reward(scene: Scene) -> Iterator[Outcome]:
    university, buyer = scene.party(category="university"), scene.party()
    listing = scene.listing(university, scene.right(university))
    scene.wait(16 * MS_PER_DAY)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    (payment,) = scene.state.deals[deal].payments
    yield scene.approve_payment(payment)
    scene.by(university, c.RecordReward(deal_id=deal), c.RewardTerms(costs=0, shares=(5_000,)))
    yield scene.approve_payment(payment)


@case("CN-ACHIEVEMENTS-44 of a co-owner", "exchange.rules.transformation.reward_is_on_record")
def co_owner_paid_before_its_reward(scene: Scene) -> Iterator[Outcome]:
    seller, university, buyer = scene.party(), scene.party(category="university"), scene.party()
    listing = scene.listing(seller, scene.right(seller, university), approve=False)
    scene.by(university, c.ConsentToListing(listing_id=listing))
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.wait(16 * MS_PER_DAY)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    payments = [scene.state.payments[each] for each in scene.state.deals[deal].payments]
    (shared,) = (each.id for each in payments if each.line == "co_owner")
    yield scene.approve_payment(shared)
    scene.by(university, c.RecordReward(deal_id=deal), c.RewardTerms(costs=0, shares=(5_000,)))
    yield scene.approve_payment(shared)


@case("CN-COMPANY-LAW-48", "exchange.rules.company_law.contribution_is_to_its_company")
def contribution_to_another_company(scene: Scene) -> Iterator[Outcome]:
    seller, stranger, target = scene.party(), scene.party(), scene.party()
    shares = c.Equity(company_number=scene.numbers[target], basis_points=1_500)
    listing = scene.listing(seller, scene.right(seller), consideration=shares)
    yield scene.accept(listing, stranger)
    yield scene.accept(listing, target)


@case("CN-CIVIL-CODE-846", "exchange.rules.civil_code.inspection_is_agreed")
def inspection_without_a_clause(scene: Scene) -> Iterator[Outcome]:
    seller, silent = reported(scene)
    yield scene.by(seller, c.CallInspection(obligation_id=silent))
    seller, agreed = reported(scene, inspection=True)
    yield scene.by(seller, c.CallInspection(obligation_id=agreed))


@case("CN-CIVIL-CODE-586", "exchange.rules.civil_code.earnest_is_within_the_cap")
def earnest_money_above_a_fifth_of_the_price(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, "competitive", earnest=2_001)
    yield scene.submit(seller, right, "competitive", earnest=2_000)


@case("CN-LICENCE-RECORDAL-12-6", "exchange.rules.patent_law.fees_are_paid")
def filing_in_fee_grace(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    right = scene.state.deals[deal].right_id
    scene.copy(right, seller, in_fee_grace=True)
    yield scene.file(deal)
    scene.copy(right, seller)
    yield scene.file(deal)


FEE_IS_OVERDUE = "exchange.rules.patent_law.fee_is_overdue"


@case("CN-LICENCE-RECORDAL-12-6 since the copy was made", FEE_IS_OVERDUE)
def filing_after_the_fee_fell_due(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    right = scene.state.deals[deal].right_id
    scene.copy(right, seller, fee_due=venue_date(scene.now).isoformat())
    scene.wait(MS_PER_DAY)
    yield scene.file(deal)
    scene.copy(right, seller, fee_due=venue_date(scene.now - 2 * MS_PER_DAY).isoformat())
    yield scene.file(deal)


@case("CN-LICENCE-RECORDAL-12-6 to be pledged, since the copy was made", FEE_IS_OVERDUE)
def pledge_after_the_fee_fell_due(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene, fee_due=venue_date(scene.now).isoformat())
    scene.wait(MS_PER_DAY)
    yield encumbering.draw_up(scene, holder, bank, right)
    scene.copy(right, holder, fee_due="2036-03-01")
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-ACHIEVEMENTS-18", "exchange.rules.transformation.public_notice_ms")
def public_notice(scene: Scene) -> Iterator[Outcome]:
    university = scene.party(category="university")
    short = scene.listing(
        university, scene.right(university), approve=False, closes_ms=scene.now + 15 * MS_PER_DAY
    )
    yield scene.operator(c.ApproveListing(listing_id=short))
    other = scene.listing(
        university, scene.right(university), approve=False, closes_ms=scene.now + 16 * MS_PER_DAY
    )
    yield scene.operator(c.ApproveListing(listing_id=other))


@case("PLEDGEE-PAID-FIRST", "exchange.rules.civil_code.pledgees_are_paid")
def pledgee_paid_first(scene: Scene) -> Iterator[Outcome]:
    bank = scene.party("pledgee")
    seller, buyer = scene.party(), scene.party()
    pledged = c.Pledge(company_number=scene.numbers[bank], amount=5, currency="CNY")
    listing = scene.listing(seller, scene.right(seller, pledges=(pledged,)))
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    to_bank, to_seller = scene.state.deals[deal].payments
    yield scene.approve_payment(to_seller)
    scene.pay(to_bank)
    yield scene.approve_payment(to_seller)


@case("PLEDGEE-PAID-FIRST of a co-owner and an agent", "exchange.rules.civil_code.pledgees_are_paid")
def pledgee_paid_before_the_sellers_side(scene: Scene) -> Iterator[Outcome]:
    bank, agent, other = scene.party("pledgee"), scene.party("agent"), scene.party()
    seller, buyer = scene.party(), scene.party()
    pledged = c.Pledge(company_number=scene.numbers[bank], amount=5, currency="CNY")
    commission = c.Commission(party_id=agent, basis_points=100)
    right = scene.right(seller, other, pledges=(pledged,))
    listing = scene.listing(seller, right, approve=False, commission=commission)
    scene.by(other, c.ConsentToListing(listing_id=listing))
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    payments = [scene.state.payments[each] for each in scene.state.deals[deal].payments]
    (to_bank,) = (each for each in payments if each.party_id == bank)
    behind = [each for each in payments if each.line in {"co_owner", "commission"}]
    refused = [scene.approve_payment(each.id) for each in behind]
    assert len(refused) == len([each for each in refused if each.refusal is not None]) == 2
    yield refused[0]
    scene.pay(to_bank.id)
    taken = [scene.approve_payment(each.id) for each in behind]
    assert [each.refusal for each in taken] == [None, None]
    yield taken[0]


@case("CN-TENDERING-37", "exchange.rules.tendering_law.committee_is_whole")
def committee_is_whole(scene: Scene) -> Iterator[Outcome]:
    seller, bidders = scene.party(), [scene.party() for _ in range(3)]
    criteria = (c.Criterion(code="price", weight=5_000), c.Criterion(code="track_record", weight=5_000))
    terms: dict[str, Any] = {"deposit": 1_000_00, "reveal_ms": MS_PER_DAY, "criteria": criteria}
    listing = scene.listing(seller, scene.right(seller), "tender", **terms)
    document = digest("a proposal")
    for bidder in bidders:
        scene.credit(bidder, 1_000_00)
        scene.bidder(listing, bidder)
        scene.seal(listing, bidder, 100_000_00, document)
    scene.wait(30 * MS_PER_DAY)
    scene.fixed(listing)
    for number in (1, 2, 3):
        scene.reveal(f"B-{number}", 100_000_00, document)
    scene.wait(scene.state.listings[listing].reveal_closes_ms - scene.now)
    points = {f"B-{number}": {"track_record": number} for number in (1, 2, 3)}
    sheets = tuple(c.ScoreSheet(expert=digest(f"expert {each}"), points=points) for each in range(5))
    yield scene.operator(c.RecordScores(listing_id=listing), terms=c.ScoreTerms(sheets=sheets[:4]))
    yield scene.operator(c.RecordScores(listing_id=listing), terms=c.ScoreTerms(sheets=sheets))


def to_pledge(scene: Scene, **facts: Any) -> tuple[str, str, str]:
    """A holder, a bank and a right to pledge."""
    holder, bank = scene.party(), scene.party("pledgee")
    return holder, bank, scene.right(holder, **facts)


@case("RIGHT-TYPE-NOT-OPEN to be pledged", "exchange.rules.pledge_law.right_can_be_pledged")
def pledge_of_a_foreign_right(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, holder, bank, scene.right(holder, right_id="US-16999911"))
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PLEDGE-NOT-GRANTED", "exchange.rules.pledge_law.right_is_granted")
def pledge_of_an_application(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene, status="application")
    yield encumbering.draw_up(scene, holder, bank, right)
    scene.copy(right, holder)
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PLEDGE-STANDS", "exchange.rules.pledge_law.right_is_not_pledged")
def pledge_of_a_pledged_right(scene: Scene) -> Iterator[Outcome]:
    pledge = c.Pledge(company_number="OTHER-BANK", amount=1, currency="CNY")
    holder, bank, right = to_pledge(scene, pledges=(pledge,))
    yield encumbering.draw_up(scene, holder, bank, right)
    scene.copy(right, holder)
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PLEDGE-BEYOND-LIFE", "exchange.rules.pledge_law.debt_ends_with_the_right")
def pledge_for_a_debt_beyond_the_patent(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene, expiry_date="2027-06-01")
    yield encumbering.draw_up(scene, holder, bank, right)
    yield encumbering.draw_up(scene, holder, bank, right, ends_ms=scene.now + MS_PER_DAY)


@case("CN-PLEDGE-TWIN", "exchange.rules.pledge_law.no_twin_stands")
def pledge_of_a_twin(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, holder, bank, right, twin="stands")
    yield encumbering.draw_up(scene, holder, bank, right, twin="waived")


@case("CN-PLEDGE-TWIN by the register's copy", "exchange.rules.pledge_law.no_twin_stands")
def pledge_of_a_twin_that_the_register_names(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene, same_day_twin="CN-202010000001.1")
    yield encumbering.draw_up(scene, holder, bank, right, twin="none")
    yield encumbering.draw_up(scene, holder, bank, right, twin="waived")


@case(
    "CN-PLEDGE-INVALIDATION by the register's copy", "exchange.rules.pledge_law.no_invalidation_is_requested"
)
def pledge_of_a_right_that_the_register_shows_challenged(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene, invalidation_requested=True)
    yield encumbering.draw_up(scene, holder, bank, right, invalidation="none")
    scene.copy(right, holder)
    yield encumbering.draw_up(scene, holder, bank, right, invalidation="none")


@case("FACT-MISSING about a twin", "exchange.rules.pledge_law.no_twin_stands")
def pledge_without_a_word_on_twins(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, holder, bank, right, twin=None)
    yield encumbering.draw_up(scene, holder, bank, scene.right(holder, right_type="design"), twin=None)


@case("CN-PLEDGE-INVALIDATION", "exchange.rules.pledge_law.no_invalidation_stands")
def pledge_of_a_challenged_right(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, holder, bank, right, invalidation="stands")
    yield encumbering.draw_up(scene, holder, bank, right, invalidation="waived")


@case("FACT-MISSING about an invalidation", "exchange.rules.pledge_law.no_invalidation_stands")
def pledge_without_a_word_on_invalidation(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, holder, bank, right, invalidation=None)
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PLEDGE-CONTRACT", "exchange.rules.pledge_law.contract_is_complete")
def pledge_without_its_text(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, holder, bank, right, erasable={})
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PLEDGE-CONTRACT without a sum", "exchange.rules.pledge_law.contract_is_complete")
def pledge_without_a_sum(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, holder, bank, right, amount=0)
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-LICENCE-RECORDAL-12-2 to be pledged")
def pledge_by_another(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    yield encumbering.draw_up(scene, scene.party(), bank, right)
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PATENT-LAW-14 to pledge", "exchange.rules.effects.co_owners_agree")
def pledge_by_one_of_two(scene: Scene) -> Iterator[Outcome]:
    holder, other = scene.party(), scene.party()
    bank, right = scene.party("pledgee"), scene.right(holder, other)
    pledge = encumbering.draw_up(scene, holder, bank, right).result["pledge_id"]
    yield encumbering.sign(scene, pledge)
    encumbering.consent(scene, pledge, other)
    yield encumbering.sign(scene, pledge)


@case("CN-PATENT-LAW-14 to file a pledge", "exchange.rules.effects.co_owners_agree")
def pledge_of_what_came_to_be_co_owned(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene)
    pledge = encumbering.draw_up(scene, holder, bank, right).result["pledge_id"]
    encumbering.sign(scene, pledge)
    other = scene.party()
    scene.copy(right, holder, other)
    yield encumbering.file(scene, pledge)
    scene.operator(c.SuspendParty(party_id=other))
    encumbering.lodge_consent(scene, pledge, scene.numbers[other])
    yield encumbering.file(scene, pledge)


@case("CN-LICENCE-RECORDAL-12-6 to be pledged")
def pledge_in_fee_grace(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene, in_fee_grace=True)
    yield encumbering.draw_up(scene, holder, bank, right)
    scene.copy(right, holder)
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PATENT-LAW-44 to be pledged")
def pledge_of_what_has_ended(scene: Scene) -> Iterator[Outcome]:
    holder, bank, right = to_pledge(scene, status="lapsed")
    yield encumbering.draw_up(scene, holder, bank, right)
    scene.copy(right, holder)
    yield encumbering.draw_up(scene, holder, bank, right)


@case("CN-PATENT-RULES-103 by a notice")
def no_listing_of_a_right_that_a_notice_froze(scene: Scene) -> Iterator[Outcome]:
    seller, right = (holder := scene.party()), scene.right(holder)
    freeze = encumbering.freeze(scene, right).result["freeze_id"]
    yield scene.submit(seller, right)
    encumbering.lift(scene, freeze)
    yield scene.submit(seller, right)


@case("WRONG-STATE a listing that a notice suspends", "exchange.rules.patent_law.is_frozen")
def nothing_is_accepted_while_a_notice_stands(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    freeze = encumbering.freeze(scene, scene.state.listings[listing].right_id).result["freeze_id"]
    yield scene.accept(listing, buyer)
    encumbering.lift(scene, freeze)
    yield scene.accept(listing, buyer)


def overdue_in_parts(scene: Scene) -> tuple[str, str, str]:
    """Seller, buyer and a sale of which a half was due after 30 days and is overdue."""
    parts = (c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))
    seller, buyer, listing = posted(scene, consideration=c.Instalments(parts=parts))
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    return seller, buyer, deal


@case("CN-CIVIL-CODE-634", "exchange.rules.civil_code.a_fifth_is_overdue")
def what_is_not_overdue_is_not_demanded(scene: Scene) -> Iterator[Outcome]:
    seller, _, deal = overdue_in_parts(scene)
    demand = c.DemandInstalments(deal_id=deal, document_digest=digest("notice"))
    yield scene.by(seller, demand)
    scene.wait(32 * MS_PER_DAY)
    yield scene.by(seller, demand)


@case("CN-CIVIL-CODE-634 before the term is over", "exchange.rules.civil_code.term_is_over")
def a_buyer_has_its_term(scene: Scene) -> Iterator[Outcome]:
    seller, _, deal = overdue_in_parts(scene)
    scene.wait(32 * MS_PER_DAY)
    scene.by(seller, c.DemandInstalments(deal_id=deal, document_digest=digest("notice")))
    rescind, terms = c.ChooseRemedy(deal_id=deal, remedy="rescind"), c.RemedyTerms(refund=1)
    yield scene.by(seller, rescind, terms)
    scene.wait(30 * MS_PER_DAY)
    yield scene.by(seller, rescind, terms)
