"""A party's account statement out of an auditor's export, every entry decided again."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import msgspec

from exchange.rows import Hold
from ledger.account_statements import Posting, make_statement
from ledger.audit.offline import Decided, OfflineRefused, Until
from ledger.audit.replay import Replay, ReplayedState
from ledger.journal import Accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.rows import Row
    from ledger.account_statements import AccountStatement
    from ledger.audit.entries import Opened
    from ledger.months import Month


class _HoldingState(ReplayedState):
    """Keeps a party's holds in sight, also after they have left memory for their table."""

    def __init__(self, party_id: str) -> None:
        super().__init__()
        self._party_id = party_id
        self.holds_of_party: dict[str, Hold] = {}

    def _mark(self, row: Row, archived: Row | None) -> None:
        super()._mark(row, archived)
        if isinstance(row, Hold) and row.party_id == self._party_id:
            self.holds_of_party[row.id] = row


def statement_of(
    stream: IO[bytes], party_id: str, month: Month, until: Until | None = None
) -> AccountStatement:
    """Replay an export up to a moment, or to its end, and make the statement of a month as of then.

    Memory grows with the venue's state and the party's movements of the month.

    Raises:
        OfflineRefused: OFFLINE-EXPORT, OFFLINE-PUBLIC; OFFLINE-AT: nothing stands at that time, or the entry is not
            reached; OFFLINE-SUBJECT: there is no such party by then.
        DecidedOtherwise: an entry on the way does not hold: there is no statement.
        OSError: the file cannot be read.
    """
    until = until or Until()
    state = _HoldingState(party_id)
    openings: dict[str, int] = {}
    postings: list[Posting] = []
    owned, last_entry = f"{party_id}/", -1
    for opened in Decided(stream, Replay(state), until):
        last_entry, time_ms = opened.entry.entry, opened.entry.time_ms
        for posting in _postings(opened, owned):
            if time_ms < month.from_ms:
                openings[posting.debit] = openings.get(posting.debit, 0) - posting.amount
                openings[posting.credit] = openings.get(posting.credit, 0) + posting.amount
            elif time_ms < month.to_ms:
                postings.append(posting)
    if last_entry < (until.entry or 0):
        code = "OFFLINE-AT"
        raise OfflineRefused(code, f"the last entry is {last_entry}")
    if party_id not in state.parties:
        code = "OFFLINE-SUBJECT"
        raise OfflineRefused(code, f"no party {party_id} by entry {last_entry}")
    return make_statement(party_id, month, last_entry, openings, postings, state.holds_of_party.values())


def _postings(opened: Opened, owned: str) -> Iterator[Posting]:
    """The postings of an entry that touch the owner's accounts, each at its place among all of the entry's."""
    outcome = opened.outcome or b""
    if not isinstance(opened.entry.answer, Accepted) or owned.encode() not in outcome:
        return  # which is so for most entries, and spares reading them
    events = msgspec.json.decode(outcome)["events"]
    for position, event in enumerate(each for each in events if each["type"] == "posted"):
        if event["debit"].startswith(owned) or event["credit"].startswith(owned):
            yield Posting(
                entry=opened.entry.entry,
                position=position,
                time_ms=opened.entry.time_ms,
                debit=event["debit"],
                credit=event["credit"],
                amount=event["amount"],
                subject_id=event["subject_id"],
                purpose=event["purpose"],
            )
