"""A signature that is not by the right key over this very command gets a problem, and changes nothing."""

from __future__ import annotations

import pytest

from exchange import commands as c
from ledger.signatures import (
    PrivateKey,
    exchange_domain,
)
from tests.api.auction import Auction, bid_body, problem_of, refusal, refused_without_trace
from tests.api.running_venue import ANCHOR, CHAIN_ID, DAY_MS, RunningVenue


def test_a_signature_by_another_key_shows_digest_and_recovered_signer(auction: Auction) -> None:
    stranger = PrivateKey.generate()
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, stranger, "hand", valid_until_ms=auction.until()
    )
    before = auction.venue.state_of()
    document = problem_of(auction.post(body), "SIGNATURE-WRONG", 403)
    assert document["recovered_signer"] == stranger.address
    assert len(document["digest"]) == 66
    assert auction.venue.state_of() == before


def test_a_signature_for_another_chain_or_contract_is_wrong(auction: Auction) -> None:
    for domain in (exchange_domain(1, ANCHOR), exchange_domain(CHAIN_ID, "0x" + "99" * 20)):
        body = bid_body(
            auction.bidder.party_id,
            auction.listing_id,
            auction.key,
            "hand",
            domain=domain,
            valid_until_ms=auction.until(),
        )
        problem_of(auction.post(body), "SIGNATURE-WRONG", 403)


def test_a_signature_is_good_for_one_key_one_command_one_party_one_price(auction: Auction) -> None:
    until = auction.until()
    made = bid_body(auction.bidder.party_id, auction.listing_id, auction.key, "first", valid_until_ms=until)
    problem_of(auction.post(made, key="second"), "SIGNATURE-WRONG", 403)
    dearer = {**made, "terms": {**made["terms"], "price": "99999.00"}}
    problem_of(auction.post(dearer, key="first"), "SIGNATURE-WRONG", 403)
    later = {**made, "signature": {**made["signature"], "valid_until_ms": until + 1}}
    problem_of(auction.post(later, key="first"), "SIGNATURE-WRONG", 403)
    other = bid_body(
        auction.bidder.party_id,
        auction.listing_id,
        auction.key,
        "first",
        valid_until_ms=until,
        action="amend_bid",
    )
    problem_of(auction.post(other, key="first"), "SIGNATURE-WRONG", 403)
    for_another = bid_body("P-999999", auction.listing_id, auction.key, "first", valid_until_ms=until)
    problem_of(auction.post(for_another, key="first"), "SIGNATURE-WRONG", 403)
    named = {**made, "signature": {**made["signature"], "signer": "0x" + "12" * 20}}
    problem_of(auction.post(named, key="first"), "SIGNATURE-WRONG", 403)


@pytest.mark.parametrize(
    ("ahead_ms", "code"), [(-1, "SIGNATURE-EXPIRED"), (400 * DAY_MS, "SIGNATURE-EXPIRED")]
)
def test_a_signature_has_its_time(auction: Auction, ahead_ms: int, code: str) -> None:
    until = auction.venue.public.time_ms() + ahead_ms
    body = bid_body(auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=until)
    problem_of(auction.post(body), code, 403)


@pytest.mark.parametrize("value", ["0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "11" * 64 + "05"])
def test_bytes_that_are_no_signature_are_malformed(auction: Auction, value: str) -> None:
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=auction.until()
    )
    body["signature"]["value"] = value
    assert problem_of(auction.post(body), "SIGNATURE-MALFORMED", 422)["reason"].startswith("SIGNATURE-")


def test_the_second_signature_of_a_pair_is_refused(auction: Auction) -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=auction.until()
    )
    raw = bytes.fromhex(body["signature"]["value"][2:])
    high = (order - int.from_bytes(raw[32:64])).to_bytes(32)
    body["signature"]["value"] = "0x" + (raw[:32] + high + bytes([55 - raw[64]])).hex()
    assert problem_of(auction.post(body), "SIGNATURE-MALFORMED", 422)["reason"] == "SIGNATURE-HIGH-S"


def test_a_deal_is_not_signed_by_a_stranger_or_over_another_deal(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 2_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    shown = buyer.to_sign(deal_id)
    theirs = "0x" + PrivateKey.generate().sign_digest(bytes.fromhex(shown.digest[2:])).hex()
    problem = refused_without_trace(
        venue,
        lambda: buyer.give(
            f"/v1/deals/{deal_id}/signatures",
            c.SignAgreement(deal_id=deal_id, agreement_digest=shown.agreement_digest, deal_signature=theirs),
            in_path=("deal_id",),
        ),
        "SIGNATURE-WRONG",
        403,
    )
    assert problem.document["expected_signer"] == buyer.giver.key.address
    outsider = venue.party()
    refusal(lambda: outsider.to_sign(deal_id), "UNKNOWN-ID", 404)
