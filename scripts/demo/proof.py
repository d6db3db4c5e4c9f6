"""The auditor's side of the day: exports, audits in a process of their own, and what they say of forgeries."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from api.client import Acknowledgement, read_log
from ledger.audit.lines import EntryLine, read_lines
from ledger.audit.run import Trust
from ledger.journal_export import export
from scripts.demo.waiting import DemoFailed
from scripts.stack.chain import ROOT

AUDIT_DEADLINE_S = 120


@dataclass(frozen=True)
class Verdict:
    """What an audit in a process of its own said."""

    exit_code: int
    report: dict[str, Any]

    @property
    def verified(self) -> bool:
        """Everything that could be checked holds."""
        return self.exit_code == 0 and bool(self.report["verified"])

    @property
    def first_bad(self) -> dict[str, Any]:
        """The first bad entry or interval; empty if there is none."""
        return dict(self.report.get("first_bad") or {})


def export_journal(database_url: str, path: Path) -> Path:
    """Write the auditor's export."""
    with path.open("wb") as stream:
        export(database_url, stream, "auditor")
    return path


def audit_in_child(journal: Path, trust: Trust, receipts: Path | None = None) -> Verdict:
    """Audit a file in a child process with an empty environment: its only root of trust is what stands here.

    Raises:
        DemoFailed: the audit gave no verdict.
    """
    command = [sys.executable, "-m", "ledger.audit", str(journal)]
    command += ["--chain-id", str(trust.chain_id), "--anchor", trust.anchor, "--rpc", trust.rpc_url]
    command += ["--receipt-key", trust.receipt_key, "--json"]
    if receipts is not None:
        command += ["--receipt", str(receipts)]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, cwd=ROOT, env={}, capture_output=True, timeout=AUDIT_DEADLINE_S, check=False
    )
    try:
        return Verdict(done.returncode, json.loads(done.stdout))
    except ValueError as error:
        message = f"the audit gave no verdict: {done.stderr.decode()[-2000:]}"
        raise DemoFailed(message) from error


def acknowledgements(log: Path) -> list[Acknowledgement]:
    """What the companies' and operators' own clients were told, from their own log."""
    return read_log(log)[0]


def unknown_acknowledgements(log: Path, journal: Path) -> list[int]:
    """Entries that were acknowledged to a client and do not stand in the journal as its receipt says."""
    leaves: dict[int, str] = {}
    with journal.open("rb") as stream:
        for line in read_lines(stream):
            if isinstance(line, EntryLine):
                leaves[line.entry] = line.leaf
    return [
        given.entry
        for given in acknowledgements(log)
        if leaves.get(given.receipt.entry) != given.receipt.leaf_hash
    ]


def write_receipt(given: Acknowledgement, path: Path) -> Path:
    """A receipt in a file, as an auditor takes it."""
    path.write_bytes(msgspec.json.encode(given.receipt))
    return path
