"""What a reconciliation found: differences by code and name, and how much was compared."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from ledger.chain.comparison import plain
from ledger.chain.records import Record

RecordsBySubject: TypeAlias = dict[tuple[str, str], list[Record]]
"""Records by kind and subject, oldest first."""

_CODES: Final = {
    "EVENT-UNKNOWN": "an event on the chain that no record here explains",
    "EVENT-DIFFERS": "an event on the chain says something else than its record here",
    "EVENT-TWICE": "one record stands twice on the chain",
    "RECORD-MISSING": "a record called final here has no event on the chain",
    "RECORD-REFUSED": "the contract refused a record, and none stands in its place",
    "RECORD-DIFFERS": "a record here says something else than the row that it was made from",
    "RECORD-NOT-QUEUED": "something that belongs on the chain has no record here",
    "RECORD-UNKNOWN": "a record here belongs to nothing that the exchange knows",
    "RECORD-MALFORMED": "a record here cannot be read",
    "DEAL-TERMS-DIFFER": "a deal's row does not open the commitment that both parties signed",
    "OFFER-TERMS-DIFFER": "an offer's row does not open the commitment that its seller signed",
    "INDEX-DIFFERS": "the table of chain events differs from the chain",
    "CHAIN-LOG-INCOMPLETE": "the contract counts other events than its logs show",
    "ANCHOR-MISSING": "an anchor called final here is not on the chain",
    "ANCHOR-UNKNOWN": "an anchor on the chain that is not known here",
    "ANCHOR-DIFFERS": "an anchor on the chain says something else than the one here",
    "JOURNAL-DIFFERS": "the journal's leaves do not give the anchored root",
    "ACCOUNTS-UNBALANCED": "the accounts of a currency do not add up to zero",
    "CUSTODY-DIFFERS": "what customers hold is not what the bank holds",
    "STATEMENT-BEHIND": "the bank has statement lines that are not recorded here, or fewer than are recorded",
    "BANK-SUMS-DISAGREE": "the bank's own balances do not follow from its lines",
    "ACCOUNT-DIFFERS": "an account does not stand at the sum of its postings, or a posting names one that is not there",
    "PAYMENT-DIFFERS": "a payment, its postings and the bank's debit line do not say the same",
    "HOLDER-DIFFERS": "a right's holder of record is not the one that its last record names",
    "REGISTER-DIFFERS": "a right does not stand as the last register copy kept of it says, or such copies are missing",
    "PLEDGE-DIFFERS": "the pledges of a right are not those whose records stand on the chain",
    "FREEZE-DIFFERS": "the freezes of a right are not those that were recorded of it",
}

MONEY_CODES: Final = frozenset(
    {
        "ACCOUNTS-UNBALANCED",
        "ACCOUNT-DIFFERS",
        "BANK-SUMS-DISAGREE",
        "CUSTODY-DIFFERS",
        "PAYMENT-DIFFERS",
        "STATEMENT-BEHIND",
    }
)
"""Differences in money: while the last reconciliation shows one, no payment leaves."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: its stable code, what it is about, and what was found."""

    code: str
    subject: str
    found: str = ""

    @property
    def text(self) -> str:
        """What the code means."""
        return _CODES[self.code]


class KeptRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An outbox row with its record."""

    record_id: str
    kind: str
    subject_id: str
    state: str
    record: Record


class Reconciliation(msgspec.Struct, kw_only=True):
    """Both sides compared up to a final block; figures are counts, `money` liabilities by currency in minor units."""

    block: int = 0
    records: int = 0
    events: int = 0
    anchors: int = 0
    deals: int = 0
    pending: int = 0
    """Records on their way to the chain."""
    money: dict[str, int] = {}
    not_compared: list[str] = []
    differences: list[Difference] = []

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def add(self, code: str, subject: str, found: str = "") -> None:
        """Take a difference down."""
        self.differences.append(Difference(code=code, subject=subject, found=found))


def require_record(  # noqa: PLR0913 - what is looked for, and where
    records: RecordsBySubject,
    kind: str,
    subject_id: str,
    record_type: type[Record],
    wanted: dict[str, Any],
    found: Reconciliation,
) -> Record | None:
    """The newest record of a subject must say this; gives it, None where there is none."""
    of_type = [each for each in records.get((kind, subject_id), []) if isinstance(each, record_type)]
    if not of_type:
        found.add("RECORD-NOT-QUEUED", subject_id, kind)
        return None
    differing = [name for name, value in wanted.items() if plain(getattr(of_type[-1], name)) != plain(value)]
    if differing:
        found.add("RECORD-DIFFERS", subject_id, f"{kind}: {', '.join(differing)}")
    return of_type[-1]
