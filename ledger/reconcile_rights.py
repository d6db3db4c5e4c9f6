"""Rights against what stands of them elsewhere: the chain's records, the register copies kept, freezes' own entries.

The records are held against the chain by `ledger.reconcile_chain`; a holder, a pledge or a freeze that agrees with its
record here agrees with its event there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET

from exchange.calendar import add_months
from exchange.identifiers import chain_key
from exchange.rights.freezes import ENDED, MONTHS_OF_DISPUTE
from exchange.rows import Deal, Freeze, Party, PledgeContract, RegisterEntry, Right
from ledger.chain.records import PledgeRecord, RegistryConfirmationRecord, RightRecord
from ledger.outbox_records import holders_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.alone import Database
    from ledger.chain.records import Record
    from ledger.reconciled import KeptRecord, Reconciliation

_FREEZING: Final = ["record_freeze", "extend_freeze"]
_COMMANDS: Final = "SELECT entry, public FROM journal WHERE type = ANY(%s) ORDER BY entry"
_FREEZES: Final = (
    "SELECT f.data, f.archived, f.created_entry, d.due_ms FROM freezes f"
    " LEFT JOIN deadlines d ON d.id = 'freeze_end:' || f.id ORDER BY f.id"
)
_COPIES: Final = "SELECT right_id, count(*) AS kept FROM register_entries GROUP BY right_id"
_LAST_COPIES: Final = """
SELECT e.data FROM register_entries e JOIN rights r ON r.id = e.right_id
WHERE e.data -> 'number' = r.data -> 'copies_seen'
"""
_AS_THE_COPY_SAYS: Final = (
    *("status", "expiry_date", "fee_due", "in_fee_grace"),
    *("pledges", "freeze", "licences_elsewhere", "same_day_twin", "invalidation_requested"),
)
_STANDS: Final = frozenset({"REGISTERED", "CHANGING", "CHANGED", "DISCHARGING"})
"""States of a pledge drawn up here in which the register shows it."""


def compare_rights(database: Database, kept: Iterable[KeptRecord], found: Reconciliation) -> None:
    """Hold every right's holder, status, pledges and freezes; the database as one transaction shows it.

    Raises:
        psycopg.Error: the database does not answer.
    """
    rights = [msgspec.convert(row["data"], Right) for row in database.execute("SELECT data FROM rights")]
    recorded = _Recorded(each for each in kept if each.state != "REFUSED")
    parties = {
        row["id"]: msgspec.convert(row["data"], Party)
        for row in database.execute("SELECT id, data FROM parties")
    }
    coming = _coming_holders(database, rights, parties)
    for right in sorted(rights, key=lambda each: each.id):
        _compare_holder(right, recorded, coming, found)
        _compare_pledges(right, recorded, found)
        _compare_freeze(right, recorded, found)
    by_id = {right.id: right for right in rights}
    _compare_copies(database, by_id, found)
    _compare_notices(database, by_id, found)
    _compare_contracts(database, by_id, parties, found)


class _Recorded:
    """What the records say of each right: its holders, and the pledges and freezes of it that have not ended."""

    def __init__(self, kept: Iterable[KeptRecord]) -> None:
        self.holder: dict[str, str] = {}
        """By the right's key on the chain."""
        self.pledges: dict[str, PledgeRecord] = {}
        self.freezes: set[str] = set()
        """Both by their subject, `<right> pledge <number>`."""
        for each in kept:
            self._take(each.kind, each.subject_id, each.record)

    def _take(self, kind: str, subject_id: str, record: Record) -> None:
        if isinstance(record, RightRecord):
            self.holder.setdefault(record.right_id, record.holder)
        elif isinstance(record, RegistryConfirmationRecord):
            self.holder[record.right_id] = record.new_holder
        elif isinstance(record, PledgeRecord):
            self.pledges[subject_id] = record
        elif kind == "pledge_end":
            self.pledges.pop(subject_id, None)
        elif kind == "freeze":
            self.freezes.add(subject_id)
        elif kind == "freeze_end":
            self.freezes.discard(subject_id)


def _coming_holders(
    database: Database, rights: list[Right], parties: dict[str, Party]
) -> dict[str, set[str]]:
    """Holders that a copy may show already, by right: buyers of open assignments, whose confirmation will say so."""
    coming: dict[str, set[str]] = {}
    open_deals = [deal_id for right in rights for deal_id in right.open_deals]
    for row in database.execute("SELECT data FROM deals WHERE id = ANY(%s)", (open_deals,)):
        deal = msgspec.convert(row["data"], Deal)
        if deal.deal_kind == "assignment" and deal.buyer in parties:
            number = parties[deal.buyer].company_number
            coming.setdefault(deal.right_id, set()).add(holders_key([number]))
    return coming


def _compare_holder(
    right: Right, recorded: _Recorded, coming: dict[str, set[str]], found: Reconciliation
) -> None:
    """Of a right that is on the chain, or on its way there; of others the copies speak."""
    last = recorded.holder.get("0x" + chain_key("right", right.id).hex())
    if last is None:
        return
    of_record = holders_key([holder.company_number for holder in right.holder_of_record])
    if of_record != last and of_record not in coming.get(right.id, ()):
        found.add("HOLDER-DIFFERS", right.id, "holder of record")
    if holders_key(list(right.witnessed_holders)) != last:
        found.add("HOLDER-DIFFERS", right.id, "witnessed holders")


def _compare_pledges(right: Right, recorded: _Recorded, found: Reconciliation) -> None:
    shown = {
        f"{right.id} pledge {number}": holders_key([pledge.company_number])
        for pledge, number in zip(right.pledges, right.pledge_numbers, strict=False)
    }
    subjects = (f"{right.id} pledge {number}" for number in range(1, right.pledges_seen + 1))
    live = {each: recorded.pledges[each].pledgee for each in subjects if each in recorded.pledges}
    if shown != live or len(right.pledges) != len(right.pledge_numbers):
        differing = sorted(dict(shown.items() ^ live.items()))
        found.add("PLEDGE-DIFFERS", right.id, ", ".join(differing))


def _compare_freeze(right: Right, recorded: _Recorded, found: Reconciliation) -> None:
    subjects = (f"{right.id} freeze {number}" for number in range(1, right.freezes_seen + 1))
    live = [each for each in subjects if each in recorded.freezes]
    if live != ([] if right.freeze == "none" else [f"{right.id} freeze {right.freezes_seen}"]):
        found.add("FREEZE-DIFFERS", right.id, f"{right.freeze}; recorded: {', '.join(live) or 'none'}")


def _compare_copies(database: Database, rights: dict[str, Right], found: Reconciliation) -> None:
    """As many copies are kept as were seen, and the right stands as the last one says."""
    kept = {row["right_id"]: int(row["kept"]) for row in database.execute(_COPIES)}
    for right_id in sorted(kept.keys() | rights.keys()):
        right = rights.get(right_id)
        seen = 0 if right is None or right.copies_seen is UNSET else right.copies_seen
        if kept.get(right_id, 0) != seen:
            found.add("REGISTER-DIFFERS", right_id, f"{kept.get(right_id, 0)} copies kept of {seen}")
    for row in database.execute(_LAST_COPIES):
        copy = msgspec.convert(row["data"], RegisterEntry)
        right = rights[copy.right_id]
        differing = [
            name for name in _AS_THE_COPY_SAYS if (getattr(copy, name) or "") != (getattr(right, name) or "")
        ]  # what a right lacks its copy has as nothing of another type
        if right.register_as_of_ms in {None, copy.as_of_ms} and right.holder_of_record != copy.holders:
            differing.append("holder_of_record")
        if differing:
            found.add("REGISTER-DIFFERS", right.id, ", ".join(differing))


def _compare_notices(database: Database, rights: dict[str, Right], found: Reconciliation) -> None:
    """Freezes that the venue was told of: each as its entries say, and named by its right while it stands."""
    told, lasting = _freezing_commands(database)
    standing: dict[str, set[str]] = {}
    for row in database.execute(_FREEZES):
        freeze = msgspec.convert(row["data"], Freeze)
        said = told.get(row["created_entry"])
        until_ms = None if said is None else lasting.get(freeze.id, _first_end(said))
        as_said = said is not None and (
            freeze.right_id,
            freeze.ground,
            freeze.since_ms,
            freeze.reference,
            freeze.until_ms,
        ) == (said["right_id"], said["ground"], said["since_ms"], said["erasable"]["reference"], until_ms)
        ended = freeze.state in ENDED
        stands_right = ended == row["archived"] and (ended or freeze.state == freeze.ground.upper())
        if not as_said or not stands_right or row["due_ms"] != (None if ended else freeze.until_ms):
            found.add("FREEZE-DIFFERS", freeze.id, f"on {freeze.right_id}, {freeze.state}")
        if not ended:
            standing.setdefault(freeze.right_id, set()).add(freeze.id)
    for right_id in sorted(rights.keys() | standing.keys()):
        right = rights.get(right_id)
        named = set() if right is None else set(right.notices or ())
        if named != standing.get(right_id, set()):
            found.add("FREEZE-DIFFERS", right_id, f"notices {', '.join(sorted(named)) or 'none'}")


def _freezing_commands(database: Database) -> tuple[dict[int, dict[str, Any]], dict[str, int]]:
    """What recorded each freeze, by its entry; and to when each lasts that was extended."""
    told: dict[int, dict[str, Any]] = {}
    lasting: dict[str, int] = {}
    for row in database.execute(_COMMANDS, (_FREEZING,)).fetchall():
        entry = msgspec.json.decode(bytes(row["public"]))
        command = entry["command"]
        if entry["answer"]["status"] != "accepted":
            continue
        if command["type"] == "record_freeze":
            told[row["entry"]] = command
        else:
            lasting[command["freeze_id"]] = command["until_ms"]
    return told, lasting


def _first_end(command: dict[str, Any]) -> int:
    until_ms: int | None = command.get("until_ms")
    since_ms: int = command["since_ms"]
    return add_months(since_ms, MONTHS_OF_DISPUTE) if until_ms is None else until_ms


def _compare_contracts(
    database: Database, rights: dict[str, Right], parties: dict[str, Party], found: Reconciliation
) -> None:
    """A pledge drawn up here that the register shows is there of the same pledgee; rights name it, and no other."""
    live = {
        row["id"]: msgspec.convert(row["data"], PledgeContract)
        for row in database.execute("SELECT id, data FROM pledge_contracts WHERE NOT archived ORDER BY id")
    }
    for contract in live.values():
        shown = all(
            right_id in rights and _shows(rights[right_id], contract, number, parties)
            for right_id, number in contract.numbers.items()
        )
        if not shown or (contract.state in _STANDS and not contract.numbers):
            found.add("PLEDGE-DIFFERS", contract.id, contract.state)
    for right in rights.values():
        for contract_id in right.pledge_contracts or ():
            if contract_id not in live or right.id not in live[contract_id].rights:
                found.add("PLEDGE-DIFFERS", right.id, contract_id)


def _shows(right: Right, contract: PledgeContract, number: int, parties: dict[str, Party]) -> bool:
    """Whether the register shows this pledge on the right, by its number there, and the right names it."""
    pledgee = parties.get(contract.pledgee)
    shown = dict(zip(right.pledge_numbers, right.pledges, strict=False))
    return (
        pledgee is not None
        and number in shown
        and shown[number].company_number == pledgee.company_number
        and contract.id in (right.pledge_contracts or ())
    )
