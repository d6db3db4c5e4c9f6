"""One running venue for all tests of the front door."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest

from ledger.store.connections import psycopg_url
from scripts.stack.servers import Addresses
from tests.api.running_venue import RunningVenue
from tests.ledger.simulated_process import TOKEN, SimulatedProcess


@pytest.fixture(scope="session")
def venue_database_url(stack_addresses: Addresses, _migrated_template: str) -> Iterator[str]:
    """A database with every table and no row, for the whole run."""
    server = stack_addresses.database_url
    name = f"front_door_{secrets.token_hex(4)}"
    with psycopg.connect(psycopg_url(server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_migrated_template}"')
        yield server.replace("/ipx?", f"/{name}?")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


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
