// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalAnchor} from "../JournalAnchor.sol";
import {TestBase, Vm} from "./TestBase.sol";

contract JournalAnchorTest is TestBase {
    JournalAnchor private journal;
    bytes32 private head;
    uint64 private seen;

    function setUp() public {
        journal = JournalAnchor(deploy("JournalAnchor.sol:JournalAnchor", abi.encode(address(this))));
        head = keccak256(abi.encode(block.chainid, address(journal)));
        vm.recordLogs();
    }

    function test_the_first_anchor_follows_the_empty_tree() public {
        same(journal.EMPTY_ROOT(), sha256(""), "root of the empty tree");
        bytes32 empty = journal.EMPTY_ROOT();
        journal.anchor("root", 7, empty);
        Vm.Log memory entry = _one(JournalAnchor.Anchored.selector);
        same(entry.topics.length, 3, "topics");
        same(uint256(entry.topics[2]), 7, "size");
        same(entry.data, abi.encode(0, bytes32("root"), empty), "old size, root, old root");
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

    function test_another_past_is_refused_at_any_size(uint64 size, bytes32 previousRoot) public {
        journal.anchor("root", 1000, journal.EMPTY_ROOT());
        vm.assume(previousRoot != "root");
        size = uint64(bound(size, 1001, 1000 + journal.MAX_GROWTH()));
        vm.expectRevert(
            abi.encodeWithSelector(JournalAnchor.PreviousRootDiffers.selector, previousRoot, bytes32("root"))
        );
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
        bytes memory notTheKey = abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, stranger);
        vm.prank(stranger);
        reverts(address(journal), abi.encodeCall(journal.anchor, ("root", 1, empty)), notTheKey);
        vm.prank(stranger);
        reverts(address(journal), abi.encodeCall(journal.proposeKey, (stranger)), notTheKey);
        vm.assume(stranger != address(0));
        vm.prank(stranger);
        reverts(address(journal), abi.encodeCall(journal.acceptKey, ()), notTheKey);
    }

    function test_the_key_rotates_by_old_and_new_together() public {
        address next = address(0x4E47);
        journal.proposeKey(address(0x111));
        journal.proposeKey(next);
        Vm.Log[] memory entries = _absorb();
        same(entries[1].topics[0], JournalAnchor.AnchorKeyProposed.selector, "event type");
        same(uint256(entries[1].topics[2]), uint256(uint160(address(this))), "key");
        same(entries[1].data, abi.encode(address(0x111), next), "old and new proposal");
        vm.prank(address(0x111));
        reverts(
            address(journal),
            abi.encodeCall(journal.acceptKey, ()),
            abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, address(0x111))
        );
        (address key, address proposal) = journal.keys();
        same(key, address(this), "a proposal alone changes nothing");
        same(proposal, next, "proposal");
        vm.prank(next);
        journal.acceptKey();
        Vm.Log memory entry = _one(JournalAnchor.AnchorKeyRotated.selector);
        same(uint256(entry.topics[2]), uint256(uint160(address(this))), "old key");
        same(uint256(entry.topics[3]), uint256(uint160(next)), "new key");
        same(entry.data.length, 0, "no more");
        bytes memory anchor = abi.encodeCall(journal.anchor, ("root", 1, journal.EMPTY_ROOT()));
        reverts(address(journal), anchor, abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, address(this)));
        vm.prank(next);
        (bool ok,) = address(journal).call(anchor);
        check(ok, "the new key anchors");
        (key, proposal) = journal.keys();
        same(key, next, "key");
        same(proposal, address(0), "no proposal left");
    }

    function test_a_proposal_is_taken_back_with_zero() public {
        journal.proposeKey(address(0x111));
        journal.proposeKey(address(0));
        _absorb();
        vm.prank(address(0x111));
        reverts(
            address(journal),
            abi.encodeCall(journal.acceptKey, ()),
            abi.encodeWithSelector(JournalAnchor.NotTheKey.selector, address(0x111))
        );
    }

    function test_the_first_key_must_not_be_zero() public {
        bytes memory code = bytes.concat(vm.getCode("JournalAnchor.sol:JournalAnchor"), abi.encode(address(0)));
        address made;
        bytes memory answer = new bytes(4);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
            returndatacopy(add(answer, 0x20), 0, 4)
        }
        same(made, address(0), "nothing is made");
        same(answer, abi.encodePacked(JournalAnchor.KeyIsZero.selector), "by name");
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
