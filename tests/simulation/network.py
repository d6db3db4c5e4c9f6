"""Connections between clients and the sequencer's desk inside one process: late, cut, and told nothing of it.

Both ends are the real protocols of `ledger.sequencer`; only the socket between them is simulated. As on a Unix socket
nothing on one connection overtakes or repeats; what is lost is lost with the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from ledger.sequencer.desk import Caller, Desk

SHORTEST_S = 0.0005
LONGEST_S = 0.02


class Wire(asyncio.Transport):
    """One direction's sending end. What was written arrives later, in its order, unless the connection is cut first."""

    def __init__(self, network: Network, desk: Desk | None = None) -> None:
        super().__init__()
        self.network = network
        self.desk = desk
        """Whose end this is, if it is a desk's."""
        self.peer: Wire | None = None
        self.protocol: asyncio.Protocol | None = None
        self.closed = False
        self._free_at = 0.0

    def write(self, data: Any) -> None:
        """Send bytes, to arrive later."""
        if self.closed or not data:
            return
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time() + self.network.latency())
        loop.call_at(self._free_at, self._arrive, bytes(data))

    def _arrive(self, data: bytes) -> None:
        peer = self.peer
        if self.closed or peer is None or peer.closed or peer.protocol is None:
            return
        if self.network.is_cut():
            self.abort()
            return
        peer.protocol.data_received(data)

    def close(self) -> None:
        """Close after what was written has arrived."""
        if not self.closed:
            loop = asyncio.get_running_loop()
            loop.call_at(max(self._free_at, loop.time()), self.abort)

    def abort(self) -> None:
        """Close at once: whatever is under way is lost, and both ends are told later."""
        for end in (self, self.peer):
            if end is not None and not end.closed:
                end.closed = True
                self.network.wires.pop(end, None)
                protocol = end.protocol
                if protocol is not None:
                    asyncio.get_running_loop().call_soon(protocol.connection_lost, None)

    def is_closing(self) -> bool:
        """Whether nothing goes through any more."""
        return self.closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered here."""


class Network:
    """Who can be reached, and how well."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.desk: Desk | None = None
        """Whoever listens now; None while nobody does."""
        self.wires: dict[Wire, None] = {}
        self.cut_of_a_thousand = 0
        self.cuts = 0
        self.slowness = 1.0

    def latency(self) -> float:
        """Seconds until something arrives."""
        return self.random.uniform(SHORTEST_S, LONGEST_S) * self.slowness

    def is_cut(self) -> bool:
        """Whether this message ends its connection instead of arriving."""
        if self.cut_of_a_thousand and self.random.randrange(1_000) < self.cut_of_a_thousand:
            self.cuts += 1
            return True
        return False

    def cut_off(self, desk: Desk) -> None:
        """Whoever answers behind this desk is gone: its connections break, and nothing it has written arrives."""
        for wire in list(self.wires):
            if wire.desk is desk:
                wire.abort()
        self.unlisten(desk)

    def listen(self, desk: Desk) -> None:
        """Whoever connects from now on comes to this desk, as to the newest socket of its path."""
        self.desk = desk

    def unlisten(self, desk: Desk) -> None:
        """This desk takes no more connections."""
        if self.desk is desk:
            self.desk = None

    def cut_all(self) -> int:
        """Every connection breaks; gives how many there were."""
        wires = list(self.wires)
        for wire in wires:
            wire.abort()
        return len(wires) // 2

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> tuple[Wire, asyncio.Protocol]:
        """What `loop.create_unix_connection` does.

        Raises:
            ConnectionRefusedError: nobody listens.
        """
        await asyncio.sleep(self.latency())
        desk = self.desk
        if desk is None:
            raise ConnectionRefusedError
        here, there = Wire(self), Wire(self, desk)
        here.peer, there.peer = there, here
        here.protocol, there.protocol = factory(), Caller(desk)
        self.wires[here] = self.wires[there] = None
        there.protocol.connection_made(there)
        here.protocol.connection_made(here)
        return here, here.protocol
