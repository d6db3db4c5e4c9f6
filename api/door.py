"""What every route works with: the read tables, the callers, the sequencer, and the venue's own row.

One `Door` lives as long as the application; routes reach it through `request.app.state.door`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, TypeAlias

from fastapi import Depends, Request

from api.demand.market import Market
from api.problems import UNAVAILABLE, Problem
from exchange.rows import Venue
from ledger.figures import Figures
from ledger.signatures import Domain, exchange_domain, register_domain

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.auth import Doorkeeper
    from api.reading import Reader
    from api.settings import Settings
    from ledger.sequencer.client import SequencerClient
    from ledger.service import Signatory

FIGURES_CACHE_S = 1.0
"""Counting is dear: however many ask how the venue stands, it is counted once in so long."""
VENUE_CACHE_S = 1.0
"""The venue's row changes by journalled commands only: clock jumps, calendars, halts."""


class Door:
    """The application's parts, by name."""

    def __init__(  # noqa: PLR0913 - the parts, by name
        self,
        settings: Settings,
        reader: Reader,
        doorkeeper: Doorkeeper,
        sequencer: SequencerClient,
        *,
        signatory: Signatory | None = None,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.reader = reader
        self.doorkeeper = doorkeeper
        self.sequencer = sequencer
        self.signatory = signatory
        """The service's signature, asked of the signer; it blocks, so ask it beside the event loop."""
        self.market = Market(reader)
        self._wall_clock = wall_clock
        self._clock = clock
        self._venue: Venue | None = None
        self._venue_until = 0.0
        self._figures: Figures | None = None
        self._figures_until = 0.0

    async def venue(self) -> Venue:
        """The venue's row, at most a second old.

        Raises:
            Problem: UNAVAILABLE as long as the journal has no first entry.
        """
        now = self._clock()
        if self._venue is None or now >= self._venue_until:
            self._venue_until = now + VENUE_CACHE_S  # the others go on with the old row while one asks
            stored = await self.reader.row(Venue, "venue")
            if stored is None:
                raise Problem(UNAVAILABLE, headers={"Retry-After": "1"})
            self._venue = stored.row
        return self._venue

    async def fresh_venue(self) -> Venue:
        """The venue's row, read now."""
        self._venue = None
        return await self.venue()

    async def figures(self) -> Figures | None:
        """The venue in figures, at most a second old; None in a database that was never opened."""
        now = self._clock()
        if self._figures is None or now >= self._figures_until:
            self._figures_until = now + FIGURES_CACHE_S  # as above
            self._figures = await self.reader.figures()
        return self._figures

    async def now_ms(self) -> int:
        """The venue's time in milliseconds UTC, as this process sees it; entries are stamped by the sequencer."""
        return int(self._wall_clock() * 1000) + (await self.venue()).clock_offset_ms

    async def instruction_domain(self) -> Domain:
        """The EIP-712 domain of instructions to this venue."""
        venue = await self.venue()
        return exchange_domain(venue.chain_id, venue.anchor)

    async def deal_domain(self) -> Domain:
        """The EIP-712 domain of deals on the register."""
        venue = await self.venue()
        return register_domain(venue.chain_id, venue.register)


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


TheDoor: TypeAlias = Annotated[Door, Depends(_door)]
