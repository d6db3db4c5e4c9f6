"""What is owed is paid in parts: interest before principal, each part to its lines at once, and all parts the whole."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from exchange import commands as c
from exchange import leaving
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.deals.paying import MOST_PARTS
from exchange.deals.splitting import in_proportion
from exchange.engine import VERSIONS
from exchange.rows import Obligation
from exchange.terms.consideration import days_late
from exchange.turn import Outcome
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, company_number
from tests.exchange.test_instalments import demand, overdue
from tests.exchange.test_obligations import LATE, SECOND, Sale, postings

TAXES = (c.Withholding(name="income_tax", rate=1_000), c.Withholding(name="vat", rate=600, base=9_434))
TWO_PARTS = c.Instalments(
    parts=(c.Instalment(share=1_000, due_days=0), c.Instalment(share=9_000, due_days=30))
)


def pay_part(scene: Scene, row: Obligation, amount: int) -> Outcome:
    """The buyer pays so much, by money that has just come in."""
    line = scene.credit(row.payer, 10**10)
    command = c.PayPart(obligation_id=row.id, statement_line=line)
    return scene.by(row.payer, command, c.PartTerms(amount=amount))


def a_sale(**fields: Any) -> tuple[Sale, Obligation]:
    scene = Sale(**fields)
    scene.effect()
    return scene, scene.owed()[0]


# --- what a part pays


def test_a_part_goes_on_at_once_and_the_rest_stays_owed_by_the_same_day() -> None:
    scene, row = a_sale()
    due_ms = row.due_ms
    outcome = pay_part(scene, row, 10_000_00)
    assert (code(outcome), outcome.result) == ("", {"obligation_id": row.id, "state": "DUE"})
    assert postings(outcome) == {"escrow_in": 10_000_00, "fee": 100_00, "release": 9_900_00}
    assert (row.open_principal, row.due_ms, row.paid_ms) == (SECOND - 10_000_00, due_ms, None)
    (payment,) = row.payments
    scene.pay(payment)
    assert row.state == "DUE"
    scene.wait(31 * MS_PER_DAY)
    assert row.state == "OVERDUE"
    pay_part(scene, row, 10_000_00)
    assert row.state == "OVERDUE"
    pay_part(scene, row, SECOND - 20_000_00)
    assert (row.state, row.open_principal, row.fee) == ("IN_RELEASE", 0, SECOND // 100)
    for each in row.payments[1:]:
        scene.pay(each)
    assert row.state == "SETTLED"
    scene.replay()


def test_interest_that_has_accrued_is_paid_first_and_from_then_on_runs_on_what_is_left() -> None:
    scene, row = a_sale(late_interest=LATE)
    scene.wait(row.due_ms - scene.now + 9 * MS_PER_DAY)
    ten_days = SECOND * 500 * 10 // 1_000_000
    assert postings(pay_part(scene, row, 1))["late_interest"] == 1
    assert (row.interest, row.open_principal) == (1, SECOND)
    flow = postings(pay_part(scene, row, ten_days - 1 + 13_330_00))
    assert (flow["late_interest"], flow["escrow_in"]) == (ten_days - 1, 13_330_00)
    scene.wait(4 * MS_PER_DAY)
    left = SECOND - 13_330_00
    four_days = left * 500 * 4 // 1_000_000
    flow = postings(scene.settle(row))
    assert (flow["late_interest"], flow["escrow_in"]) == (four_days, left)
    assert (row.interest, row.state) == (ten_days + four_days, "IN_RELEASE")
    scene.replay()


def test_interest_on_what_was_late_stops_at_its_most_however_it_is_paid() -> None:
    scene, row = a_sale(late_interest=LATE)
    pay_part(scene, row, SECOND - 10_000_00)
    scene.wait(row.due_ms - scene.now + 300 * MS_PER_DAY)
    most = 10_000_00 * LATE.most // 10_000
    assert postings(pay_part(scene, row, most + 1))["late_interest"] == most
    scene.wait(300 * MS_PER_DAY)
    assert "late_interest" not in postings(scene.settle(row))
    assert row.interest == most


def test_interest_bears_no_interest() -> None:
    scene, row = a_sale(late_interest=LATE)
    scene.wait(row.due_ms - scene.now + 9 * MS_PER_DAY)
    pay_part(scene, row, 1)
    scene.wait(10 * MS_PER_DAY)
    scene.settle(row)
    assert row.interest == 2 * (SECOND * 500 * 10 // 1_000_000)


def test_a_dispute_takes_its_days_out_of_the_interest_on_what_is_left() -> None:
    scene, row = a_sale(late_interest=LATE)
    scene.wait(row.due_ms - scene.now + 9 * MS_PER_DAY)
    ten_days = SECOND * 500 * 10 // 1_000_000
    pay_part(scene, row, ten_days + 10_000_00)
    left = SECOND - 10_000_00
    encumbering.dispute(scene, scene.deal_id)
    assert code(pay_part(scene, row, 1)) == "DEAL-DISPUTED"
    before = scene.balance(scene.buyer)
    scene.credit(row.id, 5)
    assert scene.balance(scene.buyer) == before + 5
    scene.wait(50 * MS_PER_DAY)
    encumbering.outcome(scene, scene.deal_id)
    scene.wait(4 * MS_PER_DAY)
    flow = postings(scene.settle(row))
    more = days_late(row.due_ms, scene.now) - 10
    assert more in {3, 4}, "the dispute's fifty days are in nobody's count"
    assert flow["late_interest"] == left * 500 * more // 1_000_000
    scene.replay()


def test_what_was_overdue_once_is_not_paid_by_its_day_though_a_dispute_has_moved_that() -> None:
    scene, row = a_sale(late_interest=LATE)
    scene.wait(row.due_ms - scene.now + MS_PER_HOUR)
    one_day = SECOND * 500 // 1_000_000
    pay_part(scene, row, one_day)
    encumbering.dispute(scene, scene.deal_id)
    scene.wait(22 * MS_PER_HOUR)
    encumbering.outcome(scene, scene.deal_id)
    assert (row.state, days_late(row.due_ms, scene.now)) == ("OVERDUE", 0)
    pay_part(scene, row, SECOND - 1)
    assert (row.open_principal, row.interest) == (1, one_day)
    assert code(scene.settle(row)) == ""
    assert row.interest == one_day


# --- who may, and how much


def test_only_its_payer_pays_a_part_of_what_is_owed_and_no_more_than_that() -> None:
    scene, row = a_sale()
    line = scene.credit(scene.seller, 5)
    part = c.PayPart(obligation_id=row.id, statement_line=line)
    assert code(scene.by(scene.seller, part, c.PartTerms(amount=1))) == "NOT-PERMITTED"
    for amount in (0, -1, SECOND + 1):
        refused = pay_part(scene, row, amount)
        assert refused.refusal is not None
        assert (refused.refusal.code, refused.refusal.detail) == (
            "MALFORMED",
            {"field": "amount", "least": 1, "most": SECOND},
        )
    assert (row.parts, row.funded_by) == (UNSET, {})
    assert code(pay_part(scene, row, SECOND)) == ""
    assert (row.state, row.parts) == ("IN_RELEASE", UNSET), "all of it is no part"
    assert code(pay_part(scene, row, 1)) == "WRONG-STATE"


def test_parts_are_bounded_and_the_last_pays_all_that_is_left() -> None:
    scene, row = a_sale()
    for _ in range(MOST_PARTS):
        assert code(pay_part(scene, row, 1)) == ""
    refused = pay_part(scene, row, 1)
    assert refused.refusal is not None
    assert refused.refusal.detail["least"] == SECOND - MOST_PARTS
    before = scene.balance(scene.buyer)
    scene.credit(row.id, 5)
    assert scene.balance(scene.buyer) == before + 5
    assert code(pay_part(scene, row, SECOND - MOST_PARTS)) == ""
    assert row.state == "IN_RELEASE"


class OlderSale(Sale):
    """At a venue that has not come to engine version 5 yet."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=VERSIONS[0], engine=4, rulebook=VERSIONS[2]))


def test_before_engine_5_nothing_is_paid_in_parts() -> None:
    scene = OlderSale()
    scene.effect()
    row, before = scene.owed()[0], scene.balance(scene.buyer)
    refused = pay_part(scene, row, 1)
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.detail["engine"]) == ("MALFORMED", 4)
    scene.credit(row.id, SECOND - 1)
    assert (row.state, row.parts) == ("DUE", UNSET)
    assert scene.balance(scene.buyer) == before + 10**10 + SECOND - 1
    scene.replay()


def test_a_credit_that_names_what_is_owed_and_is_short_of_it_pays_a_part() -> None:
    scene, row = a_sale()
    before = scene.balance(scene.buyer)
    scene.credit(row.id, SECOND - 1)
    assert (row.state, row.open_principal, scene.balance(scene.buyer)) == ("DUE", 1, before)
    scene.credit(row.id, 3)
    assert (row.state, scene.balance(scene.buyer)) == ("IN_RELEASE", before + 2)


# --- what follows for the deal


def test_a_part_that_leaves_less_than_a_fifth_overdue_meets_the_demand() -> None:
    scene = overdue()
    row = scene.owed()[0]
    assert code(demand(scene)) == ""
    pay_part(scene, row, SECOND - 20_000_01)
    assert scene.deal.demand_until_ms is not UNSET
    pay_part(scene, row, 1)
    assert scene.deal.demand_until_ms is UNSET


def test_what_was_paid_of_a_rescinded_price_is_still_paid_out() -> None:
    scene = overdue()
    row = scene.owed()[0]
    pay_part(scene, row, 10_000_00)
    demand(scene)
    scene.wait(31 * MS_PER_DAY)
    remedy = c.ChooseRemedy(deal_id=scene.deal_id, remedy="rescind")
    assert code(scene.by(scene.seller, remedy, c.RemedyTerms(refund=0))) == ""
    assert row.state == "LAPSED"
    scene.wait(400 * MS_PER_DAY)
    assert row.id in scene.state.obligations, "its payment is on its way"
    assert row.id in set(leaving._agreed(scene.state, scene.state.parties[scene.seller]))
    for payment in row.payments:
        assert code(scene.pay(payment)) == ""
    assert row.state == "LAPSED"
    assert row.id not in set(leaving._agreed(scene.state, scene.state.parties[scene.seller]))
    scene.replay()


# --- all parts are the whole


class Agreed(dict[str, Any]):
    """What a licence was sold under: everything that a payment is split by."""


@st.composite
def agreements(draw: st.DrawFn) -> Agreed:
    agreed = Agreed(
        price=draw(st.sampled_from([11, 999, 12_345_67, 100_000_01])),
        taxes=TAXES[: draw(st.integers(0, 2))],
        agents=tuple(draw(st.lists(st.sampled_from([1, 77, 333]), max_size=3))),
        owners=tuple(draw(st.sampled_from([(), (3_400, 3_300, 3_300), (1, 4_999, 5_000), (2_000,) * 5]))),
        outsider=draw(st.booleans()),
        pledge=draw(st.sampled_from([0, 0, 1, 700, 50_000_00, 10**9])),
        currency=draw(st.sampled_from(["CNY", "CNY", "HKD"])),
        minimum=draw(st.sampled_from([None, 0, 7, 1_000_00])),
        days=draw(st.sampled_from([-5, 1, 40, 400])),
    )
    cuts = draw(st.lists(st.integers(1, 10**6), max_size=8))
    agreed["cuts"] = sorted(cuts)
    return agreed


class Licence(Scene):
    """A licence under such an agreement has taken effect, and its second part is due or late."""

    def __init__(self, agreed: Agreed) -> None:
        super().__init__()
        fields: dict[str, Any] = {"price": agreed["price"], "consideration": TWO_PARTS}
        if agreed["minimum"] is not None:
            bands = (c.FeeBand(above=0, basis_points=300), c.FeeBand(above=5_000_00, basis_points=101))
            self.operator(c.SetFeeSchedule(currency="CNY", bands=bands, minimum=agreed["minimum"]))
        if agreed["taxes"]:
            fields["withholding"] = agreed["taxes"]
        commissions = tuple(
            c.Commission(party_id=self.party("agent"), basis_points=share) for share in agreed["agents"]
        )
        if commissions:
            fields["commission"] = commissions if len(commissions) > 1 else commissions[0]
        seller, bank, self.buyer = self.party(), self.party("pledgee"), self.party()
        shares = agreed["owners"] or (10_000,)
        others = [self.numbers[self.party()] for _ in shares[1:]]
        if others and agreed["outsider"]:
            others[0] = company_number(77)
        holders = tuple(
            c.Holder(company_number=number, share=share)
            for number, share in zip((self.numbers[seller], *others), shares, strict=True)
        )
        pledges: tuple[c.Pledge, ...] = ()
        if agreed["pledge"]:
            number = self.numbers[bank]
            pledges = (c.Pledge(company_number=number, amount=agreed["pledge"], currency=agreed["currency"]),)
        right = self.right(seller, holders=holders, pledges=pledges)
        fields["late_interest"] = c.LateInterest(daily_rate=999, most=3_000)
        listing = self.listing(seller, right, approve=False, deal_kind="ordinary_licence", **fields)
        self.operator(c.ApproveListing(listing_id=listing))
        if pledges:
            self.by(bank, c.ConsentToDeal(listing_id=listing))
        self.deal_id = self.deal(listing, self.buyer, agreed["price"])
        self.sign(self.deal_id)
        self.fund(self.deal_id)
        self.row = self.state.obligations["OB-1"]
        self.wait(self.row.due_ms - self.now + agreed["days"] * MS_PER_DAY)

    def pays(self, *amounts: int) -> None:
        """So much each time, and then all that is left."""
        for amount in amounts:
            assert code(pay_part(self, self.row, amount)) == ""
            self.nothing_is_left_over()
        line = self.credit(self.buyer, 10**10)
        pay = c.PayObligation(obligation_id=self.row.id, statement_line=line)
        assert code(self.by(self.buyer, pay)) == ""
        self.nothing_is_left_over()

    def nothing_is_left_over(self) -> None:
        assert self.balance(self.row.id, "escrow") == 0

    def outcome(self) -> dict[str, Any]:
        """Who has had what of it."""
        paid: dict[str, int] = {}
        for each in self.row.payments:
            payment = self.state.payments[each]
            name = f"{payment.party_id} {payment.line or ''}"
            paid[name] = paid.get(name, 0) + payment.amount
        kept = {f"{row.sort} {row.company_number}": 0 for row in self.state.deposits.values()}
        for row in self.state.deposits.values():
            kept[f"{row.sort} {row.company_number}"] += row.amount
        return {
            "paid": paid,
            "kept": kept,
            "fee": self.row.fee,
            "venue": self.balance("venue", "fees"),
            "pledgees": self.row.pledgee_share,
            "interest": self.row.interest,
        }


def cut(agreed: Agreed, payable: int) -> list[int]:
    """Amounts that together are less than all that is payable."""
    marks = sorted({each * payable // (10**6 + 1) for each in agreed["cuts"]} - {0})
    return [after - before for before, after in zip([0, *marks], marks, strict=False)]


@settings(max_examples=150, deadline=None)
@given(agreements())
def test_any_parts_of_one_day_end_where_one_payment_of_that_day_ends(agreed: Agreed) -> None:
    whole, parts = Licence(agreed), Licence(agreed)
    payable = whole.row.amount
    whole.pays()
    parts.pays(*cut(agreed, payable))
    assert parts.outcome() == whole.outcome()
    assert parts.row.state == whole.row.state
    assert parts.row.open_principal in {0, parts.row.amount}
    for payment in parts.row.payments:
        parts.pay(payment)
    assert parts.row.state == "SETTLED"


@given(st.lists(st.integers(0, 10**6), max_size=5), st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_line_has_more_of_a_part_than_it_lacks_and_of_the_last_it_has_all(
    wanted: list[int], now: int, to_come: int
) -> None:
    shares = in_proportion(wanted, now, to_come)
    assert all(0 <= share <= each for share, each in zip(shares, wanted, strict=True))
    assert sum(shares) <= max(now, sum(wanted) - to_come)
    assert sum(wanted) - sum(shares) <= to_come
    if not to_come:
        assert list(shares) == wanted
