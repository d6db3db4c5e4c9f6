// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

import {Corrections} from "../Corrections.sol";
import {Deals} from "../Deals.sol";
import {EventLog} from "../EventLog.sol";
import {FillRegister} from "../FillRegister.sol";
import {Licences} from "../Licences.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {Recoveries} from "../Recoveries.sol";
import {Rights} from "../Rights.sol";
import {Roles} from "../Roles.sol";
import {Standings} from "../Standings.sol";
import {Versions} from "../Versions.sol";
import {TestBase, Vm} from "./TestBase.sol";

/// @dev The register's functions, without its code.
abstract contract AnyRegister is Offers, Rights, Licences, Recoveries, Standings, Corrections, Versions {}

/// @dev A register whose every role this test contract holds, two parties with keys, and a running check of the log.
abstract contract RegisterFixture is TestBase {
    uint256 internal constant SELLER_KEY = 0xA11CE;
    uint256 internal constant BUYER_KEY = 0xB0B;
    uint256 internal constant NOW = 1_800_000_000;
    uint64 internal constant DEADLINE = uint64(NOW + 30 days);
    bytes32 internal constant RIGHT = keccak256("right");
    bytes32 internal constant SELLER = keccak256("seller's commitment");
    bytes32 internal constant BUYER = keccak256("buyer's commitment");
    bytes32 internal constant LETTER = keccak256("letter of authorisation");
    bytes32 internal constant SELLER_HOLDER = keccak256("seller's party");
    bytes32 internal constant BUYER_HOLDER = keccak256("buyer's party");
    bytes32 internal constant PROOF = keccak256("proof");
    address internal immutable SELLER_ADDRESS = vm.addr(SELLER_KEY);
    address internal immutable BUYER_ADDRESS = vm.addr(BUYER_KEY);
    /// @dev Of the seller and the buyer of this fixture.
    bytes32 internal immutable DEAL = dealIdOf(vm.addr(SELLER_KEY), vm.addr(BUYER_KEY), "deal");

    IAccessManager internal manager;
    /// @dev Where the register says that two of its other logs stand; nothing is called there.
    address internal constant ENCUMBRANCES = address(0xE1);
    address internal constant SEALED_BIDS = address(0x5B);

    FillRegister internal fills;
    AnyRegister internal register;
    /// @dev The contract whose log {absorb} reads.
    address internal logged;
    bytes32 internal foldedHead;
    uint64 internal seenEvents;

    function setUp() public virtual {
        vm.warp(NOW);
        manager = IAccessManager(deploy("AccessManager.sol:AccessManager", abi.encode(address(this))));
        fills = FillRegister(deploy("FillRegister.sol:FillRegister", abi.encode(address(manager), address(0))));
        register = newRegister(address(0));
        for (uint64 role = Roles.REGISTRAR; role <= Roles.GUARDIAN; ++role) {
            manager.grantRole(role, address(this), 0);
        }
        _giveRoles(address(register));
        vm.recordLogs();
        watch(address(register));
        enrol(SELLER, SELLER_KEY);
        enrol(BUYER, BUYER_KEY);
        absorb();
    }

    function newRegister(address predecessor) internal returns (AnyRegister fresh) {
        bytes memory arguments = abi.encode(address(manager), predecessor, ENCUMBRANCES, SEALED_BIDS, address(fills));
        fresh = AnyRegister(deploy("Register.sol:Register", arguments));
        // The one event outside the numbered log: the access manager's address.
        vm.getRecordedLogs();
    }

    /// @dev Reads the log of this contract from now on.
    function watch(address target) internal {
        vm.getRecordedLogs();
        logged = target;
        foldedHead = keccak256(abi.encode(block.chainid, target));
        seenEvents = 0;
    }

    function _giveRoles(address target) private {
        _giveRole(target, Deals.recordAgreements.selector, Roles.SETTLER);
        _giveRole(target, Deals.settleDeals.selector, Roles.SETTLER);
        _giveRole(target, Deals.unwindDeals.selector, Roles.SETTLER);
        _giveRole(target, Licences.recordLicences.selector, Roles.SETTLER);
        _giveRole(target, Licences.endLicences.selector, Roles.SETTLER);
        _giveRole(target, Offers.recordOffers.selector, Roles.SETTLER);
        _giveRole(target, Offers.acceptOffers.selector, Roles.SETTLER);
        _giveRole(target, Rights.recordRights.selector, Roles.REGISTRAR);
        _giveRole(target, Rights.confirmRegistrations.selector, Roles.REGISTRAR);
        _giveRole(target, Corrections.recordCorrections.selector, Roles.REGISTRAR);
        _giveRole(target, Parties.enrolKeys.selector, Roles.REGISTRAR);
        _giveRole(target, Recoveries.proposeRecoveries.selector, Roles.REGISTRAR);
        _giveRole(target, Standings.recordStandings.selector, Roles.REGISTRAR);
        _giveRole(target, Versions.pauseDeals.selector, Roles.PAUSER);
        _giveRole(target, Versions.resumeDeals.selector, Roles.GUARDIAN);
        _giveRole(target, Parties.revokeKeyAsGuardian.selector, Roles.GUARDIAN);
        _giveRole(target, Recoveries.endRecoveryWait.selector, Roles.GUARDIAN);
    }

    function _giveRole(address target, bytes4 selector, uint64 role) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    /// @dev Takes the new logs, and holds the contract to its numbering and its head.
    function absorb() internal returns (Vm.Log[] memory entries) {
        entries = vm.getRecordedLogs();
        for (uint256 i = 0; i < entries.length; ++i) {
            same(entries[i].emitter, logged, "emitter");
            same(uint256(entries[i].topics[1]), ++seenEvents, "seq is contiguous");
            foldedHead = fold(foldedHead, entries[i]);
        }
        same(EventLog(logged).eventCount(), seenEvents, "eventCount");
        same(EventLog(logged).logHead(), foldedHead, "logHead");
    }

    /// @dev Exactly one event, of this type, since the last look.
    function expectOne(bytes32 topic0) internal returns (Vm.Log memory entry) {
        Vm.Log[] memory entries = absorb();
        same(entries.length, 1, "one event");
        same(entries[0].topics[0], topic0, "event type");
        return entries[0];
    }

    /// @dev Exactly one event, with these topics after its number and this data.
    function expectEvent(bytes32 topic0, bytes32 topic2, bytes32 topic3, bytes memory data) internal {
        Vm.Log memory entry = expectOne(topic0);
        same(entry.topics.length, 4, "number of topics");
        same(entry.topics[2], topic2, "first topic after the number");
        same(entry.topics[3], topic3, "second topic after the number");
        same(entry.data, data, "data");
    }

    /// @dev The same for an event with one topic after its number.
    function expectEvent(bytes32 topic0, bytes32 topic2, bytes memory data) internal {
        Vm.Log memory entry = expectOne(topic0);
        same(entry.topics.length, 3, "number of topics");
        same(entry.topics[2], topic2, "topic after the number");
        same(entry.data, data, "data");
    }

    function expectNothing() internal {
        same(absorb().length, 0, "no event");
    }

    function expectRefused(bytes32 id, bytes4 selector) internal {
        expectEvent(EventLog.ItemRefused.selector, id, abi.encode(selector));
    }

    /// @dev The register reverts with exactly these bytes.
    function reverts(bytes memory data, bytes memory reason) internal {
        reverts(address(register), data, reason);
        // The runner also keeps the logs of what was undone.
        vm.getRecordedLogs();
        expectNothing();
    }

    /// @dev The register reverts with this error, which has no arguments.
    function reverts(bytes memory data, bytes4 selector) internal {
        reverts(data, abi.encodeWithSelector(selector));
    }

    function addressOf(uint256 key) internal view returns (address) {
        if (key == SELLER_KEY) return SELLER_ADDRESS;
        return key == BUYER_KEY ? BUYER_ADDRESS : vm.addr(key);
    }

    function word(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    function dealIdOf(address seller, address buyer, bytes12 number) internal pure returns (bytes32) {
        return bytes32(
            (uint256(uint80(uint160(seller))) << 176) | (uint256(uint80(uint160(buyer))) << 96) | uint96(number)
        );
    }

    /// @dev An identifier for a deal of the fixture's seller and buyer.
    function dealId(bytes12 number) internal view returns (bytes32) {
        return dealIdOf(SELLER_ADDRESS, BUYER_ADDRESS, number);
    }

    function enrolment(bytes32 party, uint256 key) internal pure returns (Parties.KeyEnrolment memory) {
        return Parties.KeyEnrolment(party, vm.addr(key), LETTER, DEADLINE);
    }

    function enrol(bytes32 party, uint256 key) internal {
        Parties.KeyEnrolment memory item = enrolment(party, key);
        enrol(item, signedMessage(key, hashEnrolment(item)));
    }

    function enrol(Parties.KeyEnrolment memory item, bytes memory possession) internal {
        Parties.KeyEnrolment[] memory items = new Parties.KeyEnrolment[](1);
        items[0] = item;
        register.enrolKeys(items, packed(possession));
    }

    function hashEnrolment(Parties.KeyEnrolment memory item) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256("KeyEnrolment(bytes32 party,address key,bytes32 authorisation,uint64 deadline)");
        return keccak256(abi.encode(typeHash, item));
    }

    /// @dev The register's EIP-712 digest of a struct hash, worked out by hand.
    function digestOf(bytes32 content) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("IPX Register"),
                keccak256("1"),
                block.chainid,
                address(register)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }

    /// @dev A signature of a struct hash for this register, in 64 bytes.
    function signedMessage(uint256 key, bytes32 content) internal view virtual returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key, digestOf(content));
        return abi.encodePacked(r, vs);
    }

    /// @dev The same in 65 bytes.
    function signedLong(uint256 key, bytes32 content) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(content));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The same in 65 bytes with the high `s`.
    function signedHigh(uint256 key, bytes32 content) internal view returns (bytes memory) {
        return highS(signedLong(key, content));
    }

    /// @dev A signature as a batch carries it: the short form as it is, any other behind a zero word and its length.
    function packed(bytes memory signature) internal pure returns (bytes memory) {
        if (signature.length == 64) return signature;
        return bytes.concat(abi.encode(uint256(0), signature.length), signature);
    }

    function newDeal(bytes32 id, uint8 kind) internal view returns (Deals.Deal memory) {
        return Deals.Deal({
            rightId: RIGHT,
            dealId: id,
            kind: kind,
            seller: SELLER_ADDRESS,
            buyer: BUYER_ADDRESS,
            terms: keccak256("terms"),
            contractText: keccak256("contract"),
            deadline: DEADLINE,
            sellerCounter: 0,
            buyerCounter: 0
        });
    }

    function hashDeal(Deals.Deal memory deal) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Deal(bytes32 rightId,bytes32 dealId,uint8 kind,address seller,address buyer,bytes32 terms,"
            "bytes32 contractText,uint64 deadline,uint32 sellerCounter,uint32 buyerCounter)"
        );
        return keccak256(abi.encode(typeHash, deal));
    }

    function signed(uint256 key, Deals.Deal memory deal) internal view returns (bytes memory) {
        return signedMessage(key, hashDeal(deal));
    }

    function record(Deals.Deal memory deal) internal {
        record(deal, signed(SELLER_KEY, deal), signed(BUYER_KEY, deal));
    }

    function record(Deals.Deal memory deal, bytes memory sellerSignature, bytes memory buyerSignature) internal {
        register.recordAgreements(listOf(deal), bytes.concat(packed(sellerSignature), packed(buyerSignature)));
    }

    function listOf(Deals.Deal memory deal) internal pure returns (Deals.Deal[] memory deals) {
        deals = new Deals.Deal[](1);
        deals[0] = deal;
    }

    function recordRight(bytes32 rightId, bytes32 holder) internal {
        Rights.RightEntry[] memory entries = new Rights.RightEntry[](1);
        entries[0] = Rights.RightEntry(rightId, holder, PROOF);
        register.recordRights(entries);
    }

    function confirm(bytes32 rightId, bytes32 id, bytes32 oldHolder, bytes32 newHolder, bytes32 proof) internal {
        Rights.Confirmation[] memory items = new Rights.Confirmation[](1);
        items[0] = Rights.Confirmation(rightId, id, oldHolder, newHolder, proof);
        register.confirmRegistrations(items);
    }

    function settle(bytes32 id) internal {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = id;
        register.settleDeals(ids);
    }

    function unwind(bytes32 id, bytes32 reason) internal {
        Deals.Unwinding[] memory items = new Deals.Unwinding[](1);
        items[0] = Deals.Unwinding(id, reason);
        register.unwindDeals(items);
    }

    function stateOf(bytes32 id) internal view returns (uint8) {
        (,, Deals.DealState state) = register.dealOf(id);
        return uint8(state);
    }

    function holderOf(bytes32 rightId) internal view returns (bytes32 holder) {
        (, holder) = register.rightOf(rightId);
    }
}
