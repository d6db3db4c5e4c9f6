"""Nodes that lie on purpose: each a relay in front of a real node, which changes what that one says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from exchange.keccak import keccak
from tests.ledger.chain.relay import Change, asked, in_between

Lie = Callable[[dict[str, Any], Any], Any]
"""Gives what is said instead, from the request and the honest result."""
STALL_S = 1.5
"""Longer than any client of these tests waits."""


def no_logs(request: dict[str, Any], honest: Any) -> Any:
    return [] if request["method"] == "eth_getLogs" else honest


def cut_logs(request: dict[str, Any], honest: Any) -> Any:
    """The last log of each batch is missing."""
    return honest[:-1] if request["method"] == "eth_getLogs" else honest


def holed_logs(request: dict[str, Any], honest: Any) -> Any:
    """The first log of each batch is missing."""
    return honest[1:] if request["method"] == "eth_getLogs" else honest


def changed_logs(request: dict[str, Any], honest: Any) -> Any:
    if request["method"] != "eth_getLogs":
        return honest
    return [{**log, "data": "0x" + "ab" * (len(log["data"]) // 2 - 1)} for log in honest]


def moved_logs(request: dict[str, Any], honest: Any) -> Any:
    """Logs whose content is right and whose block is not: `logHead` alone does not show it."""
    if request["method"] != "eth_getLogs":
        return honest
    return [{**log, "blockHash": "0x" + "cd" * 32} for log in honest]


def other_hashes(request: dict[str, Any], honest: Any) -> Any:
    if request["method"] != "eth_getBlockByNumber" or honest is None:
        return honest
    return {**honest, "hash": "0x" + honest["hash"][:1:-1]}


def other_counts(request: dict[str, Any], honest: Any) -> Any:
    return "0x" + "11" * 32 if request["method"] == "eth_call" else honest


def without_blocks_after(last: int) -> Lie:
    """A node that has come so far only."""

    def lie(request: dict[str, Any], honest: Any) -> Any:
        if request["method"] == "eth_blockNumber":
            return hex(min(int(honest, 16), last))
        if request["method"] == "eth_getBlockByNumber" and honest is not None:
            return None if int(honest["number"], 16) > last else honest
        return honest

    return lie


def stale_head(request: dict[str, Any], honest: Any) -> Any:
    """A node that says that it has come less far than it has."""
    return hex(int(honest, 16) - 20) if request["method"] == "eth_blockNumber" else honest


def head_ahead(request: dict[str, Any], honest: Any) -> Any:
    """A node that says that it has come further than the chain, and invents what is there."""
    if request["method"] == "eth_blockNumber":
        return hex(int(honest, 16) + 50)
    if request["method"] == "eth_getBlockByNumber" and honest is None:
        word = "0x" + "ef" * 32
        return {"number": request["params"][0], "hash": word, "parentHash": word, "timestamp": "0x1"}
    return honest


class EarlyFinality:
    """Calls every block final at once."""

    def __init__(self, node_url: str) -> None:
        self._node_url = node_url

    def __call__(self, request: dict[str, Any], honest: Any) -> Any:
        if request["method"] == "eth_getBlockByNumber" and request["params"][0] == "finalized":
            body = json.dumps({**request, "params": ["latest", False]}).encode()
            return json.loads(asked(self._node_url, body))["result"]
        return honest


@contextmanager
def lying(node_url: str, lie: Lie) -> Iterator[str]:
    """Run a node that tells this lie; gives its URL."""

    def change(request: dict[str, Any]) -> bytes:
        answer = json.loads(asked(node_url, json.dumps(request).encode()))
        if "result" in answer:
            answer["result"] = lie(request, answer["result"])
        return json.dumps(answer).encode()

    with in_between(node_url, change) as url:
        yield url


@contextmanager
def refusing(node_url: str, error: str) -> Iterator[tuple[str, threading.Event]]:
    """Run a node at which a contract refuses every call with this error, e.g. `KeyNotLive()`.

    Gives its URL, and what ends this once it is set.
    """
    ended = threading.Event()
    selector = "0x" + keccak(error.encode())[:4].hex()

    def change(request: dict[str, Any]) -> bytes | None:
        if ended.is_set() or request["method"] not in {"eth_call", "eth_estimateGas"}:
            return None
        refusal = {"code": 3, "message": "execution reverted", "data": selector}
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": refusal}).encode()

    with in_between(node_url, change) as url:
        yield url, ended


@contextmanager
def swallowing(node_url: str) -> Iterator[str]:
    """Run a node that passes no transaction on, and says of each that it was mined where it is asked first."""
    swallowed: dict[str, Any] = {}

    def change(request: dict[str, Any]) -> bytes | None:
        if request["method"] == "eth_sendRawTransaction":
            found: Any = "0x" + keccak(bytes.fromhex(request["params"][0][2:])).hex()
            swallowed.setdefault(found, None)
        elif request["method"] == "eth_getTransactionReceipt" and request["params"][0] in swallowed:
            body = json.dumps({**request, "method": "eth_getBlockByNumber", "params": ["latest", False]})
            block = swallowed[request["params"][0]] or json.loads(asked(node_url, body.encode()))["result"]
            swallowed[request["params"][0]] = block
            found = {
                "transactionHash": request["params"][0],
                "status": "0x1",
                "blockNumber": block["number"],
                "blockHash": block["hash"],
                "gasUsed": "0x5208",
                "logs": [],
            }
        else:
            return None
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": found}).encode()

    with in_between(node_url, change) as url:
        yield url


@contextmanager
def often_late(node_url: str, seed: int) -> Iterator[tuple[str, threading.Event]]:
    """Run a node that tells the truth and lets every fifth question, on average, wait too long.

    Gives its URL, and what ends this once it is set.
    """
    random = Random(seed)  # noqa: S311 - the same story for the same seed
    ended = threading.Event()

    def change(_: dict[str, Any]) -> None:
        if random.random() < 0.2:
            ended.wait(STALL_S)

    with in_between(node_url, change) as url:
        try:
            yield url, ended
        finally:
            ended.set()


@contextmanager
def honest(node_url: str) -> Iterator[str]:
    """Run a node of another address that says what the real one says."""
    pass_on: Change = lambda _: None  # noqa: E731
    with in_between(node_url, pass_on) as url:
        yield url
