"""Tests make and drop databases of their own, and never touch one that somebody's environment names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import databases

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgresql://u:secret@db.example:5432/ipx", "postgresql://u:secret@db.example:5432/test_1"),
        (
            "postgresql+psycopg://postgres@/ipx?host=%2Fsockets",
            "postgresql+psycopg://postgres@/test_1?host=%2Fsockets",
        ),
        ("postgresql://db.example/live?sslmode=require", "postgresql://db.example/test_1?sslmode=require"),
    ],
)
def test_a_tests_database_is_another_one_of_the_same_server(url: str, other: str) -> None:
    assert databases.sibling(url, "test_1") == other
    assert databases.name_of(other) == "test_1"


@pytest.mark.parametrize("name", ["ipx", ""])
def test_the_servers_own_database_is_neither_made_nor_dropped(name: str) -> None:
    url = "postgresql://nobody@db.invalid/ipx"
    with pytest.raises(ValueError, match="another than the server's own"):
        databases.create(url, name)
    with pytest.raises(ValueError, match="another than the server's own"):
        databases.drop(url, url)


def test_a_test_run_forgets_the_servers_that_the_environment_names() -> None:
    """Every test and every process that a test starts stands on the embedded servers."""
    named = {name: f"named://{name}" for name in databases.NAMED_SERVERS}
    script = "import os, tests.conftest; print([name for name in os.environ if name.endswith('_URL')])"
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.defpath, **named},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
