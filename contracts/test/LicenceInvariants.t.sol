// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Invariants} from "./handlers/Handler.sol";
import {LicenceHandler} from "./handlers/LicenceHandler.sol";

contract LicenceInvariants is Invariants {
    LicenceHandler private handler;

    function setUp() public {
        handler = new LicenceHandler();
        bytes4[] memory actions = new bytes4[](3);
        actions[0] = LicenceHandler.grantOne.selector;
        actions[1] = LicenceHandler.endOne.selector;
        actions[2] = LicenceHandler.grantOne.selector;
        aimAt(address(handler), actions);
    }

    function afterInvariant() public view {
        check(handler.done("grant") >= 4, "a run grants several licences");
    }

    function invariant_no_two_incompatible_licences_of_one_scope_are_live() public view {
        same(handler.surprises(), 0, "each step comes out as the naive model says");
        same(handler.incompatiblePairs(), 0, "over all pairs");
    }

    function invariant_a_licence_is_active_only_while_its_heads_are() public view {
        same(handler.wrongActivities(handler.someTime()), 0, "activities");
    }

    function test_each_action_succeeds_often() public {
        drive();
        bytes32[3] memory names = [bytes32("grant"), "refuse", "end"];
        for (uint256 i = 0; i < names.length; ++i) {
            check(handler.done(names[i]) >= 3, string(abi.encodePacked(names[i])));
        }
    }
}
