"""Before anything is written: does the journal extend what was last seen of it outside the database?

Held against the last checkpoint on the chain, and against the last seal in a local file for starts without a chain. A
database that was restored from an older backup would otherwise give the numbers of acknowledged entries away again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import structlog

from ledger.merkle import Frontier
from ledger.receipts import ReceiptRefused, SignedSeal, verify_seal
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from psycopg import AsyncConnection

    from ledger.settings import SequencerSettings

    Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]

SEAL_FILE: Final = "last-seal.json"
ANSWER_TIMEOUT_S: Final = 30.0
"""How long the chain may take to say what is anchored, the start of the asking process included."""
_LEAVES_AT_ONCE: Final = 10_000
_log = structlog.get_logger()


class _Seen(msgspec.Struct, frozen=True):
    """Size and root (hex, perhaps behind 0x) of the journal, as somebody outside has seen it."""

    size: int
    root: str


async def require_sealed(
    connection: Connection, entries: int, settings: SequencerSettings, public_key: bytes
) -> None:
    """Check that the journal of `entries` entries holds all that the seal file has seen of it.

    Raises:
        StoreCorrupt: JOURNAL-BEHIND-ANCHOR, naming the entries that are gone or differ.
        psycopg.Error: the database does not answer.
    """
    seen = _sealed(settings, public_key)
    if seen is not None:
        await _require_extending(connection, entries, SEAL_FILE, seen)


async def require_anchored(
    connection: Connection, entries: Callable[[], int], settings: SequencerSettings
) -> bool:
    """Check that the journal holds all that is anchored; whether the chain has answered.

    entries: how many the journal has when the answer has come. A chain that does not answer is an alarm.

    Raises:
        StoreCorrupt: JOURNAL-BEHIND-ANCHOR, naming the entries that are gone or differ.
        psycopg.Error: the database does not answer.
    """
    seen = await _anchored(settings)
    if seen is None:
        return False
    await _require_extending(connection, entries(), "the chain", seen)
    return True


async def _require_extending(connection: Connection, entries: int, where: str, seen: _Seen) -> None:
    if seen.size == 0:
        return
    code = "JOURNAL-BEHIND-ANCHOR"
    if seen.size > entries:
        raise StoreCorrupt(code, f"entries {entries} to {seen.size - 1}, seen by {where}, are gone")
    if (await _root_at(connection, seen.size)).hex() != seen.root.removeprefix("0x"):
        raise StoreCorrupt(code, f"entries up to {seen.size - 1} are not those seen by {where}")


def keep_seal(folder: Path, seal: SignedSeal) -> None:
    """Write the last seal down, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    path = folder / SEAL_FILE
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(seal))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


async def _anchored(settings: SequencerSettings) -> _Seen | None:
    """What the chain has; None where it does not answer, which is an alarm and no more."""
    environment = os.environ | {
        "IPX_CHAIN_URL": settings.chain_url,
        "IPX_CHAIN_MANIFEST": str(settings.manifest_file),
    }
    pipe = asyncio.subprocess.PIPE
    asking = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ledger.chain.anchored", env=environment, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            answer, fault = await asking.communicate()
        return msgspec.json.decode(answer, type=_Seen)
    except (TimeoutError, msgspec.DecodeError) as error:
        said = type(error).__name__ if isinstance(error, TimeoutError) else fault.decode(errors="replace")
        _log.critical("alarm", code="ANCHOR-NOT-CHECKED", reason=said[-500:])
        return None
    finally:
        if asking.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                asking.kill()
            await asking.wait()


def _sealed(settings: SequencerSettings, public_key: bytes) -> _Seen | None:
    if settings.data is None:
        return None
    try:
        signed = msgspec.json.decode((settings.data / SEAL_FILE).read_bytes(), type=SignedSeal)
        verify_seal(signed, public_key)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, ReceiptRefused) as error:
        _log.critical("alarm", code="SEAL-NOT-CHECKED", reason=str(error)[:500])
        return None
    return _Seen(signed.seal.tree_size, signed.seal.tree_root)


async def _root_at(connection: Connection, size: int) -> bytes:
    cursor = await connection.execute("SELECT tree_root FROM batches WHERE tree_size = %s", (size,))
    row = await cursor.fetchone()
    if row is not None:
        return bytes(row[0])
    frontier = Frontier()
    while frontier.size < size:
        cursor = await connection.execute(
            "SELECT leaf FROM journal WHERE entry >= %s AND entry < %s ORDER BY entry",
            (frontier.size, min(frontier.size + _LEAVES_AT_ONCE, size)),
        )
        leaves = [bytes(row[0]) for row in await cursor.fetchall()]
        if not leaves:
            break
        await asyncio.to_thread(frontier.extend, leaves)
    return frontier.root()
