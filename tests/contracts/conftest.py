"""One chain of its own for each file of tests, with the registers on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.chain import TestChain, running_chain
from tests.contracts.deployment import Deployment, deploy


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestChain]:
    with running_chain(tmp_path_factory.mktemp("anvil")) as running:
        yield running


@pytest.fixture(scope="module")
def deployment(chain: TestChain) -> Deployment:
    return deploy(chain)


@pytest.fixture
def fresh(chain: TestChain, deployment: Deployment) -> Iterator[Deployment]:
    """The deployment before any call."""
    snapshot = chain.request("evm_snapshot")
    yield deployment
    assert chain.request("evm_revert", snapshot)
