"""Inclusion proofs on the real chain: every right one is taken, whatever is wrong in one bit is not."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import pymerkle
import pytest

from ledger.merkle import Tree, inclusion_path, leaf_hash
from ledger.merkle_checks import LONGEST_PATH, verify_inclusion
from tests.contracts.artifact import artifact
from tests.contracts.chain import TestChain
from tests.contracts.deployment import START, Deployment
from tests.contracts.shapes import SealedSet

ANCHOR, SEALED = artifact("JournalAnchor"), artifact("SealedBidRegister")
LARGEST_OF_ALL_SIZES = 64
LISTING, OTHER_LISTING = b"\x17" * 32, b"\x18" * 32


class Proof(NamedTuple):
    """A claim that a leaf stands at a place under a root."""

    root: bytes
    leaf: bytes
    place: int
    size: int
    path: tuple[bytes, ...]


class Anchor:
    """Anchors on a deployment of the test's own, second by second."""

    def __init__(self, chain: TestChain, deployment: Deployment) -> None:
        self.chain, self.key, self._at = chain, deployment.anchor_keys[0], START + 10_000
        self.fresh()

    def fresh(self) -> None:
        """Another contract, with nothing anchored."""
        self._at += 1
        self.address = self.chain.deploy(self.key, ANCHOR.creation(self.key), self._at)
        self._root, self._size = (
            bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            0,
        )

    def anchor(self, root: bytes, size: int) -> None:
        """A later root; a contract of its own for an earlier one."""
        if size <= self._size:
            self.fresh()
        self._at += 1
        data = ANCHOR.call("anchor", root, size, self._root)
        assert self.chain.send(self.key, self.address, data, self._at).succeeded
        self._root, self._size = root, size

    def answers(self, proofs: Sequence[Proof]) -> list[bool]:
        """What the contract says of each proof; a proof for another size than the anchored one is refused."""
        found = self.chain.read_many([(self.address, question(proof)) for proof in proofs])
        answers = []
        for proof, (succeeded, answer) in zip(proofs, found, strict=True):
            if proof.size != self._size:
                wanted = ANCHOR.refusal("SizeNotAnchored", proof.size, self._size)
                assert (succeeded, answer) == (False, wanted)
            else:
                assert succeeded
            answers.append(succeeded and answer == (1).to_bytes(32, "big"))
        return answers


def question(proof: Proof) -> bytes:
    return ANCHOR.call("checkInclusion", proof.leaf, proof.place, proof.size, proof.path)


def in_python(proof: Proof) -> bool:
    return verify_inclusion(proof.leaf, proof.place, proof.size, proof.path, proof.root)


@pytest.fixture(scope="module")
def anchor(chain: TestChain, deployment: Deployment) -> Anchor:
    return Anchor(chain, deployment)


@pytest.fixture(scope="module")
def proofs_of_all_sizes() -> dict[int, list[Proof]]:
    """Every place in every tree of 1 to 64 leaves, as pymerkle makes them."""
    found: dict[int, list[Proof]] = {}
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for size in range(1, LARGEST_OF_ALL_SIZES + 1):
        tree.append_entry(b"entry %d" % (size - 1))
        root = tree.get_root()
        found[size] = []
        for index in range(size):
            proof = tree.prove_inclusion(index + 1, size).serialize()
            # pymerkle's path begins with the leaf; the rule is the siblings alone.
            leaf, *path = (bytes.fromhex(item) for item in proof["path"])
            found[size].append(Proof(root, leaf, index, size, tuple(path)))
    return found


def test_every_proof_of_every_tree_up_to_64_leaves_is_taken_on_the_chain_and_in_python(
    anchor: Anchor, proofs_of_all_sizes: dict[int, list[Proof]]
) -> None:
    for size, proofs in proofs_of_all_sizes.items():
        assert [proof.leaf for proof in proofs] == [leaf_hash(b"entry %d" % index) for index in range(size)]
        anchor.anchor(proofs[0].root, size)
        assert all(anchor.answers(proofs))
        assert all(in_python(proof) for proof in proofs)


def test_proofs_from_large_trees_of_any_size_are_taken(anchor: Anchor) -> None:
    draw = Random(20)  # noqa: S311 - the same trees in every run
    leaves = [leaf_hash(b"%d" % number) for number in range(2**20)]
    tree = Tree(leaves)
    sizes = sorted({2**20, 2**20 - 1, 2**19 + 1, *(draw.randrange(65, 2**20) for _ in range(25))})
    for size in sizes:
        root = tree.root(size)
        anchor.anchor(root, size)
        places = {0, size - 1, *(draw.randrange(size) for _ in range(10))}
        proofs = [
            Proof(root, leaves[index], index, size, tuple(inclusion_path(tree, index, size)))
            for index in places
        ]
        assert all(anchor.answers(proofs))
        assert all(in_python(proof) for proof in proofs)


def test_no_proof_with_one_bit_changed_is_taken(
    anchor: Anchor, proofs_of_all_sizes: dict[int, list[Proof]]
) -> None:
    draw = Random(2_000)  # noqa: S311 - the same bits in every run
    asked = 0
    sizes = draw.sample(sorted(proofs_of_all_sizes), 40)
    for size in sorted(sizes):
        proofs = proofs_of_all_sizes[size]
        root = proofs[0].root
        anchor.anchor(root, size)
        changed = [flipped(draw, draw.choice(proofs)) for _ in range(50)]
        assert not any(anchor.answers([proof for proof in changed if proof.root == root]))
        for proof in changed:
            # A bit of the size can lead to a tree of another size under which the same path is right: the size
            # is part of what is anchored, and the chain refuses every other one (`SizeNotAnchored`).
            assert not in_python(proof) or proof.size != size
            if proof.root != root:
                anchor.anchor(proof.root, size)
                assert anchor.answers([proof]) == [False]
        asked += len(changed)
    assert asked == 2_000


def flipped(draw: Random, proof: Proof) -> Proof:
    """One bit of one part; the root is drawn least, since another one must be anchored each time."""
    part = draw.choice(["leaf", "index", "size", *["path"] * 4, *["root"] * (draw.random() < 0.3)])
    if part == "path" and proof.path:
        place = draw.randrange(len(proof.path))
        path = list(proof.path)
        path[place] = flipped_word(draw, path[place])
        return proof._replace(path=tuple(path))
    if part == "index":
        return proof._replace(place=proof.place ^ 1 << draw.randrange(64))
    if part == "size":
        return proof._replace(size=proof.size ^ 1 << draw.randrange(63))
    if part == "root":
        return proof._replace(root=flipped_word(draw, proof.root))
    return proof._replace(leaf=flipped_word(draw, proof.leaf))


def flipped_word(draw: Random, value: bytes) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << draw.randrange(256)).to_bytes(32, "big")


def test_no_path_that_is_too_long_or_too_short_is_taken(
    anchor: Anchor, proofs_of_all_sizes: dict[int, list[Proof]]
) -> None:
    for size in (1, 2, 7, 33, 64):
        proofs = proofs_of_all_sizes[size]
        anchor.anchor(proofs[0].root, size)
        longer = [proof._replace(path=(*proof.path, proof.root)) for proof in proofs]
        longer += [proof._replace(path=proof.path + (proof.leaf,) * 300) for proof in proofs]
        shorter = [proof._replace(path=proof.path[:-1]) for proof in proofs if proof.path]
        shorter += [proof._replace(path=proof.path[1:]) for proof in proofs if proof.path]
        swapped = [proof._replace(path=proof.path[::-1]) for proof in proofs if len(set(proof.path)) > 1]
        for wrong in (longer, shorter, swapped):
            assert not any(anchor.answers(wrong))
            assert not any(in_python(proof) for proof in wrong)
    assert LONGEST_PATH < 300


def test_an_anchor_needs_a_key_and_every_entry_hashes_as_a_leaf(chain: TestChain, anchor: Anchor) -> None:
    outcome = chain.try_call(anchor.key, "", ANCHOR.creation("0x" + "00" * 20), START + 10**6)
    assert outcome == (False, ANCHOR.refusal("KeyIsZero"))
    entries = [b"", b"\x00", b"entry", bytes(range(256)) * 9]
    found = chain.read_many([(anchor.address, ANCHOR.call("leafHash", entry)) for entry in entries])
    assert found == [(True, leaf_hash(entry)) for entry in entries]


def test_a_sealed_bid_proves_its_place_in_its_round_and_nowhere_else(
    chain: TestChain, fresh: Deployment
) -> None:
    rounds = {1: 1, 2: 5, 3: 16, 4: 0}
    bids = {
        number: sorted(leaf_hash(b"bid %d %d" % (number, i)) for i in range(count))
        for number, count in rounds.items()
    }
    trees = {number: Tree(leaf_hash(bid) for bid in made) for number, made in bids.items()}
    sets = [
        SealedSet(LISTING, number, trees[number].root(count), count, START)
        for number, count in rounds.items()
    ]
    data = SEALED.call("fixSealedBids", sets)
    assert chain.send(fresh.roles["settler"], fresh.sealed, data, START + 10**7).succeeded

    def answers(asked: list[tuple[bytes, int, bytes, int, list[bytes]]]) -> list[bool]:
        questions = [(fresh.sealed, SEALED.call("checkSealedBid", *question)) for question in asked]
        found = chain.read_many(questions)
        assert all(succeeded for succeeded, _ in found)
        return [answer == (1).to_bytes(32, "big") for _, answer in found]

    right = [
        (LISTING, number, bid, index, inclusion_path(trees[number], index, len(made)))
        for number, made in bids.items()
        for index, bid in enumerate(made)
    ]
    assert all(answers(right))
    wrong = [
        variant
        for listing, number, bid, index, path in right
        for variant in [
            (OTHER_LISTING, number, bid, index, path),
            *((listing, other, bid, index, path) for other in (0, 1, 2, 3, 4, 5, 65_535) if other != number),
            *((listing, number, bid, other, path) for other in range(rounds[number]) if other != index),
            *((listing, number, bid, other, path) for other in (rounds[number], 64, 2**64 - 1)),
            (listing, number, bytes(32), index, path),
            (listing, number, leaf_hash(bid), index, path),
            (listing, number, trees[number].root(rounds[number]), 0, []),
            (listing, number, bid, index, [*path, bid]),
            *((listing, number, bid, index, path[:-1]) for _ in path[:1]),
        ]
    ]
    assert len(wrong) > 500
    # A single commitment's leaf is the root of its set: the root itself is no commitment, as its leaf hashes anew.
    assert not any(answers(wrong))
