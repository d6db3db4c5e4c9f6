"""A chain, a database and contracts of a benchmark's own, and parties whose keys are on record."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from eth_abi.abi import encode

from ledger.chain.calls import MOST_A_CALL, call_of
from ledger.chain.client import ChainClient, Fees, Receipt
from ledger.chain.compiler import compiler_settings, hardhat_artifacts
from ledger.chain.deploy import Deployment, deploy
from ledger.chain.event_words import topic_of
from ledger.chain.events import ItemRefused
from ledger.chain.manifest import Administrator, Manifest, RoleHolders
from ledger.chain.records import DealRecord, KeyEnrolmentRecord, Record
from ledger.chain.signer import LocalSigner, Transaction, created_address
from ledger.messages import KeyEnrolment, RegisterMessage
from ledger.secp256k1 import PrivateKey, sign
from ledger.signatures import message_digest, register_domain
from ledger.store.migrate import upgrade
from scripts.stack.chain import ROOT, Chain
from scripts.stack.ports import free_port
from scripts.stack.postgres import Postgres
from scripts.stack.servers import keep_loopback_from_proxies, make_socket_folder, socket_folder

BLOCK_GAS = 1_000_000_000
"""Gas of a block: so large that the chain is never what a record waits for."""
DEADLINE_S = 120.0
LATER_S = 4_000_000_000
CALL_GAS = 30_000_000
FUNDS_WEI = 10**24
_REFUSED = topic_of(ItemRefused)
_ACCEPTS_OWNER = 0
"""The manner of contracts/test/ContractAccount.sol that asks for its owner's signature."""


@dataclass
class BenchChain:
    """Contracts on a chain, and the key that sends."""

    client: ChainClient
    chain_url: str
    manifest: Manifest
    sender: LocalSigner

    def record(self, records: Sequence[Record]) -> Receipt:
        """Record these in one call of one transaction.

        Raises:
            ChainFault: the chain does not answer.
            RuntimeError: the transaction failed.
        """
        call = call_of(records)
        return self.send_data(self.manifest.address(call.contract), call.data)

    def send_data(self, to: str, data: bytes) -> Receipt:
        """Send one transaction and wait for it.

        Raises:
            ChainFault: the chain does not answer.
            RuntimeError: the transaction failed.
        """
        nonce, fees = self.client.nonce(self.sender.address), self.client.fees()
        sent = self.client.send_raw(self.signed(to, data, nonce, fees))
        receipt = self.client.wait_for_receipt(sent, DEADLINE_S, 0.01)
        if not receipt.succeeded or any(log.topics[0] == _REFUSED for log in receipt.logs):
            message = f"a transaction of the benchmark failed, or an item of it: 0x{sent.hex()}"
            raise RuntimeError(message)
        return receipt

    def signed(self, to: str, data: bytes, nonce: int, fees: Fees, gas: int = CALL_GAS) -> bytes:
        """Give a signed transaction."""
        transaction = Transaction(
            chain_id=self.manifest.chain_id, nonce=nonce, to=to, data=data, gas=gas, fees=fees
        )
        return self.sender.sign(transaction).raw

    def over(self, message: RegisterMessage, key: PrivateKey) -> str:
        """Give a key's signature over a message to the register."""
        domain = register_domain(self.manifest.chain_id, self.manifest.address("Register"))
        return sign(message_digest(domain, message), key)

    def enrolled(self, count: int) -> list[PrivateKey]:
        """Give so many keys, each of a party of its own, on record."""
        keys = [PrivateKey.generate() for _ in range(count)]
        for first in range(0, count, MOST_A_CALL):
            batch = keys[first : first + MOST_A_CALL]
            self.record([self.enrolment(key.address, key) for key in batch])
        return keys

    def enrolment(self, address: str, key: PrivateKey) -> KeyEnrolmentRecord:
        """Bind an address to a party, on the signature of this key."""
        message = KeyEnrolment(
            party=secrets.token_bytes(32),
            key=address,
            authorisation=secrets.token_bytes(32),
            deadline_s=LATER_S,
        )
        return KeyEnrolmentRecord(
            party="0x" + message.party.hex(),
            key=address,
            authorisation="0x" + message.authorisation.hex(),
            deadline=LATER_S,
            signature=self.over(message, key) + ("" if address == key.address else "00"),
        )

    def deal(
        self, seller: PrivateKey, buyer: PrivateKey, right_id: str = "", seller_account: str = ""
    ) -> DealRecord:
        """Give a deal that both signed; a contract account may stand in the seller's place, with its owner's key."""
        sold_by = seller_account or seller.address
        record = DealRecord(
            right_id=right_id or new_hash(),
            deal_id="0x" + sold_by.lower()[-20:] + buyer.address.lower()[-20:] + secrets.token_hex(12),
            kind=1,
            seller=sold_by,
            buyer=buyer.address,
            terms=new_hash(),
            contract_text=new_hash(),
            deadline=LATER_S,
            seller_signature="",
            buyer_signature="",
        )
        message = record.message()
        # A byte more, which the account does not read: what has the length of a key's signature travels shortened.
        longer = "00" if seller_account else ""
        return msgspec.structs.replace(
            record,
            seller_signature=self.over(message, seller) + longer,
            buyer_signature=self.over(message, buyer),
        )

    def contract_account(self, owner: PrivateKey) -> str:
        """Deploy an account that asks for its owner's signature (ERC-1271), and give its address."""
        folder = ROOT / "build" / "hardhat" / "artifacts" / "contracts" / "test" / "ContractAccount.sol"
        built = json.loads((folder / "ContractAccount.json").read_bytes())
        code = bytes.fromhex(built["bytecode"].removeprefix("0x"))
        nonce = self.client.nonce(self.sender.address)
        self.send_data("", code + encode(["uint8", "address"], [_ACCEPTS_OWNER, owner.address]))
        return created_address(self.sender.address, nonce)


@dataclass
class BenchVenue(BenchChain):
    """Contracts on a chain, an outbox in a database, and the key that sends."""

    database_url: str


def new_hash() -> str:
    """Give 32 random bytes as hex behind 0x."""
    return "0x" + secrets.token_hex(32)


@contextmanager
def bench_chain(folder: Path, *, slots_in_an_epoch: int = 1) -> Iterator[BenchChain]:
    """Start a chain with its files in this folder, deploy, and leave nothing running.

    Final are 2 * slots_in_an_epoch blocks behind the newest.

    Raises:
        StartRefused: the chain did not come up.
        ChainFault: the contracts cannot be deployed.
    """
    keep_loopback_from_proxies()
    chain = Chain(
        folder,
        folder,
        free_port(),
        slots_in_an_epoch=slots_in_an_epoch,
        keeps_state=False,
        options=("--gas-limit", str(BLOCK_GAS)),
    )
    try:
        chain.start()
        yield _deployed(chain.url, folder)
    finally:
        chain.stop()


@contextmanager
def bench_venue(*, slots_in_an_epoch: int = 1) -> Iterator[BenchVenue]:
    """Start a chain and a database, deploy, and leave nothing behind; finality as in `bench_chain`.

    Raises:
        StartRefused: a server did not come up.
        ChainFault: the contracts cannot be deployed.
    """
    with tempfile.TemporaryDirectory(prefix="ipx-bench-") as name:
        folder = Path(name)
        sockets = socket_folder(folder)
        make_socket_folder(sockets)
        postgres = Postgres(folder, sockets, folder)
        postgres.start()
        try:
            upgrade(postgres.url)
            with bench_chain(folder, slots_in_an_epoch=slots_in_an_epoch) as chain:
                yield BenchVenue(chain.client, chain.chain_url, chain.manifest, chain.sender, postgres.url)
        finally:
            postgres.stop()


def _deployed(chain_url: str, folder: Path) -> BenchChain:
    client = ChainClient(chain_url, DEADLINE_S)
    sender, guardian, admin = (LocalSigner(PrivateKey.generate()) for _ in range(3))
    client.request("anvil_setBalance", (sender.address, hex(FUNDS_WEI)))
    roles = RoleHolders(
        settler=sender.address,
        registrar=sender.address,
        pauser=guardian.address,
        guardian=guardian.address,
    )
    manifest = deploy(
        Deployment(
            client=client,
            artifacts=hardhat_artifacts(ROOT),
            settings=compiler_settings(ROOT),
            deployer=sender,
            roles=roles,
            administrator=Administrator(address=admin.address),
            anchor_key=sender.address,
            path=folder / "chain.json",
        )
    )
    # A block for each transaction as it comes: what is measured is the sender, not the wait for the clock.
    client.request("evm_setIntervalMining", (0,))
    client.request("evm_setAutomine", (True,))
    return BenchChain(client, chain_url, manifest, sender)
