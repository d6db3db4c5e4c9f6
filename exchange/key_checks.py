"""What every command about a key must hold to: signatures of the right form, enough time, and a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.bounds import ADDRESS, SIGNATURE
from exchange.calendar import MS_PER_DAY, MS_PER_SECOND
from exchange.canonical import LARGEST_INTEGER
from exchange.rules import venue as rules
from exchange.rules.rule import refuse

if TYPE_CHECKING:
    from exchange.rows import Key
    from exchange.state import State
    from exchange.turn import Turn

SHORTEST_LIFE_MS = 30 * MS_PER_DAY
"""How long a signed binding must count at the least: longer than a chain is ever away."""


def require_signatures(*signatures: str) -> None:
    """Raises Refusal MALFORMED unless each is 65 bytes of lower-case hex behind 0x."""
    if not all(SIGNATURE.fullmatch(signature) for signature in signatures):
        refuse(rules.MALFORMED, field="signature")


def require_time(turn: Turn, deadline_s: int) -> None:
    """Raises Refusal MALFORMED unless a message counts for another `SHORTEST_LIFE_MS` (unix s)."""
    if not turn.time_ms + SHORTEST_LIFE_MS <= deadline_s * MS_PER_SECOND <= LARGEST_INTEGER:
        refuse(rules.MALFORMED, field="deadline_s", least_days=SHORTEST_LIFE_MS // MS_PER_DAY)


def require_signed_for(key: Key, party_commitment: str, step: str) -> None:
    """Raises Refusal WRONG-STATE unless a message was signed for the party as the chain knows it by this key now."""
    if party_commitment != key.commitment:
        refuse(rules.WRONG_STATE, key=key.id, state=key.state, step=step, party_commitment=key.commitment)


def require_free(state: State, address: str, field: str, *, recovering: str = "") -> None:
    """Raises Refusal MALFORMED unless it is an address, KEY-IN-USE where it is or was somebody's.

    A key that was ever proposed for a recovery is taken, whatever came of it; `recovering` is the party that may take
    the one proposed for itself all the same. A vetoed one is nobody's for good, as on the chain.
    """
    require_unknown(state, address, field)
    recovery = state.recoveries.get(address)
    if recovery is not None and (recovery.party_id != recovering or recovery.state == "VETOED"):
        refuse(rules.KEY_IN_USE, key=address)


def require_unknown(state: State, address: str, field: str) -> None:
    """Raises Refusal MALFORMED unless it is an address, KEY-IN-USE where it is or was a key of somebody's."""
    if not ADDRESS.fullmatch(address):
        refuse(rules.MALFORMED, field=field)
    if address in state.keys or address in state.party_by_key or of_the_venue(state, address):
        refuse(rules.KEY_IN_USE, key=address)


def of_the_venue(state: State, key: str) -> bool:
    """Whether a key is an operator's or one of the venue's services'."""
    venue = state.venue
    return key in venue.operators or key in {venue.service, venue.bank, venue.office}
