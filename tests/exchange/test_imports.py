"""Every module of the exchange can be the first that is imported: whoever imports one needs no lucky order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORT_EACH_FIRST = """
import dataclasses, datetime, hashlib, heapq, importlib, msgspec, os, re, sha3, sys, typing, unicodedata
failed = []
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
        except BaseException:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
print(*failed)
"""


def test_every_module_can_be_imported_first() -> None:
    paths = (path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / "exchange").rglob("*.py")))
    names = [".".join(path.parts).removesuffix(".__init__") for path in paths]
    assert "exchange.parties" in names
    answer = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH_FIRST, *names],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert answer.stdout.split() == []
