"""Real forks while the indexer reads: whatever became of the transactions, the tables are those of a fresh reading."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final

import msgspec
import pytest
from eth_abi.abi import decode

from exchange.keccak import keccak
from ledger.alone import Database, open_database
from ledger.chain.calls import call_of
from ledger.chain.events import Anchored, DealAgreed, RightRegistered
from ledger.chain.records import AnchorRecord, DealRecord, Record, RightRecord
from ledger.chain.signer import LocalSigner, SignedTransaction, Transaction
from ledger.indexer import Indexer
from tests.faults.scale import SCALE, SEED
from tests.ledger.works.pipeline import Pipeline

pytestmark = pytest.mark.faults
DEPTHS: Final = (1, 2, 5, 12, 64)
RANDOM_FORKS: Final = 50 * SCALE
FINALITY: Final = 64
MOST_DEALS: Final = 50
"""Each takes two keys of those that are on record before the first fork."""
EVENTS: Final = "SELECT * FROM chain_events ORDER BY contract, seq"
CURSOR: Final = (
    "SELECT contract, block_number, block_hash, final_block, halted_for FROM chain_cursor ORDER BY contract"
)


class Remembering(LocalSigner):
    """A signer that remembers what it has signed, so that a fork can take it elsewhere."""

    __slots__ = ("signed",)

    def __init__(self, signer: LocalSigner, signed: dict[str, tuple[Remembering, Transaction]]) -> None:
        super().__init__(signer._key)
        self.signed = signed

    def sign(self, transaction: Transaction) -> SignedTransaction:
        made = super().sign(transaction)
        self.signed["0x" + made.hash.hex()] = (self, transaction)
        return made


class ForkedChain:
    """A sender, an anchorer, and forks that drop, move and reorder what both had sent."""

    def __init__(self, pipe: Pipeline, fresh: Database, seed: int) -> None:
        self.pipe, self.fresh = pipe, fresh
        self.random = Random(seed)  # noqa: S311 - the same forks for the same seed
        self.signed: dict[str, tuple[Remembering, Transaction]] = {}
        self.sender = Remembering(pipe.sender, self.signed)
        self.anchorer = Remembering(pipe.anchorer, self.signed)
        pipe.sender = self.sender
        self.records: list[Record] = []
        self.manners: Counter[str] = Counter()
        pipe.key()  # the keys for all deals, on record before any fork
        pipe.fork.mine(FINALITY)

    # --- living

    def live(self, blocks: int) -> None:
        """Records and anchors come, blocks are made, and the indexer reads now and then."""
        for _ in range(blocks):
            for _ in range(self.random.randint(0, 2)):
                self.queue()
            self.pipe.outbox().run()
            if self.random.random() < 0.3:
                self.anchor()
            self.pipe.fork.mine()
            if self.random.random() < 0.6:
                self.pipe.indexer().run()

    def queue(self) -> None:
        deals = sum(isinstance(record, DealRecord) for record in self.records)
        is_deal = deals < MOST_DEALS and self.random.random() < 0.4
        record: Record = self.pipe.deal() if is_deal else self.pipe.right()
        self.records.append(record)
        self.pipe.queue(record)

    def anchor(self) -> None:
        """An anchor on top of what the contract has now, by the other key."""
        to = self.pipe.manifest.address("JournalAnchor")
        size, root = decode(["uint64", "bytes32"], self.pipe.client.call(to, keccak(b"head()")[:4]))
        record = AnchorRecord(
            root="0x" + secrets.token_hex(32), size=size + 1, previous_root="0x" + bytes(root).hex()
        )
        nonce = self.pipe.client.nonce(self.anchorer.address)
        self.pipe.client.send_raw(
            self.anchorer.sign(
                Transaction(
                    chain_id=self.pipe.manifest.chain_id,
                    nonce=nonce,
                    to=to,
                    data=call_of([record]).data,
                    gas=200_000,
                    fees=self.pipe.client.fees(),
                )
            ).raw
        )

    # --- forking

    def fork(self, depth: int) -> None:
        """Replace so many blocks by as many others."""
        undone = self.undone(depth)
        manner = self.random.choice(["dropped", "the same", "elsewhere", "some of it", "reordered"])
        self.manners[manner] += bool(undone)
        kept = list(undone)
        if manner == "dropped":
            kept = []
        elif manner == "some of it":
            kept = self.first_of_each(undone)
        elif manner == "reordered":
            kept = self.reordered(undone)
        places = sorted(self.random.randrange(depth) for _ in kept)
        if manner == "the same":
            places = [0] * len(kept)  # together, in the first of the new blocks
        pairs = [
            ["0x" + signer.sign(transaction).raw.hex(), place]
            for (signer, transaction), place in zip(kept, places, strict=True)
        ]
        self.pipe.fork.client.request("anvil_reorg", (depth, pairs))

    def undone(self, depth: int) -> list[tuple[Remembering, Transaction]]:
        newest = self.pipe.client.block_number()
        return [
            self.signed[each]
            for number in range(newest - depth + 1, newest + 1)
            for each in self.pipe.client.request("eth_getBlockByNumber", (hex(number), False))["transactions"]
        ]

    def first_of_each(
        self, undone: list[tuple[Remembering, Transaction]]
    ) -> list[tuple[Remembering, Transaction]]:
        """The rest of each sender's is dropped: what stands behind a gap in its nonces cannot be in a block."""
        left = {signer: self.random.randint(0, len(undone)) for signer in (self.sender, self.anchorer)}
        kept = []
        for signer, transaction in undone:
            left[signer] -= 1
            if left[signer] >= 0:
                kept.append((signer, transaction))
        return kept

    def reordered(
        self, undone: list[tuple[Remembering, Transaction]]
    ) -> list[tuple[Remembering, Transaction]]:
        """The anchors before or behind the records, and the records' calls under each other's nonces."""
        anchors = [each for each in undone if each[0] is self.anchorer]
        calls = [transaction for signer, transaction in undone if signer is self.sender]
        shuffled = self.random.sample(calls, len(calls))
        records = [
            (self.sender, msgspec.structs.replace(call, nonce=place.nonce))
            for call, place in zip(shuffled, calls, strict=True)
        ]
        return records + anchors if self.random.random() < 0.5 else anchors + records

    # --- looking

    def check(self) -> None:
        """Read what is new, and hold the tables against those of a reading from the first block on."""
        assert self.pipe.indexer().run().halted_for is None
        self.fresh.execute("TRUNCATE chain_events, chain_cursor")
        Indexer(self.fresh, self.pipe.client, self.pipe.manifest).run()
        for query in (EVENTS, CURSOR):
            ours = [dict(row) for row in self.pipe.database.execute(query).fetchall()]
            anew = [dict(row) for row in self.fresh.execute(query).fetchall()]
            assert ours == anew

    def settle(self) -> None:
        for _ in range(20):
            self.pipe.database.execute("UPDATE outbox SET leased_until = NULL")
            self.pipe.outbox().run()
            self.pipe.fork.mine()
            self.pipe.indexer().run()
            if set(self.pipe.states()) <= {"MINED"}:
                return
        message = f"still waiting: {Counter(self.pipe.states())}"
        raise AssertionError(message)

    def check_all_stand_once(self) -> None:
        found: Counter[str] = Counter()
        for event in self.pipe.events():
            if isinstance(event, RightRegistered):
                found[event.right_id] += 1
            elif isinstance(event, DealAgreed):
                found[event.deal_id] += 1
            else:
                assert isinstance(event, Anchored), event
        wanted = Counter(
            record.deal_id if isinstance(record, DealRecord) else record.right_id
            for record in self.records
            if isinstance(record, DealRecord | RightRecord)
        )
        assert found == wanted


@pytest.fixture
def forked(deep: Pipeline, database_url: str) -> Iterator[ForkedChain]:
    from ledger.store.migrate import upgrade

    upgrade(database_url)
    with open_database(database_url) as fresh:
        yield ForkedChain(deep, fresh, SEED)


def test_forks_of_every_depth_within_finality_leave_the_tables_of_a_fresh_reading(
    forked: ForkedChain,
) -> None:
    for depth in DEPTHS:
        forked.live(min(depth, 8) + 2)
        forked.fork(depth)
        forked.check()
    for _ in range(RANDOM_FORKS):
        forked.live(forked.random.randint(1, 3))
        forked.fork(min(int(forked.random.expovariate(1 / 6)) + 1, FINALITY))
        if forked.random.random() < 0.7:  # else another fork comes before anybody has read
            forked.check()
    assert set(forked.manners) == {"dropped", "the same", "elsewhere", "some of it", "reordered"}
    assert all(forked.manners.values())
    forked.settle()
    forked.check()
    forked.check_all_stand_once()
