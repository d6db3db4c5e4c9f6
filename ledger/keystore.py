"""A client's key on disk: the encrypted key file (Web3 Secret Storage, version 3) that wallets exchange.

A file is made for its owner only and never replaces another. Before a file may cost its reader any work, its
size and what it asks of memory and processor are held against bounds.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import msgspec
from eth_keyfile.keyfile import create_keyfile_json, decode_keyfile_json

from ledger.secp256k1 import PrivateKey, SignatureRefused

if TYPE_CHECKING:
    from pathlib import Path

STANDARD_WORK = 2**18
"""The scrypt cost n of a new file: 256 MiB of memory and about a second."""
LARGEST_FILE = 16_384
"""Bytes; a key file has about 500."""

_LARGEST_SCRYPT = 2**24  # n * r * p
_LARGEST_MEMORY = 2**30  # 128 * n * r bytes
_LARGEST_PBKDF2 = 10_000_000  # iterations
_CURES = {
    "KEYSTORE-FILE": "name a key file of version 3, at most 16 KiB, with scrypt or PBKDF2 of usual cost",
    "KEYSTORE-PASSWORD": "give the password that the file was made with; without it the key is lost",
    "KEYSTORE-EXISTS": "name a file that is not there yet: a key file is never replaced",
    "KEYSTORE-NO-PASSWORD": "give a password that is not empty",
}


class KeystoreRefused(ValueError):
    """A key file that cannot be read or made. `code` is stable; `cure` says what would help."""

    def __init__(self, *, code: str) -> None:
        super().__init__(f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class _Parameters(msgspec.Struct):
    salt: str
    dklen: Literal[32]
    n: int = 0
    r: int = 0
    p: int = 0
    c: int = 0
    prf: Literal["hmac-sha256"] = "hmac-sha256"


class _CipherParameters(msgspec.Struct):
    iv: str


class _Crypto(msgspec.Struct):
    cipher: Literal["aes-128-ctr"]
    cipherparams: _CipherParameters
    ciphertext: str
    kdf: Literal["scrypt", "pbkdf2"]
    kdfparams: _Parameters
    mac: str


class _KeyFile(msgspec.Struct):
    crypto: _Crypto
    version: Literal[3]


def write_keystore(path: Path, key: PrivateKey, password: str, work: int = STANDARD_WORK) -> None:
    """Encrypt a key into a new file (0600), on disk when this returns; `work` is the scrypt cost n.

    Raises:
        KeystoreRefused: `KEYSTORE-NO-PASSWORD`, `KEYSTORE-EXISTS`.
        OSError: the folder cannot be written.
    """
    if not password:
        raise KeystoreRefused(code="KEYSTORE-NO-PASSWORD")
    content = create_keyfile_json(key.secret(), password.encode(), kdf="scrypt", iterations=work)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise KeystoreRefused(code="KEYSTORE-EXISTS") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(content))
        file.flush()
        os.fsync(file.fileno())


def read_keystore(path: Path, password: str) -> PrivateKey:
    """Open an encrypted key file.

    Raises:
        KeystoreRefused: `KEYSTORE-FILE` for what is no such file or asks for too much work,
            `KEYSTORE-PASSWORD`.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise KeystoreRefused(code="KEYSTORE-FILE")
    try:
        content = msgspec.json.decode(data, type=_KeyFile)
        parts = (content.crypto.kdfparams.salt, content.crypto.cipherparams.iv, content.crypto.ciphertext)
        lengths = [len(bytes.fromhex(part)) for part in (*parts, content.crypto.mac)]
    except (msgspec.DecodeError, ValueError) as error:  # also bad UTF-8 and bad hex
        raise KeystoreRefused(code="KEYSTORE-FILE") from error
    if lengths[1:] != [16, 32, 32] or not _is_affordable(content.crypto.kdf, content.crypto.kdfparams):
        raise KeystoreRefused(code="KEYSTORE-FILE")
    try:
        secret = decode_keyfile_json(msgspec.to_builtins(content), password.encode())
    except ValueError as error:  # the check value does not fit: another password, or a changed file
        raise KeystoreRefused(code="KEYSTORE-PASSWORD") from error
    try:
        return PrivateKey(secret)
    except SignatureRefused as error:
        raise KeystoreRefused(code="KEYSTORE-FILE") from error


def _is_affordable(kdf: str, asked: _Parameters) -> bool:
    if kdf == "pbkdf2":
        return 0 < asked.c <= _LARGEST_PBKDF2
    n, r, p = asked.n, asked.r, asked.p
    if not (n > 1 and n.bit_count() == 1 and r > 0 and p > 0):
        return False
    return n * r * p <= _LARGEST_SCRYPT and 128 * n * r <= _LARGEST_MEMORY
