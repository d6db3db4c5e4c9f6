"""The venue's fee: by a schedule of bands, in force for the listings that open after it was set.

A listing that opened while no schedule stood bears the share of the price that the venue opened with. What is called an
auction bears the fees of the day on which it was approved and announced. The fee comes out of the price, so that
buyers bear none.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.commands import SetFeeSchedule
from exchange.events import FeeScheduleSet
from exchange.money.amount import LARGEST_AMOUNT, Currency
from exchange.rows import Deal, FeeSchedule
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.allocation import allocate
from exchange.terms.consideration import BASIS_POINTS, due_at_effect
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_BANDS = 16
MOST_SCHEDULES = 1_000
"""In the venue's whole life: deals point to them for ever."""


def set_fee_schedule(turn: Turn, command: SetFeeSchedule) -> Result:
    """An operator sets the fees of listings that open from now on."""
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    if len(state.fee_schedules) >= MOST_SCHEDULES:
        refuse(rules.MALFORMED, field="fee_schedules", most=MOST_SCHEDULES)
    _check(command)
    schedule = FeeSchedule(
        id=state.next_id("FEE"),
        currency=command.currency,
        bands=command.bands,
        minimum=command.minimum,
        maximum=command.maximum,
        since_ms=turn.time_ms,
    )
    state.add(schedule)
    turn.emit(FeeScheduleSet(fee_schedule_id=schedule.id, currency=schedule.currency))
    return {"fee_schedule_id": schedule.id}


def in_force(state: State, currency: Currency) -> str | UnsetType:
    """The schedule under which a listing in this currency opens now."""
    return state.fee_schedule_of.get(currency, UNSET)


def are_within(state: State, currency: Currency, price: int, basis_points: int) -> bool:
    """Whether under the fees in force no price from this one up (minor units) bears more than so many basis points.

    Where a band asks for more than the one before it they are not within, however little that makes.
    """
    schedule = state.fee_schedules.get(in_force(state, currency) or "")
    if schedule is None:
        return state.venue.fee_basis_points <= basis_points
    shares = [band.basis_points for band in schedule.bands]
    if shares != sorted(shares, reverse=True):
        return False
    fee = max(schedule.minimum * BASIS_POINTS, _by_bands(schedule, price))
    if schedule.maximum is not None:
        fee = min(fee, schedule.maximum * BASIS_POINTS)
    return fee <= price * basis_points


def fee_of(state: State, deal: Deal, amount: int, *, first: bool = False, parts: int = 0) -> int:
    """The fee (minor units) of a payment under a deal: what it adds to the fee of all that was paid before.

    `first`: it is what was due at effect, of which nothing was paid before. `parts`: what of the same obligation was
    paid before. A deal of a lot, which is paid at once, bears its part of the lot's fee. Giving a right back costs
    none.
    """
    if deal.reverses is not UNSET:
        return 0
    if deal.fee_schedule is UNSET:
        share = state.venue.fee_basis_points
        return (parts + amount) * share // BASIS_POINTS - parts * share // BASIS_POINTS
    schedule = state.fee_schedules[deal.fee_schedule]
    lot = state.listings[deal.listing_id].lot
    if deal.lot is not UNSET and lot is not UNSET:
        fees = allocate(total(schedule, deal.lot.price), lot)
        return min(fees[deal.lot.right_ids.index(deal.right_id)], amount)
    before = 0 if first else _paid_before(state, deal)
    return total(schedule, before + amount) - total(schedule, before)


def total(schedule: FeeSchedule, paid: int) -> int:
    """The fee of a deal under which so much was paid in all: rounded down once, within least and most."""
    fee = max(schedule.minimum, _by_bands(schedule, paid) // BASIS_POINTS)
    if schedule.maximum is not None:
        fee = min(fee, schedule.maximum)
    return min(fee, paid)


def _by_bands(schedule: FeeSchedule, paid: int) -> int:
    """What the bands ask for of so much, in ten-thousandths of a minor unit."""
    bounds = [*(band.above for band in schedule.bands[1:]), max(paid, LARGEST_AMOUNT)]
    return sum(
        max(0, min(paid, top) - band.above) * band.basis_points
        for band, top in zip(schedule.bands, bounds, strict=True)
    )


def _paid_before(state: State, deal: Deal) -> int:
    """What was due first, and of every later amount that whose fee has been taken."""
    later = [state.obligations[each] for each in state.obligations_of.get(deal.id, ())]
    whole = (row for row in later if row.parts is UNSET and (row.state == "SETTLED" or row.payments))
    in_parts = (row.parts.principal for row in later if row.parts is not UNSET)
    return due_at_effect(deal.terms, deal.price) + sum(row.amount for row in whole) + sum(in_parts)


def _check(command: SetFeeSchedule) -> None:
    bands = command.bands
    edges = [band.above for band in bands]
    if not 0 < len(bands) <= MOST_BANDS or edges[0] != 0 or edges != sorted(set(edges)):
        refuse(rules.MALFORMED, field="bands", most=MOST_BANDS)
    if edges[-1] > LARGEST_AMOUNT or not all(0 <= band.basis_points <= BASIS_POINTS for band in bands):
        refuse(rules.MALFORMED, field="bands", most=LARGEST_AMOUNT)
    largest = LARGEST_AMOUNT if command.maximum is None else command.maximum
    if not 0 <= command.minimum <= largest <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="minimum or maximum", most=LARGEST_AMOUNT)


HANDLERS: Handlers = {SetFeeSchedule: set_fee_schedule}
