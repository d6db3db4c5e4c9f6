"""Clients in a simulated run. Each keeps a log of what it was told, and holds nobody else's word for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from exchange import commands
from ledger.sequencer.client import SequencerClient
from ledger.sequencer.messages import Answer, SequencerRefused, Submission
from tests.simulation.day import PARTIES, RICH, RIGHTS

if TYPE_CHECKING:
    from tests.simulation.world import World

THINKS_S = (0.05, 0.95)
BANK_S = (0.3, 0.9)
DEADLINE_S = 3.0
MOST_ATTEMPTS = 60


class AnotherAnswer(AssertionError):
    """The same command was answered in two ways."""


@dataclass
class Log:
    """What clients have sent and were told, by idempotency key."""

    sent: dict[str, Submission] = field(default_factory=dict)
    answered: dict[str, Answer] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Codes of what made no entry, and never will under this key."""

    def take(self, submission: Submission, answer: Answer) -> None:
        """Write an answer down.

        Raises:
            AnotherAnswer: another one was given before.
        """
        key = submission.idempotency_key
        before = self.answered.setdefault(key, answer)
        if before != answer:
            message = f"{key}: {before} and then {answer}"
            raise AnotherAnswer(message)

    def undecided(self) -> list[Submission]:
        """What was sent and is not known to have ended."""
        return [
            each for key, each in self.sent.items() if key not in self.answered and key not in self.refused
        ]


class Client:
    """One client with a connection of its own, and a second one for what it sends twice."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.log = world.log
        self._clients = [SequencerClient("sequencer", deadline_s=DEADLINE_S) for _ in range(2)]

    async def trade(self) -> None:
        """Do one thing after the other, until the day is over."""
        world = self.world
        while world.now() < world.closes:
            await asyncio.sleep(world.random.uniform(*THINKS_S))
            state = world.visible_state()
            if state is None:
                continue
            submission = world.day.next(state, world.venue_ms(state))
            await self._give(submission)

    async def keep_the_bank(self) -> None:
        """Report one line of the bank's statement after the other, each until it is known to be recorded."""
        world = self.world
        while world.now() < world.closes:
            await asyncio.sleep(world.random.uniform(*BANK_S))
            state = world.visible_state()
            line = None if state is None else world.day.bank_line(state)
            if line is not None:
                await self.until_known(line)

    async def _give(self, submission: Submission) -> None:
        random, seen = self.world.random, self.world.seen.faults
        match random.randrange(24):
            case 0 | 1:
                seen["a command is sent twice at once"] += 1
                twice = (self.once(submission, place) for place in (0, 1))
                await asyncio.gather(*twice)
            case 2 if self.log.answered:
                seen["a command is repeated later"] += 1
                key = random.choice(list(self.log.answered))
                await self.once(self.log.sent[key])
                await self.once(submission)
            case 3 if self.log.answered:
                seen["a key is used for another command"] += 1
                await self._misuse(random.choice(list(self.log.answered)))
                await self.once(submission)
            case 4:
                seen["a client gives up and asks again"] += 1
                asking = asyncio.ensure_future(self.once(submission))
                await asyncio.wait([asking], timeout=random.uniform(0.001, 0.05))
                asking.cancel()
                await asyncio.wait([asking])
                await self.once(submission)
            case _:
                await self.once(submission)

    async def once(self, submission: Submission, place: int = 0) -> Answer | None:
        """Send it, and write down what was answered; None where nothing is known."""
        self.log.sent.setdefault(submission.idempotency_key, submission)
        try:
            answer = await self._clients[place].submit(submission)
        except SequencerRefused as refusal:
            if not refusal.retryable:
                self.log.refused[submission.idempotency_key] = refusal.code
            return None
        self.log.take(submission, answer)
        return answer

    async def until_known(self, submission: Submission) -> Answer | None:
        """Send it again under its key until something is known."""
        for _ in range(MOST_ATTEMPTS):
            answer = await self.once(submission)
            if answer is not None or submission.idempotency_key in self.log.refused:
                return answer
            await asyncio.sleep(0.2)
        message = f"{submission.idempotency_key} was never decided"
        raise AssertionError(message)

    async def _misuse(self, key: str) -> None:
        """The key of a command that was answered, for what the client says is another one: never an entry."""
        wrong = msgspec.structs.replace(self.log.sent[key], body_digest="0" * 64)
        try:
            answer = await self._clients[0].submit(wrong)
        except SequencerRefused:
            return
        message = f"{key} was used twice, and the second time answered with {answer}"
        raise AssertionError(message)

    async def close(self) -> None:
        """Close both connections."""
        for client in self._clients:
            await client.close()


async def prepare(client: Client) -> None:
    """Parties with keys on their way to the chain, rights with copies of the register, and money."""
    world = client.world
    door, day = world.day.door, world.day

    async def all_done(*submissions: Submission) -> list[Answer]:
        return [
            answer
            for answer in await asyncio.gather(*(client.until_known(each) for each in submissions))
            if answer is not None
        ]

    numbers = range(1, PARTIES + 1)
    day.parties, day.rights = PARTIES, RIGHTS
    applied = await all_done(*(door.application(number) for number in numbers))
    names = [answer.result["party_id"] for answer in applied]
    state = await world.seen_state()
    now_ms = world.venue_ms(state)
    enrolled = [
        door.enrolment_of(state, number, name, now_ms) for number, name in zip(numbers, names, strict=True)
    ]
    await all_done(*enrolled, *(door.import_right(number) for number in range(1, RIGHTS + 1)))
    await all_done(*(door.verification(name, now_ms) for name in names))
    approved = [
        door.operator(commands.ApproveParty(party_id=name), texts={"reason": "seen"}) for name in names
    ]
    copies = [door.register_copy(number, 1 + number % PARTIES, now_ms) for number in range(1, RIGHTS + 1)]
    await all_done(*approved, *copies)
    for name in names:
        day.lines += 1
        day.banked += RICH
        await client.until_known(door.credit(f"line-{day.lines}", name, RICH, day.banked))
