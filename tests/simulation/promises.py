"""What must hold after every simulated run, by means that share as little as can be with what was run."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from exchange import canonical
from exchange.engine import Engine
from exchange.events import HolderChanged
from ledger import journal
from ledger.chain.client import ChainClient
from ledger.journal import StoredEntry
from ledger.log.checkpoints import Checkpoint, log_verifier, origin_of, read_checkpoint, sign_checkpoint
from ledger.merkle import leaf_hash, levels, path_in
from ledger.merkle_checks import verify_inclusion
from ledger.receipts import verify_receipt
from ledger.reconcile_chain import ChainSide, compare_chain
from ledger.reconciled import Reconciliation
from tests.exchange import invariants
from tests.exchange.invariants import Watcher

if TYPE_CHECKING:
    from tests.simulation.world import World

WATCHED_OF = 20
"""Of so many seeds one is replayed under the eyes of the engine's own watcher, which takes long."""
MAY_CHANGE_HOLDERS = frozenset(
    {"confirm_registration", "record_register_copy", "confirm_delivery", "find_right_holders"}
)
"""Commands that carry a register's proof, or a signed delivery record where there is no register."""
_ENTRY = ("entry", "public", "leaf", "terms", "terms_salt", "outcome", "outcome_salt")
DEAL_OVER = frozenset({"SETTLED", "REFUNDED", "REASSIGNED"})


def check(world: World) -> None:
    """Check everything.

    Raises:
        AssertionError: a promise is broken.
    """
    session = world.writers[-1]
    with world.backend.open_database() as database:
        stored = stored_entries(database)
        assert [each.entry for each in stored] == list(range(len(stored)))
        entries = [journal.check_entry(each) for each in stored]
        assert session.next_entry == len(stored)
        nothing_lost(world, stored, entries)
        receipts_stand_in_the_final_checkpoint(world, stored)
        accounts_add_up(world, database)
        the_chain_has_it_once(world, database)
        anchored_is_what_was_written(world, database, stored)
    times = [entry.time_ms for entry in entries]
    assert times == sorted(times)
    assert [entry.epoch for entry in entries] == sorted(entry.epoch for entry in entries)
    state = replayed(world, stored, entries)
    assert state.state_hash() == session.state_hash() == session.state.state_hash()
    invariants.licences_stand_together(state)
    invariants.sub_licences_lie_within_their_heads(state)
    invariants.payments_are_held(state)
    invariants.holds_are_what_accounts_hold(state)
    world.seen.commands.update(journal.type_of(entry.command) for entry in entries)
    world.seen.happenings.update(f"deal {deal.state}" for deal in state.deals.values())


def stored_entries(database: Any) -> list[StoredEntry]:
    """The whole journal."""
    query = f"SELECT {', '.join(_ENTRY)} FROM journal ORDER BY entry"  # noqa: S608 - our own names
    return [StoredEntry(**row) for row in database.execute(query).fetchall()]


def nothing_lost(world: World, stored: list[StoredEntry], entries: list[journal.Entry]) -> None:
    """Every acknowledged command is there as it was acknowledged, and no command is there twice or from nowhere."""
    places: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        if entry.reference:
            places[entry.reference].append(entry.entry)
    assert all(len(found) == 1 for found in places.values()), "a command was applied twice"
    key = world.receipt_key.public_key
    for name, answer in world.log.answered.items():
        reference = hashlib.sha256(name.encode()).hexdigest()
        assert places.pop(reference, None) == [answer.entry], f"{name} was acknowledged and is not there"
        verify_receipt(answer.receipt, key, stored[answer.entry].public)
        said = (
            journal.Accepted(result=answer.result)
            if answer.code is None
            else journal.Refused(code=answer.code)
        )
        assert entries[answer.entry].answer == said
        assert entries[answer.entry].time_ms == answer.time_ms
    for name in world.log.refused:
        if name not in world.log.answered:
            assert hashlib.sha256(name.encode()).hexdigest() not in places, f"{name} made an entry after all"
    assert not world.log.undecided()
    left = {entries[place].actor for found in places.values() for place in found}
    assert left <= {"venue"}, "an entry that nobody has sent"


def receipts_stand_in_the_final_checkpoint(world: World, stored: list[StoredEntry]) -> None:
    """Every receipt's leaf stands at its place under the root that the venue signs at the end."""
    session = world.writers[-1]
    leaves = [leaf_hash(each.public) for each in stored]
    assert leaves == [each.leaf for each in stored]
    venue = session.state.venue
    origin = origin_of(venue.chain_id, venue.anchor)
    note = sign_checkpoint(Checkpoint(origin, *session.tree), world.receipt_key)
    verifier = log_verifier(origin, world.receipt_key.public_key)
    seen = read_checkpoint(note.to_bytes(), verifier).checkpoint
    assert seen.size == len(leaves)
    tree = levels(leaves)
    for answer in world.log.answered.values():
        receipt = answer.receipt
        leaf, path = bytes.fromhex(receipt.leaf_hash), path_in(tree, receipt.entry)
        assert verify_inclusion(leaf, receipt.entry, seen.size, path, seen.root), (
            "a receipt without its entry"
        )


def accounts_add_up(world: World, database: Any) -> None:
    """Postings give the balances; each currency comes to zero; a deal that is over has nothing left on its escrow."""
    balances: dict[str, int] = defaultdict(int)
    for row in database.execute("SELECT debit, credit, amount FROM postings").fetchall():
        balances[row["debit"]] -= row["amount"]
        balances[row["credit"]] += row["amount"]
    sums: dict[str, int] = defaultdict(int)
    for row in database.execute("SELECT id, currency, balance FROM accounts").fetchall():
        assert balances.get(row["id"], 0) == row["balance"], row
        sums[row["currency"]] += row["balance"]
    assert not any(sums.values()), sums
    for deal in world.writers[-1].state.deals.values():
        if deal.state in DEAL_OVER:
            assert balances.get(f"{deal.id}/escrow/{deal.currency}", 0) == 0, deal


def the_chain_has_it_once(world: World, database: Any) -> None:
    """Both ways: each record one final event, each event one record, and every terminal step of a deal among them."""
    client = ChainClient("http://simulated.invalid")
    client._provider = _Plain(world)  # type: ignore[assignment]
    found = Reconciliation()
    with database.transaction():
        compare_chain(database, ChainSide(client, world.backend.manifest, found), found)
    assert found.agrees, found.differences
    assert found.pending == 0
    records = database.execute("SELECT kind, subject_id, state FROM outbox").fetchall()
    assert {row["state"] for row in records} <= {"VERIFIED", "REFUSED"}
    verified = {(row["kind"], row["subject_id"]) for row in records if row["state"] == "VERIFIED"}
    state = world.writers[-1].state
    for deal in state.deals.values():
        if deal.state == "SETTLED":
            assert ("settled", deal.id) in verified, deal
            assert ("deal", deal.id) in verified, deal
    for licence in state.licences.values():
        assert ("licence", licence.id) in verified, licence


def anchored_is_what_was_written(world: World, database: Any, stored: list[StoredEntry]) -> None:
    """The last anchor that is final on the chain is the root over the whole journal."""
    row = database.execute("SELECT size, root, state FROM anchors ORDER BY size DESC LIMIT 1").fetchone()
    assert row is not None
    assert row["state"] == "VERIFIED"
    assert row["size"] == len(stored)
    assert bytes(row["root"]) == world.writers[-1].tree[1]


def replayed(world: World, stored: list[StoredEntry], entries: list[journal.Entry]) -> Any:
    """A plain engine decides every entry again, to the byte; gives its state."""
    engine = Engine()
    watcher = Watcher() if world.seed % WATCHED_OF == 0 else None
    for each, entry in zip(stored, entries, strict=True):
        request = journal.request_of(entry, each)
        outcome = engine.apply(request)
        assert canonical.encode(journal.outcome_value(outcome)) == each.outcome, f"entry {entry.entry}"
        assert journal.answer_of(outcome) == entry.answer
        if watcher is not None:
            watcher.after(engine.state, request, outcome)
        if any(isinstance(event, HolderChanged) for event in outcome.events):
            assert journal.type_of(entry.command) in MAY_CHANGE_HOLDERS, f"entry {entry.entry}"
    return engine.state


def journal_digest(world: World) -> str:
    """One hash over everything that the journal holds, seals and salts included."""
    hasher = hashlib.sha256()
    with world.backend.open_database() as database:
        for each in stored_entries(database):
            hasher.update(msgspec.json.encode(each))
        for row in database.execute(
            "SELECT first_entry, signature FROM batches ORDER BY first_entry"
        ).fetchall():
            hasher.update(f"{row['first_entry']}".encode() + bytes(row["signature"]))
    return hasher.hexdigest()


class _Plain:
    """The node, asked without anything going wrong."""

    def __init__(self, world: World) -> None:
        self._world = world

    def make_request(self, method: str, params: list[Any]) -> Any:
        return self._world.backend.ask_node(method, params)
