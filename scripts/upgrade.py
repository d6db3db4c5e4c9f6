"""`ipx upgrade`: brings a stopped venue's tables and journal to this program's versions, and says what it does."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import psycopg
import structlog
import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from api.cli.connection import show_one
from ledger.receipt_key import ReceiptKey, ReceiptKeyRefused
from ledger.sequencer.clock import ClockJumped, WatchedClock
from ledger.sequencer.extends import require_anchored, require_sealed
from ledger.sequencer.genesis import GenesisRefused
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.takeover import FencedOut
from ledger.settings import SequencerSettings
from ledger.store.connections import DatabaseUrlRefused
from ledger.store.loading import StoreCorrupt
from ledger.upgrading import Plan, Upgraded, UpgradeRefused, plan, upgrade
from scripts.stack.child import StartRefused
from scripts.stack.servers import Servers
from scripts.up import DATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.sequencer.postgres import Connection
    from ledger.sequencer.session import Session

REFUSED = 1
BACKUP_HINT = (
    "An activated version is never taken back. Back up first: `ipx backup --to FOLDER --data DATA` while the venue "
    "runs; then stop it and come back. 已启用的版本不可撤回，请先备份。"
)
_REFUSALS = (
    UpgradeRefused,
    StartRefused,
    StoreCorrupt,
    SessionLost,
    ClockJumped,
    GenesisRefused,
    ReceiptKeyRefused,
    FencedOut,
    DatabaseUrlRefused,
    OSError,
)
_UNREACHABLE = (psycopg.Error, SQLAlchemyError)


def upgrade_command(
    data: Annotated[Path, typer.Option(file_okay=False, help="The data folder of the stopped venue.")] = DATA,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="A backup is made: do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring a stopped venue to this program's tables, schema, engine and rulebook; it never happens by itself."""
    console = Console(stderr=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    servers = Servers(data)

    def tell(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    try:
        addresses = servers.start()  # refuses while a venue runs in this folder
        lacking = asyncio.run(plan(addresses.database_url))
        if lacking.is_empty:
            tell(f"nothing to do: {_in_force(lacking)} / 已是最新版本")
            done = Upgraded(
                migrations=(),
                versions=lacking.versions,
                entries=0,
                hash_before="",
                hash_after="",
                rows_changed=0,
            )
        else:
            for line in _intended(lacking):
                tell(line)
            if not yes and not typer.confirm("Is a backup made, and shall this be done?", err=True):
                raise typer.Exit(REFUSED)
            done = asyncio.run(_upgrade(data.resolve(), addresses.database_url, addresses.chain_url, tell))
    except _REFUSALS as error:
        tell(str(error))
        raise typer.Exit(REFUSED) from error
    except _UNREACHABLE as error:
        tell(f"DATABASE-UNAVAILABLE: {type(error).__name__}")
        raise typer.Exit(REFUSED) from error
    finally:
        servers.stop()
    if as_json:
        typer.echo(msgspec.json.encode(done))
    elif not lacking.is_empty:
        show_one(msgspec.to_builtins(done), as_json=False, title="upgraded / 已升级")


async def _upgrade(data: Path, database_url: str, chain_url: str, tell: Callable[[str], None]) -> Upgraded:
    keys = Path(os.environ.get("IPX_KEYS_DIR") or data / "keys")
    manifest = data / "chain.json"
    settings = SequencerSettings(
        database_url=database_url,
        socket_path=data / "none",
        receipt_key_file=keys / "receipt.key",
        chain_url=chain_url,
        manifest_file=manifest if manifest.exists() else None,
        data=data,
    )
    if not settings.receipt_key_file.exists():  # to make one would be to make another venue's
        where = settings.receipt_key_file
        message = f"{where} is missing. Put the venue's keys there, or name their folder in IPX_KEYS_DIR."
        raise StartRefused(message)
    key = ReceiptKey.from_file(settings.receipt_key_file)

    async def before_writing(connection: Connection, session: Session) -> None:
        """As the sequencer itself: a journal that is behind what was seen of it outside is gone on with by nobody."""
        await require_sealed(connection, session.next_entry, settings, key.public_key)
        if settings.manifest_file is not None:
            await require_anchored(connection, lambda: session.next_entry, settings)

    return await upgrade(database_url, key, WatchedClock(), report=tell, before_writing=before_writing)


def _intended(lacking: Plan) -> list[str]:
    lines = [BACKUP_HINT]
    if lacking.migrations:
        lines.append(f"{len(lacking.migrations)} migrations of the tables: {'; '.join(lacking.migrations)}")
    if lacking.versions not in {None, lacking.newest}:
        lines.append(f"{_in_force(lacking)}; to be activated: {_words(lacking.newest)}")
    return lines


def _in_force(lacking: Plan) -> str:
    return "no journal yet" if lacking.versions is None else f"in force: {_words(lacking.versions)}"


def _words(versions: tuple[int, int, int]) -> str:
    schema, engine, rulebook = versions
    return f"schema {schema}, engine {engine}, rulebook {rulebook}"
