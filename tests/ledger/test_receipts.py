"""Receipts: what the venue acknowledged can be shown against it, and nothing else can."""

import copy
import multiprocessing
import os
import pickle
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.canonical import encode
from ledger.merkle import Frontier, Tree, leaf_hash
from ledger.receipt_key import ReceiptKey, ReceiptKeyRefused
from ledger.receipts import (
    LARGEST_BATCH,
    PROMISED_WITHIN_S,
    BatchSeal,
    Receipt,
    ReceiptRefused,
    SignedSeal,
    make_receipts,
    seal_batch,
    seal_bytes,
    stands_in,
    verify_receipt,
    verify_seal,
)

KEY = ReceiptKey(bytes(range(32)))
STRANGER = ReceiptKey(bytes(32))
ENTRIES = [encode({"entry": number}) for number in range(200)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
TREE = Tree(LEAVES)


def sealed(first: int, count: int) -> tuple[SignedSeal, list[Receipt]]:
    leaves = LEAVES[first : first + count]
    frontier = Frontier()
    frontier.extend(LEAVES[: first + count])
    signed = seal_batch(
        KEY, epoch=3, first_entry=first, leaves=leaves, tree_root=frontier.root(), time_ms=1_700_000_000_000
    )
    return signed, make_receipts(signed, leaves)


def refused_code(receipt: Receipt, public_key: bytes = KEY.public_key, leaf: bytes | None = None) -> str:
    with pytest.raises(ReceiptRefused) as refused:
        verify_receipt(receipt, public_key, leaf)
    assert refused.value.cure
    return refused.value.code


@given(st.integers(0, 150), st.integers(1, 50))
@settings(max_examples=60)
def test_every_entry_of_a_batch_gets_a_receipt_that_holds_and_travels_as_json(first: int, count: int) -> None:
    signed, receipts = sealed(first, count)
    verify_seal(signed, KEY.public_key)
    assert [receipt.entry for receipt in receipts] == list(range(first, first + count))
    for receipt in receipts:
        travelled = msgspec.json.decode(msgspec.json.encode(receipt), type=Receipt)
        verify_receipt(travelled, KEY.public_key, ENTRIES[receipt.entry])
        assert travelled.promised_within_s == 60


def test_the_signature_is_plain_ed25519_over_the_prefix_and_the_canonical_seal() -> None:
    signed, _ = sealed(10, 7)
    message = b"IPX batch seal v1, in a checkpoint within 60 s\x00" + encode(signed.seal)
    independent = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert signed.signature == independent.sign(message).hex()
    assert independent.public_key().public_bytes_raw() == KEY.public_key
    independent.public_key().verify(bytes.fromhex(signed.signature), seal_bytes(signed.seal))


def test_every_flipped_hex_digit_of_a_receipt_is_refused() -> None:
    _, receipts = sealed(100, 37)
    receipt = receipts[20]
    plain = msgspec.to_builtins(receipt)
    targets: list[tuple[Any, Any]] = [
        (plain, "leaf_hash"),
        (plain, "signature"),
        (plain["seal"], "batch_root"),
        (plain["seal"], "tree_root"),
    ]
    plain["path"] = list(plain["path"])
    targets += [(plain["path"], place) for place in range(len(plain["path"]))]
    for holder, name in targets:
        whole = holder[name]
        for place, digit in enumerate(whole):
            holder[name] = whole[:place] + f"{int(digit, 16) ^ 1:x}" + whole[place + 1 :]
            assert refused_code(msgspec.convert(plain, Receipt)) in {"RECEIPT-PATH", "RECEIPT-SIGNATURE"}
        holder[name] = whole
    verify_receipt(msgspec.convert(plain, Receipt), KEY.public_key)


@pytest.mark.parametrize("field", ["epoch", "first_entry", "count", "tree_size", "time_ms"])
@pytest.mark.parametrize("change", [-1, 1, 2**53, -(2**63), 2**70])
def test_every_changed_number_of_the_seal_is_refused(field: str, change: int) -> None:
    signed, receipts = sealed(100, 37)
    changed = msgspec.structs.replace(signed.seal, **{field: getattr(signed.seal, field) + change})
    with pytest.raises(ReceiptRefused):
        verify_seal(SignedSeal(seal=changed, signature=signed.signature), KEY.public_key)
    assert refused_code(msgspec.structs.replace(receipts[5], seal=changed)).startswith("RECEIPT-")


def test_a_receipt_moved_to_another_place_is_refused() -> None:
    _, receipts = sealed(100, 37)
    receipt, other = receipts[5], receipts[6]
    replace = msgspec.structs.replace
    assert refused_code(replace(receipt, entry=106)) == "RECEIPT-PLACE"
    assert refused_code(replace(receipt, index=6)) == "RECEIPT-PLACE"
    assert refused_code(replace(receipt, index=-1, entry=99)) == "RECEIPT-PLACE"
    assert refused_code(replace(receipt, index=37, entry=137)) == "RECEIPT-PLACE"
    assert refused_code(replace(receipt, index=6, entry=106)) == "RECEIPT-PATH"
    assert refused_code(replace(receipt, path=other.path)) == "RECEIPT-PATH"
    assert refused_code(replace(receipt, path=receipt.path[:-1])) == "RECEIPT-PATH"
    assert refused_code(replace(receipt, path=())) == "RECEIPT-PATH"
    assert refused_code(receipt, leaf=ENTRIES[106]) == "RECEIPT-LEAF"
    assert refused_code(replace(receipt, promised_within_s=PROMISED_WITHIN_S * 60)) == "RECEIPT-PROMISE"


def test_a_seal_of_another_batch_or_key_does_not_carry_a_receipt() -> None:
    signed, receipts = sealed(100, 37)
    later, _ = sealed(137, 20)
    replace = msgspec.structs.replace
    assert refused_code(receipts[0], STRANGER.public_key) == "RECEIPT-SIGNATURE"
    assert refused_code(replace(receipts[0], signature=later.signature)) == "RECEIPT-SIGNATURE"
    assert refused_code(replace(receipts[0], seal=later.seal, signature=later.signature)) == "RECEIPT-PLACE"
    assert refused_code(receipts[0], b"") == "RECEIPT-KEY"
    assert refused_code(receipts[0], bytes(33)) == "RECEIPT-KEY"
    # A venue that signs a seal whose tree does not end with the batch is caught by the numbers alone.
    incoherent = replace(signed.seal, tree_size=999)
    signature = KEY.sign(seal_bytes(incoherent)).hex()
    assert refused_code(replace(receipts[0], seal=incoherent, signature=signature)) == "RECEIPT-PLACE"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("leaf_hash", ""),
        ("leaf_hash", LEAVES[0].hex().upper()),
        ("leaf_hash", LEAVES[0].hex() + "\n"),
        ("path", ("00",)),
        ("path", ("0" * 64,) * 17),
        ("path", ("0" * 64,) * 100_000),
        ("path", ("\uff10" * 64,)),
        ("signature", ""),
        ("signature", "0" * 130),
        ("signature", "G" * 128),
    ],
)
def test_a_malformed_receipt_is_refused_as_such(field: str, value: object) -> None:
    _, receipts = sealed(0, 3)
    assert refused_code(msgspec.structs.replace(receipts[0], **{field: value})) == "RECEIPT-MALFORMED"


@pytest.mark.parametrize("junk", [b"{}", b"[]", b'{"entry":1.5}', b"null", b"\xff"])
def test_junk_is_no_receipt(junk: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(junk, type=Receipt)


def test_only_the_sealed_leaves_get_receipts() -> None:
    signed, _ = sealed(0, 8)
    for leaves in (LEAVES[:7], LEAVES[1:9], LEAVES[:9], [], [*LEAVES[:7], b"short"]):
        with pytest.raises(ReceiptRefused, match="RECEIPT-BATCH"):
            make_receipts(signed, leaves)
    for leaves in ([], [b"short"], [LEAVES[0]] * (LARGEST_BATCH + 1)):
        with pytest.raises(ReceiptRefused, match="RECEIPT-BATCH"):
            seal_batch(KEY, epoch=1, first_entry=0, leaves=leaves, tree_root=bytes(32), time_ms=0)
    with pytest.raises(ReceiptRefused, match="RECEIPT-MALFORMED"):
        seal_batch(KEY, epoch=-1, first_entry=0, leaves=LEAVES[:1], tree_root=bytes(32), time_ms=0)
    with pytest.raises(ReceiptRefused, match="RECEIPT-MALFORMED"):
        seal_batch(KEY, epoch=1, first_entry=0, leaves=LEAVES[:1], tree_root=b"", time_ms=0)


def test_a_receipt_shows_that_its_entry_stands_in_a_later_checkpoint_or_was_left_out() -> None:
    _, receipts = sealed(40, 20)
    receipt = receipts[7]
    assert stands_in(receipt, 200, TREE.root(), TREE.inclusion_path(receipt.entry))
    without = Tree([*LEAVES[:47], *LEAVES[48:]])  # the venue drops entry 47
    assert not stands_in(receipt, 199, without.root(), without.inclusion_path(47))
    changed = Tree([*LEAVES[:47], leaf_hash(b"another"), *LEAVES[48:]])
    assert not stands_in(receipt, 200, changed.root(), changed.inclusion_path(47))
    assert not stands_in(receipt, 40, TREE.root(40), TREE.inclusion_path(39, 40))  # a checkpoint before it
    assert not stands_in(msgspec.structs.replace(receipt, leaf_hash="no"), 200, TREE.root(), [])


def test_a_seal_and_a_receipt_cannot_be_changed_in_place() -> None:
    signed, receipts = sealed(0, 1)
    with pytest.raises(AttributeError):
        receipts[0].entry = 5  # type: ignore[misc]  # frozen on purpose
    with pytest.raises(AttributeError):
        signed.seal.count = 5  # type: ignore[misc]  # frozen on purpose
    assert isinstance(signed.seal, BatchSeal)


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "receipt.key"
    previous = os.umask(0)  # even where the process masks nothing
    try:
        made = ReceiptKey.from_file(path)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == 32
    assert list(tmp_path.iterdir()) == [path]
    assert ReceiptKey.from_file(path).public_key == made.public_key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o644])
def test_a_key_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "receipt.key"
    path.write_bytes(bytes(32))
    path.chmod(mode)
    with pytest.raises(ReceiptKeyRefused) as refused:
        ReceiptKey.from_file(path)
    assert refused.value.code == "RECEIPT-KEY-PERMISSIONS"


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_file_of_another_length_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "receipt.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(ReceiptKeyRefused, match="RECEIPT-KEY-FILE"):
        ReceiptKey.from_file(path)
    assert path.stat().st_size == size


def test_a_link_folder_or_pipe_is_no_key_file(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(bytes(32))
    target.chmod(0o600)
    link, pipe, folder = tmp_path / "link", tmp_path / "pipe", tmp_path / "folder"
    link.symlink_to(target)
    os.mkfifo(pipe, 0o600)
    folder.mkdir(0o700)
    for path in (link, pipe, folder):
        with pytest.raises(ReceiptKeyRefused) as refused:
            ReceiptKey.from_file(path)
        assert refused.value.code == "RECEIPT-KEY-FILE"


def _public_key_of(path: Path) -> bytes:
    return ReceiptKey.from_file(path).public_key


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "receipt.key"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(_public_key_of, [path] * 16, chunksize=1)
    assert set(keys) == {ReceiptKey.from_file(path).public_key}
    assert list(tmp_path.iterdir()) == [path]


def test_the_secret_shows_nowhere() -> None:
    secret = bytes(range(32))
    for shown in (repr(KEY), str(KEY), f"{[KEY]}"):
        assert secret.hex() not in shown
        assert KEY.public_key.hex() in shown
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    with pytest.raises(TypeError):
        copy.deepcopy(KEY)
