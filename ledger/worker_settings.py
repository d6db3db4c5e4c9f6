"""Settings of the worker, read once from the environment; docs/architecture.md lists the processes.

Needed: IPX_DATABASE_URL, IPX_REDIS_URL, IPX_CHAIN_URL, IPX_CHAIN_MANIFEST, IPX_SEQUENCER_SOCKET, IPX_KEYS_DIR (with
`service.key`, `sender.key` and `anchor.key`), IPX_DATA. Optional: IPX_BANK_URL, IPX_BANK_SIGNER, IPX_BANK_TOKEN and the
same for IPX_OFFICE_; IPX_ANCHOR_ENTRIES and IPX_ANCHOR_SECONDS (an anchor after so many, whichever is first; 1000 and
600), IPX_TICK_SECONDS (how often each work is begun; 1), IPX_REPLACE_SECONDS (a transaction that waits longer is sent
again, dearer; 30), IPX_REGISTER_COPY_HOURS (older register copies are asked for again; 24), IPX_AUDIT_SECONDS (how
often the venue audits itself; 600), IPX_WITNESSES (whom to ask for cosignatures: URL and verifier key, several
separated by commas), IPX_CHAIN_READ_URLS (further nodes, several separated by commas: the indexer takes only what a
majority of them and IPX_CHAIN_URL says alike, so that two further ones bear one liar), IPX_RECONCILE_SECONDS (how often
both sides of everything are compared; 300), IPX_METRICS_PORT (where it serves its figures on 127.0.0.1; nowhere).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ledger.counterparty import Endpoint
from ledger.log.endpoints import WitnessEndpoint
from ledger.secp256k1 import PrivateKey, SignatureRefused
from ledger.settings import SettingsRefused, metrics_port_in, required, witnesses_in

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_FILE = "environment.json"
"""In a data folder: the settings of the processes that run there, as JSON, for commands given beside them."""
LARGEST_KEY_FILE = 200
MOST_NODES = 9
"""From which the indexer reads."""
"""Bytes; a key has 64 hex digits."""
MS_PER_HOUR = 3_600_000


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker needs to know. Its repr names nothing that could hold a password."""

    database_url: str
    redis_url: str
    chain_url: str
    manifest_file: Path
    socket_path: str
    keys: Path
    data: Path
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
    chain_read_urls: tuple[str, ...] = ()
    """Further nodes that the indexer reads from."""
    metrics_port: int | None = None

    def __repr__(self) -> str:
        """Name what is harmless only."""
        return f"WorkerSettings(data={str(self.data)!r}, manifest_file={str(self.manifest_file)!r})"

    def key(self, name: str) -> PrivateKey:
        """Read a key of this venue's own: `service`, `sender` or `anchor`.

        Raises:
            SettingsRefused: the file is not there, or holds no key.
        """
        path = self.keys / f"{name}.key"
        try:
            with path.open() as file:
                return PrivateKey.from_hex(file.read(LARGEST_KEY_FILE).strip())
        except (OSError, UnicodeDecodeError, SignatureRefused) as error:
            setting = "IPX_KEYS_DIR"
            raise SettingsRefused(setting, f"put the key as 64 hex digits into {name}.key there") from error


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
        keys=Path(required(values, "IPX_KEYS_DIR")),
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
        chain_read_urls=_read_urls(values),
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
