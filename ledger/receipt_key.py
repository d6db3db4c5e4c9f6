"""The venue's receipt key: an Ed25519 secret (RFC 8032) in a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from pathlib import Path

SECRET_BYTES = 32
OWNER_ONLY = 0o600

_CURES = {
    "RECEIPT-KEY-FILE": "put a regular file of exactly 32 bytes there, or nothing, so that one is made",
    "RECEIPT-KEY-PERMISSIONS": "take the rights of group and others away (chmod 600), or replace the key",
}


class ReceiptKeyRefused(ValueError):
    """A key file that must not be used. `code` is stable; `cure` says what to do."""

    def __init__(self, *, code: str) -> None:
        super().__init__(f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class ReceiptKey:
    """Signs batch seals. The secret shows in no text form, and the object cannot be pickled."""

    __slots__ = ("_key", "public_key")

    def __init__(self, secret: bytes) -> None:
        """Take a 32-byte secret.

        Raises:
            ReceiptKeyRefused: `RECEIPT-KEY-FILE` for any other length.
        """
        if len(secret) != SECRET_BYTES:
            raise ReceiptKeyRefused(code="RECEIPT-KEY-FILE")
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public_key: bytes = self._key.public_key().public_bytes_raw()

    @classmethod
    def from_file(cls, path: Path) -> ReceiptKey:
        """Load the key, or make one (0600, written to disk before it is used) where there is none.

        Two processes that start together end up with the same key.

        Raises:
            ReceiptKeyRefused: `RECEIPT-KEY-PERMISSIONS` if others can reach the file, `RECEIPT-KEY-FILE` if
                it is a link, no regular file, cannot be opened, or is not 32 bytes long.
            OSError: the folder cannot be read or written.
        """
        try:
            return cls(_read(path))
        except FileNotFoundError:
            _create(path)
            return cls(_read(path))

    def sign(self, message: bytes) -> bytes:
        """Give the 64-byte signature of a message."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        """Name the public key only."""
        return f"ReceiptKey(public_key={self.public_key.hex()})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied: the secret stays in this process.

        Raises:
            TypeError: always.
        """
        message = "a receipt key cannot be pickled"
        raise TypeError(message)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:  # a symbolic link gives ELOOP
        raise ReceiptKeyRefused(code="RECEIPT-KEY-FILE") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ReceiptKeyRefused(code="RECEIPT-KEY-FILE")
        if stat.S_IMODE(status.st_mode) & ~OWNER_ONLY:
            raise ReceiptKeyRefused(code="RECEIPT-KEY-PERMISSIONS")
        return os.read(descriptor, SECRET_BYTES + 1)
    finally:
        os.close(descriptor)


def _create(path: Path) -> None:
    """Write a new secret beside its place and link it in: it appears whole or never, and replaces nothing."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first; its key counts
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
