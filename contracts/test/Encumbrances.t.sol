// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {EncumbranceRegister} from "../EncumbranceRegister.sol";
import {Rights} from "../Rights.sol";
import {Roles} from "../Roles.sol";
import {RegisterFixture} from "./RegisterFixture.sol";

contract EncumbrancesTest is RegisterFixture {
    EncumbranceRegister private encumbrances;

    function setUp() public override {
        super.setUp();
        encumbrances = EncumbranceRegister(
            deploy("EncumbranceRegister.sol:EncumbranceRegister", abi.encode(address(manager), address(0)))
        );
        address target = address(encumbrances);
        _giveRole(target, EncumbranceRegister.recordPledges.selector, Roles.REGISTRAR);
        _giveRole(target, EncumbranceRegister.dischargePledges.selector, Roles.REGISTRAR);
        _giveRole(target, EncumbranceRegister.freezeRights.selector, Roles.REGISTRAR);
        _giveRole(target, EncumbranceRegister.releaseRights.selector, Roles.REGISTRAR);
        watch(target);
    }

    function test_a_pledge_is_recorded_once_and_counted_with_every_field() public {
        _pledge("p1", RIGHT, PROOF);
        expectEvent(
            EncumbranceRegister.PledgeRegistered.selector,
            RIGHT,
            "p1",
            abi.encode(SELLER_HOLDER, bytes32("bank"), bytes32("terms"), PROOF, 0, 1)
        );
        (uint64 seq, bool live) = encumbrances.pledgeOf("p1");
        same(seq, 1, "seq");
        check(live, "live");
        _pledge("p1", RIGHT, PROOF);
        expectNothing();
        _pledge("p1", RIGHT, "other");
        expectRefused("p1", Batches.IdTaken.selector);
        _pledge("p2", RIGHT, PROOF);
        expectEvent(
            EncumbranceRegister.PledgeRegistered.selector,
            RIGHT,
            "p2",
            abi.encode(SELLER_HOLDER, bytes32("bank"), bytes32("terms"), PROOF, 1, 2)
        );
        _expectLive(2, 0);
    }

    function test_a_pledge_without_its_values_is_refused() public {
        for (uint256 i = 0; i < 5; ++i) {
            EncumbranceRegister.Pledge memory item =
                EncumbranceRegister.Pledge(RIGHT, "p1", SELLER_HOLDER, "bank", "terms", PROOF);
            if (i == 0) item.rightId = 0;
            if (i == 1) item.pledgeId = 0;
            if (i == 2) item.pledgor = 0;
            if (i == 3) item.pledgee = 0;
            if (i == 4) item.proof = 0;
            _pledge(item);
            expectRefused(item.pledgeId, Batches.ZeroValue.selector);
        }
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
        expectEvent(
            EncumbranceRegister.PledgeDischarged.selector, RIGHT, "p1", abi.encode(bytes32("end"), 1, 0)
        );
        _discharge("p1", RIGHT, "end");
        expectNothing();
        _discharge("p1", RIGHT, "other end");
        expectRefused("p1", Batches.AlreadyEnded.selector);
        (uint64 seq, bool live) = encumbrances.pledgeOf("p1");
        check(seq != 0 && !live, "ended");
        _pledge("p1", RIGHT, PROOF);
        expectNothing();
        _expectLive(0, 0);
    }

    function test_a_freeze_is_recorded_once_and_counted_with_every_field() public {
        _freeze("f1", RIGHT, "court order");
        expectEvent(
            EncumbranceRegister.RightFrozen.selector, RIGHT, "f1", abi.encode(bytes32("court order"), 0, 1)
        );
        _freeze("f1", RIGHT, "court order");
        expectNothing();
        _freeze("f1", RIGHT, "other");
        expectRefused("f1", Batches.IdTaken.selector);
        (uint64 seq, bool live) = encumbrances.freezeOf("f1");
        same(seq, 1, "seq");
        check(live, "live");
        _expectLive(0, 1);
    }

    function test_a_freeze_without_its_values_is_refused() public {
        _freeze("f1", 0, "court order");
        expectRefused("f1", Batches.ZeroValue.selector);
        _freeze(0, RIGHT, "court order");
        expectRefused(0, Batches.ZeroValue.selector);
        _freeze("f1", RIGHT, 0);
        expectRefused("f1", Batches.ZeroValue.selector);
    }

    function test_two_freezes_stand_side_by_side_until_both_are_released() public {
        _freeze("f1", RIGHT, "one");
        _freeze("f2", RIGHT, "two");
        absorb();
        _release("f1", RIGHT, "lifted");
        expectEvent(EncumbranceRegister.RightReleased.selector, RIGHT, "f1", abi.encode(bytes32("lifted"), 2, 1));
        _release("f1", RIGHT, "lifted");
        expectNothing();
        _release("f1", RIGHT, "lifted twice");
        expectRefused("f1", Batches.AlreadyEnded.selector);
        _release("f2", "other right", "lifted");
        expectRefused("f2", Batches.AnotherRight.selector);
        _release("f2", RIGHT, 0);
        expectRefused("f2", Batches.ZeroValue.selector);
        _release("f2", RIGHT, "lifted");
        expectOne(EncumbranceRegister.RightReleased.selector);
        _expectLive(0, 0);
        _release("f3", RIGHT, "lifted");
        expectRefused("f3", Batches.RecordUnknown.selector);
    }

    function test_pledges_and_freezes_have_identifiers_of_their_own() public {
        _pledge("same", RIGHT, PROOF);
        _freeze("same", RIGHT, "court order");
        same(absorb().length, 2, "both stand");
        _release("same", RIGHT, "lifted");
        absorb();
        (, bool live) = encumbrances.pledgeOf("same");
        check(live, "the pledge stays");
        _expectLive(1, 0);
    }

    function test_a_frozen_and_pledged_right_passes_when_the_public_register_says_so() public {
        _freeze("f1", RIGHT, "one");
        _pledge("p1", RIGHT, PROOF);
        absorb();
        (uint64 seen, bytes32 head) = (seenEvents, foldedHead);
        recordRight(RIGHT, SELLER_HOLDER);
        record(newDeal(DEAL, 1));
        vm.getRecordedLogs();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        same(vm.getRecordedLogs()[0].topics[0], Rights.RegistryConfirmed.selector, "confirmed");
        same(holderOf(RIGHT), BUYER_HOLDER, "holder");
        _expectLive(1, 1);
        same(encumbrances.eventCount(), seen, "no event of its own");
        same(encumbrances.logHead(), head, "no fold of its own");
    }

    function test_batches_above_the_bound_revert_whole() public {
        bytes memory tooLong = abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256);
        address target = address(encumbrances);
        EncumbranceRegister.Release[] memory releases = new EncumbranceRegister.Release[](257);
        reverts(
            target, abi.encodeCall(encumbrances.recordPledges, (new EncumbranceRegister.Pledge[](257))), tooLong
        );
        reverts(target, abi.encodeCall(encumbrances.dischargePledges, (releases)), tooLong);
        reverts(
            target, abi.encodeCall(encumbrances.freezeRights, (new EncumbranceRegister.Freeze[](257))), tooLong
        );
        reverts(target, abi.encodeCall(encumbrances.releaseRights, (releases)), tooLong);
    }

    function _expectLive(uint24 pledges, uint24 freezes) private view {
        (uint24 livePledges, uint24 liveFreezes) = encumbrances.encumbrancesOf(RIGHT);
        same(livePledges, pledges, "live pledges");
        same(liveFreezes, freezes, "live freezes");
    }

    function _pledge(bytes32 id, bytes32 rightId, bytes32 proof) private {
        _pledge(EncumbranceRegister.Pledge(rightId, id, SELLER_HOLDER, "bank", "terms", proof));
    }

    function _pledge(EncumbranceRegister.Pledge memory item) private {
        EncumbranceRegister.Pledge[] memory items = new EncumbranceRegister.Pledge[](1);
        items[0] = item;
        encumbrances.recordPledges(items);
    }

    function _discharge(bytes32 id, bytes32 rightId, bytes32 proof) private {
        EncumbranceRegister.Release[] memory items = new EncumbranceRegister.Release[](1);
        items[0] = EncumbranceRegister.Release(rightId, id, proof);
        encumbrances.dischargePledges(items);
    }

    function _freeze(bytes32 id, bytes32 rightId, bytes32 ground) private {
        EncumbranceRegister.Freeze[] memory items = new EncumbranceRegister.Freeze[](1);
        items[0] = EncumbranceRegister.Freeze(rightId, id, ground);
        encumbrances.freezeRights(items);
    }

    function _release(bytes32 id, bytes32 rightId, bytes32 proof) private {
        EncumbranceRegister.Release[] memory items = new EncumbranceRegister.Release[](1);
        items[0] = EncumbranceRegister.Release(rightId, id, proof);
        encumbrances.releaseRights(items);
    }
}
