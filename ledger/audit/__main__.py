"""`python -m ledger.audit FILE --chain-id N --anchor ADDRESS --rpc URL --receipt-key HEX`: the audit by itself.

Reads no environment. Exit code 0: everything that could be checked holds; 1: something does not, and the first bad
entry is named; 2: there can be no verdict.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec

from ledger.audit.findings import Unsound
from ledger.audit.report import as_lines
from ledger.audit.run import AuditRefused, Evidence, Trust, audit
from ledger.audit.witness_files import EvidenceRefused, read_receipts, read_vouchers
from ledger.chain.errors import ChainFault
from ledger.log.notes import NoteRefused
from ledger.receipts import ReceiptRefused
from ledger.timestamp.verifying import TokenRefused

VERIFIED, NOT_VERIFIED, NO_VERDICT = 0, 1, 2
RECURSION_LIMIT = 1_000
"""A library on the way to the chain raises Python's limit so far that nested input could exhaust the stack."""


def main(arguments: list[str] | None = None) -> int:
    """Audit as the arguments say; gives the exit code."""
    sys.setrecursionlimit(RECURSION_LIMIT)
    given = _parser().parse_args(arguments)
    trust = Trust(
        chain_id=given.chain_id, anchor=given.anchor, rpc_url=given.rpc, receipt_key=given.receipt_key
    )
    try:
        with ExitStack() as files:
            stream = files.enter_context(Path(given.file).open("rb"))
            older = None if given.older is None else files.enter_context(Path(given.older).open("rb"))
            evidence = Evidence(
                receipts=tuple(receipt for path in given.receipt for receipt in read_receipts(Path(path))),
                older=older,
                vouchers=read_vouchers(given.witness, given.timestamp, given.checkpoint),
                block=given.block,
                from_block=given.from_block,
                row_sums=given.row_sums,
            )
            report = audit(stream, trust, evidence)
    except (
        AuditRefused,
        ChainFault,
        EvidenceRefused,
        NoteRefused,
        ReceiptRefused,
        TokenRefused,
        Unsound,
        OSError,
    ) as error:
        sys.stderr.write(f"no verdict / 无法得出结论: {error}\n")
        return NO_VERDICT
    if given.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        sys.stdout.write("\n".join(as_lines(report)) + "\n")
    return VERIFIED if report.verified else NOT_VERIFIED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledger.audit", description="Audit an exported journal.")
    parser.add_argument("file", help="the exported journal")
    parser.add_argument("--chain-id", type=int, required=True)
    parser.add_argument("--anchor", required=True, help="address of the journal's anchor contract")
    parser.add_argument("--rpc", required=True, help="URL of a node")
    parser.add_argument("--receipt-key", required=True, help="the venue's Ed25519 key, 64 hex digits")
    parser.add_argument(
        "--receipt", action="append", default=[], metavar="FILE", help="receipts to hold it against"
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="a witness whose cosignatures count"
    )
    parser.add_argument(
        "--timestamp", metavar="FILE", help="certificate (PEM) of the time-stamping authority"
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint that somebody has kept",
    )
    parser.add_argument("--older", metavar="FILE", help="an older export to hold it against")
    parser.add_argument("--block", type=int, help="read the chain at this block, not at the newest final one")
    parser.add_argument("--from-block", type=int, default=0, help="no log stands before this block")
    parser.add_argument(
        "--row-sums", action="store_true", help="say in the JSON what every row of the venue must add up to"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
