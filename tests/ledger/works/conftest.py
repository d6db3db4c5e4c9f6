"""A chain whose blocks a test makes, contracts on it, and a venue without its front door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.works.desk import Desk, open_desk
from tests.ledger.works.pipeline import Fork, Pipeline, forked_chain, pipeline


@pytest.fixture(scope="module")
def deep_fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fork]:
    """Final are blocks 64 behind the newest: forks of a few blocks heal by themselves."""
    with forked_chain(tmp_path_factory.mktemp("deep"), slots_in_an_epoch=32) as fork:
        yield fork


@pytest.fixture(scope="module")
def shallow_fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fork]:
    """Final are blocks 2 behind the newest."""
    with forked_chain(tmp_path_factory.mktemp("shallow"), slots_in_an_epoch=1) as fork:
        yield fork


@pytest.fixture
def deep(deep_fork: Fork, migrated_database_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline(deep_fork, migrated_database_url, tmp_path) as made:
        yield made


@pytest.fixture
def shallow(shallow_fork: Fork, migrated_database_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline(shallow_fork, migrated_database_url, tmp_path) as made:
        yield made


@pytest.fixture
def desk(shallow_fork: Fork, migrated_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A venue without its front door, on the shallow chain."""
    with open_desk(shallow_fork, migrated_database_url, tmp_path) as made:
        yield made
