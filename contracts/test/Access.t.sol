// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Batches} from "../Batches.sol";
import {Corrections} from "../Corrections.sol";
import {Deals} from "../Deals.sol";
import {Licences} from "../Licences.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {Recoveries} from "../Recoveries.sol";
import {Rights} from "../Rights.sol";
import {Roles} from "../Roles.sol";
import {Standings} from "../Standings.sol";
import {AnyRegister, RegisterFixture} from "./RegisterFixture.sol";

contract AccessTest is RegisterFixture {
    uint64 private constant ADMINISTRATOR = 0;
    bytes[18] private calls;
    uint64[18] private roles;

    function setUp() public override {
        super.setUp();
        _settlersCalls();
        _registrarsCalls();
        (calls[14], roles[14]) = (abi.encodeCall(register.pauseDeals, ()), Roles.PAUSER);
        (calls[15], roles[15]) = (abi.encodeCall(register.resumeDeals, ()), Roles.GUARDIAN);
        Parties.KeyRevocation memory revocation = Parties.KeyRevocation(SELLER, SELLER_ADDRESS, "STOLEN", 0);
        (calls[16], roles[16]) = (abi.encodeCall(register.revokeKeyAsGuardian, (revocation)), Roles.GUARDIAN);
        bytes memory announce = abi.encodeCall(register.announceVersion, (address(newRegister(address(register)))));
        (calls[17], roles[17]) = (announce, ADMINISTRATOR);
    }

    function test_a_stranger_may_call_no_function_that_takes_a_role(address stranger) public {
        vm.assume(stranger != address(this) && stranger != address(manager));
        for (uint256 i = 0; i < calls.length; ++i) {
            _expectUnauthorised(stranger, calls[i]);
        }
        _expectUnauthorised(stranger, abi.encodeCall(register.endRecoveryWait, (SELLER, BUYER_ADDRESS, PROOF)));
        expectNothing();
    }

    function test_each_role_reaches_its_own_functions_and_no_others() public {
        // The pauser's call comes after the settler's, and the administrator's, which stops deals for good, last.
        for (uint64 turn = Roles.REGISTRAR; turn <= Roles.GUARDIAN + 1; ++turn) {
            uint64 role = turn > Roles.GUARDIAN ? ADMINISTRATOR : turn;
            address account = address(uint160(0x10000 + role));
            manager.grantRole(role, account, 0);
            for (uint256 i = 0; i < calls.length; ++i) {
                if (roles[i] != role) {
                    _expectUnauthorised(account, calls[i]);
                } else {
                    vm.prank(account);
                    (bool ok,) = address(register).call(calls[i]);
                    check(ok, "its own function");
                }
            }
        }
    }

    function test_what_names_the_account_that_called_is_refused_through_the_access_manager() public {
        bytes[4] memory named = [
            abi.encodeCall(register.enrolKeys, (new Parties.KeyEnrolment[](0), "")),
            abi.encodeCall(register.proposeRecoveries, (new Recoveries.KeyRecovery[](0), "")),
            abi.encodeCall(register.pauseDeals, ()),
            abi.encodeCall(register.resumeDeals, ())
        ];
        uint64[4] memory held = [Roles.REGISTRAR, Roles.REGISTRAR, Roles.PAUSER, Roles.GUARDIAN];
        bytes memory hidden =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(manager));
        for (uint256 i = 0; i < named.length; ++i) {
            address account = address(uint160(0x20000 + i));
            manager.grantRole(held[i], account, 0);
            vm.prank(account);
            reverts(address(manager), abi.encodeCall(manager.execute, (address(register), named[i])), hidden);
            vm.prank(account);
            (bool ok,) = address(register).call(named[i]);
            check(ok, "the same account, directly");
        }
    }

    function test_only_the_guardian_ends_the_wait_of_a_recovery() public {
        bytes memory call_ = abi.encodeCall(register.endRecoveryWait, (SELLER, BUYER_ADDRESS, PROOF));
        for (uint64 role = 0; role <= Roles.GUARDIAN; ++role) {
            address account = address(uint160(0x10000 + role));
            manager.grantRole(role, account, 0);
            if (role != Roles.GUARDIAN) {
                _expectUnauthorised(account, call_);
            } else {
                vm.prank(account);
                reverts(address(register), call_, Recoveries.RecoveryUnknown.selector);
            }
        }
    }

    function test_the_access_manager_cannot_be_replaced_even_by_its_administrator(address other) public {
        reverts(abi.encodeCall(register.setAuthority, (other)), Batches.AuthorityIsFixed.selector);
        bytes memory update = abi.encodeCall(manager.updateAuthority, (address(register), address(manager)));
        reverts(address(manager), update, Batches.AuthorityIsFixed.selector);
        same(register.authority(), address(manager), "authority");
    }

    function test_the_log_of_each_contract_starts_from_its_own_head() public {
        AnyRegister twin = newRegister(address(0));
        check(twin.logHead() != register.logHead(), "other address, other head");
        same(twin.logHead(), keccak256(abi.encode(block.chainid, address(twin))), "seed");
        same(twin.eventCount(), 0, "count");
    }

    function test_the_register_stays_within_the_size_of_a_contract_by_EIP170() public view {
        check(address(register).code.length <= 24_576, "EIP-170");
    }

    function _settlersCalls() private {
        calls[0] = abi.encodeCall(register.recordAgreements, (new Deals.Deal[](0), ""));
        calls[1] = abi.encodeCall(register.settleDeals, (new bytes32[](0)));
        calls[2] = abi.encodeCall(register.unwindDeals, (new Deals.Unwinding[](0)));
        calls[3] = abi.encodeCall(register.recordLicences, (new Licences.Licence[](0)));
        calls[4] = abi.encodeCall(register.endLicences, (new Licences.LicenceEnding[](0)));
        calls[5] = abi.encodeCall(register.recordOffers, (new Offers.StandingOffer[](0), ""));
        calls[6] = abi.encodeCall(register.acceptOffers, (new Offers.OfferAcceptance[](0), ""));
        for (uint256 i = 0; i <= 6; ++i) {
            roles[i] = Roles.SETTLER;
        }
    }

    function _registrarsCalls() private {
        calls[7] = abi.encodeCall(register.recordRights, (new Rights.RightEntry[](0)));
        calls[8] = abi.encodeCall(register.confirmRegistrations, (new Rights.Confirmation[](0)));
        calls[9] = abi.encodeCall(register.recordCorrections, (new Corrections.Correction[](0)));
        calls[10] = abi.encodeCall(register.enrolKeys, (new Parties.KeyEnrolment[](0), ""));
        calls[11] = abi.encodeCall(register.proposeRecoveries, (new Recoveries.KeyRecovery[](0), ""));
        calls[12] = abi.encodeCall(register.recordStandings, (new Standings.StandingChange[](0)));
        calls[13] = calls[12];
        for (uint256 i = 7; i <= 13; ++i) {
            roles[i] = Roles.REGISTRAR;
        }
    }

    function _expectUnauthorised(address account, bytes memory data) private {
        vm.prank(account);
        reverts(
            address(register),
            data,
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, account)
        );
    }
}
