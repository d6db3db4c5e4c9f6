"""Ports for the processes of one data folder: the ones of last time if they are free, else whatever is."""

from __future__ import annotations

import json
import socket
from pathlib import Path


def port_is_free(port: int) -> bool:
    """Whether a TCP port of the loopback address can be bound now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ports:
    """Names and ports of one data folder, kept in `ports.json` so that addresses stay the same between starts."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ports.json"

    def port(self, name: str, usual: int | None = None) -> int:
        """The port of a process: the usual one if there is such and it is free, else its last one, else any."""
        ports = self._kept()
        known = ports.get(name)
        port = next((port for port in (usual, known) if port is not None and port_is_free(port)), None)
        if port is None:
            port = free_port()
        if port != known:
            self._file.write_text(json.dumps({**ports, name: port}, sort_keys=True))
        return port

    def _kept(self) -> dict[str, int]:
        """What stands in the file now: whoever else has chosen a port in this folder keeps it."""
        try:
            known = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return {}  # written half when the machine went down: new ports do as well
        return {str(name): int(port) for name, port in known.items()}
