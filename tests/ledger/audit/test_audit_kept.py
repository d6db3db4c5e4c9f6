"""What others have kept names the place: an older export whatever was lost since, a receipt its batch's seal as well.

And where a history was rewritten, the place that is named holds the first bad entry, not what only follows from it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from exchange import commands as c
from ledger.audit.checkpoints import Vouchers
from ledger.audit.findings import Findings
from ledger.audit.lines import AnyLine, CheckpointLine, EntryLine, encode_line
from ledger.audit.report import Report
from ledger.audit.run import Evidence
from ledger.log.notes import Note
from ledger.timestamp.opening import open_authority
from tests.ledger.audit.checkpointed import Venue, note_of, with_note
from tests.ledger.audit.conftest import ANCHORED_AT, Auditor
from tests.ledger.audit.forging import assert_only, place, resealed, value_of
from tests.ledger.audit.journal_writer import write

Lines = list[AnyLine]


@pytest.fixture(scope="module")
def made(loose: Auditor, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """The day's export with a checkpoint, a token and a cosignature behind every batch."""
    authority, _ = open_authority(tmp_path_factory.mktemp("authority"), "an authority", begin=True)
    return Venue(loose.scene, authority).lines()


def written(lines: Lines) -> bytes:
    return b"".join(map(encode_line, lines))


def against(auditor: Auditor, older: Lines, newer: Lines) -> Report:
    return auditor.audit(written(newer), Evidence(older=io.BytesIO(written(older))))


def newest(lines: Lines, kind: type[AnyLine]) -> int:
    return max(number for number, line in enumerate(lines) if isinstance(line, kind))


def without_token(line: CheckpointLine) -> CheckpointLine:
    return msgspec.structs.replace(line, token="")


def without_cosignature(line: CheckpointLine) -> CheckpointLine:
    return with_note(line, Note(note_of(line).text, note_of(line).signatures[:1]))


@pytest.mark.parametrize("lose", [without_token, without_cosignature])
def test_a_token_or_a_cosignature_that_an_older_export_has_is_missed(
    loose: Auditor, made: Lines, lose: Callable[[CheckpointLine], CheckpointLine]
) -> None:
    where = newest(made, CheckpointLine)
    line = made[where]
    assert isinstance(line, CheckpointLine)
    poorer = [*made[:where], lose(line), *made[where + 1 :]]
    assert loose.audit(written(poorer)).verified, "the file alone tells nothing of what has gone"
    last = len(loose.scene.stored) - 1
    assert_only(against(loose, made, poorer), "AUDIT-OLDER-CHECKPOINT", last)
    assert against(loose, poorer, made).verified, "it may come later"


def test_a_checkpoint_that_an_older_export_has_is_missed(loose: Auditor, made: Lines) -> None:
    where = newest(made, CheckpointLine)
    last = len(loose.scene.stored) - 1
    assert_only(against(loose, made, made[:where]), "AUDIT-OLDER-CHECKPOINT", last)


def test_a_sealed_part_that_no_entry_erased_is_missed_by_an_older_export(loose: Auditor, made: Lines) -> None:
    where = next(at for at, line in enumerate(made) if isinstance(line, EntryLine) and line.erasable)
    line = made[where]
    assert isinstance(line, EntryLine)
    poorer: Lines = [*made[:where], msgspec.structs.replace(line, erasable={}), *made[where + 1 :]]
    assert loose.audit(written(poorer)).verified
    report = against(loose, made, poorer)
    assert {finding.code for finding in report.findings} == {"AUDIT-OLDER-PART"}
    assert report.first_bad is not None
    assert report.first_bad.entry == line.entry


def test_a_public_copy_lacks_nothing_that_an_older_export_opens(loose: Auditor) -> None:
    older = io.BytesIO(loose.journal.data)
    assert loose.audit(loose.write("public"), Evidence(older=older)).verified


def test_batches_that_were_sealed_otherwise_are_named_by_receipts_and_by_an_older_export(
    loose: Auditor,
) -> None:
    """No entry is another, and the venue has signed both seals."""
    other = write(loose.scene.stored, loose.scene, batch=14).data
    assert loose.audit(other).verified
    older = loose.audit(other, Evidence(older=io.BytesIO(loose.journal.data)))
    assert older.first_bad is not None
    assert (older.first_bad.code, older.first_bad.interval) == ("AUDIT-OLDER-SEAL", (0, 6))
    for entry, batch in ((0, (0, 6)), (9, (7, 13))):
        told = loose.audit(other, Evidence(receipts=(loose.journal.receipts[entry],)))
        assert told.first_bad is not None
        assert (told.first_bad.code, told.first_bad.interval) == ("AUDIT-RECEIPT-SEAL", batch)


def test_a_kept_checkpoint_names_the_interval_since_what_is_known_not_since_what_was_signed_anew(
    loose: Auditor, made: Lines, tmp_path: Path
) -> None:
    entry = place(loose.scene, c.PlaceBid, 1)
    changed = list(loose.scene.stored)
    changed[entry] = loose.scene.signed_again(changed[entry], reference="ab" * 32)
    fresh, _ = open_authority(tmp_path / "fresh", "an authority", begin=True)
    forged = Venue(loose.scene, fresh).lines(changed)
    kept = note_of(made[newest(made, CheckpointLine)]).to_bytes()
    report = loose.audit(written(forged), Evidence(vouchers=Vouchers(kept=(kept,))))
    assert report.first_bad is not None
    assert report.first_bad.code == "AUDIT-CHECKPOINT-KEPT"
    assert report.first_bad.interval == (2, len(changed) - 1), "two entries are anchored"


def test_what_replay_finds_in_a_rewritten_interval_ends_it_and_does_not_stand_for_the_first_entry(
    auditor: Auditor,
) -> None:
    """The outcome of an entry is rewritten, and sealed: whatever is found there may follow from one before."""
    scene = auditor.scene
    low, entry = ANCHORED_AT[1], ANCHORED_AT[1] + 4
    changed = list(scene.stored)
    value = value_of(changed[entry].outcome)
    changed[entry] = resealed(changed[entry], "outcome", {**value, "detail": {"forged": "yes"}})
    report = auditor.audit(write(changed, scene).data)
    assert report.first_bad is not None
    assert report.first_bad.code == "AUDIT-EVENTS"
    assert report.first_bad.interval == (low, entry)
    named = auditor.audit(write(changed, scene).data, Evidence(older=io.BytesIO(auditor.journal.data)))
    assert named.first_bad is not None
    assert named.first_bad.entry == entry


def test_an_entry_that_was_put_in_is_in_the_place_that_is_named(auditor: Auditor) -> None:
    """It takes the number of the one behind it, which then says the number before its place."""
    scene, entry = auditor.scene, 9
    twice = scene.stored[entry].changed(reference="cd" * 32)
    stored = [*scene.stored[:entry], twice, *scene.stored[entry:]]
    report = auditor.audit(write(stored, scene).data)
    assert report.first_bad is not None
    assert report.first_bad.interval in {(entry, entry + 1), None}
    assert report.first_bad.entry in {entry, None}


def test_of_two_intervals_that_end_alike_the_narrower_one_is_first() -> None:
    findings = Findings()
    findings.add("AUDIT-ANCHOR", interval=(0, 9))
    findings.add("AUDIT-SEAL-ROOT", interval=(7, 9))
    assert findings.first is not None
    assert findings.first.interval == (7, 9)


def test_a_checkpoint_of_more_entries_than_there_are_may_speak_of_those(loose: Auditor, made: Lines) -> None:
    last = newest(made, EntryLine)
    cut = [*made[:last], *(line for line in made[last:] if isinstance(line, CheckpointLine))]
    report = loose.audit(written(cut))
    size = len(loose.scene.stored)
    (finding,) = (each for each in report.findings if each.code == "AUDIT-CHECKPOINT-PLACE")
    assert finding.interval is not None
    assert finding.interval[1] == size - 1
