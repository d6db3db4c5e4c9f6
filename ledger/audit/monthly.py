"""The month's report out of an auditor's export: what happened, told from the events of the replayed entries alone.

Months are the venue's own, in UTC+8, by the entries' times. Every entry up to the month's end is decided again, so that
a report is made only of events that the rules give; what nobody could check from a file is named with it. It holds
prices: it is for whoever may see an auditor's export.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from exchange.money.accounts import CUSTODY_OWNER, FEES
from ledger.audit.offline import Decided, Until
from ledger.audit.replay import Replay, ReplayedState
from ledger.journal import Accepted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger.audit.entries import Opened
    from ledger.months import Month

MOST_LISTED: Final = 10_000
"""Happenings of one kind that are listed; all are counted."""
UNDONE: Final = frozenset({"UNWINDING", "REASSIGNED"})


class DealLine(msgspec.Struct, frozen=True, kw_only=True):
    """A deal that was made: its price in minor units; 0 where only royalties are paid."""

    deal_id: str
    entry: int
    time_ms: int
    listing_id: str
    right_id: str
    deal_kind: str
    seller: str
    buyer: str
    currency: str
    price: int


class Sums(msgspec.Struct, kw_only=True):
    """One currency's sums in minor units: prices agreed, what came in from and went out to the bank, fees, postings."""

    deals: int = 0
    agreed: int = 0
    paid_in: int = 0
    paid_out: int = 0
    fees: int = 0
    postings: dict[str, int] = {}
    """By purpose."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: which kind, to whom or what, and why; ids and codes."""

    entry: int
    time_ms: int
    what: str
    subject: str
    cause: str = ""


class NotChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What the report cannot say from a file."""

    code: str
    text: str
    text_zh: str


class KeptReconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """A reconciliation as the venue's worker kept it; `codes` counts its differences."""

    made_ms: int
    block: int
    differences: int
    codes: dict[str, int] = {}


class Monthly(msgspec.Struct, kw_only=True):
    """The report. Counts are of the month; lists hold at most `MOST_LISTED` lines, counts all of them."""

    month: str
    from_ms: int
    to_ms: int
    chain_id: int
    anchor: str
    replayed: int = 0
    """Entries decided again, from the journal's beginning to the month's end."""
    first_entry: int | None = None
    last_entry: int | None = None
    entries: int = 0
    accepted: int = 0
    refused: int = 0
    deals_made: int = 0
    deals: list[DealLine] = []
    deal_states: dict[str, int] = {}
    """How many deals moved into each state."""
    sums: dict[str, Sums] = {}
    refusals: dict[str, int] = {}
    outages: list[Happening] = []
    alarms: list[Happening] = []
    undone: list[Happening] = []
    key_changes: list[Happening] = []
    recoveries: list[Happening] = []
    erasures: list[Happening] = []
    administration: list[Happening] = []
    counts: dict[str, int] = {}
    """Of each list of happenings, whole."""
    reconciliations: list[KeptReconciliation] | None = None
    """The venue's own, where they were given; the journal does not hold them."""
    not_checked: list[NotChecked] = []


_KEY_CHANGES: Final = {
    "key_enrolled": "key",
    "key_rotated": "new_key",
    "key_revoked": "key",
    "counter_advanced": "key",
}
_RECOVERIES: Final = frozenset({"recovery_proposed", "recovery_vetoed", "recovery_due", "recovery_changed"})
_ADMINISTRATION: Final = {
    "version_activated": "engine",
    "clock_jumped": "to_ms",
    "calendar_set": "place",
    "trading_authorised": "ground",
    "trading_authorisation_withdrawn": "",
    "trading_halted": "ground",
    "trading_resumed": "halt_id",
}


def monthly_report(
    stream: IO[bytes], month: Month, reconciliations: Sequence[KeptReconciliation] | None = None
) -> Monthly:
    """Make the report of a month. Memory grows with the venue's state and the month's deals, not with the journal.

    Raises:
        DecidedOtherwise: an entry up to the month's end does not hold: there is no report.
        OfflineRefused: OFFLINE-EXPORT, OFFLINE-PUBLIC.
        OSError: the file cannot be read.
    """
    state = ReplayedState()
    decided = Decided(stream, Replay(state), Until(time_ms=month.to_ms - 1))
    report = Monthly(
        month=str(month),
        from_ms=month.from_ms,
        to_ms=month.to_ms,
        chain_id=decided.header.chain_id,
        anchor=decided.header.anchor,
    )
    last_ms = 0
    making = _Making(report, state)
    for opened in decided:
        report.replayed += 1
        last_ms = opened.entry.time_ms
        if last_ms >= month.from_ms:
            making.add(opened)
    if reconciliations is not None:
        kept = [each for each in reconciliations if month.from_ms <= each.made_ms < month.to_ms]
        report.reconciliations = sorted(kept, key=lambda each: each.made_ms)
    report.not_checked = _not_checked(report)
    return report


class _Making:
    """A report while its entries come in."""

    def __init__(self, report: Monthly, state: ReplayedState) -> None:
        self._report = report
        self._state = state
        self._by_type: dict[str, Callable[[Opened, dict[str, Any]], None]] = {
            "posted": self._posted,
            "deal_changed": self._deal_changed,
            "deal_cancelled": self._deal_cancelled,
            "outage_recorded": self._outage,
            "releases_changed": self._releases,
            "chain_recovered": self._chain_recovered,
            "chain_record_reported": self._chain_record,
            "deal_defaulted": self._defaulted,
            "deal_overdue": self._overdue,
            "sealed_part_erased": self._erased,
        }

    def add(self, opened: Opened) -> None:
        """Take an entry of the month in."""
        report, entry = self._report, opened.entry
        if report.first_entry is None:
            report.first_entry = entry.entry
        report.last_entry = entry.entry
        report.entries += 1
        if not isinstance(entry.answer, Accepted):
            report.refused += 1
            report.refusals[entry.answer.code] = report.refusals.get(entry.answer.code, 0) + 1
            return
        report.accepted += 1
        for event in msgspec.json.decode(opened.outcome or b'{"events": []}')["events"]:
            self._event(opened, event)

    def _event(self, opened: Opened, event: dict[str, Any]) -> None:
        kind = event["type"]
        taken = self._by_type.get(kind)
        if taken is not None:
            taken(opened, event)
        elif kind in _KEY_CHANGES:
            self._happened("key_changes", opened, kind, event["party_id"], str(event[_KEY_CHANGES[kind]]))
        elif kind in _RECOVERIES:
            self._happened("recoveries", opened, kind, event["party_id"], event.get("new", ""))
        elif kind in _ADMINISTRATION:
            self._happened("administration", opened, kind, "venue", str(event.get(_ADMINISTRATION[kind], "")))

    def _happened(self, name: str, opened: Opened, what: str, subject: str, cause: str = "") -> None:
        counts: dict[str, int] = self._report.counts
        counts[name] = counts.get(name, 0) + 1
        listed: list[Happening] = getattr(self._report, name)
        if len(listed) < MOST_LISTED:
            entry = opened.entry
            listed.append(
                Happening(entry=entry.entry, time_ms=entry.time_ms, what=what, subject=subject, cause=cause)
            )

    def _sums(self, currency: str) -> Sums:
        return self._report.sums.setdefault(currency, Sums())

    def _posted(self, _: Opened, event: dict[str, Any]) -> None:
        sums, amount = self._sums(event["currency"]), int(event["amount"])
        sums.postings[event["purpose"]] = sums.postings.get(event["purpose"], 0) + amount
        custody = f"{CUSTODY_OWNER}/"
        if event["debit"].startswith(custody):
            sums.paid_in += amount
        if event["credit"].startswith(custody):
            sums.paid_out += amount
        if event["credit"].startswith("/".join(FEES) + "/"):
            sums.fees += amount

    def _deal_changed(self, opened: Opened, event: dict[str, Any]) -> None:
        report, deal_id, new = self._report, event["deal_id"], event["new"]
        report.deal_states[new] = report.deal_states.get(new, 0) + 1
        if new in UNDONE:
            self._happened("undone", opened, new, deal_id, event["cause"])
        if event["old"]:
            return
        deal = self._state.deals[deal_id]
        sums = self._sums(deal.currency)
        sums.deals += 1
        sums.agreed += deal.price
        report.deals_made += 1
        if len(report.deals) < MOST_LISTED:
            report.deals.append(
                DealLine(
                    deal_id=deal_id,
                    entry=opened.entry.entry,
                    time_ms=opened.entry.time_ms,
                    listing_id=deal.listing_id,
                    right_id=deal.right_id,
                    deal_kind=deal.deal_kind,
                    seller=deal.seller,
                    buyer=deal.buyer,
                    currency=deal.currency,
                    price=deal.price,
                )
            )

    def _deal_cancelled(self, opened: Opened, event: dict[str, Any]) -> None:
        self._happened("undone", opened, "deal_cancelled", event["deal_id"], event["cancelled_by"])

    def _outage(self, opened: Opened, event: dict[str, Any]) -> None:
        span = f"{event['since_ms']} to {event['until_ms']}"
        self._happened("outages", opened, "outage_recorded", "venue", span)

    def _releases(self, opened: Opened, event: dict[str, Any]) -> None:
        what = "releases_halted" if event["halted"] else "releases_resumed"
        cause = f"difference {event['difference']}, unexplained {event['unexplained']}"
        self._happened("alarms", opened, what, event["currency"], cause)

    def _chain_recovered(self, opened: Opened, event: dict[str, Any]) -> None:
        self._happened("alarms", opened, "chain_recovered", event["halted_for"], event["ground"])

    def _chain_record(self, opened: Opened, event: dict[str, Any]) -> None:
        if event["outcome"] == "refused":
            self._happened("alarms", opened, "chain_refused", event["subject_id"], event["record"])

    def _defaulted(self, opened: Opened, event: dict[str, Any]) -> None:
        self._happened("alarms", opened, "deal_defaulted", event["deal_id"], event["party_id"])

    def _overdue(self, opened: Opened, event: dict[str, Any]) -> None:
        self._happened("alarms", opened, "deal_overdue", event["deal_id"], event["what"])

    def _erased(self, opened: Opened, event: dict[str, Any]) -> None:
        self._happened("erasures", opened, "sealed_part_erased", str(event["entry"]), event["ground"])


def _not_checked(report: Monthly) -> list[NotChecked]:
    notes = [
        NotChecked(
            code="EVIDENCE",
            text="Seals, anchors, the chain and the givers' signatures: `ipx audit all` checks them.",
            text_zh="封印、锚定、链上记录与指令签名：由 ipx audit all 核对。",
        ),
        NotChecked(
            code="IDENTITY",
            text="Who stands behind a key, and whether bank and office told the truth.",
            text_zh="密钥背后为何人，以及银行与专利局所言是否属实。",
        ),
        NotChecked(
            code="LOGGED-ALARMS",
            text="Alarms of programs, which stand in their logs and not in the journal.",
            text_zh="程序警报：载于运行日志，不在交易日志之中。",
        ),
    ]
    if report.reconciliations is None:
        notes.append(
            NotChecked(
                code="RECONCILIATIONS",
                text="The venue's reconciliations: give them with --reconciliations (`ipx reconcile --kept --json`).",
                text_zh="对账结果：请以 --reconciliations 提供（ipx reconcile --kept --json）。",
            )
        )
    else:
        notes.append(
            NotChecked(
                code="RECONCILIATIONS-VENUES-OWN",
                text="The reconciliations are the venue's own word: the journal does not hold them.",
                text_zh="对账结果由本中心自行提供，不在交易日志之中。",
            )
        )
    notes.append(
        NotChecked(
            code="LATER-ENTRIES",
            text="Whether the export holds every entry of the month: hold its last one against a later checkpoint.",
            text_zh="导出文件是否含有当月全部条目：请以其末条与其后的检查点核对。",
        )
    )
    return notes
