// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Invariants} from "./handlers/Handler.sol";
import {PauseHandler} from "./handlers/PauseHandler.sol";

contract PauseInvariants is Invariants {
    PauseHandler private handler;

    function setUp() public {
        handler = new PauseHandler();
        bytes4[] memory actions = new bytes4[](5);
        actions[0] = PauseHandler.pause.selector;
        actions[1] = PauseHandler.resume.selector;
        actions[2] = PauseHandler.announce.selector;
        actions[3] = PauseHandler.actForAParty.selector;
        actions[4] = PauseHandler.tryAll.selector;
        aimAt(address(handler), actions);
    }

    function afterInvariant() public view {
        check(handler.steps() >= 1, "a run does something");
    }

    function invariant_pausing_stops_recordDeals_recordOffers_acceptOffers_fixSealedBids_and_nothing_else()
        public
        view
    {
        same(handler.surprises(), 0, "calls let through or stopped wrongly");
        for (uint256 i = 0; i < 3; ++i) {
            check(handler.isStopped(i) == handler.stopped(i), "the switch");
            check(!handler.announced(i) || handler.isStopped(i), "stopped for good");
        }
    }

    function test_each_action_succeeds_often() public {
        drive();
        bytes32[6] memory names = [bytes32("pause"), "resume", "announce", "act", "try stopped", "try open"];
        for (uint256 i = 0; i < names.length; ++i) {
            check(handler.done(names[i]) >= 2, string(abi.encodePacked(names[i])));
        }
    }
}
