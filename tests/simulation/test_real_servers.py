"""Seeds of the simulation on real PostgreSQL and anvil: the very journal and state that they have in memory."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from tests.simulation.promises import check, journal_digest
from tests.simulation.real import Elsewhere, RealBackend, RealChain, real_chain
from tests.simulation.world import World, run

SEEDS = range(1, 26)

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealChain]:
    """A chain with the contracts where the simulation has them."""
    with real_chain(tmp_path_factory.mktemp("simulated")) as made:
        yield made


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """Where the production store is asked."""
    made = Elsewhere()
    yield made
    made.close()


class Ending:
    """How a run ended."""

    def __init__(self) -> None:
        self.state_hash = ""
        self.journal = ""
        self.refused: dict[str, str] = {}

    def take(self, world: World) -> None:
        """Check the run's promises, and write down what it came to."""
        check(world)
        self.state_hash = world.writers[-1].state_hash()
        self.journal = journal_digest(world)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_ends_in_the_same_state_on_real_servers(
    seed: int, migrated_database_url: str, chain: RealChain, elsewhere: Elsewhere
) -> None:
    in_memory, real = Ending(), Ending()
    run(seed, in_memory.take)
    run(
        seed,
        real.take,
        functools.partial(RealBackend, url=migrated_database_url, chain=chain, elsewhere=elsewhere),
    )
    assert real.state_hash == in_memory.state_hash
    assert real.journal == in_memory.journal
