"""The continuous mode: a call to open, price then time, money held to the cent, and a deal for every fill."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.engine import Engine
from exchange.events import CallEnded, OrdersMatched
from exchange.modes.continuous import MOST_ORDERS_OF_PARTY
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rules import patent_law
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.contract import of_deal, value_of
from exchange.terms.hash_set import hash_set_commitment
from exchange.terms.text import texts
from exchange.turn import Outcome
from tests.exchange import invariants
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.undertakings import offered

HK_RIGHT = "HK-99990010.7"
REFERENCE = 1_000_00
CALL_MS = MS_PER_HOUR
FUNDS = 1_000_000_00


class Floor(Scene):
    """A Hong Kong venue that may trade continuously, a seller with ten licences, and two buyers with money."""

    def __init__(self, *, authorised: bool = True, trading: bool = True, **fields: Any) -> None:
        super().__init__(profile="hong-kong")
        self.watcher = invariants.Watcher()
        if authorised:
            self.authorise()
        self.seller = self.party("seller", jurisdiction="HK")
        self.right_id = self.right(self.seller, right_id=HK_RIGHT)
        self.listing_id = ""
        if authorised:
            self.listing_id = self.floor(**fields)
        self.buyer, self.other = (self.party("buyer", jurisdiction="HK") for _ in range(2))
        for buyer in (self.buyer, self.other):
            self.credit(buyer, FUNDS, "HKD")
        if trading and authorised:
            self.wait(CALL_MS)
            assert self.row.state == "TRADING"

    def authorise(self) -> Outcome:
        document = {"document": digest("counsel's opinion")}
        return self.operator(c.RecordTradingAuthorisation(ground="counsel_opinion", erasable=document))

    def offer(self, seller: str = "", right_id: str = "", **fields: Any) -> Outcome:
        """A continuous listing is submitted."""
        standing: dict[str, Any] = {
            "deal_kind": "ordinary_licence",
            "currency": "HKD",
            "territory": ("HK",),
            "max_acceptances": 10,
            "price": REFERENCE,
            "call_ms": CALL_MS,
        }
        return self.submit(
            seller or self.seller, right_id or self.right_id, "continuous", **(standing | fields)
        )

    def floor(self, **fields: Any) -> str:
        outcome = self.offer(**fields)
        assert outcome.refusal is None, outcome.refusal
        listing_id: str = outcome.result["listing_id"]
        self.operator(c.ApproveListing(listing_id=listing_id))
        return listing_id

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]

    def order(
        self, party: str, limit: int | None, quantity: int = 1, side: str = "", **fields: Any
    ) -> Outcome:
        """An order: the seller's asks, a buyer's bids."""
        side = side or ("sell" if party == self.seller else "buy")
        order_type = "market" if limit is None else "limit"
        command = c.PlaceOrder(
            listing_id=self.listing_id,
            side=side,  # type: ignore[arg-type]
            order_type=order_type,  # type: ignore[arg-type]
            **({"time_in_force": "immediate_or_cancel"} if limit is None else {}) | fields,
        )
        return self.by(party, command, terms=c.OrderTerms(limit=limit, quantity=quantity))

    def rests(self, party: str, limit: int, quantity: int = 1, **fields: Any) -> str:
        """An order that is taken; its id."""
        outcome = self.order(party, limit, quantity, **fields)
        assert outcome.refusal is None, outcome.refusal
        order_id: str = outcome.result["order_id"]
        return order_id

    def amend(self, order_id: str, limit: int | None, quantity: int, by: str = "") -> Outcome:
        row = self.state.orders.get(order_id)
        command = c.AmendOrder(order_id=order_id)
        return self.by(by or row.party_id, command, terms=c.OrderTerms(limit=limit, quantity=quantity))

    def cancel_order(self, order_id: str, by: str) -> Outcome:
        return self.by(by, c.CancelOrder(order_id=order_id))

    def deals(self) -> list[tuple[str, int, int]]:
        """Buyer, price and quantity of each deal, in order."""
        return [(deal.buyer, deal.price, deal.quantity) for deal in self.state.deals.values()]

    def held(self, party: str) -> int:
        return self.balance(party, "deposit", "HKD")

    def _apply(self, request: c.Request) -> Outcome:
        outcome = super()._apply(request)
        if hasattr(self, "watcher"):
            self.watcher.after(self.state, request, outcome)
        return outcome


def matched(outcome: Outcome) -> list[tuple[int, int]]:
    """Price and quantity of each fill."""
    return [(each.price, each.quantity) for each in outcome.events if isinstance(each, OrdersMatched)]


# --- trading ------------------------------------------------------------------------------------------------


def test_an_order_trades_at_the_price_that_was_there_first_and_each_fill_is_a_deal() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 2)
    floor.rests(floor.seller, 950_00, 3)
    outcome = floor.order(floor.buyer, 960_00, 4)
    assert matched(outcome) == [(900_00, 2), (950_00, 2)]
    assert outcome.result["state"] == "FILLED"
    assert floor.deals() == [(floor.buyer, 1_800_00, 2), (floor.buyer, 1_900_00, 2)]
    assert floor.held(floor.buyer) == 3_700_00, "what the fills cost, no more"
    assert all(deal.deposit == deal.price for deal in floor.state.deals.values())
    assert floor.replay().state.state_hash() == floor.state.state_hash()


def test_every_deal_is_signed_by_both_and_funded_by_what_is_held() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 2)
    floor.order(floor.buyer, 900_00, 2)
    deal = next(iter(floor.state.deals.values()))
    floor.sign(deal.id)
    line = next(iter(floor.state.lines_of[floor.buyer]))
    outcome = floor.by(floor.buyer, c.FundDeal(deal_id=deal.id, statement_line=line))
    assert code(outcome) == ""
    assert deal.state == "EFFECTIVE"
    assert floor.held(floor.buyer) == 0
    assert floor.balance(floor.buyer, currency="HKD") == FUNDS - 1_800_00


def test_the_contract_says_how_many_licences_and_what_each_costs() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 2)
    floor.order(floor.buyer, 950_00, 2)
    deal = next(iter(floor.state.deals.values()))
    sides = floor.state.parties[deal.seller], floor.state.parties[deal.buyer]
    contract = of_deal(deal, *sides, simulated=True)
    assert (value_of(contract)["price"], value_of(contract)["quantity"]) == (1_800_00, 2)
    assert hash_set_commitment(contract, bytes.fromhex(deal.terms_salt)).hex() == deal.contract_commitment
    says = {
        "zh-Hans": "许可份数：2 份，每份 900.00 HKD",
        "zh-Hant": "特許份數：2 份，每份 900.00 HKD",
        "en": "Licences: 2, each for 900.00 HKD",
    }
    for language, words in texts(contract).items():
        assert says[language] in words


def test_a_partial_fill_leaves_the_rest_in_its_place() -> None:
    floor = Floor()
    first = floor.rests(floor.buyer, 900_00, 3)
    floor.rests(floor.other, 900_00, 3)
    assert matched(floor.order(floor.seller, 900_00, 2)) == [(900_00, 2)]
    row = floor.state.orders[first]
    assert (row.state, row.filled, row.left, row.held) == ("PARTLY_FILLED", 2, 1, 900_00)
    floor.order(floor.seller, 900_00, 2)
    assert [buyer for buyer, _, _ in floor.deals()] == [floor.buyer, floor.buyer, floor.other]
    assert first not in floor.state.orders, "filled, it has left memory"


def test_a_limit_order_holds_its_limit_and_a_better_price_gives_the_rest_back() -> None:
    floor = Floor()
    order_id = floor.rests(floor.buyer, 950_00, 4)
    assert floor.held(floor.buyer) == 3_800_00
    floor.cancel_order(order_id, floor.buyer)
    assert floor.held(floor.buyer) == 0
    floor.rests(floor.seller, 900_00, 1)
    floor.rests(floor.buyer, 950_00, 4)
    assert floor.held(floor.buyer) == 900_00 + 3 * 950_00


def test_an_order_that_costs_more_than_an_account_can_have_is_refused_whole() -> None:
    floor = Floor()
    before = dict(floor.state.venue.counters)
    assert code(floor.order(floor.buyer, LARGEST_AMOUNT, 2)) == "MALFORMED"
    assert floor.state.venue.counters == before
    resting = floor.rests(floor.buyer, 900_00, 1)
    assert code(floor.amend(resting, LARGEST_AMOUNT, 2)) == "MALFORMED"
    assert floor.held(floor.buyer) == 900_00


def test_a_market_buy_holds_exactly_what_it_takes_and_what_is_left_of_it_is_gone() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 1)
    floor.rests(floor.seller, 990_00, 1)
    outcome = floor.order(floor.buyer, None, 5)
    assert matched(outcome) == [(900_00, 1), (990_00, 1)]
    assert outcome.result["state"] == "CANCELLED"
    assert floor.held(floor.buyer) == 1_890_00
    assert floor.order(floor.other, None, 1).result["state"] == "CANCELLED", "there was nothing to take"


def test_a_market_buy_that_the_money_does_not_cover_takes_nothing() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 2)
    poor = floor.party("buyer", jurisdiction="HK")
    floor.credit(poor, 1_000_00, "HKD")
    assert code(floor.order(poor, None, 2)) == "FUNDS-SHORT"
    assert code(floor.order(poor, 900_00, 2)) == "FUNDS-SHORT"
    assert matched(floor.order(poor, None, 1)) == [(900_00, 1)]


def test_immediate_or_cancel_leaves_nothing_at_rest_and_holds_what_it_takes() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 1)
    outcome = floor.order(floor.buyer, 950_00, 3, time_in_force="immediate_or_cancel")
    assert (matched(outcome), outcome.result["state"]) == ([(900_00, 1)], "CANCELLED")
    assert floor.held(floor.buyer) == 900_00
    assert not floor.state.orders


def test_fill_or_kill_trades_in_full_or_is_refused() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 1)
    floor.rests(floor.seller, 950_00, 1)
    kill: dict[str, Any] = {"time_in_force": "fill_or_kill"}
    assert code(floor.order(floor.buyer, 940_00, 2, **kill)) == "FILL-OR-KILL-NOT-FILLABLE"
    assert matched(floor.order(floor.buyer, 950_00, 2, **kill)) == [(900_00, 1), (950_00, 1)]


def test_a_sell_at_market_takes_the_best_bids() -> None:
    floor = Floor()
    floor.rests(floor.buyer, 900_00, 1)
    floor.rests(floor.other, 990_00, 1)
    assert matched(floor.order(floor.seller, None, 2)) == [(990_00, 1), (900_00, 1)]
    assert floor.held(floor.buyer) + floor.held(floor.other) == 1_890_00


def test_a_post_only_order_never_takes_neither_new_nor_amended() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 1)
    assert code(floor.order(floor.buyer, 900_00, 1, post_only=True)) == "POST-ONLY-WOULD-TRADE"
    order_id = floor.rests(floor.buyer, 890_00, 1, post_only=True)
    assert code(floor.amend(order_id, 900_00, 1)) == "POST-ONLY-WOULD-TRADE"
    assert code(floor.amend(order_id, 899_00, 1)) == ""


# --- amending, cancelling, expiring -------------------------------------------------------------------------


def test_less_at_the_same_limit_keeps_its_place_and_more_loses_it() -> None:
    floor = Floor()
    first, second = floor.rests(floor.buyer, 900_00, 3), floor.rests(floor.other, 900_00, 3)
    floor.amend(first, 900_00, 2)
    assert floor.state.orders[first].sequence < floor.state.orders[second].sequence
    floor.order(floor.seller, 900_00, 1)
    assert floor.deals()[-1][0] == floor.buyer
    floor.amend(first, 900_00, 5)
    assert floor.state.orders[first].sequence > floor.state.orders[second].sequence
    floor.order(floor.seller, 900_00, 1)
    assert floor.deals()[-1][0] == floor.other


def test_an_amended_order_that_reaches_the_other_side_trades_and_holds_what_it_must() -> None:
    floor = Floor()
    floor.rests(floor.seller, 950_00, 1)
    order_id = floor.rests(floor.buyer, 900_00, 2)
    assert matched(floor.amend(order_id, 960_00, 3)) == [(950_00, 1)]
    row = floor.state.orders[order_id]
    assert (row.left, row.held) == (2, 1_920_00)
    assert floor.held(floor.buyer) == 950_00 + 1_920_00
    assert code(floor.amend(order_id, 960_00, 1)) == "MALFORMED", "less than has traded already"
    assert code(floor.amend(order_id, None, 3)) == "MALFORMED"
    floor.amend(order_id, 100_00, 2)
    assert floor.held(floor.buyer) == 950_00 + 100_00
    assert code(floor.amend(order_id, 900_000_00, 1_000)) == "FUNDS-SHORT"


def test_all_of_ones_own_orders_are_cancelled_at_once_and_nobody_elses() -> None:
    floor = Floor()
    mine = [floor.rests(floor.buyer, limit) for limit in (800_00, 810_00, 820_00)]
    other = floor.rests(floor.other, 700_00)
    outcome = floor.by(floor.buyer, c.CancelOrders(listing_id=floor.listing_id))
    assert outcome.result == {"listing_id": floor.listing_id}
    assert not set(mine) & set(floor.state.orders)
    assert other in floor.state.orders
    assert floor.held(floor.buyer) == 0


def test_nobody_cancels_or_amends_another_partys_order() -> None:
    floor = Floor()
    order_id = floor.rests(floor.buyer, 800_00)
    assert code(floor.cancel_order(order_id, floor.other)) == "NOT-PERMITTED"
    assert code(floor.amend(order_id, 700_00, 1, by=floor.other)) == "NOT-PERMITTED"
    floor.cancel_order(order_id, floor.buyer)
    assert code(floor.cancel_order(order_id, floor.buyer)) == "UNKNOWN-ID"


def test_an_order_good_till_a_date_expires_then_and_its_money_goes_back() -> None:
    floor = Floor()
    until: dict[str, Any] = {"time_in_force": "good_till_date", "expires_ms": floor.now + MS_PER_HOUR}
    order_id = floor.rests(floor.buyer, 800_00, **until)
    floor.wait(MS_PER_HOUR - 100)
    assert order_id in floor.state.orders
    floor.wait(100)
    assert order_id not in floor.state.orders
    assert floor.held(floor.buyer) == 0


# --- who, and how much --------------------------------------------------------------------------------------


def test_only_buyers_buy_the_seller_alone_sells_and_its_affiliates_stay_out() -> None:
    floor = Floor()
    assert code(floor.order(floor.buyer, 900_00, side="sell")) == "NOT-PERMITTED"
    assert code(floor.order(floor.seller, 900_00, side="buy")) == "CN-AUCTION-LAW-30"
    standing = floor.rests(floor.other, 900_00)
    floor.operator(c.RecordAffiliation(party_id=floor.other, affiliate_id=floor.seller))
    assert standing not in floor.state.orders, "an affiliate leaves as soon as it is known to be one"
    assert floor.held(floor.other) == 0
    assert code(floor.order(floor.other, 900_00)) == "AFFILIATE-MAY-NOT-BID"


def test_asks_and_sales_stay_within_what_the_listing_offers() -> None:
    floor = Floor()
    first = floor.rests(floor.seller, 900_00, 6)
    assert code(floor.order(floor.seller, 950_00, 5)) == "ASKS-BEYOND-OFFER"
    floor.order(floor.buyer, 900_00, 4)
    assert code(floor.amend(first, 900_00, 11)) == "ASKS-BEYOND-OFFER", "four are sold, two asked, four left"
    assert code(floor.amend(first, 900_00, 10)) == ""


def test_when_all_are_sold_the_listing_is_awarded_and_what_rests_lapses() -> None:
    floor = Floor()
    floor.rests(floor.other, 100_00, 2)
    floor.rests(floor.seller, 900_00, 10)
    floor.order(floor.buyer, 900_00, 10)
    assert floor.row.state == "AWARDED"
    assert not floor.state.orders
    assert floor.held(floor.other) == 0
    assert code(floor.order(floor.other, 900_00)) == "WRONG-STATE"


def test_an_amendment_that_takes_the_last_awards_the_listing() -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 10)
    order_id = floor.rests(floor.buyer, 800_00, 10)
    assert floor.amend(order_id, 900_00, 10).result["state"] == "FILLED"
    assert floor.row.state == "AWARDED"


def test_what_a_party_has_at_rest_is_bounded() -> None:
    floor = Floor()
    for _ in range(MOST_ORDERS_OF_PARTY):
        floor.rests(floor.buyer, 1_00)
    outcome = floor.order(floor.buyer, 1_00)
    assert outcome.refusal is not None
    assert outcome.refusal.detail == {"field": "orders", "most": MOST_ORDERS_OF_PARTY}


@pytest.mark.parametrize(
    ("limit", "fields"),
    [
        (None, {"time_in_force": "good_till_cancelled"}),
        (900_00, {"order_type": "market"}),
        (900_00, {"time_in_force": "immediate_or_cancel", "post_only": True}),
        (900_00, {"time_in_force": "good_till_date"}),
        (900_00, {"expires_ms": 1_900_000_000_000}),
        (900_00, {"time_in_force": "good_till_date", "expires_ms": 1}),
        (900_00, {"time_in_force": "good_till_date", "expires_ms": 1 << 50}),
        (0, {}),
        (-5, {}),
        (10**15, {"quantity": 2}),
        (900_00, {"quantity": 0}),
        (900_00, {"quantity": 1_001}),
    ],
)
def test_an_order_whose_parts_do_not_fit_is_malformed(limit: int | None, fields: dict[str, Any]) -> None:
    floor = Floor()
    values: dict[str, Any] = {"time_in_force": "good_till_cancelled"} | fields
    quantity = values.pop("quantity", 1)
    order_type = values.pop("order_type", "market" if limit is None else "limit")
    command = c.PlaceOrder(listing_id=floor.listing_id, side="buy", order_type=order_type, **values)
    outcome = floor.by(floor.buyer, command, terms=c.OrderTerms(limit=limit, quantity=quantity))
    assert code(outcome) == "MALFORMED"


@pytest.mark.parametrize(
    "fields",
    [
        {"call_ms": 59_999},
        {"call_ms": 31 * MS_PER_DAY},
        {"deal_kind": "exclusive_licence"},
        {"max_acceptances": 0},
        {"max_acceptances": 1_001},
        {"deposit": 1},
        {"floor": 5},
        {"registration_closes_ms": 1_800_000_100_000},
        {"closes_ms": 1_800_003_600_000},
    ],
)
def test_a_continuous_listing_has_a_call_ordinary_licences_and_nothing_of_other_modes(
    fields: dict[str, Any],
) -> None:
    floor = Floor(trading=False)
    floor.by(floor.seller, c.WithdrawListing(listing_id=floor.listing_id))
    assert code(floor.offer(**fields)) == "MALFORMED"
    assert code(floor.offer()) == ""


def test_a_continuous_listing_without_a_call_is_refused() -> None:
    floor = Floor(trading=False)
    floor.by(floor.seller, c.WithdrawListing(listing_id=floor.listing_id))
    terms = offered(price=REFERENCE, territory=("HK",))
    command = c.SubmitListing(
        right_id=HK_RIGHT,
        mode="continuous",
        deal_kind="ordinary_licence",
        currency="HKD",
        closes_ms=floor.now + MS_PER_DAY,
        max_acceptances=3,
    )
    assert code(floor.by(floor.seller, command, terms=terms)) == "MALFORMED"


# --- the call auction ---------------------------------------------------------------------------------------


def test_the_call_trades_at_one_price_nearest_the_listed_one_and_opens_trading() -> None:
    floor = Floor(trading=False)
    floor.rests(floor.buyer, 1_100_00, 2)
    floor.rests(floor.other, 1_050_00, 2)
    floor.rests(floor.seller, 900_00, 3)
    assert floor.row.state == "OPEN"
    assert not floor.state.deals
    floor.wait(CALL_MS)
    assert floor.row.state == "TRADING"
    assert floor.deals() == [(floor.buyer, 2_000_00, 2), (floor.other, 1_000_00, 1)]
    ended = [each for outcome in floor.outcomes for each in outcome.events if isinstance(each, CallEnded)]
    assert ended == [CallEnded(listing_id=floor.listing_id, price=1_000_00, quantity=3, surplus=1)]
    assert floor.held(floor.other) == 1_000_00 + 1_050_00, "its fill, and the limit of what is left"
    assert matched(floor.order(floor.seller, 1_050_00)) == [(1_050_00, 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": None},
        {"time_in_force": "immediate_or_cancel"},
        {"time_in_force": "fill_or_kill"},
        {"post_only": True},
    ],
)
def test_the_call_takes_only_limit_orders_that_rest(fields: dict[str, Any]) -> None:
    floor = Floor(trading=False)
    given: dict[str, Any] = {"limit": 900_00} | fields
    assert code(floor.order(floor.buyer, **given)) == "CALL-AUCTION-UNDER-WAY"


def test_orders_are_amended_and_cancelled_during_the_call() -> None:
    floor = Floor(trading=False)
    floor.rests(floor.seller, 900_00, 2)
    raised = floor.rests(floor.buyer, 800_00, 2)
    gone = floor.rests(floor.other, 1_000_00, 2)
    assert matched(floor.amend(raised, 950_00, 1)) == []
    floor.cancel_order(gone, floor.other)
    floor.wait(CALL_MS)
    assert floor.deals() == [(floor.buyer, 950_00, 1)]


def test_a_call_that_sells_everything_awards_the_listing() -> None:
    floor = Floor(trading=False)
    floor.rests(floor.seller, 900_00, 10)
    floor.rests(floor.buyer, 1_000_00, 12)
    floor.wait(CALL_MS)
    assert floor.row.state == "AWARDED"
    assert floor.held(floor.buyer) == 10 * 1_000_00, "the two that were not to be had went back"


def test_a_right_that_has_expired_by_the_end_of_the_call_is_not_sold() -> None:
    floor = Floor(trading=False, closes_ms=1_800_000_000_000 + 300 * MS_PER_DAY, call_ms=20 * MS_PER_DAY)
    floor.rests(floor.buyer, 1_000_00)
    floor.rests(floor.seller, 900_00)
    floor.copy(HK_RIGHT, floor.seller, expiry_date="2027-01-20")
    floor.wait(21 * MS_PER_DAY)
    assert floor.row.state == "LAPSED"
    assert not floor.state.deals
    assert floor.held(floor.buyer) == 0


@pytest.mark.not_replayed("a rule is another one here alone")
@pytest.mark.parametrize("trading", [False, True])
def test_nothing_trades_where_another_licence_has_come_into_the_way(
    trading: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_the_way(*_: Any, **__: Any) -> None:
        refuse(patent_law.LICENCE_CONFLICT, in_the_way="LIC-9")

    floor = Floor(trading=trading)
    floor.rests(floor.seller, 900_00)
    floor.rests(floor.buyer, 800_00 if trading else 950_00)
    monkeypatch.setattr(patent_law, "licences_are_compatible", in_the_way)
    if trading:
        assert code(floor.order(floor.other, 900_00)) == "CN-TECHNOLOGY-CONTRACTS-25"
        assert code(floor.order(floor.other, 850_00)) == "", "what does not trade is no licence"
    else:
        floor.wait(CALL_MS)
        assert (floor.row.state, floor.held(floor.buyer)) == ("LAPSED", 0)
    assert not floor.state.deals


def test_an_outage_moves_the_call_and_not_the_date_that_a_party_has_named() -> None:
    floor = Floor(trading=False)
    until = floor.now + CALL_MS // 2
    standing = floor.rests(floor.buyer, 900_00, time_in_force="good_till_date", expires_ms=until)
    since_ms = floor.now
    floor.now += 2 * CALL_MS
    outage = c.Outage(since_ms=since_ms, until_ms=floor.now)
    floor.now += 1
    floor._apply(c.Request(time_ms=floor.now, actor="venue", signer="", command=outage))
    floor.wait(1)
    assert (floor.row.state, standing in floor.state.orders) == ("OPEN", False)
    floor.wait(CALL_MS)
    assert floor.row.state == "TRADING"


# --- suspension, the end, loading ---------------------------------------------------------------------------


def test_a_suspended_listing_does_not_trade_and_goes_on_afterwards() -> None:
    floor = Floor()
    ask = floor.rests(floor.seller, 900_00, 2)
    bid = floor.rests(floor.other, 800_00)
    floor.copy(HK_RIGHT, floor.seller, freeze="preservation")
    assert floor.row.state == "SUSPENDED"
    assert code(floor.order(floor.buyer, 900_00)) == "WRONG-STATE"
    assert code(floor.amend(ask, 850_00, 2)) == "WRONG-STATE"
    assert code(floor.cancel_order(bid, floor.other)) == "", "what one has at rest can always be taken back"
    floor.copy(HK_RIGHT, floor.seller)
    assert floor.row.state == "TRADING"
    assert matched(floor.order(floor.buyer, 900_00)) == [(900_00, 1)]


def test_a_call_that_ends_while_the_listing_is_suspended_begins_anew() -> None:
    floor = Floor(trading=False)
    floor.rests(floor.seller, 900_00, 2)
    floor.rests(floor.buyer, 950_00)
    floor.copy(HK_RIGHT, floor.seller, freeze="preservation")
    floor.wait(CALL_MS + 1_000)
    assert (floor.row.state, floor.deals()) == ("SUSPENDED", [])
    floor.copy(HK_RIGHT, floor.seller)
    assert (floor.row.state, floor.deals()) == ("OPEN", [])
    floor.wait(CALL_MS - 1_000)
    assert floor.row.state == "OPEN"
    floor.wait(1_000)
    assert floor.row.state == "TRADING"
    assert len(floor.deals()) == 1


def test_the_time_of_a_suspension_is_given_back_to_the_call() -> None:
    floor = Floor(trading=False)
    floor.copy(HK_RIGHT, floor.seller, freeze="preservation")
    floor.wait(CALL_MS // 2)
    floor.copy(HK_RIGHT, floor.seller)
    floor.wait(CALL_MS - CALL_MS // 4)
    assert floor.row.state == "OPEN"
    floor.wait(CALL_MS)
    assert floor.row.state == "TRADING"


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize("sold", [False, True])
def test_the_close_cancels_what_rests_and_keeps_what_was_sold(suspended: bool, sold: bool) -> None:
    floor = Floor()
    floor.rests(floor.seller, 900_00, 2)
    if sold:
        floor.order(floor.buyer, 900_00, 1)
    floor.rests(floor.other, 800_00, 3)
    if suspended:
        floor.copy(HK_RIGHT, floor.seller, freeze="preservation")
    floor.wait(31 * MS_PER_DAY)
    assert floor.row.state in ({"AWARDED", "LAPSED"} if sold else {"LAPSED"})
    assert not floor.state.orders
    assert floor.held(floor.other) == 0


def test_the_seller_withdraws_its_listing_while_nothing_is_sold_and_bids_go_back() -> None:
    floor = Floor()
    floor.rests(floor.buyer, 800_00)
    ask = floor.rests(floor.seller, 900_00)
    sold = Floor()
    sold.rests(sold.seller, 900_00)
    sold.order(sold.buyer, 900_00)
    assert code(sold.by(sold.seller, c.WithdrawListing(listing_id=sold.listing_id))) == "WRONG-STATE"
    assert code(floor.by(floor.seller, c.WithdrawListing(listing_id=floor.listing_id))) == ""
    assert ask not in floor.state.orders
    assert floor.held(floor.buyer) == 0


@pytest.mark.parametrize("who", ["seller", "buyer"])
def test_a_suspended_partys_orders_lapse(who: str) -> None:
    floor = Floor()
    orders = {"seller": floor.rests(floor.seller, 900_00), "buyer": floor.rests(floor.buyer, 800_00)}
    floor.operator(c.SuspendParty(party_id=getattr(floor, who)))
    assert set(floor.state.orders) == set(orders.values()) - {orders[who]}


@pytest.mark.parametrize("trading", [False, True])
def test_an_engine_loaded_from_the_tables_trades_as_the_running_one(trading: bool) -> None:
    floor = Floor(trading=trading)
    first = floor.rests(floor.buyer, 900_00, 3)
    floor.rests(floor.other, 900_00, 1)
    floor.amend(first, 900_00, 4)
    floor.rests(floor.buyer, 850_00, 1)
    floor.rests(floor.seller, 1_000_00 if trading else 890_00, 2)
    rows = [(row.kind, change) for row in floor.state.each_row() for change in [_json(row)]]
    again = State()
    again.load(rows)
    assert again.state_hash() == floor.state.state_hash()
    engine = Engine(again)
    engine.last_time_ms = floor.engine.last_time_ms
    count = len(floor.requests)
    floor.order(floor.seller, 900_00, 4)
    floor.wait(CALL_MS)
    for request, outcome in zip(floor.requests[count:], floor.outcomes[count:], strict=True):
        assert engine.apply(request) == outcome
    assert engine.state.state_hash() == floor.state.state_hash()
    assert len(floor.deals()) == (2 if trading else 3)


def _json(row: Any) -> bytes:
    from exchange import canonical

    return canonical.encode(row)


# --- the law ------------------------------------------------------------------------------------------------


def test_the_mode_is_off_until_the_venue_has_recorded_what_lets_it() -> None:
    floor = Floor(authorised=False)
    assert code(floor.offer()) == "HK-AUTOMATED-TRADING-95"
    missing = floor.operator(c.RecordTradingAuthorisation(ground="authorisation"))
    assert code(missing) == "FACT-MISSING"
    assert code(floor.authorise()) == ""
    assert code(floor.offer()) == ""
    recorded = floor.state.venue.trading_authorisation
    assert (recorded.ground, recorded.document) == ("counsel_opinion", digest("counsel's opinion"))


def test_without_its_papers_the_venue_matches_nothing_more_and_orders_can_be_taken_back() -> None:
    floor, calling = Floor(), Floor(trading=False)
    for each in (floor, calling):
        each.rests(each.seller, 1_000_00, 2)
        bid = each.rests(each.buyer, 900_00 if each is floor else 1_000_00)
        assert code(each.operator(c.WithdrawTradingAuthorisation())) == ""
        assert code(each.operator(c.WithdrawTradingAuthorisation())) == "HK-AUTOMATED-TRADING-95"
        assert code(each.order(each.other, 1_000_00)) == "HK-AUTOMATED-TRADING-95"
        assert code(each.amend(bid, 1_000_00, 1)) == "HK-AUTOMATED-TRADING-95"
    calling.wait(CALL_MS)
    assert (calling.row.state, calling.held(calling.buyer)) == ("LAPSED", 0)
    assert code(floor.by(floor.buyer, c.CancelOrders(listing_id=floor.listing_id))) == ""
    assert floor.held(floor.buyer) == 0
    assert not floor.state.deals
    assert not calling.state.deals
    floor.authorise()
    assert matched(floor.order(floor.other, 1_000_00)) == [(1_000_00, 1)]


@pytest.mark.parametrize("profile", ["mainland", "macau"])
def test_no_other_profile_has_a_book_whatever_is_recorded(profile: str) -> None:
    scene = Scene(profile=profile)
    document = {"document": digest("an opinion")}
    outcome = scene.operator(c.RecordTradingAuthorisation(ground="counsel_opinion", erasable=document))
    assert code(outcome) == "CN-SC-2012-37-CENTRALISED-TRADING"
    seller = scene.party(jurisdiction="HK")
    right = scene.right(seller, right_id=HK_RIGHT)
    outcome = scene.submit(
        seller,
        right,
        "continuous",
        deal_kind="ordinary_licence",
        currency="HKD",
        territory=("HK",),
        call_ms=CALL_MS,
    )
    assert code(outcome) == "CN-SC-2012-37-CENTRALISED-TRADING"


def test_never_for_a_mainland_party_nor_in_a_mainland_right() -> None:
    floor = Floor()
    mainland = floor.party("seller", "buyer")
    floor.credit(mainland, FUNDS, "HKD")
    outcome = floor.order(mainland, 900_00)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "CN-SC-2012-37-CENTRALISED-TRADING"
    assert outcome.refusal.detail["bound_by"] == "party"
    theirs = floor.right(mainland, right_id="HK-99990011.5")
    assert code(floor.offer(mainland, theirs)) == "CN-SC-2012-37-CENTRALISED-TRADING"
    seller = floor.party("seller", jurisdiction="HK")
    right = floor.right(seller)
    outcome = floor.offer(seller, right, territory=("CN",))
    assert outcome.refusal is not None
    assert outcome.refusal.detail["bound_by"] == "right"


def test_an_older_engine_knows_neither_the_mode_nor_its_papers() -> None:
    class Older(Scene):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))

    scene = Older(profile="hong-kong")
    outcome = scene.operator(
        c.RecordTradingAuthorisation(ground="authorisation", erasable={"document": digest("x")})
    )
    assert code(outcome) == "MALFORMED"
    seller = scene.party(jurisdiction="HK")
    right = scene.right(seller, right_id=HK_RIGHT)
    assert code(scene.submit(seller, right, "continuous", call_ms=CALL_MS)) == "MALFORMED"


def test_orders_on_a_listing_of_another_mode_are_refused() -> None:
    floor = Floor()
    seller = floor.party("seller", jurisdiction="HK")
    right = floor.right(seller, right_id="HK-99990011.5")
    floor.listing_id = floor.listing(seller, right, currency="HKD")
    assert code(floor.order(floor.buyer, 900_00)) == "WRONG-STATE"
