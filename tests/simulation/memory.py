"""Everything around a simulated run in memory: the database, the chain, and the keys that are used there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import Any

import msgspec

from exchange.keccak import keccak
from ledger.chain.compiler import DEPLOYED
from ledger.chain.manifest import Administrator, DeployedContract, Manifest, RoleHolders
from ledger.chain.signer import LocalSigner, created_address
from ledger.secp256k1 import PrivateKey
from scripts.stack.chain import CHAIN_ID
from tests.simulation.contracts import Contracts
from tests.simulation.memory_database import MemoryDatabase, Tables
from tests.simulation.memory_store import MemoryStore
from tests.simulation.node import MemoryNode, RpcRefused

FIRST_BLOCK = 160
"""The last block before a run: what is before it is the deployment's."""
DEPLOYERS_NONCE = len(DEPLOYED) + 1
"""The sender has made the contracts and handed out their roles before a run begins."""
FINALITY = 4
"""Blocks behind the newest that are final."""
SHORTEST_S, LONGEST_S = 0.0005, 0.008


def key_named(name: str) -> PrivateKey:
    """A key of the venue's own, the same in every run."""
    return PrivateKey(keccak(f"{name} of a simulation".encode()))


SENDER, ANCHORER, SERVICE, GUARDIAN, ADMINISTRATOR = (
    key_named(name) for name in ("sender", "anchorer", "service", "guardian", "administrator")
)


@lru_cache(maxsize=1)
def planned_manifest() -> Manifest:
    """The deployment as its deployer's first transactions make it."""
    contracts = tuple(
        DeployedContract(
            name=name,
            address=created_address(SENDER.address, nonce),
            nonce=nonce,
            constructor_types=(),
            constructor_arguments=(),
            gas=0,
            max_fee=0,
            priority_fee=0,
            transaction="0x",
            block=1,
        )
        for nonce, name in enumerate(DEPLOYED)
    )
    return Manifest(
        chain_id=CHAIN_ID,
        deployer=SENDER.address,
        anchor_key=ANCHORER.address,
        roles=RoleHolders(
            settler=SENDER.address,
            registrar=SENDER.address,
            pauser=GUARDIAN.address,
            guardian=GUARDIAN.address,
        ),
        administrator=Administrator(address=ADMINISTRATOR.address),
        compiler_version="",
        settings_sha256="",
        contracts=contracts,
        complete=True,
    )


class MemoryBackend:
    """Tables and node of one run."""

    def __init__(self, seed: int, seconds: Callable[[], float]) -> None:
        self.manifest = planned_manifest()
        self.sender, self.anchorer = LocalSigner(SENDER), LocalSigner(ANCHORER)
        self.service_key = SERVICE
        self.tables = Tables(seconds)
        nonces = {SENDER.address.lower(): DEPLOYERS_NONCE}
        self.node = MemoryNode(Contracts(self.manifest), CHAIN_ID, FIRST_BLOCK, FINALITY, nonces)
        self._random = Random(f"{seed} store")  # noqa: S311 - the same run for the same seed

    def close(self) -> None:
        """Forget everything."""
        self.tables.close()

    async def open_store(self) -> Any:
        """A sequencer's connections."""
        return MemoryStore(self.tables, self._pause)

    def open_database(self, step: Callable[[], None] = lambda: None, *, heeds_locks: bool = True) -> Any:
        """A worker's connection."""
        return MemoryDatabase(self.tables, step, heeds_locks=heeds_locks)

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.uniform(SHORTEST_S, LONGEST_S))

    # --- the chain

    def ask_node(self, method: str, params: list[Any]) -> dict[str, Any]:
        """What the node answers, as JSON-RPC has it, the result still JSON."""
        try:
            return {"result": msgspec.Raw(msgspec.json.encode(self.node.request(method, params)))}
        except RpcRefused as refused:
            error: dict[str, Any] = {"code": -32_000, "message": refused.message}
            if refused.data is not None:
                error["data"] = "0x" + refused.data.hex()
            return {"error": error}

    def mine(self, timestamp: int) -> None:
        """Make a block."""
        self.node.mine(timestamp)

    def set_base_fee(self, wei: int) -> None:
        """The base fee of the blocks to come."""
        self.node.next_base_fee = wei

    def waiting(self) -> int:
        """How many transactions wait."""
        return len(self.node.pool)

    def drop_all(self) -> int:
        """Forget what waits; gives how many there were."""
        return self.node.drop_all()

    def reorganise(self, depth: int) -> list[bytes]:
        """Replace the last blocks by empty ones; gives the transactions that are gone."""
        return [sent.raw for sent in self.node.reorganise(depth)]
