"""Settings of the API process, read once from the environment.

`IPX_DATABASE_URL` and `IPX_SEQUENCER_SOCKET` are required. `IPX_STAFF_KEYS` names a file with the SHA-256 hashes of the
operators' and the service's API keys, `IPX_SIGNER_DOOR_SOCKET` where the signer signs uploaded files and bundles for
the front door, which holds no key.
`IPX_CUSTODY` names a file with what the venue declares of its node, its witnesses and its time stamp,
`IPX_FILING_NUMBER` is the number under which the venue is filed as a blockchain information service.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from ledger.settings import SettingsRefused, metrics_port_in, required
from ledger.signer.settings import signer_door_socket

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_FILING_NUMBER = 100
HashText = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
AddressText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{40}\Z")]


class StaffKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SHA-256 hashes of API keys: of each operator by address, and of the service."""

    operators: dict[AddressText, HashText] = {}
    service: HashText | None = None


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who runs something and how they stand to the operator and the parties, in both languages."""

    zh: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    en: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Custody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the venue declares in its bundles of node, witness and time stamp (online litigation rules, Art. 17)."""

    node: Declared
    witness: Declared
    time_stamp: Declared

    def by_name(self) -> dict[str, Declared]:
        """Each declaration by what it is of."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the API process needs to know. Repr hides the bank's token."""

    database_url: str
    sequencer_socket: str
    staff: StaffKeys = StaffKeys()
    signer_socket: str = ""
    """Of the signer, as the front door asks it; without one no file is uploaded, and nobody attests a bundle."""
    bank_url: str = ""
    bank_token: str = ""
    custody: Custody | None = None
    filing_number: str = ""
    """Of the blockchain information service 区块链信息服务备案编号; empty where none is given yet."""
    host: str = "127.0.0.1"
    port: int = 0
    pool_size: int = 8
    metrics_port: int | None = None

    def __repr__(self) -> str:
        """Name what is harmless only."""
        return f"Settings(sequencer_socket={self.sequencer_socket!r}, host={self.host!r}, port={self.port})"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        SettingsRefused: a required one is missing, or a value cannot be used.
    """
    values = os.environ if environment is None else environment
    staff = values.get("IPX_STAFF_KEYS")
    return Settings(
        database_url=required(values, "IPX_DATABASE_URL"),
        sequencer_socket=required(values, "IPX_SEQUENCER_SOCKET"),
        staff=read_staff_keys(Path(staff)) if staff else StaffKeys(),
        signer_socket=signer_door_socket(values),
        bank_url=values.get("IPX_BANK_URL", ""),
        bank_token=values.get("IPX_BANK_TOKEN", ""),
        custody=read_custody(values.get("IPX_CUSTODY", "")),
        filing_number=_filing_number(values.get("IPX_FILING_NUMBER", "")),
        host=values.get("IPX_API_HOST", "127.0.0.1"),
        port=_port(values.get("IPX_API_PORT", "0")),
        metrics_port=metrics_port_in(values),
    )


def read_staff_keys(path: Path) -> StaffKeys:
    """Read the staff's keys; nobody of the staff can call if it is not there.

    Raises:
        SettingsRefused: the file is no such object.
    """
    if not path.exists():
        return StaffKeys()
    try:
        return msgspec.json.decode(path.read_bytes(), type=StaffKeys)
    except msgspec.MsgspecError as error:
        cure = f"write {{operators: {{address: sha256 hex}}, service: sha256 hex}} there ({error})"
        raise SettingsRefused(path.name, cure) from error


def read_custody(path: str) -> Custody | None:
    """Read the venue's declaration; None where no file is named.

    Raises:
        SettingsRefused: the file is not there, or is no such object.
    """
    if not path:
        return None
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=Custody)
    except (OSError, msgspec.MsgspecError) as error:
        name = "IPX_CUSTODY"
        cure = f"write {{node, witness, time_stamp}}, each {{zh, en}}, there ({error})"
        raise SettingsRefused(name, cure) from error


def _filing_number(text: str) -> str:
    if len(text) > LONGEST_FILING_NUMBER or not text.isprintable():
        name = "IPX_FILING_NUMBER"
        raise SettingsRefused(
            name, f"give the number on one line of {LONGEST_FILING_NUMBER} characters at most"
        )
    return text.strip()


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:  # noqa: PLR2004 - the largest TCP port
        name = "IPX_API_PORT"
        raise SettingsRefused(name, "give a TCP port, or 0 for a free one")
    return int(text)
