"""Verification finds every byte that the sources do not give, and says where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from eth_abi.abi import encode

from exchange.keccak import keccak
from ledger.chain.access import deviations, functions_by_role
from ledger.chain.compiler import DEPLOYED, Artifact, CompilerSettings, compile_contracts
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import ROLES
from ledger.chain.verify import Verification, expected_immutables, verify, verify_against
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
    taken = {b for each in compiled[contract].immutables for b in range(each.start, each.start + each.length)}
    place = next(byte for byte in range(1234, len(code)) if byte not in taken)
    code[place] ^= 1
    venue.client.request("anvil_setCode", (address, "0x" + code.hex()))
    findings = _findings(verify_against(venue.client, venue.manifest, compiled, settings.digest()), contract)
    assert findings == (f"code differs from what the sources give, first at byte {place}",)


@pytest.mark.parametrize(
    ("contract", "name"),
    [
        ("Register", "_cachedDomainSeparator"),
        ("Register", "_MANAGER"),
        ("Register", "_PREDECESSOR"),
        ("Register", "_ENCUMBRANCE_REGISTER"),
        ("Register", "_SEALED_BID_REGISTER"),
        ("Register", "_FILL_REGISTER"),
        ("EncumbranceRegister", "_MANAGER"),
        ("SealedBidRegister", "_PREDECESSOR"),
    ],
)
def test_a_changed_immutable_is_found_by_name(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings, contract: str, name: str
) -> None:
    address = venue.manifest.address(contract)
    code = bytearray(venue.client.code(address))
    place = next(place for place in compiled[contract].immutables if place.name == name)
    code[place.start + place.length - 1] ^= 1
    venue.client.request("anvil_setCode", (address, "0x" + code.hex()))
    findings = _findings(verify_against(venue.client, venue.manifest, compiled, settings.digest()), contract)
    assert len(findings) == 1
    assert findings[0].startswith(f"immutable {name} is 0x")


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
    results = verify_against(venue.client, venue.manifest, compiled, settings.digest())
    assert _findings(results, "AccessManager") == (f"{venue.operator.address} is not settler at once",)


GRANT = keccak(b"grantRole(uint64,address,uint32)")[:4]


def _without_delay(venue: Venue, call: bytes) -> None:
    """The administrator gives an order, waits, and carries it out; nobody cancels it."""
    manager, admin = venue.manifest.address("AccessManager"), venue.manifest.administrator
    client = venue.client
    client.request("anvil_impersonateAccount", (admin.address,))
    client.request("anvil_setBalance", (admin.address, hex(10**20)))
    schedule = keccak(b"schedule(address,bytes,uint48)")[:4] + encode(
        ["address", "bytes", "uint48"], [manager, call, 0]
    )
    for data, wait_s in ((schedule, admin.execution_delay_s), (call, 0)):
        transaction = {"from": admin.address, "to": manager, "data": "0x" + data.hex(), "gas": hex(1_000_000)}
        sent = bytes.fromhex(client.request("eth_sendTransaction", (transaction,))[2:])
        client.request("evm_mine")
        assert client.wait_for_receipt(sent).succeeded
        client.request("evm_increaseTime", (wait_s,))
        client.request("evm_mine")
    client.request("anvil_stopImpersonatingAccount", (admin.address,))


def test_a_second_holder_of_a_role_is_named(
    venue: Venue, compiled: dict[str, Artifact], settings: CompilerSettings
) -> None:
    other = funded_signer(venue.client).address
    for number in (0, ROLES["settler"]):
        _without_delay(venue, GRANT + encode(["uint64", "address", "uint32"], [number, other, 0]))
    results = verify_against(venue.client, venue.manifest, compiled, settings.digest())
    assert _findings(results, "AccessManager") == (
        f"{other.lower()} is administrator as well",
        f"{other.lower()} is settler as well",
    )


@pytest.mark.parametrize(
    ("function", "kinds", "values", "finding"),
    [
        ("setGrantDelay(uint64,uint32)", ["uint64", "uint32"], [2, 60], "grants of settler wait 60 s"),
        (
            "labelRole(uint64,string)",
            ["uint64", "string"],
            [2, "x"],
            "role 2 is labelled x instead of settler",
        ),
        (
            "setRoleGuardian(uint64,uint64)",
            ["uint64", "uint64"],
            [5, 0],
            "the guardian cannot cancel what is scheduled for administrator of role 5",
        ),
        (
            "setRoleAdmin(uint64,uint64)",
            ["uint64", "uint64"],
            [1, 3],
            "registrar is granted by another role than the administrator's",
        ),
    ],
)
def test_another_order_of_roles_is_found(
    venue: Venue, function: str, kinds: list[str], values: list[Any], finding: str
) -> None:
    assert deviations(venue.client, venue.manifest) == []
    _without_delay(venue, keccak(function.encode())[:4] + encode(kinds, values))
    assert deviations(venue.client, venue.manifest) == [finding]


def test_a_function_that_anyone_may_call_and_a_shorter_delay_are_found(venue: Venue) -> None:
    place = keccak(b"setTargetFunctionRole(address,bytes4[],uint64)")[:4]
    (record, *_) = functions_by_role("Register")["settler"]
    values = [venue.register, [record], 2**64 - 1]
    _without_delay(venue, place + encode(["address", "bytes4[]", "uint64"], values))
    shorter = keccak(b"setTargetAdminDelay(address,uint32)")[:4]
    _without_delay(venue, shorter + encode(["address", "uint32"], [venue.register, 1]))
    admin = venue.manifest.administrator.address
    _without_delay(venue, GRANT + encode(["uint64", "address", "uint32"], [0, admin, 10]))
    found = deviations(venue.client, venue.manifest)
    assert found[0] == f"function 0x{record.hex()} of Register does not belong to settler"
    assert found[1].startswith(f"{admin} becomes administrator with a delay of 10 s")
    assert found[2] == "changes of roles on Register wait 1 s"


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
    register = venue.manifest.contract("Register")
    assert register is not None
    expected = expected_immutables(venue.manifest, register)["_cachedDomainSeparator"]
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
