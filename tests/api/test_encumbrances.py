"""Disputes, freezes and pledges at the front door, and what stood over a right at any moment."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from api.client import Client, VenueProblem
from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue, company_number, digest
from tests.api.test_command_line import company_terminal, operator_terminal
from tests.api.test_obligations import granted
from tests.exchange.scene import cn_right_id

REFERENCE = "(2027)示例仲裁字第 1 号"
_serials = count(7_000)


def pledgeable(venue: RunningVenue, holder: Client) -> str:
    """A granted patent of the Mainland."""
    right_id = cn_right_id(next(_serials))
    fields: dict[str, Any] = {"office": "CN", "right_type": "invention", "filing_date": "2019-03-01"}
    command = c.ImportRight(right_id=right_id, **fields)
    holder.give("/v1/rights", command, parts={"bibliography": {"title": "A device"}})
    venue.copy(right_id, holder)
    return right_id


def terms(venue: RunningVenue) -> c.PledgeTerms:
    ends_ms = venue.public.time_ms() + 300 * MS_PER_DAY
    return c.PledgeTerms(
        amount=30_000_00, currency="CNY", kind="secured", ends_ms=ends_ms, twin="none", invalidation="none"
    )


def test_a_dispute_is_raised_by_a_side_seen_by_both_and_ended_by_an_operator(venue: RunningVenue) -> None:
    seller, buyer, deal_id = granted(venue)
    given = buyer.raise_dispute(deal_id, "scope", "scia", REFERENCE, digest("request"))
    dispute_id = given.result["dispute_id"]
    assert given.result["state"] == seller.deal(deal_id).state == "DISPUTED"
    view = seller.dispute(dispute_id)
    assert (view.state, view.came_from, view.raised_by) == ("OPEN", "EFFECTIVE", buyer.party_id)
    assert [each.id for each in venue.operator.disputes(deal_id=deal_id, state="OPEN")] == [dispute_id]
    payment = seller.own_deal(deal_id).payments[0]
    refusal(lambda: venue.operator.approve_payment(payment, "due"), "DEAL-DISPUTED", 409)
    refusal(
        lambda: venue.operator.file_deal(deal_id, "F-x", {"contract": "ab" * 32}, "now"), "DEAL-DISPUTED", 409
    )
    rival = venue.party("buyer")
    assert list(rival.disputes()) == []
    refusal(lambda: rival.dispute(dispute_id), "UNKNOWN-ID", 404)
    outcome = venue.operator.record_dispute_outcome
    refusal(lambda: outcome(dispute_id, "unwind", digest("award"), "as awarded"), "DISPUTE-OUTCOME", 409)
    assert outcome(dispute_id, "resume", digest("award"), "as awarded").result["state"] == "EFFECTIVE"
    assert buyer.dispute(dispute_id).outcome_digest == digest("award")
    for client, sees in ((seller, True), (rival, False)):
        entry = next(each for each in client.events(after=given.entry - 1) if each.entry == given.entry)
        assert ("dispute_changed" in [event["type"] for event in entry.events or ()]) == sees


def test_an_operator_brings_a_deal_into_dispute_on_a_courts_reference(venue: RunningVenue) -> None:
    _, _, deal_id = granted(venue)
    record = venue.operator.record_dispute
    given = record(deal_id, "validity", "court_cn", REFERENCE, digest("writ"), "served today")
    assert given.result["state"] == "DISPUTED"
    entry = venue.public.entry(given.entry)
    assert REFERENCE not in str(entry.public)
    assert "DISPUTE" in str(entry.public).upper()


def test_a_notice_freezes_at_once_and_everybody_sees_that_it_does(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller)
    listing_id = venue.listing(seller, right_id)
    now = venue.public.time_ms()
    until_ms = now + 40 * MS_PER_DAY
    given = venue.operator.record_freeze(
        right_id, "preservation", REFERENCE, digest("order"), now, "served", until_ms=until_ms
    )
    freeze_id = given.result["freeze_id"]
    assert venue.public.listing(listing_id).state == "SUSPENDED"
    (view,) = list(venue.public.freezes(right_id=right_id))
    assert (view.id, view.state, view.until_ms) == (freeze_id, "PRESERVATION", until_ms)
    venue.operator.extend_freeze(freeze_id, until_ms + MS_PER_DAY, digest("again"), "extended")
    venue.operator.lift_freeze(freeze_id, digest("lifted"), "lifted")
    assert venue.public.listing(listing_id).state == "OPEN"
    (view,) = list(venue.public.freezes(right_id=right_id))
    assert view.state == "RELEASED"
    with pytest.raises(VenueProblem) as problem:
        seller.give(
            f"/v1/rights/{right_id}/freezes", c.LiftFreeze(freeze_id="FRZ-1", document_digest="0" * 64)
        )
    assert problem.value.status in {403, 422}


def test_a_pledge_goes_from_the_contract_to_the_register_and_out_of_it(venue: RunningVenue) -> None:
    holder, bank = venue.party("seller"), venue.party("pledgee")
    right_id = pledgeable(venue, holder)
    refusal(
        lambda: holder.draw_up_pledge([venue.right(holder)], bank.party_id, terms(venue), "合同"),
        "RIGHT-TYPE-NOT-OPEN",
        409,
    )
    pledge_id = holder.draw_up_pledge([right_id], bank.party_id, terms(venue), "质押合同").result["pledge_id"]
    view = bank.pledge(pledge_id)
    assert (view.state, view.terms.amount, view.rights) == ("DRAWN_UP", 30_000_00, [right_id])
    refusal(lambda: bank.sign_pledge(pledge_id, digest("another")), "WRONG-STATE", 409)
    assert bank.sign_pledge(pledge_id, view.contract_digest).result["state"] == "CONTRACT"
    venue.operator.file_pledge(pledge_id, "PF-1", digest("application"), "filed today")
    assert holder.pledge(pledge_id).office_due_ms is not None
    number = bank.own_party().company_number
    shown = c.Pledge(company_number=number, amount=30_000_00, currency="CNY")
    venue.copy(right_id, holder, pledges=(shown,))
    assert holder.pledge(pledge_id).state == "REGISTERED"
    ends_ms = view.terms.ends_ms + MS_PER_DAY
    assert bank.change_pledge(pledge_id, 40_000_00, ends_ms, "变更").result["state"] == "CHANGING"
    assert bank.pledge(pledge_id).consents_missing == [holder.own_party().company_number]
    changed = holder.pledge(pledge_id).contract_digest
    assert holder.consent_to_pledge(pledge_id, changed).result["state"] == "CHANGING"
    assert bank.pledge(pledge_id).consents_missing == []
    venue.operator.record_pledge_refusal(pledge_id, "12-2", digest("notice"), "refused")
    assert bank.discharge_pledge(pledge_id).result["state"] == "DISCHARGING"
    venue.copy(right_id, holder)
    assert bank.pledge(pledge_id).state == "DISCHARGED"
    assert list(venue.party("pledgee").pledges()) == []
    assert pledge_id in [each.id for each in venue.operator.pledges(state="DISCHARGED")]
    second = holder.draw_up_pledge([right_id], bank.party_id, terms(venue), "合同").result["pledge_id"]
    assert holder.withdraw_pledge(second).result["state"] == "CANCELLED"
    refusal(
        lambda: venue.operator.enforce_pledge(second, "agreement", REFERENCE, digest("deed"), "agreed"),
        "UNKNOWN-ID",
        404,
    )


def test_what_stood_over_a_right_is_said_as_of_a_register_copy_and_for_any_moment(
    venue: RunningVenue,
) -> None:
    holder, bank = venue.party("seller"), venue.party("pledgee")
    right_id = pledgeable(venue, holder)
    number = bank.own_party().company_number
    venue.copy(
        right_id,
        holder,
        pledges=(c.Pledge(company_number=number, amount=1, currency="CNY"),),
        freeze="dispute",
    )
    noted = venue.operator.record_freeze(
        right_id, "dispute", REFERENCE, digest("notice"), venue.public.time_ms(), "told"
    )
    seen_ms = noted.time_ms
    venue.copy(right_id, holder, freeze="dispute")
    venue.operator.lift_freeze(noted.result["freeze_id"], digest("lifted"), "lifted")
    now = venue.public.encumbrances(right_id)
    assert [each.sort for each in now.encumbrances] == ["freeze"]
    then = holder.encumbrances(right_id, seen_ms)
    assert sorted(each.sort for each in then.encumbrances) == ["freeze", "freeze_notice", "pledge"]
    details = {each.sort: (each.detail, each.source) for each in then.encumbrances}
    assert details["pledge"] == (bank.party_id, "register")
    assert details["freeze_notice"] == ("dispute", "venue")
    public = venue.public.encumbrances(right_id, seen_ms)
    assert [each.detail for each in public.encumbrances if each.sort == "pledge"] == [None]
    day = venue_date(then.register_as_of_ms or 0).isoformat()
    assert f"As of the register copy of {day}" in then.statement
    for view in (now, then, public):
        assert "free" not in view.statement
        assert "无负担" not in view.statement_zh
    before = venue.public.encumbrances(right_id, 1_000)
    assert (before.register_as_of_ms, before.encumbrances) == (None, [])
    assert before.kept_since_ms is not None
    assert "not known" in before.statement
    refusal(lambda: venue.public.encumbrances("CN-nothing"), "UNKNOWN-ID", 404)


def test_what_a_pledge_secured_is_told_of_every_moment_to_approved_parties_alone(venue: RunningVenue) -> None:
    holder, bank = venue.party("seller"), venue.party("pledgee")
    both = [pledgeable(venue, holder), pledgeable(venue, holder)]
    pledge_id = holder.draw_up_pledge(both, bank.party_id, terms(venue), "质押合同").result["pledge_id"]
    contract = bank.pledge(pledge_id)
    bank.sign_pledge(pledge_id, contract.contract_digest)
    venue.operator.file_pledge(pledge_id, f"PF-{pledge_id}", digest("application"), "filed today")
    facts: dict[str, Any] = {"company_number": bank.own_party().company_number, "currency": "CNY"}
    first = c.Pledge(amount=30_000_00, register_number=pledge_id, **facts)
    for right_id in both:
        venue.copy(right_id, holder, pledges=(first,))
    then_ms = venue.public.time_ms()
    changed = c.Pledge(amount=40_000_00, register_number=pledge_id, debt_term_ends_on="2033-03-01", **facts)
    elsewhere = c.Pledge(amount=7_00, kind="maximum", register_number="Y2027", **facts)
    venue.copy(both[0], holder, pledges=(changed, elsewhere))
    now = holder.encumbrances(both[0]).encumbrances
    then = holder.encumbrances(both[0], then_ms).encumbrances
    said = [each.secured.model_dump(mode="json") for each in (*now, *then) if each.secured is not None]
    ends_on = venue_date(contract.terms.ends_ms - 1).isoformat()
    known = {"register_office": "CN", "currency": "CNY", "register_number": pledge_id, "rights": sorted(both)}
    other = known | {"register_number": "Y2027", "rights": [both[0]]}
    assert said == [
        known | {"kind": "secured", "amount": "40000.00", "term_ends_on": "2033-03-01"},
        other | {"kind": "maximum", "amount": "7.00", "term_ends_on": None},
        known | {"kind": "secured", "amount": "30000.00", "term_ends_on": ends_on},
    ]
    (told,) = venue.party("buyer").encumbrances(both[0], then_ms).encumbrances
    assert told.secured is not None
    assert (told.secured.amount, told.secured.term_ends_on) == (30_000_00, None), "the term is the sides' own"
    for at_ms in (None, then_ms):
        public = venue.public.encumbrances(both[0], at_ms).encumbrances
        assert [each.secured for each in public if each.sort == "pledge"] == [None] * len(public)
        assert public


def test_licences_and_disputes_stand_in_the_timeline(venue: RunningVenue) -> None:
    _, buyer, deal_id = granted(venue)
    right_id = venue.operator.own_deal(deal_id).right_id
    buyer.raise_dispute(deal_id, "other", "mediation", REFERENCE, digest("request"))
    found = {each.sort: each.detail for each in venue.public.encumbrances(right_id).encumbrances}
    assert found == {"licence": "ordinary_licence", "dispute": ""}


def test_all_of_it_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    holder, bank = venue.party("seller"), venue.party("pledgee")
    at_holder = company_terminal(venue, tmp_path / "holder", holder)
    at_bank = company_terminal(venue, tmp_path / "bank", bank)
    desk = operator_terminal(venue, tmp_path)
    paper = tmp_path / "paper.txt"
    paper.write_text("质押合同", encoding="utf-8")
    right_id = pledgeable(venue, holder)
    until = str(venue.public.time_ms() + 200 * MS_PER_DAY)
    words = ("--right", right_id, "--pledgee", bank.party_id, "--until", until, "--contract", str(paper))
    undertaken = ("--twin", "none", "--invalidation", "none")
    drawn = at_holder.json("pledge", "draw-up", "30000.00", *words, *undertaken)
    pledge_id = drawn["result"]["pledge_id"]
    assert at_bank.json("pledge", "sign", pledge_id)["result"]["state"] == "CONTRACT"
    document = ("--document", str(paper), "--reason", "papers seen")
    assert desk.json("pledge", "file", pledge_id, "PF-9", *document)["result"]["state"] == "FILED"
    assert at_holder.json("pledge", "show", pledge_id)["state"] == "FILED"
    assert at_bank.json("pledge", "list", "--state", "FILED")[0]["id"] == pledge_id
    since = ("--since", str(venue.public.time_ms()), "--reference", REFERENCE)
    frozen = desk.json("freeze", "record", right_id, "dispute", *since, *document)
    assert at_holder.json("freeze", "list", "--right", right_id)[0]["state"] == "DISPUTE"
    shown = at_holder.run("right", "encumbrances", right_id)
    assert "As of the register copy of" in shown
    assert frozen["result"]["freeze_id"] in shown
    assert at_holder.json("right", "encumbrances", right_id, "--at", "1000")["encumbrances"] == []
    desk.json("freeze", "lift", frozen["result"]["freeze_id"], *document)
    _, buyer, deal_id = granted(venue)
    at_buyer = company_terminal(venue, tmp_path / "buyer", buyer)
    claim = ("--ground", "scope", "--body", "hkiac", "--reference", REFERENCE, "--document", str(paper))
    dispute_id = at_buyer.json("dispute", "raise", deal_id, *claim)["result"]["dispute_id"]
    assert at_buyer.json("dispute", "show", dispute_id)["state"] == "OPEN"
    assert at_buyer.json("dispute", "list", "--deal", deal_id)[0]["id"] == dispute_id
    ended = desk.json("dispute", "outcome", dispute_id, "resume", *document)
    assert ended["result"]["state"] == "EFFECTIVE"


def test_a_co_owner_finds_the_pledge_of_its_right_and_consents_and_no_stranger_sees_it(
    venue: RunningVenue, tmp_path: Path
) -> None:
    holder, other, bank = venue.party("seller"), venue.party("seller"), venue.party("pledgee")
    right_id, outsider = pledgeable(venue, holder), company_number()
    numbers = (holder.own_party().company_number, other.own_party().company_number, outsider)
    shares = zip(numbers, (4_000, 3_000, 3_000), strict=True)
    venue.copy(right_id, holder, holders=tuple(c.Holder(company_number=n, share=s) for n, s in shares))
    drawn = holder.draw_up_pledge([right_id], bank.party_id, terms(venue), "质押合同")
    pledge_id = drawn.result["pledge_id"]
    (view,) = list(other.pledges())
    assert (view.id, view.consents_missing) == (pledge_id, sorted(numbers[1:]))
    stranger = venue.party("seller")
    assert list(stranger.pledges()) == []
    refusal(lambda: stranger.pledge(pledge_id), "UNKNOWN-ID", 404)
    refusal(lambda: stranger.consent_to_pledge(pledge_id, view.contract_digest), "NOT-PERMITTED", 403)
    refusal(lambda: bank.sign_pledge(pledge_id, view.contract_digest), "CN-PATENT-LAW-14", 409)
    applicant = venue.applicant()
    applicant.apply(
        roles=("seller",),
        jurisdiction="CN",
        company_number=outsider,
        category="company",
        profile={"name": "示例甲有限公司"},
        authorisation_letter="授权委托书",
    )
    assert list(applicant.pledges()) == [], "whose number it is, an applicant alone says yet"
    refusal(lambda: applicant.pledge(pledge_id), "UNKNOWN-ID", 404)
    at_other = company_terminal(venue, tmp_path / "other", other)
    entry_number = at_other.json("pledge", "consent", pledge_id)["entry"]
    for client, sees in ((holder, True), (bank, True), (other, True), (stranger, False)):
        entries = client.events(after=entry_number - 1)
        entry = next(each for each in entries if each.entry == entry_number)
        assert ("pledge_consented" in [event["type"] for event in entry.events or ()]) == sees
    paper = tmp_path / "consent.txt"
    paper.write_text("同意书", encoding="utf-8")
    document = ("--document", str(paper), "--reason", "handed in")
    operator_terminal(venue, tmp_path).json("pledge", "lodge-consent", pledge_id, outsider, *document)
    assert bank.pledge(pledge_id).consents_missing == []
    assert bank.sign_pledge(pledge_id, view.contract_digest).result["state"] == "CONTRACT"
    bank.discharge_pledge(pledge_id)
    assert [each.state for each in other.pledges()] == ["CANCELLED"], "whoever has consented may look it up"
    venue.copy(right_id, stranger)
    assert list(stranger.pledges()) == [], "a later owner is told of no pledge that bound an earlier one"
    refusal(lambda: stranger.pledge(pledge_id), "UNKNOWN-ID", 404)


def test_a_pledge_is_handed_in_to_the_office_by_an_operator_and_its_filings_are_seen(
    venue: RunningVenue,
) -> None:
    holder, bank = venue.party("seller"), venue.party("pledgee")
    right_id = pledgeable(venue, holder)
    drawn = holder.draw_up_pledge([right_id], bank.party_id, terms(venue), "质押合同")
    pledge_id = drawn.result["pledge_id"]
    hand_in = venue.operator.hand_in_pledge
    refusal(lambda: hand_in(pledge_id, f"H-{pledge_id}", digest("contract"), "now"), "WRONG-STATE", 409)
    bank.sign_pledge(pledge_id, bank.pledge(pledge_id).contract_digest)
    given = hand_in(pledge_id, f"H-{pledge_id}", digest("contract"), "now")
    assert given.result["state"] == "FILED"
    view = holder.pledge(pledge_id)
    assert (view.filings, view.refused_for) == ({f"H-{pledge_id}.1": ""}, "")


def test_an_outcome_ends_a_licence_and_what_it_cannot_do_is_refused_by_its_rule(venue: RunningVenue) -> None:
    seller, buyer, deal_id = granted(venue)
    digested = digest("notice")
    refusal(lambda: seller.demand_instalments(deal_id, digested), "CN-CIVIL-CODE-634", 409)
    refusal(lambda: seller.choose_remedy(deal_id, "rescind", 100), "CN-CIVIL-CODE-634", 409)
    refusal(
        lambda: venue.operator.release_deposit("DEP-999", "joined", 100, digested, "joined"),
        "UNKNOWN-ID",
        404,
    )
    dispute_id = buyer.raise_dispute(deal_id, "scope", "scia", REFERENCE, digest("request")).result[
        "dispute_id"
    ]
    reverse = venue.operator.order_reverse_deal
    refusal(lambda: reverse(dispute_id, 100, digest("award"), "as awarded"), "DISPUTE-OUTCOME", 409)
    venue.operator.record_dispute_outcome(dispute_id, "terminate_licence", digest("award"), "as awarded")
    assert buyer.dispute(dispute_id).state == "TERMINATED"
    assert list(seller.deposits()) == []
