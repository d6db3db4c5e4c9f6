"""A real chain with the contracts on it, and what the tests send there."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.chain.calls import Call, call_of
from ledger.chain.client import ChainClient, Receipt
from ledger.chain.compiler import Artifact, CompilerSettings, compiler_settings, hardhat_artifacts
from ledger.chain.deploy import Deployment, deploy
from ledger.chain.manifest import Manifest, RoleHolders
from ledger.chain.records import DealRecord, Record
from ledger.chain.signer import LocalSigner, Signer, Transaction
from ledger.secp256k1 import PrivateKey, sign
from ledger.signatures import Deal, deal_digest, register_domain

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[3]


class MiningClient(ChainClient):
    """A client of a development chain that has a block made for each of its transactions, to save the wait."""

    def send_raw(self, raw: bytes) -> bytes:
        """Send, then have two blocks made, so that finality follows too."""
        sent = super().send_raw(raw)
        for _ in range(2):
            self.request("evm_mine")
        return sent


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
) -> Deployment:
    """A deployment in which one operator holds every role and the anchor's key."""
    roles = RoleHolders(settler=operator, registrar=operator, pauser=operator, guardian=operator)
    return Deployment(
        client=client,
        artifacts=artifacts,
        settings=compiler_settings(ROOT),
        deployer=deployer,
        roles=roles,
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


def signed_deal(
    venue: Venue,
    *,
    kind: int = 1,
    right_id: str | None = None,
    deal_id: str | None = None,
    seller: PrivateKey | None = None,
    buyer: PrivateKey | None = None,
) -> DealRecord:
    """A deal that two parties signed; parties never seen before unless their keys are given."""
    seller, buyer = seller or PrivateKey.generate(), buyer or PrivateKey.generate()
    deal = Deal(
        deal_id=bytes.fromhex((deal_id or new_hash())[2:]),
        right_id=bytes.fromhex((right_id or new_hash())[2:]),
        kind=kind,
        seller=seller.address,
        buyer=buyer.address,
        terms=secrets.token_bytes(32),
        contract_text=secrets.token_bytes(32),
        deadline_s=4_000_000_000,
    )
    digest = deal_digest(register_domain(venue.client.chain_id(), venue.register), deal)
    return DealRecord(
        deal_id="0x" + deal.deal_id.hex(),
        right_id="0x" + deal.right_id.hex(),
        kind=kind,
        seller=seller.address,
        buyer=buyer.address,
        terms="0x" + deal.terms.hex(),
        contract_text="0x" + deal.contract_text.hex(),
        deadline=deal.deadline_s,
        seller_signature=sign(digest, seller),
        buyer_signature=sign(digest, buyer),
    )
