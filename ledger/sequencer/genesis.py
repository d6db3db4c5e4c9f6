"""The first entries of a journal: the venue opens as its deployment wrote it down, and the first versions begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.commands import ActivateVersion, AnyCommand, OpenVenue
from exchange.engine import ENGINE_VERSION, RULEBOOK_VERSION, SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 64 * 1024
_CURES = {
    "GENESIS-MISSING": "the journal is empty: name the deployment's genesis file in IPX_GENESIS",
    "GENESIS-MALFORMED": "write the genesis file as the JSON of an open_venue command",
    "GENESIS-RECEIPT-KEY": "start with the receipt key that the venue was opened with, or open another venue",
}


class GenesisRefused(Exception):
    """The venue cannot be opened, or is not the one that this key belongs to. `code` is stable."""

    def __init__(self, code: str, found: str = "") -> None:
        self.code = code
        self.cure = _CURES[code]
        super().__init__(f"{code}: {self.cure}" + (f" ({found})" if found else ""))


def read_genesis(path: Path) -> OpenVenue:
    """Read the command that opens the venue. An empty `receipt_key` means that of the sequencer that opens it.

    Raises:
        GenesisRefused: GENESIS-MISSING, GENESIS-MALFORMED.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        code = "GENESIS-MISSING"
        raise GenesisRefused(code, path.name) from error
    code = "GENESIS-MALFORMED"
    if len(data) > LARGEST_FILE:
        raise GenesisRefused(code, f"{len(data)} bytes")
    try:
        return msgspec.json.decode(data, type=OpenVenue)
    except msgspec.DecodeError as error:
        raise GenesisRefused(code, str(error)) from error


def opening_commands(genesis: OpenVenue, receipt_key: str) -> tuple[AnyCommand, ...]:
    """The journal's first commands. `receipt_key` is the sequencer's public key (64 hex digits).

    Raises:
        GenesisRefused: GENESIS-RECEIPT-KEY if the file names another key.
    """
    if genesis.receipt_key not in {"", receipt_key}:
        code = "GENESIS-RECEIPT-KEY"
        raise GenesisRefused(code)
    opened = msgspec.structs.replace(genesis, receipt_key=receipt_key)
    versions = ActivateVersion(schema=SCHEMA_VERSION, engine=ENGINE_VERSION, rulebook=RULEBOOK_VERSION)
    return (opened, versions)
