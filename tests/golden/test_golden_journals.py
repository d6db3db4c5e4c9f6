"""Journals of earlier days are replayed byte for byte, for ever: whatever is built later must still decide them so."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from exchange.commands import OpenVenue
from ledger.audit.attestations import check_attestation
from ledger.audit.entries import open_entry
from ledger.audit.findings import Findings
from ledger.audit.instructions import check_instruction
from ledger.audit.lines import EntryLine, Header, SealLine, read_lines
from ledger.audit.replay import Replay
from ledger.audit.tree import TreeCheck
from ledger.journal import Accepted
from ledger.merkle import Frontier
from ledger.signatures import exchange_domain
from tests.golden.make_journal import FOLDER, Expected

JOURNALS = sorted(FOLDER.glob("*.jsonl"))


def test_no_golden_journal_is_gone() -> None:
    assert [path.stem for path in JOURNALS][:7] == [f"journal-{number}" for number in range(1, 8)]


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_golden_journal_is_replayed_byte_for_byte(path: Path) -> None:
    expected = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Expected)
    replay, findings, frontier = Replay(), Findings(), Frontier()
    signatures = attestations = 0
    with path.open("rb") as stream:
        lines = read_lines(stream)
        header = next(lines)
        assert isinstance(header, Header)
        domain = exchange_domain(header.chain_id, header.anchor)
        tree = TreeCheck((), bytes.fromhex(header.receipt_key), findings)
        venue: OpenVenue | None = None
        for line in lines:
            if isinstance(line, SealLine):
                tree.seal(line)
                continue
            assert isinstance(line, EntryLine)
            opened = open_entry(line, tree.size, header.kind)
            tree.entry(opened.entry, opened.leaf)
            frontier.append(opened.leaf)
            if isinstance(opened.entry.command, OpenVenue):
                venue = opened.entry.command
            assert venue is not None
            signatures += check_instruction(opened, domain)
            if isinstance(opened.entry.answer, Accepted):
                attestations += check_attestation(opened, venue)
            replay.step(opened)
    assert findings.all == []
    found = Expected(
        entries=replay.entries,
        root=frontier.root().hex(),
        state_hash=replay.state_hash(),
        deals=replay.deals,
        transfers=replay.transfers,
        licences=replay.licences,
        signatures=signatures,
        attestations=attestations,
    )
    assert found == expected
