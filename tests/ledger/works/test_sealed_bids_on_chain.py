"""Sealed bids through the works: fixed on the real chain, opened only then, provable against the contract."""

from __future__ import annotations

import secrets

import msgspec
import pytest

from exchange import commands as c
from exchange.identifiers import chain_key
from exchange.listings.bid_commitment import SealedBid, commitment_of
from exchange.rows import Listing, SealedSet
from ledger import merkle
from ledger.chain.reads import sealed_set_on_record
from ledger.reconcile import reconcile
from ledger.sealed_records import leaves_of
from tests.ledger.trading import DAY_MS
from tests.ledger.works.desk import Company, Desk
from tests.undertakings import offered

DEPOSIT = 100_00


class Auction:
    """A sealed listing with qualified bidders, each with a bid that only it can open."""

    def __init__(self, desk: Desk, bidders: int) -> None:
        self.desk = desk
        self.seller = desk.company()
        self.bidders = [desk.company() for _ in range(bidders)]
        right = desk.right(self.seller)
        for bidder in self.bidders:
            desk.pay_in(bidder, DEPOSIT)
        desk.works.read_statements()
        desk.works.read_register()
        desk.operator(c.ClassifyExport(right_id=right, export_class="free"))
        now = desk.now()
        command = c.SubmitListing(
            right_id=right,
            mode="sealed",
            deal_kind="assignment",
            currency="CNY",
            registration_closes_ms=now + DAY_MS,
            closes_ms=now + 2 * DAY_MS,
        )
        terms = offered(price=1_000_00, deposit=DEPOSIT, reveal_ms=DAY_MS)
        self.listing: str = desk.by(self.seller, command, terms).result["listing_id"]
        desk.operator(c.ApproveListing(listing_id=self.listing))
        self.opened = [self._sealed(bidder, 1_000_00 + number) for number, bidder in enumerate(self.bidders)]

    def _sealed(self, bidder: Company, price: int) -> tuple[str, SealedBid]:
        desk = self.desk
        desk.by(bidder, c.RegisterBidder(listing_id=self.listing))
        desk.operator(c.QualifyBidder(listing_id=self.listing, party_id=bidder.party_id))
        opened = SealedBid(
            listing=self.listing,
            bidder=bidder.party_id,
            price=price,
            currency="CNY",
            nonce=secrets.token_hex(32),
        )
        manifest = desk.pipe.manifest
        commitment = commitment_of(manifest.chain_id, manifest.address("JournalAnchor"), opened)
        answer = desk.by(bidder, c.SealBid(listing_id=self.listing, commitment=commitment))
        return answer.result["bid_id"], opened

    @property
    def row(self) -> Listing:
        found: Listing = self.desk.row("listings", Listing, self.listing)
        return found

    @property
    def state(self) -> str:
        return self.row.state

    def window_ends(self) -> None:
        closes_ms = self.row.reveal_closes_ms
        assert isinstance(closes_ms, int)
        self.desk.operator(c.JumpClock(to_ms=closes_ms + 1_000))

    def close(self) -> None:
        self.desk.operator(c.JumpClock(to_ms=self.desk.now() + 2 * DAY_MS + 1_000))

    def reveal(self, number: int) -> None:
        bid_id, opened = self.opened[number]
        terms = c.RevealTerms(price=opened.price, nonce=opened.nonce)
        self.desk.by(self.bidders[number], c.RevealBid(bid_id=bid_id), terms)


def on_its_way(desk: Desk) -> None:
    for _ in range(4):
        desk.works.send_outbox()
        desk.pipe.fork.mine(3)
        desk.works.read_chain()
        desk.works.follow_records()


@pytest.mark.parametrize("bidders", [1, 3])
def test_a_set_goes_to_the_chain_and_its_bids_are_opened_then_and_each_is_proven_there(
    desk: Desk, bidders: int
) -> None:
    auction = Auction(desk, bidders)
    auction.close()
    desk.wait_for(lambda: auction.state == "SEALED")
    with pytest.raises(AssertionError, match="WRONG-STATE"):
        auction.reveal(0)
    on_its_way(desk)
    assert auction.state == "REVEALING"
    sealed_set: SealedSet = desk.row("sealed_sets", SealedSet, auction.listing)
    assert sealed_set.chain_transaction.startswith("0x")
    contract = desk.pipe.manifest.address("SealedBidRegister")
    key = "0x" + chain_key("listing", auction.listing).hex()
    stands = sealed_set_on_record(desk.pipe.client, contract, key, 1, "latest")
    leaves = leaves_of(sealed_set)
    assert (stands.count, stands.root) == (bidders, "0x" + merkle.root(leaves).hex())
    for number, (_, opened) in enumerate(auction.opened):
        assert commitment_of(
            desk.pipe.manifest.chain_id, desk.pipe.manifest.address("JournalAnchor"), opened
        ) in (sealed_set.commitments)
        auction.reveal(number)
    auction.window_ends()
    desk.wait_for(lambda: auction.state == "AWARDED")
    assert reconcile(desk.works, settling_s=0).differences == []


def test_reconciliation_names_a_set_whose_row_was_altered(desk: Desk) -> None:
    auction = Auction(desk, 2)
    auction.close()
    desk.wait_for(lambda: auction.state == "SEALED")
    on_its_way(desk)
    row: SealedSet = desk.row("sealed_sets", SealedSet, auction.listing)
    altered = msgspec.structs.replace(row, commitments=row.commitments[:1])
    desk.database.execute(
        "UPDATE sealed_sets SET data = %s WHERE id = %s", (msgspec.json.encode(altered).decode(), row.id)
    )
    found = [(each.code, each.subject) for each in reconcile(desk.works, settling_s=0).differences]
    assert ("RECORD-DIFFERS", auction.listing) in found
