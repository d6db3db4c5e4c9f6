// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchoredTree} from "../AnchoredTree.sol";
import {InclusionProof} from "../InclusionProof.sol";
import {JournalAnchor} from "../JournalAnchor.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {TestBase} from "./TestBase.sol";

contract InclusionProofTest is TestBase {
    JournalAnchor private journal;

    function setUp() public {
        journal = JournalAnchor(deploy("JournalAnchor.sol:JournalAnchor", abi.encode(address(this))));
    }

    function test_every_leaf_of_every_tree_up_to_20_is_proven() public {
        for (uint256 size = 1; size <= 20; ++size) {
            bytes32[] memory leaves = _leaves(size, bytes32(size));
            _anchorTree(leaves);
            for (uint256 i = 0; i < size; ++i) {
                bytes32[] memory path = MerkleTree.path(leaves, i);
                check(journal.checkInclusion(leaves[i], uint64(i), uint64(size), path), "proven");
            }
        }
    }

    function test_a_proof_with_one_bit_changed_is_wrong(uint256 size, uint256 index, uint256 bit, uint256 where)
        public
    {
        size = bound(size, 1, 40);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(size, "seed");
        _anchorTree(leaves);
        bytes32[] memory path = MerkleTree.path(leaves, index);
        bytes32 flip = bytes32(uint256(1) << (bit % 256));
        where = bound(where, 0, path.length);
        bytes32 leaf = leaves[index];
        if (where == path.length) leaf ^= flip;
        else path[where] ^= flip;
        check(!journal.checkInclusion(leaf, uint64(index), uint64(size), path), "wrong");
    }

    function test_a_proof_under_another_index_or_of_another_length_is_wrong(uint256 size, uint256 index) public {
        size = bound(size, 2, 24);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(size, "seed");
        _anchorTree(leaves);
        bytes32[] memory path = MerkleTree.path(leaves, index);
        for (uint256 i = 0; i <= size; ++i) {
            bool right = journal.checkInclusion(leaves[index], uint64(i), uint64(size), path);
            check(right == (i == index), "only its own index");
        }
        bytes32[] memory longer = new bytes32[](path.length + 1);
        bytes32[] memory shorter = new bytes32[](path.length - 1);
        for (uint256 i = 0; i < path.length; ++i) {
            longer[i] = path[i];
            if (i < shorter.length) shorter[i] = path[i];
        }
        check(!journal.checkInclusion(leaves[index], uint64(index), uint64(size), longer), "too long");
        check(!journal.checkInclusion(leaves[index], uint64(index), uint64(size), shorter), "too short");
    }

    function test_an_inner_node_is_no_leaf() public {
        bytes32[] memory leaves = _leaves(4, "seed");
        _anchorTree(leaves);
        bytes32 left = MerkleTree.root(leaves, 0, 2);
        bytes32[] memory path = new bytes32[](1);
        path[0] = MerkleTree.root(leaves, 2, 4);
        check(!journal.checkInclusion(left, 0, 4, path), "the path is too short for the size");
    }

    function test_a_proof_for_another_size_is_refused_by_name(uint64 size) public {
        journal.anchor("root", 5, journal.EMPTY_ROOT());
        vm.assume(size != 5);
        vm.expectRevert(abi.encodeWithSelector(AnchoredTree.SizeNotAnchored.selector, size, 5));
        journal.checkInclusion("leaf", 0, size, new bytes32[](0));
    }

    function test_nothing_is_in_the_empty_tree() public view {
        check(!journal.checkInclusion(sha256(""), 0, 0, new bytes32[](0)), "empty");
    }

    function test_leaf_hash_of_rfc_6962(bytes calldata entry) public view {
        same(journal.leafHash(""), 0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d, "empty leaf");
        same(journal.leafHash(entry), sha256(abi.encodePacked(hex"00", entry)), "leaf");
    }

    function test_a_starved_hash_reverts_and_answers_nothing() public view {
        bytes32[] memory path = new bytes32[](20);
        bytes32 node = this.leafHash("entry");
        for (uint256 i = 0; i < 20; ++i) {
            node = sha256(abi.encodePacked(hex"01", node, path[i]));
        }
        bytes memory data = abi.encodeCall(this.leadsTo, (node, this.leafHash("entry"), 0, 1 << 20, path));
        // In steps smaller than a hash, so that gas runs out inside of each.
        for (uint256 most = 1_000; most < 20_000; most += 41) {
            (bool ok, bytes memory answer) = address(this).staticcall{gas: most}(data);
            check(!ok || abi.decode(answer, (bool)), "never false for want of gas");
        }
        (bool held,) = address(this).staticcall{gas: 1_000_000}(data);
        check(held, "enough gas");
    }

    function leadsTo(bytes32 root, bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        external
        view
        returns (bool)
    {
        return InclusionProof.leadsTo(root, leaf, index, size, path);
    }

    function leafHash(bytes calldata entry) external pure returns (bytes32) {
        return InclusionProof.leafHash(entry);
    }

    function _leaves(uint256 size, bytes32 seed) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = sha256(abi.encodePacked(hex"00", seed, i));
        }
    }

    function _anchorTree(bytes32[] memory leaves) private {
        (, bytes32 previous) = journal.head();
        journal.anchor(MerkleTree.root(leaves), uint64(leaves.length), previous);
    }
}
