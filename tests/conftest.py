"""Real servers for every test that needs them: one embedded set for each pytest process, fresh databases in it."""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import eth_account
import pytest
import structlog
from hypothesis import HealthCheck, settings

from scripts.stack.servers import Addresses, Servers
from tests import databases

_numbers = itertools.count(1)
LONGEST = "test_engine_stateful.py"
PYTHONS_OWN_LIMIT = 1_000
databases.forget_named_servers()

# A library of the chain raises the recursion limit a hundredfold when it is first imported, which no process of the
# exchange lets stand: with it deep JSON exhausts the stack. Import it now, and test under Python's own limit.
assert eth_account
sys.setrecursionlimit(PYTHONS_OWN_LIMIT)

# No test asserts a time: how long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The exchange's own tests run with sockets off: nothing there may reach out.

    The file that takes longest begins first, so that no worker waits for another that has begun it last.
    """
    pure = Path(__file__).parent / "exchange"
    items.sort(key=lambda item: item.path.name != LONGEST)
    for item in items:
        if pure in item.path.parents:
            item.add_marker(pytest.mark.disable_socket)


@pytest.fixture(autouse=True)
def _logs_go_where_they_went_before() -> Iterator[None]:
    """A command that sets logging up does so for its process: the next test must not write to its closed stream."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def stack_addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """PostgreSQL, Redis and a chain, started once for this process's tests.

    PostgreSQL does not wait for the disk, which costs a fresh database a second; what kills its processes is survived
    all the same, and the tests of a machine's death start venues of their own.
    """
    servers = Servers(tmp_path_factory.mktemp("stack"), durable=False)
    addresses = servers.start()
    yield addresses
    servers.stop()


@pytest.fixture(scope="session")
def redis_url(stack_addresses: Addresses) -> str:
    """A real Redis."""
    return stack_addresses.redis_url


@pytest.fixture(scope="session")
def chain_url(stack_addresses: Addresses) -> str:
    """A development chain with a block a second, final after two."""
    return stack_addresses.chain_url


@pytest.fixture
def database_url(stack_addresses: Addresses) -> Iterator[str]:
    """A fresh, empty database (SQLAlchemy URL), dropped afterwards."""
    url = databases.create(stack_addresses.database_url, f"test_{next(_numbers)}")
    yield url
    databases.drop(stack_addresses.database_url, url)


@pytest.fixture(scope="session")
def _migrated_template(stack_addresses: Addresses) -> str:
    from ledger.store.migrate import upgrade

    url = databases.create(stack_addresses.database_url, f"test_{next(_numbers)}")
    upgrade(url)
    return databases.name_of(url)


@pytest.fixture
def migrated_database_url(stack_addresses: Addresses, _migrated_template: str) -> Iterator[str]:
    """A fresh database with every table and no row, dropped afterwards."""
    url = databases.create(stack_addresses.database_url, f"test_{next(_numbers)}", _migrated_template)
    yield url
    databases.drop(stack_addresses.database_url, url)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket, which a test's own often is not."""
    with tempfile.TemporaryDirectory(prefix="ipx") as short:
        yield Path(short)
