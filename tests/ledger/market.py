"""A market that real processes trade on: bidders who bid again and again, and a client's own log of what was said."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from dataclasses import dataclass, field

from exchange import commands
from ledger import journal
from ledger.receipts import verify_receipt
from ledger.sequencer.client import Answer, SequencerClient, SequencerRefused, Submission
from tests.ledger.conftest import rows_of, stored_entries
from tests.ledger.trading import DAY_MS, Door, key_of
from tests.undertakings import offered

BIDDERS = 8


@dataclass
class Market:
    """Bidders on one listing. `acknowledged` is the client's own record: key and answer, as they came."""

    client: SequencerClient
    door: Door = field(default_factory=lambda: Door("market"))
    acknowledged: dict[str, Answer] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    undecided: list[str] = field(default_factory=list)
    prices: itertools.count[int] = field(default_factory=lambda: itertools.count(2_000))
    bids: dict[int, str] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, submission: Submission) -> Answer | None:
        """Send it and write down what was answered."""
        self.sent.add(submission.idempotency_key)
        try:
            answer = await self.client.submit(submission)
        except SequencerRefused as refusal:
            if not refusal.retryable:
                raise
            self.undecided.append(submission.idempotency_key)
            return None
        self.acknowledged[submission.idempotency_key] = answer
        self.news.set()
        return answer

    async def done(self, submission: Submission) -> Answer:
        """Send it, and see it accepted."""
        answer = await self.send(submission)
        assert answer is not None
        assert answer.status == "accepted", answer
        return answer

    async def open(self, time_ms: int) -> None:
        """A seller's listing, and bidders who are qualified for it."""
        door = self.door
        for number in range(1, BIDDERS + 2):
            await self.done(door.application(number))
            await self.done(door.verification(f"P-{number}", time_ms))
            await self.done(door.operator(commands.ApproveParty(party_id=f"P-{number}")))
            await self.done(door.credit(f"line-{number}", f"P-{number}", 10_000, 10_000 * number))
        await self.done(door.import_right(1))
        await self.done(door.register_copy(1, 1, time_ms))
        command = commands.SubmitListing(
            right_id="US-16000001",
            mode="competitive",
            deal_kind="assignment",
            currency="HKD",
            closes_ms=time_ms + 9 * DAY_MS,
            registration_closes_ms=time_ms + 5 * DAY_MS,
        )
        terms = offered(price=1_000, deposit=100)
        await self.done(door.submission("P-1", key_of(1), command, terms))
        await self.done(door.operator(commands.ApproveListing(listing_id="L-1")))
        for number in range(2, BIDDERS + 2):
            register = commands.RegisterBidder(listing_id="L-1")
            await self.done(door.submission(f"P-{number}", key_of(number), register))
            await self.done(door.operator(commands.QualifyBidder(listing_id="L-1", party_id=f"P-{number}")))
            terms_of_bid = commands.BidTerms(price=1_000)
            place = door.submission(
                f"P-{number}", key_of(number), commands.PlaceBid(listing_id="L-1"), terms_of_bid
            )
            self.bids[number] = (await self.done(place)).result["bid_id"]

    async def stream(self, number: int, until: asyncio.Event, pause_s: float = 0.0) -> None:
        """One bidder amends its bid again and again."""
        while not until.is_set():
            command = commands.AmendBid(bid_id=self.bids[number])
            terms = commands.BidTerms(price=next(self.prices))
            await self.send(self.door.submission(f"P-{number}", key_of(number), command, terms))
            await asyncio.sleep(pause_s)

    async def more_than(self, count: int) -> None:
        """Wait until so many have been acknowledged."""
        async with asyncio.timeout(90):
            while len(self.acknowledged) <= count:
                self.news.clear()
                await self.news.wait()

    async def check(self, url: str) -> None:
        """Every acknowledged command is there, once and as it was acknowledged; nothing else is there twice."""
        acknowledged = dict(self.acknowledged)  # until now: bids may go on streaming in
        stored = await stored_entries(url)
        venue = await rows_of(url, "SELECT data ->> 'receipt_key' FROM venues")
        receipt_key = bytes.fromhex(venue[0][0])
        by_reference: dict[str, list[int]] = {}
        for position, each in enumerate(stored):
            entry = journal.check_entry(each)
            assert entry.entry == position
            if entry.reference:
                by_reference.setdefault(entry.reference, []).append(position)
        assert all(len(entries) == 1 for entries in by_reference.values())
        for key, answer in acknowledged.items():
            assert by_reference[hashlib.sha256(key.encode()).hexdigest()] == [answer.entry]
            verify_receipt(answer.receipt, receipt_key, stored[answer.entry].public)
        sent = {hashlib.sha256(key.encode()).hexdigest() for key in self.sent}
        assert set(by_reference) <= sent
        prices = {row[0]: row[1] for row in await rows_of(url, "SELECT party_id, price FROM bids")}
        assert len(prices) == BIDDERS
