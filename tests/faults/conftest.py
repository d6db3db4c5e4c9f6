"""The chains and venues of the works' tests, each chain started once for all faults: to deploy takes its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger.works.conftest import deep, desk, shallow
from tests.ledger.works.pipeline import Fork, forked_chain

__all__ = ["deep", "desk", "shallow"]


@pytest.fixture(scope="session")
def deep_fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fork]:
    """Final are blocks 64 behind the newest."""
    with forked_chain(tmp_path_factory.mktemp("deep"), slots_in_an_epoch=32) as fork:
        yield fork


@pytest.fixture(scope="session")
def shallow_fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fork]:
    """Final are blocks 2 behind the newest."""
    with forked_chain(tmp_path_factory.mktemp("shallow"), slots_in_an_epoch=1) as fork:
        yield fork
