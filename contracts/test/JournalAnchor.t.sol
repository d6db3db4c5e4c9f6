// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchoredTree} from "../AnchoredTree.sol";
import {JournalAnchor} from "../JournalAnchor.sol";
import {TestBase, Vm} from "./TestBase.sol";

contract JournalAnchorTest is TestBase {
    JournalAnchor private journal;
    bytes32 private head;
    uint64 private seen;

    function setUp() public {
        journal = new JournalAnchor(address(this));
        head = keccak256(abi.encode(block.chainid, address(journal)));
        vm.recordLogs();
    }

    function test_the_first_anchor_follows_the_empty_tree() public {
        same(journal.EMPTY_ROOT(), sha256(""), "root of the empty tree");
        bytes32 empty = journal.EMPTY_ROOT();
        journal.anchor("root", 7, empty);
        Vm.Log memory entry = _one(JournalAnchor.Anchored.selector);
        same(uint256(entry.topics[2]), 7, "size");
        same(keccak256(entry.data), keccak256(abi.encode(0, bytes32("root"), empty)), "old size, root, old root");
        (uint64 size, bytes32 root) = journal.head();
        same(size, 7, "size");
        same(root, "root", "root");
    }

    function test_anchors_only_grow_and_only_from_the_anchored_root(uint64 size, bytes32 previousRoot) public {
        journal.anchor("root", 1000, journal.EMPTY_ROOT());
        uint64 most = journal.MAX_GROWTH();
        bytes memory refusal;
        if (size <= 1000) refusal = abi.encodeWithSelector(JournalAnchor.SizeNotAbove.selector, size, 1000);
        else if (size - 1000 > most) {
            refusal = abi.encodeWithSelector(JournalAnchor.GrowthTooLarge.selector, size - 1000, most);
        } else if (previousRoot != "root") {
            refusal = abi.encodeWithSelector(
                JournalAnchor.PreviousRootDiffers.selector, previousRoot, bytes32("root")
            );
        }
        if (refusal.length != 0) vm.expectRevert(refusal);
        journal.anchor("next", size, previousRoot);
    }

    function test_growth_up_to_the_bound_and_no_further() public {
        uint64 most = journal.MAX_GROWTH();
        bytes32 empty = journal.EMPTY_ROOT();
        vm.expectRevert(abi.encodeWithSelector(JournalAnchor.GrowthTooLarge.selector, most + 1, most));
        journal.anchor("root", most + 1, empty);
        journal.anchor("root", most, empty);
        vm.expectRevert(abi.encodeWithSelector(JournalAnchor.SizeNotAbove.selector, most, most));
        journal.anchor("again", most, "root");
        journal.anchor("next", 2 * most, "root");
        vm.expectRevert(JournalAnchor.RootIsZero.selector);
        journal.anchor(0, 2 * most + 1, "next");
    }

    function test_only_the_key_anchors_and_names_its_successor(address stranger) public {
        vm.assume(stranger != address(this));
        bytes32 empty = journal.EMPTY_ROOT();
        vm.expectRevert(abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, stranger));
        vm.prank(stranger);
        journal.anchor("root", 1, empty);
        vm.expectRevert(abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, stranger));
        vm.prank(stranger);
        journal.proposeKey(stranger);
        vm.assume(stranger != address(0));
        vm.expectRevert(abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, stranger));
        vm.prank(stranger);
        journal.acceptKey();
    }

    function test_the_key_rotates_by_old_and_new_together() public {
        address next = address(0x4E47);
        journal.proposeKey(address(0x111));
        journal.proposeKey(next);
        Vm.Log[] memory entries = _absorb();
        same(keccak256(entries[1].data), keccak256(abi.encode(address(0x111), next)), "old and new proposal");
        vm.expectRevert(abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, address(0x111)));
        vm.prank(address(0x111));
        journal.acceptKey();
        (address key, address proposal) = journal.keys();
        same(key, address(this), "a proposal alone changes nothing");
        same(proposal, next, "proposal");
        vm.prank(next);
        journal.acceptKey();
        Vm.Log memory entry = _one(JournalAnchor.KeyRotated.selector);
        same(uint256(entry.topics[2]), uint256(uint160(address(this))), "old key");
        same(uint256(entry.topics[3]), uint256(uint160(next)), "new key");
        bytes32 empty = journal.EMPTY_ROOT();
        vm.expectRevert(abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, address(this)));
        journal.anchor("root", 1, empty);
        vm.prank(next);
        journal.anchor("root", 1, empty);
        (, proposal) = journal.keys();
        same(proposal, address(0), "no proposal left");
    }

    function test_the_first_key_must_not_be_zero() public {
        vm.expectRevert(JournalAnchor.KeyIsZero.selector);
        new JournalAnchor(address(0));
    }

    function test_every_leaf_of_every_tree_up_to_20_is_proven() public {
        for (uint256 size = 1; size <= 20; ++size) {
            bytes32[] memory leaves = _leaves(size, bytes32(size));
            _anchorTree(leaves);
            for (uint256 i = 0; i < size; ++i) {
                bytes32[] memory path = _path(leaves, 0, size, i);
                check(journal.checkInclusion(leaves[i], uint64(i), uint64(size), path), "proven");
            }
        }
    }

    function test_a_proof_with_one_bit_changed_is_wrong(uint256 size, uint256 index, uint256 bit, uint256 where) public {
        size = bound(size, 1, 40);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(size, "seed");
        _anchorTree(leaves);
        bytes32[] memory path = _path(leaves, 0, size, index);
        bytes32 flip = bytes32(uint256(1) << (bit % 256));
        where = bound(where, 0, path.length);
        bytes32 leaf = leaves[index];
        if (where == path.length) leaf ^= flip;
        else path[where] ^= flip;
        check(!journal.checkInclusion(leaf, uint64(index), uint64(size), path), "wrong");
    }

    function test_a_proof_under_another_index_or_of_another_length_is_wrong(uint256 size, uint256 index) public {
        size = bound(size, 2, 40);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(size, "seed");
        _anchorTree(leaves);
        bytes32[] memory path = _path(leaves, 0, size, index);
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

    function test_a_proof_of_depth_20_stays_within_its_gas_in_a_call_from_a_contract() public {
        bytes32 node = journal.leafHash("entry");
        bytes32 leaf = node;
        bytes32[] memory path = new bytes32[](20);
        for (uint256 i = 0; i < 20; ++i) {
            path[i] = keccak256(abi.encode(i));
            node = sha256(abi.encodePacked(hex"01", node, path[i]));
        }
        journal.anchor(node, 1 << 20, journal.EMPTY_ROOT());
        uint256 before = gasleft();
        bool proven = journal.checkInclusion(leaf, 0, 1 << 20, path);
        uint256 used = before - gasleft();
        check(proven, "proven");
        check(used <= 22_000, "gas of the call, with cold storage and its own encoding");
    }

    function test_a_proof_for_another_size_is_refused_by_name() public {
        journal.anchor("root", 5, journal.EMPTY_ROOT());
        vm.expectRevert(abi.encodeWithSelector(AnchoredTree.SizeNotAnchored.selector, 4, 5));
        journal.checkInclusion("leaf", 0, 4, new bytes32[](0));
    }

    function test_nothing_is_in_the_empty_tree() public view {
        check(!journal.checkInclusion(sha256(""), 0, 0, new bytes32[](0)), "empty");
    }

    function test_leaf_hash_of_rfc_6962() public view {
        same(journal.leafHash(""), 0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d, "empty leaf");
    }

    function _leaves(uint256 size, bytes32 seed) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = journal.leafHash(abi.encode(seed, i));
        }
    }

    function _anchorTree(bytes32[] memory leaves) private {
        (, bytes32 previous) = journal.head();
        journal.anchor(_root(leaves, 0, leaves.length), uint64(leaves.length), previous);
    }

    /// @dev MTH and PATH as RFC 6962, 2.1 and 2.1.1 define them, recursively.
    function _root(bytes32[] memory leaves, uint256 from, uint256 to) private pure returns (bytes32) {
        if (to - from == 1) return leaves[from];
        uint256 k = _split(to - from);
        return sha256(abi.encodePacked(hex"01", _root(leaves, from, from + k), _root(leaves, from + k, to)));
    }

    function _path(bytes32[] memory leaves, uint256 from, uint256 to, uint256 index)
        private
        pure
        returns (bytes32[] memory path)
    {
        if (to - from == 1) return new bytes32[](0);
        uint256 k = _split(to - from);
        bool left = index < from + k;
        bytes32[] memory below = left ? _path(leaves, from, from + k, index) : _path(leaves, from + k, to, index);
        path = new bytes32[](below.length + 1);
        for (uint256 i = 0; i < below.length; ++i) {
            path[i] = below[i];
        }
        path[below.length] = left ? _root(leaves, from + k, to) : _root(leaves, from, from + k);
    }

    function _split(uint256 size) private pure returns (uint256 k) {
        k = 1;
        while (k * 2 < size) k *= 2;
    }

    function _absorb() private returns (Vm.Log[] memory entries) {
        entries = vm.getRecordedLogs();
        for (uint256 i = 0; i < entries.length; ++i) {
            same(uint256(entries[i].topics[1]), ++seen, "seq is contiguous");
            head = fold(head, entries[i]);
        }
        same(journal.eventCount(), seen, "eventCount");
        same(journal.logHead(), head, "logHead");
    }

    function _one(bytes32 topic0) private returns (Vm.Log memory) {
        Vm.Log[] memory entries = _absorb();
        same(entries.length, 1, "one event");
        same(entries[0].topics[0], topic0, "event type");
        return entries[0];
    }
}
