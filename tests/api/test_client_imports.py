"""What a buyer's program and a terminal load is theirs: nothing that only the front door needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SERVED_WITH = ("fastapi", "starlette", "sqlalchemy", "celery", "web3")


@pytest.mark.parametrize("module", ["api.client", "api.cli.app"])
def test_the_client_and_the_command_line_start_without_what_serves(module: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert not set(SERVED_WITH) & set(told.stdout.split())
