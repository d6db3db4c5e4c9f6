"""What every modelled contract shares: its numbered log, who may call, and whether a signature is somebody's.

The model is written from what the contracts document, with dictionaries and lists and no thought of storage: it is
slow, and plain to read. A call gives its events or raises `Reverts`; then nothing has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import coincurve
from eth_abi.abi import encode

from exchange.keccak import keccak
from scripts.stack.chain import CHAIN_ID
from tests.contracts.artifact import Event, artifact
from tests.contracts.shapes import ZERO_ADDRESS

MOST_IN_A_BATCH = 256
LONGEST_SIGNATURE = 4_096
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_CAPITAL = re.compile(r"(?=[A-Z])")


class Call(NamedTuple):
    """One call to one contract at one second."""

    contract: str
    function: str
    arguments: tuple[Any, ...]
    sender: str
    at: int


class Reverts(Exception):
    """The whole call is undone, with this error; an empty name stands for a revert without data."""

    def __init__(self, error: str, *arguments: Any) -> None:
        super().__init__(error, *arguments)
        self.error = error
        self.arguments = arguments


def revert(error: str, *arguments: Any) -> NoReturn:
    """Undo the whole call.

    Raises:
        Reverts: always.
    """
    raise Reverts(error, *arguments)


class Account(NamedTuple):
    """A contract account: how it answers, and whose key it takes if it is honest."""

    manner: str
    owner: str


@dataclass
class World:
    """What the contracts see around themselves."""

    roles: dict[str, str]
    """Holder of each role; "administrator" is role 0."""
    accounts: dict[str, Account] = field(default_factory=dict)
    predecessors: dict[str, str] = field(default_factory=dict)
    """For each register: the one that it names as its predecessor."""


class NumberedLog:
    """A contract with a numbered, hash-chained log: head(0) over chain and address, then over each event."""

    batches: Collection[str] = ()
    """Functions whose first argument is a batch."""
    rights_of_call: Mapping[str, str] = MappingProxyType({})
    """Role that a function takes."""
    stopped_by_pause: Collection[str] = ()

    def __init__(self, name: str, address: str, world: World) -> None:
        self.contract = artifact(name)
        self.address = address
        self.world = world
        self.events: list[Event] = []
        self.log_head = keccak(encode(["uint256", "address"], [CHAIN_ID, address]))
        self.stopped = False
        self.now = 0
        self.sender = ZERO_ADDRESS

    def apply(self, call: Call) -> list[Event]:
        """Give the events of a call.

        Raises:
            Reverts: the call is undone.
        """
        self.now, self.sender = call.at, call.sender
        role = self.rights_of_call.get(call.function)
        if role is not None and self.world.roles[role] != call.sender:
            revert("AccessManagedUnauthorized", call.sender)
        if call.function in self.batches and len(call.arguments[0]) > MOST_IN_A_BATCH:
            revert("BatchTooLong", len(call.arguments[0]), MOST_IN_A_BATCH)
        if call.function in self.stopped_by_pause and self.stopped:
            revert("DealsAreStopped")
        before = len(self.events)
        step: Callable[..., None] = getattr(self, _CAPITAL.sub("_", call.function).lower())
        step(*call.arguments)
        return self.events[before:]

    @property
    def seq(self) -> int:
        """Number of the last event."""
        return len(self.events)

    def emit(self, name: str, *values: Any) -> int:
        """Append an event to the log; gives its number."""
        event = Event(name, (self.seq + 1, *values))
        log = self.contract.log(event)
        self.log_head = keccak(self.log_head + b"".join(log.topics) + log.data)
        self.events.append(event)
        return self.seq

    def refuse(self, subject: bytes, error: str) -> None:
        """Pass over an item and say why."""
        self.emit("ItemRefused", subject, self.contract.selector(error))


class Switched(NumberedLog):
    """A register: it can be paused, and go on elsewhere."""

    def __init__(self, name: str, address: str, world: World) -> None:
        super().__init__(name, address, world)
        self.next_version = ZERO_ADDRESS
        self.rights_of_call = {
            "pauseDeals": "pauser",
            "resumeDeals": "guardian",
            "announceVersion": "administrator",
            **self.rights_of_call,
        }

    def set_authority(self, _address: str) -> None:
        """Always refused."""
        revert("AuthorityIsFixed")

    def pause_deals(self) -> None:
        """The pauser stops new deals."""
        self._set_paused(paused=True)

    def resume_deals(self) -> None:
        """The guardian lets new deals go on, unless a next version does."""
        if self.next_version != ZERO_ADDRESS:
            revert("DealsAreStopped")
        self._set_paused(paused=False)

    def announce_version(self, version: str) -> None:
        """Once, to a register that names this one; new deals are stopped for good."""
        if version == self.next_version != ZERO_ADDRESS:
            return
        if self.next_version != ZERO_ADDRESS:
            revert("VersionIsAnnounced", self.next_version)
        # Whatever else stands there, or nothing, cannot be asked for its predecessor.
        if self.world.predecessors.get(version) != self.address:
            revert("NotAVersion", version)
        self.next_version, self.stopped = version, True
        self.emit("VersionAnnounced", version)

    def _set_paused(self, *, paused: bool) -> None:
        if self.stopped != paused:
            self.emit("DealsPauseChanged", self.sender, self.stopped, paused)
            self.stopped = paused


@lru_cache(maxsize=65_536)
def ecrecover(digest: bytes, parity: int, r_and_s: bytes) -> str:
    """As the chain's precompile: the address, or an empty text. A high `s` is nothing to it."""
    r, s = int.from_bytes(r_and_s[:32], "big"), int.from_bytes(r_and_s[32:], "big")
    if parity not in {0, 1} or not 0 < r < _ORDER or not 0 < s < _ORDER:
        return ""
    try:
        key = coincurve.PublicKey.from_signature_and_message(r_and_s + bytes((parity,)), digest, hasher=None)
    except ValueError:
        return ""
    return "0x" + keccak(key.format(compressed=False)[1:])[12:].hex()


def refusal_of_signature(world: World, signer: str, digest: bytes, signature: bytes) -> str | None:
    """Error that refuses a signature, or None: the key is tried first, then a contract account is asked."""
    malleable = False
    if len(signature) in {64, 65}:
        r, s = signature[:32], int.from_bytes(signature[32:64], "big")
        parity = signature[64] - 27 if len(signature) == 65 else s >> 255
        if len(signature) == 64:
            s &= (1 << 255) - 1
        malleable = s > _ORDER // 2
        if not malleable and ecrecover(digest, parity, r + s.to_bytes(32, "big")) == signer:
            return None
    account = world.accounts.get(signer)
    if account is not None and _account_accepts(account, digest, signature):
        return None
    return "SignatureMalleable" if malleable else "KeySignatureInvalid"


def _account_accepts(account: Account, digest: bytes, signature: bytes) -> bool:
    """ERC-1271. Only a whole word that begins with the magic value is a yes; beyond the gas cap it is a no."""
    if account.manner == "AcceptsOwner":
        # It reads 65 bytes and lets any `s` pass.
        return len(signature) >= 65 and ecrecover(digest, signature[64] - 27, signature[:64]) == account.owner
    if account.manner == "AcceptsYes":
        return signature == b"yes"
    return account.manner in {"AcceptsAll", "AnswersAtLength", "SpendsMuch"}


def split_signatures(data: bytes, count: int) -> list[bytes]:
    """Take `count` signatures that follow one another: 64 bytes, or a zero word, a length, and its bytes."""
    found = []
    place = 0
    for _ in range(count):
        length = 64
        if not any(data[place : place + 32]):
            length = int.from_bytes(data[place + 32 : place + 64], "big")
            place += 64
        if length > LONGEST_SIGNATURE or place + length > len(data):
            revert("SignaturesMisplaced")
        found.append(data[place : place + length])
        place += length
    if place != len(data):
        revert("SignaturesMisplaced")
    return found
