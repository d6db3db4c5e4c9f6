"""The journal against the register's log: everything reported final stands there once and the same, and nothing else.

With a whole replay the journal says what must be recorded, byte for byte (`Recorded`). From a public export only what
its commands show can be compared (`Shown`): who signed which deal, and which registrations were confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.commands import (
    ConfirmRegistration,
    RecordRegisterCopy,
    ReportChainRecord,
    ReportKey,
    ReportPartyMessage,
    SignAgreement,
    SignDeal,
    SignOffer,
)
from exchange.identifiers import DEAL_NUMBER_BYTES, deal_number
from ledger.audit.key_reports import KeyReports
from ledger.audit.party_reports import PartyReports
from ledger.audit.refusal_reports import RefusalReports
from ledger.audit.sealed_sets import SealedSets
from ledger.chain.comparison import (
    OPEN_TO_ALL,
    RECORD_OF,
    REPEATABLE,
    content_of,
    content_of_event,
    key_of,
    key_of_event,
)
from ledger.chain.events import (
    DealAgreed,
    DealSettled,
    DealsPauseChanged,
    DealUnwound,
    ItemRefused,
    LicenceGranted,
    OfferAccepted,
    OfferMade,
    OrdersFilled,
    RegistryConfirmed,
    SealedBidsFixed,
    VersionAnnounced,
)
from ledger.chain.records import ZERO_HASH, AnyRecord
from ledger.journal import Accepted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.audit.findings import Findings
    from ledger.chain.comparison import Key
    from ledger.chain.events import ChainEvent
    from ledger.journal import Entry
    from ledger.outbox_row import OutboxRecord

_AGREED = (DealAgreed, OfferAccepted, OrdersFilled)
"""Events by which a deal is agreed."""
_ADMINISTRATIVE = (ItemRefused, DealsPauseChanged, VersionAnnounced)


class Compared(msgspec.Struct, kw_only=True):
    """What the comparison came to, in figures."""

    found: int = 0
    deals: int = 0
    pending: int = 0
    beyond_block: int = 0
    other_transaction: int = 0
    administrative: int = 0
    parties_own: int = 0
    """Events that a party or the guardian brought about without the venue."""
    refused_alone: int = 0
    """Refusals reported of what went alone, of which the chain keeps no event."""
    not_compared: int = 0


class _Expected(msgspec.Struct, kw_only=True):
    entry: int
    kind: str
    subject_id: str
    event: ChainEvent | None = None


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    entry: int
    transaction: str
    block: int


class Recorded:
    """What a whole replay says must be on the chain, and what the service reported of it."""

    def __init__(self) -> None:
        self._by_id: set[str] = set()
        self._expected: dict[Key, list[_Expected]] = {}
        self._entry_by_key: dict[Key, int] = {}
        self._signatures: dict[Key, tuple[str, ...]] = {}
        self._reports: dict[tuple[str, str], _Report] = {}
        self._key_reports = KeyReports()
        self._party_reports = PartyReports()
        self._refusals = RefusalReports()

    def add(self, entry: Entry, records: list[OutboxRecord]) -> None:
        """Take down what an entry puts on the chain; the same record again is the first one."""
        if records:
            self._add_records(entry, records)
        if isinstance(entry.answer, Accepted):
            self._add_reports(entry)

    def _add_records(self, entry: Entry, records: list[OutboxRecord]) -> None:
        for outgoing in records:
            if outgoing.record_id in self._by_id:
                continue
            record: AnyRecord = msgspec.convert(outgoing.payload, AnyRecord)
            self._by_id.add(outgoing.record_id)
            self._refusals.add_record(outgoing.kind, outgoing.subject_id, record)
            expected = _Expected(entry=entry.entry, kind=outgoing.kind, subject_id=outgoing.subject_id)
            content = content_of(record)
            group = self._expected.setdefault(content, [])
            if not group or type(record) in REPEATABLE:
                group.append(expected)
            self._signatures[content] = (*self._signatures.get(content, ()), *record.signatures())
            self._entry_by_key.setdefault(key_of(record), entry.entry)

    def _add_reports(self, entry: Entry) -> None:
        command = entry.command
        if isinstance(command, ReportKey):
            self._key_reports.add(entry.entry, command)
        elif isinstance(command, ReportPartyMessage):
            self._party_reports.add(entry.entry, command)
        elif isinstance(command, SignOffer):
            self._party_reports.add_offer(command.listing_id)
        elif isinstance(command, ReportChainRecord) and command.outcome == "refused":
            self._refusals.add(entry.entry, command)
        elif isinstance(command, ReportChainRecord):
            self._reports[command.record, command.subject_id] = _Report(
                entry=entry.entry, transaction=command.transaction, block=command.block
            )

    def compare(self, events: Sequence[ChainEvent], block: int, findings: Findings) -> Compared:
        """Hold the register's events, read at `block`, against the journal."""
        reports = (self._key_reports, self._party_reports)
        compared = Compared(beyond_block=sum(each.check(events, block, findings) for each in reports))
        beyond, compared.refused_alone = self._refusals.check(events, block, findings)
        compared.beyond_block += beyond
        for event in events:
            self._explain(event, compared, findings)
        standing: dict[tuple[str, str], list[_Expected]] = {}
        for expected in (each for group in self._expected.values() for each in group):
            kind = expected.kind.removesuffix("_end") if expected.kind != "licence_end" else expected.kind
            standing.setdefault((kind, expected.subject_id), []).append(expected)
        for (kind, subject_id), report in self._reports.items():
            self._check_report(standing.get((kind, subject_id), []), report, block, compared, findings)
        compared.pending = sum(
            all(each.event is None for each in group)
            for key, group in standing.items()
            if key not in self._reports
        )
        return compared

    def signatures_of(self, event: ChainEvent) -> tuple[str, ...]:
        """Give the signatures, 0x hex, that the journal has for what an event states; none if it has none."""
        return self._signatures.get(content_of_event(event), ())

    def _explain(self, event: ChainEvent, compared: Compared, findings: Findings) -> None:
        if isinstance(event, _ADMINISTRATIVE):
            compared.administrative += 1
            return
        group = self._expected.get(content_of_event(event), [])
        key = key_of_event(event)
        where = f"{type(event).__name__} {event.seq}, {key[1][0][1]}"
        waiting = next((each for each in group if each.event is None), None)
        if not group:
            entry = self._entry_by_key.get(key)
            if entry is None and RECORD_OF[type(event)] in OPEN_TO_ALL:
                compared.parties_own += 1
                return
            findings.add(
                "AUDIT-CHAIN-UNKNOWN" if entry is None else "AUDIT-CHAIN-DIFFERS", where, entry=entry
            )
        elif waiting is None:
            findings.add("AUDIT-CHAIN-TWICE", where, entry=group[0].entry)
        else:
            waiting.event = event
            compared.found += 1
            compared.deals += isinstance(event, _AGREED)

    def _check_report(
        self,
        group: list[_Expected],
        report: _Report,
        block: int,
        compared: Compared,
        findings: Findings,
    ) -> None:
        found = [each.event for each in group if each.event is not None]
        if found:
            reported = report.transaction.lower().removeprefix("0x")
            compared.other_transaction += all(
                event.place.transaction_hash.hex() != reported for event in found
            )
        elif report.block > block:
            compared.beyond_block += 1
        else:
            findings.add("AUDIT-CHAIN-MISSING", f"transaction {report.transaction}", entry=report.entry)


class Shown:
    """What a public export shows of deals: signatures of them and of offers, and the registrations confirmed."""

    def __init__(self) -> None:
        self._signatures: dict[str, list[str]] = {}
        self._proofs: dict[str, set[str]] = {}
        self._reports: dict[str, _Report] = {}
        self._party_reports, self._key_reports = PartyReports(), KeyReports()
        self._refused: list[tuple[str, str | None, _Report]] = []
        """The own part of each deal that was reported as refused, and on which ground."""
        self._sealed_sets = SealedSets()
        self._fills: set[str] = set()
        """The own part of each deal that is the fill of two signed orders."""
        self._offer_signatures: dict[str, str] = {}
        """By the salt that tells an offer from every other."""

    def add(self, entry: Entry) -> None:
        """Take down what an accepted entry shows."""
        command = entry.command
        if not isinstance(entry.answer, Accepted):
            return
        self._sealed_sets.add(entry)
        if isinstance(command, SignDeal | SignAgreement):
            self._signatures.setdefault(_deal_key(command.deal_id), []).append(command.deal_signature)
        elif isinstance(command, SignOffer):
            salt = self._party_reports.add_offer(command.listing_id)
            self._offer_signatures["0x" + salt.hex()] = command.offer_signature
        elif isinstance(command, ReportPartyMessage):
            self._party_reports.add(entry.entry, command)
        elif isinstance(command, ReportKey):
            self._key_reports.add(entry.entry, command)
        elif isinstance(command, ConfirmRegistration):
            self._proofs.setdefault(_deal_key(command.deal_id), set()).add("0x" + command.proof_digest)
        elif isinstance(command, RecordRegisterCopy):
            self._proofs.setdefault(ZERO_HASH, set()).add("0x" + command.copy_digest)
        elif isinstance(command, ReportChainRecord) and command.record == "deal":
            key = _deal_key(command.subject_id)
            report = _Report(entry=entry.entry, transaction=command.transaction, block=command.block)
            if command.outcome == "refused":
                self._refused.append((key, command.error, report))
            else:
                self._reports[key] = report

    def compare(self, events: Sequence[ChainEvent], block: int, findings: Findings) -> Compared:
        """Hold the register's deals and registrations, read at `block`, against what the export shows.

        Whether both parties of each deal signed it, `ledger.audit.keys` says, with the counters of that moment.
        """
        reports = (self._key_reports, self._party_reports, self._sealed_sets)
        compared = Compared(beyond_block=sum(each.check(events, block, findings) for each in reports))
        agreed: set[str] = set()
        refused: set[tuple[str, str | None]] = set()
        for event in events:
            if isinstance(event, _AGREED):
                agreed.add(_own_part(event.deal_id))
            elif isinstance(event, ItemRefused):
                refused.add((_own_part(event.id), event.error))
            self._explain(event, compared, findings)
        self._check_deals(agreed, refused, block, compared, findings)
        return compared

    def _check_deals(
        self,
        agreed: set[str],
        refused: set[tuple[str, str | None]],
        block: int,
        compared: Compared,
        findings: Findings,
    ) -> None:
        """Hold what was reported of deals against those agreed and refused, each by its own part."""
        wrong = []
        for key, report in self._reports.items():
            if key not in agreed:
                wrong.append(("AUDIT-CHAIN-MISSING", f"transaction {report.transaction}", report))
        for key, error, report in self._refused:
            if key not in agreed and (key, error) not in refused:
                wrong.append(("AUDIT-CHAIN-REFUSAL", f"transaction {report.transaction}: {error}", report))
        for code, detail, report in wrong:
            if report.block > block:
                compared.beyond_block += 1
            else:
                findings.add(code, detail, entry=report.entry)

    def signatures_of(self, event: ChainEvent) -> tuple[str, ...]:
        """Give the signatures, 0x hex, that the export shows for a deal or an offer; none for anything else."""
        if isinstance(event, DealAgreed | OfferAccepted):
            return tuple(self._signatures.get(_own_part(event.deal_id), ()))
        if isinstance(event, OfferMade):
            return tuple(filter(None, (self._offer_signatures.get(event.salt),)))
        return ()

    def _explain(self, event: ChainEvent, compared: Compared, findings: Findings) -> None:
        if isinstance(event, _ADMINISTRATIVE):
            compared.administrative += 1
            return
        if isinstance(event, OrdersFilled) or self._is_fills(event):
            self._compare_fill(event, compared)
            return
        if isinstance(event, DealAgreed | OfferAccepted):
            compared.deals += 1
            holds, wrong = _own_part(event.deal_id) in self._signatures, "not signed in the journal"
        elif isinstance(event, OfferMade):
            holds, wrong = event.salt in self._offer_signatures, "an offer that nobody signed in the journal"
        elif isinstance(event, RegistryConfirmed):
            deal = ZERO_HASH if event.deal_id == ZERO_HASH else _own_part(event.deal_id)
            holds = event.proof in self._proofs.get(deal, set())
            wrong = "not confirmed in the journal"
        elif isinstance(event, DealUnwound | DealSettled | LicenceGranted):
            holds = _own_part(event.deal_id) in self._signatures
            wrong = "a deal that nobody signed in the journal"
        elif isinstance(event, SealedBidsFixed):
            holds, wrong = self._sealed_sets.knows(event), "of a listing without sealed bids"
        else:
            compared.not_compared += 1
            return
        compared.found += 1
        if not holds:
            findings.add("AUDIT-CHAIN-UNKNOWN", f"{type(event).__name__} {event.seq}: {wrong}")

    def _is_fills(self, event: ChainEvent) -> bool:
        """Whether it is a later step of a fill that the chain has shown before."""
        later = isinstance(event, DealUnwound | DealSettled | LicenceGranted)
        return later and _own_part(getattr(event, "deal_id", "")) in self._fills

    def _compare_fill(self, event: ChainEvent, compared: Compared) -> None:
        """Orders are confidential, so that a public copy shows of a fill no more than the report of its record."""
        own_part = _own_part(getattr(event, "deal_id", ""))
        self._fills.add(own_part)
        compared.deals += isinstance(event, OrdersFilled)
        if own_part in self._reports:
            compared.found += 1
        else:
            compared.not_compared += 1


def _own_part(deal_key: str) -> str:
    """The last 12 bytes of a deal's identifier on the chain, which are its own; the rest are its keys'."""
    return deal_key[-2 * DEAL_NUMBER_BYTES :]


def _deal_key(deal_id: str) -> str:
    """The own part of the identifier of a deal of the journal."""
    return deal_number(deal_id).hex()
