"""Settings that the signer shares with whoever asks it, and how a key file is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ledger.secp256k1 import PrivateKey, SignatureRefused
from ledger.settings import LONGEST_SOCKET_PATH, SettingsRefused, required

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_KEY_FILE: Final = 200
"""Bytes; a key has 64 hex digits."""
MOST_WEI_TRANSACTION: Final = 10**18
"""What one transaction may cost unless the setting says otherwise: 50 licences at a fee of 110 gwei."""
MOST_WEI_DAY: Final = 10**19
_LARGEST_CAP: Final = 10**30
_SOCKET: Final = "IPX_SIGNER_SOCKET"
_DOOR_SOCKET: Final = "IPX_SIGNER_DOOR_SOCKET"


def signer_socket(values: Mapping[str, str]) -> str:
    """Where the signer listens.

    Raises:
        SettingsRefused: it is missing, no absolute path, or longer than the kernel takes.
    """
    return _socket_path(values, _SOCKET)


def signer_door_socket(values: Mapping[str, str]) -> str:
    """Where the signer listens for the front door; empty where there is no such place.

    Raises:
        SettingsRefused: it is no absolute path, or longer than the kernel takes.
    """
    return _socket_path(values, _DOOR_SOCKET) if values.get(_DOOR_SOCKET) else ""


def most_wei_transaction(values: Mapping[str, str]) -> int:
    """What one transaction may cost at the most, in wei.

    Raises:
        SettingsRefused: IPX_MOST_WEI_TRANSACTION is no whole number from 1.
    """
    return _wei(values, "IPX_MOST_WEI_TRANSACTION", MOST_WEI_TRANSACTION)


def most_wei_day(values: Mapping[str, str]) -> int:
    """What all transactions of 24 hours may cost at the most, in wei.

    Raises:
        SettingsRefused: IPX_MOST_WEI_DAY is no whole number from 1.
    """
    return _wei(values, "IPX_MOST_WEI_DAY", MOST_WEI_DAY)


def read_key(folder: Path, name: str) -> PrivateKey:
    """Read a key of this venue's own: `service`, `sender` or `anchor`.

    Raises:
        SettingsRefused: the file is not there, or holds no key.
    """
    path = folder / f"{name}.key"
    try:
        with path.open() as file:
            return PrivateKey.from_hex(file.read(LARGEST_KEY_FILE).strip())
    except (OSError, UnicodeDecodeError, SignatureRefused) as error:
        setting = "IPX_KEYS_DIR"
        raise SettingsRefused(setting, f"put the key as 64 hex digits into {name}.key there") from error


def _socket_path(values: Mapping[str, str], name: str) -> str:
    path = required(values, name)
    if not path.startswith("/") or len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise SettingsRefused(name, f"give an absolute path of at most {LONGEST_SOCKET_PATH} bytes")
    return path


def _wei(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, "") or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_LARGEST_CAP))):
        raise SettingsRefused(name, "give an amount in wei as a whole number")
    wei = int(text)
    if not 0 < wei <= _LARGEST_CAP:
        raise SettingsRefused(name, f"give an amount in wei from 1 to {_LARGEST_CAP}")
    return wei
