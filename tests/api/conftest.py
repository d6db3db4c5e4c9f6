"""One running venue for all tests of the front door."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from scripts.stack.servers import Addresses
from tests import databases
from tests.api.auction import Auction
from tests.api.running_venue import RunningVenue
from tests.ledger.simulated_process import TOKEN, SimulatedProcess


@pytest.fixture(scope="session")
def venue_database_url(stack_addresses: Addresses, _migrated_template: str) -> Iterator[str]:
    """A database with every table and no row, for the whole run."""
    url = databases.create(
        stack_addresses.database_url, f"front_door_{secrets.token_hex(4)}", _migrated_template
    )
    yield url
    databases.drop(stack_addresses.database_url, url)


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedProcess]:
    """The simulated bank as a process of its own."""
    with SimulatedProcess("bank", tmp_path_factory.mktemp("bank") / "state") as running:
        yield running


@pytest.fixture(scope="session")
def venue(
    venue_database_url: str, bank: SimulatedProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningVenue]:
    """The venue; every test brings parties and rights of its own."""
    folder = tmp_path_factory.mktemp("venue")
    with RunningVenue(venue_database_url, folder, bank.url, TOKEN) as running:
        yield running
    assert running.recorder.undescribed() == set(), "problems that their route's page does not name"


@pytest.fixture(scope="module")
def auction(venue: RunningVenue) -> Auction:
    """One auction for the tests that never get a bid in."""
    return Auction(venue)
