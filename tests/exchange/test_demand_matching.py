"""Matching of needs and listings: the promises, tried by drawing; and the index against a scorer that looks at each."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import commands as c
from exchange.commands import DealKind
from exchange.demand import index, matching
from exchange.demand.facts import offered_by
from exchange.demand.index import MatchIndex, listings_for, needs_for
from exchange.demand.matching import Match, Offered, Wanted, order_of, rarity
from exchange.demand.words import words_of
from exchange.rights.classes import with_ancestors
from tests.exchange.scene import Scene

SYMBOLS = (
    "H01", "H01M", "H01M 10/00", "H01M 10/0525", "H01M 10/052", "H01M 4/00", "H01M 4/36", "H01L 31/04", "A61K 31/00",
)  # fmt: skip
WORDS = (
    "锂离子电池",
    "正极材料",
    "电解液",
    "隔膜",
    "coating",
    "battery",
    "electrodes",
    "的",
    "一种",
    "方法",
    "疫苗",
)
PLACES = ("CN", "CN-GD", "CN-SH", "HK", "world", "US")
KINDS: tuple[DealKind, ...] = ("assignment", "exclusive_licence", "sole_licence", "ordinary_licence")
CURRENCIES = ("CNY", "HKD")
SUBJECT_CODES = {"SAME-SUBGROUP", "SAME-GROUP", "SAME-SUBCLASS", "SAME-CLASS"}


def some(values: Any, least: int = 0, most: int = 4) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True).map(tuple)


def texts(most: int = 5) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(WORDS), max_size=most).map(" ".join)


@st.composite
def wanteds(draw: st.DrawFn, number: int = 1) -> Wanted:
    return Wanted(
        id=f"TN-{number}",
        party=draw(st.sampled_from(("P-1", "P-2", "P-3"))),
        classes=draw(some(SYMBOLS)),
        text=draw(texts()),
        territories=draw(some(PLACES, 1)),
        kinds=draw(some(KINDS, 1)),
        currency=draw(st.sampled_from(CURRENCIES)),
    )


@st.composite
def offereds(draw: st.DrawFn, number: int = 1) -> Offered:
    return Offered(
        id=f"L-{number}",
        party=draw(st.sampled_from(("P-1", "P-2", "P-3"))),
        classes=draw(some(SYMBOLS)),
        text=draw(texts()),
        territories=draw(some(PLACES, 1)),
        kind=draw(st.sampled_from(KINDS)),
        currency=draw(st.sampled_from(CURRENCIES)),
        price=draw(st.sampled_from((1, 99, 100, 101, 10**15, None))),
    )


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[Wanted], list[Offered]]:
    wants = [draw(wanteds(number)) for number in range(1, draw(st.integers(1, 6)) + 1)]
    offers = [draw(offereds(number)) for number in range(1, draw(st.integers(1, 14)) + 1)]
    return wants, offers


BUDGETS = st.none() | st.sampled_from((1, 99, 100, 101, 10**15))


# --- the scorer that looks at each: written from the promises, not from the code


def naive_points(symbols_of_one: Any, symbols_of_other: Any) -> int:
    """Two symbols share as many steps from the class down as they have in common; each step counts once."""

    def steps(symbol: str) -> list[str]:
        subclass, _, group = symbol.partition(" ")
        made = [subclass[:3]]
        if len(subclass) == 4:
            made.append(subclass)
        if group:
            made.append(f"{subclass} {group.partition('/')[0]}/00")
            if not group.endswith("/00"):
                made.append(symbol)
        return made

    shared = {
        step: 4 << place
        for one in symbols_of_one
        for place, step in enumerate(steps(one))
        if any(step in steps(other) for other in symbols_of_other)
    }
    return min(120, sum(shared.values()))


def naive_score(
    wanted: Wanted, offered: Offered, texts_searched: list[str], budget: int | None
) -> int | None:
    shared = set(words_of(wanted.text)) & set(words_of(offered.text))
    holding = {word: sum(word in words_of(text) for text in texts_searched) for word in shared}
    words = min(120, sum(((len(texts_searched) + 64) // (8 * holding[word])).bit_length() for word in shared))
    classes = naive_points(wanted.classes, offered.classes)
    if not words + classes or wanted.party == offered.party:
        return None

    def within(part: str, whole: str) -> bool:
        return whole in {part, "world"} or part.startswith(whole + "-")

    meets = any(
        within(one, other) or within(other, one)
        for one, other in itertools.product(wanted.territories, offered.territories)
    )
    priced = (
        budget is not None
        and offered.price is not None
        and wanted.currency == offered.currency
        and offered.price <= budget
    )
    return words + classes + 20 * meets + 20 * (offered.kind in wanted.kinds) + 20 * priced


def naive_rank(scores: dict[str, int | None]) -> list[tuple[str, int]]:
    found = [(row_id, score) for row_id, score in scores.items() if score is not None]
    return sorted(found, key=lambda each: (-each[1], int(each[0].partition("-")[2])))


def filled(docs: Any) -> MatchIndex[Any]:
    made: MatchIndex[Any] = MatchIndex()
    for doc in docs:
        made.put(doc)
    return made


def ranked(matches: list[Match]) -> list[tuple[str, int]]:
    return [(each.id, each.score) for each in matches]


@given(markets(), BUDGETS)
def test_the_index_ranks_as_a_scorer_that_looks_at_each(
    market: tuple[list[Wanted], list[Offered]], budget: int | None
) -> None:
    wants, offers = market
    wanted = wants[0]
    titles = [each.text for each in offers]
    expected = naive_rank({each.id: naive_score(wanted, each, titles, budget) for each in offers})
    assert ranked(listings_for(filled(offers), wanted, budget, limit=100)) == expected
    offered = offers[0]
    said = [each.text for each in wants]
    expected = naive_rank({each.id: naive_score(each, offered, said, None) for each in wants})
    assert ranked(needs_for(filled(wants), offered, limit=100)) == expected


@given(markets(), BUDGETS, st.integers(1, 4))
def test_pages_put_together_are_the_whole_rank(
    market: tuple[list[Wanted], list[Offered]], budget: int | None, limit: int
) -> None:
    wants, offers = market
    made = filled(offers)
    whole = listings_for(made, wants[0], budget, limit=100)
    paged: list[Match] = []
    for _ in range(len(offers) + 1):
        after = (paged[-1].score, paged[-1].id) if paged else None
        page = listings_for(made, wants[0], budget, limit=limit, after=after)
        assert len(page) <= limit
        paged += page
    assert paged == whole


@given(markets(), BUDGETS, st.randoms(use_true_random=False))
def test_the_order_in_which_anything_came_changes_nothing(
    market: tuple[list[Wanted], list[Offered]], budget: int | None, chance: Any
) -> None:
    wants, offers = market
    before = listings_for(filled(offers), wants[0], budget, limit=100)
    shuffled = list(offers)
    chance.shuffle(shuffled)
    turned = msgspec.structs.replace(
        wants[0],
        classes=wants[0].classes[::-1],
        territories=wants[0].territories[::-1],
        kinds=wants[0].kinds[::-1],
    )
    assert listings_for(filled(shuffled), turned, budget, limit=100) == before


@given(markets(), st.data())
def test_what_came_and_went_leaves_no_trace(
    market: tuple[list[Wanted], list[Offered]], data: st.DataObject
) -> None:
    wants, offers = market
    made = filled(offers)
    for _ in range(data.draw(st.integers(0, 6))):
        victim = data.draw(st.sampled_from(offers))
        made.put(msgspec.structs.replace(victim, text="疫苗 battery", classes=("A61K 31/00",)))
        if data.draw(st.booleans()):
            made.drop(victim.id)
    for each in offers:
        made.put(each)
    assert len(made) == len(offers)
    fresh = listings_for(filled(offers), wants[0], 100, limit=100)
    assert listings_for(made, wants[0], 100, limit=100) == fresh


def test_one_that_only_its_circumstances_bring_level_is_not_passed_over() -> None:
    """L-2 has more points for its subject, L-1 as many in all and the smaller number: it stands first."""
    near = Offered(
        id="L-2", party="P-1", classes=("H01M 10/0525", "A61K"), text="锂", territories=("US",), kind="assignment",
        currency="HKD", price=1,
    )  # fmt: skip
    far = Offered(
        id="L-1", party="P-1", classes=("H01M",), text="锂", territories=("CN",), kind="sole_licence",
        currency="CNY", price=1,
    )  # fmt: skip
    wanted = Wanted(
        id="TN-1", party="P-2", classes=("H01M 10/0525", "A61K"), text="锂", territories=("CN",),
        kinds=("sole_licence",), currency="CNY",
    )  # fmt: skip
    made = filled([near, far])
    assert ranked(listings_for(made, wanted, 1, limit=9)) == [("L-1", 75), ("L-2", 75)]
    assert ranked(listings_for(made, wanted, 1, limit=1)) == [("L-1", 75)]


ROYALTY = c.Royalty(base="net_sales", rates=(300,), period="year", report_days=30, pay_days=30)
HALVES = (c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))


@pytest.mark.parametrize(
    ("price", "consideration", "code"),
    [
        (1_000_00, None, "PRICE-ABOVE-BUDGET"),
        (1, None, "PRICE-WITHIN-BUDGET"),
        (0, c.RunningRoyalty(royalty=ROYALTY), "PRICE-BY-ROYALTY"),
        (1, c.EntryFeeAndRoyalty(royalty=ROYALTY), "PRICE-BY-ROYALTY"),
        (2, c.Instalments(parts=HALVES), "PRICE-ABOVE-BUDGET"),
    ],
)
def test_a_royalty_is_within_no_budget_and_above_none(price: int, consideration: Any, code: str) -> None:
    scene = Scene()
    seller = scene.party()
    fields = {} if consideration is None else {"consideration": consideration}
    listing = scene.listing(
        seller, scene.right(seller), "posted", deal_kind="ordinary_licence", price=price, **fields
    )
    row = scene.state.listings[listing]
    offered = offered_by(row, [scene.state.rights[row.right_id]], ["锂"])
    wanted = Wanted(
        id="TN-1", party="P-9", classes=(), text="锂", territories=("CN",), kinds=("ordinary_licence",), currency="CNY"
    )  # fmt: skip
    *_, last = matching.circumstances(wanted, offered, 1)
    assert (last.code, last.points) == (code, 20 if code == "PRICE-WITHIN-BUDGET" else 0)
    seen = [each.code for each in matching.circumstances(wanted, offered)]
    assert ("PRICE-BY-ROYALTY" in seen) == (code == "PRICE-BY-ROYALTY"), "it says nothing of a budget"


def test_a_lot_is_matched_by_all_its_rights() -> None:
    scene = Scene()
    seller = scene.party()
    first, second = scene.right(seller), scene.right(seller)
    scene.state.rights[first].classes = ("H01M 10/00",)
    scene.state.rights[second].classes = ("A61K 31/00", "H01M 10/00")
    lot = tuple(c.LotMember(right_id=right, share=500_000) for right in (first, second))
    listing = scene.listing(seller, first, lot=lot)
    row = scene.state.listings[listing]
    offered = offered_by(row, [scene.state.rights[each] for each in row.right_ids], ["锂离子电池", "疫苗"])
    assert offered.classes == ("H01M 10/00", "A61K 31/00")
    assert offered.territories == ("CN",)
    wanted = Wanted(
        id="TN-1", party="P-9", classes=("A61K",), text="疫苗", territories=("CN",), kinds=("assignment",), currency="CNY"
    )  # fmt: skip
    (found,) = listings_for(filled([offered]), wanted, None, limit=9)
    assert [each.code for each in found.reasons] == ["SAME-SUBCLASS", "WORDS", "TERRITORY", "KIND"]


def test_an_index_written_anew_answers_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_FEWEST_GONE", 3)
    base = Offered(
        id="L-1", party="P-1", classes=("H01M",), text="电池", territories=("CN",), kind="assignment", currency="CNY",
        price=1,
    )  # fmt: skip
    offers = [msgspec.structs.replace(base, id=f"L-{number}") for number in range(1, 40)]
    made = filled(offers)
    for each in offers[:36]:
        made.drop(each.id)
    made.drop("L-999")
    wanted = Wanted(
        id="TN-1",
        party="P-2",
        classes=("H01M",),
        text="电池",
        territories=("CN",),
        kinds=("assignment",),
        currency="CNY",
    )
    assert [each.id for each in listings_for(made, wanted, None, limit=9)] == ["L-37", "L-38", "L-39"]
    for each in offers:
        made.drop(each.id)
    assert listings_for(made, wanted, None, limit=9) == []
    assert (made._by_word, made._holding) == ({}, {}), "no word outlives the last text that held it"


# --- the promises


def rarities_of(*docs: Wanted | Offered) -> dict[str, int]:
    return {word: rarity(len(docs), 1) for doc in docs for word in words_of(doc.text)}


@given(wanteds(), offereds())
def test_both_sides_are_given_the_same_reasons(wanted: Wanted, offered: Offered) -> None:
    rarities = rarities_of(wanted, offered)
    for_buyer = matching.match(wanted, offered, rarities)
    for_seller = matching.for_seller(wanted, offered, rarities)
    assert (for_buyer is None) == (for_seller is None)
    if for_buyer is not None and for_seller is not None:
        assert for_buyer.reasons == for_seller.reasons
        assert (for_buyer.score, for_buyer.id, for_seller.id) == (for_seller.score, offered.id, wanted.id)
        assert for_buyer.score == sum(reason.points for reason in for_buyer.reasons)


@given(wanteds(), offereds(), BUDGETS)
def test_a_budget_adds_a_reason_about_the_price_and_touches_no_other(
    wanted: Wanted, offered: Offered, budget: int | None
) -> None:
    rarities = rarities_of(wanted, offered)
    without, with_it = (matching.match(wanted, offered, rarities, each) for each in (None, budget))
    if without is None or with_it is None:
        assert without is with_it is None
        return
    added = [reason for reason in with_it.reasons if reason not in without.reasons]
    assert [reason for reason in with_it.reasons if reason in without.reasons] == list(without.reasons)
    if budget is None or offered.price is None or wanted.currency != offered.currency:
        assert added == []
    else:
        code = "PRICE-WITHIN-BUDGET" if offered.price <= budget else "PRICE-ABOVE-BUDGET"
        assert [reason.code for reason in added] == [code]


@given(markets(), st.sampled_from(SYMBOLS), BUDGETS)
def test_one_more_shared_class_never_lowers_a_rank(
    market: tuple[list[Wanted], list[Offered]], symbol: str, budget: int | None
) -> None:
    wants, offers = market
    wanted, lucky = wants[0], offers[0]

    def place(wanted: Wanted, offers: list[Offered]) -> float:
        found = [each.id for each in listings_for(filled(offers), wanted, budget, limit=100)]
        return found.index(lucky.id) if lucky.id in found else float("inf")

    asking = msgspec.structs.replace(wanted, classes=tuple({*wanted.classes, symbol}))
    before = place(asking, offers)
    richer = msgspec.structs.replace(lucky, classes=tuple({*lucky.classes, symbol}))
    assert place(asking, [richer, *offers[1:]]) <= before


@pytest.mark.parametrize("nearer", range(1, 4))
def test_the_deeper_the_shared_class_the_better(nearer: int) -> None:
    deep = ("H01", "H01M", "H01M 10/00", "H01M 10/0525")
    points = [matching.class_points(with_ancestors((each,))) for each in deep]
    assert points[nearer] > points[nearer - 1]


@given(
    wanteds(), st.lists(st.sampled_from(SYMBOLS), max_size=40), st.lists(st.sampled_from(WORDS), max_size=40)
)
def test_nobody_gains_without_end_by_naming_everything(
    wanted: Wanted, symbols: list[str], words: list[str]
) -> None:
    stuffed = Offered(
        id="L-1", party="P-9", classes=tuple(symbols), text=" ".join(words), territories=("world",),
        kind="assignment", currency="CNY", price=1,
    )  # fmt: skip
    found = matching.match(wanted, stuffed, rarities_of(wanted, stuffed), 10**15)
    assert found is None or found.score <= 2 * 120 + 60


def test_a_common_word_brings_nobody_together() -> None:
    assert rarity(1_000, 500) == 0
    assert rarity(1_000, 1) > rarity(1_000, 10) > rarity(1_000, 100) > 0
    with pytest.raises(ValueError, match="at least one text"):
        rarity(1_000, 0)


def test_equal_scores_stand_in_the_order_of_their_numbers() -> None:
    assert sorted(["L-10", "L-9", "L-100"], key=lambda each: order_of(5, each)) == ["L-9", "L-10", "L-100"]
    assert order_of(6, "L-100") < order_of(5, "L-9")


# --- what a seller could try


def test_what_sellers_are_shown_is_made_without_a_budget() -> None:
    """No function on the seller's side takes one, and what describes a need there has no place for one."""
    assert not [
        name for name in Wanted.__struct_fields__ if "budget" in name or "price" in name or "terms" in name
    ]
    for function in (needs_for, matching.for_seller):
        assert "budget" not in function.__annotations__


@settings(max_examples=50)
@given(markets(), BUDGETS, BUDGETS, st.lists(st.integers(1, 10**15), min_size=1, max_size=8))
def test_a_seller_that_tries_prices_learns_nothing_of_a_budget(
    market: tuple[list[Wanted], list[Offered]], one: int | None, other: int | None, prices: list[int]
) -> None:
    """Whatever prices it lists at, and whatever buyers look up meanwhile, it is shown the same for either budget."""
    wants, offers = market
    shown = []
    for budget in (one, other):
        demand, supply = filled(wants), filled(offers)
        seen = []
        for price in prices:
            mine = msgspec.structs.replace(offers[0], price=price)
            supply.put(mine)
            listings_for(supply, wants[0], budget, limit=100)
            seen.append(msgspec.json.encode(needs_for(demand, mine, limit=100)))
        shown.append(seen)
    assert shown[0] == shown[1]
    assert len(set(shown[0])) == 1, "its own price changes nothing either"
