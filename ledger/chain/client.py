"""Speaking JSON-RPC to a node: every call has a timeout, every answer is checked and typed.

No state and no key lives here. A node may be behind, lose blocks or answer nonsense; what does not have the
expected shape becomes a `ChainFault`, never a wrong value.
"""

from __future__ import annotations

import itertools
import time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import httpx
import msgspec

from ledger.answers import AnswerCut, AnswerTooLarge, bounded_client, take
from ledger.chain.errors import ChainFault
from ledger.chain.ranges import Range
from ledger.chain.raw_logs import RawLog, logs_of, read_logs

if TYPE_CHECKING:
    from collections.abc import Sequence

BlockTag = int | Literal["latest", "finalized", "pending", "earliest"]
"""A block's number, or one of the node's names for a block."""

DEFAULT_TIMEOUT_S = 10.0
LARGEST_ANSWER = 64 * 1024 * 1024
LATE_IN_A_ROW = 3
"""So many requests for logs may time out one after the other; a later call then begins with a smaller range."""

_REFUSALS = (
    ("already known", "CHAIN-ALREADY-KNOWN"),
    ("already imported", "CHAIN-ALREADY-KNOWN"),
    ("nonce too low", "CHAIN-NONCE-USED"),
    ("underpriced", "CHAIN-UNDERPRICED"),
    ("insufficient funds", "CHAIN-FUNDS"),
)
_REVERTED = ("revert", "execution error")
_HASH_BYTES = 32
_PLACE = attrgetter("block_number", "log_index")
_TOO_MUCH_STATUS = frozenset((413, 502, 503, 504))
"""HTTP statuses with which a node, or what stands before it, answers a range that is too large."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block's head; `timestamp` in Unix seconds, `base_fee` in wei (0 where the chain has none)."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    base_fee: int


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mined transaction; `gas_used` in gas, `gas_price` in wei a gas."""

    transaction_hash: bytes
    succeeded: bool
    block_number: int
    block_hash: bytes
    gas_used: int
    gas_price: int
    contract_address: str
    """Address of a contract that it created, or empty."""
    logs: tuple[RawLog, ...]


class Fees(msgspec.Struct, frozen=True):
    """Fees of an EIP-1559 transaction, wei a gas."""

    max_fee: int
    priority_fee: int

    def raised(self) -> Fees:
        """Give fees a node takes for a replacement: an eighth higher, at least one wei."""
        return Fees(self.max_fee + self.max_fee // 8 + 1, self.priority_fee + self.priority_fee // 8 + 1)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that a node has, waiting or mined; `block_number` is None while it waits."""

    nonce: int
    fees: Fees
    block_number: int | None


class _Answer(msgspec.Struct):
    """A result stays JSON until somebody knows what to read it as: logs come by the megabyte."""

    result: msgspec.Raw = msgspec.Raw()
    error: Any = None


class _Provider:
    """A node's JSON-RPC as it answers."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self.endpoint_uri = url
        self._timeout_s = timeout_s
        self._numbers = itertools.count()
        self._client = bounded_client(timeout_s=timeout_s, headers={"Content-Type": "application/json"})

    def make_request(self, method: str, params: list[Any]) -> Any:  # noqa: ANN401 - JSON of any shape
        """Ask; `error` or `result` of the answer, the result as `msgspec.Raw`, and neither where it has neither.

        Raises:
            httpx.HTTPError: it does not answer, or not with success.
            ValueError, RecursionError: what it answers is no JSON object, or nested without end.
        """
        question = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}
        asked = self._client.build_request("POST", self.endpoint_uri, content=msgspec.json.encode(question))
        response, body = take(self._client, asked, deadline_s=self._timeout_s, most_bytes=LARGEST_ANSWER)
        response.raise_for_status()
        answer = msgspec.json.decode(body, type=_Answer)
        if answer.error is not None:
            return {"error": answer.error}
        return {"result": answer.result} if memoryview(answer.result).nbytes else {}


class ChainClient:
    """One node. Thread-safe."""

    def __init__(self, url: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Take the node's HTTP URL; no answer takes longer than `timeout_s`, from its question to its last byte."""
        self._provider = _Provider(url, timeout_s)
        self._chain_id: int | None = None
        self._range = Range()

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - JSON of any shape
        """Call one JSON-RPC method and give its result.

        Raises:
            ChainFault: `CHAIN-UNREACHABLE`, `CHAIN-RPC`, `CHAIN-ANSWER`, `CHAIN-REVERTED` (with the contract's
                answer as `data`), and for transactions `CHAIN-ALREADY-KNOWN`, `CHAIN-NONCE-USED`,
                `CHAIN-UNDERPRICED`, `CHAIN-FUNDS`.
        """
        try:
            return msgspec.json.decode(self._ask(method, params))
        except (ValueError, RecursionError) as error:  # its text is no UTF-8, or nested without end
            raise ChainFault(code="CHAIN-ANSWER", detail=f"{method}: no JSON") from error

    def _ask(self, method: str, params: Sequence[Any]) -> msgspec.Raw:
        """The result of one method, still JSON. Raises what `request` raises."""
        try:
            answer = self._provider.make_request(method, list(params))
        except AnswerTooLarge as error:
            raise ChainFault(code="CHAIN-ANSWER", detail=f"{method}: {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ChainFault(code="CHAIN-UNREACHABLE", detail=type(error).__name__) from error
        except (ValueError, RecursionError) as error:
            raise ChainFault(code="CHAIN-ANSWER", detail=f"{method}: no JSON object") from error
        if answer.get("error") is not None:
            raise _refusal(method, answer["error"])
        if "result" not in answer:
            raise ChainFault(code="CHAIN-ANSWER", detail=f"{method}: no result")
        result: msgspec.Raw = answer["result"]
        return result

    def chain_id(self) -> int:
        """Give the chain's id (EIP-155); asked once."""
        if self._chain_id is None:
            self._chain_id = _number(self.request("eth_chainId"))
        return self._chain_id

    def block_number(self) -> int:
        """Give the number of the newest block."""
        return _number(self.request("eth_blockNumber"))

    def block(self, tag: BlockTag) -> Block | None:
        """Give a block, or None if there is none."""
        found = self.request("eth_getBlockByNumber", (_tag(tag), False))
        if found is None:
            return None
        return Block(
            number=_number(_field(found, "number")),
            hash=_hash(_field(found, "hash")),
            parent_hash=_hash(_field(found, "parentHash")),
            timestamp=_number(_field(found, "timestamp")),
            base_fee=_number(found.get("baseFeePerGas") or "0x0"),
        )

    def finalized_block(self) -> Block:
        """Give the newest block that the chain calls final.

        Raises:
            ChainFault: `CHAIN-ANSWER` if the node knows none.
        """
        found = self.block("finalized")
        if found is None:
            raise ChainFault(code="CHAIN-ANSWER", detail="no finalized block")
        return found

    def code(self, address: str, tag: BlockTag = "latest") -> bytes:
        """Give the runtime code at an address; empty if there is none."""
        return _bytes(self.request("eth_getCode", (address, _tag(tag))))

    def balance(self, address: str) -> int:
        """Give an account's balance in wei."""
        return _number(self.request("eth_getBalance", (address, "latest")))

    def nonce(self, address: str, tag: Literal["latest", "pending", "finalized"] = "latest") -> int:
        """Give the number of an account's next transaction; with `pending` those waiting count as sent.

        With `finalized`, all below it are final.
        """
        return _number(self.request("eth_getTransactionCount", (address, tag)))

    def call(self, to: str, data: bytes, tag: BlockTag = "latest") -> bytes:
        """Call a contract without a transaction, and give its answer.

        Raises:
            ChainFault: `CHAIN-REVERTED`, and what `request` raises.
        """
        return _bytes(self.request("eth_call", ({"to": to, "data": "0x" + data.hex()}, _tag(tag))))

    def revert_of(self, to: str, data: bytes, tag: BlockTag = "latest") -> bytes | None:
        """Give the error's data with which a contract reverts a call; None if it does not revert.

        Raises:
            ChainFault: what `request` raises, but for `CHAIN-REVERTED`.
        """
        try:
            self.call(to, data, tag)
        except ChainFault as fault:
            if fault.code != "CHAIN-REVERTED":
                raise
            return fault.data
        return None

    def try_out(self, sender: str, to: str, data: bytes, gas: int) -> None:
        """Carry a transaction out without sending it, with so much gas: one execution, where an estimate takes many.

        Raises:
            ChainFault: `CHAIN-REVERTED`, or `CHAIN-RPC` where the gas does not suffice, and what `request` raises.
        """
        transaction = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(gas)}
        self.request("eth_call", (transaction, "latest"))

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        """Give the gas that a transaction would take now.

        Raises:
            ChainFault: `CHAIN-REVERTED`, and what `request` raises.
        """
        transaction = {"from": sender, "data": "0x" + data.hex()}
        if to is not None:
            transaction["to"] = to
        return _number(self.request("eth_estimateGas", (transaction,)))

    def fees(self) -> Fees:
        """Give fees for a transaction that should be mined soon: twice the base fee and the node's tip."""
        newest = self.block("latest")
        if newest is None:
            raise ChainFault(code="CHAIN-ANSWER", detail="no latest block")
        try:
            tip = _number(self.request("eth_maxPriorityFeePerGas"))
        except ChainFault as fault:
            if fault.code != "CHAIN-RPC":
                raise
            tip = 0  # a chain without a fee market does not know the method
        return Fees(2 * newest.base_fee + tip, tip)

    def send_raw(self, raw: bytes) -> bytes:
        """Send a signed transaction and give its hash.

        Raises:
            ChainFault: `CHAIN-ALREADY-KNOWN` and `CHAIN-NONCE-USED` mean that this or another transaction was
                sent under its nonce; the others are those of `request`.
        """
        return _hash(self.request("eth_sendRawTransaction", ("0x" + raw.hex(),)))

    def transaction_input(self, transaction_hash: bytes) -> bytes | None:
        """Give the data that a transaction carried, or None if the node does not know it."""
        found = self.request("eth_getTransactionByHash", ("0x" + transaction_hash.hex(),))
        return None if found is None else _bytes(_field(found, "input"))

    def known(self, transaction_hash: bytes) -> Known | None:
        """Give a transaction as the node has it, or None if it has none of this hash: it was lost, or never came."""
        found = self.request("eth_getTransactionByHash", ("0x" + transaction_hash.hex(),))
        if found is None:
            return None
        price = found.get("gasPrice") or "0x0"
        block = found.get("blockNumber")
        return Known(
            nonce=_number(_field(found, "nonce")),
            fees=Fees(
                _number(found.get("maxFeePerGas") or price),
                _number(found.get("maxPriorityFeePerGas") or price),
            ),
            block_number=None if block is None else _number(block),
        )

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        """Give a receipt, or None while there is none: a node may need a moment even after mining."""
        found = self.request("eth_getTransactionReceipt", ("0x" + transaction_hash.hex(),))
        if found is None or found.get("blockHash") is None:
            return None
        return Receipt(
            transaction_hash=_hash(_field(found, "transactionHash")),
            succeeded=_number(_field(found, "status")) == 1,
            block_number=_number(_field(found, "blockNumber")),
            block_hash=_hash(_field(found, "blockHash")),
            gas_used=_number(_field(found, "gasUsed")),
            gas_price=_number(found.get("effectiveGasPrice") or "0x0"),
            contract_address=found.get("contractAddress") or "",
            logs=tuple(logs_of(_field(found, "logs"))),
        )

    def wait_for_receipt(
        self, transaction_hash: bytes, deadline_s: float = 60.0, pause_s: float = 0.1
    ) -> Receipt:
        """Ask for a receipt every `pause_s` seconds until it is there.

        Raises:
            ChainFault: `CHAIN-RECEIPT-LATE` after `deadline_s` seconds.
        """
        end = time.monotonic() + deadline_s
        while (found := self.receipt(transaction_hash)) is None:
            if time.monotonic() >= end:
                raise ChainFault(code="CHAIN-RECEIPT-LATE", detail="0x" + transaction_hash.hex())
            time.sleep(pause_s)
        return found

    def logs(self, addresses: Sequence[str], from_block: int, to_block: int) -> list[RawLog]:
        """Give all logs of some contracts in a range of blocks, both ends included, in the chain's order.

        Asks for as many blocks at a time as the node last served: fewer when it refuses or does not answer in time,
        more again while it serves.

        Raises:
            ChainFault: `CHAIN-RANGE`, `CHAIN-RANGE-REFUSED`, and what `request` raises.
        """
        if not 0 <= from_block <= to_block:
            raise ChainFault(code="CHAIN-RANGE", detail=f"{from_block} to {to_block}")
        found: list[RawLog] = []
        start, late = from_block, 0
        while start <= to_block:
            blocks = min(self._range.blocks, to_block - start + 1)
            wanted = {
                "address": list(addresses),
                "fromBlock": hex(start),
                "toBlock": hex(start + blocks - 1),
            }
            try:
                answer = self._ask("eth_getLogs", (wanted,))
            except ChainFault as fault:
                late = late + 1 if _timed_out(fault) else 0
                if not late and fault.code not in {"CHAIN-RPC", "CHAIN-ANSWER"}:
                    raise
                self._range.failed(blocks, late=late > 0)
                if late and (blocks == 1 or late == LATE_IN_A_ROW):
                    raise
                if blocks == 1:
                    raise ChainFault(code="CHAIN-RANGE-REFUSED", detail=fault.detail) from fault
                continue
            found.extend(read_logs(answer))
            self._range.served(blocks)
            start, late = start + blocks, 0
        return sorted(found, key=_PLACE)


def _timed_out(fault: ChainFault) -> bool:
    """Whether the node was reached and gave no whole answer in time, as with more than it can gather."""
    cause = fault.__cause__
    if isinstance(cause, httpx.HTTPStatusError):
        return cause.response.status_code in _TOO_MUCH_STATUS
    return isinstance(cause, httpx.ReadTimeout | AnswerCut)


def _refusal(method: str, error: object) -> ChainFault:
    message, data = str(error), b""
    if isinstance(error, dict):
        message = str(error.get("message", ""))
        raw = error.get("data")
        if isinstance(raw, str) and raw.startswith("0x"):
            data = _bytes(raw)
    lowered = message.lower()
    for words, code in _REFUSALS:
        if words in lowered:
            return ChainFault(code=code, detail=message[:500])
    if method in {"eth_call", "eth_estimateGas"} and any(word in lowered for word in _REVERTED):
        return ChainFault(code="CHAIN-REVERTED", detail=message[:500], data=data)
    return ChainFault(code="CHAIN-RPC", detail=f"{method}: {message[:500]}", data=data)


def _field(found: object, name: str) -> Any:  # noqa: ANN401 - JSON of any shape
    if not isinstance(found, dict) or name not in found:
        raise ChainFault(code="CHAIN-ANSWER", detail=f"no {name}")
    return found[name]


def _tag(tag: BlockTag) -> str:
    return hex(tag) if isinstance(tag, int) else tag


def _number(text: object) -> int:
    try:
        return int(str(text), 16)
    except ValueError as error:
        raise ChainFault(code="CHAIN-ANSWER", detail="no number") from error


def _bytes(text: object) -> bytes:
    try:
        return bytes.fromhex(str(text).removeprefix("0x"))
    except ValueError as error:
        raise ChainFault(code="CHAIN-ANSWER", detail="no hex") from error


def _hash(text: object) -> bytes:
    found = _bytes(text)
    if len(found) != _HASH_BYTES:
        raise ChainFault(code="CHAIN-ANSWER", detail="no hash of 32 bytes")
    return found
