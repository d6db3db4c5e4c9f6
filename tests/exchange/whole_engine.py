"""The whole engine as Hypothesis state machines: a broken promise shrinks to the few steps that break it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import hypothesis
import msgspec
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from exchange import canonical
from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange import random_burdens, random_refusals
from tests.exchange.drawn_day import DrawnDay, DrawnFloor
from tests.exchange.random_day import Dice, RandomDay
from tests.exchange.random_floor import RandomFloor

STEPS = 50
KEEP_EVERY = 10
"""Sequences of which one is kept for a replay elsewhere."""
SEEDS = st.integers(0, 2**16 - 1)
"""Each step has dice of its own, so that what is left of a sequence plays on when other steps are taken out."""


class Record:
    """What the sequences of one run have come to."""

    def __init__(self) -> None:
        self.sequences = 0
        """Those of full length."""
        self.met: set[str] = set()
        """States, refusals and happenings."""
        self.journals: list[tuple[list[str], str]] = []
        """Of every so many sequences: the journal as text, and the digest of its outcomes."""


class Sequence(RuleBasedStateMachine):
    """Steps through one engine; what they are the subclasses say."""

    record = Record()
    steps = STEPS
    day_type: type[Any]

    def __init__(self) -> None:
        super().__init__()
        self.day: Any = None
        self.taken: list[str] = []

    @initialize()
    def open(self) -> None:
        """Parties, rights and money are there."""
        self.day = self.day_type()

    def _do(self, seed: int, what: Callable[[Any], object], times: int = 1) -> None:
        self.taken.append(what.__name__)
        self.day.dice = Dice(seed)
        for _ in range(times):
            what(self.day)

    def teardown(self) -> None:
        """What the sequence was is told when it has broken something; else it must replay."""
        day, record = self.day, self.record
        if day is None:
            return
        for request, outcome in list(zip(day.requests, day.outcomes, strict=True))[day.beginning :]:
            answer = "accepted" if outcome.refusal is None else outcome.refusal.code
            note(f"{request.time_ms} {request.actor} {request.command} {request.terms}: {answer}")
        day.require_same_everywhere()
        record.met |= day.watcher.seen
        record.sequences += len(self.taken) >= self.steps
        if record.sequences // KEEP_EVERY >= len(record.journals):
            record.journals.append((written(day.requests), digest_of(day.outcomes)))
        self.day = None  # Hypothesis keeps the machine


class WholeEngine(Sequence):
    """Sensible and senseless commands of everybody on the Mainland venue, in all its modes, time passing between them."""

    day_type = DrawnDay

    @rule(seed=SEEDS)
    def parties(self, seed: int) -> None:
        self._do(seed, RandomDay.parties)

    @rule(seed=SEEDS)
    def rights(self, seed: int) -> None:
        self._do(seed, RandomDay.rights)

    @rule(seed=SEEDS)
    def register_speaks(self, seed: int) -> None:
        self._do(seed, RandomDay.register_speaks)

    @rule(seed=SEEDS)
    def list_right(self, seed: int) -> None:
        self._do(seed, RandomDay.list_right)

    @rule(seed=SEEDS)
    def listings(self, seed: int) -> None:
        self._do(seed, RandomDay.listings)

    @rule(seed=SEEDS)
    def offer(self, seed: int) -> None:
        self._do(seed, DrawnDay.offer)

    @rule(seed=SEEDS)
    def take_part(self, seed: int) -> None:
        self._do(seed, DrawnDay.take_part)

    @rule(seed=SEEDS)
    def hold_a_tender(self, seed: int) -> None:
        self._do(seed, DrawnDay.hold_a_tender)

    @rule(seed=SEEDS)
    def wait_for_a_deadline(self, seed: int) -> None:
        self._do(seed, DrawnDay.wait_for_a_deadline)

    @rule(seed=SEEDS)
    def bids(self, seed: int) -> None:
        self._do(seed, RandomDay.bids)

    @rule(seed=SEEDS)
    def deals(self, seed: int) -> None:
        self._do(seed, RandomDay.deals)

    @rule(seed=SEEDS, times=st.integers(2, 6))
    def deals_for_long(self, seed: int, times: int) -> None:
        self._do(seed, RandomDay.deals, times)

    @rule(seed=SEEDS)
    def dawdle(self, seed: int) -> None:
        self._do(seed, DrawnDay.dawdle)

    @rule(seed=SEEDS)
    def carry_out(self, seed: int) -> None:
        self._do(seed, DrawnDay.carry_out)

    @rule(seed=SEEDS, times=st.integers(1, 3))
    def lots(self, seed: int, times: int) -> None:
        self._do(seed, DrawnDay.lots, times)

    @rule(seed=SEEDS)
    def find_an_affiliate(self, seed: int) -> None:
        self._do(seed, DrawnDay.find_an_affiliate)

    @rule(seed=SEEDS)
    def burden(self, seed: int) -> None:
        self._do(seed, random_burdens.burden)

    @rule(seed=SEEDS, times=st.integers(1, 4))
    def refusals(self, seed: int, times: int) -> None:
        self._do(seed, random_refusals.refusals, times)

    @rule(seed=SEEDS)
    def papers(self, seed: int) -> None:
        self._do(seed, DrawnDay.papers)

    @rule(seed=SEEDS)
    def findings(self, seed: int) -> None:
        self._do(seed, RandomDay.findings)

    @rule(seed=SEEDS)
    def obligations(self, seed: int) -> None:
        self._do(seed, RandomDay.obligations)

    @rule(seed=SEEDS, times=st.integers(1, 4))
    def demand(self, seed: int, times: int) -> None:
        self._do(seed, RandomDay.demand, times)

    @rule(seed=SEEDS)
    def money(self, seed: int) -> None:
        self._do(seed, RandomDay.money)

    @rule(seed=SEEDS)
    def pass_time(self, seed: int) -> None:
        self._do(seed, RandomDay.pass_time)

    @rule(seed=SEEDS, count=st.integers(1, 4))
    def senseless(self, seed: int, count: int) -> None:
        """Commands of the right shape with values at the edges; their own dice, for there are many."""
        self.taken.append("senseless")
        self.day.fuzzer.dice = Dice(seed)
        for _ in range(count):
            self.day.senseless()


class WholeFloor(Sequence):
    """The same on a Hong Kong venue that trades continuously."""

    day_type = DrawnFloor

    @rule(seed=SEEDS)
    def list_right(self, seed: int) -> None:
        self._do(seed, RandomFloor.list_right)

    @rule(seed=SEEDS, times=st.integers(1, 3))
    def orders(self, seed: int, times: int) -> None:
        self._do(seed, RandomFloor.orders, times)

    @rule(seed=SEEDS, times=st.integers(4, 8))
    def many_orders(self, seed: int, times: int) -> None:
        self._do(seed, RandomFloor.orders, times)

    @rule(seed=SEEDS)
    def amends(self, seed: int) -> None:
        self._do(seed, RandomFloor.amends)

    @rule(seed=SEEDS)
    def venue(self, seed: int) -> None:
        self._do(seed, RandomFloor.venue)

    @rule(seed=SEEDS, times=st.integers(1, 4))
    def deals(self, seed: int, times: int) -> None:
        self._do(seed, RandomFloor.deals, times)

    @rule(seed=SEEDS)
    def pass_time(self, seed: int) -> None:
        self._do(seed, RandomFloor.pass_time)


def live(
    sequences: int, kind: type[Sequence] = WholeEngine, steps: int = STEPS, seed: int | None = None
) -> Record:
    """Let so many sequences of so many steps happen, the same ones for the same seed, and for none.

    Raises:
        AssertionError: or whatever else a sequence has met that breaks a promise, told as the shortest one found.
    """
    of_this_run = Record()

    class Watched(kind):  # type: ignore[misc, valid-type]  # one of the two above
        record = of_this_run

    Watched.steps = steps
    if seed is not None:
        hypothesis.seed(seed)(Watched)
    limits = settings(
        max_examples=sequences,
        stateful_step_count=steps + 1,  # the first opens the venue
        derandomize=seed is None,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Watched, settings=limits)
    return of_this_run


def written(requests: Iterable[c.Request]) -> list[str]:
    """A journal as lines of text, for another process. Senseless requests may carry the terms of another command."""
    lines = []
    for request in requests:
        fields = msgspec.structs.asdict(request) | {"terms_type": type(request.terms).__name__}
        lines.append(msgspec.json.encode(fields).decode())
    return lines


def read(lines: Iterable[str]) -> list[c.Request]:
    """What `written` wrote."""
    types = {each.__name__: each for each in c.Terms.__subclasses__()}
    requests = []
    for line in lines:
        fields = msgspec.json.decode(line)
        command = c.decode_command(msgspec.json.encode(fields.pop("command")))
        terms, name = fields.pop("terms"), fields.pop("terms_type")
        if terms is not None:
            terms = msgspec.convert(terms, types[name])
        requests.append(c.Request(command=command, terms=terms, **fields))
    return requests


def digest_of(outcomes: Iterable[Outcome]) -> str:
    """One hash over every outcome's canonical bytes."""
    hasher = hashlib.sha256()
    for outcome in outcomes:
        hasher.update(canonical.encode(outcome))
    return hasher.hexdigest()
