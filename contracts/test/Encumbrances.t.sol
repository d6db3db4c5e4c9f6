// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Encumbrances} from "../Encumbrances.sol";
import {Rights} from "../Rights.sol";
import {RegisterFixture} from "./RegisterFixture.sol";
import {Vm} from "./TestBase.sol";

contract EncumbrancesTest is RegisterFixture {
    function setUp() public override {
        super.setUp();
        recordRight(RIGHT, SELLER_HOLDER);
        recordRight("other right", SELLER_HOLDER);
        absorb();
    }

    function test_a_pledge_is_recorded_once_and_counted() public {
        _pledge("p1", RIGHT, PROOF);
        Vm.Log memory entry = expectOne(Encumbrances.PledgeRegistered.selector);
        same(entry.topics[2], RIGHT, "right");
        same(entry.topics[3], "p1", "pledge");
        bytes memory expected = abi.encode(SELLER_HOLDER, bytes32("bank"), bytes32("terms"), PROOF, 0, 1);
        same(keccak256(entry.data), keccak256(expected), "data with old and new count");
        _pledge("p1", RIGHT, PROOF);
        expectNothing();
        _pledge("p1", RIGHT, "other");
        expectRefused("p1", Batches.IdTaken.selector);
        _pledge("p2", RIGHT, PROOF);
        absorb();
        (,, uint24 pledges, uint24 freezes) = register.rightOf(RIGHT);
        same(pledges, 2, "live pledges");
        same(freezes, 0, "live freezes");
    }

    function test_a_pledge_needs_its_values_and_a_right() public {
        _pledge(0, RIGHT, PROOF);
        expectRefused(0, Batches.ZeroValue.selector);
        _pledge("p1", RIGHT, 0);
        expectRefused("p1", Batches.ZeroValue.selector);
        _pledge("p1", "nothing", PROOF);
        expectRefused("p1", Rights.RightUnknown.selector);
    }

    function test_a_pledge_is_discharged_once() public {
        _discharge("p1", RIGHT, PROOF);
        expectRefused("p1", Batches.RecordUnknown.selector);
        _pledge("p1", RIGHT, PROOF);
        absorb();
        _discharge("p1", "other right", PROOF);
        expectRefused("p1", Batches.AnotherRight.selector);
        _discharge("p1", RIGHT, 0);
        expectRefused("p1", Batches.ZeroValue.selector);
        _discharge("p1", RIGHT, "end");
        Vm.Log memory entry = expectOne(Encumbrances.PledgeDischarged.selector);
        same(keccak256(entry.data), keccak256(abi.encode(bytes32("end"), 1, 0)), "proof, old and new count");
        _discharge("p1", RIGHT, "end");
        expectNothing();
        _discharge("p1", RIGHT, "other end");
        expectRefused("p1", Batches.AlreadyEnded.selector);
        (uint64 seq, bool live) = register.pledgeOf("p1");
        check(seq != 0 && !live, "ended");
        _pledge("p1", RIGHT, PROOF);
        expectNothing();
    }

    function test_a_freeze_is_recorded_once_and_counted() public {
        _freeze("f1", RIGHT, "court order");
        Vm.Log memory entry = expectOne(Encumbrances.RightFrozen.selector);
        same(keccak256(entry.data), keccak256(abi.encode(bytes32("court order"), 0, 1)), "ground and counts");
        _freeze("f1", RIGHT, "court order");
        expectNothing();
        _freeze("f1", RIGHT, "other");
        expectRefused("f1", Batches.IdTaken.selector);
        _freeze("f2", RIGHT, 0);
        expectRefused("f2", Batches.ZeroValue.selector);
        _freeze("f2", "nothing", "court order");
        expectRefused("f2", Rights.RightUnknown.selector);
        (uint64 seq, bool live) = register.freezeOf("f1");
        check(seq != 0 && live, "live");
    }

    function test_two_freezes_stand_side_by_side_until_both_are_released() public {
        _freeze("f1", RIGHT, "one");
        _freeze("f2", RIGHT, "two");
        absorb();
        _release("f1", RIGHT, "lifted");
        Vm.Log memory entry = expectOne(Encumbrances.RightReleased.selector);
        same(keccak256(entry.data), keccak256(abi.encode(bytes32("lifted"), 2, 1)), "counts");
        _release("f1", RIGHT, "lifted");
        expectNothing();
        _release("f2", RIGHT, "lifted");
        expectOne(Encumbrances.RightReleased.selector);
        (,,, uint24 freezes) = register.rightOf(RIGHT);
        same(freezes, 0, "live freezes");
        _release("f3", RIGHT, "lifted");
        expectRefused("f3", Batches.RecordUnknown.selector);
    }

    function test_a_frozen_and_pledged_right_passes_when_the_public_register_says_so() public {
        _freeze("f1", RIGHT, "one");
        _pledge("p1", RIGHT, PROOF);
        record(newDeal(DEAL, 1));
        absorb();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectOne(Rights.RegistryConfirmed.selector);
        (, bytes32 holder, uint24 pledges, uint24 freezes) = register.rightOf(RIGHT);
        same(holder, BUYER_HOLDER, "holder");
        same(pledges, 1, "the pledge stays");
        same(freezes, 1, "the freeze stays");
    }

    function _pledge(bytes32 id, bytes32 rightId, bytes32 proof) private {
        Encumbrances.Pledge[] memory items = new Encumbrances.Pledge[](1);
        items[0] = Encumbrances.Pledge(id, rightId, SELLER_HOLDER, "bank", "terms", proof);
        register.recordPledges(items);
    }

    function _discharge(bytes32 id, bytes32 rightId, bytes32 proof) private {
        Encumbrances.Release[] memory items = new Encumbrances.Release[](1);
        items[0] = Encumbrances.Release(id, rightId, proof);
        register.dischargePledges(items);
    }

    function _freeze(bytes32 id, bytes32 rightId, bytes32 ground) private {
        Encumbrances.Freeze[] memory items = new Encumbrances.Freeze[](1);
        items[0] = Encumbrances.Freeze(id, rightId, ground);
        register.freezeRights(items);
    }

    function _release(bytes32 id, bytes32 rightId, bytes32 proof) private {
        Encumbrances.Release[] memory items = new Encumbrances.Release[](1);
        items[0] = Encumbrances.Release(id, rightId, proof);
        register.releaseRights(items);
    }
}
