"""At the front door a contract comes with its annex: the title and applicants that its text names by commitment."""

from __future__ import annotations

import json

import pytest

from api.calls.contract_check import require_openings
from api.calls.mismatch import DealMismatch
from api.client import Client, VenueProblem
from exchange.commands import ImportRight
from exchange.rules.civil_code import TITLE_LABEL
from tests.api.running_venue import RunningVenue
from tests.api.test_offers import offered

PRICE = 1_000_00


def awarded(venue: RunningVenue) -> tuple[Client, str, str]:
    """A seller, its right, and a deal on it that nobody has signed."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    right_id = venue.right(seller)
    listing_id = venue.listing(seller, right_id)
    venue.money(buyer, 2 * PRICE)
    return seller, right_id, buyer.accept_price(listing_id, PRICE).result["deal_id"]


def erase_title(venue: RunningVenue, right_id: str) -> None:
    """The title that stands in the last import of a right."""
    *_, entry = (
        each.entry
        for each in venue.operator.events()
        if each.type == "import_right" and each.public["command"]["right_id"] == right_id
    )
    venue.operator.erase(entry, TITLE_LABEL, "data-subject-request", "asked for")


def test_what_is_signed_and_what_is_read_show_the_title_in_every_language(venue: RunningVenue) -> None:
    seller, right_id, deal_id = awarded(venue)
    shown, title = seller.to_sign(deal_id), venue.public.right(right_id).title
    assert title
    assert shown.annex is not None
    assert all(title in words for words in shown.annex.texts.values())
    assert all(shown.terms["right"][TITLE_LABEL] in words for words in shown.contract_texts.values())
    assert seller.contract(deal_id, "en").annex == shown.annex
    seller.sign_deal(deal_id, price=PRICE)


def test_an_offer_shows_the_title_of_its_right(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    shown = seller.offer_to_sign(listing_id)
    assert shown.annex is not None
    assert shown.terms["right"][TITLE_LABEL] in shown.contract_text


@pytest.mark.parametrize("changed", ["none", "salt", "title", "text"])
def test_a_client_signs_no_contract_whose_title_it_cannot_check(venue: RunningVenue, changed: str) -> None:
    seller, _, deal_id = awarded(venue)
    shown = seller.to_sign(deal_id)
    require_openings(shown)
    assert shown.annex is not None
    annex = {
        "none": None,
        "salt": shown.annex.model_copy(update={"salt": "5a" * 32}),
        "title": shown.annex.model_copy(update={"bibliography": {"title": "another"}}),
        "text": shown.annex.model_copy(update={"texts": shown.annex.texts | {"en": "Title: another"}}),
    }[changed]
    with pytest.raises(DealMismatch, match="CONTRACT-TITLE"):
        require_openings(shown.model_copy(update={"annex": annex}))


def test_a_title_that_is_erased_is_shown_nowhere_and_comes_back_with_another_import(
    venue: RunningVenue,
) -> None:
    seller, right_id, deal_id = awarded(venue)
    erase_title(venue, right_id)
    assert venue.public.right(right_id).title is None
    assert seller.to_sign(deal_id).annex is None
    with pytest.raises(DealMismatch, match="CONTRACT-TITLE"):
        seller.sign_deal(deal_id, price=PRICE)
    bundle = json.loads(seller.bundle(deal_id))
    assert "TITLE" in {each["code"] for each in bundle["missing"]}
    view = venue.public.right(right_id)
    command = ImportRight(
        right_id=right_id, office="US", right_type="invention", filing_date=view.filing_date
    )
    again = venue.operator.give("/v1/rights", command, parts={TITLE_LABEL: {"title": "A better device"}})
    assert again.result["known"] == "corrected"
    assert venue.public.right(right_id).title == "A better device"
    assert seller.to_sign(deal_id).annex is None


def test_a_bundle_has_the_import_that_its_contract_names_whatever_is_erased_since(
    venue: RunningVenue,
) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    right_id = venue.right(seller)
    erase_title(venue, right_id)
    view = venue.public.right(right_id)
    command = ImportRight(
        right_id=right_id, office="US", right_type="invention", filing_date=view.filing_date
    )
    venue.operator.give("/v1/rights", command, parts={TITLE_LABEL: {"title": "A better device"}})
    venue.money(buyer, 2 * PRICE)
    deal_id = buyer.accept_price(venue.listing(seller, right_id), PRICE).result["deal_id"]
    named = seller.to_sign(deal_id).terms["right"][TITLE_LABEL]
    erase_title(venue, right_id)
    entries = json.loads(seller.bundle(deal_id))["entries"]
    commands = [each["public"]["command"] for each in entries]
    sealed = [each["erasable"][TITLE_LABEL] for each in commands if each["type"] == "import_right"]
    assert named in sealed


@pytest.mark.parametrize("words", [{}, {"title": ""}, {"title": " "}, {"title": 7}, ["A device"]])
def test_no_right_is_imported_without_a_title(venue: RunningVenue, words: object) -> None:
    seller = venue.party("seller")
    command = ImportRight(
        right_id="US-16099999", office="US", right_type="invention", filing_date="2019-03-01"
    )
    with pytest.raises(VenueProblem, match="BODY-MALFORMED"):
        seller.give("/v1/rights", command, parts={TITLE_LABEL: words})
