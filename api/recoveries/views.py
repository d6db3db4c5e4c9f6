"""Recoveries as they go out, and the one that is under way for a party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import problems
from api.keyset import Window
from api.recoveries.schemas import RecoveryView
from exchange.recoveries import PAPERS_LABEL, WAIT_MS
from exchange.rows import Key, Party, Recovery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.door import Door
    from api.reading import Stored


async def views(door: Door, own: Key, found: Sequence[Stored[Recovery]]) -> list[RecoveryView]:
    """A party's recoveries with their papers; `own` is the party's own key."""
    papers = await door.reader.sealed_parts([stored.created_entry for stored in found], PAPERS_LABEL)
    return [
        RecoveryView(
            new_key=stored.row.id,
            party_id=stored.row.party_id,
            state=stored.row.state,
            party=own.commitment,
            proposed_ms=stored.row.proposed_ms,
            veto_until_ms=veto_until_ms(stored.row),
            completes_ms=stored.row.completes_ms,
            authorisation=stored.row.authorisation,
            papers=papers[stored.created_entry].value if stored.created_entry in papers else None,
        )
        for stored in found
    ]


def veto_until_ms(recovery: Recovery) -> int | None:
    """The contract's wait begins with the block that has the proposal, which is later than the proposal itself."""
    return recovery.proposed_ms + WAIT_MS if recovery.state == "PROPOSED" else None


async def under_way(door: Door, party_id: str) -> Recovery | None:
    """The recovery that stands for a party, if any."""
    window = Window(None, 1)
    page = await door.reader.page(Recovery, {"party_id": party_id, "state": "PROPOSED"}, window=window)
    return page.rows[0].row if page.rows else None


async def party_and_key(door: Door, party_id: str) -> tuple[Party, Key]:
    """A party with its own key, as it stands now: by the key's commitment the chain knows the party.

    Raises:
        Problem: UNKNOWN-ID for a party that is none, or that has bound no key.
    """
    party = await door.reader.row(Party, party_id)
    key = None if party is None else await door.reader.row(Key, party.row.key)
    if party is None:
        raise problems.unknown_id(party_id, "party")
    if key is None:
        raise problems.unknown_id(party.row.key, "key")
    return party.row, key.row
