// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Batches} from "../Batches.sol";
import {Corrections} from "../Corrections.sol";
import {Deals} from "../Deals.sol";
import {Encumbrances} from "../Encumbrances.sol";
import {Licences} from "../Licences.sol";
import {Register} from "../Register.sol";
import {Rights} from "../Rights.sol";
import {RegisterFixture} from "./RegisterFixture.sol";
import {Vm} from "./TestBase.sol";

contract CorrectionsAndAccessTest is RegisterFixture {
    function test_a_correction_names_an_earlier_event_and_stands_once() public {
        recordRight(RIGHT, SELLER_HOLDER);
        absorb();
        _correct("c1", 1, "new");
        Vm.Log memory entry = expectOne(Corrections.Corrected.selector);
        same(uint256(entry.topics[2]), 1, "corrected event");
        same(entry.topics[3], "c1", "correction");
        same(keccak256(entry.data), keccak256(abi.encode(bytes32("old"), bytes32("new"), PROOF)), "old, new, ground");
        _correct("c1", 1, "new");
        expectNothing();
        _correct("c1", 1, "other");
        expectRefused("c1", Batches.IdTaken.selector);
        same(holderOf(RIGHT), SELLER_HOLDER, "a correction rewrites nothing");
    }

    function test_a_correction_of_no_event_or_without_values_is_refused() public {
        _correct("c1", 0, "new");
        expectRefused("c1", Corrections.EventUnknown.selector);
        _correct("c1", 2, "new");
        expectRefused("c1", Corrections.EventUnknown.selector);
        _correct(0, 1, "new");
        expectRefused(0, Batches.ZeroValue.selector);
        _correct("c1", 1, 0);
        expectRefused("c1", Batches.ZeroValue.selector);
    }

    function test_the_next_version_is_announced_with_old_and_new() public {
        Register next = new Register(address(manager));
        Register afterNext = new Register(address(manager));
        vm.getRecordedLogs();
        register.announceVersion(address(next));
        Vm.Log memory entry = expectOne(Corrections.VersionAnnounced.selector);
        same(uint256(entry.topics[2]), 0, "none before");
        register.announceVersion(address(next));
        expectNothing();
        register.announceVersion(address(afterNext));
        entry = expectOne(Corrections.VersionAnnounced.selector);
        same(uint256(entry.topics[2]), uint256(uint160(address(next))), "before");
        same(register.nextVersion(), address(afterNext), "now");
    }

    function test_a_version_must_be_another_contract() public {
        vm.expectRevert(abi.encodeWithSelector(Corrections.NotAVersion.selector, address(register)));
        register.announceVersion(address(register));
        vm.expectRevert(abi.encodeWithSelector(Corrections.NotAVersion.selector, address(0xBEEF)));
        register.announceVersion(address(0xBEEF));
    }

    function test_a_stranger_may_call_no_function_that_writes(address stranger) public {
        vm.assume(stranger != address(this) && stranger != address(manager));
        bytes[] memory calls = new bytes[](15);
        calls[0] = abi.encodeCall(Deals.recordDeals, (new Deals.Deal[](0), new bytes[](0), new bytes[](0)));
        calls[1] = abi.encodeCall(Deals.settleDeals, (new bytes32[](0)));
        calls[2] = abi.encodeCall(Deals.unwindDeals, (new Deals.Unwinding[](0)));
        calls[3] = abi.encodeCall(Deals.pauseDeals, ());
        calls[4] = abi.encodeCall(Deals.resumeDeals, ());
        calls[5] = abi.encodeCall(Rights.recordRights, (new Rights.RightEntry[](0)));
        calls[6] = abi.encodeCall(Rights.confirmRegistrations, (new Rights.Confirmation[](0)));
        calls[7] = abi.encodeCall(Encumbrances.recordPledges, (new Encumbrances.Pledge[](0)));
        calls[8] = abi.encodeCall(Encumbrances.dischargePledges, (new Encumbrances.Release[](0)));
        calls[9] = abi.encodeCall(Encumbrances.freezeRights, (new Encumbrances.Freeze[](0)));
        calls[10] = abi.encodeCall(Encumbrances.releaseRights, (new Encumbrances.Release[](0)));
        calls[11] = abi.encodeCall(Licences.recordLicences, (new Licences.Licence[](0)));
        calls[12] = abi.encodeCall(Licences.endLicences, (new Licences.LicenceEnding[](0)));
        calls[13] = abi.encodeCall(Corrections.recordCorrections, (new Corrections.Correction[](0)));
        calls[14] = abi.encodeCall(Corrections.announceVersion, (address(manager)));
        bytes memory unauthorised = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool ok, bytes memory answer) = address(register).call(calls[i]);
            check(!ok, "refused");
            same(keccak256(answer), keccak256(unauthorised), "by the access manager");
        }
        expectNothing();
    }

    function test_a_role_does_not_reach_into_anothers_functions() public {
        address settler = address(0x5E771E);
        manager.grantRole(2, settler, 0);
        vm.getRecordedLogs();
        vm.prank(settler);
        register.settleDeals(new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, settler));
        vm.prank(settler);
        register.recordRights(new Rights.RightEntry[](0));
        expectNothing();
    }

    function test_the_access_manager_cannot_be_replaced_even_by_its_administrator() public {
        AccessManager other = new AccessManager(address(this));
        vm.expectRevert(Batches.AuthorityIsFixed.selector);
        manager.updateAuthority(address(register), address(other));
        same(register.authority(), address(manager), "authority");
    }

    function test_the_log_of_each_contract_starts_from_its_own_head() public {
        Register twin = new Register(address(manager));
        check(twin.logHead() != register.logHead(), "other address, other head");
        same(twin.logHead(), keccak256(abi.encode(block.chainid, address(twin))), "seed");
        same(twin.eventCount(), 0, "count");
    }

    function _correct(bytes32 id, uint64 seq, bytes32 newValue) private {
        Corrections.Correction[] memory items = new Corrections.Correction[](1);
        items[0] = Corrections.Correction(id, seq, "old", newValue, PROOF);
        register.recordCorrections(items);
    }
}
