"""A stage for directed tests: three parties with keys, and calls that chain and model make at once."""

from __future__ import annotations

from typing import Any

from ledger.secp256k1 import PrivateKey
from scripts.stack.chain import CHAIN_ID
from tests.contracts.artifact import Log
from tests.contracts.chain import TestChain
from tests.contracts.deployment import Deployment
from tests.contracts.drawing import BEGINS, LATEST, PARTIES, RIGHTS, SCOPES, WORDS
from tests.contracts.drawn_calls import Calls
from tests.contracts.model_base import Call
from tests.contracts.running import Seen, difference, expectation
from tests.contracts.shapes import ZERO, Deal, Domain, KeyEnrolment, Licence, Signed, deal_id
from tests.contracts.signing import KEYS, short

SELLER, BUYER, OTHER, FRESH = KEYS[:4]


class Stage:
    """Makes calls on chain and model at once, a second apart."""

    def __init__(self, chain: TestChain, deployment: Deployment) -> None:
        self.chain, self.deployment = chain, deployment
        self.pools = Calls(0, deployment)
        self.domain = Domain(CHAIN_ID, deployment.register)
        self.seen = Seen()
        self.now = BEGINS

    def make(self, function: str, *arguments: Any, contract: str = "Register") -> None:
        """Both do the same; it is sent by the holder of the role."""
        call = self.call(function, *arguments, contract=contract)
        found = difference(self.chain, self.pools, call, expectation(self.pools, call, self.seen))
        assert not found, found

    def logs(self, function: str, *arguments: Any, contract: str = "Register") -> list[Log]:
        """What the chain alone logs; the model is not asked."""
        call = self.call(function, *arguments, contract=contract)
        model = self.pools.models[contract]
        data = model.contract.call(function, *arguments)
        return [log for _, log in self.chain.send(call.sender, model.address, data, call.at).logs]

    def call(self, function: str, *arguments: Any, contract: str = "Register") -> Call:
        self.now += 1
        role = self.pools.models[contract].rights_of_call.get(function)
        sender = self.deployment.stranger if role is None else self.deployment.roles[role]
        return Call(contract, function, arguments, sender, self.now)

    def sign(self, message: Signed, *keys: PrivateKey) -> bytes:
        return b"".join(short(key.sign_digest(self.domain.digest(message))) for key in keys)

    def enrol(self) -> None:
        """Seller, buyer and another, each with a key."""
        items = [
            KeyEnrolment(PARTIES[i], address_of(key), WORDS[0], LATEST)
            for i, key in enumerate((SELLER, BUYER, OTHER))
        ]
        signatures = [self.sign(item, key) for item, key in zip(items, (SELLER, BUYER, OTHER), strict=True)]
        self.make("enrolKeys", items, b"".join(signatures))

    def agree(self, kind: int, first: int, count: int) -> list[bytes]:
        """Record many deals of one kind; gives their identifiers."""
        deals = [deal(kind, number) for number in range(first, first + count)]
        for start in range(0, count, 200):
            part = deals[start : start + 200]
            self.make("recordAgreements", part, b"".join(self.sign(item, SELLER, BUYER) for item in part))
        return [item.deal for item in deals]


def address_of(key: PrivateKey) -> str:
    """As the model writes it."""
    return str(key.address).lower()


def deal(kind: int, number: int) -> Deal:
    seller, buyer = address_of(SELLER), address_of(BUYER)
    return Deal(
        RIGHTS[0], deal_id(seller, buyer, number), kind, seller, buyer, WORDS[0], WORDS[1], LATEST, 0, 0
    )


def licence(number: int, deal_name: bytes, starts: int, ends: int) -> Licence:
    name = number.to_bytes(32, "big")
    return Licence(
        name, RIGHTS[0], deal_name, ZERO, PARTIES[0], PARTIES[1], WORDS[0], SCOPES[0], starts, ends, False
    )
