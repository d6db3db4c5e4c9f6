"""The administrator can do nothing at once, and the guardian can cancel whatever it has scheduled."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from eth_abi.abi import encode

from exchange.keccak import keccak
from ledger.chain.access import MANAGER_FUNCTIONS, deviations
from ledger.chain.client import ChainClient
from ledger.chain.compiler import Artifact
from ledger.chain.deploy import deploy
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import ADMINISTRATION, ADMINISTRATOR, MANAGED, ROLES
from ledger.chain.reads import error_name
from ledger.chain.signer import LocalSigner
from tests.ledger.chain.conftest import Venue, funded_signer, plan_for

GRANT = keccak(b"grantRole(uint64,address,uint32)")[:4]
SCHEDULE = keccak(b"schedule(address,bytes,uint48)")[:4]
CANCEL = keccak(b"cancel(address,address,bytes)")[:4]
ANNOUNCE = keccak(b"announceVersion(address)")[:4]
DAY_S = 86_400


@pytest.fixture(params=["another account", "the deployer"])
def administered(
    request: pytest.FixtureRequest, client: ChainClient, artifacts: dict[str, Artifact], tmp_path: Path
) -> tuple[Venue, LocalSigner, LocalSigner]:
    """Contracts, their administrator and their guardian."""
    deployer, operator, guardian = (funded_signer(client) for _ in range(3))
    admin = deployer if request.param == "the deployer" else funded_signer(client)
    plan = plan_for(client, artifacts, deployer, operator.address, tmp_path / "chain.json", admin.address)
    plan.roles = msgspec.structs.replace(plan.roles, guardian=guardian.address)
    return Venue(client, deploy(plan), operator), admin, guardian


def _by(venue: Venue, signer: LocalSigner, to: str, data: bytes) -> str:
    """Send as somebody; gives the name of the error with which it is refused, or nothing."""
    try:
        venue.client.estimate_gas(signer.address, to, data)
    except ChainFault as fault:
        return error_name(fault.data)
    assert Venue(venue.client, venue.manifest, signer).send_data(to, data, 1_000_000).succeeded
    return ""


def _scheduled(target: str, call: bytes) -> bytes:
    return SCHEDULE + encode(["address", "bytes", "uint48"], [target, call, 0])


def _wait(venue: Venue, seconds: int) -> None:
    venue.client.request("evm_increaseTime", (seconds,))
    venue.client.request("evm_mine")


def test_the_administrator_does_nothing_without_its_delay(
    administered: tuple[Venue, LocalSigner, LocalSigner],
) -> None:
    venue, admin, _ = administered
    manager = venue.manifest.address("AccessManager")
    grant = GRANT + encode(["uint64", "address", "uint32"], [ROLES["settler"], admin.address, 0])
    assert _by(venue, admin, manager, grant) == "AccessManagerNotScheduled"
    for name in MANAGED:
        announce = ANNOUNCE + encode(["address"], [venue.anchor])
        assert _by(venue, admin, venue.manifest.address(name), announce) == "AccessManagerNotScheduled"
    assert _by(venue, admin, manager, _scheduled(manager, grant)) == ""
    _wait(venue, 3 * DAY_S - 60)
    assert _by(venue, admin, manager, grant) == "AccessManagerNotReady"
    _wait(venue, 120)
    assert _by(venue, admin, manager, grant) == ""
    assert deviations(venue.client, venue.manifest) == []


def test_the_guardian_cancels_whatever_the_administrator_has_scheduled(
    administered: tuple[Venue, LocalSigner, LocalSigner],
) -> None:
    venue, admin, guardian = administered
    manager = venue.manifest.address("AccessManager")
    words = encode(["uint64", "uint64"], [2, 2])
    orders = [(manager, function + words) for function in MANAGER_FUNCTIONS]
    announce = ANNOUNCE + encode(["address"], [venue.anchor])
    orders += [(venue.manifest.address(name), announce) for name in MANAGED]
    for target, call in orders:
        assert _by(venue, admin, manager, _scheduled(target, call)) == ""
        cancel = CANCEL + encode(["address", "address", "bytes"], [admin.address, target, call])
        assert _by(venue, venue.operator, manager, cancel) == "AccessManagerUnauthorizedCancel"
        assert _by(venue, guardian, manager, cancel) == ""
    _wait(venue, 3 * DAY_S + 60)
    assert _by(venue, admin, manager, orders[2][1]) == "AccessManagerNotScheduled"


def test_a_deployer_who_is_not_the_administrator_can_do_nothing_afterwards(
    client: ChainClient, artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    deployer, operator, admin = (funded_signer(client) for _ in range(3))
    plan = plan_for(client, artifacts, deployer, operator.address, tmp_path / "chain.json", admin.address)
    venue = Venue(client, deploy(plan), operator)
    manager = venue.manifest.address("AccessManager")
    for role in (ADMINISTRATOR, ADMINISTRATION, *ROLES.values()):
        grant = GRANT + encode(["uint64", "address", "uint32"], [role, deployer.address, 0])
        assert _by(venue, deployer, manager, grant) == "AccessManagerUnauthorizedAccount"
        assert _by(venue, deployer, manager, _scheduled(manager, grant)) == "AccessManagerUnauthorizedCall"


def test_grants_wait_as_well_once_their_delay_counts(
    administered: tuple[Venue, LocalSigner, LocalSigner],
) -> None:
    venue, admin, _ = administered
    manager = venue.manifest.address("AccessManager")
    _wait(venue, 5 * DAY_S)  # the access manager lets a delay of grants count after five days
    newcomer = funded_signer(venue.client)
    grant = GRANT + encode(["uint64", "address", "uint32"], [ROLES["pauser"], newcomer.address, 0])
    assert _by(venue, admin, manager, _scheduled(manager, grant)) == ""
    _wait(venue, 3 * DAY_S)
    assert _by(venue, admin, manager, grant) == ""
    pause = keccak(b"pauseDeals()")[:4]
    assert _by(venue, newcomer, venue.register, pause) == "AccessManagedUnauthorized"
    _wait(venue, 3 * DAY_S)
    assert _by(venue, newcomer, venue.register, pause) == ""


def test_roles_that_were_changed_since_are_said_and_not_set_back(
    client: ChainClient, artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    deployer, operator, admin = (funded_signer(client) for _ in range(3))
    plan = plan_for(client, artifacts, deployer, operator.address, tmp_path / "chain.json", admin.address)
    venue = Venue(client, deploy(plan), operator)
    renounce = keccak(b"renounceRole(uint64,address)")[:4]
    arguments = encode(["uint64", "address"], [ROLES["settler"], operator.address])
    manager = venue.manifest.address("AccessManager")
    assert _by(venue, operator, manager, renounce + arguments) == ""
    with pytest.raises(ChainFault) as refused:
        deploy(plan)
    assert refused.value.code == "DEPLOY-ROLES"
    assert f"{operator.address} is not settler" in refused.value.detail
