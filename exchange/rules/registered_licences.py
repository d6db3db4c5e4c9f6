"""Licences that the register names and that were not granted here: they stand like those that were.

An open licence 开放许可 that the register shows as declared is one of them; it has no licensee.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from exchange.calendar import MS_PER_DAY, start_of_day
from exchange.rows import Right
from exchange.rows.deals import StandingLicence
from exchange.rows.rights import LicenceElsewhere
from exchange.state import State
from exchange.terms.scope import TERRITORIES, WORLD

SINCE_ENGINE = 5


def standing(state: State, right: Right, time_ms: int) -> tuple[StandingLicence, ...]:
    """Those of a right that are not over at a time (ms UTC), in the register's order; begun or not.

    Where its territory is none that is known here, a licence holds everywhere: what cannot be told apart may meet.
    """
    known = right.licences_elsewhere
    if not known or state.venue.engine < SINCE_ENGINE:
        return ()
    life_ms = None if right.expiry_date is None else _end_of(right.expiry_date)
    found = (_as_it_stands(each, life_ms) for each in known)
    return tuple(each for each in found if each.ends_ms is None or time_ms < each.ends_ms)


def _as_it_stands(licence: LicenceElsewhere, life_ms: int | None) -> StandingLicence:
    told_apart = bool(licence.territory) and TERRITORIES.issuperset(licence.territory)
    return StandingLicence(
        licence_id=licence.licence_id,
        licence_kind=licence.licence_kind,
        territory=licence.territory if told_apart else (WORLD,),
        field_of_use=licence.field_of_use,
        starts_ms=_start_of(licence.starts_on),
        ends_ms=life_ms if licence.ends_on is None else _end_of(licence.ends_on),
        source="register",
    )


@lru_cache(maxsize=4_096)
def _start_of(text: str) -> int:
    return start_of_day(date.fromisoformat(text))


def _end_of(text: str) -> int:
    """The end of an ISO date at the venue, in UTC milliseconds."""
    return _start_of(text) + MS_PER_DAY
