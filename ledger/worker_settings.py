"""Settings of the worker, read once from the environment; docs/architecture.md lists the processes.

Needed: IPX_DATABASE_URL, IPX_REDIS_URL, IPX_CHAIN_URL, IPX_CHAIN_MANIFEST, IPX_SEQUENCER_SOCKET, IPX_DATA, and
IPX_SIGNER_SOCKET (the signer that holds the keys) or IPX_KEYS_DIR (with `service.key`, `sender.key` and `anchor.key`,
which this process then holds itself). Optional: IPX_BANK_URL, IPX_BANK_SIGNER, IPX_BANK_TOKEN and the
same for IPX_OFFICE_; IPX_ANCHOR_ENTRIES and IPX_ANCHOR_SECONDS (an anchor after so many, whichever is first; 1000 and
600), IPX_TICK_SECONDS (how often each work is begun; 1), IPX_REPLACE_SECONDS (a transaction that waits longer is sent
again, dearer; 30), IPX_REGISTER_COPY_HOURS (older register copies are asked for again; 24), IPX_AUDIT_SECONDS (how
often the venue audits itself; 600), IPX_WITNESSES (whom to ask for cosignatures: URL and verifier key, several
separated by commas), IPX_TIMESTAMP (the time-stamping authority: its URL, a space, and the file of its certificate),
IPX_CHAIN_READ_URLS (further nodes, several separated by commas: the indexer takes only what a
majority of them and IPX_CHAIN_URL says alike, so that two further ones bear one liar), IPX_MOST_WEI_TRANSACTION and
IPX_MOST_WEI_DAY (what one transaction, and all of 24 hours, may cost in wei; 10^18 and 10^19), IPX_STUCK_SECONDS (a
record that stays so long in one state raises an alarm; 600), IPX_RECONCILE_SECONDS (how often both sides of everything
are compared; 300), IPX_METRICS_PORT (where it serves its figures on 127.0.0.1; nowhere).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ledger.counterparty import Endpoint
from ledger.log.endpoints import TimestampEndpoint, WitnessEndpoint
from ledger.secp256k1 import PrivateKey
from ledger.settings import SettingsRefused, metrics_port_in, required, witnesses_in
from ledger.signer.settings import (
    MOST_WEI_DAY,
    MOST_WEI_TRANSACTION,
    most_wei_day,
    most_wei_transaction,
    read_key,
    signer_socket,
)
from ledger.timestamp.verifying import LONGEST_CERTIFICATES, TokenRefused, read_certificates

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_FILE = "environment.json"
"""In a data folder: the settings of the processes that run there, as JSON, for commands given beside them."""
MOST_NODES = 9
"""From which the indexer reads."""
NO_KEYS = Path(os.devnull)
"""No folder: no key is ever found in it."""
MS_PER_HOUR = 3_600_000


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker needs to know. Its repr names nothing that could hold a password."""

    database_url: str
    redis_url: str
    chain_url: str
    manifest_file: Path
    socket_path: str
    keys: Path
    """The folder of keys; `NO_KEYS` where the signer alone has them."""
    data: Path
    signer_socket: str = ""
    """Where the signer listens; empty where this process signs with the keys itself."""
    bank: Endpoint | None = None
    office: Endpoint | None = None
    anchor_entries: int = 1_000
    anchor_interval_ms: int = 600_000
    tick_s: float = 1.0
    replace_after_ms: int = 30_000
    register_copy_age_ms: int = 24 * MS_PER_HOUR
    audit_interval_ms: int = 600_000
    reconcile_interval_ms: int = 300_000
    witnesses: tuple[WitnessEndpoint, ...] = ()
    timestamp: TimestampEndpoint | None = None
    chain_read_urls: tuple[str, ...] = ()
    """Further nodes that the indexer reads from."""
    most_wei_transaction: int = MOST_WEI_TRANSACTION
    most_wei_day: int = MOST_WEI_DAY
    stuck_after_ms: int = 600_000
    metrics_port: int | None = None

    def __repr__(self) -> str:
        """Name what is harmless only."""
        return f"WorkerSettings(data={str(self.data)!r}, manifest_file={str(self.manifest_file)!r})"

    def key(self, name: str) -> PrivateKey:
        """Read a key of this venue's own: `service`, `sender` or `anchor`.

        Raises:
            SettingsRefused: the file is not there, or holds no key.
        """
        return read_key(self.keys, name)


def worker_settings(environment: Mapping[str, str] | None = None) -> WorkerSettings:
    """Read the worker's settings.

    Raises:
        SettingsRefused: a required one is missing, or a value cannot be used.
    """
    values = os.environ if environment is None else environment
    return WorkerSettings(
        database_url=required(values, "IPX_DATABASE_URL"),
        redis_url=required(values, "IPX_REDIS_URL"),
        chain_url=required(values, "IPX_CHAIN_URL"),
        manifest_file=Path(required(values, "IPX_CHAIN_MANIFEST")),
        socket_path=required(values, "IPX_SEQUENCER_SOCKET"),
        keys=_keys(values),
        signer_socket=signer_socket(values) if values.get("IPX_SIGNER_SOCKET") else "",
        data=Path(required(values, "IPX_DATA")),
        bank=_endpoint(values, "BANK"),
        office=_endpoint(values, "OFFICE"),
        anchor_entries=int(_number(values, "IPX_ANCHOR_ENTRIES", 1_000, 1, 1_000_000)),
        anchor_interval_ms=int(1000 * _number(values, "IPX_ANCHOR_SECONDS", 600, 0.1, 86_400)),
        tick_s=_number(values, "IPX_TICK_SECONDS", 1, 0.1, 3_600),
        replace_after_ms=int(1000 * _number(values, "IPX_REPLACE_SECONDS", 30, 1, 86_400)),
        register_copy_age_ms=int(
            MS_PER_HOUR * _number(values, "IPX_REGISTER_COPY_HOURS", 24, 0.01, 24 * 366)
        ),
        audit_interval_ms=int(1000 * _number(values, "IPX_AUDIT_SECONDS", 600, 1, 86_400)),
        reconcile_interval_ms=int(1000 * _number(values, "IPX_RECONCILE_SECONDS", 300, 1, 86_400)),
        witnesses=witnesses_in(values.get("IPX_WITNESSES", "")),
        timestamp=timestamp_in(values.get("IPX_TIMESTAMP", "")),
        chain_read_urls=_read_urls(values),
        most_wei_transaction=most_wei_transaction(values),
        most_wei_day=most_wei_day(values),
        stuck_after_ms=int(1000 * _number(values, "IPX_STUCK_SECONDS", 600, 1, 86_400)),
        metrics_port=metrics_port_in(values),
    )


def settings_beside(data: Path | None) -> WorkerSettings:
    """Settings for a command given beside running processes: the environment, then the data folder's own file.

    Raises:
        SettingsRefused: as `worker_settings`; the file cannot be read.
    """
    values = dict(os.environ)
    folder = data or (Path(values["IPX_DATA"]) if values.get("IPX_DATA") else None)
    if folder is not None:
        try:
            kept = msgspec.json.decode((folder / ENVIRONMENT_FILE).read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            kept = {}
        except (OSError, msgspec.DecodeError) as error:
            name = "IPX_DATA"
            raise SettingsRefused(name, f"make {ENVIRONMENT_FILE} there readable, or remove it") from error
        values = {**kept, **{name: value for name, value in values.items() if value}}
        if data is not None:
            values |= kept
    return worker_settings(values)


def timestamp_in(text: str) -> TimestampEndpoint | None:
    """Read the setting: `URL FILE`, the file holding the certificate in PEM; None where it is empty.

    Raises:
        SettingsRefused: IPX_TIMESTAMP.
    """
    if not text.strip():
        return None
    name = "IPX_TIMESTAMP"
    url, _, path = text.strip().partition(" ")
    if not url.startswith(("http://", "https://")) or not path.strip():
        raise SettingsRefused(name, "give the authority as its URL, a space, and the file of its certificate")
    try:
        with Path(path.strip()).open("rb") as file:
            certificates = file.read(LONGEST_CERTIFICATES + 1)
        read_certificates(certificates)
    except OSError as error:
        raise SettingsRefused(name, f"make {path.strip()} readable") from error
    except TokenRefused as refused:
        raise SettingsRefused(name, refused.cure) from refused
    return TimestampEndpoint(url, certificates)


def _keys(values: Mapping[str, str]) -> Path:
    """The folder of keys, which a worker with a signer needs not."""
    if values.get("IPX_SIGNER_SOCKET") and not values.get("IPX_KEYS_DIR"):
        return NO_KEYS
    return Path(required(values, "IPX_KEYS_DIR"))


def _endpoint(values: Mapping[str, str], name: str) -> Endpoint | None:
    url = values.get(f"IPX_{name}_URL", "")
    if not url:
        return None
    try:
        return Endpoint(
            url=url,
            token=required(values, f"IPX_{name}_TOKEN"),
            signer=required(values, f"IPX_{name}_SIGNER"),
        )
    except SettingsRefused:
        raise
    except ValueError as error:
        setting = f"IPX_{name}_URL"
        raise SettingsRefused(setting, str(error)) from error


def _read_urls(values: Mapping[str, str]) -> tuple[str, ...]:
    name = "IPX_CHAIN_READ_URLS"
    found = tuple(filter(None, (part.strip() for part in values.get(name, "").split(","))))
    if not all(url.startswith(("http://", "https://")) for url in found):
        raise SettingsRefused(name, "give each node as its HTTP URL, several separated by commas")
    nodes = {url.rstrip("/") for url in (values["IPX_CHAIN_URL"], *found)}
    if len(nodes) <= len(found) or len(nodes) > MOST_NODES:
        raise SettingsRefused(name, f"name at most {MOST_NODES - 1} nodes beside IPX_CHAIN_URL, each once")
    return found


def _number(values: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = values.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise SettingsRefused(name, f"give a number from {least} to {most}")
    return value
