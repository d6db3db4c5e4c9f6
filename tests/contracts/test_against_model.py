"""Random calls on the real contracts: the same events, refusals and views as a plain model, to the last byte."""

from __future__ import annotations

import pytest

from tests.contracts.artifact import artifact
from tests.contracts.chain import TestChain
from tests.contracts.deployment import Deployment
from tests.contracts.drawn_calls import Calls
from tests.contracts.running import Seen, expectation, run_sequence
from tests.contracts.views import ELSEWHERE, all_views

SEEDS = range(40)
STEPS = 100
CONTRACTS = ("Register", "EncumbranceRegister", "SealedBidRegister", "FillRegister", "JournalAnchor")
OTHERWISE = {
    "AccessManagedInvalidAuthority": "OpenZeppelin's setAuthority raises it, which ours replaces",
    "AccessManagedRequiredDelay": "OpenZeppelin declares it and raises it nowhere",
    "InvalidShortString": "the constructor's, for a name that is not ours",
    "StringTooLong": "as above",
    "KeyIsZero": "a constructor's: test_register_limits",
    "TooLittleGas": "takes a gas limit: test_register_limits",
    "TooManyLicences": "takes a thousand licences of one scope: test_register_limits",
    "SizeNotAnchored": "a view's: test_merkle_on_chain",
}
"""Errors that random calls cannot reach, and why."""
NEVER = {"setAuthority": "always refused"}
"""Functions that emit no event."""


@pytest.mark.parametrize("seed", SEEDS)
def test_contracts_do_what_the_model_says(chain: TestChain, fresh: Deployment, seed: int) -> None:
    run_sequence(chain, Calls(seed, fresh), STEPS, f"seed {seed}")


def test_every_function_event_and_refusal_occurs_in_the_random_sequences(deployment: Deployment) -> None:
    seen = Seen()
    for seed in SEEDS:
        pools = Calls(seed, deployment)
        for _ in range(STEPS):
            expectation(pools, pools.next(), seen)
    writing = {
        (name, function)
        for name in CONTRACTS
        for function, entry in artifact(name).functions.items()
        if entry["stateMutability"] == "nonpayable" and function not in NEVER
    }
    assert writing == set(seen.functions)
    errors = {error for name in CONTRACTS for error in artifact(name).errors}
    assert errors == (set(seen.errors) - {""}) | set(OTHERWISE)
    assert not set(seen.errors) & set(OTHERWISE)
    ours = {event for name in CONTRACTS for event in artifact(name).events}
    assert ours - set(seen.events) == {"AuthorityUpdated", "EIP712DomainChanged"}


def test_every_view_is_asked_after_a_sequence(deployment: Deployment) -> None:
    pools = Calls(0, deployment)
    for _ in range(STEPS):
        expectation(pools, pools.next(), Seen())
    asked = {(view.model.contract.name, view.function) for view in all_views(pools)}
    reading = {
        (name, function)
        for name in CONTRACTS
        for function, entry in artifact(name).functions.items()
        if entry["stateMutability"] in {"view", "pure"} and function not in ELSEWHERE
    }
    assert asked == reading
