"""An exported journal as tables for spreadsheet programs, made offline by the reader that the audit uses.

An auditor's copy is decided again, so that what the tables say of rights, deals and money is what the rules make of
the entries, not what the venue says of them. A public copy gives entries, seals, checkpoints and reports alone. Whether
these are the entries that the venue acknowledged is the audit's to say, against the chain.
"""

from __future__ import annotations

import csv
import hashlib
import os
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

import msgspec

from exchange.commands import EraseSealedPart, ReportChainRecord
from ledger.audit import csv_columns as columns
from ledger.audit.csv_columns import cell, iso_time, value_at
from ledger.audit.entries import open_entry
from ledger.audit.findings import Findings, Unsound
from ledger.audit.lines import (
    CheckpointLine,
    EntryLine,
    ExportKind,
    Header,
    LineRefused,
    SealLine,
    read_lines,
)
from ledger.audit.offline import DecidedOtherwise, OfflineRefused
from ledger.audit.replay import Replay, ReplayedState
from ledger.journal import Accepted, type_of
from ledger.log.checkpoints import origin_of, stated_by
from ledger.log.notes import NoteRefused, read_note
from ledger.merkle import Frontier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.rows import Row
    from ledger.audit.csv_columns import Column
    from ledger.audit.entries import Opened
    from ledger.audit.lines import AnyLine

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
OWNER_ONLY: Final = 0o600
"""An auditor's tables hold every confidential term."""
_SUBJECTS: Final = {"right_id": "rights-history", "deal_id": "deals-history"}
"""Events that name one of these belong to that history."""


class CsvFile(msgspec.Struct, frozen=True, kw_only=True):
    """One of the files: its rows without the headings, and the SHA-256 (hex) of its bytes."""

    name: str
    rows: int
    sha256: str


class CsvExport(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables were made of, and which they are. Hashes as hex; it stands beside them as `manifest.json`.

    checkpoint: the newest one in the file, as it stands there; its signature is not checked here, nor is any other.
    """

    format: int = FORMAT
    kind: ExportKind
    chain_id: int
    anchor: str
    register: str
    receipt_key: str
    source_sha256: str
    """Of the exported journal."""
    entries: int
    time: str
    """Of the last entry, ISO 8601 in UTC."""
    root: str
    """RFC 6962, over the entries."""
    state_hash: str | None
    """After the last entry; none of a public copy."""
    checkpoint: str | None
    files: tuple[CsvFile, ...]


def write_csv(stream: IO[bytes], folder: Path) -> CsvExport:
    """Write the tables of an exported journal and their manifest into a folder; what the manifest says.

    Memory grows with the venue's state, not with its entries. A folder that is not finished has no manifest.

    Raises:
        OfflineRefused: OFFLINE-EXPORT: it is no export, or has no entry.
        DecidedOtherwise: an entry does not hold; nothing follows.
        OSError: a file cannot be read or written, or is there already.
    """
    source = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # a file opened in binary
    stream.seek(0)
    with _Tables(folder) as tables:
        made = _Making(tables)
        made.read(stream)
        made.finish()
    header, last = made.header, made.last_ms
    if header is None or last is None:
        code = "OFFLINE-EXPORT"
        raise OfflineRefused(code, "it has no entry")
    export = CsvExport(
        kind=header.kind,
        chain_id=header.chain_id,
        anchor=header.anchor,
        register=header.register,
        receipt_key=header.receipt_key,
        source_sha256=source,
        entries=made.tree.size,
        time=iso_time(last),
        root=made.tree.root().hex(),
        state_hash=made.replay.state_hash() if header.kind == "auditor" else None,
        checkpoint=made.checkpoint,
        files=tuple(tables.files()),
    )
    with _new_file(folder / MANIFEST) as manifest:
        manifest.write(msgspec.json.format(msgspec.json.encode(export)).decode() + "\n")
    return export


class _Tables:
    """Files by name, each begun with its headings when its first row comes; UTF-8 with a byte order mark."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self, name: str, of: tuple[Column, ...]) -> None:
        """A file with its headings."""
        file = self._stack.enter_context(_new_file(self._folder / f"{name}.csv", encoding="utf-8-sig"))
        self._writers[name] = csv.writer(file)
        self._writers[name].writerow([heading for heading, _, _ in of])
        self._rows[name] = 0

    def row(self, name: str, of: tuple[Column, ...], row: dict[str, Any]) -> None:
        """Write a row."""
        self._writers[name].writerow([cell(value_at(row, path), sort) for _, path, sort in of])
        self._rows[name] += 1

    def files(self) -> Iterator[CsvFile]:
        """What was written, once it is closed."""
        for name in sorted(self._rows):
            path = self._folder / f"{name}.csv"
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield CsvFile(name=path.name, rows=self._rows[name], sha256=digest)


class _TellingState(ReplayedState):
    """Hands over each row that leaves memory, as it then stands."""

    def __init__(self, tables: _Tables) -> None:
        super().__init__()
        self._tables = tables

    def _mark(self, row: Row, archived: Row | None) -> None:
        super()._mark(row, archived)
        if archived is not None:
            tell(self._tables, archived)


def tell(tables: _Tables, row: Row) -> None:
    """Write a row of state into its table, if its kind has one."""
    table = columns.ROWS.get(row.kind)
    if table is not None:
        name, of = table
        tables.row(name, of, msgspec.to_builtins(row))


class _Making:
    """The tables while the lines of an export come in."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables
        self._state = _TellingState(tables)
        self.replay = Replay(self._state)
        self.tree = Frontier()
        self.header: Header | None = None
        self.last_ms: int | None = None
        self.checkpoint: str | None = None
        self._number = 0
        """The entry that is read, or comes next."""
        self._missing: dict[tuple[int, str], str] = {}
        self._erased: dict[tuple[int, str], tuple[int, str]] = {}

    def read(self, stream: IO[bytes]) -> None:
        """Take every line.

        Raises:
            OfflineRefused, DecidedOtherwise, OSError: see `write_csv`.
        """
        findings = Findings()
        try:
            for line in read_lines(stream):
                self._line(line)
        except LineRefused as error:
            if self.header is None:
                code = "OFFLINE-EXPORT"
                raise OfflineRefused(code, str(error)) from error
            findings.add("AUDIT-LINE", str(error), entry=self._number)
        except NoteRefused as error:
            findings.add("AUDIT-CHECKPOINT", error.code, entry=max(0, self._number - 1))
        except Unsound as found:
            interval = (self._number - found.entries_before, self._number)
            findings.add(found.code, found.detail, interval=interval)
        if findings.first is not None:
            raise DecidedOtherwise(findings.first)

    def _line(self, line: AnyLine) -> None:
        if isinstance(line, Header) and self.header is None:
            self._begin(line)
        elif self.header is None or isinstance(line, Header):
            code = "OFFLINE-EXPORT"
            raise OfflineRefused(code, "a header is missing, or stands twice")
        elif isinstance(line, EntryLine):
            self._entry(open_entry(line, self._number, self.header.kind), line)
            self._number += 1
        elif isinstance(line, SealLine):
            self._seal(line)
        else:
            self._checkpoint(line)

    def finish(self) -> None:
        """What is known at the end alone: parts that are erased or not there, and rows that stand."""
        for (entry, label), committed in self._missing.items():
            by, ground = self._erased.get((entry, label), ("", ""))
            public = self.header is not None and self.header.kind == "public"
            state = "erased 已删除" if by != "" else "sealed 密封" if public else "not lodged 未提交"
            self._part(entry, label, committed, state, erased_by=by, ground=ground)
        for row in self._state.each_row():
            tell(self._tables, row)

    def _begin(self, header: Header) -> None:
        self.header = header
        tables: dict[str, tuple[Column, ...]] = {
            "entries": columns.ENTRIES,
            "sealed-parts": columns.SEALED_PARTS,
            "seals": columns.SEALS,
            "checkpoints": columns.CHECKPOINTS,
            "chain-reports": columns.CHAIN_REPORTS,
        }
        if header.kind == "auditor":
            tables |= {"postings": columns.POSTINGS, "chain-records": columns.CHAIN_RECORDS}
            tables |= dict.fromkeys(_SUBJECTS.values(), columns.HISTORY)
            tables |= dict(columns.ROWS.values())
        for name, of in tables.items():
            self._tables.begin(name, of)

    def _entry(self, opened: Opened, line: EntryLine) -> None:
        entry = opened.entry
        self.tree.append(opened.leaf)
        self.last_ms = entry.time_ms
        accepted = isinstance(entry.answer, Accepted)
        content: dict[str, Any] = msgspec.json.decode(opened.command)
        row = msgspec.to_builtins(entry) | {
            "versions": f"{entry.schema}.{entry.engine}.{entry.rulebook}",
            "type": type_of(entry.command),
            "signer": "" if entry.signature is None else entry.signature.signer,
            "answer": "accepted" if accepted else "refused",
            "refusal": None if isinstance(entry.answer, Accepted) else entry.answer.code,
            "result": entry.answer.result if isinstance(entry.answer, Accepted) else None,
            "content": {name: value for name, value in content.items() if name not in {"type", "erasable"}},
            "terms": None if line.terms is None else bytes(line.terms.value).decode(),
            "leaf": opened.leaf.hex(),
        }
        self._tables.row("entries", columns.ENTRIES, row)
        self._parts(opened, line)
        if accepted and isinstance(entry.command, ReportChainRecord):
            self._tables.row("chain-reports", columns.CHAIN_REPORTS, content | row)
        if self.header is not None and self.header.kind == "auditor":
            self._decide(opened)

    def _parts(self, opened: Opened, line: EntryLine) -> None:
        entry, command = opened.entry, opened.entry.command
        for label, committed in command.erasable.items():
            part = line.erasable.get(label)
            if part is None:
                self._missing[entry.entry, label] = committed
            else:
                value = bytes(part.value).decode()
                self._part(entry.entry, label, committed, "open 已开启", value=value)
        if isinstance(command, EraseSealedPart) and isinstance(entry.answer, Accepted):
            self._erased[command.entry, command.label] = (entry.entry, command.ground)

    def _part(self, entry: int, label: str, committed: str, state: str, **more: Any) -> None:  # noqa: ANN401
        row = {"entry": entry, "label": label, "commitment": committed, "state": state} | more
        self._tables.row("sealed-parts", columns.SEALED_PARTS, row)

    def _decide(self, opened: Opened) -> None:
        entry = opened.entry
        where = {"entry": entry.entry, "time_ms": entry.time_ms}
        for record in self.replay.step(opened):
            self._tables.row("chain-records", columns.CHAIN_RECORDS, msgspec.to_builtins(record) | where)
        for event in msgspec.json.decode(opened.outcome or b"{}").get("events", ()):
            if event["type"] == "posted":
                self._tables.row("postings", columns.POSTINGS, event | where)
            for name, table in _SUBJECTS.items():
                if name in event:
                    content = {key: value for key, value in event.items() if key not in {"type", name}}
                    row = {"subject": event[name], "type": event["type"], "content": content} | where
                    self._tables.row(table, columns.HISTORY, row)

    def _seal(self, line: SealLine) -> None:
        self._tables.row(
            "seals", columns.SEALS, msgspec.to_builtins(line.seal) | {"signature": line.signature}
        )

    def _checkpoint(self, line: CheckpointLine) -> None:
        note = read_note(line.note.encode())
        stated = stated_by(note)
        own = "" if self.header is None else origin_of(self.header.chain_id, self.header.anchor)
        self.checkpoint = line.note
        row = {
            "size": stated.size,
            "root": stated.root.hex(),
            "witnesses": [each.name for each in note.signatures if each.name != own],
            "token": "stamped 已加盖" if line.token else "",
            "note": line.note,
        }
        self._tables.row("checkpoints", columns.CHECKPOINTS, row)


def _new_file(path: Path, encoding: str = "utf-8") -> IO[str]:
    """A file that was not there before, for its owner alone. Line ends are as RFC 4180 has them."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
    return os.fdopen(descriptor, "w", encoding=encoding, errors="backslashreplace", newline="")
