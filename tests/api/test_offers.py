"""Standing offers at the front door: what is signed is shown whole, checked on both sides, and by nobody else's key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api.calls.offer_check import digest_of_message
from api.client import Client, DealMismatch, VenueProblem
from api.offers.schemas import OwnOfferView
from exchange import commands as c
from exchange.offers import offer_salt
from ledger.messages import Deal, DealCancellation, OfferWithdrawal, StandingOffer
from ledger.signatures import PrivateKey, struct_hash
from tests.api.auction import refusal, refused_without_trace
from tests.api.running_venue import RunningVenue
from tests.api.test_client import LyingVenue, through

PRICE = 1_000_00
Change = Callable[[dict[str, Any]], None]


def listed(venue: RunningVenue) -> tuple[Client, str]:
    """A seller with an open listing of ordinary licences."""
    seller = venue.party("seller")
    return seller, venue.listing(seller, venue.right(seller))


def offered(venue: RunningVenue) -> tuple[Client, str]:
    """The same with its standing offer signed."""
    seller, listing_id = listed(venue)
    seller.sign_offer(listing_id, price=PRICE)
    return seller, listing_id


def accepted(venue: RunningVenue, listing_id: str) -> tuple[Client, str]:
    """A buyer that has accepted, and its deal."""
    buyer = venue.party("buyer")
    venue.money(buyer, 2 * PRICE)
    return buyer, buyer.accept_price(listing_id, PRICE).result["deal_id"]


def fields_of(kind: Any, typed: dict[str, Any]) -> dict[str, Any]:
    message = typed["message"]
    return {
        field: bytes.fromhex(message[name][2:]) if solidity == "bytes32" else message[name]
        for (name, solidity), field in zip(kind.members, kind.__struct_fields__, strict=True)
    }


# --- signing once, accepting often


def test_the_seller_signs_once_and_each_buyer_alone_makes_a_contract(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    first, deal = accepted(venue, listing_id)
    shown = first.to_sign(deal)
    assert shown.typed_data["primaryType"] == "OfferAcceptance"
    assert shown.signed == [seller.party_id]
    assert "standing offer" in shown.words
    assert "要约" in shown.words_zh
    assert "要约" in shown.contract_texts["zh-Hans"]
    assert "(offer)" in shown.contract_text
    assert seller.to_sign(deal).signer == ""
    assert first.sign_deal(deal, price=PRICE).result["state"] == "SIGNED"
    accepted(venue, listing_id)
    view = venue.public.offer(listing_id)
    assert (view.state, view.most, view.accepted) == ("STANDING", 5, 2)
    assert [record.kind for record in view.chain_records] == ["offer"]
    assert not hasattr(view, "signature")
    own = seller.offer(listing_id)
    assert isinstance(own, OwnOfferView)
    assert (len(own.deals), own.left, own.withdrawal) == (2, [], "")


def test_the_seller_has_nothing_to_sign_of_an_accepted_deal(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    _, deal = accepted(venue, listing_id)
    with pytest.raises(DealMismatch) as caught:
        seller.sign_deal(deal)
    assert caught.value.code == "SIGNER"
    shown = seller.to_sign(deal)
    theirs = seller.giver.key.sign_digest(bytes.fromhex(shown.digest[2:]))
    command = c.SignAgreement(
        deal_id=deal, agreement_digest=shown.agreement_digest, deal_signature="0x" + theirs.hex()
    )
    refused_without_trace(
        venue,
        lambda: seller.give(f"/v1/deals/{deal}/signatures", command, in_path=("deal_id",)),
        "SIGNED-ALREADY",
        409,
    )


def test_what_an_acceptance_names_by_its_hash_is_shown_with_it(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    buyer, deal = accepted(venue, listing_id)
    shown = buyer.to_sign(deal)
    assert shown.offer is not None
    offer = StandingOffer(**fields_of(StandingOffer, shown.offer))
    hashed = "0x" + struct_hash(offer).hex()
    assert shown.typed_data["message"]["offerId"] == hashed == venue.public.offer(listing_id).offer_id
    assert (offer.seller, offer.salt) == (seller.giver.key.address, offer_salt(listing_id, 0))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda shown: shown["terms"].update(price=1), "TERMS-COMMITMENT"),
        (lambda shown: shown.update(contract_text="无偿许可。"), "CONTRACT-TEXT"),
        (lambda shown: shown.update(contract_commitment="00" * 32), "CONTRACT-COMMITMENT"),
        (lambda shown: shown.update(listing_id="L-1"), "LISTING-ID"),
        (lambda shown: shown["typed_data"]["message"].update(most=10**6), "DIGEST"),
        (lambda shown: shown["typed_data"]["message"].update(terms="0x" + "12" * 32), "OFFER"),
        (lambda shown: shown["typed_data"]["message"].update(rightId="0x" + "12" * 32), "OFFER"),
        (lambda shown: shown["typed_data"]["message"].update(salt="0x" + "12" * 32), "OFFER"),
        (lambda shown: shown["typed_data"]["message"].update(seller="0x" + "12" * 20), "SIGNER"),
        (lambda shown: shown["typed_data"]["domain"].update(chainId=1), "TYPED-DATA"),
        (lambda shown: shown["typed_data"].update(message={}), "TYPED-DATA"),
        (lambda shown: shown.update(digest="0x" + "12" * 32), "DIGEST"),
        (lambda shown: shown.update(offer_digest="12" * 32), "DIGEST"),
    ],
)
def test_a_seller_signs_no_offer_that_is_not_what_was_committed_to(
    venue: RunningVenue, change: Change, code: str
) -> None:
    seller, listing_id = listed(venue)
    deceived = through(venue, seller, LyingVenue("/offer/to-sign", change))
    with pytest.raises(DealMismatch) as caught:
        deceived.sign_offer(listing_id)
    assert caught.value.code == code
    refusal(lambda: venue.public.offer(listing_id), "UNKNOWN-ID", 404)


def test_a_seller_signs_no_other_price_than_it_listed(venue: RunningVenue) -> None:
    seller, listing_id = listed(venue)
    with pytest.raises(DealMismatch) as caught:
        seller.sign_offer(listing_id, price=PRICE - 1)
    assert caught.value.code == "PRICE"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda shown: shown["terms"].update(price=1), "TERMS-COMMITMENT"),
        (lambda shown: shown.update(contract_text="无偿许可。"), "CONTRACT-TEXT"),
        (lambda shown: shown.update(contract_commitment="00" * 32), "CONTRACT-COMMITMENT"),
        (lambda shown: shown["offer"]["message"].update(termSeconds=1), "TYPED-DATA"),
        (lambda shown: shown["offer"]["message"].update(terms="0x" + "12" * 32), "OFFER"),
        (lambda shown: shown["offer"]["message"].update(rightId="0x" + "12" * 32), "OFFER"),
        (lambda shown: shown["offer"].update(primaryType="Deal"), "TYPED-DATA"),
        (lambda shown: shown["typed_data"]["message"].update(offerId="0x" + "12" * 32), "TYPED-DATA"),
        (lambda shown: shown["typed_data"]["message"].update(dealId="0x" + "12" * 32), "TYPED-DATA"),
        (lambda shown: shown["typed_data"]["message"].update(buyer="0x" + "12" * 20), "SIGNER"),
        (lambda shown: shown["typed_data"]["message"].update(buyerCounter="many"), "TYPED-DATA"),
        (lambda shown: shown.update(deadline_s=2**40), "TYPED-DATA"),
        (lambda shown: shown.update(deal_id="D-1"), "DEAL-ID"),
        (lambda shown: shown.update(digest="0x" + "12" * 32), "DIGEST"),
    ],
)
def test_a_buyer_signs_no_acceptance_of_another_offer(venue: RunningVenue, change: Change, code: str) -> None:
    _, listing_id = offered(venue)
    buyer, deal = accepted(venue, listing_id)
    deceived = through(venue, buyer, LyingVenue(f"/{deal}/to-sign", change))
    with pytest.raises(DealMismatch) as caught:
        deceived.sign_deal(deal)
    assert caught.value.code == code
    assert buyer.deal(deal).state == "AWARDED"


def test_an_offer_and_an_acceptance_by_another_key_are_refused_at_the_door(venue: RunningVenue) -> None:
    seller, listing_id = listed(venue)
    stranger = PrivateKey.generate()
    shown = seller.offer_to_sign(listing_id)
    forged = "0x" + stranger.sign_digest(bytes.fromhex(shown.digest[2:])).hex()
    command = c.SignOffer(listing_id=listing_id, offer_digest=shown.offer_digest, offer_signature=forged)
    path = f"/v1/listings/{listing_id}/offer"
    problem = refused_without_trace(
        venue, lambda: seller.give(path, command, in_path=("listing_id",)), "SIGNATURE-WRONG", 403
    )
    assert problem.document["expected_signer"] == seller.giver.key.address
    assert problem.document["recovered_signer"] == stranger.address
    seller.sign_offer(listing_id)
    buyer, deal = accepted(venue, listing_id)
    asked = buyer.to_sign(deal)
    theirs = stranger.sign_digest(bytes.fromhex(asked.digest[2:]))
    signed = c.SignAgreement(
        deal_id=deal, agreement_digest=asked.agreement_digest, deal_signature="0x" + theirs.hex()
    )
    refused_without_trace(
        venue,
        lambda: buyer.give(f"/v1/deals/{deal}/signatures", signed, in_path=("deal_id",)),
        "SIGNATURE-WRONG",
        403,
    )


def test_an_offer_read_before_somebody_accepted_is_read_again(venue: RunningVenue) -> None:
    seller, listing_id = listed(venue)
    shown = seller.offer_to_sign(listing_id)
    accepted(venue, listing_id)
    signature = "0x" + seller.giver.key.sign_digest(bytes.fromhex(shown.digest[2:])).hex()
    command = c.SignOffer(listing_id=listing_id, offer_digest=shown.offer_digest, offer_signature=signature)
    path = f"/v1/listings/{listing_id}/offer"
    problem = refused_without_trace(
        venue, lambda: seller.give(path, command, in_path=("listing_id",)), "WRONG-STATE", 409
    )
    assert problem.facts["offer_digest"] == seller.offer_to_sign(listing_id).offer_digest
    seller.sign_offer(listing_id)
    assert venue.public.offer(listing_id).most == 4


def test_only_the_seller_reads_what_it_signs_and_only_where_there_is_something(venue: RunningVenue) -> None:
    seller, listing_id = listed(venue)
    outsider = venue.party()
    for read in (outsider.offer_to_sign, outsider.withdrawal_to_sign):
        refusal(lambda read=read: read(listing_id), "UNKNOWN-ID", 404)  # type: ignore[misc]
    refusal(lambda: seller.withdrawal_to_sign(listing_id), "UNKNOWN-ID", 404)
    auction = venue.listing(
        seller, venue.right(seller), mode="competitive", deal_kind="assignment", deposit=1_00
    )
    refusal(lambda: seller.offer_to_sign(auction), "WRONG-STATE", 409)
    assert venue.operator.offer_to_sign(listing_id).signer == seller.giver.key.address


# --- withdrawing


def test_a_withdrawal_is_explained_by_the_offer_that_it_ends(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    buyer, deal = accepted(venue, listing_id)
    refusal(lambda: seller.withdraw_listing(listing_id), "OFFER-STANDS", 409)
    shown = seller.withdrawal_to_sign(listing_id)
    offer = StandingOffer(**fields_of(StandingOffer, shown.hashed))
    assert shown.typed_data["message"] == {"offer": "0x" + struct_hash(offer).hex()}
    assert shown.struct_hash == "0x" + struct_hash(offer).hex()
    assert shown.subject_digest == digest_of_message(offer, seller.listing(listing_id).right_id)
    assert listing_id in shown.words
    assert "撤销" in shown.words_zh
    given = seller.withdraw_offer(listing_id)
    assert given.result == {"listing_id": listing_id, "offer": "WITHDRAWING", "state": "AWARDED"}
    assert buyer.sign_deal(deal).result["state"] == "SIGNED"
    view = venue.public.offer(listing_id)
    assert view.state == "WITHDRAWN"
    assert [record.kind for record in view.chain_records] == ["offer", "offer_withdrawal"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda shown: shown.update(subject_id="L-1"), "LISTING-ID"),
        (lambda shown: shown["hashed"]["message"].update(most=1), "DIGEST"),
        (lambda shown: shown["hashed"]["message"].update(salt="0x" + "12" * 32), "OFFER"),
        (lambda shown: shown["hashed"]["message"].update(seller="0x" + "12" * 20), "SIGNER"),
        (lambda shown: shown["typed_data"]["message"].update(offer="0x" + "12" * 32), "TYPED-DATA"),
        (lambda shown: shown.update(digest="0x" + "12" * 32), "DIGEST"),
    ],
)
def test_a_seller_withdraws_no_other_offer_than_it_means(
    venue: RunningVenue, change: Change, code: str
) -> None:
    seller, listing_id = offered(venue)
    deceived = through(venue, seller, LyingVenue("/withdrawal/to-sign", change))
    with pytest.raises(DealMismatch) as caught:
        deceived.withdraw_offer(listing_id)
    assert caught.value.code == code
    assert venue.public.offer(listing_id).state == "STANDING"


def test_a_withdrawal_by_another_key_or_of_another_offer_is_refused_at_the_door(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    shown = seller.withdrawal_to_sign(listing_id)
    path = f"/v1/listings/{listing_id}/offer/withdrawal"

    def given(digest: str, key: PrivateKey) -> Callable[[], Any]:
        signature = "0x" + key.sign_digest(bytes.fromhex(shown.digest[2:])).hex()
        command = c.WithdrawOffer(listing_id=listing_id, offer_digest=digest)
        terms = c.OfferWithdrawalTerms(withdrawal_signature=signature)
        return lambda: seller.give(path, command, terms=terms, in_path=("listing_id",))

    forged = given(shown.subject_digest, PrivateKey.generate())
    refused_without_trace(venue, forged, "SIGNATURE-WRONG", 403)
    refused_without_trace(venue, given("12" * 32, seller.giver.key), "WRONG-STATE", 409)


# --- cancelling


@pytest.mark.parametrize("who", ["seller", "buyer"])
def test_either_party_cancels_a_deal_that_both_have_not_signed(venue: RunningVenue, who: str) -> None:
    seller, listing_id = listed(venue)
    buyer, deal = accepted(venue, listing_id)
    party = seller if who == "seller" else buyer
    seller.sign_deal(deal)
    shown = party.cancellation_to_sign(deal)
    message = Deal(**fields_of(Deal, shown.hashed))
    assert shown.typed_data["message"] == {"deal": "0x" + struct_hash(message).hex()}
    assert shown.signer == party.giver.key.address
    assert deal in shown.words
    assert "取消" in shown.words_zh
    party.cancel_deal(deal)
    view = buyer.own_deal(deal)
    assert (view.state, view.unwound_for) == ("REFUNDED", "party_cancelled")
    assert [record.kind for record in view.chain_records] == ["deal_cancellation"]
    assert buyer.balance(buyer.party_id, "available", "CNY") == 2 * PRICE


def test_a_deal_under_a_standing_offer_is_not_cancelled(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    buyer, deal = accepted(venue, listing_id)
    for party in (seller, buyer):
        refusal(lambda party=party: party.cancel_deal(deal), "WRONG-STATE", 409)  # type: ignore[misc]


def test_nobody_cancels_by_another_key_another_deal_or_a_stranger(venue: RunningVenue) -> None:
    seller, listing_id = listed(venue)
    buyer, deal = accepted(venue, listing_id)
    shown = buyer.cancellation_to_sign(deal)
    path = f"/v1/deals/{deal}/cancellation"

    def given(digest: str, key: PrivateKey) -> Callable[[], Any]:
        signature = "0x" + key.sign_digest(bytes.fromhex(shown.digest[2:])).hex()
        command = c.CancelDeal(deal_id=deal, deal_digest=digest, cancellation_signature=signature)
        return lambda: buyer.give(path, command, in_path=("deal_id",))

    refused_without_trace(venue, given(shown.subject_digest, seller.giver.key), "SIGNATURE-WRONG", 403)
    refused_without_trace(venue, given("12" * 32, buyer.giver.key), "WRONG-STATE", 409)
    outsider = venue.party()
    refusal(lambda: outsider.cancel_deal(deal), "UNKNOWN-ID", 404)
    for change, code in (
        (lambda view: view.update(subject_id="D-1"), "DEAL-ID"),
        (lambda view: view["hashed"]["message"].update(dealId="0x" + "12" * 32), "DEAL-ID"),
        (lambda view: view["hashed"]["message"].update(kind=1), "TYPED-DATA"),
        (lambda view: view["typed_data"]["message"].update(deal="0x" + "12" * 32), "TYPED-DATA"),
        (lambda view: view.update(digest="0x" + "12" * 32), "DIGEST"),
    ):
        deceived = through(venue, buyer, LyingVenue("/cancellation/to-sign", change))
        with pytest.raises(DealMismatch) as caught:
            deceived.cancel_deal(deal)
        assert caught.value.code == code
    assert buyer.deal(deal).state == "AWARDED"


def test_the_messages_that_are_but_a_hash_have_one_member() -> None:
    assert [len(kind.members) for kind in (OfferWithdrawal, DealCancellation)] == [1, 1]


def test_a_company_sees_what_became_of_its_offer_in_the_journal(venue: RunningVenue) -> None:
    seller, listing_id = offered(venue)
    buyer, deal = accepted(venue, listing_id)
    given = seller.advance_counter()
    types = [
        {event["type"]: event for entry in party.events(after=given.entry - 1) for event in entry.events}
        for party in (seller, buyer)
    ]
    assert types[0]["offer_ended"]["cause"] == "counter_advanced"
    assert types[1]["deal_left_offer"]["cause"] == "counter_advanced"
    assert types[1]["signatures_voided"]["deal_id"] == deal
    for party in (seller, buyer):
        party.sign_deal(deal)
    assert buyer.deal(deal).state == "SIGNED"
    with pytest.raises(VenueProblem):
        seller.withdraw_offer(listing_id)
