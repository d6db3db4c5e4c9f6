"""A chain of one's own whose blocks come when they are asked for, contracts on it, and records to be sent there."""

from __future__ import annotations

import itertools
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from ledger.alone import Database, open_database
from ledger.anchoring import Anchoring
from ledger.chain.calls import call_of
from ledger.chain.client import Block, ChainClient
from ledger.chain.compiler import compiler_settings, hardhat_artifacts
from ledger.chain.deploy import Deployment, deploy
from ledger.chain.events import ChainEvent, KeyEnrolled
from ledger.chain.logs import read_events
from ledger.chain.manifest import Administrator, Manifest, RoleHolders, write_manifest
from ledger.chain.records import (
    DealRecord,
    KeyEnrolmentRecord,
    LicenceRecord,
    Record,
    RegistryConfirmationRecord,
    RightRecord,
    SettledRecord,
)
from ledger.chain.sending import Sendable, send
from ledger.chain.signer import LocalSigner
from ledger.indexer import Indexer
from ledger.messages import KeyEnrolment, RegisterMessage
from ledger.outbox import Outbox, Sent
from ledger.secp256k1 import PrivateKey, sign
from ledger.signatures import message_digest, register_domain
from scripts.stack.chain import Chain
from scripts.stack.ports import free_port

KEYS_AT_ONCE = 128
ROOT = Path(__file__).resolve().parents[3]
LATER_S = 4_000_000_000
"""A deadline that no test outlives, Unix seconds."""
_numbers = itertools.count(1)


class QuietClient(ChainClient):
    """A client that has the chain final at once while contracts are deployed."""

    def finalized_block(self) -> Block:
        self.request("anvil_mine", ("0x46",))
        return super().finalized_block()

    def send_raw(self, raw: bytes) -> bytes:
        sent = super().send_raw(raw)
        self.request("evm_mine")
        return sent


@dataclass(frozen=True)
class Deployed:
    """Contracts on which nothing has happened, and the keys that hold their roles."""

    manifest: Manifest
    sender: LocalSigner
    anchorer: LocalSigner
    guardian: LocalSigner
    administrator: LocalSigner
    snapshot: str
    """The chain's own name for its state right after the deployment; good for once."""


@dataclass
class Fork:
    """A development chain that makes no block by itself, so that a test decides what is mined, dropped and undone."""

    url: str
    client: ChainClient
    quiet: QuietClient
    deployed: Deployed | None = None
    """What this chain goes back to before each test."""

    def mine(self, count: int = 1) -> None:
        self.client.request("anvil_mine", (hex(count),))

    def reorganise(self, depth: int) -> None:
        """Replace the last blocks by as many empty ones."""
        self.client.request("anvil_reorg", (depth, []))

    def roll_back(self, depth: int) -> None:
        """Take the last blocks away."""
        self.client.request("anvil_rollback", (depth,))

    def drop_all(self) -> None:
        """Forget every transaction that waits."""
        self.client.request("anvil_dropAllTransactions")

    def with_contracts(self) -> Deployed:
        """Contracts on which nothing has happened: deployed once, to which the chain then goes back."""
        made = self.deployed
        if made is None:
            made = _deploy(self)
        else:
            self.drop_all()
            assert self.client.request("evm_revert", (made.snapshot,)) is True
            # The chain goes back, but what it asks for the next block stays as a test may have made it.
            newest = self.client.block("latest")
            assert newest is not None
            self.client.request("anvil_setNextBlockBaseFeePerGas", (hex(newest.base_fee),))
        made = self.deployed = replace(made, snapshot=self.client.request("evm_snapshot"))
        return made


@contextmanager
def forked_chain(folder: Path, *, slots_in_an_epoch: int) -> Iterator[Fork]:
    """Start a chain and stop its clock; final are 2 * slots_in_an_epoch blocks behind the newest."""
    chain = Chain(folder, folder, free_port(), slots_in_an_epoch=slots_in_an_epoch, keeps_state=False)
    chain.start()
    try:
        client = ChainClient(chain.url)
        client.request("anvil_setIntervalMining", (0,))
        yield Fork(chain.url, client, QuietClient(chain.url))
    finally:
        chain.stop()


@dataclass
class Pipeline:
    """Contracts of its own on a chain, an outbox, and the keys that send."""

    fork: Fork
    manifest: Manifest
    sender: LocalSigner
    anchorer: LocalSigner
    guardian: LocalSigner
    administrator: LocalSigner
    database: Database
    database_url: str
    manifest_file: Path
    subjects: dict[str, str] = field(default_factory=dict)
    enrolled: list[PrivateKey] = field(default_factory=list)
    """Keys on record that no deal has used yet."""

    @property
    def client(self) -> ChainClient:
        return self.fork.client

    def outbox(self, client: ChainClient | None = None, **bounds: Any) -> Outbox:
        signers = {"settler": self.sender, "registrar": self.sender}
        return Outbox(self.database, client or self.client, self.manifest, signers, **bounds)

    def indexer(self) -> Indexer:
        return Indexer(self.database, self.client, self.manifest)

    def anchoring(self, **rhythm: Any) -> Anchoring:
        return Anchoring(self.database, self.client, self.manifest, self.anchorer, **rhythm)

    def queue(self, *records: Record) -> None:
        """Put records into the outbox in this order, as a commit does."""
        for record in records:
            number = next(_numbers)
            kind = _KINDS.get(type(record), "message")
            self.database.execute(
                "INSERT INTO outbox (record_id, kind, subject_id, payload, entry, updated_ms)"
                " VALUES (%s, %s, %s, %s, %s, 0)",
                (f"{kind}:S-{number}", kind, f"S-{number}", Jsonb(msgspec.to_builtins(record)), number),
            )

    def send(self) -> Sent:
        """One run of the sender, and a block for what it sent."""
        sent = self.outbox().run()
        self.fork.mine()
        return sent

    def settle(self, runs: int = 6) -> None:
        """Run sender and indexer by turns, with a block between, until nothing waits."""
        for _ in range(runs):
            self.outbox().run()
            self.fork.mine()
            self.indexer().run()
            if set(self.states()) <= {"MINED"}:
                return
        message = f"still waiting: {self.rows('record_id, state, last_error')}"
        raise AssertionError(message)

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows("state")]

    def rows(self, columns: str) -> list[dict[str, Any]]:
        return self.database.execute(f"SELECT {columns} FROM outbox ORDER BY id").fetchall()  # noqa: S608

    def row_of(self, kind: str, columns: str) -> dict[str, Any]:
        """The first record of a kind."""
        query = f"SELECT {columns} FROM outbox WHERE kind = %s ORDER BY id LIMIT 1"  # noqa: S608 - our own words
        row = self.database.execute(query, (kind,)).fetchone()
        assert row is not None
        return row

    def events(self) -> list[ChainEvent]:
        """What stands on the registers now, without the enrolments of keys."""
        newest, first = self.client.block_number(), self.manifest.first_block()
        return [
            event
            for name in ("Register", "EncumbranceRegister", "SealedBidRegister", "FillRegister")
            for event in read_events(self.client, self.manifest.address(name), first, newest)
            if not isinstance(event, KeyEnrolled)
        ]

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events()]

    # --- records

    def right(self) -> RightRecord:
        return RightRecord(right_id=new_hash(), holder=new_hash(), document=new_hash())

    def key(self) -> PrivateKey:
        """A key on record for a party of its own; many are enrolled at once, as nothing of the outbox's."""
        if not self.enrolled:
            self.enrol_many()
        return self.enrolled.pop()

    def enrol_many(self) -> None:
        """Enrol keys for deals to come, in a block that no test's fork reaches."""
        keys = [PrivateKey.generate() for _ in range(KEYS_AT_ONCE)]
        self.enrol(*(self.enrolment(key) for key in keys))
        self.enrolled += keys
        self.fork.mine(8)

    def enrolment(self, key: PrivateKey, party: str | None = None) -> KeyEnrolmentRecord:
        """A party's first key, signed by it."""
        message = KeyEnrolment(
            party=bytes.fromhex((party or new_hash())[2:]),
            key=key.address,
            authorisation=secrets.token_bytes(32),
            deadline_s=LATER_S,
        )
        return KeyEnrolmentRecord(
            party="0x" + message.party.hex(),
            key=key.address,
            authorisation="0x" + message.authorisation.hex(),
            deadline=LATER_S,
            signature=self.signed(message, key),
        )

    def enrol(self, *records: KeyEnrolmentRecord) -> None:
        """Record keys beside the outbox, in a block of their own."""
        call = call_of(records)
        to = self.manifest.address(call.contract)
        nonce = self.client.nonce(self.sender.address)
        fees, gas = self.client.fees(), 20_000_000
        sendable = Sendable(to=to, data=call.data, nonce=nonce, gas=gas, fees=fees)
        sent = send(self.client, self.sender, sendable, lambda *_: None)
        self.fork.mine()
        assert self.client.wait_for_receipt(sent.hash).succeeded

    def signed(self, message: RegisterMessage, key: PrivateKey) -> str:
        """A key's signature over a message to this register."""
        domain = register_domain(self.manifest.chain_id, self.manifest.address("Register"))
        return sign(message_digest(domain, message), key)

    def deal(
        self,
        right_id: str | None = None,
        *,
        kind: int = 1,
        forged: bool = False,
        seller: PrivateKey | None = None,
        counter: int = 0,
    ) -> DealRecord:
        """A deal that both parties signed; forged: the buyer's signature is somebody else's."""
        seller, buyer = seller or self.key(), self.key()
        record = DealRecord(
            right_id=right_id or new_hash(),
            deal_id="0x" + seller.address.lower()[-20:] + buyer.address.lower()[-20:] + secrets.token_hex(12),
            kind=kind,
            seller=seller.address,
            buyer=buyer.address,
            terms=new_hash(),
            contract_text=new_hash(),
            deadline=LATER_S,
            seller_counter=counter,
            seller_signature="",
            buyer_signature="",
        )
        message = record.message()
        return msgspec.structs.replace(
            record,
            seller_signature=self.signed(message, seller),
            buyer_signature=self.signed(message, PrivateKey.generate() if forged else buyer),
        )

    def assignment(self) -> Sequence[Record]:
        """All records of one assignment, each of which the contract refuses without those before it."""
        right = self.right()
        deal = self.deal(right.right_id)
        confirmation = RegistryConfirmationRecord(
            right_id=right.right_id,
            deal_id=deal.deal_id,
            old_holder=right.holder,
            new_holder=new_hash(),
            proof=new_hash(),
        )
        return right, deal, confirmation, SettledRecord(deal_id=deal.deal_id)

    def licence(self) -> Sequence[Record]:
        """All records of one licence deal."""
        deal = self.deal(kind=4)
        licence = LicenceRecord(
            licence_id=new_hash(),
            right_id=deal.right_id,
            deal_id=deal.deal_id,
            licensor=new_hash(),
            licensee=new_hash(),
            terms=deal.terms,
            scope=new_hash(),
            starts_at=1_800_000_000,
            ends_at=1_900_000_000,
        )
        return deal, licence, SettledRecord(deal_id=deal.deal_id)


_KINDS: dict[type[Record], str] = {
    KeyEnrolmentRecord: "key_enrolment",
    RightRecord: "right",
    DealRecord: "deal",
    RegistryConfirmationRecord: "registration",
    LicenceRecord: "licence",
    SettledRecord: "settled",
}


def new_hash() -> str:
    return "0x" + secrets.token_hex(32)


def funded(client: ChainClient) -> LocalSigner:
    signer = LocalSigner(PrivateKey.generate())
    client.request("anvil_setBalance", (signer.address, hex(100 * 10**18)))
    return signer


def _deploy(fork: Fork) -> Deployed:
    sender, anchorer, guardian, administrator = (funded(fork.client) for _ in range(4))
    with TemporaryDirectory() as folder:
        manifest = deploy(
            Deployment(
                client=fork.quiet,
                artifacts=hardhat_artifacts(ROOT),
                settings=compiler_settings(ROOT),
                deployer=sender,
                roles=RoleHolders(
                    settler=sender.address,
                    registrar=sender.address,
                    pauser=guardian.address,
                    guardian=guardian.address,
                ),
                administrator=Administrator(address=administrator.address),
                anchor_key=anchorer.address,
                path=Path(folder) / "chain.json",
                deadline_s=30.0,
            )
        )
    return Deployed(manifest, sender, anchorer, guardian, administrator, snapshot="")


@contextmanager
def pipeline(fork: Fork, database_url: str, folder: Path, *, with_keys: bool = True) -> Iterator[Pipeline]:
    """Contracts on which nothing has happened, over a migrated database; and keys on record for deals to come."""
    deployed = fork.with_contracts()
    path = folder / "chain.json"
    write_manifest(path, deployed.manifest)
    with open_database(database_url) as database:
        made = Pipeline(
            fork,
            deployed.manifest,
            deployed.sender,
            deployed.anchorer,
            deployed.guardian,
            deployed.administrator,
            database,
            database_url,
            path,
        )
        if with_keys:
            made.enrol_many()
        yield made


def child_environment(**values: str) -> dict[str, str]:
    """The environment of a child process that a test kills."""
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), **values}


def as_json(value: object) -> str:
    return json.dumps(value)
