"""What falls due after a deal at the front door: its two sides see, pay, report and inspect it, and nobody else."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.calls import contract_check
from api.client import Client, DealMismatch, VenueProblem
from api.listings.considerations import ClausesForm, InstalmentsForm
from api.listings.undertakings import UndertakingForm
from api.obligations.schemas import ObligationView
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.terms import text
from exchange.terms.contract import LANGUAGES
from exchange.terms.contract import read as read_contract
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue
from tests.api.test_command_line import company_terminal
from tests.undertakings import in_a_file
from tests.whole_words import says

REFUSED = 1
ROYALTY = c.Royalty(
    base="net_sales", rates=(800, 500), period="quarter", report_days=30, pay_days=15, floor=1_000_00
)
PARTS = c.Instalments(parts=(c.Instalment(share=4_000, due_days=0), c.Instalment(share=6_000, due_days=30)))
CLAUSES: dict[str, Any] = {
    "late_interest": c.LateInterest(daily_rate=500, most=1_000),
    "arbitration": c.Arbitration(institution="SCIA", seat="shenzhen"),
    "improvements": "shared",
}


def granted(venue: RunningVenue, *others: Client, **terms: Any) -> tuple[Client, Client, str]:
    """A seller, a buyer with money, and a deal of a licence that has taken effect; `others` own with the seller."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    right_id = venue.right(seller)
    if others:
        numbers = [client.own_party().company_number for client in (seller, *others)]
        holders = tuple(c.Holder(company_number=each, share=10_000 // len(numbers)) for each in numbers)
        venue.copy(right_id, seller, holders=holders)
    listing_id = venue.listing(seller, right_id, **terms)
    line = venue.money(buyer, 100_000_00)
    price = terms.get("price", 1_000_00)
    deal_id = buyer.accept_price(listing_id, price).result["deal_id"]
    seller.sign_deal(deal_id, price=price)
    buyer.sign_deal(deal_id, price=price)
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "79" * 32, block=9
        )
    )
    buyer.fund_deal(deal_id, "" if isinstance(terms.get("consideration"), c.RunningRoyalty) else line)
    return seller, buyer, deal_id


def once_it_is(reader: Client, obligation_id: str, state: str) -> ObligationView:
    """The obligation, when the clocks that a jump has passed have fired: each is a tick of its own."""
    end = time.monotonic() + 30
    while (found := reader.obligation(obligation_id)).state != state and time.monotonic() < end:
        time.sleep(0.05)
    return found


def released(venue: RunningVenue, payments: list[str]) -> None:
    """Two operators approve, and the bank pays."""
    for payment_id in payments:
        for operator in (venue.operator, venue.second_operator):
            operator.approve_payment(payment_id, "due under the deal")
        amount = next(each.amount for each in venue.operator.payments() if each.id == payment_id)
        venue.paid_out(payment_id, amount)


def test_an_instalment_is_seen_paid_late_with_its_interest_and_released(venue: RunningVenue) -> None:
    seller, buyer, deal_id = granted(venue, consideration=PARTS, **CLAUSES)
    terms = buyer.own_deal(deal_id).terms
    assert isinstance(terms.consideration, InstalmentsForm)
    assert [part.share for part in terms.consideration.parts] == [4_000, 6_000]
    assert terms.improvements == "shared"
    (second,) = list(buyer.obligations(deal_id=deal_id))
    assert (second.amount, second.state, second.payable) == (600_00, "DUE", 600_00)
    released(venue, venue.operator.own_deal(deal_id).payments)
    assert venue.operator.own_deal(deal_id).state == "SETTLED"
    venue.operator.jump_clock(second.due_ms + 2 * MS_PER_DAY + 60_000, "three days after the due date")
    overdue = once_it_is(buyer, second.id, "OVERDUE")
    assert (overdue.state, overdue.payable) == ("OVERDUE", 600_00 + 600_00 * 500 * 3 // 1_000_000)
    assert [each.id for each in venue.operator.obligations(state="OVERDUE") if each.deal_id == deal_id] == [
        second.id
    ]
    refusal(lambda: seller.pay_obligation(second.id, "line-1"), "NOT-PERMITTED", 403)
    line = next(each.id for each in buyer.statement_lines())
    assert buyer.pay_obligation(second.id, line).result["state"] == "IN_RELEASE"
    paid = seller.obligation(second.id)
    assert (paid.interest, paid.fee, paid.payable) == (90, 6_00, None)
    released(venue, paid.payments)
    assert seller.obligation(second.id).state == "SETTLED"
    refusal(lambda: buyer.pay_obligation(second.id, line), "WRONG-STATE", 409)


def test_what_is_owed_is_paid_in_parts_and_everybody_sees_what_is_left(
    venue: RunningVenue, tmp_path: Path
) -> None:
    seller, buyer, deal_id = granted(venue, consideration=PARTS, **CLAUSES)
    (second,) = list(buyer.obligations(deal_id=deal_id))
    assert (second.paid, second.open_principal, second.interest_owed, second.parts) == (0, 600_00, 0, 0)
    line = next(each.id for each in buyer.statement_lines())
    refusal(lambda: seller.pay_part(second.id, 1, line), "NOT-PERMITTED", 403)
    refusal(lambda: buyer.pay_part(second.id, 600_01, line), "MALFORMED", 422)
    assert buyer.pay_part(second.id, 250_00, line).result["state"] == "DUE"
    first = seller.obligation(second.id)
    assert (first.paid, first.open_principal, first.payable, first.fee) == (250_00, 350_00, 350_00, 2_50)
    released(venue, first.payments)
    venue.operator.jump_clock(second.due_ms + 2 * MS_PER_DAY + 60_000, "three days after the due date")
    overdue = once_it_is(buyer, second.id, "OVERDUE")
    late = 350_00 * 500 * 3 // 1_000_000
    assert (overdue.interest_owed, overdue.payable, overdue.interest) == (late, 350_00 + late, 0)
    terminal = company_terminal(venue, tmp_path / "buyer", buyer)
    part = ("obligation", "pay", second.id, "--amount", "100.00", "--statement-line", line)
    assert terminal.json(*part)["result"]["state"] == "OVERDUE"
    shown = seller.obligation(second.id)
    assert (shown.state, shown.interest, shown.open_principal) == ("OVERDUE", late, 350_00 + late - 100_00)
    assert (shown.parts, shown.interest_owed) == (2, 0)
    assert buyer.pay_obligation(second.id, line).result["state"] == "IN_RELEASE"
    whole = seller.obligation(second.id)
    assert (whole.paid, whole.open_principal, whole.payable, whole.fee) == (600_00, 0, None, 6_00)
    released(venue, [each for each in whole.payments if each not in first.payments])
    assert seller.obligation(second.id).state == "SETTLED"


def test_only_its_two_sides_and_the_venue_see_an_obligation(venue: RunningVenue) -> None:
    seller, buyer, deal_id = granted(venue, consideration=PARTS)
    (second,) = list(seller.obligations(deal_id=deal_id))
    rival = venue.party("buyer")
    assert list(rival.obligations()) == []
    refusal(lambda: rival.obligation(second.id), "UNKNOWN-ID", 404)
    refusal(lambda: rival.contract(deal_id), "UNKNOWN-ID", 404)
    with pytest.raises(VenueProblem) as problem:
        list(venue.public.obligations())
    assert problem.value.status == 401
    assert buyer.obligation(second.id).payee == seller.party_id


def test_a_royalty_is_reported_inspected_and_paid(venue: RunningVenue) -> None:
    agreed = c.RunningRoyalty(royalty=ROYALTY)
    seller, buyer, deal_id = granted(venue, price=0, consideration=agreed, inspection=True)
    (first,) = list(buyer.obligations(deal_id=deal_id))
    assert (first.state, first.amount, first.payable) == ("RUNNING", 0, None)
    venue.operator.jump_clock(first.ends_ms + 60_000, "the first period has ended")
    given = buyer.report_royalty(first.id, 20_000_00, statement="季度净销售额")
    assert given.result["state"] == "DUE"
    assert seller.obligation(first.id).amount == 1_600_00
    assert seller.call_inspection(first.id).result["inspection"] == "CALLED"
    seller.state_inspection(first.id, 25_000_00, statement="账目所载")
    assert buyer.obligation(first.id).found == {seller.party_id: 25_000_00}
    assert buyer.state_inspection(first.id, 25_000_00).result["inspection"] == "CLOSED"
    more = next(each for each in buyer.obligations(deal_id=deal_id) if each.sort == "inspection")
    assert (more.amount, more.state) == (400_00, "DUE")
    line = next(each.id for each in buyer.statement_lines())
    assert buyer.pay_obligation(first.id, line).result["state"] == "IN_RELEASE"
    silent, _, other = granted(venue, price=0, consideration=agreed)
    (unread,) = list(silent.obligations(deal_id=other))
    refusal(lambda: silent.call_inspection(unread.id), "CN-CIVIL-CODE-846", 409)


def test_the_parties_read_one_contract_in_three_languages_and_sign_them_all_at_once(
    venue: RunningVenue,
) -> None:
    seller, buyer, deal_id = granted(venue, consideration=PARTS, **CLAUSES)
    shown = buyer.to_sign(deal_id)
    assert set(shown.contract_texts) == set(LANGUAGES)
    for language in LANGUAGES:
        view = seller.contract(deal_id, language)
        assert view.text == shown.contract_texts[language]
        assert view.sha256 == hashlib.sha256(view.text.encode()).hexdigest()
        assert view.hash_set is not None
        assert view.hash_set["texts"][language] == view.sha256
        assert "600.00" in view.text
    assert seller.contract(deal_id).language == shown.prevails == "en"
    assert text.texts(read_contract(shown.terms)) == shown.contract_texts
    with pytest.raises(VenueProblem) as problem:
        seller.contract(deal_id, "fr")
    assert problem.value.status == 422


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_client_makes_every_text_again_and_signs_nothing_where_one_differs(
    venue: RunningVenue, language: str
) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller), consideration=PARTS)
    venue.money(buyer, 1_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    shown = buyer.to_sign(deal_id)
    contract_check.require_openings(shown)
    forged = shown.contract_texts | {language: shown.contract_texts[language].replace("400.00", "4.00")}
    for changed in (
        {"contract_texts": forged},
        {"contract_texts": {language: shown.contract_texts[language]}},
        {"contract_text": forged[language]},
        {"hash_set": {**(shown.hash_set or {}), "prevails": "fr"}},
        {"prevails": "zh-Hant"},
    ):
        with pytest.raises(DealMismatch) as mismatch:
            contract_check.require_openings(shown.model_copy(update=changed))
        assert mismatch.value.code == "CONTRACT-TEXT"
    dearer = shown.model_copy(update={"terms": {**shown.terms, "price": 2_000_00}})
    with pytest.raises(DealMismatch, match="TERMS-COMMITMENT"):
        contract_check.require_openings(dearer)


def test_several_agents_are_named_and_paid_each_by_itself(venue: RunningVenue) -> None:
    agents = [venue.party("agent") for _ in range(2)]
    shares = (333, 500)
    commission = tuple(
        c.Commission(party_id=agent.party_id, basis_points=share)
        for agent, share in zip(agents, shares, strict=True)
    )
    seller, buyer, deal_id = granted(venue, commission=commission)
    for agent, share in zip(agents, shares, strict=True):
        assert [each.amount for each in agent.payments()] == [1_000_00 * share // 10_000]
    shown = seller.listing(buyer.deal(deal_id).listing_id).model_dump_json()
    hidden = buyer.listing(buyer.deal(deal_id).listing_id).model_dump_json()
    for agent in agents:
        assert says(shown, agent.party_id)
        assert not says(hidden, agent.party_id)


def test_a_release_has_its_lines_and_the_buyer_does_not_see_the_commission(venue: RunningVenue) -> None:
    agent = venue.party("agent")
    tax = c.Withholding(name="income_tax", rate=1_000)
    commission = c.Commission(party_id=agent.party_id, basis_points=500)
    seller, buyer, deal_id = granted(venue, withholding=(tax,), commission=commission)
    lines = {each.line: each for each in venue.operator.payments() if each.deal_id == deal_id}
    assert {line: each.amount for line, each in lines.items()} == {
        "tax": 100_00,
        "commission": 50_00,
        None: 840_00,
    }
    assert [each.amount for each in agent.payments()] == [50_00]
    listing_id = buyer.deal(deal_id).listing_id
    assert not says(buyer.listing(listing_id).model_dump_json(), agent.party_id)
    assert says(seller.listing(listing_id).model_dump_json(), agent.party_id)
    shown = buyer.to_sign(deal_id)
    assert "income_tax" in shown.contract_text
    assert not says(shown.model_dump_json(), agent.party_id)

    def purposes(reader: Client) -> set[str]:
        entries = reader.events(after=-1)
        events = [event for entry in entries for event in entry.events or [] if event["type"] == "posted"]
        return {event["purpose"] for event in events if event["subject_id"] == deal_id}

    assert {"commission", "release"} <= purposes(seller)
    assert "commission" in purposes(agent)
    assert not {"commission", "release"} & purposes(buyer)
    released(venue, venue.operator.own_deal(deal_id).payments)
    given = seller.record_reward(deal_id, (3_000, 2_500), costs=40_00, contributors=["示例甲", "示例乙"])
    (event,) = [each for each in seller.events(after=given.entry - 1) if each.entry == given.entry]
    assert [(each["type"], each["amounts"]) for each in event.events] == [
        ("reward_recorded", [240_00, 200_00])
    ]
    (hidden,) = [each for each in buyer.events(after=given.entry - 1) if each.entry == given.entry]
    assert hidden.events == []
    refusal(lambda: buyer.record_reward(deal_id, (5_000,)), "NOT-PERMITTED", 403)


def test_a_co_owner_that_a_deal_pays_records_the_reward_of_its_own_part(venue: RunningVenue) -> None:
    other = venue.party("seller")
    seller, _, deal_id = granted(venue, other)
    (payment,) = other.payments()
    assert (payment.line, payment.deal_id) == ("co_owner", deal_id)
    given = other.record_reward(deal_id, (5_000,), contributors=["示例甲"])
    (event,) = [each for each in other.events(after=given.entry - 1) if each.entry == given.entry]
    assert [(each["type"], each["received"]) for each in event.events] == [
        ("reward_recorded", payment.amount)
    ]
    (hidden,) = [each for each in seller.events(after=given.entry - 1) if each.entry == given.entry]
    assert hidden.events == []
    refusal(lambda: venue.party("seller").record_reward(deal_id, (5_000,)), "UNKNOWN-ID", 404)


def test_an_operator_sets_the_fees_from_the_terminal_for_listings_that_open_after_it(
    venue: RunningVenue, tmp_path: Path
) -> None:
    seller, buyer, deal_id = granted(venue)
    assert seller.own_deal(deal_id).fee == 10_00
    file = tmp_path / "fees.json"
    band = {"above": "0.00", "basis_points": 300}
    file.write_text(json.dumps({"currency": "CNY", "bands": [band], "minimum": "5.00", "maximum": None}))
    schedule = c.SetFeeSchedule(currency="CNY", bands=(c.FeeBand(above=0, basis_points=300),), minimum=5_00)
    made = venue.operator.set_fee_schedule(schedule, "the board's resolution").result["fee_schedule_id"]
    try:
        seller, buyer, deal_id = granted(venue)
        assert seller.own_deal(deal_id).fee == 30_00
        at_buyer = company_terminal(venue, tmp_path / "buyer", buyer)
        shown = next(row for row in at_buyer.json("fee", "list") if row["id"] == made)
        assert {name: shown[name] for name in ("currency", "bands", "minimum", "maximum")} == json.loads(
            file.read_text()
        )
        refused = at_buyer.run("fee", "set", str(file), "--reason", "cheaper", code=REFUSED)
        assert "CALLER-NOT-PERMITTED" in refused
    finally:
        plain = c.SetFeeSchedule(currency="CNY", bands=(c.FeeBand(above=0, basis_points=100),))
        venue.operator.set_fee_schedule(plain, "as before")


def test_the_files_on_the_page_about_terms_are_such_as_a_listing_takes(venue: RunningVenue) -> None:
    page = (Path(__file__).parents[2] / "docs" / "terms.md").read_text()
    example, answers = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    given = ClausesForm.model_validate_json(example).model_dump(exclude_none=True)
    given["undertaking"] = UndertakingForm.model_validate_json(answers).model_dump(exclude_none=True)
    terms = msgspec.convert({"price": 0, **given}, c.ListingTerms)
    seller = venue.party("seller")
    listing_id = venue.listing(seller, venue.right(seller), **{name: getattr(terms, name) for name in given})
    shown = seller.listing(listing_id).terms.model_dump(mode="json", exclude_none=True)
    expected = {**json.loads(example), "undertaking": json.loads(answers)}
    assert {name: shown[name] for name in expected} == expected


def test_a_consideration_of_another_shape_is_a_malformed_body(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller)
    for consideration in (
        c.Instalments(parts=()),
        c.Instalments(parts=(c.Instalment(share=0, due_days=0), c.Instalment(share=1, due_days=1))),
        c.Equity(company_number="张三", basis_points=5),
        c.RunningRoyalty(
            royalty=c.Royalty(base="profit", rates=(), period="year", report_days=1, pay_days=1)
        ),
    ):
        with pytest.raises(VenueProblem) as refused:
            venue.listing(seller, right_id, consideration=consideration)
        assert (refused.value.code, refused.value.status) == ("BODY-MALFORMED", 422)
        assert "terms.consideration" in str(refused.value.document)


def test_terms_come_from_a_file_and_what_is_due_is_paid_from_the_terminal(
    venue: RunningVenue, tmp_path: Path
) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    at_seller = company_terminal(venue, tmp_path / "seller", seller)
    at_buyer = company_terminal(venue, tmp_path / "buyer", buyer)
    file = tmp_path / "terms.json"
    file.write_text(
        json.dumps(
            {
                "consideration": {
                    "kind": "entry_fee_and_royalty",
                    "royalty": {
                        "base": "net_sales",
                        "rates": [500],
                        "period": "quarter",
                        "report_days": 30,
                        "pay_days": 15,
                        "ceiling": "9000.00",
                    },
                },
                "late_interest": {"daily_rate": 500, "most": 1000},
                "inspection": True,
            }
        )
    )
    closes = str(venue.public.time_ms() + 9 * MS_PER_DAY)
    words: tuple[str, ...] = (
        "--right",
        venue.right(seller),
        "--price",
        "1000.00",
        "--kind",
        "ordinary_licence",
    )
    words += in_a_file(tmp_path)
    created = at_seller.json("listing", "create", *words, "--closes", closes, "--consideration", str(file))
    listing_id = created["result"]["listing_id"]
    shown = at_seller.json("listing", "show", listing_id)["terms"]
    assert shown["consideration"]["royalty"]["ceiling"] == "9000.00"
    assert (shown["consideration"]["royalty"]["floor"], shown["inspection"]) == (None, True)
    venue.operator.approve_listing(listing_id, "papers seen")
    line = venue.money(buyer, 5_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    at_seller.run("deal", "sign", deal_id, "--price", "1000.00")
    at_buyer.run("deal", "sign", deal_id, "--price", "1000.00")
    assert "Royalty: on net sales" in at_buyer.run("deal", "contract", deal_id, "--language", "en")
    assert "提成" in at_buyer.json("deal", "contract", deal_id, "--language", "zh-Hans")["text"]
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "7a" * 32, block=9
        )
    )
    at_buyer.run("deal", "fund", deal_id, "--statement-line", line)
    (row,) = at_buyer.json("obligation", "list", "--deal", deal_id)
    venue.operator.jump_clock(row["ends_ms"] + 60_000, "the period has ended")
    reported = at_buyer.json("obligation", "report", row["id"], "30000.00", "--statement", "季度净销售额")
    assert reported["result"]["state"] == "DUE"
    assert at_seller.json("obligation", "show", row["id"])["payable"] == "1500.00"
    assert at_seller.json("obligation", "inspect", row["id"])["result"]["inspection"] == "CALLED"
    assert at_seller.json("obligation", "found", row["id"], "30000.00")["result"]["inspection"] == "CLOSED"
    paid = at_buyer.json("obligation", "pay", row["id"], "--statement-line", line)
    assert paid["result"]["state"] == "IN_RELEASE"
    assert "WRONG-STATE" in at_buyer.run(
        "obligation", "pay", row["id"], "--statement-line", line, code=REFUSED
    )
    file.write_text('{"consideration": {"kind": "barter"}}')
    assert "barter" in at_seller.run(
        "listing", "create", *words, "--closes", closes, "--consideration", str(file), code=2
    )
