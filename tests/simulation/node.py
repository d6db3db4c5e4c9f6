"""A chain in memory that answers JSON-RPC as a node does: blocks, a pool, nonces, base fee, finality, reorganisations.

It makes a block when it is told to. The client in front of it is the production one, with its requests answered here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import rlp  # type: ignore[import-untyped]

from exchange.keccak import keccak
from tests.contracts.model_base import ecrecover
from tests.simulation.contracts import Contracts, Reverted, Views, Written

GENESIS_S = 1_700_000_000
TIP = 1_000_000_000
"""Wei that the node calls a fitting tip."""
FIRST_BASE_FEE = 1_000_000_000
_NOBODY = "0x" + "00" * 20


class RpcRefused(Exception):
    """The node answers with an error object."""

    def __init__(self, message: str, data: bytes | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class Sent(NamedTuple):
    """A signed transaction as it came."""

    hash: bytes
    raw: bytes
    sender: str
    nonce: int
    priority_fee: int
    max_fee: int
    to: str
    data: bytes


class Mined(NamedTuple):
    """A transaction in its block: whether it succeeded, and its logs."""

    sent: Sent
    succeeded: bool
    written: list[Written]


class Block(NamedTuple):
    """A block, and the contracts' state after it."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int
    base_fee: int
    mined: tuple[Mined, ...]
    state: bytes
    views: Views
    nonces: dict[str, int]


def read_transaction(raw: bytes) -> Sent:
    """Take a signed EIP-1559 transaction apart; its sender is who its signature recovers to."""
    fields = rlp.decode(raw[1:])
    numbers = [int.from_bytes(field, "big") for field in fields[:5]]
    unsigned = keccak(raw[:1] + rlp.encode(fields[:9]))
    parity = int.from_bytes(fields[9], "big")
    sender = ecrecover(unsigned, parity, fields[10].rjust(32, b"\0") + fields[11].rjust(32, b"\0"))
    return Sent(
        hash=keccak(raw),
        raw=raw,
        sender=sender,
        nonce=numbers[1],
        priority_fee=numbers[2],
        max_fee=numbers[3],
        to="0x" + fields[5].hex(),
        data=bytes(fields[7]),
    )


class MemoryNode:
    """One node, which is the chain."""

    def __init__(
        self,
        contracts: Contracts,
        chain_id: int,
        first_block: int,
        depth_of_finality: int,
        nonces: dict[str, int],
    ) -> None:
        self.contracts = contracts
        self.chain_id = chain_id
        self.depth_of_finality = depth_of_finality
        self.pool: dict[bytes, Sent] = {}
        self.next_base_fee = FIRST_BASE_FEE
        self._forks = 0
        state = contracts.kept()
        self.blocks: list[Block] = [
            Block(
                0,
                keccak(b"genesis"),
                bytes(32),
                GENESIS_S,
                FIRST_BASE_FEE,
                (),
                state,
                contracts.views(),
                nonces,
            )
        ]
        for _ in range(first_block):
            self.mine(self.blocks[-1].timestamp + 1)

    # --- what a test does to it

    @property
    def newest(self) -> Block:
        """The newest block."""
        return self.blocks[-1]

    def mine(self, timestamp: int) -> Block:
        """Make a block of what waits and can pay the base fee, each sender's in the order of their nonces."""
        last = self.newest
        timestamp = max(timestamp, last.timestamp + 1)
        nonces = dict(last.nonces)
        mined: list[Mined] = []
        for sent in sorted(self.pool.values(), key=lambda each: each.nonce):
            if sent.nonce != nonces.get(sent.sender, 0) or sent.max_fee < self.next_base_fee:
                continue
            mined.append(self._carry_out(sent, timestamp))
            nonces[sent.sender] = sent.nonce + 1
        self.pool = {
            name: sent for name, sent in self.pool.items() if sent.nonce >= nonces.get(sent.sender, 0)
        }
        state, views = last.state, last.views
        if any(each.written for each in mined):
            state, views = self.contracts.kept(), self.contracts.views()
        header = b"".join((last.hash, timestamp.to_bytes(8, "big"), self._forks.to_bytes(4, "big")))
        block = Block(
            number=last.number + 1,
            hash=keccak(header + b"".join(each.sent.hash for each in mined)),
            parent=last.hash,
            timestamp=timestamp,
            base_fee=self.next_base_fee,
            mined=tuple(mined),
            state=state,
            views=views,
            nonces=nonces,
        )
        self.blocks.append(block)
        return block

    def reorganise(self, depth: int) -> list[Sent]:
        """Replace the last blocks by as many empty ones; gives the transactions that are gone with them."""
        gone = [each.sent for block in self.blocks[-depth:] for each in block.mined]
        times = [block.timestamp for block in self.blocks[-depth:]]
        del self.blocks[-depth:]
        self.contracts.go_back(self.newest.state)
        self._forks += 1
        pool, self.pool = self.pool, {}
        for timestamp in times:
            self.mine(timestamp)
        self.pool = pool
        return gone

    def drop_all(self) -> int:
        """Forget every transaction that waits; gives how many there were."""
        count = len(self.pool)
        self.pool.clear()
        return count

    def _carry_out(self, sent: Sent, timestamp: int) -> Mined:
        if sent.to not in self.contracts.addresses:
            return Mined(sent, succeeded=True, written=[])
        try:
            return Mined(
                sent, succeeded=True, written=self.contracts.apply(sent.sender, sent.to, sent.data, timestamp)
            )
        except Reverted:
            return Mined(sent, succeeded=False, written=[])

    # --- what a client asks of it

    def request(self, method: str, params: list[Any]) -> Any:
        """Answer one question.

        Raises:
            RpcRefused: with an error.
        """
        answer = getattr(self, "_" + method, None)
        if answer is None:
            message = f"the method {method} does not exist"
            raise RpcRefused(message)
        return answer(*params)

    def _eth_chainId(self) -> str:  # noqa: N802 - the method's name
        return hex(self.chain_id)

    def _eth_blockNumber(self) -> str:  # noqa: N802
        return hex(self.newest.number)

    def _eth_getBlockByNumber(self, tag: str, _: bool) -> dict[str, Any] | None:  # noqa: N802
        block = self._block(tag)
        if block is None:
            return None
        return {
            "number": hex(block.number),
            "hash": _hex(block.hash),
            "parentHash": _hex(block.parent),
            "timestamp": hex(block.timestamp),
            "baseFeePerGas": hex(block.base_fee),
        }

    def _eth_getCode(self, address: str, _: str) -> str:  # noqa: N802
        return "0x60" if address.lower() in self.contracts.addresses else "0x"

    def _eth_getTransactionCount(self, address: str, tag: str) -> str:  # noqa: N802
        sender = address.lower()
        nonce = self.newest.nonces.get(sender, 0)
        waiting = {sent.nonce for sent in self.pool.values() if sent.sender == sender}
        while tag == "pending" and nonce in waiting:
            nonce += 1
        return hex(nonce)

    def _eth_maxPriorityFeePerGas(self) -> str:  # noqa: N802
        return hex(TIP)

    def _eth_estimateGas(self, transaction: dict[str, str]) -> str:  # noqa: N802
        self._eth_call(transaction, "latest")
        return hex(200_000)

    def _eth_call(self, transaction: dict[str, str], tag: str) -> str:
        block = self._block(tag)
        if block is None:
            message = "header not found"
            raise RpcRefused(message)
        to, data = transaction["to"].lower(), bytes.fromhex(transaction["data"][2:])
        answer = block.views.get((to, data))
        if answer is not None:
            return _hex(answer)
        if to not in self.contracts.addresses:
            return "0x"
        changed = block.number != self.newest.number
        if changed:
            self.contracts.go_back(block.state)
        try:
            self.contracts.apply(transaction.get("from", _NOBODY).lower(), to, data, block.timestamp)
            changed = True
        except Reverted as reverted:
            message = "execution reverted"
            raise RpcRefused(message, reverted.data) from reverted
        finally:
            if changed:
                self.contracts.go_back(self.newest.state)
        return "0x"

    def _eth_sendRawTransaction(self, raw: str) -> str:  # noqa: N802
        sent = read_transaction(bytes.fromhex(raw[2:]))
        if sent.hash in self.pool:
            message = "already known"
            raise RpcRefused(message)
        if sent.nonce < self.newest.nonces.get(sent.sender, 0):
            message = "nonce too low"
            raise RpcRefused(message)
        for other in list(self.pool.values()):
            if (other.sender, other.nonce) != (sent.sender, sent.nonce):
                continue
            if 10 * sent.max_fee < 11 * other.max_fee or 10 * sent.priority_fee < 11 * other.priority_fee:
                message = "replacement transaction underpriced"
                raise RpcRefused(message)
            del self.pool[other.hash]
        self.pool[sent.hash] = sent
        return _hex(sent.hash)

    def _eth_getTransactionByHash(self, name: str) -> dict[str, Any] | None:  # noqa: N802
        wanted = bytes.fromhex(name[2:])
        sent, number = self.pool.get(wanted), None
        if sent is None:
            found = self._mined(wanted)
            if found is None:
                return None
            number, sent = hex(found[0].number), found[2].sent
        return {
            "nonce": hex(sent.nonce),
            "maxFeePerGas": hex(sent.max_fee),
            "maxPriorityFeePerGas": hex(sent.priority_fee),
            "input": _hex(sent.data),
            "blockNumber": number,
        }

    def _eth_getTransactionReceipt(self, name: str) -> dict[str, Any] | None:  # noqa: N802
        found = self._mined(bytes.fromhex(name[2:]))
        if found is None:
            return None
        block, first, mined = found
        return {
            "transactionHash": name,
            "status": "0x1" if mined.succeeded else "0x0",
            "blockNumber": hex(block.number),
            "blockHash": _hex(block.hash),
            "gasUsed": hex(100_000),
            "effectiveGasPrice": hex(block.base_fee),
            "logs": [_log(block, mined, first + i, each) for i, each in enumerate(mined.written)],
        }

    def _eth_getLogs(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        addresses = {address.lower() for address in wanted["address"]}
        found = []
        for block in self.blocks[int(wanted["fromBlock"], 16) : int(wanted["toBlock"], 16) + 1]:
            index = 0
            for mined in block.mined:
                for each in mined.written:
                    if each.address in addresses:
                        found.append(_log(block, mined, index, each))
                    index += 1
        return found

    def _block(self, tag: str) -> Block | None:
        match tag:
            case "latest" | "pending":
                return self.newest
            case "finalized":
                return self.blocks[max(self.newest.number - self.depth_of_finality, 0)]
            case _:
                number = int(tag, 16)
                return self.blocks[number] if number < len(self.blocks) else None

    def _mined(self, name: bytes) -> tuple[Block, int, Mined] | None:
        """A mined transaction, its block, and the index of its first log there."""
        for block in reversed(self.blocks):
            first = 0
            for mined in block.mined:
                if mined.sent.hash == name:
                    return block, first, mined
                first += len(mined.written)
        return None


def _log(block: Block, mined: Mined, index: int, written: Written) -> dict[str, Any]:
    return {
        "address": written.address,
        "topics": [_hex(topic) for topic in written.log.topics],
        "data": _hex(written.log.data),
        "blockNumber": hex(block.number),
        "blockHash": _hex(block.hash),
        "transactionHash": _hex(mined.sent.hash),
        "logIndex": hex(index),
    }


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
