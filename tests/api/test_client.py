"""The client trusts nobody: receipts are checked, what is signed is made from checked parts, nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from api.calls.transport import MOST_TRIES
from api.client import (
    AcknowledgementLog,
    Client,
    DealMismatch,
    ReceiptMismatch,
    ReceiptRefused,
    VenueProblem,
    VenueUnreachable,
    read_log,
)
from exchange import commands as c
from ledger.signatures import PrivateKey
from tests.api.running_venue import RunningVenue

Change = Callable[[dict[str, Any]], None]


class LyingVenue(httpx.BaseTransport):
    """The real venue's answers, changed on their way back."""

    def __init__(self, ending: str, change: Change) -> None:
        self._venue = httpx.HTTPTransport()
        self._ending = ending
        self._change = change

    def close(self) -> None:
        self._venue.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._venue.handle_request(request)
        content = response.read()
        if request.url.path.endswith(self._ending):
            document = msgspec.json.decode(content)
            self._change(document)
            content = msgspec.json.encode(document)
        return httpx.Response(
            response.status_code, stream=httpx.ByteStream(content)
        )  # not read, as from a network


class FailingVenue(httpx.BaseTransport):
    """The real venue, whose first answers are lost after it has worked on them, or never asked for."""

    def __init__(self, lost: int, *, after: bool) -> None:
        self._venue = httpx.HTTPTransport()
        self.lost = lost
        self._after = after
        self.tried = 0

    def close(self) -> None:
        self._venue.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return self._venue.handle_request(request)
        self.tried += 1
        if self.tried > self.lost:
            return self._venue.handle_request(request)
        if self._after:
            self._venue.handle_request(request).read()
        message = "the connection broke"
        raise httpx.ReadError(message)


def api_key_of(client: Client) -> str:
    """The API key that a client uses."""
    return client.transport._http.headers["authorization"].removeprefix("Bearer ")


def through(venue: RunningVenue, party: Client, transport: httpx.BaseTransport) -> Client:
    """The same party over another transport."""
    client: Client = venue.kept(
        Client(venue.url, api_key_of(party), party.key, trust=party.giver.trust, transport=transport)
    )
    client.transport._pause = lambda _: None
    return client


def awarded(venue: RunningVenue) -> tuple[Client, Client, str]:
    """Seller, buyer, and a deal that waits for their signatures."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 2_000_00)
    return seller, buyer, buyer.accept_price(listing_id, 1_000_00).result["deal_id"]


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_is_lost_is_asked_for_again_and_the_command_applied_once(
    venue: RunningVenue, after: bool
) -> None:
    party = venue.party("buyer")
    venue.money(party, 500_00)
    unlucky = through(venue, party, FailingVenue(3, after=after))
    given = unlucky.withdraw("CNY", 100_00)
    assert given.status == "accepted"
    assert party.balance(party.party_id, "available", "CNY") == 400_00


def test_without_any_answer_the_client_says_that_it_does_not_know(
    venue: RunningVenue, tmp_path: Path
) -> None:
    party = venue.party("buyer")
    venue.money(party, 500_00)
    broken = FailingVenue(10**6, after=True)
    log = AcknowledgementLog(tmp_path / "log")
    client = Client(
        venue.url, api_key_of(party), party.key, trust=party.giver.trust, transport=broken, log=log
    )
    client.transport._pause = lambda _: None
    with client, pytest.raises(VenueUnreachable):
        client.withdraw("CNY", 100_00, idempotency_key="unknown-fate")
    assert broken.tried == MOST_TRIES
    log.close()
    answered, unanswered = read_log(tmp_path / "log")
    assert answered == []
    assert [sent.idempotency_key for sent in unanswered] == ["unknown-fate"]
    again = party.withdraw("CNY", 100_00, idempotency_key=unanswered[0].idempotency_key)
    assert again.status == "accepted"
    assert party.balance(party.party_id, "available", "CNY") == 400_00


def test_every_acknowledgement_stands_in_the_log_refusals_too(venue: RunningVenue, tmp_path: Path) -> None:
    log = AcknowledgementLog(tmp_path / "log")
    party = venue.party("buyer", log=log)
    venue.money(party, 100_00)
    accepted = party.withdraw("CNY", 60_00)
    with pytest.raises(VenueProblem):
        party.withdraw("CNY", 60_00)
    log.close()
    answered, unanswered = read_log(tmp_path / "log")
    assert unanswered == []
    assert [(answer.type, answer.status, answer.code) for answer in answered] == [
        ("apply_party", "accepted", None),
        ("enrol_key", "accepted", None),
        ("request_withdrawal", "accepted", None),
        ("request_withdrawal", "refused", "FUNDS-SHORT"),
    ]
    assert answered[2] == accepted
    for answer in answered:
        entry = venue.public.check_entry(answer.receipt, party.giver.trust)
        assert entry.type == answer.type
    (tmp_path / "cut").write_bytes((tmp_path / "log").read_bytes()[:-20])
    assert len(read_log(tmp_path / "cut")[0]) == 3


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda answer: answer.update(entry=answer["entry"] + 1), ReceiptMismatch),
        (lambda answer: answer["receipt"].update(leaf_hash="00" * 32), ReceiptRefused),
        (lambda answer: answer["receipt"]["seal"].update(time_ms=5), ReceiptRefused),
        (lambda answer: answer["receipt"].update(signature="00" * 64), ReceiptRefused),
    ],
)
def test_a_receipt_that_does_not_hold_is_not_taken(
    venue: RunningVenue, change: Change, error: type[Exception]
) -> None:
    party = venue.party("buyer")
    venue.money(party, 500_00)
    with pytest.raises(error):
        through(venue, party, LyingVenue("/withdrawals", change)).withdraw("CNY", 1_00)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda shown: shown["terms"].update(price=1), "TERMS-COMMITMENT"),
        (lambda shown: shown.update(contract_text="甲方无偿转让全部专利。"), "CONTRACT-TEXT"),
        (lambda shown: shown.update(contract_commitment="00" * 32), "CONTRACT-COMMITMENT"),
        (lambda shown: shown.update(salt="00" * 32), "TERMS-COMMITMENT"),
        (lambda shown: shown["typed_data"]["message"].update(kind=1), "TYPED-DATA"),
        (lambda shown: shown["typed_data"]["message"].update(terms="0x" + "12" * 32), "TYPED-DATA"),
        (
            lambda shown: shown["typed_data"]["domain"].update(verifyingContract="0x" + "12" * 20),
            "TYPED-DATA",
        ),
        (lambda shown: shown["typed_data"]["message"].update(buyer="0x" + "12" * 20), "SIGNER"),
        (lambda shown: shown.update(deadline_s=2**40), "TYPED-DATA"),
        (lambda shown: shown.update(digest="0x" + "12" * 32), "DIGEST"),
    ],
)
def test_nothing_is_signed_that_is_not_what_was_committed_to(
    venue: RunningVenue, change: Change, code: str
) -> None:
    _, buyer, deal_id = awarded(venue)
    deceived = through(venue, buyer, LyingVenue("/to-sign", change))
    with pytest.raises(DealMismatch) as caught:
        deceived.sign_deal(deal_id)
    assert caught.value.code == code
    assert buyer.to_sign(deal_id).signed == []


def test_another_deal_or_another_price_than_agreed_is_not_signed(venue: RunningVenue) -> None:
    _, buyer, deal_id = awarded(venue)
    with pytest.raises(DealMismatch) as caught:
        buyer.sign_deal(deal_id, price=900_00)
    assert caught.value.code == "PRICE"
    _, other_buyer, other_id = awarded(venue)
    shown = other_buyer.to_sign(other_id).model_dump(mode="json")
    swapped = through(venue, buyer, LyingVenue("/to-sign", lambda answer: answer.update(shown)))
    with pytest.raises(DealMismatch) as caught:
        swapped.sign_deal(deal_id)
    assert caught.value.code == "DEAL-ID"


def test_plain_words_say_what_a_signature_means(venue: RunningVenue) -> None:
    seller, buyer, deal_id = awarded(venue)
    shown = buyer.to_sign(deal_id)
    assert seller.party_id in shown.words
    assert "1000.00 CNY" in shown.words
    assert "1000.00 CNY" in shown.words_zh
    assert deal_id in shown.contract_text
    assert shown.signer == buyer.giver.key.address
    assert seller.to_sign(deal_id).signer == seller.giver.key.address


def test_an_agent_bids_for_its_party_under_a_mandate_and_not_beyond(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    listing_id = venue.listing(
        seller,
        venue.right(seller),
        mode="competitive",
        deal_kind="assignment",
        price=1_000_00,
        deposit=100_00,
    )
    bidder = venue.bidder(listing_id)
    key = PrivateKey.generate()
    agent = venue.kept(Client(venue.url, api_key_of(bidder), key))
    with pytest.raises(VenueProblem) as caught:
        agent.place_bid(listing_id, 1_000_00)
    assert caught.value.code == "SIGNATURE-WRONG"
    bidder.appoint_agent(key.address, ("bid",), venue.public.time_ms() + 3_600_000, "授权委托书")
    assert agent.place_bid(listing_id, 1_000_00).status == "accepted"
    with pytest.raises(VenueProblem) as caught:
        agent.withdraw("CNY", 1_00)
    assert caught.value.code == "NOT-PERMITTED"
    bidder.dismiss_agent(key.address)
    with pytest.raises(VenueProblem) as caught:
        agent.withdraw_bid(next(bidder.bids()).id)
    assert caught.value.code in {"NOT-PERMITTED", "SIGNATURE-WRONG"}


def test_a_client_without_a_key_only_reads(venue: RunningVenue) -> None:
    assert venue.public.venue().chain_id == 31_337
    with pytest.raises(ValueError, match="only reads"):
        venue.public.give("/v1/withdrawals", c.RequestWithdrawal())
