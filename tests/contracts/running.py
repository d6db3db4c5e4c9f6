"""Holds a real chain against the model, call by call."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.contracts.artifact import Event, Log
from tests.contracts.chain import TestChain
from tests.contracts.drawing import Pools
from tests.contracts.drawn_calls import Calls
from tests.contracts.model_base import Call, Reverts
from tests.contracts.views import differences


@dataclass
class Seen:
    """What occurred, by the model's word."""

    functions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Functions that emitted an event other than a refusal, by contract and name."""
    errors: Counter[str] = field(default_factory=Counter)
    """Names of errors, of whole calls and of items."""
    events: Counter[str] = field(default_factory=Counter)

    def add(self, other: Seen) -> None:
        """Take in what occurred elsewhere."""
        self.functions += other.functions
        self.errors += other.errors
        self.events += other.events


def expectation(pools: Pools, call: Call, seen: Seen) -> list[Event] | Reverts:
    """What the model says of a call."""
    model = pools.models[call.contract]
    try:
        events = model.apply(call)
    except Reverts as reverts:
        seen.errors[reverts.error] += 1
        return reverts
    names = {model.contract.selector(name): name for name in model.contract.errors}
    seen.events.update(event.name for event in events)
    seen.errors.update(names[event.values[2]] for event in events if event.name == "ItemRefused")
    if any(event.name != "ItemRefused" for event in events):
        seen.functions[call.contract, call.function] += 1
    return events


def difference(chain: TestChain, pools: Pools, call: Call, expected: list[Event] | Reverts) -> str:
    """Make the call; gives in words what the chain did otherwise, or nothing."""
    model = pools.models[call.contract]
    data = model.contract.call(call.function, *call.arguments)
    if isinstance(expected, Reverts):
        # It is asked, not sent: what reverts leaves nothing behind, and only a call tells the error.
        succeeded, answer = chain.try_call(call.sender, model.address, data, call.at)
        wanted = model.contract.refusal(expected.error, *expected.arguments)
        if not succeeded and answer == wanted:
            return ""
        found = "success" if succeeded else model.contract.error_words(answer)
        return f"model: {model.contract.error_words(wanted)}\nchain: {found}"
    receipt = chain.send(call.sender, model.address, data, call.at)
    wanted_logs = [(model.address, model.contract.log(event)) for event in expected]
    if receipt.succeeded and receipt.logs == wanted_logs:
        return ""
    if not receipt.succeeded:
        found = model.contract.error_words(chain.try_call(call.sender, model.address, data, call.at)[1])
    else:
        found = _words(pools, call, receipt.logs)
    return f"model: {_words(pools, call, wanted_logs)}\nchain: {found}"


def run_sequence(chain: TestChain, pools: Calls, steps: int, name: str) -> Seen:
    """Draw calls and make them; then ask every view.

    Raises:
        AssertionError: model and chain differ; says which sequence and which step, so that it can be run again.
    """
    seen = Seen()
    for step in range(steps):
        call = pools.next()
        found = difference(chain, pools, call, expectation(pools, call, seen))
        assert not found, f"{name}, step {step}: {call}\n{found}"
    wrong = differences(chain, pools)
    assert not wrong, f"{name}, views after {steps} steps:\n" + "\n".join(wrong[:20])
    return seen


def _words(pools: Pools, call: Call, logs: list[tuple[str, Log]]) -> str:
    contract = pools.models[call.contract].contract
    return "\n       ".join(f"{contract.words(log)} of {address}" for address, log in logs) or "no event"
