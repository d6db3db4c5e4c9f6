"""Technology needs at the front door: what is public, what is the buyer's alone, and what matches them both ways."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest

from api.client import Client
from api.demand.schemas import NeedMatch, OwnNeedView
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue
from tests.whole_words import says

_groups = itertools.count(100)


def own_group() -> str:
    """A main group that no other test's rights have."""
    return f"F42D {next(_groups)}/00"


def until(venue: RunningVenue) -> int:
    return venue.public.time_ms() + 30 * MS_PER_DAY


def posted(venue: RunningVenue, buyer: Client, **fields: Any) -> str:
    title = fields.pop("title", "寻求爆破雷管电子引信")
    return buyer.post_need(title, until(venue), **fields).result["need_id"]


def raw(venue: RunningVenue, client: Client, path: str) -> httpx.Response:
    with venue.http() as http:
        headers = {"Authorization": client.transport._http.headers["authorization"]}
        return http.get(path, headers=headers)


def test_a_need_is_public_but_for_its_budget(venue: RunningVenue) -> None:
    buyer, rival = venue.party("buyer"), venue.party("seller")
    need_id = posted(
        venue,
        buyer,
        description="起爆精度优于 0.1 毫秒\n可量产",
        classes=("F42D", "F42D 1/05"),
        budget=7_654_321_00,
    )
    own = buyer.need(need_id)
    assert isinstance(own, OwnNeedView)
    assert (own.budget, own.title, own.state) == (7_654_321_00, "寻求爆破雷管电子引信", "OPEN")
    for client in (venue.public, rival, venue.operator):
        seen = client.need(need_id)
        assert not isinstance(seen, OwnNeedView)
        assert (seen.title, seen.description) == ("寻求爆破雷管电子引信", "起爆精度优于 0.1 毫秒\n可量产")
        shown = seen.model_dump_json()
        assert not any(says(shown, budget) for budget in ("765432100", "7654321.00", "7654321"))
        assert need_id in [each.id for each in client.needs(buyer=buyer.party_id)]
    entry = next(each for each in rival.events() if each.type == "post_need" and need_id in str(each.public))
    assert not any(says(str(entry), budget) for budget in ("765432100", "7654321.00", "7654321"))
    assert "雷管" not in str(entry.public)


def test_words_are_public_while_the_need_is_open_and_gone_once_they_are_erased(venue: RunningVenue) -> None:
    buyer = venue.party("buyer")
    withdrawn = posted(venue, buyer)
    buyer.withdraw_need(withdrawn)
    assert venue.public.need(withdrawn).title is None
    assert buyer.need(withdrawn).title == "寻求爆破雷管电子引信"
    given = buyer.post_need("找一种会被删除的名称", until(venue))
    venue.operator.erase(given.entry, "title", "data-subject-request", "asked for")
    assert buyer.need(given.result["need_id"]).title is None
    assert venue.public.need(given.result["need_id"]).description == ""


def test_needs_and_listings_find_one_another_with_the_same_reasons(venue: RunningVenue) -> None:
    seller, buyer, group = venue.party("seller"), venue.party("buyer"), own_group()
    right = venue.right(seller, title="一种电子雷管的起爆控制方法", classes=(group,))
    listing_id = venue.listing(seller, right, price=1_000_00)
    need_id = posted(
        venue, buyer, title="寻求电子雷管", classes=(group,), territories=("US",), budget=1_000_00
    )
    found = next(each for each in buyer.matches(need_id) if each.listing_id == listing_id)
    assert found.title == "一种电子雷管的起爆控制方法"
    codes = [reason.code for reason in found.reasons]
    assert codes == ["SAME-GROUP", "WORDS", "TERRITORY", "KIND", "PRICE-WITHIN-BUDGET"]
    assert found.reasons[1].shared == ["电子雷管"]
    assert found.reasons[1].words_zh == "名称或说明用词相同：电子雷管"
    assert found.score == sum(reason.points for reason in found.reasons)
    seen = next(each for each in seller.matching_needs(listing_id) if each.need.id == need_id)
    assert [reason.code for reason in seen.reasons] == codes[:-1]
    assert [each.shared for each in seen.reasons] == [each.shared for each in found.reasons[:-1]]
    assert not hasattr(seen.need, "budget")
    assert next(each.need.id for each in venue.operator.matching_needs(listing_id)) == need_id


def test_only_the_buyer_is_shown_its_matches_and_only_the_seller_its_listings(venue: RunningVenue) -> None:
    seller, buyer, rival = venue.party("seller"), venue.party("buyer"), venue.party()
    listing_id = venue.listing(seller, venue.right(seller))
    need_id = posted(venue, buyer)
    for stranger in (seller, rival, venue.operator):
        refusal(partial(lambda who: list(who.matches(need_id)), stranger), "CALLER-NOT-PERMITTED", 403)
    refusal(lambda: list(venue.public.matches(need_id)), "UNAUTHENTICATED", 401)
    refusal(lambda: list(venue.public.matching_needs(listing_id)), "UNAUTHENTICATED", 401)
    for stranger in (buyer, rival):
        refusal(partial(lambda who: list(who.matching_needs(listing_id)), stranger), "UNKNOWN-ID", 404)
    refusal(lambda: list(buyer.matches("TN-999999")), "UNKNOWN-ID", 404)


def test_whatever_the_budget_and_however_a_seller_prices_it_is_shown_the_same(venue: RunningVenue) -> None:
    """A seller with listings at many prices, over budgets that are none, below, between and above them."""
    seller, group = venue.party("seller"), own_group()
    buyers = [venue.party("buyer") for _ in range(2)]
    listings = [
        venue.listing(seller, venue.right(seller, classes=(group,)), price=price)
        for price in (1, 500_00, 10**9)
    ]
    needs = [posted(venue, buyer, classes=(group,), budget=600_00) for buyer in buyers]

    def shown() -> list[bytes]:
        return [
            msgspec.json.encode(
                [
                    each
                    for each in msgspec.json.decode(
                        raw(venue, seller, f"/v1/listings/{each}/matching-needs").content
                    )["matches"]
                    if each["need"]["id"] in needs
                ]
            )
            for each in listings
        ]

    before = shown()
    for budget in (None, 1, 499_99, 10**13):
        buyers[0].amend_need(needs[0], buyers[0].need(needs[0]).until_ms, classes=(group,), budget=budget)
        list(buyers[0].matches(needs[0]))
        assert shown() == before
    assert len(set(before)) == 1, "the listings' own prices change nothing either"
    public = raw(venue, seller, f"/v1/needs/{needs[0]}").json()
    assert {"budget", "terms", "terms_salt"}.isdisjoint(public)


def test_the_budget_moves_the_buyers_own_rank(venue: RunningVenue) -> None:
    seller, buyer, group = venue.party("seller"), venue.party("buyer"), own_group()
    dear, cheap = (
        venue.listing(seller, venue.right(seller, classes=(group,)), price=price)
        for price in (900_00, 100_00)
    )
    need_id = posted(venue, buyer, classes=(group,))

    def rank() -> list[str]:
        return [each.listing_id for each in buyer.matches(need_id) if each.listing_id in {dear, cheap}]

    assert rank() == [dear, cheap]
    buyer.amend_need(need_id, until(venue), classes=(group,), budget=500_00)
    assert rank() == [cheap, dear]


def test_what_ends_closes_changes_or_is_erased_is_matched_as_it_stands_now(venue: RunningVenue) -> None:
    seller, buyer, group, other = venue.party("seller"), venue.party("buyer"), own_group(), own_group()
    right = venue.right(seller, title="罕见稀词甲的制备", classes=(other,))
    listing_id = venue.listing(seller, right)
    need_id = posted(venue, buyer, title="罕见稀词甲", classes=(group,))

    def matched() -> list[str]:
        found = [each for each in buyer.matches(need_id) if each.listing_id == listing_id]
        return [reason.code for each in found for reason in each.reasons][:2]

    assert matched() == ["SAME-SUBCLASS", "WORDS"]
    made = next(
        each.entry for each in seller.events() if each.type == "import_right" and right in str(each.public)
    )
    venue.operator.erase(made, "bibliography", "data-subject-request", "asked for")
    assert matched() == ["SAME-SUBCLASS", "TERRITORY-OTHER"]
    assert need_id in [each.need.id for each in seller.matching_needs(listing_id)]
    buyer.amend_need(need_id, until(venue), classes=("A01B",))
    assert matched() == []
    assert need_id not in [each.need.id for each in seller.matching_needs(listing_id)]
    buyer.amend_need(need_id, until(venue), classes=(other,))
    assert matched()[0] == "SAME-GROUP"
    assert need_id in [each.need.id for each in seller.matching_needs(listing_id)]
    seller.withdraw_listing(listing_id)
    assert matched() == []
    assert list(seller.matching_needs(listing_id)) == [], "nobody could answer it any more"
    renamed = c.ImportRight(
        right_id=right, office="US", right_type="invention", filing_date="2019-03-01", classes=(other,)
    )
    venue.operator.give("/v1/rights", renamed, parts={"bibliography": {"title": "罕见稀词甲"}})
    again = venue.listing(seller, right)
    assert "WORDS" in [reason.code for each in buyer.matches(need_id) for reason in each.reasons]
    buyer.withdraw_need(need_id)
    assert list(buyer.matches(need_id)) == []
    assert need_id not in [each.need.id for each in seller.matching_needs(again)]


def test_a_lot_is_found_by_each_of_its_rights_as_they_stand_now(venue: RunningVenue) -> None:
    seller, buyer, group, other = venue.party("seller"), venue.party("buyer"), own_group(), own_group()
    rights = [
        venue.right(seller, title="第一个稀词丙", classes=(group,)),
        venue.right(seller, title="第二个罕字丁戊", classes=(other,)),
    ]
    lot = tuple(c.LotMember(right_id=right, share=500_000) for right in rights)
    listing_id = venue.listing(seller, rights[0], deal_kind="assignment", lot=lot)
    need_id = posted(venue, buyer, title="尋找罕字丁戊", classes=(other,))

    def found() -> Any:
        (one,) = [each for each in buyer.matches(need_id) if each.listing_id == listing_id]
        assert need_id in [each.need.id for each in seller.matching_needs(listing_id)]
        return one

    assert [reason.code for reason in found().reasons][:2] == ["SAME-GROUP", "WORDS"]
    assert (found().classes, found().title) == ([group, other], "第一个稀词丙 / 第二个罕字丁戊")
    made = next(
        each.entry
        for each in seller.events()
        if each.type == "import_right" and rights[1] in str(each.public)
    )
    venue.operator.erase(made, "bibliography", "data-subject-request", "asked for")
    assert "WORDS" not in [reason.code for reason in found().reasons]
    assert found().title == "第一个稀词丙"


def test_a_licence_for_a_royalty_is_no_bargain_within_every_budget(venue: RunningVenue) -> None:
    seller, buyer, group = venue.party("seller"), venue.party("buyer"), own_group()
    royalty = c.Royalty(base="net_sales", rates=(300,), period="year", report_days=30, pay_days=30)
    listing_id = venue.listing(
        seller,
        venue.right(seller, classes=(group,)),
        price=0,
        consideration=c.RunningRoyalty(royalty=royalty),
    )
    need_id = posted(venue, buyer, classes=(group,), budget=1)
    (found,) = [each for each in buyer.matches(need_id) if each.listing_id == listing_id]
    assert (found.reasons[-1].code, found.reasons[-1].points) == ("PRICE-BY-ROYALTY", 0)
    assert found.reasons[-1].words_zh == "按提成支付，价格不与预算比较"


def test_classes_that_are_filled_in_later_are_matched_from_then_on(venue: RunningVenue) -> None:
    seller, buyer, group = venue.party("seller"), venue.party("buyer"), own_group()
    right = venue.right(seller)
    listing_id = venue.listing(seller, right)
    need_id = posted(venue, buyer, classes=(group,))
    assert listing_id not in [each.listing_id for each in buyer.matches(need_id)]
    command = c.ImportRight(
        right_id=right, office="US", right_type="invention", filing_date="2019-03-01", classes=(group,)
    )
    given = venue.operator.give("/v1/rights", command, parts={"bibliography": {"title": "A device"}})
    assert given.result["known"] == "corrected"
    assert venue.public.right(right).classes == [group]
    assert listing_id in [each.listing_id for each in buyer.matches(need_id)]


@pytest.mark.parametrize("symbols", [(), ("h01m",), ("14-03",), ("示例人",), ("H01",) * 33])
def test_classes_of_a_right_that_are_none_are_refused_at_the_door(
    venue: RunningVenue, symbols: tuple[str, ...]
) -> None:
    command = c.ImportRight(
        right_id="US-15999001", office="US", right_type="invention", filing_date=None, classes=symbols
    )
    call = partial(
        venue.party("seller").give, "/v1/rights", command, parts={"bibliography": {"title": "A device"}}
    )
    refusal(call, "BODY-MALFORMED", 422)


def test_nobody_is_matched_with_itself(venue: RunningVenue) -> None:
    trader, group = venue.party(), own_group()
    listing_id = venue.listing(trader, venue.right(trader, classes=(group,)))
    need_id = posted(venue, trader, classes=(group,))
    assert listing_id not in [each.listing_id for each in trader.matches(need_id)]
    assert need_id not in [each.need.id for each in trader.matching_needs(listing_id)]


def test_ranks_are_paged_by_place(venue: RunningVenue) -> None:
    seller, group = venue.party("seller"), own_group()
    buyer = venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller, classes=(group,)))
    needs = [posted(venue, buyer, classes=(group,)) for _ in range(5)]
    path, cursor, seen = f"/v1/listings/{listing_id}/matching-needs", "", []
    for _ in range(99):
        answer = raw(venue, seller, f"{path}?limit=2{cursor}").json()
        seen += [NeedMatch.model_validate(each).need.id for each in answer["matches"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert [each for each in seen if each in needs] == needs
    assert len(seen) == len(set(seen))
    assert raw(venue, seller, f"{path}?cursor=W10").json()["code"] == "CURSOR-MALFORMED"
    of_another = raw(venue, buyer, f"/v1/needs/{needs[0]}/matches?{cursor.removeprefix('&')}")
    assert of_another.json()["code"] == "CURSOR-MALFORMED"


def test_a_need_is_fulfilled_by_a_deal_of_the_buyers_own(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 1_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    need_id, other = posted(venue, buyer), posted(venue, venue.party("buyer"))
    refusal(lambda: buyer.fulfil_need(other, deal_id), "NOT-PERMITTED", 403)
    assert buyer.fulfil_need(need_id, deal_id).result["state"] == "FULFILLED"
    seen = venue.public.need(need_id)
    assert (seen.state, seen.deal_id) == ("FULFILLED", deal_id)
    refusal(lambda: buyer.withdraw_need(need_id), "WRONG-STATE", 409)


def test_a_buyer_has_a_bounded_number_of_needs(venue: RunningVenue) -> None:
    buyer = venue.party("buyer")
    for _ in range(100):
        posted(venue, buyer, title="很多需求")
    problem = refusal(lambda: posted(venue, buyer), "NEEDS-FULL", 409)
    assert problem.facts["most"] == 100


HOSTILE = {
    "title": ("", " ", "two\nlines", "turned \u202e over", "\0", "长" * 201, 5, ["x"], {"a": 1}, None),
    "description": ("\0", "\u202e", "tab\t", "长" * 2_001, 5, {"a": 1}, None),
}


@pytest.mark.parametrize(
    ("part", "value"), [(part, value) for part, all_ in HOSTILE.items() for value in all_]
)
def test_words_that_no_page_could_show_are_refused_at_the_door(
    venue: RunningVenue, part: str, value: Any
) -> None:
    buyer = venue.party("buyer")
    words = {"title": "寻求", "description": ""} | {part: value}
    command = c.PostNeed(
        classes=(), territories=("CN",), kinds=("assignment",), currency="CNY", until_ms=until(venue)
    )
    problem = refusal(
        lambda: buyer.give("/v1/needs", command, terms=c.NeedTerms(), parts=words), "BODY-MALFORMED", 422
    )
    assert part in str(problem.document["errors"])


@pytest.mark.parametrize(
    "fields",
    [
        {"classes": ("H01m",)},
        {"classes": ("H01M 10/00\n",)},
        {"classes": ("电池",)},
        {"classes": ("H01",) * 17},
        {"territories": ()},
        {"territories": ("张三的工厂",)},
        {"territories": ("CN",) * 65},
        {"kinds": ()},
        {"kinds": ("open_licence",)},
        {"currency": "USD"},
    ],
)
def test_facts_out_of_shape_are_refused_at_the_door(venue: RunningVenue, fields: dict[str, Any]) -> None:
    buyer = venue.party("buyer")
    refusal(lambda: posted(venue, buyer, **fields), "BODY-MALFORMED", 422)


@pytest.mark.parametrize("fields", [{"territories": ("ZZ",)}, {"classes": ("H01", "H01")}])
def test_facts_that_no_need_can_have_are_refused_by_the_engine(
    venue: RunningVenue, fields: dict[str, Any]
) -> None:
    buyer = venue.party("buyer")
    problem = refusal(lambda: posted(venue, buyer, **fields), "MALFORMED", 422)
    assert problem.facts["field"] in fields
