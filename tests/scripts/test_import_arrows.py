"""The arrows between the rooms, checked with the tests and not only by `make lint`."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMPURE = {"asyncio", "os", "random", "secrets", "socket", "subprocess", "threading", "time", "urllib", "uuid"}


def imported_by(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
    return found


def files_of(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def test_imports_only_point_to_the_left() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_only_the_chain_package_and_the_benchmark_that_measures_against_it_import_web3() -> None:
    chain, measured = ROOT / "ledger" / "chain", ROOT / "scripts" / "bench" / "indexing_peers.py"
    speakers = {
        path
        for path in files_of("exchange", "ledger", "api", "scripts")
        if any(name.split(".", 1)[0] == "web3" for name in imported_by(path))
    }
    assert speakers, "nothing speaks to the chain any more: this test looks at the wrong place"
    assert {path for path in speakers if chain not in path.parents} == {measured}


def test_the_exchange_can_reach_neither_clock_nor_chance_nor_the_outside() -> None:
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in files_of("exchange")
        for name in imported_by(path)
        if name.split(".", 1)[0] in IMPURE
    }
    assert found == set()


@pytest.mark.parametrize("call", ["now", "today", "utcnow"])
def test_the_exchange_never_asks_what_time_it_is(call: str) -> None:
    """`datetime` is allowed for calendar arithmetic; its clocks are not."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in files_of("exchange")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == call
    ]
    assert found == []
