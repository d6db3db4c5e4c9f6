"""A rule of law refuses at every step that it names: what it looks at may change at any time before.

Each row brings a deal to a step, changes one thing, and is refused by name; undone, the same step passes. What the
cases of the rules and this table show together is every step of every rule that is not the venue's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.rules.rule import RULES, Step
from exchange.rules.steps import step_of
from exchange.turn import Outcome
from tests.exchange import refusing
from tests.exchange.continuous_rule_cases import HK_RIGHT, PROFILE, authorise, floor, offered, order
from tests.exchange.floor_rule_cases import state_asset
from tests.exchange.lot_rule_cases import submit_lot
from tests.exchange.open_licence_rule_cases import OPEN_LICENCE
from tests.exchange.other_right_cases import FILED, LAYOUT, MARK
from tests.exchange.rule_cases import CASES, VENUES
from tests.exchange.scene import Scene
from tests.exchange.test_rules import code_of
from tests.exchange.ways_to_a_step import (
    PRICE,
    Begin,
    Change,
    Way,
    affiliate,
    bought_and_waited,
    called_an_auction,
    certify,
    classify,
    closed_days,
    collusion,
    consent,
    copy,
    copy_with,
    document,
    fees,
    let_the_designation_lapse,
    of,
    of_a_design,
    of_an_application,
    pass_days,
    plain,
    pledged,
    show_a_pledge,
    sole_beside,
    state_enterprise,
    way_to,
)

LICENSED_TO_HONG_KONG = plain(jurisdiction="HK", deal_kind="ordinary_licence")


def licensed_by_one_of_two(step: Step, scene: Scene) -> Way:
    seller = scene.party()
    return way_to(step, scene, seller, scene.right(seller, scene.party()), deal_kind="ordinary_licence")


ROWS: dict[str, tuple[tuple[Step, ...], Begin, Change, Change | None]] = {
    "CN-PATENT-LAW-44": (
        ("approve", "bid", "award", "sign", "fund", "file"),
        plain(),
        copy(status="lapsed"),
        copy(status="granted"),
    ),
    "INVALIDITY-DECIDED": (
        ("approve", "bid", "award", "sign", "fund", "file", "pledge"),
        plain(),
        copy(status="invalidity_decided"),
        copy(status="granted"),
    ),
    "CN-PATENT-RULES-103": (
        ("approve", "sign", "fund", "file", "pledge"),
        plain(deal_kind="ordinary_licence"),
        copy(freeze="dispute"),
        copy(),
    ),
    "CN-LICENCE-RECORDAL-12-2": (
        ("approve", "sign", "fund", "file"),
        plain(),
        copy_with(alone=True),
        copy(),
    ),
    "CN-PATENT-LAW-14": (("sign", "fund", "file"), plain(), copy_with(alone=False), copy()),
    "HK-PATENTS-ORDINANCE-54": (("sign", "fund", "file"), of(HK_RIGHT), copy_with(alone=False), copy()),
    "HK-REGISTERED-DESIGNS-CO-OWNERS": (
        ("sign", "fund", "file"),
        of("HK-2400123.4", "design", **FILED, status="granted"),
        copy_with(alone=False),
        copy(),
    ),
    "MO-INDUSTRIAL-PROPERTY-CO-OWNERS": (
        ("sign", "fund", "file"),
        of("MO-I001234"),
        copy_with(alone=False),
        copy(),
    ),
    "US-PATENT-ACT-262": (("sign", "fund", "file"), of("US-16000001"), copy_with(alone=False), copy()),
    "CN-LAYOUT-DESIGNS-CO-OWNERS": (
        ("sign", "fund", "file"),
        of(LAYOUT, "layout_design", **FILED),
        copy_with(alone=False),
        copy(status="registered"),
    ),
    "CN-TRADEMARK-LAW-5": (
        ("sign", "fund", "file"),
        of(MARK, "trademark", **FILED, similar_marks=()),
        copy_with(alone=False),
        copy(similar_marks=()),
    ),
    "HK-CO-OWNERS": (
        ("sign", "fund", "file"),
        of("HK-trademark-300000007", "trademark", **FILED),
        copy_with(alone=False),
        copy(),
    ),
    "MO-TRADEMARK-CO-OWNERS": (
        ("sign", "fund", "file"),
        of("MO-trademark-N012345", "trademark", **FILED),
        copy_with(alone=False),
        copy(),
    ),
    "CN-TRADEMARK-LAW-42": (
        ("approve", "sign", "fund", "file"),
        of(MARK, "trademark", **FILED, similar_marks=()),
        copy(similar_marks=("CN-trademark-12345679",)),
        copy(similar_marks=()),
    ),
    "CN-PATENT-LAW-4": (
        ("approve", "bid", "award", "sign", "fund", "file"),
        plain(),
        document("secrecy_notice"),
        document("declassification"),
    ),
    "CN-CIVIL-CODE-444": (("file",), pledged, show_a_pledge, consent),
    "CN-CIVIL-CODE-845": (("approve",), plain(), copy(expiry_date=None), copy()),
    "CN-CIVIL-CODE-865": (
        ("approve", "fund"),
        plain(deal_kind="ordinary_licence", ends_ms=1_893_513_600_000),
        copy(expiry_date="2029-12-31"),
        copy(),
    ),
    "CN-LICENCE-RECORDAL-12-3": (
        ("approve",),
        of_an_application,
        copy(status="granted", grant_date=None),
        copy(status="granted"),
    ),
    "CN-PATENT-RULES-86": (("approve",), plain(**OPEN_LICENCE), copy(in_fee_grace=True), copy()),
    "CN-PATENT-LAW-51": (
        ("approve",),
        plain(deal_kind="exclusive_licence"),
        document("open_licence_announcement"),
        document("open_licence_withdrawal"),
    ),
    "CN-ANTI-MONEY-LAUNDERING-40": (
        ("approve",),
        plain(),
        document("sanctions_listing", "seller"),
        document("sanctions_removal", "seller"),
    ),
    "CN-ANTI-MONEY-LAUNDERING-40 to take an award": (
        ("award",),
        plain(),
        document("sanctions_listing", "buyer"),
        None,  # its proposal has lapsed
    ),
    "CN-AUCTION-LAW-22": (
        ("award",),
        plain(),
        document("venue_staff", "buyer"),
        None,  # its proposal has lapsed
    ),
    "CN-AUCTION-LAW-22 of an assignment": (
        ("sign", "fund"),
        plain(),
        document("venue_staff", "buyer"),
        document("venue_staff_left", "buyer"),
    ),
    "CN-AUCTION-LAW-22 of a licence": (
        ("sign", "fund"),
        plain(deal_kind="ordinary_licence"),
        document("venue_staff", "buyer"),
        document("venue_staff_left", "buyer"),
    ),
    "CN-AUCTION-LAW-37 of an assignment": (
        ("sign", "fund"),
        plain(),
        collusion(),
        collusion("collusion_finding_withdrawn"),
    ),
    "CN-AUCTION-LAW-37": (
        ("sign", "fund"),
        plain(deal_kind="ordinary_licence"),
        collusion(),
        collusion("collusion_finding_withdrawn"),
    ),
    "CN-AUCTION-LAW-37 to take an award": (
        ("award",),
        plain(),
        collusion(),
        None,  # its proposal has lapsed
    ),
    "AFFILIATE-MAY-NOT-BID": (
        ("award", "sign", "fund"),
        plain(deal_kind="ordinary_licence"),
        affiliate,
        None,
    ),
    "CN-SC-2011-38-HOLDERS": (
        ("award",),
        plain(category="fund"),
        document("holders", "buyer", holders=tuple(f"HOLDER{each}" for each in range(201))),
        document("holders", "buyer", holders=("A",)),
    ),
    "CN-SC-2011-38-HOLDERS of a seller": (
        ("approve",),
        plain(),
        document("holders", "seller", holders=tuple(f"HOLDER{each}" for each in range(201))),
        document("holders", "seller", holders=("A",)),
    ),
    "STAFF-MAY-NOT-SELL": (
        ("approve",),
        plain(),
        document("venue_staff", "seller"),
        document("venue_staff_left", "seller"),
    ),
    "CN-PATENT-LAW-14 under an agreement": (
        ("approve", "sign", "fund"),
        licensed_by_one_of_two,
        document("co_owners_agreement"),
        document("co_owners_agreement", alone=("ordinary_licence",)),
    ),
    "CN-SC-2011-38-RESALE": (
        ("approve",),
        bought_and_waited,
        closed_days("2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"),
        closed_days(),
    ),
    "CN-TECHNOLOGY-EXPORT-29": (
        ("award", "sign", "fund"),
        LICENSED_TO_HONG_KONG,
        classify("prohibited"),
        classify("free"),
    ),
    "CN-TECHNOLOGY-EXPORT-30": (
        ("award", "sign"),
        LICENSED_TO_HONG_KONG,
        classify("restricted"),
        classify("free"),
    ),
    "CN-TECHNOLOGY-EXPORT-29 of what is assigned": (
        ("file",),
        plain(jurisdiction="HK"),
        classify("prohibited"),
        certify,
    ),
    "CN-TECHNOLOGY-EXPORT-30 of what is assigned": (
        ("file",),
        plain(jurisdiction="HK"),
        classify("restricted"),
        certify,
    ),
    "CN-TECHNOLOGY-CONTRACTS-25": (
        ("approve", "bid", "award", "fund"),
        sole_beside,
        pass_days(5),
        document("licensor_cannot_work"),
    ),
    "VENUE-NOT-DESIGNATED": (
        ("approve",),
        state_enterprise,
        let_the_designation_lapse,
        document("venue_designation", "venue"),
    ),
    "CN-STATE-ASSETS-APPRAISAL": (
        ("approve",),
        state_enterprise,
        document("appraisal", amount=PRICE * 2, currency="CNY"),
        document("appraisal", amount=PRICE, currency="CNY"),
    ),
    "CN-AUCTION-LAW-11": (
        ("approve",),
        called_an_auction,
        pass_days(1),
        document("auctioneer_licence", "venue"),
    ),
    "CN-AUCTION-LAW-56": (("approve",), called_an_auction, fees(501), fees(500)),
    "CN-PATENT-LAW-50": (
        ("approve",),
        of_a_design,
        pass_days(1),
        document("evaluation_report"),
    ),
    "ACHIEVEMENT-CO-HOLDERS": (
        ("sign", "fund", "file"),
        of("", "achievement"),
        copy_with(alone=False),
        copy(expiry_date=None),
    ),
}
"""Rule, with a suffix where it has several rows, to its steps, how the way begins, what changes, and what undoes it."""


PAIRS = [(name, step) for name, (steps, *_) in ROWS.items() for step in steps]


@pytest.mark.parametrize(("name", "step"), PAIRS)
def test_what_changes_before_a_step_is_refused_there_and_what_undoes_it_passes(name: str, step: Step) -> None:
    _, begin, change, undo = ROWS[name]
    scene = Scene()
    way = begin(step, scene)
    change(way)
    refusal = way.go_on().refusal
    assert refusal is not None
    assert refusal.code == code_of(name)
    if undo is not None:
        undo(way)
        assert way.go_on().refusal is None


# --- steps that have a way of their own


def a_co_owner_that_has_come_to_sell_too(scene: Scene) -> tuple[Outcome, str]:
    """It negotiates for a licence of its own right, and then consents to the listing."""
    seller, other = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller, other), "negotiated", deal_kind="ordinary_licence")
    scene.propose(listing, other, PRICE - 1)
    proposal = scene.propose(listing, seller, PRICE, other).result["proposal_id"]
    scene.by(other, c.ConsentToListing(listing_id=listing))
    return scene.by(other, c.AcceptProposal(proposal_id=proposal)), "CN-AUCTION-LAW-30"


def _a_licensee_that_consents(scene: Scene) -> tuple[str, str, str]:
    """A co-owner has taken a licence, and consents to its listing before it is signed; deal, seller, licensee."""
    seller, other = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller, other), deal_kind="ordinary_licence")
    scene.credit(other, PRICE)
    return scene.accept(listing, other).result["deal_id"], seller, other


def a_licensee_that_has_come_to_license_too(scene: Scene) -> tuple[Outcome, str]:
    deal, seller, other = _a_licensee_that_consents(scene)
    scene.by(other, c.ConsentToListing(listing_id=scene.state.deals[deal].listing_id))
    return scene.signature(deal, seller), "CN-AUCTION-LAW-30"


def a_licensee_that_comes_to_license_too_before_it_pays(scene: Scene) -> tuple[Outcome, str]:
    deal, _, other = _a_licensee_that_consents(scene)
    scene.sign(deal)
    scene.by(other, c.ConsentToListing(listing_id=scene.state.deals[deal].listing_id))
    line = scene.credit(other, 1)
    return scene.by(other, c.FundDeal(deal_id=deal, statement_line=line)), "CN-AUCTION-LAW-30"


def a_buyer_that_has_come_to_hold_for_too_many(scene: Scene) -> tuple[Outcome, str]:
    way = plain(category="fund")("sign", scene)
    document("holders", "buyer", holders=tuple(f"HOLDER{each}" for each in range(201)))(way)
    return scene.signature(way.deal, way.buyer), "CN-SC-2011-38-HOLDERS"


def a_lot_whose_completers_have_not_waived(scene: Scene) -> tuple[Outcome, str]:
    seller, completer = scene.party(), scene.party()
    rights = [refusing.service_right(scene, seller, completer), scene.right(seller), scene.right(seller)]
    listing = submit_lot(scene, seller, rights).result["listing_id"]
    return scene.operator(c.ApproveListing(listing_id=listing)), "CN-CIVIL-CODE-847"


def less_than_was_published(scene: Scene) -> tuple[Outcome, str]:
    university, buyer = scene.party(category="university"), scene.party()
    listing = scene.listing(university, scene.right(university), "negotiated")
    scene.wait(16 * MS_PER_DAY)
    proposal = scene.propose(listing, buyer, PRICE - 1).result["proposal_id"]
    return scene.by(university, c.AcceptProposal(proposal_id=proposal)), "CN-ACHIEVEMENTS-18"


def a_licence_before_its_result_is_published(scene: Scene) -> tuple[Outcome, str]:
    """The holidays are announced after both have signed."""
    seller, right = state_asset(scene)
    closes_ms = scene.now + 60 * MS_PER_DAY
    buyer = scene.party()
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", closes_ms=closes_ms)
    scene.wait(20 * MS_PER_DAY)
    deal = scene.deal(listing, buyer)
    scene.wait(8 * MS_PER_DAY)
    scene.sign(deal)
    scene.operator(c.SetCalendar(closed_days=tuple(f"2027-02-{day:02}" for day in range(1, 28))))
    return scene.fund(deal), "CN-STATE-ASSETS-RESULT"


def a_pledge_found_before_a_licence_is_paid(scene: Scene) -> tuple[Outcome, str]:
    way = plain(deal_kind="ordinary_licence")("fund", scene)
    way.known["bank"] = scene.party("pledgee")
    show_a_pledge(way)
    return way.go_on(), "CN-CIVIL-CODE-444"


def an_offer_of_a_licence_beyond_the_patents_life(scene: Scene) -> tuple[Outcome, str]:
    way = plain(deal_kind="ordinary_licence", ends_ms=1_893_513_600_000, max_acceptances=2)("bid", scene)
    copy(expiry_date="2029-12-31")(way)
    return scene.sign_offer(way.listing, way.seller), "CN-CIVIL-CODE-865"


def a_book_that_is_authorised_in_the_mainland(scene: Scene) -> tuple[Outcome, str]:
    return authorise(scene), "CN-SC-2012-37-CENTRALISED-TRADING"


def a_listing_whose_authorisation_has_gone(scene: Scene) -> tuple[Outcome, str]:
    authorise(scene)
    seller = scene.party(jurisdiction="HK")
    listing = offered(scene, seller, scene.right(seller, right_id=HK_RIGHT)).result["listing_id"]
    scene.operator(c.WithdrawTradingAuthorisation())
    return scene.operator(c.ApproveListing(listing_id=listing)), "HK-AUTOMATED-TRADING-95"


def an_order_after_the_authorisation_has_gone(scene: Scene) -> tuple[Outcome, str]:
    _, buyer, listing = floor(scene)
    scene.wait(MS_PER_HOUR)
    scene.operator(c.WithdrawTradingAuthorisation())
    return order(scene, listing, buyer, "buy", 90_00), "HK-AUTOMATED-TRADING-95"


def nothing_to_withdraw(scene: Scene) -> tuple[Outcome, str]:
    return scene.operator(c.WithdrawTradingAuthorisation()), "HK-AUTOMATED-TRADING-95"


ON_THEIR_OWN: dict[Callable[[Scene], tuple[Outcome, str]], dict[str, str]] = {
    a_co_owner_that_has_come_to_sell_too: {},
    a_licensee_that_has_come_to_license_too: {},
    a_licensee_that_comes_to_license_too_before_it_pays: {},
    a_buyer_that_has_come_to_hold_for_too_many: {},
    a_lot_whose_completers_have_not_waived: {},
    less_than_was_published: {},
    a_licence_before_its_result_is_published: {},
    a_pledge_found_before_a_licence_is_paid: {},
    an_offer_of_a_licence_beyond_the_patents_life: {},
    a_book_that_is_authorised_in_the_mainland: {},
    a_listing_whose_authorisation_has_gone: PROFILE,
    an_order_after_the_authorisation_has_gone: PROFILE,
    nothing_to_withdraw: PROFILE,
}


@pytest.mark.parametrize("refuse_it", ON_THEIR_OWN, ids=lambda function: function.__name__)
def test_a_step_with_a_way_of_its_own_is_refused(refuse_it: Callable[[Scene], tuple[Outcome, str]]) -> None:
    outcome, code = refuse_it(Scene(**ON_THEIR_OWN[refuse_it]))
    assert outcome.refusal is not None
    assert outcome.refusal.code == code


@cache
def shown() -> set[tuple[str, str]]:
    """Every rule with each step at which a case or a row of this file is refused under it."""
    found: set[tuple[str, str]] = {(code_of(name), step) for name, step in PAIRS}
    scenes = [Scene(**settings) for settings in ON_THEIR_OWN.values()]
    for scene, refuse_it in zip(scenes, ON_THEIR_OWN, strict=True):
        refuse_it(scene)
    for name, case in CASES.items():
        scenes.append(Scene(**VENUES[name]))
        for _ in case(scenes[-1]):
            pass
    for scene in scenes:
        for request, outcome in zip(scene.requests, scene.outcomes, strict=True):
            if outcome.refusal is not None:
                found.add((outcome.refusal.code, step_of(type(request.command))))
    return found


@pytest.mark.not_replayed(
    "it plays every case, each of which replays by its own test but one that lowers a bound"
)
@pytest.mark.parametrize("code", sorted(code for code, rule in RULES.items() if rule.source != "V"))
def test_a_rule_of_law_is_shown_to_refuse_at_every_step_that_it_names(code: str) -> None:
    assert [step for step in RULES[code].steps if (code, step) not in shown()] == []
