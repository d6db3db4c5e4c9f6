"""Worked examples from the statutes, as tables: each row names its article, and how well its text is known.

[L] the statute was read, [W] an excerpt was read, [M] from memory, for counsel to confirm, [V] this venue's own rule.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, end_of_working_day
from exchange.terms.scope import ALL_FIELDS
from scripts.simulated.catalogue import entry_for_imported
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import royalty
from tests.exchange.scene import START_MS, Scene, cn_right_id, titled

PRICE = 100_000_00
BEIJING = timezone(timedelta(hours=8))


def ms(text: str) -> int:
    """UTC milliseconds of a time in Beijing."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1_000)


def wait_until(scene: Scene, time_ms: int) -> None:
    """The next command comes at this time."""
    scene.wait(time_ms - scene.now - 1)


# --- terms of protection: from the filing date, never from the number

TERMS_OF_PROTECTION = [
    ("Patent Law 42 [L]", "invention", 2009, "2009-06-18", "2029-06-18"),
    ("Patent Law 42 [L]", "utility_model", 2018, "2018-06-18", "2028-06-18"),
    ("Patent Law 42 [L]", "design", 2021, "2021-06-18", "2036-06-18"),
    ("Patent Law 42 [L]; 29 February", "invention", 2008, "2008-02-29", "2028-02-29"),
    ("Patent Law 42 [L]; 29 February", "utility_model", 2020, "2020-02-29", "2030-02-28"),
    ("Implementing Rules 49 [L]: divisional", "invention", 2015, "2009-11-02", "2029-11-02"),
    ("Implementing Rules 49 [L]: divisional", "utility_model", 2021, "2018-11-02", "2028-11-02"),
]


@pytest.mark.parametrize(("source", "right_type", "number_year", "filed", "expires"), TERMS_OF_PROTECTION)
def test_a_right_lives_for_its_term_from_its_filing_date_whatever_year_its_number_has(
    source: str, right_type: str, number_year: int, filed: str, expires: str
) -> None:
    right_id = cn_right_id(7, right_type, number_year)
    entry = entry_for_imported(
        right_id, right_type=right_type, title="示例", filing_date=filed, as_of="2027-01-15", granted=True
    )
    assert (entry.expiry_date, entry.status) == (expires, "granted"), source
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    imported = c.ImportRight(
        right_id=right_id,
        office="CN",
        right_type=right_type,  # type: ignore[arg-type]
        filing_date=filed,
        service_invention=False,
        erasable=titled(right_id),
    )
    assert code(scene.service(imported)) == "", source
    dates = {"filing_date": filed, "grant_date": "2023-01-10", "expiry_date": entry.expiry_date}
    assert code(scene.copy(right_id, seller, **dates)) == "", source
    scene.credit(buyer, PRICE)
    until_ms = ms(f"{expires}T00:00:00") + MS_PER_DAY
    too_long = scene.submit(seller, right_id, deal_kind="ordinary_licence", ends_ms=until_ms + 1)
    assert code(too_long) == "CN-CIVIL-CODE-865", source
    wait_until(scene, until_ms - 10)
    listing = scene.listing(seller, right_id, closes_ms=until_ms + MS_PER_DAY)
    wait_until(scene, until_ms)
    assert code(scene.accept(listing, buyer)) == "CN-PATENT-LAW-44", source


@pytest.mark.parametrize("right_type", ["invention", "utility_model", "design"])
def test_a_licence_may_last_to_the_last_moment_of_its_right_and_no_longer(right_type: str) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller, right_type=right_type, expiry_date="2030-02-28")
    until_ms = ms("2030-03-01T00:00:00")
    for ends_ms, expected in ((until_ms + 1, "CN-CIVIL-CODE-865"), (until_ms, "")):
        assert code(scene.submit(seller, right, deal_kind="sole_licence", ends_ms=ends_ms)) == expected


# --- which licences stand beside one another

CONFLICT, BARRED = "CN-TECHNOLOGY-CONTRACTS-25", "CN-PATENT-RULES-86"
LICENCE_MATRIX = [
    # standing, new, refused under, source
    ("exclusive_licence", "exclusive_licence", CONFLICT, "Technology Contracts 25(1) no. 1 [L]"),
    ("exclusive_licence", "sole_licence", CONFLICT, "Technology Contracts 25(1) no. 1 [L]"),
    ("exclusive_licence", "ordinary_licence", CONFLICT, "Technology Contracts 25(1) no. 1 [L]"),
    ("exclusive_licence", "open", CONFLICT, "Patent Law 51(3) [L]"),
    ("sole_licence", "exclusive_licence", CONFLICT, "Technology Contracts 25(1) no. 2 [L]"),
    ("sole_licence", "sole_licence", CONFLICT, "Technology Contracts 25(1) no. 2 [L]"),
    ("sole_licence", "ordinary_licence", CONFLICT, "Technology Contracts 25(1) no. 2 [L]"),
    ("sole_licence", "open", CONFLICT, "Patent Law 51(3) [L]"),
    ("ordinary_licence", "exclusive_licence", CONFLICT, "Technology Contracts 25(1) no. 1 [L]"),
    ("ordinary_licence", "sole_licence", CONFLICT, "Technology Contracts 25(1) no. 2 [L]"),
    ("ordinary_licence", "ordinary_licence", "", "Technology Contracts 25(1) no. 3 [L]"),
    ("ordinary_licence", "open", "", "Patent Law 51(3) [L]"),
    (
        "open",
        "exclusive_licence",
        "CN-PATENT-LAW-51",
        "Patent Law 51(3) [L]: declared until its withdrawal is",
    ),
    ("open", "sole_licence", "CN-PATENT-LAW-51", "Patent Law 51(3) [L]: declared until its withdrawal is"),
    ("open", "ordinary_licence", "", "Patent Law 51(3) [L]"),
    ("open", "open", "", "Patent Law 50, 51 [L]: one declaration after the other"),
]


def licence_fields(kind: str) -> dict[str, Any]:
    if kind == "open":
        return {"deal_kind": "ordinary_licence", "announcement_number": "2026-1"}
    return {"deal_kind": kind}


def licensed(kind: str, **fields: Any) -> tuple[Scene, str, str]:
    """A right with one live licence of a kind; its listing is over."""
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, **licence_fields(kind), **fields)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    if kind == "open":
        scene.by(seller, c.WithdrawListing(listing_id=listing))
    assert scene.state.rights[right].licences
    assert scene.state.rights[right].open_listing is None
    return scene, seller, right


@pytest.mark.parametrize(("standing", "new", "expected", "source"), LICENCE_MATRIX)
def test_which_licence_stands_beside_which(standing: str, new: str, expected: str, source: str) -> None:
    scene, seller, right = licensed(standing)
    assert code(scene.submit(seller, right, **licence_fields(new))) == expected, source


def test_the_matrix_has_every_pair() -> None:
    kinds = ("exclusive_licence", "sole_licence", "ordinary_licence", "open")
    assert [(standing, new) for standing, new, _, _ in LICENCE_MATRIX] == [
        (standing, new) for standing in kinds for new in kinds
    ]


@pytest.mark.parametrize("standing", ["exclusive_licence", "sole_licence"])
def test_an_open_licence_is_barred_by_an_exclusive_or_sole_one_even_of_another_place(standing: str) -> None:
    scene, seller, right = licensed(standing, territory=("CN-GD",))
    declared = scene.submit(seller, right, **licence_fields("open"), territory=("CN-SH",))
    assert code(declared) == BARRED, "Patent Law 51(3), Implementing Rules 86 [L]"


END_MS = START_MS + 200 * MS_PER_DAY
APART = [
    # a standing exclusive licence, a new one, refused under, source: Technology Contracts 28 [L] (term, place, manner)
    ({"territory": ("CN-GD",)}, {"territory": ("CN-SH",)}, ""),
    ({"territory": ("CN-GD", "CN-SH")}, {"territory": ("CN-SH",)}, CONFLICT),
    ({"territory": ("CN",)}, {"territory": ("CN-GD",)}, CONFLICT),
    ({"field_of_use": "H01"}, {"field_of_use": "A61"}, ""),
    ({"field_of_use": "H"}, {"field_of_use": "H01"}, CONFLICT),
    ({"field_of_use": "batteries"}, {"field_of_use": "medicine"}, CONFLICT),
    ({"field_of_use": "H01"}, {"field_of_use": ALL_FIELDS}, CONFLICT),
    ({"ends_ms": END_MS}, {"starts_ms": END_MS}, ""),
    ({"ends_ms": END_MS}, {"starts_ms": END_MS - 1}, CONFLICT),
]


@pytest.mark.parametrize(("standing", "new", "expected"), APART)
def test_exclusive_licences_stand_together_only_where_term_place_or_field_keep_them_apart(
    standing: dict[str, Any], new: dict[str, Any], expected: str
) -> None:
    scene, seller, right = licensed("exclusive_licence", **standing)
    assert code(scene.submit(seller, right, deal_kind="exclusive_licence", **new)) == expected


# --- clocks

RECORDAL = [
    ("Implementing Rules 15(2) [L]", "CN", "2027-02-10T10:00:00", "2027-05-11T00:00:00"),
    (
        "Implementing Rules 15(2) [L]; to the month's last day",
        "CN",
        "2027-11-30T23:59:00",
        "2028-03-01T00:00:00",
    ),
    (
        "Implementing Rules 15(2) [L]; the day is Beijing's",
        "CN",
        "2027-03-31T00:30:00",
        "2027-07-01T00:00:00",
    ),
    (
        "Cap. 514, s. 52 [M]: later than six months, no costs or damages for what was before",
        "HK",
        "2027-02-10T10:00:00",
        "2027-08-11T00:00:00",
    ),
    ("Decree-Law 97/99/M, Art. 12 [M]: no time limit known", "MO", "2027-02-10T10:00:00", ""),
    ("35 USC 261 [M]: notice, and no time limit", "US", "2027-02-10T10:00:00", ""),
]
ABROAD = {"CN": "", "HK": "HK-99990010.7", "MO": "MO-I001234", "US": "US-16000001"}


@pytest.mark.parametrize(("source", "office", "granted", "due"), RECORDAL)
def test_a_licence_is_to_be_recorded_within_its_places_months_of_taking_effect(
    source: str, office: str, granted: str, due: str
) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, right_id=ABROAD[office])
    effect_ms = ms(granted)
    wait_until(scene, effect_ms - MS_PER_DAY)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", territory=(office,))
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    line = scene.credit(buyer, PRICE)
    wait_until(scene, effect_ms)
    scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    licence = scene.state.licences[scene.state.deals[deal].licence_id]
    assert licence.starts_ms == effect_ms
    deadline = scene.state.deadlines.get(f"recordal:{licence.id}")
    assert (None if deadline is None else deadline.due_ms) == (ms(due) if due else None), source
    if due:
        wait_until(scene, ms(due) - 1)
        assert licence.state == "GRANTED"
        scene.wait(2)
        assert licence.state == "OVERDUE", "a clock, not a condition: the licence lives on"


PUBLIC_NOTICE = [
    ("S&T Achievements 18 [L], 国发〔2016〕16号 [M]", "university", "negotiated", 15),
    ("S&T Achievements 18 [L], 国发〔2016〕16号 [M]", "university", "posted", 15),
    ("S&T Achievements 18 [L], 国发〔2016〕16号 [M]", "research_institute", "negotiated", 15),
    ("S&T Achievements 18 [L]: listed in the market", "university", "competitive", 0),
    ("S&T Achievements 18 [L]: by auction", "university", "english", 0),
    ("S&T Achievements 18 [L]: binds state units", "company", "negotiated", 0),
]


@pytest.mark.parametrize(("source", "category", "mode", "days"), PUBLIC_NOTICE)
def test_a_state_units_agreed_price_stands_in_public_notice_for_fifteen_days(
    source: str, category: str, mode: str, days: int
) -> None:
    scene = Scene()
    seller = scene.party(category=category)
    fields: dict[str, Any] = {"step": 1} if mode == "english" else {}
    listing = scene.listing(seller, scene.right(seller), mode, **fields)
    row = scene.state.listings[listing]
    assert row.state == ("PUBLICITY" if days else "OPEN"), source
    if days:
        scene.wait(days * MS_PER_DAY - 1)
        assert row.state == "PUBLICITY", source
        scene.wait(1)
        assert row.state == "OPEN", source


CLOSED_DAYS = tuple(f"2026-10-0{day}" for day in range(1, 8))
WORKED_WEEKENDS = ("2026-09-20", "2026-10-10")
"""A week of National Day with two weekend days worked for it, as a government announces them [M]."""
WORKING_DAYS = [
    # event, working days, their end: Civil Code 201 [L], the day of the event does not count
    ("2026-09-30T09:00:00", 1, "2026-10-09T00:00:00"),
    ("2026-09-30T09:00:00", 3, "2026-10-11T00:00:00"),
    ("2026-09-30T09:00:00", 4, "2026-10-13T00:00:00"),
    ("2026-09-30T23:59:59", 5, "2026-10-14T00:00:00"),
    ("2026-10-01T00:00:00", 5, "2026-10-14T00:00:00"),
    ("2026-09-18T12:00:00", 1, "2026-09-21T00:00:00"),
    ("2026-09-19T12:00:00", 2, "2026-09-22T00:00:00"),
    ("2026-09-24T12:00:00", 10, "2026-10-15T00:00:00"),
    ("2026-10-12T08:00:00", 5, "2026-10-20T00:00:00"),
]


@pytest.mark.parametrize(("event", "count", "end"), WORKING_DAYS)
def test_working_days_follow_the_announced_calendar(event: str, count: int, end: str) -> None:
    assert end_of_working_day(ms(event), count, CLOSED_DAYS, WORKED_WEEKENDS) == ms(end)


DEAL_CLOCKS = [
    # closed days, worked weekends, sign by (10 working days), then fund by (5): venue rules [V]
    ((), (), "2027-01-30T00:00:00", "2027-01-23T00:00:00"),
    (("2027-01-18", "2027-01-19"), (), "2027-02-03T00:00:00", "2027-01-27T00:00:00"),
    (("2027-01-18",), ("2027-01-16", "2027-01-17"), "2027-01-29T00:00:00", "2027-01-22T00:00:00"),
]


@pytest.mark.parametrize(("closed", "worked", "sign_by", "fund_by"), DEAL_CLOCKS)
def test_a_deals_clocks_count_working_days_of_the_journalled_calendar(
    closed: tuple[str, ...], worked: tuple[str, ...], sign_by: str, fund_by: str
) -> None:
    scene = Scene()
    scene.operator(c.SetCalendar(closed_days=closed, working_weekends=worked))
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller), "posted"), buyer)
    assert scene.state.deadlines[f"sign_by:{deal}"].due_ms == ms(sign_by)
    bidder = scene.party()
    listing = scene.listing(seller, scene.right(seller), "negotiated")
    scene.propose(listing, bidder, PRICE)
    deal = scene.by(seller, c.AcceptProposal(proposal_id="N-1")).result["deal_id"]
    scene.sign(deal)
    assert scene.state.deadlines[f"fund_by:{deal}"].due_ms == ms(fund_by)


# --- caps

CAPS = [
    # what is listed, refused under, source
    ({"mode": "competitive", "price": 100, "deposit": 30}, "", "IPX venue rules, § 16 [V]: 保证金 30 %"),
    ({"mode": "competitive", "price": 100, "deposit": 31}, "DEPOSIT-CAP", "IPX venue rules, § 16 [V]"),
    ({"mode": "competitive", "price": 99, "deposit": 29}, "", "IPX venue rules, § 16 [V]: to the cent"),
    (
        {"mode": "negotiated", "price": 99, "deposit": 30},
        "DEPOSIT-CAP",
        "IPX venue rules, § 16 [V]: to the cent",
    ),
    (
        {"mode": "sealed", "reveal_ms": MS_PER_DAY, "price": 10, "deposit": 4},
        "DEPOSIT-CAP",
        "IPX venue rules, § 16 [V]",
    ),
    ({"open": True, "price": 20_000_000_00}, "", "open-licence fee guidance [W]: 20,000,000 CNY"),
    ({"open": True, "price": 20_000_000_01}, "CN-OPEN-LICENCE-FEE", "open-licence fee guidance [W]"),
    (
        {"open": True, "base": "net_sales", "rate": 2_000},
        "",
        "open-licence fee guidance [W]: 20 % of net sales",
    ),
    (
        {"open": True, "base": "net_sales", "rate": 2_001},
        "CN-OPEN-LICENCE-FEE",
        "open-licence fee guidance [W]",
    ),
    (
        {"open": True, "base": "product_price", "rate": 2_000},
        "",
        "open-licence fee guidance [W]: a product's price is what its sale brings",
    ),
    (
        {"open": True, "base": "product_price", "rate": 2_001},
        "CN-OPEN-LICENCE-FEE",
        "open-licence fee guidance [W]",
    ),
    (
        {"open": True, "base": "added_output", "rate": 2_000},
        "",
        "IPX venue rules, § 104 [V]: added output like sales",
    ),
    (
        {"open": True, "base": "added_output", "rate": 2_001},
        "CN-OPEN-LICENCE-FEE",
        "IPX venue rules, § 104 [V]",
    ),
    ({"open": True, "base": "profit", "rate": 4_000}, "", "open-licence fee guidance [W]: 40 % of profit"),
    ({"open": True, "base": "profit", "rate": 4_001}, "CN-OPEN-LICENCE-FEE", "open-licence fee guidance [W]"),
]


@pytest.mark.parametrize(("listed", "expected", "source"), CAPS)
def test_deposits_and_open_licence_fees_reach_their_caps_and_no_cent_further(
    listed: dict[str, Any], expected: str, source: str
) -> None:
    scene = Scene()
    seller = scene.party()
    fields = dict(listed)
    if fields.pop("open", False):
        fields |= licence_fields("open")
    if "base" in fields:
        base, rate = fields.pop("base"), fields.pop("rate")
        fields |= {"price": 0, "consideration": royalty(base=base, rates=(rate,))}
    assert code(scene.submit(seller, scene.right(seller), **fields)) == expected, source


# --- co-owners

CO_OWNERS = [
    ("Patent Law 14 [L]", "CN", "ordinary_licence", ""),
    ("Patent Law 14 [L]", "CN", "open", "CN-PATENT-LAW-14"),
    ("Patent Law 14 [L]", "CN", "sole_licence", "CN-PATENT-LAW-14"),
    ("Patent Law 14 [L]", "CN", "exclusive_licence", "CN-PATENT-LAW-14"),
    ("Patent Law 14 [L]", "CN", "assignment", "CN-PATENT-LAW-14"),
    ("Cap. 514, s. 54 [M]", "HK", "ordinary_licence", "HK-PATENTS-ORDINANCE-54"),
    ("Cap. 514, s. 54 [M]", "HK", "assignment", "HK-PATENTS-ORDINANCE-54"),
    ("Decree-Law 97/99/M [M]", "MO", "ordinary_licence", "MO-INDUSTRIAL-PROPERTY-CO-OWNERS"),
    ("35 USC 262 [M]", "US", "ordinary_licence", ""),
    ("35 USC 262 [M]", "US", "assignment", "US-PATENT-ACT-262"),
]


@pytest.mark.parametrize(("source", "office", "kind", "expected"), CO_OWNERS)
def test_what_one_of_two_co_owners_may_do_alone(source: str, office: str, kind: str, expected: str) -> None:
    scene = Scene()
    one, other = scene.party(), scene.party()
    right = scene.right(one, other, right_id=ABROAD[office])
    listing = scene.listing(one, right, approve=False, **licence_fields(kind), territory=(office,))
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == expected, source


CO_OWNERS_OF_OTHER_RIGHTS = [
    ("Civil Code 861 [M]", "CN-know-how-2026KH0001", "know_how", "ordinary_licence", ""),
    ("Civil Code 861 [M]", "CN-know-how-2026KH0001", "know_how", "sole_licence", "CN-CIVIL-CODE-861"),
    ("Copyright Law 14 [M]", "CN-software-2016SR123456", "software_copyright", "ordinary_licence", ""),
    (
        "Copyright Law 14 [M]",
        "CN-copyright-GD2016F00001234",
        "copyright",
        "exclusive_licence",
        "CN-COPYRIGHT-LAW-14",
    ),
    (
        "strictest reading [M]",
        "CN-layout-BS.195508385",
        "layout_design",
        "ordinary_licence",
        "CN-LAYOUT-DESIGNS-CO-OWNERS",
    ),
    ("strictest reading [M]", "CN-trademark-12345678", "trademark", "ordinary_licence", "CN-TRADEMARK-LAW-5"),
    (
        "Cap. 522, strictest reading [M]",
        "HK-2400123.4",
        "design",
        "ordinary_licence",
        "HK-REGISTERED-DESIGNS-CO-OWNERS",
    ),
    (
        "Cap. 522, strictest reading [M]",
        "HK-2400123.4",
        "design",
        "assignment",
        "HK-REGISTERED-DESIGNS-CO-OWNERS",
    ),
    ("Cap. 559, s. 28 [M]", "HK-trademark-304123456", "trademark", "ordinary_licence", "HK-CO-OWNERS"),
]


@pytest.mark.parametrize(("source", "right_id", "right_type", "kind", "expected"), CO_OWNERS_OF_OTHER_RIGHTS)
def test_what_one_of_two_co_owners_of_another_right_may_do_alone(
    source: str, right_id: str, right_type: str, kind: str, expected: str
) -> None:
    scene = Scene()
    one, other = scene.party(), scene.party()
    filed = {"filing_date": "2019-03-01"} if right_type in {"layout_design", "trademark", "design"} else {}
    if right_type == "design":
        filed["status"] = "granted"
    right = scene.other_right(right_id, right_type, one, other, **filed)
    terms: dict[str, Any] = {"deal_kind": kind, "territory": (right_id[:2],)}
    terms["ends_ms"] = scene.now + MS_PER_DAY
    listing = scene.listing(one, right, approve=False, **terms)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == expected, source
