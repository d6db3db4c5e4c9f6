// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {Corrections} from "../Corrections.sol";
import {Deals} from "../Deals.sol";
import {Encumbrances} from "../Encumbrances.sol";
import {EventLog} from "../EventLog.sol";
import {Licences} from "../Licences.sol";
import {Register} from "../Register.sol";
import {Rights} from "../Rights.sol";
import {Roles} from "../Roles.sol";
import {TestBase, Vm} from "./TestBase.sol";

/// @dev A register whose every role this test contract holds, two parties with keys, and a running check of the log.
abstract contract RegisterFixture is TestBase {
    uint256 internal constant SELLER_KEY = 0xA11CE;
    uint256 internal constant BUYER_KEY = 0xB0B;
    uint256 internal constant NOW = 1_800_000_000;
    bytes32 internal constant RIGHT = keccak256("right");
    bytes32 internal constant DEAL = keccak256("deal");
    bytes32 internal constant SELLER_HOLDER = keccak256("seller's party");
    bytes32 internal constant BUYER_HOLDER = keccak256("buyer's party");
    bytes32 internal constant PROOF = keccak256("proof");

    AccessManager internal manager;
    Register internal register;
    bytes32 internal foldedHead;
    uint64 internal seenEvents;

    function setUp() public virtual {
        vm.warp(NOW);
        manager = new AccessManager(address(this));
        register = new Register(address(manager));
        _setRole(Deals.recordDeals.selector, Roles.SETTLER);
        _setRole(Deals.settleDeals.selector, Roles.SETTLER);
        _setRole(Deals.unwindDeals.selector, Roles.SETTLER);
        _setRole(Licences.recordLicences.selector, Roles.SETTLER);
        _setRole(Licences.endLicences.selector, Roles.SETTLER);
        _setRole(Rights.recordRights.selector, Roles.REGISTRAR);
        _setRole(Rights.confirmRegistrations.selector, Roles.REGISTRAR);
        _setRole(Encumbrances.recordPledges.selector, Roles.REGISTRAR);
        _setRole(Encumbrances.dischargePledges.selector, Roles.REGISTRAR);
        _setRole(Encumbrances.freezeRights.selector, Roles.REGISTRAR);
        _setRole(Encumbrances.releaseRights.selector, Roles.REGISTRAR);
        _setRole(Corrections.recordCorrections.selector, Roles.REGISTRAR);
        _setRole(Deals.pauseDeals.selector, Roles.PAUSER);
        _setRole(Deals.resumeDeals.selector, Roles.GUARDIAN);
        _setRole(Corrections.announceVersion.selector, Roles.GUARDIAN);
        for (uint64 role = Roles.REGISTRAR; role <= Roles.GUARDIAN; ++role) {
            manager.grantRole(role, address(this), 0);
        }
        foldedHead = keccak256(abi.encode(block.chainid, address(register)));
        vm.recordLogs();
    }

    function _setRole(bytes4 selector, uint64 role) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(address(register), selectors, role);
    }

    /// @dev Takes the new logs, and holds the contract to its numbering and its head.
    function absorb() internal returns (Vm.Log[] memory entries) {
        entries = vm.getRecordedLogs();
        for (uint256 i = 0; i < entries.length; ++i) {
            same(entries[i].emitter, address(register), "emitter");
            same(uint256(entries[i].topics[1]), ++seenEvents, "seq is contiguous");
            foldedHead = fold(foldedHead, entries[i]);
        }
        same(register.eventCount(), seenEvents, "eventCount");
        same(register.logHead(), foldedHead, "logHead");
    }

    /// @dev Exactly one event, of this type, since the last look.
    function expectOne(bytes32 topic0) internal returns (Vm.Log memory entry) {
        Vm.Log[] memory entries = absorb();
        same(entries.length, 1, "one event");
        same(entries[0].topics[0], topic0, "event type");
        return entries[0];
    }

    function expectNothing() internal {
        same(absorb().length, 0, "no event");
    }

    function expectRefused(bytes32 id, bytes4 selector) internal {
        Vm.Log memory entry = expectOne(EventLog.ItemRefused.selector);
        same(entry.topics[2], id, "refused item");
        same(bytes32(abi.decode(entry.data, (bytes4))), bytes32(selector), "ground of refusal");
    }

    function newDeal(bytes32 dealId, uint8 kind) internal pure returns (Deals.Deal memory) {
        return Deals.Deal({
            dealId: dealId,
            rightId: RIGHT,
            kind: kind,
            seller: vm.addr(SELLER_KEY),
            buyer: vm.addr(BUYER_KEY),
            terms: keccak256("terms"),
            contractText: keccak256("contract"),
            deadline: uint64(NOW + 30 days)
        });
    }

    function signed(uint256 key, Deals.Deal memory deal) internal view returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key, register.dealDigest(deal));
        return abi.encodePacked(r, vs);
    }

    function record(Deals.Deal memory deal) internal {
        record(deal, signed(SELLER_KEY, deal), signed(BUYER_KEY, deal));
    }

    function record(Deals.Deal memory deal, bytes memory sellerSignature, bytes memory buyerSignature) internal {
        Deals.Deal[] memory deals = new Deals.Deal[](1);
        bytes[] memory sellers = new bytes[](1);
        bytes[] memory buyers = new bytes[](1);
        (deals[0], sellers[0], buyers[0]) = (deal, sellerSignature, buyerSignature);
        register.recordDeals(deals, sellers, buyers);
    }

    function recordRight(bytes32 rightId, bytes32 holder) internal {
        Rights.RightEntry[] memory entries = new Rights.RightEntry[](1);
        entries[0] = Rights.RightEntry(rightId, holder, PROOF);
        register.recordRights(entries);
    }

    function confirm(bytes32 rightId, bytes32 dealId, bytes32 oldHolder, bytes32 newHolder, bytes32 proof) internal {
        Rights.Confirmation[] memory items = new Rights.Confirmation[](1);
        items[0] = Rights.Confirmation(rightId, dealId, oldHolder, newHolder, proof);
        register.confirmRegistrations(items);
    }

    function settle(bytes32 dealId) internal {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = dealId;
        register.settleDeals(ids);
    }

    function unwind(bytes32 dealId, bytes32 reason) internal {
        Deals.Unwinding[] memory items = new Deals.Unwinding[](1);
        items[0] = Deals.Unwinding(dealId, reason);
        register.unwindDeals(items);
    }

    function stateOf(bytes32 dealId) internal view returns (uint8) {
        (,, Deals.DealState state) = register.dealOf(dealId);
        return uint8(state);
    }

    function holderOf(bytes32 rightId) internal view returns (bytes32 holder) {
        (, holder,,) = register.rightOf(rightId);
    }
}
