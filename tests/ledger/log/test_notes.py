"""Signed notes: what C2SP publishes is read, what the venue signs is verified, and nothing else is taken for signed."""

from __future__ import annotations

import base64
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.checkpoints import (
    Checkpoint,
    log_verifier,
    origin_of,
    read_checkpoint,
    sign_checkpoint,
    stated_by,
)
from ledger.log.notes import (
    COSIGNATURE,
    ED25519,
    LONGEST_NOTE,
    MOST_SIGNATURES,
    Note,
    NoteRefused,
    SignatureLine,
    Verifier,
    cosign,
    read_note,
    sign,
    verify,
)
from ledger.receipt_key import ReceiptKey
from ledger.receipts import seal_batch

ORIGIN = origin_of(31_337, "0x" + "Ab" * 20)
KEY, OTHER = ReceiptKey(b"\x01" * 32), ReceiptKey(b"\x02" * 32)
LOG = log_verifier(ORIGIN, KEY.public_key)
WITNESS = Verifier(name="witness.example/w1", kind=COSIGNATURE, public_key=OTHER.public_key)
CHECKPOINT = Checkpoint(ORIGIN, 17, b"\x07" * 32)
PUBLISHED_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""Of the test data that Go's own implementation of signed notes publishes, with a note under it."""
PUBLISHED_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def refused(data: bytes) -> str:
    with pytest.raises(NoteRefused) as found:
        read_note(data)
    return found.value.code


def test_a_published_note_verifies_under_its_published_key() -> None:
    verifier = Verifier.from_text(PUBLISHED_VKEY)
    assert verifier.kind == ED25519
    assert verifier.to_text() == PUBLISHED_VKEY
    assert verify(read_note(PUBLISHED_NOTE.encode()), verifier) == 0


def test_every_changed_bit_of_a_published_note_is_refused() -> None:
    verifier = Verifier.from_text(PUBLISHED_VKEY)
    whole = PUBLISHED_NOTE.encode()
    for place in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            with pytest.raises(NoteRefused):
                verify(read_note(bytes(changed)), verifier)


def test_a_checkpoint_says_what_was_signed_and_who_has_cosigned_when() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    note = note.with_lines([cosign(note.text, WITNESS.name, OTHER, 1_700_000_000)])
    seen = read_checkpoint(note.to_bytes(), LOG, [WITNESS])
    assert seen.checkpoint == CHECKPOINT
    assert seen.witnesses == {WITNESS.name: 1_700_000_000}
    root = base64.b64encode(CHECKPOINT.root).decode()
    assert seen.note.text == f"ipx/31337/0x{'ab' * 20}\n17\n{root}\n"


def test_a_cosignature_is_no_signature_of_the_log_nor_the_other_way_round() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    same_key = Verifier(name=ORIGIN, kind=COSIGNATURE, public_key=KEY.public_key)
    with pytest.raises(NoteRefused, match="NOTE-UNSIGNED"):
        verify(note, same_key)
    relabelled = SignatureLine(ORIGIN, same_key.key_id, (1).to_bytes(8, "big") + note.signatures[0].signature)
    with pytest.raises(NoteRefused, match="NOTE-SIGNATURE"):
        verify(Note(note.text, (relabelled,)), same_key)


def test_the_time_of_a_cosignature_is_part_of_what_is_signed() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    line = cosign(note.text, WITNESS.name, OTHER, 1_700_000_000)
    later = SignatureLine(line.name, line.key_id, (1_700_000_001).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(NoteRefused, match="NOTE-SIGNATURE"):
        verify(note.with_lines([later]), WITNESS)


def test_a_line_of_a_known_key_that_does_not_hold_spoils_the_note_even_beside_one_that_does() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    bad = SignatureLine(ORIGIN, LOG.key_id, b"\x00" * 64)
    with pytest.raises(NoteRefused, match="NOTE-SIGNATURE"):
        verify(Note(note.text, (*note.signatures, bad)), LOG)


def test_lines_of_unknown_keys_are_passed_over_and_kept() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    stranger = SignatureLine("stranger.example", b"\x01\x02\x03\x04", b"anything")
    seen = read_checkpoint(note.with_lines([stranger]).to_bytes(), LOG, [WITNESS])
    assert seen.witnesses == {}
    assert stranger in seen.note.signatures


def test_a_checkpoint_of_another_log_is_not_taken_for_this_one() -> None:
    other = Checkpoint("ipx/1/0x" + "00" * 20, 17, CHECKPOINT.root)
    with pytest.raises(NoteRefused, match="NOTE-UNSIGNED"):
        read_checkpoint(sign_checkpoint(other, KEY).to_bytes(), LOG)


def test_no_batch_seal_passes_for_a_note() -> None:
    signed = seal_batch(KEY, epoch=1, first_entry=0, leaves=[b"\x01" * 32], tree_root=b"\x02" * 32, time_ms=0)
    line = SignatureLine(ORIGIN, LOG.key_id, bytes.fromhex(signed.signature))
    with pytest.raises(NoteRefused, match="NOTE-SIGNATURE"):
        verify(Note(CHECKPOINT.to_text(), (line,)), LOG)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "text\x00\n\n— a AAAAAAA=\n".encode(),
        b"text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAA\n".encode(),
        "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n— a AAAAAAA=".encode(),
        "text\n\n— a AAAAAAB=\n".encode(),
        ("text\n\n" + "— a AAAAAAA=\n" * (MOST_SIGNATURES + 1)).encode(),
        b"x" * (LONGEST_NOTE + 1),
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    assert refused(data) == "NOTE-MALFORMED"


@pytest.mark.parametrize(
    "text",
    [
        "origin\n17\n",
        "origin\n017\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "origin\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "origin\n9223372036854775808\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "origin\n17\nBwcH\n",
        "\n17\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "origin\n17\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_states_nothing(text: str) -> None:
    with pytest.raises(NoteRefused, match="NOTE-MALFORMED"):
        stated_by(Note(text, (sign(text, "origin", KEY),)))


@pytest.mark.parametrize(
    "text", ["", "name", "name+00000000+AA==", PUBLISHED_VKEY.replace("c74f", "c74e"), "a b+1+AA=="]
)
def test_a_verifier_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused, match="NOTE-KEY"):
        Verifier.from_text(text)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_make_reading_fail_in_another_way(data: bytes) -> None:
    with suppress(NoteRefused):
        stated_by(read_note(data))


def test_a_key_file_signs_what_its_verifier_verifies(tmp_path: Path) -> None:
    key = ReceiptKey.from_file(tmp_path / "receipt.key")
    verifier = Verifier.from_text(log_verifier(ORIGIN, key.public_key).to_text())
    assert verify(sign_checkpoint(CHECKPOINT, key), verifier) == 0
