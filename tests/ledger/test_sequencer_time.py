"""Time: it never goes back, jumps stop the sequencer, deadlines fire in ticks, and an outage moves venue clocks on."""

from __future__ import annotations

import msgspec
import pytest

from exchange import commands
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.admission import admit
from ledger.sequencer.clock import ClockJumped, WatchedClock
from ledger.sequencer.messages import Answer, SequencerRefused
from tests.ledger.conftest import rows_of, run, writing
from tests.ledger.trading import DAY_MS, Door
from tests.undertakings import offered


class Clocks:
    """A wall clock and a monotonic one that are set by hand."""

    def __init__(self, wall_ms: int = 1_800_000_000_000) -> None:
        self.wall_ms = wall_ms
        self.monotonic_ms = 0
        self.watched = WatchedClock(lambda: self.wall_ms * 1_000_000, lambda: self.monotonic_ms * 1_000_000)

    def go_on(self, ms: int) -> None:
        self.wall_ms += ms
        self.monotonic_ms += ms


def test_a_wall_clock_that_jumps_over_two_seconds_stops_and_less_does_not() -> None:
    for jump_ms in (2_001, -2_001, DAY_MS):
        clocks = Clocks()
        clocks.go_on(5_000)
        clocks.watched.now_ms()
        clocks.wall_ms += jump_ms
        with pytest.raises(ClockJumped) as alarm:
            clocks.watched.now_ms()
        assert alarm.value.jump_ms == jump_ms
    clocks = Clocks()
    for _ in range(50):
        clocks.go_on(1_000)
        clocks.wall_ms += 1_900
        clocks.watched.now_ms()


async def test_a_jump_of_the_clock_ends_the_session_without_an_entry(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    clocks = Clocks()
    async with writing(migrated_database_url, key, clocks.watched) as session:
        clocks.wall_ms += 3_000
        with pytest.raises(ClockJumped):
            session.wait_s()
        with pytest.raises(ClockJumped):
            await session.decide([admit(Door().import_right(1))])
    assert await rows_of(migrated_database_url, "SELECT count(*) FROM journal") == [(2,)]


async def test_time_never_goes_back_and_stands_while_the_clock_is_behind(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    later, earlier = Clocks(), Clocks(1_700_000_000_000)
    async with writing(migrated_database_url, key, later.watched) as session:
        await session.decide([admit(Door("a").import_right(1))])
    async with writing(migrated_database_url, key, earlier.watched) as session:
        await session.decide([admit(Door("b").import_right(2))])
    times = [
        row[0] for row in await rows_of(migrated_database_url, "SELECT time_ms FROM journal ORDER BY entry")
    ]
    assert times == [later.wall_ms] * 4


async def listing(url: str, key: ReceiptKey, clocks: Clocks) -> int:
    """A posted listing that closes after a day; its close."""
    door = Door("listing")
    async with writing(url, key, clocks.watched) as session:
        await session.decide(
            [
                admit(door.application(1)),
                admit(door.verification("P-1", clocks.wall_ms)),
                admit(door.operator(commands.ApproveParty(party_id="P-1"))),
            ]
        )
        await session.decide([admit(door.import_right(1)), admit(door.register_copy(1, 1, clocks.wall_ms))])
        close = clocks.wall_ms + DAY_MS
        command = commands.SubmitListing(
            right_id="US-16000001",
            mode="posted",
            deal_kind="ordinary_licence",
            currency="HKD",
            closes_ms=close,
        )
        terms = offered(price=5, territory=("US",))
        party = session.state.parties["P-1"]
        answers = await session.decide(
            [
                admit(door.submission("P-1", party.key, command, terms)),
                admit(door.operator(commands.ApproveListing(listing_id="L-1"))),
            ]
        )
        assert [answer.status for answer in answers if isinstance(answer, Answer)] == ["accepted", "accepted"]
    return close


async def serving_until(url: str, wall_ms: int) -> None:
    await run(url, "UPDATE sequencer_head SET served_until = to_timestamp(%s::float8 / 1000)", wall_ms)


async def kinds(url: str) -> list[str]:
    return [str(row[0]) for row in await rows_of(url, "SELECT type FROM journal ORDER BY entry")]


async def test_a_deadline_fires_in_a_tick_of_its_own_when_its_time_has_come(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    clocks = Clocks()
    close = await listing(migrated_database_url, key, clocks)
    clocks.go_on(close - clocks.wall_ms - 1)
    await serving_until(migrated_database_url, clocks.wall_ms)
    async with writing(migrated_database_url, key, clocks.watched) as session:
        assert session.wait_s() == 0.001
        await session.decide([])
        assert session.state.listings["L-1"].state == "OPEN"
        clocks.go_on(1)
        assert session.wait_s() == 0
        await session.decide([])
        assert session.state.listings["L-1"].state == "LAPSED"
    assert (await kinds(migrated_database_url))[-1] == "tick"


async def test_a_command_that_comes_after_a_deadline_is_decided_after_its_tick(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    clocks = Clocks()
    close = await listing(migrated_database_url, key, clocks)
    clocks.go_on(close - clocks.wall_ms)
    await serving_until(migrated_database_url, clocks.wall_ms)
    async with writing(migrated_database_url, key, clocks.watched) as session:
        withdrawal = Door("w").submission(
            "P-1", session.state.parties["P-1"].key, commands.WithdrawListing(listing_id="L-1")
        )
        (answer,) = await session.decide([admit(withdrawal)])
    assert isinstance(answer, Answer)
    assert answer.code == "WRONG-STATE"
    assert (await kinds(migrated_database_url))[-2:] == ["tick", "withdraw_listing"]


@pytest.mark.parametrize(("away_ms", "moved"), [(2_500, False), (25_000, True), (3_600_000, True)])
async def test_a_close_that_fell_into_an_outage_is_moved_on_and_a_short_absence_moves_nothing(
    migrated_database_url: str, key: ReceiptKey, away_ms: int, moved: bool
) -> None:
    clocks = Clocks()
    close = await listing(migrated_database_url, key, clocks)
    clocks.go_on(close - clocks.wall_ms - 1_000)
    await serving_until(migrated_database_url, clocks.wall_ms)
    clocks.go_on(away_ms)
    async with writing(migrated_database_url, key, clocks.watched) as session:
        await session.decide([])
        state = session.state.listings["L-1"].state
        assert state == ("OPEN" if moved else "LAPSED")
        assert (await kinds(migrated_database_url))[-1] == ("outage" if moved else "tick")
        if moved:
            assert session.wait_s() == 1.0


async def test_an_absence_without_a_deadline_in_it_is_no_outage(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    clocks = Clocks()
    await listing(migrated_database_url, key, clocks)
    await serving_until(migrated_database_url, clocks.wall_ms)
    clocks.go_on(3_600_000)
    before = await kinds(migrated_database_url)
    async with writing(migrated_database_url, key, clocks.watched):
        assert await kinds(migrated_database_url) == before


async def test_an_instruction_whose_validity_ran_out_while_it_waited_makes_no_entry(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    clocks = Clocks()
    door = Door()
    late = msgspec.structs.replace(door.import_right(1), valid_until_ms=clocks.wall_ms - 1)
    in_time = msgspec.structs.replace(door.import_right(2), valid_until_ms=clocks.wall_ms)
    async with writing(migrated_database_url, key, clocks.watched) as session:
        decisions = await session.decide([admit(late), admit(in_time)])
    assert isinstance(decisions[0], SequencerRefused)
    assert decisions[0].code == "SIGNATURE-EXPIRED"
    assert isinstance(decisions[1], Answer)
    assert await rows_of(migrated_database_url, "SELECT count(*) FROM journal") == [(3,)]
