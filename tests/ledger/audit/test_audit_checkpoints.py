"""A dishonest operator and its checkpoints: taken out, put elsewhere, forged, of another history, dated otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange import commands as c
from ledger.audit.checkpoints import LATE_MS, MOST_KEPT, Vouchers
from ledger.audit.lines import AnyLine, CheckpointLine, EntryLine, Header, SealLine, encode_line
from ledger.audit.report import Report
from ledger.audit.run import AuditRefused, Evidence
from ledger.log.checkpoints import Checkpoint, sign_checkpoint, stated_by
from ledger.log.notes import ED25519, Note, NoteRefused, Verifier, cosign
from ledger.merkle import Tree
from ledger.receipt_key import ReceiptKey
from ledger.timestamp.issuing import Authority
from ledger.timestamp.opening import open_authority
from ledger.timestamp.verifying import TokenRefused
from tests.ledger.audit.checkpointed import WITNESS, Venue, note_of, with_note
from tests.ledger.audit.conftest import Auditor
from tests.ledger.audit.forging import assert_only, place

OTHER_KEY = ReceiptKey(b"\x06" * 32)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, bytes]:
    return open_authority(tmp_path_factory.mktemp("authority"), "an authority", begin=True)


@pytest.fixture(scope="module")
def made(loose: Auditor, opened: tuple[Authority, bytes]) -> list[AnyLine]:
    """The day's export with a checkpoint, a token and a cosignature behind every batch."""
    return Venue(loose.scene, opened[0]).lines()


@pytest.fixture
def vouchers(opened: tuple[Authority, bytes]) -> Vouchers:
    return Vouchers(witnesses=(WITNESS,), timestamp=opened[1])


def written(lines: list[AnyLine]) -> bytes:
    return b"".join(map(encode_line, lines))


def audit(auditor: Auditor, lines: list[AnyLine], vouchers: Vouchers | None = None) -> Report:
    return auditor.audit(written(lines), Evidence(vouchers=vouchers or Vouchers()))


def at(lines: list[AnyLine], size: int) -> int:
    """Where the checkpoint of so many entries stands."""
    return next(
        number
        for number, line in enumerate(lines)
        if isinstance(line, CheckpointLine) and stated_by(note_of(line)).size == size
    )


def sizes(lines: list[AnyLine]) -> list[int]:
    return [stated_by(note_of(line)).size for line in lines if isinstance(line, CheckpointLine)]


def notes(report: Report) -> dict[str, int]:
    return {each.code: each.count for each in report.not_checked}


def ordinary(lines: list[AnyLine], auditor: Auditor) -> int:
    """The size of a checkpoint in the middle that stands before no Tick."""
    ticks = {
        number for number, request in enumerate(auditor.scene.requests) if isinstance(request.command, c.Tick)
    }
    return [each for each in sizes(lines) if each not in ticks and each > 20][2]


def test_checkpoints_as_they_were_given_are_counted(
    loose: Auditor, made: list[AnyLine], vouchers: Vouchers
) -> None:
    report = audit(loose, made, vouchers)
    assert report.verified
    count = len(sizes(made))
    ticks = sum(isinstance(request.command, c.Tick) for request in loose.scene.requests)
    assert (report.checkpoints, report.cosignatures, report.tokens, report.closes) == (
        count,
        count,
        count,
        ticks,
    )
    assert ticks > 1
    found = notes(report)
    assert found["WHO-VOUCHES"] == 1
    assert not set(found) & {
        "NO-CHECKPOINTS", "CLOSES-UNCHECKED", "NO-WITNESS", "NO-TIMESTAMP", "NOT-STAMPED", "CLOSES-STAMPED-LATE",
        "NOT-COSIGNED", "AFTER-LAST-CHECKPOINT",
    }  # fmt: skip


def test_a_public_copy_is_checked_alike(loose: Auditor, vouchers: Vouchers, tmp_path: Path) -> None:
    fresh, certificate = open_authority(tmp_path / "fresh", "an authority", begin=True)
    lines = Venue(loose.scene, fresh).lines(kind="public")
    report = audit(loose, lines, msgspec.structs.replace(vouchers, timestamp=certificate))
    assert report.verified
    assert report.closes == sum(isinstance(request.command, c.Tick) for request in loose.scene.requests)
    assert report.tokens == len(sizes(lines))


def test_what_was_not_given_is_said_not_to_be_checked(loose: Auditor, made: list[AnyLine]) -> None:
    report = audit(loose, made)
    assert report.verified
    assert (report.cosignatures, report.tokens) == (0, 0)
    found = notes(report)
    assert found["NO-WITNESS"] == found["NO-TIMESTAMP"] == len(sizes(made))
    assert "WHO-VOUCHES" not in found


def test_an_older_export_without_checkpoints_never_passes_in_silence(
    loose: Auditor, made: list[AnyLine], vouchers: Vouchers
) -> None:
    bare: list[AnyLine] = [line for line in made if not isinstance(line, CheckpointLine)]
    assert isinstance(bare[0], Header)
    for format_ in (1, 2):
        bare[0] = msgspec.structs.replace(bare[0], format=format_)
        report = audit(loose, bare, vouchers)
        assert report.verified
        assert report.closes == report.checkpoints == 0
        found = notes(report)
        assert found["NO-CHECKPOINTS"] == report.entries
        assert found["CLOSES-UNCHECKED"] == sum(isinstance(r.command, c.Tick) for r in loose.scene.requests)


def test_closes_before_the_first_checkpoint_are_said_not_to_be_checked(
    loose: Auditor, made: list[AnyLine]
) -> None:
    """A venue that was upgraded on the way signs checkpoints from then on."""
    first = place(loose.scene, c.Tick, 0)
    kept = [
        line for line in made if not isinstance(line, CheckpointLine) or stated_by(note_of(line)).size > first
    ]
    report = audit(loose, kept)
    assert report.verified
    assert notes(report)["CLOSES-UNCHECKED"] == 1
    assert report.closes == sum(isinstance(r.command, c.Tick) for r in loose.scene.requests) - 1


def test_a_checkpoint_in_a_file_of_the_older_format_is_refused(loose: Auditor, made: list[AnyLine]) -> None:
    assert isinstance(made[0], Header)
    report = audit(loose, [msgspec.structs.replace(made[0], format=1), *made[1:]])
    assert report.first_bad is not None
    assert report.first_bad.code == "AUDIT-LINE"


# --- taken out, put elsewhere, forged, of another history


def test_a_removed_checkpoint_before_a_close_is_named(
    loose: Auditor, made: list[AnyLine], vouchers: Vouchers
) -> None:
    tick = place(loose.scene, c.Tick, 1)
    lines = list(made)
    del lines[at(lines, tick)]
    assert_only(audit(loose, lines, vouchers), "AUDIT-CLOSE-CHECKPOINT", tick)


def test_a_removed_checkpoint_is_named_by_whoever_has_kept_it(loose: Auditor, made: list[AnyLine]) -> None:
    size = ordinary(made, loose)
    lines = list(made)
    note = note_of(lines.pop(at(lines, size))).to_bytes()
    assert audit(loose, lines).verified  # from the file alone nobody could tell
    assert_only(audit(loose, lines, Vouchers(kept=(note,))), "AUDIT-CHECKPOINT-GONE", size - 1)
    assert audit(loose, made, Vouchers(kept=(note,))).verified


def test_reordered_checkpoints_are_named(loose: Auditor, made: list[AnyLine]) -> None:
    all_sizes = sizes(made)
    size = ordinary(made, loose)
    later = all_sizes[all_sizes.index(size) + 1]
    first, second = at(made, size), at(made, later)
    lines = list(made)
    lines[first], lines[second] = lines[second], lines[first]
    report = audit(loose, lines)
    assert report.first_bad is not None
    assert report.first_bad.code == "AUDIT-CHECKPOINT-PLACE"
    assert report.first_bad.interval is not None
    assert report.first_bad.interval[1] == later - 1  # it was moved, or entries that it speaks of are gone
    assert not report.verified


def test_a_checkpoint_that_stands_twice_or_within_a_batch_is_named(
    loose: Auditor, made: list[AnyLine]
) -> None:
    where = at(made, ordinary(made, loose))
    twice = [*made[: where + 1], made[where], *made[where + 1 :]]
    report = audit(loose, twice)
    assert {each.code for each in report.findings} == {"AUDIT-CHECKPOINT-PLACE"}
    seal = where - 1
    assert isinstance(made[seal], SealLine)
    early = [*made[:seal], made[where], made[seal], *made[where + 1 :]]
    assert "AUDIT-CHECKPOINT-PLACE" in {each.code for each in audit(loose, early).findings}


@pytest.mark.parametrize("forged", ["another key", "another size", "another log", "noise", "a surrogate"])
def test_a_forged_checkpoint_is_named(
    loose: Auditor, opened: tuple[Authority, bytes], made: list[AnyLine], forged: str
) -> None:
    size = ordinary(made, loose)
    where = at(made, size)
    note, stated = note_of(made[where]), stated_by(note_of(made[where]))
    others = {
        "another key": sign_checkpoint(stated, OTHER_KEY),
        "another size": Note(note.text.replace(f"\n{size}\n", f"\n{size + 1}\n"), note.signatures),
        "another log": sign_checkpoint(
            Checkpoint("ipx/1/0x00", stated.size, stated.root), Venue(loose.scene, opened[0]).key
        ),
    }
    lines = list(made)
    lines[where] = (
        with_note(lines[where], others[forged])
        if forged in others
        else msgspec.structs.replace(lines[where], note="nonsense\ufffd")
    )
    report = audit(loose, lines)
    assert {each.code for each in report.findings} == {"AUDIT-CHECKPOINT"}
    assert report.first_bad is not None
    assert report.first_bad.entry == size - 1 or report.first_bad.interval == (
        sizes(made)[sizes(made).index(size) - 1],
        size - 1,
    )


def rewritten(auditor: Auditor) -> list[Any]:
    """Another history: one bid's reference differs, and all else that a forger can make is made anew."""
    changed = list(auditor.scene.stored)
    entry = place(auditor.scene, c.PlaceBid, 1)
    changed[entry] = auditor.scene.signed_again(changed[entry], reference="ab" * 32)
    return [entry, changed]


def test_a_checkpoint_of_another_history_is_named(
    loose: Auditor, made: list[AnyLine], tmp_path: Path
) -> None:
    """Seals and hashes are made anew, the checkpoints are those that the venue had signed before."""
    entry, changed = rewritten(loose)
    fresh, _ = open_authority(tmp_path / "fresh", "an authority", begin=True)
    forged = [
        line for line in Venue(loose.scene, fresh).lines(changed) if not isinstance(line, CheckpointLine)
    ]
    kept = iter([line for line in made if isinstance(line, CheckpointLine)])
    lines: list[AnyLine] = []
    for line in forged:
        lines.append(line)
        if isinstance(line, SealLine):
            lines.append(next(kept))
    report = audit(loose, lines)
    assert {each.code for each in report.findings} == {"AUDIT-CHECKPOINT-ROOT"}
    assert report.first_bad is not None
    assert report.first_bad.interval is not None
    first, last = report.first_bad.interval
    assert first <= entry <= last < first + 8
    assert audit(
        loose, [line for line in lines if not isinstance(line, CheckpointLine)]
    ).verified  # only they tell


def test_a_rewritten_history_with_its_own_checkpoints_is_named_by_a_kept_one_and_by_what_others_signed(
    loose: Auditor, made: list[AnyLine], vouchers: Vouchers, tmp_path: Path
) -> None:
    """The venue signs whatever it likes. What it cannot make again is its witness's word and a date in the past."""
    entry, changed = rewritten(loose)
    fresh, _ = open_authority(tmp_path / "fresh", "an authority", begin=True)
    lines = Venue(loose.scene, fresh).lines(changed)
    for number, line in enumerate(lines):
        if isinstance(line, CheckpointLine):
            size = stated_by(note_of(line)).size
            if size > entry:  # the witness's old line, the authority's old token: all that there is
                theirs = made[at(made, size)]
                assert isinstance(theirs, CheckpointLine)
                own = note_of(line).signatures[:1]
                old = note_of(theirs).signatures[1:]
                lines[number] = CheckpointLine(
                    note=Note(note_of(line).text, own + old).to_bytes().decode(),
                    token=theirs.token,
                )
            else:
                lines[number] = made[at(made, size)]
    report = audit(loose, lines, vouchers)
    assert {each.code for each in report.findings} == {"AUDIT-COSIGNATURE", "AUDIT-TOKEN-OTHER"}
    assert report.first_bad is not None
    assert report.first_bad.entry is not None
    assert entry <= report.first_bad.entry < entry + 8

    bare = [
        with_note(msgspec.structs.replace(line, token=""), Note(note_of(line).text, note_of(line).signatures[:1]))
        if isinstance(line, CheckpointLine) else line
        for line in lines
    ]  # fmt: skip
    alone = audit(loose, bare, vouchers)
    assert alone.verified  # nobody vouches for it either, and that is said
    assert notes(alone)["NOT-STAMPED"] == len(sizes(bare))
    assert notes(alone)["NOT-COSIGNED"] == alone.entries
    assert notes(alone)["CLOSES-STAMPED-LATE"] == alone.closes
    kept = note_of(made[at(made, sizes(made)[-1])]).to_bytes()
    named = audit(loose, bare, Vouchers(kept=(kept,)))
    assert {each.code for each in named.findings} == {"AUDIT-CHECKPOINT-KEPT"}


def test_entries_that_a_kept_checkpoint_has_and_the_file_has_not_are_named(
    loose: Auditor, made: list[AnyLine], opened: tuple[Authority, bytes]
) -> None:
    venue = Venue(loose.scene, opened[0])
    leaves = Tree([bytes.fromhex(line.leaf) for line in made if isinstance(line, EntryLine)])
    size = len(loose.scene.stored)
    further = sign_checkpoint(Checkpoint(venue.origin, size + 3, leaves.root()), venue.key).to_bytes()
    report = audit(loose, made, Vouchers(kept=(further,)))
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.interval) == ("AUDIT-CHECKPOINT-KEPT", (size, size + 2))


# --- tokens and cosignatures


def test_a_token_for_another_checkpoint_is_named(
    loose: Auditor, made: list[AnyLine], vouchers: Vouchers
) -> None:
    size = ordinary(made, loose)
    lines = list(made)
    where, other = at(lines, size), lines[at(lines, sizes(lines)[0])]
    assert isinstance(other, CheckpointLine)
    lines[where] = msgspec.structs.replace(lines[where], token=other.token)
    assert_only(audit(loose, lines, vouchers), "AUDIT-TOKEN-OTHER", size - 1)


def test_a_token_of_another_authority_and_noise_are_named(
    loose: Auditor, made: list[AnyLine], vouchers: Vouchers, tmp_path: Path
) -> None:
    other, certificate = open_authority(tmp_path / "other", "an authority", begin=True)
    size = ordinary(made, loose)
    where = at(made, size)
    own = sign_checkpoint(stated_by(note_of(made[where])), Venue(loose.scene, other).key)
    time_ms = loose.scene.requests[size - 1].time_ms + 1_000
    for token in (Venue(loose.scene, other).token(own, time_ms), "AAAA", "not base64"):
        lines = list(made)
        lines[where] = msgspec.structs.replace(lines[where], token=token)
        assert_only(audit(loose, lines, vouchers), "AUDIT-TOKEN", size - 1)
    assert certificate != vouchers.timestamp


def test_a_token_from_before_its_entries_is_named(loose: Auditor, vouchers: Vouchers, tmp_path: Path) -> None:
    """The venue has dated its entries later than they were."""
    fresh, certificate = open_authority(tmp_path / "fresh", "an authority", begin=True)
    lines = Venue(loose.scene, fresh, late_ms=-120_000).lines()
    report = audit(loose, lines, msgspec.structs.replace(vouchers, timestamp=certificate))
    assert {each.code for each in report.findings} == {"AUDIT-TOKEN-TIME"}
    assert report.tokens == 0


def test_a_close_that_was_dated_late_is_counted(loose: Auditor, vouchers: Vouchers, tmp_path: Path) -> None:
    fresh, certificate = open_authority(tmp_path / "fresh", "an authority", begin=True)
    lines = Venue(loose.scene, fresh, late_ms=400 * 86_400_000).lines()
    report = audit(loose, lines, msgspec.structs.replace(vouchers, timestamp=certificate))
    assert report.verified
    assert notes(report)["CLOSES-STAMPED-LATE"] == report.closes > 0
    assert LATE_MS < 400 * 86_400_000


def test_a_forged_cosignature_is_named_and_a_missing_one_counted(
    loose: Auditor, made: list[AnyLine], vouchers: Vouchers
) -> None:
    size = ordinary(made, loose)
    where = at(made, size)
    note = note_of(made[where])
    lines = list(made)
    forged = cosign(note.text, WITNESS.name, OTHER_KEY, 5)
    line = msgspec.structs.replace(forged, key_id=WITNESS.key_id)
    lines[where] = with_note(lines[where], Note(note.text, (note.signatures[0], line)))
    assert_only(audit(loose, lines, vouchers), "AUDIT-COSIGNATURE", size - 1)
    lines[where] = with_note(lines[where], Note(note.text, note.signatures[:1]))
    assert audit(loose, lines, vouchers).verified  # a later one that holds covers the same entries
    last = at(made, sizes(made)[-1])
    lines[last] = with_note(lines[last], Note(note_of(lines[last]).text, note_of(lines[last]).signatures[:1]))
    found = notes(audit(loose, lines, vouchers))
    assert found["NOT-COSIGNED"] == len(loose.scene.stored) - sizes(made)[-2]


def test_vouchers_that_can_vouch_for_nothing_give_no_verdict(loose: Auditor, made: list[AnyLine]) -> None:
    log = Verifier(name="w", kind=ED25519, public_key=OTHER_KEY.public_key)
    note = note_of(made[at(made, sizes(made)[0])]).to_bytes()
    for vouchers, refusal in (
        (Vouchers(witnesses=(log,)), AuditRefused),
        (Vouchers(timestamp=b"nonsense"), TokenRefused),
        (Vouchers(kept=(b"nonsense",)), NoteRefused),
        (
            Vouchers(kept=(sign_checkpoint(Checkpoint("ipx/1/0x00", 1, bytes(32)), OTHER_KEY).to_bytes(),)),
            NoteRefused,
        ),
        (Vouchers(kept=(note,) * (MOST_KEPT + 1)), AuditRefused),
    ):
        with pytest.raises(refusal):
            audit(loose, made, vouchers)
