"""Bidders who wait for each answer before they go on: the load of the benchmarks `orders` and `api`.

Of a hundred operations 60 are new bids, 15 amend one, 15 withdraw one, 5 are refused and 5 repeat the one before under
its key. Each bidder has pairs of listing and party of its own, so that what it is answered depends on nobody else; it
is registered and qualified on them, with its deposit held, before the clock runs.
"""

from __future__ import annotations

import math
import random
from typing import Literal, NamedTuple

from scripts.bench.bid_flow import AMENDED, BIDDERS, LISTINGS, NEW, REFUSED, STEPS_ABOVE, WITHDRAWN, Step

REPEATED = 5
"""Share of the operations; with the others' a hundred."""
TOO_LOW, UNKNOWN = "BID-BELOW-PRICE", "UNKNOWN-ID"
"""What a refused operation is refused with: a bid below the price, or the amendment of a bid that nobody has placed."""

FIRST_BIDS = 10
"""Until a bid stands nothing else can be done: so many more, at least, are prepared for."""


class AnswerDiffers(Exception):
    """The venue answered otherwise than the flow expects: nothing that was measured means anything."""


class Answered(NamedTuple):
    """What the venue said: `code` of a refusal, `bid` the id of a bid that was placed or amended."""

    status: str
    entry: int
    code: str
    bid: str


class Operation(NamedTuple):
    """One submission: its step, the key under which it is given, and whether the same has been given before."""

    step: Step
    key: str
    repeated: bool


class Bidder:
    """Draws one operation after the other, and follows what it is answered."""

    def __init__(self, number: int, of: int, seed: int) -> None:
        """The one of this number `of` so many; together they have every pair of the flow, each a part of its own."""
        self.number = number
        self._chance = random.Random(seed * 1_000 + number)  # noqa: S311 - a reproducible load, no secret
        self._free = [
            (listing, bidder)
            for bidder in range(number, BIDDERS, of)
            for listing in range(LISTINGS)
            if listing * BIDDERS != bidder * LISTINGS  # it does not sell it
        ]
        self._chance.shuffle(self._free)
        self._prepared: list[tuple[int, int]] = []
        self._standing: list[tuple[int, int, str]] = []
        self._given = 0
        self._last: tuple[Operation, Answered] | None = None

    def prepare(self, operations: int) -> list[Step]:
        """What must be decided before so many operations: registrations and qualifications for their new bids."""
        share = NEW / (NEW + AMENDED + WITHDRAWN + REFUSED + REPEATED)
        pairs = math.ceil(operations * share + 5 * math.sqrt(operations)) + FIRST_BIDS
        taken, self._free = self._free[:pairs], self._free[pairs:]
        if len(taken) < pairs:
            message = f"bidder {self.number} has no more listings to bid on: fewer rounds or operations"
            raise ValueError(message)
        self._prepared += taken
        return [Step(what, *pair, 0, 0) for pair in taken for what in ("register", "qualify")]

    def next(self) -> Operation:
        """The next operation."""
        chance = self._chance
        draw = chance.randrange(NEW + AMENDED + WITHDRAWN + REFUSED + REPEATED)
        if draw >= NEW + AMENDED + WITHDRAWN + REFUSED and self._last is not None:
            return self._last[0]._replace(repeated=True)
        self._given += 1
        return Operation(self._step(draw), f"bench-{self.number}-{self._given}", repeated=False)

    def answered(self, operation: Operation, answer: Answered) -> None:
        """Take in what the venue said.

        Raises:
            AnswerDiffers: it is not what the flow expects.
        """
        if operation.repeated:
            if self._last is None or answer != self._last[1]:
                message = f"{operation}: {answer}, but {self._last} before"
                raise AnswerDiffers(message)
            return
        step = operation.step
        expected = {"bid_too_low": TOO_LOW, "amend_unknown": UNKNOWN}.get(step.what, "")
        if answer.code != expected:
            message = f"{operation}: {answer}"
            raise AnswerDiffers(message)
        if step.what in {"bid", "amend"}:
            self._standing.append((step.listing, step.bidder, answer.bid))
        self._last = operation, answer

    def _step(self, draw: int) -> Step:
        chance = self._chance
        above = chance.randrange(STEPS_ABOVE)
        if draw < NEW or not self._standing:
            listing, bidder = self._prepared.pop()
            return Step("bid", listing, bidder, above, 0)
        place = chance.randrange(len(self._standing))
        listing, bidder, bid = self._standing[place]
        number = int(bid.rpartition("-")[2])
        if draw >= NEW + AMENDED + WITHDRAWN:
            what: Literal["bid_too_low", "amend_unknown"] = chance.choice(("bid_too_low", "amend_unknown"))
            return Step(what, listing, bidder, above, number)
        self._standing[place] = self._standing[-1]
        self._standing.pop()
        return Step("amend" if draw < NEW + AMENDED else "withdraw", listing, bidder, above, number)
