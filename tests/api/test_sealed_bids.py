"""Sealed bids at the front door: nobody, the venue's staff included, reads a price before all are opened."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from api.calls.sealed_bids import place_in
from api.cli.app import app
from api.client import Client
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.identifiers import chain_key
from exchange.listings.bid_commitment import SealedBid
from ledger import merkle
from ledger.keystore import write_keystore
from ledger.merkle_checks import verify_inclusion
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue, digest
from tests.whole_words import says

LEAST, DEPOSIT = 10_000_00, 1_000_00
DOCUMENT = sha256(b"how we would use it").hexdigest()
CRITERIA = (c.Criterion(code="price", weight=5_000), c.Criterion(code="implementation_plan", weight=5_000))


class Sealed:
    """A sealed listing or tender at the front door, with bidders who each have a bid under seal."""

    def __init__(self, venue: RunningVenue, prices: tuple[int, ...], mode: str = "sealed") -> None:
        self.venue = venue
        self.seller = venue.party("seller")
        fields = {"mode": mode, "deal_kind": "assignment", "reveal_ms": MS_PER_DAY}
        tendered = {"criteria": CRITERIA} if mode == "tender" else {}
        right = venue.right(self.seller)
        self.listing_id = venue.listing(
            self.seller, right, price=LEAST, deposit=DEPOSIT, **fields, **tendered
        )
        self.bidders: list[Client] = [venue.bidder(self.listing_id) for _ in prices]
        proposal = DOCUMENT if mode == "tender" else ""
        self.bids: list[SealedBid] = [
            bidder.draw_up_bid(self.listing_id, price, proposal=proposal)
            for bidder, price in zip(self.bidders, prices, strict=True)
        ]
        self.ids = [
            bidder.seal_bid(bid).result["bid_id"] for bidder, bid in zip(self.bidders, self.bids, strict=True)
        ]

    def wait_for(self, state: str) -> None:
        end = time.monotonic() + 30
        while self.venue.public.listing(self.listing_id).state != state:
            assert time.monotonic() < end, f"never {state}"
            time.sleep(0.02)

    def close(self) -> None:
        closes_ms = self.venue.public.listing(self.listing_id).closes_ms
        self.venue.operator.jump_clock(closes_ms, "the listing's close")
        self.wait_for("SEALED")

    def fixed(self) -> None:
        self.venue.service(
            c.ReportChainRecord(
                record="sealed_set",
                subject_id=self.listing_id,
                outcome="final",
                transaction="0x" + "22" * 32,
                block=7,
            )
        )

    def reveal(self, number: int) -> None:
        self.bidders[number].reveal_bid(self.ids[number], self.bids[number])

    def end(self, state: str) -> None:
        closes_ms = self.venue.public.listing(self.listing_id).reveal_closes_ms
        assert closes_ms is not None
        self.venue.operator.jump_clock(closes_ms, "the window's end")
        self.wait_for(state)


def test_no_price_is_read_anywhere_before_the_window_has_ended(venue: RunningVenue) -> None:
    sealed = Sealed(venue, (12_345_67, 9_876_54, 11_111_11))
    sealed.close()
    set_ = venue.public.sealed_bids(sealed.listing_id)
    assert (set_.count, set_.opened, set_.reveal_closes_ms, set_.chain_transaction) == (3, None, None, "")
    refusal(lambda: sealed.reveal(0), "WRONG-STATE", 409)
    sealed.fixed()
    for number in (0, 1):
        sealed.reveal(number)
    refusal(lambda: sealed.reveal(0), "WRONG-STATE", 409)
    others = (venue.operator, sealed.seller, sealed.bidders[2], venue.public)
    for reader in others:
        shown = [view.model_dump_json() for view in reader.events(after=-1)]
        shown += [
            reader.listing(sealed.listing_id).model_dump_json(),
            reader.book(sealed.listing_id).model_dump_json(),
        ]
        shown.append(reader.sealed_bids(sealed.listing_id).model_dump_json())
        if reader is not venue.public:
            shown += [view.model_dump_json() for view in reader.bids(listing_id=sealed.listing_id)]
        for text in shown:
            for price in ("1234567", "12345.67", "987654", "9876.54", '"VOID"', "REVEALED"):
                assert not says(text, price), text
    by_state = {
        state: [bid.id for bid in venue.operator.bids(listing_id=sealed.listing_id, state=state)]
        for state in ("SEALED", "REVEALED", "VOID")
    }
    assert by_state == {"SEALED": sealed.ids, "REVEALED": [], "VOID": []}, (
        "staff does not learn who has opened"
    )
    assert sealed.bidders[0].bid(sealed.ids[0]).price == 12_345_67
    assert sealed.bidders[1].bid(sealed.ids[1]).state == "VOID"
    sealed.reveal(2)
    sealed.end("AWARDED")
    for reader in (venue.operator, sealed.seller, sealed.bidders[2]):
        opened = reader.sealed_bids(sealed.listing_id).opened
        assert opened is not None
        assert [(each.price, each.state) for each in opened] == [
            (12_345_67, "WON"),
            (9_876_54, "VOID"),
            (11_111_11, "LOST"),
        ]
    assert venue.public.sealed_bids(sealed.listing_id).opened is None
    assert any("1234567" in view.model_dump_json() for view in venue.operator.events(after=-1))


def test_what_a_refused_opening_says_is_read_by_nobody_but_its_giver(venue: RunningVenue) -> None:
    ended, running = Sealed(venue, (LEAST,)), Sealed(venue, (7_777_777_77,))
    ended.close()
    ended.fixed()
    ended.end("LAPSED")
    # The bidder names a bid of an ended listing, with what the bid that is still sealed says.
    refusal(lambda: running.bidders[0].reveal_bid(ended.ids[0], running.bids[0]), "NOT-PERMITTED", 403)
    for reader in (venue.operator, running.seller, ended.seller, ended.bidders[0]):
        assert not says("".join(view.model_dump_json() for view in reader.events(after=-1)), "777777777")
    assert "777777777" in "".join(view.model_dump_json() for view in running.bidders[0].events(after=-1))


def test_where_nothing_was_awarded_bidders_keep_their_prices_to_themselves(venue: RunningVenue) -> None:
    tender = Sealed(venue, (LEAST, LEAST + 1, LEAST + 2), "tender")
    tender.close()
    tender.fixed()
    for number in (0, 1):
        tender.reveal(number)
    tender.end("LAPSED")
    for reader in (tender.seller, tender.bidders[2]):
        assert reader.sealed_bids(tender.listing_id).opened == []
    opened = tender.bidders[0].sealed_bids(tender.listing_id).opened
    assert opened is not None
    assert [(each.price, each.own) for each in opened] == [(LEAST, True)]


def test_a_bidder_finds_its_bid_in_the_set_by_the_path_that_the_contract_checks(venue: RunningVenue) -> None:
    sealed = Sealed(venue, (LEAST, LEAST + 1, LEAST + 2))
    sealed.close()
    set_ = venue.public.sealed_bids(sealed.listing_id)
    assert set_.listing_key == "0x" + chain_key("listing", sealed.listing_id).hex()
    for bidder, bid in zip(sealed.bidders, sealed.bids, strict=True):
        commitment = bidder.commitment_of(bid)
        place = place_in(set_, commitment)
        assert place is not None
        index, path = place
        leaf = merkle.leaf_hash(bytes.fromhex(commitment))
        hashes = [bytes.fromhex(each) for each in path]
        assert verify_inclusion(leaf, index, set_.count, hashes, bytes.fromhex(set_.root[2:]))
    assert place_in(set_, "ab" * 32) is None
    forged = set_.model_copy(update={"root": "0x" + "00" * 32})
    assert place_in(forged, commitment) is None


def test_who_does_not_open_its_bid_loses_its_deposit_and_another_cannot_open_it(venue: RunningVenue) -> None:
    sealed = Sealed(venue, (LEAST, LEAST + 1))
    refusal(lambda: sealed.bidders[0].seal_bid(sealed.bids[0]), "BID-STANDS", 409)
    sealed.close()
    sealed.fixed()
    refusal(lambda: sealed.bidders[1].reveal_bid(sealed.ids[0], sealed.bids[0]), "NOT-PERMITTED", 403)
    other = msgspec.structs.replace(sealed.bids[0], price=LEAST + 5)
    refusal(lambda: sealed.bidders[0].reveal_bid(sealed.ids[0], other), "SEAL-DIFFERS", 422)
    sealed.reveal(1)
    before = {account.purpose: account.balance for account in sealed.seller.accounts()}
    sealed.end("AWARDED")
    after = {account.purpose: account.balance for account in sealed.seller.accounts()}
    assert after["available"] - before.get("available", 0) == DEPOSIT
    assert sealed.bidders[0].listing(sealed.listing_id).own_standing == "FORFEITED"


def test_a_tender_is_scored_by_the_published_weights(venue: RunningVenue) -> None:
    tender = Sealed(venue, (LEAST, 2 * LEAST, 2 * LEAST), "tender")
    criteria = venue.public.listing(tender.listing_id).terms.criteria
    assert criteria is not None
    assert [(each.code, each.weight) for each in criteria] == [
        ("price", 5_000),
        ("implementation_plan", 5_000),
    ]
    tender.close()
    tender.fixed()
    for number in range(3):
        tender.reveal(number)
    tender.end("EVALUATING")
    opened = tender.seller.sealed_bids(tender.listing_id).opened
    assert opened is not None
    assert {each.proposal for each in opened} == {DOCUMENT}
    assert {(each.score, each.points) for each in opened} == {(None, None)}, "nothing is scored yet"
    points = {bid: {"implementation_plan": each} for bid, each in zip(tender.ids, (90, 10, 30), strict=True)}
    sheets = [c.ScoreSheet(expert=digest(f"expert {number}"), points=points) for number in range(5)]
    refusal(
        lambda: venue.operator.record_scores(tender.listing_id, sheets[:4], "found"), "CN-TENDERING-37", 409
    )
    given = venue.operator.record_scores(tender.listing_id, sheets, "found")
    assert given.result["bid_id"] == tender.ids[0], "0.5 x 50 + 0.5 x 90 beats 0.5 x 100 + 0.5 x 30"
    for reader in (tender.seller, tender.bidders[1], venue.operator):
        shown = reader.sealed_bids(tender.listing_id).opened
        assert shown is not None
        assert {each.bid_id: (each.score, each.points) for each in shown} == {
            tender.ids[0]: ("70.0000", {"price": "50.0000", "implementation_plan": "90.0000"}),
            tender.ids[1]: ("55.0000", {"price": "100.0000", "implementation_plan": "10.0000"}),
            tender.ids[2]: ("65.0000", {"price": "100.0000", "implementation_plan": "30.0000"}),
        }
    assert venue.public.sealed_bids(tender.listing_id).opened is None


@pytest.fixture
def shell(tmp_path: Path, venue: RunningVenue, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("IPX_URL", venue.url)
    monkeypatch.setenv("IPX_KEYSTORE_PASSWORD", "correct horse")
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def test_a_bid_is_sealed_kept_found_and_opened_from_the_terminal(
    shell: CliRunner, venue: RunningVenue
) -> None:
    sealed = Sealed(venue, (LEAST,))
    bidder = venue.bidder(sealed.listing_id)
    assert bidder.key is not None
    write_keystore(Path("bidder.json"), bidder.key, "correct horse")
    api_key = str(bidder.transport._http.headers["authorization"]).removeprefix("Bearer ")

    def ipx(*words: str, exit_code: int = 0) -> str:
        result = shell.invoke(app, ["--keystore", "bidder.json", "--api-key", api_key, *words])
        assert result.exit_code == exit_code, result.output
        return result.output

    answer = json.loads(ipx("bid", "seal", sealed.listing_id, "10000.50", "--keep", "bid.json", "--json"))
    bid_id = answer["result"]["bid_id"]
    assert Path("bid.json").stat().st_mode & 0o777 == 0o600
    assert msgspec.json.decode(Path("bid.json").read_bytes(), type=SealedBid).price == LEAST + 50
    assert "exists" in ipx("bid", "seal", sealed.listing_id, "10000.50", "--keep", "bid.json", exit_code=2)
    ipx("bid", "in-set", "bid.json", exit_code=1)
    sealed.close()
    found = json.loads(ipx("bid", "in-set", "bid.json", "--json"))
    assert (found["count"], len(found["path"])) == (2, 1)
    sealed.fixed()
    ipx("bid", "open", bid_id, "--opening", "bid.json")
    sealed.reveal(0)
    sealed.end("AWARDED")
    shown = json.loads(ipx("listing", "sealed-bids", sealed.listing_id, "--json"))
    assert [each["price"] for each in shown["opened"]] == ["10000.00", "10000.50"]
    assert "10000.50" in ipx("listing", "sealed-bids", sealed.listing_id)
