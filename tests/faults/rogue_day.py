"""The day that a rogue operator tampers with: a whole venue's, with every kind of row, closed before anybody touches it.

Sequencer, bank, office, witness and time-stamping authority are processes, the tables are PostgreSQL's, the chain is
anvil. Every instruction is signed with its giver's own key, so that an honest audit of this day finds nothing.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from exchange import commands as c
from exchange.evidence import document_commitment
from ledger.audit.run import Trust
from ledger.log.checkpoints import log_verifier, origin_of
from ledger.log.endpoints import TimestampEndpoint, WitnessEndpoint
from ledger.log.notes import Verifier
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.client import SequencerClient
from ledger.sequencer.messages import Submission
from ledger.works import Works
from tests.exchange.scene import digest
from tests.ledger.log.witness_process import WitnessProcess
from tests.ledger.timestamp.authorities import AuthorityProcess
from tests.ledger.trading import DAY_MS
from tests.ledger.works.desk import Company, Desk, open_desk
from tests.ledger.works.pipeline import Fork
from tests.undertakings import offered

WITNESS = "witness.example/w1"
BURSTS, BIDS = 4, 24
"""Bids that come at once, so that batches of several entries stand in the journal."""


@dataclass(frozen=True)
class Stolen:
    """What the operator has, who leads a venue's keys and tables; and what an auditor trusts."""

    database_url: str
    trust: Trust
    witness: Verifier
    authority_pem: bytes
    receipt_seed: str
    secrets: tuple[str, ...]
    """Of both operators and the service, in hex."""
    anchor_secret: str

    def at(self, database_url: str) -> Stolen:
        """The same with another copy of the tables."""
        return replace(self, database_url=database_url)


@contextmanager
def rogue_day(fork: Fork, database_url: str, folder: Path) -> Iterator[Stolen]:
    """A day that has ended: nobody but the chain's node runs any more, and the tables lie open."""
    authority = AuthorityProcess(folder / "authority")
    desk_folder = folder / "desk"
    desk_folder.mkdir()
    try:
        with open_desk(fork, database_url, desk_folder, module="tests.faults.frequent_marks") as desk:
            certificate = authority.start("--begin")
            key = ReceiptKey.from_file(desk.settings.keys / "receipt.key")
            chain_id, anchor = desk.pipe.manifest.chain_id, desk.pipe.manifest.address("JournalAnchor")
            log = log_verifier(origin_of(chain_id, anchor), key.public_key)
            witness = WitnessProcess(folder / "witness", log, WITNESS)
            try:
                verifier = witness.start("--begin")
                desk.settings = msgspec.structs.replace(
                    desk.settings,
                    witnesses=(WitnessEndpoint(witness.url, verifier),),
                    timestamp=TimestampEndpoint(authority.url, certificate),
                )
                desk.works.close()
                desk.works = Works(desk.settings)
                _Day(desk).live()
            finally:
                desk.works.close()
                witness.kill()
            desk.sequencer.kill()
            stolen = Stolen(
                database_url=database_url,
                trust=Trust(
                    chain_id=chain_id,
                    anchor=anchor,
                    rpc_url=fork.url,
                    receipt_key=key.public_key.hex(),
                ),
                witness=verifier,
                authority_pem=certificate,
                receipt_seed=(desk.settings.keys / "receipt.key").read_bytes().hex(),
                secrets=tuple(each.secret().hex() for each in (*desk.operators, desk.service_key)),
                anchor_secret=desk.pipe.anchorer._key.secret().hex(),
            )
        yield stolen
    finally:
        authority.kill()


class _Day:
    """What happens on it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def live(self) -> None:
        desk = self.desk
        seller, *buyers = (desk.company() for _ in range(5))
        rights = [desk.right(seller) for _ in range(6)]
        for buyer in buyers:
            desk.pay_in(buyer, 9_000_00)
        desk.errands()
        self._anchor()
        self._deals(seller, buyers[0], rights[:3])
        self._anchor()
        self._offer(seller, buyers, rights[3])
        self._papers(seller)
        self._contest(seller, buyers, rights[4])
        self._anchor()
        desk.right(seller, on_register=False)  # entries behind the last anchor, which a witness has cosigned
        desk.operator(c.SuspendParty(party_id=buyers[3].party_id))
        self._witness()

    def _deals(self, seller: Company, buyer: Company, rights: list[str]) -> None:
        """An assignment to its payout, a licence, a deal unwound."""
        desk = self.desk
        kinds = ("assignment", "ordinary_licence", "assignment")
        deals = [desk.award(seller, buyer, right, kind) for right, kind in zip(rights, kinds, strict=True)]
        for deal_id in deals:
            desk.sign(deal_id, seller, buyer)
        desk.chain()
        for deal_id in deals[:2]:
            desk.fund(deal_id, buyer)
        desk.file(deals[0], seller, buyer)
        desk.operator(c.UnwindDeal(deal_id=deals[2], ground="mutual"))
        desk.errands()
        desk.approve_payments()
        desk.errands()
        desk.errands()
        desk.chain()

    def _offer(self, seller: Company, buyers: list[Company], right: str) -> None:
        """A standing offer that two accept, one of them signs, and its withdrawal."""
        desk = self.desk
        listing = desk.listing(seller, right, "ordinary_licence", most=5)
        desk.sign_offer(listing, seller)
        deal_id = desk.accept(listing, buyers[0])
        desk.accept(listing, buyers[1])
        desk.sign(deal_id, buyers[0])
        desk.chain()
        desk.withdraw_offer(listing, seller)

    def _papers(self, author: Company) -> None:
        """A deposit of evidence, a hold, an erasure, and what is refused."""
        desk, door = self.desk, self.desk.door
        terms = c.EvidenceTerms(sha256=digest("a paper"), document_salt=digest("salt"), kind="contract")
        command = c.LodgeEvidence(document=document_commitment(terms.sha256, terms.sm3, terms.document_salt))
        lodged = door.submission(
            author.party_id, author.key.address, command, terms, texts={"description": "一份合同"}
        )
        entry = desk.give(lodged).entry
        hold = c.LegalHoldTerms(entries=(entry,), ground="court_order")
        self._by_operator(
            c.PlaceLegalHold(document_digest=digest("order")), hold, reference="1号", reason="-"
        )
        for entry in (3, 6):
            self._by_operator(
                c.EraseSealedPart(entry=entry, label="authorisation_letter", ground="data-subject-request")
            )
        refused = door.submission(
            author.party_id, author.key.address, c.AcceptPrice(listing_id="L-1"), c.BidTerms(price=1_000_00)
        )
        self._refused(refused)
        self._refused(
            lodged := door.submission(
                author.party_id, author.key.address, command, terms, texts={"description": "又"}
            )
        )

    def _by_operator(self, command: c.Command, terms: c.Terms | None = None, **texts: str) -> None:
        desk = self.desk
        desk.give(
            desk.door.submission("venue", desk.operators[0].address, command, terms, texts=texts or None)
        )

    def _refused(self, submission: Submission) -> None:
        with self.desk.sequencer.client() as client:
            assert client.submit(submission).status == "refused"

    def _contest(self, seller: Company, buyers: list[Company], right: str) -> None:
        """A competitive listing: bids that come at once, raised and raised again, a close, and an award that is signed."""
        desk, door = self.desk, self.desk.door
        now = desk.now()
        desk.operator(c.ClassifyExport(right_id=right, export_class="free"))
        command = c.SubmitListing(
            right_id=right,
            mode="competitive",
            deal_kind="assignment",
            currency="CNY",
            closes_ms=now + 20 * DAY_MS,
            registration_closes_ms=now + 12 * DAY_MS,
        )
        terms = offered(price=1_000_00, deposit=100_00)
        listing = desk.by(seller, command, terms).result["listing_id"]
        desk.operator(c.ApproveListing(listing_id=listing))
        for buyer in buyers:
            desk.by(buyer, c.RegisterBidder(listing_id=listing))
            desk.operator(c.QualifyBidder(listing_id=listing, party_id=buyer.party_id))
        self._jump(now + 13 * DAY_MS)
        bids = {}
        for buyer in buyers:
            placed = desk.by(buyer, c.PlaceBid(listing_id=listing), c.BidTerms(price=1_100_00))
            bids[buyer.party_id] = placed.result["bid_id"]
        for burst in range(BURSTS):
            self._at_once(
                [
                    door.submission(
                        buyer.party_id,
                        buyer.key.address,
                        c.AmendBid(bid_id=bids[buyer.party_id]),
                        c.BidTerms(price=1_200_00 + 1_00 * (BIDS * burst + number)),
                    )
                    for number, buyer in zip(range(BIDS), itertools.cycle(buyers), strict=False)
                ]
            )
            self._witness()
        self._anchor()
        self._jump(now + 21 * DAY_MS)
        row = desk.database.execute(
            "SELECT id, data ->> 'buyer' AS buyer FROM deals WHERE data ->> 'listing_id' = %s", (listing,)
        ).fetchone()
        assert row is not None
        winner = next(buyer for buyer in buyers if buyer.party_id == row["buyer"])
        desk.sign(row["id"], seller, winner)
        desk.chain()

    def _at_once(self, submissions: list[Submission]) -> None:
        async def send() -> None:
            client = SequencerClient(self.desk.sequencer.socket_path)
            answers = await asyncio.gather(*(client.submit(each) for each in submissions))
            await client.close()
            assert {each.status for each in answers} == {"accepted"}, answers

        asyncio.run(send())

    def _jump(self, to_ms: int) -> None:
        """The demonstration clock goes forward; what falls due until then fires by itself."""
        desk = self.desk
        self._by_operator(c.JumpClock(to_ms=to_ms), reason="the day goes on")
        due = "SELECT count(*) AS n FROM deadlines WHERE due_ms <= %s"
        desk.wait_for(lambda: desk.database.execute(due, (to_ms,)).fetchone() == {"n": 0})

    def _anchor(self) -> None:
        desk = self.desk
        for _ in range(3):
            desk.works.anchor_journal(at_once=True)
            desk.pipe.fork.mine(3)
            desk.works.read_chain()
            desk.works.follow_records()
        self._witness()

    def _witness(self) -> None:
        """Everything committed is in a checkpoint that the witness has cosigned and the authority has dated."""
        desk = self.desk
        newest = (
            "SELECT max(size) AS size FROM checkpoints WHERE witnessed_ms IS NOT NULL AND token IS NOT NULL"
        )

        def done() -> bool:
            desk.works.keep_log()
            desk.works.stamp_checkpoints()
            row = desk.database.execute(newest).fetchone()
            head = desk.database.execute("SELECT last_entry + 1 AS size FROM sequencer_head").fetchone()
            return row == head

        desk.wait_for(done)
