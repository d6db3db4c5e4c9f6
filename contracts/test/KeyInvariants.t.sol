// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parties} from "../Parties.sol";
import {Invariants} from "./handlers/Handler.sol";
import {KeyHandler} from "./handlers/KeyHandler.sol";

contract KeyInvariants is Invariants {
    KeyHandler private handler;

    function setUp() public {
        handler = new KeyHandler();
        bytes4[] memory actions = new bytes4[](8);
        actions[0] = KeyHandler.enrolFirst.selector;
        actions[1] = KeyHandler.rotateTo.selector;
        actions[2] = KeyHandler.revokeOne.selector;
        actions[3] = KeyHandler.advanceOne.selector;
        actions[4] = KeyHandler.proposeOne.selector;
        actions[5] = KeyHandler.vetoOne.selector;
        actions[6] = KeyHandler.recoverOne.selector;
        actions[7] = KeyHandler.agree.selector;
        aimAt(address(handler), actions);
    }

    function afterInvariant() public view {
        check(handler.steps() >= 1, "a run does something");
    }

    function invariant_a_key_once_replaced_or_revoked_never_becomes_live_again() public view {
        same(handler.revived(), 0, "by the log");
        for (uint256 i = 0; i < handler.KEYS(); ++i) {
            (uint8 onChain, uint8 byLog, bool ended) = handler.statusOf(i);
            same(onChain, byLog, "status");
            check(!ended || onChain > uint8(Parties.KeyStatus.Live), "ended for good");
        }
    }

    function invariant_every_recorded_deal_has_two_signatures_of_then_live_keys_under_then_current_counters()
        public
        view
    {
        same(handler.dealsWithoutConsent(), 0, "deals without consent");
    }

    function test_each_action_succeeds_often() public {
        drive();
        bytes32[8] memory names =
            [bytes32("enrol"), "rotate", "revoke", "advance", "propose", "veto", "recover", "agree"];
        for (uint256 i = 0; i < names.length; ++i) {
            check(handler.done(names[i]) >= 1, string(abi.encodePacked(names[i])));
        }
    }
}
