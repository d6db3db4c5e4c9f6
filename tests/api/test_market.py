"""What is kept in memory for matching is what the tables say: read at once, or followed entry by entry."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from api.demand import reading
from api.demand.market import Market
from api.demand.reading import FOLLOWED_TYPES
from api.reading import Reader, engine_for
from exchange import commands as c
from exchange.demand.facts import MATCHED_LISTINGS, offered_by, wanted_by
from exchange.demand.matching import Offered, Wanted
from exchange.turn import Outcome
from ledger.journal import type_of
from tests.api.running_venue import RunningVenue
from tests.api.test_needs import own_group, posted
from tests.exchange.random_day import RandomDay
from tests.exchange.random_floor import RandomFloor
from tests.exchange.scene import Scene

Docs = dict[str, Offered | Wanted]


class Followed(Scene):
    """A scene that knows which rows an entry must have named for whoever follows the journal."""

    def __init__(self, *arguments: Any, **fields: Any) -> None:
        self.unnamed: list[tuple[str, str]] = []
        self.changes = 0
        self.states: set[str] = set()
        super().__init__(*arguments, **fields)

    def docs(self) -> Docs:
        state = self.engine.state
        made: Docs = {
            row.id: offered_by(row, [state.rights[each] for each in row.right_ids], [])
            for row in state.listings.values()
            if row.state in MATCHED_LISTINGS
        }
        return made | {row.id: wanted_by(row, "", "") for row in state.needs.values() if row.state == "OPEN"}

    def _apply(self, request: c.Request) -> Outcome:
        before = self.docs()
        outcome = super()._apply(request)
        after = self.docs()
        changed = {each for each in before.keys() | after.keys() if before.get(each) != after.get(each)}
        named = {
            str(getattr(event, name, ""))
            for event in outcome.events
            for name in ("listing_id", "need_id", "right_id")
        }
        named |= {row.id for row in self.engine.state.listings.values() if named.intersection(row.right_ids)}
        kind = type_of(request.command)
        self.changes += len(changed)
        self.states |= {row.state for row in self.engine.state.listings.values()}
        self.unnamed += [(kind, each) for each in changed if each not in named or kind not in FOLLOWED_TYPES]
        return outcome


class FollowedDay(RandomDay, Followed):
    """A random day of the Mainland's modes."""


class FollowedFloor(RandomFloor, Followed):
    """A random day of continuous trading."""


def test_every_entry_that_changes_what_is_matched_names_it_and_is_followed() -> None:
    days: list[Any] = [FollowedDay(seed) for seed in range(8)]
    days += [FollowedFloor(seed) for seed in range(2)]
    for day in days:
        for _ in range(500):
            day.step()
    assert [day.unnamed for day in days] == [[]] * len(days)
    assert sum(day.changes for day in days) > 150
    assert "TRADING" in days[-1].states


def in_memory(market: Market) -> tuple[Docs, Docs]:
    listings, needs = (
        {each.id: each for each in index._slots if each is not None}
        for index in (market.listings, market.needs)
    )
    return dict(listings), dict(needs)


async def refreshed(venue: RunningVenue, *, after: int | None = None) -> tuple[Docs, Docs]:
    """What a process finds that starts now; from an earlier entry on, all that it can do is follow."""
    reader = Reader(engine_for(venue.database_url, 2))
    try:
        market = Market(reader)
        if after is not None:
            market._last_entry = after
        await market.refresh()
        return in_memory(market)
    finally:
        await reader.close()


def test_a_process_that_starts_one_that_follows_and_one_that_has_run_on_agree(
    venue: RunningVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_ENTRIES", 7)
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    seller, buyer, group = venue.party("seller"), venue.party("buyer"), own_group()
    listings = [venue.listing(seller, venue.right(seller, classes=(group,))) for _ in range(5)]
    needs = [posted(venue, buyer, classes=(group,)) for _ in range(5)]
    assert len([each for each in buyer.matches(needs[0]) if each.listing_id in listings]) == 5
    seller.withdraw_listing(listings[0])
    buyer.withdraw_need(needs[1])
    buyer.amend_need(needs[2], buyer.need(needs[2]).until_ms, classes=("A01B",), kinds=("assignment",))
    assert len([each for each in buyer.matches(needs[0]) if each.listing_id in listings]) == 4
    market: Any = venue.recorder.app.state.door.market
    run_on = in_memory(market)
    assert asyncio.run(refreshed(venue)) == run_on
    assert asyncio.run(refreshed(venue, after=-1)) == run_on
    assert {each for each in run_on[0] if each in listings} == set(listings[1:])
    assert {each for each in run_on[1] if each in needs} == set(needs) - {needs[1]}
    assert "budget" not in str(msgspec.to_builtins(list(run_on[1].values())))
