"""One reading of an export in a process of its own, so that its memory is its own too: `replay`, `all` or `floor`.

`replay` and `all` are what `ipx audit replay` and `ipx audit all` run. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import IO, Any

from ledger.audit.offline import replay_export
from ledger.audit.run import Trust, audit
from scripts.bench.audit_floor import read_and_recover


def main(arguments: list[str] | None = None) -> int:
    """Read the file as the arguments say; 0, or 1 if it does not hold."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.audit_play", description=__doc__)
    parser.add_argument("what", choices=("replay", "all", "floor"))
    parser.add_argument("file")
    parser.add_argument("--chain-id", type=int, required=True)
    parser.add_argument("--anchor", required=True)
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--receipt-key", required=True)
    given = parser.parse_args(arguments)
    with Path(given.file).open("rb") as stream:
        began = time.process_time_ns()
        found = _read(given, stream)
        found["seconds"] = (time.process_time_ns() - began) / 1e9
    found["peak_mb"] = peak_mb()
    sys.stdout.write(json.dumps(found) + "\n")
    return int(found["wrong"] is not None)


def _read(given: argparse.Namespace, stream: IO[bytes]) -> dict[str, Any]:
    """Entries and signatures found, the root over all (hex), and what does not hold, if anything."""
    if given.what == "floor":
        entries, signatures, root = read_and_recover(stream, given.chain_id, given.anchor)
        return {"entries": entries, "signatures": signatures, "root": root.hex(), "wrong": None}
    if given.what == "replay":
        replayed = replay_export(stream)
        wrong = replayed.first_bad
        return {
            "entries": replayed.replayed,
            "signatures": 0,
            "root": replayed.root,
            "wrong": None if wrong is None else f"{wrong.code}: {wrong.detail}",
        }
    report = audit(
        stream,
        Trust(chain_id=given.chain_id, anchor=given.anchor, rpc_url=given.rpc, receipt_key=given.receipt_key),
    )
    bad = report.first_bad
    return {
        "entries": report.replayed,
        "signatures": report.signatures,
        "anchored": report.anchored_entries,
        "wrong": None if bad is None else f"{bad.code}: {bad.detail}",
    }


def peak_mb() -> float:
    """The most memory that this process has had resident, in MiB (Linux, VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
