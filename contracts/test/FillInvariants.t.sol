// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FillHandler} from "./handlers/FillHandler.sol";
import {Invariants} from "./handlers/Handler.sol";

contract FillInvariants is Invariants {
    FillHandler private handler;

    function setUp() public {
        handler = new FillHandler();
        bytes4[] memory actions = new bytes4[](4);
        actions[0] = FillHandler.fillOne.selector;
        actions[1] = FillHandler.fillOne.selector;
        actions[2] = FillHandler.advanceSeller.selector;
        actions[3] = FillHandler.waitUntil.selector;
        aimAt(address(handler), actions);
    }

    function afterInvariant() public view {
        check(handler.steps() >= 1, "a run does something");
    }

    function invariant_an_order_is_never_filled_beyond_its_quantity_or_its_limit() public view {
        same(handler.wrongFills(), 0, "fills outside of what was signed");
        for (uint256 i = 0; i < handler.ORDERS(); ++i) {
            (uint256 filled, uint256 byLog, uint256 most) = handler.books(i);
            check(filled <= most, "no more than its quantity");
            same(filled, byLog, "one event for each fill");
        }
    }

    function invariant_the_fills_log_is_whole() public view {
        check(handler.numbersContiguous(), "numbers");
        (uint64 events, uint64 seen, bytes32 head, bytes32 folded) = handler.fillHeads();
        same(events, seen, "count");
        same(head, folded, "head");
    }

    function test_each_action_succeeds_often() public {
        drive();
        bytes32[3] memory names = [bytes32("fill"), "advance", "wait"];
        for (uint256 i = 0; i < names.length; ++i) {
            check(handler.done(names[i]) >= 1, string(abi.encodePacked(names[i])));
        }
    }
}
