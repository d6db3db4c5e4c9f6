"""A case for each rule of open licences: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from exchange.rules.open_licences import LARGEST_FEE
from exchange.turn import Outcome
from tests.exchange.law_rule_cases import licensed
from tests.exchange.rule_cases import case, posted, royalty
from tests.exchange.scene import Scene

RULES = "exchange.rules.open_licences"


OPEN_LICENCE: dict[str, Any] = {
    "deal_kind": "ordinary_licence",
    "announcement_number": "2026-1",
}


@case("CN-PATENT-RULES-86", f"{RULES}.may_be_declared")
def open_licence_in_fee_grace(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, in_fee_grace=True)
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.copy(right, seller)
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case("CN-PATENT-RULES-86 beside an exclusive licence", f"{RULES}.may_be_declared")
def open_licence_beside_exclusive(scene: Scene) -> Iterator[Outcome]:
    seller, right = licensed(scene, "exclusive_licence", territory=("CN-HI",))
    yield scene.submit(seller, right, **OPEN_LICENCE, territory=("CN-GD",))
    yield scene.submit(seller, scene.right(seller), **OPEN_LICENCE)


@case("CN-PATENT-RULES-86 of an application", f"{RULES}.may_be_declared")
def open_licence_of_application(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, status="application")
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.copy(right, seller)
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case("CN-PATENT-RULES-86 abroad", f"{RULES}.may_be_declared")
def open_licence_abroad(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, right_id="US-16000001")
    yield scene.submit(seller, right, **OPEN_LICENCE, territory=("US",))
    yield scene.submit(seller, right, deal_kind="ordinary_licence", max_acceptances=9, territory=("US",))


@case("CN-OPEN-LICENCE-FEE", f"{RULES}.may_be_declared")
def open_licence_too_dear(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, **OPEN_LICENCE, price=20_000_000_01)
    yield scene.submit(seller, right, **OPEN_LICENCE, price=20_000_000_00)


@case("CN-OPEN-LICENCE-FEE by its royalty", f"{RULES}.may_be_declared")
def open_licence_royalty_too_high(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, **OPEN_LICENCE, price=0, consideration=royalty(rates=(1_000, 2_001)))
    yield scene.submit(seller, right, **OPEN_LICENCE, price=0, consideration=royalty(rates=(1_000, 2_000)))


@case("CN-OPEN-LICENCE-FEE in another currency", f"{RULES}.may_be_declared")
def open_licence_in_another_currency(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    rate: dict[str, Any] = {"numerator": 11, "denominator": 10, "as_of": venue_date(scene.now).isoformat()}
    scene.operator(c.RecordExchangeRate(base="CNY", quote="HKD", source="hkma", **rate))
    at_the_cap = LARGEST_FEE * 11 // 10
    yield scene.submit(seller, right, price=at_the_cap + 1, currency="HKD", **OPEN_LICENCE)
    yield scene.submit(seller, right, price=at_the_cap, currency="HKD", **OPEN_LICENCE)


@case("CN-CIVIL-CODE-444 to declare an open licence")
def open_licence_of_what_is_pledged(scene: Scene) -> Iterator[Outcome]:
    seller, bank = scene.party(), scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=1, currency="CNY")
    listing = scene.listing(seller, scene.right(seller, pledges=(pledge,)), approve=False, **OPEN_LICENCE)
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.by(bank, c.ConsentToDeal(listing_id=listing))
    yield scene.operator(c.ApproveListing(listing_id=listing))


def without_its_report(right_type: str, scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, right_type=right_type)
    scene.document("evaluation_report", right, valid_until_ms=scene.now + MS_PER_DAY)
    scene.wait(MS_PER_DAY)
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.document("evaluation_report", right)
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case("CN-PATENT-LAW-50", f"{RULES}.may_be_declared")
def open_licence_of_a_utility_model(scene: Scene) -> Iterator[Outcome]:
    yield from without_its_report("utility_model", scene)


@case("CN-PATENT-LAW-50 of a design", f"{RULES}.may_be_declared")
def open_licence_of_a_design(scene: Scene) -> Iterator[Outcome]:
    yield from without_its_report("design", scene)


@case("CN-PATENT-LAW-51", f"{RULES}.no_open_licence_is_declared")
def exclusive_beside_an_open_licence(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    scene.document("open_licence_announcement", right)
    yield scene.submit(seller, right, deal_kind="exclusive_licence")
    scene.document("open_licence_withdrawal", right)
    yield scene.submit(seller, right, deal_kind="exclusive_licence")


@case("CN-PATENT-LAW-51 a sole one", f"{RULES}.no_open_licence_is_declared")
def ordinary_by_agreement_beside_an_open_licence(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    scene.document("open_licence_announcement", right)
    yield scene.submit(seller, right, deal_kind="sole_licence")
    yield scene.submit(seller, right, "negotiated", deal_kind="ordinary_licence", deposit=1_00)


@case("CN-PATENT-LAW-51 declared before the parties sign", f"{RULES}.no_open_licence_is_declared")
def open_licence_declared_after_the_award(scene: Scene) -> Iterator[Outcome]:
    seller, buyer, listing = posted(scene, deal_kind="exclusive_licence")
    deal = scene.deal(listing, buyer)
    scene.document("open_licence_announcement", scene.state.deals[deal].right_id)
    yield scene.signature(deal, seller)
    scene.document("open_licence_withdrawal", scene.state.deals[deal].right_id)
    yield scene.signature(deal, seller)


@case("CN-PATENT-LAW-51 declared before the licence is paid", f"{RULES}.no_open_licence_is_declared")
def open_licence_declared_after_the_signatures(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene, deal_kind="exclusive_licence")
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.document("open_licence_announcement", scene.state.deals[deal].right_id)
    line = scene.credit(buyer, 1)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    scene.document("open_licence_withdrawal", scene.state.deals[deal].right_id)
    yield scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))


@case("CN-PATENT-LAW-14 to declare an open licence", "exchange.rules.effects.co_owners_agree")
def one_co_owner_declares(scene: Scene) -> Iterator[Outcome]:
    one, other = scene.party(), scene.party()
    listing = scene.listing(one, scene.right(one, other), approve=False, **OPEN_LICENCE)
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.by(other, c.ConsentToListing(listing_id=listing))
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("FACT-MISSING the announcement of an open licence", f"{RULES}.is_announced")
def open_licence_without_its_announcement(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    listing = scene.submit(seller, right, **OPEN_LICENCE).result["listing_id"]
    scene.document("open_licence_announcement", right, announcement_number="2026-2")
    yield scene.operator(c.ApproveListing(listing_id=listing))
    scene.document("open_licence_announcement", right, announcement_number="2026-1")
    yield scene.operator(c.ApproveListing(listing_id=listing))


@case("FACT-MISSING an open licence whose withdrawal was announced", f"{RULES}.is_announced")
def open_licence_accepted_after_its_withdrawal(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene, **OPEN_LICENCE)
    right = scene.state.listings[listing].right_id
    scene.credit(buyer, 100_000_00)
    scene.document("open_licence_withdrawal", right)
    yield scene.accept(listing, buyer)
    scene.document("open_licence_announcement", right, announcement_number="2026-1")
    yield scene.accept(listing, buyer)


@case("CN-PATENT-LAW-51 after its listing was withdrawn", f"{RULES}.no_open_licence_is_declared")
def exclusive_after_the_listing_of_an_open_licence(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene, **OPEN_LICENCE)
    right = scene.state.listings[listing].right_id
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    yield scene.submit(seller, right, deal_kind="exclusive_licence")
    scene.document("open_licence_withdrawal", right)
    yield scene.submit(seller, right, deal_kind="exclusive_licence")


@case("MALFORMED an open licence for a few")
def open_licence_for_a_few(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    yield scene.submit(seller, right, **OPEN_LICENCE, max_acceptances=9)
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case("CN-OPEN-LICENCE-FEE by the least of a period", f"{RULES}.may_be_declared")
def open_licence_with_a_dear_floor(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller)
    dear, fair = (royalty(floor=LARGEST_FEE + more) for more in (1, 0))
    yield scene.submit(seller, right, **OPEN_LICENCE, price=0, consideration=dear)
    yield scene.submit(seller, right, **OPEN_LICENCE, price=0, consideration=fair)


@case("CN-PATENT-RULES-86 with an annual fee that has fallen due", "exchange.rules.patent_law.fee_is_overdue")
def open_licence_after_the_fee_fell_due(scene: Scene) -> Iterator[Outcome]:
    seller = scene.party()
    right = scene.right(seller, fee_due=venue_date(scene.now).isoformat())
    scene.wait(MS_PER_DAY)
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.copy(right, seller, fee_due="2036-03-01")
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case("LISTING-EXISTS beside an open licence")
def assignment_beside_an_open_licence(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene, **OPEN_LICENCE)
    right = scene.state.listings[listing].right_id
    yield scene.submit(seller, right)
    yield scene.submit(seller, right, "negotiated", deal_kind="ordinary_licence", deposit=1_00)


@case("LISTING-EXISTS a second open licence")
def two_open_licences(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene, **OPEN_LICENCE)
    right = scene.state.listings[listing].right_id
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    yield scene.submit(seller, right, **OPEN_LICENCE)


@case("LISTING-EXISTS an open licence beside an exclusive one")
def open_licence_beside_an_exclusive_listing(scene: Scene) -> Iterator[Outcome]:
    seller, _, listing = posted(scene, deal_kind="exclusive_licence")
    right = scene.state.listings[listing].right_id
    yield scene.submit(seller, right, **OPEN_LICENCE)
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    scene.listing(seller, right, deal_kind="ordinary_licence")
    yield scene.submit(seller, right, **OPEN_LICENCE)
