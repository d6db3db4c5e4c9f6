"""A development chain of the test's own, which makes a block when it is told to and at the second it is told."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from scripts.stack.chain import ANVIL, CHAIN_ID
from scripts.stack.child import Child
from scripts.stack.ports import free_port
from tests.contracts.artifact import Log

GAS = 15_000_000
"""Gas of an ordinary call: more than the largest batch of a random sequence takes."""
DEADLINE_S = 30.0
PARTS = 500
"""Most questions in one request."""


class CallFailed(AssertionError):
    """The chain did not do what it was asked to."""


class Receipt:
    """What a transaction did."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.succeeded = fields["status"] == "0x1"
        self.address = str(fields["contractAddress"] or "").lower()
        self.gas_used = int(fields["gasUsed"], 16)
        self.logs = [
            (str(log["address"]).lower(), Log(tuple(map(_bytes, log["topics"])), _bytes(log["data"])))
            for log in fields["logs"]
        ]


class TestChain:
    """JSON-RPC over one connection."""

    __test__ = False  # no class of tests

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def request(self, method: str, *params: Any) -> Any:
        """Ask one thing.

        Raises:
            CallFailed: the chain answers with an error.
        """
        answer = self._post({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        if "error" in answer:
            message = f"{method}: {answer['error']}"
            raise CallFailed(message)
        return answer["result"]

    def accounts(self) -> list[str]:
        """Ten addresses that may send."""
        return [str(item).lower() for item in self.request("eth_accounts")]

    def send(self, sender: str, to: str, data: bytes, at: int, gas: int = GAS) -> Receipt:
        """Have one transaction in a block of this second, whether it succeeds or not."""
        fields = {"from": sender, "data": "0x" + data.hex(), "gas": hex(gas)} | ({"to": to} if to else {})
        sent = self.request("eth_sendTransaction", fields)
        self.request("evm_mine", at)
        until = time.monotonic() + DEADLINE_S
        while (found := self.request("eth_getTransactionReceipt", sent)) is None:
            if time.monotonic() > until:
                message = f"no receipt after {DEADLINE_S:.0f} s"
                raise CallFailed(message)
        return Receipt(found)

    def deploy(self, sender: str, code: bytes, at: int) -> str:
        """Give the address of a new contract.

        Raises:
            CallFailed: its constructor refuses.
        """
        receipt = self.send(sender, "", code, at)
        if not receipt.succeeded:
            message = "the constructor refuses"
            raise CallFailed(message)
        return receipt.address

    def try_call(self, sender: str, to: str, data: bytes, at: int, gas: int = GAS) -> tuple[bool, bytes]:
        """Whether a call would succeed at this second, and what it returns or reverts with."""
        fields = {"from": sender, "data": "0x" + data.hex(), "gas": hex(gas)} | ({"to": to} if to else {})
        params = [fields, "latest", {}, {"time": hex(at)}]
        return _outcome(self._post({"jsonrpc": "2.0", "id": 0, "method": "eth_call", "params": params}))

    def read_many(self, questions: Sequence[tuple[str, bytes]]) -> list[tuple[bool, bytes]]:
        """Call (address, calldata) many times; answers in the same order."""
        found: list[tuple[bool, bytes]] = []
        for start in range(0, len(questions), PARTS):
            part = questions[start : start + PARTS]
            asked = [
                {
                    "jsonrpc": "2.0",
                    "id": number,
                    "method": "eth_call",
                    "params": [{"to": to, "data": "0x" + data.hex()}, "latest"],
                }
                for number, (to, data) in enumerate(part)
            ]
            answers = {answer["id"]: answer for answer in self._post(asked)}
            found += [_outcome(answers[number]) for number in range(len(part))]
        return found

    def _post(self, body: Any) -> Any:
        self._connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(self._connection.getresponse().read())


def _outcome(answer: dict[str, Any]) -> tuple[bool, bytes]:
    if "result" in answer:
        return True, _bytes(answer["result"])
    error = answer["error"]
    if "data" not in error:
        message = f"eth_call: {error}"
        raise CallFailed(message)
    return False, _bytes(error["data"])


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@contextmanager
def running_chain(folder: Path) -> Iterator[TestChain]:
    """Start a chain, and end it."""
    port = free_port()
    child = Child(
        "anvil",
        [
            str(ANVIL),
            *(
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--chain-id",
                str(CHAIN_ID),
                "--hardfork",
                "cancun",
            ),
            *("--no-mining", "--order", "fifo", "--gas-price", "0", "--block-base-fee-per-gas", "0"),
            *(
                "--disable-block-gas-limit",
                "--timestamp",
                "1700000000",
                "--silent",
                "--no-request-size-limit",
            ),
            # Nothing asks for an earlier block's state, and thousands of blocks would fill a disk with them.
            *("--cache-path", str(folder), "--max-persisted-states", "0"),
        ],
        folder / "anvil.log",
    )
    child.start()
    try:
        child.wait_until(lambda: _answers(port))
        with closing(TestChain(port)) as chain:
            yield chain
    finally:
        child.stop()


def _answers(port: int) -> bool:
    try:
        with closing(TestChain(port)) as chain:
            return bool(chain.request("eth_chainId") == hex(CHAIN_ID))
    except (OSError, http.client.HTTPException):
        return False
