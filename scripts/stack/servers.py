"""The servers that the exchange stands on: embedded in one data folder, or real ones named in the environment.

IPX_DATABASE_URL, IPX_REDIS_URL and IPX_CHAIN_URL each switch the embedded server off and use the one they name.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from scripts.stack.chain import Chain
from scripts.stack.child import Child, StartRefused
from scripts.stack.ports import Ports
from scripts.stack.postgres import Postgres
from scripts.stack.redis_server import RedisServer


@dataclass(frozen=True)
class Addresses:
    """Where the servers are."""

    database_url: str
    redis_url: str
    chain_url: str

    def environment(self) -> dict[str, str]:
        """As the processes of the exchange read them."""
        return {
            "IPX_DATABASE_URL": self.database_url,
            "IPX_REDIS_URL": self.redis_url,
            "IPX_CHAIN_URL": self.chain_url,
        }


class Server(Protocol):
    """What starts and stops."""

    @property
    def child(self) -> Child:
        """Its process."""

    def start(self) -> None:
        """Start, or raise StartRefused."""

    def stop(self) -> None:
        """Stop."""


LOOPBACK = "127.0.0.1,localhost"
LONGEST_SOCKET_FOLDER = 80
"""Of sun_path's 108 bytes, less the longest name of a socket in it."""


def socket_folder(folder: Path) -> Path:
    """A folder for Unix sockets whose path is short enough for the kernel."""
    inside = folder / "sockets"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"ipx-{name}"


def make_socket_folder(path: Path) -> None:
    """Make the folder, or take the one that is there if it is ours: in /tmp anybody could have made one of this name.

    Raises:
        StartRefused: it belongs to somebody else, or is a link.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        message = f"{path} belongs to somebody else. Remove it, or choose another folder with --data."
        raise StartRefused(message)
    path.chmod(0o700)


def keep_loopback_from_proxies() -> None:
    """A proxy that the environment names is for the outside: what we start is reached without it."""
    for name in ("NO_PROXY", "no_proxy"):
        kept = os.environ.get(name, "")
        if LOOPBACK not in kept:
            os.environ[name] = f"{kept},{LOOPBACK}" if kept else LOOPBACK


class Servers:
    """The embedded servers of one data folder. One process at a time may have a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        slots_in_an_epoch: int = 1,
        durable: bool = True,
        named: Mapping[str, str] = os.environ,
    ) -> None:
        """`named`: where servers may be named that take the place of embedded ones.

        durable: whether what is committed survives the machine, and the chain its process. Data of which each run makes
        its own needs neither.
        """
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.sockets = socket_folder(self.folder)
        self._slots_in_an_epoch = slots_in_an_epoch
        self._durable = durable
        self._named = named
        self._running: list[Server] = []
        self._lock: IO[str] | None = None

    def start(self) -> Addresses:
        """Start what is not named in the environment.

        Raises:
            StartRefused: the folder is in use, or a server did not come up; nothing is left running.
        """
        self.take_folder()
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> Addresses:
        database_url = self._named.get("IPX_DATABASE_URL", "")
        redis_url = self._named.get("IPX_REDIS_URL", "")
        chain_url = self._named.get("IPX_CHAIN_URL", "")
        make_socket_folder(self.sockets)
        keep_loopback_from_proxies()
        postgres = Postgres(self.folder, self.sockets, self.logs, None if self._durable else {"fsync": "off"})
        if not database_url:
            self._run(postgres)
            database_url = postgres.url
        if not redis_url:
            redis_server = RedisServer(self.sockets, self.folder, self.logs)
            self._run(redis_server)
            redis_url = redis_server.url
        if not chain_url:
            port = Ports(self.folder).port("chain")
            chain = Chain(
                self.folder,
                self.logs,
                port,
                slots_in_an_epoch=self._slots_in_an_epoch,
                keeps_state=self._durable,
            )
            self._run(chain)
            chain_url = chain.url
        return Addresses(database_url, redis_url, chain_url)

    @property
    def has_own_chain(self) -> bool:
        """Whether the chain is the embedded one, and runs."""
        return any(isinstance(server, Chain) for server in self._running)

    def fallen(self) -> Server | None:
        """A server of ours that has ended by itself; `start` it to have it back."""
        return next((server for server in self._running if server.child.exit_code is not None), None)

    def stop(self) -> None:
        """Stop everything, last started first, and give the folder back."""
        while self._running:
            self._running.pop().stop()
        if not self.sockets.is_relative_to(self.folder):
            shutil.rmtree(self.sockets, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def stop_all_but_chain(self) -> None:
        """Stop what keeps the venue's own word; the chain goes on for whoever audits."""
        kept: list[Server] = [server for server in self._running if isinstance(server, Chain)]
        for server in reversed([server for server in self._running if server not in kept]):
            server.stop()
        self._running = kept

    def _run(self, server: Server) -> None:
        self._running.append(server)
        server.start()

    def take_folder(self) -> None:
        """Take the folder for this process, until `stop`.

        Raises:
            StartRefused: another exchange uses it.
        """
        if self._lock is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            cure = "Stop that one, or choose another folder with --data."
            message = f"{self.folder} is in use by another exchange. {cure}"
            raise StartRefused(message) from error
        self._lock = lock
