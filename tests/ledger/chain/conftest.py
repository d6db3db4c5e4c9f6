"""A real chain with the contracts on it, and what the tests send there."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.chain.calls import Call, call_of
from ledger.chain.client import Block, ChainClient, Receipt
from ledger.chain.compiler import Artifact, CompilerSettings, compiler_settings, hardhat_artifacts
from ledger.chain.deploy import Deployment, deploy
from ledger.chain.events import ChainEvent, KeyEnrolled
from ledger.chain.logs import read_events
from ledger.chain.manifest import Administrator, Manifest, RoleHolders
from ledger.chain.records import DealRecord, KeyEnrolmentRecord, Record
from ledger.chain.signer import LocalSigner, Signer, Transaction
from ledger.messages import Deal, KeyEnrolment, RegisterMessage
from ledger.secp256k1 import PrivateKey, sign
from ledger.signatures import message_digest, register_domain

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTRACTS = ("Register", "EncumbranceRegister", "SealedBidRegister", "FillRegister", "JournalAnchor")
LATER_S = 4_000_000_000
"""A deadline that no test outlives, Unix seconds."""
KEYS_AT_ONCE = 64
ROOT = Path(__file__).resolve().parents[3]


class MiningClient(ChainClient):
    """A client of a development chain that has blocks made for what it sends and wants final, to save the wait."""

    def send_raw(self, raw: bytes) -> bytes:
        """Send, then have two blocks made, so that finality follows too."""
        sent = super().send_raw(raw)
        self._mine()
        return sent

    def finalized_block(self) -> Block:
        """Have blocks made until what is newest now is final."""
        self._mine()
        return super().finalized_block()

    def _mine(self) -> None:
        for _ in range(2):
            self.request("evm_mine")


def funded_signer(client: ChainClient) -> LocalSigner:
    """A new key whose address has 100 of the chain's own currency."""
    signer = LocalSigner(PrivateKey.generate())
    client.request("anvil_setBalance", (signer.address, hex(100 * 10**18)))
    return signer


@pytest.fixture(scope="session")
def client(chain_url: str) -> ChainClient:
    return MiningClient(chain_url)


@pytest.fixture(scope="session")
def artifacts() -> dict[str, Artifact]:
    return hardhat_artifacts(ROOT)


@pytest.fixture(scope="session")
def settings() -> CompilerSettings:
    return compiler_settings(ROOT)


def plan_for(
    client: ChainClient,
    artifacts: dict[str, Artifact],
    deployer: Signer,
    operator: str,
    path: Path,
    administrator: str = "",
) -> Deployment:
    """A deployment in which one operator holds every role and the anchor's key; the administrator is the deployer."""
    roles = RoleHolders(settler=operator, registrar=operator, pauser=operator, guardian=operator)
    return Deployment(
        client=client,
        artifacts=artifacts,
        settings=compiler_settings(ROOT),
        deployer=deployer,
        roles=roles,
        administrator=Administrator(address=administrator or deployer.address),
        anchor_key=operator,
        path=path,
        deadline_s=30.0,
    )


@dataclass
class Venue:
    """Contracts on a chain, and the operator's key."""

    client: ChainClient
    manifest: Manifest
    operator: LocalSigner
    enrolled: list[PrivateKey] = field(default_factory=list)
    """Keys on record that no test has used yet."""

    def key(self) -> PrivateKey:
        """A key on record for a party of its own; many are enrolled at once, which costs one transaction."""
        if not self.enrolled:
            keys = [PrivateKey.generate() for _ in range(KEYS_AT_ONCE)]
            self.record([enrolment(self, key) for key in keys])
            self.enrolled += keys
        return self.enrolled.pop()

    def events(self, *contracts: str) -> list[ChainEvent]:
        """What stands on these contracts, or on all, without the enrolments of keys."""
        newest = self.client.block_number()
        return [
            event
            for name in contracts or CONTRACTS
            for event in read_events(self.client, self.manifest.address(name), 0, newest)
            if not isinstance(event, KeyEnrolled)
        ]

    def signed(self, message: RegisterMessage, key: PrivateKey) -> str:
        """A key's signature over a message to this register."""
        return sign(message_digest(register_domain(self.client.chain_id(), self.register), message), key)

    @property
    def register(self) -> str:
        return self.manifest.address("Register")

    @property
    def anchor(self) -> str:
        return self.manifest.address("JournalAnchor")

    def send(self, call: Call) -> Receipt:
        """Send a call with the operator's key and give its receipt."""
        return self.send_data(self.manifest.address(call.contract), call.data)

    def send_data(self, to: str, data: bytes, gas: int = 12_000_000) -> Receipt:
        signed = self.operator.sign(
            Transaction(
                chain_id=self.client.chain_id(),
                nonce=self.client.nonce(self.operator.address, "pending"),
                to=to,
                data=data,
                gas=gas,
                fees=self.client.fees(),
            )
        )
        self.client.send_raw(signed.raw)
        return self.client.wait_for_receipt(signed.hash, 30.0)

    def record(self, records: Sequence[Record]) -> Receipt:
        """Record these in one call; it must succeed as a whole."""
        receipt = self.send(call_of(records))
        assert receipt.succeeded
        return receipt


@pytest.fixture
def venue(client: ChainClient, artifacts: dict[str, Artifact], tmp_path: Path) -> Venue:
    """Contracts of its own for each test."""
    operator = funded_signer(client)
    plan = plan_for(client, artifacts, funded_signer(client), operator.address, tmp_path / "chain.json")
    return Venue(client, deploy(plan), operator)


def new_hash() -> str:
    return "0x" + secrets.token_hex(32)


def enrolment(
    venue: Venue,
    key: PrivateKey,
    party: str | None = None,
    deadline: int = LATER_S,
    signer: PrivateKey | None = None,
) -> KeyEnrolmentRecord:
    """A first key of a party, signed by it, or by another."""
    message = KeyEnrolment(
        party=bytes.fromhex((party or new_hash())[2:]),
        key=key.address,
        authorisation=secrets.token_bytes(32),
        deadline_s=deadline,
    )
    return KeyEnrolmentRecord(
        party="0x" + message.party.hex(),
        key=key.address,
        authorisation="0x" + message.authorisation.hex(),
        deadline=deadline,
        signature=venue.signed(message, signer or key),
    )


def deal_id_of(seller: str, buyer: str) -> str:
    """An identifier that carries both keys' last 10 bytes, as the contract wants it."""
    return "0x" + seller.lower()[-20:] + buyer.lower()[-20:] + secrets.token_hex(12)


def signed_deal(
    venue: Venue,
    *,
    kind: int = 1,
    right_id: str | None = None,
    deal_id: str | None = None,
    seller: PrivateKey | None = None,
    buyer: PrivateKey | None = None,
    counters: tuple[int, int] = (0, 0),
    deadline: int = LATER_S,
) -> DealRecord:
    """A deal that two parties signed; parties of their own, with keys on record, unless their keys are given."""
    seller, buyer = seller or venue.key(), buyer or venue.key()
    record = DealRecord(
        right_id=right_id or new_hash(),
        deal_id=deal_id or deal_id_of(seller.address, buyer.address),
        kind=kind,
        seller=seller.address,
        buyer=buyer.address,
        terms=new_hash(),
        contract_text=new_hash(),
        deadline=deadline,
        seller_counter=counters[0],
        buyer_counter=counters[1],
        seller_signature="",
        buyer_signature="",
    )
    return signed_again(venue, record, seller, buyer)


def signed_again(venue: Venue, record: DealRecord, seller: PrivateKey, buyer: PrivateKey) -> DealRecord:
    """The same deal with the signatures of these keys."""
    message: Deal = record.message()
    return msgspec.structs.replace(
        record,
        seller_signature=venue.signed(message, seller),
        buyer_signature=venue.signed(message, buyer),
    )
