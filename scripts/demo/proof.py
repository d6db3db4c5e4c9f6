"""The auditor's side of the day: exports, audits in a process of their own, and the clients' log beside the journal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from api.client import Acknowledgement, read_log
from ledger.audit.lines import EntryLine, read_lines
from ledger.audit.run import Trust
from ledger.journal import Accepted, decode_entry, type_of
from ledger.journal_export import export
from scripts.demo.forgery import open_private
from scripts.demo.waiting import DemoFailed
from scripts.stack.chain import ROOT

AUDIT_DEADLINE_S = 120
IN_JOURNAL = {
    "raises": "amend_bid",
    "opened_bids": "reveal_bid",
    "proposals": "make_proposal",
    "orders": "place_order",
    "cancelled_orders": "cancel_order",
    "reports": "report_royalty",
    "disputes": "raise_dispute",
    "needs": "post_need",
}
"""What is counted in the audited journal itself, by the command that makes one; the report has no figure for it."""


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

    def names(self, code: str, entry: int) -> bool:
        """Whether it refuses, and the first bad is this entry for this reason."""
        found = self.first_bad
        return not self.verified and (found.get("code"), found.get("entry")) == (code, entry)

    @property
    def where(self) -> str:
        """The first bad, for people who read English."""
        return self._place("entry", "at ")

    @property
    def where_zh(self) -> str:
        """The first bad, for people who read Chinese."""
        return self._place("记录", "")

    def _place(self, word: str, before: str) -> str:
        found = self.first_bad
        code, entry, interval = (found.get(name) for name in ("code", "entry", "interval"))
        place = interval if entry is None else entry
        return f"{code} {before}{word} {place}"


@dataclass(frozen=True)
class Journal:
    """What an export says, read once: leaf hash and signer of every entry, accepted commands, the last entry's time."""

    leaves: dict[int, str]
    signers: dict[int, str]
    accepted: Mapping[str, int]
    """How many by the command's type."""
    last_ms: int


def export_journal(database_url: str, path: Path) -> int:
    """Write the auditor's export; how many entries it has."""
    with open_private(path) as stream:
        return export(database_url, stream, "auditor")


def read_journal(path: Path) -> Journal:
    """Read an export."""
    leaves: dict[int, str] = {}
    signers: dict[int, str] = {}
    accepted: Counter[str] = Counter()
    last_ms = 0
    with path.open("rb") as stream:
        for line in read_lines(stream):
            if isinstance(line, EntryLine):
                entry = decode_entry(bytes(line.public))
                leaves[line.entry] = line.leaf
                signers[line.entry] = "" if entry.signature is None else entry.signature.signer
                accepted[type_of(entry.command)] += isinstance(entry.answer, Accepted)
                last_ms = entry.time_ms
    return Journal(leaves, signers, accepted, last_ms)


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
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            command, cwd=ROOT, env={}, capture_output=True, timeout=AUDIT_DEADLINE_S, check=False
        )
        return Verdict(done.returncode, json.loads(done.stdout))
    except subprocess.TimeoutExpired as error:
        message = f"the audit of {journal} gave no verdict in {AUDIT_DEADLINE_S} s"
        raise DemoFailed(message) from error
    except ValueError as error:
        message = f"the audit gave no verdict: {done.stderr.decode()[-2000:]}"
        raise DemoFailed(message) from error


def own_counts(log: Path, confirmed: Collection[str]) -> dict[str, int]:
    """What the clients count from their own log of acknowledgements, and from nothing that the venue shows.

    `confirmed`: filings that the office itself says it has confirmed. A deal is known by any acknowledged step of it, a
    licence by its funding, which puts it into effect; a raise is an amended bid, a bid one in the open or under seal.

    Raises:
        DemoFailed: the log holds no acknowledgement, or something sent that was never answered.
    """
    answers, unanswered = read_log(log)
    if not answers or unanswered:
        message = (
            f"the clients' log has {len(answers)} acknowledgements and {len(unanswered)} without an answer"
        )
        raise DemoFailed(message)
    accepted = [given for given in answers if given.status == "accepted"]

    def count(kind: str, **result: str) -> int:
        return sum(given.type == kind and result.items() <= given.result.items() for given in accepted)

    return {
        "rights": count("import_right", known="no"),
        "parties": count("apply_party"),
        "listings": count("submit_listing"),
        "bids": count("place_bid") + count("seal_bid"),
        "deals": len({given.result["deal_id"] for given in accepted if "deal_id" in given.result}),
        "transfers": sum(
            given.type == "file_deal" and given.result["filing_id"] in confirmed for given in accepted
        ),
        "licences": count("fund_deal", state="EFFECTIVE"),
        **{name: count(kind) for name, kind in IN_JOURNAL.items()},
    }


def disagreements(
    own: Mapping[str, int], report: Mapping[str, Any], log: Path, journal: Journal, signers: Collection[str]
) -> list[str]:
    """Where the clients' own counts and log do not agree with the audit and the audited journal; [] if all is the same.

    Both ways: each acknowledged entry stands in the journal as its receipt says, and each entry under one of the
    clients' signatures was acknowledged to them.
    """
    audited = {name: journal.accepted.get(kind, 0) for name, kind in IN_JOURNAL.items()} | dict(report)
    off = [
        f"{name}: {count} by the clients' own log, {audited.get(name)} by the audit"
        for name, count in own.items()
        if audited.get(name) != count
    ]
    answers, _ = read_log(log)
    off += [
        f"entry {given.entry} was acknowledged and does not stand in the journal as its receipt says"
        for given in answers
        if journal.leaves.get(given.receipt.entry) != given.receipt.leaf_hash
    ]
    known = {given.entry for given in answers}
    off += [
        f"entry {entry} is signed by a client, whose log has no acknowledgement of it"
        for entry, signer in journal.signers.items()
        if signer in signers and entry not in known
    ]
    return off


def write_receipt(given: Acknowledgement, path: Path) -> Path:
    """A receipt in a file, as an auditor takes it."""
    path.write_bytes(msgspec.json.encode(given.receipt))
    return path
