"""Writes the lock files: exact versions with hashes, and no download hosts.

`python -m scripts.lock`. The Python lock is a requirements file, since other lock formats write hosts.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
LOCKS = (
    ("requirements.txt", ["pyproject.toml", "--group", "dev", "--group", "bench"]),
    ("requirements-data.txt", ["requirements-data.in", "--no-deps"]),
    ("requirements-setup.txt", ["requirements-setup.in"]),
)
OPTIONS = (
    "--quiet",
    "--upgrade",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--python-version=3.11",
    "--python-platform=x86_64-manylinux_2_28",
)


def main() -> None:
    """Write each lock file."""
    for target, sources in LOCKS:
        print(f"{target} …")
        command = [str(UV), "pip", "compile", *OPTIONS, *sources, "-o", target]
        subprocess.run(command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command line
        if "://" in (ROOT / target).read_text():
            sys.exit(f"{target} names a host: lock files must not")


if __name__ == "__main__":
    main()
