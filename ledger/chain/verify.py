"""Is what runs what the sources give? Compiles them again and compares every byte of every deployed contract.

Three comparisons a contract: the creating transaction carried the compiled creation code and the manifest's
constructor arguments; the runtime code is the compiled one, immutables aside; every immutable has the value that
follows from chain, address, manifest and sources. For the access manager also: roles, delays and guardians are as the
manifest says, and nobody else holds a role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from eth_abi.abi import encode

from exchange.keccak import keccak
from ledger.chain.access import deviations, other_holders
from ledger.chain.compiler import DEPLOYED, Artifact, compile_contracts, compiler_settings
from ledger.chain.errors import ChainFault

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.chain.client import ChainClient
    from ledger.chain.manifest import DeployedContract, Manifest

_REGISTER_NAME, _REGISTER_VERSION = b"IPX Register", b"1"
_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one contract: `findings` in words, none if all is as it should be."""

    contract: str
    address: str
    code_sha: str
    """Keccak-256 of the runtime code on the chain, hex behind 0x."""
    findings: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(client: ChainClient, manifest: Manifest, root: Path, cache: Path) -> list[Verification]:
    """Verify every contract of a manifest against the sources under the project's root folder.

    `cache` is a folder for the compiler's helper program. Takes about 20 s of one core, for the compiler.

    Raises:
        ChainFault: `CHAIN-OTHER`, `DEPLOY-MANIFEST`, `COMPILER-MISSING`, `COMPILER-FAILED`, and what the client
            raises. What differs is no fault but a finding.
    """
    if client.chain_id() != manifest.chain_id:
        raise ChainFault(code="CHAIN-OTHER", detail=f"chain {client.chain_id()}, not {manifest.chain_id}")
    compiled = compile_contracts(root, cache)
    return verify_against(client, manifest, compiled, compiler_settings(root).digest())


def verify_against(
    client: ChainClient, manifest: Manifest, compiled: dict[str, Artifact], settings_sha256: str
) -> list[Verification]:
    """Verify every contract of a manifest against contracts compiled already.

    Raises:
        ChainFault: `DEPLOY-MANIFEST`, and what the client raises.
    """
    results = []
    for name in DEPLOYED:
        contract = manifest.contract(name)
        if contract is None:
            raise ChainFault(code="DEPLOY-MANIFEST", detail=f"no {name}")
        code = client.code(contract.address)
        findings = _code_findings(compiled[name], code, expected_immutables(manifest, contract))
        findings += _creation_findings(client, compiled[name], contract)
        findings += _argument_findings(manifest, contract)
        if settings_sha256 != manifest.settings_sha256:
            findings.append("the manifest names other compiler settings")
        if name == "AccessManager":
            findings += deviations(client, manifest)
            findings += other_holders(client, manifest)
        results.append(
            Verification(
                contract=name,
                address=contract.address,
                code_sha="0x" + keccak(code).hex(),
                findings=tuple(findings),
            )
        )
    return results


def expected_immutables(manifest: Manifest, contract: DeployedContract) -> dict[str, bytes]:
    """Give the value that each immutable of a contract must have, one word each, by its name in the sources.

    Raises:
        ChainFault: `DEPLOY-MANIFEST`.
    """
    chain_id, address = manifest.chain_id, contract.address
    name, version = keccak(_REGISTER_NAME), keccak(_REGISTER_VERSION)
    separator = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [keccak(_DOMAIN_TYPE), name, version, chain_id, address],
    )
    beside = ("_ENCUMBRANCE_REGISTER", "_SEALED_BID_REGISTER", "_FILL_REGISTER")
    names = ("_MANAGER", "_PREDECESSOR", *beside)
    given = manifest.arguments(contract.name)
    return {
        "_cachedDomainSeparator": keccak(separator),
        "_cachedChainId": chain_id.to_bytes(32),
        "_cachedThis": _address_word(address),
        "_hashedName": name,
        "_hashedVersion": version,
        "_name": _short_string(_REGISTER_NAME),
        "_version": _short_string(_REGISTER_VERSION),
        **{each: _address_word(value) for each, value in zip(names, given, strict=False)},
    }


def _address_word(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\x00")


def _short_string(text: bytes) -> bytes:
    """OpenZeppelin's ShortString: up to 31 bytes, the length in the last one."""
    return text.ljust(31, b"\x00") + bytes((len(text),))


def _code_findings(artifact: Artifact, code: bytes, expected: dict[str, bytes]) -> list[str]:
    if not code:
        return ["no code at the address"]
    if len(code) != len(artifact.deployed_bytecode):
        return [f"{len(code)} bytes of code, the sources give {len(artifact.deployed_bytecode)}"]
    findings = []
    masked = bytearray(code)
    for place in artifact.immutables:
        found = code[place.start : place.start + place.length]
        if expected.get(place.name) != found:
            findings.append(f"immutable {place.name or 'without a name'} is 0x{found.hex()}")
        masked[place.start : place.start + place.length] = bytes(place.length)
    if bytes(masked) != artifact.deployed_bytecode:
        pairs = zip(masked, artifact.deployed_bytecode, strict=True)
        first = next(place for place, (one, other) in enumerate(pairs) if one != other)
        findings.append(f"code differs from what the sources give, first at byte {first}")
    return findings


def _creation_findings(client: ChainClient, artifact: Artifact, contract: DeployedContract) -> list[str]:
    if not contract.transaction:
        return ["the manifest names no creating transaction"]
    created = client.receipt(bytes.fromhex(contract.transaction[2:]))
    data = client.transaction_input(bytes.fromhex(contract.transaction[2:]))
    if created is None or data is None:
        return ["the creating transaction is not on the chain"]
    findings = []
    if created.contract_address.lower() != contract.address.lower() or not created.succeeded:
        findings.append("the creating transaction made another contract")
    if data != artifact.bytecode + encode(contract.constructor_types, contract.constructor_arguments):
        findings.append("creation code or constructor arguments differ")
    return findings


def _argument_findings(manifest: Manifest, contract: DeployedContract) -> list[str]:
    """What each constructor must have been given, by the manifest's own words elsewhere."""
    wanted = manifest.arguments(contract.name)
    if contract.constructor_arguments != wanted:
        return [
            f"constructed with {', '.join(contract.constructor_arguments)} instead of {', '.join(wanted)}"
        ]
    return []
