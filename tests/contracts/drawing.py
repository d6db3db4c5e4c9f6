"""The pools that random calls draw from: few of everything, so that identifiers meet again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple, TypeVar

from exchange.keccak import keccak
from scripts.stack.chain import CHAIN_ID
from tests.contracts.deployment import START, Deployment
from tests.contracts.model_base import Call
from tests.contracts.model_fills import FillModel
from tests.contracts.model_others import AnchorModel, EncumbranceModel, SealedModel
from tests.contracts.model_parties import LIVE
from tests.contracts.model_register import RegisterModel
from tests.contracts.shapes import ZERO, ZERO_ADDRESS, Domain, Signed
from tests.contracts.signing import KEYS, Signer, packed

T = TypeVar("T")
DAY = 86_400
LATEST = 2**64 - 1
BEGINS = START + 1_000
"""Second of the first call, well after the deployment."""
SIZES = (0, 1, 1, 1, 2, 2, 3, 4, 5)
"""Lengths of batches."""


def word(text: str) -> bytes:
    """A word of 32 bytes with this name."""
    return keccak(text.encode())


PARTIES = [word(f"party {number}") for number in range(6)]
RIGHTS = [word(f"right {number}") for number in range(3)]
WORDS = [word(f"any word {number}") for number in range(4)]
LISTINGS = [word(f"listing {number}") for number in range(2)]
SCOPES = [word(f"scope {number}") for number in range(2)]
PLEDGES = [word(f"pledge {number}") for number in range(4)]
CORRECTIONS = [word(f"correction {number}") for number in range(4)]
LICENCES = [word(f"licence {number}") for number in range(24)]
# Another identifier with the last 12 bytes of a first one, by which alone licences are told apart.
LICENCES += [bytes(20) + LICENCES[0][-12:]]
ADDRESSES = [key.address.lower() for key in KEYS]


class Made(NamedTuple):
    """An item that was sent before, and its signatures."""

    item: Any
    signatures: list[bytes]


class Pools:
    """What a sequence has so far: its models, its clock, what was sent before."""

    def __init__(self, seed: int, deployment: Deployment) -> None:
        self.draw = Random(seed)  # noqa: S311 - a sequence that can be drawn again
        self.deployment = deployment
        self.models = deployment.models()
        register = self.models["Register"]
        encumbrances = self.models["EncumbranceRegister"]
        sealed, anchor = self.models["SealedBidRegister"], self.models["JournalAnchor"]
        assert isinstance(register, RegisterModel)
        assert isinstance(encumbrances, EncumbranceModel)
        assert isinstance(sealed, SealedModel)
        assert isinstance(anchor, AnchorModel)
        fills = self.models["FillRegister"]
        assert isinstance(fills, FillModel)
        self.fills = fills
        self.register, self.encumbrances, self.sealed, self.anchor = register, encumbrances, sealed, anchor
        self.signer = Signer(self.draw, Domain(CHAIN_ID, deployment.register), deployment.accounts)
        self.made: dict[str, list[Made]] = {}
        self.times: set[int] = set()
        self.now = BEGINS
        # Every sequence has some of the contract accounts among its keys, the honest one most often.
        self.addresses = (
            ADDRESSES + self.draw.sample(list(deployment.accounts), 3) + [next(iter(deployment.accounts))]
        )

    def chance(self, likelihood: float) -> bool:
        """Whether something happens."""
        return self.draw.random() < likelihood

    def one(self, choices: Sequence[T], otherwise: Sequence[T] = (), mostly: float = 0.95) -> T:
        """One of the choices; now and then, or if there are none, one of the others."""
        if choices and (not otherwise or self.chance(mostly)):
            return self.draw.choice(choices)
        return self.draw.choice(otherwise or choices)

    def pass_time(self) -> None:
        """Seconds, or to a second that something turns on, or days."""
        self.now += self.draw.choice((1, 1, 1, 2, 3))
        near = sorted(time for time in self.times if self.now < time < self.now + 20 * DAY)
        if near and self.chance(0.12):
            self.now = self.draw.choice(near)
        elif self.chance(0.03):
            self.now += self.draw.randrange(1, 10 * DAY)

    def deadline(self) -> int:
        """A last second: mostly days away, at times this one, the one before, or the next few."""
        kind = self.draw.random()
        if kind < 0.75:
            return self._noted(self.now + self.draw.randrange(5 * DAY, 60 * DAY))
        if kind < 0.80:
            return LATEST
        return self._noted(self.now + self.draw.choice((-1, 0, 0, 1, 2, 3, 10)))

    def live(self) -> list[tuple[bytes, str]]:
        """Parties with their live keys."""
        return [
            (name, party.key)
            for name, party in self.register.parties.items()
            if self.register.keys[party.key].status == LIVE
        ]

    def live_keys(self) -> list[str]:
        """Live keys."""
        return [key for _, key in self.live()]

    def fresh_keys(self) -> list[str]:
        """Addresses that never were a key."""
        return [address for address in self.addresses if address not in self.register.keys]

    def counter(self, key: str) -> int:
        """The key's counter, mostly."""
        record = self.register.keys.get(key)
        counter = 0 if record is None else record.counter
        return counter if self.chance(0.95) else self.draw.choice((counter + 1, max(counter - 1, 0)))

    def altered(self, item: Any) -> Any:
        """The item with one member changed."""
        name = self.draw.choice(item._fields)
        value = getattr(item, name)
        if isinstance(value, bool):
            changed: Any = not value
        elif isinstance(value, int):
            # Still of the member's width, since no member is at its limit but a time, which then grows smaller.
            changed = self.draw.choice((0, max(value - 1, 0), value + 1 if value < 255 else value - 1))
        elif isinstance(value, bytes):
            changed = self.draw.choice((ZERO, *WORDS, *RIGHTS, *PARTIES))
        else:
            changed = self.draw.choice((ZERO_ADDRESS, *self.addresses))
        return item._replace(**{name: changed})

    def sender(self, role: str) -> str:
        """Who holds the role, mostly."""
        holders = [*self.deployment.roles.values(), self.deployment.stranger]
        return self.one([self.deployment.roles[role]], holders, 0.96)

    def anyone(self) -> str:
        """Somebody without a role, or with one: it makes no difference."""
        return self.draw.choice([*self.deployment.roles.values(), self.deployment.stranger])

    def call(self, contract: str, function: str, sender: str, *arguments: Any) -> Call:
        """A call now."""
        return Call(contract, function, arguments, sender, self.now)

    def batch(
        self,
        function: str,
        role: str,
        new: Callable[[], Any],
        signers: Callable[[Any], list[tuple[str, Signed]]] | None = None,
        contract: str = "Register",
    ) -> Call:
        """A batch of new items, items sent before, and such items with one member changed."""
        made = self.made.setdefault(function, [])
        chosen = [self._item(made, new, signers) for _ in range(self.draw.choice(SIZES))]
        made += chosen
        items = [part.item for part in chosen]
        if items and self.chance(0.01):
            items = (items * 257)[:257]
        if signers is None:
            return self.call(contract, function, self.sender(role), items)
        data = packed([signature for part in chosen for signature in part.signatures])
        if self.chance(0.02):
            data = self.draw.choice((data[:-1], data[:-64], data + b"\x01", data + bytes(64), b"\x01" + data))
        return self.call(contract, function, self.sender(role), items, data)

    def _item(
        self,
        made: list[Made],
        new: Callable[[], Any],
        signers: Callable[[Any], list[tuple[str, Signed]]] | None,
    ) -> Made:
        kind = self.draw.random()
        if made and kind < 0.12:
            return self.draw.choice(made)
        item = self.altered(self.draw.choice(made).item) if made and kind < 0.24 else new()
        if signers is None:
            return Made(item, [])
        signatures = [self.signer.sign(signer, message, 0.08) for signer, message in signers(item)]
        if len(signatures) == 2 and self.chance(0.02):
            signatures.reverse()
        return Made(item, signatures)

    def _noted(self, time: int) -> int:
        self.times |= {time, time + 1}
        return time
