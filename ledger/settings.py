"""Settings of the ledger's processes, read once from the environment.

`IPX_DATABASE_URL`, `IPX_SEQUENCER_SOCKET` and `IPX_KEYS_DIR` are required by the sequencer. `IPX_GENESIS` names
the genesis file, needed as long as the journal is empty. `IPX_SEQUENCER_STANDBY=1` lets a sequencer wait until it may
write. Where `IPX_CHAIN_URL` and `IPX_CHAIN_MANIFEST` are set, the journal must extend what is anchored there; in
`IPX_DATA` the last seal is kept, which it must extend as well, and what the witnesses of `IPX_WITNESSES` have cosigned.
`IPX_METRICS_PORT`, set for each process by itself, lets it serve its figures on that port of 127.0.0.1.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ledger.log.endpoints import MOST_WITNESSES, WitnessEndpoint
from ledger.log.notes import COSIGNATURE, NoteRefused, Verifier

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITNESSES = "IPX_WITNESSES"
LARGEST_PORT = 65_535
LONGEST_SOCKET_PATH = 100
"""Linux takes 107 bytes; a temporary name beside it needs some of them."""


class SettingsRefused(ValueError):
    """A setting is missing or has no usable value; the message names it and what to set."""

    def __init__(self, name: str, cure: str) -> None:
        self.code = "SETTING-REFUSED"
        self.name = name
        self.cure = cure
        super().__init__(f"{self.code}: {name}: {cure}")


class SequencerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the sequencer needs to know. Repr hides the database URL, which may hold a password."""

    database_url: str
    socket_path: Path
    receipt_key_file: Path
    genesis_file: Path | None = None
    standby: bool = False
    chain_url: str = ""
    manifest_file: Path | None = None
    data: Path | None = None
    witnesses: tuple[WitnessEndpoint, ...] = ()
    metrics_port: int | None = None

    def __repr__(self) -> str:
        """Name what is harmless only."""
        return f"SequencerSettings(socket_path={str(self.socket_path)!r}, standby={self.standby})"


def sequencer_settings(environment: Mapping[str, str] | None = None) -> SequencerSettings:
    """Read the sequencer's settings.

    Raises:
        SettingsRefused: a required one is missing, or a value cannot be used.
    """
    values = os.environ if environment is None else environment
    socket_path = Path(required(values, "IPX_SEQUENCER_SOCKET"))
    if not socket_path.is_absolute() or len(os.fsencode(socket_path)) > LONGEST_SOCKET_PATH:
        name = "IPX_SEQUENCER_SOCKET"
        raise SettingsRefused(name, f"give an absolute path of at most {LONGEST_SOCKET_PATH} bytes")
    genesis = values.get("IPX_GENESIS", "")
    return SequencerSettings(
        database_url=required(values, "IPX_DATABASE_URL"),
        socket_path=socket_path,
        receipt_key_file=Path(required(values, "IPX_KEYS_DIR")) / "receipt.key",
        genesis_file=Path(genesis) if genesis else None,
        standby=flag(values, "IPX_SEQUENCER_STANDBY"),
        chain_url=values.get("IPX_CHAIN_URL", ""),
        manifest_file=_path(values, "IPX_CHAIN_MANIFEST"),
        data=_path(values, "IPX_DATA"),
        witnesses=witnesses_in(values.get("IPX_WITNESSES", "")),
        metrics_port=metrics_port_in(values),
    )


def metrics_port_in(values: Mapping[str, str]) -> int | None:
    """The port of the loopback address on which this process serves its figures; None: it serves none.

    Raises:
        SettingsRefused: IPX_METRICS_PORT.
    """
    text = values.get("IPX_METRICS_PORT", "")
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) <= LARGEST_PORT:
        name = "IPX_METRICS_PORT"
        raise SettingsRefused(name, "give a TCP port that no other process has, or leave it out")
    return int(text)


def _path(values: Mapping[str, str], name: str) -> Path | None:
    text = values.get(name, "")
    return Path(text) if text else None


def required(values: Mapping[str, str], name: str) -> str:
    """A setting that must be there.

    Raises:
        SettingsRefused: it is missing or empty.
    """
    value = values.get(name, "")
    if not value:
        raise SettingsRefused(name, "set it; `ipx up` sets it for the processes that it starts")
    return value


def flag(values: Mapping[str, str], name: str) -> bool:
    """A setting that is on (1) or off (0, or missing).

    Raises:
        SettingsRefused: it is anything else.
    """
    value = values.get(name, "0")
    if value not in {"0", "1"}:
        raise SettingsRefused(name, "set it to 1 or 0")
    return value == "1"


def witnesses_in(text: str) -> tuple[WitnessEndpoint, ...]:
    """Read the setting: `URL VKEY`, several separated by commas; none where it is empty.

    Raises:
        SettingsRefused: IPX_WITNESSES.
    """
    found = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        url, _, vkey = each.partition(" ")
        try:
            verifier = Verifier.from_text(vkey.strip())
        except NoteRefused as error:
            raise SettingsRefused(_WITNESSES, error.cure) from error
        if verifier.kind != COSIGNATURE or not url.startswith(("http://", "https://")):
            raise SettingsRefused(_WITNESSES, "give each witness as its URL, a space, and its verifier key")
        found.append(WitnessEndpoint(url.rstrip("/"), verifier))
    if len(found) > MOST_WITNESSES or len({each.verifier.name for each in found}) < len(found):
        raise SettingsRefused(_WITNESSES, f"name at most {MOST_WITNESSES} witnesses, each once")
    return tuple(found)
