"""Where the binaries are that come inside wheels. The packages are not imported: none of their code is needed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from scripts.stack.child import StartRefused


def package_folder(name: str) -> Path:
    """The folder of an installed package.

    Raises:
        StartRefused: it is not installed.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        message = f"the Python package {name} is not installed. Run: make setup"
        raise StartRefused(message)
    return Path(spec.origin).parent
