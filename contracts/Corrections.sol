// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "./Batches.sol";

/// @title Corrections, and the next version
/// @notice Nothing is ever rewritten: a correction is a new event that names the one it corrects. A register that
/// holds history is not upgraded either: its successor is a new address, announced by an event in this log.
abstract contract Corrections is Batches {
    /// @notice A correction.
    /// @param correctionId Identifier of the correction.
    /// @param correctedSeq Number of the event that was wrong.
    /// @param oldValue Hash of what it said.
    /// @param newValue Hash of what it should have said.
    /// @param ground Hash of the document that shows it.
    struct Correction {
        bytes32 correctionId;
        uint64 correctedSeq;
        bytes32 oldValue;
        bytes32 newValue;
        bytes32 ground;
    }

    mapping(bytes32 correctionId => bytes32 content) private _corrections;
    address private _nextVersion;

    /// @notice An earlier event was wrong.
    /// @param seq Number of this event in this contract's log.
    /// @param correctedSeq Number of the event that was wrong.
    /// @param correctionId The correction.
    /// @param oldValue Hash of what it said.
    /// @param newValue Hash of what it should have said.
    /// @param ground Hash of the document that shows it.
    event Corrected(
        uint64 indexed seq,
        uint64 indexed correctedSeq,
        bytes32 indexed correctionId,
        bytes32 oldValue,
        bytes32 newValue,
        bytes32 ground
    );
    /// @notice The register goes on at another address.
    /// @param seq Number of this event in this contract's log.
    /// @param previousVersion What was announced before, or zero.
    /// @param newVersion Where it goes on.
    event VersionAnnounced(uint64 indexed seq, address indexed previousVersion, address indexed newVersion);

    /// @notice The announced address carries no contract, or is this one.
    error NotAVersion(address account);
    /// @notice Refused item: the event to be corrected does not exist.
    error EventUnknown();

    /// @notice Records corrections. Role: registrar. The same correction again is passed over.
    /// @param corrections The corrections.
    function recordCorrections(Correction[] calldata corrections)
        external
        restricted
        bounded(corrections.length)
    {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < corrections.length; ++i) {
            Correction calldata item = corrections[i];
            bytes32 content = keccak256(abi.encode(item));
            bytes32 standing = _corrections[item.correctionId];
            if (standing != 0) {
                if (standing != content) _refuse(log, item.correctionId, IdTaken.selector);
            } else if (item.correctionId == 0 || item.newValue == 0 || item.ground == 0) {
                _refuse(log, item.correctionId, ZeroValue.selector);
            } else if (item.correctedSeq == 0 || item.correctedSeq > log.seq) {
                _refuse(log, item.correctionId, EventUnknown.selector);
            } else {
                _corrections[item.correctionId] = content;
                _logCorrected(log, item);
            }
        }
        _closeLog(log);
    }

    /// @notice Announces where the register goes on. Role: guardian.
    /// @dev Reverts with {NotAVersion}; the version announced already is passed over.
    /// @param newVersion Address of the next register.
    function announceVersion(address newVersion) external restricted {
        require(newVersion != address(this) && newVersion.code.length != 0, NotAVersion(newVersion));
        address previous = _nextVersion;
        if (previous == newVersion) return;
        _nextVersion = newVersion;
        Cursor memory log = _openLog();
        uint64 seq = _nextSeq(log);
        emit VersionAnnounced(seq, previous, newVersion);
        log.head = keccak256(abi.encode(log.head, VersionAnnounced.selector, seq, previous, newVersion));
        _closeLog(log);
    }

    /// @notice Where the register goes on, or zero.
    function nextVersion() external view returns (address) {
        return _nextVersion;
    }

    function _logCorrected(Cursor memory log, Correction calldata item) private {
        uint64 seq = _nextSeq(log);
        emit Corrected(seq, item.correctedSeq, item.correctionId, item.oldValue, item.newValue, item.ground);
        log.head = keccak256(
            abi.encode(
                log.head,
                Corrected.selector,
                seq,
                item.correctedSeq,
                item.correctionId,
                item.oldValue,
                item.newValue,
                item.ground
            )
        );
    }
}
