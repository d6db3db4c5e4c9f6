// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ContractAccount} from "../ContractAccount.sol";
import {LicenceFixture} from "../LicenceFixture.sol";
import {TestBase, Vm} from "../TestBase.sol";

/// @dev Takes random steps on one register, folds the log once at the end of each, and keeps books of its own that
/// know the logs and what was signed, never the register's storage. A step that the register must refuse is tried,
/// too; a step that reverts where it must not fails the run.
abstract contract Handler is LicenceFixture {
    bool public numbersContiguous = true;
    /// @dev How often each action did what it is named after.
    mapping(bytes32 action => uint256) public done;
    uint256 public steps;

    constructor() {
        setUp();
    }

    /// @dev Number and head by the contract, and by the log.
    function heads() external view returns (uint64 events, uint64 seen, bytes32 head, bytes32 folded) {
        return (register.eventCount(), seenEvents, register.logHead(), foldedHead);
    }

    function count(bytes32 action) internal {
        ++done[action];
        ++steps;
    }

    /// @dev Unlike {absorb} it asserts nothing: the invariants do.
    function collect() internal returns (Vm.Log[] memory entries) {
        entries = vm.getRecordedLogs();
        for (uint256 i = 0; i < entries.length; ++i) {
            if (uint256(entries[i].topics[1]) != ++seenEvents) numbersContiguous = false;
            foldedHead = fold(foldedHead, entries[i]);
        }
    }
}

/// @dev Seller and buyer sign by saying yes, which a run of many thousand steps does faster than an elliptic curve.
/// Where signatures are what is tried, {KeyHandler} has real ones.
abstract contract QuickHandler is Handler {
    bool private _quick;

    function setUp() public virtual override {
        super.setUp();
        ContractAccount account = new ContractAccount(ContractAccount.Manner.AcceptsYes, address(0));
        vm.etch(SELLER_ADDRESS, address(account).code);
        vm.etch(BUYER_ADDRESS, address(account).code);
        _quick = true;
    }

    function signedMessage(uint256 key, bytes32 content) internal view virtual override returns (bytes memory) {
        if (!_quick) return super.signedMessage(key, content);
        return key == SELLER_KEY || key == BUYER_KEY ? bytes("yes") : bytes("no");
    }
}

/// @dev What every suite of invariants shares. Hardhat calls {afterInvariant} at the end of each run, where each suite
/// asks for one step that did something: a run is drawn anew each time, and may well revoke early all that it could act
/// on. That every action succeeds at all, {drive} shows with steps that are always the same.
abstract contract Invariants is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address private _target;
    bytes4[] private _actions;

    /// @dev These functions of this handler, and no others, are called. Their parameters are all `uint8`.
    function aimAt(address target, bytes4[] memory actions) internal {
        (_target, _actions) = (target, actions);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = _target;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(_target, _actions);
    }

    /// @dev As many random steps as a run of the invariants has.
    function drive() internal {
        for (uint256 i = 0; i < 128; ++i) {
            bytes32 seed = keccak256(abi.encode("drive", i));
            bytes memory data = abi.encodePacked(_actions[uint8(seed[31]) % _actions.length]);
            for (uint256 j = 0; j < 6; ++j) {
                data = bytes.concat(data, abi.encode(uint8(seed[j])));
            }
            (bool ok, bytes memory reason) = _target.call(data);
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
    }
}
