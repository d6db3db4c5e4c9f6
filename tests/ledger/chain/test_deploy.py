"""Deployed once, whatever interrupts it; and a chain that lost its contracts is never papered over."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from ledger.chain.access import deviations, other_holders
from ledger.chain.client import ChainClient, Receipt
from ledger.chain.compiler import DEPLOYED, Artifact
from ledger.chain.deploy import deploy
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import read_manifest
from ledger.chain.reads import address_on_record
from scripts.stack.chain import Chain
from tests.ledger.chain.conftest import MiningClient, Venue, funded_signer, plan_for

STEPS = len(DEPLOYED) + 1
"""Transactions of a deployment: the contracts, and the one that sets roles and delays."""


class Cut(Exception):
    """The process ends here."""


class CutClient(MiningClient):
    """Ends at one of its transactions, before or after the node has it."""

    def __init__(self, url: str, at: int, *, after: bool) -> None:
        super().__init__(url)
        self.left = at
        self.after = after

    def send_raw(self, raw: bytes) -> bytes:
        if self.left == 0 and not self.after:
            raise Cut
        sent = super().send_raw(raw)
        if self.left == 0:
            raise Cut
        self.left -= 1
        return sent


def test_all_stands_with_its_roles_in_a_final_block(venue: Venue) -> None:
    manifest = venue.manifest
    assert manifest.complete
    assert [contract.name for contract in manifest.contracts] == list(DEPLOYED)
    assert all(venue.client.code(contract.address) for contract in manifest.contracts)
    assert max(contract.block for contract in manifest.contracts) <= venue.client.finalized_block().number
    assert deviations(venue.client, manifest) == other_holders(venue.client, manifest) == []
    for view, name in (
        ("encumbranceRegister", "EncumbranceRegister"),
        ("sealedBidRegister", "SealedBidRegister"),
        ("fillRegister", "FillRegister"),
    ):
        found = address_on_record(venue.client, venue.register, view)
        assert found == manifest.address(name).lower()


def test_deploying_again_sends_nothing(
    client: ChainClient, artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    deployer, operator = funded_signer(client), funded_signer(client)
    plan = plan_for(client, artifacts, deployer, operator.address, tmp_path / "chain.json")
    first = deploy(plan)
    sent = client.nonce(deployer.address, "pending")
    assert deploy(plan) == first
    assert client.nonce(deployer.address, "pending") == sent == STEPS


def test_all_contracts_are_sent_before_any_is_waited_for(
    client: ChainClient, chain_url: str, artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    deployer, operator = funded_signer(client), funded_signer(client)
    asked: list[str] = []

    class Watched(MiningClient):
        """Takes down what is sent, and what is waited for."""

        def send_raw(self, raw: bytes) -> bytes:
            asked.append("send")
            return super().send_raw(raw)

        def receipt(self, transaction_hash: bytes) -> Receipt | None:
            asked.append("wait")
            return super().receipt(transaction_hash)

    path = tmp_path / "chain.json"
    manifest = deploy(plan_for(Watched(chain_url), artifacts, deployer, operator.address, path))
    assert asked[: STEPS - 1] == ["send"] * (STEPS - 1)
    assert asked.count("send") == STEPS
    assert [contract.nonce for contract in manifest.contracts] == list(range(STEPS - 1))


def test_a_contract_behind_a_replaced_one_is_planned_anew(
    client: ChainClient, chain_url: str, artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    path = tmp_path / "chain.json"
    deployer, operator = funded_signer(client), funded_signer(client)
    with pytest.raises(Cut):
        deploy(plan_for(CutClient(chain_url, 0, after=False), artifacts, deployer, operator.address, path))
    manifest = read_manifest(path)
    assert manifest is not None
    Venue(client, manifest, deployer).send_data(operator.address, b"", gas=21_000)
    finished = deploy(plan_for(client, artifacts, deployer, operator.address, path))
    register = finished.contract("Register")
    assert register is not None
    assert register.constructor_arguments == finished.arguments("Register")
    assert finished.address("EncumbranceRegister") in register.constructor_arguments
    assert finished.address("AccessManager") != manifest.address("AccessManager")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(STEPS))
def test_a_deployment_cut_short_goes_on_where_it_stopped(
    chain_url: str, artifacts: dict[str, Artifact], tmp_path: Path, at: int, after: bool
) -> None:
    path = tmp_path / "chain.json"
    client = MiningClient(chain_url)
    deployer, operator = funded_signer(client), funded_signer(client)
    administrator = funded_signer(client).address
    cut = CutClient(chain_url, at, after=after)
    with pytest.raises(Cut):
        deploy(plan_for(cut, artifacts, deployer, operator.address, path, administrator))
    halfway = read_manifest(path)
    assert halfway is not None
    assert not halfway.complete
    manifest = deploy(plan_for(client, artifacts, deployer, operator.address, path, administrator))
    assert manifest.complete
    assert client.nonce(deployer.address) == STEPS, "each step was mined once"
    assert deviations(client, manifest) == other_holders(client, manifest) == []
    kept = {contract.name: contract.address for contract in halfway.contracts}
    assert kept.items() <= {contract.name: contract.address for contract in manifest.contracts}.items()


def test_a_nonce_taken_by_something_else_is_planned_anew(
    client: ChainClient, chain_url: str, artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    path = tmp_path / "chain.json"
    deployer, operator = funded_signer(client), funded_signer(client)
    with pytest.raises(Cut):
        deploy(plan_for(CutClient(chain_url, 1, after=False), artifacts, deployer, operator.address, path))
    manifest = read_manifest(path)
    assert manifest is not None
    Venue(client, manifest, deployer).send_data(operator.address, b"", gas=21_000)
    finished = deploy(plan_for(client, artifacts, deployer, operator.address, path))
    assert finished.complete
    assert finished.address("Register") != manifest.address("Register")


def test_other_keys_than_the_manifests_are_refused(
    client: ChainClient, artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    path = tmp_path / "chain.json"
    deployer, operator = funded_signer(client), funded_signer(client)
    deploy(plan_for(client, artifacts, deployer, operator.address, path))
    before = path.read_bytes()
    for other_deployer, other_operator in (
        (funded_signer(client), operator),
        (deployer, funded_signer(client)),
    ):
        with pytest.raises(ChainFault) as refused:
            deploy(plan_for(client, artifacts, other_deployer, other_operator.address, path))
        assert refused.value.code == "DEPLOY-KEYS"
    assert path.read_bytes() == before


@pytest.mark.parametrize("change", ["{", "[]", '{"format": 2}', "format"])
def test_a_broken_manifest_is_refused_and_left_alone(
    client: ChainClient, artifacts: dict[str, Artifact], tmp_path: Path, change: str
) -> None:
    path = tmp_path / "chain.json"
    deployer = funded_signer(client)
    plan = plan_for(client, artifacts, deployer, deployer.address, path)
    if change == "format":
        deploy(plan)
        change = json.dumps({**json.loads(path.read_text()), "format": 1})
    path.write_text(change)
    sent = client.nonce(deployer.address, "pending")
    with pytest.raises(ChainFault) as refused:
        deploy(plan)
    assert refused.value.code == "DEPLOY-MANIFEST"
    assert path.read_text() == change
    assert client.nonce(deployer.address, "pending") == sent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_wiped_chain_is_named_and_not_deployed_to_again(
    artifacts: dict[str, Artifact], tmp_path: Path
) -> None:
    port = _free_port()
    path = tmp_path / "chain.json"
    chain = Chain(tmp_path / "one", tmp_path, port)
    chain.start()
    try:
        client = MiningClient(chain.url)
        deployer = funded_signer(client)
        manifest = deploy(plan_for(client, artifacts, deployer, deployer.address, path))
    finally:
        chain.stop()
    wiped = Chain(tmp_path / "two", tmp_path, port)
    wiped.start()
    try:
        client = MiningClient(wiped.url)
        client.request("anvil_setBalance", (deployer.address, hex(10**20)))
        with pytest.raises(ChainFault) as lost:
            deploy(plan_for(client, artifacts, deployer, deployer.address, path))
        assert lost.value.code == "CHAIN-CONTRACTS-LOST"
        assert client.nonce(deployer.address, "pending") == 0
        assert read_manifest(path) == manifest
    finally:
        wiped.stop()


def test_a_node_that_does_not_answer_is_named() -> None:
    silent = ChainClient(f"http://127.0.0.1:{_free_port()}", timeout_s=2.0)
    with pytest.raises(ChainFault) as fault:
        silent.chain_id()
    assert fault.value.code == "CHAIN-UNREACHABLE"
    assert fault.value.transient
