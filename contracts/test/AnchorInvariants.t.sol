// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalAnchor} from "../JournalAnchor.sol";
import {Invariants} from "./handlers/Handler.sol";
import {TestBase, Vm} from "./TestBase.sol";

/// @dev Random anchors, good and bad ones. All parameters are `uint8`.
contract AnchorHandler is TestBase {
    JournalAnchor public immutable journal;
    uint64 public lastSize;
    bytes32 public lastRoot = sha256("");
    bytes32 public folded;
    uint64 public events;
    uint256 public anchors;
    /// @dev Anchors that came through or were refused where it had to be the other way round.
    uint256 public surprises;

    constructor() {
        journal = JournalAnchor(deploy("JournalAnchor.sol:JournalAnchor", abi.encode(address(this))));
        folded = keccak256(abi.encode(block.chainid, address(journal)));
        vm.recordLogs();
    }

    function anchor(uint8 root_, uint8 step, uint8 how) external {
        bytes32 root = root_ == 0 ? bytes32(0) : keccak256(abi.encode(root_));
        uint64 size = how % 8 == 0 ? lastSize + journal.MAX_GROWTH() + step % 2 : lastSize + step % 64;
        if (how % 7 == 0) size = uint64(bound(step, 0, lastSize));
        bytes32 past = how % 5 == 0 ? keccak256(abi.encode(how)) : lastRoot;
        bool good = root != 0 && size > lastSize && size - lastSize <= journal.MAX_GROWTH() && past == lastRoot;
        try journal.anchor(root, size, past) {
            if (!good) ++surprises;
            (lastSize, lastRoot) = (size, root);
            ++anchors;
        } catch {
            if (good) ++surprises;
        }
        collect();
    }

    function nameSuccessor(uint8 which) external {
        journal.proposeKey(address(uint160(which)));
        collect();
    }

    function collect() private {
        Vm.Log[] memory entries = vm.getRecordedLogs();
        for (uint256 i = 0; i < entries.length; ++i) {
            folded = fold(folded, entries[i]);
        }
        events += uint64(entries.length);
    }
}

contract AnchorInvariants is Invariants {
    AnchorHandler private handler;

    function setUp() public {
        handler = new AnchorHandler();
        bytes4[] memory actions = new bytes4[](2);
        actions[0] = AnchorHandler.anchor.selector;
        actions[1] = AnchorHandler.nameSuccessor.selector;
        aimAt(address(handler), actions);
    }

    function afterInvariant() public view {
        check(handler.anchors() >= 8, "a run anchors");
    }

    function invariant_anchors_only_grow_from_the_anchored_root() public view {
        same(handler.surprises(), 0, "anchors let through or refused wrongly");
        (uint64 size, bytes32 root) = handler.journal().head();
        same(size, handler.lastSize(), "size");
        same(root, handler.lastRoot(), "root");
    }

    function invariant_the_anchors_log_is_whole() public view {
        same(handler.journal().eventCount(), handler.events(), "events");
        same(handler.journal().logHead(), handler.folded(), "head");
    }

    function test_each_action_succeeds_often() public {
        drive();
        check(handler.anchors() >= 16, "anchors");
        check(handler.events() > handler.anchors() + 16, "proposals");
    }
}
