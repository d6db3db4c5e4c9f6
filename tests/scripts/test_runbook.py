"""The runbook has an entry for every alarm that the program can raise, and for every figure operations.md has a line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from api import metrics as api_metrics
from ledger import counterparty, metrics, outbox_watch, receipt_key, reconciled, upgrading, venue_metrics
from ledger.chain import errors
from ledger.figures import (
    ChainTip,
    Figures,
    Index,
    LastAudit,
    LastReconciliation,
    NewestAnchor,
    NewestCheckpoint,
    Witnessed,
)
from ledger.log import witnesses
from ledger.sequencer import genesis, messages
from ledger.signer import policy
from ledger.store import loading
from scripts.backup import folder

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ledger", "api", "scripts")
SET_UP = ("DEPLOY-", "ARTIFACT-", "COMPILER-", "SIGNER-")
"""Faults of a deployment, which its command tells to whoever gave it."""
COUNTERPARTY = {f"{side}-{code}" for side in ("BANK", "OFFICE") for code in counterparty._CURES}
TABLES = {
    "chain": {code for code in errors._CURES if not code.startswith(SET_UP)},
    "sequencer": set(messages._KINDS),
    "store": set(loading._CURES),
    "genesis": set(genesis._CURES),
    "receipt key": set(receipt_key._CURES),
    "witness": set(witnesses._CURES),
    "reconciliation": set(reconciled._CODES),
    "backup": set(folder._CURES),
    "upgrade": set(upgrading._CURES),
    "signer": set(policy._CURES),
    "outbox": {code for code, _ in outbox_watch.STUCK.values()},
    "counterparty": COUNTERPARTY,
}
OF_CLASSES = {
    "ledger/log/keeping.py",
    "ledger/sequencer/clock.py",
    "ledger/sequencer/takeover.py",
    "ledger/service.py",
    "ledger/settings.py",
    "ledger/self_audit.py",
    "ledger/anchoring.py",
    "ledger/store/connections.py",
}
"""Pages with faults that have one code each, written into the fault itself."""
ELSEWHERE = {"EXPORT-EMPTY", "EXPORT-BATCH", "DATABASE-UNAVAILABLE", "PAYMENTS-HELD"}
"""Codes that are given to a fault, or to an alarm that lasts, where it is raised."""
CODE_FROM_A_FAULT = {
    "ledger/alarms.py",  # chain, for anchoring and sending; the outbox's watch
    "ledger/chain/quorum.py",  # chain
    "ledger/chain_results.py",  # sequencer
    "ledger/indexer.py",  # chain
    "ledger/key_reports.py",  # sequencer
    "ledger/log/keeping.py",  # witness
    "ledger/outbox.py",  # chain
    "ledger/party_reports.py",  # sequencer
    "ledger/sequencer/__main__.py",  # settings
    "ledger/sequencer/questions.py",  # ANCHOR-NOT-CHECKED, WITNESS-NOT-ASKED
    "ledger/signer/__main__.py",  # settings, chain
    "ledger/signer/desk.py",  # signer
    "ledger/sequencer/process.py",  # store, genesis, receipt key, clock, takeover
    "ledger/sequencer/witnessed.py",  # witness
}
"""Pages whose alarms take their code from a fault: from one of the tables above."""


def alarms() -> tuple[set[str], set[str]]:
    """Codes that stand in the text of alarms, and the pages of those that do not."""
    written, pages = set(), set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if node.func.attr not in {"critical", "error", "warning"}:
                    continue
                said = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
                code = next((keyword.value for keyword in node.keywords if keyword.arg == "code"), None)
                loud = node.func.attr in {"critical", "error"} or said == "alarm"
                if isinstance(code, ast.Constant):
                    written.add(str(code.value))
                elif code is not None and loud:
                    pages.add(str(path.relative_to(ROOT)))
                elif node.func.attr == "critical":
                    pages.add(f"{path.relative_to(ROOT)}: an alarm without a code")
    return written, pages


def codes_of_faults() -> set[str]:
    found = set()
    for page in OF_CLASSES:
        codes = re.findall(r'self\.code = "([A-Z-]+)"', (ROOT / page).read_text())
        assert codes, page
        found |= set(codes)
    return found


def rows() -> dict[str, list[str]]:
    """The runbook's entries by code: means, look at, do, call."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "docs" / "runbook.md").read_text().partition("## Alarms")[2].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for code in re.findall(r"`([A-Z][A-Z0-9-]+)`", cells[0]):
            assert code not in found, f"{code} stands twice"
            found[code] = cells[1:]
    return found


def every_code() -> set[str]:
    written, _ = alarms()
    return written.union(*TABLES.values(), codes_of_faults(), ELSEWHERE)


def test_every_alarm_of_the_program_has_its_entry() -> None:
    assert every_code() - set(rows()) == set()


def test_the_runbook_has_no_entry_for_what_nobody_raises() -> None:
    assert set(rows()) - every_code() == set()


def test_every_entry_says_what_it_means_what_to_look_at_what_to_do_and_whom_to_call() -> None:
    for code, cells in rows().items():
        assert len(cells) == 4, code
        assert all(cells), code


def test_an_alarm_whose_code_comes_from_a_fault_is_known_here_with_its_table() -> None:
    _, pages = alarms()
    assert pages <= CODE_FROM_A_FAULT, "add the table of its codes here, and their entries to the runbook"


@pytest.mark.parametrize(
    "heading",
    [
        "Start and stop",
        "Upgrade",
        "Backup",
        "Restore",
        "Key rotation",
        "Standby takeover",
        "Halted indexer",
        "Disk full",
    ],
)
def test_the_daily_work_is_described(heading: str) -> None:
    assert f"\n### {heading}\n" in (ROOT / "docs" / "runbook.md").read_text()


def served() -> set[str]:
    """Every figure that a process can serve, as Prometheus names it."""
    assert api_metrics.REQUEST_SECONDS
    names = set()
    for family in metrics.REGISTRY.collect():
        if family.name.startswith("ipx_"):
            names.add(family.name + ("_total" if family.type == "counter" else ""))
    whole = Figures(
        now_ms=2, epoch=1, entries=1, last_time_ms=1, heartbeat_age_ms=0, clock_offset_ms=0, halted_currencies=0, trading_halted=False, outbox={},
        outbox_oldest_ms=1, chain=ChainTip(block_number=1, block_time_ms=1, final_block=1, final_time_ms=1, seen_ms=1),
        index=Index(block_number=1, final_block=1, halted_for=None, updated_ms=1),
        checkpoint=NewestCheckpoint(size=1, made_ms=1, stamped=False), witnessed=Witnessed(size=1, witnessed_ms=1),
        anchor=NewestAnchor(size=1, state="FINAL", block_number=1, updated_ms=1),
        reconciliation=LastReconciliation(made_ms=1, took_ms=1, block=1, differences=0, codes={}, not_compared=[]),
        audit=LastAudit(made_ms=1, entries=1, verified=True),
    )  # fmt: skip
    parts = (venue_metrics._journal, venue_metrics._outbox, venue_metrics._chain, venue_metrics._evidence)
    return names | {family.name for part in parts for family in part(whole)} | {"ipx_database_up"}


def test_operations_lists_every_figure_with_its_meaning_and_its_threshold() -> None:
    listed = {}
    for line in (ROOT / "docs" / "operations.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `ipx_"):
            assert len(cells) == 4, line
            assert all(cells), line
            listed[cells[0].strip("`").partition("{")[0]] = cells
    assert set(listed) == served()
