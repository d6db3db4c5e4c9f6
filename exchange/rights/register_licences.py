"""Licences as a register copy names them: those filed from here are known by their id, the others are kept beside."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.bounds import require_text
from exchange.calendar import MS_PER_DAY, is_venue_date
from exchange.commands import RegisteredLicence, StandingLicenceKind
from exchange.rights import facts as timeline
from exchange.rows import Licence, Right
from exchange.rows.rights import LicenceElsewhere
from exchange.rules import registered_licences
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.scope import ALL_FIELDS
from exchange.turn import Turn

MOST_LICENCES = 1_000
MOST_TERRITORIES = 64
LONGEST_FIELD_OF_USE = 2_000
LONGEST_NUMBER = 100
"""Characters of the register's own number of a licence."""
_KINDS: dict[str, StandingLicenceKind] = {
    "exclusive": "exclusive_licence",
    "sole": "sole_licence",
    "ordinary": "ordinary_licence",
    "open": "open_licence",
}


def check(licences: tuple[RegisteredLicence, ...] | UnsetType) -> None:
    """Raises Refusal MALFORMED, naming the first field that no copy can have so."""
    named = () if licences is UNSET else licences
    if len(named) > MOST_LICENCES:
        refuse(rules.MALFORMED, field="licences", most=MOST_LICENCES)
    for each in named:
        require_text("licence_id", each.licence_id, LONGEST_NUMBER)
        # A register that names no field means all of them: that is no reason to lose its word on the owner.
        require_text("field_of_use", each.field_of_use or ALL_FIELDS, LONGEST_FIELD_OF_USE)
        if each.licensee is not None:
            require_text("licensee", each.licensee)
        for day in (each.starts_on, each.ends_on):
            if day is not None and not is_venue_date(day):
                refuse(rules.MALFORMED, field="starts_on, ends_on")
        if len(each.territory) > MOST_TERRITORIES:
            refuse(rules.MALFORMED, field="territory", most=MOST_TERRITORIES)
        for territory in each.territory:
            require_text("territory", territory)


def follow(turn: Turn, right: Right, licences: tuple[RegisteredLicence, ...] | UnsetType) -> None:
    """The copy's word replaces what was known of licences granted elsewhere; the timeline keeps from when to when."""
    if turn.state.venue.engine < registered_licences.SINCE_ENGINE:
        return
    before = () if right.licences_elsewhere is UNSET else right.licences_elsewhere
    right.licences_ended = _may_be_named(turn, right)
    right.licences_elsewhere = UNSET if licences is UNSET else _numbered(turn, right, before, licences)
    after = {each.number for each in right.licences_elsewhere or ()}
    for each in before:
        if each.number not in after:
            timeline.ends(turn, "licence_elsewhere", _subject(right, each))
    for each in right.licences_elsewhere or ():
        timeline.begins(
            turn,
            right.id,
            "licence_elsewhere",
            _subject(right, each),
            detail=each.licence_kind,
            as_of_ms=right.register_as_of_ms,
        )
    turn.state.touch(right)


def ended_here(turn: Turn, right: Right, licence: Licence) -> None:
    """A licence granted here has ended; where the register names it up to its last day, it is not another's."""
    if turn.state.venue.engine < registered_licences.SINCE_ENGINE:
        return
    until_ms = licence.granted_until_ms + MS_PER_DAY
    right.licences_ended = {**(_may_be_named(turn, right) or {}), licence.id: until_ms}
    turn.state.touch(right)


def _may_be_named(turn: Turn, right: Right) -> dict[str, int] | UnsetType:
    ended = {} if right.licences_ended is UNSET else right.licences_ended
    return {each: until_ms for each, until_ms in ended.items() if turn.time_ms < until_ms} or UNSET


def _numbered(
    turn: Turn,
    right: Right,
    before: tuple[LicenceElsewhere, ...],
    licences: tuple[RegisteredLicence, ...],
) -> tuple[LicenceElsewhere, ...]:
    """Each keeps its number while the register says the same of it; what changes is another one."""
    left = list(before)
    found = []
    for said in licences:
        if _was_granted_here(turn, right, said):
            continue
        known = next((each for each in left if _as_kept(said, each.number) == each), None)
        if known is None:
            right.licences_elsewhere_seen = (right.licences_elsewhere_seen or 0) + 1
            known = _as_kept(said, right.licences_elsewhere_seen)
        else:
            left.remove(known)
        found.append(known)
    return tuple(found)


def _was_granted_here(turn: Turn, right: Right, said: RegisteredLicence) -> bool:
    """By its id, which its filing has given the register; another's of the same id has another licensee or kind."""
    state = turn.state
    if said.licence_id in (right.licences_ended or {}):
        return True
    if said.licence_id not in right.licences:
        return False
    licence = state.licences[said.licence_id]
    licensee = state.parties[licence.licensee].company_number
    return (_KINDS[said.kind], said.licensee) == (licence.licence_kind, licensee)


def _as_kept(said: RegisteredLicence, number: int) -> LicenceElsewhere:
    return LicenceElsewhere(
        number=number,
        licence_id=said.licence_id,
        licence_kind=_KINDS[said.kind],
        starts_on=said.starts_on,
        ends_on=said.ends_on,
        territory=said.territory,
        field_of_use=said.field_of_use or ALL_FIELDS,
    )


def _subject(right: Right, licence: LicenceElsewhere) -> str:
    return f"{right.id} licence {licence.number}"
