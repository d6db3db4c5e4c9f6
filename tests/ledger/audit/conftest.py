"""A venue whose day stands on a real chain, recorded and anchored, once for each file of tests.

Not once for all: the chain keeps the states of its last blocks only, and a later file may ask for an earlier one.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.audit.report import Report
from ledger.audit.run import Evidence, Trust, audit
from ledger.chain.calls import call_of, grouped
from ledger.chain.compiler import hardhat_artifacts
from ledger.chain.deploy import deploy
from ledger.chain.records import AnchorRecord, AnyRecord, DealRecord, OfferAcceptanceRecord, Record
from ledger.secp256k1 import PrivateKey
from tests.ledger.audit.journal_days import trading_day
from tests.ledger.audit.journal_maker import RECEIPT_KEY, JournalScene
from tests.ledger.audit.journal_writer import Written, write
from tests.ledger.chain.conftest import ROOT, MiningClient, Venue, funded_signer, plan_for

if TYPE_CHECKING:
    from ledger.audit.lines import ExportKind

EMPTY_ROOT = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ANCHORED_AT = (5, 23, 41, 70)


class ChainScene(JournalScene):
    """A scene whose records are sent to the chain before anybody reports them."""

    def __init__(self, contracts: Venue, profile: str = "mainland") -> None:
        self.contracts = contracts
        self.anchored_root = EMPTY_ROOT
        self._sent = 0
        self._sent_ids: set[str] = set()
        newest = contracts.client.block("latest")
        assert newest is not None
        super().__init__(
            chain_id=contracts.client.chain_id(),
            register=contracts.register,
            anchor=contracts.anchor,
            start_ms=newest.timestamp * 1000,
            profile=profile,
        )

    def to_chain(self) -> tuple[str, int]:
        """Send what has come since the last time."""
        records: list[Record] = []
        for outgoing in [each for batch in self.records[self._sent :] for each in batch]:
            if outgoing.record_id not in self._sent_ids:
                self._sent_ids.add(outgoing.record_id)
                records.append(msgspec.convert(outgoing.payload, AnyRecord))
        self._sent = len(self.records)
        place = ("0x", 0)
        for call in grouped(records):
            receipt = self.contracts.send(call)
            assert receipt.succeeded
            if isinstance(call.records[0], DealRecord | OfferAcceptanceRecord):
                place = ("0x" + receipt.transaction_hash.hex(), receipt.block_number)
        return place

    def anchor_at(self, size: int, root: bytes) -> None:
        """Anchor a root."""
        record = AnchorRecord(root="0x" + root.hex(), size=size, previous_root=self.anchored_root)
        assert self.contracts.send(call_of([record])).succeeded
        self.anchored_root = record.root


class Auditor:
    """A day on the chain, and the audit of whatever bytes are handed in as its journal."""

    def __init__(self, scene: ChainScene, chain_url: str) -> None:
        self.scene = scene
        self.journal: Written = write(scene.stored, scene)
        self.trust = Trust(
            chain_id=scene.chain_id,
            anchor=scene.anchor,
            rpc_url=chain_url,
            receipt_key=RECEIPT_KEY.public_key.hex(),
        )

    def audit(self, data: bytes, evidence: Evidence | None = None) -> Report:
        """Audit these bytes."""
        return audit(io.BytesIO(data), self.trust, evidence)

    def now(self) -> int:
        """The newest final block."""
        return self.scene.contracts.client.finalized_block().number

    def write(self, kind: ExportKind = "auditor") -> bytes:
        """The journal as it is, as another kind of export."""
        return write(self.scene.stored, self.scene, kind).data


def contracts_on(chain_url: str, folder: Path) -> Venue:
    """Contracts of their own."""
    client = MiningClient(chain_url)
    operator = funded_signer(client)
    plan = plan_for(
        client, hardhat_artifacts(ROOT), funded_signer(client), operator.address, folder / "chain.json"
    )
    return Venue(client, deploy(plan), operator)


def new_scene(chain_url: str, folder: Path, profile: str = "mainland") -> ChainScene:
    """A scene with contracts of its own on which nothing has happened."""
    return ChainScene(contracts_on(chain_url, folder), profile)


@pytest.fixture(scope="module")
def auditor(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """A whole day, recorded, with four anchors, the last one below the journal's end."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("audited"))
    trading_day(scene)
    made = Auditor(scene, chain_url)
    for size in ANCHORED_AT:
        scene.anchor_at(size, made.journal.roots[size])
    scene.contracts.client.request("evm_mine")
    return made


@pytest.fixture
def stranger() -> PrivateKey:
    """A key that nobody enrolled."""
    return PrivateKey.generate()


def audited(scene: ChainScene, chain_url: str, anchor_at: int = 2) -> Auditor:
    """The scene's journal with one anchor."""
    made = Auditor(scene, chain_url)
    scene.anchor_at(anchor_at, made.journal.roots[anchor_at])
    scene.contracts.client.request("evm_mine")
    return made


@pytest.fixture(scope="module")
def loose(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """A day of which the chain has anchored two entries only."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("loose"))
    trading_day(scene)
    return audited(scene, chain_url)
