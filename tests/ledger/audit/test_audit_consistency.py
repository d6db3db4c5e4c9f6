"""Two exports of one journal: the newer one must extend the older one, entry for entry and seal for seal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from ledger.audit.consistency import Consistency, check_consistency
from ledger.audit.findings import Unsound
from ledger.audit.lines import (
    AnyLine,
    CheckpointLine,
    Header,
    LineRefused,
    SealLine,
    encode_line,
    read_lines,
)
from ledger.log.checkpoints import Checkpoint, origin_of, sign_checkpoint
from ledger.log.notes import cosign, read_note
from ledger.merkle import root
from ledger.receipt_key import ReceiptKey
from tests.ledger.audit.forging import lines_of
from tests.ledger.audit.golden_exports import changed, cut, entries_of, golden, public_copy

JOURNAL = golden(2)
ENTRIES = len(entries_of(JOURNAL))


def held(old: bytes, new: bytes) -> Consistency:
    return check_consistency(io.BytesIO(old), io.BytesIO(new))


def root_of(data: bytes) -> str:
    return root([bytes.fromhex(line.leaf) for line in entries_of(data)]).hex()


@pytest.mark.parametrize("size", [1, 6, 7, 8, 50, 64, 100, ENTRIES - 1, ENTRIES])
def test_a_journal_extends_each_of_its_beginnings(size: int) -> None:
    old = cut(JOURNAL, size)
    found = held(old, JOURNAL)
    assert found.consistent
    assert found.first_bad is None
    assert (found.old_entries, found.new_entries) == (size, ENTRIES)
    assert (found.old_root, found.new_root) == (root_of(old), root_of(JOURNAL))


@pytest.mark.parametrize("size", [1, 7, 8, ENTRIES - 1])
def test_a_beginning_does_not_extend_the_whole_and_names_the_first_entry_that_is_gone(size: int) -> None:
    new = cut(JOURNAL, size)
    found = held(JOURNAL, new)
    assert found.first_bad is not None
    assert not found.consistent
    assert (found.first_bad.code, found.first_bad.entry) == ("AUDIT-OLDER", size)
    assert (found.old_root, found.new_root) == (root_of(JOURNAL), root_of(new))


@pytest.mark.parametrize("entry", [0, 5, 13, 77, ENTRIES - 1])
def test_the_first_changed_entry_is_named_and_both_roots_are_told(entry: int) -> None:
    new = changed(JOURNAL, entry, epoch=99)
    found = held(cut(JOURNAL, ENTRIES), new)
    assert found.first_bad is not None
    assert (found.first_bad.code, found.first_bad.entry) == ("AUDIT-OLDER", entry)
    assert found.old_root == root_of(JOURNAL)
    assert found.new_root == root_of(new) != found.old_root


def test_a_changed_entry_beyond_the_older_export_is_none_of_its_concern() -> None:
    assert held(cut(JOURNAL, 20), changed(JOURNAL, 20, epoch=99)).consistent


def test_another_seal_over_the_same_entries_names_its_batch() -> None:
    lines = lines_of(JOURNAL)
    place = [number for number, line in enumerate(lines) if isinstance(line, SealLine)][2]
    seal = msgspec.structs.replace(lines[place].seal, time_ms=1)
    first = seal.first_entry
    lines[place] = msgspec.structs.replace(lines[place], seal=seal)
    found = held(JOURNAL, b"".join(map(encode_line, lines)))
    assert found.first_bad is not None
    assert found.first_bad.code == "AUDIT-OLDER-SEAL"
    assert found.first_bad.interval == (first, first + seal.count - 1)
    assert found.old_root == found.new_root


@pytest.mark.parametrize("older_has_it", [True, False])
def test_a_seal_that_only_one_of_them_has_is_named(older_has_it: bool) -> None:
    lines = lines_of(JOURNAL)
    place = [number for number, line in enumerate(lines) if isinstance(line, SealLine)][2]
    seal = lines[place].seal
    without = b"".join(encode_line(line) for line in [*lines[:place], *lines[place + 1 :]])
    found = held(JOURNAL, without) if older_has_it else held(without, JOURNAL)
    assert found.first_bad is not None
    assert found.first_bad.code == "AUDIT-OLDER-SEAL"
    assert found.first_bad.interval == (seal.first_entry, seal.first_entry + seal.count - 1)


def test_a_public_copy_is_held_against_an_auditors() -> None:
    assert held(public_copy(cut(JOURNAL, 40)), JOURNAL).consistent
    assert held(cut(JOURNAL, 40), public_copy(JOURNAL)).consistent


def header_alone(data: bytes) -> bytes:
    return data.splitlines(keepends=True)[0]


def of_another_venue(data: bytes) -> bytes:
    header, *rest = lines_of(data)
    return b"".join(map(encode_line, [msgspec.structs.replace(header, chain_id=1), *rest]))


def out_of_place(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join([*lines[:2], *lines[3:]])


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (header_alone, "AUDIT-LINE"),
        (of_another_venue, "AUDIT-HEADER"),
        (out_of_place, "AUDIT-LINE"),
        (lambda data: data[:-9], "AUDIT-LINE"),
        (lambda data: data[len(header_alone(data)) :], "AUDIT-LINE"),
    ],
    ids=["no entry", "another venue", "out of place", "cut short", "no header"],
)
def test_what_is_no_export_of_this_journal_gives_no_verdict(make: object, code: str) -> None:
    assert callable(make)
    for old, new in ((make(JOURNAL), JOURNAL), (JOURNAL, make(JOURNAL))):
        with pytest.raises(Unsound) as found:
            held(old, new)
        assert found.value.code == code


def ipx(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_the_command_ends_with_0_1_or_2(tmp_path: Path) -> None:
    old, new, bad = (tmp_path / name for name in ("old", "new", "bad"))
    old.write_bytes(cut(JOURNAL, 30))
    new.write_bytes(JOURNAL)
    bad.write_bytes(changed(JOURNAL, 11, epoch=99))
    code, said = ipx("consistency", str(old), str(new))
    assert code == 0
    assert "CONSISTENT / 前后一致" in said
    code, said = ipx("consistency", str(old), str(bad), "--json")
    assert code == 1
    assert json.loads(said)["first_bad"]["entry"] == 11
    code, said = ipx("consistency", str(old), str(bad))
    assert code == 1
    assert "entry 11 / 记录 11: AUDIT-OLDER" in said
    bad.write_bytes(b"{}\n")
    code, said = ipx("consistency", str(old), str(bad))
    assert code == 2
    assert "no verdict / 无法得出结论" in said


# --- checkpoints

KEY, WITNESS_KEY = ReceiptKey(b"\x03" * 32), ReceiptKey(b"\x04" * 32)


def with_checkpoints(data: bytes, every: int = 1) -> list[AnyLine]:
    """The journal with a checkpoint behind every so manieth seal; nothing here looks whose signature it is."""
    lines: list[AnyLine] = []
    seals = 0
    for line in lines_of(data):
        if isinstance(line, Header):
            header = line
            lines.append(msgspec.structs.replace(line, format=2))
            continue
        lines.append(line)
        if isinstance(line, SealLine):
            seals += 1
            if seals % every == 0:
                origin = origin_of(header.chain_id, header.anchor)
                stated = Checkpoint(origin, line.seal.tree_size, bytes.fromhex(line.seal.tree_root))
                note = sign_checkpoint(stated, KEY).to_bytes().decode()
                lines.append(CheckpointLine(note=note, token=""))
    return lines


def written(lines: list[AnyLine]) -> bytes:
    return b"".join(map(encode_line, lines))


def checkpoints_in(lines: list[AnyLine]) -> list[int]:
    return [number for number, line in enumerate(lines) if isinstance(line, CheckpointLine)]


def test_checkpoints_may_come_later_with_cosignatures_and_tokens_and_never_go() -> None:
    few, many = with_checkpoints(JOURNAL, 3), with_checkpoints(JOURNAL)
    assert held(JOURNAL, written(many)).consistent  # an older export of format 1
    assert held(written(few), written(many)).consistent
    cosigned = list(many)
    for place in checkpoints_in(many):
        line = many[place]
        assert isinstance(line, CheckpointLine)
        note = read_note(line.note.encode())
        more = note.with_lines([cosign(note.text, "w", WITNESS_KEY, 5)]).to_bytes().decode()
        cosigned[place] = CheckpointLine(note=more, token="AAAA")
    assert held(written(many), written(cosigned)).consistent
    for new in (few, lines_of(JOURNAL)):
        found = held(written(many), written(new))
        assert found.first_bad is not None
        assert found.first_bad.code == "AUDIT-OLDER-CHECKPOINT"


def test_another_checkpoint_over_the_same_entries_names_its_batch() -> None:
    lines = with_checkpoints(JOURNAL)
    place = checkpoints_in(lines)[2]
    seal = lines[place - 1]
    assert isinstance(seal, SealLine)
    other = sign_checkpoint(Checkpoint("ipx/1/0x", seal.seal.tree_size, bytes(32)), KEY).to_bytes().decode()
    new = [*lines[:place], CheckpointLine(note=other, token=""), *lines[place + 1 :]]
    found = held(written(lines), written(new))
    assert found.first_bad is not None
    assert found.first_bad.code == "AUDIT-OLDER-CHECKPOINT"
    assert found.first_bad.interval == (seal.seal.first_entry, seal.seal.tree_size - 1)


def test_a_checkpoint_out_of_its_place_is_no_line_of_an_export() -> None:
    lines = with_checkpoints(JOURNAL)
    place = checkpoints_in(lines)[2]
    for wrong in (
        [*lines[:place], lines[place], *lines[place:]],  # twice
        [*lines[: place - 1], lines[place], lines[place - 1], *lines[place + 1 :]],  # before its seal
        [lines_of(JOURNAL)[0], *lines[1:]],  # in a file of format 1
    ):
        with pytest.raises(Unsound, match="AUDIT-LINE"):
            held(written(wrong), written(wrong))
    noise = [*lines[:place], CheckpointLine(note="noise", token=""), *lines[place + 1 :]]
    with pytest.raises(Unsound, match="AUDIT-LINE"):
        held(written(noise), written(noise))


def test_a_checkpoint_line_that_was_damaged_is_named_at_the_entry_that_it_stands_on() -> None:
    lines = with_checkpoints(JOURNAL)
    place = checkpoints_in(lines)[0]
    good = encode_line(lines[place])
    for damaged in (
        good.replace(b'"line"', b'"lime"'),
        good.replace(b'"note"', b'"nose"'),
        good[:-1] + b" \n",
    ):
        with pytest.raises(LineRefused) as refused:
            list(read_lines(io.BytesIO(written(lines[:place]) + damaged)))
        assert refused.value.was_checkpoint
        assert not refused.value.was_seal
