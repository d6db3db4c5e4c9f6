"""Families: the rights in one creation at several places. Each is a right of its own; a deal in one moves no other."""

from __future__ import annotations

import re

from msgspec import UNSET, UnsetType

from exchange.commands import TieFamily
from exchange.events import FamilyTied
from exchange.rights.catalogue import right_of
from exchange.rows import Right
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_MEMBERS = 64
_FAMILY_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}", re.ASCII)


def tie_family(turn: Turn, command: TieFamily) -> Result:
    """The venue finds which rights are of one family; what was said of its members before is replaced.

    Raises:
        Refusal: UNKNOWN-ID, MALFORMED, RIGHT-DIFFERS where a member belongs to another family.
    """
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    if not _FAMILY_ID.fullmatch(command.family_id):
        refuse(rules.MALFORMED, field="family_id")
    if not len(set(command.right_ids)) == len(command.right_ids) <= MOST_MEMBERS:
        refuse(rules.MALFORMED, field="right_ids", most=MOST_MEMBERS)
    members = [right_of(state, right_id) for right_id in command.right_ids]
    for member in members:
        if member.family not in {UNSET, command.family_id}:
            refuse(rules.RIGHT_DIFFERS, right_id=member.id, fields="family")
    for left in state.family_members(command.family_id):
        if left not in command.right_ids:
            _move(state, state.rights[left], UNSET, ())
    for member in members:
        relatives = tuple(sorted(set(command.right_ids) - {member.id}))
        _move(state, member, command.family_id if relatives else UNSET, relatives)
    turn.emit(FamilyTied(family_id=command.family_id, right_ids=tuple(sorted(command.right_ids))))
    return {"family_id": command.family_id}


def _move(state: State, right: Right, family_id: str | UnsetType, relatives: tuple[str, ...]) -> None:
    state.leave_family(right)
    right.family, right.relatives = family_id, relatives or UNSET
    state.join_family(right)
    state.touch(right)


HANDLERS: Handlers = {TieFamily: tie_family}
