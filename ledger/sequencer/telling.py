"""What the sequencer tells of a batch once it is durable: a line for each command, and its figures.

A line has the request's id beside the entry's number, and the ids of what came of it: from there the worker's lines go
on by entry and deal. A refused command is told by its code alone, since what it names need not exist.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from exchange.commands import Outage
from exchange.events import DealChanged
from ledger import metrics
from ledger.journal import type_of
from ledger.log_lines import tell_each
from ledger.sequencer.messages import SequencerRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.commands import Command
    from ledger.sequencer.draft import Batch, Decided
    from ledger.sequencer.writing import Decision

_NAMED: Final = frozenset(
    {
        "right_id",
        "listing_id",
        "bid_id",
        "proposal_id",
        "order_id",
        "need_id",
        "deal_id",
        "licence_id",
        "payment_id",
    }
)
"""Ids of rows that a line names: none of a party, and nothing that was typed."""
_COUNTED: Final = {
    outcome: metrics.COMMANDS.labels(outcome=outcome)
    for outcome in ("accepted", "refused", "repeat", "undecided")
}
_SEVERAL: Final = {"deal_id": "deals", "listing_id": "listings"}
"""What a line calls the ids that an outcome's events name, where they are not the one that it names already."""
_MOST_NAMED: Final = 20
"""Deals or listings of one entry in its line; the journal has them all."""


def tell_batch(batch: Batch, seconds: float) -> None:
    """Tell a committed batch. `seconds`: how long its commit took."""
    metrics.COMMIT_SECONDS.observe(seconds)
    metrics.BATCH_ENTRIES.observe(len(batch.decided))
    metrics.JOURNAL_ENTRIES.set(batch.last_entry + 1)
    for each in batch.decided:
        deals = _deals_made(each)
        if deals:
            metrics.DEALS.inc(deals)
        if isinstance(each.admitted.command, Outage):
            metrics.OUTAGES.inc()
    tell_each("decided", [_line(each) for each in batch.decided])


def count_decisions(decisions: Sequence[Decision], fresh: Sequence[int]) -> None:
    """Count what became of a batch's submissions; those that are asked again after it are counted then."""
    entries = set(fresh)
    outcomes = {"accepted": 0, "refused": 0, "repeat": 0, "undecided": 0}
    for position, decision in enumerate(decisions):
        if decision is None:
            continue
        if isinstance(decision, SequencerRefused):
            outcomes["undecided"] += 1
        elif position in entries:
            outcomes[decision.status] += 1
        else:
            outcomes["repeat"] += 1
    for outcome, count in outcomes.items():
        if count:
            _COUNTED[outcome].inc(count)


def _line(decided: Decided) -> dict[str, Any]:
    admitted, outcome = decided.admitted, decided.outcome
    line: dict[str, Any] = {"entry": decided.entry, "command": type_of(admitted.command)}
    if admitted.request_id:
        line["request"] = admitted.request_id
    if outcome.refusal is not None:
        return line | {"status": "refused", "code": outcome.refusal.code}
    line["status"] = "accepted"
    for name in _named_by(type(admitted.command)):
        found = getattr(admitted.command, name)
        if found:
            line[name] = found
    line |= {name: found for name, found in outcome.result.items() if found and name in _NAMED}
    for name, several in _SEVERAL.items():
        ids = dict.fromkeys([getattr(event, name, "") for event in outcome.events])
        ids.pop("", None)
        if ids and [*ids] != [line.get(name)]:
            line[several] = [*ids][:_MOST_NAMED]
    if decided.records:
        line["records"] = [record.kind for record in decided.records[:_MOST_NAMED]]
    return line


@lru_cache(maxsize=512)
def _named_by(kind: type[Command]) -> tuple[str, ...]:
    """The ids among a command's fields that a line names."""
    return tuple(name for name in kind.__struct_fields__ if name in _NAMED)


def _deals_made(decided: Decided) -> int:
    return sum(isinstance(event, DealChanged) and not event.old for event in decided.outcome.events)
