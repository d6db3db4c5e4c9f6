"""A deal over HTTP from application to payout, as two companies and two operators do it."""

from __future__ import annotations

from itertools import count

from exchange import commands as c
from tests.api.running_venue import RunningVenue, digest
from tests.exchange.scene import cn_right_id

_serials = count(7_900)


def test_a_licence_is_offered_accepted_signed_paid_and_granted_over_http(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller), price=1_000_00)
    line = venue.money(buyer, 2_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    assert venue.operator.deal(deal_id).state == "AWARDED"
    seller.sign_deal(deal_id, price=1_000_00)
    assert buyer.sign_deal(deal_id, price=1_000_00).result["state"] == "SIGNED"
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "77" * 32, block=7
        )
    )
    buyer.fund_deal(deal_id, line)
    licences = list(buyer.licences(right_id=buyer.deal(deal_id).right_id))
    assert [licence.deal_id for licence in licences] == [deal_id]
    for payment_id in venue.operator.own_deal(deal_id).payments:
        venue.operator.approve_payment(payment_id, "due under the deal")
        venue.second_operator.approve_payment(payment_id, "due under the deal")
    approved = [payment for payment in seller.payments() if payment.deal_id == deal_id]
    assert [(payment.state, payment.amount) for payment in approved] == [("APPROVED", 990_00)]
    assert len(approved[0].approvals) == 2
    assert buyer.balance(buyer.party_id, "available", "CNY") == 1_000_00


def test_an_assignment_goes_through_bids_to_the_filing(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller)
    listing_id = venue.listing(
        seller, right_id, mode="competitive", deal_kind="assignment", price=10_000_00, deposit=1_000_00
    )
    first, second = venue.bidder(listing_id), venue.bidder(listing_id)
    low = first.place_bid(listing_id, 10_000_00, client_order_id="mine-1").result["bid_id"]
    second.place_bid(listing_id, 11_000_00)
    first.amend_bid(low, 12_000_00)
    book = second.book(listing_id)
    assert [(line.rank, line.price, line.own) for line in book.lines or []] == [
        (1, 12_000_00, False),
        (2, 11_000_00, True),
    ]
    assert venue.public.book(listing_id).lines is None
    assert venue.public.book(listing_id).count == 2
    insider = seller.book(listing_id)
    assert [line.party_id for line in insider.lines or []] == [first.party_id, second.party_id]
    assert first.bid(low).price == 12_000_00
    second.leave(listing_id)
    assert second.balance(second.party_id, "deposit", "CNY") == 0
    venue.operator.jump_clock(venue.public.time_ms() + 11 * 24 * 3600 * 1000, "registration closes")
    deal_id = seller.accept_bid(low).result["deal_id"]
    seller.sign_deal(deal_id)
    first.sign_deal(deal_id, price=12_000_00)
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "78" * 32, block=8
        )
    )
    line = next(line.id for line in first.statement_lines())
    first.fund_deal(deal_id, line)
    package = venue.operator.filing_package(deal_id)
    assert package.filed_ms is None
    filed = venue.operator.file_deal(deal_id, "F-1", package.digests, "papers complete")
    assert filed.result["state"] == "FILED"
    assert venue.operator.filing_package(deal_id).filed_ms == filed.time_ms
    assert venue.public.right(right_id).status == "granted"
    venue.register(deal_id, "F-1")
    holders = venue.operator.enrolled_right(right_id).holder_of_record
    assert [holder.company_number for holder in holders] == [first.own_party().company_number]


def test_the_package_of_an_invention_that_leaves_the_mainland_names_what_its_filing_named(
    venue: RunningVenue,
) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer", jurisdiction="HK")
    right_id = cn_right_id(next(_serials))
    imported = c.ImportRight(
        right_id=right_id,
        office="CN",
        right_type="invention",
        filing_date="2019-03-01",
        service_invention=False,
    )
    seller.give("/v1/rights", imported, parts={"bibliography": {"title": "A device"}})
    venue.copy(right_id, seller, grant_date="2021-06-01")
    venue.operator.classify_export(right_id, "free", "not in the catalogue")
    listing_id = venue.listing(seller, right_id, deal_kind="assignment", price=1_000_00)
    line = venue.money(buyer, 2_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    for party in (seller, buyer):
        party.sign_deal(deal_id, price=1_000_00)
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "79" * 32, block=9
        )
    )
    buyer.fund_deal(deal_id, line)
    assert "export_certificate" not in venue.operator.filing_package(deal_id).papers
    certificate = c.DocumentTerms(document="export_registration", subject_id=deal_id)
    venue.operator.record_document(certificate, digest("certificate"), "registered")
    package = venue.operator.filing_package(deal_id)
    assert digest("certificate") in package.papers["export_certificate"]
    filed = venue.operator.file_deal(deal_id, f"F-{deal_id}", package.digests, "papers complete")
    assert filed.result["state"] == "FILED"
    venue.operator.record_document(certificate, digest("another certificate"), "registered again")
    assert seller.filing_package(deal_id).papers == package.papers
