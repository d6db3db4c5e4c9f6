"""Compiled contracts: what Hardhat built, for deploying, and what py-solc-x builds again, for verifying.

Both builds run the compiler of the npm package `solc` with the settings of `contracts/compiler.json`; they share
no other step, so that a deployment checked against the second one does not rest on the first.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import solcx
from solcx.exceptions import SolcError

from ledger.chain.errors import ChainFault

DEPLOYED = (
    *("AccessManager", "EncumbranceRegister", "SealedBidRegister", "FillRegister"),
    *("Register", "JournalAnchor"),
)
"""The contracts that a venue runs, in the order of their deployment."""

_OPENZEPPELIN = "@openzeppelin/contracts"
_SOURCES = {
    "AccessManager": f"{_OPENZEPPELIN}/access/manager/AccessManager.sol",
    "EncumbranceRegister": "contracts/EncumbranceRegister.sol",
    "SealedBidRegister": "contracts/SealedBidRegister.sol",
    "FillRegister": "contracts/FillRegister.sol",
    "Register": "contracts/Register.sol",
    "JournalAnchor": "contracts/JournalAnchor.sol",
}
_IMPORT = re.compile(r'^import\s[^;]*?"([^"]+)"\s*;', re.MULTILINE)
_COMPILER_SECONDS = 300
_PROGRAM = """#!/bin/sh
case "$1" in --version) exec {command} --version ;; esac
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cat > "$scratch/input"
timeout {seconds} {command} "$@" < "$scratch/input" > "$scratch/output" || exit 1
sed "/^>>> Cannot retry compilation with SMT/d" "$scratch/output"
"""
_LARGEST_SOURCE = 1_000_000
_MOST_SOURCES = 500


class ImmutableReference(msgspec.Struct, frozen=True):
    """Where an immutable's value stands in the runtime code, in bytes."""

    name: str
    start: int
    length: int


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One compiled contract. Immutables are named only in what py-solc-x built."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    """Creation code, without constructor arguments."""
    deployed_bytecode: bytes
    """Runtime code, immutables as zero bytes."""
    immutables: tuple[ImmutableReference, ...] = ()


class CompilerSettings(msgspec.Struct, frozen=True):
    """Version of the compiler and its settings, as in `contracts/compiler.json`."""

    version: str
    settings: dict[str, Any]

    def digest(self) -> str:
        """Give the SHA-256 (hex) of version and settings in sorted, compact JSON."""
        text = json.dumps(msgspec.to_builtins(self), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def compiler_settings(root: Path) -> CompilerSettings:
    """Read the settings under the project's root folder.

    Raises:
        ChainFault: `COMPILER-MISSING` if the file is not there or not of this form.
    """
    try:
        return msgspec.json.decode((root / "contracts" / "compiler.json").read_bytes(), type=CompilerSettings)
    except (OSError, msgspec.DecodeError) as error:
        raise ChainFault(code="COMPILER-MISSING", detail=str(error)) from error


def hardhat_artifacts(root: Path) -> dict[str, Artifact]:
    """Read what Hardhat built, for each contract of `DEPLOYED`.

    Raises:
        ChainFault: `ARTIFACT-MISSING`.
    """
    folder = root / "build" / "hardhat" / "artifacts"
    found = {}
    for name, source in _SOURCES.items():
        try:
            built = json.loads((folder / source / f"{name}.json").read_bytes())
            found[name] = Artifact(
                name=name,
                abi=built["abi"],
                bytecode=_code(built["bytecode"]),
                deployed_bytecode=_code(built["deployedBytecode"]),
            )
        except (OSError, ValueError, KeyError) as error:
            raise ChainFault(code="ARTIFACT-MISSING", detail=f"{name}: {error}") from error
    return found


def compile_contracts(root: Path, cache: Path) -> dict[str, Artifact]:
    """Compile the sources with py-solc-x; takes about 20 s of one core.

    `cache` is a folder for the small program through which py-solc-x reaches the compiler.

    Raises:
        ChainFault: `COMPILER-MISSING`, `COMPILER-FAILED`.
    """
    binary = _write_compiler_program(root, cache)
    request = standard_input(root)
    try:
        output = solcx.compile_standard(request, solc_binary=binary)
    except SolcError as error:
        raise ChainFault(code="COMPILER-FAILED", detail=str(error.message)[:2000]) from error
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ChainFault(code="COMPILER-FAILED", detail=str(error)[:2000]) from error
    names = _immutable_names(output)
    return {name: _artifact(name, request, output, names) for name in DEPLOYED}


def standard_input(root: Path) -> dict[str, Any]:
    """Give the compiler's standard JSON input for all contracts and what they import.

    Source names and remapping are those that Hardhat uses, since they reach into the order of generated code.

    Raises:
        ChainFault: `COMPILER-MISSING` if a source or a package is not there or beyond the bounds.
    """
    package = root / "node_modules" / _OPENZEPPELIN
    try:
        version = json.loads((package / "package.json").read_bytes())["version"]
    except (OSError, ValueError, KeyError) as error:
        raise ChainFault(code="COMPILER-MISSING", detail=f"{_OPENZEPPELIN}: {error}") from error
    target = f"npm/{_OPENZEPPELIN}@{version}/"
    contracts = root / "contracts"
    waiting = {f"project/contracts/{path.name}": path for path in sorted(contracts.glob("*.sol"))}
    waiting[f"{target}access/manager/AccessManager.sol"] = package / "access/manager/AccessManager.sol"
    sources: dict[str, dict[str, str]] = {}
    while waiting:
        name, path = waiting.popitem()
        text = _source(path)
        sources[name] = {"content": text}
        if len(sources) > _MOST_SOURCES:
            raise ChainFault(code="COMPILER-MISSING", detail=f"more than {_MOST_SOURCES} sources")
        for imported in _IMPORT.findall(text):
            if imported.startswith(f"{_OPENZEPPELIN}/"):
                rest = imported.removeprefix(f"{_OPENZEPPELIN}/")
                other, other_path = target + rest, package / rest
            else:
                other_path = (path.parent / imported).resolve()
                base = package.resolve() if name.startswith("npm/") else contracts.resolve()
                prefix = target if name.startswith("npm/") else "project/contracts/"
                other = prefix + other_path.relative_to(base).as_posix()
            if other not in sources:
                waiting[other] = other_path
    settings = compiler_settings(root).settings
    wanted = {"": ["ast"], "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode"]}
    return {
        "language": "Solidity",
        "sources": dict(sorted(sources.items())),
        "settings": {
            **settings,
            "remappings": [f"project/:{_OPENZEPPELIN}/={target}"],
            "outputSelection": {"*": wanted},
        },
    }


def _source(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_SOURCE:
            raise ChainFault(
                code="COMPILER-MISSING", detail=f"{path.name} is larger than {_LARGEST_SOURCE} bytes"
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ChainFault(code="COMPILER-MISSING", detail=str(error)) from error


def _write_compiler_program(root: Path, cache: Path) -> Path:
    """Write the program that py-solc-x runs: Node with the package's own command line.

    Input goes through a file, because Node cannot read a pipe that is not filled yet. The package prints a notice
    about its missing SMT solver before the JSON; the program drops that one line. It ends the compiler after
    `_COMPILER_SECONDS`, since py-solc-x itself waits without end.
    """
    node = root / ".venv" / "bin" / "node"
    script = root / "node_modules" / "solc" / "solc.js"
    for part in (node, script):
        if not part.exists():
            raise ChainFault(code="COMPILER-MISSING", detail=part.name)
    program = cache / "solc"
    command = " ".join(shlex.quote(str(part)) for part in (node, script))
    cache.mkdir(parents=True, exist_ok=True)
    # A name of its own first: two processes may verify at the same time.
    fresh = cache / f"solc.{sha256(command.encode()).hexdigest()[:16]}"
    fresh.write_text(_PROGRAM.format(seconds=_COMPILER_SECONDS, command=command), encoding="utf-8")
    fresh.chmod(0o700)
    fresh.replace(program)
    return program


def _immutable_names(output: dict[str, Any]) -> dict[str, str]:
    """Names of immutable variables by the number that the compiler gave their declaration."""
    names: dict[str, str] = {}
    for source in output.get("sources", {}).values():
        for node in source["ast"]["nodes"]:
            for member in node.get("nodes", ()):
                if member.get("mutability") == "immutable":
                    names[str(member["id"])] = str(member["name"])
    return names


def _artifact(name: str, request: dict[str, Any], output: dict[str, Any], names: dict[str, str]) -> Artifact:
    end = _SOURCES[name].removeprefix(_OPENZEPPELIN)
    for source in request["sources"]:
        if source.endswith(end):
            built = output["contracts"][source][name]
            deployed = built["evm"]["deployedBytecode"]
            places = [
                ImmutableReference(names.get(number, ""), place["start"], place["length"])
                for number, found in deployed.get("immutableReferences", {}).items()
                for place in found
            ]
            return Artifact(
                name=name,
                abi=built["abi"],
                bytecode=_code(built["evm"]["bytecode"]["object"]),
                deployed_bytecode=_code(deployed["object"]),
                immutables=tuple(sorted(places, key=lambda place: place.start)),
            )
    raise ChainFault(code="COMPILER-FAILED", detail=f"no contract {name} in the compiler's output")


def _code(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
