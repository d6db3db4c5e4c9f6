"""Objections and documents on record, over HTTP, in the client and from the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.client import VenueProblem
from exchange.commands import DocumentTerms
from tests.api.running_venue import RunningVenue, digest

if TYPE_CHECKING:
    from api.client import Client


def refused(call: object) -> str:
    with pytest.raises(VenueProblem) as caught:
        call()  # type: ignore[operator]  # a function without arguments
    return caught.value.code


def in_notice(venue: RunningVenue) -> tuple[Client, str]:
    """A university of the Mainland, and its listing in public notice."""
    university = venue.party("seller", category="university")
    return university, venue.listing(university, venue.right(university))


def test_an_objection_is_made_seen_and_decided(venue: RunningVenue) -> None:
    university, listing_id = in_notice(venue)
    objector, stranger = venue.party("buyer"), venue.party("buyer")
    assert venue.public.listing(listing_id).state == "PUBLICITY"
    made = objector.object_to(listing_id, "title", "本单位为共同完成单位 the objector completed it too")
    assert venue.public.listing(listing_id).state == "HELD"
    for client in (objector, university, venue.operator):
        seen = list(client.objections(listing_id))
        assert [(each.id, each.ground, each.state) for each in seen] == [
            (made.result["objection_id"], "title", "STANDING")
        ]
        assert "共同完成单位" in str(seen[0].statement)
    assert list(stranger.objections(listing_id)) == []
    assert refused(lambda: objector.object_to(listing_id, "price", "again")) == "OBJECTION-MADE"
    assert refused(lambda: university.object_to(listing_id, "price", "its own")) == "NOT-PERMITTED"
    venue.operator.decide_objection(made.result["objection_id"], "dismissed", "papers seen")
    assert venue.public.listing(listing_id).state == "PUBLICITY"
    assert next(iter(objector.objections(listing_id))).state == "DISMISSED"


def test_an_objection_is_taken_back_or_upheld(venue: RunningVenue) -> None:
    _, listing_id = in_notice(venue)
    one, other = venue.party("buyer"), venue.party("buyer")
    first = one.object_to(listing_id, "price", "too low").result["objection_id"]
    second = other.object_to(listing_id, "procedure", "no notice").result["objection_id"]
    assert refused(lambda: other.withdraw_objection(first)) == "NOT-PERMITTED"
    one.withdraw_objection(first)
    assert venue.public.listing(listing_id).state == "HELD"
    venue.operator.decide_objection(second, "upheld", "so it is")
    assert venue.operator.listing(listing_id).state == "REJECTED"


def test_a_document_on_record_is_the_staffs_to_read_and_decides_a_listing(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller)
    listing_id = venue.listing(seller, right_id)
    notice = DocumentTerms(document="secrecy_notice", subject_id=right_id)
    venue.operator.record_document(notice, digest("notice"), "came today", reference="国密〔2026〕1号")
    assert venue.public.listing(listing_id).state == "SUSPENDED"
    assert [each.code for each in seller.check_listing(listing_id).grounds] == ["CN-PATENT-LAW-4"]
    lifted = DocumentTerms(document="declassification", subject_id=right_id)
    venue.operator.record_document(lifted, digest("lifted"), "came later")
    assert venue.public.listing(listing_id).state == "OPEN"
    assert seller.check_listing(listing_id).grounds == []
    recorded = list(venue.operator.documents(right_id))
    assert [(each.document, each.digest) for each in recorded] == [
        ("secrecy_notice", digest("notice")),
        ("declassification", digest("lifted")),
    ]
    assert refused(lambda: list(seller.transport.get("/v1/documents"))) == "CALLER-NOT-PERMITTED"
    worth = DocumentTerms(document="appraisal", subject_id=right_id, amount=1_000_00, currency="CNY")
    venue.operator.record_document(worth, digest("worth"), "valued")
    assert list(venue.operator.documents(right_id))[-1].amount == 1_000_00
    unknown = DocumentTerms(document="appraisal", subject_id="US-0", amount=1, currency="CNY")
    assert refused(lambda: venue.operator.record_document(unknown, digest("x"), "r")) == "UNKNOWN-ID"
