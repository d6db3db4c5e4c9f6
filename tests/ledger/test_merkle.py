"""The Merkle log: the tree of RFC 6962, its proofs, and nothing that is no proof of it."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import (
    EMPTY_ROOT,
    LARGEST_TREE,
    Frontier,
    MerkleRefused,
    Tree,
    consistency_path,
    inclusion_path,
    leaf_hash,
    levels,
    node_hash,
    path_in,
    root,
)
from ledger.merkle_checks import LONGEST_PATH, verify_consistency, verify_inclusion

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(300)]
TREE = Tree(LEAVES)
ROOTS = [TREE.root(size) for size in range(301)]

# The eight leaves and the roots of the test data that the Certificate Transparency implementations share.
PUBLISHED_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    bytes(range(0x60, 0x70)).hex(),
]
PUBLISHED_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word: the slow definition that all else is held against."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def defined_inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*defined_inclusion(index, leaves[:split]), defined_root(leaves[split:])]
    return [*defined_inclusion(index - split, leaves[split:]), defined_root(leaves[:split])]


def defined_consistency(first: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if first == len(leaves):
        return [] if whole else [defined_root(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if first <= split:
        return [*defined_consistency(first, leaves[:split], whole=whole), defined_root(leaves[split:])]
    return [*defined_consistency(first - split, leaves[split:], whole=False), defined_root(leaves[:split])]


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(data)) for data in PUBLISHED_LEAVES[:size]]
    frontier = Frontier()
    frontier.extend(leaves)
    assert [root(leaves).hex(), Tree(leaves).root().hex(), frontier.root().hex()] == [
        PUBLISHED_ROOTS[size]
    ] * 3


def test_leaf_and_node_hashes_are_kept_apart() -> None:
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    left, right = LEAVES[:2]
    assert node_hash(left, right) != leaf_hash(left + right)
    assert sha256(b"").digest() == EMPTY_ROOT


def test_the_proofs_of_the_rfcs_own_example_tree_are_as_drawn_there() -> None:
    # RFC 6962, section 2.1.3: seven leaves d0 to d6 hashed to a, b, c, d, e, f, j.
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    seven = Tree(LEAVES[:7])
    assert seven.root() == node_hash(k, m)
    assert seven.inclusion_path(0) == [b, h, m]
    assert seven.inclusion_path(3) == [c, g, m]
    assert seven.inclusion_path(4) == [f, j, k]
    assert seven.inclusion_path(6) == [i, k]
    assert seven.consistency_path(3) == [c, d, g, m]
    assert seven.consistency_path(4) == [m]
    assert seven.consistency_path(6) == [i, j, k]


def test_every_size_to_300_agrees_with_the_definition_and_with_pymerkle() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    frontier = Frontier()
    for size in range(1, 301):
        other.append_entry(b"entry %d" % (size - 1))
        frontier.append(LEAVES[size - 1])
        assert frontier.root() == root(LEAVES[:size]) == ROOTS[size] == other.get_root()
        assert frontier.root() == defined_root(LEAVES[:size])
        assert frontier.size == size


def test_every_inclusion_path_to_size_300_agrees_with_pymerkle_and_verifies() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    other.append_entries([b"entry %d" % number for number in range(300)])
    for size in range(1, 301):
        batch = levels(LEAVES[:size])
        for index in range(size):
            path = TREE.inclusion_path(index, size)
            assert path == path_in(batch, index)
            assert verify_inclusion(LEAVES[index], index, size, path, ROOTS[size])
            if size < 33 or index % 17 == 0:  # the other tree proves slowly
                theirs = other.prove_inclusion(index + 1, size).serialize()["path"]
                assert sorted([LEAVES[index], *path]) == sorted(bytes.fromhex(node) for node in theirs)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 31, 64, 65])
def test_inclusion_paths_are_those_of_the_definition(size: int) -> None:
    for index in range(size):
        assert inclusion_path(TREE, index, size) == defined_inclusion(index, LEAVES[:size])


def test_every_consistency_pair_to_64_agrees_with_the_definition_and_verifies() -> None:
    for second in range(65):
        for first in range(second + 1):
            path = consistency_path(TREE, first, second)
            if first:
                assert path == defined_consistency(first, LEAVES[:second])
            assert verify_consistency(first, second, ROOTS[first], ROOTS[second], path)


def test_pymerkle_accepts_and_refuses_the_same_histories() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    other.append_entries([b"entry %d" % number for number in range(64)])
    for second in range(1, 65, 3):
        for first in range(1, second + 1):
            theirs = other.prove_consistency(first, second)
            ours = TREE.consistency_path(first, second)
            for old, new in ((ROOTS[first], ROOTS[second]), (ROOTS[first], ROOTS[65])):
                try:
                    pymerkle.verify_consistency(old, new, theirs)
                except pymerkle.InvalidProof:
                    assert not verify_consistency(first, second, old, new, ours)
                else:
                    assert verify_consistency(first, second, old, new, ours)
                    assert new == ROOTS[second]


def every_flip_of_an_inclusion_proof_to_64() -> None:
    for size in range(1, 65):
        for index in range(size):
            path = TREE.inclusion_path(index, size)
            assert verify_inclusion(LEAVES[index], index, size, path, ROOTS[size])
            for place, node in enumerate(path):
                for bit in range(256):
                    path[place] = flipped(node, bit)
                    assert not verify_inclusion(LEAVES[index], index, size, path, ROOTS[size])
                path[place] = node


@pytest.mark.faults
def test_every_flipped_bit_of_every_inclusion_proof_to_64_is_refused() -> None:
    # Two million proofs in a process of their own, where nothing counts the lines that they pass.
    program = "from tests.ledger import test_merkle as t; t.every_flip_of_an_inclusion_proof_to_64()"
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=True, timeout=1_800)


def test_every_flipped_bit_of_leaf_and_root_to_64_is_refused() -> None:
    for size in range(1, 65):
        index = (size * 37) % size
        path = TREE.inclusion_path(index, size)
        for bit in range(256):
            assert not verify_inclusion(flipped(LEAVES[index], bit), index, size, path, ROOTS[size])
            assert not verify_inclusion(LEAVES[index], index, size, path, flipped(ROOTS[size], bit))


def test_every_flipped_bit_of_a_consistency_proof_is_refused() -> None:
    for second in (*range(2, 14), 21, 32, 33, 63, 64):
        for first in range(1, second):
            path = consistency_path(TREE, first, second)
            hashes = [ROOTS[first], ROOTS[second], *path]
            for place, node in enumerate(hashes):
                for bit in range(256):
                    hashes[place] = flipped(node, bit)
                    assert not verify_consistency(first, second, hashes[0], hashes[1], hashes[2:])
                hashes[place] = node


def test_a_proof_stands_for_its_own_place_and_no_other() -> None:
    for size in range(2, 65):
        for index in range(size):
            path = TREE.inclusion_path(index, size)
            for other in range(size):
                assert verify_inclusion(LEAVES[index], other, size, path, ROOTS[size]) == (other == index)
            assert not verify_inclusion(LEAVES[index], index, size, path[:-1], ROOTS[size])
            assert not verify_inclusion(LEAVES[index], index, size, path[1:], ROOTS[size])
            assert not verify_inclusion(LEAVES[index], index, size, [*path, path[-1]], ROOTS[size])
            assert not verify_inclusion(LEAVES[index], size, size, path, ROOTS[size])


def test_a_rewritten_history_has_no_consistency_proof() -> None:
    rewritten = Tree([*LEAVES[:20], leaf_hash(b"another entry"), *LEAVES[21:64]])
    for first in range(21, 64):
        for path in (rewritten.consistency_path(first), TREE.consistency_path(first, 64)):
            assert not verify_consistency(first, 64, ROOTS[first], rewritten.root(), path)
    for first in range(21):
        assert verify_consistency(
            first, 64, ROOTS[first], rewritten.root(), rewritten.consistency_path(first)
        )


def test_the_empty_tree_is_extended_by_every_tree_and_extends_only_itself() -> None:
    assert Frontier().root() == root([]) == Tree().root() == EMPTY_ROOT
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert verify_consistency(0, 5, EMPTY_ROOT, ROOTS[5], [])
    assert not verify_consistency(0, 5, ROOTS[1], ROOTS[5], [])
    assert not verify_consistency(0, 5, EMPTY_ROOT, ROOTS[5], [ROOTS[5]])
    assert not verify_consistency(0, 0, EMPTY_ROOT, ROOTS[5], [])
    assert not verify_consistency(5, 0, ROOTS[5], EMPTY_ROOT, [])
    assert not verify_consistency(5, 5, ROOTS[5], ROOTS[6], [])
    assert not verify_consistency(5, 6, ROOTS[5], ROOTS[6], [])
    assert not verify_inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)


@pytest.mark.parametrize(
    "path",
    [
        None,
        5,
        "a" * 32,
        b"a" * 64,
        [b""],
        [b"a" * 31],
        [b"a" * 33],
        ["a" * 32],
        [None],
        [bytearray(32)],
        [bytes(32)] * (LONGEST_PATH + 1),
        [bytes(32)] * 100_000,
    ],
)
def test_a_malformed_path_is_a_plain_no(path: object) -> None:
    for index, size in ((0, 2), (1, 64), (0, LARGEST_TREE)):
        assert verify_inclusion(LEAVES[0], index, size, path, ROOTS[2]) is False  # type: ignore[arg-type]  # hostile
        assert verify_consistency(index, size, ROOTS[1], ROOTS[2], path) is False  # type: ignore[arg-type]  # hostile


@pytest.mark.parametrize(
    ("index", "size"),
    [
        (-1, 2),
        (2, 2),
        (0, 0),
        (0, LARGEST_TREE + 1),
        (0, 2**10_000),
        (True, 2),
        ("0", 2),
        (0.0, 2),
        (None, 2),
    ],
)
def test_a_malformed_place_is_a_plain_no(index: object, size: object) -> None:
    path = TREE.inclusion_path(0, 2)
    assert verify_inclusion(LEAVES[0], index, size, path, ROOTS[2]) is False  # type: ignore[arg-type]  # hostile
    assert verify_consistency(size, index, ROOTS[2], ROOTS[1], []) is False  # type: ignore[arg-type]  # hostile
    for bad in (b"", bytes(31), bytes(33), "x" * 32, None):
        assert verify_inclusion(bad, 0, 2, path, ROOTS[2]) is False  # type: ignore[arg-type]  # hostile
        assert verify_inclusion(LEAVES[0], 0, 2, path, bad) is False  # type: ignore[arg-type]  # hostile
        assert verify_consistency(1, 2, bad, ROOTS[2], [LEAVES[1]]) is False  # type: ignore[arg-type]  # hostile


@given(
    st.integers(0, 2**70), st.integers(0, 2**70), st.lists(st.binary(min_size=32, max_size=32), max_size=70)
)
@settings(max_examples=300)
def test_no_made_up_proof_passes(index: int, size: int, path: list[bytes]) -> None:
    assert not verify_inclusion(LEAVES[0], index, size, path, bytes(32))
    assert not verify_consistency(index, size, ROOTS[1], bytes(32), path) or index == size


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_frontier_restored_from_its_bytes_goes_on_as_if_never_stored(cut: int, end: int) -> None:
    cut, end = sorted((cut, end))
    frontier = Frontier()
    frontier.extend(LEAVES[:cut])
    stored = frontier.to_bytes()
    assert len(stored) <= 8 + 64 * 32
    restored, twin = Frontier.from_bytes(stored), frontier.copy()
    restored.extend(LEAVES[cut:end])
    assert restored.root() == ROOTS[end]
    assert frontier.root() == twin.root() == ROOTS[cut]
    assert restored.to_bytes()[:8] == end.to_bytes(8, "big")


@given(st.lists(st.integers(0, 40), max_size=8))
def test_a_tree_grown_in_parts_equals_one_grown_at_once(parts: list[int]) -> None:
    grown, size = Tree(), 0
    for part in parts:
        grown.extend(LEAVES[size : min(300, size + part)])
        size = min(300, size + part)
        assert grown.size == size
        assert grown.root() == ROOTS[size]


@pytest.mark.parametrize(
    "data",
    [b"", bytes(7), bytes(9), bytes(40), b"\x00" * 7 + b"\x03" + bytes(32), b"\xff" * 8 + bytes(64 * 32)],
)
def test_bytes_that_are_no_frontier_are_refused(data: bytes) -> None:
    with pytest.raises(MerkleRefused, match="merkle_frontier"):
        Frontier.from_bytes(data)


def test_what_does_not_exist_is_refused_with_its_code() -> None:
    for question, code in (
        (lambda: Frontier().append(b"short"), "merkle_hash"),
        (lambda: Tree([LEAVES[0], b""]), "merkle_hash"),
        (lambda: root([b"x" * 33]), "merkle_hash"),
        (lambda: TREE.root(301), "merkle_size"),
        (lambda: TREE.root(-1), "merkle_size"),
        (lambda: TREE.inclusion_path(0, 301), "merkle_size"),
        (lambda: TREE.inclusion_path(0, 0), "merkle_size"),
        (lambda: TREE.inclusion_path(5, 5), "merkle_index"),
        (lambda: TREE.inclusion_path(-1, 5), "merkle_index"),
        (lambda: TREE.consistency_path(6, 5), "merkle_size"),
        (lambda: TREE.consistency_path(-1, 5), "merkle_size"),
        (lambda: TREE.node(9, 0), "merkle_index"),
        (lambda: TREE.node(0, 300), "merkle_index"),
        (lambda: path_in(levels(LEAVES[:3]), 3), "merkle_index"),
    ):
        with pytest.raises(MerkleRefused) as refused:
            question()
        assert refused.value.code == code
        assert refused.value.cure
