"""Compiled contracts as Hardhat left them: calls, events and errors, encoded from the ABI by eth_abi alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from eth_abi.abi import decode, encode

from exchange.keccak import keccak

FOLDER = Path(__file__).resolve().parents[2] / "build" / "hardhat" / "artifacts"
SOURCES = {
    "AccessManager": "@openzeppelin/contracts/access/manager",
    "ContractAccount": "contracts/test",
}
"""Folders of the contracts that do not lie in contracts/ itself."""


class Event(NamedTuple):
    """One event as the model says it: every member in the order of the ABI, `seq` first."""

    name: str
    values: tuple[Any, ...]


class Log(NamedTuple):
    """One event as the chain has it."""

    topics: tuple[bytes, ...]
    data: bytes


class Artifact:
    """One contract's ABI and creation code."""

    def __init__(self, name: str) -> None:
        built = json.loads(
            (FOLDER / SOURCES.get(name, "contracts") / f"{name}.sol" / f"{name}.json").read_bytes()
        )
        self.name = name
        self.bytecode = bytes.fromhex(built["bytecode"].removeprefix("0x"))
        self.functions = {entry["name"]: entry for entry in built["abi"] if entry["type"] == "function"}
        self.events = {entry["name"]: entry for entry in built["abi"] if entry["type"] == "event"}
        self.errors = {entry["name"]: entry for entry in built["abi"] if entry["type"] == "error"}
        constructors = [entry for entry in built["abi"] if entry["type"] == "constructor"]
        self.constructor = constructors[0]["inputs"] if constructors else []

    def creation(self, *arguments: Any) -> bytes:
        """Creation code and arguments."""
        return self.bytecode + encode([type_of(item) for item in self.constructor], list(arguments))

    def call(self, function: str, *arguments: Any) -> bytes:
        """Calldata of a call."""
        selector, types = _head(self, "functions", function)
        return selector + encode(types, list(arguments))

    def function_selector(self, function: str) -> bytes:
        """First four bytes of a call's data."""
        return _head(self, "functions", function)[0]

    def answer(self, function: str, values: Sequence[Any]) -> bytes:
        """What a call that gives these values returns."""
        return encode([type_of(item) for item in self.functions[function]["outputs"]], list(values))

    def refusal(self, error: str, *arguments: Any) -> bytes:
        """Data of a revert with this error; an empty name is a revert without data."""
        if not error:
            return b""
        selector, types = _head(self, "errors", error)
        return selector + encode(types, list(arguments))

    def selector(self, error: str) -> bytes:
        """First four bytes of an error's data."""
        return _head(self, "errors", error)[0]

    def log(self, event: Event) -> Log:
        """Topics and data of an event."""
        inputs = self.events[event.name]["inputs"]
        placed = list(zip(inputs, event.values, strict=True))
        topics = [encode([type_of(item)], [value]) for item, value in placed if item["indexed"]]
        rest = [(type_of(item), value) for item, value in placed if not item["indexed"]]
        return Log(
            (_topic(self, event.name), *topics),
            encode([kind for kind, _ in rest], [value for _, value in rest]),
        )

    def words(self, log: Log) -> str:
        """An event of the chain in words, for a failure's text."""
        for name, entry in self.events.items():
            if _topic(self, name) != log.topics[0]:
                continue
            topics = iter(log.topics[1:])
            rest = [item for item in entry["inputs"] if not item["indexed"]]
            data = iter(decode([type_of(item) for item in rest], log.data))
            said = [
                f"{item['name']}={_shown(decode([type_of(item)], next(topics))[0] if item['indexed'] else next(data))}"
                for item in entry["inputs"]
            ]
            return f"{name}({', '.join(said)})"
        return f"an unknown event {log}"

    def error_words(self, data: bytes) -> str:
        """A revert's data in words, for a failure's text."""
        for name in self.errors:
            if self.selector(name) == data[:4]:
                types = [type_of(item) for item in self.errors[name]["inputs"]]
                return f"{name}{decode(types, data[4:])}"
        return f"revert data 0x{data.hex()}"


@cache
def artifact(name: str) -> Artifact:
    """Read a contract once."""
    return Artifact(name)


def type_of(item: dict[str, Any]) -> str:
    """The ABI's type of a parameter, tuples written out."""
    kind = str(item["type"])
    if kind.startswith("tuple"):
        return f"({','.join(type_of(part) for part in item['components'])}){kind.removeprefix('tuple')}"
    return kind


@cache
def _head(contract: Artifact, group: str, name: str) -> tuple[bytes, list[str]]:
    types = [type_of(item) for item in getattr(contract, group)[name]["inputs"]]
    return keccak(f"{name}({','.join(types)})".encode())[:4], types


@cache
def _topic(contract: Artifact, name: str) -> bytes:
    types = [type_of(item) for item in contract.events[name]["inputs"]]
    return keccak(f"{name}({','.join(types)})".encode())


def _shown(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
