"""The audit: one pass over an exported journal, against the chain and a few public keys, trusting nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

import msgspec

from exchange.commands import EraseSealedPart, OpenVenue
from ledger.audit.attestations import check_attestation, is_attested
from ledger.audit.checkpoints import MOST_KEPT, CheckpointCheck, Vouchers
from ledger.audit.entries import Opened, open_entry
from ledger.audit.evidence import block_to_read, read_anchors
from ledger.audit.findings import Findings, Note, Unsound, note
from ledger.audit.history import History, read_history
from ledger.audit.instructions import check_instruction
from ledger.audit.keys import KeyHistory, KeysSeen
from ledger.audit.licences import check_licences
from ledger.audit.lines import FORMATS, CheckpointLine, EntryLine, Header, LineRefused, SealLine, read_lines
from ledger.audit.matching import Compared, Recorded, Shown
from ledger.audit.references import References
from ledger.audit.replay import Replay
from ledger.audit.report import Report
from ledger.audit.row_sums import SummedState
from ledger.audit.tally import Tally
from ledger.audit.tree import TreeCheck, check_anchors
from ledger.audit.witnesses import OlderExport, Receipts
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.journal import Accepted, giver_of
from ledger.log.checkpoints import log_verifier, origin_of
from ledger.log.notes import COSIGNATURE
from ledger.merkle import EMPTY_ROOT
from ledger.receipts import PUBLIC_KEY_BYTES, Receipt
from ledger.secp256k1 import SignatureRefused, checksum_address
from ledger.signatures import Domain, exchange_domain
from ledger.timestamp.verifying import read_certificates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.audit.evidence import AnchorEvidence
    from ledger.audit.lines import AnyLine, ExportKind

DEVELOPMENT_CHAIN = 31_337

_CURES = {
    "AUDIT-TRUST": "give the chain's id, the anchor's address, the receipt key as 64 hex digits, witnesses' own keys",
    "AUDIT-CHAIN": "point at a node of the chain that the root of trust names",
}


class AuditRefused(Exception):
    """There can be no verdict: the root of trust makes no sense, or is not that of this chain."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}; {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """All that an audit trusts: which chain, which anchor, through which node, and the venue's receipt key.

    The keys of operators, service, bank and office stand in entry 0, which the anchored root fixes.
    """

    chain_id: int
    anchor: str
    rpc_url: str
    receipt_key: str
    """Ed25519 public key as 64 hex digits."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What else the auditor has: receipts, an older export; and where on the chain to look.

    vouchers: whose word on checkpoints counts beside the venue's. block: read the chain at this block instead of the
    newest final one. from_block: no log stands before it; the contracts' own count of events shows if that was wrong.
    row_sums: say what every row must be by replay, for whoever has the venue's tables.
    """

    receipts: tuple[Receipt, ...] = ()
    older: IO[bytes] | None = None
    vouchers: Vouchers = Vouchers()
    block: int | None = None
    from_block: int = 0
    row_sums: bool = False


def audit(stream: IO[bytes], trust: Trust, evidence: Evidence | None = None) -> Report:
    """Check an exported journal. Memory grows with the venue's state and its chain events, not with its entries.

    Raises:
        AuditRefused: AUDIT-TRUST, AUDIT-CHAIN.
        ChainFault: the chain cannot be read.
        ReceiptRefused: a receipt given as evidence is not genuine.
        NoteRefused: a checkpoint given as evidence is not the venue's.
        TokenRefused: TOKEN-CERTIFICATE: what was given is no certificate.
        Unsound: AUDIT-LINE, AUDIT-HEADER: the older export is none, or of another venue.
        OSError: a file cannot be read.
    """
    evidence = evidence or Evidence()
    with ExitStack() as stack:
        references = stack.enter_context(References())
        return _Audit(trust, evidence, references).run(stream)


class _Audit:
    """One audit under way."""

    def __init__(self, trust: Trust, evidence: Evidence, references: References) -> None:
        self._trust, self._evidence, self._references = trust, evidence, references
        self._anchor, receipt_key = _checked(trust)
        self._findings = Findings()
        self._client = ChainClient(trust.rpc_url)
        if self._client.chain_id() != trust.chain_id:
            code = "AUDIT-CHAIN"
            raise AuditRefused(code, f"the node is of chain {self._client.chain_id()}")
        self._block = block_to_read(self._client, evidence.block)
        self._anchors: AnchorEvidence = read_anchors(
            self._client, self._anchor, evidence.from_block, self._block, self._findings
        )
        check_anchors(self._anchors.anchors, EMPTY_ROOT, self._findings)
        self._tree = TreeCheck(self._anchors.anchors, receipt_key, self._findings)
        self._receipts = Receipts(evidence.receipts, receipt_key, self._findings)
        self._older: OlderExport | None = None
        if evidence.older is not None:
            venue = (trust.chain_id, self._anchor)
            self._older = OlderExport(evidence.older, venue, receipt_key.hex(), self._findings)
        log = log_verifier(origin_of(trust.chain_id, self._anchor), receipt_key)
        self._checkpoints = CheckpointCheck(log, _checked_vouchers(evidence.vouchers), self._findings)
        self._domain: Domain = exchange_domain(trust.chain_id, self._anchor)
        self._summed = SummedState() if evidence.row_sums else None
        self._replay = Replay(self._summed)
        self._recorded, self._shown, self._tally = Recorded(), Shown(), Tally()
        self._history, self._keys = History(), KeysSeen()
        self._header: Header | None = None
        self._venue: OpenVenue | None = None
        self._replaying = True
        self._time_ms = 0
        self._openings = self._signatures = self._attestations = self._statements_elsewhere = 0
        self._unopened: set[tuple[int, str]] = set()
        self._erased: set[tuple[int, str]] = set()
        self._erasable = 0

    def run(self, stream: IO[bytes]) -> Report:
        """Read the file once, compare with the chain, and say what came of it."""
        whole = self._read(read_lines(stream))
        self._tree.finish(whole=whole)
        if whole:
            self._receipts.finish(self._tree.size)
            if self._older is not None:
                self._older.finish(self._tree.size, self._erased)
            self._checkpoints.finish(self._tree.size, self._header)
        repeated = self._references.first_repeated()
        with self._findings.following():
            if repeated is not None:
                self._findings.add("AUDIT-REFERENCE", entry=repeated)
            compared = self._compare_with_chain(whole=whole)
        return self._report(compared, whole=whole)

    def _read(self, lines: Iterable[AnyLine]) -> bool:
        """Take every line in turn; whether the file was read to its end."""
        try:
            for line in lines:
                if isinstance(line, EntryLine) and self._header is not None:
                    self._entry(line, self._header.kind)
                elif isinstance(line, SealLine) and self._header is not None:
                    self._tree.seal(line)
                    self._receipts.seal(line, self._tree.size)
                    if self._older is not None:
                        self._older.seal(line, self._tree.size)
                elif (
                    isinstance(line, CheckpointLine) and self._header is not None and self._header.format > 1
                ):
                    self._checkpoints.line(line, self._tree)
                    if self._older is not None:
                        self._older.checkpoint(line, self._tree.size)
                elif isinstance(line, Header) and self._header is None:
                    self._take_header(line)
                else:
                    self._findings.add("AUDIT-LINE", "a line out of its place", entry=self._tree.size)
                    return False
        except LineRefused as error:
            size = self._tree.size
            place = max(0, size - 1) if error.was_checkpoint else size
            interval = self._tree.batch if error.was_seal else (place, place)
            self._findings.add("AUDIT-LINE", str(error), interval=interval)
            return False
        except Unsound as found:
            interval = (self._tree.size - found.entries_before, self._tree.size)
            self._findings.add(found.code, found.detail, interval=interval)
            return False
        return True

    def _take_header(self, header: Header) -> None:
        trust = self._trust
        if header.format not in FORMATS or (header.chain_id, header.anchor, header.receipt_key) != (
            trust.chain_id,
            self._anchor,
            trust.receipt_key.lower(),
        ):
            self._findings.add("AUDIT-HEADER", entry=0)
        self._header = header
        self._replaying = header.kind == "auditor"

    def _entry(self, line: EntryLine, kind: ExportKind) -> None:
        """Check one entry by itself, then in its tree, then in its place by replay."""
        number = self._tree.size
        opened = open_entry(line, number, kind)
        entry = opened.entry
        if number == 0:
            self._take_venue(opened)
        self._receipts.entry(number, opened.leaf)
        if self._older is not None:
            # A public copy opens nothing, which is no loss.
            shown = opened.erasable if kind == "auditor" else frozenset(entry.command.erasable)
            self._older.entry(number, opened.leaf, shown)
        self._checkpoints.entry(entry)
        self._tree.entry(entry, opened.leaf)
        self._checkpoints.kept(self._tree)
        self._openings += opened.opened
        try:
            if entry.time_ms < self._time_ms:
                # Either this one was put back or the one before was put forward.
                interval = (max(0, number - 1), number)
                self._findings.add("AUDIT-TIME", f"{self._time_ms} to {entry.time_ms}", interval=interval)
            self._time_ms = max(self._time_ms, entry.time_ms)
            self._sealed_parts(opened)
            if check_instruction(opened, self._domain):
                self._signatures += 1
                signer = "" if entry.signature is None else entry.signature.signer
                giver = giver_of(entry.command, entry.actor, signer)
                self._references.add(giver, entry.reference, number)
            if is_attested(opened) and isinstance(entry.answer, Accepted) and self._venue is not None:
                whole = check_attestation(opened, self._venue)
                self._attestations += whole
                self._statements_elsewhere += not whole
        except Unsound as found:
            self._findings.add(found.code, found.detail, entry=number)
        self._decide(opened)

    def _decide(self, opened: Opened) -> None:
        """Replay an entry, or take down what a public one shows. After the first difference nothing follows."""
        entry = opened.entry
        if self._header is not None and self._header.kind == "public":
            self._shown.add(entry)
            self._tally.add(entry)
        elif self._replaying:
            try:
                self._recorded.add(entry, self._replay.step(opened))
                self._tally.add(entry)
            except Unsound as found:
                self._replaying = False
                first = entry.entry
                if found.code == "AUDIT-STATE-HASH":  # the state went another way somewhere before
                    first = max(self._replay.agreed_before, min(self._tree.anchored, entry.entry))
                with self._findings.following():
                    self._findings.add(found.code, found.detail, interval=(first, entry.entry))

    def _take_venue(self, opened: Opened) -> None:
        """Entry 0 says which keys count; it must be of this chain, anchor and receipt key, as the header."""
        command, header = opened.entry.command, self._header
        if not isinstance(command, OpenVenue) or header is None:
            self._findings.add("AUDIT-HEADER", "the first entry opens no venue", entry=0)
            return
        stated = (command.chain_id, command.anchor.lower(), command.receipt_key.lower())
        wanted = (self._trust.chain_id, self._anchor.lower(), self._trust.receipt_key.lower())
        if stated != wanted or command.register != header.register:
            self._findings.add("AUDIT-HEADER", "the first entry opens another venue", entry=0)
        self._venue = command

    def _sealed_parts(self, opened: Opened) -> None:
        """Count erasable parts: opened, erased by an entry, or not lodged."""
        entry = opened.entry
        if not entry.command.erasable and type(entry.command) is not EraseSealedPart:
            return
        if self._header is None or self._header.kind == "public":
            return  # a public export opens nothing
        for label in entry.command.erasable:
            if label not in opened.erasable:
                self._unopened.add((entry.entry, label))
        if isinstance(entry.command, EraseSealedPart) and isinstance(entry.answer, Accepted):
            self._erased.add((entry.command.entry, entry.command.label))

    def _compare_with_chain(self, *, whole: bool) -> Compared:
        if self._venue is None:
            return Compared()
        register = self._venue.register
        try:
            self._history = read_history(
                self._client, register, self._evidence.from_block, self._block, self._findings
            )
        except ChainFault as fault:
            if fault.code not in {"CHAIN-ANSWER", "CHAIN-REVERTED"}:
                raise
            self._findings.add("AUDIT-CHAIN-LOG", f"{register}: {fault.detail}", entry=0)
            return Compared()
        events = self._history.events
        public = self._header is not None and self._header.kind == "public"
        journal = self._shown if public else self._recorded
        if whole and (public or self._replaying):
            compared = journal.compare(events, self._block, self._findings)
        else:
            compared = Compared(not_compared=len(events))
        keys = KeyHistory(self._trust.chain_id, journal.signatures_of, self._is_contract, self._findings)
        self._keys = keys.follow(events)
        check_licences(events, self._findings)
        return compared

    def _is_contract(self, address: str) -> bool:
        return bool(self._client.code(address, self._block))

    def _notes(self, compared: Compared, *, whole: bool) -> tuple[Note, ...]:
        public = self._header is not None and self._header.kind == "public"
        size, replayed = self._tree.size, self._replay.entries
        counts = {
            "DEVELOPMENT-CHAIN": int(self._trust.chain_id == DEVELOPMENT_CHAIN),
            "PUBLIC-EXPORT": size if public else 0,
            "NOT-READ": int(not whole),
            "NOT-REPLAYED": 0 if public else size - replayed,
            "AFTER-LAST-ANCHOR": size - self._tree.anchored,
            "ERASED": len(self._unopened & self._erased),
            "NOT-LODGED": len(self._unopened - self._erased),
            "CHAIN-NOT-COMPARED": compared.not_compared,
            "PENDING-ON-CHAIN": compared.pending,
            "BEYOND-BLOCK": compared.beyond_block,
            "OTHER-TRANSACTION": compared.other_transaction,
            "ADMINISTRATIVE": compared.administrative + self._anchors.events - len(self._anchors.anchors),
            "PARTIES-OWN": compared.parties_own,
            "REFUSED-ALONE": compared.refused_alone,
            "KEY-RECOVERED": self._keys.recovered,
            "KEYS-NOT-LISTED": self._keys.enrolled
            + self._keys.recovered
            + self._keys.proposed
            - len(self._keys.listed),
            "CONTRACT-SIGNATURE": self._keys.contract_accounts,
            "STATEMENTS-ELSEWHERE": self._statements_elsewhere,
            **self._checkpoints.notes(size),
            "IDENTITY": 1,
        }
        return tuple(note(code, count) for code, count in counts.items() if count)

    def _report(self, compared: Compared, *, whole: bool) -> Report:
        replay, tree, findings = self._replay, self._tree, self._findings
        public = self._header is not None and self._header.kind == "public"
        if self._header is None or (whole and tree.size == 0):
            findings.add("AUDIT-LINE", "no header or no entry", entry=0)
        return Report(
            verified=findings.first is None,
            kind=None if self._header is None else self._header.kind,
            chain_id=self._trust.chain_id,
            anchor=self._anchor,
            block=self._block,
            entries=tree.size,
            roots=tree.roots,
            anchored_entries=tree.anchored,
            anchored_by=self._anchors.keys,
            seals=tree.seals,
            checkpoints=self._checkpoints.checkpoints,
            closes=self._checkpoints.closes,
            cosignatures=self._checkpoints.cosignatures,
            tokens=self._checkpoints.tokens,
            openings=self._openings,
            signatures=self._signatures,
            replayed=replay.entries,
            state_hashes=replay.state_hashes,
            rights=self._tally.rights,
            parties=self._tally.parties,
            listings=self._tally.listings,
            bids=self._tally.bids,
            deals=compared.deals if public else replay.deals,
            deals_on_chain=compared.deals,
            deal_signatures=self._keys.signatures if public else replay.deal_signatures,
            chain_signatures=self._keys.signatures,
            transfers=replay.transfers,
            licences=replay.licences,
            attestations=self._attestations,
            approvals=replay.approvals,
            chain_events=len(self._history.events) + self._anchors.events,
            registers=self._history.registers,
            keys_enrolled=self._keys.enrolled,
            keys_recovered=self._keys.recovered,
            keys=self._keys.listed,
            witnessed=self._receipts.compared + (0 if self._older is None else self._older.compared),
            not_checked=self._notes(compared, whole=whole),
            findings=tuple(findings.all),
            finding_count=findings.count,
            first_bad=findings.first,
            row_sums=self._summed.sums() if self._summed is not None and self._replaying and whole else None,
        )


def _checked_vouchers(vouchers: Vouchers) -> Vouchers:
    """Refuse what could vouch for nothing."""
    code = "AUDIT-TRUST"
    if any(each.kind != COSIGNATURE for each in vouchers.witnesses):
        raise AuditRefused(code, "a witness's key is not a key for cosignatures")
    if len(vouchers.kept) > MOST_KEPT:
        raise AuditRefused(code, f"over {MOST_KEPT} checkpoints")
    if vouchers.timestamp is not None:
        read_certificates(vouchers.timestamp)
    return vouchers


def _checked(trust: Trust) -> tuple[str, bytes]:
    """The anchor's address in its capitals and the receipt key's bytes."""
    code = "AUDIT-TRUST"
    try:
        anchor, key = checksum_address(trust.anchor), bytes.fromhex(trust.receipt_key)
    except (SignatureRefused, ValueError) as error:
        raise AuditRefused(code, str(error)) from error
    if len(key) != PUBLIC_KEY_BYTES or trust.chain_id < 1:
        raise AuditRefused(code, "a key of another length, or no chain")
    return anchor, key
