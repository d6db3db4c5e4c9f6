"""A lot over HTTP: listed and checked as one, signed and registered right by right, and the buyer's choice at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.client import DealMismatch, VenueProblem
from api.listings.schemas import OwnListingView
from exchange import commands as c
from exchange.deals.filing import filing_digest
from tests.api.running_venue import DAY_MS, RunningVenue, digest
from tests.undertakings import offered

if TYPE_CHECKING:
    from api.client import Client

SHARES = (500_000, 300_000, 200_000)
PRICE = 1_000_01


def lot(rights: list[str]) -> tuple[c.LotMember, ...]:
    return tuple(
        c.LotMember(right_id=right, share=share) for right, share in zip(rights, SHARES, strict=True)
    )


def witnessed(venue: RunningVenue, deal_id: str) -> None:
    command = c.ReportChainRecord(
        record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "79" * 32, block=9
    )
    venue.service(command)


def refused(venue: RunningVenue, deal_id: str, filing_id: str) -> None:
    """The office refuses a filing."""
    filing = venue.filing(filing_id)
    terms = c.FilingOutcomeTerms(
        kind=filing.filing_kind,
        right_id=filing.right_id,
        package_digest=filing_digest(filing),
        cure=None,
        proof_title=None,
        register_version=2,
        received_ms=1,
        decided_ms=2,
        simulated=True,
        attestation="",
    )
    command = c.RefuseRegistration(
        deal_id=deal_id,
        filing_id=filing_id,
        reason_code="12-2",
        proof_digest=digest(filing_id),
        proof_signature="0x" + "44" * 65,
    )
    venue.service(command, terms)


def filed(venue: RunningVenue, deal_id: str) -> str:
    papers = venue.operator.filing_package(deal_id).digests
    venue.operator.file_deal(deal_id, f"F-lot-{deal_id}", papers, "papers complete")
    return f"F-lot-{deal_id}"


def funded(venue: RunningVenue) -> tuple[Client, Client, str, list[str], list[str]]:
    """Seller, buyer, listing, rights and funded deals of a lot."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    rights = [venue.right(seller) for _ in SHARES]
    listing_id = venue.listing(seller, rights[0], price=PRICE, deal_kind="assignment", lot=lot(rights))
    line = venue.money(buyer, PRICE)
    buyer.accept_price(listing_id, PRICE)
    listing = venue.operator.listing(listing_id)
    assert isinstance(listing, OwnListingView)
    deals = listing.deals
    for deal_id, price in zip(deals, (500_01, 300_00, 200_00), strict=True):
        seller.sign_deal(deal_id, price=price)
        buyer.sign_deal(deal_id, price=price)
    assert [venue.public.deal(each).state for each in deals] == ["SIGNED"] * 3
    for deal_id in deals:
        witnessed(venue, deal_id)
    buyer.fund_deal(deals[0], line)
    assert [venue.public.deal(each).state for each in deals] == ["FUNDED"] * 3
    return seller, buyer, listing_id, rights, deals


def test_a_lot_goes_from_its_listing_to_the_choice_of_its_buyer(venue: RunningVenue) -> None:
    seller, buyer, listing_id, rights, deals = funded(venue)
    shown = venue.public.listing(listing_id)
    assert [(member.right_id, member.share) for member in shown.lot or []] == list(
        zip(rights, SHARES, strict=True)
    )
    part = buyer.own_deal(deals[2])
    assert part.lot is not None
    assert (part.lot.id, part.lot.price, part.lot.share, part.price) == (deals[0], PRICE, 200_000, 200_00)
    assert part.lot.right_ids == rights
    venue.register(deals[0], filed(venue, deals[0]))
    refused(venue, deals[1], filed(venue, deals[1]))
    assert venue.public.listing(listing_id).lot_choice_until_ms
    with pytest.raises(VenueProblem) as problem:
        filed(venue, deals[2])
    assert problem.value.code == "LOT-CHOICE-OPEN"
    with pytest.raises(VenueProblem) as problem:
        seller.decide_lot(listing_id, "keep")
    assert problem.value.code == "NOT-PERMITTED"
    buyer.decide_lot(listing_id, "rescind")
    assert [venue.public.deal(each).state for each in deals] == ["REGISTERED", "REFUNDED", "REFUNDED"]
    assert buyer.balance(buyer.party_id, "available", "CNY") == 500_00
    with pytest.raises(VenueProblem) as problem:
        buyer.decide_lot(listing_id, "rescind")
    assert problem.value.code == "WRONG-STATE"


def test_every_right_of_a_lot_finds_its_listing(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    rights = [venue.right(seller) for _ in SHARES]
    listing_id = venue.listing(seller, rights[0], deal_kind="assignment", lot=lot(rights))
    for right in rights:
        found = venue.public.transport.get("/v1/listings", {"right_id": right})["listings"]
        assert [view["id"] for view in found] == [listing_id]
        assert [item.subject_id for item in venue.public.timeline(right).items if item.kind == "listing"] == [
            listing_id
        ]
    page = venue.public.transport._http.get(f"/listings/{listing_id}").text
    assert all(f"/rights/{right}" in page for right in rights)
    assert "30.0000%" in page


def test_a_check_names_what_bars_each_right_of_a_lot(venue: RunningVenue) -> None:
    seller, other = venue.party("seller"), venue.party("seller")
    rights = [venue.right(seller) for _ in SHARES]
    venue.copy(rights[1], seller, freeze="dispute")
    venue.copy(rights[2], other, in_fee_grace=True)
    stated: dict[str, Any] = {
        "mode": "posted",
        "deal_kind": "assignment",
        "currency": "CNY",
        "closes_ms": venue.operator.time_ms() + 30 * DAY_MS,
    }
    draft = c.SubmitListing(right_id=rights[0], lot=lot(rights), **stated)
    view = seller.check_draft(draft, offered(price=PRICE, territory=("US",)))
    found = {(each.code, each.facts.get("right_id")) for each in view.grounds}
    assert found == {("CN-PATENT-RULES-103", rights[1]), ("CN-LICENCE-RECORDAL-12-2", rights[2])}
    assert [(each.code, each.facts["right_id"]) for each in view.warnings] == [
        ("CN-LICENCE-RECORDAL-12-6", rights[2])
    ]


def test_a_lot_is_signed_in_one_go_in_whatever_order_its_deals_are_listed(
    venue: RunningVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of one entry are listed as text: D-10 stands before D-9."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    rights = [venue.right(seller) for _ in SHARES]
    listing_id = venue.listing(seller, rights[0], price=PRICE, deal_kind="assignment", lot=lot(rights))
    venue.money(buyer, PRICE)
    deal_id = buyer.accept_price(listing_id, PRICE).result["deal_id"]
    for reverse in (False, True):
        client = (seller, buyer)[reverse]
        listed = sorted(client.deals(own=True), key=lambda view: view.id, reverse=reverse)
        monkeypatch.setattr(client, "deals", lambda listed=listed, **_: iter(listed))
        assert len(client.sign_lot(deal_id, price=PRICE)) == len(SHARES)


def test_a_lot_is_signed_in_one_go_at_the_parts_of_the_price_that_was_agreed(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    rights = [venue.right(seller) for _ in SHARES]
    listing_id = venue.listing(seller, rights[0], price=PRICE, deal_kind="assignment", lot=lot(rights))
    venue.money(buyer, PRICE)
    deal_id = buyer.accept_price(listing_id, PRICE).result["deal_id"]
    with pytest.raises(DealMismatch):
        buyer.sign_lot(deal_id, price=PRICE - 1)
    seller.sign_deal(deal_id, price=500_01)
    assert len(seller.sign_lot(deal_id, price=PRICE)) == 2
    assert buyer.sign_lot(deal_id, price=PRICE)[-1].result["state"] == "SIGNED"
    single = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 1_000_00)
    alone = buyer.accept_price(single, 1_000_00).result["deal_id"]
    with pytest.raises(DealMismatch):
        buyer.sign_lot(alone)


def test_what_one_signs_of_a_lot_says_so(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    rights = [venue.right(seller) for _ in SHARES]
    listing_id = venue.listing(seller, rights[0], price=PRICE, deal_kind="assignment", lot=lot(rights))
    venue.money(buyer, PRICE)
    deal_id = buyer.accept_price(listing_id, PRICE).result["deal_id"]
    view = buyer.to_sign(deal_id)
    assert "3 deals of a lot" in view.words
    assert "打包" in view.words_zh
    assert all(right in text for right in rights for text in view.contract_texts.values())
