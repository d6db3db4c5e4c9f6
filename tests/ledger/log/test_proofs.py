"""A receipt against the public log: it stands, it was left out, or nobody has shown either."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.checkpoints import Checkpoint, log_verifier, origin_of, sign_checkpoint
from ledger.log.notes import COSIGNATURE, NoteRefused, Verifier, cosign
from ledger.log.proofs import EXPLAINED, Proof, check_receipt_in_log, read_proof, write_proof
from ledger.merkle import Tree, leaf_hash
from ledger.receipt_key import ReceiptKey
from ledger.receipts import PROMISED_WITHIN_S, Receipt, ReceiptRefused, make_receipts, seal_batch

KEY, OWN, OTHER = (ReceiptKey(bytes([number]) * 32) for number in (1, 2, 3))
ORIGIN = origin_of(31_337, "0x" + "ab" * 20)
LOG = log_verifier(ORIGIN, KEY.public_key)
WITNESS = Verifier(name="witness.example/w1", kind=COSIGNATURE, public_key=OWN.public_key)
MADE_MS = 1_800_000_000_000
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(40)]
TREE = Tree(LEAVES)
ENTRY = 12


def receipt_of(entry: int = ENTRY) -> Receipt:
    first = entry - entry % 5
    batch = LEAVES[first : first + 5]
    seal = seal_batch(
        KEY, epoch=1, first_entry=first, leaves=batch, tree_root=TREE.root(first + 5), time_ms=MADE_MS
    )
    return make_receipts(seal, batch)[entry - first]


def proof_of(entry: int = ENTRY, size: int = 40, tree: Tree = TREE, key: ReceiptKey = KEY) -> Proof:
    note = sign_checkpoint(Checkpoint(ORIGIN, size, tree.root(size)), key)
    note = note.with_lines([cosign(note.text, WITNESS.name, OWN, 1_800_000_030)])
    path = tuple(tree.inclusion_path(entry, size))
    return Proof(entry, path, note.to_bytes(), tree.node(0, entry))


def verdict(proof: Proof | None, now_ms: int = MADE_MS, **given: bytes) -> str:
    return check_receipt_in_log(receipt_of(), proof, LOG, [WITNESS], now_ms, **given).verdict


def test_an_entry_that_stands_is_shown_to_stand_in_every_later_checkpoint() -> None:
    for size in range(ENTRY + 1, 41):
        checked = check_receipt_in_log(receipt_of(), proof_of(size=size), LOG, [WITNESS], MADE_MS)
        assert (checked.verdict, checked.size) == ("STANDS", size)
        assert checked.root == TREE.root(size).hex()
        assert checked.witnesses == {WITNESS.name: 1_800_000_030}


def test_an_entry_that_was_replaced_is_shown_to_be_left_out_by_the_venues_own_proof() -> None:
    replaced = Tree([*LEAVES[:ENTRY], leaf_hash(b"another"), *LEAVES[ENTRY + 1 :]])
    assert verdict(proof_of(tree=replaced)) == "LEFT-OUT"


def test_an_entry_that_was_cut_out_is_shown_to_be_left_out() -> None:
    cut = Tree([*LEAVES[:ENTRY], *LEAVES[ENTRY + 1 :]])
    assert verdict(proof_of(size=39, tree=cut)) == "LEFT-OUT"


def test_a_path_that_leads_nowhere_shows_nothing() -> None:
    good = proof_of()
    for bad in (
        msgspec.structs.replace(good, path=good.path[:-1]),
        msgspec.structs.replace(good, path=(*good.path[:-1], b"\x00" * 32)),
        msgspec.structs.replace(good, index=ENTRY + 1),
        msgspec.structs.replace(proof_of(ENTRY + 1), index=ENTRY, leaf=LEAVES[ENTRY]),
    ):
        assert verdict(bad) == "NOT-SHOWN"


def test_a_checkpoint_alone_shows_nothing_of_an_entry_that_it_reaches() -> None:
    assert verdict(None, checkpoint=proof_of().checkpoint) == "NOT-SHOWN"


def test_without_a_checkpoint_that_reaches_it_the_promise_decides() -> None:
    late_ms = MADE_MS + 1000 * PROMISED_WITHIN_S
    early = proof_of(entry=0, size=ENTRY).checkpoint
    for seen in ({}, {"checkpoint": early}):
        assert verdict(None, late_ms, **seen) == "NOT-YET"
        assert verdict(None, late_ms + 1, **seen) == "PROMISE-BROKEN"


def test_a_checkpoint_that_another_key_has_signed_counts_for_nothing() -> None:
    with pytest.raises(NoteRefused, match="NOTE-UNSIGNED"):
        verdict(proof_of(key=OTHER))


def test_a_receipt_that_another_key_has_signed_counts_for_nothing() -> None:
    other = log_verifier(ORIGIN, OTHER.public_key)
    with pytest.raises(ReceiptRefused, match="RECEIPT-SIGNATURE"):
        check_receipt_in_log(receipt_of(), None, other, [], MADE_MS)


def test_a_proof_is_read_as_it_was_written() -> None:
    proof = proof_of()
    assert read_proof(write_proof(proof)) == proof
    bare = msgspec.structs.replace(proof, leaf=b"")
    assert write_proof(bare).startswith(b"c2sp.org/tlog-proof@v1\nindex 12\n")
    assert read_proof(write_proof(bare)) == bare


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"@v1", b"@v2"),
        lambda data: data.replace(b"index 12", b"index 012"),
        lambda data: data.replace(b"index 12\n", b""),
        lambda data: data.replace(b"\n\n", b"\n"),
        lambda data: data[:40],
        lambda _: b"",
        lambda data: data.replace(b"index 12\n", b"index 12\nAAAA\n"),
        lambda data: data + b"x" * 40_000,
    ],
)
def test_what_is_no_proof_is_refused(change: object) -> None:
    with pytest.raises(NoteRefused, match="NOTE-MALFORMED"):
        read_proof(change(write_proof(proof_of())))  # type: ignore[operator]  # one of the functions above


@given(st.binary(max_size=300))
def test_no_bytes_whatever_make_reading_a_proof_fail_in_another_way(data: bytes) -> None:
    for each in (data, b"c2sp.org/tlog-proof@v1\n" + data):
        with suppress(NoteRefused):
            read_proof(each)


def test_every_verdict_has_its_words_in_both_languages() -> None:
    assert set(EXPLAINED) == {"STANDS", "LEFT-OUT", "NOT-SHOWN", "NOT-YET", "PROMISE-BROKEN"}
    assert all(all(texts) for texts in EXPLAINED.values())
