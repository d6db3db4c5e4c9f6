"""What the compiled contracts can do at all: no value moves, every writing function has one role, each fits a chain."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from exchange.keccak import keccak
from ledger.chain.access import functions_by_role, open_functions
from ledger.chain.compiler import DEPLOYED, Artifact, hardhat_artifacts
from ledger.chain.manifest import MANAGED

ROOT = Path(__file__).resolve().parents[2]
LARGEST_CODE = 24_576
"""Bytes of runtime code that a chain takes (EIP-170)."""
SOURCES = sorted((ROOT / "contracts").glob("*.sol"))


@pytest.fixture(scope="module")
def artifacts() -> dict[str, Artifact]:
    return hardhat_artifacts(ROOT)


def _selectors(abi: list[dict[str, Any]]) -> dict[str, bytes]:
    """Writing functions and their selectors."""
    return {
        entry["name"]: keccak(f"{entry['name']}({_types(entry['inputs'])})".encode())[:4]
        for entry in abi
        if entry["type"] == "function" and entry["stateMutability"] not in {"view", "pure"}
    }


def _types(inputs: list[dict[str, Any]]) -> str:
    return ",".join(
        f"({_types(entry['components'])}){entry['type'].removeprefix('tuple')}"
        if entry["type"].startswith("tuple")
        else entry["type"]
        for entry in inputs
    )


@pytest.mark.parametrize("name", MANAGED)
def test_every_writing_function_belongs_to_one_role_or_takes_a_partys_own_message(
    artifacts: dict[str, Artifact], name: str
) -> None:
    planned = [selector for functions in functions_by_role(name).values() for selector in functions]
    planned += open_functions(name)
    assert len(planned) == len(set(planned))
    assert set(planned) == set(_selectors(artifacts[name].abi).values())


def test_the_journal_anchor_has_no_function_beyond_anchoring_and_its_own_key(
    artifacts: dict[str, Artifact],
) -> None:
    assert set(_selectors(artifacts["JournalAnchor"].abi)) == {"anchor", "proposeKey", "acceptKey"}


@pytest.mark.parametrize("name", DEPLOYED)
def test_each_contract_fits_a_chain(artifacts: dict[str, Artifact], name: str) -> None:
    assert 0 < len(artifacts[name].deployed_bytecode) <= LARGEST_CODE


def test_no_source_can_hold_move_or_replace_anything() -> None:
    assert len(SOURCES) > 10
    for source in SOURCES:
        code = re.sub(r"//[^\n]*", "", source.read_text(encoding="utf-8"))
        for banned in (
            "payable",
            "delegatecall",
            "selfdestruct",
            ".call{",
            ".transfer(",
            ".send(",
            "tx.origin",
            "create2",
        ):
            assert banned not in code, f"{banned} in {source.name}"


def test_every_function_error_and_event_of_ours_says_what_it_is_for() -> None:
    declared = re.compile(
        r"^    (?:function \w+[^;{]*?\b(?:external|public)\b|event \w+|error \w+|constructor)", re.MULTILINE
    )
    found = 0
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        for match in declared.finditer(text):
            line = text[: match.start()].rstrip("\n").rsplit("\n", 1)[-1].strip()
            if source.name != "EventLog.sol" or not match.group().strip().startswith("constructor"):
                assert line.startswith("///"), f"{match.group().strip()} in {source.name}"
            found += 1
    assert found > 60


def test_the_version_of_the_compiler_is_pinned_in_every_source() -> None:
    for source in [*SOURCES, *(ROOT / "contracts" / "test").glob("*.sol")]:
        assert "\npragma solidity 0.8.37;\n" in source.read_text(encoding="utf-8")
