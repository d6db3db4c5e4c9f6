"""Verification finds every byte that the sources do not give, and says where."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from eth_abi.abi import encode

from ledger.chain.compiler import DEPLOYED, Artifact, CompilerSettings, compile_contracts
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import ROLES
from ledger.chain.verify import Verification, expected_immutables, verify, verify_against
from ledger.secp256k1 import keccak
from ledger.signatures import domain_separator, register_domain
from tests.ledger.chain.conftest import ROOT, Venue, funded_signer


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    return compile_contracts(ROOT, tmp_path_factory.mktemp("solc"))


def _findings(results: list[Verification], contract: str) -> tuple[str, ...]:
    assert all(result.verified for result in results if result.contract != contract)
    return next(result.findings for result in results if result.contract == contract)


def test_both_builds_give_the_same_code(
    compiled: dict[str, Artifact], artifacts: dict[str, Artifact]
) -> None:
    for name in DEPLOYED:
        assert compiled[name].bytecode == artifacts[name].bytecode
        assert compiled[name].deployed_bytecode == artifacts[name].deployed_bytecode
        assert compiled[name].abi == artifacts[name].abi


def test_a_true_deployment_is_verified(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    results = verify_against(venue.client, venue.manifest, compiled, settings.digest())
    assert [result.contract for result in results] == list(DEPLOYED)
    assert all(result.verified for result in results)


@pytest.mark.parametrize("contract", DEPLOYED)
def test_one_changed_byte_of_code_is_found_at_its_place(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings, contract: str
) -> None:
    address = venue.manifest.address(contract)
    code = bytearray(venue.client.code(address))
    place = 1234
    code[place] ^= 1
    venue.client.request("anvil_setCode", (address, "0x" + code.hex()))
    findings = _findings(verify_against(venue.client, venue.manifest, compiled, settings.digest()), contract)
    assert findings == (f"code differs from what the sources give, first at byte {place}",)


def test_a_changed_immutable_is_found_by_name(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    code = bytearray(venue.client.code(venue.register))
    separator = next(p for p in compiled["Register"].immutables if p.name == "_cachedDomainSeparator")
    code[separator.start] ^= 1
    venue.client.request("anvil_setCode", (venue.register, "0x" + code.hex()))
    findings = _findings(
        verify_against(venue.client, venue.manifest, compiled, settings.digest()), "Register"
    )
    assert len(findings) == 1
    assert findings[0].startswith("immutable _cachedDomainSeparator is 0x")


@pytest.mark.parametrize("code", [b"", b"\x00"])
def test_missing_or_shorter_code_is_found(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings, code: bytes
) -> None:
    venue.client.request("anvil_setCode", (venue.anchor, "0x" + code.hex()))
    findings = _findings(
        verify_against(venue.client, venue.manifest, compiled, settings.digest()), "JournalAnchor"
    )
    assert "code" in findings[0]


def test_other_constructor_arguments_than_the_creation_carried_are_found(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    other = funded_signer(venue.client).address
    anchor = venue.manifest.contract("JournalAnchor")
    assert anchor is not None
    changed = msgspec.structs.replace(anchor, constructor_arguments=(other,))
    manifest = msgspec.structs.replace(venue.manifest.with_contract(changed), anchor_key=other)
    findings = _findings(verify_against(venue.client, manifest, compiled, settings.digest()), "JournalAnchor")
    assert findings == ("creation code or constructor arguments differ",)


def test_a_manifest_that_contradicts_itself_is_found(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    other = funded_signer(venue.client).address
    manifest = msgspec.structs.replace(venue.manifest, anchor_key=other)
    findings = _findings(verify_against(venue.client, manifest, compiled, settings.digest()), "JournalAnchor")
    assert findings == (f"constructed with {venue.operator.address} instead of {other}",)


def test_a_creating_transaction_of_another_contract_is_found(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    anchor, register = venue.manifest.contract("JournalAnchor"), venue.manifest.contract("Register")
    assert anchor is not None
    assert register is not None
    for transaction in (register.transaction, "0x" + "11" * 32, ""):
        changed = msgspec.structs.replace(anchor, transaction=transaction)
        manifest = venue.manifest.with_contract(changed)
        assert _findings(verify_against(venue.client, manifest, compiled, settings.digest()), "JournalAnchor")


def test_a_role_taken_away_is_found(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    revoke = keccak(b"renounceRole(uint64,address)")[:4] + encode(
        ["uint64", "address"], [2, venue.operator.address]
    )
    assert venue.send_data(venue.manifest.address("AccessManager"), revoke).succeeded
    findings = _findings(
        verify_against(venue.client, venue.manifest, compiled, settings.digest()), "Register"
    )
    assert findings == (f"{venue.operator.address} is not settler, or only with a delay",)


def test_a_second_holder_of_a_role_is_named(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    other = funded_signer(venue.client).address
    grant = keccak(b"grantRole(uint64,address,uint32)")[:4]
    deployer, settler = venue.manifest.deployer, ROLES["settler"]
    venue.client.request("anvil_impersonateAccount", (deployer,))
    for number in (0, settler):
        call = grant + encode(["uint64", "address", "uint32"], [number, other, 0])
        transaction = {
            "from": deployer,
            "to": venue.manifest.address("AccessManager"),
            "data": "0x" + call.hex(),
        }
        venue.client.request("eth_sendTransaction", (transaction,))
        venue.client.request("evm_mine")
    venue.client.request("anvil_stopImpersonatingAccount", (deployer,))
    findings = _findings(
        verify_against(venue.client, venue.manifest, compiled, settings.digest()), "Register"
    )
    assert findings == (
        f"{other.lower()} is administrator as well",
        f"{other.lower()} is settler as well",
    )


def test_other_compiler_settings_are_found(venue: Venue, compiled: dict[str, Artifact]) -> None:
    results = verify_against(venue.client, venue.manifest, compiled, "00" * 32)
    assert all("the manifest names other compiler settings" in result.findings for result in results)


def test_another_chain_is_refused(venue: Venue, tmp_path: Path) -> None:
    manifest = msgspec.structs.replace(venue.manifest, chain_id=1)
    with pytest.raises(ChainFault) as refused:
        verify(venue.client, manifest, ROOT, tmp_path)
    assert refused.value.code == "CHAIN-OTHER"


def test_the_expected_domain_separator_is_the_one_that_parties_sign_in(venue: Venue) -> None:
    chain_id = venue.client.chain_id()
    expected = expected_immutables(chain_id, venue.register)["_cachedDomainSeparator"]
    assert expected == domain_separator(register_domain(chain_id, venue.register))


def test_a_source_that_does_not_compile_is_named(tmp_path: Path) -> None:
    for part in (".venv", "node_modules"):
        (tmp_path / part).symlink_to(ROOT / part)
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    for source in (ROOT / "contracts").glob("*.*"):
        (contracts / source.name).write_bytes(source.read_bytes())
    (contracts / "Register.sol").write_text("pragma solidity 0.8.37; contract Register {", encoding="utf-8")
    with pytest.raises(ChainFault) as fault:
        compile_contracts(tmp_path, tmp_path / "cache")
    assert fault.value.code == "COMPILER-FAILED"
    assert "Register.sol" in fault.value.detail


def test_a_missing_compiler_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChainFault) as fault:
        compile_contracts(tmp_path, tmp_path / "cache")
    assert fault.value.code == "COMPILER-MISSING"
