"""An auditor of the rogue operator's day: each tampering is written into the tables, exported, and audited for real."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg

from ledger import journal_export
from ledger.audit.checkpoints import Vouchers
from ledger.audit.lines import AnyLine, Header, encode_line, read_lines
from ledger.audit.report import Report
from ledger.audit.run import Evidence, audit
from ledger.journal_export import ExportRefused, export
from ledger.receipts import BatchSeal, Receipt, SignedSeal, make_receipts
from ledger.store.connections import psycopg_url
from tests.faults.rogue_day import Stolen
from tests.faults.rogue_hand import Hand, Tables
from tests.faults.tamperings import Degree, Draw, Tampering

RECURSION_LIMIT = 1_000


class Auditor:
    """Has an honest copy of the day, all its receipts and checkpoints, and takes out what a tampering lets it keep."""

    def __init__(self, stolen: Stolen, standing: Tables) -> None:
        sys.setrecursionlimit(RECURSION_LIMIT)
        self._stolen, self._standing = stolen, standing
        self._connection = psycopg.connect(psycopg_url(stolen.database_url), autocommit=True)
        honest = io.BytesIO()
        export(stolen.database_url, honest)
        self.honest = honest.getvalue()
        header = next(read_lines(io.BytesIO(self.honest)))
        assert isinstance(header, Header)
        self._header = header
        self._receipts = [receipt for batch in standing.batches for receipt in self._receipts_of(batch)]

    def close(self) -> None:
        self._connection.close()

    def audit(self, data: bytes, tampering: Tampering | None = None) -> Report:
        """Audit these bytes against the chain, with witness and authority, and with what was kept."""
        kept: tuple[bytes, ...] = ()
        receipts: tuple[Receipt, ...] = ()
        older = None
        if tampering is not None and tampering.evidence == "older":
            older = io.BytesIO(self.honest)
        elif tampering is not None and tampering.evidence == "receipt":
            receipts = (self._receipts[min(tampering.bad[0], len(self._receipts) - 1)],)
        elif tampering is not None and tampering.evidence == "checkpoint":
            kept = tuple(
                row["note"] for row in self._standing.checkpoints if row["size"] == tampering.kept_size
            )
        vouchers = Vouchers(
            witnesses=(self._stolen.witness,), timestamp=self._stolen.authority_pem, kept=kept
        )
        evidence = Evidence(receipts=receipts, older=older, vouchers=vouchers)
        return audit(io.BytesIO(data), self._stolen.trust, evidence)

    def missed(self, tampering: Tampering) -> str:
        """What is wrong with what the audit says of a tampering; nothing if it names the right place."""
        return self.judged(tampering, self.exported(tampering.tables, tampering.bad))

    def exported(self, tables: Tables, bad: tuple[int, int]) -> bytes:
        """What the tables give once they are written so; they stand as before afterwards.

        An export that refuses must name the bad entry. Its writer has the program: he has it written all the same.
        """
        tables.write(self._connection, self._standing)
        try:
            stream = io.BytesIO()
            export(self._stolen.database_url, stream)
            return stream.getvalue()
        except ExportRefused as refused:
            named = int(re.findall(r"entry (\d+) ", refused.cure)[0])
            if named < bad[0]:  # one that was put in shows at the end
                message = f"the export names {refused.cure}, not {bad}"
                raise AssertionError(message) from refused
            return b"".join(encode_line(line) for line in self._by_hand(tables))
        finally:
            self._standing.write(self._connection, tables)

    def judged(self, tampering: Tampering, data: bytes) -> str:
        """What is wrong with the verdict on these bytes."""
        report = self.audit(data, tampering)
        first = report.first_bad
        if first is None:
            return "nothing was found"
        place = first.interval or (first.entry, first.entry)
        if place[0] is None or place[1] is None:
            return f"no place: {first.code}"
        touches = place[0] <= tampering.bad[1] and tampering.bad[0] <= place[1]
        within = tampering.widest[0] <= place[0] and place[1] <= tampering.widest[1]
        if touches and within:
            return ""
        return f"{place} by {first.code} ({first.detail})"

    def _by_hand(self, tables: Tables) -> Iterator[AnyLine]:
        """The lines of an export in the order of its rows, whatever they are."""
        yield self._header
        entries, checkpoints = iter(tables.journal), iter(tables.checkpoints)
        entry, checkpoint = next(entries, None), next(checkpoints, None)
        openings = _openings(tables)
        for batch in sorted(tables.batches, key=lambda each: int(each["first_entry"])):
            end = batch["first_entry"] + batch["count"]
            while entry is not None and entry["entry"] < end:
                yield _entry_line(entry, openings)
                entry = next(entries, None)
            yield journal_export._seal_line(tuple(batch[name] for name in _BATCH))
            while checkpoint is not None and checkpoint["size"] <= end:
                yield _checkpoint_line(checkpoint)
                checkpoint = next(checkpoints, None)
        while entry is not None:
            yield _entry_line(entry, openings)
            entry = next(entries, None)

    def _receipts_of(self, batch: dict[str, Any]) -> list[Receipt]:
        seal = BatchSeal(
            epoch=batch["epoch"],
            first_entry=batch["first_entry"],
            count=batch["count"],
            batch_root=batch["batch_root"].hex(),
            tree_size=batch["tree_size"],
            tree_root=batch["tree_root"].hex(),
            time_ms=batch["time_ms"],
        )
        first, end = batch["first_entry"], batch["first_entry"] + batch["count"]
        leaves = [row["leaf"] for row in self._standing.journal[first:end]]
        return make_receipts(SignedSeal(seal=seal, signature=batch["signature"].hex()), leaves)


@dataclass(frozen=True)
class Trial:
    """Which tampering: the same one for the same three."""

    seed: int
    degree: Degree
    number: int


@dataclass(frozen=True)
class Tried:
    """What came of one."""

    trial: Trial
    name: str
    missed: str


def try_all(stolen: Stolen, anchored: tuple[int, ...], trials: list[Trial]) -> list[Tried]:
    """Draw each, tamper, audit. In a process of its own, with a copy of the tables of its own."""
    standing = Tables.read(stolen.database_url)
    draw, auditor = Draw(standing, Hand(stolen), anchored), Auditor(stolen, standing)
    found = []
    try:
        honest = auditor.audit(auditor.honest)
        assert honest.verified, honest.first_bad
        for trial in trials:
            chance = Random(f"{trial.seed} {trial.degree} {trial.number}")  # noqa: S311 - drawn again by its seed
            tampering = draw.tampering(chance, trial.degree)
            missed = auditor.missed(tampering)
            if missed:
                missed = f"{tampering.bad} in {tampering.widest}, {tampering.evidence} {tampering.kept_size}: {missed}"
            found.append(Tried(trial, tampering.name, missed))
    finally:
        auditor.close()
    return found


_BATCH = ("first_entry", "count", "epoch", "batch_root", "tree_size", "tree_root", "time_ms", "signature")
_ENTRY = ("entry", "public", "leaf", "terms", "terms_salt", "outcome", "outcome_salt")


def _openings(tables: Tables) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for part in tables.parts:
        if part["salt"] is not None:
            found.setdefault(part["entry"], {})[part["label"]] = journal_export._sealed(
                part["salt"], part["value"]
            )
    return found


def _entry_line(row: dict[str, Any], openings: dict[int, dict[str, Any]]) -> AnyLine:
    parts = openings.get(row["entry"], {})
    return journal_export._entry_line(tuple(row[name] for name in _ENTRY), parts, "auditor")


def _checkpoint_line(row: dict[str, Any]) -> AnyLine:
    checkpoints = journal_export._Checkpoints(iter([(row["size"], row["note"], row["token"])]))
    return next(checkpoints.until(None))
