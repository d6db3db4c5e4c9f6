"""A seller's undertaking over the interface and at the command line: who gives it, what lacks, and who reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import UNSET

from api.client import VenueProblem
from exchange.commands import DocumentTerms, Holder, ListingTerms, Undertaking
from tests.api.running_venue import DAY_MS, RunningVenue, digest
from tests.api.test_checks import codes, draft
from tests.api.test_command_line import company_terminal
from tests.undertakings import PLAIN, offered, undertaking

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = 1
ASKED = ["state_secret", "open_licence_elsewhere", "venue_staff", "nominee"]


def test_a_check_tells_all_that_a_seller_has_not_answered_and_the_submission_is_refused(
    venue: RunningVenue,
) -> None:
    seller = venue.party("seller")
    command, silent = draft(venue, venue.right(seller)), ListingTerms(price=1_000_00, territory=("US",))
    missing = [each.missing for each in seller.check_draft(command, silent).grounds]
    assert [(each.fact, each.supplier) for each in missing if each is not None] == [
        (fact, "undertaking") for fact in ASKED
    ]
    with pytest.raises(VenueProblem) as refused:
        seller.submit_listing(command, silent)
    assert (refused.value.code, refused.value.status) == ("FACT-MISSING", 409)
    assert seller.check_draft(command, offered(price=1_000_00, territory=("US",))).may_go_on


def test_a_check_of_a_submitted_listing_knows_an_affiliate_that_is_staff(venue: RunningVenue) -> None:
    seller, between, staff = (venue.party("seller") for _ in range(3))
    terms = offered(price=1_000_00, territory=("US",))
    listing_id = seller.submit_listing(draft(venue, venue.right(seller)), terms).result["listing_id"]
    for one, other in ((seller, between), (between, staff)):
        venue.operator.record_affiliation(one.party_id, other.party_id, "seen")
    assert seller.check_listing(listing_id).may_go_on
    finding = DocumentTerms(document="venue_staff", subject_id=staff.party_id)
    venue.operator.record_document(finding, digest("staff"), "seen")
    assert codes(seller.check_listing(listing_id).grounds) == [("approve", "STAFF-MAY-NOT-SELL")]
    with pytest.raises(VenueProblem) as refused:
        venue.operator.approve_listing(listing_id, "seen")
    assert refused.value.code == "STAFF-MAY-NOT-SELL"


def test_the_seller_and_the_venue_read_the_undertaking_and_nobody_else(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    word = undertaking(nominee=True, holders=12)
    listing_id = venue.listing(seller, venue.right(seller), undertaking=word)
    for reader in (seller, venue.operator):
        shown = reader.listing(listing_id).terms.model_dump(exclude_none=True)["undertaking"]
        assert shown == msgspec.to_builtins(word)
    for reader in (buyer, venue.public):
        assert "undertaking" not in reader.listing(listing_id).terms.model_dump()


@pytest.mark.parametrize("answer", ["no", 0, "false"])
def test_an_answer_is_true_or_false_and_nothing_that_may_be_taken_for_it(
    venue: RunningVenue, answer: Any
) -> None:
    seller = venue.party("seller")
    word = Undertaking(state_secret=answer)
    with pytest.raises(VenueProblem) as refused:
        venue.listing(seller, venue.right(seller), undertaking=word)
    assert (refused.value.code, refused.value.status) == ("BODY-MALFORMED", 422)
    assert "terms.undertaking.state_secret" in str(refused.value.document)


def test_a_co_owners_agreement_is_recorded_with_what_each_may_license_alone(venue: RunningVenue) -> None:
    seller, other = venue.party("seller"), venue.party("seller")
    right_id = venue.right(seller)
    numbers = [each.own_party().company_number for each in (seller, other)]
    holders = tuple(Holder(company_number=number, share=5_000) for number in numbers)
    venue.copy(right_id, seller, holders=holders)
    terms = DocumentTerms(document="co_owners_agreement", subject_id=right_id, alone=("sole_licence",))
    venue.operator.record_document(terms, digest("agreement"), "seen")
    (shown,) = venue.operator.documents(right_id)
    assert shown.alone == ["sole_licence"]
    otherwise = undertaking(co_owners_agreed_otherwise=True)
    for kind, refusal in (("sole_licence", ""), ("exclusive_licence", "US-PATENT-ACT-262")):
        command = draft(venue, right_id, deal_kind=kind)
        found = seller.check_draft(command, offered(price=1, territory=("US",), undertaking=otherwise))
        assert [each.code for each in found.grounds] == ([refusal] if refusal else [])


def test_the_terminal_reads_the_answers_from_a_file(venue: RunningVenue, tmp_path: Path) -> None:
    seller = venue.party("seller")
    terminal, file = company_terminal(venue, tmp_path / "seller", seller), tmp_path / "answers.json"
    closes = str(venue.public.time_ms() + 20 * DAY_MS)
    words = ("listing", "create", "--right", venue.right(seller), "--price", "10.00", "--closes", closes)
    assert "FACT-MISSING" in terminal.run(*words, code=REFUSED)
    file.write_text(json.dumps({"state_secret": "no"}))
    assert "state_secret" in terminal.run(*words, "--undertaking", str(file), code=2)
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(PLAIN, venue_staff=UNSET)))
    told = terminal.run(*words, "--undertaking", str(file), "--check")
    assert "venue_staff (undertaking)" in told
    assert "nominee" not in told
    file.write_bytes(msgspec.json.encode(PLAIN))
    made = terminal.json(*words, "--undertaking", str(file))["result"]["listing_id"]
    assert terminal.json("listing", "show", made)["terms"]["undertaking"]["venue_staff"] is False
