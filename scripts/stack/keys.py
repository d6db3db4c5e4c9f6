"""The keys and tokens of one data folder, made where they are missing, each in a file that only its owner reads.

A venue that runs for others keeps operators' keys with the operators and the rest in a signer of its own; these files
are what a development venue starts with.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ledger.signatures import PrivateKey

OPERATORS = ("operator-1", "operator-2")
TOKEN_BYTES = 32


class Keys:
    """The folder of keys."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.folder = folder

    def private_key(self, name: str) -> PrivateKey:
        """A secp256k1 key, e.g. of `service`, `sender`, `anchor`, `operator-1`."""
        return PrivateKey.from_hex(self._kept(f"{name}.key", lambda: secrets.token_bytes(32).hex()))

    def token(self, name: str) -> str:
        """A bearer token, e.g. of `bank`, `office`, `operator-1`."""
        return self._kept(f"{name}.token", lambda: f"ipx_{secrets.token_urlsafe(TOKEN_BYTES)}")

    def write_staff_keys(self, path: Path) -> None:
        """Write the file from which the front door knows operators and service: digests only."""
        operators = {self.private_key(name).address: _sha256(self.token(name)) for name in OPERATORS}
        content = {"operators": operators, "service": _sha256(self.token("service"))}
        write_private(path, json.dumps(content, indent=2, sort_keys=True))

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        path = self.folder / name
        if not path.exists():
            write_private(path, make())
        return path.read_text().strip()


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def write_private(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, and that nobody else reads."""
    draft = path.with_suffix(f"{path.suffix}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
