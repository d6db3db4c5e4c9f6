// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Invariants} from "./handlers/Handler.sol";
import {OfferHandler} from "./handlers/OfferHandler.sol";

contract OfferInvariants is Invariants {
    OfferHandler private handler;

    function setUp() public {
        handler = new OfferHandler();
        bytes4[] memory actions = new bytes4[](5);
        actions[0] = OfferHandler.make.selector;
        actions[1] = OfferHandler.acceptOne.selector;
        actions[2] = OfferHandler.withdrawOne.selector;
        actions[3] = OfferHandler.advanceSeller.selector;
        actions[4] = OfferHandler.waitUntil.selector;
        aimAt(address(handler), actions);
    }

    function afterInvariant() public view {
        check(handler.steps() >= 1, "a run does something");
    }

    function invariant_an_offer_is_never_accepted_more_often_than_its_most_nor_after_its_end() public view {
        same(handler.wrongAcceptances(), 0, "wrong acceptances");
        for (uint256 i = 0; i < handler.OFFERS(); ++i) {
            (uint32 most, uint32 accepted, uint32 acceptedByLog, bool withdrawn, bool withdrawnByLog) =
                handler.books(i);
            check(accepted <= most, "no more often than its most");
            same(accepted, acceptedByLog, "one event for each acceptance");
            check(withdrawn == withdrawnByLog, "withdrawn");
        }
    }

    function test_each_action_succeeds_often() public {
        drive();
        bytes32[5] memory names = [bytes32("make"), "accept", "withdraw", "advance", "wait"];
        for (uint256 i = 0; i < names.length; ++i) {
            check(handler.done(names[i]) >= 1, string(abi.encodePacked(names[i])));
        }
    }
}
