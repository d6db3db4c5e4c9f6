"""The work of the engine benchmark: a seeded stream of what bidders do on competitive listings.

Of a hundred operations as a venue meets them 60 are new bids, 15 amend one, 15 withdraw one, 5 are refused and 5 repeat
an earlier command. Repeats are answered by the sequencer and never reach the engine: they are left out, and the others
keep their proportions. A new bid by a bidder that is not registered on its listing is three commands: it registers, so
that its deposit is held, an operator qualifies it, and it bids.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Literal, NamedTuple

LISTINGS = 1_000
BIDDERS = 500
NEW, AMENDED, WITHDRAWN, REFUSED = 60, 15, 15, 5
"""Shares of the operations."""
STEPS_ABOVE = 1_000
"""A bid is at most so many steps above the listed price."""
DISTINCT_PAIRS = LISTINGS * BIDDERS // 2
"""Bids that may stand at a time: beyond this a free pair of bidder and listing is hard to find."""

What = Literal[
    "register", "qualify", "bid", "amend", "withdraw",
    "bid_unregistered", "bid_too_low", "bid_twice", "amend_anothers", "bid_by_seller", "amend_unknown",
]  # fmt: skip
REFUSALS: tuple[What, ...] = (
    "bid_unregistered", "bid_too_low", "bid_twice", "amend_anothers", "bid_by_seller", "amend_unknown",
)  # fmt: skip


class Step(NamedTuple):
    """One command: a listing and a bidder by their numbers, what the bidder offers above the price, and which bid.

    `bid` is the number in the id that the venue gave (0 where none is named).
    """

    what: What
    listing: int
    bidder: int
    above: int
    bid: int


class BidFlow:
    """Draws steps, and keeps by itself which bids stand and which ids they have been given."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a reproducible load, no secret
        self._standing: list[tuple[int, int, int]] = []
        """Listing, bidder and bid id of the live bids, in no order."""
        self._taken: set[tuple[int, int]] = set()
        self._registered: set[tuple[int, int]] = set()
        self._drawn = 0
        """Ids that the venue has given to bids: each new bid and each amendment draws one."""

    def steps(self, operations: int) -> list[Step]:
        """The next so many operations, as the commands that they consist of.

        Raises:
            ValueError: more bids would stand than the listings and bidders of the flow can hold.
        """
        return [step for _ in range(operations) for step in self._operation()]

    def list_anew(self, listing: int) -> None:
        """Nothing stands on this listing any more, and nobody is registered on it."""
        self._standing = [each for each in self._standing if each[0] != listing]
        self._taken = {each for each in self._taken if each[0] != listing}
        self._registered = {each for each in self._registered if each[0] != listing}

    def _operation(self) -> Iterator[Step]:
        chance = self._chance
        draw = chance.randrange(NEW + AMENDED + WITHDRAWN + REFUSED)
        if draw < NEW or not self._standing:
            yield from self._new_bid()
        elif draw < NEW + AMENDED:
            place = chance.randrange(len(self._standing))
            listing, bidder, bid = self._standing[place]
            self._drawn += 1
            yield Step("amend", listing, bidder, chance.randrange(STEPS_ABOVE), bid)
        elif draw < NEW + AMENDED + WITHDRAWN:
            place = chance.randrange(len(self._standing))
            self._standing[place], self._standing[-1] = self._standing[-1], self._standing[place]
            listing, bidder, bid = self._standing.pop()
            self._taken.remove((listing, bidder))
            yield Step("withdraw", listing, bidder, 0, bid)
        else:
            yield self._refused(chance.choice(REFUSALS))

    def _new_bid(self) -> Iterator[Step]:
        if len(self._taken) >= DISTINCT_PAIRS:
            message = f"over {DISTINCT_PAIRS} bids would stand"
            raise ValueError(message)
        listing, bidder = pair = self._pair()
        while pair in self._taken:
            listing, bidder = pair = self._pair()
        if pair not in self._registered:
            self._registered.add(pair)
            yield Step("register", listing, bidder, 0, 0)
            yield Step("qualify", listing, bidder, 0, 0)
        self._drawn += 1
        self._taken.add(pair)
        self._standing.append((listing, bidder, self._drawn))
        yield Step("bid", listing, bidder, self._chance.randrange(STEPS_ABOVE), self._drawn)

    def _refused(self, what: What) -> Step:
        chance = self._chance
        listing, bidder, bid = self._standing[chance.randrange(len(self._standing))]
        if what == "bid_unregistered":
            pair = self._pair()
            while pair in self._registered:
                pair = self._pair()
            listing, bidder = pair
        elif what == "amend_anothers":
            bidder = (bidder + 1) % BIDDERS
        elif what == "bid_too_low":
            listing, bidder = self._chance.choice(self._standing)[:2]
        return Step(what, listing, bidder, chance.randrange(STEPS_ABOVE), bid)

    def _pair(self) -> tuple[int, int]:
        """A listing and a bidder that does not sell it."""
        while True:
            listing, bidder = self._chance.randrange(LISTINGS), self._chance.randrange(BIDDERS)
            if listing * BIDDERS != bidder * LISTINGS:
                return listing, bidder
