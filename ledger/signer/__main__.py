"""`python -m ledger.signer`: hold the venue's keys and sign for worker and front door until stopped.

`IPX_SIGNER_SOCKET` names the worker's socket, `IPX_SIGNER_DOOR_SOCKET` the front door's (none if left out), at which
less is signed (`ledger.signer.policy.DOOR_ACTIONS`). `IPX_KEYS_DIR` names the folder with `sender.key`, `anchor.key`
and `service.key`, `IPX_CHAIN_MANIFEST` the deployment that it signs for, `IPX_MOST_WEI_TRANSACTION` what one
transaction may cost.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final, get_args

import structlog

from ledger.chain.errors import ChainFault
from ledger.chain.manifest import read_manifest
from ledger.settings import SettingsRefused, required
from ledger.signer.desk import Desk
from ledger.signer.messages import KeyName
from ledger.signer.policy import Policy, door_policy_of, policy_of
from ledger.signer.settings import most_wei_transaction, read_key, signer_door_socket, signer_socket

EXIT_REFUSED: Final = 2
_PR_SET_DUMPABLE: Final = 4
_log = structlog.get_logger()


def main() -> int:
    """Read settings, keys and policy, and serve; the exit code is 2 where it cannot start."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _keep_memory_to_itself()
    try:
        path, door_path = signer_socket(os.environ), signer_door_socket(os.environ)
        folder = Path(required(os.environ, "IPX_KEYS_DIR"))
        keys = {name: read_key(folder, name) for name in get_args(KeyName)}
        policy = _policy()
        desks = {Path(path): Desk(keys, policy)}
        if door_path:
            desks[Path(door_path)] = Desk({"service": keys["service"]}, door_policy_of(policy))
        asyncio.run(_serve(desks))
    except (SettingsRefused, ChainFault) as error:
        _log.critical("not started", code=error.code, reason=str(error))
        return EXIT_REFUSED
    return 0


def _policy() -> Policy:
    manifest = read_manifest(Path(required(os.environ, "IPX_CHAIN_MANIFEST")))
    if manifest is None:
        name = "IPX_CHAIN_MANIFEST"
        raise SettingsRefused(name, "deploy the contracts first: `ipx up` or `ipx chain deploy`")
    return policy_of(manifest, most_wei_transaction(os.environ))


async def _serve(desks: dict[Path, Desk]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    servers = [await desk.listen(path) for path, desk in desks.items()]
    _log.info("signing", pid=os.getpid())
    await stopping.wait()
    for server, path in zip(servers, desks, strict=True):
        server.close()
        await asyncio.to_thread(path.unlink, missing_ok=True)
    _log.info("stopped", code="STOPPED")


def _keep_memory_to_itself() -> None:
    """No core file, and no reading of this process's memory by others of its user (prctl(2), PR_SET_DUMPABLE)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
