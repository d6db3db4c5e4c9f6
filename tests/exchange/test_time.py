"""Time: days of the venue, deadlines in their order, outages and jumps, and what leaves memory when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import commands as c
from exchange.calendar import (
    LATEST_MS,
    MS_PER_DAY,
    MS_PER_HOUR,
    add_months,
    end_of_working_day,
    is_venue_date,
    is_working_day,
    start_of_day,
    venue_date,
)
from exchange.engine import DEADLINES_PER_TICK, Engine
from exchange.events import DeadlineFired, OutageRecorded
from exchange.state import State
from exchange.turn import EngineFault
from tests.exchange.scene import START_MS, Scene

MOMENTS = st.integers(0, 5_000_000_000_000)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def ms(text: str) -> int:
    """UTC milliseconds of an ISO time with its offset."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def fired(scene: Scene) -> list[tuple[int, str]]:
    """Every deadline that has fired, in order."""
    return [
        (event.due_ms, event.deadline_id)
        for outcome in scene.outcomes
        for event in outcome.events
        if isinstance(event, DeadlineFired)
    ]


# --- days


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-12-31T15:59:59.999+00:00", date(2026, 12, 31)),
        ("2026-12-31T16:00:00.000+00:00", date(2027, 1, 1)),
        ("2027-01-01T00:00:00.000+08:00", date(2027, 1, 1)),
        ("2028-02-29T23:59:59.999+08:00", date(2028, 2, 29)),
    ],
)
def test_a_day_at_the_venue_begins_at_midnight_in_utc_plus_8(time: str, day: date) -> None:
    assert venue_date(ms(time)) == day


@given(MOMENTS)
def test_a_moment_lies_within_its_own_day(time_ms: int) -> None:
    day = venue_date(time_ms)
    assert start_of_day(day) <= time_ms < start_of_day(day + timedelta(days=1))


@given(MOMENTS, st.integers(1, 40), st.sets(DAYS, max_size=60), st.sets(DAYS, max_size=20))
def test_the_nth_working_day_ends_after_exactly_n_working_days(
    time_ms: int, count: int, closed: set[date], worked: set[date]
) -> None:
    time_ms = START_MS + time_ms % (300 * MS_PER_DAY)
    closed_days = tuple(day.isoformat() for day in closed)
    weekends = tuple(day.isoformat() for day in worked if day.weekday() >= 5)
    end_ms = end_of_working_day(time_ms, count, closed_days, weekends)
    local = datetime.fromtimestamp(end_ms / 1000, tz=UTC) + timedelta(hours=8)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    first = (datetime.fromtimestamp(time_ms / 1000, tz=UTC) + timedelta(hours=8)).date()
    passed = 0
    day = first + timedelta(days=1)
    while day < local.date():
        weekend = day.weekday() in {5, 6}
        passed += (not weekend and day not in closed) or (weekend and day in worked)
        day += timedelta(days=1)
    assert passed == count
    assert is_working_day(local.date() - timedelta(days=1), closed_days, weekends)


def test_the_day_of_the_event_does_not_count_and_a_worked_weekend_does() -> None:
    friday = ms("2027-01-15T09:00:00+08:00")
    assert end_of_working_day(friday, 1, ()) == ms("2027-01-19T00:00:00+08:00")
    assert end_of_working_day(friday, 1, (), ("2027-01-16",)) == ms("2027-01-17T00:00:00+08:00")
    assert end_of_working_day(friday, 1, ("2027-01-18", "2027-01-19")) == ms("2027-01-21T00:00:00+08:00")
    before_midnight, at_midnight = ms("2027-01-14T15:59:59.999+00:00"), ms("2027-01-14T16:00:00+00:00")
    assert end_of_working_day(before_midnight, 1, ()) == ms("2027-01-16T00:00:00+08:00")
    assert end_of_working_day(at_midnight, 1, ()) == ms("2027-01-19T00:00:00+08:00")


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-30T12:00:00+08:00", 3, "2027-03-01T00:00:00+08:00"),
        ("2027-11-30T12:00:00+08:00", 3, "2028-03-01T00:00:00+08:00"),
        ("2026-12-31T23:00:00+08:00", 3, "2027-04-01T00:00:00+08:00"),
        ("2026-09-15T00:00:00+08:00", 3, "2026-12-16T00:00:00+08:00"),
    ],
)
def test_months_end_with_the_same_day_or_with_the_months_last(start: str, months: int, end: str) -> None:
    assert add_months(ms(start), months) == ms(end)


@pytest.mark.parametrize(
    "text", ["", "2027-02-29", "2027-1-1", "20270101", "1799-12-31", "2200-01-01", "9999-12-31", "x"]
)
def test_what_is_no_date_of_the_calendar_is_refused(text: str) -> None:
    assert not is_venue_date(text)
    scene = Scene()
    refusal = scene.operator(c.SetCalendar(closed_days=(text,))).refusal
    assert refusal is not None
    assert refusal.code == "MALFORMED"


def test_the_calendar_ends_where_its_last_year_does() -> None:
    assert start_of_day(date(2200, 1, 1)) == LATEST_MS
    assert is_venue_date("2199-12-31")
    assert is_venue_date("1800-01-01")


def test_no_calendar_can_close_the_venue_for_so_long_that_no_working_day_is_found() -> None:
    scene = Scene()
    first = date(2027, 1, 15)
    days = [(first + timedelta(days=number)).isoformat() for number in range(1_001)]
    assert scene.operator(c.SetCalendar(closed_days=tuple(days))).refusal is not None
    assert scene.operator(c.SetCalendar(closed_days=tuple(days[:1_000]))).refusal is None
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    assert scene.state.deadlines[f"sign_by:{deal}"].due_ms > scene.now + 1_000 * MS_PER_DAY


def test_deadlines_of_a_deal_follow_the_journalled_calendar() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    scene.operator(c.SetCalendar(closed_days=("2027-01-18", "2027-01-19")))
    listing = scene.listing(seller, scene.right(seller))
    deal = scene.deal(listing, buyer)
    assert scene.state.deadlines[f"sign_by:{deal}"].due_ms == ms("2027-02-03T00:00:00+08:00")


# --- deadlines


def test_deadlines_fire_by_time_and_then_by_id_and_only_in_a_tick() -> None:
    scene = Scene()
    seller = scene.party()
    closes = scene.now + 5 * MS_PER_DAY
    for offset in (2, 0, 1, 0):
        scene.listing(seller, scene.right(seller), closes_ms=closes + offset)
    late = closes + MS_PER_DAY
    with pytest.raises(EngineFault):
        scene.engine.apply(
            c.Request(
                time_ms=closes, actor="venue", signer="", command=c.RecordStateHash(state_hash="0" * 64)
            )
        )
    scene.wait(late - scene.now)
    assert fired(scene) == [
        (closes, "listing_close:L-2"),
        (closes, "listing_close:L-4"),
        (closes + 1, "listing_close:L-3"),
        (closes + 2, "listing_close:L-1"),
    ]
    assert len([1 for outcome in scene.outcomes if len(outcome.events) == 8]) == 1


def test_a_deadline_does_not_fire_a_millisecond_early() -> None:
    scene = Scene()
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller))
    due = scene.engine.due_at() or 0
    assert due == scene.state.listings[listing].closes_ms
    scene.wait(due - scene.now - 1)
    assert scene.state.listings[listing].state == "OPEN"
    scene.engine.apply(c.Request(time_ms=due - 1, actor="venue", signer="", command=c.Tick()))
    assert scene.state.listings[listing].state == "OPEN"
    scene.wait(1)
    assert scene.state.listings[listing].state == "LAPSED"


def test_one_tick_fires_a_bounded_number_and_the_next_one_the_rest() -> None:
    scene = Scene()
    seller = scene.party()
    closes = scene.now + 60 * MS_PER_DAY
    for _ in range(DEADLINES_PER_TICK + 5):
        scene.listing(seller, scene.right(seller), closes_ms=closes)
    tick = c.Request(time_ms=closes, actor="venue", signer="", command=c.Tick())
    assert (
        sum(type(event).__name__ == "DeadlineFired" for event in scene.engine.apply(tick).events)
        == DEADLINES_PER_TICK
    )
    assert scene.engine.due_at() == closes
    assert sum(type(event).__name__ == "DeadlineFired" for event in scene.engine.apply(tick).events) == 5


def test_time_never_goes_back() -> None:
    scene = Scene()
    with pytest.raises(EngineFault, match="time went back"):
        scene.engine.apply(c.Request(time_ms=scene.now - 1, actor="venue", signer="", command=c.Tick()))


# --- outages


def outage(scene: Scene, length_ms: int) -> None:
    since_ms = scene.now
    scene.now += length_ms
    command = c.Outage(since_ms=since_ms, until_ms=scene.now)
    outcome = scene._apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=command))
    assert outcome.refusal is None


def test_an_outage_moves_the_venue_clocks_inside_it_and_no_statutory_clock_nor_payment_date() -> None:
    scene = Scene()
    seller, buyer, university = scene.party(), scene.party(), scene.party(category="university")
    noticed = scene.listing(university, scene.right(university))
    ends_ms = scene.now + 15 * MS_PER_DAY
    licensed = scene.deal(
        scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", ends_ms=ends_ms), buyer
    )
    scene.sign(licensed)
    scene.fund(licensed)
    signing = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    paying = scene.deal(scene.listing(seller, scene.right(seller)), buyer)
    scene.sign(paying)
    selling = scene.listing(seller, scene.right(seller), "competitive")
    later = scene.listing(seller, scene.right(seller))
    before = {row.id: row.due_ms for row in scene.state.deadlines.values()}
    noticed_ms = scene.state.listings[noticed].closes_ms
    length_ms = 16 * MS_PER_DAY
    inside = {key for key, due_ms in before.items() if due_ms <= scene.now + length_ms}
    outage(scene, length_ms)
    moved = {row.id for row in scene.state.deadlines.values() if row.due_ms != before[row.id]}
    # The close comes after the outage; it follows its registration, so that bidders have the time between them.
    # So does a listing in public notice, which has its days in which somebody could object.
    assert moved == {
        *(f"sign_by:{signing}", f"registration_close:{selling}", f"listing_close:{selling}"),
        f"notice_end:{noticed}",
    }
    assert inside - moved == {f"fund_by:{paying}", "licence_end:LIC-1"}
    (event,) = scene.outcomes[-1].events
    assert isinstance(event, OutageRecorded)
    assert event.moved == tuple(sorted(moved))
    assert all(scene.state.deadlines[each].due_ms == before[each] + length_ms for each in moved)
    assert scene.state.listings[noticed].closes_ms == noticed_ms + length_ms
    for listing, by_ms in ((selling, length_ms), (later, 0)):
        assert scene.state.listings[listing].closes_ms == before[f"listing_close:{listing}"] + by_ms
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_a_close_inside_an_outage_comes_after_it_and_bidders_have_their_time_back() -> None:
    scene = Scene()
    seller, bidder = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive")
    scene.bidder(listing, bidder)
    scene.wait(9 * MS_PER_DAY)
    outage(scene, 40 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "OPEN"
    assert scene.bid(listing, bidder, 100_000_00).refusal is None
    scene.wait(MS_PER_DAY)
    assert scene.state.listings[listing].state == "NEGOTIATE"


@pytest.mark.parametrize(("since", "until"), [(0, 1), (10, 10), (10, 5), (-(10**9), 0)])
def test_an_outage_lies_in_the_past_and_has_a_length(since: int, until: int) -> None:
    scene = Scene()
    now = scene.now if until > 0 else 0
    command = c.Outage(since_ms=now + since, until_ms=now + until)
    outcome = scene.engine.apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=command))
    assert outcome.refusal is not None
    assert outcome.refusal.code == "MALFORMED"


# --- the demonstration clock


def test_the_clock_jumps_forward_on_the_development_chain_only_and_what_is_on_the_way_fires() -> None:
    scene = Scene()
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.operator(c.JumpClock(to_ms=scene.now + 1 + 40 * MS_PER_DAY))
    assert scene.state.venue.clock_offset_ms == 40 * MS_PER_DAY
    assert scene.state.listings[listing].state == "OPEN"
    scene.wait(40 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "LAPSED"
    for to_ms in (scene.now, 0, LATEST_MS + 1):
        refusal = scene.operator(c.JumpClock(to_ms=to_ms)).refusal
        assert refusal is not None
        assert refusal.code == "MALFORMED"


def test_a_party_cannot_move_the_clock() -> None:
    scene = Scene()
    party = scene.party()
    command = c.JumpClock(to_ms=scene.now + MS_PER_HOUR)
    refusal = scene.give(command, signer=scene.keys[party]).refusal
    assert refusal is not None
    assert refusal.code == "NOT-PERMITTED"


# --- what leaves memory


def test_what_has_ended_leaves_memory_at_a_journalled_time_and_a_load_of_the_rest_is_the_same_state() -> None:
    scene = Scene()
    seller, *bidders = (scene.party() for _ in range(3))
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=1)
    for bidder, price in zip(bidders, (100_000_00, 110_000_00), strict=True):
        scene.credit(bidder, 200_000_00)
        scene.bidder(listing, bidder)
        scene.bid(listing, bidder, price)
    scene.wait(31 * MS_PER_DAY)
    scene.sign("D-1")
    scene.fund("D-1")
    scene.register("D-1")
    scene.pay_all("D-1")
    assert scene.state.listings[listing].state == "SOLD"
    scene.state.take_changes()
    scene.wait(120 * MS_PER_DAY)
    changes = {(change.kind, change.id): change for change in scene.state.take_changes()}
    gone = {("listing", listing), ("deal", "D-1"), ("bid", "B-1"), ("bid", "B-2")}
    assert {key for key, change in changes.items() if change.archived} == gone
    assert all(changes[key].data is not None for key in gone)
    assert not scene.state.listings
    assert not scene.state.deals
    assert not scene.state.bids
    assert not scene.state.books
    assert not scene.state.bids_of
    loaded = State()
    loaded.load((row.kind, change_of(row)) for row in scene.state.each_row())
    assert loaded.state_hash() == scene.state.state_hash() == scene.replay().state.state_hash()
    engine = Engine(loaded)
    assert engine.due_at() == scene.engine.due_at()


def change_of(row: object) -> bytes:
    """A row as its table keeps it."""
    from exchange import canonical

    return canonical.encode(row)  # type: ignore[arg-type]


def test_a_deal_under_way_never_leaves_memory() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.wait(400 * MS_PER_DAY)
    assert scene.state.deals[deal].state == "FUNDED"
    assert scene.register(deal).refusal is None


def unrecorded_licence(scene: Scene) -> tuple[str, str]:
    """A licence that was paid and never filed; its listing and its deal."""
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence")
    deal: str = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.pay_all(deal)
    return listing, deal


def test_a_licence_is_recorded_however_late_and_leaves_memory_with_its_listing_then() -> None:
    scene = Scene()
    listing, deal = unrecorded_licence(scene)
    scene.wait(400 * MS_PER_DAY)
    assert scene.state.licences["LIC-1"].state == "OVERDUE"
    assert scene.file(deal).refusal is None
    assert scene.confirm(deal).refusal is None
    scene.wait(120 * MS_PER_DAY)
    assert listing not in scene.state.listings
    assert deal not in scene.state.deals


# --- suspension


def test_a_bidder_may_leave_and_withdraw_while_a_suspension_interrupts_registration() -> None:
    scene = Scene()
    seller, *bidders = (scene.party() for _ in range(3))
    right = scene.right(seller)
    listing = scene.listing(seller, right, "competitive")
    for bidder in bidders:
        scene.bidder(listing, bidder)
        scene.bid(listing, bidder, 100_000_00)
    scene.copy(right, seller, freeze="dispute")
    assert scene.by(bidders[0], c.LeaveListing(listing_id=listing)).refusal is None
    assert scene.by(bidders[1], c.WithdrawBid(bid_id="B-2")).refusal is None


def test_a_listing_that_was_suspended_has_the_time_back_when_it_goes_on() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    listing = scene.state.listings[scene.listing(seller, right, "competitive")]
    clocks = (listing.registration_closes_ms, listing.closes_ms)
    scene.copy(right, seller, freeze="dispute")
    since_ms = scene.now
    scene.wait(4 * MS_PER_DAY)
    scene.copy(right, seller)
    assert listing.state == "OPEN"
    length_ms = scene.now - since_ms
    assert (listing.registration_closes_ms, listing.closes_ms) == tuple(each + length_ms for each in clocks)
    assert scene.state.deadlines[f"listing_close:{listing.id}"].due_ms == listing.closes_ms


def test_before_the_fifth_engine_a_suspended_notice_ran_out_and_gave_back_the_time_after_it() -> None:
    scene = Scene(engine=4)
    seller = scene.party(category="university")
    right = scene.right(seller)
    listing = scene.state.listings[scene.listing(seller, right)]
    closes_ms = listing.closes_ms
    scene.copy(right, seller, freeze="dispute")
    scene.wait(16 * MS_PER_DAY)
    opened_ms = listing.opened_ms
    scene.copy(right, seller)
    assert listing.closes_ms == closes_ms + scene.now - opened_ms


def test_times_of_moved_deadlines_do_not_pile_up() -> None:
    scene = Scene()
    scene.party()
    for number in range(5_000):
        scene.state.set_deadline("need_expiry", "TN-0", scene.now + 1_000 + number % 7)
    for number in range(5_000):
        scene.state.set_deadline("need_expiry", f"TN-{number + 1}", scene.now + 1_000)
        scene.state.clear_deadline("need_expiry", f"TN-{number + 1}")
    assert len(scene.state._due) <= 2 * len(scene.state.deadlines) + 1_000
    due = scene.state.next_deadline()
    assert due is not None
    assert due.due_ms == min(row.due_ms for row in scene.state.deadlines.values())
