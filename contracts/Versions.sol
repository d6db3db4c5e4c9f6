// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "./Batches.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title The switch for new deals, and the next version
/// @notice A register that holds history is not upgraded: its successor is a new address, announced once by an event
/// in this log, and it names this register as its predecessor. From then on no new deal begins here; what is under
/// way comes to its end here.
abstract contract Versions is Batches {
    address private immutable _PREDECESSOR;
    address private _nextVersion;

    /// @notice New deals were stopped or allowed again.
    /// @param seq Number of this event in this contract's log.
    /// @param account Who did it.
    /// @param wasPaused Before.
    /// @param isPaused After.
    event DealsPauseChanged(uint64 indexed seq, address indexed account, bool wasPaused, bool isPaused);
    /// @notice The register goes on at another address.
    /// @param seq Number of this event in this contract's log.
    /// @param newVersion Where it goes on.
    event VersionAnnounced(uint64 indexed seq, address indexed newVersion);

    /// @notice The announced address carries no register that names this one as its predecessor.
    error NotAVersion(address account);
    /// @notice Another next version was announced before.
    error VersionIsAnnounced(address newVersion);

    /// @param predecessor_ The register that this one goes on from, or zero.
    constructor(address predecessor_) {
        _PREDECESSOR = predecessor_;
    }

    /// @notice Stops new deals and offers (here) or sealed sets (there). Role: pauser. All else goes on: reading,
    /// confirmations, settlement, unwinding, cancelling, keys.
    function pauseDeals() external direct restricted {
        _setPaused(true);
    }

    /// @notice Allows new deals again. Role: guardian.
    /// @dev Reverts with {DealsAreStopped} once a next version goes on.
    function resumeDeals() external direct restricted {
        require(_nextVersion == address(0), DealsAreStopped());
        _setPaused(false);
    }

    /// @notice Whether new deals are stopped.
    function dealsPaused() external view returns (bool) {
        return _stopped;
    }

    /// @notice Announces where the register goes on, and stops new deals here for good. Role: administrator.
    /// @dev Reverts with {NotAVersion}, {VersionIsAnnounced}; the version announced already is passed over.
    /// @param newVersion Address of the next register.
    function announceVersion(address newVersion) external restricted {
        address announced = _nextVersion;
        if (announced == newVersion && newVersion != address(0)) return;
        require(announced == address(0), VersionIsAnnounced(announced));
        require(newVersion.code.length != 0, NotAVersion(newVersion));
        try Versions(newVersion).predecessor() returns (address named) {
            require(named == address(this), NotAVersion(newVersion));
        } catch {
            revert NotAVersion(newVersion);
        }
        _nextVersion = newVersion;
        _stopped = true;
        Cursor memory log = _openLog();
        _append(log, VersionAnnounced.selector, abi.encode(newVersion), 3);
        _closeLog(log);
    }

    /// @notice The register that this one goes on from, or zero.
    function predecessor() external view returns (address) {
        return _PREDECESSOR;
    }

    /// @notice Where the register goes on, or zero.
    function nextVersion() external view returns (address) {
        return _nextVersion;
    }

    function _setPaused(bool paused) private {
        bool before = _stopped;
        if (before == paused) return;
        _stopped = paused;
        Cursor memory log = _openLog();
        _append(log, DealsPauseChanged.selector, abi.encode(msg.sender, before, paused), 3);
        _closeLog(log);
    }
}
// slither-disable-end reentrancy-benign
