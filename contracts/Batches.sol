// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {EventLog} from "./EventLog.sol";

/// @title What every part of the register shares
/// @notice Batches skip, they do not fail: an item that stands already, unchanged, is passed over in silence; an
/// item that breaks a rule is passed over with {EventLog-ItemRefused}; the rest of the batch stands. Sending the
/// same batch again therefore changes nothing, so a sender may repeat until it sees the event.
/// @dev Two ways in. Functions with a role take batches and skip. A party's own message may be submitted by anyone
/// and reverts where it is refused, so that strangers cannot fill the log with refusals.
abstract contract Batches is AccessManaged, EventLog {
    /// @notice Most items in one call. Bounds the gas and the memory of a call.
    uint256 public constant MAX_BATCH = 256;

    /// @dev Fixed for good; an immutable also spares every call the read of a storage slot.
    address private immutable _MANAGER;

    /// @notice The batch is longer than {MAX_BATCH}. Cure: send it in parts.
    error BatchTooLong(uint256 length, uint256 most);
    /// @notice The access manager of a register is fixed at deployment. Cure: change roles inside the manager.
    error AuthorityIsFixed();
    /// @notice New deals, offers and sealed sets are stopped, by the pauser or because a next version goes on. Cure:
    /// wait for the guardian to allow them again, or record in the next version.
    error DealsAreStopped();

    /// @notice Refused item: an identifier or a value that must not be zero is zero.
    error ZeroValue();
    /// @notice Refused item: the identifier stands already with other content. Cure: use a new identifier.
    error IdTaken();
    /// @notice Refused item: no record with this identifier. Cure: record it first.
    error RecordUnknown();
    /// @notice Refused item: the record has been ended before, on other grounds.
    error AlreadyEnded();
    /// @notice Refused item: the record concerns another right than the item says.
    error AnotherRight();

    /// @dev For what names the account that called: the access manager's `execute` would hide who that was. Whoever
    /// has a role calls here directly; a delayed call as well, once it is scheduled.
    modifier direct() {
        require(msg.sender != _MANAGER, AccessManagedUnauthorized(msg.sender));
        _;
    }

    /// @dev No more items than a call may have.
    modifier bounded(uint256 length) {
        require(length <= MAX_BATCH, BatchTooLong(length, MAX_BATCH));
        _;
    }

    /// @param accessManager Access manager that knows the roles; fixed for good.
    constructor(address accessManager) AccessManaged(accessManager) {
        _MANAGER = accessManager;
    }

    /// @dev Opens the log for something new, unless new things are stopped.
    function _openLogUnlessStopped() internal view returns (Cursor memory log) {
        bool stopped;
        (log, stopped) = _openLogAndSwitch();
        require(!stopped, DealsAreStopped());
    }

    /// @notice The access manager, fixed at deployment.
    function authority() public view override returns (address) {
        return _MANAGER;
    }

    /// @notice Always refused: replacing the access manager would emit an event outside the numbered log.
    /// @dev Roles and their holders can still change, inside the manager.
    function setAuthority(address) public pure override {
        revert AuthorityIsFixed();
    }
}
