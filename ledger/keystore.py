"""A client's key on disk: the encrypted key file (Web3 Secret Storage, version 3) that wallets exchange.

A file is made for its owner only and never replaces another. Before a file may cost its reader any work, its
size and what it asks of memory and processor are held against bounds.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from hmac import compare_digest
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from exchange.canonical import is_nested_too_deep
from exchange.keccak import keccak
from ledger.secp256k1 import HASH_BYTES, PrivateKey, SignatureRefused

if TYPE_CHECKING:
    from pathlib import Path

STANDARD_WORK = 2**18
"""The scrypt cost n of a new file: 256 MiB of memory and about a second."""
LARGEST_FILE = 16_384
"""Bytes; a key file has about 500."""

_LARGEST_SCRYPT = 2**24  # n * r * p
_LARGEST_MEMORY = 2**30  # 128 * n * r bytes
_LARGEST_PBKDF2 = 10_000_000  # iterations
_SCRYPT_R, _SCRYPT_P = 8, 1
_SCRYPT_SLACK = 2**20  # bytes that scrypt takes beside its table
_SALT_BYTES, _IV_BYTES, _AES_KEY_BYTES = 32, 16, 16
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


class _Parameters(msgspec.Struct, omit_defaults=True):
    salt: str
    dklen: Literal[32]
    n: int = 0
    r: int = 0
    p: int = 0
    c: int = 0
    prf: Literal["hmac-sha256", ""] = ""


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
    address: str = ""
    id: str = ""


def write_keystore(path: Path, key: PrivateKey, password: str, work: int = STANDARD_WORK) -> None:
    """Encrypt a key into a new file (0600), on disk when this returns; `work` is the scrypt cost n.

    Raises:
        KeystoreRefused: `KEYSTORE-NO-PASSWORD`, `KEYSTORE-EXISTS`.
        OSError: the folder cannot be written.
    """
    if not password:
        raise KeystoreRefused(code="KEYSTORE-NO-PASSWORD")
    salt, iv = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_IV_BYTES)
    parameters = _Parameters(salt=salt.hex(), dklen=32, n=work, r=_SCRYPT_R, p=_SCRYPT_P)
    derived = _derive("scrypt", parameters, password)
    ciphertext = _aes_ctr(derived, iv, key.secret())
    content = _KeyFile(
        crypto=_Crypto(
            cipher="aes-128-ctr",
            cipherparams=_CipherParameters(iv=iv.hex()),
            ciphertext=ciphertext.hex(),
            kdf="scrypt",
            kdfparams=parameters,
            mac=_check_value(derived, ciphertext).hex(),
        ),
        version=3,
        address=key.address[2:].lower(),
        id=str(uuid4()),
    )
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
    if len(data) > LARGEST_FILE or is_nested_too_deep(data):
        raise KeystoreRefused(code="KEYSTORE-FILE")
    try:
        crypto = msgspec.json.decode(data, type=_KeyFile).crypto
        iv, ciphertext, mac = map(bytes.fromhex, (crypto.cipherparams.iv, crypto.ciphertext, crypto.mac))
        bytes.fromhex(crypto.kdfparams.salt)
    except ValueError as error:  # no JSON, another shape, bad UTF-8 or bad hex
        raise KeystoreRefused(code="KEYSTORE-FILE") from error
    lengths_fit = (len(iv), len(ciphertext), len(mac)) == (_IV_BYTES, HASH_BYTES, HASH_BYTES)
    if not lengths_fit or not _is_affordable(crypto.kdf, crypto.kdfparams):
        raise KeystoreRefused(code="KEYSTORE-FILE")
    derived = _derive(crypto.kdf, crypto.kdfparams, password)
    if not compare_digest(_check_value(derived, ciphertext), mac):  # another password, or a changed file
        raise KeystoreRefused(code="KEYSTORE-PASSWORD")
    try:
        return PrivateKey(_aes_ctr(derived, iv, ciphertext))
    except SignatureRefused as error:
        raise KeystoreRefused(code="KEYSTORE-FILE") from error


def _derive(kdf: str, asked: _Parameters, password: str) -> bytes:
    salt = bytes.fromhex(asked.salt)
    try:
        secret = password.encode()
    except UnicodeEncodeError as error:  # lone surrogates: nobody can have typed this
        raise KeystoreRefused(code="KEYSTORE-PASSWORD") from error
    if kdf == "pbkdf2":
        return hashlib.pbkdf2_hmac("sha256", secret, salt, asked.c, asked.dklen)
    memory = 128 * asked.r * (asked.n + asked.p) + _SCRYPT_SLACK
    return hashlib.scrypt(
        secret, salt=salt, n=asked.n, r=asked.r, p=asked.p, maxmem=memory, dklen=asked.dklen
    )


def _check_value(derived: bytes, ciphertext: bytes) -> bytes:
    return keccak(derived[_AES_KEY_BYTES:] + ciphertext)


def _aes_ctr(derived: bytes, iv: bytes, data: bytes) -> bytes:
    # Counter mode as the format asks; the check value above authenticates key and text before this is used.
    cipher = Cipher(algorithms.AES(derived[:_AES_KEY_BYTES]), modes.CTR(iv))
    turned = cipher.encryptor()
    return turned.update(data) + turned.finalize()


def _is_affordable(kdf: str, asked: _Parameters) -> bool:
    if kdf == "pbkdf2":
        return 0 < asked.c <= _LARGEST_PBKDF2
    n, r, p = asked.n, asked.r, asked.p
    if not (n > 1 and n.bit_count() == 1 and r > 0 and p > 0):
        return False
    return n * r * p <= _LARGEST_SCRYPT and 128 * n * r <= _LARGEST_MEMORY
