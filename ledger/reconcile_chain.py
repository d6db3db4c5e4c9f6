"""Chain against tables, both ways: a record has exactly one final event of the same content, and an event a record.

Read anew from the node, not from what the indexer keeps; that is compared as well, and so are anchors.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ledger.chain.comparison import (
    OPEN_TO_ALL,
    RECORD_OF,
    REPEATABLE,
    key_of,
    key_of_event,
    says_the_same,
    stated_by_event,
)
from ledger.chain.errors import ChainFault
from ledger.chain.events import (
    Anchored,
    AnchorKeyProposed,
    AnchorKeyRotated,
    ChainEvent,
    DealsPauseChanged,
    ItemRefused,
    VersionAnnounced,
)
from ledger.chain.logs import LogChain, check_completeness, decode_log
from ledger.chain_results import anchor_record
from ledger.indexer import CONTRACTS
from ledger.merkle import Frontier
from ledger.outbox_flights import record_of
from ledger.reconcile_offers import is_known_refused, read_offers
from ledger.reconcile_rights import compare_rights
from ledger.reconcile_state import compare_state
from ledger.reconciled import KeptRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exchange.rows import Offer
    from ledger.alone import Database, Row
    from ledger.chain.client import ChainClient
    from ledger.chain.comparison import Key
    from ledger.chain.manifest import Manifest
    from ledger.reconciled import Reconciliation

_ADMINISTRATIVE: Final = (
    ItemRefused,
    DealsPauseChanged,
    VersionAnnounced,
    AnchorKeyProposed,
    AnchorKeyRotated,
)
_CALLED_FINAL: Final = frozenset({"FINAL", "VERIFIED"})
_TOLD: Final = frozenset({"recovery", "recovery_veto", "recovery_completion", "sealed_set"})
"""Kinds of record whose refusal the exchange is told and follows: the state there is the chain's."""
_LEAVES_AT_ONCE: Final = 10_000


class ChainSide:
    """Everything final on the chain, read once, with the proof that it is whole."""

    def __init__(self, client: ChainClient, manifest: Manifest, found: Reconciliation) -> None:
        """Read all logs up to the newest final block.

        Raises:
            ChainFault: the chain cannot be read.
        """
        self.block = client.finalized_block().number
        addresses = [manifest.address(name) for name in CONTRACTS]
        self.events: list[tuple[str, ChainEvent]] = []
        for address in addresses:
            chain = LogChain(manifest.chain_id, address)
            logs = client.logs([address], manifest.first_block(), max(self.block, manifest.first_block()))
            for log in logs:
                event = decode_log(log)
                if event is not None:
                    self.events.append((address, event))
            try:
                chain.fold_all(logs)
                whole = check_completeness(client, chain, self.block).whole
            except ChainFault as fault:
                if fault.code != "CHAIN-LOG-GAP":
                    raise
                whole = False
            if not whole:
                found.add("CHAIN-LOG-INCOMPLETE", address, f"at block {self.block}")


def compare_chain(database: Database, chain: ChainSide, found: Reconciliation) -> None:
    """Compare records, anchors and the index with the chain; the database as one transaction shows it.

    Raises:
        psycopg.Error: the database does not answer.
    """
    found.block = chain.block
    kept = list(_kept_records(database, found))
    by_key = _by_key(kept)
    register = [event for _, event in chain.events if not isinstance(event, (*_ADMINISTRATIVE, Anchored))]
    found.records, found.events = len(kept), len(register)
    stands = _explain_events(register, by_key, found)
    offers = read_offers(database)
    _find_missing(kept, stands, database, offers, found)
    compare_state(database, kept, offers, found)
    compare_rights(database, kept, found)
    _compare_anchors(database, [event for _, event in chain.events if isinstance(event, Anchored)], found)
    _compare_index(database, chain, found)


def _kept_records(database: Database, found: Reconciliation) -> Iterable[KeptRecord]:
    rows = database.execute("SELECT record_id, kind, subject_id, state, payload FROM outbox ORDER BY id")
    for row in rows:
        try:
            record = record_of(row["payload"])
        except ChainFault as fault:
            found.add("RECORD-MALFORMED", row["record_id"], fault.detail)
            continue
        names = ("record_id", "kind", "subject_id", "state")
        yield KeptRecord(record=record, **{name: row[name] for name in names})


def _by_key(kept: Iterable[KeptRecord]) -> dict[Key, list[KeptRecord]]:
    """Records by the event that each becomes; a deal that was signed afresh has several, of which one stands."""
    found: dict[Key, list[KeptRecord]] = {}
    for each in kept:
        found.setdefault(key_of(each.record), []).append(each)
    return found


def _explain_events(
    events: Iterable[ChainEvent], by_key: dict[Key, list[KeptRecord]], found: Reconciliation
) -> set[Key]:
    """Find each event's record; gives the keys under which one stands."""
    stands: Counter[Key] = Counter()
    for event in events:
        kind, key, stated = RECORD_OF[type(event)], key_of_event(event), stated_by_event(event)
        where = f"{type(event).__name__} {event.seq}"
        group = by_key.get(key, [])
        if not group:
            if kind not in OPEN_TO_ALL:
                found.add("EVENT-UNKNOWN", where, f"transaction 0x{event.place.transaction_hash.hex()}")
        elif stands[key] >= (len(group) if kind in REPEATABLE else 1):
            found.add("EVENT-TWICE", group[0].record_id, where)
        elif not any(says_the_same(each.record, stated) for each in group):
            found.add("EVENT-DIFFERS", group[0].record_id, where)
        stands[key] += 1
    return set(stands)


def _find_missing(
    kept: list[KeptRecord],
    stands: set[Key],
    database: Database,
    offers: dict[str, Offer],
    found: Reconciliation,
) -> None:
    states = {row["id"]: row["state"] for row in database.execute("SELECT id, state FROM deals")}
    again = {each.subject_id for each in kept if each.kind == "deal" and each.state != "REFUSED"}
    for each in kept:
        key = key_of(each.record)
        if each.state == "REFUSED":
            # A deal that the chain refused was signed afresh, waits for that, or was unwound without it.
            waits = states.get(each.subject_id) in {"CHAIN_REFUSED", "UNWINDING", "REFUNDED"}
            signed_again = each.kind == "deal" and (each.subject_id in again or waits)
            told = each.kind in _TOLD or (each.kind == "offer" and is_known_refused(each.subject_id, offers))
            if not (signed_again or told):
                found.add("RECORD-REFUSED", each.record_id)
        elif key in stands:
            continue
        elif each.state in _CALLED_FINAL:
            found.add("RECORD-MISSING", each.record_id)
        else:
            found.pending += 1


def _compare_anchors(database: Database, events: list[Anchored], found: Reconciliation) -> None:
    rows = {
        row["size"]: row
        for row in database.execute("SELECT size, root, previous_root, state FROM anchors ORDER BY size")
    }
    found.anchors = len(events)
    shown = set()
    for event in events:
        shown.add(event.size)
        row = rows.get(event.size)
        if row is None:
            found.add("ANCHOR-UNKNOWN", f"anchor of {event.size} entries")
            continue
        record = anchor_record(bytes(row["root"]), row["size"], bytes(row["previous_root"]))
        if not says_the_same(record, stated_by_event(event)):
            found.add("ANCHOR-DIFFERS", f"anchor of {event.size} entries")
    for size, row in rows.items():
        if size not in shown and row["state"] in _CALLED_FINAL:
            found.add("ANCHOR-MISSING", f"anchor of {size} entries")
    _recompute(database, {event.size: event.root for event in events}, found)


def _recompute(database: Database, roots: dict[int, str], found: Reconciliation) -> None:
    """Work every anchored root out again from the journal's leaves, in one pass."""
    frontier = Frontier()
    with database.cursor(name="reconciled_leaves") as reading:
        reading.itersize = _LEAVES_AT_ONCE
        reading.execute("SELECT leaf FROM journal ORDER BY entry")
        for row in reading:
            frontier.append(bytes(row["leaf"]))
            root = roots.pop(frontier.size, None)
            if root is not None and root != "0x" + frontier.root().hex():
                found.add("JOURNAL-DIFFERS", f"entries up to {frontier.size}")
    for size in roots:
        found.add("JOURNAL-DIFFERS", f"entries up to {size}", f"the journal has {frontier.size}")


def _compare_index(database: Database, chain: ChainSide, found: Reconciliation) -> None:
    """The indexer's table holds exactly the chain's events, as far as it has read."""
    cursor = database.execute("SELECT min(block_number) AS block FROM chain_cursor").fetchone()
    read_to = -1 if cursor is None or cursor["block"] is None else int(cursor["block"])
    rows: dict[tuple[str, int], Row] = {
        (row["contract"], row["seq"]): row
        for row in database.execute("SELECT * FROM chain_events WHERE block_number <= %s", (chain.block,))
    }
    for address, event in chain.events:
        row = rows.pop((address, event.seq), None)
        where = f"{type(event).__name__} {event.seq}"
        if row is None:
            if event.place.block_number <= read_to:
                found.add("INDEX-DIFFERS", where, "missing")
            continue
        data = {name: value for name, value in row["data"].items() if name != "log_head"}
        same_place = (row["block_hash"], row["transaction_hash"]) == (
            "0x" + event.place.block_hash.hex(),
            "0x" + event.place.transaction_hash.hex(),
        )
        if row["name"] != type(event).__name__ or data != stated_by_event(event) or not same_place:
            found.add("INDEX-DIFFERS", where, "altered")
    for row in rows.values():
        found.add("INDEX-DIFFERS", f"{row['name']} {row['seq']}", "forged")
