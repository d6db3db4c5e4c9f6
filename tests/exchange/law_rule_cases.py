"""A case for each rule of law: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.turn import Outcome
from tests.exchange.rule_cases import Case, case, posted
from tests.exchange.scene import Scene


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


@case("CN-PATENT-LAW-14", "exchange.rules.effects.co_owners_agree")
def co_owner_alone(scene: Scene) -> Iterator[Outcome]:
    one, other = scene.party(), scene.party()
    right = scene.right(one, other)
    yield scene.submit(one, right, deal_kind="exclusive_licence")
    yield scene.submit(one, right, deal_kind="ordinary_licence")


def two_owners(scene: Scene, right_id: str, **facts: Any) -> tuple[str, str]:
    one, other = scene.party(), scene.party()
    return one, scene.right(one, other, right_id=right_id, **facts)


@case("HK-PATENTS-ORDINANCE-54")
def co_owner_alone_in_hong_kong(scene: Scene) -> Iterator[Outcome]:
    one, right = two_owners(scene, "HK-99990010.7")
    yield scene.submit(one, right, deal_kind="ordinary_licence", territory=("HK",))
    scene.copy(right, one)
    yield scene.submit(one, right, deal_kind="ordinary_licence", territory=("HK",))


@case("MO-INDUSTRIAL-PROPERTY-CO-OWNERS")
def co_owner_alone_in_macau(scene: Scene) -> Iterator[Outcome]:
    one, right = two_owners(scene, "MO-I001234")
    yield scene.submit(one, right, deal_kind="ordinary_licence", territory=("MO",))
    scene.copy(right, one)
    yield scene.submit(one, right, deal_kind="ordinary_licence", territory=("MO",))


@case("US-PATENT-ACT-262")
def co_owner_alone_in_the_united_states(scene: Scene) -> Iterator[Outcome]:
    one, right = two_owners(scene, "US-16000001")
    yield scene.submit(one, right)
    yield scene.submit(one, right, deal_kind="ordinary_licence", territory=("US",))


@case("ACHIEVEMENT-CO-HOLDERS")
def co_holder_of_a_result_alone(scene: Scene) -> Iterator[Outcome]:
    facts = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    one, right = two_owners(scene, "CN-achievement-2026990001", **facts)
    ends_ms = scene.now + 99 * MS_PER_DAY
    yield scene.submit(one, right, deal_kind="ordinary_licence", ends_ms=ends_ms)
    scene.copy(right, one, status="achievement", expiry_date=None)
    yield scene.submit(one, right, deal_kind="ordinary_licence", ends_ms=ends_ms)


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


OPEN_LICENCE: dict[str, Any] = {
    "deal_kind": "ordinary_licence",
    "announcement_number": "2026-1",
    "max_acceptances": 9,
}


@case("CN-PATENT-RULES-86", "exchange.rules.patent_law.open_licence_may_be_declared")
def open_licence_in_fee_grace(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, in_fee_grace=True)
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.copy(right, seller)
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case(
    "CN-PATENT-RULES-86 beside an exclusive licence", "exchange.rules.patent_law.open_licence_may_be_declared"
)
def open_licence_beside_exclusive(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "exclusive_licence", territory=("CN-HI",))
    yield scene.submit(seller, right, **OPEN_LICENCE, territory=("CN-GD",))
    yield scene.submit(seller, scene.right(seller), **OPEN_LICENCE)


@case("CN-PATENT-RULES-86 of an application", "exchange.rules.patent_law.open_licence_may_be_declared")
def open_licence_of_application(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, status="application")
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.copy(right, seller)
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case("CN-PATENT-RULES-86 abroad", "exchange.rules.patent_law.open_licence_may_be_declared")
def open_licence_abroad(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, right_id="US-16000001")
    yield scene.submit(seller, right, **OPEN_LICENCE, territory=("US",))
    yield scene.submit(seller, right, deal_kind="ordinary_licence", max_acceptances=9, territory=("US",))


@case("CN-OPEN-LICENCE-FEE", "exchange.rules.patent_law.open_licence_may_be_declared")
def open_licence_too_dear(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, **OPEN_LICENCE, price=20_000_000_01)
    yield scene.submit(seller, right, **OPEN_LICENCE, price=20_000_000_00)


@case("CN-PATENT-LAW-50", "exchange.rules.patent_law.open_licence_may_be_declared")
def open_licence_of_utility_model(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, right_type="utility_model")
    yield scene.submit(seller, right, **OPEN_LICENCE)
    yield scene.submit(seller, right, deal_kind="ordinary_licence")


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


@case("VENUE-NOT-DESIGNATED", "exchange.rules.state_assets.venue_is_designated")
def state_enterprise(scene: Scene) -> Iterator[Outcome]:
    enterprise, company = scene.party(category="state_enterprise"), scene.party()
    yield scene.submit(enterprise, scene.right(enterprise))
    yield scene.submit(company, scene.right(company))


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
