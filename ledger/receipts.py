"""Receipts: one Ed25519 signature a committed batch, and for each command the path from its entry to it.

A `BatchSeal` states which entries a batch holds, the RFC 6962 root over their leaf hashes, and size and root
of the whole tree after it. The venue signs the seal once. A `Receipt` adds one entry's leaf hash and its path
in the batch. Whoever holds a receipt can show without anybody's help that the venue acknowledged this entry;
together with a later checkpoint it shows that the entry stands there, or that it was left out or changed.

Entries count from 0: entry n is leaf n of the journal's tree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.canonical import CanonicalRefused, encode
from ledger.merkle import LARGEST_TREE, MerkleRefused, leaf_hash, levels, path_in
from ledger.merkle_checks import verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.receipt_key import ReceiptKey

PROMISED_WITHIN_S = 60
"""Seconds from a batch's time within which a checkpoint beyond it is promised. Part of what is signed."""
LARGEST_BATCH = 65_536
"""Entries in one batch; a path in it has at most 16 hashes."""
PUBLIC_KEY_BYTES = 32

_PREFIX = f"IPX batch seal v1, in a checkpoint within {PROMISED_WITHIN_S} s\x00".encode()
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{128}", re.ASCII)
_LONGEST_BATCH_PATH = 16
_CURES = {
    "RECEIPT-MALFORMED": "hand in the receipt as the venue gave it: lower-case hex, numbers in range",
    "RECEIPT-PLACE": "hand in the receipt as the venue gave it: its places and sizes disagree",
    "RECEIPT-PROMISE": f"hand in the receipt as the venue gave it: it promises {PROMISED_WITHIN_S} s",
    "RECEIPT-LEAF": "hand in the receipt of this very entry: its leaf hash is another",
    "RECEIPT-PATH": "hand in the receipt as the venue gave it: the path leads to another root",
    "RECEIPT-KEY": "use the venue's receipt key, 32 bytes, from the journal's first entry",
    "RECEIPT-SIGNATURE": "take this to the venue and its auditor: its key did not sign this seal",
    "RECEIPT-BATCH": f"seal 1 to {LARGEST_BATCH} leaf hashes of 32 bytes, and give receipts for these only",
}


class ReceiptRefused(ValueError):
    """A receipt or seal that does not hold. `code` is stable; `cure` says what would help."""

    def __init__(self, *, code: str) -> None:
        super().__init__(f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class BatchSeal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the venue signs for each batch. Hashes as 64 lower-case hex digits."""

    epoch: int
    """The writer's fencing number."""
    first_entry: int
    count: int
    batch_root: str
    """The RFC 6962 root over the batch's own leaf hashes."""
    tree_size: int
    """Entries in the journal after this batch: `first_entry + count`."""
    tree_root: str
    time_ms: int
    """Milliseconds UTC of the batch; the promise counts from here."""


class SignedSeal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seal with its Ed25519 signature (RFC 8032) as 128 lower-case hex digits."""

    seal: BatchSeal
    signature: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the giver of a command gets for its entry."""

    entry: int
    leaf_hash: str
    index: int
    """The entry's place in its batch, from 0; the batch's `count` stands in the seal."""
    path: tuple[str, ...]
    seal: BatchSeal
    signature: str
    promised_within_s: int = PROMISED_WITHIN_S


def seal_batch(  # noqa: PLR0913 - the seal's fields, each by name
    key: ReceiptKey, *, epoch: int, first_entry: int, leaves: Sequence[bytes], tree_root: bytes, time_ms: int
) -> SignedSeal:
    """Sign one batch of leaf hashes; `tree_root` is the journal's root with the batch in it.

    Raises:
        ReceiptRefused: `RECEIPT-BATCH` for an empty or too large batch or a hash of another length,
            `RECEIPT-MALFORMED` for numbers out of range.
    """
    return _seal(
        key, _tree(leaves), epoch=epoch, first_entry=first_entry, tree_root=tree_root, time_ms=time_ms
    )


def seal_with_receipts(  # noqa: PLR0913 - as `seal_batch`
    key: ReceiptKey, *, epoch: int, first_entry: int, leaves: Sequence[bytes], tree_root: bytes, time_ms: int
) -> tuple[SignedSeal, list[Receipt]]:
    """`seal_batch`, with the receipt of every entry in order: the batch's tree is made once for both.

    Raises:
        ReceiptRefused: as `seal_batch`.
    """
    tree = _tree(leaves)
    signed = _seal(key, tree, epoch=epoch, first_entry=first_entry, tree_root=tree_root, time_ms=time_ms)
    written = _written(tree)
    return signed, [_receipt(signed, written, index) for index in range(len(leaves))]


def _seal(  # noqa: PLR0913 - as `seal_batch`
    key: ReceiptKey, tree: list[list[bytes]], *, epoch: int, first_entry: int, tree_root: bytes, time_ms: int
) -> SignedSeal:
    count = len(tree[0])
    seal = BatchSeal(
        epoch=epoch,
        first_entry=first_entry,
        count=count,
        batch_root=tree[-1][0].hex(),
        tree_size=first_entry + count,
        tree_root=tree_root.hex(),
        time_ms=time_ms,
    )
    return SignedSeal(seal=seal, signature=key.sign(seal_bytes(seal)).hex())


def seal_bytes(seal: BatchSeal) -> bytes:
    """Give the bytes that are signed: a prefix with version and promise, then the canonical JSON of the seal.

    Raises:
        ReceiptRefused: `RECEIPT-MALFORMED` for a field out of its range.
    """
    numbers = (seal.epoch, seal.first_entry, seal.count, seal.tree_size, seal.time_ms)
    hashes = (seal.batch_root, seal.tree_root)
    if not all(0 <= number <= LARGEST_TREE for number in numbers) or not all(map(_is_hash, hashes)):
        raise ReceiptRefused(code="RECEIPT-MALFORMED")
    try:
        return _PREFIX + encode(seal)
    except CanonicalRefused as error:
        raise ReceiptRefused(code="RECEIPT-MALFORMED") from error


def make_receipts(signed: SignedSeal, leaves: Sequence[bytes]) -> list[Receipt]:
    """Give the receipt of every entry of a sealed batch, in order. Needs no key: stored seals serve as well.

    Raises:
        ReceiptRefused: `RECEIPT-BATCH` if these are not the leaf hashes that the seal speaks of.
    """
    return receipts_at(signed, leaves, range(len(leaves)))


def receipts_at(signed: SignedSeal, leaves: Sequence[bytes], indexes: Iterable[int]) -> list[Receipt]:
    """Give the receipts of some entries of a sealed batch, by their places in it.

    Raises:
        ReceiptRefused: `RECEIPT-BATCH` as `make_receipts`.
    """
    tree = _tree(leaves)
    if len(leaves) != signed.seal.count or tree[-1][0].hex() != signed.seal.batch_root:
        raise ReceiptRefused(code="RECEIPT-BATCH")
    written = _written(tree)
    return [_receipt(signed, written, index) for index in indexes]


def _tree(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The levels of a batch's tree. Raises ReceiptRefused RECEIPT-BATCH."""
    if not 0 < len(leaves) <= LARGEST_BATCH:
        raise ReceiptRefused(code="RECEIPT-BATCH")
    try:
        return levels(leaves)
    except MerkleRefused as error:
        raise ReceiptRefused(code="RECEIPT-BATCH") from error


def _written(tree: list[list[bytes]]) -> list[list[str]]:
    """The levels of a tree in hex, each node written once for all the paths that it stands in."""
    return [[node.hex() for node in level] for level in tree]


def _receipt(signed: SignedSeal, tree: list[list[str]], index: int) -> Receipt:
    return Receipt(
        entry=signed.seal.first_entry + index,
        leaf_hash=tree[0][index],
        index=index,
        path=tuple(path_in(tree, index)),
        seal=signed.seal,
        signature=signed.signature,
    )


def verify_seal(signed: SignedSeal, public_key: bytes) -> None:
    """Check a seal's signature against the venue's 32-byte Ed25519 key, and that its numbers agree.

    Raises:
        ReceiptRefused: `RECEIPT-MALFORMED`, `RECEIPT-PLACE`, `RECEIPT-KEY`, `RECEIPT-SIGNATURE`.
    """
    seal = signed.seal
    if _SIGNATURE.fullmatch(signed.signature) is None:
        raise ReceiptRefused(code="RECEIPT-MALFORMED")
    message = seal_bytes(seal)
    if not 0 < seal.count <= LARGEST_BATCH or seal.tree_size != seal.first_entry + seal.count:
        raise ReceiptRefused(code="RECEIPT-PLACE")
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise ReceiptRefused(code="RECEIPT-KEY")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(signed.signature), message)
    except InvalidSignature as error:
        raise ReceiptRefused(code="RECEIPT-SIGNATURE") from error


def verify_receipt(receipt: Receipt, public_key: bytes, leaf: bytes | None = None) -> None:
    """Check a receipt against the venue's 32-byte Ed25519 key, and against the entry's own bytes if given.

    `leaf` is the canonical JSON of the entry's public part. Without it the receipt is only shown to be
    genuine, not to speak of a certain entry.

    Raises:
        ReceiptRefused: `RECEIPT-MALFORMED`, `RECEIPT-PROMISE`, `RECEIPT-PLACE`, `RECEIPT-LEAF`,
            `RECEIPT-PATH`, `RECEIPT-KEY`, `RECEIPT-SIGNATURE`.
    """
    seal = receipt.seal
    if not _is_hash(receipt.leaf_hash) or len(receipt.path) > _LONGEST_BATCH_PATH:
        raise ReceiptRefused(code="RECEIPT-MALFORMED")
    if not all(map(_is_hash, receipt.path)):
        raise ReceiptRefused(code="RECEIPT-MALFORMED")
    if receipt.promised_within_s != PROMISED_WITHIN_S:
        raise ReceiptRefused(code="RECEIPT-PROMISE")
    if not 0 <= receipt.index < seal.count or receipt.entry != seal.first_entry + receipt.index:
        raise ReceiptRefused(code="RECEIPT-PLACE")
    if leaf is not None and leaf_hash(leaf).hex() != receipt.leaf_hash:
        raise ReceiptRefused(code="RECEIPT-LEAF")
    verify_seal(SignedSeal(seal=seal, signature=receipt.signature), public_key)
    path = [bytes.fromhex(node) for node in receipt.path]
    leads_there = verify_inclusion(
        bytes.fromhex(receipt.leaf_hash), receipt.index, seal.count, path, bytes.fromhex(seal.batch_root)
    )
    if not leads_there:
        raise ReceiptRefused(code="RECEIPT-PATH")


def stands_in(receipt: Receipt, checkpoint_size: int, checkpoint_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the receipt's entry stands unchanged in a checkpoint, by an inclusion path in the whole tree.

    A checkpoint beyond the entry for which the venue can give no such path proves, with a verified receipt,
    that the entry was left out or changed.
    """
    if not _is_hash(receipt.leaf_hash):
        return False
    leaf = bytes.fromhex(receipt.leaf_hash)
    return verify_inclusion(leaf, receipt.entry, checkpoint_size, path, checkpoint_root)


def _is_hash(text: str) -> bool:
    return _HASH.fullmatch(text) is not None
