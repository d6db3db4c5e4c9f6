// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../Deals.sol";
import {DealHandler} from "./handlers/DealHandler.sol";
import {Invariants} from "./handlers/Handler.sol";

contract DealInvariants is Invariants {
    DealHandler private handler;

    function setUp() public {
        handler = new DealHandler();
        bytes4[] memory actions = new bytes4[](6);
        actions[0] = DealHandler.enter.selector;
        actions[1] = DealHandler.agree.selector;
        actions[2] = DealHandler.confirmNext.selector;
        actions[3] = DealHandler.settleOne.selector;
        actions[4] = DealHandler.unwindOne.selector;
        actions[5] = DealHandler.cancelOne.selector;
        aimAt(address(handler), actions);
    }

    function afterInvariant() public view {
        check(handler.steps() >= 1, "a run does something");
    }

    function invariant_seq_is_contiguous() public view {
        check(handler.numbersContiguous(), "each event is one above the one before");
        (uint64 events, uint64 seen,,) = handler.heads();
        same(events, seen, "no event is left out of the count");
    }

    function invariant_the_head_is_the_fold_of_the_whole_log() public view {
        (,, bytes32 head, bytes32 folded) = handler.heads();
        same(head, folded, "logHead");
    }

    function invariant_a_holder_changes_only_by_a_confirmation() public view {
        same(handler.wrongConfirmations(), 0, "each confirmation starts from the holder of record, with a proof");
        for (uint256 i = 0; i < handler.RIGHTS(); ++i) {
            (bytes32 onChain, bytes32 byLog) = handler.holders(i);
            same(onChain, byLog, "holder");
        }
    }

    function invariant_holder_and_deal_state_agree() public view {
        for (uint256 i = 0; i < handler.DEALS(); ++i) {
            (uint8 onChain, uint8 byLog, uint8 kind, uint256 confirmations) = handler.states(i);
            same(onChain, byLog, "state");
            bool passed = onChain == uint8(Deals.DealState.Registered)
                || (onChain == uint8(Deals.DealState.Settled) && kind == 1);
            same(confirmations, passed ? 1 : 0, "an assignment has taken effect by one confirmation, others by none");
        }
    }

    function test_each_action_succeeds_often() public {
        drive();
        bytes32[6] memory names = [bytes32("enter"), "agree", "confirm", "settle", "unwind", "cancel"];
        for (uint256 i = 0; i < names.length; ++i) {
            check(handler.done(names[i]) >= 1, string(abi.encodePacked(names[i])));
        }
    }
}
