"""One forgery for each thing that is checked in seals, anchors and the file, with every hash and seal above it made anew by the venue's own key."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.audit.findings import FINDINGS, Findings, Unsound
from ledger.audit.lines import EntryLine, Header, SealLine, encode_line
from ledger.audit.run import Evidence
from ledger.audit.tree import Anchor, TreeCheck, check_anchors
from ledger.audit.witnesses import OlderExport
from ledger.merkle import EMPTY_ROOT
from ledger.receipt_key import ReceiptKey
from ledger.receipts import seal_bytes
from tests.ledger.audit.conftest import Auditor, audited, new_scene
from tests.ledger.audit.forging import assert_only, lines_of
from tests.ledger.audit.journal_maker import RECEIPT_KEY
from tests.ledger.audit.journal_writer import write

# --- seals, anchors and the file


def test_a_seal_by_another_key_is_found(loose: Auditor) -> None:
    lines = lines_of(loose.journal.data)
    at = [number for number, line in enumerate(lines) if isinstance(line, SealLine)][-2]
    seal = lines[at].seal
    lines[at] = SealLine(seal=seal, signature=ReceiptKey(bytes(32)).sign(seal_bytes(seal)).hex())
    report = loose.audit(b"".join(map(encode_line, lines)))
    assert report.first_bad is not None
    assert report.first_bad.interval == (seal.first_entry, seal.first_entry + seal.count - 1)
    assert {finding.code for finding in report.findings} == {"AUDIT-SEAL"}


@pytest.mark.parametrize("field", ["epoch", "time_ms", "batch_root", "tree_root", "first_entry"])
def test_a_seal_that_states_something_else_is_found(loose: Auditor, field: str) -> None:
    lines = lines_of(loose.journal.data)
    at = [number for number, line in enumerate(lines) if isinstance(line, SealLine)][3]
    seal = lines[at].seal
    value = getattr(seal, field)
    changed = msgspec.structs.replace(seal, **{field: "ab" * 32 if isinstance(value, str) else value + 1})
    changed = msgspec.structs.replace(changed, tree_size=changed.first_entry + changed.count)
    lines[at] = SealLine(seal=changed, signature=RECEIPT_KEY.sign(seal_bytes(changed)).hex())
    report = loose.audit(b"".join(map(encode_line, lines)))
    assert report.first_bad is not None
    assert report.first_bad.interval == (seal.first_entry, seal.first_entry + seal.count - 1)
    assert {finding.code for finding in report.findings} == {"AUDIT-SEAL-ROOT"}


def test_a_seal_of_fewer_entries_than_stand_there_is_found(loose: Auditor) -> None:
    lines = lines_of(loose.journal.data)
    at = next(number for number, line in enumerate(lines) if isinstance(line, SealLine))
    seal = lines[at].seal
    fewer = msgspec.structs.replace(seal, count=seal.count - 1, tree_size=seal.tree_size - 1)
    lines[at] = SealLine(seal=fewer, signature=RECEIPT_KEY.sign(seal_bytes(fewer)).hex())
    report = loose.audit(b"".join(map(encode_line, lines)))
    assert {finding.code for finding in report.findings} == {"AUDIT-SEAL-ROOT"}


def test_entries_without_a_seal_are_found(loose: Auditor) -> None:
    data = loose.journal.data
    last = data.rstrip(b"\n").rfind(b"\n") + 1
    assert {finding.code for finding in loose.audit(data[:last]).findings} == {"AUDIT-UNSEALED"}


def test_a_file_that_ends_in_the_middle_of_a_line_is_found(loose: Auditor) -> None:
    whole = write(loose.scene.stored[:76], loose.scene).data
    report = loose.audit(whole[:-1])
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.interval) == ("AUDIT-LINE", (70, 75))
    assert "NOT-READ" in {each.code for each in report.not_checked}


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"[]\n", b'{"line":"header"}\n', b"\xff\n", b"[" * 100_000 + b"\n"]
)
def test_a_file_that_is_no_export_is_not_verified(loose: Auditor, data: bytes) -> None:
    report = loose.audit(data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-LINE", 0)


@pytest.mark.parametrize("change", [b' "leaf":', b'"leaf": ', b'"\\u006ceaf":'])
def test_a_line_written_otherwise_with_the_same_meaning_is_refused(loose: Auditor, change: bytes) -> None:
    lines = loose.journal.data.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(b'{"line":"entry","entry":40,'))
    lines[at] = lines[at].replace(b'"leaf":', change, 1)
    assert_only(loose.audit(b"".join(lines)), "AUDIT-LINE", 40)


def test_a_header_without_an_entry_is_not_verified(loose: Auditor) -> None:
    assert not loose.audit(loose.journal.data.split(b"\n")[0] + b"\n").verified


def test_a_second_header_is_refused(loose: Auditor) -> None:
    header, rest = loose.journal.data.split(b"\n", 1)
    assert_only(loose.audit(header + b"\n" + header + b"\n" + rest), "AUDIT-LINE", 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 3},
        {"chain_id": 1},
        {"anchor": "0x" + "ab" * 20},
        {"receipt_key": "ab" * 32},
        {"register": "0x00"},
    ],
)
def test_a_header_of_another_venue_is_found(loose: Auditor, changes: dict[str, Any]) -> None:
    lines = lines_of(loose.journal.data)
    assert isinstance(lines[0], Header)
    lines[0] = msgspec.structs.replace(lines[0], **changes)
    assert_only(loose.audit(b"".join(map(encode_line, lines))), "AUDIT-HEADER", 0)


@pytest.mark.parametrize("field", ["chain_id", "anchor", "receipt_key"])
def test_a_first_entry_of_another_venue_is_found(loose: Auditor, field: str) -> None:
    stored = list(loose.scene.stored)
    command = msgspec.json.decode(stored[0].public)["command"]
    command[field] = 1 if field == "chain_id" else "ab" * 32
    stored[0] = stored[0].changed(command=command)
    report = loose.audit(write(stored, loose.scene).data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-HEADER", 0)


def test_an_anchored_journal_that_was_cut_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    scene.party()
    made = audited(scene, chain_url, anchor_at=4)
    report = made.audit(write(scene.stored[:3], scene).data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-TRUNCATED", 3)


def test_a_journal_that_nobody_anchored_is_not_verified(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    scene.party()
    made = Auditor(scene, chain_url)
    scene.contracts.client.request("evm_mine")
    report = made.audit(made.journal.data)
    assert {finding.code for finding in report.findings} == {"AUDIT-NOT-ANCHORED"}
    assert report.first_bad is not None
    assert report.first_bad.interval == (0, len(scene.stored) - 1)


def anchor(size: int, previous_size: int, root: bytes, previous_root: bytes) -> Anchor:
    return Anchor(size=size, previous_size=previous_size, root=root, previous_root=previous_root, block=1)


@pytest.mark.parametrize(
    "anchors",
    [
        (anchor(2**20 + 1, 0, b"a" * 32, EMPTY_ROOT),),
        (anchor(0, 0, b"a" * 32, EMPTY_ROOT),),
        (anchor(5, 1, b"a" * 32, EMPTY_ROOT),),
        (anchor(5, 0, b"a" * 32, b"c" * 32),),
        (anchor(5, 0, b"a" * 32, EMPTY_ROOT), anchor(9, 5, b"b" * 32, b"c" * 32)),
        (anchor(5, 0, b"a" * 32, EMPTY_ROOT), anchor(5, 5, b"b" * 32, b"a" * 32)),
    ],
)
def test_anchors_that_do_not_follow_from_one_another_are_found(anchors: tuple[Anchor, ...]) -> None:
    findings = Findings()
    check_anchors(anchors, EMPTY_ROOT, findings)
    assert [finding.code for finding in findings.all] == ["AUDIT-ANCHOR-GROWTH"]


def test_anchors_that_follow_from_one_another_pass() -> None:
    findings = Findings()
    chain = (anchor(5, 0, b"a" * 32, EMPTY_ROOT), anchor(5 + 2**20, 5, b"b" * 32, b"a" * 32))
    check_anchors(chain, EMPTY_ROOT, findings)
    assert findings.all == []
    assert TreeCheck(chain, RECEIPT_KEY.public_key, findings).roots == 0


def test_a_leaf_hash_that_is_not_the_entrys_is_found(loose: Auditor) -> None:
    lines = lines_of(loose.journal.data)
    at = next(number for number, line in enumerate(lines) if isinstance(line, EntryLine) and line.entry == 40)
    lines[at] = msgspec.structs.replace(lines[at], leaf="ab" * 32)
    assert_only(loose.audit(b"".join(map(encode_line, lines))), "AUDIT-LEAF", 40)


def test_an_entry_line_out_of_its_place_is_found(loose: Auditor) -> None:
    lines = lines_of(loose.journal.data)
    at = next(number for number, line in enumerate(lines) if isinstance(line, EntryLine) and line.entry == 40)
    lines[at] = msgspec.structs.replace(lines[at], entry=41)
    assert_only(loose.audit(b"".join(map(encode_line, lines))), "AUDIT-PLACE", 40)


def test_an_older_export_of_more_entries_shows_what_is_gone(loose: Auditor) -> None:
    longer = write(loose.scene.stored, loose.scene, batch=1).data
    shorter = write(loose.scene.stored[:-7], loose.scene, batch=1).data
    report = loose.audit(shorter, Evidence(older=io.BytesIO(longer)))
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-OLDER", len(loose.scene.stored) - 7)


def test_a_receipt_of_an_entry_beyond_the_end_shows_what_is_gone(loose: Auditor) -> None:
    shorter = write(loose.scene.stored[:-7], loose.scene, batch=1).data
    receipt = loose.journal.receipts[-1]
    report = loose.audit(shorter, Evidence(receipts=(receipt,)))
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-RECEIPT", receipt.entry)


def test_every_finding_has_a_forgery_in_these_tests() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_audit_*.py"))
    assert [code for code in FINDINGS if f'"{code}"' not in text] == []


def test_an_older_export_that_says_nothing_gives_no_verdict(loose: Auditor) -> None:
    header = loose.journal.data.splitlines(keepends=True)[0]
    for empty in (b"", header):
        with pytest.raises(Unsound, match="AUDIT-LINE"):
            loose.audit(loose.journal.data, Evidence(older=io.BytesIO(empty)))


@pytest.mark.parametrize("field", ["chain_id", "anchor", "receipt_key"])
def test_an_older_export_of_another_venue_gives_no_verdict(loose: Auditor, field: str) -> None:
    header, *rest = loose.journal.data.splitlines(keepends=True)
    value = msgspec.json.decode(header)[field]
    other = value + 1 if isinstance(value, int) else "0x" + "ab" * ((len(value) - 2) // 2)
    changed = header.replace(msgspec.json.encode(value), msgspec.json.encode(other))
    assert changed != header
    with pytest.raises(Unsound, match="AUDIT-HEADER"):
        loose.audit(loose.journal.data, Evidence(older=io.BytesIO(b"".join([changed, *rest]))))


def test_of_a_journal_cut_off_within_a_batch_the_older_export_names_the_first_entry_that_is_gone(
    loose: Auditor,
) -> None:
    stored = loose.scene.stored
    longer = write(stored, loose.scene, batch=len(stored)).data
    shorter = write(stored[:-7], loose.scene, batch=len(stored)).data
    report = loose.audit(shorter, Evidence(older=io.BytesIO(longer)))
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-OLDER", len(stored) - 7)


def test_of_batches_that_are_cut_otherwise_the_older_export_names_the_first(loose: Auditor) -> None:
    stored = loose.scene.stored
    older = write(stored, loose.scene, batch=len(stored)).data
    newer = write(stored, loose.scene, batch=3).data
    report = loose.audit(newer, Evidence(older=io.BytesIO(older)))
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.interval) == ("AUDIT-OLDER-SEAL", (0, 2))


def test_of_an_entry_left_out_at_a_batchs_end_the_older_export_names_that_entry(loose: Auditor) -> None:
    """Its batch is sealed one entry earlier, and the entry that follows stands in its place."""
    stored, scene, findings = loose.scene.stored, loose.scene, Findings()
    kept = write(stored, scene, batch=4)
    venue = (scene.chain_id, scene.anchor)
    older = OlderExport(io.BytesIO(kept.data), venue, RECEIPT_KEY.public_key.hex(), findings)
    sealed = next(each for each in lines_of(write(stored[:3], scene).data) if isinstance(each, SealLine))
    for number in range(3):
        older.entry(number, kept.leaves[number], frozenset())
    older.seal(sealed, 3)
    older.entry(3, kept.leaves[4], frozenset())
    assert [(each.code, each.entry) for each in findings.all] == [("AUDIT-OLDER", 3)]
