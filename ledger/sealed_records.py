"""What is recorded on the chain of sealed bids: root and number of a round's set, as it stood at the close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.calendar import MS_PER_SECOND
from exchange.events import SealedBidsFixed
from exchange.identifiers import chain_key
from ledger import merkle
from ledger.chain.records import SealedSetRecord
from ledger.outbox_row import OutboxRecord, queued

if TYPE_CHECKING:
    from exchange.events import AnyEvent
    from exchange.rows import SealedSet
    from exchange.state import State


def sealed_records(event: AnyEvent, state: State) -> list[OutboxRecord]:
    """The set that has just been fixed, for the contract."""
    if not isinstance(event, SealedBidsFixed):
        return []
    return [queued("sealed_set", event.listing_id, sealed_set_record(state.sealed_sets[event.listing_id]))]


def sealed_set_record(sealed_set: SealedSet) -> SealedSetRecord:
    """A set as the contract keeps it."""
    return SealedSetRecord(
        listing_id="0x" + chain_key("listing", sealed_set.id).hex(),
        round=sealed_set.round,
        root="0x" + merkle.root(leaves_of(sealed_set)).hex(),
        count=len(sealed_set.commitments),
        closed_at=sealed_set.closed_ms // MS_PER_SECOND,
    )


def leaves_of(sealed_set: SealedSet) -> list[bytes]:
    """The leaf hashes (RFC 6962) of a set's commitments, in ascending order."""
    return [merkle.leaf_hash(bytes.fromhex(commitment)) for commitment in sealed_set.commitments]
